"""The rows of an .xlsx sheet, read from a band of its text at a time: all cells of a band at once, as arrays.

Whatever is not written in the usual way is `Odd` and left to calamine; single cells that need more than a look (dates,
escapes, numbers with an exponent) are asked of it. So a cell is here what calamine makes of it, in a third of the time,
and rows are there before the sheet is read to its end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from reviewdesk.intake.reading.asking import NO_DAY_FROM, Calamine
from reviewdesk.intake.reading.coded import IS_NUMBER, Numbers
from reviewdesk.intake.reading.packing import Cell
from reviewdesk.intake.reading.strings import SharedStrings
from reviewdesk.intake.reading.tokens import (
    PADDING,
    Bytes,
    Flags,
    Odd,
    Places,
    as_bytes,
    closed,
    digits_of,
    holding_escapes,
    kinds_by,
    kinds_of,
    tags,
)

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_MOST_STYLES = 256
"""A band with more ways to write the attributes of a cell is left to calamine."""

# --- what may follow what ---------------------------------------------------------------------------------------------

_C, _V, _V_END, _C_END, _ROW, _ROW_END, _F, _F_END, _IS, _IS_END, _T, _T_END = range(1, 13)
_ALONE: Final = 12
"""Added to the kind of an element that ends itself: `<c …/>`, `<row …/>`, `<f …/>`, `<v/>`, `<t/>`."""

_KINDS = kinds_by(
    {b"c ": _C, b"v>": _V, b"v ": _V, b"v/": _V, b"/v": _V_END, b"/c": _C_END, b"ro": _ROW, b"/r": _ROW_END}
    | {b"f>": _F, b"f ": _F, b"f/": _F, b"/f": _F_END, b"is": _IS, b"/i": _IS_END, b"t>": _T, b"t ": _T}
    | {b"t/": _T, b"/t": _T_END}
)
_LENGTHS = {_V_END: 3, _C_END: 3, _F_END: 3, _T_END: 3, _IS: 3, _IS_END: 4, _ROW_END: 5}
_CELLS = (_C, _C + _ALONE, _ROW_END)
_FOLLOWS: dict[int, tuple[int, ...]] = {
    _ROW: _CELLS,
    _C: (_V, _V + _ALONE, _C_END, _F, _F + _ALONE, _IS),
    _C + _ALONE: _CELLS,
    _V: (_V_END,),
    _V_END: (_C_END,),
    _V + _ALONE: (_C_END,),
    _F: (_F_END,),
    _F_END: (_V, _V + _ALONE, _C_END),
    _F + _ALONE: (_V, _V + _ALONE, _C_END),
    _IS: (_T, _T + _ALONE, _IS_END),
    _T: (_T_END,),
    _T_END: (_IS_END,),
    _T + _ALONE: (_IS_END,),
    _IS_END: (_C_END,),
    _C_END: _CELLS,
    _ROW_END: (_ROW, _ROW + _ALONE),
    _ROW + _ALONE: (_ROW, _ROW + _ALONE),
}
_COUNT = 2 * _ALONE + 1
_MAY_NOT_FOLLOW = np.ones(_COUNT * _COUNT, dtype=np.bool_)
for _kind, _kinds in _FOLLOWS.items():
    _MAY_NOT_FOLLOW[[_kind * _COUNT + _next for _next in _kinds]] = False
_LENGTH = np.zeros(_COUNT, dtype=np.int64)
for _kind, _length in _LENGTHS.items():
    _LENGTH[_kind] = _length
_HOLDS_TEXT = np.zeros(_COUNT, dtype=np.bool_)
_HOLDS_TEXT[[_V, _F, _T]] = True

_W = ord("w")
_PRESERVE_LENGTH = len('<t xml:space="preserve"')
_REFERENCE = b'r="'


_MOST_NUMBER_DIGITS: Final = 9
OTHERS_FROM: Final = 10**_MOST_NUMBER_DIGITS
"""No shared string has so high a number."""


@dataclass(frozen=True, slots=True)
class Band:
    """The cells of some rows, in their order. Rows and columns from 0.

    A cell's code is `IS_NUMBER` where its value is in `numbers`, else the number of its shared string, or from
    `OTHERS_FROM` on, its place in `others`.
    """

    rows: Places
    columns: Places
    numbers: Numbers
    codes: Places
    others: list[Cell]
    has_formulas: bool

    def part(self, start: int, end: int) -> "Band":
        """The cells from one to before another."""
        cut = slice(start, end)
        return replace(
            self, rows=self.rows[cut], columns=self.columns[cut], numbers=self.numbers[cut], codes=self.codes[cut]
        )


@dataclass(slots=True)
class _Values:
    """What the cells of a band hold, as `Band` has it."""

    numbers: Numbers
    codes: Places
    others: list[Cell] = field(default_factory=list)

    def give(self, places: Places, cells: Sequence[Cell]) -> None:
        """Give each place its own cell."""
        self.give_some(places, cells, np.arange(len(cells)))

    def give_some(self, places: Places, cells: Sequence[Cell], which: Places) -> None:
        """Give each place one of the cells."""
        self.codes[places] = which + (OTHERS_FROM + len(self.others))
        self.others += cells


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells that hold something: their tags, where their content stands, and what its kind is; among all cells."""

    all_starts: Places
    held: Flags
    end: Places
    content_start: Places
    content_end: Places
    inner: Places
    inline: Flags
    spaced: Flags
    has_formulas: bool


