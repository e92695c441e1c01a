"""The shared strings of a workbook: kept and handed on as the bytes they are."""

import zipfile
from typing import IO

import numpy as np

from reviewdesk.intake.reading.asking import Calamine
from reviewdesk.intake.reading.packing import BETWEEN, BETWEEN_KEPT, Piece
from reviewdesk.intake.reading.prefixes import Unprefixed, opened
from reviewdesk.intake.reading.tokens import (
    PADDING,
    Bytes,
    Flags,
    Odd,
    Places,
    as_bytes,
    holding_escapes,
    kinds_by,
    kinds_of,
    tags,
)

PART = "xl/sharedStrings.xml"
_PIECE, _LONGEST_ITEM = 1 << 20, 16 << 20
"""So much is read at once, and an item that is longer is left to calamine."""
_ITEM_CLOSED = b"</si>"
_ITEM, _ITEM_END, _TEXT, _TEXT_END = 1, 2, 3, 4
_KINDS = kinds_by({b"si": _ITEM, b"/s": _ITEM_END, b"t>": _TEXT, b"t ": _TEXT, b"/t": _TEXT_END})
_ITEM_LENGTH, _ITEM_END_LENGTH, _TEXT_END_LENGTH, _BARE_TEXT_LENGTH = 3, 4, 3, 2
_PRESERVE = b'<t xml:space="preserve">'


class SharedStrings:
    """Texts by their number. The part is read as far as the rows that were read so far refer to it."""

    def __init__(self, packed: zipfile.ZipFile, calamine: Calamine) -> None:
        """Begin to read the part; a workbook without one has no shared strings."""
        self._calamine = calamine
        self._starts, self._ends = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        self._plain = np.zeros(0, dtype=np.bool_)
        self._asked: dict[int, str] = {}
        self._stream = opened(packed, PART) if PART in packed.namelist() else None
        size = packed.getinfo(PART).file_size if self._stream else 0
        self._text = bytearray(size + len(PADDING))
        self._come = self._sorted_out = 0

    def __len__(self) -> int:
        return len(self._starts)

    def held(self, numbers: Places) -> Places:
        """These numbers, once their texts are there.

        Raises:
            Odd: there is no text of such a number, or the part is not written in the usual way.
        """
        if len(numbers):
            wanted = int(numbers.max())
            while wanted >= len(self._starts):
                if self._stream is None:
                    raise Odd
                self._have_more(self._stream)
        return numbers

    def finish(self) -> None:
        """Read what no row refers to, for a part that is broken there is broken.

        Raises:
            Odd: it is not written in the usual way.
        """
        while self._stream is not None:
            self._have_more(self._stream)

    def _have_more(self, stream: "IO[bytes] | Unprefixed") -> None:
        if more := stream.read(_PIECE):
            self._add(more)
            closed = self._text.rfind(_ITEM_CLOSED, self._sorted_out, self._come)
            end = closed + len(_ITEM_CLOSED) if closed >= 0 else self._sorted_out
        else:
            self._stream = None
            self._add(PADDING)
            end = self._come
        if end > self._sorted_out:
            self._sort_out(end)
        elif (
            self._come - self._sorted_out > _LONGEST_ITEM and self._text.find(b"<si", self._sorted_out, self._come) >= 0
        ):
            raise Odd

    def _add(self, more: bytes) -> None:
        come = self._come + len(more)
        if come > len(self._text):
            raise Odd
        self._text[self._come : come] = more
        self._come = come

    def _sort_out(self, end: int) -> None:
        """Find the texts up to the end of an item."""
        start, known = self._sorted_out, len(self._starts)
        piece = memoryview(self._text)[start:end]
        _require_utf8(piece)
        starts, ends, plain = _items_between(as_bytes(piece))
        for kept, new in ((self._starts, starts + start), (self._ends, ends + start), (self._plain, plain)):
            kept.resize(known + len(new), refcheck=False)
            kept[known:] = new
        self._sorted_out = end

    def pieces(self, numbers: Places) -> list[Piece]:
        """The texts of these numbers, which ascend; plain ones that stand together are one piece."""
        if not len(numbers):
            return []
        plain = self._plain[numbers]
        starts, ends = self._starts[numbers], self._ends[numbers]
        between = starts[1:] - ends[:-1]
        together = plain[1:] & plain[:-1] & (np.diff(numbers) == 1)
        together &= (between == len(BETWEEN)) | (between == len(BETWEEN_KEPT))
        firsts = np.flatnonzero(np.concatenate(([True], ~together)))
        lasts = np.append(firsts[1:], len(numbers)) - 1
        told = self._told(numbers[~plain])
        text = self._text
        return [
            text[start:end] if is_plain else told[number]
            for number, is_plain, start, end in zip(
                numbers[firsts].tolist(),
                plain[firsts].tolist(),
                starts[firsts].tolist(),
                ends[lasts].tolist(),
                strict=True,
            )
        ]

    def _told(self, numbers: Places) -> dict[int, str]:
        """What calamine says of texts that are not plain."""
        new = [number for number in numbers.tolist() if number not in self._asked]
        if new:
            items = [bytes(self._text[self._starts[one] : self._ends[one]]) for one in new]
            self._asked.update(zip(new, self._calamine.texts(items), strict=True))
        return self._asked


