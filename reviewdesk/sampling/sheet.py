"""How accounts are written down: the columns, and the many notations of dates, amounts and rates."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, Final, NamedTuple

from reviewdesk.money import plain
from reviewdesk.sampling.book import Cell
from reviewdesk.sampling.loans import Account

Show = Callable[[Any, Random], Cell]


class Column(NamedTuple):
    """A column: its header, the canonical field in it, how a value is shown, and its width in characters."""

    header: str
    field: str
    show: Show
    width: int = 12


METHODS: Final = {
    "equal_instalments": "等额本息",
    "equal_principal": "等额本金",
    "interest_first": "先息后本",
    "bullet": "到期一次还本付息",
    "on_demand": "随借随还",
}
KINDS: Final = {
    "bank": "银行",
    "consumer_finance": "消费金融公司",
    "micro_loan": "小额贷款公司",
    "assisted": "助贷",
    "guarantor": "融资担保公司",
    "insurer": "保险公司",
    "private": "民间借贷",
}
SIGNED: Final = {"electronic": "电子签约", "paper": "纸质"}


def as_it_is(value: Any, _random: Random) -> Cell:
    """Text and counts."""
    found: Cell = value
    return found


def as_date(day: date | None, random: Random) -> Cell:
    """Mostly a real date; else ISO, slashes, Chinese, dots, or eight digits as text or number."""
    if day is None:
        return None
    draw = random.random()
    if draw < 0.6:
        return day
    if draw < 0.72:
        return day.isoformat()
    if draw < 0.82:
        return f"{day.year}/{day.month}/{day.day}"
    if draw < 0.9:
        return f"{day.year}年{day.month}月{day.day}日"
    if draw < 0.94:
        return f"{day:%Y.%m.%d}"
    return f"{day:%Y%m%d}" if draw < 0.97 else int(f"{day:%Y%m%d}")


def as_money(fen: int | None, random: Random) -> Cell:
    """Mostly a number; else with thousands, with ¥ or 元, or in 万 where that is exact."""
    if fen is None:
        return None
    draw = random.random()
    if draw < 0.8 or not fen:
        return fen / 100
    if draw < 0.9:
        return f"{fen // 100:,}.{fen % 100:02d}"
    if draw < 0.94:
        return f"¥{fen // 100}.{fen % 100:02d}"
    if draw < 0.97 and fen % 1_000_00 == 0:
        return f"{plain(Decimal(fen) / 1_000_000)}万"
    return f"{fen // 100}.{fen % 100:02d}元"


def as_rate(rate: Decimal | None, random: Random) -> Cell:
    """`24%`, `0.24`, `24.00%`, `年利率24%` or `月利率2%`."""
    if rate is None:
        return None
    draw = random.random()
    if draw < 0.5:
        return f"{plain(rate * 100)}%"
    if draw < 0.75:
        return float(rate)
    if draw < 0.85:
        return f"{rate * 100:.2f}%" if (rate * 10000) % 1 == 0 else f"{plain(rate * 100)}%"
    month = rate / 12 * 100
    if draw < 0.92 and month == round(month, 2):
        return f"月利率{plain(month)}%"
    return f"年利率{plain(rate * 100)}%"


def as_terms(count: int | None, random: Random) -> Cell:
    """`12`, `12期` or `12个月`."""
    if count is None:
        return None
    draw = random.random()
    return count if draw < 0.7 else f"{count}期" if draw < 0.9 else f"{count}个月"


def as_phone(number: str | None, random: Random) -> Cell:
    """Mostly text; else a number, or in groups."""
    if number is None:
        return None
    draw = random.random()
    if draw < 0.8 or not number.isdigit() or len(number) != 11:
        return number
    return int(number) if draw < 0.93 else f"{number[:3]} {number[3:7]} {number[7:]}"


def as_flag(value: bool | None, random: Random) -> Cell:
    """Mostly 是 and 否."""
    if value is None:
        return None
    draw = random.random()
    if draw < 0.9:
        return "是" if value else "否"
    return ("Y" if value else "N") if draw < 0.95 else ("√" if value else "无")


def one_of(names: dict[str, str]) -> Show:
    """A choice by its usual name."""
    return lambda value, _random: names.get(value, value)


def shown(account: Account, columns: Sequence[Column], random: Random) -> list[Cell]:
    """The cells of an account's row."""
    values, cells = account.values, account.cells
    if cells:
        return [
            cells[column.field] if column.field in cells else column.show(values[column.field], random)
            for column in columns
        ]
    return [column.show(values[column.field], random) for column in columns]


