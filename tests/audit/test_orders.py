"""A debt under one order of set-off beside another, with amounts worked by hand.

Vector B stands at principal 8,312.32, interest 475.42 (440.25 of three instalments, 35.17 since) and penalty 78.47; a
payment of 500 on the calculation date is set off in three ways.
"""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.loan import LEGAL_ORDER
from reviewdesk.audit.orders import Ordered, orders_of
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.rules import Rules
from reviewdesk.money import fen
from tests.audit.test_ledger_checks import (
    AMOUNT,
    FOUR,
    KIND,
    METHOD,
    PAYMENTS,
    RULES,
    _drawn,
    a_ledger_case,
    rows,
)

LAST: dict[str, Any] = {"row": 9, "paid_on": "2024-08-20", "amount": fen("500")}


def by_kind(*last: dict[str, Any], rules: Rules = RULES) -> dict[str, Ordered]:
    case = a_ledger_case(repayments=[*rows(*FOUR), *last])
    return {one.kind: one for one in orders_of(case, rules)}


def stands(one: Ordered) -> tuple[int, ...]:
    return one.principal, one.interest, one.penalty


def test_by_law_the_payment_goes_to_interest_then_penalty() -> None:
    """500 - 475.42 = 24.58, and 78.47 - 24.58 = 53.89."""
    legal = by_kind(LAST)["legal"]
    assert stands(legal) == (fen("8312.32"), 0, fen("53.89"))
    assert legal.taken
    assert legal.total == fen("8366.21")


def test_with_the_principal_first_it_goes_to_what_is_due_of_it() -> None:
    first = by_kind(LAST)["principal_first"]
    assert stands(first) == (fen("7812.32"), fen("475.42"), fen("78.47"))
    assert not first.taken


def test_as_the_sheet_allocates_each_part_counts_up_to_what_was_owed() -> None:
    """400 to the principal; of 100 to the penalty 78.47 were owed; the other 21.53 go to interest by law."""
    found = by_kind({**LAST, "principal": fen("400"), "penalty": fen("100")})
    assert list(found) == ["legal", "sheet"]
    assert found["sheet"].order is None
    assert stands(found["sheet"]) == (fen("7912.32"), fen("453.89"), 0)


def test_a_sheet_that_takes_money_back_is_not_followed() -> None:
    back = {"row": 10, "paid_on": "2024-08-19", "amount": -fen("500"), "principal": -fen("500")}
    assert list(by_kind(LAST, back)) == ["legal", "principal_first"]


def test_the_policys_own_order_is_shown_beside_the_laws() -> None:
    order = ("fees", "penalty", "interest", "compound", "principal")
    policy = load_policy()
    own = policy.model_copy(update={"set_off": policy.set_off.model_copy(update={"order": order})})
    found = by_kind(LAST, rules=Rules(own, date(2026, 11, 23)))
    assert list(found) == ["legal", "policy", "principal_first"]
    assert stands(found["policy"]) == (fen("8312.32"), fen("53.89"), 0)
    assert [one.taken for one in found.values()] == [False, True, False]


def test_without_a_ledger_there_is_nothing_to_compare() -> None:
    assert orders_of(a_ledger_case(repayments=None), RULES) == ()


@given(KIND, METHOD, PAYMENTS, st.tuples(AMOUNT, AMOUNT, AMOUNT), st.lists(AMOUNT, min_size=4, max_size=4))
@settings(max_examples=100, deadline=None)
def test_each_order_adds_up_and_one_is_taken(
    kind: str, method: str, payments: list[tuple[str, int]], claimed: tuple[int, int, int], parts: list[int]
) -> None:
    case = _drawn(kind, method, payments, claimed, "2024-01-10")
    for row in case.facts["repayments"]:
        row.update(zip(("principal", "interest", "penalty", "fees"), parts, strict=True))
    found = orders_of(case, RULES)
    assert sum(one.taken for one in found) == 1
    for one in found:
        assert one.total == one.principal + one.interest + one.compound + one.penalty + one.fees
        assert min(one[3:11]) >= 0
        assert one.order is None or sorted(one.order) == sorted(LEGAL_ORDER)
