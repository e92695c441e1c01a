"""`.xls` workbooks in which calamine would misread texts or give up: as copies that it reads well.

BIFF8 writes texts in UTF-16 whatever its record of a code page says; calamine decodes them by that record, which some
programs fill in (JExcelApi with 1252). BIFF5 writes them in the code page; calamine knows those of one byte a character
only, so the others are read as code page 1252 and decoded anew.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import olefile  # type: ignore[import-untyped]

from reviewdesk.intake.reading.asking import NO_DAY_FROM
from reviewdesk.intake.reading.xls_records import BIFF8, CODE_PAGE, ENCODINGS, Stream, records, stream_of

_LOCKED: Final = 0x002F
_NUMBER, _FORMULA = 0x0203, 0x0006
_UTF_16, _ONE_BYTE = 1200, 1252
_UNKNOWN: Final = frozenset({None, 932, 936, 949, 950, 10002, 10008, 10029, 0x8000, 0x8001})
"""Code pages that calamine does not know, or not as Excel uses them."""

_TO_BYTES: Final = {ord(bytes([byte]).decode("cp1252", "ignore") or "\0"): byte for byte in range(0x80, 0xA0)}


class Mended(NamedTuple):
    """A copy of a workbook, None where the file itself will do, and the encoding in which its texts are to be decoded
    anew, None where they are right."""

    content: bytes | None
    encoding: str | None


def mended(path: Path) -> Mended:
    """What calamine is to read in place of a workbook."""
    stream = stream_of(path)
    page: int | None = None
    place: int | None = None
    for kind, start, _ in records(stream.data, 0):
        if kind == _LOCKED:
            return Mended(None, None)
        if kind == CODE_PAGE:
            place, page = start, _short(stream.data, start)
            break
    if stream.version == BIFF8:
        wrong = place is not None and page != _UTF_16
        return Mended(_with_page(path, stream, place or 0, _UTF_16) if wrong else None, None)
    if page not in _UNKNOWN:
        return Mended(None, None)
    return Mended(_with_page(path, stream, place, _ONE_BYTE) if place is not None else None, ENCODINGS[page])


def without_endless_days(content: bytes) -> bytes:
    """The workbook with a plain style for all numbers that no calendar has."""
    with olefile.OleFileIO(io.BytesIO(content)) as ole:
        stream = Stream.of(ole)
    data = bytearray(stream.data)
    for start in _large_numbers(stream.data):
        data[start + 4 : start + 6] = b"\0\0"
    return _written(content, stream.name, bytes(data))


def _large_numbers(data: bytes) -> Iterator[int]:
    place = 0
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, place)
        place += 4
        if kind in (_NUMBER, _FORMULA) and place + 14 <= len(data):
            value = struct.unpack_from("<d", data, place + 6)[0]
            if abs(value) >= NO_DAY_FROM:
                yield place
        place += size


def decoded_anew(text: str, encoding: str) -> str:
    """A text that was decoded as code page 1252, in its own encoding; as it is where it makes no sense there."""
    try:
        return text.translate(_TO_BYTES).encode("latin-1").decode(encoding)
    except UnicodeError:
        return text


def _short(data: bytes, start: int) -> int:
    number: int = struct.unpack_from("<H", data, start)[0]
    return number


def _with_page(path: Path, stream: Stream, place: int, page: int) -> bytes:
    data = stream.data[:place] + struct.pack("<H", page) + stream.data[place + 2 :]
    return _written(path.read_bytes(), stream.name, data)


def _written(content: bytes, name: str, data: bytes) -> bytes:
    out = io.BytesIO(content)
    with olefile.OleFileIO(out, write_mode=True) as ole:
        ole.write_stream(name, data)
        return out.getvalue()
