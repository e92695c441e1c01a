"""How much interest, penalty, damages and fees together the law lets a creditor claim, period by period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from reviewdesk.audit.interest import YEAR, simple_interest
from reviewdesk.money import Fen


class Cap(NamedTuple):
    """The cap of one loan.

    `rate` applies from `rate_from` on (None: throughout), `rate_before` to the days before it. `rule` is the id of the
    policy's rule; `beyond` says that the LPR used is the last known one and a later value may exist; `that_day`, that
    it was published on the very day the contract was formed.
    """

    rule: str
    rate: Decimal
    rate_before: Decimal | None = None
    rate_from: date | None = None
    beyond: bool = False
    that_day: bool = False

    @property
    def lasting(self) -> bool:
        """Whether the cap is one fixed rate, whatever the day."""
        return self.rate_before is None and not self.beyond and not self.rule.endswith("-lpr")


class Period(NamedTuple):
    """Days of one rate on one base. The first day counts, the last (`until`) does not."""

    start: date
    until: date
    days: int
    rate: Decimal
    amount: Fen


class Claimable(NamedTuple):
    """What may be claimed of what was claimed, in fen."""

    principal: Fen
    charges: Fen
    cap_amount: Fen
    claimable: Fen
    excess: Fen


def cap_periods(cap: Cap, base: int, start: date, until: date) -> tuple[Period, ...]:
    """The periods between two days in which one rate applies, with the amount that the cap allows in each."""
    if until <= start:
        return ()
    turn = cap.rate_from
    if turn is None or cap.rate_before is None or turn <= start:
        return (_period(base, start, until, cap.rate),)
    if until <= turn:
        return (_period(base, start, until, cap.rate_before),)
    return (_period(base, start, turn, cap.rate_before), _period(base, turn, until, cap.rate))


def _period(base: int, start: date, until: date, rate: Decimal) -> Period:
    days = (until - start).days
    return Period(start, until, days, rate, simple_interest(base, rate, days, YEAR))


def last_day(period: Period) -> date:
    """The last day that counts in a period."""
    return period.until - timedelta(days=1)


def claimable_of(
    principal: int, charges: int, claimed: int, periods: Iterable[Period], principal_claimed: int | None = None
) -> Claimable:
    """Cut a claim to what the cap allows.

    Args:
        principal: what may be claimed as principal.
        charges: interest, compound interest, penalty, damages and fees together, as claimed.
        claimed: the whole sum claimed.
        periods: from `cap_periods`, on that principal.
        principal_claimed: the principal as claimed, where it is more than `principal`.
    """
    cap_amount = sum(period.amount for period in periods)
    stated = (principal if principal_claimed is None else principal_claimed) + charges
    asked = max(0, min(claimed, stated))
    claimable = min(max(0, principal) + max(0, min(charges, cap_amount)), asked)
    return Claimable(Fen(max(0, principal)), Fen(charges), Fen(cap_amount), Fen(claimable), Fen(asked - claimable))
