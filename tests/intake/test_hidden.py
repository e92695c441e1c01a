"""What a person does not see in a workbook is named, decided on, and shown with the batch."""

import re
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import orjson
import pytest
from click.testing import CliRunner

from reviewdesk.actor import system
from reviewdesk.check import check
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.hidden import Hidden, read_hidden
from reviewdesk.intake.looking import Look, take_look
from reviewdesk.intake.models import Batch
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org

HEADERS = ["借据号", "姓名", "身份证号", "未还本金", "机构类型", "产品名称"]


def workbook(folder: Path, prefix: str = "A", *, of_names: str = "姓名") -> Path:
    """Three accounts of which the second is hidden, a hidden column, and hidden repayments of the first."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([of_names if header == "姓名" else header for header in HEADERS])
    for number in range(3):
        sheet.append([f"{prefix}{number}", "张三", "11010519491231002X", 5000, "消费金融", "急用贷"])
    sheet.column_dimensions["F"].hidden = True
    sheet.row_dimensions[3].hidden = True
    beside = book.create_sheet("还款明细")
    beside.sheet_state = "hidden"
    beside.append(["借据号", "还款日期", "还款金额"])
    beside.append([f"{prefix}0", "2024-03-01", 100])
    path = folder / f"{prefix}.xlsm"
    book.save(path)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"never run")
    return path


def test_hidden_parts_and_macros_are_named(tmp_path: Path) -> None:
    look = take_look(workbook(tmp_path))
    assert [(notice.code, notice.text.zh) for notice in look.notices] == [
        ("macros", "工作簿含有宏；宏不会被运行。"),
        ("hidden_sheets", "隐藏的工作表：还款明细"),
        ("hidden_columns", "隐藏的列：F 产品名称"),
        ("hidden_rows", "隐藏的行：第 3 行"),
    ]
    assert Look.from_json(orjson.loads(orjson.dumps(look.to_json()))).notices == look.notices


def test_of_an_open_workbook_nothing_is_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADERS)
    book.active.append(["A1", "张三", "11010519491231002X", 5])
    book.save(tmp_path / "list.xlsx")
    assert take_look(tmp_path / "list.xlsx").notices == ()


def test_formulas_without_results_links_and_days_from_1904_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(HEADERS)
    book.active.append(["A1", "张三", "11010519491231002X", "=5+5"])
    book.save(tmp_path / "list.xlsx")
    with zipfile.ZipFile(tmp_path / "list.xlsx", "a") as packed:
        packed.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
    notices = {notice.code: notice.text.zh for notice in take_look(tmp_path / "list.xlsx").notices}
    assert set(notices) == {"links", "since_1904", "unvalued"}
    assert "D2" in notices["unvalued"]


def test_a_decision_is_take_or_leave() -> None:
    assert read_hidden({}) == Hidden("take", "take", "leave")
    assert read_hidden({"rows": "leave", "columns": None}) == Hidden("leave", "take", "leave")
    with pytest.raises(Invalid) as caught:
        read_hidden({"sheets": "perhaps"})
    assert caught.value.details["field"] == "hidden_sheets"


# --- a batch ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def prefix() -> str:
    return f"HD{uuid4().hex[:10].upper()}"


def loaded(bench: Bench, org: Org, path: Path, wish: Wish) -> Batch:
    batch = uploading.upload_from_path(org.uploader.actor, path, wish)
    return after(bench, org, batch.batch_id)


def after(bench: Bench, org: Org, batch_id: UUID) -> Batch:
    def now() -> Batch:
        with unit_of_work(org.uploader.actor) as work:
            return find_batch(work, batch_id)

    bench.run_jobs(org, until=lambda: now().state not in ("uploaded", "loading"))
    return now()


def facts_of(org: Org, account: str) -> dict[str, Any]:
    with unit_of_work(system(org.org_id)) as work:
        sql = "SELECT facts FROM cases JOIN case_files USING (org_id, case_id) WHERE account_no = :account"
        found: dict[str, Any] = work.execute(sql, account=account).scalar_one()
        return found


def test_hidden_rows_and_columns_are_taken_and_hidden_sheets_left_where_nobody_decides(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    batch = loaded(bench, org, workbook(tmp_path, prefix), Wish(auto=True))
    assert batch.counts["loaded"] == 3
    assert {notice["code"] for notice in batch.notices} == {"macros", "hidden_sheets", "hidden_columns", "hidden_rows"}
    facts = facts_of(org, f"{prefix}0")
    assert "repayments" not in facts
    assert facts["product"] == "急用贷"


def test_what_is_hidden_can_be_decided_otherwise(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    wish = Wish(auto=True, hidden=Hidden("leave", "leave", "take"))
    batch = loaded(bench, org, workbook(tmp_path, prefix), wish)
    assert batch.counts["loaded"] == 2
    assert batch.counts["aside"] == {"hidden": 1}
    assert batch.hidden == {"rows": "leave", "columns": "leave", "sheets": "take"}
    facts = facts_of(org, f"{prefix}0")
    assert [record["amount"] for record in facts["repayments"]] == [10_000]
    assert "急用贷" not in str(facts)
    event = next(event for event in bench.events(org) if event.action == "intake:batch:map")
    assert event.new["hidden"] == {"hidden_rows": "leave", "hidden_columns": "leave", "hidden_sheets": "take"}


def test_a_required_column_that_is_hidden_cannot_be_left_out(org: Org, prefix: str, tmp_path: Path) -> None:
    path = workbook(tmp_path, prefix)
    book = openpyxl.load_workbook(path)
    book.active.column_dimensions["C"].hidden = True
    book.save(path)
    with pytest.raises(Invalid) as caught:
        uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True, hidden=Hidden(columns="leave")))
    assert caught.value.code == "mapping.incomplete"


def test_the_mapping_page_asks_and_the_batch_page_tells(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = uploading.upload_from_path(org.uploader.actor, workbook(tmp_path, prefix), Wish(ask=True))
    client = bench.client(org.uploader)
    page = client.get(f"/batches/{batch.batch_id}/mapping").text
    assert "隐藏的行：第 3 行" in page
    assert "默认导入" in page
    form = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    form |= dict(selected(page))
    form |= {"hidden_rows": "leave", "action": "confirm"}
    assert client.post(f"/batches/{batch.batch_id}/mapping", data=form).status_code == 302
    after(bench, org, batch.batch_id)
    page = client.get(f"/batches/{batch.batch_id}").text
    assert re.search(r"隐藏的行：第 3 行\s*<[^>]*>已选：不导入", page)
    assert re.search(r"隐藏的列：F 产品名称\s*<[^>]*>已选：读取", page)
    assert "宏不会被运行" in page


def selected(page: str) -> list[tuple[str, str]]:
    """What the page's choices stand at."""
    found = []
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found.append((name, chosen[1] if chosen else ""))
    return found


def test_the_command_line_decides_too(prefix: str, tmp_path: Path) -> None:
    path = workbook(tmp_path, prefix)

    def rows(*options: str) -> list[dict[str, Any]]:
        out = tmp_path / "out.jsonl"
        told = CliRunner().invoke(check, [str(path), "--out", str(out), "--reveal", *options])
        assert told.exit_code == 0, told.output
        assert "隐藏的行：第 3 行" in told.stderr
        return [orjson.loads(line) for line in out.read_bytes().splitlines()]

    assert [row["row"] for row in rows()] == [2, 3, 4]
    left = rows("--hidden-rows", "leave", "--hidden-columns", "leave", "--hidden-sheets", "take")
    assert [row["row"] for row in left] == [2, 4]
    assert len(left[0]["facts"]["repayments"]) == 1
    assert "product" not in left[0]["facts"]
