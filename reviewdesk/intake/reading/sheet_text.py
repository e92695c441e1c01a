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
from reviewdesk.intake.reading.kinds import package, slashed
from reviewdesk.intake.reading.prefixes import HEAD_BYTES, opened, prefix_of, without_prefix

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
_FILLED_CELL = re.compile(rb'<c (?:[^>]*? )?r="([A-Z]{1,3})([0-9]{1,7})"(?:[^>]*[^/>])?>')
_MOST_SEARCHED = 8 << 20
"""Bytes of a sheet that are read at once, to see how far it reaches."""

_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
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

    def __init__(self, path: Path, name: str, content: bytes | None = None) -> None:
        """`content` is what is read in the file's place, where that is another."""
        self._path, self._name = path, name
        self._packed = package(path, content)
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
        found = _DIMENSION.search(opened(self._packed, self._part).read(HEAD_BYTES)[:HEAD_BYTES])
        return (int(found[2]), column_of(found[1]) + 1) if found else (0, 0)

    def filled_size(self) -> tuple[int, int]:
        """Rows and columns to the last cell that is more than a place with a style; (0, 0) of a large sheet."""
        if self._packed is None or self._part is None or self.size > _MOST_SEARCHED:
            return 0, 0
        text = self._packed.read(self._part)
        cells = _FILLED_CELL.findall(without_prefix(text, prefix_of(text)))
        return max((int(row) for _, row in cells), default=0), max((column_of(one) + 1 for one, _ in cells), default=0)

    def find(self) -> Found:
        """Search the whole text once."""
        if self._packed is None:
            return xls_records.find(self._path, self._name)
        if self._part is None:
            return _found_otherwise(self._packed, self._name)
        stream = opened(self._packed, self._part)
        block = stream.read(_BLOCK)
        if odd_text.is_odd(block[:_HEAD]):
            with self._packed.open(self._part) as whole:
                return odd_text.find(whole)
        finder = Finder(Found())
        finder.head(block)
        while block:
            finder.feed(block)
            cut = max(map(block.rfind, _ELEMENTS))
            more = stream.read(_BLOCK)
            block = (block[cut:] if cut >= 0 and len(block) - cut < _LONGEST_CELL else b"") + more if more else b""
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
                found.add(row, column, error)
        if _FORMULA_MARK in block:
            found.unvalued += _places(_UNVALUED_CELL, block)
        if _MERGE_MARK in block:
            for left, top, right, bottom in _MERGE.findall(block):
                corners = (int(top) - 1, column_of(left)), (int(bottom) - 1, column_of(right))
                found.merges.append(corners)


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
    related = relations_of(packed.read(parts["xl/_rels/workbook.xml.rels"]))
    targets = {one["Id"]: one["Target"] for one in related if {"Id", "Target"} <= one.keys()}
    for element, relation in sheets_in(packed.read(parts["xl/workbook.xml"])):
        if html.unescape(_attributes(element).get("name", "")) == name:
            target = targets.get(relation, "")
            return parts.get(target.removeprefix("/") if target.startswith("/") else f"xl/{target}")
    return None


def relations_of(text: bytes) -> Iterator[dict[str, str]]:
    """The relations of a part, each as its attributes."""
    return map(_attributes, _RELATION.findall(text))


def sheets_in(workbook: bytes) -> Iterator[tuple[bytes, str]]:
    """The elements that name the sheets of a workbook, each with its relation to the part that holds the sheet."""
    for element in _SHEET.findall(workbook):
        yield element, next((value for key, value in _attributes(element).items() if key.endswith(":id")), "")


def _attributes(element: bytes) -> dict[str, str]:
    found = _ATTRIBUTE.findall(element.decode("utf-8", "replace"))
    return {name: first or second for name, first, second in found}


def column_of(letters: bytes) -> int:
    """`A` is 0, `AA` is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + letter - 64
    return index - 1
