"""The records of an `.xls` workbook (BIFF5 and BIFF8): what calamine does not tell of a sheet. Layouts by [MS-XLS]."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import olefile  # type: ignore[import-untyped]

from reviewdesk.intake.reading.found import Found, Trait, error_of

_BOF, _EOF, _BOUND_SHEET, _DATE_MODE = 0x0809, 0x000A, 0x0085, 0x0022
_ROW, _COLUMNS, _ERROR, _FORMULA = 0x0208, 0x007D, 0x0205, 0x0006
_OLD_FORMULAS: Final = (0x0206, 0x0406)
"""The numbers that formulas had before BIFF5: Apple's Numbers still writes them, and calamine passes them over."""
CODE_PAGE: Final = 0x0042
BIFF8: Final = 0x0600
_STREAMS: Final = ("Workbook", "Book")
_MACROS: Final = "_VBA_PROJECT_CUR"

_HEAD = struct.Struct("<HH").unpack_from
_CELL = struct.Struct("<HH").unpack_from
_DOUBLE = struct.Struct("<d").unpack_from
_ROW_FLAGS: Final = 12
_ZERO_HEIGHT: Final = 0x20
_LAST_COLUMN: Final = 255


class Stream(NamedTuple):
    """The records of a workbook, what the stream is called that holds them, and their version."""

    name: str
    data: bytes
    version: int

    @classmethod
    def of(cls, ole: olefile.OleFileIO) -> "Stream":
        """Those of an opened file; none where it is no workbook."""
        for name in _STREAMS:
            if ole.exists(name):
                data: bytes = ole.openstream(name).read()
                return cls(name, data, struct.unpack_from("<H", data, 4)[0] if len(data) > _HEAD_BYTES else 0)
        return cls("", b"", 0)


_HEAD_BYTES: Final = 8


_DOCUMENTS: Final = {"WordDocument": "Word", "PowerPoint Document": "PowerPoint", "__properties_version1.0": "Outlook"}


def other_kind(path: Path) -> str | None:
    """What a compound file is that holds no workbook: its name, empty where it is not known; None of a workbook."""
    with olefile.OleFileIO(str(path)) as ole:
        if any(map(ole.exists, _STREAMS)):
            return None
        return next((kind for stream, kind in _DOCUMENTS.items() if ole.exists(stream)), "")


def stream_of(path: Path) -> Stream:
    """The records of a file."""
    with olefile.OleFileIO(str(path)) as ole:
        return Stream.of(ole)


def traits_of(path: Path) -> frozenset[Trait]:
    """What an `.xls` workbook carries beside its cells."""
    with olefile.OleFileIO(str(path)) as ole:
        found: set[Trait] = {"macros"} if ole.exists(_MACROS) else set()
        data = Stream.of(ole).data
    if any(kind == _DATE_MODE and data[start : start + 1] == b"\x01" for kind, start, _ in records(data, 0)):
        found.add("since_1904")
    return frozenset(found)


def find(path: Path, name: str) -> Found:
    """Search the records of a sheet."""
    stream = stream_of(path)
    data, found = stream.data, Found()
    place = _place_of(stream, name)
    if place is None:
        return found
    for kind, start, size in records(data, place):
        if kind == _ROW and size > _ROW_FLAGS and data[start + _ROW_FLAGS] & _ZERO_HEIGHT:
            found.hidden_rows.append(_CELL(data, start)[0])
        elif kind == _FORMULA and data[start + 12 : start + 14] == b"\xff\xff" and data[start + 6] == 2:
            found.add(*_cell(data, start), error_of(data[start + 8]))
        elif kind == _ERROR and data[start + 7] == 1:
            found.add(*_cell(data, start), error_of(data[start + 6]))
        elif kind in _OLD_FORMULAS and data[start + 12 : start + 14] != b"\xff\xff":
            found.add(*_cell(data, start), _DOUBLE(data, start + 6)[0])
        elif kind in _OLD_FORMULAS:
            found.unvalued.append(_cell(data, start))
        elif kind == _COLUMNS:
            first, last, flags = _hidden(data, start)
            if flags & 1:
                found.hide_columns(range(first, min(last, _LAST_COLUMN) + 1))
    return found


def _cell(data: bytes, start: int) -> tuple[int, int]:
    row, column = _CELL(data, start)
    return row, column


def _hidden(data: bytes, start: int) -> tuple[int, int, int]:
    first, last = _CELL(data, start)
    return first, last, _CELL(data, start + 8)[0]


def records(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """The records of the part that begins at `start`: kind, place and size of each, without those of charts in it."""
    depth, end = 0, len(data) - 4
    while start <= end:
        kind, size = _HEAD(data, start)
        start += 4
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1 and start + size <= len(data):
            yield kind, start, size
        start += size


def _place_of(stream: Stream, name: str) -> int | None:
    """Where the records of a sheet begin."""
    data, page = stream.data, None
    for kind, start, size in records(data, 0):
        if kind == CODE_PAGE:
            page = struct.unpack_from("<H", data, start)[0]
        elif kind == _BOUND_SHEET and _name_in(data[start : start + size], stream.version, page) == name:
            place: int = struct.unpack_from("<I", data, start)[0]
            return place
    return None


def _name_in(record: bytes, version: int, page: int | None) -> str:
    if version == BIFF8:
        length, wide = record[6], record[7] & 1
        text = record[8 : 8 + length * (2 if wide else 1)]
        return text.decode("utf-16-le" if wide else "latin-1", "replace")
    text = record[7 : 7 + record[6]]
    try:
        return text.decode(ENCODINGS.get(page) or f"cp{page}")
    except (LookupError, UnicodeError):
        return text.decode("latin-1")


ENCODINGS: Final = {
    None: "gb18030", 932: "cp932", 936: "gb18030", 949: "cp949", 950: "cp950", 10000: "mac_roman", 10002: "cp950",
    10008: "gb18030", 10029: "mac_latin2", 0x8000: "mac_roman", 0x8001: "cp1252",
}  # fmt: skip
"""Code pages of BIFF5 that have another name in Python, or no fixed number of bytes a character."""
