"""The debt replayed day by day: what fell due, how each payment was set off, and what stands at the calculation date.

Whole fen and whole days only. Charges that run by the day are counted by products (积数): the base times the days is
summed without rounding, and the charge of a kind up to a day is that sum × rate ÷ day basis, rounded half up once. The
interest of an instalment is a twelfth of the annual rate on the principal not yet due, rounded half up. So a payment
more never adds to the debt, and the order of payments of one day changes nothing.

The day of disbursement counts and the day of repayment does not: days are differences of dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import gcd
from operator import sub
from typing import Final, NamedTuple

from reviewdesk.audit.interest import SCALE, month_fraction, scaled
from reviewdesk.audit.schedule import BULLET, BY_INSTALMENTS, due_days, schedule
from reviewdesk.money import Fen

FEES: Final = "fees"
INTEREST: Final = "interest"
COMPOUND: Final = "compound"
PENALTY: Final = "penalty"
PRINCIPAL: Final = "principal"

LEGAL_ORDER: Final = (FEES, INTEREST, COMPOUND, PENALTY, PRINCIPAL)
"""Civil Code Art. 561: the costs of realising the debt, then interest, then the principal debt."""

_PRINCIPAL: Final = LEGAL_ORDER.index(PRINCIPAL)
_FEES: Final = LEGAL_ORDER.index(FEES)

Stop = tuple[int, int]
"""A day, and what happens on it: the index of an instalment that falls due, or one of the numbers below."""

_TURN: Final = -1
_FIRST_COST: Final = -2
_ACCELERATED: Final = 1_000_000
_NEVER: Final = (date.max.toordinal() + 1, 0)


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
    return (*((day, number) for number, day in enumerate(days)), _NEVER)


def _stops(loan: Loan) -> Sequence[Stop]:
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
        stops.append((day, _ACCELERATED))
    if loan.turn is not None:
        stops.append((loan.turn.toordinal(), _TURN))
    stops.extend((day.toordinal(), _FIRST_COST - place) for place, (day, _amount) in enumerate(loan.costs))
    stops.sort()
    stops.append(_NEVER)
    return stops


@lru_cache(maxsize=8192)
def _daily(rate: Decimal, basis: int) -> tuple[int, int]:
    """A day's share of an annual rate: twice its numerator and its denominator, for rounding half up."""
    numerator, denominator = scaled(rate), basis * SCALE
    common = gcd(numerator, denominator)
    return 2 * (numerator // common), denominator // common


class Book:
    """One loan's account while it is replayed. Days are ordinals, money fen."""

    __slots__ = (
        "_by_instalments",
        "_compound_product",
        "_compounds",
        "_costs",
        "_day",
        "_due_at_once",
        "_expected",
        "_fee",
        "_interest_charged",
        "_last",
        "_matured",
        "_month",
        "_next",
        "_paid",
        "_penalty_daily",
        "_penalty_product",
        "_places",
        "_plain",
        "_principals",
        "_product",
        "_product_before",
        "_rate_daily",
        "_since",
        "_stops",
        "_undue_product",
        "_waiting",
        "dues",
        "fees",
        "over",
        "overdue",
        "set_offs",
        "spans",
        "undue",
    )

    def __init__(self, loan: Loan, *, recorded: bool = False) -> None:
        self.undue = loan.principal
        self.overdue = self.fees = self.over = 0
        self._by_instalments = loan.method in BY_INSTALMENTS
        self._due_at_once = loan.method != BULLET
        self._principals: tuple[int, ...] = ()
        if self._by_instalments and loan.principal > 0:
            self._principals = schedule(loan.method, loan.principal, loan.rate, loan.terms).principals
        self._last = len(self._principals) - 1
        self._month = month_fraction(loan.rate)
        self._rate_daily, self._penalty_daily = _daily(loan.rate, loan.basis), _daily(loan.penalty_rate, loan.basis)
        self._compounds, self._fee, self._places = loan.compounds, loan.monthly_fee, _places(loan.order)
        self._costs, self._stops, self._next = loan.costs, _stops(loan), 0
        self._day = self._since = loan.disbursed_on.toordinal()
        self._interest_charged = self._waiting = self._expected = 0
        self._undue_product = self._penalty_product = self._compound_product = 0
        self._product = self._product_before = 0
        self._matured = False
        self._paid = [0, 0, 0, 0, 0]
        self._plain = not recorded and self._by_instalments and not (loan.compounds or loan.costs or loan.turn)
        self.dues: list[tuple[int, int, int, int, int, int, int]] = []
        """As `Due`."""
        self.spans: list[Span] | None = [] if recorded else None
        self.set_offs: list[SetOff] | None = [] if recorded else None

    # What stands

    def owed(self) -> tuple[int, int, int, int, int]:
        """What is due and not paid: fees, interest, compound interest, penalty, principal."""
        paid, interest = self._paid, self._interest_charged
        if not (self._by_instalments or self._matured):
            interest = _rounded(self._undue_product, self._rate_daily)
        penalty = compound = 0
        if self._penalty_product:
            penalty = _rounded(self._penalty_product, self._penalty_daily) - paid[3]
        if self._compound_product:
            compound = _rounded(self._compound_product, self._penalty_daily) - paid[2]
        return self.fees, interest - paid[1], compound, penalty, self.overdue

    # Days pass

    def advance(self, day: int) -> None:
        """Let days pass up to `day`, with all that falls due on the way and on it."""
        stops = self._stops
        at, what = stops[self._next]
        while at <= day:
            if self._plain and what < _ACCELERATED:
                self._fall_due_to(day)
            else:
                self._next += 1
                if at > self._day:
                    self._accrue(at)
                self._happen(what)
            at, what = stops[self._next]
        if day > self._day:
            self._accrue(day)

    def _fall_due_to(self, day: int) -> None:
        """As `_accrue` and `_fall_due` for each of the instalments up to a day, of a book that keeps no spans."""
        stops, place, dues, principals = self._stops, self._next, self.dues, self._principals
        undue, overdue, reached, since = self.undue, self.overdue, self._day, self._since
        penalty_product, product, charged = self._penalty_product, self._product, self._interest_charged
        numerator, denominator = self._month
        doubled, divisor, fee_due, last, waiting = 2 * numerator, 2 * denominator, self._fee, self._last, self._waiting
        at, index = stops[place]
        while at <= day and index < _ACCELERATED:
            days = at - reached
            penalty_product += overdue * days
            product += (undue + overdue) * days
            interest = (undue * doubled + denominator) // divisor
            principal = undue if index >= last else principals[index]
            if principal > undue:
                principal = undue
            fee = fee_due if undue else 0
            dues.append((at, index + 1, since, undue, principal, interest, fee))
            undue -= principal
            overdue += principal
            charged += interest
            self.fees += fee
            reached = since = at
            place += 1
            if waiting:
                break
            at, index = stops[place]
        self.undue, self.overdue, self._day, self._since = undue, overdue, reached, since
        self._penalty_product, self._product, self._interest_charged = penalty_product, product, charged
        self._undue_product, self._next, self._expected = 0, place, dues[-1][1]
        if waiting:
            self._release()

    def _accrue(self, day: int) -> None:
        days, undue, overdue = day - self._day, self.undue, self.overdue
        interest = 0
        if self._compounds and (self._by_instalments or self._matured):
            interest = self._interest_charged - self._paid[1]
            self._compound_product += interest * days
        if self.spans is not None:
            self.spans.append(Span(self._day, day, undue, overdue, interest))
        self._undue_product += undue * days
        self._penalty_product += overdue * days
        self._product += (undue + overdue) * days
        self._day = day

    def _happen(self, what: int) -> None:
        if what >= 0:
            if self._by_instalments and what != _ACCELERATED:
                self._fall_due(what)
            else:
                self._mature()
        elif what == _TURN:
            self._product_before, self._product = self._product, 0
        else:
            self.fees += self._costs[_FIRST_COST - what][1]

    def _fall_due(self, index: int) -> None:
        """An instalment falls due; what waited for it is set off."""
        base, day = self.undue, self._day
        principal, interest = self._instalment(index)
        fee = self._fee if base else 0
        self.dues.append((day, index + 1, self._since, base, principal, interest, fee))
        self.undue = base - principal
        self.overdue += principal
        self.fees += fee
        self._interest_charged += interest
        self._undue_product, self._since, self._expected = 0, day, index + 1
        if self._waiting:
            self._release()

    def _instalment(self, index: int) -> tuple[int, int]:
        """Principal and interest of an instalment: by the schedule, as far as principal is left."""
        undue = self.undue
        numerator, denominator = self._month
        interest = (2 * undue * numerator + denominator) // (2 * denominator)
        if index >= self._last:
            return undue, interest
        principal = self._principals[index]
        return (principal if principal < undue else undue), interest

    def _mature(self) -> None:
        """All that is left falls due: the loan's last day, or its acceleration."""
        if self._matured:
            return
        interest = _rounded(self._undue_product, self._rate_daily)
        self.dues.append((self._day, 0, self._since, self.undue, self.undue, interest, 0))
        self._interest_charged += interest
        self._matured = True
        self.overdue += self.undue
        self.undue = self._undue_product = 0
        self._since = self._day
        if self._waiting:
            self._release()

    def _release(self) -> None:
        amount, self._waiting = self._waiting, 0
        self._set_off(amount, kept=-amount)

    # Payments

    def pay(self, amount: int) -> None:
        """Set off a payment of the day reached."""
        self._set_off(amount, kept=0)

    def pay_as(self, amount: int, parts: Sequence[int]) -> None:
        """Set off a payment of the day reached as it was allocated to the parts, in the places of the legal order.

        Each part counts as far as that much is owed; what is left is set off in the loan's order.
        """
        places, rest = self._places, amount
        for place, part in enumerate(parts):
            used = min(part, self.owed()[place], rest)
            if used > 0:
                self._places = (place,)
                self._set_off(used, kept=0)
                rest -= used
        self._places = places
        if rest:
            self._set_off(rest, kept=0)

    def _set_off(self, amount: int, kept: int) -> None:
        rest, owed, paid = amount, self.owed(), self._paid
        before = tuple(paid) if self.set_offs is not None else ()
        for place in self._places:
            part = owed[place]
            if part > 0:
                used = part if part < rest else rest
                paid[place] += used
                if place == _PRINCIPAL:
                    self.overdue -= used
                elif place == _FEES:
                    self.fees -= used
                rest -= used
                if not rest:
                    break
        waiting, ahead, over = self._surplus(rest) if rest else (0, 0, 0)
        if self.set_offs is not None:
            fees, interest, compound, penalty, principal = map(sub, paid, before)
            left = self.overdue + self.undue
            day, money = date.fromordinal(self._day), 0 if kept else amount
            self.set_offs.append(
                SetOff(day, money, fees, interest, compound, penalty, principal, ahead, kept + waiting, over, left)
            )

    def _surplus(self, rest: int) -> tuple[int, int, int]:
        """Money beyond what is due: kept for the next instalment, then set off on principal not yet due, then over.

        What pays off all that is left is not kept.
        """
        waiting, undue = 0, self.undue
        if self._waiting + rest >= undue:
            waiting, self._waiting = -self._waiting, 0
        elif self._by_instalments:
            principal, interest = self._instalment(self._expected)
            asked = principal + interest + self._fee - self._waiting
            if asked > 0:
                waiting = rest if rest < asked else asked
                self._waiting += waiting
        ahead = rest - waiting
        if ahead > undue:
            ahead = undue
        self.undue = undue - ahead
        over = rest - waiting - ahead
        self.over += over
        return waiting, ahead, over

    # The end

    def close(self) -> Balance:
        """What stands on the day reached. Money that still waits counts against the principal that is not yet due."""
        used = min(self._waiting, self.undue)
        self.undue -= used
        over = self.over + self._waiting - used
        fees, interest, compound, penalty, overdue = self.owed()
        if not (self._by_instalments or self._matured or self._due_at_once):
            interest = 0
        return Balance(
            overdue,
            self.undue,
            interest,
            compound,
            penalty,
            fees,
            over,
            sum(self._paid[:4]),
            self._product_before,
            self._product,
            self._unpaid_since(),
        )

    def _unpaid_since(self) -> date | None:
        """The due date of the first instalment that the payments, counted from the first on, do not cover."""
        settled = self._paid[4] + self._paid[1]
        for due in self.dues:
            settled -= due[4] + due[5]
            if settled < 0:
                return date.fromordinal(due[0])
        return None


@lru_cache(maxsize=128)
def _places(order: tuple[str, ...]) -> tuple[int, ...]:
    """An order of set-off as places in the legal order.

    Raises:
        ValueError: it does not name each part once.
    """
    if sorted(order) != sorted(LEGAL_ORDER):
        raise ValueError(f"the order of set-off must name each of {', '.join(LEGAL_ORDER)} once")
    return tuple(LEGAL_ORDER.index(part) for part in order)


def in_order(payments: Iterable[tuple[int, int]], loan: Loan) -> list[tuple[int, int]]:
    """The payments that count, by day: up to the calculation date, those of one day together, reversals taken off.

    Money booked before the disbursement counts on its day. A negative amount takes back the latest payments before it.
    """
    start, end = loan.disbursed_on.toordinal(), loan.calculated_to.toordinal()
    made: list[tuple[int, int]] = []
    before, plain = start - 1, True
    for day, amount in payments:
        if day > end:
            continue
        if day < start:
            day = start
        made.append((day, amount))
        if day <= before or amount <= 0:
            plain = False
        before = day
    if plain:
        return made
    by_day: dict[int, int] = {}
    for day, amount in made:
        by_day[day] = by_day.get(day, 0) + amount
    return _without_reversals(sorted(by_day.items()))


def _rounded(product: int, daily: tuple[int, int]) -> int:
    """A sum of base × days at a rate as `_daily` has it, half up."""
    doubled, denominator = daily
    return (product * doubled + denominator) // (2 * denominator)


def _without_reversals(payments: list[tuple[int, int]]) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for day, amount in payments:
        left = amount
        while left < 0 and made:
            day, earlier = made.pop()
            left += earlier
        if left > 0:
            made.append((day, left))
    return made


def replay(loan: Loan, payments: Iterable[tuple[int, int]], *, recorded: bool = False) -> tuple[Balance, Book]:
    """Replay a loan and its payments (day as ordinal, fen) up to the calculation date.

    With `recorded` the book also keeps the spans of days and how each payment was set off.

    Raises:
        ValueError: the order of set-off does not name each part once.
    """
    end = loan.calculated_to.toordinal()
    book = Book(loan, recorded=recorded)
    for day, amount in in_order(payments, loan):
        book.advance(day)
        book.pay(amount)
    book.advance(end)
    return book.close(), book


def charge(product: int, rate: Decimal, basis: int = 365) -> Fen:
    """The charge on a sum of base × days, rounded half up."""
    return Fen(_rounded(product, _daily(rate, basis)))


def charges_by_line(products: Sequence[int], rate: Decimal, basis: int = 365) -> list[Fen]:
    """The charge of each line so that they add up to the charge on all: differences of the rounded running charge."""
    amounts, running, before = [], 0, Fen(0)
    for product in products:
        running += product
        up_to = charge(running, rate, basis)
        amounts.append(Fen(up_to - before))
        before = up_to
    return amounts
