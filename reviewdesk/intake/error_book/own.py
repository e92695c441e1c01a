"""The error workbook as the user's own: their formats, widths and other sheets stay, formulas become their values.

openpyxl opens it, which takes some fifty times the bytes of a packed workbook as memory: never in a process that others
depend on.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from reviewdesk.intake.error_book.first_sheet import NAME, WIDTHS, first_sheet
from reviewdesk.intake.error_book.what import (
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

MOST_BYTES = 60 * 1024 * 1024
"""Unpacked."""

_COMMENT_WIDTH, _COMMENT_HEIGHT = 320, 120  # points

_UNREADABLE = (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError)
"""What openpyxl raises at workbooks that it cannot open."""


def open_own(source: Path, sheet: str) -> openpyxl.Workbook | None:
    """The user's workbook with its formulas as values; None where it is no workbook that can be had with its formats.

    A macro workbook comes back without its macros.
    """
    try:
        with ZipFile(source) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
                return None
        with source.open("rb") as file:
            book = openpyxl.load_workbook(file, data_only=True, keep_links=False)
    except _UNREADABLE:
        return None
    return book if sheet in book.sheetnames else None


def mark_own(book: openpyxl.Workbook, what: ToMend, header: Header, sheet: str, say: Say) -> None:
    """Open the rows that are to be mended, lock all others, and put the sheet that sums up first."""
    _mark(book[sheet], header, what.rows, what.dismissed, say)
    for one in what.side:
        if one.sheet in book.sheetnames:
            _mark(book[one.sheet], one.header, one.rows, one.dismissed, say)
    _sum_up(book, what, say)
    properties: Any = book.custom_doc_props  # type: ignore[attr-defined]
    for name in [one.name for one in properties.props if one.name == PROPERTY]:
        del properties[name]
    properties.append(StringProperty(name=PROPERTY, value=what.batch_id))


def _mark(
    sheet: Worksheet, header: Header, rows: Sequence[RowToMend], dismissed: Sequence[RowLeftOut], say: Say
) -> None:
    width = max(sheet.max_column, len(header.names))
    last_head, first_row = header.rows[-1] + 1, header.first_data + 1
    _lock_all(sheet, first_row)
    _text(sheet.cell(last_head, width + 1), MEND_COLUMN)
    _text(sheet.cell(last_head, width + 2), ROW_COLUMN)
    sheet.cell(last_head, width + 1).font = Font(bold=True)
    for row in rows:
        _open_row(sheet, row, width, say)
    for one in dismissed:
        _text(sheet.cell(one.row, width + 1), say(dict(one.why)))
    for number in range(first_row, sheet.max_row + 1):
        sheet.cell(number, width + 2).value = number
    sheet.column_dimensions[get_column_letter(width + 1)].width = 60
    sheet.column_dimensions[get_column_letter(width + 2)].hidden = True
    if not sheet.auto_filter.ref and not sheet.tables:  # to find the rows that are to be mended
        last = f"{get_column_letter(width + 2)}{max(sheet.max_row, last_head)}"
        sheet.auto_filter.ref = f"A{last_head}:{last}"
    sheet.protection.sheet = True
    sheet.protection.formatCells = sheet.protection.formatColumns = sheet.protection.autoFilter = False


def _lock_all(sheet: Worksheet, first_row: int) -> None:
    """Lock what the workbook itself left open."""
    for cells in sheet.iter_rows(min_row=first_row):
        for cell in cells:
            if cell.has_style and not cell.protection.locked:
                cell.protection = Protection(locked=True)


def _open_row(sheet: Worksheet, row: RowToMend, width: int, say: Say) -> None:
    bad = comments(row, say)
    for column in range(width):
        cell = sheet.cell(row.row, column + 1)
        if row.cells is not None and column < len(row.cells) and isinstance(row.cells[column], str):
            _given(cell, row.cells[column])
        cell.protection = Protection(locked=False)
        if column in bad:
            cell.fill = PatternFill("solid", start_color=BAD_FILL, end_color=BAD_FILL)
            if not isinstance(cell, MergedCell):
                cell.comment = _comment(bad[column])
    mend = sheet.cell(row.row, width + 1)
    _text(mend, mend_text(row.errors, say))
    mend.font = Font(color=BAD_LINE)
    mend.alignment = Alignment(wrap_text=True, vertical="top")


def _given(cell: Cell | MergedCell, text: str) -> None:
    """Write what was given for a cell since; what is as it was keeps its kind."""
    if isinstance(cell, Cell) and str("" if cell.value is None else cell.value) != text:
        _text(cell, text)


def _comment(text: str) -> Comment:
    return Comment(text, "ReviewDesk", width=_COMMENT_WIDTH, height=_COMMENT_HEIGHT)


def _text(cell: Cell | MergedCell, text: str) -> None:
    """Write text that stays text, whatever it starts with."""
    if isinstance(cell, Cell):
        cell.value = text
        cell.data_type = "s"


def _sum_up(book: openpyxl.Workbook, what: ToMend, say: Say) -> None:
    name = say(NAME)
    sheet: Worksheet = book.create_sheet(name if name not in book.sheetnames else f"{name} ReviewDesk", 0)
    for one in first_sheet(what, say, kind="own"):
        cell = sheet.cell(one.row + 1, one.column + 1)
        if isinstance(one.value, str):
            _text(cell, one.value)
        else:
            cell.value = one.value
        if one.look in ("head", "table"):
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        if one.look == "head":
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color=HEAD_FILL)
        elif one.look == "title":
            cell.font = Font(bold=True, size=14)
    for letter, wide in zip("ABCDE", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = wide
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0
