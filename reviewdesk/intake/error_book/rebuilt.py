"""The error workbook rebuilt from the rows that were read: for originals that are no .xlsx, broken or very large.

Text never becomes a formula.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from reviewdesk.intake.error_book.first_sheet import NAME, WIDTHS, first_sheet
from reviewdesk.intake.error_book.what import (
    ADDED,
    BAD_FILL,
    BAD_LINE,
    HEAD_FILL,
    PROPERTY,
    RowLeftOut,
    RowToMend,
    Say,
    ToMend,
    comments,
    mend_text,
)
from reviewdesk.intake.extras import MEND_COLUMN, ROW_COLUMN
from reviewdesk.intake.headers import Header
from reviewdesk.intake.reading import Rows
from reviewdesk.intake.table import Table


@dataclass(frozen=True, slots=True)
class _Part:
    """A sheet to be written: all its rows from Excel's first, and which of them are to be mended."""

    name: str
    header: Header
    rows: Rows
    wrong: Sequence[RowToMend]
    dismissed: Sequence[RowLeftOut]
    whole: bool

    def chosen(self) -> Iterator[tuple[int, RowToMend | None]]:
        """The rows to write by their numbers, each with what was rejected of it."""
        if not self.whole:
            yield from ((row.row, row) for row in self.wrong)
            return
        rejected = {row.row: row for row in self.wrong}
        for number in range(self.header.first_data + 1, len(self.rows) + 1):
            yield number, rejected.get(number)


def write_rebuilt(target: Path, what: ToMend, table: Table, say: Say, *, most_cells: int, summed: bool = True) -> str:
    """Write the sheets anew, with the row numbers and what to mend before their own columns; returns the kind.

    A sheet of more than `most_cells` is written with its rejected rows only; `summed` puts a sheet that sums up first.
    """
    accounts = _part(
        what.sheet or table.sheet.name, table.header, table.sheet.rows, what.rows, what.dismissed, most_cells
    )
    sides = [
        _part(one.sheet, one.header, table.source.sheet(one.sheet).rows, one.rows, one.dismissed, most_cells)
        for one in what.side
    ]
    kind = "whole" if accounts.whole else "rejected"
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        book.set_custom_property(PROPERTY, what.batch_id, "text")
        formats = _Formats(book)
        if summed:
            _sum_up(book.add_worksheet(say(NAME)), what, say, kind, formats)
        for part in (accounts, *sides):
            name = sheet_name(part.name)
            sheet = book.add_worksheet(name if not summed or name != say(NAME) else f"{name[:28]} 2")
            _write(sheet, part, formats, say)
            if summed:
                sheet.protect("", {"format_cells": True, "format_columns": True, "autofilter": True})
    return kind


def _part(
    name: str,
    header: Header,
    rows: Rows,
    wrong: Sequence[RowToMend],
    dismissed: Sequence[RowLeftOut],
    most_cells: int,
) -> _Part:
    return _Part(name, header, rows, wrong, dismissed, len(rows) * len(header.names) <= most_cells)


def _write(sheet: Worksheet, part: _Part, formats: "_Formats", say: Say) -> None:
    place = first = _write_head(sheet, part, formats)
    sheet.freeze_panes(place, ADDED)
    sheet.set_column(1, 1, 48)
    sheet.set_column(ADDED, ADDED + len(part.header.names), 16)
    dismissed = {one.row: say(dict(one.why)) for one in part.dismissed}
    for number, row in part.chosen():
        if number in dismissed:
            sheet.write_string(place, 1, dismissed[number])
        _write_row(sheet, place, part.rows[number - 1], number, row, formats, say)
        place += 1
    sheet.autofilter(first - 1, 0, max(first, place - 1), ADDED + len(part.header.names) - 1)


class _Formats:
    """The few formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "bg_color": f"#{HEAD_FILL}", "bottom": 1})
        self.bad = {"bg_color": f"#{BAD_FILL}", "border": 1, "border_color": f"#{BAD_LINE}"}
        self.mend = book.add_format({"text_wrap": True, "font_color": f"#{BAD_LINE}", "valign": "top"})
        title = book.add_format({"bold": True, "font_size": 14})
        table = book.add_format({"text_wrap": True, "valign": "top"})
        self.of_summary = {"title": title, "head": self.head, "table": table, "plain": None}
        self._book = book
        self._made: dict[tuple[str, bool, bool], Any] = {}

    def of(self, kind: str, *, bad: bool, locked: bool) -> Any:
        """The format of a cell: text, day or moment, marked where something is wrong with it."""
        key = (kind, bad, locked)
        if key not in self._made:
            look = _LOOKS.get(kind, {})
            self._made[key] = self._book.add_format({**look, **(self.bad if bad else {}), "locked": locked})
        return self._made[key]


_LOOKS: Mapping[str, dict[str, str]] = {
    "text": {"num_format": "@"},
    "day": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm:ss"},
}


def sheet_name(name: str) -> str:
    """A name that Excel takes for a sheet: a text table's is its file's, which may hold anything."""
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("' ") or "Sheet1"


def _sum_up(sheet: Worksheet, what: ToMend, say: Say, kind: str, formats: _Formats) -> None:
    for column, wide in enumerate(WIDTHS):
        sheet.set_column(column, column, wide)
    for one in first_sheet(what, say, kind=kind):
        write = sheet.write_string if isinstance(one.value, str) else sheet.write_number
        write(one.row, one.column, one.value, formats.of_summary[one.look])


def _write_head(sheet: Worksheet, part: _Part, formats: _Formats) -> int:
    """The header as it stands in the original, one row or two; returns the row below it."""
    for place, index in enumerate(part.header.rows):
        for column, cell in enumerate(part.rows[index]):
            sheet.write_string(place, column + ADDED, str(cell), formats.head)
    last = len(part.header.rows) - 1
    sheet.write_string(last, 0, ROW_COLUMN, formats.head)
    sheet.write_string(last, 1, MEND_COLUMN, formats.head)
    return last + 1


def _write_row(
    sheet: Worksheet,
    place: int,
    cells: Sequence[Any],
    number: int,
    row: RowToMend | None,
    formats: _Formats,
    say: Say,
) -> None:
    bad = comments(row, say) if row else {}
    sheet.write_number(place, 0, number)
    if row:
        sheet.write_string(place, 1, mend_text(row.errors, say), formats.mend)
    for column, cell in enumerate(row.cells if row and row.cells is not None else cells):
        _write_cell(sheet, place, column + ADDED, cell, formats, bad=column in bad, locked=row is None)
    for column, text in bad.items():
        sheet.write_comment(place, column + ADDED, text, {"author": "ReviewDesk", "x_scale": 2})


def _write_cell(
    sheet: Worksheet, row: int, column: int, cell: Any, formats: _Formats, *, bad: bool, locked: bool
) -> None:
    """A cell of the same kind as it was; text stays text and never starts a formula."""
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, formats.of("plain", bad=bad, locked=locked))
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, formats.of("plain", bad=bad, locked=locked))
    elif isinstance(cell, datetime):
        kind = "day" if cell.time() == time(0) else "moment"
        sheet.write_datetime(row, column, cell, formats.of(kind, bad=bad, locked=locked))
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats.of("day", bad=bad, locked=locked))
    elif isinstance(cell, time | timedelta):
        sheet.write_string(row, column, str(cell), formats.of("text", bad=bad, locked=locked))
    elif cell:
        sheet.write_string(row, column, cell, formats.of("text", bad=bad, locked=locked))
    elif not locked:
        sheet.write_blank(row, column, None, formats.of("plain", bad=bad, locked=False))
