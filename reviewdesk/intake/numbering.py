"""Row numbers of a batch of several files: each row of each file has a number of its own. Pure.

Of a batch of one file, and of the first file of an archive, they are the numbers that Excel shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

SPAN: Final = 10_000_000
"""More rows than any file has; the numbers of a hundred files stay below what PostgreSQL calls an integer."""


def number_of(part: int, row: int) -> int:
    """The number of a file's row."""
    return part * SPAN + row


def part_of(number: int) -> int:
    """Which file a row is of, counted from 0."""
    return number // SPAN


def row_of(number: int) -> int:
    """The row's number in its own file."""
    return number % SPAN


@dataclass(slots=True)
class Among:
    """What those who read the files of one batch share: the files' names, and the rows of the accounts seen so far."""

    names: Sequence[str] = ()
    seen: dict[str, int] = field(default_factory=dict)

    def name_of(self, number: int) -> str:
        """The name of a row's file; empty in a batch of one file."""
        return self.names[part_of(number)] if self.names else ""
