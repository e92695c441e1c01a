"""The complaint (民事起诉状) of a case or a suit: a draft for counsel, made from facts and claim statement alone.

What the facts do not say is a blank to be filled in. The sums are those of the claim statement: principal and charges
that may be claimed make up the amount in dispute, which court fees are counted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from reviewdesk.audit.facts import BY_SUIT
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.handover.packed import PackedCase, evidence_name
from reviewdesk.identity import read_id
from reviewdesk.money import Fen, yuan

BLANK: Final = "＿＿＿＿＿＿"

Loan = tuple[PackedCase, ClaimStatement]
"""A case with its claim statement."""

_CAUSES: Final = {
    "micro_loan": "小额借款合同纠纷",
    "private": "民间借贷纠纷",
    "guarantor": "追偿权纠纷",
    "insurer": "保证保险合同纠纷",
}
_CAUSE: Final = "金融借款合同纠纷"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint in paragraphs. `parties` and `requests` have one for each line, `reasons` one for each loan and more.

    `amount` is the amount in dispute, in fen.
    """

    cause: str
    parties: tuple[str, ...]
    requests: tuple[str, ...]
    amount: Fen
    jurisdiction: str
    reasons: tuple[str, ...]
    evidence: tuple[str, ...]
    court: str
    plaintiff: str


def complaint_of(filing: Sequence[Loan]) -> Complaint:
    """The complaint over one loan, or over those of a suit."""
    first, _made = filing[0]
    facts = first.facts
    court = facts.get("agreed_court")
    return Complaint(
        cause=_CAUSES.get(str(facts.get("lender_kind")), _CAUSE),
        parties=(_plaintiff(facts), _agent(), _defendant(first.row.personal, facts)),
        requests=tuple(_requests(filing)),
        amount=_amount(filing),
        jurisdiction=f"合同约定由{court}管辖。" if court else "按被告住所地或合同履行地确定管辖（民事诉讼法第24条）。",
        reasons=(*(_story(case, made) for case, made in filing), _law(filing)),
        evidence=tuple(_evidence(filing)),
        court=court or f"{BLANK}人民法院",
        plaintiff=facts.get("lender_name") or BLANK,
    )


# --- the parties ------------------------------------------------------------------------------------------------------


def _plaintiff(facts: Mapping[str, Any]) -> str:
    return (
        f"原告：{facts.get('lender_name') or BLANK}，统一社会信用代码{facts.get('lender_code') or BLANK}，"
        f"住所地{BLANK}。法定代表人：{BLANK}，职务{BLANK}，联系电话{BLANK}。"
    )


def _agent() -> str:
    return f"委托诉讼代理人：{BLANK}，{BLANK}律师事务所律师，联系电话{BLANK}，代理权限：{BLANK}。"


