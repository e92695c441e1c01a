"""Facts and what each check says of them, as tables: one row a case, against a sound one."""

from typing import Any

import pytest

from reviewdesk.audit.facts import Related
from tests.audit.cases import a_case, said

Row = tuple[str, dict[str, Any], str, str]
"""Check, changes to the sound case, outcome, reason."""


def person(**changes: Any) -> dict[str, Any]:
    return {"person": changes}


def batch(**changes: Any) -> dict[str, Any]:
    return {"related": Related((), (), (), (), 1, 100, 5, 3, **changes)}


DATA: list[Row] = [
    ("data.dates", {}, "pass", "in_order"),
    ("data.dates", {"disbursed_on": "2024-01-10", "contract_date": None, "due_on": "2023-12-10"}, "fail", "reversed"),
    ("data.dates", {"contract_date": "2025-06-11"}, "fail", "reversed"),
    ("data.dates", {"last_paid_on": "2025-06-09"}, "fail", "reversed"),
    ("data.dates", {"first_overdue_on": "2026-11-24"}, "fail", "in_future"),
    ("data.dates", {"acceleration_arrived_on": "2025-06-09"}, "fail", "reversed"),
    ("data.dates", {"suit_filed_on": "2025-06-09"}, "fail", "reversed"),
    ("data.dates", {"suit_filed_on": "2026-03-10", "suit_ended_on": "2026-03-09"}, "fail", "reversed"),
    ("data.dates", {"suit_filed_on": "2026-03-10", "suit_ended_on": "2026-03-10"}, "pass", "in_order"),
    ("data.dates", {"contract_date": None, "disbursed_on": None}, "missing", "lacking"),
    ("data.magnitude", {}, "pass", "plausible"),
    ("data.magnitude", {"principal_yuan": "100"}, "pass", "plausible"),
    ("data.magnitude", {"principal_yuan": "99.99"}, "warn", "principal"),
    ("data.magnitude", {"principal_yuan": "300000.01"}, "warn", "principal"),
    ("data.magnitude", {"annual_rate": "0.60"}, "pass", "plausible"),
    ("data.magnitude", {"annual_rate": "0.61"}, "warn", "rate"),
    ("data.magnitude", {"principal_yuan": "1.2", **batch(median_principal=1_200_000)}, "warn", "unit"),
    ("data.magnitude", {"principal_yuan": "120000", **batch(median_principal=11_999)}, "warn", "unit"),
    ("data.magnitude", {"principal_yuan": "120000", **batch(median_principal=12_000)}, "pass", "plausible"),
    ("data.magnitude", {"principal": None}, "missing", "lacking"),
    ("data.stale", {"calculated_to": "2026-09-30"}, "warn", "stale"),
    ("data.stale", {"calculated_to": "2026-10-24"}, "pass", "fresh"),
    ("data.stale", {"calculated_to": "2026-10-23"}, "warn", "stale"),
    ("data.stale", {"calculated_to": None}, "not_applicable", "no_day"),
    ("data.stale", {"calculated_to": "2026-11-24"}, "not_applicable", "no_day"),
]

IDENTITY: list[Row] = [
    ("identity.bank_card", {}, "not_applicable", "none"),
    ("identity.bank_card", person(bank_card="6222020000000007"), "pass", "sound"),
    ("identity.bank_card", person(bank_card="6217000000000000004"), "pass", "sound"),
    ("identity.bank_card", person(bank_card="6222020000000008"), "warn", "check_digit"),
    ("identity.bank_card", person(bank_card="622202******0007"), "not_applicable", "masked"),
    ("identity.payee", {}, "not_applicable", "none"),
    ("identity.payee", person(payee_name="张三丰"), "pass", "same"),
    ("identity.payee", person(payee_name="李四"), "fail", "other"),
    ("identity.payee", person(payee_name="张*"), "not_applicable", "masked"),
    ("identity.payee", person(payee_name="张三丰", borrower_name=None), "missing", "lacking"),
    ("identity.id_number", person(id_no="11010519491231002X", gender="女"), "pass", "sound"),
    ("identity.id_number", person(id_no="110105194912310021"), "fail", "check_digit"),
    ("identity.birth_date", person(id_no="11010519900230001X"), "fail", "no_such_day"),
    ("identity.id_number", person(id_no="440106199003072000"), "fail", "precision_lost"),
    ("identity.id_number", person(id_no="44010619900307234"), "fail", "form"),
    ("identity.id_number", person(gender="男"), "warn", "sex_differs"),
    ("identity.mobile", person(mobile="13800138000"), "pass", "sound"),
    ("identity.mobile", person(mobile="12800138000"), "warn", "segment"),
    ("standing.plaintiff", {"lender_code": "91350100M000100Y43"}, "pass", "lender"),
    ("standing.plaintiff", {"lender_code": "91350100M000100Y44"}, "fail", "code"),
]

