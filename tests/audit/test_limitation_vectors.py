"""The longest period of protection, and suits that ended before: what interrupts, and what may not be sued for again.

The periods are counted by hand with a calendar.
"""

from datetime import date
from typing import Any

import pytest

from reviewdesk.audit.limitation import DUE, SUIT, Interruption, limitation
from tests.audit.cases import a_case, said

PAID_LATELY: dict[str, Any] = {"last_paid_on": "2025-10-10", "terms_paid": None, "first_overdue_on": None}

LONG_STOP = [
    # 20 years after Monday 20 November 2006 is Friday 20 November 2026; as of Monday the 23rd they are over.
    ({"due_on": "2006-11-20"}, "fail", "over", "2026-11-20"),
    # 22 November 2026 is a Sunday: the last day is the 23rd, the day of the audit.
    ({"due_on": "2006-11-22"}, "pass", "within", "2026-11-23"),
    ({"due_on": "2006-11-23"}, "pass", "within", "2026-11-23"),
    ({"due_on": "2010-03-15", "first_overdue_on": "2006-11-20"}, "warn", "first_instalment", "2030-03-15"),
    ({"due_on": "2010-03-15", "first_overdue_on": "2006-11-22"}, "pass", "within", "2030-03-15"),
    # An acceleration makes all due: the right is infringed then, and not on the last day of the schedule.
    ({"due_on": "2007-05-20", "accelerated_on": "2006-05-20"}, "fail", "over", "2026-05-20"),
    ({"lender_kind": "insurer", "claim_paid_on": "2006-11-20", "claim_paid_yuan": "100"}, "fail", "over", "2026-11-20"),
    ({"due_on": None, "terms": None}, "missing", "lacking", None),
]


@pytest.mark.parametrize(("changes", "outcome", "reason", "until"), LONG_STOP)
def test_the_longest_period_runs_whatever_interrupts_the_other(
    changes: dict[str, Any], outcome: str, reason: str, until: str | None
) -> None:
    found = said(a_case(**{**PAID_LATELY, **changes}), "limitation.long_stop")
    assert (found["outcome"], found["reason"], found["computed"].get("until")) == (outcome, reason, until)


def test_no_interruption_carries_the_period_past_twenty_years() -> None:
    """A payment in October 2025 would end it in October 2028; twenty years from the due date end in February 2027."""
    found = said(a_case(**PAID_LATELY, due_on="2007-02-15"), "limitation.near")
    assert (found["outcome"], found["computed"]["expiry"], found["computed"]["days_left"]) == ("warn", "2027-02-15", 84)
    assert "二十年" in found["message"]["zh"]
    assert "twenty years from 2007-02-15" in found["message"]["en"]


def test_what_is_unproved_cannot_carry_it_past_twenty_years_either() -> None:
    facts = PAID_LATELY | {"last_paid_on": None, "last_demand_on": "2026-01-10", "demand_proof": False}
    found = said(a_case(**facts, due_on="2007-02-15"), "limitation.expired")
    assert found["computed"].get("expiry_if_proved") is None, "a demand in 2026 comes long after 2010"


SUIT_OF_OLD: dict[str, Any] = {"due_on": "2022-03-15", "last_paid_on": None, "last_demand_on": None}
"""Three years end on Saturday 15 March 2025, so on Monday the 17th."""

