"""The orders in which the queue may be read, and how a cursor goes on in each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reviewdesk.errors import bad_cursor


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of `cases c`: by a key, cases without one last, and by case id where keys are equal.

    `key` is SQL of the type `kind`; `read` reads it from a cursor.
    """

    key: str
    kind: str
    read: Callable[[str], Any]
    largest_first: bool = False

    @property
    def by(self) -> str:
        """What stands after ORDER BY."""
        way = "DESC" if self.largest_first else "ASC"
        return f"{self.key} {way} NULLS LAST, c.case_id {way}"

    def after(self, cursor: str | None) -> tuple[str, dict[str, Any]]:
        """The condition that leaves what comes after the cursor `key_id`, and its values.

        Raises:
            Invalid: the cursor is none of ours.
        """
        if cursor is None:
            return "true", {}
        key, _sep, number = cursor.rpartition("_")
        try:
            values: dict[str, Any] = {"after_id": _whole(64)(number)} | ({"after_key": self.read(key)} if key else {})
        except ValueError as error:
            raise bad_cursor() from error
        beyond = "<" if self.largest_first else ">"
        if not key:
            return f"({self.key} IS NULL AND c.case_id {beyond} :after_id)", values
        place = f"(CAST(:after_key AS {self.kind}), CAST(:after_id AS bigint))"
        return f"(({self.key}, c.case_id) {beyond} {place} OR {self.key} IS NULL)", values


def _whole(bits: int) -> Callable[[str], int]:
    """Reads a whole number as a column of so many bits holds it."""

    def read(text: str) -> int:
        number = int(text)
        if number.bit_length() >= bits:
            raise ValueError(text)
        return number

    return read


ORDERS: Mapping[str | None, Order] = {
    None: Order("c.limitation_expiry", "date", date.fromisoformat),
    "amount": Order("coalesce(c.claimed, c.outstanding)", "bigint", _whole(64), largest_first=True),
    "overdue": Order("c.days_overdue", "integer", _whole(32), largest_first=True),
}
"""By the limitation that expires first, which is how the queue stands; by the largest sum; by the longest overdue."""
