"""What was read of the sheets beside the accounts, by kind and account."""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviewdesk.intake.fields import field_named
from reviewdesk.intake.messages import said
from reviewdesk.intake.side_fields import (
    SIDE_SHEET_KINDS,
    UNREAD,
    SideKind,
)
from reviewdesk.intake.side_sheets.errors import SideError
from reviewdesk.intake.side_sheets.layouts import Layout
from reviewdesk.money import yuan

Record = dict[str, Any]

MONEY_PARTS = ("amount", "principal", "interest", "penalty", "fees")
ERRORS_KEPT = 20_000
"""So many errors of side sheets are kept in full; a broken sheet of a million rows says the same over and over."""


@dataclass(slots=True)
class SideSheetRead:
    """What came of one side sheet: rows that became records, were refused, or were set aside."""

    name: str
    kind: SideKind
    read: int = 0
    refused: int = 0
    set_aside: int = 0


@dataclass(slots=True)
class SideSheets:
    """All side sheets of a workbook, by kind and account number."""

    sheets: list[SideSheetRead] = field(default_factory=list)
    layouts: dict[str, Layout] = field(default_factory=dict)
    errors: list[SideError] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    rows: dict[SideKind, dict[str, list[Record]]] = field(default_factory=dict)
    errors_kept: int = ERRORS_KEPT
    _broken: dict[SideKind, set[str]] = field(default_factory=dict)
    _places: dict[tuple[SideKind, str], tuple[str, int]] = field(default_factory=dict)

    def of(self, kind: SideKind, account: str) -> list[Record] | None:
        """The records of an account, by date; None where nothing can be said of it."""
        if kind not in self.rows or account in self._broken.get(kind, ()):
            return None
        return self.rows[kind].get(account, [])

    def facts_of(self, account: str) -> dict[str, Any]:
        """What the facts of an account hold of the side sheets."""
        found = {kind: self.of(kind, account) for kind in self.rows}
        told = {kind: records for kind, records in found.items() if records is not None}
        unread = self.unread(account)
        return told | ({UNREAD: unread} if unread else {})

    def unread(self, account: str) -> list[SideKind]:
        """The kinds of which nothing can be said of an account, as a row of it cannot be read."""
        return [kind for kind, broken in self._broken.items() if account in broken]

    def columns(self, accounts: Sequence[Any]) -> dict[str, list[Any]]:
        """`facts_of` for many accounts, by kind."""
        found: dict[str, list[Any]] = {
            kind: [None if account is None else self.of(kind, str(account)) for account in accounts]
            for kind in self.rows
        }
        if self._broken:
            found[UNREAD] = [None if account is None else self.unread(str(account)) or None for account in accounts]
        return found

    def strays(self, accounts: Container[str]) -> list[SideError]:
        """One error for each account that a side sheet names and the account sheet does not have."""
        found = []
        for kind, by_account in self.rows.items():
            for account, records in by_account.items():
                if account not in accounts:
                    sheet, row = self._places[kind, account]
                    words = said("side.account_absent", {"count": len(records)}, field_named("account_no").label, "")
                    found.append(
                        SideError(
                            row,
                            None,
                            None,
                            "account_no",
                            "side.account_absent",
                            account,
                            *words,
                            sheet=sheet,
                            account=account,
                        )
                    )
        return found

    def of_whole_sheets(self) -> list[SideError]:
        """The errors of sheets that were not read at all."""
        return [error for error in self.errors if error.sheet not in self.layouts]

    def errors_by_account(self) -> dict[str, list[SideError]]:
        """The errors of rows whose account could be read, by account."""
        found: dict[str, list[SideError]] = {}
        for error in self.errors:
            if error.account is not None:
                found.setdefault(error.account, []).append(error)
        return found

    def refuse(self, error: SideError, kind: SideKind, *, whole: bool) -> None:
        """Keep an error; an account whose list must be whole has none from here on."""
        self.codes[error.code] += 1
        if len(self.errors) < self.errors_kept:
            self.errors.append(error)
        if whole and error.account is not None:
            self._broken.setdefault(kind, set()).add(error.account)

    def add(self, kind: SideKind, account: str, record: Record, sheet: str) -> None:
        """Keep a record of an account."""
        self.rows[kind].setdefault(account, []).append(record)
        self._places.setdefault((kind, account), (sheet, record["row"]))

    def finish(self) -> None:
        """Put every account's records in the order of their dates; number instalments where the sheet does not."""
        for kind, by_account in self.rows.items():
            for records in by_account.values():
                records.sort(key=_ORDERS[kind])
                if kind == "schedule":
                    _number(records)


def _number(records: list[Record]) -> None:
    if any("term" not in record for record in records):
        for place, record in enumerate(records, start=1):
            record["term"] = place


_ORDERS: dict[SideKind, Callable[[Record], Any]] = {
    "repayments": lambda record: (record["paid_on"], record["row"]),
    "demands": lambda record: (record["on"], record.get("at", ""), record["row"]),
    "evidence": lambda record: (record.get("issued_on", ""), record["row"]),
    "schedule": lambda record: (record["due_on"], record["row"]),
}


def records_for_people(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The side sheets' records of a case as the check command writes them: money as decimal strings in yuan."""
    return {
        known.kind: [
            {name: yuan(value) if name in MONEY_PARTS else value for name, value in record.items()}
            for record in facts[known.kind]
        ]
        for known in SIDE_SHEET_KINDS
        if known.kind in facts
    }
