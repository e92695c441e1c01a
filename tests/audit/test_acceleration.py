"""From which day the whole principal is due, and since when penalty runs on it: by notice, and by the suit itself.

Vector B of the domain: 12,000 at 24 % in twelve instalments, lent on 10 January 2024, four of them paid. Unpaid are
968.47 (due 10 June), 987.84 (10 July), 1,007.60 (10 August), 1,027.75 (10 September), and 4,320.66 after it.
"""

from typing import Any

import pytest

from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.money import Fen, yuan
from tests.audit.cases import a_case, said
from tests.audit.test_law_vectors import RUNNING
from tests.audit.test_ledger_checks import RULES, a_ledger_case

TO = {"calculated_to": "2024-09-20"}

DUE_FROM = [
    # Declared on 20 August: 10 days at 5,348.41 are 35.17 beside 440.25. Penalty on 968.47 × 102 + 987.84 × 72 +
    # 1,007.60 × 41 + 5,348.41 × 31 days: 377,020.73 × 24 % ÷ 365.
    ({}, "475.42", "247.90"),
    # The notice arrived on 27 August: 17 days are 59.78; 5,348.41 bears penalty for 24 days, in all 339,581.86.
    ({"acceleration_arrived_on": "2024-08-27"}, "500.03", "223.29"),
    ({"acceleration_arrived_on": "2024-08-27", "accelerated_by": "by_notice"}, "500.03", "223.29"),
    ({"acceleration_arrived_on": "2024-08-27", "accelerated_on": None}, "500.03", "223.29"),
    # A notice that arrived before the day that it names: the day counts.
    ({"acceleration_arrived_on": "2024-08-15"}, "475.42", "247.90"),
    # By the suit, whose complaint was served on 27 August.
    ({"acceleration_arrived_on": "2024-08-27", "accelerated_by": "by_suit"}, "500.03", "223.29"),
    # By a suit that is not served yet: the eighth instalment fell due on 10 September with 106.97; it bears penalty
    # for 10 days and what is not due none: 221,497.52.
    ({"accelerated_by": "by_suit"}, "547.22", "145.64"),
    ({"accelerated_by": "by_suit", "accelerated_on": None}, "547.22", "145.64"),
]


@pytest.mark.parametrize(("changes", "interest", "penalty"), DUE_FROM)
def test_from_when_all_is_due(changes: dict[str, Any], interest: str, penalty: str) -> None:
    ledger = ledger_of(a_ledger_case(**TO | changes), RULES)
    assert isinstance(ledger, Ledger)
    balance = ledger.balance
    assert (yuan(Fen(balance.interest)), yuan(Fen(balance.penalty))) == (interest, penalty)
    assert yuan(balance.principal) == "8312.32"


SAID = [
    ({}, "fail", "not_declared"),
    ({"accelerated_by": "by_suit"}, "pass", "by_suit"),
    ({"accelerated_by": "by_suit", "accelerated_on": "2026-12-01"}, "pass", "by_suit"),
    ({"accelerated_on": "2026-10-10", "acceleration_arrived_on": "2026-10-12"}, "pass", "arrived"),
    ({"acceleration_arrived_on": "2026-10-12"}, "pass", "arrived"),
    ({"accelerated_on": "2026-10-10", "acceleration_arrived_on": "2026-11-24"}, "fail", "arrives_later"),
    (
        {"acceleration_arrived_on": "2026-10-12", "evidence_acceleration": False},
        "fail",
        "no_proof_of_arrival",
    ),
    ({"accelerated_on": "2026-10-10", "evidence_acceleration": True}, "pass", "noticed"),
]


@pytest.mark.parametrize(("changes", "outcome", "reason"), SAID)
def test_what_is_said_of_it(changes: dict[str, Any], outcome: str, reason: str) -> None:
    found = said(a_case(**RUNNING | {"last_demand_on": None} | changes), "default.acceleration")
    assert (found["outcome"], found["reason"]) == (outcome, reason)


def test_penalty_on_what_is_not_due_before_the_complaint_is_served() -> None:
    """172.69 on the four instalments from their days, and not 639.67 on all from 10 August 2026."""
    facts: dict[str, Any] = RUNNING | {"penalty_due_yuan": "600", "accelerated_on": "2026-08-10"}
    assert said(a_case(**facts), "claim.penalty")["outcome"] == "pass"
    by_suit = said(a_case(**facts, accelerated_by="by_suit"), "claim.penalty")
    assert (by_suit["reason"], by_suit["computed"]["allowed"]) == ("above_by_schedule", "172.69")


@pytest.mark.parametrize(
    ("changes", "runs_from"),
    [
        ({"accelerated_on": "2025-12-01"}, "2025-12-01"),
        ({"accelerated_on": "2025-12-01", "acceleration_arrived_on": "2025-12-20"}, "2025-12-20"),
        ({"accelerated_on": "2025-12-01", "accelerated_by": "by_suit"}, "2027-06-10"),
    ],
)
def test_limitation_runs_from_when_all_was_due(changes: dict[str, Any], runs_from: str) -> None:
    alone: dict[str, Any] = {"due_on": "2027-06-10", "last_paid_on": None, "last_demand_on": None}
    assert said(a_case(**alone, **changes), "limitation.expired")["computed"]["runs_from"] == runs_from


def test_no_notice_is_asked_of_who_accelerates_by_the_suit() -> None:
    facts: dict[str, Any] = {"accelerated_on": "2026-10-10", "evidence_acceleration": False}
    assert said(a_case(**facts), "evidence.required")["outcome"] == "fail"
    assert said(a_case(**facts, accelerated_by="by_suit"), "evidence.required")["outcome"] == "pass"
