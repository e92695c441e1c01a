"""Days that stand as bare numbers count from the year that their workbook says, whoever reads its cells."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from reviewdesk.intake.fields import field_named
from reviewdesk.intake.hidden import BY_DEFAULT
from reviewdesk.intake.looking import take_look
from reviewdesk.intake.mending import GivenRow, mend_rows
from reviewdesk.intake.parts import parts_of
from reviewdesk.intake.showing import columns_of
from reviewdesk.intake.side_looking import sides_of
from reviewdesk.intake.side_sheets import SideSheets
from reviewdesk.intake.table import Table, open_table
from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org
from tests.intake import xlsb
from tests.intake.sheets import HEADERS, accounts
from tests.intake.test_archives import zipped
from tests.intake.test_mending import of, rows_of
from tests.intake.test_side_mending import LEDGER, case_of

LENT, PAID = date(2024, 3, 1), date(2024, 5, 2)
EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}


def serial(day: date, *, since_1904: bool) -> int:
    return (day - EPOCHS[since_1904]).days


DAY = field_named("disbursed_on")


def workbook(
    path: Path, prefix: str, count: int, *, since_1904: bool, bad: int | None = None, day: date = LENT
) -> Path:
    """Accounts whose day is a number of format General, one of them with a name that is none, and such a ledger."""
    with xlsxwriter.Workbook(path, {"date_1904": since_1904}) as book:
        sheet, ledger = book.add_worksheet("明细"), book.add_worksheet(LEDGER)
        sheet.write_row(0, 0, HEADERS)
        for place, row in enumerate(accounts(count, prefix), 1):
            row["放款日期"] = serial(day, since_1904=since_1904)
            row["未还本金"] = "很多" if place == bad else 1000.5
            sheet.write_row(place, 0, [row[header] for header in HEADERS])
        ledger.write_row(0, 0, ["借据号", "还款日期", "还款金额"])
        ledger.write_row(1, 0, [f"{prefix}00000", serial(PAID, since_1904=since_1904), 5])
    return path


def days_of(table: Table) -> set[Any]:
    return {day for chunk in table.chunks(table.suggested_mapping()) for day in chunk.columns["disbursed_on"]}


def paid(found: SideSheets, account: str) -> list[str]:
    return [one["paid_on"] for one in found.of("repayments", account) or ()]


@pytest.mark.parametrize("since_1904", [False, True])
@pytest.mark.parametrize("count", [3, 12_000], ids=["calamine", "quick reader"])
def test_numbers_of_an_xlsx_count_from_its_year(tmp_path: Path, count: int, *, since_1904: bool) -> None:
    table = open_table(workbook(tmp_path / "清单.xlsx", "HT", count, since_1904=since_1904))
    assert table.sheet.is_long == (count > 3)
    assert days_of(table) == {LENT.isoformat()}
    assert paid(table.side_sheets(BY_DEFAULT), "HT00000") == [PAID.isoformat()]


@pytest.mark.parametrize("since_1904", [False, True])
def test_numbers_of_an_xlsb_count_from_its_year(tmp_path: Path, *, since_1904: bool) -> None:
    day = serial(LENT, since_1904=since_1904)
    rows = [
        list(HEADERS),
        *([day if name == "放款日期" else row[name] for name in HEADERS] for row in accounts(2, "HT")),
    ]
    path = tmp_path / "清单.xlsb"
    path.write_bytes(xlsb.workbook(rows, since_1904=since_1904))
    assert days_of(open_table(path)) == {LENT.isoformat()}


def test_the_mapping_page_takes_them_for_days(tmp_path: Path) -> None:
    """A number of 1982 is by the other calendar one of 1977, which is no day that is read."""
    path = workbook(tmp_path / "清单.xlsx", "HT", 3, since_1904=True, day=date(1982, 1, 1))
    look, table = take_look(path), open_table(path)
    (column,) = [one for one in columns_of(look, table.suggested_mapping(), table.suggestions) if one.known is DAY]
    assert (column.wrong, sides_of(look.beside, table.suggested_mapping(), str)[0].read) == (None, 1)


@pytest.mark.parametrize("packed", [False, True], ids=["xlsx", "zip"])
def test_a_batch_and_what_is_mended_of_it(bench: Bench, org: Org, prefix: str, tmp_path: Path, *, packed: bool) -> None:
    path = workbook(tmp_path / "清单.xlsx", prefix, 3, since_1904=True, bad=3)
    if packed:
        path = zipped(tmp_path / "清单.zip", **{"清单.xlsx": path.read_bytes()})
    made = upload_from_path(org.uploader.actor, path, Wish(auto=True))
    bench.run_jobs(org)
    batch = of(org, made.batch_id)
    assert (batch.counts["loaded"], batch.counts["rejected"], len(parts_of(batch))) == (2, 1, int(packed))
    mend_rows(org.uploader.actor, made.batch_id, [GivenRow(4, {6: "1000.50"})], {"by": "page"})
    bench.run_jobs(org)
    days = {(case_of(org, f"{prefix}0000{number}").facts or {})["disbursed_on"] for number in range(3)}
    assert days == {LENT.isoformat()}
    facts = case_of(org, f"{prefix}00000").facts or {}
    assert [one["paid_on"] for one in facts["repayments"]] == [PAID.isoformat()]
    assert rows_of(org, "SELECT body ->> 'since_1904' FROM mappings WHERE org_id = :o", o=org.org_id) == [(None,)]
