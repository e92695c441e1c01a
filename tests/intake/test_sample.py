"""The generator's workbooks: what the answer key says is exactly what a check of the workbook finds."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from reviewdesk.audit.registry import CHECKS
from reviewdesk.check import check
from reviewdesk.identity import credit_code_problem, mobile_problem, read_id
from reviewdesk.intake.headers import suggest
from reviewdesk.sample import sample
from reviewdesk.sampling.book import Book, Cell
from reviewdesk.sampling.loans import lenders
from reviewdesk.sampling.planting import DEFECTS, NOT_PLANTED, Finds
from reviewdesk.sampling.sheet import COLUMNS

AS_OF = "2026-11-25"
TELLING = ("fail", "warn", "missing")
NO_LEDGER = ("claim.ledger",)
"""What an account sheet alone lacks: it says that there is a ledger, and none stands beside it."""

LATER = ("rate.lpr_coverage", "standing.assignee")
"""What a policy says of loans that are younger than the last LPR and the last term of a pilot that it knows."""


@dataclass
class Checked:
    """A workbook, its answer key, and what the check command says of each row."""

    book: Path
    key: dict[str, Any]
    rows: dict[int, dict[str, Any]]
    known: tuple[str, ...] = ()

    def findings(self, row: int) -> dict[str, str]:
        """The checks that do not hold in a row, with their outcomes."""
        return {one["check"]: one["outcome"] for one in self.rows[row]["findings"] if one["outcome"] in TELLING}

    def planted(self, kind: str) -> list[dict[str, Any]]:
        """The planted rows that expect an `error` or a `check`."""
        return [one for one in self.key["planted"] if kind in one["expects"]]


def made(folder: Path, *, rows: int, seed: int, as_of: str = AS_OF, defects: str = "0.12") -> tuple[Path, Path]:
    """Run `reviewdesk sample`; the workbook and the answer key."""
    book, answers = folder / f"{seed}.xlsx", folder / f"{seed}.json"
    told = ["--rows", str(rows), "--seed", str(seed), "--as-of", as_of, "--defects", defects]
    ran = CliRunner().invoke(sample, [*told, "--out", str(book), "--answers", str(answers)])
    assert ran.exit_code == 0, ran.output
    return book, answers


def checked(folder: Path, *, rows: int, seed: int, as_of: str = AS_OF, defects: str = "0.12") -> Checked:
    """Make a workbook and run `reviewdesk check` on it."""
    book, answers = made(folder, rows=rows, seed=seed, as_of=as_of, defects=defects)
    out = folder / f"{seed}.jsonl"
    ran = CliRunner().invoke(check, [str(book), "--as-of", as_of, "--out", str(out), "--reveal"])
    assert ran.exit_code in (0, 1), ran.output
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    known = (*NO_LEDGER, *(LATER if as_of > AS_OF else ()))
    return Checked(book, json.loads(answers.read_text(encoding="utf-8")), {line["row"]: line for line in lines}, known)


@pytest.fixture(scope="module", params=[(1, AS_OF), (2, "2028-02-29")], ids=["today", "a leap day"])
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    seed, as_of = request.param
    return checked(tmp_path_factory.mktemp("sample"), rows=1_000, seed=seed, as_of=as_of, defects="0.24")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return checked(tmp_path_factory.mktemp("sound"), rows=600, seed=3, defects="0")


# --- the key against the check ---------------------------------------------------------------------------------------


def test_rows_without_a_defect_are_clear(large: Checked) -> None:
    planted = {one["row"] for one in large.key["planted"]}

    odd = {
        row: line
        for row, line in large.rows.items()
        if row not in planted and (line["errors"] or set(large.findings(row)) - set(large.known))
    }

    assert {row: (large.findings(row), line["errors"]) for row, line in odd.items()} == {}
    assert len(large.rows) - len(planted) == large.key["clean"]


def test_every_planted_finding_is_found_and_nothing_else(large: Checked) -> None:
    for one in large.planted("check"):
        expects, found = one["expects"], large.findings(one["row"])
        assert found.pop(expects["check"], None) == expects["outcome"], one
        assert set(found) <= {*expects["also"], *large.known}, one


def test_every_planted_error_is_found_and_nothing_else(large: Checked) -> None:
    for one in large.planted("error"):
        line = large.rows[one["row"]]
        assert line["verdict"] == "rejected", one
        assert [(error["code"], error["field"]) for error in line["errors"]] == [
            (one["expects"]["error"], one["expects"]["field"])
        ], one


def test_every_check_that_a_row_can_trip_is_planted(large: Checked) -> None:
    planted = {one["expects"]["check"] for one in large.planted("check")}

    assert planted | set(NOT_PLANTED) == set(CHECKS)
    assert not planted & set(NOT_PLANTED)


def test_every_kind_of_defect_is_planted(large: Checked) -> None:
    assert set(large.key["defects"]) == {defect.name for defect in DEFECTS}
    assert large.key["defects"] == dict(Counter(one["defect"] for one in large.key["planted"]))


def test_planted_rows_name_their_account(large: Checked) -> None:
    for one in large.planted("check"):
        assert large.rows[one["row"]]["account_no"] == one["account_no"]


def test_every_row_of_the_sheet_is_accounted_for(large: Checked) -> None:
    sheet = CalamineWorkbook.from_path(str(large.book)).get_sheet_by_index(0).to_python()
    below = set(range(large.key["header_row"] + 1, len(sheet) + 1))

    assert set(large.rows) | set(large.key["set_aside"]) == below
    assert not set(large.rows) & set(large.key["set_aside"])
    assert len(large.rows) == large.key["rows"]


# --- what sound rows look like ---------------------------------------------------------------------------------------


def test_without_defects_all_rows_lack_is_their_ledger(sound: Checked) -> None:
    assert Counter(line["verdict"] for line in sound.rows.values()) == {"attention": 600}
    assert {tuple(sound.findings(row)) for row in sound.rows} == {NO_LEDGER}
    assert sound.key["planted"] == []


def test_people_and_accounts_are_not_repeated(sound: Checked) -> None:
    for name in ("account_no", "id_no", "mobile"):
        assert len({line["facts"][name] for line in sound.rows.values()}) == len(sound.rows)


def test_numbers_of_people_are_valid(sound: Checked) -> None:
    for line in sound.rows.values():
        facts = line["facts"]
        reading = read_id(facts["id_no"])
        assert reading.problem is None
        assert reading.male == (facts["gender"] == "男")
        assert mobile_problem(facts["mobile"]) is None


def test_all_kinds_of_lenders_and_methods_appear(sound: Checked) -> None:
    kinds = {line["facts"]["lender_kind"] for line in sound.rows.values()}
    methods = {line["facts"]["repayment_method"] for line in sound.rows.values()}

    assert kinds == {"bank", "consumer_finance", "micro_loan", "assisted", "guarantor", "insurer", "private"}
    assert methods == {"equal_instalments", "equal_principal", "interest_first", "bullet"}


def test_lenders_have_valid_codes() -> None:
    assert [lender.name for lender in lenders().things if credit_code_problem(lender.code or "")] == []


def test_dates_amounts_and_rates_come_in_several_notations(sound: Checked) -> None:
    rows = CalamineWorkbook.from_path(str(sound.book)).get_sheet_by_index(0).to_python()[sound.key["header_row"] :]
    column = {one.field: place for place, one in enumerate(COLUMNS)}

    def cells(name: str) -> list[Any]:
        return [row[column[name]] for row in rows]

    dates = cells("disbursed_on")
    assert any(isinstance(cell, date) for cell in dates)
    assert all(any(mark in cell for cell in dates if isinstance(cell, str)) for mark in "-/年.")
    amounts = cells("principal") + cells("interest_due")
    assert any(isinstance(cell, float) for cell in amounts)
    assert all(any(mark in cell for cell in amounts if isinstance(cell, str)) for mark in (",", "¥", "元", "万"))
    rates = cells("annual_rate")
    assert any(isinstance(cell, float) for cell in rates)
    assert all(any(mark in cell for cell in rates if isinstance(cell, str)) for mark in ("%", "年利率", "月利率"))


def test_every_header_is_understood_without_a_person() -> None:
    suggested = suggest([column.header for column in COLUMNS])

    assert [one.field for one in suggested if one.applied] == [column.field for column in COLUMNS]


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_same_seed_and_day_give_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    one, again = made(tmp_path / "a", rows=300, seed=5), made(tmp_path / "b", rows=300, seed=5)

    assert one[0].read_bytes() == again[0].read_bytes()
    assert one[1].read_bytes() == again[1].read_bytes()


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    one, other = checked(tmp_path, rows=50, seed=5, defects="0"), checked(tmp_path, rows=50, seed=6, defects="0")

    assert not {row["facts"]["id_no"] for row in one.rows.values()} & {
        row["facts"]["id_no"] for row in other.rows.values()
    }


@pytest.mark.parametrize(("rows", "defects"), [(1, "0"), (1, "1"), (2, "1"), (40, "1")])
def test_small_sheets_hold_as_many_accounts_as_asked(tmp_path: Path, rows: int, defects: str) -> None:
    found = checked(tmp_path, rows=rows, seed=8, defects=defects)

    assert len(found.rows) == rows
    for one in found.planted("check"):
        assert found.findings(one["row"])[one["expects"]["check"]] == one["expects"]["outcome"]


def test_the_book_says_what_it_was_given(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["a < b & c", " 两边有空格 ", None, 12, -0.5, date(2024, 2, 29)],
        [],
        [None] * 29 + ["AD"],
    ]
    file = tmp_path / "book.xlsx"

    with Book(file, "A & B", [10] * 30, header_row=1, merged=[2]) as book:
        assert [book.write(row) for row in rows] == [1, 2, 3]

    sheet = openpyxl.load_workbook(file)["A & B"]
    assert [cell.value for cell in sheet[1]][:6] == ["a < b & c", " 两边有空格 ", None, 12, -0.5, datetime(2024, 2, 29)]  # noqa: DTZ001
    assert sheet["AD3"].value == "AD"
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["A2:AD2"]
    assert sheet.freeze_panes == "A2"


def test_an_unfinished_book_is_taken_away(tmp_path: Path) -> None:
    def write_half() -> None:
        with Book(tmp_path / "book.xlsx", "A", [10], header_row=1) as book:
            book.write(["x"])
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="full"):
        write_half()

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    ran = CliRunner().invoke(sample, ["--rows", "3", "--out", str(tmp_path / "none" / "x.xlsx")])

    assert ran.exit_code == 1
    assert "No such file or directory" in ran.output


def test_defects_say_what_they_are() -> None:
    names = [defect.name for defect in DEFECTS]

    assert len(set(names)) == len(names)
    unknown = [one.check for defect in DEFECTS for one in defect.expects if isinstance(one, Finds)]
    assert set(unknown) <= set(CHECKS)
