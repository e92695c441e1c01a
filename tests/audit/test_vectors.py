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

LANE: list[Row] = [
    ("settlement.lane", {}, "pass", "sue"),
    ("settlement.lane", {"total_claimed_yuan": "2999.99"}, "pass", "settle"),
    ("settlement.lane", {"days_overdue": 179}, "pass", "settle"),
    ("settlement.lane", {"last_paid_on": "2026-08-25"}, "pass", "settle"),
    ("settlement.lane", {"last_paid_on": "2026-08-24"}, "pass", "sue"),
    ("settlement.lane", {"hardship": True}, "pass", "settle"),
    ("settlement.lane", {"total_claimed": None, "outstanding_principal": None}, "missing", "lacking"),
]


@pytest.mark.parametrize(("check", "changes", "outcome", "reason"), [*DATA, *IDENTITY, *STANDING, *COURT, *RATE, *LANE])
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
