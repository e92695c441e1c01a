"""Whole claims worked out by hand with a calculator, and what every check that looks at them says."""

from typing import Any

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.statement import ClaimStatement, statement_of
from reviewdesk.money import fen, yuan
from reviewdesk.review.statement_tables import method_of, tables_of
from tests.audit.cases import a_case, said
from tests.audit.test_ledger_checks import RULES, rows

RECOURSE: dict[str, Any] = {
    "lender_kind": "guarantor",
    "lender_name": "南海融资担保有限公司",
    "annual_rate": "0.0345",
    "penalty_rate": None,
    "claim_paid_yuan": "7880.42",
    "claim_paid_on": "2024-02-03",
    "contract_date": "2023-02-03",
    "disbursed_on": "2023-02-03",
    "repayments": [
        {"row": 2, "paid_on": "2023-12-01", "amount": 50_000},
        {"row": 3, "paid_on": "2025-01-10", "amount": 100_000},
    ],
    "paid_total_yuan": "1500",
    "outstanding_principal_yuan": "7135.16",
    "interest_due_yuan": "459.96",
    "penalty_due": 0,
    "total_claimed_yuan": "7595.12",
    "last_paid_on": "2025-01-10",
}
"""7,880.42 was paid for the borrower; what came before that, 500, was the lender's.

At 3.45 % 342 days to 10 January 2025 bear 254.74, so that of 1,000 only 745.26 repay the payment and 7,135.16 is left.
682 days more bear 459.96: 7,595.12 in all.
"""


def reasons(case: Any, *checks: str) -> dict[str, tuple[str, str]]:
    found = {check: said(case, check) for check in checks}
    return {check: (one["outcome"], one["reason"]) for check, one in found.items()}


def test_what_repayments_left_of_a_recourse_is_what_is_claimed() -> None:
    assert reasons(
        a_case(**RECOURSE), "claim.sum", "claim.ledger", "claim.principal_ceiling", "claim.interest", "rate.claim_cap"
    ) == {
        "claim.sum": ("pass", "adds_up"),
        "claim.ledger": ("pass", "agrees"),
        "claim.principal_ceiling": ("pass", "within"),
        "claim.interest": ("pass", "within_ledger"),
        "rate.claim_cap": ("pass", "within_by_ledger"),
    }
    assert said(a_case(**RECOURSE), "rate.claim_cap")["computed"]["claimable"] == "7595.12"


def test_who_claims_the_whole_payment_again_is_told_what_is_left_of_it() -> None:
    case = a_case(**RECOURSE | {"total_claimed_yuan": "8340.38"})
    found = said(case, "claim.ledger")
    assert (found["outcome"], found["reason"], found["computed"]["difference"]) == (
        "fail",
        "principal_differs",
        "745.26",
    )
    assert said(case, "claim.sum")["outcome"] == "pass"


IN_PART: dict[str, Any] = {
    "lender_kind": "bank",
    "contract_date": "2024-02-29",
    "disbursed_on": "2024-02-29",
    "due_on": "2025-02-28",
    "principal_yuan": "80000",
    "disbursed_amount_yuan": "80000",
    "annual_rate": "0.12",
    "penalty_rate": "0.18",
    "day_count": "360",
    "repayment_method": "bullet",
    "terms_paid": 0,
    "repayments": [{"row": 2, "paid_on": "2025-03-10", "amount": 500_000}],
    "paid_total_yuan": "5000",
    "last_paid_on": "2025-03-10",
    "outstanding_principal_yuan": "80000",
    "interest_due_yuan": "4733.33",
    "penalty_due_yuan": "25320",
    "total_claimed_yuan": "110053.33",
}
"""365 days at 12 % on a year of 360 are 9,733.33, of which 5,000 were paid; 633 days at 18 % are 25,320.00."""