def _defendant(personal: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    number = str(personal.get("id_no") or "")
    gender, born = sex_and_birth(number)
    told = [
        f"被告：{personal.get('borrower_name') or BLANK}",
        gender,
        f"{personal['ethnicity']}" if personal.get("ethnicity") else "",
        f"{born}出生",
        f"公民身份号码{number or BLANK}",
        f"工作单位{personal['employer']}" if personal.get("employer") else "",
        f"户籍地址{personal.get('id_address') or BLANK}",
        f"联系地址{personal['contact_address']}" if personal.get("contact_address") else "",
        f"联系电话{personal.get('mobile') or BLANK}",
    ]
    confirmed = "被告已确认送达地址。" if facts.get("service_address_confirmed") is True else ""
    return "，".join(one for one in told if one) + "。" + confirmed


def sex_and_birth(id_no: str) -> tuple[str, str]:
    """What an ID number tells of its holder; blanks where it is masked or not sound."""
    read = read_id(id_no) if id_no.isascii() and "*" not in id_no else None
    if read is None or read.problem is not None:
        return BLANK, BLANK
    sex = BLANK if read.male is None else "男" if read.male else "女"
    return sex, day_of(read.born) if read.born else BLANK


# --- the requests -----------------------------------------------------------------------------------------------------


def _requests(filing: Sequence[Loan]) -> Iterator[str]:
    single = len(filing) == 1
    for case, made in filing:
        principal, charges = parts_of(case.facts, made)
        about = "" if single else f"就借据{case.facts.get('account_no') or BLANK}，"
        paid = "代偿（理赔）款" if _recourse(case) else "借款本金"
        tail = (
            f"，并支付截至{day_of(made.calculated_to)}的利息、罚息、复利、违约金及费用{yuan(charges)}元"
            if charges
            else ""
        )
        yield f"判令被告{about}向原告偿还{paid}{yuan(principal)}元{tail}；"
        yield (
            f"判令被告{about}自{day_of(made.calculated_to)}起至实际清偿之日止，以{_base_of(case.facts)}为基数，"
            f"按年利率{_rate_of(made)}向原告支付逾期利息；"
        )
    yield "判令被告承担本案诉讼费用。"


def parts_of(facts: Mapping[str, Any], made: ClaimStatement) -> tuple[Fen, Fen]:
    """The principal and the charges that are sued for; together what may be claimed."""
    stated = facts.get("outstanding_principal")
    principal = min(made.principal, made.claimable, made.principal if stated is None else max(stated, 0))
    return Fen(principal), Fen(made.claimable - principal)


def _base_of(facts: Mapping[str, Any]) -> str:
    """What bears penalty from the calculation date on; of a loan that the suit accelerates, the rest from service."""
    if facts.get("accelerated_by") == BY_SUIT and not facts.get("acceleration_arrived_on"):
        return "已到期未付本金（其余本金自起诉状副本送达之日起计入）"
    return "尚欠本金"


def _rate_of(made: ClaimStatement) -> str:
    """The rate that runs on: what was agreed for overdue sums, within the cap of the last day."""
    agreed = made.penalty_rate if made.penalty_rate is not None else made.rate
    cap = made.cap_lines[-1].rate if made.cap_lines else None
    known = [rate for rate in (agreed, cap) if rate is not None]
    return f"{BLANK}%" if agreed is None else percent(min(known))


def _amount(filing: Sequence[Loan]) -> Fen:
    return Fen(sum(made.claimable for _case, made in filing))


# --- facts and reasons ------------------------------------------------------------------------------------------------


def _story(case: PackedCase, made: ClaimStatement) -> str:
    """What happened with one loan, one sentence for each fact that is known."""
    return "".join(filter(None, (tell(case.facts, made) for tell in _TELLING)))


def _contract(facts: Mapping[str, Any], _made: ClaimStatement) -> str:
    number = facts.get("contract_no") or facts.get("account_no")
    lender = "出借人" if facts.get("assigned_from") or facts.get("lender_kind") in RECOURSE_KINDS else "原告"
    told = f"{_on(facts, 'contract_date')}，被告与{lender}签订借款合同（编号{number or BLANK}）"
    terms = [
        f"借款金额{_money(facts, 'principal')}元",
        f"年利率{percent(facts['annual_rate'])}" if facts.get("annual_rate") else "",
        f"逾期年利率{percent(facts['penalty_rate'])}" if facts.get("penalty_rate") else "",
        f"分{facts['terms']}期" if facts.get("terms") else "",
        f"至{day_of(facts['due_on'])}到期" if facts.get("due_on") else "",
        f"还款方式为{METHODS[facts['repayment_method']]}" if facts.get("repayment_method") in METHODS else "",
    ]
    return f"{told}，约定{'，'.join(term for term in terms if term)}。"


METHODS: Final = {
    "equal_instalments": "等额本息",
    "equal_principal": "等额本金",
    "interest_first": "先息后本",
    "bullet": "到期一次还本付息",
    "on_demand": "随借随还",
}


def _disbursed(facts: Mapping[str, Any], _made: ClaimStatement) -> str:
    amount = facts.get("disbursed_amount", facts.get("principal"))
    return f"{_on(facts, 'disbursed_on')}，出借人实际发放借款{BLANK if amount is None else yuan(amount)}元。"


def _recourse_paid(facts: Mapping[str, Any], _made: ClaimStatement) -> str:
    if facts.get("lender_kind") not in RECOURSE_KINDS:
        return ""
    day, amount = _on(facts, "claim_paid_on"), _money(facts, "claim_paid")
    return f"因被告未还款，原告于{day}代为偿付（理赔）{amount}元，依法取得追偿权。"


def _assigned(facts: Mapping[str, Any], _made: ClaimStatement) -> str:
    if not facts.get("assigned_from"):
        return ""
    return f"{facts['assigned_from']}将上述债权转让给原告，并于{_on(facts, 'assignment_notice_on')}通知被告。"


def _overdue(facts: Mapping[str, Any], _made: ClaimStatement) -> str:
    since = (
        f"被告自{day_of(facts['first_overdue_on'])}起未依约还款" if facts.get("first_overdue_on") else "被告未依约还款"
    )
    days = f"，截至{day_of(facts['calculated_to'])}已逾期{facts['days_overdue']}天" if _both(facts) else ""
    paid = f"，累计已还{yuan(facts['paid_total'])}元" if facts.get("paid_total") else ""
    return f"{since}{days}{paid}。"


def _both(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("days_overdue") and facts.get("calculated_to"))


def _accelerated(facts: Mapping[str, Any], _made: ClaimStatement) -> str:
    if facts.get("accelerated_by") == BY_SUIT:
        return "出借人以本诉状宣布借款提前到期，自起诉状副本送达被告之日起全部借款到期。"
    arrived = facts.get("acceleration_arrived_on")
    told = f"，通知于{day_of(arrived)}送达被告" if arrived else ""
    return f"{day_of(facts['accelerated_on'])}，出借人宣布借款提前到期{told}。" if facts.get("accelerated_on") else ""


def _owed(facts: Mapping[str, Any], made: ClaimStatement) -> str:
    principal, charges = parts_of(facts, made)
    less = "，超出法定上限或未经重算支持的部分不再主张" if made.excess else ""
    return (
        f"截至{day_of(made.calculated_to)}，原告主张本金{yuan(principal)}元，利息、罚息、复利、违约金及费用{yuan(charges)}元，"
        f"合计{yuan(made.claimable)}元{less}，计算过程见债权计算书。"
    )


_TELLING: Final[tuple[Callable[[Mapping[str, Any], ClaimStatement], str], ...]] = (
    _contract,
    _disbursed,
    _recourse_paid,
    _assigned,
    _overdue,
    _accelerated,
    _owed,
)


def _law(filing: Sequence[Loan]) -> str:
    first, _made = filing[0]
    articles = ["第509条", "第577条", "第667条", "第674条", "第675条", "第676条"]
    if any(case.facts.get("assigned_from") for case, _ in filing):
        articles.insert(1, "第546条")
    if _recourse(first):
        articles.append("第700条")
    joined = "上述各笔借款的当事人相同、诉讼标的种类相同，原告合并提出请求。" if len(filing) > 1 else ""
    return f"{joined}被告的行为已构成违约。原告依据《民法典》{'、'.join(articles)}及相关司法解释提起诉讼，请依法裁判。"


def _evidence(filing: Sequence[Loan]) -> Iterator[str]:
    files = [file for case, _made in filing for file in case.files or ()]
    if not files:
        yield "债权计算书及随卷证据，以证据目录为准。"
    for number, file in enumerate(files, 1):
        yield evidence_name(number, file)


# --- words ------------------------------------------------------------------------------------------------------------


def _recourse(case: PackedCase) -> bool:
    return case.facts.get("lender_kind") in RECOURSE_KINDS


def _on(facts: Mapping[str, Any], name: str) -> str:
    return day_of(facts[name]) if facts.get(name) else BLANK


def day_of(day: date | str) -> str:
    read = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{read.year}年{read.month}月{read.day}日"


def _money(facts: Mapping[str, Any], name: str) -> str:
    return BLANK if facts.get(name) is None else yuan(facts[name])


def percent(rate: Decimal | str) -> str:
    shown = f"{Decimal(rate) * 100:.4f}".rstrip("0").rstrip(".")
    return f"{shown}%"
