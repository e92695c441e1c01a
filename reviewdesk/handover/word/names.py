"""The placeholders of a complaint's template, and a made-up suit by which a template is tried and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Values = dict[str, Any]
"""The values of a document: text by its placeholder, and lists of text or of such groups."""

LOANS: Final = "各笔借款"
"""The list of loans, each a group of values of its own."""

NAMES: Final[Mapping[str, str]] = {
    "案由": "cause of action",
    "法院": "court that is addressed",
    "管辖说明": "why that court",
    "标的总额": "amount in dispute: what may be claimed of all loans",
    "借款笔数": "number of loans",
    "原告名称": "plaintiff",
    "原告统一社会信用代码": "its unified social credit code",
    "被告姓名": "defendant",
    "被告性别": "sex, by the ID number",
    "被告出生日期": "day of birth, by the ID number",
    "被告民族": "ethnicity",
    "被告证件号码": "ID number",
    "被告联系电话": "phone",
    "被告户籍地址": "registered address",
    "被告联系地址": "contact address",
    "被告工作单位": "employer",
    "送达地址已确认": "是 or 否: the defendant confirmed an address for service",
    "诉讼请求": "list: the requests, one text each",
    "事实与理由": "list: facts and reasons, one text for each loan, then the law",
    "证据": "list: the evidence, one text each",
    LOANS: "list: the loans, with the placeholders below",
}
"""Every placeholder of a template, in English what it stands for."""

LOAN_NAMES: Final[Mapping[str, str]] = {
    "序号": "its number in the document",
    "案件号": "number of the case",
    "借据号": "account number",
    "合同编号": "number of the contract",
    "合同签订日": "day of the contract",
    "约定金额": "sum agreed, yuan",
    "实际发放金额": "sum paid out, yuan",
    "发放日": "day on which it was paid out",
    "到期日": "day on which the last instalment is due",
    "年利率": "rate a year",
    "逾期年利率": "rate a year on what is overdue",
    "期数": "instalments",
    "还款方式": "way of repaying",
    "已还总额": "repaid so far, yuan",
    "逾期起始日": "first day overdue",
    "逾期天数": "days overdue",
    "提前到期日": "day of acceleration",
    "转让方": "former creditor, where the claim was assigned",
    "转让通知日": "day of the notice of assignment",
    "代偿金额": "sum paid by the guarantor or insurer, yuan",
    "代偿日": "day on which it paid",
    "计算截止日": "calculated to",
    "主张本金": "principal sued for, yuan",
    "主张息费": "charges sued for, yuan",
    "主张合计": "both, yuan",
    "事实": "what happened with the loan, as one text",
}
"""Every placeholder of a loan."""


def sample() -> Values:
    """The values of a made-up suit over two loans, by which a template is tried and shown."""
    texts = {name: f"〔{name}〕" for name in NAMES}
    return {
        **texts,
        "案由": "金融借款合同纠纷",
        "法院": "佛山市南海区人民法院",
        "标的总额": "17730.88",
        "借款笔数": "2",
        "原告名称": "示例消费金融有限公司",
        "原告统一社会信用代码": "91350100M000100Y43",
        "被告姓名": "张示例",
        "被告性别": "女",
        "被告出生日期": "1949年12月31日",
        "被告民族": "汉族",
        "被告证件号码": "11010519491231002X",
        "被告联系电话": "13800138000",
        "送达地址已确认": "是",
        "诉讼请求": ["判令被告偿还借款本金8312.32元；", "判令被告承担本案诉讼费用。"],
        "事实与理由": ["〔第一笔借款的事实〕", "〔第二笔借款的事实〕", "〔法律依据〕"],
        "证据": ["01-借款合同.pdf", "02-放款凭证.pdf"],
        LOANS: [_sample_loan(number) for number in (1, 2)],
    }


def _sample_loan(number: int) -> Values:
    told = {
        "序号": str(number),
        "案件号": f"C-2026-{number:06d}",
        "借据号": f"HT2026{number:04d}",
        "约定金额": "12000.00",
        "主张本金": "8312.32",
        "主张息费": "553.12",
        "主张合计": "8865.44",
    }
    return {name: f"〔{name}〕" for name in LOAN_NAMES} | told
