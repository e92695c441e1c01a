"""The error workbook: a batch's sheet with its rejected rows open for mending and everything else locked.

Two ways lead to it. The user's own workbook goes through openpyxl, so that formats, widths and other sheets stay;
formulas become the values they showed. What openpyxl cannot open, or only with too much memory, is rebuilt from its
rows. Both carry the batch's id as a document property and each row's number in a column, by which the mended workbook
is known again. Text never becomes a formula.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import openpyxl
import xlsxwriter
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet as OwnSheet
from xlsxwriter.worksheet import Worksheet

from reviewdesk.errors import Text
from reviewdesk.intake.extras import MEND_COLUMN, ROW_COLUMN
from reviewdesk.intake.mapping import column_index
from reviewdesk.intake.models import Batch, SheetRow
from reviewdesk.intake.table import Table
from reviewdesk.intake.words import label_of_code

Say = Callable[[Text | dict[str, str] | None], str]
Report = Callable[[int], None]

PROPERTY = "ReviewDeskBatch"
"""The document property that names the batch."""

SUMMARY = Text("错误汇总", "Errors")

MOST_OWN_BYTES = 60 * 1024 * 1024
"""Unpacked; openpyxl takes some fifty times the bytes of a packed workbook as memory."""
MOST_OWN_CELLS = 700_000
"""A sheet of more cells is rebuilt with its rejected rows only."""

_COMMENT_WIDTH, _COMMENT_HEIGHT = 320, 120  # points
_BAD_FILL, _BAD_LINE, _HEAD_FILL = "FDECEA", "B42318", "EEF1F4"
ADDED = 2
"""Columns that a rebuilt sheet has before the sheet's own."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a workbook holds: `kind` is own (the user's formats), whole (rebuilt) or rejected (rejected rows only)."""

    kind: str
    rows: int


def is_small_enough(table: Table) -> bool:
    """Whether all rows of a sheet go into its error workbook."""
    return len(table.sheet.rows) * len(table.header.names) <= MOST_OWN_CELLS


def saying(language: str) -> Say:
    """The words of one language, where no request says which."""

    def say(text: Text | dict[str, str] | None) -> str:
        if text is None:
            return ""
        if isinstance(text, Text):
            return text.in_language(language)
        return text["en" if language == "en" else "zh"]

    return say


def write(target: Path, source: Path, batch: Batch, table: Table, rows: Sequence[SheetRow], say: Say) -> Made:
    """Write the error workbook of a batch whose original is `source`."""
    if not is_small_enough(table):
        write_rebuilt(target, batch, table, rows, say, only_rejected=True, summed=True)
        return Made("rejected", len(rows))
    book = _own_book(source, table.sheet.name)
    if book is None:
        write_rebuilt(target, batch, table, rows, say, summed=True)
        return Made("whole", len(rows))
    _mark_own(book, batch, table, rows, say)
    book.save(target)
    return Made("own", len(rows))


# --- what is said ----------------------------------------------------------------------------------------------------


def mend_text(errors: Sequence[Mapping[str, Any]], say: Say) -> str:
    """What is wrong with a row and how to mend it, a line for each error."""
    return "\n".join(_sentences(errors, say))


def _sentences(errors: Sequence[Mapping[str, Any]], say: Say) -> Iterator[str]:
    for error in errors:
        column = f"{error['column']}: " if error["column"] else ""
        yield f"{column}{_sentence(error, say)}"


def _sentence(error: Mapping[str, Any], say: Say) -> str:
    return f"{say(error['message'])}{say(Text('。', '. '))}{say(error['mend'])}"


def _bad_columns(row: SheetRow) -> dict[int, list[Mapping[str, Any]]]:
    """The errors of a row by the column in which they are."""
    found: dict[int, list[Mapping[str, Any]]] = {}
    for error in row.errors:
        if error["cell"]:
            found.setdefault(column_index(error["cell"].rstrip("0123456789")), []).append(error)
    return found


def _summary(batch: Batch, rows: Sequence[SheetRow], say: Say, *, kind: str) -> list[list[Any]]:
    """The lines of the first sheet. One of three cells: the head of its table, and its lines after it."""
    reasons: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], list[int]] = {}
    mends: dict[tuple[str, str], str] = {}
    for row in rows:
        for key, error in {(one["code"], one["column"] or ""): one for one in row.errors}.items():
            reasons[key] += 1
            examples.setdefault(key, []).append(row.row)
            mends.setdefault(key, say(error["mend"]))
    counts = batch.counts
    lines: list[list[Any]] = [
        [say(Text("未导入的行：错误汇总", "Rows that were not imported: errors"))],
        [say(Text("批次", "Batch")), batch.name],
        [say(Text("行合计", "Rows")), counts.get("rows", 0)],
        [say(Text("已导入（已锁定）", "Imported (locked)")), counts.get("loaded", 0)],
        [say(Text("未导入（待修正）", "Not imported (to mend)")), len(rows)],
        [],
        [say(Text(zh, en)) for zh, en in _SUMMARY_HEAD],
    ]
    for (code, column), number in reasons.most_common():
        shown = "、".join(map(str, examples[code, column][:5]))
        lines.append([say(label_of_code(code)), column, number, shown, mends[code, column]])
    return [*lines, [], *([say(line)] for line in (*_HOW, _KINDS[kind]))]


_SUMMARY_HEAD = (
    ("原因", "Reason"),
    ("列", "Column"),
    ("行数", "Rows"),
    ("原行号（前几行）", "First rows"),
    ("怎样修正", "How to mend"),
)
_HOW = (
    Text(
        "1. 红色单元格有错，批注写明原因和改法；其他单元格一并改正也会读取。",
        "1. Red cells are wrong; comments say why and how to mend them. Other cells of these rows may be changed.",
    ),
    Text(
        "2. 已导入的行已锁定（无密码），改动不会读取。请不要删除「原行号」列。",
        f"2. Imported rows are locked (no password) and not read again. Keep the column {ROW_COLUMN}.",
    ),
    Text(
        "3. 改好后保存，在批次页「上传改好的文件」：只导入改好的行，不会重复。",
        "3. Save, and upload the file on the batch's page: only the mended rows are taken in, none twice.",
    ),
    Text(
        "本文件含完整个人信息，仅供修正，用毕请删除。",
        "This file holds personal data in clear: use it for mending only and delete it then.",
    ),
)
_KINDS = {
    "own": Text(
        "这是您上传的文件：格式保留，公式已变成当时的值；图片、图表和宏不在其中。",
        "This is the file that you uploaded with its formats; formulas are their values; pictures, charts and macros "
        "are left out.",
    ),
    "whole": Text(
        "原件不是 .xlsx（或无法带格式打开），已按原有行列重建。",
        "The original is no .xlsx, or cannot be opened with its formats; its rows and columns were rebuilt.",
    ),
    "rejected": Text(
        "原表过大，这里只列出未导入的行，行号为原表行号。",
        "The original is very large: only the rejected rows are here, with their row numbers in the original.",
    ),
}


# --- the user's own workbook -----------------------------------------------------------------------------------------

_UNREADABLE = (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError)
"""What openpyxl raises at workbooks that it cannot open."""


def _own_book(source: Path, sheet: str) -> openpyxl.Workbook | None:
    """The user's workbook with its formulas as values; None where it is no workbook that can be had with its formats.

    A macro workbook comes back without its macros.
    """
    try:
        with ZipFile(source) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_OWN_BYTES:
                return None
        with source.open("rb") as file:
            book = openpyxl.load_workbook(file, data_only=True, keep_links=False)
    except _UNREADABLE:
        return None
    return book if sheet in book.sheetnames else None


def _mark_own(book: openpyxl.Workbook, batch: Batch, table: Table, rows: Sequence[SheetRow], say: Say) -> None:
    sheet: OwnSheet = book[table.sheet.name]
    width = max(sheet.max_column, len(table.header.names))
    last_head = table.header.rows[-1] + 1
    _lock_all(sheet, table.first_row)
    _text(sheet.cell(last_head, width + 1), MEND_COLUMN)
    _text(sheet.cell(last_head, width + 2), ROW_COLUMN)
    sheet.cell(last_head, width + 1).font = Font(bold=True)
    for row in rows:
        _open_row(sheet, row, width, say)
    for number in range(table.first_row, sheet.max_row + 1):
        sheet.cell(number, width + 2).value = number
    sheet.column_dimensions[get_column_letter(width + 1)].width = 60
    sheet.column_dimensions[get_column_letter(width + 2)].hidden = True
    sheet.protection.sheet = True
    sheet.protection.formatCells = sheet.protection.formatColumns = sheet.protection.autoFilter = False
    _sum_up_own(book, _summary(batch, rows, say, kind="own"), say)
    properties: Any = book.custom_doc_props  # type: ignore[attr-defined]
    for name in [one.name for one in properties.props if one.name == PROPERTY]:
        del properties[name]
    properties.append(StringProperty(name=PROPERTY, value=str(batch.batch_id)))


def _lock_all(sheet: OwnSheet, first_row: int) -> None:
    """Lock what the workbook itself left open."""
    for cells in sheet.iter_rows(min_row=first_row):
        for cell in cells:
            if cell.has_style and not cell.protection.locked:
                cell.protection = Protection(locked=True)


def _open_row(sheet: OwnSheet, row: SheetRow, width: int, say: Say) -> None:
    bad = _bad_columns(row)
    for column in range(width):
        cell = sheet.cell(row.row, column + 1)
        cell.protection = Protection(locked=False)
        if column in bad:
            cell.fill = PatternFill("solid", start_color=_BAD_FILL, end_color=_BAD_FILL)
            if not isinstance(cell, MergedCell):
                cell.comment = _comment("\n".join(_sentence(one, say) for one in bad[column]))
    mend = sheet.cell(row.row, width + 1)
    _text(mend, mend_text(row.errors, say))
    mend.font = Font(color=_BAD_LINE)
    mend.alignment = Alignment(wrap_text=True, vertical="top")


def _comment(text: str) -> Comment:
    return Comment(text, "ReviewDesk", width=_COMMENT_WIDTH, height=_COMMENT_HEIGHT)


def _text(cell: Cell | MergedCell, text: str) -> None:
    """Write text that stays text, whatever it starts with."""
    if isinstance(cell, Cell):
        cell.value = text
        cell.data_type = "s"


def _sum_up_own(book: openpyxl.Workbook, lines: list[list[Any]], say: Say) -> None:
    name = say(SUMMARY)
    sheet: OwnSheet = book.create_sheet(name if name not in book.sheetnames else f"{name} ReviewDesk", 0)
    for number, line in enumerate(lines, 1):
        for column, value in enumerate(line, 1):
            cell = sheet.cell(number, column)
            if isinstance(value, str):
                _text(cell, value)
            else:
                cell.value = value
            if len(line) == len(_SUMMARY_HEAD):
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if number == _HEAD_LINE:
                    cell.font, cell.fill = Font(bold=True), PatternFill("solid", start_color=_HEAD_FILL)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    for letter, wide in zip("ABCDE", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = wide
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0


_HEAD_LINE = 7
_WIDTHS = (28, 20, 10, 24, 70)


# --- rebuilt ---------------------------------------------------------------------------------------------------------


def write_rebuilt(
    target: Path | IO[bytes],
    batch: Batch,
    table: Table,
    rows: Sequence[SheetRow],
    say: Say,
    *,
    only_rejected: bool = False,
    summed: bool = False,
) -> None:
    """Write the sheet anew, with the row numbers and what to mend before its own columns.

    `only_rejected` leaves out the rows that were taken in; `summed` puts the sheet that sums up first.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target if not isinstance(target, Path) else str(target), options) as book:
        book.set_custom_property(PROPERTY, str(batch.batch_id), "text")
        formats = _Formats(book)
        if summed:
            kind = "rejected" if only_rejected else "whole"
            _sum_up(book.add_worksheet(say(SUMMARY)), _summary(batch, rows, say, kind=kind), formats)
        name = sheet_name(batch.sheet or table.sheet.name)
        sheet = book.add_worksheet(name if not summed or name != say(SUMMARY) else f"{name[:28]} 2")
        place = _write_head(sheet, table, formats)
        sheet.freeze_panes(place, ADDED)
        sheet.set_column(1, 1, 48)
        sheet.set_column(ADDED, ADDED + len(table.header.names), 16)
        for number, row in _chosen(table, rows, only_rejected=only_rejected):
            _write_row(sheet, place, table, number, row, formats, say)
            place += 1
        if summed:
            sheet.protect("", {"format_cells": True, "format_columns": True, "autofilter": True})