class BandReader:
    """Reads the bands of one sheet, one after the other."""

    def __init__(self, strings: SharedStrings, calamine: Calamine) -> None:
        self._strings, self._calamine = strings, calamine
        self._kinds: dict[bytes, tuple[str, bytes]] = {}
        self._dated: dict[bytes, bool] = {}
        self._days: dict[tuple[bytes, bytes], Cell] = {}
        self._last = -1

    def read(self, text: bytes) -> Band:
        """Read whole rows.

        Raises:
            Odd: they are left to calamine.
        """
        whole = as_bytes(text + PADDING)
        cells = _cells_of(whole, len(text))
        rows, columns, after = _places_of(whole, cells.all_starts)
        places = rows * _LAST_COLUMN + columns
        if (places[1:] <= places[:-1]).any() or (len(places) and int(rows[0]) <= self._last):
            raise Odd
        self._last = int(rows[-1]) if len(rows) else self._last
        if not cells.held.all():
            rows, columns, after = rows[cells.held], columns[cells.held], after[cells.held]
        values = self._values(text, whole, cells, after)
        return Band(rows, columns, values.numbers, values.codes, values.others, cells.has_formulas)

    # --- what the cells hold -----------------------------------------------------------------------------------------

    def _values(self, text: bytes, whole: Bytes, cells: _Cells, after: Places) -> _Values:
        count = len(after)
        values = _Values(np.zeros(count), np.full(count, IS_NUMBER, dtype=np.int64))
        numbers, attributes = _sorted_by_text(text, whole, after, cells.end)
        for number, written in enumerate(attributes):
            chosen = np.flatnonzero(numbers == number)
            kind, style = self._kind_of(written)
            inline = cells.inline[chosen]
            if inline.any():
                if not inline.all() or kind not in ("inlineStr", "str", "n"):
                    raise Odd
                kind = "text"
            self._fill(values, chosen, kind, style, text, whole, cells, written)
        return values

    def _fill(
        self,
        values: _Values,
        chosen: Places,
        kind: str,
        style: bytes,
        text: bytes,
        whole: Bytes,
        cells: _Cells,
        written: bytes,
    ) -> None:
        starts, ends = cells.content_start[chosen], cells.content_end[chosen]
        if kind == "s":
            values.codes[chosen] = self._strings.held(digits_of(whole, starts, ends - starts, _MOST_NUMBER_DIGITS))
            return
        if kind == "n" and not self._is_dated(style):
            values.numbers[chosen], sure = _numbers(whole, starts, ends - starts)
        elif kind == "n":
            sure = self._fill_days(values, chosen, style, text, whole, starts, ends)
        elif kind in ("str", "text"):
            sure = ~holding_escapes(whole, starts, ends)
            if kind == "text":
                sure &= cells.spaced[chosen] | _without_blanks_around(whole, starts, ends)
            values.give(chosen[sure], _decoded(text, starts[sure], ends[sure]))
        elif kind == "e":
            values.give(chosen, _decoded(text, starts, ends))
            return
        elif kind == "b":
            sure = (ends - starts == 1) & ((whole[starts] == 48) | (whole[starts] == 49))
            values.give_some(chosen, [False, True], whole[starts] == 49)
        else:
            sure = np.zeros(len(chosen), dtype=np.bool_)
        odd = chosen[~sure]
        if len(odd):
            asked = [(written, _inner(text, int(cells.inner[one]))) for one in odd]
            self._give_asked(values, odd, self._calamine.cells(asked))

    def _give_asked(self, values: _Values, places: Places, cells: Sequence[Cell]) -> None:
        """What calamine was asked: numbers and all else."""
        numbers = np.array([type(cell) is float for cell in cells], dtype=np.bool_)
        values.codes[places[numbers]] = IS_NUMBER
        values.numbers[places[numbers]] = [cell for cell in cells if type(cell) is float]
        values.give(places[~numbers], [cell for cell in cells if type(cell) is not float])

    def _fill_days(
        self, values: _Values, chosen: Places, style: bytes, text: bytes, whole: Bytes, starts: Places, ends: Places
    ) -> Flags:
        """Dates of one style: each different number is asked about once."""
        lengths = ends - starts
        short = (lengths >= 1) & (lengths <= 7)
        short &= _all_digits(whole, starts, lengths, 7)
        numbers = digits_of(whole, starts[short], lengths[short], 7)
        different, which = np.unique(numbers, return_inverse=True)
        keys = [(style, b"%d" % number) for number in different.tolist()]
        self._learn(keys)
        values.give_some(chosen[short], [self._days[key] for key in keys], which)
        long = np.flatnonzero(~short)
        keys = [(style, text[starts[one] : ends[one]]) for one in long.tolist()]
        self._learn([key for key in keys if _NUMBER.fullmatch(key[1])])
        sure = np.ones(len(chosen), dtype=np.bool_)
        sure[long] = [key in self._days for key in keys]
        self._give_asked(values, chosen[long[sure[long]]], [self._days[key] for key in keys if key in self._days])
        return sure

    def _learn(self, keys: Sequence[tuple[bytes, bytes]]) -> None:
        if len(self._days) > _MOST_DAYS:
            self._days.clear()
        new = [key for key in dict.fromkeys(keys) if key not in self._days]
        for style, number in new:
            if abs(float(number)) >= NO_DAY_FROM:
                self._days[style, number] = float(number)
        new = [key for key in new if key not in self._days]
        if new:
            asked = [(b' s="%s"' % style, b"<v>%s</v>" % number) for style, number in new]
            self._days.update(zip(new, self._calamine.cells(asked), strict=True))

    def _is_dated(self, style: bytes) -> bool:
        """Whether calamine gives a number of this style as anything but a number."""
        if style not in self._dated:
            attributes = b' s="%s"' % style if style else b""
            found = self._calamine.cells([(attributes, b"<v>45000.25</v>")])
            self._dated[style] = type(found[0]) is not float
        return self._dated[style]

    def _kind_of(self, written: bytes) -> tuple[str, bytes]:
        """A cell's type and style, by its attributes behind the reference."""
        if written not in self._kinds:
            if not _ATTRIBUTES.fullmatch(written):
                raise Odd
            stated = dict(_ATTRIBUTE.findall(written))
            kind = stated.get(b"t", b"n").decode("ascii", "replace")
            style = stated.get(b"s", b"")
            if kind not in _TYPES or (style and not style.isdigit()):
                raise Odd
            self._kinds[written] = kind, style
        return self._kinds[written]


