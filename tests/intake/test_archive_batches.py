"""A zip of tables becomes one batch: mapped file by file where layouts differ, loaded in one go."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, Stale
from reviewdesk.intake import confirming, corrections, mended_workbook, queries, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.declaring import Declared
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.stating import stated
from reviewdesk.intake.wishes import Wish
from reviewdesk.review.casefile import open_case
from reviewdesk.review.desk import visible_case
from tests.builders import Bench, Org
from tests.intake.mends import mend_row
from tests.intake.sheets import HEADERS, accounts, add_sheets, write
from tests.intake.test_archives import zipped

AUTO = Wish(auto=True)
ODD = "借据,户主姓名,身份证号,剩多少,机构类型\n"


@pytest.fixture
def prefix() -> str:
    return f"ZP{uuid4().hex[:10].upper()}"


def after(bench: Bench, org: Org, batch_id: UUID) -> Batch:
    def now() -> Batch:
        with unit_of_work(org.uploader.actor) as work:
            return find_batch(work, batch_id)

    bench.run_jobs(org, until=lambda: now().state not in ("uploaded", "loading"))
    return now()


def loaded(bench: Bench, org: Org, path: Path, wish: Wish = AUTO) -> Batch:
    batch = uploading.upload_from_path(org.uploader.actor, path, wish)
    return after(bench, org, batch.batch_id)


def all_files(folder: Path, prefix: str) -> Path:
    """Accounts in two layouts and two kinds of files, one of them wrong and one there twice, and repayments of both."""
    return zipped(
        folder / "all.zip",
        **{
            "杭州/一月.xlsx": write(folder / "a.xlsx", accounts(3, f"{prefix}A")).read_bytes(),
            "宁波.csv": "姓名,借据号,身份证号,欠款本金,机构类型,放款日期\n"
            f"张三,{prefix}B1,11010519491231002X,2000,银行,2024-02-30\n"
            f"李四,{prefix}A00000,440524188001010014,3000,银行,2024-02-03\n"
            f"王五,{prefix}B2,440524188001010014,3000,银行,2024-02-03\n",
            "还款明细.csv": f"借据号,还款日期,还款金额\n{prefix}A00001,2024-03-01,100\n{prefix}B2,2024-05-01,55.5\n",
            "说明.docx": b"PK",
        },
    )


def facts_of(org: Org, account: str) -> Any:
    with unit_of_work(system(org.org_id)) as work:
        sql = "SELECT case_id, facts FROM cases JOIN case_files USING (org_id, case_id) WHERE account_no = :account"
        return work.execute(sql, account=account).one()


def test_files_become_one_batch(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = loaded(bench, org, all_files(tmp_path, prefix))
    assert batch.state == "auditing", batch.problem
    counts = batch.counts
    assert (counts["rows"], counts["loaded"], counts["rejected"], counts["set_aside"]) == (6, 4, 2, 0)
    assert [(part["name"], part["rows"], part["by"]) for part in batch.parts] == [
        ("宁波.csv", 3, "suggestion"),
        ("杭州/一月.xlsx", 3, "suggestion"),
        ("还款明细.csv", 0, None),
    ]
    assert facts_of(org, f"{prefix}A00001").facts["repayments"][0]["amount"] == 10_000
    assert facts_of(org, f"{prefix}B2").facts["repayments"][0]["amount"] == 5_550
    assert {notice["code"] for notice in batch.notices} == {"others"}
    assert "说明.docx" in batch.notices[0]["zh"]
    event = next(event for event in bench.events(org) if event.action == "intake:batch:map")
    assert set(event.new["archive"]) == {"宁波.csv", "杭州/一月.xlsx"}


def test_rejected_rows_are_told_with_their_file(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = loaded(bench, org, all_files(tmp_path, prefix))
    page = bench.client(org.uploader).get(f"/batches/{batch.batch_id}/rejected").text
    assert re.search(r'2<br><span class="faint small break">宁波.csv', page)
    assert "与「宁波.csv」第 3 行借据号相同" in page
    with unit_of_work(org.uploader.actor) as work:
        rows = queries.rejected_rows(work, batch.batch_id)
        assert [row.errors[0]["cell"] for row in rows] == ["F2", "A2"]


def test_a_fact_leads_back_to_its_file_and_cell(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    loaded(bench, org, all_files(tmp_path, prefix))
    case_id = facts_of(org, f"{prefix}A00002").case_id
    with unit_of_work(org.uploader.actor) as work:
        case = open_case(work, visible_case(work, case_id, "review:case:open"))
        assert (case.place.file, case.place.row) == ("杭州/一月.xlsx", 4)
        assert case.mapping_version == 1
        shown = {fact.field.name: fact.source for fact in case.facts}
        assert (shown["total_claimed"].sheet, shown["total_claimed"].cell) == ("杭州/一月.xlsx › 明细", "H4")


def differing(folder: Path, prefix: str) -> Path:
    """Three files: two of one layout that nobody can guess, one of another."""
    line = "{},张三,11010519491231002X,5000,消费金融\n"
    return zipped(
        folder / f"{prefix}.zip",
        **{
            "1.csv": ODD + line.format(f"{prefix}1"),
            "2.xlsx": write(folder / "b.xlsx", accounts(1, f"{prefix}X")).read_bytes(),
            "3.csv": ODD + line.format(f"{prefix}3"),
            "4.csv": ODD.replace("剩多少", "还差多少") + line.format(f"{prefix}4"),
        },
    )


def confirm(org: Org, batch: Batch, **fields: str) -> Batch:
    """Say of the waiting file which header is which field."""
    mapping = stated(Mapping.from_json(batch.mapping or {}), {"columns": fields})
    return confirming.confirm_mapping(org.uploader.actor, batch.batch_id, mapping, version=batch.version)


NAME = {"户主姓名": "borrower_name"}


def test_files_of_other_layouts_are_mapped_one_after_the_other(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    first = uploading.upload_from_path(org.uploader.actor, differing(tmp_path, prefix), AUTO)
    assert (first.state, (first.headers or ())[3]) == ("mapping", "剩多少")
    with pytest.raises(Invalid, match=r"mapping\.incomplete"):
        confirm(org, first)
    second = confirm(org, first, 剩多少="outstanding_principal", **NAME)
    assert (second.state, (second.headers or ())[3]) == ("mapping", "还差多少")
    with pytest.raises(Stale):
        confirm(org, first, 剩多少="outstanding_principal", **NAME)
    confirm(org, second, 还差多少="outstanding_principal", **NAME)

    batch = after(bench, org, first.batch_id)
    assert batch.counts["loaded"] == 4
    assert {part["name"]: part["by"] for part in batch.parts or ()} == {
        "1.csv": "person",
        "2.xlsx": "suggestion",
        "3.csv": "known",
        "4.csv": "person",
    }
    assert facts_of(org, f"{prefix}4").facts["outstanding_principal"] == 500_000
    events = [event.new["file"] for event in bench.events(org) if event.action == "intake:batch:map_file"]
    assert events == ["1.csv", "4.csv"]


def test_the_mapping_page_shows_which_file_it_is_about(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = uploading.upload_from_path(org.uploader.actor, differing(tmp_path, prefix), AUTO)
    page = bench.client(org.uploader).get(f"/batches/{batch.batch_id}/mapping").text
    assert "压缩包内的文件" in page
    assert page.count("正在确认") == 1
    assert page.index("1.csv") < page.index("正在确认") < page.index("2.xlsx")


def test_a_statement_holds_for_the_files_that_have_its_columns(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    wish = Wish(
        auto=True, mapping={"columns": {"剩多少": "outstanding_principal", "还差多少": "outstanding_principal", **NAME}}
    )
    batch = loaded(bench, org, differing(tmp_path, prefix), wish)
    assert batch.counts["loaded"] == 4
    assert {part["by"] for part in batch.parts or ()} == {"statement"}


def test_a_large_archive_is_looked_at_by_a_worker(
    bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "AT_ONCE_BYTES", 10)
    batch = uploading.upload_from_path(org.uploader.actor, all_files(tmp_path, prefix), AUTO)
    assert batch.state == "uploaded"
    assert after(bench, org, batch.batch_id).counts["loaded"] == 4


def test_declared_numbers_are_those_of_all_files(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    path = all_files(tmp_path, prefix)
    batch = loaded(bench, org, path, Wish(auto=True, declared=Declared(rows=7)))
    assert (batch.state, batch.problem["code"]) == ("stopped", "declared.difference")
    again = uploading.import_again(org.uploader.actor, batch.batch_id)
    assert again.state == "mapping"


def test_the_same_archive_leads_to_its_batch(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    path = all_files(tmp_path, prefix)
    loaded(bench, org, path)
    with pytest.raises(Conflict, match=r"batch\.same_file"):
        uploading.upload_from_path(org.uploader.actor, path, AUTO)


def test_a_broken_archive_is_refused_at_the_door(org: Org, tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"坏.xlsx": b"PK\x03\x04 not much"})
    with pytest.raises(Invalid) as caught:
        uploading.upload_from_path(org.uploader.actor, path, AUTO)
    assert "坏.xlsx" in caught.value.text.zh


def test_another_sheet_of_a_file_can_be_chosen(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    made = write(tmp_path / "a.xlsx", accounts(1, f"{prefix}A"))
    add_sheets(made, 旧表=[list(HEADERS), *(list(row.values()) for row in accounts(2, f"{prefix}B"))])
    path = zipped(tmp_path / "a.zip", **{"a.xlsx": made.read_bytes()})
    batch = uploading.upload_from_path(org.uploader.actor, path, Wish(ask=True))
    batch = confirming.choose_sheet(org.uploader.actor, batch.batch_id, "旧表", batch.version)
    assert (batch.sheet, batch.counts["rows"]) == ("旧表", 2)
    confirm(org, batch)
    assert after(bench, org, batch.batch_id).counts["loaded"] == 2


def test_a_row_of_any_file_can_be_mended(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = loaded(bench, org, all_files(tmp_path, prefix))
    with unit_of_work(org.uploader.actor) as work:
        rows = {row.errors[0]["cell"]: row.row for row in queries.rejected_rows(work, batch.batch_id)}
    assert mend_row(org.uploader.actor, batch.batch_id, rows["F2"], {5: "2024-02-29"}).loaded == 1
    assert mend_row(org.uploader.actor, batch.batch_id, rows["A2"], {0: f"{prefix}A9"}).loaded == 1
    assert facts_of(org, f"{prefix}B1").facts["disbursed_on"] == "2024-02-29"
    assert facts_of(org, f"{prefix}A9").facts["outstanding_principal"] == 100_050


def test_the_mending_page_opens_the_right_cells(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = loaded(bench, org, all_files(tmp_path, prefix))
    page = bench.client(org.uploader).get(f"/batches/{batch.batch_id}/rejected").text
    assert {found[1] for found in re.finditer(r'name="(cell-[A-Z]+)"', page)} == {"cell-F", "cell-A"}


def test_each_file_has_an_error_workbook_that_comes_back(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = loaded(bench, org, all_files(tmp_path, prefix))
    made, name = corrections.error_workbook(org.uploader.actor, batch.batch_id, "zh_Hans")
    assert name == "all-错误工作簿.zip"
    mended = io.BytesIO()
    with zipfile.ZipFile(made) as packed, zipfile.ZipFile(mended, "w") as out:
        assert packed.namelist() == ["1-宁波.xlsx", "2-一月.xlsx"]
        for one in packed.namelist():
            out.writestr(one, corrected(packed.read(one), prefix))
    mended.seek(0)
    assert mended_workbook.batch_of_workbook(org.uploader.actor, mended) == batch.batch_id
    mended.seek(0)
    given = mended_workbook.receive_workbook(org.uploader.actor, batch.batch_id, mended, name)
    assert given is not None
    assert (given.loaded, given.rejected) == (2, 0)
    assert facts_of(org, f"{prefix}B1").facts["disbursed_on"] == "2024-02-29"
    assert facts_of(org, f"{prefix}A9").facts["outstanding_principal"] == 100_050


def corrected(data: bytes, prefix: str) -> bytes:
    """A workbook whose wrong day and double account are mended."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet in book.worksheets[1:]:
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.value == "2024-02-30":
                    cell.value = "2024-02-29"
                elif cell.value == f"{prefix}A00000" and cell.column_letter == "A":
                    cell.value = f"{prefix}A9"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_single_error_workbook_of_an_archive_is_known_by_its_file(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    batch = loaded(bench, org, all_files(tmp_path, prefix))
    made, _ = corrections.error_workbook(org.uploader.actor, batch.batch_id, "zh_Hans")
    with zipfile.ZipFile(made) as packed:
        one = io.BytesIO(corrected(packed.read("1-宁波.xlsx"), prefix))
    given = mended_workbook.receive_workbook(org.uploader.actor, batch.batch_id, one, "宁波.xlsx")
    assert given is not None
    assert given.loaded == 1
    with pytest.raises(Invalid, match=r"mending\.no_file"):
        mended_workbook.receive_workbook(
            org.uploader.actor, batch.batch_id, io.BytesIO(write(tmp_path / "x.xlsx", []).read_bytes()), "x.xlsx"
        )
