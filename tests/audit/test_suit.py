"""The sums of a suit over several loans, and the court fee on them."""

from datetime import date
from decimal import Decimal

import pytest

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.policy import BUILT_IN, load_policy
from reviewdesk.audit.rules import Rules, rules_on
from reviewdesk.audit.statement import ClaimStatement, statement_of
from reviewdesk.audit.suit import SuitLoan, suit_fees, suit_statement
from reviewdesk.money import Fen, fen
from tests.review.test_statements import FACTS

NO_LEDGER = {
    "lender_kind": "consumer_finance",
    "contract_date": "2025-03-01",
    "disbursed_on": "2025-03-01",
    "principal": fen("40000"),
    "annual_rate": "0.24",
    "outstanding_principal": fen("30000"),
    "last_paid_on": "2026-03-15",
    "calculated_to": "2026-11-23",
    "interest_due": fen("4000"),
    "penalty_due": fen("2500"),
}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return rules_on(load_policy(BUILT_IN), date(2026, 11, 23))


def loan(rules: Rules, facts: dict[str, object], number: str) -> SuitLoan:
    made = statement_of(CaseFacts.of(facts), rules)
    assert isinstance(made, ClaimStatement)
    return SuitLoan(number, f"HT-{number}", None, None, made)


def test_the_sums_are_those_of_the_loans_and_the_fee_that_of_the_sum(rules: Rules) -> None:
    """By hand: 8,865.44 + 34,990.68 = 43,856.12; 50 + 33,856.12 × 2.5 % = 896.40, halved 448.20."""
    made = suit_statement([loan(rules, FACTS, "1"), loan(rules, NO_LEDGER, "2")], rules)
    assert made.sums.claimable == fen("8865.44") + fen("34990.68")
    assert made.sums.excess == fen("1509.32") + fen("0.77")
    assert made.sums.principal == fen("8312.32") + fen("30000")
    assert made.sums.total == made.sums.principal + made.sums.charges
    full = 50 + (Decimal("43856.12") - 10_000) * Decimal("0.025")
    assert made.fees.full == fen(str(full.quantize(Decimal("0.01"))))
    assert (made.fees.halved, made.fees.apart) == (fen("448.20"), fen("25.00") + fen("337.39"))
    assert made.parts == ()
    assert made.dates == [date(2024, 8, 20), date(2026, 11, 23)]


def test_parts_are_added_up_where_every_loan_has_a_ledger(rules: Rules) -> None:
    one = loan(rules, FACTS, "1")
    made = suit_statement([one, loan(rules, {**FACTS, "penalty_due": None}, "2")], rules)
    by_kind = {part.kind: part for part in made.parts}
    assert by_kind["interest"].stands == 2 * next(p.stands for p in one.made.parts if p.kind == "interest")
    assert by_kind["penalty"].claimed == fen("78.47")
    assert by_kind["compound"].claimed is None


def test_one_suit_may_cost_more_or_less_than_several(rules: Rules) -> None:
    """Small claims pay 50 each, so one suit over them is cheaper; above 10,000 each part is charged by its bracket."""
    small = suit_fees([fen("5000")] * 2, rules)
    assert (small.halved, small.apart) == (fen("25.00"), fen("50.00"))
    large = suit_fees([fen("10000"), fen("20000")], rules)
    assert (large.halved, large.apart) == (fen("275.00"), fen("175.00"))
    assert suit_fees([Fen(0)], rules)[:3] == (0, 0, 0)