_MOST_DAYS = 500_000
_TYPES = frozenset({"s", "n", "str", "inlineStr", "b", "e", "d"})
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_ATTRIBUTES = re.compile(rb'(?: [\w:]+="[^"&]*")*')
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def _inner(text: bytes, start: int) -> bytes:
    return text[start : text.index(b"</c>", start)]


def _decoded(text: bytes, starts: Places, ends: Places) -> list[Cell]:
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    return [str(text[start:end], "utf-8") for start, end in pairs]


# --- where the cells are ----------------------------------------------------------------------------------------------


def _cells_of(text: Bytes, size: int) -> _Cells:
    """The cells of a band that hold something.

    Raises:
        Odd: an element stands where none is expected, or text does.
    """
    opens, closes = tags(text)
    kinds = kinds_of(text, opens, _KINDS).astype(np.intp)
    kinds[closed(text, closes)] += _ALONE
    _check(text, opens, closes, kinds, size)
    cells = np.flatnonzero((kinds == _C) | (kinds == _C + _ALONE))
    all_starts, after = opens[cells], kinds[cells + 1]
    content = cells + 1 + 2 * (after == _F) + (after == _F + _ALONE) + (after == _IS)
    held = ((kinds[content] == _V) | (kinds[content] == _T)) & (kinds[cells] == _C)
    if not held.all():
        cells, content = cells[held], content[held]
    inline = kinds[content] == _T
    return _Cells(
        all_starts,
        held,
        closes[cells],
        closes[content] + 1,
        opens[content + 1],
        closes[cells] + 1,
        inline,
        inline & (closes[content] - opens[content] == _PRESERVE_LENGTH),
        bool(((kinds == _F) | (kinds == _F + _ALONE)).any()),
    )


