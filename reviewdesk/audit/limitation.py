"""When an action becomes time-barred (诉讼时效, Civil Code Art. 188, 189, 192, 195, 202, 203)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from reviewdesk.audit.calendar import add_years, working_day_from

DUE = "due"
ACCELERATION = "acceleration"
RECOURSE = "recourse"
REPAYMENT = "repayment"
DEMAND = "demand"


class Interruption(NamedTuple):
    """Something that makes the period run anew. `revives`: it counts after the period has run out as well (Art. 192)."""

    kind: str
    day: date
    revives: bool


class Limitation(NamedTuple):
    """The period's end.

    `base` and `base_kind` say from what it runs; `late_demand` is the day of a demand that came when the period had
    already run out, and so moved nothing.
    """

    base: date
    base_kind: str
    expiry: date
    announced: bool
    late_demand: date | None


def expiry_of(base: date, years: int) -> tuple[date, bool]:
    """The last day of the period, moved past days off, and whether its year's holidays are known."""
    last = working_day_from(add_years(base, years))
    return last.day, last.announced


def limitation(start: date, start_kind: str, interruptions: Iterable[Interruption], years: int) -> Limitation:
    """Run the period from `start` and anew from each interruption, in the order of their days.

    A part payment after the end revives the claim, as the debtor then may no longer plead the period; a mere demand does not.
    """
    base, kind, late = start, start_kind, None
    expiry, announced = expiry_of(start, years)
    for event in sorted(interruptions, key=lambda event: event.day):
        if event.day <= base:
            continue
        if event.day > expiry and not event.revives:
            late = event.day
            continue
        base, kind = event.day, event.kind
        expiry, announced = expiry_of(base, years)
    return Limitation(base, kind, expiry, announced, late)
