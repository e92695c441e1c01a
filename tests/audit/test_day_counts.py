"""The year by which a contract counts days: 365, 360, or each year's own.

By hand, 36,500 bears 3,650 a year at 10 %.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.costs import all_in_cost
from reviewdesk.audit.interest import ACTUAL, length
from reviewdesk.audit.statement import ClaimStatement, statement_of
from reviewdesk.money import Fen, yuan
from tests.audit.cases import a_case, said
from tests.audit.test_ledger_checks import RULES

LOAN: dict[str, Any] = {
    "contract_date": "2023-12-01",
    "disbursed_on": "2023-12-01",
    "due_on": "2024-03-01",
    "principal_yuan": "36500",
    "disbursed_amount_yuan": "36500",
    "annual_rate": "0.10",
    "penalty_rate": "0.15",
    "repayment_method": "bullet",
    "terms": 3,
    "terms_paid": 0,
    "outstanding_principal_yuan": "36500",
    "paid_total": 0,
    "last_paid_on": None,
    "repayments": [],
    "calculated_to": "2024-05-01",
}

BY_HAND = [
    # 91 days to 1 March: 3,650 × 91 ÷ 365. Penalty at 15 % from then, 61 days: 5,475 × 61 ÷ 365.
    (None, "910.00", "915.00"),
    ("365", "910.00", "915.00"),
    # 3,650 × 91 ÷ 360 = 922.638…; 5,475 × 61 ÷ 360 = 927.708…
    ("360", "922.64", "927.71"),
    # 31 days of 2023: 310.00; 60 of 2024: 3,650 × 60 ÷ 366 = 598.360…; 5,475 × 61 ÷ 366 = 912.50.
    ("actual", "908.36", "912.50"),
]


@pytest.mark.parametrize(("stated", "interest", "penalty"), BY_HAND)
def test_interest_and_penalty_by_each_year(stated: str | None, interest: str, penalty: str) -> None:
    ledger = ledger_of(a_case(**LOAN, day_count=stated), RULES)
    assert isinstance(ledger, Ledger)
    assert (yuan(Fen(ledger.balance.interest)), yuan(Fen(ledger.balance.penalty))) == (interest, penalty)
    # The cap counts days over 365 whatever the contract says: 36,500 at 24 % for 152 days.
    assert yuan(ledger.cap_amount) == "3648.00"


def test_the_statement_ends_a_line_where_a_leap_year_begins() -> None:
    made = statement_of(a_case(**LOAN, day_count="actual"), RULES)
    assert isinstance(made, ClaimStatement)
    told = [(line.kind, line.start.isoformat(), line.days, yuan(line.amount)) for line in made.lines]
    assert told == [
        ("interest", "2023-12-01", 31, "310.00"),
        ("interest", "2024-01-01", 60, "598.36"),
        ("penalty", "2024-03-01", 61, "912.50"),
    ]
    assert made.basis is None


def test_a_line_of_common_years_goes_on_over_new_year() -> None:
    facts = LOAN | {"disbursed_on": "2021-12-01", "contract_date": "2021-12-01", "due_on": "2022-03-01"}
    made = statement_of(a_case(**facts | {"calculated_to": "2022-03-01"}, day_count="actual"), RULES)
    assert isinstance(made, ClaimStatement)
    assert [(line.days, yuan(line.amount)) for line in made.lines] == [(90, "900.00")]


@given(st.dates(date(1890, 1, 1), date(2110, 1, 1)), st.integers(0, 3000))
def test_parts_of_a_year_add_up_day_by_day(start: date, days: int) -> None:
    first = start.toordinal()
    by_day = Fraction(0)
    for day in range(first, first + days):
        year = date.fromordinal(day).year
        by_day += Fraction(1, (date(year + 1, 1, 1) - date(year, 1, 1)).days)
    assert Fraction(length(first, first + days, ACTUAL), ACTUAL) == by_day


WITHOUT = {name: value for name, value in LOAN.items() if name not in ("repayments", "terms_paid", "penalty_rate")} | {
    "repayment_method": "on_demand",
    "calculated_to": "2024-03-01",
    "terms_paid": None,
}

SAID = [
    # With 365 days 910.00 and the tolerance of 10.00 are allowed, with 360 days 922.64.
    ("claim.interest", {"interest_due_yuan": "922.64"}, "warn", "bankers_year"),
    ("claim.interest", {"interest_due_yuan": "922.64", "day_count": "365"}, "fail", "above"),
    ("claim.interest", {"interest_due_yuan": "922.64", "day_count": "360"}, "pass", "within"),
    ("claim.interest", {"interest_due_yuan": "932.65", "day_count": "360"}, "fail", "above"),
    ("claim.interest", {"interest_due_yuan": "918.37", "day_count": "actual"}, "fail", "above"),
    ("claim.interest", {"interest_due_yuan": "918.36", "day_count": "actual"}, "pass", "within"),
    # 24 % ÷ 360 × 365 = 24.33 %; 23.67 % comes to 23.998…
    ("rate.contract_cap", {"annual_rate": "0.24", "day_count": "360"}, "warn", "above_by_days"),
    ("rate.contract_cap", {"annual_rate": "0.2367", "day_count": "360"}, "pass", "within"),
    ("rate.contract_cap", {"annual_rate": "0.24", "day_count": "365"}, "pass", "within"),
    # The instalments of months have a twelfth of the year, however its days are counted.
    (
        "rate.contract_cap",
        {"annual_rate": "0.24", "day_count": "360", "repayment_method": "equal_principal"},
        "pass",
        "",
    ),
]


@pytest.mark.parametrize(("check", "changes", "outcome", "reason"), SAID)
def test_what_the_checks_say(check: str, changes: dict[str, Any], outcome: str, reason: str) -> None:
    found = said(a_case(**{**WITHOUT, **changes}), check)
    assert found["outcome"] == outcome
    assert found["reason"] == (reason or found["reason"])


def test_a_cost_is_counted_by_a_year_of_365() -> None:
    case = a_case(**LOAN | {"annual_rate": "0.24"}, day_count="360")
    assert all_in_cost(case, 360) == Decimal("0.2433")
    assert said(case, "rate.all_in_cost")["reason"] == "above"
