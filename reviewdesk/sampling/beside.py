"""The sheets beside the accounts: repayments, demands, evidence and schedules that agree with their accounts.

With a sheet of repayments an account's amounts are those that stand when its payments are set off one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from reviewdesk.audit.ledger import replay
from reviewdesk.audit.loan import Loan
from reviewdesk.audit.schedule import BULLET, ON_DEMAND, Schedule, due_date
from reviewdesk.sampling.book import Cell

Rows = list[list[Cell]]
Beside = dict[str, Rows]
"""The rows of an account in each of the sheets, without its number."""

REPAYMENTS, DEMANDS, EVIDENCE, SCHEDULE = "repayments", "demands", "evidence", "schedule"

NAMES: Final[Mapping[str, str]] = {
    REPAYMENTS: "还款明细",
    DEMANDS: "催收记录",
    EVIDENCE: "证据清单",
    SCHEDULE: "还款计划",
}
"""What the sheets are called, in the order in which they stand in the workbook."""

HEADERS: Final[Mapping[str, Sequence[str]]] = {
    REPAYMENTS: ("借据号", "还款日期", "还款金额", "还款本金", "还款利息", "还款费用", "还款渠道"),
    DEMANDS: ("借据号", "催收日期", "催收时间", "催收方式", "催收结果", "是否送达", "催收凭证"),
    EVIDENCE: ("借据号", "证据名称", "是否齐全", "文件名", "哈希值", "出具日期", "凭证金额"),
    SCHEDULE: ("借据号", "期次", "应还日期", "应还本金", "应还利息", "应还费用"),
}

CHANNELS = ("银行代扣", "手机银行", "支付宝", "微信支付")

PAPERS: Final = (
    ("居民身份证", "evidence_identity"),
    ("原告营业执照", "evidence_identity"),
    ("借款合同", "evidence_contract"),
    ("电子签名证书", "esign_certificate"),
    ("放款凭证", "evidence_disbursement"),
    ("还款计划", "evidence_ledger"),
    ("还款明细", "evidence_ledger"),
    ("催收记录", "demand_proof"),
    ("送达回执", "demand_proof"),
    ("提前到期通知", "evidence_acceleration"),
    ("债权转让协议", "evidence_assignment"),
    ("债权转让通知", "evidence_assignment"),
    ("代偿证明", "evidence_compensation"),
    ("综合融资成本明示表", "evidence_disclosure"),
    ("授权委托书", "evidence_mandate"),
    ("送达地址确认书", "service_address_confirmed"),
)
"""Each paper with the column of the account that says whether it is there."""

COMPOUNDING: Final = frozenset({"bank", "consumer_finance", "assisted"})


def yuan(fen: int) -> float:
    """An amount as a sheet has it."""
    return fen / 100


def payments_of(values: Mapping[str, Any], plan: Schedule, paid: int, random: Random) -> Rows:
    """The instalments paid: in full, on the day they were due or up to two days before."""
    rows: Rows = []
    fee = values["monthly_fee"] or 0
    for number in range(paid):
        due = due_date(values["disbursed_on"], values["due_on"], len(plan.principals), number + 1)
        principal, interest = plan.principals[number], plan.interests[number]
        on = max(values["disbursed_on"], due - timedelta(days=random.choice((0, 0, 0, 1, 2))))
        channel = random.choice(CHANNELS)
        rows.append([on, yuan(principal + interest + fee), yuan(principal), yuan(interest), yuan(fee), channel])
    return rows


def settle(values: dict[str, Any], payments: Rows) -> None:
    """Let the account's amounts be those that stand with its payments set off; the fees as far as the cap leaves room.

    The damages of micro lenders are penalty interest here, as a ledger shows it.
    """
    recourse = values["claim_paid"] is not None
    loan = _recourse(values) if recourse else _loan(values)
    made = [(_day(row[0]).toordinal(), round(float(str(row[1])) * 100)) for row in payments]
    balance = replay(loan, [] if recourse else made)
    values["outstanding_principal"] = balance.principal
    values["interest_due"], values["penalty_due"] = balance.interest, balance.penalty
    values["compound_due"], values["damages_due"] = balance.compound, 0
    values["fees_due"] = balance.fees
    values["paid_total"] = sum(amount for _, amount in made)
    if made:
        values["last_paid_on"] = _day(payments[-1][0])


def _day(cell: Cell) -> date:
    if not isinstance(cell, date):
        raise TypeError(f"not a day: {cell!r}")
    return cell


def _loan(values: Mapping[str, Any]) -> Loan:
    return Loan(
        values["repayment_method"],
        values["principal"],
        values["annual_rate"],
        values["terms"],
        values["disbursed_on"],
        values["due_on"],
        values["calculated_to"],
        values["penalty_rate"],
        values["accelerated_on"],
        values["monthly_fee"] or 0,
        compounds=bool(values["compound_due"]) and values["lender_kind"] in COMPOUNDING,
    )


def _recourse(values: Mapping[str, Any]) -> Loan:
    rate, since = values["penalty_rate"], values["claim_paid_on"]
    return Loan(ON_DEMAND, values["claim_paid"], rate, 0, since, None, values["calculated_to"], rate)


def rows_of(values: Mapping[str, Any], plan: Schedule, payments: Rows, kinds: Sequence[str]) -> Beside:
    """The rows of an account in each of the sheets."""
    makers: dict[str, Callable[[], Rows]] = {
        REPAYMENTS: lambda: [list(row) for row in payments],
        DEMANDS: lambda: list(_demands(values)),
        EVIDENCE: lambda: list(_evidence(values)),
        SCHEDULE: lambda: list(_schedule(values, plan)),
    }
    return {kind: makers[kind]() for kind in kinds}


def _demands(values: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """A call that nobody answered, and the message that the account's row names."""
    last = values["last_demand_on"]
    if last is None:
        return
    yield [last - timedelta(days=9), "10:20", "电话", "无人接听", "否", None]
    proved = values["demand_proof"]
    yield [
        last,
        "15:40",
        "短信",
        "已送达" if proved else None,
        "是" if proved else None,
        "短信回执" if proved else None,
    ]


def _evidence(values: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """What the account's columns say of each paper; of what they say nothing, nothing is listed."""
    digest = hashlib.sha256(str(values["account_no"]).encode()).hexdigest()
    for name, column in PAPERS:
        there = values[column]
        if there is None:
            continue
        row: list[Cell] = [name, "有" if there else "无", f"{name}.pdf" if there else None, None, None, None]
        if name == "借款合同":
            row[3] = digest
        elif name == "电子签名证书":
            row[3:5] = [digest, values["contract_date"]]
        elif name == "放款凭证":
            row[4:6] = [values["disbursed_on"], yuan(values["disbursed_amount"])]
        yield row


def _schedule(values: Mapping[str, Any], plan: Schedule) -> Iterator[list[Cell]]:
    fee = values["monthly_fee"]
    count = len(plan.principals)
    for number, (principal, interest) in enumerate(zip(plan.principals, plan.interests, strict=True), 1):
        on = due_date(values["disbursed_on"], values["due_on"], count, number)
        if values["repayment_method"] == BULLET:
            on, interest = values["due_on"], _bullet_interest(values)
        yield [number, on, yuan(principal), yuan(interest), yuan(fee) if fee else None]


def _bullet_interest(values: Mapping[str, Any]) -> int:
    loan = _loan(values)._replace(calculated_to=values["due_on"], accelerated_on=None)
    return replay(loan, []).interest
