"""A small writer of `.xlsb` workbooks for tests: one sheet of texts, numbers, days, errors, hidden rows and columns."""

import io
import struct
import zipfile
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/>
<Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/></Types>"""
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}">{{}}</Relationships>'
_REL = f'<Relationship Id="{{}}" Type="{_OFFICE}/{{}}" Target="{{}}"/>'
ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
DATE_STYLE = 1
EPOCH = date(1899, 12, 30)


def record(kind: int, data: bytes = b"") -> bytes:
    """A record: kind and size in groups of seven bits, then its data."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, sizes = len(data), b""
    while size >= 128:
        sizes += bytes([size & 0x7F | 0x80])
        size >>= 7
    return head + sizes + bytes([size]) + data


def text(value: str) -> bytes:
    """A string with its length before it."""
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def _cell(column: int, value: Any) -> bytes:
    place = struct.pack("<II", column, DATE_STYLE if isinstance(value, date) else 0)
    if isinstance(value, str) and value in ERRORS:
        return record(3, place + bytes([ERRORS[value]]))
    if isinstance(value, bool):
        return record(4, place + bytes([value]))
    if isinstance(value, date):
        return record(5, place + struct.pack("<d", (value - EPOCH).days))
    if isinstance(value, int | float):
        return record(5, place + struct.pack("<d", value))
    return record(6, place + text(str(value)))


def _rows(rows: Sequence[Sequence[Any]], hidden: Collection[int]) -> bytes:
    out = b""
    for number, cells in enumerate(rows):
        flags = bytes([0, 0x10 if number in hidden else 0, 0])
        out += record(0, struct.pack("<IIH", number, 0, 300) + flags + struct.pack("<I", 0))
        out += b"".join(_cell(column, value) for column, value in enumerate(cells) if value not in (None, ""))
    return out


def _sheet(rows: Sequence[Sequence[Any]], hidden_rows: Collection[int], hidden_columns: Collection[int]) -> bytes:
    width = max(map(len, rows))
    columns = b"".join(record(60, struct.pack("<IIIIH", column, column, 2048, 0, 1)) for column in hidden_columns)
    return b"".join(
        (
            record(129),
            record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)),
            record(390) + columns + record(391) if columns else b"",
            record(145) + _rows(rows, hidden_rows) + record(146),
            record(130),
        )
    )


def _styles() -> bytes:
    """Two formats of cells: the plain one, and days."""
    cell = struct.pack("<HHHHHBBHBB", 0xFFFF, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    day = struct.pack("<HHHHHBBHBB", 0, 14, 0, 0, 0, 0, 0, 0, 0, 0)
    return (
        record(278) + record(617, struct.pack("<I", 2)) + record(47, cell) + record(47, day) + record(618) + record(279)
    )


def workbook(
    rows: Sequence[Sequence[Any]],
    name: str = "台账",
    *,
    hidden_rows: Collection[int] = (),
    hidden_columns: Collection[int] = (),
    since_1904: bool = False,
    macro_sheet: str = "",
) -> bytes:
    """The workbook's bytes; a macro sheet, where one is named, stands before the other."""
    sheet = record(156, struct.pack("<II", 0, 1) + text("rId1") + text(name))
    properties = record(153, struct.pack("<II", int(since_1904), 0) + text(""))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", CONTENT_TYPES)
        packed.writestr("_rels/.rels", _RELS.format(_REL.format("rId1", "officeDocument", "xl/workbook.bin")))
        sheets = _REL.format("rId1", "worksheet", "worksheets/sheet1.bin") + _REL.format("rId2", "styles", "styles.bin")
        if macro_sheet:
            sheet = record(156, struct.pack("<II", 0, 2) + text("rId3") + text(macro_sheet)) + sheet
            sheets += _REL.format("rId3", "xlMacrosheet", "macrosheets/sheet1.bin")
            packed.writestr("xl/macrosheets/sheet1.bin", b"")
        packed.writestr("xl/_rels/workbook.bin.rels", _RELS.format(sheets))
        packed.writestr("xl/workbook.bin", record(131) + properties + record(143) + sheet + record(144) + record(132))
        packed.writestr("xl/styles.bin", _styles())
        packed.writestr("xl/worksheets/sheet1.bin", _sheet(rows, hidden_rows, hidden_columns))
    return out.getvalue()
