"""The replay of plain loans in instalments, for batches of many thousands.

`Book` is how a loan is replayed; this gives the same balance at a third of its cost, and keeps no account of how.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reviewdesk.audit.interest import ACTUAL, month_fraction
from reviewdesk.audit.loan import ACCELERATED, LEGAL_ORDER, Balance, Loan, daily_rate, rounded, stops_of
from reviewdesk.audit.schedule import BY_INSTALMENTS, schedule


def has_plain_instalments(loan: Loan) -> bool:
    """Whether a loan can be replayed by `balance_of_instalments`: what nearly every consumer loan is."""
    return (
        loan.method in BY_INSTALMENTS
        and loan.turn is None
        and loan.basis != ACTUAL
        and not loan.compounds
        and not loan.costs
        and loan.order == LEGAL_ORDER
        and loan.principal > 0
    )


def balance_of_instalments(loan: Loan, payments: Sequence[tuple[int, int]]) -> Balance:
    """What a `Book` of this loan would show at the calculation date, worked out in one loop for speed.

    Only for loans of which `has_plain_instalments` holds; `payments` as `in_order` gives them. Money is either a
    payment, or what waited for the instalment that fell due; both are set off alike.
    """
    principals, stops = schedule(loan.method, loan.principal, loan.rate, loan.terms).principals, stops_of(loan)
    numerator, denominator = month_fraction(loan.rate)
    doubled, divisor, last, instalment_fee = 2 * numerator, 2 * denominator, len(principals) - 1, loan.monthly_fee
    penalty_daily = daily_rate(loan.penalty_rate, loan.basis)
    day, end = loan.disbursed_on.toordinal(), loan.calculated_to.toordinal()
    undue, overdue, charged, fees, waiting, over, expected = loan.principal, 0, 0, 0, 0, 0, 0
    fees_paid = interest_paid = penalty_paid = principal_paid = 0
    undue_product = penalty_product = product = 0
    dues: list[tuple[int, int]] = []
    place, at, what = 0, stops[0][0], stops[0][1]
    for paid_on, amount in (*payments, (end, 0)):
        paying = False
        while not paying:
            paying = at > paid_on
            until = paid_on if paying else at
            if until > day:
                days = until - day
                undue_product += undue * days
                penalty_product += overdue * days
                product += (undue + overdue) * days
                day = until
            if paying:
                money = amount
            else:
                if what == ACCELERATED:
                    principal, interest = undue, rounded(undue_product, daily_rate(loan.rate, loan.basis))
                else:
                    interest = (undue * doubled + denominator) // divisor
                    principal = undue if what >= last or principals[what] > undue else principals[what]
                    if undue:
                        fees += instalment_fee
                    expected = what + 1
                dues.append((day, principal + interest))
                undue -= principal
                overdue += principal
                charged += interest
                undue_product = 0
                place += 1
                at, what = stops[place]
                money, waiting = waiting, 0
            if not money:
                continue
            if fees > 0:
                used = fees if fees < money else money
                fees -= used
                fees_paid += used
                money -= used
            part = charged - interest_paid
            if part > 0 and money:
                used = part if part < money else money
                interest_paid += used
                money -= used
            if penalty_product and money:
                part = rounded(penalty_product, penalty_daily) - penalty_paid
                if part > 0:
                    used = part if part < money else money
                    penalty_paid += used
                    money -= used
            if overdue and money:
                used = overdue if overdue < money else money
                overdue -= used
                principal_paid += used
                money -= used
            if money:
                kept = 0
                if waiting + money >= undue:
                    kept, waiting = -waiting, 0
                else:
                    interest = (undue * doubled + denominator) // divisor
                    principal = undue if expected >= last or principals[expected] > undue else principals[expected]
                    asked = principal + interest + instalment_fee - waiting
                    if asked > 0:
                        kept = asked if asked < money else money
                        waiting += kept
                ahead = money - kept
                if ahead > undue:
                    ahead = undue
                undue -= ahead
                over += money - kept - ahead
    used = waiting if waiting < undue else undue
    penalty = rounded(penalty_product, penalty_daily) - penalty_paid if penalty_product else 0
    settled, unpaid_since = principal_paid + interest_paid, None
    for due_on, due in dues:
        settled -= due
        if settled < 0:
            unpaid_since = date.fromordinal(due_on)
            break
    return Balance(
        overdue,
        undue - used,
        charged - interest_paid,
        0,
        penalty,
        fees,
        over + waiting - used,
        fees_paid + interest_paid + penalty_paid,
        0,
        product,
        unpaid_since,
    )
