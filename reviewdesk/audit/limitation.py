"""When an action becomes time-barred (诉讼时效, Civil Code Art. 188, 189, 192, 195, 202, 203)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from reviewdesk.audit.calendar import Holidays, add_years, working_day_from

DUE = "due"
ACCELERATION = "acceleration"
RECOURSE = "recourse"
REPAYMENT = "repayment"
DEMAND = "demand"
PROMISE = "promise"
ASSIGNMENT = "assignment"
SUIT = "suit"


_DAY = itemgetter(1)


class Interruption(NamedTuple):
    """Something that makes the period run anew, from `day`.

    `revives`: it counts after the period has run out too (Art. 192). `since`: the day that must lie within the period,
    where that is not the day itself: a suit interrupts when it is filed, and the period runs anew from its end.
    """

    kind: str
    day: date
    revives: bool
    since: date | None = None


class Limitation(NamedTuple):
    """The period's end.

    `base` and `base_kind` say from what it runs; `late_demand` is the day of a demand that came when the period had
    already run out, and so moved nothing; `revived` that of a payment or written promise which came then and gave the
    defence up.
    """

    base: date
    base_kind: str
    expiry: date
    announced: bool
    late_demand: date | None
    revived: date | None = None


@lru_cache(maxsize=65536)
def expiry_of(base: date, years: int, holidays: Holidays = frozenset()) -> tuple[date, bool]:
    """The last day of the period, moved past days off, and whether its year's holidays are known."""
    last = working_day_from(add_years(base, years), holidays)
    return last.day, last.announced


def limitation(
    start: date,
    start_kind: str,
    interruptions: Iterable[Interruption],
    years: int,
    holidays: Holidays = frozenset(),
) -> Limitation:
    """Run the period from `start` and anew from each interruption, in the order of their days.

    A part payment or a written promise after the end revives the claim: the debtor may no longer plead the period
    (Art. 192). A demand does not.
    """
    base, kind, late, revived = start, start_kind, None, None
    expiry, announced = expiry_of(start, years, holidays)
    for event_kind, day, revives, since in sorted(interruptions, key=_DAY):
        if day <= base:
            continue
        if day > expiry and not revives and (since is None or since > expiry):
            late = day
            continue
        if day > expiry and revives:
            revived = day
        base, kind = day, event_kind
        expiry, announced = expiry_of(base, years, holidays)
    return Limitation(base, kind, expiry, announced, late, revived)
