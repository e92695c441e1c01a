"""Payments that were taken back: a direct debit that bounced, a wrong booking, a refund (冲正、红冲、退款).

A ledger books a reversal as a row of a negative amount. It takes back the latest payment of just that amount which was
made on its day or before and not taken back yet. Such a payment counts as never made: the debtor paid nothing, so that
nothing was set off (Civil Code Art. 561), nothing was repaid, and nothing interrupted limitation (Art. 195).

A reversal that matches no payment is not guessed about. It takes nothing back, for what the borrower is shown to have
paid is only undone by a booking that names it: the debt stays as it would be without the reversal, never higher.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.sheets import date_of
from reviewdesk.money import Fen

Row = Mapping[str, Any]
"""A row of the sheet of repayments, as the facts hold it."""

_PARTS: Final = ("principal", "interest", "penalty", "fees")


class TakenBack(NamedTuple):
    """A payment and the row that takes it back."""

    payment: Row
    reversal: Row


class Repaid(NamedTuple):
    """What a ledger says was repaid: the payments that stand, those taken back, and reversals that match none."""

    made: Sequence[Row]
    taken_back: tuple[TakenBack, ...] = ()
    unmatched: tuple[Row, ...] = ()

    @property
    def total(self) -> Fen:
        """The payments that stand, together."""
        return Fen(sum(row["amount"] for row in self.made))

    @property
    def reversed_total(self) -> Fen:
        """The payments that were taken back, together."""
        return Fen(sum(one.payment["amount"] for one in self.taken_back))


def repaid_of(case: CaseFacts) -> Repaid | None:
    """What the case's ledger says was repaid; None where there is no ledger."""
    rows = case.facts.get("repayments")
    if rows is None:
        return None
    if "repaid" not in case.memo:
        case.memo["repaid"] = repaid(rows)
    known: Repaid = case.memo["repaid"]
    return known


def payments_made(case: CaseFacts) -> Sequence[Row]:
    """The payments of the case's ledger that stand, by date."""
    found = repaid_of(case)
    return () if found is None else found.made


def last_paid_on(case: CaseFacts) -> date | None:
    """The last repayment as the account's row states it.

    Where the ledger shows on that day what was taken back, or a reversal, it is the ledger's last payment that stands.
    """
    stated, found = case.last_paid_on, repaid_of(case)
    if stated is None or found is None or not (found.taken_back or found.unmatched):
        return stated
    day, stand = stated.isoformat(), [row["paid_on"] for row in found.made if row["amount"]]
    undone = {row["paid_on"] for pair in found.taken_back for row in pair} | {row["paid_on"] for row in found.unmatched}
    if day not in undone:
        return stated
    return date_of(stand[-1]) if stand else None


def repaid(rows: Sequence[Row]) -> Repaid:
    """Match the reversals of a ledger, whose rows are by date, with the payments that they take back.

    The order of rows of one day changes nothing.
    """
    for row in rows:
        if row["amount"] < 0:
            return _matched(rows)
    return Repaid(rows)


def _matched(rows: Sequence[Row]) -> Repaid:
    standing: dict[int, list[Row]] = {}
    pairs: list[TakenBack] = []
    unmatched: list[Row] = []
    for row in sorted(rows, key=_turn):
        amount = row["amount"]
        if amount >= 0:
            standing.setdefault(amount, []).append(row)
        elif standing.get(-amount):
            pairs.append(TakenBack(_take(standing[-amount], row), row))
        else:
            unmatched.append(row)
    undone = {id(pair.payment) for pair in pairs}
    made = [row for row in rows if row["amount"] >= 0 and id(row) not in undone]
    return Repaid(made, tuple(pairs), tuple(unmatched))


def _turn(row: Row) -> tuple[Any, ...]:
    """Payments of a day come before its reversals; rows that are alike in all else, as they stand in the sheet."""
    return row["paid_on"], row["amount"] < 0, _particulars(row), row["row"]


def _take(payments: list[Row], reversal: Row) -> Row:
    """Take the latest payment out of the list; of several on its day, the one that was allocated as the reversal is."""
    last = payments[-1]["paid_on"]
    allocated = tuple(-part for part in _allocated(reversal))
    place = max(
        (place for place, row in enumerate(payments) if row["paid_on"] == last),
        key=lambda place: (_allocated(payments[place]) == allocated, place),
    )
    return payments.pop(place)


def _allocated(row: Row) -> tuple[int, ...]:
    return tuple(row.get(part) or 0 for part in _PARTS)


def _particulars(row: Row) -> tuple[Any, ...]:
    return *_allocated(row), row.get("channel") or ""
