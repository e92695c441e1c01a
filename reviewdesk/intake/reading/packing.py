"""Rows as bytes: how they cross from the reading process, and how they wait until they are asked for.

A block holds some thousands of rows column by column, as `marshal` writes them: of what can carry dates it is the
fastest, and unlike `pickle` it can only ever give plain values, whoever wrote the bytes.

The quick reader of sheets makes no cells at all: its blocks are arrays of numbers and the bytes of the texts.
"""

import marshal
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import compress, islice
from typing import Any, Final, TypeAlias, overload

import numpy as np

from reviewdesk.intake.reading.coded import IS_NUMBER, CodedColumn, Numbers, Places, table_of

Cell: TypeAlias = str | float | int | bool | date | datetime | time | timedelta

BLOCK_ROWS = 2_500
BLOCK_CELLS = 250_000
"""A block has so many rows, or as many as hold so many cells."""

_PLAIN, _DATES, _ODD, _ROWS, _CODED = range(5)
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


BETWEEN: Final = b"</t></si><si><t>"
BETWEEN_KEPT: Final = b'</t></si><si><t xml:space="preserve">'
"""What stands between texts that are one piece, the second before a text whose blanks are kept; no text can hold it."""

Piece: TypeAlias = bytes | bytearray | str
"""Texts in UTF-8 with `BETWEEN` or `BETWEEN_KEPT` between them, or a single text."""


