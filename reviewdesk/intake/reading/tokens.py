"""The tags of an XML text as arrays: where each begins and ends, and what it is.

Only a text in which every `<` and every `>` belongs to a tag is taken, without comments, CDATA or declarations of
entities: what Excel, WPS, LibreOffice, Google Sheets and the common libraries write.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Places: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Flags: TypeAlias = npt.NDArray[np.bool_]

PADDING = b" " * 48
"""Stands behind a text, so that what follows a tag can be looked at without looking where the text ends."""

_OPEN, _CLOSE, _AMPERSAND, _RETURN, _UNDERSCORE, _X, _BANG = b"<>&\r_x!"
_SLASH = 47
_APART = _OPEN ^ _CLOSE
"""The one bit in which `<` and `>` differ, so that both are found at once."""


class Odd(Exception):
    """The text has a shape that is left to calamine."""


def as_bytes(text: bytes | bytearray | memoryview) -> Bytes:
    """A text as an array."""
    return np.frombuffer(text, dtype=np.uint8)


def tags(text: Bytes) -> tuple[Places, Places]:
    """Where the tags begin and end.

    Raises:
        Odd: there is a `>` that ends no tag, a tag that does not end, or what is no element.
    """
    marks = np.flatnonzero((text | _APART) == _CLOSE)
    opens, closes = marks[0::2], marks[1::2]
    if len(opens) != len(closes) or (text[opens] != _OPEN).any() or (text[closes] != _CLOSE).any():
        raise Odd
    if (text[opens + 1] == _BANG).any():
        raise Odd
    return opens, closes


def kinds_by(names: dict[bytes, int]) -> npt.NDArray[np.uint8]:
    """A table from the first two bytes of a tag, as one number, to its kind; 0 for all others."""
    table = np.zeros(1 << 16, dtype=np.uint8)
    for name, kind in names.items():
        table[name[0] << 8 | name[1]] = kind
    return table


def kinds_of(text: Bytes, opens: Places, table: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The kind of every tag."""
    codes: Places = text[opens + 1].astype(np.int64) << 8 | text[opens + 2]
    return table[codes]


def closed(text: Bytes, closes: Places) -> Flags:
    """Which tags end themselves: `<c/>`."""
    found: Flags = text[closes - 1] == _SLASH
    return found


def holding_escapes(text: Bytes, starts: Places, ends: Places) -> Flags:
    """Which pieces of a text, in its order, hold what an XML reader turns into something else: `&…;`, `_x000D_`, a
    carriage return."""
    marks = (text == _AMPERSAND) | (text == _RETURN)
    marks[:-1] |= (text[:-1] == _UNDERSCORE) & (text[1:] == _X)
    places = np.flatnonzero(marks)
    if not len(places):
        return np.zeros(len(starts), dtype=np.bool_)
    found: Flags = np.searchsorted(places, starts) != np.searchsorted(places, ends)
    return found


def digits_of(text: Bytes, starts: Places, lengths: Places, most: int) -> Places:
    """Whole numbers written in decimal.

    Raises:
        Odd: one has no digit, more than `most` of them, or something else.
    """
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    longest = int(lengths.max())
    if longest > most or int(lengths.min()) < 1:
        raise Odd
    numbers = np.zeros(len(starts), dtype=np.int64)
    for place in range(longest):
        digit = text[starts + place].astype(np.int64) - 48
        within = place < lengths
        if ((digit < 0) | (digit > 9))[within].any():
            raise Odd
        numbers = np.where(within, numbers * 10 + digit, numbers)
    return numbers
