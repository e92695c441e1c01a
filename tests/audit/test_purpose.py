"""Money that was not the lender's own to lend, or not used for what it was lent for."""

from typing import Any

import pytest

from tests.audit.cases import a_case, said

SAID: list[tuple[str, dict[str, Any], str, str]] = [
    ("standing.relent", {}, "not_applicable", "not_stated"),
    ("standing.relent", {"relent": False}, "pass", "own"),
    ("standing.relent", {"relent": True, "lender_kind": "private"}, "fail", "void"),
    ("standing.relent", {"relent": True}, "not_applicable", "financial"),
    ("standing.relent", {"relent": True, "lender_kind": None}, "missing", "lacking"),
    ("default.misuse", {}, "not_applicable", "not_stated"),
    ("default.misuse", {"misused": False}, "pass", "as_agreed"),
    ("default.misuse", {"misused": True}, "missing", "lacking"),
    ("default.misuse", {"misused": True, "misuse_proof": True}, "pass", "proved"),
    ("default.misuse", {"misused": True, "misuse_proof": False}, "warn", "no_proof"),
]


@pytest.mark.parametrize(("check", "changes", "outcome", "reason"), SAID)
def test_what_is_said(check: str, changes: dict[str, Any], outcome: str, reason: str) -> None:
    found = said(a_case(**changes), check)
    assert (found["outcome"], found["reason"]) == (outcome, reason)


UPLIFT = [
    # 8,235.72 for 378 days at 18 % × 1.5: 2,302.84; × 2: 3,070.46.
    ({}, "2302.84", "0.27"),
    ({"misused": True}, "2302.84", "0.27"),
    ({"misused": True, "misuse_proof": False}, "2302.84", "0.27"),
    ({"misused": False, "misuse_proof": True}, "2302.84", "0.27"),
    ({"misused": True, "misuse_proof": True}, "3070.46", "0.36"),
]


@pytest.mark.parametrize(("changes", "allowed", "rate"), UPLIFT)
def test_proved_misuse_doubles_the_rate_of_a_financial_lender(changes: dict[str, Any], allowed: str, rate: str) -> None:
    facts: dict[str, Any] = {"penalty_rate": "0.40", "terms_paid": None, "penalty_due_yuan": "100"}
    found = said(a_case(**facts, **changes), "claim.penalty")
    assert (found["computed"]["allowed"], found["computed"]["allowed_rate"]) == (allowed, rate)


def test_a_private_lender_charges_what_was_agreed() -> None:
    case = a_case(lender_kind="private", penalty_rate="0.12", misused=True, misuse_proof=True)
    assert said(case, "claim.penalty")["computed"]["allowed_rate"] == "0.12"