STANDING: list[Row] = [
    ("standing.assignee", {}, "not_applicable", "not_assigned"),
    ("standing.assignee", {"assigned_from": "某某小额贷款有限公司"}, "not_applicable", "outside"),
    (
        "standing.assignee",
        {"assigned_from": "南海银行股份有限公司", "lender_name": "粤海资产管理有限公司"},
        "pass",
        "manager",
    ),
    ("standing.assignee", {"assigned_from": "南海银行股份有限公司", "lender_name": "王五"}, "warn", "ineligible"),
    ("standing.assignee", {"assigned_from": "粤海资产管理有限公司", "lender_name": "王五"}, "warn", "resold"),
    (
        "standing.assignee",
        {
            "assigned_from": "南海银行股份有限公司",
            "lender_name": "粤海资产管理有限公司",
            "assignment_notice_on": "2027-01-01",
        },
        "warn",
        "after_pilot",
    ),
    ("standing.licence", {"lender_kind": "private", "related": Related((), (), (), (), 1, 100, 5, 37)}, "warn", ""),
    (
        "standing.plaintiff",
        {"lender_kind": "assisted", "lender_name": "乙信息科技有限公司", "lender_code": None},
        "fail",
        "platform",
    ),
    ("standing.assignment", {"assigned_from": "甲银行", "assignment_notice_on": None}, "fail", "no_notice"),
    (
        "claim.principal_ceiling",
        {"lender_kind": "guarantor", "claim_paid_yuan": "7880.42", "outstanding_principal_yuan": "7880.42"},
        "pass",
        "within",
    ),
    (
        "claim.principal_ceiling",
        {"lender_kind": "guarantor", "claim_paid_yuan": "7880.42", "outstanding_principal_yuan": "13000"},
        "fail",
        "above_payment",
    ),
    ("capacity.age", {"contract_date": "2007-05-01"}, "fail", "minor"),
    ("capacity.student", {"student": True, "lender_kind": "micro_loan"}, "fail", "forbidden"),
]

COURT: list[Row] = [
    ("jurisdiction.internet_court", {"agreed_court": "杭州互联网法院"}, "fail", "closed"),
    ("jurisdiction.internet_court", {}, "pass", "other"),
    ("jurisdiction.internet_court", {"agreed_court": None}, "not_applicable", "no_court"),
    ("jurisdiction.arbitration", {"agreed_court": "提交广州仲裁委员会仲裁"}, "fail", "agreed"),
    ("jurisdiction.arbitration", {}, "pass", "court"),
    ("jurisdiction.arbitration", {"agreed_court": None}, "not_applicable", "no_clause"),
    ("jurisdiction.agreed", {"agreed_court": "提交广州仲裁委员会仲裁"}, "not_applicable", "arbitration"),
    (
        "jurisdiction.agreed",
        {
            "agreed_court": "北京市海淀区人民法院",
            "lender_name": "重庆北碚某某小额贷款有限公司",
            "lender_code": None,
        },
        "warn",
        "no_link",
    ),
]

RATE: list[Row] = [
    ("rate.lpr_coverage", {}, "not_applicable", "not_needed"),
    ("rate.lpr_coverage", {"lender_kind": "private", "contract_date": "2026-11-05"}, "fail", "beyond"),
    ("rate.lpr_coverage", {"lender_kind": "private", "contract_date": "2026-10-30"}, "pass", "covered"),
    ("rate.lpr_coverage", {"lender_kind": "private"}, "pass", "covered"),
    ("rate.contract_cap", {"lender_kind": "private", "contract_date": "2023-06-19", "annual_rate": "0.15"}, "warn", ""),
    (
        "rate.contract_cap",
        {"lender_kind": "private", "contract_date": "2023-06-20", "annual_rate": "0.142"},
        "pass",
        "",
    ),
]