COLUMNS: Final = (
    Column("借据号", "account_no", as_it_is, 16),
    Column("合同编号", "contract_no", as_it_is, 20),
    Column("产品名称", "product", as_it_is, 14),
    Column("客户姓名", "borrower_name", as_it_is, 10),
    Column("身份证号码", "id_no", as_it_is, 20),
    Column("手机号码", "mobile", as_phone, 14),
    Column("性别", "gender", as_it_is, 6),
    Column("民族", "ethnicity", as_it_is, 6),
    Column("户籍地址", "id_address", as_it_is, 40),
    Column("送达地址", "contact_address", as_it_is, 40),
    Column("工作单位", "employer", as_it_is, 24),
    Column("原告名称", "lender_name", as_it_is, 26),
    Column("统一社会信用代码", "lender_code", as_it_is, 20),
    Column("机构类型", "lender_kind", one_of(KINDS), 14),
    Column("金融许可证号", "licence_no", as_it_is, 20),
    Column("签约日期", "contract_date", as_date),
    Column("放款日期", "disbursed_on", as_date),
    Column("贷款到期日", "due_on", as_date),
    Column("借款金额（元）", "principal", as_money, 14),
    Column("实际放款金额", "disbursed_amount", as_money, 14),
    Column("年利率", "annual_rate", as_rate, 10),
    Column("罚息利率", "penalty_rate", as_rate, 10),
    Column("还款方式", "repayment_method", one_of(METHODS), 16),
    Column("期数", "terms", as_terms, 8),
    Column("已还期数", "terms_paid", as_it_is, 8),
    Column("每期服务费", "monthly_fee", as_money, 10),
    Column("剩余本金", "outstanding_principal", as_money, 14),
    Column("未还利息", "interest_due", as_money),
    Column("罚息", "penalty_due", as_money),
    Column("复利", "compound_due", as_money),
    Column("违约金", "damages_due", as_money),
    Column("服务费", "fees_due", as_money),
    Column("欠款总额", "total_claimed", as_money, 14),
    Column("累计还款金额", "paid_total", as_money, 14),
    Column("最后还款日", "last_paid_on", as_date),
    Column("逾期天数", "days_overdue", as_it_is, 8),
    Column("首次逾期日", "first_overdue_on", as_date),
    Column("逾期等级", "bucket", as_it_is, 8),
    Column("宣布提前到期日", "accelerated_on", as_date, 14),
    Column("计算截止日", "calculated_to", as_date),
    Column("代偿金额", "claim_paid", as_money),
    Column("代偿日期", "claim_paid_on", as_date),
    Column("拖欠保费金额", "premium_due", as_money),
    Column("最近催收日期", "last_demand_on", as_date),
    Column("催收送达凭证", "demand_proof", as_flag),
    Column("约定管辖法院", "agreed_court", as_it_is, 24),
    Column("送达地址确认书", "service_address_confirmed", as_flag, 14),
    Column("签约方式", "contract_signed_by", one_of(SIGNED), 10),
    Column("电子签名证书编号", "esign_certificate", as_it_is, 22),
    Column("原债权人", "assigned_from", as_it_is, 20),
    Column("债权转让通知日", "assignment_notice_on", as_date, 14),
    Column("是否学生", "student", as_flag, 8),
    Column("是否死亡", "deceased", as_flag, 8),
    Column("是否投诉", "complaint", as_flag, 8),
    Column("是否诉讼", "litigated", as_flag, 8),
    Column("是否仲裁", "arbitrated", as_flag, 8),
    Column("是否结清", "paid_off", as_flag, 8),
    Column("是否协商", "negotiating", as_flag, 8),
    Column("是否困难", "hardship", as_flag, 8),
    Column("是否破产", "insolvent", as_flag, 8),
    Column("身份证明", "evidence_identity", as_flag, 8),
    Column("合同原件", "evidence_contract", as_flag, 8),
    Column("放款凭证", "evidence_disbursement", as_flag, 8),
    Column("还款明细", "evidence_ledger", as_flag, 8),
    Column("提前到期通知", "evidence_acceleration", as_flag, 12),
    Column("债权转让协议", "evidence_assignment", as_flag, 12),
    Column("代偿凭证", "evidence_compensation", as_flag, 8),
    Column("综合融资成本明示表", "evidence_disclosure", as_flag, 16),
    Column("授权委托书", "evidence_mandate", as_flag, 10),
    Column("主张费用项目", "fee_items", as_it_is, 14),
    Column("明示表费用项目", "disclosed_fees", as_it_is, 16),
    Column("备注", "note", as_it_is, 24),
)
"""The columns in their order."""

RECEIVED: Final = Column("银行实收合计", "bank_received", as_money, 14)
"""A further column of a workbook with a sheet of repayments."""
