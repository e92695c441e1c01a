"""`reviewdesk sample` with sheets beside the accounts: `reviewdesk check` finds what was planted and nothing else."""

import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from reviewdesk.check import check
from reviewdesk.sample import sample
from reviewdesk.sampling import book as writer
from reviewdesk.sampling.beside import HEADERS, NAMES, REPAYMENTS
from reviewdesk.sampling.book import Book
from reviewdesk.sampling.planting import BESIDE, NOT_PLANTED
from reviewdesk.sampling.writing import write_sample
from tests.intake.test_sample import AS_OF, Checked


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = tmp_path_factory.mktemp("beside")
    book, answers, out = folder / "book.xlsx", folder / "answers.json", folder / "out.jsonl"
    told = ["--rows", "900", "--seed", "4", "--as-of", AS_OF, "--defects", "0.25", "--sheets", "all"]
    ran = CliRunner().invoke(sample, [*told, "--out", str(book), "--answers", str(answers)])
    assert ran.exit_code == 0, ran.output
    ran = CliRunner().invoke(check, [str(book), "--as-of", AS_OF, "--out", str(out), "--reveal"])
    assert ran.exit_code in (0, 1), ran.output
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return Checked(book, json.loads(answers.read_text(encoding="utf-8")), {line["row"]: line for line in lines})


def test_accounts_without_a_defect_agree_with_their_sheets(beside: Checked) -> None:
    planted = {one["row"] for one in beside.key["planted"]}
    odd = {row: beside.findings(row) for row in beside.rows if row not in planted and beside.findings(row)}
    assert odd == {}
    assert len(beside.rows) - len(planted) == beside.key["clean"]


def test_every_planted_finding_is_found_and_nothing_else(beside: Checked) -> None:
    for one in beside.planted("check"):
        expects, found = one["expects"], beside.findings(one["row"])
        assert found.pop(expects["check"], None) == expects["outcome"], one
        assert set(found) <= set(expects["also"]), (one, found)


def test_half_of_the_defects_need_the_sheets_and_all_their_kinds_are_planted(beside: Checked) -> None:
    kinds = {defect.name for defect in BESIDE}
    assert kinds <= set(beside.key["defects"])
    needing = sum(count for name, count in beside.key["defects"].items() if name in kinds)
    assert beside.key["beside"] == needing
    assert 0.35 <= needing / len(beside.key["planted"]) <= 0.65


def test_they_show_checks_that_an_account_sheet_alone_cannot_trip(beside: Checked) -> None:
    tripped = {one["expects"]["check"] for one in beside.planted("check")}
    assert {"claim.ledger", "claim.receipts", "claim.schedule_rows", "limitation.proof", "conduct.hours"} <= tripped
    assert {"conduct.frequency", "evidence.disbursement"} <= tripped & set(NOT_PLANTED)


def test_the_key_counts_the_rows_of_each_sheet(beside: Checked) -> None:
    read = openpyxl.load_workbook(beside.book, read_only=True)
    assert read.sheetnames[1:] == list(NAMES.values())
    for name, rows in beside.key["sheets"].items():
        assert sum(1 for _ in read[name].iter_rows()) == rows + 1


def test_every_borrower_paid_as_often_as_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    key = write_sample(file, rows=30, seed=1, as_of=date(2026, 11, 23), share=0, sheets=(REPAYMENTS,), payments=12)
    recourse_or_not = openpyxl.load_workbook(file, read_only=True)[NAMES[REPAYMENTS]]
    by_account: dict[str, int] = {}
    for account, *_rest in recourse_or_not.iter_rows(min_row=2, values_only=True):
        by_account[str(account)] = by_account.get(str(account), 0) + 1
    assert set(by_account.values()) == {12}
    assert key.sheets == {NAMES[REPAYMENTS]: 30 * 12}


def test_the_same_seed_gives_the_same_sheets(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.xlsx", "two.xlsx")]
    for file in files:
        write_sample(file, rows=40, seed=7, as_of=date(2026, 11, 23), share=0.2, sheets=tuple(NAMES))
    assert files[0].read_bytes() == files[1].read_bytes()


def test_texts_beyond_those_that_are_kept_stand_in_their_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "STRINGS_KEPT", 3)
    file = tmp_path / "book.xlsx"
    with Book(file, "A", [10, 10], header_row=1, beside={"B": ("x", "y")}) as book:
        book.write(["x", "a < b"])
        book.beside["B"].write(["a < b", date(2024, 2, 29)])
    read = openpyxl.load_workbook(file)
    assert [cell.value for cell in read["A"][1]] == ["x", "a < b"]
    assert [cell.value for cell in read["B"][2]] == ["a < b", datetime(2024, 2, 29)]  # noqa: DTZ001
    assert [cell.value for cell in read["B"][1]] == ["x", "y"]


def test_a_sheet_that_is_not_known_is_named(tmp_path: Path) -> None:
    ran = CliRunner().invoke(sample, ["--out", str(tmp_path / "x.xlsx"), "--sheets", "repayments,letters"])
    assert ran.exit_code == 2
    assert "letters" in ran.output


def test_headers_begin_with_the_account() -> None:
    assert {headers[0] for headers in HEADERS.values()} == {"借据号"}