SHARED: list[Row] = [
    ("duplicate.address", {}, "not_applicable", "not_compared"),
    ("duplicate.address", batch(address_borrowers=3), "pass", "own"),
    ("duplicate.address", batch(address_borrowers=4), "warn", "shared"),
    ("duplicate.address", batch(address_borrowers=12), "warn", "shared"),
]

LANE: list[Row] = [
    ("settlement.lane", {}, "pass", "sue"),
    ("settlement.lane", {"total_claimed_yuan": "2999.99"}, "pass", "settle"),
    ("settlement.lane", {"days_overdue": 179}, "pass", "settle"),
    ("settlement.lane", {"last_paid_on": "2026-08-25"}, "pass", "settle"),
    ("settlement.lane", {"last_paid_on": "2026-08-24"}, "pass", "sue"),
    ("settlement.lane", {"hardship": True}, "pass", "settle"),
    ("settlement.lane", {"total_claimed": None, "outstanding_principal": None}, "missing", "lacking"),
]


OLD: dict[str, Any] = {"due_on": "2023-03-15", "last_paid_on": None, "last_demand_on": None}
"""Expired on 16 March 2026, unless something interrupted it."""


def demands(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A case with a sheet of demands, and no demand in the account's row."""
    numbered = [{"row": number, **row} for number, row in enumerate(rows, start=2)]
    return {"last_demand_on": None, "demands": numbered, **changes}


def evidence(*kinds: str, **changes: Any) -> dict[str, Any]:
    """A case with a list of evidence: kinds that are there, `-kind` absent, `?kind` not needed."""
    states = {"-": "absent", "?": "not_needed"}
    items = [
        {"row": number, "kind": kind.lstrip("-?"), "state": states.get(kind[0], "present")}
        for number, kind in enumerate(kinds, start=2)
    ]
    return {"evidence": items, **changes}


SMS: dict[str, Any] = {"on": "2025-01-10", "channel": "sms", "outcome": "delivered", "delivered": True}

LIMITATION: list[Row] = [
    ("limitation.expired", OLD, "fail", "expired"),
    ("limitation.expired", {**OLD, "due_on": "2023-11-23"}, "pass", "running"),
    ("limitation.near", {**OLD, "due_on": "2023-11-23"}, "warn", "near"),
    ("limitation.expired", {**OLD, **demands(SMS)}, "pass", "running"),
    ("limitation.expired", {**OLD, **demands({**SMS, "delivered": False})}, "fail", "expired"),
    ("limitation.expired", {**OLD, **demands({**SMS, "delivered": None})}, "fail", "expired_unproved"),
    ("limitation.expired", {**OLD, **demands({**SMS, "delivered": None, "proof": "回执1"})}, "pass", "running"),
    (
        "limitation.expired",
        {**OLD, **demands({"on": "2025-01-10", "channel": "call", "outcome": "no_answer"})},
        "fail",
        "expired",
    ),
    (
        "limitation.expired",
        {**OLD, **demands({"on": "2025-01-10", "channel": "media", "outcome": "unknown", "proof": "省级报纸"})},
        "pass",
        "running",
    ),
    ("limitation.expired", {**OLD, **demands({**SMS, "on": "2026-05-10"})}, "fail", "expired"),
    (
        "limitation.expired",
        {**OLD, **demands({"on": "2026-05-10", "channel": "letter", "outcome": "promised", "proof": "承诺书"})},
        "pass",
        "running",
    ),
    (
        "limitation.expired",
        {**OLD, **demands({"on": "2026-05-10", "channel": "letter", "outcome": "delivered", "proof": "本人签字"})},
        "pass",
        "running",
    ),
    (
        "limitation.expired",
        {**OLD, **demands({"on": "2026-05-10", "channel": "call", "outcome": "promised"})},
        "fail",
        "expired_unproved",
    ),
    ("limitation.expired", {**OLD, "last_paid_on": "2026-05-10"}, "pass", "running"),
    (
        "limitation.expired",
        {**OLD, "repayments": [{"row": 2, "paid_on": "2025-01-10", "amount": 100}]},
        "pass",
        "running",
    ),
    ("limitation.expired", {**OLD, "repayments": [{"row": 2, "paid_on": "2025-01-10", "amount": 0}]}, "fail", ""),
    ("limitation.expired", {**OLD, "assignment_notice_on": "2025-01-10"}, "fail", "expired_unproved"),
    (
        "limitation.expired",
        {**OLD, "assignment_notice_on": "2025-01-10", **evidence("assignment_notice")},
        "pass",
        "running",
    ),
    ("limitation.proof", {}, "not_applicable", "no_sheet"),
    ("limitation.proof", {**OLD, **demands(SMS)}, "pass", "proved"),
    ("limitation.proof", {**OLD, **demands({**SMS, "delivered": None})}, "warn", "unproved"),
    ("limitation.proof", demands({**SMS, "on": "2026-10-10", "delivered": None}), "pass", "proved"),
    ("limitation.guarantee", {}, "not_applicable", "no_guarantor"),
    ("limitation.guarantee", {"guaranteed": True, "due_on": "2026-03-01"}, "fail", "over"),
    ("limitation.guarantee", {"guaranteed": True, "due_on": "2026-05-23"}, "warn", "near"),
    ("limitation.guarantee", {"guaranteed": True, "due_on": "2026-08-23"}, "pass", "running"),
    ("limitation.guarantee", {"guarantee_until": "2026-11-22"}, "fail", "over"),
    (
        "limitation.guarantee",
        {"guaranteed": True, "due_on": "2026-03-01", "guarantee_claimed_on": "2026-09-01"},
        "pass",
        "claimed",
    ),
    (
        "limitation.guarantee",
        {"guaranteed": True, "due_on": "2026-03-01", "guarantee_claimed_on": "2026-09-02"},
        "fail",
        "over",
    ),
    ("limitation.guarantee", {"guaranteed": True, "without": ("due_on", "disbursed_on")}, "missing", "lacking"),
]

CONDUCT: list[Row] = [
    ("conduct.hours", {}, "not_applicable", "no_log"),
    ("conduct.hours", demands(SMS), "not_applicable", "no_times"),
    ("conduct.hours", demands({**SMS, "on": "2026-10-02", "at": "22:15"}), "warn", "at_night"),
    ("conduct.hours", demands({**SMS, "at": "22:00"}), "warn", "at_night"),
    ("conduct.hours", demands({**SMS, "at": "21:59"}), "pass", "daytime"),
    ("conduct.hours", demands({**SMS, "at": "07:59"}), "warn", "at_night"),
    ("conduct.hours", demands({**SMS, "at": "08:00"}), "pass", "daytime"),
    ("conduct.hours", demands({**SMS, "at": "23:00", "channel": "letter"}), "not_applicable", "no_times"),
    ("conduct.frequency", {}, "not_applicable", "no_log"),
    ("conduct.frequency", demands(*[{**SMS, "channel": "call"}] * 3), "pass", "moderate"),
    ("conduct.frequency", demands(*[{**SMS, "channel": "call"}] * 4), "warn", "too_often"),
    ("conduct.frequency", demands(*[SMS] * 4), "pass", "moderate"),
]

EVIDENCE: list[Row] = [
    ("evidence.required", evidence("-disbursement"), "fail", "absent"),
    ("evidence.required", evidence("disbursement", evidence_disbursement=False), "pass", "complete"),
    ("evidence.required", evidence("schedule", "ledger", evidence_ledger=None), "pass", "complete"),
    ("evidence.required", evidence("ledger", evidence_ledger=None), "missing", "lacking"),
    ("evidence.required", evidence("?power_of_attorney", evidence_mandate=None), "pass", "complete_but"),
    ("evidence.required", evidence("-contract", "contract"), "pass", "complete"),
    ("evidence.signature", evidence("esign_certificate", esign_certificate=None), "pass", "listed"),
    ("evidence.signature", evidence("-esign_certificate"), "fail", "no_certificate"),
    ("evidence.disclosure", {"contract_date": "2026-07-31"}, "not_applicable", "before"),
    ("evidence.disclosure", {"contract_date": "2026-08-01"}, "missing", "lacking"),
    ("evidence.disclosure", {"contract_date": "2026-08-01", "evidence_disclosure": False}, "fail", "absent"),
    ("evidence.disclosure", evidence("disclosure_form", contract_date="2026-08-01"), "pass", "there"),
    ("evidence.disclosure", {"contract_date": "2026-08-01", "lender_kind": "private"}, "not_applicable", ""),
    ("evidence.disbursement", {}, "not_applicable", "no_day"),
]


def dated(contract: str, certificate: str, issued_on: str = "2025-06-10") -> dict[str, Any]:
    """A list of evidence with the hashes of contract and certificate."""
    return {
        "evidence": [
            {"row": 2, "kind": "contract", "state": "present", "sha256": contract},
            {"row": 3, "kind": "esign_certificate", "state": "present", "sha256": certificate, "issued_on": issued_on},
            {"row": 4, "kind": "disbursement", "state": "present", "issued_on": issued_on},
        ]
    }


EVIDENCE += [
    ("evidence.signature", dated("ab12", "AB12"), "pass", "verified"),
    ("evidence.signature", dated("ab12", "ab13"), "fail", "hash_differs"),
    ("evidence.signature", dated("ab12", "ab12", "2025-06-11"), "pass", "verified"),
    ("evidence.signature", dated("ab12", "ab12", "2025-06-12"), "fail", "issued_later"),
    ("evidence.disbursement", dated("ab12", "ab12"), "pass", "same"),
    ("evidence.disbursement", dated("ab12", "ab12", "2025-06-12"), "warn", "other_day"),
]


@pytest.mark.parametrize(
    ("check", "changes", "outcome", "reason"),
    [*SHARED, *DATA, *IDENTITY, *STANDING, *COURT, *RATE, *LANE, *LIMITATION, *CONDUCT, *EVIDENCE],
)
def test_what_a_check_says(check: str, changes: dict[str, Any], outcome: str, reason: str) -> None:
    found = said(a_case(**changes), check)
    assert (found["outcome"], found["reason"] if reason else "") == (outcome, reason)
    assert "{" not in found["message"]["zh"] + found["message"]["en"]
    assert found["mend"] is None or "{" not in found["mend"]["zh"] + found["mend"]["en"]


def test_dates_that_contradict_each_other_are_named() -> None:
    found = said(a_case(contract_date=None, disbursed_on="2024-01-10", due_on="2023-12-10"), "data.dates")
    assert found["computed"] == {
        "sooner_fact": "disbursed_on",
        "sooner": "2024-01-10",
        "later_fact": "due_on",
        "later": "2023-12-10",
    }
    assert "放款日期（2024-01-10）晚于到期日（2023-12-10）" in found["message"]["zh"]
    assert "Disbursed on (2024-01-10)" in found["message"]["en"]


def test_old_figures_say_how_old() -> None:
    found = said(a_case(calculated_to="2026-09-30"), "data.stale")
    assert found["computed"] == {"days": 54, "threshold": 30}


def test_a_lpr_that_ends_before_the_contract_says_by_how_much() -> None:
    found = said(a_case(lender_kind="private", contract_date="2026-11-05"), "rate.lpr_coverage")
    assert found["computed"] == {"days": 46, "until": "2026-09-20", "threshold": 40}


def test_neither_card_nor_payee_is_kept_in_a_finding() -> None:
    case = a_case(person={"bank_card": "6222020000000008", "payee_name": "李四"})
    for check in ("identity.bank_card", "identity.payee"):
        found = said(case, check)
        assert (found["used"], found["computed"]) == ({}, {})


def test_a_delivered_message_moves_the_end() -> None:
    found = said(a_case(**OLD | demands(SMS)), "limitation.expired")
    assert (found["computed"]["expiry"], found["computed"]["base_kind"]) == ("2028-01-10", "demand")


def test_what_is_not_proved_says_what_it_would_move() -> None:
    found = said(a_case(**OLD | demands({**SMS, "delivered": None})), "limitation.expired")
    assert found["computed"]["expiry_if_proved"] == "2028-01-10"
    assert (found["computed"]["unproved_on"], found["computed"]["unproved_kind"]) == ("2025-01-10", "unproved_demand")
    assert "补充2025-01-10的催收已经到达的凭证" in found["mend"]["zh"]


def test_a_payment_after_the_end_is_for_a_lawyer_to_confirm() -> None:
    found = said(a_case(**OLD | {"last_paid_on": "2026-05-10"}), "limitation.expired")
    assert found["computed"]["notes"][-1] == "revived"
    assert "放弃时效抗辩" in found["message"]["zh"]


def test_a_contact_at_night_names_its_hour() -> None:
    late = {**SMS, "on": "2026-10-02", "at": "22:15"}
    found = said(a_case(**demands({**SMS, "at": "09:00"}, late)), "conduct.hours")
    assert (found["computed"]["contacted_on"], found["computed"]["contacted_at"]) == ("2026-10-02", "22:15")


def test_a_guarantee_ends_six_months_after_the_debt_fell_due() -> None:
    found = said(a_case(guaranteed=True, due_on="2026-03-01"), "limitation.guarantee")
    assert found["computed"]["until"] == "2026-09-01"
