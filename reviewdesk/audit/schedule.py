"""What should have been repaid when: the contract's schedule, recomputed from principal, rate, terms and method.

Interest of an instalment is a twelfth of the annual rate on the balance before it, rounded half up to the fen; the last
instalment takes what rounding left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from operator import add
from typing import NamedTuple

import pyxirr

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.interest import (
    MONTHS,
    SCALE,
    YEAR,
    divide_half_up,
    interest_up_to,
    month_fraction,
    month_interest,
    scaled,
)
from reviewdesk.money import Fen

EQUAL_INSTALMENTS = "equal_instalments"
EQUAL_PRINCIPAL = "equal_principal"
INTEREST_FIRST = "interest_first"
BULLET = "bullet"
ON_DEMAND = "on_demand"

BY_INSTALMENTS = frozenset({EQUAL_INSTALMENTS, EQUAL_PRINCIPAL, INTEREST_FIRST})

SHORTEST_MONTH = 28
"""Days that every month has."""

_FACTOR_SCALE = 10**30
_PRECISE = Context(prec=60)


class Schedule(NamedTuple):
    """The instalments of a loan in fen, first to last. `balances[k]` is the principal left after `k` instalments."""

    principals: tuple[int, ...]
    interests: tuple[int, ...]
    balances: tuple[int, ...]

    @property
    def payments(self) -> tuple[int, ...]:
        """Principal and interest of each instalment."""
        return tuple(map(add, self.principals, self.interests))


class Standing(NamedTuple):
    """What is owed by the schedule on a day: principal left, and interest due and not paid, in fen."""

    principal: Fen
    interest: Fen


@lru_cache(maxsize=4096)
def _annuity_factor(scaled_rate: int, terms: int) -> int:
    """The level instalment of a principal of one, times 10**30."""
    rate = _PRECISE.divide(Decimal(scaled_rate), Decimal(SCALE * MONTHS))
    grown = _PRECISE.power(1 + rate, terms)
    factor = _PRECISE.divide(_PRECISE.multiply(rate, grown), _PRECISE.subtract(grown, Decimal(1)))
    return int(_PRECISE.multiply(factor, Decimal(_FACTOR_SCALE)))


def level_instalment(principal: int, rate: Decimal, terms: int) -> Fen:
    """The instalment of 等额本息: P·r·(1+r)^n / ((1+r)^n − 1) with r a twelfth of the annual rate."""
    scaled_rate = scaled(rate)
    if scaled_rate == 0:
        return Fen(divide_half_up(principal, terms))
    return Fen(divide_half_up(principal * _annuity_factor(scaled_rate, terms), _FACTOR_SCALE))


@lru_cache(maxsize=16384)
def schedule(method: str, principal: int, rate: Decimal, terms: int) -> Schedule:
    """The schedule of a loan repaid monthly.

    Raises:
        ValueError: the method is not one of monthly instalments, or there is no principal or term.
    """
    if method not in BY_INSTALMENTS or terms <= 0 or principal <= 0:
        raise ValueError(f"no monthly schedule for {method} over {terms} terms")
    if method == EQUAL_INSTALMENTS:
        return _equal_instalments(principal, rate, terms)
    if method == EQUAL_PRINCIPAL:
        return _equal_principal(principal, rate, terms)
    return _interest_first(principal, rate, terms)


def _equal_instalments(principal: int, rate: Decimal, terms: int) -> Schedule:
    payment = level_instalment(principal, rate, terms)
    numerator, denominator = month_fraction(rate)
    doubled, divisor = 2 * numerator, 2 * denominator
    balance = principal
    principals, interests, balances = [], [], [principal]
    for _ in range(terms - 1):
        interest = (balance * doubled + denominator) // divisor
        part = payment - interest
        balance -= part
        interests.append(interest)
        principals.append(part)
        balances.append(balance)
    interests.append(month_interest(balance, rate))
    principals.append(balance)
    balances.append(0)
    return Schedule(tuple(principals), tuple(interests), tuple(balances))


def _equal_principal(principal: int, rate: Decimal, terms: int) -> Schedule:
    part = divide_half_up(principal, terms)
    principals = [part] * (terms - 1) + [principal - part * (terms - 1)]
    balances = [principal]
    for repaid in principals:
        balances.append(balances[-1] - repaid)
    numerator, denominator = month_fraction(rate)
    doubled, divisor = 2 * numerator, 2 * denominator
    interests = [(balance * doubled + denominator) // divisor for balance in balances[:-1]]
    return Schedule(tuple(principals), tuple(interests), tuple(balances))


def _interest_first(principal: int, rate: Decimal, terms: int) -> Schedule:
    interest = month_interest(principal, rate)
    return Schedule(
        (0,) * (terms - 1) + (principal,),
        (interest,) * terms,
        (principal,) * terms + (0,),
    )


def first_due_anchor(disbursed_on: date, due_on: date | None, terms: int) -> tuple[date, int]:
    """The day from which due dates are counted, and how many months the first is after it.

    Due dates follow the disbursement's day of the month when the last one then is the due date; else they are counted
    back from the due date.
    """
    if due_on is None or add_months(disbursed_on, terms) == due_on:
        return disbursed_on, 1
    return due_on, 1 - terms


def due_date(disbursed_on: date, due_on: date | None, terms: int, number: int) -> date:
    """When instalment `number` (from 1) is due."""
    anchor, offset = first_due_anchor(disbursed_on, due_on, terms)
    return add_months(anchor, offset + number - 1)


def due_days(disbursed_on: date, due_on: date | None, terms: int) -> list[int]:
    """When each instalment is due, as ordinals."""
    anchor, offset = first_due_anchor(disbursed_on, due_on, terms)
    month, day = anchor.year * 12 + anchor.month - 1 + offset, anchor.day
    if day > SHORTEST_MONTH:
        return [add_months(anchor, offset + number).toordinal() for number in range(terms)]
    return [date(at // 12, at % 12 + 1, day).toordinal() for at in range(month, month + terms)]


def instalments_due(disbursed_on: date, due_on: date | None, terms: int, day: date) -> int:
    """How many instalments are due on that day; an instalment is due on its day."""
    anchor, offset = first_due_anchor(disbursed_on, due_on, terms)
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    count = months - offset + 1
    if count <= 0:
        return 0
    if count > terms:
        return terms
    return count if add_months(anchor, offset + count - 1) <= day else count - 1


def standing_of(
    plan: Schedule,
    rate: Decimal,
    *,
    disbursed_on: date,
    due_on: date | None,
    terms_paid: int,
    accelerated_on: date | None,
    calculated_to: date,
    basis: int = YEAR,
) -> Standing:
    """What the schedule says is owed, when the first `terms_paid` instalments were paid in full.

    Interest is that of the instalments due by the calculation date. Of a loan accelerated before its last instalment
    only interest up to the acceleration is owed: the instalments due by then, and the days since the last of them.
    """
    terms = len(plan.principals)
    paid = min(terms_paid, terms)
    until = calculated_to if accelerated_on is None else min(calculated_to, accelerated_on)
    due = instalments_due(disbursed_on, due_on, terms, until)
    interest = sum(plan.interests[paid:due])
    if accelerated_on is not None and due < terms and accelerated_on <= calculated_to:
        since = due_date(disbursed_on, due_on, terms, due) if due else disbursed_on
        counted = max(due, paid)
        if counted == due:
            interest += interest_up_to(plan.balances[due], rate, (until - since).days, until, basis)
    return Standing(Fen(plan.balances[paid]), Fen(interest))


def monthly_cost(received: int, payments: Sequence[int]) -> Decimal | None:
    """The annual cost of monthly payments for what was received: 12 times the monthly internal rate of return.

    Rounded to four places (0.4062 is 40.62 %); None where no rate solves the equation.
    """
    if received <= 0 or not any(payments):
        return None
    monthly = pyxirr.irr([-received, *payments])
    return None if monthly is None else Decimal(repr(round(monthly * MONTHS, 4)))


def level_cost(received: int, payment: int, terms: int, final: int) -> Decimal | None:
    """As `monthly_cost`, of `terms` equal payments of which the last is larger by `final` (which may be negative)."""
    if received <= 0 or payment <= 0:
        return None
    monthly = pyxirr.rate(terms, -payment, received, -final)
    return None if monthly is None else Decimal(repr(round(monthly * MONTHS, 4)))


def single_cost(received: int, repaid: int, days: int) -> Decimal | None:
    """The simple annual cost of one payment after some days, rounded to four places."""
    if received <= 0 or days <= 0:
        return None
    ten_thousandths = (repaid - received) * 365 * 10000
    sign = -1 if ten_thousandths < 0 else 1
    return Decimal(sign * divide_half_up(abs(ten_thousandths), received * days)).scaleb(-4)
