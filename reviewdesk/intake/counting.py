"""What is known of a batch's rows while they are read: how many of each kind, and the sums of their amounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Count:
    """What is known of the rows so far. Sums and totals in fen: `sums` of all accounts, `totals` of the loaded ones.

    `known` are the good rows whose accounts are cases already, `known_of` the same by file and lender; `skipped`,
    `updated` and `unchanged` of them are no errors.
    """

    rows: int
    accounts: int = 0
    good: int = 0
    rejected: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    known: int = 0
    known_of: dict[tuple[int, str], int] = field(default_factory=dict)
    skipped: int = 0
    updated: int = 0
    unchanged: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def loaded(self) -> int:
        """Rows that became cases."""
        return self.good - self.known

    def as_json(self, *, stopped: bool = False) -> dict[str, Any]:
        """What the batch keeps.

        Raises:
            RuntimeError: the parts do not add up to the rows of the sheet.
        """
        aside = sum(self.set_aside.values())
        apart = {"updated": self.updated, "unchanged": self.unchanged, "skipped": self.skipped}
        rejected = self.rejected + self.known - sum(apart.values())
        if self.loaded + rejected + sum(apart.values()) + aside != self.rows:
            raise RuntimeError(f"{self.rows} rows, but {self.loaded} + {rejected} + {apart} + {aside} accounted for")
        counts = {"rows": self.rows, "accounts": self.accounts, "loaded": self.loaded, "rejected": rejected} | apart
        if stopped:
            counts |= {"loaded": 0, "readable": self.good}
        return counts | {"dismissed": 0, "set_aside": aside, "known": self.known, "aside": self.set_aside}

    def known_as_json(self) -> dict[str, Any]:
        """What the batch keeps of whose accounts were known: file, lender and number of rows."""
        told = [[part, lender, rows] for (part, lender), rows in self.known_of.items()]
        return {"known_of": told} if told else {}


def add_up(sums: dict[str, int], column: Sequence[Any], name: str) -> None:
    """Add a column of amounts in fen to the sum of its name."""
    sums[name] = sums.get(name, 0) + sum(filter(None, column))
