"""Rows as bytes: how they cross from the reading process, and how they wait until they are asked for.

A block holds some thousands of rows column by column, as `marshal` writes them: of what can carry dates it is the
fastest, and unlike `pickle` it can only ever give plain values, whoever wrote the bytes.
"""

import marshal
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, TypeAlias, overload

Cell: TypeAlias = str | float | int | bool | date | datetime | time | timedelta

BLOCK_ROWS = 2_500
BLOCK_CELLS = 250_000
"""A block has so many rows, or as many as hold so many cells."""

_PLAIN, _DATES, _ODD, _ROWS = range(4)
_SIMPLE = frozenset({str, float, int, bool})
_WITH_DAYS = frozenset({str, float, date})


def blocks(rows: Iterable[list[Any]], width: int) -> Iterator[tuple[int, bytes]]:
    """Pack rows; each block with its number of rows. `width` is about how many cells a row has."""
    size = max(1, min(BLOCK_ROWS, BLOCK_CELLS // max(width, 1)))
    waiting = iter(rows)
    while block := list(islice(waiting, size)):
        yield len(block), pack(block)


def pack(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Rows as one block. Rows of different lengths, which only text tables have, are written as they are."""
    if len(set(map(len, rows))) != 1 or not rows[0]:
        return marshal.dumps((_ROWS, [_packed(tuple(row)) for row in rows]))
    return marshal.dumps((_PLAIN, [_packed(column) for column in zip(*rows, strict=True)]))


def _packed(cells: tuple[Cell, ...]) -> tuple[int, Sequence[Any]]:
    types = set(map(type, cells))
    if types <= _SIMPLE:
        return _PLAIN, cells
    if types <= _WITH_DAYS:
        return _DATES, [cell.toordinal() if type(cell) is date else cell for cell in cells]
    return _ODD, [_as_plain(cell) for cell in cells]


def _as_plain(cell: Cell) -> Any:
    match cell:
        case datetime():
            return (2, *cell.timetuple()[:6], cell.microsecond)
        case date():
            return 1, cell.toordinal()
        case time():
            return 3, cell.hour, cell.minute, cell.second, cell.microsecond
        case timedelta():
            return 4, cell.days, cell.seconds, cell.microseconds
        case _:
            return cell


_FROM_PLAIN: dict[int, Any] = {1: date.fromordinal, 2: datetime, 3: time, 4: timedelta}


def unpack(block: bytes) -> list[list[Cell]]:
    """The rows of a block."""
    kind, content = marshal.loads(block)  # noqa: S302  (plain values of a process of ours)
    if kind == _ROWS:
        return [list(_unpacked(row)) for row in content]
    return list(map(list, zip(*map(_unpacked, content), strict=True)))


def _unpacked(packed: tuple[int, Sequence[Any]]) -> Sequence[Cell]:
    kind, cells = packed
    if kind == _DATES:
        return [date.fromordinal(cell) if type(cell) is int else cell for cell in cells]
    if kind == _ODD:
        return [_FROM_PLAIN[cell[0]](*cell[1:]) if type(cell) is tuple else cell for cell in cells]
    return cells


class PackedRows(Sequence[list[Cell]]):
    """Rows that lie packed in memory, at a tenth of what Python's lists take, and are unpacked where they are used.

    A short slice is a list; a long one is another view of the same blocks.
    """

    def __init__(self, store: "Blocks", start: int, stop: int) -> None:
        self._store, self._start, self._stop = store, start, stop

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, place: int) -> list[Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[list[Cell]]: ...
    def __getitem__(self, place: int | slice) -> list[Cell] | Sequence[list[Cell]]:
        if isinstance(place, int):
            if not -len(self) <= place < len(self):
                raise IndexError(place)
            return self._store.row(self._start + place % len(self))
        start, stop, step = place.indices(len(self))
        if step == 1 and stop - start > 4 * BLOCK_ROWS:
            return PackedRows(self._store, self._start + start, self._start + stop)
        if step == 1:
            return list(self._store.between(self._start + start, self._start + max(start, stop)))
        return [self[one] for one in range(start, stop, step)]

    def __iter__(self) -> Iterator[list[Cell]]:
        return self._store.between(self._start, self._stop)

    def fill(self, top: int, bottom: int, column: int) -> None:
        """Give the rows after `top`, to `bottom`, what row `top` has in a column, where they have nothing there."""
        self._store.fill(self._start + top, self._start + bottom, column)


class Blocks:
    """The blocks of a sheet. The last few that were used are kept unpacked."""

    _KEPT = 4

    def __init__(self) -> None:
        self._blocks: list[tuple[int, bytes]] = []
        self._fills: dict[int, list[tuple[int, int, int, Cell]]] = {}
        self._unpacked: dict[int, list[list[Cell]]] = {}
        self.size = 0

    def add(self, count: int, block: bytes) -> None:
        """Append a block; all but the last have the same number of rows."""
        self._blocks.append((count, block))
        self.size += count

    def rows(self) -> PackedRows:
        """All of them."""
        return PackedRows(self, 0, self.size)

    def row(self, place: int) -> list[Cell]:
        """One row."""
        block, within = divmod(place, self._blocks[0][0])
        return self._rows_of(block)[within]

    def between(self, start: int, stop: int) -> Iterator[list[Cell]]:
        """Rows from `start` to before `stop`."""
        while start < stop:
            block, within = divmod(start, self._blocks[0][0])
            rows = self._rows_of(block)[within : within + stop - start]
            yield from rows
            start += len(rows)

    def fill(self, top: int, bottom: int, column: int) -> None:
        """See `PackedRows.fill`."""
        above = self.row(top)
        if column < len(above) and above[column] != "":
            tall, stop = self._blocks[0][0], min(bottom + 1, self.size)
            for block in range((top + 1) // tall, (stop - 1) // tall + 1):
                self._fills.setdefault(block, []).append((top + 1, stop, column, above[column]))
                self._unpacked.pop(block, None)

    def _rows_of(self, block: int) -> list[list[Cell]]:
        if (kept := self._unpacked.get(block)) is not None:
            return kept
        rows = unpack(self._blocks[block][1])
        first = block * self._blocks[0][0]
        for start, stop, column, cell in self._fills.get(block, ()):
            for row in rows[max(start - first, 0) : max(stop - first, 0)]:
                if column < len(row) and row[column] == "":
                    row[column] = cell
        while len(self._unpacked) >= self._KEPT:
            self._unpacked.pop(next(iter(self._unpacked)), None)
        self._unpacked[block] = rows
        return rows
