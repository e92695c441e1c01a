"""Cells that never start a formula."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from reviewdesk.cells import XLSX_TEXT_LIMIT, safe_cell, write_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", " =", "  @"])
def test_text_that_starts_like_a_formula_gets_an_apostrophe(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("value", ["", "张*", "a=b", "1-2", "2026-11-25", 5, -5, Decimal("-1.50"), None, True])
def test_other_values_stay_as_they_are(value: Any) -> None:
    assert safe_cell(value) is value


def _workbook(*values: Any) -> list[Any]:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for row, value in enumerate(values):
        write_cell(sheet, row, 0, value)
    book.close()
    return [row[0] for row in openpyxl.load_workbook(file).active.iter_rows(max_row=len(values))]


def test_a_workbook_holds_text_as_text() -> None:
    cells = _workbook('=HYPERLINK("http://x")', "@SUM(A1)", "-1", "https://example.cn", 7, Decimal("1.5"))
    assert [cell.data_type for cell in cells] == ["s", "s", "s", "s", "n", "n"]
    assert cells[0].value == '=HYPERLINK("http://x")'
    assert cells[3].hyperlink is None


def test_dates_and_moments_are_iso_text_in_shanghai() -> None:
    day, moment = _workbook(date(2026, 1, 2), datetime(2026, 1, 2, 20, tzinfo=UTC))
    assert (day.value, moment.value) == ("2026-01-02", "2026-01-03 04:00:00")


def test_text_beyond_what_a_cell_holds_ends_in_an_ellipsis() -> None:
    (cell,) = _workbook("字" * (XLSX_TEXT_LIMIT + 5))
    assert len(cell.value) == XLSX_TEXT_LIMIT
    assert cell.value.endswith("…")
