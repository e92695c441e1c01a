"""What a person says of the sheets beside the accounts: what they are, what their columns are, or that they are out."""

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from reviewdesk.intake.looking import Look, take_look
from reviewdesk.intake.mapping import Mapping, SideRule
from reviewdesk.intake.side_looking import PAPER, SideView, sides_of
from reviewdesk.intake.stating import stated
from reviewdesk.intake.table import open_table
from tests.builders import Bench, Org
from tests.intake.sheets import accounts, add_sheets, write
from tests.intake.test_mapping_page import confirm, facts, preview, saved, sent
from tests.intake.test_views import upload

PAID = [
    ["借据号", "还款日", "实收", "经办"],
    ["A00000", "2024-04-01", 100, "柜台"],
    ["A00001", "2024-05-01", 50, "柜台"],
]


def workbook(path: Path, prefix: str = "A", **sheets: list[list[Any]]) -> Path:
    write(path, accounts(2, prefix))
    add_sheets(path, **sheets)
    return path


def look_of(path: Path) -> Look:
    return take_look(path)


def views(path: Path, *rules: SideRule) -> list[SideView]:
    return sides_of(look_of(path).beside, Mapping((), sides=rules), str)


def test_every_sheet_is_shown_with_what_it_seems_to_be(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        还款明细=[["借据号", "还款日期", "还款金额"], ["A00000", "2024-04-01", 100], ["A00001", "坏日期", 5]],
        证据清单=[["借据号", "借款合同", "身份证复印件"], ["A00000", "有", "无"]],
        说明=[["本表由系统导出"]],
    )
    paid, papers, notes = views(path)
    assert (paid.kind.kind if paid.kind else None, paid.read, paid.look.rows) == ("repayments", 1, 3)
    assert [(one.header, one.field) for one in paid.columns] == [
        ("借据号", "account_no"),
        ("还款日期", "paid_on"),
        ("还款金额", "amount"),
    ]
    assert [error.cell for error in paid.told] == ["B3"]
    assert [one.field for one in papers.columns] == ["account_no", PAPER, PAPER]
    assert (notes.kind, notes.columns) == (None, ())


def test_columns_that_are_not_understood_are_named_by_a_person(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 流水=PAID)
    (unread,) = views(path)
    assert unread.wrong is not None
    assert "还款金额" in unread.wrong.zh
    (read,) = views(path, SideRule("流水", "repayments", {"实收": "amount"}))
    assert (read.wrong, read.read) == (None, 2)
    (off,) = views(path, SideRule("流水", None))
    assert off.kind is None


def test_what_was_said_holds_for_next_months_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", **{"12月流水": PAID})
    (read,) = views(path, SideRule("11月流水", "repayments", {"实收": "amount"}))
    assert read.read == 2


def test_a_sheet_of_any_name_can_be_named_and_joined_by_another_column(tmp_path: Path) -> None:
    rows = [["编号", "日子", "钱"], ["A00000", "2024-04-01", 100], ["A00001", "2024-04-02", 100]]
    path = workbook(tmp_path / "a.xlsx", 附一=rows)
    said = {"附一": {"kind": "repayments", "columns": {"编号": "account_no", "日子": "paid_on", "钱": "amount"}}}
    mapping = stated(open_table(path).suggested_mapping(), {"sheets": said})
    (read,) = sides_of(look_of(path).beside, mapping, str)
    assert (read.read, read.wrong) == (2, None)
    assert Mapping.from_json(mapping.to_json()) == mapping


def test_a_recognised_column_can_be_left_out(tmp_path: Path) -> None:
    rows = [["借据号", "还款日期", "还款金额", "罚息"], ["A00000", "2024-04-01", 100, 3]]
    path = workbook(tmp_path / "a.xlsx", 还款明细=rows)
    (read,) = views(path, SideRule("还款明细", "repayments", {"罚息": None}))
    assert [one.field for one in read.columns] == ["account_no", "paid_on", "amount", ""]


class TestPage:
    def test_a_person_mends_a_side_sheets_columns_and_they_are_kept(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        rows = [PAID[0], *([prefix + row[0][1:], *row[1:]] for row in PAID[1:])]
        place = upload(client, workbook(tmp_path / "a.xlsx", prefix, 流水=rows)).location
        assert "附表缺少列" in client.get(place).text
        changed = {"side-0": "repayments", "side-0-2": "amount"}
        page = preview(client, place, **changed)
        assert "附表缺少列" not in page
        assert confirm(client, place, **changed).status_code == 302
        bench.run_jobs(org)
        assert ["10000" in one for one in facts(org, "repayments")] == [True, False]
        assert saved(org)[0].sides == (SideRule("流水", "repayments", {"实收": "amount"}),)
        rows[1][0] = rows[2][0] = f"{prefix}B00000"
        again = upload(client, workbook(tmp_path / "b.xlsx", prefix + "B", 流水=rows)).location
        assert not again.endswith("/mapping")
        bench.run_jobs(org)
        assert "5000" in facts(org, "repayments")[2]

    def test_a_sheet_is_switched_off(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        rows = [["借据号", "还款日期", "还款金额"], [f"{prefix}00000", "2024-04-01", 100]]
        place = upload(client, workbook(tmp_path / "a.xlsx", prefix, 还款明细=rows)).location
        assert confirm(client, place, **{"side-0": ""}).status_code == 302
        bench.run_jobs(org)
        assert facts(org, "repayments") == [None, None]
        assert saved(org)[0].sides == (SideRule("还款明细", None),)

    def test_all_rows_are_checked_and_strays_told_of_before_the_import(
        self, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        rows = [["借据号", "还款日期", "还款金额"], [f"{prefix}00000", "2024-04-01", 100], ["X1", "2024-04-01", 7]]
        place = upload(client, workbook(tmp_path / "a.xlsx", prefix, 还款明细=rows)).location
        page = preview(client, place, action="sides")
        assert "账户表中没有这个借据号" not in page
        sides = client.post(place, data={**sent(client.get(place).text), "action": "sides"}).text
        assert "可读 2 行" in sides
        assert "其中 1 行找不到借据，不会并入" in sides
        assert "账户表中没有这个借据号，1 行未并入" in sides