def pack_coded(pieces: Sequence[Piece], others: Sequence[Cell], numbers: Numbers, codes: Places) -> bytes:
    """Rows as one block, given by the cells that it holds and, one row a column, what stands where.

    Code 0 is an empty cell, the texts of `pieces` have the codes from 1 on, and `others` those after them; a cell whose
    code is `IS_NUMBER` stands in `numbers`.
    """
    columns: list[tuple[bytes | None, bytes | None]] = []
    for values, which in zip(numbers, codes, strict=True):
        with_numbers = which == IS_NUMBER
        columns.append(
            (
                values.tobytes() if with_numbers.any() else None,
                None if with_numbers.all() else which.astype(np.int32, copy=False).tobytes(),
            )
        )
    content: Any = _joined(pieces), _packed(others), columns
    return marshal.dumps((_CODED, content))


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces of which those in UTF-8 that stand together are one."""
    joined: list[Piece] = []
    together: list[bytes | bytearray] = []
    for piece in pieces:
        if not isinstance(piece, str):
            together.append(piece)
            continue
        if together:
            joined.append(BETWEEN.join(together))
            together = []
        joined.append(piece)
    return [*joined, BETWEEN.join(together)] if together else joined


def _packed(cells: Sequence[Cell]) -> tuple[int, Sequence[Any]]:
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
    return list(map(list, zip(*_columns_of(kind, content), strict=True)))


def unpack_columns(block: bytes) -> "Columns | None":
    """The columns of a block; None where its rows are of different lengths."""
    kind, content = marshal.loads(block)  # noqa: S302  (plain values of a process of ours)
    return None if kind == _ROWS else Columns(_columns_of(kind, content))


def _columns_of(kind: int, content: Any) -> Sequence[Sequence[Cell]]:
    if kind != _CODED:
        return [_unpacked(column) for column in content]
    pieces, others, columns = content
    cells: list[Cell] = [""]
    for piece in pieces:
        if isinstance(piece, str):
            cells.append(piece)
        else:
            cells += str(piece.replace(BETWEEN_KEPT, BETWEEN), "utf-8").split(_BETWEEN_TEXTS)
    cells += _unpacked(others)
    table = table_of(cells)
    return [CodedColumn.of_bytes(table, numbers, codes) for numbers, codes in columns]


_BETWEEN_TEXTS = BETWEEN.decode()


def _unpacked(packed: tuple[int, Sequence[Any]]) -> Sequence[Cell]:
    kind, cells = packed
    if kind == _DATES:
        days = _DAYS
        return [days[cell] if type(cell) is int else cell for cell in cells]
    if kind == _ODD:
        return [_FROM_PLAIN[cell[0]](*cell[1:]) if type(cell) is tuple else cell for cell in cells]
    return cells


class _Days(dict[int, date]):
    """Each day once: a day that was hashed before is found again without being looked at."""

    def __missing__(self, number: int) -> date:
        self[number] = found = date.fromordinal(number)
        return found


_DAYS = _Days()


class Columns(Sequence[Sequence[Cell]]):
    """Some rows that lie column by column, as who reads them by columns wants them."""

    def __init__(self, columns: Sequence[Sequence[Cell]]) -> None:
        """`columns` are of one length, and there is at least one."""
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, place: int) -> Sequence[Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> "Columns": ...
    def __getitem__(self, place: int | slice) -> "Sequence[Cell] | Columns":
        if isinstance(place, int):
            return [column[place] for column in self.columns]
        return Columns([column[place] for column in self.columns])

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return iter(zip(*self.columns, strict=True))

    def chosen(self, wanted: Sequence[bool]) -> "Columns":
        """The rows that are wanted."""
        places = np.flatnonzero(np.array(wanted, dtype=np.bool_))
        return Columns(
            [
                column.chosen(places) if isinstance(column, CodedColumn) else list(compress(column, wanted))
                for column in self.columns
            ]
        )


class PackedRows(Sequence[list[Cell]]):
    """Rows that lie packed in memory, at a tenth of what Python's lists take, and are unpacked where they are used.

    A short slice is a list; a long one is another view of the same blocks. Those of a long sheet are read when they are
    asked for, and its length is known when all are.
    """

    def __init__(self, store: "Blocks", start: int = 0, stop: int | None = None) -> None:
        self._store, self._start, self._stop = store, start, stop

    def __len__(self) -> int:
        stop = self._store.complete() if self._stop is None else self._stop
        return max(stop - self._start, 0)

    @overload
    def __getitem__(self, place: int) -> list[Cell]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[list[Cell]]: ...
    def __getitem__(self, place: int | slice) -> list[Cell] | Sequence[list[Cell]]:
        if isinstance(place, int):
            if not self._reaches(place) and not -len(self) <= place < len(self):
                raise IndexError(place)
            return self._store.row(self._start + (place if place >= 0 else place % len(self)))
        if self._reaches((place.stop or 0) - 1) and (place.start or 0) >= 0 and place.step in (None, 1):
            return list(self._store.between(self._start + (place.start or 0), self._start + place.stop))
        if place.stop is None and self._stop is None and place.step is None and (place.start or 0) >= 0:
            return PackedRows(self._store, self._start + (place.start or 0))
        start, stop, step = place.indices(len(self))
        if step == 1 and stop - start > 4 * BLOCK_ROWS:
            return PackedRows(self._store, self._start + start, self._start + stop)
        if step == 1:
            return list(self._store.between(self._start + start, self._start + max(start, stop)))
        return [self[one] for one in range(start, stop, step)]

    def _reaches(self, place: int) -> bool:
        """Whether a row near the beginning of a long sheet is there, so that its length need not be known."""
        return self._stop is None and 0 <= place < BLOCK_ROWS and self._store.reaches(self._start + place)

    def __iter__(self) -> Iterator[list[Cell]]:
        return self._store.between(self._start, len(self) + self._start)

    def on(self, start: int) -> "Iterator[tuple[int, Columns | list[list[Cell]]]]":
        """See `Blocks.on`."""
        return self._store.on(self._start + start)

    @property
    def are_kept(self) -> bool:
        """Whether all were read and stay in memory."""
        return self._store.is_kept

    def fill(self, top: int, bottom: int, column: int) -> None:
        """Give the rows after `top`, to `bottom`, what row `top` has in a column, where they have nothing there."""
        self._store.fill(self._start + top, self._start + bottom, column)


class Blocks:
    """The blocks of a sheet. The last few that were used are kept unpacked.

    Those of a long sheet come as they are asked for, from `more`; `facts` are there when the last did. Handed `on`,
    they are not kept; who wants one afterwards has them read `again`.
    """

    _KEPT = 4

    def __init__(
        self, more: Iterable[tuple[Any, ...]] = (), again: "Callable[[], Iterable[Any]] | None" = None
    ) -> None:
        self._more, self._again = iter(more), again
        self._begin()

    def _begin(self) -> None:
        self._blocks: list[bytes] = []
        self._starts: list[int] = []
        self._fills: dict[int, list[tuple[int, int, int, Cell]]] = {}
        self._unpacked: dict[int, list[list[Cell]]] = {}
        self.facts: dict[str, Any] = {}
        self.size = 0

    def add(self, count: int, block: bytes) -> None:
        """Append a block."""
        self._starts.append(self.size)
        self._blocks.append(block)
        self.size += count

    def _next(self) -> bool:
        """Have one more message, unless there is none."""
        message = next(self._more, None)
        match message:
            case ("rows", count, block):
                self.add(count, block)
            case ("facts", facts):
                self.facts = facts
        return message is not None

    def complete(self) -> int:
        """Have all the rows; returns how many there are."""
        while self._next():
            pass
        return self.size

    def reaches(self, place: int) -> bool:
        """Whether there is such a row; so much is read."""
        while self.size <= place and self._next():
            pass
        if place < self.size and not self._blocks[self._block_of(place)]:
            self._read_again()
        return place < self.size

    def _read_again(self) -> None:
        if self._again is None:
            raise RuntimeError("rows were handed on that cannot be read again")
        self._begin()
        self._more, self._again = iter(self._again()), None
        self.complete()

    def _keep(self) -> None:
        if all(self._blocks):
            self.complete()
            self._again = None
        else:
            self._read_again()

    def _block_of(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def on(self, start: int) -> Iterator[tuple[int, "Columns | list[list[Cell]]"]]:
        """All rows from `start`, block by block, each with the place of its first. What is read on the way is not kept.

        The last few rows may be empty.
        """
        if self._blocks and not self._blocks[-1]:
            self._read_again()
        block = 0
        while block < len(self._blocks) or self._next():
            if block == len(self._blocks):
                continue
            first, rows = self._starts[block], self._handed_on(block)
            if first + len(rows) > start:
                yield max(first, start), rows[max(start - first, 0) :]
            block += 1

    def _handed_on(self, block: int) -> "Columns | list[list[Cell]]":
        rows: Columns | list[list[Cell]] | None = None
        if block not in self._fills:
            rows = unpack_columns(self._blocks[block])
        if rows is None:
            rows = self._rows_of(block)
        if self._again is not None and block > 0:
            self._blocks[block] = b""
        return rows

    @property
    def is_kept(self) -> bool:
        """Whether all blocks were read and stay in memory."""
        return self._again is None

    def rows(self) -> PackedRows:
        """All of them."""
        return PackedRows(self)

    def row(self, place: int) -> list[Cell]:
        """One row."""
        self.reaches(place)
        block = self._block_of(place)
        return self._rows_of(block)[place - self._starts[block]]

    def between(self, start: int, stop: int) -> Iterator[list[Cell]]:
        """Rows from `start` to before `stop`."""
        while start < stop and self.reaches(start):
            block = self._block_of(start)
            within = start - self._starts[block]
            rows = self._rows_of(block)[within : within + stop - start]
            yield from rows
            start += len(rows)

    def fill(self, top: int, bottom: int, column: int) -> None:
        """See `PackedRows.fill`."""
        self._keep()
        above = self.row(top)
        if column < len(above) and above[column] != "":
            stop = min(bottom + 1, self.size)
            for block in range(self._block_of(top + 1), self._block_of(stop - 1) + 1):
                self._fills.setdefault(block, []).append((top + 1, stop, column, above[column]))
                self._unpacked.pop(block, None)

    def _rows_of(self, block: int) -> list[list[Cell]]:
        if (kept := self._unpacked.get(block)) is not None:
            return kept
        rows = unpack(self._blocks[block])
        first = self._starts[block]
        for start, stop, column, cell in self._fills.get(block, ()):
            for row in rows[max(start - first, 0) : max(stop - first, 0)]:
                if column < len(row) and row[column] == "":
                    row[column] = cell
        while len(self._unpacked) >= self._KEPT:
            self._unpacked.pop(next(iter(self._unpacked)), None)
        self._unpacked[block] = rows
        return rows
