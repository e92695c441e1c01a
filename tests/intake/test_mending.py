"""Rejected rows become cases: on the page, and through the error workbook."""

import io
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask.testing import FlaskClient
from openpyxl.styles import Font, PatternFill
from werkzeug.test import TestResponse

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, NotAllowed, NotFound
from reviewdesk.intake import corrections, mended_workbook, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.error_book import making
from reviewdesk.intake.looking import MEND_COLUMN, ROW_COLUMN
from reviewdesk.intake.mapping import column_index
from reviewdesk.intake.mending_sheet import marked_batch
from reviewdesk.intake.models import Batch
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.export import exports_of
from tests.builders import Bench, Org, csrf
from tests.intake.mends import mend_row
from tests.intake.sheets import HEADERS, accounts, person, write

AUTO = Wish(auto=True)
COLUMN = {name: place for place, name in enumerate((*HEADERS, "备注"))}
GOOD_DAY = "2024-02-29"


def odd_rows(prefix: str) -> list[dict[str, Any]]:
    """Six accounts: the second with a day that is none and a formula's text, the third without ID number."""
    rows = accounts(6, prefix, seed=8)
    rows[1]["放款日期"] = "2024-02-30"
    rows[1]["备注"] = "=HYPERLINK(1)"
    rows[2]["身份证号"] = ""
    return rows


