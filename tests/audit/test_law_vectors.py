"""Vectors from first principles: what a careful litigator asks beyond the domain's own table."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.claims import Claim, claim_of
from reviewdesk.audit.policy import Policy, load_policy
from reviewdesk.audit.related import within_file
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.statement import ClaimStatement, statement_of
from reviewdesk.money import fen
from tests.audit.cases import AS_OF, a_case, said, sound_facts, sound_person
from tests.audit.test_ledger_checks import FOUR, RULES, a_ledger_case, rows
from tests.audit.test_vectors import Row, evidence

LATE: dict[str, Any] = {"last_paid_on": None, "last_demand_on": None}

PENALTY: list[Row] = [
    ("claim.penalty", {"penalty_due": 0, "penalty_rate": "0.27"}, "not_applicable", "none"),
    ("claim.penalty", {"penalty_due": 0, "penalty_rate": "0.28"}, "warn", "rate_unclaimed"),
    ("claim.penalty", {"penalty_due": None, "penalty_rate": "0.28", "total_claimed": None}, "missing", "lacking"),
    # Art. 28: four times the LPR of 10 June 2025 is 12 %, for what is overdue too.
    ("claim.penalty", {"lender_kind": "private", "annual_rate": "0.12", "penalty_rate": "0.12"}, "pass", "within"),
    ("claim.penalty", {"lender_kind": "private", "annual_rate": "0.12", "penalty_rate": "0.13"}, "warn", ""),
]

RUNNING: dict[str, Any] = {
    "contract_date": "2026-03-10",
    "disbursed_on": "2026-03-10",
    "due_on": "2027-03-10",
    "first_overdue_on": "2026-08-10",
    "days_overdue": 105,
    "last_paid_on": "2026-07-10",
    "penalty_rate": "0.27",
}
"""The fifth of twelve instalments and the three after it were not paid, the last is due in March 2027."""

NOT_YET_DUE: list[Row] = [
    # 976.62 × 105 + 991.27 × 74 + 1,006.14 × 44 + 1,021.23 × 13 days at 27 %: 172.69, and not 639.67 on all of it.
    ("claim.penalty", RUNNING | {"penalty_due_yuan": "182.69"}, "pass", "within"),
    ("claim.penalty", RUNNING | {"penalty_due_yuan": "182.70"}, "fail", "above_by_schedule"),
    ("claim.penalty", RUNNING | {"penalty_due_yuan": "600"}, "fail", "above_by_schedule"),
    ("claim.penalty", RUNNING | {"penalty_due_yuan": "600", "accelerated_on": "2026-08-10"}, "pass", "within"),
    ("claim.penalty", RUNNING | {"penalty_due_yuan": "600", "terms_paid": None}, "pass", "within"),
]

BANK = {"lender_kind": "bank", "lender_name": "南海银行股份有限公司", "interest_due_yuan": "500", "days_overdue": 365}
COMPOUND: list[Row] = [
    # 500 for 378 days at 24 %.
    ("claim.compound", BANK | {"compound_due_yuan": "124.27"}, "pass", "allowed"),
    ("claim.compound", BANK | {"compound_due_yuan": "134.28"}, "fail", "above"),
    ("claim.compound", BANK | {"compound_due_yuan": "134.28", "interest_due": None}, "pass", "allowed"),
]

RECOURSE: dict[str, Any] = {
    "lender_kind": "guarantor",
    "lender_name": "安棠融资担保有限公司",
    "claim_paid_yuan": "7713.67",
    "claim_paid_on": "2024-02-03",
    "penalty_rate": None,
    "interest_due": 0,
    "penalty_due": 0,
    "total_claimed": None,
}
ASKED: list[Row] = [
    # 1,024 days from 4 February 2024: 746.60 at the LPR of 3.45 %.
    ("rate.contract_cap", RECOURSE | {"interest_due_yuan": "746.60"}, "pass", "within"),
    ("rate.contract_cap", RECOURSE | {"interest_due_yuan": "770.00"}, "warn", "recourse_above_lpr"),
    ("rate.contract_cap", RECOURSE | {"damages_due_yuan": "770.00"}, "warn", "recourse_above_lpr"),
    ("rate.contract_cap", RECOURSE, "pass", "within"),
    ("claim.interest", RECOURSE | {"interest_due_yuan": "800", "penalty_rate": "0.0345"}, "fail", "above"),
]

WHO: list[Row] = [
    ("standing.plaintiff", {"lender_name": "衡禾小额贷款有限公司"}, "warn", "kind_differs"),
    ("standing.plaintiff", {"lender_name": "衡禾小额贷款有限公司", "lender_kind": "micro_loan"}, "pass", "lender"),
    ("standing.plaintiff", {"lender_name": "屿岸银行股份有限公司", "lender_kind": "assisted"}, "pass", "lender"),
    ("standing.plaintiff", {"lender_name": "屿岸银行股份有限公司", "lender_kind": "private"}, "warn", "kind_differs"),
    # An assignee keeps the regime of the original lender.
    (
        "standing.plaintiff",
        {"lender_name": "澜岳资产管理有限公司", "assigned_from": "澄澜消费金融有限公司"},
        "pass",
        "assignee",
    ),
    (
        "standing.plaintiff",
        {"lender_name": "澜岳资产管理有限公司", "assigned_from": "澄澜消费金融有限公司", "lender_kind": "private"},
        "warn",
        "kind_differs",
    ),
    (
        "standing.assignment",
        {"assigned_from": "甲银行", "assignment_notice_on": "2026-01-01", **evidence("-assignment_notice")},
        "warn",
        "not_proved",
    ),
    (
        "standing.assignment",
        {"assigned_from": "甲银行", "assignment_notice_on": "2026-01-01", **evidence("assignment_notice")},
        "pass",
        "noticed",
    ),
    ("jurisdiction.agreed", {"agreed_court": "广东省深圳市南山区人民法院"}, "pass", "lender_province"),
    ("jurisdiction.agreed", {"agreed_court": "广州市天河区人民法院"}, "pass", "lender"),
]

LIMITATION: list[Row] = [
    # Declared due when all was due already: the period runs from the last instalment.
    ("limitation.expired", LATE | {"due_on": "2023-03-15", "accelerated_on": "2024-06-01"}, "fail", "expired"),
    ("limitation.expired", LATE | {"due_on": "2023-03-15", "accelerated_on": "2026-12-01"}, "fail", "expired"),
    ("limitation.expired", LATE | {"lender_kind": "insurer"}, "missing", "lacking"),
    (
        "limitation.guarantee",
        {"guaranteed": True, "due_on": "2026-03-01", "accelerated_on": "2026-06-01"},
        "fail",
        "over",
    ),
]

LPR: list[Row] = [
    ("rate.lpr_coverage", {"lender_kind": "private", "contract_date": "2019-06-01"}, "warn", "filing_beyond"),
    ("rate.lpr_coverage", {"lender_kind": "private", "contract_date": "2020-08-19"}, "warn", "filing_beyond"),
    ("rate.lpr_coverage", {"lender_kind": "private", "contract_date": "2020-08-20"}, "pass", "covered"),
]

NO_PAYMENTS: dict[str, Any] = {"paid_total": 0, "terms_paid": 0, "last_paid_on": None}
LEDGER: list[Row] = [
    ("claim.ledger", {}, "missing", "no_ledger"),
    ("claim.ledger", NO_PAYMENTS, "missing", "no_ledger"),
    ("claim.ledger", evidence("ledger", evidence_ledger=None), "missing", "no_ledger"),
    ("claim.ledger", {"evidence_ledger": None}, "missing", "lacking"),
    ("claim.ledger", {"evidence_ledger": False}, "missing", "lacking"),
    ("claim.ledger", NO_PAYMENTS | {"evidence_ledger": None}, "not_applicable", "nothing_repaid"),
    ("claim.ledger", NO_PAYMENTS | {"evidence_ledger": None, "paid_total": None, "terms_paid": None}, "missing", ""),
    ("claim.ledger", RECOURSE | {"evidence_ledger": None}, "missing", "lacking"),
    ("claim.ledger", RECOURSE | {"evidence_ledger": None, "last_paid_on": "2024-02-02"}, "not_applicable", ""),
]


@pytest.mark.parametrize(
    ("check", "changes", "outcome", "reason"),
    [*PENALTY, *NOT_YET_DUE, *COMPOUND, *ASKED, *WHO, *LIMITATION, *LPR, *LEDGER],
)
def test_what_a_check_says(check: str, changes: dict[str, Any], outcome: str, reason: str) -> None:
    found = said(a_case(**changes), check)
    assert (found["outcome"], found["reason"] if reason else "") == (outcome, reason)
    assert "{" not in found["message"]["zh"] + found["message"]["en"]
    assert found["mend"] is None or "{" not in found["mend"]["zh"] + found["mend"]["en"]


FIVE_LATE = [(f"{day[:8]}15", amount) for day, amount in FOUR]


@pytest.mark.parametrize(
    ("check", "changes", "outcome", "reason"),
    [
        ("data.dates", {}, "pass", "in_order"),
        ("data.dates", {"repayments": rows(("2024-01-09", "100"), *FOUR)}, "fail", "reversed"),
        ("data.dates", {"repayments": rows(*FOUR, ("2026-11-24", "100"))}, "fail", "in_future"),
        ("claim.deducted_in_advance", {}, "pass", "paid_in_full"),
        ("claim.deducted_in_advance", {"repayments": rows(("2024-01-11", "500"), *FOUR)}, "warn", "returned_at_once"),
        ("claim.deducted_in_advance", {"repayments": rows(("2024-01-12", "500"), *FOUR)}, "pass", "paid_in_full"),
        ("default.overdue_days", {}, "pass", "agrees_with_ledger"),
        ("default.overdue_days", {"first_overdue_on": None}, "pass", "agrees_with_ledger"),
        ("default.overdue_days", {"first_overdue_on": "2024-05-10", "days_overdue": 102}, "warn", "ledger_differs"),
        ("default.overdue_days", {"repayments": rows(*FOUR, ("2024-08-19", "8900"))}, "warn", "nothing_overdue"),
        # Each paid five days late: by law the penalty goes first, yet the lender's count is the one of the instalments.
        ("default.overdue_days", {"repayments": rows(*FIVE_LATE)}, "pass", "agrees_with_ledger"),
        ("default.threshold", {"first_overdue_on": None, "days_overdue": 200}, "fail", "too_early"),
        ("claim.compound", {"compound_due_yuan": "50"}, "fail", "above_ledger"),
        ("claim.compound", {"compound_due_yuan": "8.96"}, "pass", "allowed"),
    ],
)
def test_what_a_check_says_of_a_ledger(check: str, changes: dict[str, Any], outcome: str, reason: str) -> None:
    found = said(a_ledger_case(**changes), check)
    assert (found["outcome"], found["reason"]) == (outcome, reason)
    assert "{" not in found["message"]["zh"] + found["message"]["en"]


def test_the_rate_asked_of_a_recourse_is_told() -> None:
    found = said(a_case(**RECOURSE | {"interest_due_yuan": "770.00"}), "rate.contract_cap")
    assert (found["computed"]["asked_rate"], found["computed"]["lpr"]) == ("0.0355", "0.0345")
    assert "3.55%" in found["message"]["zh"]


def test_interest_is_counted_on_what_was_received() -> None:
    changes: dict[str, Any] = {"disbursed_amount_yuan": "11040", "outstanding_principal_yuan": "12000"}
    never = {"terms_paid": 0, "paid_total": 0, "last_paid_on": None, "first_overdue_on": "2025-07-10"}
    # 11,040 at 18 % for the 531 days since 10 June 2025, and not 12,000.
    found = said(a_case(**changes | never, interest_due_yuan="3142.36"), "claim.interest")
    assert (found["outcome"], found["computed"]["allowed"]) == ("fail", "2890.97")


def test_payments_made_in_time_revive_nothing() -> None:
    paid = [(add_months(date(2020, 1, 10), k).isoformat(), "100") for k in range(1, 70)]
    known = a_case(**LATE | {"due_on": "2021-01-10", "repayments": rows(*paid)})
    found = said(known, "limitation.expired")
    assert (found["outcome"], found["computed"]["runs_from"]) == ("pass", "2025-10-10")
    assert "revived" not in found["computed"]
    gap = a_case(**LATE | {"due_on": "2021-01-10", "repayments": rows(paid[0], paid[-1])})
    assert said(gap, "limitation.expired")["computed"]["revived"] == "2025-10-10"


def test_a_contract_of_the_day_of_publication_is_told_so() -> None:
    on_the_day = said(
        a_case(lender_kind="private", contract_date="2024-07-22", annual_rate="0.12"), "rate.contract_cap"
    )
    after = said(a_case(lender_kind="private", contract_date="2024-07-23", annual_rate="0.12"), "rate.contract_cap")
    assert on_the_day["computed"]["notes"] == ["lpr_that_day"]
    assert "前一期LPR" in on_the_day["message"]["zh"]
    assert (on_the_day["computed"]["cap"], after["computed"]["cap"]) == ("0.134", "0.134")
    assert "notes" not in after["computed"]


@pytest.mark.parametrize(
    ("changes", "nominal", "compounded"),
    [
        ({"principal_yuan": "10000", "annual_rate": "0.058", "monthly_fee": fen("47.56")}, "0.16", "0.1723"),
        ({"annual_rate": "0.24", "disbursed_amount_yuan": "11040"}, "0.4062", "0.491"),
    ],
)
def test_the_cost_is_told_by_both_conventions(changes: dict[str, Any], nominal: str, compounded: str) -> None:
    found = said(a_case(**changes), "rate.all_in_cost")
    assert (found["computed"]["all_in_cost"], found["computed"]["effective_cost"]) == (nominal, compounded)


def test_premiums_are_part_of_the_cost() -> None:
    assert said(a_case(premium_due_yuan="1200", annual_rate="0.24"), "rate.all_in_cost")["computed"]["all_in_cost"] == (
        "0.4083"
    )


def test_a_lenders_average_is_of_costs_and_not_of_rates() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"principal": fen("36000"), "disbursed_amount": fen("36000"), "annual_rate": "0.10"},
        {"annual_rate": "0.24", "monthly_fee": fen("100")},
        {"annual_rate": None},
        {"lender_kind": "bank", "annual_rate": "0.06"},
    ]
    found = within_file(
        [(n, {**sound_facts(), "account_no": f"JJ{n}", **one}, sound_person()) for n, one in enumerate(changes)]
    )
    # (12,000 × 18 % + 36,000 × 10 % + 12,000 × 40.83 %) ÷ 60,000
    assert found[0].lender_average == Decimal("0.1777")


def _with_360_days() -> Policy:
    policy = load_policy()
    count = policy.parameters.day_count.model_copy(update={"value": Decimal(360)})
    return policy.model_copy(update={"parameters": policy.parameters.model_copy(update={"day_count": count})})


def test_a_year_of_360_days_lifts_no_cap() -> None:
    case = a_case(
        outstanding_principal_yuan="9000", last_paid_on="2025-03-10", interest_due=0, penalty_due_yuan="4147.64"
    )
    by_ledger = a_ledger_case()
    for one in (case, by_ledger):
        usual, bankers = (
            claim_of(type(one).of(one.facts), rules_on(p, AS_OF)) for p in (load_policy(), _with_360_days())
        )
        assert isinstance(usual, Claim)
        assert isinstance(bankers, Claim)
        assert [period.amount for period in usual.periods] == [period.amount for period in bankers.periods]


OVER = {
    "lender_kind": "private",
    "annual_rate": "0.36",
    "penalty_rate": "0.36",
    "repayment_method": "interest_first",
    "accelerated_on": None,
    "terms": 24,
    "due_on": "2026-01-10",
    "calculated_to": "2026-01-10",
    "outstanding_principal_yuan": "12000",
    "interest_due_yuan": "5760",
    "penalty_due": 0,
    "total_claimed_yuan": "17760",
    "repayments": rows(*((add_months(date(2024, 1, 10), k).isoformat(), "360") for k in range(1, 9))),
}
"""Lent at 36 % when the cap was 13.80 %; interest was paid for eight months, and nothing for sixteen."""


def test_what_was_paid_above_a_private_cap_reduces_the_principal_from_its_day() -> None:
    case = a_ledger_case(**OVER)
    ledger, claim, statement = ledger_of(case, RULES), claim_of(case, RULES), statement_of(case, RULES)
    assert isinstance(ledger, Ledger)
    assert isinstance(claim, Claim)
    assert isinstance(statement, ClaimStatement)
    # By hand, as a court does it: each 360.00 covers the interest at 13.80 % since the payment before, the rest of it
    # is taken off the principal.
    principal, since, interest = Decimal(12000), date(2024, 1, 10), Decimal(0)
    for k in range(1, 9):
        day = add_months(date(2024, 1, 10), k)
        due = principal * Decimal("0.138") * (day - since).days / 365
        principal, since, interest = principal - (360 - due), day, interest + due
    left = principal * Decimal("0.138") * (date(2026, 1, 10) - since).days / 365
    assert ledger.principal == pytest.approx(int(principal * 100), abs=8)
    assert ledger.room == pytest.approx(int(left * 100), abs=2)
    assert claim.result.claimable == ledger.principal + ledger.room
    assert ledger.credited == fen("2880") - ledger.capped.charges_paid
    assert statement.credited == ledger.credited
    assert sum(line.amount for line in statement.cap_lines) == statement.cap_total == ledger.cap_amount
    told = said(case, "rate.claim_cap")
    assert told["computed"]["notes"] == ["credited"]
    assert "抵充本金" in told["message"]["zh"]


def test_what_was_paid_too_much_is_set_off_against_damages() -> None:
    on_time = [(add_months(date(2024, 1, 10), k).isoformat(), "1134.72") for k in range(1, 13)]
    changes: dict[str, Any] = {
        "accelerated_on": None,
        "calculated_to": "2025-06-10",
        "outstanding_principal": 0,
        "interest_due": 0,
        "penalty_due": 0,
        "damages_due_yuan": "300",
        "total_claimed_yuan": "300",
    }
    # The last instalment is 1,134.67: with 100.00 more the borrower has paid 100.05 too much.
    claim = claim_of(a_ledger_case(**changes, repayments=rows(*on_time, ("2025-02-10", "100"))), RULES)
    assert isinstance(claim, Claim)
    assert claim.owed == fen("199.95")
