"""The records of an `.xls` workbook (BIFF8): what calamine does not tell of a sheet. Record layouts by [MS-XLS]."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import olefile  # type: ignore[import-untyped]

from reviewdesk.intake.reading.found import Found, Trait, error_of

_BOF, _EOF, _BOUND_SHEET, _DATE_MODE = 0x0809, 0x000A, 0x0085, 0x0022
_ROW, _COLUMNS, _ERROR, _FORMULA = 0x0208, 0x007D, 0x0205, 0x0006
_STREAM: Final = "Workbook"
_MACROS: Final = "_VBA_PROJECT_CUR"

_HEAD = struct.Struct("<HH").unpack_from
_CELL = struct.Struct("<HH").unpack_from
_ROW_FLAGS: Final = 12
_ZERO_HEIGHT: Final = 0x20
_LAST_COLUMN: Final = 255


def traits_of(path: Path) -> frozenset[Trait]:
    """What an `.xls` workbook carries beside its cells."""
    with olefile.OleFileIO(str(path)) as ole:
        found: set[Trait] = {"macros"} if ole.exists(_MACROS) else set()
        data = _workbook(ole)
    if any(kind == _DATE_MODE and data[start : start + 1] == b"\x01" for kind, start, _ in _records(data, 0)):
        found.add("since_1904")
    return frozenset(found)


def find(path: Path, name: str) -> Found:
    """Search the records of a sheet."""
    with olefile.OleFileIO(str(path)) as ole:
        data = _workbook(ole)
    found = Found()
    place = _place_of(data, name)
    if place is None:
        return found
    for kind, start, size in _records(data, place):
        if kind == _ROW and size > _ROW_FLAGS and data[start + _ROW_FLAGS] & _ZERO_HEIGHT:
            found.hidden_rows.append(_CELL(data, start)[0])
        elif kind == _FORMULA and data[start + 12 : start + 14] == b"\xff\xff" and data[start + 6] == 2:
            found.add_error(*_cell(data, start), error_of(data[start + 8]))
        elif kind == _ERROR and data[start + 7] == 1:
            found.add_error(*_cell(data, start), error_of(data[start + 6]))
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


def _workbook(ole: olefile.OleFileIO) -> bytes:
    if not ole.exists(_STREAM):
        return b""
    content: bytes = ole.openstream(_STREAM).read()
    return content


def _records(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
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


def _place_of(data: bytes, name: str) -> int | None:
    """Where the records of a sheet begin."""
    for kind, start, size in _records(data, 0):
        if kind == _BOUND_SHEET and _name_in(data[start : start + size]) == name:
            place: int = struct.unpack_from("<I", data, start)[0]
            return place
    return None


def _name_in(record: bytes) -> str:
    length, wide = record[6], record[7] & 1
    text = record[8 : 8 + length * (2 if wide else 1)]
    return text.decode("utf-16-le" if wide else "latin-1", "replace")
