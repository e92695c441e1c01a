"""The text of an OpenDocument spreadsheet: what calamine does not tell of a table."""

import zipfile
from typing import Any, Final
from xml.parsers import expat

from reviewdesk.intake.reading.found import Found

CONTENT: Final = "content.xml"
_MARKS: Final = (b'value-type="error"', b"table:visibility=")
_HIDDEN: Final = ("collapse", "filter")
_BLOCK: Final = 1 << 20
_LAST_ROW: Final = 1 << 20
_LAST_COLUMN: Final = 1 << 14


def find(packed: zipfile.ZipFile, name: str) -> Found:
    """Search a table; of a document without errors and hidden parts the elements are not even looked at."""
    if not _holds_marks(packed):
        return Found()
    seeker = _Seeker(name)
    with packed.open(CONTENT) as stream:
        while not seeker.done and (block := stream.read(_BLOCK)):
            seeker.parser.Parse(block)
    return seeker.found


def _holds_marks(packed: zipfile.ZipFile) -> bool:
    with packed.open(CONTENT) as stream:
        rest = b""
        while block := stream.read(_BLOCK):
            if any(mark in rest + block for mark in _MARKS):
                return True
            rest = block[-32:]
    return False


class _Seeker:
    """Counts rows and columns through one table."""

    def __init__(self, name: str) -> None:
        self.found = Found()
        self.done = False
        self._name = name
        self._within = False
        self._row = self._column = self._next_row = 0
        self._error: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, element: str, attributes: dict[str, Any]) -> None:
        if element == "table:table":
            self._within = attributes.get("table:name") == self._name
            self._row = self._column = self._next_row = 0
        elif not self._within:
            return
        elif element == "table:table-column":
            count = _count(attributes, "table:number-columns-repeated")
            if attributes.get("table:visibility") in _HIDDEN:
                self.found.hide_columns(range(self._column, min(self._column + count, _LAST_COLUMN)))
            self._column += count
        elif element == "table:table-row":
            self._begin_row(attributes)
        elif element in ("table:table-cell", "table:covered-table-cell"):
            if attributes.get("calcext:value-type") == "error":
                self._error = []
            self._column += _count(attributes, "table:number-columns-repeated")

    def _begin_row(self, attributes: dict[str, Any]) -> None:
        self._row, self._column = self._next_row, 0
        count = _count(attributes, "table:number-rows-repeated")
        self._next_row += count
        if attributes.get("table:visibility") in _HIDDEN:
            self.found.hidden_rows += range(self._row, min(self._next_row, _LAST_ROW))

    def _end(self, element: str) -> None:
        if element == "table:table" and self._within:
            self.done, self._within = True, False
        elif element == "table:table-cell" and self._error is not None:
            self.found.add(self._row, self._column - 1, "".join(self._error) or "#N/A")
            self._error = None

    def _text(self, text: str) -> None:
        if self._error is not None:
            self._error.append(text)


def _count(attributes: dict[str, Any], name: str) -> int:
    """How often an element stands for itself; empty ones at the end stand for the rest of the sheet."""
    return int(attributes.get(name, 1))
