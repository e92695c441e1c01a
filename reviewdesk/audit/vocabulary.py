"""What the numbers in findings are called, and how each is written for machines and for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, Literal

from reviewdesk.audit.caps import Period, last_day
from reviewdesk.audit.sheets import SIDE_SHEETS
from reviewdesk.errors import Text
from reviewdesk.identity import PROVINCES
from reviewdesk.intake.fields import by_name
from reviewdesk.money import plain, yuan

Kind = Literal["money", "rate", "date", "number", "text", "words", "yes_no", "list", "periods", "word", "rows", "fact"]

_MONEY: Final = {
    "parts_total": ("各项合计", "Parts together"),
    "difference": ("差额", "Difference"),
    "claimed_principal": ("主张本金", "Principal claimed"),
    "ceiling": ("上限", "Ceiling"),
    "held_back": ("预扣金额", "Held back"),
    "claimable_principal": ("可主张本金", "Principal that may be claimed"),
    "schedule_principal": ("计划未还本金", "Principal by the schedule"),
    "schedule_interest": ("计划到期利息", "Interest by the schedule"),
    "ledger_principal": ("明细重算本金", "Principal by the ledger"),
    "ledger_interest": ("明细重算利息", "Interest by the ledger"),
    "ledger_penalty": ("明细重算罚息", "Penalty by the ledger"),
    "ledger_compound": ("明细重算复利", "Compound interest by the ledger"),
    "ledger_charges": ("明细重算息费", "Charges by the ledger"),
    "ledger_paid": ("明细还款合计", "Repaid by the ledger"),
    "claimed_charges": ("主张息费", "Charges claimed"),
    "unmatched_total": ("对不上的冲正合计", "Reversals that match nothing"),
    "unmatched_amount": ("对不上的冲正金额", "Amount of the reversal"),
    "reversed_total": ("已冲正还款合计", "Payments taken back"),
    "later_paid": ("截止日后还款", "Repaid after the calculation date"),
    "set_off_principal": ("应抵充本金", "Set off on principal"),
    "booked_principal": ("表列抵充本金", "Booked on principal"),
    "charges_paid": ("已付息费", "Charges paid"),
    "charges_owed": ("依约尚欠息费", "Charges standing by contract"),
    "allowed": ("可主张金额", "Allowed"),
    "allowed_360": ("按360天计", "With 360 days"),
    "owed": ("欠款", "Owed"),
    "base": ("计算基数", "Base"),
    "charges": ("息费合计", "Charges together"),
    "cap_amount": ("上限金额", "Cap amount"),
    "claimable": ("可主张总额", "May be claimed"),
    "excess": ("应剔除", "To be dropped"),
    "claim": ("标的额", "Claim"),
    "fee": ("案件受理费", "Court fee"),
    "fee_halved": ("减半受理费", "Halved court fee"),
    "fee_payment_order": ("支付令申请费", "Payment-order fee"),
    "preservation_fee": ("保全申请费", "Preservation fee"),
    "execution_fee": ("执行申请费", "Enforcement fee"),
    "wage": ("年平均工资", "Average annual wage"),
    "small_claims_limit": ("小额诉讼上限", "Small-claims limit"),
    "agreed_limit": ("约定小额诉讼上限", "Limit by agreement"),
    "expected_recovery": ("预计回收", "Expected recovery"),
    "lawyer_fee": ("律师费", "Lawyer's fee"),
    "service_cost": ("送达等费用", "Service and sundries"),
    "cost": ("成本合计", "Cost"),
    "median": ("批次中位数", "Median of the batch"),
    "booked": ("入账合计", "Booked in all"),
    "rolled": ("利息转入本金", "Interest made principal"),
    "recognised": ("可认定本金", "Principal that counts"),
    "credited": ("抵充本金的已付息费", "Charges paid that count against the principal"),
    "proof_amount": ("放款凭证金额", "Amount of the proof"),
    "returned": ("放款后一日内收回", "Came back within a day"),
    "lent": ("表列放款", "Disbursed by the sheet"),
    "least": ("下限", "Least"),
    "most": ("上限", "Most"),
}
_RATE: Final = {
    "cap": ("利率上限", "Cap"),
    "cap_before": ("旧规则上限", "Old limit"),
    "limit": ("成本上限", "Limit of the cost"),
    "lpr": ("一年期LPR", "One-year LPR"),
    "allowed_rate": ("可主张利率", "Rate allowed"),
    "all_in_cost": ("综合融资成本", "All-in cost"),
    "recovery_share": ("回收率", "Recovery"),
    "cost_share": ("成本占比", "Cost's share"),
    "share": ("占比", "Share"),
    "highest_rate": ("利率上限", "Highest rate"),
    "most_share": ("比例上限", "Highest share"),
    "lender_average": ("出借人平均综合融资成本", "The lender's average cost"),
    "rate_by_days": ("按365天的年利率", "Rate in 365 days"),
    "asked_rate": ("主张的年利率", "Rate asked"),
    "effective_cost": ("综合融资成本（复利口径）", "All-in cost, compounded"),
}
_DATE: Final = {
    "as_of": ("审核日", "Day of the audit"),
    "rate_from": ("新上限起算日", "Cap from"),
    "start": ("起算日", "From"),
    "runs_from": ("时效起算日", "The period runs from"),
    "until": ("截止日", "To"),
    "last_due_on": ("最后一期到期日", "Last instalment due"),
    "expiry": ("时效届满日", "End of limitation"),
    "expiry_if_proved": ("能证明送达时的届满日", "End if the demand is proved"),
    "unproved_on": ("未证明到达的日期", "Not proved to have arrived"),
    "revived": ("届满后承诺或还款日", "Given up after the end"),
    "contacted_on": ("联系日期", "Contacted on"),
    "issued_on": ("凭证日期", "Dated"),
    "unpaid_since": ("最早未清偿的到期日", "First instalment not covered"),
    "late_demand": ("届满后的催收日", "Demand after the end"),
    "from_day": ("施行日", "From"),
    "sooner": ("应在前的日期", "Should come first"),
    "later": ("应在后的日期", "Should come later"),
    "formed_on": ("合同成立日", "Contract formed on"),
    "infringed_on": ("权利受损日", "Right infringed on"),
    "unmatched_on": ("对不上的冲正日期", "Day of the reversal"),
    "due_from": ("全部到期日", "All due from"),
}
_NUMBER: Final = {
    "days": ("天数", "Days"),
    "gap": ("相差天数", "Days off"),
    "threshold": ("门槛天数", "Threshold in days"),
    "days_left": ("剩余天数", "Days left"),
    "age": ("年龄", "Age"),
    "age_now": ("现年", "Age now"),
    "adult_age": ("成年年龄", "Age of majority"),
    "borrowers": ("借款人数", "Borrowers"),
    "most_borrowers": ("人数上限", "Most borrowers"),
    "count": ("数量", "Count"),
    "batch_cases": ("本批次案件数", "Cases of the batch"),
    "court_cases": ("同一法院案件数", "Cases in this court"),
    "org_cases": ("本机构案件数", "Cases of the organisation"),
    "org_court_cases": ("本机构同一法院案件数", "Of them in this court"),
    "wage_year": ("工资年度", "Year of the wage"),
    "terms_paid": ("已还期数", "Instalments paid"),
    "ignored": ("未到达次数", "Reached nobody"),
    "unproved": ("无凭证次数", "Without proof"),
    "most_calls": ("每日上限", "Most a day"),
    "from_hour": ("起（时）", "From hour"),
    "to_hour": ("止（时）", "To hour"),
    "payments": ("还款笔数", "Payments"),
    "rows": ("表列期数", "Instalments of the sheet"),
    "unmatched": ("对不上的冲正笔数", "Reversals that match nothing"),
    "unmatched_row": ("对不上的冲正所在行", "Row of the reversal"),
}
_OTHER: Final[dict[str, tuple[Kind, str, str]]] = {
    "rule": ("text", "适用规则", "Rule"),
    "creditor": ("text", "出借人或原债权人", "The lender, or the original one"),
    "base_kind": ("word", "起算事由", "Runs from"),
    "expected": ("text", "应为等级", "Expected bucket"),
    "region": ("word", "地区", "Region"),
    "address_region": ("word", "地址所在地区", "Region of the address"),
    "lives_in": ("text", "现住地", "Lives in"),
    "unproved_kind": ("word", "未证明到达的事由", "Not proved to have arrived"),
    "contacted_at": ("text", "联系时间", "Contacted at"),
    "not_needed": ("words", "无须提供的证据", "Evidence not needed"),
    "sooner_fact": ("fact", "应在前的事项", "Should come first"),
    "later_fact": ("fact", "应在后的事项", "Should come later"),
    "reasons": ("words", "理由", "Reasons"),
    "factor": ("rate", "倍数", "Factor"),
    "missing": ("words", "缺少的资料", "Facts absent"),
    "absent": ("words", "缺少的证据", "Evidence absent"),
    "unknown": ("words", "未说明的证据", "Evidence unknown"),
    "terms_off": ("list", "不一致的期次", "Instalments that differ"),
    "undisclosed": ("list", "未明示的费用", "Fees not disclosed"),
    "line": ("text", "监管成本线", "Line"),
    "cases": ("list", "相关案件", "Cases"),
    "notes": ("list", "说明", "Notes"),
    "periods": ("periods", "分段计算", "Periods"),
    "error": ("text", "错误类型", "Type of error"),
    "unread": ("words", "有不能识别的行、未采用的附表", "Sheets not taken in, as a row cannot be read"),
}

_FIELD_KINDS: Final[dict[str, Kind]] = {
    "money": "money",
    "rate": "rate",
    "date": "date",
    "terms": "number",
    "count": "number",
    "yes_no": "yes_no",
    "proof": "yes_no",
    "choice": "word",
}

KINDS: Final[dict[str, Kind]] = {
    **{name: _FIELD_KINDS.get(known.kind, "text") for name, known in by_name().items()},
    **dict.fromkeys(_MONEY, "money"),
    **dict.fromkeys(_RATE, "rate"),
    **dict.fromkeys(_DATE, "date"),
    **dict.fromkeys(_NUMBER, "number"),
    **{name: kind for name, (kind, _zh, _en) in _OTHER.items()},
    **dict.fromkeys(SIDE_SHEETS, "rows"),
}
"""How the value of each name is written."""

_EXTRA_FACTS: Final = {
    "hardship": ("困难情况", "Hardship"),
    "insolvent": ("个人破产查询结果", "Insolvency look-up"),
    "evidence_identity": ("双方身份证明", "Identity proof"),
    "evidence_contract": ("借款合同", "Loan contract"),
    "evidence_disbursement": ("放款凭证", "Disbursement proof"),
    "evidence_ledger": ("还款明细", "Ledger"),
    "evidence_acceleration": ("提前到期通知及送达凭证", "Acceleration notice with proof of arrival"),
    "evidence_assignment": ("债权转让协议", "Assignment contract"),
    "evidence_compensation": ("代偿证明", "Proof of payment"),
    "evidence_disclosure": ("综合融资成本明示表", "Disclosure of the cost"),
    "evidence_mandate": ("授权委托书", "Power of attorney"),
    "repayments": ("还款明细", "Repayments"),
    "demands": ("催收记录", "Demands"),
    "evidence": ("证据清单", "List of evidence"),
    "schedule": ("还款计划表", "Schedule of the sheet"),
    "lpr": ("当日的一年期LPR", "The LPR of that day"),
    "related": ("其他案件的比对结果", "A comparison with other cases"),
}

_REASONS: Final = {
    "small_claim": ("标的额小", "a small claim"),
    "early_default": ("逾期时间短", "early default"),
    "paid_lately": ("近期有还款", "a recent payment"),
    "in_hardship": ("有困难情况", "hardship"),
    "offer_pending": ("正在协商", "an offer is pending"),
    "complains": ("有未结投诉", "an open complaint"),
}

LABELS: Final[dict[str, Text]] = {
    **{name: Text(*words) for table in (_MONEY, _RATE, _DATE, _NUMBER) for name, words in table.items()},
    **{name: Text(zh, en) for name, (_kind, zh, en) in _OTHER.items()},
    **{name: Text(*words) for table in (_EXTRA_FACTS, _REASONS) for name, words in table.items()},
    **{name: known.label for name, known in by_name().items()},
}
"""What a name in `used`, `computed` or `missing` is called."""

_WORDS: Final = {
    "due": ("最后一期到期", "the last instalment falling due"),
    "acceleration": ("宣布提前到期", "the acceleration"),
    "recourse": ("代偿或理赔", "the payment for the borrower"),
    "repayment": ("最后还款", "the last repayment"),
    "demand": ("送达的催收", "a demand that arrived"),
    "promise": ("还款承诺", "a promise to pay"),
    "assignment": ("债权转让通知", "the notice of the assignment"),
    "suit": ("前案程序终结", "the end of the earlier suit"),
    "unproved_suit": ("前案起诉", "earlier suit"),
    "unproved_demand": ("催收", "demand"),
    "unproved_promise": ("还款承诺", "promise to pay"),
    "unproved_assignment": ("债权转让通知", "notice of the assignment"),
    "bank": ("银行", "bank"),
    "consumer_finance": ("消费金融公司", "consumer-finance company"),
    "micro_loan": ("小额贷款公司", "micro lender"),
    "assisted": ("助贷", "assisted lending"),
    "guarantor": ("担保公司", "guarantor"),
    "insurer": ("保险公司", "insurer"),
    "private": ("民间出借人", "private lender"),
    "equal_instalments": ("等额本息", "equal instalments"),
    "equal_principal": ("等额本金", "equal principal"),
    "interest_first": ("先息后本", "interest first"),
    "bullet": ("到期一次还本付息", "one payment at maturity"),
    "on_demand": ("随借随还", "repaid on demand"),
    "electronic": ("电子签署", "electronic"),
    "paper": ("纸质签署", "on paper"),
    "365": ("一年365天", "365 days a year"),
    "360": ("一年360天", "360 days a year"),
    "actual": ("各年实际天数", "the days of each year"),
    "by_notice": ("通知", "a notice"),
    "by_suit": ("起诉", "the suit"),
    "withdrawn": ("撤诉", "withdrawn"),
    "dismissed": ("不予受理或驳回起诉", "refused or dismissed"),
    "judged": ("判决", "judged"),
    "mediated": ("调解", "mediated"),
    "lapsed": ("支付令失效", "a payment order that lapsed"),
    "pending": ("审理中", "pending"),
    **{names[0]: names for names in PROVINCES.values()},
}

NOTES: Final = {
    "lpr_beyond": Text(
        "所用LPR为已知的最后一期，其后如有公布须更新策略。",
        "The LPR used is the last one known; a later one calls for a new policy version.",
    ),
    "old_limit": Text(
        "其中至2020年8月19日止的天数按年{cap_before}计算。",
        "The days up to 19 August 2020 are counted at {cap_before} a year.",
    ),
    "lpr_that_day": Text(
        "合同成立于该期LPR公布当日；成立在当日公布（约9时）之前的，应适用前一期LPR。",
        "The contract was formed on the day of that LPR's publication; if before its hour (about 9:00), the LPR before "
        "it applies.",
    ),
    "credited": Text(
        "按约已付息费中有{credited}超过上限，已逐笔抵充本金。",
        "Of the charges paid by contract {credited} were above the cap; each counts against the principal from its "
        "day.",
    ),
    "effective_cost": Text(
        "按复利口径（(1+月利率)^12−1）为年{effective_cost}。",
        "With interest on interest, (1 + the monthly rate)^12 − 1, it is {effective_cost}.",
    ),
    "formed_by_disbursement": Text(
        "未给出签约日期，以放款日期作为合同成立日。",
        "No contract date is given; the day of disbursement stands for it.",
    ),
    "long_stop": Text(
        "最长保护期间自{infringed_on}起满二十年，其间的中断不延长该终点。",
        "The longest period, twenty years from {infringed_on}, ends then, whatever interrupted on the way.",
    ),
    "weekends_only": Text(
        "该年度放假安排尚未公布，仅按周末顺延。",
        "The public holidays of that year are not announced yet; only weekends were passed over.",
    ),
    "demand_too_late": Text(
        "{late_demand}的催收发生在时效届满之后，不产生中断效力。",
        "The demand of {late_demand} came after the end and moved nothing.",
    ),
    "revived": Text(
        "债务人在时效届满后于{revived}还款或书面承诺，视为放弃时效抗辩，须由律师确认。",
        "After the end the debtor paid or promised in writing on {revived}, which gives up the defence; a lawyer must "
        "confirm it.",
    ),
    "national_wage": Text(
        "策略中没有该省的工资数据，暂用全国数据，立案前须核对。",
        "The policy has no wage of this province; the national one is used and must be checked before filing.",
    ),
    "older_wage": Text(
        "上一年度的工资数据尚未录入，所用为较早年度的数据。",
        "Last year's wage is not in the policy yet; an earlier year's is used.",
    ),
}
"""Sentences that are added to a finding's message."""


