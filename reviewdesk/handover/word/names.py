"""The placeholders of a complaint's template, and a made-up suit by which a template is tried and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reviewdesk.errors import Text

Values = dict[str, Any]
"""The values of a document: text by its placeholder, and lists of text or of such groups."""

LOANS: Final = "各笔借款"
"""The list of loans, each a group of values of its own."""

NAMES: Final[Mapping[str, Text]] = {
    "案由": Text("按出借人类型确定的案由", "cause of action"),
    "法院": Text("约定的法院，没有约定的为空白", "court that is addressed"),
    "管辖说明": Text("管辖的依据", "why that court"),
    "标的总额": Text("各笔可主张金额之和，元", "amount in dispute: what may be claimed of all loans"),
    "借款笔数": Text("本案借款的笔数", "number of loans"),
    "原告名称": Text("出借人或债权人", "plaintiff"),
    "原告统一社会信用代码": Text("18 位代码", "its unified social credit code"),
    "被告姓名": Text("借款人", "defendant"),
    "被告性别": Text("由证件号码得出", "sex, by the ID number"),
    "被告出生日期": Text("由证件号码得出", "day of birth, by the ID number"),
    "被告民族": Text("表中所载", "ethnicity"),
    "被告证件号码": Text("居民身份证号码", "ID number"),
    "被告联系电话": Text("表中所载", "phone"),
    "被告户籍地址": Text("表中所载", "registered address"),
    "被告联系地址": Text("表中所载", "contact address"),
    "被告工作单位": Text("表中所载", "employer"),
    "送达地址已确认": Text("“是”或“否”", "是 (yes) or 否 (no): whether the defendant confirmed an address for service"),
    "诉讼请求": Text("列表：每项请求一段文字", "list: the requests, one text each"),
    "事实与理由": Text(
        "列表：每笔借款一段文字，最后是法律依据", "list: facts and reasons, one text for each loan, then the law"
    ),
    "证据": Text("列表：每份证据一项", "list: the evidence, one text each"),
    LOANS: Text("列表：每笔借款，占位符见下表", "list: the loans, with the placeholders below"),
}
"""Every placeholder of a template, and what it stands for."""

LOAN_NAMES: Final[Mapping[str, Text]] = {
    "序号": Text("在本文书中的序号", "its number in the document"),
    "案件号": Text("本系统的案件号", "number of the case"),
    "借据号": Text("借据号", "account number"),
    "合同编号": Text("没有合同编号的为借据号", "number of the contract"),
    "合同签订日": Text("合同签订日期", "day of the contract"),
    "约定金额": Text("合同约定的金额，元", "sum agreed, yuan"),
    "实际发放金额": Text("实际发放的金额，元", "sum paid out, yuan"),
    "发放日": Text("放款日期", "day on which it was paid out"),
    "到期日": Text("最后一期到期日", "day on which the last instalment is due"),
    "年利率": Text("合同年利率", "rate a year"),
    "逾期年利率": Text("罚息年利率", "rate a year on what is overdue"),
    "期数": Text("总期数", "instalments"),
    "还款方式": Text("如等额本息", "way of repaying"),
    "已还总额": Text("累计已还，元", "repaid so far, yuan"),
    "逾期起始日": Text("首次逾期日期", "first day overdue"),
    "逾期天数": Text("截至计算截止日的天数", "days overdue"),
    "提前到期日": Text("宣布提前到期的日期", "day of acceleration"),
    "转让方": Text("债权转让的，原债权人", "former creditor, where the claim was assigned"),
    "转让通知日": Text("通知债务人的日期", "day of the notice of assignment"),
    "代偿金额": Text("代偿或理赔的金额，元", "sum paid by the guarantor or insurer, yuan"),
    "代偿日": Text("代偿或理赔的日期", "day on which it paid"),
    "计算截止日": Text("金额计算到哪一天", "calculated to"),
    "主张本金": Text("请求的本金，元", "principal sued for, yuan"),
    "主张息费": Text("请求的利息、罚息、复利、违约金及费用，元", "charges sued for, yuan"),
    "主张合计": Text("以上两项之和，元", "both, yuan"),
    "事实": Text("该笔借款经过的一段文字", "what happened with the loan, as one text"),
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