def test_a_payment_in_part_is_explained_by_the_ledger_and_not_held_against_the_schedule() -> None:
    assert reasons(a_case(**IN_PART), "claim.ledger", "claim.schedule", "claim.interest", "claim.penalty") == {
        "claim.ledger": ("pass", "agrees"),
        "claim.schedule": ("not_applicable", "by_ledger"),
        "claim.interest": ("pass", "within_ledger"),
        "claim.penalty": ("pass", "within_ledger"),
    }


def test_what_the_ledger_does_not_explain_differs_from_the_schedule_still() -> None:
    more = a_case(**IN_PART | {"interest_due_yuan": "5733.33", "total_claimed_yuan": "111053.33"})
    assert said(more, "claim.schedule")["reason"] == "interest_differs"
    without = {name: value for name, value in IN_PART.items() if name != "repayments"}
    assert said(a_case(**without), "claim.schedule")["reason"] == "interest_differs"


def test_a_ledger_that_agrees_needs_no_number_of_instalments_paid() -> None:
    instalments: dict[str, Any] = {
        "repayments": [{"row": k, "paid_on": f"2025-{k + 5:02}-10", "amount": 110_016} for k in range(2, 6)],
        "penalty_due_yuan": "1460.85",
        "total_claimed_yuan": "10262.16",
    }
    assert said(a_case(**instalments, terms_paid=None), "claim.schedule")["reason"] == "by_ledger"
    assert said(a_case(terms_paid=None), "claim.schedule")["outcome"] == "missing"


def an_old_loan(rate: str, *payments: tuple[str, str], interest: str) -> CaseFacts:
    """50,000 lent privately on 1 June 2019, repaid on demand: 446 days before 20 August 2020, 2,286 from it on."""
    return a_case(
        lender_kind="private",
        lender_name="张老三",
        contract_date="2019-06-01",
        disbursed_on="2019-06-01",
        due_on=None,
        principal_yuan="50000",
        disbursed_amount_yuan="50000",
        annual_rate=rate,
        penalty_rate=None,
        repayment_method="on_demand",
        terms=None,
        terms_paid=None,
        repayments=rows(*payments),
        paid_total=sum(fen(amount) for _day, amount in payments),
        outstanding_principal_yuan="50000",
        interest_due_yuan=interest,
        penalty_due=0,
        total_claimed=fen("50000") + fen(interest),
    )


def may_claim(case: CaseFacts) -> tuple[str, str]:
    found = said(case, "rate.claim_cap")["computed"]
    return found["base"], found["claimable"]


def test_what_was_paid_above_the_new_cap_reduces_the_principal_of_an_old_loan_too() -> None:
    """Each 1 June from 2020 to 2023 the borrower paid 12,000, as the contract's 24 % asked.

    To 19 August 2020 24 % are 14,663.01; after the first payment 2,663.01 of that are unpaid. 12 % from then on are
    4,684.93 by 1 June 2021, so that 4,652.06 of 12,000 repay principal; a year on 45,347.94 bears 5,441.75, a year on
    38,789.69 bears 4,654.76, and on the 31,444.46 that is left 1,271 days bear 13,139.47.
    """
    case = an_old_loan("0.24", *((f"{year}-06-01", "12000") for year in range(2020, 2024)), interest="41819.18")
    assert may_claim(case) == ("31444.46", "44583.93")
    made = statement_of(case, RULES)
    assert isinstance(made, ClaimStatement)
    assert (yuan(made.principal), yuan(made.credited), yuan(made.claimable)) == ("50000.00", "18555.54", "44583.93")
    assert sum(line.amount for line in made.cap_lines) == made.cap_total == made.charges_paid + fen("13139.47")
    assert "2020年8月19日止的还款按合同抵充" in method_of(made)[-1].zh


def test_what_was_paid_within_the_old_band_is_not_taken_back() -> None:
    """30 % for 436 days, 17,917.81, were paid by 10 August 2020: more than 24 % to the 19th, and so it stays."""
    assert may_claim(an_old_loan("0.30", ("2020-08-10", "17917.81"), interest="94356.17")) == ("50000.00", "87578.08")


