"""What the checks say of a case with a sheet of repayments."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.claims import Claim, claim_of
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.rules import rules_on
from reviewdesk.money import fen
from tests.audit.cases import AS_OF, a_case, audited, said

RULES = rules_on(load_policy(), AS_OF)
START = date(2024, 1, 10)


def rows(*payments: tuple[str, str], **parts: Any) -> list[dict[str, Any]]:
    return [
        {"row": number, "paid_on": day, "amount": fen(amount), **parts}
        for number, (day, amount) in enumerate(payments, 2)
    ]


FOUR = [(add_months(START, k).isoformat(), "1134.72") for k in range(1, 5)]


def a_ledger_case(**changes: Any) -> CaseFacts:
    """Vector B: 12,000 at 24 %, four of twelve instalments paid, accelerated and calculated to 20 August 2024."""
    facts: dict[str, Any] = {
        "contract_date": "2024-01-10",
        "disbursed_on": "2024-01-10",
        "due_on": "2025-01-10",
        "annual_rate": "0.24",
        "penalty_rate": "0.24",
        "terms_paid": 4,
        "outstanding_principal_yuan": "8312.32",
        "interest_due_yuan": "475.42",
        "penalty_due_yuan": "78.47",
        "total_claimed_yuan": "8866.21",
        "paid_total_yuan": "4538.88",
        "last_paid_on": "2024-05-10",
        "first_overdue_on": "2024-06-10",
        "days_overdue": 71,
        "accelerated_on": "2024-08-20",
        "calculated_to": "2024-08-20",
        "repayments": rows(*FOUR),
    }
    return a_case(**{**facts, **changes})


class TestLedger:
    def test_agrees(self) -> None:
        found = said(a_ledger_case(), "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("pass", "agrees")
        assert found["computed"]["ledger_principal"] == "8312.32"
        assert found["computed"]["ledger_interest"] == "475.42"
        assert found["used"]["repayments"] == 4

    def test_amt_02_another_principal_than_the_ledger_leaves(self) -> None:
        found = said(a_ledger_case(outstanding_principal_yuan="8500"), "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("fail", "principal_differs")
        assert found["computed"]["difference"] == "187.68"
        assert "8,312.32元" in found["message"]["zh"]
        assert "8,500.00元" in found["message"]["zh"]

    def test_amt_03_receipts_that_are_not_booked(self) -> None:
        found = said(a_ledger_case(paid_total_yuan="5038.88"), "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("fail", "unapplied")
        assert found["computed"]["difference"] == "500.00"

    def test_amt_03_a_payment_after_the_calculation_date(self) -> None:
        case = a_ledger_case(repayments=rows(*FOUR, ("2024-09-01", "500")), paid_total_yuan="5038.88")
        found = said(case, "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("fail", "paid_later")
        assert said(case, "claim.calculated_to")["reason"] == "before_last_payment"

    def test_amt_04_booked_in_another_order(self) -> None:
        case = a_ledger_case(repayments=rows(*FOUR, principal=fen("900")))
        found = said(case, "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("warn", "booked_differently")

    def test_amt_05_interest_not_yet_due(self) -> None:
        case = a_ledger_case(interest_due_yuan="800.56", penalty_due=0, total_claimed_yuan="9112.88")
        found = said(case, "claim.interest")
        assert (found["outcome"], found["reason"]) == ("fail", "above_ledger")
        # By hand: 968.47 × 71 + 987.84 × 41 + 1,007.60 × 10 days at 24 % is 78.47 of penalty.
        # 325.14 of the instalments to come, less the interest that went on on what was overdue.
        assert fen(found["computed"]["difference"]) == fen("325.14") - fen("78.47")
        bare = a_ledger_case(interest_due_yuan="800.56", penalty_due=0, penalty_rate="0", total_claimed_yuan="9112.88")
        assert said(bare, "claim.interest")["computed"]["difference"] == "325.14"

    def test_amt_06_principal_above_what_was_received_less_repaid(self) -> None:
        case = a_ledger_case(
            principal_yuan="10000",
            disbursed_amount_yuan="9500",
            annual_rate="0",
            penalty_rate="0",
            repayments=rows(("2024-05-10", "2000")),
            paid_total_yuan="2000",
            outstanding_principal_yuan="8000",
        )
        found = said(case, "claim.principal_ceiling")
        assert (found["outcome"], found["reason"]) == ("fail", "above_ledger")
        assert (found["computed"]["ceiling"], found["computed"]["difference"]) == ("7500.00", "500.00")

    def test_more_penalty_than_the_days_bear(self) -> None:
        found = said(a_ledger_case(penalty_due_yuan="200", total_claimed_yuan="8987.74"), "claim.penalty")
        assert (found["outcome"], found["reason"]) == ("fail", "above_ledger")

    def test_penalty_by_a_year_of_360_days_is_told(self) -> None:
        case = a_ledger_case(penalty_rate="0.36", penalty_due_yuan="119.30", total_claimed_yuan="8907.04")
        assert said(case, "claim.penalty")["reason"] == "bankers_year"

    @pytest.mark.parametrize(
        ("interest", "penalty", "outcome", "reason"),
        [
            ("475.42", "300.00", "fail", "charges_above"),
            ("475.42", "20.00", "warn", "charges_below"),
            ("475.42", "85.00", "pass", "agrees"),
        ],
    )
    def test_charges(self, interest: str, penalty: str, outcome: str, reason: str) -> None:
        case = a_ledger_case(interest_due_yuan=interest, penalty_due_yuan=penalty)
        found = said(case, "claim.ledger")
        assert (found["outcome"], found["reason"]) == (outcome, reason)

    def test_without_the_sheet_nothing_is_replayed(self) -> None:
        found = said(a_case(), "claim.ledger")
        assert (found["outcome"], found["computed"]) == ("missing", {"missing": ["repayments"]})
        assert "还款明细" in found["mend"]["zh"]
        assert "还款日期" in found["mend"]["en"]

    def test_a_sheet_that_cannot_be_replayed_says_what_is_missing(self) -> None:
        found = said(a_ledger_case(annual_rate=None, terms=None), "claim.ledger")
        assert found["outcome"] == "missing"
        assert found["computed"]["missing"] == ["annual_rate", "terms"]

    def test_no_row_for_the_account_means_that_nothing_was_repaid(self) -> None:
        case = a_ledger_case(repayments=[], paid_total=0)
        ledger = ledger_of(case, RULES)
        assert isinstance(ledger, Ledger)
        assert ledger.balance.principal == fen("12000")


class TestCap:
    def test_vector_d_by_ledger(self) -> None:
        case = a_ledger_case(
            lender_kind="private",
            contract_date="2019-06-01",
            disbursed_on="2019-06-01",
            due_on="2029-06-01",
            principal_yuan="50000",
            disbursed_amount_yuan="50000",
            annual_rate="0.30",
            penalty_rate="0.30",
            repayment_method="on_demand",
            accelerated_on=None,
            calculated_to="2026-11-23",
            repayments=[],
            paid_total=0,
            outstanding_principal_yuan="50000",
            interest_due_yuan="80000",
            penalty_due=0,
            total_claimed_yuan="130000",
        )
        ledger = ledger_of(case, RULES)
        assert isinstance(ledger, Ledger)
        assert [(period.days, period.amount) for period in ledger.periods] == [
            (446, fen("14663.01")),
            (2286, fen("37578.08")),
        ]
        audit = audited(case)
        assert audit.claimable == fen("50000") + fen("14663.01") + fen("37578.08")
        assert audit.excess == fen("130000") - (audit.claimable or 0)
        assert audit.finding("rate.claim_cap").reason == "above_by_ledger"

    def test_charges_paid_above_a_private_cap_count_against_the_principal(self) -> None:
        case = a_ledger_case(
            lender_kind="private",
            annual_rate="0.36",
            penalty_rate="0.36",
            repayment_method="interest_first",
            accelerated_on="2025-01-10",
            calculated_to="2025-01-10",
            repayments=rows(*((add_months(START, k).isoformat(), "360") for k in range(1, 13))),
            paid_total_yuan="4320",
            outstanding_principal_yuan="12000",
            interest_due=0,
            penalty_due=0,
            total_claimed_yuan="12000",
        )
        ledger = ledger_of(case, RULES)
        assert isinstance(ledger, Ledger)
        assert ledger.balance.principal == fen("12000")
        # 4 × 3.45 % = 13.80 %: each 360.00 covers the interest since the payment before, and the rest the principal.
        principal, since = Decimal(12000), START
        for k in range(1, 13):
            day = add_months(START, k)
            principal -= 360 - principal * Decimal("0.138") * (day - since).days / 365
            since = day
        assert ledger.principal == pytest.approx(int(principal * 100), abs=12)
        assert ledger.cap_amount == ledger.principal + fen("4320") - fen("12000")
        assert audited(case).claimable == ledger.principal

    def test_a_loan_at_the_very_cap_may_pass_it_by_what_months_and_days_differ(self) -> None:
        found = said(a_ledger_case(), "rate.claim_cap")
        assert (found["outcome"], found["reason"]) == ("pass", "at_cap_by_ledger")
        assert found["computed"]["excess"] == "0.77"

    def test_recourse_counts_what_came_in_after_the_payment(self) -> None:
        case = a_ledger_case(
            lender_kind="guarantor",
            claim_paid_yuan="8000",
            claim_paid_on="2024-07-01",
            penalty_rate="0.12",
            repayments=rows(*FOUR, ("2024-07-31", "1000")),
        )
        ledger = ledger_of(case, RULES)
        assert isinstance(ledger, Ledger)
        # 8,000 × 12 % × 30 ÷ 365 = 78.90 of interest first
        assert ledger.balance.principal == fen("8000") - fen("1000") + fen("78.90")


DAY = st.integers(0, 900).map(lambda days: date.fromordinal(START.toordinal() + days).isoformat())
PAYMENTS = st.lists(st.tuples(DAY, st.integers(1, 300_000)), max_size=10)
AMOUNT = st.integers(0, 2_000_000)
KIND = st.sampled_from(["bank", "consumer_finance", "micro_loan", "private", "guarantor"])
METHOD = st.sampled_from(["equal_instalments", "equal_principal", "interest_first", "bullet", "on_demand"])


def _drawn(
    kind: str, method: str, payments: list[tuple[str, int]], claimed: tuple[int, int, int], formed: str
) -> CaseFacts:
    principal, interest, penalty = claimed
    return a_ledger_case(
        lender_kind=kind,
        repayment_method=method,
        contract_date=formed,
        claim_paid_yuan="9000",
        claim_paid_on="2024-06-01",
        calculated_to="2026-06-30",
        accelerated_on=None,
        outstanding_principal=principal,
        interest_due=interest,
        penalty_due=penalty,
        total_claimed=principal + interest + penalty,
        repayments=[{"row": n, "paid_on": day, "amount": amount} for n, (day, amount) in enumerate(sorted(payments))],
    )


class TestClaimable:
    @given(KIND, METHOD, PAYMENTS, st.tuples(AMOUNT, AMOUNT, AMOUNT), st.sampled_from(["2019-05-01", "2024-01-10"]))
    @settings(max_examples=300)
    def test_never_above_the_cap_nor_the_claim_nor_the_debt_and_never_negative(
        self, kind: str, method: str, payments: list[tuple[str, int]], claimed: tuple[int, int, int], formed: str
    ) -> None:
        case = _drawn(kind, method, payments, claimed, formed)
        claim, ledger = claim_of(case, RULES), ledger_of(case, RULES)
        assert isinstance(claim, Claim)
        assert isinstance(ledger, Ledger)
        result = claim.result
        assert 0 <= result.claimable <= sum(claimed)
        assert result.claimable <= ledger.principal + max(0, ledger.room)
        assert result.claimable <= ledger.balance.total
        assert result.claimable + result.excess == sum(claimed)

    @given(KIND, METHOD, PAYMENTS, st.tuples(AMOUNT, AMOUNT, AMOUNT), st.tuples(DAY, st.integers(1, 300_000)))
    @settings(max_examples=300)
    def test_more_repaid_never_means_more_claimable(
        self,
        kind: str,
        method: str,
        payments: list[tuple[str, int]],
        claimed: tuple[int, int, int],
        more: tuple[str, int],
    ) -> None:
        before = claim_of(_drawn(kind, method, payments, claimed, "2024-01-10"), RULES)
        after = claim_of(_drawn(kind, method, [*payments, more], claimed, "2024-01-10"), RULES)
        assert isinstance(before, Claim)
        assert isinstance(after, Claim)
        if claimed[0] >= before.base:
            assert after.result.claimable <= before.result.claimable
        assert after.base <= before.base
