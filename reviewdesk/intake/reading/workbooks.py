"""Workbooks through calamine, and what calamine does not tell from the sheet's own text."""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum
from python_calamine import SheetVisibleEnum as Visible

from reviewdesk.intake.reading.errors import damaged, encrypted, unreadable
from reviewdesk.intake.reading.found import Found
from reviewdesk.intake.reading.kinds import holds_encrypted_package
from reviewdesk.intake.reading.outline import outline_of
from reviewdesk.intake.reading.packing import blocks, pack_columns
from reviewdesk.intake.reading.plain_sheets import Columns, PlainSheet
from reviewdesk.intake.reading.sheet_text import SheetText
from reviewdesk.intake.reading.tokens import Odd
from reviewdesk.intake.reading.traits import traits_of

MAX_CELLS = 60_000_000
"""A sheet that spans more cells (a full sheet of some 57 columns) is refused before it is turned into rows."""

UNVALUED_NAMED = 8
"""So many formulas without a value are named; of more the number is told."""


LARGE_PART = 2 << 20
"""Bytes of text from which on a sheet is read band by band; a smaller one is there sooner by calamine alone."""


class Workbook:
    """An opened workbook. Of a large one, calamine reads no more than what its sheets are called until it must."""

    is_text = False

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            Invalid: `file.encrypted`, `file.damaged`, `file.no_sheet`.
        """
        self.path = path
        if holds_encrypted_package(path):
            raise encrypted()
        self._outline = outline_of(path)
        named = self._outline.workbook if self._outline else self.whole
        sheets = [meta for meta in named.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        if not sheets:
            raise unreadable("file.no_sheet", "工作簿里没有工作表。", "The workbook has no worksheet.")
        self.names = [meta.name for meta in sheets]
        self.visible_names = [meta.name for meta in sheets if meta.visible == Visible.Visible]
        with reading():
            self.traits = traits_of(path)

    @cached_property
    def whole(self) -> CalamineWorkbook:
        """The whole of it, opened by calamine."""
        with reading():
            try:
                return CalamineWorkbook.from_path(str(self.path))
            except PasswordError as error:
                raise encrypted() from error

    def sheet(self, name: str) -> "WorkbookSheet":
        """Begin to read a sheet.

        Raises:
            Invalid: `sheet.too_large`, `file.damaged`.
        """
        return WorkbookSheet(self, name, self._plain(name))

    def _plain(self, name: str) -> PlainSheet | None:
        if self._outline is None:
            return None
        with reading(), SheetText(self.path, name) as text:
            refuse_vast(name, *text.declared_size())
            if text.part is None or text.size < LARGE_PART:
                return None
            try:
                return self._outline.plain_sheet(text.part)
            except Odd:
                return None


class WorkbookSheet:
    """One sheet of a workbook."""

    def __init__(self, workbook: Workbook, name: str, plain: PlainSheet | None) -> None:
        self._workbook, self._name, self._plain = workbook, name, plain
        self.facts: dict[str, Any] = {}
        self.is_long = plain is not None
        self._declared, self._size = self._told_size() if plain else (0, 0)

    @property
    def rough_rows(self) -> int:
        """About how many rows a long one has: as it says itself, else by how long the first ones are."""
        plain = self._plain
        if self._declared > 1 or plain is None or not plain.consumed:
            return self._declared
        return plain.height * self._size // plain.consumed

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Its rows from the first, packed, each block with its number of rows; afterwards `facts` are there.

        Raises:
            Invalid: `sheet.too_large`, `file.damaged`.
        """
        done = 0
        with reading():
            if self._plain is not None:
                for columns in self._plain_blocks(self._plain):
                    done += len(columns[0])
                    yield len(columns[0]), pack_columns(columns)
            if self._plain is None:
                yield from self._by_calamine(done)

    def looked_through(self) -> dict[str, Any]:
        """The `facts` of a long sheet without its rows.

        Raises:
            Invalid: `file.damaged`.
        """
        with reading(), SheetText(self._workbook.path, self._name) as text:
            found = text.find()
        return _facts(found.merges, found)

    def _plain_blocks(self, plain: PlainSheet) -> Iterator[Columns]:
        try:
            for columns in plain.blocks():
                refuse_vast(self._name, plain.height, plain.width)
                yield columns
        except Odd:
            self._plain = None
        else:
            self.facts = _facts(plain.found.merges, plain.found)

    def _by_calamine(self, done: int) -> Iterator[tuple[int, bytes]]:
        """The rows after the first `done`."""
        sheet, found = self._read_whole()
        self.facts = _facts(sheet.merged_cell_ranges or [], found)
        rows = islice(_with_errors(sheet, found), done, None)
        yield from blocks(rows, sheet.total_width)

    def _read_whole(self) -> tuple[CalamineSheet, Found]:
        name = self._name
        with SheetText(self._workbook.path, name) as text, ThreadPoolExecutor(1, "text") as beside:
            refuse_vast(name, *text.declared_size())
            found = beside.submit(text.find)
            sheet = self._workbook.whole.get_sheet_by_name(name)
            refuse_vast(name, sheet.total_height, sheet.total_width)
            return sheet, found.result()

    def _told_size(self) -> tuple[int, int]:
        """Rows as the sheet says itself, and the bytes of its text."""
        with reading(), SheetText(self._workbook.path, self._name) as text:
            return text.declared_size()[0], text.size


def _facts(merges: Sequence[Any], found: Found) -> dict[str, Any]:
    """What is merged, hidden and without a value in a sheet, as plain values."""
    return {
        "merges": merges,
        "hidden_rows": found.hidden_rows,
        "hidden_columns": found.hidden_columns,
        "unvalued": found.unvalued[:UNVALUED_NAMED],
        "unvalued_count": len(found.unvalued),
        "last_row": found.last_row,
    }


def _with_errors(sheet: CalamineSheet, found: Found) -> Iterator[list[Any]]:
    """A sheet's rows from its first, with the errors that its cells hold."""
    for place, row in enumerate(_from_the_first(sheet)):
        for column, error in found.errors.get(place, ()):
            if column < len(row):
                row[column] = error
        yield row


def _from_the_first(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """Rows from Excel's row 1 and cells from its column A; calamine's own begin in the first column with a value."""
    left = sheet.start[1] if sheet.start else 0
    before: list[Any] = [""] * left
    for row in sheet.iter_rows():
        yield before + row if left else row


def refuse_vast(name: str, height: int, width: int) -> None:
    """Refuse a sheet that spans too many cells.

    Raises:
        Invalid: `sheet.too_large`.
    """
    if height * width > MAX_CELLS:
        raise unreadable(
            "sheet.too_large",
            f"工作表「{name}」的范围有 {height:,} 行 × {width:,} 列，超过上限。请删除表格以外的空白行列后再试。",
            f"Sheet {name!r} spans {height:,} rows × {width:,} columns, more than can be read. "
            "Delete the empty rows and columns outside the table.",
        )


_FAULTS = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
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