def test_what_was_paid_beyond_the_old_band_repays_principal() -> None:
    """36 % for 366 days, 18,049.32, stay of 25,000, and 43,049.32 of principal is left.

    With 80 days more the old limit grants 12,032.88 + 2,264.51, less than was paid: nothing of those days is claimed.
    12 % on 43,049.32 for 2,286 days are 32,354.22.
    """
    assert may_claim(an_old_loan("0.40", ("2020-06-01", "25000"), interest="90000")) == ("43049.32", "75403.54")


def test_what_the_contract_leaves_of_the_old_limit_is_no_room_for_later_days() -> None:
    """15 % for 446 days are 9,164.38, and not 14,663.01; from then on 12 %, 37,578.08, and not 15 %."""
    assert may_claim(an_old_loan("0.15", interest="56136.99")) == ("50000.00", "96742.46")
    without = an_old_loan("0.15", interest="56136.99")
    facts = {name: value for name, value in without.facts.items() if name not in ("repayments", "last_paid_on")}
    assert may_claim(CaseFacts.of(facts)) == ("50000.00", "96742.46")


def test_a_private_loan_without_interest_bears_the_lpr_once_it_is_overdue() -> None:
    """Art. 28: 20,000 due on 1 November 2024, when the LPR was 3.10 %, bear 1,277.37 in 752 days; no other interest."""
    facts: dict[str, Any] = {
        "lender_kind": "private",
        "contract_date": "2023-11-01",
        "disbursed_on": "2023-11-01",
        "due_on": "2024-11-01",
        "principal_yuan": "20000",
        "disbursed_amount_yuan": "20000",
        "annual_rate": "0",
        "penalty_rate": None,
        "repayment_method": "bullet",
        "terms_paid": 0,
        "paid_total": 0,
        "last_paid_on": None,
        "first_overdue_on": "2024-11-01",
        "days_overdue": 752,
        "outstanding_principal_yuan": "20000",
        "interest_due": 0,
        "penalty_due_yuan": "1277.37",
        "total_claimed_yuan": "21277.37",
    }
    for case in (a_case(**facts, repayments=[]), a_case(**facts)):
        penalty, cap = said(case, "claim.penalty"), said(case, "rate.claim_cap")
        assert (penalty["outcome"], penalty["computed"]["allowed"]) == ("pass", "1277.37")
        assert (penalty["computed"]["allowed_rate"], cap["computed"]["claimable"]) == ("0.031", "21277.37")
    more = a_case(**facts | {"penalty_due_yuan": "1300", "total_claimed_yuan": "21300"}, repayments=[])
    assert said(more, "claim.penalty")["reason"] == "above_ledger"
    other = a_case(**facts | {"lender_kind": "micro_loan", "lender_name": "南海小额贷款有限公司"})
    assert said(other, "claim.penalty")["computed"]["allowed"] == "0.00"


def test_what_an_old_limit_grants_and_nobody_asked_is_no_room_for_later_days() -> None:
    """15 % while the loan ran, 24 % once overdue: of the 446 old days only 366 were before the loan was due.

    366 days at 15 % are 7,520.55, 80 at 24 % are 2,630.14: 10,150.69, and not the 14,663.01 of 24 % throughout, which
    leave 4,512.32 unasked. With 37,578.08 from 20 August 2020 on, 47,728.77 may be claimed beside the principal.
    """
    facts: dict[str, Any] = {**an_old_loan("0.15", interest="7520.55").facts, "due_on": "2020-06-01"}
    facts |= {"repayment_method": "bullet", "penalty_rate": "0.24", "penalty_due": fen("77786.30")}
    case = CaseFacts.of(facts | {"total_claimed": fen("135306.85")})
    assert may_claim(case) == ("50000.00", "97728.77")
    made = statement_of(case, RULES)
    assert isinstance(made, ClaimStatement)
    assert (yuan(made.cap_total), yuan(made.unasked), yuan(made.room)) == ("52241.09", "4512.32", "47728.77")
    result = next(table for table in tables_of(made) if table.title.en == "Result")
    assert {row[0].en: row[1] for row in result.rows}["Of the old limit not asked by the contract"] == made.unasked
