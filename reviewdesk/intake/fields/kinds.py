"""What a field is, the kinds of values, and the choices of those that have some."""

from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from reviewdesk.errors import Text
from reviewdesk.masking import is_personal

Kind = Literal[
    "account",
    "text",
    "name",
    "address",
    "id_number",
    "mobile",
    "card",
    "code",
    "money",
    "rate",
    "date",
    "terms",
    "count",
    "yes_no",
    "proof",
    "choice",
    "bucket",
]


@dataclass(frozen=True, slots=True)
class Field:
    """A canonical field.

    `synonyms`: headers that mean this field. `weak`: headers that mean it only when no stronger column does, always
    shown to a person for confirmation. `negative`: whether a sheet may state an amount below zero (a correction).
    """

    name: str
    kind: Kind
    label: Text
    synonyms: tuple[str, ...]
    weak: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    negative: bool = False

    @property
    def personal(self) -> bool:
        """Whether the value belongs to the sealed envelope."""
        return is_personal(self.name)

    @property
    def required(self) -> bool:
        """Whether a row without it is rejected."""
        return self.name in REQUIRED


REQUIRED = ("account_no", "borrower_name", "id_no")
"""A row in which the cell of one of these is blank is rejected; the sheet must have a column for the first."""

MONEY_BASIS = ("outstanding_principal", "total_claimed", "principal")
"""At least one of these says what the row is about."""

LENDER_KINDS: dict[str, tuple[str, ...]] = {
    "consumer_finance": ("消费金融公司", "消费金融", "消金", "消金公司", "持牌消费金融", "consumer finance"),
    "micro_loan": ("小额贷款公司", "网络小贷", "小额贷款", "小贷公司", "小贷", "互联网小贷", "micro loan"),
    "assisted": ("助贷", "联合贷", "联合贷款", "助贷机构", "assisted"),
    "guarantor": ("融资担保公司", "担保公司", "融资担保", "担保", "融担", "guarantor"),
    "insurer": ("保险公司", "财险公司", "财险", "保险", "保证保险", "insurer"),
    "bank": ("银行", "商业银行", "农商行", "村镇银行", "信用社", "民营银行", "bank"),
    "private": ("民间", "民间借贷", "个人", "自然人", "其他", "其它", "private"),
}

REPAYMENT_METHODS: dict[str, tuple[str, ...]] = {
    "equal_instalments": ("等额本息", "按月等额本息", "等额本息还款", "等额还款", "equal instalments"),
    "equal_principal": ("等额本金", "按月等额本金", "等额本金还款", "equal principal"),
    "interest_first": (
        "先息后本",
        "按月付息到期还本",
        "按期付息到期还本",
        "每月还息到期还本",
        "按月付息",
        "按月计息到期还本",
        "分期付息到期还本",
        "按季付息到期还本",
        "interest first",
    ),
    "bullet": (
        "到期一次还本付息",
        "一次性还本付息",
        "到期一次性还本付息",
        "到期还本付息",
        "一次还本付息",
        "一次性还款",
        "利随本清",
        "bullet",
    ),
    "on_demand": ("随借随还", "随借随还按日计息", "on demand"),
}

GENDERS: dict[str, tuple[str, ...]] = {
    "男": ("男", "男性", "m", "male", "先生"),
    "女": ("女", "女性", "f", "female", "女士"),
}

SIGNING: dict[str, tuple[str, ...]] = {
    "electronic": (
        "电子签名",
        "电子签约",
        "电子签",
        "电子签章",
        "电子",
        "线上",
        "在线",
        "线上签约",
        "网签",
        "电子合同",
        "e签",
    ),
    "paper": ("纸质", "线下", "面签", "线下签约", "纸质合同", "手写签名", "书面", "现场签约"),
}


DAY_COUNTS: dict[str, tuple[str, ...]] = {
    "365": (
        "365天",
        "365",
        "按365天",
        "实际/365",
        "实际天数/365",
        "一年365天",
        "365天/年",
        "365日",
        "act/365",
        "actual/365",
    ),
    "360": (
        "360天",
        "360",
        "按360天",
        "实际/360",
        "实际天数/360",
        "一年360天",
        "360天/年",
        "360日",
        "act/360",
        "actual/360",
    ),
    "actual": ("实际/实际", "按年实际天数", "平年365闰年366", "365/366", "366", "act/act", "actual/actual", "actual"),
}

ACCELERATION: dict[str, tuple[str, ...]] = {
    "by_notice": ("通知", "书面通知", "送达通知", "函告", "短信通知", "电子送达", "notice"),
    "by_suit": ("起诉", "诉讼", "以起诉方式", "起诉状送达", "诉状送达", "起诉状副本送达", "suit"),
}

SUIT_OUTCOMES: dict[str, tuple[str, ...]] = {
    "withdrawn": ("撤诉", "准许撤诉", "准予撤诉", "按撤诉处理", "撤回起诉", "已撤诉", "裁定撤诉", "withdrawn"),
    "dismissed": ("驳回起诉", "不予受理", "裁定驳回起诉", "裁定不予受理", "移送公安", "dismissed"),
    "judged": (
        "判决",
        "已判决",
        "判决结案",
        "判决生效",
        "胜诉",
        "败诉",
        "部分支持",
        "全部支持",
        "驳回诉讼请求",
        "判决驳回诉讼请求",
        "驳回请求",
        "judged",
    ),
    "mediated": ("调解", "调解结案", "已调解", "民事调解书", "司法确认", "mediated"),
    "lapsed": ("支付令失效", "终结督促程序", "督促程序终结", "支付令异议", "lapsed"),
    "pending": ("审理中", "在审", "未结", "未结案", "已立案", "已受理", "诉讼中", "pending"),
}


def joined(prefixes: str, nouns: str) -> tuple[str, ...]:
    return tuple(a + b for b, a in product(nouns.split(), prefixes.split()))


OWED_WORDS = "未还 剩余 剩余未还 剩余应还 应还 欠付 结欠 尚欠 待还 拖欠 未付 当前 欠款 逾期 应付"
FEE_NOUNS = "服务费 手续费 担保费 保费 咨询费 管理费 费用 会员费 其他费用 其它费用"


def define(
    name: str,
    kind: Kind,
    zh: str,
    en: str,
    synonyms: str,
    *,
    also: tuple[str, ...] = (),
    weak: str = "",
    choices: dict[str, tuple[str, ...]] | None = None,
    negative: bool = False,
) -> Field:
    words = (*synonyms.split(), *also)
    return Field(name, kind, Text(zh, en), words, tuple(weak.split()), choices or {}, negative)
