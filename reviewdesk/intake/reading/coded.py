"""Columns of cells as numbers and as places in a table of the cells that a block holds: each text is there once."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias, overload

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.signedinteger[Any]]
Objects: TypeAlias = npt.NDArray[np.object_]

IS_NUMBER: Final = -1
"""The code of a cell that is a number."""


def table_of(cells: Sequence[Any]) -> Objects:
    """The different cells of a block that are no numbers, as its columns take them; the first is the empty one."""
    table: Objects = np.empty(len(cells), dtype=object)
    table[:] = cells
    return table


class CodedColumn(Sequence[Any]):
    """A column of a block. `numbers` holds its numbers, with something else between them, None where it has none;
    `codes` the places of its other cells in the table, None where all are numbers."""

    __slots__ = ("codes", "numbers", "table")

    def __init__(self, table: Objects, numbers: Numbers | None, codes: Places | None) -> None:
        """One of the two is given, or both, of one length."""
        self.table, self.numbers, self.codes = table, numbers, codes

    @classmethod
    def of_bytes(cls, table: Objects, numbers: bytes | None, codes: bytes | None) -> "CodedColumn":
        """The column whose arrays are written so."""
        return cls(
            table,
            None if numbers is None else np.frombuffer(numbers, dtype=np.float64),
            None if codes is None else np.frombuffer(codes, dtype=np.int32),
        )

    def __len__(self) -> int:
        return len(self._either)

    @property
    def _either(self) -> npt.NDArray[Any]:
        held = self.codes if self.numbers is None else self.numbers
        if held is None:
            raise ValueError("a column has neither numbers nor codes")
        return held

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> "CodedColumn": ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return self.chosen(place)
        code = IS_NUMBER if self.codes is None else int(self.codes[place])
        return float(self._either[place]) if code == IS_NUMBER else self.table[code]

    def __iter__(self) -> Iterator[Any]:
        if self.codes is None:
            return iter(self._either.tolist())
        cells = self.table[self.codes]
        if self.numbers is not None:
            numbers = self.codes == IS_NUMBER
            cells[numbers] = self.numbers[numbers].tolist()
        return iter(cells.tolist())

    def chosen(self, places: slice | Places) -> "CodedColumn":
        """The cells at these places."""
        return CodedColumn(
            self.table,
            None if self.numbers is None else self.numbers[places],
            None if self.codes is None else self.codes[places],
        )