def _check(text: Bytes, opens: Places, closes: Places, kinds: npt.NDArray[np.intp], size: int) -> None:
    if not len(kinds):
        raise Odd
    lengths = _LENGTH[kinds]
    bad = (lengths != 0) & (lengths != closes - opens)
    bad[:-1] |= _MAY_NOT_FOLLOW[kinds[:-1] * _COUNT + kinds[1:]]
    spaced = np.flatnonzero(opens[1:] - closes[:-1] != 1)
    rows = opens[(kinds == _ROW) | (kinds == _ROW + _ALONE)]
    after = text[rows + 4]
    odd_rows = (text[rows + 3] != _W) | ((after != 32) & (after != 62) & (after != 47))
    if not _HOLDS_TEXT[kinds[spaced]].all() or odd_rows.any():
        raise Odd
    ends_well = kinds[-1] in (_ROW_END, _ROW + _ALONE) and closes[-1] == size - 1
    begins_well = kinds[0] in (_ROW, _ROW + _ALONE) and opens[0] == 0
    if bad.any() or not ends_well or not begins_well:
        raise Odd


def _places_of(text: Bytes, starts: Places) -> tuple[Places, Places, Places]:
    """Rows and columns of cells, and where the attributes behind the reference begin.

    Raises:
        Odd: the reference is not the first attribute, or none of the sheet.
    """
    at = starts + 3
    odd = np.zeros(len(starts), dtype=np.bool_)
    for place, byte in enumerate(_REFERENCE):
        odd |= text[at + place] != byte
    at = at + len(_REFERENCE)
    column = np.zeros(len(starts), dtype=np.int64)
    letter = np.ones(len(starts), dtype=np.bool_)
    letters = np.zeros(len(starts), dtype=np.int64)
    for place in range(3):
        code = text[at + place].astype(np.int64) - 64
        letter &= (code >= 1) & (code <= 26)
        column = np.where(letter, column * 26 + code, column)
        letters += letter
    at = at + letters
    row = np.zeros(len(starts), dtype=np.int64)
    digit = np.ones(len(starts), dtype=np.bool_)
    digits = np.zeros(len(starts), dtype=np.int64)
    for place in range(7):
        code = text[at + place].astype(np.int64) - 48
        digit &= (code >= 0) & (code <= 9)
        row = np.where(digit, row * 10 + code, row)
        digits += digit
    at = at + digits
    odd |= (letters == 0) | (column > _LAST_COLUMN) | (row < 1) | (row > _LAST_ROW) | (text[at] != ord('"'))
    if odd.any():
        raise Odd
    return row - 1, column - 1, at + 1


