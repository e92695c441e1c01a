"""Sheets beside the accounts: what their columns leave open is asked once, and hidden parts follow the decision."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reviewdesk.intake.hidden import BY_DEFAULT, Hidden
from reviewdesk.intake.looking import open_questions, take_look
from reviewdesk.intake.mapping import Mapping, SideRule
from reviewdesk.intake.questions import reopened
from reviewdesk.intake.side_looking import SideView, sides_of, stated_side
from reviewdesk.intake.side_rows import layouts_from_json, layouts_to_json, read_given
from reviewdesk.intake.side_sheets import Said, SideSheets
from reviewdesk.intake.stating import stated
from reviewdesk.intake.table import open_table
from tests.intake.sheets import accounts, add_sheets, write

LEDGER = "还款明细"


def workbook(folder: Path, *rows: list[Any], amount: str = "还款金额") -> Path:
    path = write(folder / "清单.xlsx", accounts(2, "A"))
    add_sheets(path, **{LEDGER: [["借据号", "还款日期", amount], *rows]})
    return path


def read(path: Path, rule: SideRule | None = None, hidden: Hidden = BY_DEFAULT) -> SideSheets:
    return open_table(path).side_sheets(hidden, Said((rule,) if rule else ()))


def reread(path: Path, found: SideSheets) -> SideSheets:
    """The sheets as a loaded batch reads them again, by the layouts that it keeps."""
    kept = layouts_from_json(layouts_to_json(found.layouts))
    return read_given(kept, open_table(path).source.sheet, {LEDGER: {99: []}})


def view_of(path: Path, *rules: SideRule) -> SideView:
    (view,) = sides_of(take_look(path).beside, Mapping((), sides=rules), str)
    return view


def paid(found: SideSheets, account: str = "A00000") -> list[tuple[str, int]] | None:
    records = found.of("repayments", account)
    return None if records is None else [(one["paid_on"], one["amount"]) for one in records]


@pytest.mark.parametrize(
    ("day", "amount", "kind", "code", "readings"),
    [
        ("03/04/2024", 120.5, "date", "date.ambiguous",
         {"day_first": ("2024-04-03", 12050), "month_first": ("2024-03-04", 12050)}),
        ("2024-03-04", 0.12, "money", "amount.ambiguous",
         {"万元": ("2024-03-04", 120_000), "元": ("2024-03-04", 12)}),
        ("2024-03-04", 1_200_000, "money", "amount.ambiguous",
         {"分": ("2024-03-04", 1_200_000), "元": ("2024-03-04", 120_000_000)}),
    ],
)  # fmt: skip
def test_a_column_in_doubt_is_asked_about_and_read_as_answered(
    tmp_path: Path, day: str, amount: float, kind: str, code: str, readings: dict[str, tuple[str, int]]
) -> None:
    path = workbook(tmp_path, ["A00000", day, amount])
    view = view_of(path)
    (question,) = view.questions
    assert (question.kind, question.answer) == (kind, None)
    assert len(open_questions(take_look(path), Mapping(()))) == 1
    assert [error.code for error in read(path).errors] == [code]
    assert paid(read(path)) is None
    for value, expected in readings.items():
        rule = stated_side(view, "repayments", {}, {view.name_of(question): value})
        assert rule is not None
        again = SideRule(**rule.to_json())
        found = read(path, again)
        assert paid(found) == [expected]
        assert paid(reread(path, found)) == [expected]
        assert view_of(path, again).questions[0].answer == value
        assert open_questions(take_look(path), Mapping((), sides=(again,))) == []


def test_who_does_not_know_is_asked_again_next_time(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["A00000", "03/04/2024", 100])
    rule = SideRule(LEDGER, "repayments", {}, {"还款日期": "unsure"})
    assert [error.code for error in read(path, rule).errors] == ["date.ambiguous"]
    mapping = Mapping((), sides=(rule,))
    assert open_questions(take_look(path), mapping) == []
    assert len(open_questions(take_look(path), reopened(mapping))) == 1


def test_other_cells_prove_the_order_and_plain_amounts_are_yuan(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["A00000", "03/04/2024", 500], ["A00000", "25/04/2024", 0.5])
    view = view_of(path)
    assert ([one.told for one in view.questions], view.in_yuan) == (["day_first"], ("还款金额",))
    assert paid(read(path)) == [("2024-04-03", 50_000), ("2024-04-25", 50)]
    assert open_questions(take_look(path), Mapping(())) == []


def test_a_stated_unit_leaves_nothing_to_ask(tmp_path: Path) -> None:
    view = view_of(path := workbook(tmp_path, ["A00000", "2024-04-03", 0.5], amount="还款金额(万元)"))
    assert (view.questions, view.in_yuan) == ((), ())
    assert paid(read(path)) == [("2024-04-03", 500_000)]


def test_answers_are_stated_by_header(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["A00000", "03/04/2024", 100])
    said = {"sheets": {LEDGER: {"kind": "repayments", "answers": {"还款日期": "month_first"}}}}
    assert paid(read(path, stated(Mapping(()), said).sides[0])) == [("2024-03-04", 10_000)]
    said["sheets"][LEDGER]["answers"] = {"还款日期": "percent"}
    with pytest.raises(Exception, match="percent"):
        stated(Mapping(()), said)


class TestHidden:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = workbook(tmp_path, ["A00000", "2024-04-01", 100, 7], ["A00000", "2024-05-01", 200, 7])
        book = openpyxl.load_workbook(path)
        book[LEDGER]["D1"] = "还款渠道"
        book[LEDGER].row_dimensions[3].hidden = True
        book[LEDGER].column_dimensions["D"].hidden = True
        book.save(path)
        return path

    def test_hidden_rows_and_columns_are_named(self, path: Path) -> None:
        assert [notice.text.zh for notice in take_look(path).notices] == [
            "隐藏的列：「还款明细」D",
            "隐藏的行：「还款明细」第 3 行",
        ]

    def test_they_are_read_unless_the_user_decides_otherwise(self, path: Path) -> None:
        found = read(path)
        assert [record.get("channel") for record in found.of("repayments", "A00000") or ()] == ["7", "7"]
        left = read(path, hidden=Hidden("leave", "leave"))
        assert paid(left) == [("2024-04-01", 10_000)]
        assert [(one.read, one.set_aside) for one in left.sheets] == [(1, 1)]
        assert "channel" not in (left.of("repayments", "A00000") or ({},))[0]
        assert paid(reread(path, left)) == [("2024-04-01", 10_000)]
