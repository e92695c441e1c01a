"""The text of an .xlsx sheet whose elements have a prefix or blanks between them, or whose cells do not say where they
are.

Few programs write so; what the quick search looks for is found here element by element, in some ten times its time.
"""

import re
from typing import IO, Any, Final
from xml.parsers import expat

from reviewdesk.intake.reading.found import Found

_BLOCK: Final = 1 << 20
_LAST_COLUMN: Final = 1 << 14
_TRUE: Final = ("1", "true")
_FIRST_CELL = re.compile(rb"<c[ />][^>]*>?")
_BETWEEN = re.compile(rb"<(?:row|c)\b[^>]*>\s|</(?:c|v)>\s|<(?:row|c)\s[^>]*='")
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def is_odd(head: bytes) -> bool:
    """Whether a sheet that begins so is written in such a way."""
    cell = _FIRST_CELL.search(head)
    if _BETWEEN.search(head):
        return True
    return (b"<sheetData" not in head and b":sheetData" in head) or (cell is not None and b' r="' not in cell[0])


def find(stream: IO[bytes]) -> Found:
    """Search the text."""
    seeker = _Seeker()
    while block := stream.read(_BLOCK):
        seeker.parser.Parse(block)
    seeker.found.hidden_rows.sort()
    seeker.found.unvalued.sort()
    return seeker.found


class _Seeker:
    """Knows at which cell the text is."""

    def __init__(self) -> None:
        self.found = Found()
        self._row = self._column = -1
        self._kind = ""
        self._has_formula = False
        self._value: list[str] | None = None
        self._said = ""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, element: str, attributes: dict[str, Any]) -> None:
        match element.rpartition(":")[2]:
            case "c":
                self._begin_cell(attributes)
            case "v":
                self._value = []
            case "f":
                self._has_formula = True
            case "row":
                self._row = int(attributes.get("r", self._row + 2)) - 1
                self._column = -1
                if attributes.get("hidden") in _TRUE:
                    self.found.hidden_rows.append(self._row)
            case "col" if attributes.get("hidden") in _TRUE:
                last = min(int(attributes["max"]), _LAST_COLUMN)
                self.found.hide_columns(range(int(attributes["min"]) - 1, last))

    def _begin_cell(self, attributes: dict[str, Any]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        self._column = _column_of(place[1]) if place else self._column + 1
        self._kind, self._has_formula, self._said = attributes.get("t", ""), False, ""

    def _end(self, element: str) -> None:
        match element.rpartition(":")[2]:
            case "v" if self._value is not None:
                self._said, self._value = "".join(self._value), None
            case "c" if self._kind == "e":
                self.found.add(self._row, self._column, self._said)
            case "c" if self._has_formula and not self._said:
                self.found.unvalued.append((self._row, self._column))

    def _text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)


def _column_of(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
