"""Which row, or which two rows, are the header of a sheet."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from reviewdesk.intake.headers.folding import fold, fold_lines, is_unit
from reviewdesk.intake.headers.meanings import candidates_of

HEADER_SEARCH_ROWS = 40
MIN_HEADER_MATCHES = 2


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet: `rows` are the indexes of its one or two rows, data starts at `first_data`.

    `sheet_unit` is the unit that a note above the table states for all money.
    """

    rows: tuple[int, ...]
    names: tuple[str, ...]
    first_data: int
    sheet_unit: str | None
    matches: int


_SHEET_UNIT = re.compile(r"单位\s*[::]?\s*(?:人民币)?\s*(百万元|万元|千元|亿元|元|分)")


def find_header(rows: Sequence[Sequence[object]], also: Set[str] = frozenset()) -> Header | None:
    """The row, or two rows, with the most columns that can be understood; None when no row looks like a header.

    `also` holds folded headers that a written mapping names, which count as understood.
    """
    best: Header | None = None
    best_score = 0.0
    rows = rows[: HEADER_SEARCH_ROWS + 1]
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        for header in _readings(rows, index, also):
            score = _score(header, row)
            if score > best_score:
                best, best_score = header, score
    if best is None or best.matches < MIN_HEADER_MATCHES:
        return None
    return _with_units_below(replace(best, sheet_unit=_unit_above(rows[: best.rows[0]])), rows)


def _with_units_below(header: Header, rows: Sequence[Sequence[object]]) -> Header:
    """The header with the units of a line below it that holds nothing else: `借款本金` above `万元`."""
    row = rows[header.first_data] if header.first_data < len(rows) else ()
    units = {column: str(cell).strip() for column, cell in enumerate(row) if cell not in ("", None)}
    if not units or not all(column < len(header.names) and header.names[column] for column in units):
        return header
    if not all(isinstance(row[column], str) and is_unit(unit) for column, unit in units.items()):
        return header
    names = tuple(
        f"{name}({units[column].strip('()（）')})" if column in units and fold_lines(name).unit is None else name
        for column, name in enumerate(header.names)
    )
    return replace(header, rows=(*header.rows, header.first_data), names=names, first_data=header.first_data + 1)


def _readings(rows: Sequence[Sequence[object]], index: int, also: Set[str]) -> Iterable[Header]:
    names = _names(rows[index])
    yield Header((index,), names, index + 1, None, _matches(names, also))
    if index + 1 < len(rows) and _may_be_second_line(rows[index], rows[index + 1]):
        joined = _joined_names(rows[index], rows[index + 1])
        yield Header((index, index + 1), joined, index + 2, None, _matches(joined, also))


def _names(row: Sequence[object]) -> tuple[str, ...]:
    return tuple(_cell_name(cell) for cell in row)


def _cell_name(cell: object) -> str:
    return re.sub(r"\s+", " ", cell).strip().lstrip("﻿") if isinstance(cell, str) else ""


def _matches(names: Sequence[str], also: Set[str]) -> int:
    """How many different things the names mean."""
    meant = set()
    for column, name in enumerate(names):
        found = candidates_of(column, name) if name else []
        if found:
            meant.add(found[0].field)
        elif name and fold(name).full in also:
            meant.add(name)
    return len(meant)


def _score(header: Header, row: Sequence[object]) -> float:
    filled = sum(1 for cell in row if cell not in ("", None))
    numbers = sum(1 for cell in row if cell not in ("", None) and not isinstance(cell, str))
    share = header.matches / max(filled, 1)
    return (
        header.matches + min(share, 1.0) - 1.5 * numbers - 0.01 * header.rows[0] - (0.6 if len(header.rows) > 1 else 0)
    )


def _may_be_second_line(above: Sequence[object], below: Sequence[object]) -> bool:
    """The second line of a header is words only, and some of its columns lie under a header that spans them."""
    words = [cell for cell in below if cell not in ("", None)]
    if len(words) < 2 or not all(isinstance(cell, str) and len(re.findall(r"\d", cell)) < 4 for cell in words):
        return False
    spanned = sum(
        1
        for column, cell in enumerate(below)
        if cell not in ("", None) and (column >= len(above) or above[column] in ("", None))
    )
    return spanned >= 1 and sum(1 for cell in above if cell not in ("", None)) >= 2


def _joined_names(above: Sequence[object], below: Sequence[object]) -> tuple[str, ...]:
    names: list[str] = []
    parent = ""
    for column in range(max(len(above), len(below))):
        top = _cell_name(above[column]) if column < len(above) else ""
        child = _cell_name(below[column]) if column < len(below) else ""
        parent = top or (parent if child else "")
        names.append(f"{parent}|{child}" if parent and child and parent != child else child or parent)
    return tuple(names)


def _unit_above(rows: Sequence[Sequence[object]]) -> str | None:
    for row in rows:
        for cell in row:
            if isinstance(cell, str) and (found := _SHEET_UNIT.search(unicodedata.normalize("NFKC", cell))):
                return found.group(1)
    return None


def header_hash(names: Sequence[str]) -> str:
    """The same for header rows that differ only in width, case, spaces or traditional characters."""
    folded = "\x1f".join(f"{fold(name).full}({fold(name).unit or ''})" for name in names)
    return hashlib.sha256(folded.encode()).hexdigest()
