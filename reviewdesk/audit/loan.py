"""A loan as it is replayed, what comes of that, and the arithmetic of charges that run by the day.

Whole fen and whole days only. Charges that run by the day are counted by products (积数): the base times the days is
summed without rounding, and the charge of a kind up to a day is that sum × rate ÷ day basis, rounded half up once. The
interest of an instalment is a twelfth of the annual rate on the principal not yet due, rounded half up. So a payment
more never adds to the debt, and the order of payments of one day changes nothing.

The day of disbursement counts and the day of repayment does not: days are differences of dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import gcd
from typing import Final, NamedTuple

from reviewdesk.audit.interest import SCALE, scaled
from reviewdesk.audit.schedule import BY_INSTALMENTS, due_days
from reviewdesk.money import Fen

FEES: Final = "fees"
INTEREST: Final = "interest"
COMPOUND: Final = "compound"
PENALTY: Final = "penalty"
PRINCIPAL: Final = "principal"

LEGAL_ORDER: Final = (FEES, INTEREST, COMPOUND, PENALTY, PRINCIPAL)
"""Civil Code Art. 561: the costs of realising the debt, then interest, then the principal debt."""

PRINCIPAL_PLACE: Final = LEGAL_ORDER.index(PRINCIPAL)
FEES_PLACE: Final = LEGAL_ORDER.index(FEES)

Stop = tuple[int, int]
"""A day, and what happens on it: the index of an instalment that falls due, or one of the numbers below."""

TURN: Final = -1
FIRST_COST: Final = -2
ACCELERATED: Final = 1_000_000
NEVER: Final = (date.max.toordinal() + 1, 0)


class Loan(NamedTuple):
    """A loan as it is replayed. Money is fen, rates are shares a year.

    Attributes:
        principal: what the borrower received (Civil Code Art. 670).
        due_on: the last due date; None for a loan on demand without one.
        penalty_rate: the rate on what is overdue.
        monthly_fee: a fee due with each instalment.
        costs: proven costs of realising the debt, each with its day.
        compounds: whether interest that is overdue bears interest itself, at the penalty rate.
        turn: the day from which another rate caps the charges.
        basis: the days of a year, or `ACTUAL`.
        order: in which order a payment is set off.
    """

    method: str
    principal: int
    rate: Decimal
    terms: int
    disbursed_on: date
    due_on: date | None
    calculated_to: date
    penalty_rate: Decimal
    accelerated_on: date | None = None
    monthly_fee: int = 0
    costs: tuple[tuple[date, int], ...] = ()
    compounds: bool = False
    turn: date | None = None
    basis: int = 365
    order: tuple[str, ...] = LEGAL_ORDER


class SetOff(NamedTuple):
    """How money was set off on a day, in fen.

    `ahead` is what was paid on principal before it was due, `kept` what waits for the next instalment (negative where
    money that waited was used), `over` what nothing was owed for. `balance` is the principal left.
    """

    on: date
    amount: int
    fees: int
    interest: int
    compound: int
    penalty: int
    principal: int
    ahead: int
    kept: int
    over: int
    balance: int


class Span(NamedTuple):
    """Days during which nothing changed (ordinals, the last excluded): principal not due, overdue, interest overdue."""

    start: int
    until: int
    undue: int
    overdue: int
    interest: int


class Due(NamedTuple):
    """Something that fell due: an instalment (number from 1), or the rest at the acceleration (number 0)."""

    on: int
    number: int
    since: int
    base: int
    principal: int
    interest: int
    fees: int


class Balance(NamedTuple):
    """What stands at the calculation date, in fen; and the sums of base × days (fen-days) for the cap.

    `product_before` is of the days before the cap's turn, `product` of those from it on (of all, where there is none).
    `charges_paid` are interest, compound, penalty and fees that payments were set off against.
    """

    overdue: int
    undue: int
    interest: int
    compound: int
    penalty: int
    fees: int
    overpaid: int
    charges_paid: int
    product_before: int
    product: int
    unpaid_since: date | None

    @property
    def principal(self) -> Fen:
        """All principal that is left, due or not."""
        return Fen(self.overdue + self.undue)

    @property
    def charges(self) -> Fen:
        """Interest, compound interest, penalty and fees together."""
        return Fen(self.interest + self.compound + self.penalty + self.fees)

    @property
    def total(self) -> Fen:
        """All that is owed."""
        return Fen(self.principal + self.charges)


@lru_cache(maxsize=16384)
def _instalment_days(disbursed_on: date, due_on: date | None, terms: int) -> tuple[Stop, ...]:
    """Day and index of each instalment."""
    days = due_days(disbursed_on, due_on, terms)
    return (*((day, number) for number, day in enumerate(days)), NEVER)


def stops_of(loan: Loan) -> Sequence[Stop]:
    """The days on which something happens beside payments, in order, closed by one that never comes.

    An instalment falls due (its index), the loan is accelerated, the cap turns, a cost arises.
    """
    by_instalments = loan.method in BY_INSTALMENTS
    if by_instalments and loan.accelerated_on is None and loan.turn is None and not loan.costs:
        return _instalment_days(loan.disbursed_on, loan.due_on, loan.terms)
    stops: list[Stop] = []
    if by_instalments:
        stops.extend(_instalment_days(loan.disbursed_on, loan.due_on, loan.terms)[:-1])
    elif loan.due_on is not None:
        stops.append((loan.due_on.toordinal(), 0))
    if loan.accelerated_on is not None:
        day = max(loan.accelerated_on, loan.disbursed_on).toordinal()
        stops = [stop for stop in stops if stop[0] <= day]
        stops.append((day, ACCELERATED))
    if loan.turn is not None:
        stops.append((loan.turn.toordinal(), TURN))
    stops.extend((day.toordinal(), FIRST_COST - place) for place, (day, _amount) in enumerate(loan.costs))
    stops.sort()
    stops.append(NEVER)
    return stops


@lru_cache(maxsize=8192)
def daily_rate(rate: Decimal, basis: int) -> tuple[int, int]:
    """A day's share of an annual rate: twice its numerator and its denominator, for rounding half up."""
    numerator, denominator = scaled(rate), basis * SCALE
    common = gcd(numerator, denominator)
    return 2 * (numerator // common), denominator // common


def rounded(product: int, daily: tuple[int, int]) -> int:
    """A sum of base × days at a rate as `daily_rate` has it, half up."""
    doubled, denominator = daily
    return (product * doubled + denominator) // (2 * denominator)


def charge(product: int, rate: Decimal, basis: int = 365) -> Fen:
    """The charge on a sum of base × days, rounded half up."""
    return Fen(rounded(product, daily_rate(rate, basis)))


def charges_by_line(products: Sequence[int], rate: Decimal, basis: int = 365) -> list[Fen]:
    """The charge of each line so that they add up to the charge on all: differences of the rounded running charge."""
    amounts, running, before = [], 0, Fen(0)
    for product in products:
        running += product
        up_to = charge(running, rate, basis)
        amounts.append(Fen(up_to - before))
        before = up_to
    return amounts
