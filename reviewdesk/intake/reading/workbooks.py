"""Workbooks through calamine, and what calamine does not tell from the sheet's own text."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum
from python_calamine import SheetVisibleEnum as Visible

from reviewdesk.intake.reading.errors import damaged, encrypted, unreadable
from reviewdesk.intake.reading.found import Found
from reviewdesk.intake.reading.kinds import holds_encrypted_package
from reviewdesk.intake.reading.sheet_text import SheetText
from reviewdesk.intake.reading.traits import traits_of

MAX_CELLS = 60_000_000
"""A sheet that spans more cells (a full sheet of some 57 columns) is refused before it is turned into rows."""

UNVALUED_NAMED = 8
"""So many formulas without a value are named; of more the number is told."""


class Workbook:
    """An opened workbook. Each sheet is read when its facts are asked for, and given up when another is."""

    is_text = False

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            Invalid: `file.encrypted`, `file.damaged`, `file.no_sheet`.
        """
        self._path = path
        self._workbook = _open(path)
        sheets = [meta for meta in self._workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        if not sheets:
            raise unreadable("file.no_sheet", "工作簿里没有工作表。", "The workbook has no worksheet.")
        self.names = [meta.name for meta in sheets]
        self.visible_names = [meta.name for meta in sheets if meta.visible == Visible.Visible]
        with reading():
            self.traits = traits_of(path)
        self._read: tuple[str, CalamineSheet, Found] | None = None

    def facts(self, name: str) -> dict[str, Any]:
        """A sheet's size and what is merged and hidden in it, as plain values.

        Raises:
            Invalid: `sheet.too_large`, `file.damaged`.
        """
        sheet, found = self._sheet(name)
        return {
            "width": sheet.total_width,
            "merges": sheet.merged_cell_ranges or [],
            "hidden_rows": found.hidden_rows,
            "hidden_columns": found.hidden_columns,
            "unvalued": found.unvalued[:UNVALUED_NAMED],
            "unvalued_count": len(found.unvalued),
        }

    def rows(self, name: str) -> Iterator[list[Any]]:
        """A sheet's rows from its first, with the errors that its cells hold."""
        sheet, found = self._sheet(name)
        errors = found.errors
        with reading():
            for place, row in enumerate(_from_the_first(sheet)):
                for column, error in errors.get(place, ()):
                    if column < len(row):
                        row[column] = error
                yield row

    def _sheet(self, name: str) -> tuple[CalamineSheet, Found]:
        if self._read is None or self._read[0] != name:
            self._read = None
            self._read = (name, *self._read_sheet(name))
        return self._read[1:]

    def _read_sheet(self, name: str) -> tuple[CalamineSheet, Found]:
        with reading(), SheetText(self._path, name) as text, ThreadPoolExecutor(1, "text") as beside:
            _refuse_vast(name, *text.declared_size())
            found = beside.submit(text.find)
            sheet = self._workbook.get_sheet_by_name(name)
            _refuse_vast(name, sheet.total_height, sheet.total_width)
            return sheet, found.result()


def _from_the_first(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """Rows from Excel's row 1 and cells from its column A; calamine's own begin in the first column with a value."""
    left = sheet.start[1] if sheet.start else 0
    before: list[Any] = [""] * left
    for row in sheet.iter_rows():
        yield before + row if left else row


def _refuse_vast(name: str, height: int, width: int) -> None:
    if height * width > MAX_CELLS:
        raise unreadable(
            "sheet.too_large",
            f"工作表「{name}」的范围有 {height:,} 行 × {width:,} 列，超过上限。请删除表格以外的空白行列后再试。",
            f"Sheet {name!r} spans {height:,} rows × {width:,} columns, more than can be read. "
            "Delete the empty rows and columns outside the table.",
        )


def _open(path: Path) -> CalamineWorkbook:
    if holds_encrypted_package(path):
        raise encrypted()
    with reading():
        try:
            return CalamineWorkbook.from_path(str(path))
        except PasswordError as error:
            raise encrypted() from error


_FAULTS = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ExpatError,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    RuntimeError,
)
"""What readers raise at a broken or strange file; zipfile says RuntimeError for methods and versions unknown to it."""


@contextmanager
def reading() -> Iterator[None]:
    """Whatever the reader stumbles over is a damaged file; a panic of its Rust code is no ordinary exception."""
    try:
        yield
    except _FAULTS as error:
        raise damaged() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged() from error
