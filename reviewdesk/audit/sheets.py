"""Rows of the sheets beside the account sheet: repayments, demands, evidence and the schedule, as typed values.

They stand in the facts as lists of objects, sorted by date. An absent list means that nobody gave such a sheet; an
empty one, that the sheet has no row for this account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any, Final, NamedTuple

from reviewdesk.money import Fen

SIDE_SHEETS: Final = ("repayments", "demands", "evidence", "schedule")
"""The facts in which side sheets are kept."""

ATTACHED: Final = "attached"
"""The fact in which the files that are attached to a case stand, as lines of the list of evidence."""

date_of = lru_cache(maxsize=16384)(date.fromisoformat)
"""A day as the store writes it."""

_hour = lru_cache(maxsize=2048)(time.fromisoformat)


class Repayment(NamedTuple):
    """A payment of the borrower in fen, or less than nothing where it takes one back.

    The parts are as the sheet set the payment off, None where it does not say.
    """

    row: int
    paid_on: date
    amount: Fen
    principal: Fen | None = None
    interest: Fen | None = None
    penalty: Fen | None = None
    fees: Fen | None = None
    channel: str | None = None


class Demand(NamedTuple):
    """A demand for payment. `at`: the time of day; `delivered` is None where nobody said whether it arrived."""

    row: int
    on: date
    at: time | None = None
    channel: str = "other"
    outcome: str = "unknown"
    proof: str | None = None
    delivered: bool | None = None


class EvidenceItem(NamedTuple):
    """A line of the list of evidence. `state` is present, absent or not_needed; `amount` is what a proof is over."""

    row: int
    kind: str
    state: str
    reference: str | None = None
    sha256: str | None = None
    issued_on: date | None = None
    amount: Fen | None = None


class ScheduleRow(NamedTuple):
    """An instalment as the sheet's schedule states it, in fen."""

    row: int
    term: int
    due_on: date
    principal: Fen
    interest: Fen
    fees: Fen | None = None


def repayments_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Repayment, ...]:
    """The repayments of a case, by date.

    Raises:
        KeyError, ValueError: a row is not as the store writes it.
    """
    made = [
        Repayment(
            row["row"],
            date_of(row["paid_on"]),
            row["amount"],
            row.get("principal"),
            row.get("interest"),
            row.get("penalty"),
            row.get("fees"),
            row.get("channel"),
        )
        for row in rows
    ]
    return tuple(made)


def demands_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Demand, ...]:
    """The demands of a case, by date. Raises as `repayments_of`."""
    return tuple(
        Demand(
            row["row"],
            date_of(row["on"]),
            _hour(row["at"]) if row.get("at") else None,
            row.get("channel", "other"),
            row.get("outcome", "unknown"),
            row.get("proof"),
            row.get("delivered"),
        )
        for row in rows
    )


def evidence_of(rows: Sequence[Mapping[str, Any]]) -> tuple[EvidenceItem, ...]:
    """The list of evidence of a case. Raises as `repayments_of`."""
    return tuple(
        EvidenceItem(
            row["row"],
            row["kind"],
            row["state"],
            row.get("reference"),
            row.get("sha256"),
            date_of(row["issued_on"]) if row.get("issued_on") else None,
            row.get("amount"),
        )
        for row in rows
    )


def schedule_of(rows: Sequence[Mapping[str, Any]]) -> tuple[ScheduleRow, ...]:
    """The schedule that the sheet states. Raises as `repayments_of`."""
    return tuple(
        ScheduleRow(row["row"], row["term"], date_of(row["due_on"]), row["principal"], row["interest"], row.get("fees"))
        for row in rows
    )
