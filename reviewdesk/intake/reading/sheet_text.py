"""What the reader of workbooks does not tell about a sheet of an .xlsx file, taken from the sheet's own text.

Calamine gives `#N/A` and its like as empty cells, says nothing of hidden rows and columns, and makes room for every
cell of the sheet's span before it says how wide that is. A failed formula is not an absent fact, and one stray cell in
the last column must not cost 16,384 columns; so the text is searched for them. That takes a tenth of the time of
reading.
"""

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from reviewdesk.intake.reading import odd_text, ods_text, xls_records, xlsb_records
from reviewdesk.intake.reading.found import Found
from reviewdesk.intake.reading.kinds import slashed

_ERROR_MARK = b't="e"'
_ERROR_CELL = re.compile(rb'<c ([^>]*t="e"[^>]*)>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>([^<]*)</v>')
_FORMULA_MARK = b"<f"
_UNVALUED_CELL = re.compile(rb"<c ([^>]*[^>/])>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>")
_MERGE_MARK = b"<mergeCell "
_MERGE = re.compile(rb'<mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ELEMENTS = (b"<c ", b"<row ", _MERGE_MARK)
"""What is given again whole where the end of a piece of text cuts it."""
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"')
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]{1,3})([0-9]{1,7})"')
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^>]*?)/?>")
_RELATION = re.compile(r"<Relationship\b([^>]*?)/?>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
HIDDEN_MARK = b" hidden="
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_ROW = re.compile(rb"<row ([^>]*)>")
_NUMBER = re.compile(rb'\br="([0-9]{1,7})"')
_COLUMN = re.compile(rb"<col ([^>]*)>")
_RANGE = re.compile(rb'\b(min|max)="([0-9]{1,6})"')
_LAST_COLUMN = 16_384
_BLOCK = 1 << 20
_LONGEST_CELL = 1 << 16
_LONGEST_HEAD = 64
_VALUES = (b"</v>", b"</is>")
_HEAD = 1 << 16
"""Bytes in which the first cells of a sheet are to be seen."""


class SheetText:
    """The text of one sheet of an .xlsx file; in other kinds of workbooks what it finds is found by other ways."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self._packed = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
        self._part = _part_of(self._packed, name) if self._packed else None

    def __enter__(self) -> "SheetText":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._packed:
            self._packed.close()

    @property
    def part(self) -> str | None:
        """The part of the package that is the sheet."""
        return self._part

    @property
    def size(self) -> int:
        """How long it is, in bytes."""
        return self._packed.getinfo(self._part).file_size if self._packed and self._part else 0

    def declared_size(self) -> tuple[int, int]:
        """Rows and columns to the last cell, as the sheet says itself; (0, 0) where it does not."""
        if self._packed is None or self._part is None:
            return 0, 0
        with self._packed.open(self._part) as stream:
            found = _DIMENSION.search(stream.read(4096))
        return (int(found[2]), column_of(found[1]) + 1) if found else (0, 0)

    def find(self) -> Found:
        """Search the whole text once."""
        if self._packed is None:
            return xls_records.find(self._path, self._name)
        if self._part is None:
            return _found_otherwise(self._packed, self._name)
        if _is_odd(self._packed, self._part):
            with self._packed.open(self._part) as stream:
                return odd_text.find(stream)
        finder = Finder(Found())
        with self._packed.open(self._part) as stream:
            rest = b""
            first = True
            while chunk := stream.read(_BLOCK):
                block = rest + chunk
                if first:
                    finder.head(block)
                    first = False
                finder.feed(block)
                cut = max(map(block.rfind, _ELEMENTS))
                rest = block[cut:] if cut >= 0 and len(block) - cut < _LONGEST_CELL else b""
        found = finder.found
        found.hidden_rows = sorted(set(found.hidden_rows))
        found.unvalued = sorted(set(found.unvalued))
        found.merges = list(dict.fromkeys(found.merges))
        return found


class Finder:
    """Finds things in the text of a sheet, given piece by piece; a cell or row that is cut is given again whole."""

    def __init__(self, found: Found) -> None:
        self.found = found

    def head(self, text: bytes) -> None:
        """Look at what stands before the rows, and maybe some of these."""
        self.found.hidden_columns = _hidden_columns(text)

    def feed(self, block: bytes) -> None:
        """Look at rows, or at what stands behind them."""
        found = self.found
        last = block.rfind(b"<row ", 0, max(map(block.rfind, _VALUES)) + 1)
        if last >= 0 and (number := _NUMBER.search(block, last, last + _LONGEST_HEAD)):
            found.last_row = int(number[1])
        if HIDDEN_MARK in block:
            found.hidden_rows += [int(row) - 1 for row in _hidden_rows(block)]
        if _ERROR_MARK in block:
            for row, column, error in _errors_in(block):
                found.add_error(row, column, error)
        if _FORMULA_MARK in block:
            found.unvalued += _places(_UNVALUED_CELL, block)
        if _MERGE_MARK in block:
            for left, top, right, bottom in _MERGE.findall(block):
                corners = (int(top) - 1, column_of(left)), (int(bottom) - 1, column_of(right))
                found.merges.append(corners)


def _is_odd(packed: zipfile.ZipFile, part: str) -> bool:
    with packed.open(part) as stream:
        return odd_text.is_odd(stream.read(_HEAD))


def _found_otherwise(packed: zipfile.ZipFile, name: str) -> Found:
    parts = packed.namelist()
    if xlsb_records.WORKBOOK in parts:
        return xlsb_records.find(packed, name)
    return ods_text.find(packed, name) if ods_text.CONTENT in parts else Found()


def _hidden_rows(block: bytes) -> Iterator[bytes]:
    for attributes in _ROW.findall(block):
        if _HIDDEN.search(attributes) and (number := _NUMBER.search(attributes)):
            yield number[1]


def _hidden_columns(block: bytes) -> list[int]:
    """Hidden columns that a person made; Excel also writes one range for all the columns behind the table."""
    columns: list[int] = []
    for attributes in _COLUMN.findall(block.partition(b"<sheetData")[0]):
        range_ = dict(_RANGE.findall(attributes))
        if _HIDDEN.search(attributes) and range_.keys() == {b"min", b"max"}:
            last = min(int(range_[b"max"]), _LAST_COLUMN)
            columns += range(int(range_[b"min"]) - 1, last)
    return sorted(set(columns))


def _places(cell: re.Pattern[bytes], block: bytes) -> Iterator[tuple[int, int]]:
    for attributes in cell.findall(block):
        if place := _REFERENCE.search(attributes):
            yield int(place[2]) - 1, column_of(place[1])


def _errors_in(block: bytes) -> Iterator[tuple[int, int, str]]:
    for attributes, error in _ERROR_CELL.findall(block):
        if place := _REFERENCE.search(attributes):
            yield int(place[2]) - 1, column_of(place[1]), error.decode("utf-8", "replace")


def _part_of(packed: zipfile.ZipFile, name: str) -> str | None:
    """The part of the package that holds a sheet."""
    parts = dict(zip(slashed(packed.namelist()), packed.namelist(), strict=True))
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts.keys():
        return None
    targets = {
        one["Id"]: one["Target"]
        for one in _elements(_RELATION, packed.read(parts["xl/_rels/workbook.xml.rels"]))
        if {"Id", "Target"} <= one.keys()
    }
    for one in _elements(_SHEET, packed.read(parts["xl/workbook.xml"])):
        if html.unescape(one.get("name", "")) == name:
            relation = next((value for key, value in one.items() if key.endswith(":id")), "")
            target = targets.get(relation, "")
            return parts.get(target.removeprefix("/") if target.startswith("/") else f"xl/{target}")
    return None


def _elements(element: re.Pattern[str], text: bytes) -> Iterator[dict[str, str]]:
    for attributes in element.findall(text.decode("utf-8", "replace")):
        yield dict(_ATTRIBUTE.findall(attributes))


def column_of(letters: bytes) -> int:
    """`A` is 0, `AA` is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1