ENDED: list[tuple[dict[str, Any], str, str, str]] = [
    ({}, "fail", "expired", "2025-03-17"),
    # Filed on the last day and served: anew from its end, 30 September 2025; in 2028 a Saturday, so 2 October.
    ({"suit_filed_on": "2025-03-17", "suit_ended_on": "2025-09-30", "suit_served": True}, "pass", "", "2028-10-02"),
    # A day too late: the end of the suit moves nothing.
    ({"suit_filed_on": "2025-03-18", "suit_ended_on": "2025-09-30", "suit_served": True}, "fail", "", "2025-03-17"),
    # Nobody says when it was filed: its end alone must lie within the period.
    ({"suit_ended_on": "2025-03-17", "suit_served": True}, "pass", "running", "2028-03-17"),
    ({"suit_ended_on": "2025-03-18", "suit_served": True}, "fail", "expired", "2025-03-17"),
    ({"suit_filed_on": "2025-03-17", "suit_served": True}, "pass", "running", "2028-03-17"),
    # Withdrawn before the complaint reached the borrower, as far as anybody can show.
    ({"suit_filed_on": "2025-03-17", "suit_outcome": "withdrawn"}, "fail", "expired_unproved", "2025-03-17"),
    # Who objects to a payment order has received it.
    ({"suit_filed_on": "2025-03-17", "suit_outcome": "lapsed"}, "pass", "running", "2028-03-17"),
    # A title is enforced; it does not make the period of the claim run anew.
    ({"suit_filed_on": "2025-03-17", "suit_served": True, "suit_outcome": "judged"}, "fail", "", "2025-03-17"),
]


@pytest.mark.parametrize(("changes", "outcome", "reason", "expiry"), ENDED)
def test_an_earlier_suit_interrupts_when_filed_and_runs_anew_from_its_end(
    changes: dict[str, Any], outcome: str, reason: str, expiry: str
) -> None:
    found = said(a_case(**SUIT_OF_OLD, **changes), "limitation.expired")
    assert (found["outcome"], found["computed"]["expiry"]) == (outcome, expiry)
    assert found["reason"] == (reason or found["reason"])


def test_service_that_is_not_proved_is_named_with_what_it_would_bring() -> None:
    case = a_case(**SUIT_OF_OLD, suit_filed_on="2025-03-10", suit_ended_on="2025-04-10", suit_outcome="withdrawn")
    found = said(case, "limitation.expired")
    assert found["computed"]["expiry_if_proved"] == "2028-04-10"
    assert "前案起诉" in found["message"]["zh"]
    assert "earlier suit" in found["message"]["en"]


def test_a_suit_may_last_past_the_period_in_which_it_was_filed() -> None:
    suit = Interruption(SUIT, date(2024, 1, 10), revives=False, since=date(2022, 12, 30))
    found = limitation(date(2020, 1, 1), DUE, [suit], 3)
    assert (found.base_kind, found.expiry, found.revived) == (SUIT, date(2027, 1, 11), None)


AGAIN = [
    ({"litigated": True}, "fail", "litigated"),
    ({"litigated": True, "suit_outcome": "withdrawn"}, "pass", "withdrawn"),
    ({"litigated": None, "suit_outcome": "withdrawn"}, "pass", "withdrawn"),
    ({"litigated": True, "suit_outcome": "lapsed"}, "pass", "lapsed"),
    ({"litigated": True, "suit_outcome": "dismissed"}, "warn", "dismissed"),
    ({"litigated": True, "suit_outcome": "judged"}, "fail", "judged"),
    ({"litigated": False, "suit_outcome": "judged"}, "fail", "judged"),
    ({"litigated": True, "suit_outcome": "mediated"}, "fail", "mediated"),
    ({"litigated": True, "suit_outcome": "pending"}, "fail", "pending"),
    ({"litigated": True, "suit_outcome": "withdrawn", "arbitrated": True}, "fail", "arbitrated"),
    ({"litigated": True, "suit_outcome": "withdrawn", "arbitrated": None}, "missing", "lacking"),
]


@pytest.mark.parametrize(("changes", "outcome", "reason"), AGAIN)
def test_only_what_a_court_decided_may_not_be_sued_for_again(
    changes: dict[str, Any], outcome: str, reason: str
) -> None:
    found = said(a_case(**changes), "duplicate.litigated")
    assert (found["outcome"], found["reason"]) == (outcome, reason)


def test_a_payment_that_lies_ahead_moves_nothing() -> None:
    case = a_case(**SUIT_OF_OLD | {"last_paid_on": "2026-11-24"})
    assert said(case, "limitation.expired")["computed"]["expiry"] == "2025-03-17"