_WORD = 8
_WORDS = 4
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(_WORD + 1)], dtype=np.uint64)


def _sorted_by_text(text: bytes, whole: Bytes, starts: Places, ends: Places) -> tuple[Places, list[bytes]]:
    """Number pieces of text by what they say; returns the numbers and what each stands for.

    Raises:
        Odd: they say too many things, or one is too long.
    """
    lengths = ends - starts
    longest = int(lengths.max()) if len(lengths) else 0
    if longest > _WORD * _WORDS:
        raise Odd
    windows = np.lib.stride_tricks.sliding_window_view(whole, _WORD)
    words = []
    for place in range(0, max(longest, 1), _WORD):
        word = np.ascontiguousarray(windows[starts + place]).view(np.uint64)[:, 0]
        words.append(word & _MASKS[np.clip(lengths - place, 0, _WORD)])
    numbers = np.full(len(starts), -1, dtype=np.int64)
    left = np.arange(len(starts))
    said: list[bytes] = []
    while len(left):
        first = left[0]
        same = words[0][left] == words[0][first]
        for word in words[1:]:
            same &= word[left] == word[first]
        numbers[left[same]] = len(said)
        said.append(text[starts[first] : ends[first]])
        left = left[~same]
        if len(said) > _MOST_STYLES:
            raise Odd
    return numbers, said


# --- numbers ----------------------------------------------------------------------------------------------------------

_POWERS = np.array([10.0**power for power in range(17)])
_MOST_DIGITS = 15
_DOT = ord(".")


def _numbers(text: Bytes, starts: Places, lengths: Places) -> tuple[Numbers, Flags]:
    """Plain decimal numbers, and which of them were; the others are 0.

    Fifteen digits divided by a power of ten that a float holds exactly is the nearest float to what is written.
    """
    mantissa = np.zeros(len(starts), dtype=np.int64)
    parts = np.zeros(len(starts), dtype=np.int64)
    dots = np.zeros(len(starts), dtype=np.int64)
    negative = (text[starts] == ord("-")) & (lengths > 1)
    starts, lengths = starts + negative, lengths - negative
    sure = (lengths >= 1) & (lengths <= _MOST_DIGITS)
    sure &= text[starts] != _DOT
    for place in range(min(int(lengths.max()) if len(lengths) else 0, _MOST_DIGITS)):
        code = text[starts + place].astype(np.int64)
        within = place < lengths
        dot = within & (code == _DOT)
        digit = within & (code >= 48) & (code <= 57)
        sure &= ~within | digit | dot
        mantissa = np.where(digit, mantissa * 10 + (code - 48), mantissa)
        parts += digit & (dots > 0)
        dots += dot
    sure &= (dots == 0) | ((dots == 1) & (parts > 0))
    numbers = mantissa / _POWERS[parts]
    numbers = np.where(negative, -numbers, numbers)
    return np.where(sure, numbers, 0.0), sure


def _all_digits(text: Bytes, starts: Places, lengths: Places, most: int) -> Flags:
    found = np.ones(len(starts), dtype=np.bool_)
    for place in range(most):
        code = text[starts + place]
        found &= (place >= lengths) | ((code >= 48) & (code <= 57))
    return found


def _without_blanks_around(text: Bytes, starts: Places, ends: Places) -> Flags:
    """Texts that begin and end with a letter of ASCII, a digit or a Chinese character."""
    filled = ends > starts
    first, last = text[starts], text[np.maximum(ends - 3, 0)]
    sure = filled & (((first > 32) & (first < 127)) | ((first >= 0xE4) & (first <= 0xE9)))
    final = text[np.maximum(ends - 1, 0)]
    return sure & (((final > 32) & (final < 127)) | ((final >= 0x80) & (last >= 0xE4) & (last <= 0xE9)))