def _chosen(table: Table, rows: Sequence[SheetRow], *, only_rejected: bool) -> Iterator[tuple[int, SheetRow | None]]:
    """The rows to write by their numbers, each with what was rejected of it."""
    if only_rejected:
        yield from ((row.row, row) for row in rows)
        return
    rejected = {row.row: row for row in rows}
    for number in range(table.first_row, table.first_row + len(table.data)):
        yield number, rejected.get(number)


class _Formats:
    """The few formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "bg_color": f"#{_HEAD_FILL}", "bottom": 1})
        self.bad = {"bg_color": f"#{_BAD_FILL}", "border": 1, "border_color": f"#{_BAD_LINE}"}
        self.mend = book.add_format({"text_wrap": True, "font_color": f"#{_BAD_LINE}", "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
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


def _sum_up(sheet: Worksheet, lines: list[list[Any]], formats: _Formats) -> None:
    for column, wide in enumerate(_WIDTHS):
        sheet.set_column(column, column, wide)
    for number, line in enumerate(lines):
        for column, value in enumerate(line):
            style = formats.wrapped if len(line) == len(_SUMMARY_HEAD) else None
            style = formats.title if number == 0 else formats.head if number == _HEAD_LINE - 1 else style
            if isinstance(value, str):
                sheet.write_string(number, column, value, style)
            else:
                sheet.write_number(number, column, value, style)


def _write_head(sheet: Worksheet, table: Table, formats: _Formats) -> int:
    """The header as it stands in the original, one row or two; returns the row below it."""
    for place, index in enumerate(table.header.rows):
        for column, cell in enumerate(table.sheet.rows[index]):
            sheet.write_string(place, column + ADDED, str(cell), formats.head)
    last = len(table.header.rows) - 1
    sheet.write_string(last, 0, ROW_COLUMN, formats.head)
    sheet.write_string(last, 1, MEND_COLUMN, formats.head)
    return last + 1


def _write_row(
    sheet: Worksheet, place: int, table: Table, number: int, row: SheetRow | None, formats: _Formats, say: Say
) -> None:
    bad = _bad_columns(row) if row else {}
    sheet.write_number(place, 0, number)
    if row:
        sheet.write_string(place, 1, mend_text(row.errors, say), formats.mend)
    for column, cell in enumerate(table.sheet.rows[number - 1]):
        _write_cell(sheet, place, column + ADDED, cell, formats, bad=column in bad, locked=row is None)
    for column, errors in bad.items():
        text = "\n".join(_sentence(one, say) for one in errors)
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
