"""The records of an `.xlsb` workbook (BIFF12): what calamine does not tell of a sheet. Record layouts by [MS-XLSB]."""

import re
import struct
import zipfile
from collections.abc import Iterator
from typing import Final

from reviewdesk.intake.reading.found import Found, error_of

WORKBOOK: Final = "xl/workbook.bin"
_RELATIONS: Final = "xl/_rels/workbook.bin.rels"
_ROW, _CELL_ERROR, _FORMULA_ERROR, _COLUMNS, _PROPERTIES, _SHEET = 0, 3, 11, 60, 153, 156
_WANTED: Final = frozenset({_ROW, _CELL_ERROR, _FORMULA_ERROR, _COLUMNS})
_ZERO_HEIGHT: Final = 0x10
_LAST_COLUMN: Final = 16_383
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')
_NUMBER = struct.Struct("<I").unpack_from
_COLUMN_RECORD = struct.Struct("<IIIIH").unpack_from


def counts_from_1904(packed: zipfile.ZipFile) -> bool:
    """Whether the workbook's days count from 1904."""
    records = _records(packed.read(WORKBOOK))
    return any(kind == _PROPERTIES and data[0] & 1 for kind, data, _ in records if data)


def find(packed: zipfile.ZipFile, name: str) -> Found:
    """Search the records of a sheet."""
    found = Found()
    part = _part_of(packed, name)
    if part is None:
        return found
    row = 0
    for kind, data, _ in _records(packed.read(part), _WANTED):
        if kind == _ROW:
            row = _NUMBER(data)[0]
            if data[11] & _ZERO_HEIGHT:
                found.hidden_rows.append(row)
        elif kind == _COLUMNS:
            first, last, _, _, flags = _COLUMN_RECORD(data)
            if flags & 1:
                found.hide_columns(range(first, min(last, _LAST_COLUMN) + 1))
        else:
            found.add(row, _NUMBER(data)[0], error_of(data[8]))
    return found


def _records(data: bytes, wanted: frozenset[int] | None = None) -> Iterator[tuple[int, bytes, int]]:
    """The records, or those of the wanted kinds, each with the place where it ends. Kind and size are written in
    groups of seven bits."""
    place, end = 0, len(data)
    while place < end:
        kind = data[place]
        place += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[place] & 0x7F) << 7
            place += 1
        size = shift = 0
        while True:
            part = data[place]
            place += 1
            size |= (part & 0x7F) << shift
            shift += 7
            if part < 0x80 or shift > 21:
                break
        if wanted is None or kind in wanted:
            yield kind, data[place : place + size], place + size
        place += size


def _part_of(packed: zipfile.ZipFile, name: str) -> str | None:
    """The part of the package that holds a sheet."""
    targets = {one.get("Id", ""): one.get("Target", "") for one in _relations(packed)}
    for kind, data, _ in _records(packed.read(WORKBOOK)):
        if kind == _SHEET:
            relation, after = _text(data, 8)
            if _text(data, after)[0] == name:
                target = targets.get(relation, "")
                part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
                return part if part in packed.namelist() else None
    return None


def _relations(packed: zipfile.ZipFile) -> Iterator[dict[str, str]]:
    for relation in _RELATION.findall(packed.read(_RELATIONS)):
        yield {name.decode(): value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(relation)}


def of_sheets_only(packed: zipfile.ZipFile, kinds: tuple[str, ...]) -> bytes:
    """The workbook's part without its sheets of other kinds: a relation's type ends with its kind."""
    kept = {one.get("Id", "") for one in _relations(packed) if one.get("Type", "").endswith(kinds)}
    text = packed.read(WORKBOOK)
    pieces, start = [], 0
    for kind, data, end in _records(text):
        if kind != _SHEET or _text(data, 8)[0] in kept:
            pieces.append(text[start:end])
        start = end
    return b"".join(pieces)


def _text(data: bytes, place: int) -> tuple[str, int]:
    length: int = _NUMBER(data, place)[0]
    end = place + 4 + 2 * length
    return data[place + 4 : end].decode("utf-16-le", "replace"), end