def _require_utf8(text: memoryview) -> None:
    try:
        str(text, "utf-8")
    except UnicodeDecodeError as error:
        raise Odd from error


def _items_between(text: Bytes) -> tuple[Places, Places, Flags]:
    nothing = np.zeros(0, dtype=np.int64)
    opens, closes = tags(text)
    if not len(opens):
        return nothing, nothing, np.zeros(0, dtype=np.bool_)
    padded = np.concatenate([text, as_bytes(PADDING)])
    kinds = kinds_of(padded, opens, _KINDS)
    lengths = closes - opens
    kinds[(kinds == _ITEM_END) & (lengths != _ITEM_END_LENGTH)] = 0
    if ((kinds == _ITEM) & (lengths != _ITEM_LENGTH)).any():
        raise Odd
    items, item_ends = np.flatnonzero(kinds == _ITEM), np.flatnonzero(kinds == _ITEM_END)
    if len(items) != len(item_ends) or (item_ends <= items).any() or (items[1:] <= item_ends[:-1]).any():
        raise Odd
    after = np.concatenate([kinds, np.zeros(4, dtype=np.uint8)])
    plain = (item_ends == items + 3) & (after[items + 1] == _TEXT) & (after[items + 2] == _TEXT_END)
    starts, ends = opens[items], closes[item_ends] + 1
    held, text_at = np.flatnonzero(plain), items[plain] + 1
    starts[held], ends[held] = closes[text_at] + 1, opens[text_at + 1]
    exact = (opens[text_at] == closes[items[held]] + 1) & (opens[item_ends[held]] == closes[text_at + 1] + 1)
    exact &= _is_kept_as_it_is(padded, starts[held], ends[held], lengths[text_at])
    exact &= ~holding_escapes(padded, starts[held], ends[held])
    odd = held[~exact]
    plain[odd] = False
    starts[odd], ends[odd] = opens[items[odd]], closes[item_ends[odd]] + 1
    return starts, ends, plain


_FIRST_OF_BLANKS = np.zeros(256, dtype=np.bool_)
_FIRST_OF_BLANKS[:33] = True
_FIRST_OF_BLANKS[[0xC2, 0xE1, 0xE2]] = True
"""First bytes of blanks in UTF-8, and of some rare signs; the blank of Chinese is looked for by itself."""


def _is_kept_as_it_is(text: Bytes, starts: Places, ends: Places, tag_lengths: Places) -> Flags:
    """Texts around which no blanks are dropped: there are none, or the tag says that they are to be kept."""
    kept = tag_lengths == len(_PRESERVE) - 1
    for place, byte in enumerate(_PRESERVE):
        kept &= text[np.maximum(starts - len(_PRESERVE), 0) + place] == byte
    bare = (tag_lengths == _BARE_TEXT_LENGTH) & (ends > starts)
    bare &= ~_FIRST_OF_BLANKS[text[starts]] & ~_is_wide_blank(text, starts)
    third, second = np.maximum(ends - 3, 0), np.maximum(ends - 2, 0)
    bare &= (text[ends - 1] > 32) & (text[second] != 0xC2) & ~_is_wide_blank(text, third)
    found: Flags = kept | (bare & (text[third] != 0xE1) & (text[third] != 0xE2))
    return found


def _is_wide_blank(text: Bytes, places: Places) -> Flags:
    found: Flags = (text[places] == 0xE3) & (text[places + 1] == 0x80) & (text[places + 2] == 0x80)
    return found
