"""The arithmetic against a second, slow way to the same sums, over loans drawn at random but always the same."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import numpy_financial  # type: ignore[import-untyped]
import pytest

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.checks.limitation import limitation_of
from reviewdesk.audit.costs import all_in_cost
from reviewdesk.audit.interest import ACTUAL, BANKERS_YEAR, YEAR
from reviewdesk.audit.ledger import replay
from reviewdesk.audit.loan import Loan
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.reversals import repaid
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.schedule import schedule
from reviewdesk.money import fen, yuan
from tests.audit.cases import AS_OF, a_case
from tests.audit.oracle import INSTALMENTS, Life, court_fee, limitation_end, plan

METHODS = (*INSTALMENTS, "bullet", "on_demand")
TURN = date(2020, 8, 20)
RULES = rules_on(load_policy(), AS_OF)
LOANS = 40
"""So many loans of each method are lived through."""


def drawn(random: Random, method: str) -> tuple[Loan, list[tuple[date, int]]]:
    """A loan around 20 August 2020, of some fen or some ten thousand yuan, and its payments and reversals."""
    start = date(2019, 6, 1) + timedelta(days=random.randrange(900))
    terms = random.choice((1, 2, 3, 6, 12, 24))
    whole = add_months(start, terms)
    due_on = random.choice((None, whole, whole + timedelta(days=random.randrange(-20, 200))))
    rate = Decimal(random.choice((0, random.randint(1, 3600)))) / 10000
    principal = random.choice((random.randint(1, 500), random.randint(1000, 3_000_000)))
    until = start + timedelta(days=random.randrange(900))
    loan = Loan(
        method,
        principal,
        rate,
        terms,
        start,
        whole if method == "bullet" and due_on is None else due_on,
        until,
        rate * Decimal("1.5"),
        random.choice((None, None, start + timedelta(days=random.randrange(700)))),
        random.choice((0, 0, 3_000)),
        (),
        random.random() < 0.3,
        TURN if start < TURN < until else None,
        random.choice((YEAR, YEAR, BANKERS_YEAR, ACTUAL)),
    )
    payments = [
        (start + timedelta(days=random.randrange(-3, 900)), random.randint(1, max(2, principal // 3)))
        for _ in range(random.randrange(9))
    ]
    if payments and random.random() < 0.3:
        payments.append((payments[0][0] + timedelta(days=random.randrange(-5, 60)), -payments[0][1]))
    return loan, payments


def made_of(payments: list[tuple[date, int]]) -> list[tuple[int, int]]:
    """The payments that were not taken back, as they are replayed."""
    rows = [
        {"row": n, "paid_on": day.isoformat(), "amount": amount} for n, (day, amount) in enumerate(sorted(payments))
    ]
    return [(date.fromisoformat(row["paid_on"]).toordinal(), row["amount"]) for row in repaid(rows).made]


@pytest.mark.parametrize("method", METHODS)
def test_a_loan_replayed_is_a_loan_lived_through(method: str) -> None:
    random = Random(f"lived through: {method}")
    for _ in range(LOANS):
        loan, payments = drawn(random, method)
        life = Life(
            *loan[:9],
            fee=loan.monthly_fee,
            compounds=loan.compounds,
            turn=loan.turn,
            year=None if loan.basis == ACTUAL else loan.basis,
        )
        lived = life.live(payments)
        balance = replay(loan, made_of(payments))
        assert lived == {
            "fees": balance.fees,
            "interest": balance.interest,
            "compound": balance.compound,
            "penalty": balance.penalty,
            "principal": balance.overdue,
            "overdue": balance.overdue,
            "undue": balance.undue,
            "overpaid": balance.overpaid,
            "charges_paid": balance.charges_paid,
            "products": (balance.product_before, balance.product),
            "unpaid_since": balance.unpaid_since,
        }, (loan, payments)


@pytest.mark.parametrize("method", INSTALMENTS)
def test_a_schedule_is_the_one_of_the_formulas(method: str) -> None:
    random = Random(f"schedules: {method}")
    for _ in range(LOANS):
        principal, terms = random.randint(10_000, 30_000_000), random.choice((1, 3, 6, 12, 24, 36, 60))
        rate = Decimal(random.randint(0, 3600)) / 10000
        made = schedule(method, principal, rate, terms)
        assert tuple(zip(made.principals, made.interests, strict=True)) == plan(method, principal, rate, terms)


@pytest.mark.parametrize("method", INSTALMENTS)
def test_a_cost_is_twelve_times_numpys_rate_of_return(method: str) -> None:
    random = Random(f"costs: {method}")
    for _ in range(LOANS):
        principal, terms = random.randint(100_000, 30_000_000), random.choice((1, 3, 6, 12, 24, 36))
        rate, fee = Decimal(random.randint(1, 3600)) / 10000, random.randint(1, principal // 200)
        received = principal - random.choice((0, random.randint(1, principal // 10)))
        facts = {"principal": principal, "disbursed_amount": received, "annual_rate": str(rate), "monthly_fee": fee}
        cost = all_in_cost(a_case(repayment_method=method, terms=terms, **facts), YEAR)
        flows = [-received, *(sum(row) + fee for row in plan(method, principal, rate, terms))]
        assert cost is not None
        assert float(cost) == pytest.approx(numpy_financial.irr(flows) * 12, abs=0.00006)


def interrupted(random: Random, start: date) -> tuple[dict[str, Any], list[tuple[date, date, bool]]]:
    """Demands, a payment and a suit drawn around a period of limitation: as facts, and as the oracle takes them."""
    facts: dict[str, Any] = {"last_paid_on": None, "last_demand_on": None, "demands": []}
    events: list[tuple[date, date, bool]] = []
    for row in range(random.randrange(4)):
        day, arrived = start + timedelta(days=random.randrange(-200, 2600)), random.random() < 0.6
        facts["demands"].append({"row": row, "on": day.isoformat(), "channel": "sms", "delivered": arrived or None})
        events += [(day, day, False)] if arrived else []
    if random.random() < 0.4:
        day = start + timedelta(days=random.randrange(-300, 2400))
        facts["last_paid_on"] = day.isoformat()
        events.append((day, day, True))
    if random.random() < 0.5:
        filed = start + timedelta(days=random.randrange(2000))
        ended = filed + timedelta(days=random.randrange(1, 900))
        facts |= {"suit_filed_on": filed.isoformat(), "suit_ended_on": ended.isoformat(), "suit_served": True}
        events.append((ended if ended <= AS_OF else filed, filed, False))
    facts["demands"].sort(key=lambda demand: demand["on"])
    return facts, [event for event in events if start < event[0] <= AS_OF]


def test_the_end_of_limitation_is_the_one_found_day_by_day() -> None:
    random = Random("limitation")
    for _ in range(5 * LOANS):
        due = date(2003, 1, 1) + timedelta(days=random.randrange(8600))
        facts, events = interrupted(random, due)
        reading = limitation_of(a_case(due_on=due.isoformat(), first_overdue_on=None, **facts), RULES)
        assert reading is not None
        assert reading.limitation.expiry == limitation_end(due, events), (due, facts)


def test_the_court_fee_is_the_one_of_the_quick_form() -> None:
    random = Random("court fees")
    edges = ["0.01", "10000", "10000.01", "100000", "200000", "500000", "1000000", "2000000", "5000000", "10000000"]
    claims = [*edges, "20000000", *(yuan(random.randint(1, 5_000_000_000)) for _ in range(500))]
    for claim in claims:
        assert yuan(RULES.court_fees.fee(fen(claim))) == str(court_fee(Decimal(claim))), claim
