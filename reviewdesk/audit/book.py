"""A loan's account day by day: what falls due, how each payment is set off, and what stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from operator import sub

from reviewdesk.audit.interest import ACTUAL, length, month_fraction
from reviewdesk.audit.loan import (
    ACCELERATED,
    FEES_PLACE,
    FIRST_COST,
    LEGAL_ORDER,
    PRINCIPAL_PLACE,
    TURN,
    Balance,
    Loan,
    SetOff,
    Span,
    daily_rate,
    rounded,
    stops_of,
)
from reviewdesk.audit.schedule import BULLET, BY_INSTALMENTS, schedule


class Book:
    """One loan's account while it is replayed. Days are ordinals, money fen."""

    __slots__ = (
        "_actual",
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
        self._rate_daily = daily_rate(loan.rate, loan.basis)
        self._penalty_daily = daily_rate(loan.penalty_rate, loan.basis)
        self._compounds, self._fee, self._places = loan.compounds, loan.monthly_fee, _places(loan.order)
        self._costs, self._stops, self._next = loan.costs, stops_of(loan), 0
        self._actual = loan.basis == ACTUAL
        self._day = self._since = loan.disbursed_on.toordinal()
        self._interest_charged = self._waiting = self._expected = 0
        self._undue_product = self._penalty_product = self._compound_product = 0
        self._product = self._product_before = 0
        self._matured = False
        self._paid = [0, 0, 0, 0, 0]
        self.dues: list[tuple[int, int, int, int, int, int, int]] = []
        """As `Due`."""
        self.spans: list[Span] | None = [] if recorded else None
        self.set_offs: list[SetOff] | None = [] if recorded else None

    # What stands

    def owed(self) -> tuple[int, int, int, int, int]:
        """What is due and not paid: fees, interest, compound interest, penalty, principal."""
        paid, interest = self._paid, self._interest_charged
        if not (self._by_instalments or self._matured):
            interest = rounded(self._undue_product, self._rate_daily)
        penalty = compound = 0
        if self._penalty_product:
            penalty = rounded(self._penalty_product, self._penalty_daily) - paid[3]
        if self._compound_product:
            compound = rounded(self._compound_product, self._penalty_daily) - paid[2]
        return self.fees, interest - paid[1], compound, penalty, self.overdue

    # Days pass

    def advance(self, day: int) -> None:
        """Let days pass up to `day`, with all that falls due on the way and on it."""
        stops = self._stops
        at, what = stops[self._next]
        while at <= day:
            self._next += 1
            if at > self._day:
                self._accrue(at)
            self._happen(what)
            at, what = stops[self._next]
        if day > self._day:
            self._accrue(day)

    def _accrue(self, day: int) -> None:
        days, undue, overdue = day - self._day, self.undue, self.overdue
        parts = length(self._day, day, ACTUAL) if self._actual else days
        interest = 0
        if self._compounds and (self._by_instalments or self._matured):
            interest = self._interest_charged - self._paid[1]
            self._compound_product += interest * parts
        if self.spans is not None:
            self.spans.append(Span(self._day, day, undue, overdue, interest))
        self._undue_product += undue * parts
        self._penalty_product += overdue * parts
        self._product += (undue + overdue) * days
        self._day = day

    def _happen(self, what: int) -> None:
        if what >= 0:
            if self._by_instalments and what != ACCELERATED:
                self._fall_due(what)
            else:
                self._mature()
        elif what == TURN:
            self._product_before, self._product = self._product, 0
        else:
            self.fees += self._costs[FIRST_COST - what][1]

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
        interest = rounded(self._undue_product, self._rate_daily)
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
                if place == PRINCIPAL_PLACE:
                    self.overdue -= used
                elif place == FEES_PLACE:
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