_plain = lru_cache(maxsize=8192)(plain)


def stored_value(value: object) -> Any:
    """How a computed value is stored that JSON has no form for: rates as decimal strings, periods as objects.

    Raises:
        TypeError: nothing of this type is ever computed.
    """
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, Period):
        return {
            "from": value.start.isoformat(),
            "to": last_day(value).isoformat(),
            "days": value.days,
            "rate": plain(value.rate),
            "amount": value.amount,
        }
    raise TypeError(type(value).__name__)


def _same(value: Any) -> Any:
    return value


def _rate(value: Decimal | str) -> str:
    return value if isinstance(value, str) else plain(value)


def _date(value: date | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _periods(value: Sequence[Any]) -> list[dict[str, Any]]:
    stored = [period if isinstance(period, dict) else stored_value(period) for period in value]
    return [{**period, "amount": yuan(period["amount"])} for period in stored]


_WRITERS: Final[dict[Kind, Callable[[Any], Any]]] = {
    "money": yuan,
    "rate": _rate,
    "date": _date,
    "number": _same,
    "text": _same,
    "word": _same,
    "fact": _same,
    "words": _same,
    "yes_no": _same,
    "list": _same,
    "periods": _periods,
    "rows": _same,
}

WRITER: Final[dict[str, Callable[[Any], Any]]] = {name: _WRITERS[kind] for name, kind in KINDS.items()}
"""How a computed value of each name, fresh or stored, is written for machines: money in yuan, the rest as text."""


def used_json(name: str, value: Any) -> Any:
    """A stored fact as JSON for people and machines: money in yuan, of a side sheet how many rows it has.

    The rest is stored as it is written.
    """
    kind = KINDS.get(name)
    if kind == "money":
        return yuan(value)
    return len(value) if kind == "rows" else value


def spoken(name: str, value: Any, language: Literal["zh", "en"], names: Mapping[str, Text]) -> str:
    """A value in its JSON form as a sentence says it: 12,000.00 元, 15.40%, 等额本息.

    `names` holds what items in lists of words are called.
    """
    kind = KINDS.get(name, "text")
    chinese = language == "zh"
    if kind == "money":
        whole, _, cents = str(value).partition(".")
        amount = f"{int(whole):,}.{cents}" if whole not in {"-0"} else str(value)
        return f"{amount}元" if chinese else f"CNY {amount}"
    if kind == "rate":
        return plain(Decimal(value)) if name == "factor" else f"{Decimal(value) * 100:.2f}%"
    if kind == "word":
        words = _WORDS.get(str(value))
        return words[0 if chinese else 1] if words else str(value)
    if kind == "fact":
        return _called(str(value), chinese, names)
    if kind in {"words", "list"}:
        said = [_called(str(item), chinese, names) if kind == "words" else str(item) for item in value]
        return ("、" if chinese else ", ").join(said)
    if isinstance(value, bool):
        return ("是" if value else "否") if chinese else ("yes" if value else "no")
    return str(value)


def _called(item: str, chinese: bool, names: Mapping[str, Text]) -> str:
    text = names.get(item.removeprefix("evidence.")) if item.startswith("evidence.") or item not in LABELS else None
    text = text or LABELS.get(item)
    if text is None:
        return item
    return text.zh if chinese else text.en
