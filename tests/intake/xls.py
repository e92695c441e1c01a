"""`.xls` files for tests: as other programs write them, made from the one by LibreOffice."""

import io
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import olefile  # type: ignore[import-untyped]

SOUND = (Path(__file__).parent / "files" / "libreoffice.xls").read_bytes()
STREAM = "Workbook"
BIFF5, BIFF8 = 0x0500, 0x0600
CODE_PAGE, FORMULA, OLD_FORMULA = 0x0042, 0x0006, 0x0406


def changed(change: Callable[[int, bytes], tuple[int, bytes]]) -> bytes:
    """The sound file, of which each record may have another kind and other content of the same length."""
    with olefile.OleFileIO(io.BytesIO(SOUND)) as ole:
        data = ole.openstream(STREAM).read()
    place, made = 0, bytearray()
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, place)
        kind, content = change(kind, data[place + 4 : place + 4 + size])
        made += record(kind, content)
        place += 4 + size
    return holding(bytes(made))


def holding(stream: bytes) -> bytes:
    """A compound file that holds these records."""
    out = io.BytesIO(SOUND)
    with olefile.OleFileIO(out, write_mode=True) as ole:
        ole.write_stream(STREAM, stream.ljust(ole.get_size(STREAM), b"\0"))
        return out.getvalue()


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def biff5(name: str, rows: Sequence[Sequence[str | float]], page: int | None, encoding: str) -> bytes:
    """A workbook as Excel 5 and 95 wrote it, its texts in a code page. Numbers below 10 are shown as they are, others
    as days."""
    head = record(0x0809, struct.pack("<HHHH", BIFF5, 5, 0, 0))
    head += record(CODE_PAGE, struct.pack("<H", page)) if page else b""
    head += b"".join(record(0x00E0, struct.pack("<HH", 0, form) + bytes(12)) for form in (0, 14))
    title = name.encode(encoding)
    size = len(head) + 4 + 7 + len(title) + 4
    head += record(0x0085, struct.pack("<IHB", size, 0, len(title)) + title) + record(0x000A)
    return holding(head + record(0x0809, struct.pack("<HHHH", BIFF5, 0x10, 0, 0)) + _cells(rows, encoding))


def _cells(rows: Sequence[Sequence[str | float]], encoding: str) -> bytes:
    made = b""
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                text = cell.encode(encoding)
                made += record(0x0204, struct.pack("<HHHH", row, column, 0, len(text)) + text)
            else:
                made += record(0x0203, struct.pack("<HHHd", row, column, int(cell >= 10), cell))
    return made + record(0x000A)
