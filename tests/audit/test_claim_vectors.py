"""Vectors of renewals, schedules, receipts, licences, instruments, fees, recourse and the supervisor's lines."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reviewdesk.audit.facts import Related
from reviewdesk.audit.schedule import schedule
from reviewdesk.intake.fields import by_name
from reviewdesk.money import fen
from tests.audit.cases import ALONE, a_case, said

Row = tuple[str, dict[str, Any], str, str]

RENEWED = {
    "lender_kind": "private",
    "original_principal": fen("10000"),
    "original_on": "2025-05-20",
    "original_rate": "0.18",
    "contract_date": "2026-05-20",
    "disbursed_on": "2026-05-20",
    "principal": fen("11800"),
}
"""Lent on the day of the LPR of 3.00 %, and rolled over after a year of 365 days at 18 %."""

RENEWAL: list[Row] = [
    ("claim.renewal", {}, "not_applicable", "first"),
    ("claim.renewal", RENEWED, "warn", "above"),
    ("claim.renewal", RENEWED | {"principal": fen("11200")}, "pass", "within"),
    ("claim.renewal", RENEWED | {"principal": fen("11200.02")}, "warn", "above"),
    ("claim.renewal", RENEWED | {"principal": fen("10000")}, "pass", "nothing_rolled"),
    ("claim.renewal", RENEWED | {"lender_kind": "bank"}, "warn", "capitalised"),
    ("claim.renewal", RENEWED | {"lender_kind": "micro_loan"}, "warn", "not_allowed"),
    ("claim.renewal", RENEWED | {"original_on": None}, "missing", "lacking"),
    ("claim.renewal", RENEWED | {"original_on": "2019-08-20", "contract_date": "2020-08-19"}, "pass", "within"),
]


def plan(**changes: dict[str, int]) -> dict[str, Any]:
    """Vector A, 12,000 at 24 % in twelve instalments, as the lender's sheet; changes by `term_<n>`."""
    made = schedule("equal_instalments", fen("12000"), Decimal("0.24"), 12)
    rows = [
        {
            "row": n + 1,
            "term": n,
            "due_on": date(2024 + n // 12, n % 12 + 1, 10).isoformat(),
            "principal": p,
            "interest": i,
        }
        for n, (p, i) in enumerate(zip(made.principals, made.interests, strict=True), 1)
    ]
    for name, change in changes.items():
        rows[int(name.removeprefix("term_")) - 1] |= change
    return {
        "annual_rate": "0.24",
        "contract_date": "2024-01-10",
        "disbursed_on": "2024-01-10",
        "due_on": "2025-01-10",
        "schedule": rows,
    }


SCHEDULE: list[Row] = [
    ("claim.schedule_rows", {}, "not_applicable", "no_sheet"),
    ("claim.schedule_rows", plan(), "pass", "agrees"),
    ("claim.schedule_rows", plan(term_5={"interest": fen("166.30")}), "pass", "agrees"),
    ("claim.schedule_rows", plan(term_5={"interest": fen("166.31")}), "warn", "differs"),
    ("claim.schedule_rows", plan(term_5={"interest": fen("266.25")}), "fail", "differs"),
    ("claim.schedule_rows", plan() | {"terms": 24}, "fail", "other_terms"),
    ("claim.schedule_rows", plan() | {"due_on": "2025-01-12"}, "warn", "other_last_day"),
    ("claim.schedule_rows", plan() | {"annual_rate": None}, "missing", "lacking"),
    ("claim.schedule_rows", plan() | {"repayment_method": "on_demand"}, "not_applicable", "no_schedule"),
    ("claim.schedule_rows", plan() | {"lender_kind": "guarantor"}, "not_applicable", "recourse"),
    ("claim.schedule_rows", plan() | {"schedule": []}, "missing", "lacking"),
    (
        "claim.schedule_rows",
        {
            "repayment_method": "bullet",
            "terms": 1,
            "schedule": [
                {"row": 2, "term": 1, "due_on": "2026-06-10", "principal": fen("12000"), "interest": fen("2160")}
            ],
        },
        "pass",
        "agrees",
    ),
]


def paid(*amounts: str) -> dict[str, Any]:
    """A sheet of repayments, one a month from July 2025."""
    return {
        "repayments": [
            {"row": n, "paid_on": f"2025-{6 + n:02}-10", "amount": fen(amount)} for n, amount in enumerate(amounts, 1)
        ]
    }


INVOICED = {"lawyer_fee_agreed": True, "lawyer_invoice": True}
FOUR = paid("1134.72", "1134.72", "1134.72", "1134.72")

MONEY: list[Row] = [
    ("claim.receipts", {}, "not_applicable", "not_stated"),
    (
        "claim.receipts",
        {"bank_received": fen("5038.88")} | FOUR,
        "fail",
        "not_booked",
    ),
    (
        "claim.receipts",
        {"bank_received": fen("4538.88")} | FOUR,
        "pass",
        "agrees",
    ),
    (
        "claim.receipts",
        {"bank_received": fen("4000")} | FOUR,
        "fail",
        "not_received",
    ),
    ("claim.receipts", {"bank_received": fen("4400.64")}, "pass", "agrees"),
    ("claim.receipts", {"bank_received": fen("4400.64"), "paid_total": None}, "missing", "lacking"),
    ("claim.lawyer_fee", {}, "not_applicable", "none"),
    ("claim.lawyer_fee", {"lawyer_fee_due": fen("2000")}, "missing", "lacking"),
    ("claim.lawyer_fee", {"lawyer_fee_due": fen("2000"), "lawyer_fee_agreed": False}, "warn", "no_clause"),
    (
        "claim.lawyer_fee",
        {
            "lawyer_fee_due": fen("2000"),
            "lawyer_fee_agreed": True,
            "lawyer_invoice": True,
            "outstanding_principal": fen("31003.55"),
            "interest_due": fen("2352.22"),
            "penalty_due": fen("23867.45"),
            "total_claimed": fen("59223.22"),
        },
        "pass",
        "supported",
    ),
    (
        "claim.lawyer_fee",
        {"lawyer_fee_due": fen("1656.23"), "lawyer_fee_agreed": True, "lawyer_invoice": True},
        "pass",
        "",
    ),
    ("claim.lawyer_fee", {"lawyer_fee_due": fen("1656.24"), "lawyer_fee_agreed": True}, "warn", "too_much"),
    ("claim.lawyer_fee", {"lawyer_fee_due": fen("900"), "lawyer_fee_agreed": True}, "missing", "lacking"),
    (
        "claim.lawyer_fee",
        {"lawyer_fee_due": fen("900"), "lawyer_fee_agreed": True, "lawyer_invoice": False},
        "warn",
        "no_invoice",
    ),
    ("claim.sum", {"lawyer_fee_due": fen("900"), "total_claimed": fen("10101.31")}, "pass", "adds_up"),
    ("claim.sum", {"lawyer_fee_due": fen("900")}, "pass", "adds_up"),
    ("claim.sum", {"lawyer_fee_due": fen("900"), "total_claimed": fen("10101.33")}, "fail", "differs"),
]

PAPERS: list[Row] = [
    ("standing.licence_scope", {}, "not_applicable", "not_stated"),
    ("standing.licence_scope", {"licence_from": "2025-06-10", "licence_until": "2025-06-10"}, "pass", "valid"),
    ("standing.licence_scope", {"licence_from": "2025-06-11"}, "fail", "not_yet"),
    ("standing.licence_scope", {"licence_until": "2025-06-09"}, "fail", "run_out"),
    ("standing.licence_scope", {"licence_scope": "浙江省", "lender_kind": "micro_loan"}, "warn", "elsewhere"),
    ("standing.licence_scope", {"licence_scope": "浙江省"}, "pass", "valid"),
    ("standing.licence_scope", {"licence_scope": "广东省、浙江省", "lender_kind": "micro_loan"}, "pass", "valid"),
    ("standing.licence_scope", {"licence_scope": "全国（网络小额贷款）", "lender_kind": "micro_loan"}, "pass", "valid"),
    ("duplicate.instrument", {}, "not_applicable", "not_stated"),
    ("duplicate.instrument", {"existing_instrument": "无"}, "pass", "none"),
    ("duplicate.instrument", {"existing_instrument": "(2025)粤0106民初123号"}, "fail", "judgment"),
    ("duplicate.instrument", {"existing_instrument": "(2025)粤0106民督5号支付令"}, "fail", "order"),
    ("duplicate.instrument", {"existing_instrument": "广州仲裁委员会裁决书"}, "fail", "award"),
    ("duplicate.instrument", {"existing_instrument": "赋予强制执行效力的公证债权文书"}, "fail", "notarised"),
    ("duplicate.instrument", {"existing_instrument": "人民调解协议，已司法确认"}, "fail", "confirmed"),
    ("duplicate.instrument", {"existing_instrument": "是"}, "fail", "other"),
    ("identity.verification", {}, "not_applicable", "not_stated"),
    ("identity.verification", {"identity_verified_on": "2025-06-10"}, "pass", "before"),
    ("identity.verification", {"identity_verified_on": "2025-06-11"}, "fail", "later"),
    (
        "identity.verification",
        {"identity_verified_on": "2025-06-11", "without": ("contract_date", "disbursed_on")},
        "missing",
        "lacking",
    ),
]

SIGNED = {"contract_date": "2026-08-01", "disbursed_on": "2026-08-01"}

FEES: list[Row] = [
    ("evidence.fee_items", {"contract_date": "2026-07-31", "fee_items": "会员费199"}, "not_applicable", "before"),
    ("evidence.fee_items", SIGNED, "not_applicable", "no_fees"),
    ("evidence.fee_items", SIGNED | {"fees_due": fen("199")}, "missing", "not_named"),
    ("evidence.fee_items", SIGNED | {"fee_items": "会员费199"}, "missing", "form_not_named"),
    ("evidence.fee_items", SIGNED | {"fee_items": "会员费199", "disclosed_fees": "未列费用"}, "fail", "not_disclosed"),
    (
        "evidence.fee_items",
        SIGNED | {"fee_items": "会员费 199", "disclosed_fees": "担保费、服务费"},
        "fail",
        "not_disclosed",
    ),
    (
        "evidence.fee_items",
        SIGNED | {"fee_items": "服务费300元；担保费：120.50", "disclosed_fees": "担保费，服务费，保险费"},
        "pass",
        "all_disclosed",
    ),
    (
        "evidence.fee_items",
        SIGNED | {"lender_kind": "private", "fee_items": "会员费"},
        "not_applicable",
        "other_lender",
    ),
]


def proof(**values: Any) -> dict[str, Any]:
    """A list of evidence with a proof of disbursement."""
    return {"evidence": [{"row": 2, "kind": "disbursement", "state": "present", **values}]}


PROOF: list[Row] = [
    ("evidence.disbursement", proof(amount=fen("9500"), issued_on="2025-06-10"), "warn", "other_amount"),
    ("evidence.disbursement", proof(amount=fen("12000"), issued_on="2025-06-10"), "pass", "same"),
    ("evidence.disbursement", proof(amount=fen("12000"), issued_on="2025-06-13"), "warn", "other_day"),
    ("evidence.disbursement", proof(amount=fen("12000")), "pass", "same_amount"),
    ("evidence.disbursement", proof(amount=fen("9500")) | {"disbursed_amount": fen("9500")}, "pass", "same_amount"),
    ("procedure.payment_order", {}, "pass", "open"),
    (
        "procedure.payment_order",
        {"related": Related((), (), (), ("C-2026-000007",), 1, 100, 5, 3)},
        "pass",
        "other_debts",
    ),
]

RECOURSE = {
    "lender_kind": "guarantor",
    "claim_paid": fen("7880.42"),
    "claim_paid_on": "2024-02-03",
    "contract_date": "2023-01-10",
    "disbursed_on": "2023-01-10",
    "outstanding_principal": fen("7880.42"),
    "total_claimed": fen("7880.42"),
    "without": ("interest_due", "penalty_due", "compound_due", "damages_due", "fees_due"),
}
"""(2025)赣0732民初3959号: 7,880.42 paid on 3 February 2024, when the one-year LPR was 3.45 %."""

STANDING: list[Row] = [
    ("claim.principal_ceiling", RECOURSE, "pass", "within"),
    ("claim.principal_ceiling", RECOURSE | {"outstanding_principal": fen("13000")}, "fail", "above_payment"),
    ("rate.contract_cap", RECOURSE | {"penalty_rate": "0.138"}, "warn", "recourse_above_lpr"),
    ("rate.contract_cap", RECOURSE | {"penalty_rate": "0.0345"}, "pass", "within"),
]


def lender_average(rate: str) -> Related:
    """Somebody looked, and the lender's loans of the batch bear this much on average."""
    return Related((), (), (), (), 1, 100, 5, 3, lender_average=Decimal(rate))


YOUNG = {"contract_date": "2026-04-01", "disbursed_on": "2026-04-01", "due_on": None}
MICRO = {"lender_kind": "micro_loan", "contract_date": "2026-01-01", "disbursed_on": "2026-01-01", "due_on": None}

LINES: list[Row] = [
    ("rate.cost_line", {}, "not_applicable", "no_line"),
    ("rate.cost_line", {"lender_kind": "bank"}, "not_applicable", "no_line"),
    ("rate.cost_line", YOUNG | {"contract_date": "2026-03-31", "annual_rate": "0.22"}, "not_applicable", "no_line"),
    ("rate.cost_line", YOUNG | {"annual_rate": "0.20"}, "pass", "within"),
    ("rate.cost_line", YOUNG | {"annual_rate": "0.22"}, "pass", "noted"),
    ("rate.cost_line", YOUNG | {"annual_rate": "0.20", "related": lender_average("0.21")}, "warn", "average_above"),
    ("rate.cost_line", YOUNG | {"annual_rate": "0.20", "related": lender_average("0.20")}, "pass", "within"),
    ("rate.cost_line", MICRO | {"annual_rate": "0.12"}, "pass", "within"),
    ("rate.cost_line", MICRO | {"annual_rate": "0.18"}, "warn", "above"),
    ("rate.cost_line", MICRO | {"annual_rate": "0.18", "contract_date": "2025-12-31"}, "not_applicable", "no_line"),
    ("rate.cost_line", MICRO | {"annual_rate": None}, "missing", "lacking"),
]


@pytest.mark.parametrize(
    ("check", "changes", "outcome", "reason"),
    [*RENEWAL, *SCHEDULE, *MONEY, *PAPERS, *FEES, *PROOF, *STANDING, *LINES],
)
def test_what_a_check_says(check: str, changes: dict[str, Any], outcome: str, reason: str) -> None:
    found = said(a_case(**{"related": ALONE} | changes), check)
    assert (found["outcome"], found["reason"] if reason else "") == (outcome, reason)
    assert "{" not in found["message"]["zh"] + found["message"]["en"]
    assert found["mend"] is None or "{" not in found["mend"]["zh"] + found["mend"]["en"]


def test_a_renewed_principal_counts_up_to_the_cap_on_the_first() -> None:
    found = said(a_case(**RENEWED), "claim.renewal")
    assert found["computed"]["rolled"] == "1800.00"
    assert (found["computed"]["recognised"], found["computed"]["difference"]) == ("11200.00", "600.00")
    assert "可认定的本金为11,200.00元" in found["message"]["zh"]


def test_a_renewal_across_20_august_2020_counts_both_limits() -> None:
    found = said(
        a_case(**RENEWED | {"original_on": "2020-02-20", "contract_date": "2021-02-19", "principal": fen("12000")}),
        "claim.renewal",
    )
    # 182 days at 24 % and 183 days at 4 × 3.00 %, the LPR as at filing.
    assert found["computed"]["recognised"] == "11798.35"


def test_an_instalment_that_differs_is_shown_beside_the_recomputed_one() -> None:
    stated = plan(term_5={"principal": fen("960.00")}, term_6={"interest": fen("150.00")})
    found = said(a_case(**stated), "claim.schedule_rows")
    assert found["computed"]["terms_off"] == [
        "5: 960.00+166.25 / 968.47+166.25 (8.47)",
        "6: 987.84+150.00 / 987.84+146.88 (3.12)",
    ]
    assert (found["computed"]["count"], found["computed"]["difference"], found["outcome"]) == (2, "11.59", "warn")


def test_what_was_received_and_not_booked_is_named() -> None:
    found = said(a_case(bank_received=fen("5038.88"), **paid(*["1134.72"] * 4)), "claim.receipts")
    assert found["computed"] == {"booked": "4538.88", "difference": "500.00"}


def test_a_fee_that_was_not_disclosed_is_named() -> None:
    changes = SIGNED | {"fee_items": "服务费 300、会员费 199", "disclosed_fees": "服务费"}
    found = said(a_case(**changes), "evidence.fee_items")
    assert found["computed"]["undisclosed"] == ["会员费"]
    assert "会员费不在综合融资成本明示表内" in found["message"]["zh"]
    assert "Drop 会员费" in found["mend"]["en"]


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"fees_due": fen("199")}, ("fee_items", "disclosed_fees")),
        ({"fee_items": "会员费199"}, ("disclosed_fees",)),
    ],
)
def test_what_is_not_named_tells_the_columns_to_add(changes: dict[str, Any], columns: tuple[str, ...]) -> None:
    """The columns named are those that the header's reader knows."""
    mend = said(a_case(**SIGNED | changes), "evidence.fee_items")["mend"]
    for name in columns:
        header = by_name()[name].label.zh
        assert header in by_name()[name].synonyms
        assert f"“{header}”列" in mend["zh"]
        assert f"{header} ({name})" in mend["en"]
