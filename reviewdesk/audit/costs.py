"""What a loan costs in all a year: what was received against all instalments and fees."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from reviewdesk.audit.facts import CaseFacts, rate_of
from reviewdesk.audit.interest import (
    MONTHS,
    SCALE,
    YEAR,
    basis_of,
    divide_half_up,
    interest_up_to,
    rate_by_days,
    scaled,
)
from reviewdesk.audit.schedule import (
    BULLET,
    BY_INSTALMENTS,
    EQUAL_PRINCIPAL,
    ON_DEMAND,
    level_cost,
    monthly_cost,
    schedule,
    single_cost,
)
from reviewdesk.money import Fen

_PLACES = Decimal("0.0001")
_CREDIBLE = 10


def all_in_cost(case: CaseFacts, basis: int) -> Decimal | None:
    """What the loan costs in all a year, worked out once a case; None where no rate can be told.

    Of instalments it is 12 times the monthly internal rate of return; of one payment at the end the simple rate. Days
    are counted by the contract's `basis`, and the cost by a year of 365.
    """
    if "cost" not in case.memo:
        principal, rate, cost = case.principal, case.annual_rate, None
        if principal and rate is not None and (case.terms or case.repayment_method not in BY_INSTALMENTS):
            cost = _all_in_cost(case, principal, rate, basis)
        case.memo["cost"] = cost
    found: Decimal | None = case.memo["cost"]
    return found


def has_extra_cost(case: CaseFacts) -> bool:
    """Whether a loan costs more than its rate: fees or premiums, or less paid out than was lent."""
    return bool(_received(case) != case.principal or _fees(case) or case.monthly_fee)


@lru_cache(maxsize=4096)
def effective(cost: Decimal) -> Decimal | None:
    """A cost of monthly payments by the other convention, with interest on interest: (1 + a twelfth)^12 − 1.

    None of costs that can only come from mistyped figures.
    """
    if not 0 <= cost <= _CREDIBLE:
        return None
    return ((1 + cost / MONTHS) ** MONTHS - 1).quantize(_PLACES, ROUND_HALF_UP)


def cost_of(facts: Mapping[str, Any]) -> Decimal | None:
    """As `all_in_cost`, of the stored facts of a case."""
    principal, rate = facts.get("principal"), facts.get("annual_rate")
    if not principal or rate is None:
        return None
    lent = facts.get("disbursed_amount")
    less = lent is not None and lent < principal
    if less or any((facts.get(name) or 0) > 0 for name in ("monthly_fee", "fees_due", "premium_due")):
        case = CaseFacts.of(facts)
        return all_in_cost(case, basis_of(case.day_count, YEAR))
    return rate_of(rate)


class Average:
    """An average of costs, weighed by principal."""

    __slots__ = ("principal", "weighed")

    def __init__(self) -> None:
        self.principal, self.weighed = 0, Decimal(0)

    def add(self, principal: int, cost: Decimal | None) -> None:
        """Count loans of a principal in all; those whose cost cannot be told do not count."""
        if principal and cost is not None:
            self.principal += principal
            self.weighed += principal * cost

    @property
    def cost(self) -> Decimal | None:
        """The average, to four places; None where nothing was counted."""
        return (self.weighed / self.principal).quantize(_PLACES, ROUND_HALF_UP) if self.principal else None


def _all_in_cost(case: CaseFacts, principal: Fen, rate: Decimal, basis: int) -> Decimal | None:
    received, fees = _received(case) or principal, _fees(case)
    if case.repayment_method == ON_DEMAND:
        # Interest runs by the day on what is drawn: without fees or deductions the cost is the rate.
        return _rounded(rate_by_days(rate, basis)) if received == principal and not fees else None
    if case.repayment_method == BULLET:
        if case.disbursed_on is None or case.due_on is None:
            return None
        days = (case.due_on - case.disbursed_on).days
        repaid = principal + interest_up_to(principal, rate, days, case.due_on, basis) + fees
        return single_cost(received, repaid, days)
    terms = case.terms or 0
    if received == principal and not fees and not case.monthly_fee:
        # Twelve times the monthly rate of return of the bare schedule is the contract rate itself.
        return _rounded(rate)
    fee = case.monthly_fee if case.monthly_fee is not None else divide_half_up(fees, terms)
    plan = schedule(case.repayment_method or "", principal, rate, terms)
    if case.repayment_method == EQUAL_PRINCIPAL:
        return monthly_cost(received, [payment + fee for payment in plan.payments])
    payment = plan.principals[0] + plan.interests[0]
    return level_cost(received, payment + fee, terms, plan.principals[-1] + plan.interests[-1] - payment)


def _received(case: CaseFacts) -> Fen | None:
    if case.principal is None or case.disbursed_amount is None:
        return case.principal
    return min(case.principal, case.disbursed_amount)


def _fees(case: CaseFacts) -> int:
    """Fees and premiums that are owed; what third parties charge counts like what the lender charges."""
    return max(0, case.fees_due or 0) + max(0, case.premium_due or 0)


def _rounded(rate: Decimal) -> Decimal:
    return Decimal(divide_half_up(scaled(rate) * 10000, SCALE)).scaleb(-4)