@pytest.fixture
def batch(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> UUID:
    """Rows 4 and 5 of the sheet are rejected, four accounts are loaded; the workbook has formats of its own."""
    path = write(tmp_path / "清单.xlsx", odd_rows(prefix), headers=(*HEADERS, "备注"), above=["标题"])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet["A1"].font = Font(name="楷体", size=20)
    sheet["G4"].fill = PatternFill("solid", start_color="00FF00")
    sheet["G3"].number_format = "#,##0.00"
    sheet.column_dimensions["B"].width = 33
    book.create_sheet("别的").cell(1, 1).value = "另一张表"
    book.save(path)
    return take_in(bench, org, path)


def take_in(bench: Bench, org: Org, path: Path) -> UUID:
    made = uploading.upload_from_path(org.uploader.actor, path, AUTO)
    bench.run_jobs(org, until=lambda: of(org, made.batch_id).state not in ("uploaded", "loading"))
    return made.batch_id


def of(org: Org, batch_id: UUID) -> Batch:
    with unit_of_work(org.uploader.actor) as work:
        return find_batch(work, batch_id)


def rows_of(org: Org, sql: str, **values: Any) -> list[Any]:
    with unit_of_work(system(org.org_id)) as work:
        return list(work.execute(sql, **values).all())


def outcome(org: Org, batch_id: UUID) -> tuple[int, int, int]:
    """Cases of the batch, and its counts of loaded and rejected rows, which must add up."""
    counts = of(org, batch_id).counts
    assert counts["loaded"] + counts["rejected"] + counts["dismissed"] + counts["set_aside"] == counts["rows"]
    cases = rows_of(org, "SELECT count(*) FROM cases WHERE batch_id = :batch", batch=batch_id)[0][0]
    rejected = rows_of(
        org, "SELECT count(*) FROM sheet_rows WHERE batch_id = :batch AND outcome = 'rejected'", batch=batch_id
    )[0][0]
    assert (cases, rejected) == (counts["loaded"], counts["rejected"])
    return cases, counts["loaded"], counts["rejected"]


def error_book(client: FlaskClient, batch: UUID) -> openpyxl.Workbook:
    answer = client.get(f"/batches/{batch}/errors.xlsx")
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def saved(book: openpyxl.Workbook) -> io.BytesIO:
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def send_back(client: FlaskClient, batch: UUID, stream: io.BytesIO) -> TestResponse:
    token = csrf(client.get(f"/batches/{batch}/rejected").text)
    return client.post(f"/batches/{batch}/mended", data={"csrf_token": token, "file": (stream, "改好.xlsx")})


class TestErrorWorkbook:
    def test_it_is_the_users_own_workbook(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, prefix: str
    ) -> None:
        book = error_book(client, batch)
        assert book.sheetnames == ["错误汇总", "明细", "别的"]
        sheet = book["明细"]
        assert (sheet["A1"].font.name, sheet["G3"].number_format) == ("楷体", "#,##0.00")
        assert sheet.column_dimensions["B"].width == 33
        assert sheet["G4"].fill.start_color.rgb == "0000FF00"
        assert sheet["C4"].value == person(80_001)[1]

        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert (sheet["A3"].protection.locked, sheet["A4"].protection.locked) == (True, False)
        bad = sheet["F4"]
        assert bad.fill.start_color.rgb.endswith("FDECEA")
        assert "2024 年 2 月没有 30 日" in bad.comment.text
        assert sheet["G5"].comment is None
        assert sheet["C5"].comment is not None
        note = sheet["J4"]
        assert (note.value, note.data_type) == ("=HYPERLINK(1)", "s")
        assert [sheet.cell(2, column).value for column in (11, 12)] == [MEND_COLUMN, ROW_COLUMN]
        assert sheet.column_dimensions["L"].hidden
        assert sheet.auto_filter.ref == "A2:L8"
        event = bench.events(org, "intake:batch:download_errors")[0]
        assert event.new == {"rows": 2, "kind": "own"}

    def test_its_first_sheet_sums_up(self, client: FlaskClient, batch: UUID) -> None:
        lines = list(error_book(client, batch)["错误汇总"].iter_rows(values_only=True))
        assert lines[1][:2] == ("批次", "清单.xlsx")
        assert lines[2][1] == sum(line[1] for line in lines[3:7])
        assert [line[:4] for line in lines[9:11]] == [
            ("日期不存在", "放款日期", 1, "4"),
            ("缺必填项", "身份证号", 1, "5"),
        ]

    def test_formulas_come_back_as_values(self, bench: Bench, org: Org, client: FlaskClient, tmp_path: Path) -> None:
        path = write(tmp_path / "公式.xlsx", odd_rows("F1"), headers=(*HEADERS, "备注"))
        book = openpyxl.load_workbook(path)
        book.active["J3"].value = '=HYPERLINK("http://example.cn","x")'
        book.save(path)
        sheet = error_book(client, take_in(bench, org, path))["明细"]
        assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []

    def test_a_text_table_is_rebuilt(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        rows = accounts(3, prefix)
        rows[1]["放款日期"] = "2024-02-30"
        path = tmp_path / "清单.csv"
        path.write_text("\n".join(",".join(map(str, line)) for line in [HEADERS, *(row.values() for row in rows)]))
        batch = take_in(bench, org, path)
        book = error_book(client, batch)
        sheet = book.worksheets[1]
        assert [line[0] for line in sheet.iter_rows(values_only=True)] == [ROW_COLUMN, 2, 3, 4]
        assert [sheet.cell(row, 3).protection.locked for row in (2, 3, 4)] == [True, False, True]
        assert "2024 年 2 月没有 30 日" in sheet.cell(3, 8).comment.text
        sheet.cell(3, 8).value = GOOD_DAY
        assert send_back(client, batch, saved(book)).status_code == 302
        assert outcome(org, batch) == (3, 3, 0)

    def test_a_large_one_is_made_by_a_worker_for_the_one_who_asked(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(corrections, "MOST_AT_ONCE", 10)
        monkeypatch.setattr(making, "MOST_CELLS", 10)
        assert client.get(f"/batches/{batch}/errors.xlsx").status_code == 404
        page = client.get(f"/batches/{batch}/rejected").text
        assert "生成错误工作簿" in page
        client.post(f"/batches/{batch}/errors", data={"csrf_token": csrf(page)})
        assert client.get(f"/batches/{batch}/errors.xlsx").status_code == 409
        assert "正在生成错误工作簿" in client.get(f"/batches/{batch}/errors").text
        bench.run_jobs(org, until=lambda: "下载错误工作簿" in client.get(f"/batches/{batch}/errors").text)
        book = error_book(client, batch)
        assert [line[0] for line in book["明细"].iter_rows(values_only=True)] == [ROW_COLUMN, 4, 5]
        assert bench.client(org.compliance).get(f"/batches/{batch}/errors.xlsx").status_code == 404
        assert bench.events(org, "intake:batch:make_errors")[0].new["kind"] == "rejected"
        assert not exports_of(org.uploader.actor).items

    def test_only_those_who_may_have_the_original_get_it(self, bench: Bench, org: Org, batch: UUID) -> None:
        allowed = {
            role
            for role, who in org.people.items()
            if bench.client(who).get(f"/batches/{batch}/errors.xlsx").status_code == 200
        }
        assert allowed == {"uploader", "compliance"}


class TestMendedWorkbook:
    def test_only_mended_rows_are_taken_in(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, prefix: str
    ) -> None:
        book = error_book(client, batch)
        sheet = book["明细"]
        sheet["F4"].value = date(2024, 2, 29)
        sheet["C5"].value = "12345"
        sheet["B3"].value = "换了名字"
        book.save(stream := io.BytesIO())
        assert marked_batch(stream) == batch
        content = stream.getvalue()
        answer = send_back(client, batch, io.BytesIO(content))
        assert answer.location.endswith("/rejected")
        assert outcome(org, batch) == (5, 5, 1)
        page = client.get(answer.location).text
        assert "已导入 1 行，仍需修正 1 行" in page
        assert "位" in page
        assert of(org, batch).totals["outstanding_principal"] == 5 * 100_050

        event = bench.events(org, "intake:batch:mend")[0]
        assert (event.new["loaded"], event.new["rejected"], event.new["by"]) == (1, 1, "workbook")
        assert event.old["放款日期 F4"] == "2024-02-30"
        assert event.new["放款日期 F4"].startswith("2024-02-29")
        assert "12345" not in str(event.new)
        assert person(80_002)[1] not in str(event.new) + str(event.old)

        assert send_back(client, batch, io.BytesIO(content)).status_code == 302
        assert outcome(org, batch) == (5, 5, 1)

    def test_its_new_cases_are_audited(self, bench: Bench, org: Org, client: FlaskClient, batch: UUID) -> None:
        bench.run_jobs(org, until=lambda: of(org, batch).state == "ready")
        book = error_book(client, batch)
        book["明细"]["F4"].value = GOOD_DAY
        send_back(client, batch, saved(book))
        assert of(org, batch).state == "auditing"
        bench.run_jobs(org, until=lambda: of(org, batch).state == "ready")
        waiting = rows_of(org, "SELECT count(*) FROM cases WHERE batch_id = :batch AND run_id IS NULL", batch=batch)
        assert waiting[0][0] == 0

    def test_rows_may_be_sorted_and_left_out(self, org: Org, client: FlaskClient, batch: UUID) -> None:
        book = error_book(client, batch)
        sheet = book["明细"]
        sheet["C5"].value = person(80_002)[1]
        sheet.delete_rows(3, 2)
        send_back(client, batch, saved(book))
        assert outcome(org, batch) == (5, 5, 1)
        row = rows_of(org, "SELECT row FROM cases WHERE batch_id = :batch ORDER BY case_id DESC", batch=batch)[0][0]
        assert row == 5

    def test_the_sheet_of_rejected_rows_alone_comes_back_as_well(
        self, org: Org, client: FlaskClient, batch: UUID
    ) -> None:
        book = openpyxl.load_workbook(io.BytesIO(client.get(f"/batches/{batch}/rejected.xlsx").data))
        book.active.cell(2, 8).value = GOOD_DAY
        send_back(client, batch, saved(book))
        assert outcome(org, batch) == (5, 5, 1)

    def test_a_worker_reads_a_large_one(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mended_workbook, "AT_ONCE_BYTES", 10)
        book = error_book(client, batch)
        book["明细"]["F4"].value = GOOD_DAY
        send_back(client, batch, saved(book))
        assert outcome(org, batch) == (4, 4, 2)
        bench.run_jobs(org, until=lambda: of(org, batch).counts["loaded"] == 5)
        assert outcome(org, batch) == (5, 5, 1)

    def test_the_upload_page_knows_it_again(self, org: Org, client: FlaskClient, batch: UUID) -> None:
        book = error_book(client, batch)
        book["明细"]["F4"].value = GOOD_DAY
        token = csrf(client.get("/batches/new").text)
        answer = client.post("/batches/new", data={"csrf_token": token, "file": (saved(book), "改好.xlsx")})
        assert answer.status_code == 302
        assert str(batch) in answer.location
        assert outcome(org, batch) == (5, 5, 1)
        assert len(rows_of(org, "SELECT 1 FROM batches")) == 1

    def test_what_is_no_error_workbook_of_the_batch_is_refused(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, prefix: str, tmp_path: Path
    ) -> None:
        plain = io.BytesIO((tmp_path / "清单.xlsx").read_bytes())
        answer = send_back(client, batch, plain)
        assert (answer.status_code, "没有「原行号」列" in answer.text) == (422, True)

        moved = error_book(client, batch)
        moved["明细"].insert_cols(2)
        answer = send_back(client, batch, saved(moved))
        assert (answer.status_code, "请不要移动、增删列" in answer.text) == (422, True)

        other = take_in(bench, org, write(tmp_path / "另.xlsx", odd_rows(f"{prefix}X"), headers=(*HEADERS, "备注")))
        answer = send_back(client, other, saved(error_book(client, batch)))
        assert (answer.status_code, "另一个批次" in answer.text) == (422, True)
        assert outcome(org, batch) == (4, 4, 2)


class TestPage:
    def form_of(self, page: str, row: int) -> dict[str, str]:
        form = page.partition(f'id="mend-row-{row}"')[2].partition("</form>")[0]
        return {
            name: value
            for tag in re.findall(r'<input[^>]*name="(?:was|cell)-[^>]*>', form)
            for name in re.findall(r'name="([^"]+)"', tag)
            for value in re.findall(r' value="([^"]*)"', tag)
        }

    def test_a_mended_row_becomes_a_case(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, prefix: str
    ) -> None:
        page = client.get(f"/batches/{batch}/rejected").text
        assert self.form_of(page, 4) == {"was-F": "2024-02-30", "cell-F": "2024-02-30"}
        for seed in (80_001, 80_002):
            assert not [one for one in person(seed) if one in page]

        sent = {
            "csrf_token": csrf(page),
            "was-F": "2024-02-30",
        }
        headers = {"HX-Request": "true"}
        still = client.post(f"/batches/{batch}/rejected/4", data=sent | {"cell-F": "2024-02-31"}, headers=headers)
        assert "2024 年 2 月没有 31 日" in still.text
        assert outcome(org, batch) == (4, 4, 2)
        good = client.post(f"/batches/{batch}/rejected/4", data=sent | {"cell-F": GOOD_DAY}, headers=headers)
        assert "已导入" in good.text
        assert "C-" in good.text
        assert outcome(org, batch) == (5, 5, 1)
        facts = rows_of(org, "SELECT f.facts FROM cases c JOIN case_files f USING (org_id, case_id) WHERE c.row = 4")
        assert facts[0][0]["disbursed_on"] == GOOD_DAY
        event = bench.events(org, "intake:batch:mend")[-1]
        assert (event.old["放款日期 F4"], event.new["放款日期 F4"]) == ("2024-02-31", GOOD_DAY)
        again = client.post(f"/batches/{batch}/rejected/4", data=sent | {"cell-F": GOOD_DAY}, headers=headers)
        assert ("已导入" in again.text, outcome(org, batch)) == (True, (5, 5, 1))

    def test_a_personal_cell_is_empty_until_it_is_written(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID
    ) -> None:
        page = client.get(f"/batches/{batch}/rejected").text
        place = f"/batches/{batch}/rejected/5"
        id_no = person(80_002)[1]
        answer = client.post(place, data={"csrf_token": csrf(page), "cell-C": id_no})
        assert answer.status_code == 302
        assert outcome(org, batch) == (5, 5, 1)
        event = bench.events(org, "intake:batch:mend")[0]
        assert id_no not in str(event.new)
        assert event.new["身份证号 C5"].startswith(id_no[:4])

    def test_mended_rows_are_counted_and_the_page_ends_empty(self, org: Org, client: FlaskClient, batch: UUID) -> None:
        actor = org.uploader.actor
        mend_row(actor, batch, 4, {column_index("F"): GOOD_DAY})
        mend_row(actor, batch, 5, {column_index("C"): person(80_002)[1]})
        assert outcome(org, batch) == (6, 6, 0)
        page = client.get(f"/batches/{batch}/rejected").text
        assert "没有未导入的行" in page
        assert "已修正导入 2 行" in page
        assert client.get(f"/batches/{batch}").status_code == 200
        with pytest.raises(NotFound):
            corrections.error_workbook(actor, batch, "zh_Hans")

    def test_an_account_that_is_a_case_already_stays_out(
        self, bench: Bench, org: Org, batch: UUID, prefix: str
    ) -> None:
        mend_row(org.uploader.actor, batch, 4, {0: f"{prefix}00000", column_index("F"): GOOD_DAY})
        assert outcome(org, batch) == (4, 4, 2)
        assert of(org, batch).counts["known"] == 1

    def test_rows_that_were_kept_without_their_cells_are_read_from_the_original(self, org: Org, batch: UUID) -> None:
        with unit_of_work(system(org.org_id)) as work:
            work.execute("UPDATE sheet_rows SET sealed = NULL WHERE batch_id = :batch", batch=batch)
        assert mend_row(org.uploader.actor, batch, 4, {column_index("F"): GOOD_DAY}).loaded == 1

    def test_who_may_mend(self, bench: Bench, org: Org, batch: UUID) -> None:
        with pytest.raises(NotAllowed):
            mend_row(org.reviewer.actor, batch, 4, {})
        page = bench.client(org.reviewer).get(f"/batches/{batch}/rejected").text
        assert "cell-F" not in page
        assert "errors.xlsx" not in page
        stranger = bench.organisation()
        assert bench.client(stranger.uploader).get(f"/batches/{batch}/rejected").status_code == 404

    def test_a_batch_that_is_not_loaded_has_nothing_to_mend(self, org: Org, prefix: str, tmp_path: Path) -> None:
        waiting = uploading.upload_from_path(org.uploader.actor, write(tmp_path / "b.xlsx", accounts(2, prefix)), None)
        with pytest.raises(Conflict):
            mend_row(org.uploader.actor, waiting.batch_id, 2, {})
        with pytest.raises(Conflict):
            mended_workbook.receive_workbook(org.uploader.actor, waiting.batch_id, io.BytesIO(b""), "x.xlsx")
