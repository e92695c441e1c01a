"""Workbooks through calamine, and what calamine does not tell from the sheet's own text."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum
from python_calamine import SheetVisibleEnum as Visible

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading.errors import damaged, encrypted, not_a_workbook, unreadable
from reviewdesk.intake.reading.found import Found
from reviewdesk.intake.reading.kinds import holds_encrypted_package, is_packed, refuse_altered
from reviewdesk.intake.reading.memory import lacks_memory
from reviewdesk.intake.reading.outline import outline_of
from reviewdesk.intake.reading.packing import blocks
from reviewdesk.intake.reading.plain_sheets import PlainSheet
from reviewdesk.intake.reading.sheet_text import SheetText
from reviewdesk.intake.reading.tidying import tidied, with_plain_cells
from reviewdesk.intake.reading.tokens import Odd
from reviewdesk.intake.reading.traits import traits_of
from reviewdesk.intake.reading.xls_mending import decoded_anew, mended, without_endless_days
from reviewdesk.intake.reading.xls_records import other_kind

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
        self._content: bytes | None = None
        self._encoding: str | None = None
        if holds_encrypted_package(path):
            raise encrypted()
        self._outline = outline_of(path)
        named = self._outline.workbook if self._outline else self.whole
        sheets = [meta for meta in named.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        if not sheets:
            raise unreadable("file.no_sheet", "工作簿里没有工作表。", "The workbook has no worksheet.")
        self._inner_names = {self.shown(meta.name): meta.name for meta in sheets}
        self.names = list(self._inner_names)
        self.visible_names = [self.shown(meta.name) for meta in sheets if meta.visible == Visible.Visible]
        with reading():
            self.traits = traits_of(path, self._content)

    @cached_property
    def whole(self) -> CalamineWorkbook:
        """The whole of it, opened by calamine; a copy of it where calamine would misread it or give up."""
        with reading():
            if not is_packed(self.path):
                if (kind := other_kind(self.path)) is not None:
                    raise not_a_workbook(kind)
                self._content, self._encoding = mended(self.path)
                return _opened(self.path, self._content)
            refuse_altered(self.path)
            try:
                return _opened(self.path)
            except BaseException as error:
                if not is_refusal(error) or (tidy := tidied(self.path)) is None:
                    raise
            self._content = tidy
            self._outline = outline_of(self.path, tidy)
            return _opened(self.path, tidy)

    def plainer(self, name: str) -> CalamineWorkbook | None:
        """The whole again, with a sheet without what calamine gives up over; None where it has nothing of that."""
        content = self._content or self.path.read_bytes()
        if not is_packed(self.path):
            return _opened(self.path, without_endless_days(content))
        with self.text(name) as text:
            plain = with_plain_cells(content, text.part) if text.part else None
        return None if plain is None else _opened(self.path, plain)

    def inner_name(self, name: str) -> str:
        """A sheet's name as calamine knows it."""
        return self._inner_names[name]

    def shown(self, text: str) -> str:
        """A text of calamine's as it is meant."""
        return decoded_anew(text, self._encoding) if self._encoding else text

    @property
    def is_misread(self) -> bool:
        """Whether texts are other than calamine gives them."""
        return self._encoding is not None

    def text(self, name: str) -> SheetText:
        """The text of a sheet."""
        return SheetText(self.path, name, self._content)

    def sheet(self, name: str) -> "WorkbookSheet":
        """Begin to read a sheet.

        Raises:
            Invalid: `sheet.too_large`, `file.damaged`.
        """
        return WorkbookSheet(self, name, self._plain(name))

    def _plain(self, name: str) -> PlainSheet | None:
        if self._outline is None:
            return None
        with reading(), self.text(name) as text:
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
                for count, block in self._plain_blocks(self._plain):
                    done += count
                    yield count, block
            if self._plain is None:
                yield from self._by_calamine(done)

    def looked_through(self) -> dict[str, Any]:
        """The `facts` of a long sheet without its rows.

        Raises:
            Invalid: `file.damaged`.
        """
        with reading(), self._workbook.text(self._name) as text:
            found = text.find()
        return _facts(found.merges, found)

    def _plain_blocks(self, plain: PlainSheet) -> Iterator[tuple[int, bytes]]:
        try:
            for block in plain.blocks():
                refuse_vast(self._name, plain.height, plain.width)
                yield block
        except Odd:
            self._plain = None
        else:
            self.facts = _facts(plain.found.merges, plain.found)

    def _by_calamine(self, done: int) -> Iterator[tuple[int, bytes]]:
        """The rows after the first `done`."""
        try:
            for count, block in self._read_by(self._workbook.whole, done):
                done += count
                yield count, block
        except BaseException as error:
            if not is_refusal(error) or (again := self._workbook.plainer(self._name)) is None:
                raise
            yield from self._read_by(again, done)

    def _read_by(self, opened: CalamineWorkbook, done: int) -> Iterator[tuple[int, bytes]]:
        sheet, found = self._read_whole(opened)
        self.facts = _facts(sheet.merged_cell_ranges or [], found)
        rows = islice(self._rows(sheet, found), done, None)
        yield from blocks(rows, sheet.total_width)

    def _read_whole(self, opened: CalamineWorkbook) -> tuple[CalamineSheet, Found]:
        name = self._name
        with self._workbook.text(name) as text, ThreadPoolExecutor(1, "text") as beside:
            refuse_vast(name, *text.filled_size())
            found = beside.submit(text.find)
            sheet = opened.get_sheet_by_name(self._workbook.inner_name(name))
            height, width = _reach(found.result())
            refuse_vast(name, max(sheet.total_height, height), max(sheet.total_width, width))
            return sheet, found.result()

    def _rows(self, sheet: CalamineSheet, found: Found) -> Iterator[list[Any]]:
        rows = _with_left_out(sheet, found)
        if not self._workbook.is_misread:
            return rows
        shown = self._workbook.shown
        return ([shown(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)

    def _told_size(self) -> tuple[int, int]:
        """Rows as the sheet says itself, and the bytes of its text."""
        with reading(), self._workbook.text(self._name) as text:
            rows, columns = text.declared_size()
            return (0 if rows * columns > MAX_CELLS else rows), text.size


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


def _with_left_out(sheet: CalamineSheet, found: Found) -> Iterator[list[Any]]:
    """A sheet's rows from its first, with the errors and other cells that calamine leaves out, be it at the ends."""
    height, width = _reach(found)
    for place, row in enumerate(chain(_from_the_first(sheet), repeat(None))):
        if row is None and place >= height:
            return
        cells = row or []
        cells += [""] * (width - len(cells))
        for column, held in found.cells.get(place, ()):
            cells[column] = held
        yield cells


def _reach(found: Found) -> tuple[int, int]:
    """Rows and columns to the last cell that was found."""
    width = max((column + 1 for cells in found.cells.values() for column, _ in cells), default=0)
    return max(found.cells, default=-1) + 1, width


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
    """Whatever the reader stumbles over is a damaged file, unless it wants memory; a panic of its Rust code is no
    ordinary exception."""
    try:
        yield
    except BaseException as error:
        is_panic = _is_panic(error)
        if isinstance(error, Invalid) or not (isinstance(error, Exception) or is_panic):
            raise
        if lacks_memory(error):
            raise MemoryError from error
        if not isinstance(error, _FAULTS) and not is_panic:
            raise
        raise damaged() from error


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


def is_refusal(error: BaseException) -> bool:
    """Whether it is calamine that gave up, or Python over a duration of its."""
    gave_up = isinstance(error, CalamineError | OverflowError) and not isinstance(error, PasswordError)
    return gave_up or _is_panic(error)


def _opened(path: Path, content: bytes | None = None) -> CalamineWorkbook:
    """A workbook opened by calamine, or what is read in its place."""
    try:
        return (
            CalamineWorkbook.from_path(str(path))
            if content is None
            else CalamineWorkbook.from_filelike(io.BytesIO(content))
        )
    except PasswordError as error:
        raise encrypted() from error
