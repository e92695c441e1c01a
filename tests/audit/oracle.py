"""A second way to the same sums: a loan lived through day by day in fractions, from the law and nothing of the product.

Only the calendar's corresponding day, and which days people work on, are shared. Charges that run by the day are kept
as fractions and rounded half up where money is set off or the account is closed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any

from reviewdesk.audit.calendar import add_months, working_day_from

INSTALMENTS = ("equal_instalments", "equal_principal", "interest_first")
PARTS = ("fees", "interest", "compound", "penalty", "principal")
A_DAY = timedelta(days=1)


def half_up(amount: Fraction) -> int:
    """A fraction, which is not negative, as a whole number."""
    return int(amount + Fraction(1, 2))


@lru_cache
def plan(method: str, principal: int, rate: Decimal, terms: int) -> tuple[tuple[int, int], ...]:
    """Principal and interest of each instalment, by the formulas of the contract in Decimal."""
    with localcontext() as context:
        context.prec = 60
        monthly, left, rows = rate / 12, Decimal(principal), []
        if method == "equal_instalments" and monthly:
            grown = (1 + monthly) ** terms
            level = _whole(principal * monthly * grown / (grown - 1))
        else:
            level = _whole(left / terms)
        for number in range(terms):
            interest = _whole(left * monthly)
            part = {"equal_instalments": level - interest, "equal_principal": level}.get(method, Decimal(0))
            part = left if number == terms - 1 else part
            rows.append((int(part), int(interest)))
            left -= part
        return tuple(rows)


def _whole(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


def due_days(start: date, due_on: date | None, terms: int) -> list[date]:
    """When the instalments are due: monthly from the disbursement, or back from another last day."""
    if due_on is None or add_months(start, terms) == due_on:
        return [add_months(start, number) for number in range(1, terms + 1)]
    return [add_months(due_on, number - terms) for number in range(1, terms + 1)]


@dataclass
class Life:
    """A loan lived through: what is owed, and what was paid on each part."""

    method: str
    principal: int
    rate: Decimal
    terms: int
    start: date
    due_on: date | None
    until: date
    penalty_rate: Decimal
    accelerated_on: date | None = None
    fee: int = 0
    compounds: bool = False
    turn: date | None = None
    year: int | None = 365
    """Days of a year; None where each year has its own 365 or 366."""
    undue: int = 0
    overdue: int = 0
    fees: int = 0
    charged: int = 0
    running: Fraction = Fraction(0)
    penalty: Fraction = Fraction(0)
    compound: Fraction = Fraction(0)
    waiting: int = 0
    over: int = 0
    matured: bool = False
    next: int = 0
    paid: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    dues: list[tuple[date, int]] = field(default_factory=list)
    products: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})

    def live(self, payments: Iterable[tuple[date, int]]) -> dict[str, Any]:
        """Go from the first day to the last, and say what stands."""
        self.undue, events, money = self.principal, self._events(), _without_reversals(payments, self.start, self.until)
        day = min([self.start, *events])
        while True:
            for what in sorted(events[day]):
                self._fall_due(what, day) if what < self.terms else self._mature(day)
                if self.waiting:
                    kept, self.waiting = self.waiting, 0
                    self._set_off(kept)
            self._set_off(money.get(day, 0))
            if day >= self.until:
                return self._close()
            if day >= self.start:
                self._pass(day)
            day += A_DAY

    def _events(self) -> defaultdict[date, list[int]]:
        events: defaultdict[date, list[int]] = defaultdict(list)
        if self.method in INSTALMENTS:
            for number, day in enumerate(due_days(self.start, self.due_on, self.terms)):
                events[day].append(number)
        elif self.due_on is not None:
            events[self.due_on].append(self.terms)
        if self.accelerated_on is not None:
            last = max(self.accelerated_on, self.start)
            for day in [day for day in events if day > last]:
                del events[day]
            events[last].append(self.terms)
        return events

    def _pass(self, day: date) -> None:
        year = self.year or (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
        if self.compounds and (self.method in INSTALMENTS or self.matured):
            self.compound += Fraction(self.charged - self.paid["interest"]) * Fraction(self.penalty_rate) / year
        self.running += Fraction(self.undue) * Fraction(self.rate) / year
        self.penalty += Fraction(self.overdue) * Fraction(self.penalty_rate) / year
        self.products[self.turn is None or day >= self.turn] += self.undue + self.overdue

    def _instalment(self, number: int) -> tuple[int, int]:
        rows = plan(self.method, self.principal, self.rate, self.terms)
        interest = half_up(Fraction(self.undue) * Fraction(self.rate) / 12)
        return (self.undue if number >= self.terms - 1 else min(rows[number][0], self.undue)), interest

    def _fall_due(self, number: int, day: date) -> None:
        principal, interest = self._instalment(number)
        self.fees += self.fee if self.undue else 0
        self.dues.append((day, principal + interest))
        self.undue, self.overdue, self.charged = (
            self.undue - principal,
            self.overdue + principal,
            self.charged + interest,
        )
        self.running, self.next = Fraction(0), number + 1

    def _mature(self, day: date) -> None:
        if self.matured:
            return
        interest = half_up(self.running)
        self.dues.append((day, self.undue + interest))
        self.charged, self.matured, self.running = self.charged + interest, True, Fraction(0)
        self.overdue, self.undue = self.overdue + self.undue, 0

    def _owed(self) -> dict[str, int]:
        charged = self.charged if self.method in INSTALMENTS or self.matured else half_up(self.running)
        return {
            "fees": self.fees,
            "interest": charged - self.paid["interest"],
            "compound": half_up(self.compound) - self.paid["compound"],
            "penalty": half_up(self.penalty) - self.paid["penalty"],
            "principal": self.overdue,
        }

    def _set_off(self, money: int) -> None:
        """Costs, interest, principal (Art. 561); the rest waits for the next instalment, or repays what is not due."""
        if not money:
            return
        for part, owed in self._owed().items():
            used = max(0, min(owed, money))
            self.paid[part] += used
            money -= used
            self.fees -= used if part == "fees" else 0
            self.overdue -= used if part == "principal" else 0
        if not money:
            return
        kept = 0
        if self.waiting + money >= self.undue:
            kept, self.waiting = -self.waiting, 0
        elif self.method in INSTALMENTS:
            kept = max(0, min(money, sum(self._instalment(self.next)) + self.fee - self.waiting))
            self.waiting += kept
        ahead = min(money - kept, self.undue)
        self.undue, self.over = self.undue - ahead, self.over + money - kept - ahead

    def _close(self) -> dict[str, Any]:
        used = min(self.waiting, self.undue)
        owed, settled, since = self._owed(), self.paid["principal"] + self.paid["interest"], None
        for day, amount in self.dues:
            settled -= amount
            if settled < 0:
                since = max(day, self.start)
                break
        if self.method == "bullet" and not self.matured:
            owed["interest"] = 0
        return {
            **owed,
            "overdue": self.overdue,
            "undue": self.undue - used,
            "overpaid": self.over + self.waiting - used,
            "charges_paid": sum(self.paid[part] for part in PARTS[:-1]),
            "products": (self.products[False], self.products[True]),
            "unpaid_since": since,
        }


def _without_reversals(payments: Iterable[tuple[date, int]], start: date, until: date) -> dict[date, int]:
    """Money by day; a reversal strikes out the latest payment of its amount by its day, or else nothing."""
    listed = list(payments)
    standing = [one for one in listed if one[1] > 0]
    for day, amount in sorted(one for one in listed if one[1] < 0):
        undone = [one for one in standing if one[1] == -amount and one[0] <= day]
        if undone:
            standing.remove(max(undone))
    found: defaultdict[date, int] = defaultdict(int)
    for day, amount in standing:
        if day <= until:
            found[max(day, start)] += amount
    return dict(found)


def limitation_end(start: date, events: Iterable[tuple[date, date, bool]]) -> date:
    """The last day of three years from `start`, each day looked at: did something on it make them run anew?

    An event is the day from which it counts, the day that must lie within the period, and whether it counts after it.
    Nothing carries the end past twenty years.
    """
    by_day: defaultdict[date, list[tuple[date, bool]]] = defaultdict(list)
    for day, since, revives in events:
        by_day[day].append((since, revives))
    end, day = _working(_years_on(start, 3)), start
    while by_day and day < max(by_day):
        day += A_DAY
        if any(revives or since <= end for since, revives in by_day.get(day, ())):
            end = _working(_years_on(day, 3))
    return min(end, _working(_years_on(start, 20)))


def _years_on(day: date, years: int) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + years, 2, 28) if leap_day and (day.year + years) % 4 else day.replace(year=day.year + years)


def _working(day: date) -> date:
    return working_day_from(day).day


def court_fee(claim: Decimal) -> Decimal:
    """Art. 13 of Order 481 by the quick form that courts publish, in yuan."""
    for up_to, rate, more in _QUICK:
        if up_to is None or claim <= up_to:
            return (claim * rate + more).quantize(Decimal("0.01"), ROUND_HALF_UP) if rate else Decimal("50.00")
    raise ValueError(claim)


_QUICK: Sequence[tuple[int | None, Decimal, int]] = (
    (10_000, Decimal(0), 50),
    (100_000, Decimal("0.025"), -200),
    (200_000, Decimal("0.02"), 300),
    (500_000, Decimal("0.015"), 1_300),
    (1_000_000, Decimal("0.01"), 3_800),
    (2_000_000, Decimal("0.009"), 4_800),
    (5_000_000, Decimal("0.008"), 6_800),
    (10_000_000, Decimal("0.007"), 11_800),
    (20_000_000, Decimal("0.006"), 21_800),
    (None, Decimal("0.005"), 41_800),
)
