"""What is found in a sheet beside the values of its cells."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from reviewdesk.intake.reading.packing import Cell

Trait = Literal["macros", "links", "since_1904"]
"""What a workbook carries beside its cells: a program; links to other workbooks; days that count from 1904."""


@dataclass(slots=True)
class Found:
    """What a sheet says of itself. Rows and columns from 0.

    `cells` has for a row the columns of its cells that hold what calamine leaves out, errors above all, and what that
    is; `unvalued` are the cells with a formula of which the file does not say what it came to; `merges` are first and
    last (row, column) of merged cells, and `last_row` Excel's number of the last row, as the text of an .xlsx sheet
    tells them.
    """

    cells: dict[int, list[tuple[int, Cell]]] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    unvalued: list[tuple[int, int]] = field(default_factory=list)
    merges: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    last_row: int = 0

    def add(self, row: int, column: int, held: Cell) -> None:
        """A cell holds an error, or something else that calamine leaves out."""
        self.cells.setdefault(row, []).append((column, held))

    def hide_columns(self, columns: Iterable[int]) -> None:
        """These columns are hidden."""
        self.hidden_columns = sorted({*self.hidden_columns, *columns})


ERRORS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
"""What Excel's codes of errors stand for, in `.xls` and `.xlsb`."""


def error_of(code: int) -> str:
    """The error of a code, as Excel shows it."""
    return ERRORS.get(code, "#N/A")
