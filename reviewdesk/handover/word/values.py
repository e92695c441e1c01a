"""What the placeholders of a complaint's template stand for in a case or a suit: text, or lists of text.

What the facts do not say is a blank to be filled in, as in the printed draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reviewdesk.handover.complaint import BLANK, METHODS, Complaint, Loan, day_of, parts_of, percent, sex_and_birth
from reviewdesk.handover.word.names import LOANS, Values
from reviewdesk.money import Fen, yuan


def values_of(filing: Sequence[Loan], made: Complaint) -> Values:
    """The values of a case or a suit; `made` is its complaint."""
    first, _statement = filing[0]
    facts, personal = first.facts, first.row.personal
    return {
        "案由": made.cause,
        "法院": made.court,
        "管辖说明": made.jurisdiction,
        "标的总额": yuan(made.amount),
        "借款笔数": str(len(filing)),
        "原告名称": made.plaintiff,
        "原告统一社会信用代码": _text(facts, "lender_code"),
        **_defendant(personal),
        "送达地址已确认": "是" if facts.get("service_address_confirmed") is True else "否",
        "诉讼请求": list(made.requests),
        "事实与理由": list(made.reasons),
        "证据": list(made.evidence),
        LOANS: [_loan(number, *loan, made.reasons[number - 1]) for number, loan in enumerate(filing, 1)],
    }


def _defendant(personal: Mapping[str, Any]) -> Values:
    number = str(personal.get("id_no") or "")
    sex, born = sex_and_birth(number)
    return {
        "被告姓名": _text(personal, "borrower_name"),
        "被告性别": sex,
        "被告出生日期": born,
        "被告民族": _text(personal, "ethnicity"),
        "被告证件号码": number or BLANK,
        "被告联系电话": _text(personal, "mobile"),
        "被告户籍地址": _text(personal, "id_address"),
        "被告联系地址": _text(personal, "contact_address"),
        "被告工作单位": _text(personal, "employer"),
    }


def _loan(number: int, case: Any, statement: Any, story: str) -> Values:
    facts = case.facts
    principal, charges = parts_of(facts, statement)
    return {
        "序号": str(number),
        "案件号": case.row.number,
        "借据号": _text(facts, "account_no"),
        "合同编号": str(facts.get("contract_no") or facts.get("account_no") or BLANK),
        "合同签订日": _day(facts, "contract_date"),
        "约定金额": _money(facts, "principal"),
        "实际发放金额": _money(facts, "disbursed_amount" if facts.get("disbursed_amount") is not None else "principal"),
        "发放日": _day(facts, "disbursed_on"),
        "到期日": _day(facts, "due_on"),
        "年利率": _rate(facts, "annual_rate"),
        "逾期年利率": _rate(facts, "penalty_rate"),
        "期数": _text(facts, "terms"),
        "还款方式": METHODS.get(str(facts.get("repayment_method")), BLANK),
        "已还总额": _money(facts, "paid_total"),
        "逾期起始日": _day(facts, "first_overdue_on"),
        "逾期天数": _text(facts, "days_overdue"),
        "提前到期日": _day(facts, "accelerated_on"),
        "转让方": _text(facts, "assigned_from"),
        "转让通知日": _day(facts, "assignment_notice_on"),
        "代偿金额": _money(facts, "claim_paid"),
        "代偿日": _day(facts, "claim_paid_on"),
        "计算截止日": day_of(statement.calculated_to),
        "主张本金": yuan(principal),
        "主张息费": yuan(charges),
        "主张合计": yuan(Fen(principal + charges)),
        "事实": story,
    }


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return BLANK if value in (None, "") else str(value)


def _day(facts: Mapping[str, Any], name: str) -> str:
    return day_of(facts[name]) if facts.get(name) else BLANK


def _money(facts: Mapping[str, Any], name: str) -> str:
    return BLANK if facts.get(name) is None else yuan(facts[name])


def _rate(facts: Mapping[str, Any], name: str) -> str:
    return percent(facts[name]) if facts.get(name) else BLANK
