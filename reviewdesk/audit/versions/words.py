"""What the parts of a policy are called on its pages, in both languages."""

from collections.abc import Mapping
from typing import Final

from reviewdesk.errors import Text

SECTIONS: Final[Mapping[str, tuple[Text, tuple[str, ...]]]] = {
    "general": (Text("名称与生效", "Name and effect"), ("", "title")),
    "parameters": (Text("参数", "Parameters"), ("parameters",)),
    "checks": (Text("审核项", "Checks"), ("checks",)),
    "caps": (Text("利率上限", "Caps"), ("caps", "all_in_caps")),
    "lpr": (Text("LPR", "LPR"), ("lpr", "lpr/values")),
    "wages": (Text("年平均工资", "Average wages"), ("wages",)),
    "holidays": (Text("节假日", "Holidays"), ("holidays",)),
    "fees": (
        Text("诉讼费用", "Court fees"),
        (
            "fees/court",
            "fees/court/brackets",
            "fees/preservation",
            "fees/preservation/brackets",
            "fees/execution",
            "fees/execution/brackets",
        ),
    ),
    "lenders": (
        Text("适用范围", "To whom rules apply"),
        ("set_off", "compound", "uplift", "licence", "students", "disclosure", "internet_courts", "transfers"),
    ),
    "evidence": (Text("证据", "Evidence"), ("evidence",)),
    "recovery": (Text("回收与账龄", "Recovery and buckets"), ("recovery", "buckets")),
}
"""The pages of a policy: each with its name and the parts of the policy on it."""

GRIDS: Final[Mapping[str, Text]] = {
    "": Text("生效", "Effect"),
    "title": Text("名称", "Name"),
    "parameters": Text("参数", "Parameters"),
    "checks": Text("审核项", "Checks"),
    "caps": Text("可主张利率上限", "Cap on what may be claimed"),
    "all_in_caps": Text("综合融资成本上限", "Cap on the all-in cost"),
    "lpr": Text("一年期 LPR", "One-year LPR"),
    "lpr/values": Text("历次公布值", "Published values"),
    "wages": Text("城镇非私营单位年平均工资", "Average annual wages"),
    "holidays": Text("放假与调休", "Days off and working days in their place"),
    "fees/court": Text("案件受理费", "Court fee"),
    "fees/court/brackets": Text("案件受理费分段", "Brackets of the court fee"),
    "fees/preservation": Text("保全申请费", "Preservation fee"),
    "fees/preservation/brackets": Text("保全申请费分段", "Brackets of the preservation fee"),
    "fees/execution": Text("执行申请费", "Execution fee"),
    "fees/execution/brackets": Text("执行申请费分段", "Brackets of the execution fee"),
    "set_off": Text("不足清偿时的抵充", "Set-off of part payments"),
    "compound": Text("可计复利", "May charge compound interest"),
    "uplift": Text("可加收罚息", "May charge penalty interest"),
    "licence": Text("持牌机构", "Licensed lenders"),
    "students": Text("禁止向学生放贷", "No loans to students"),
    "disclosure": Text("综合融资成本明示义务", "Duty to disclose the all-in cost"),
    "internet_courts": Text("互联网法院管辖调整", "Internet courts' jurisdiction"),
    "transfers": Text("债权转让过渡期", "Transfers of claims"),
    "evidence": Text("立案证据", "Evidence for filing"),
    "recovery": Text("预计回收比例", "Expected recovery"),
    "buckets": Text("逾期账龄", "Overdue buckets"),
}

FIELDS: Final[Mapping[str, Text]] = {
    "zh": Text("中文", "Chinese"),
    "en": Text("英文", "English"),
    "effective_from": Text("生效日期", "Effective from"),
    "value": Text("值", "Value"),
    "cites": Text("依据", "Source"),
    "verified": Text("已核对", "Verified"),
    "severity": Text("级别", "Severity"),
    "enabled": Text("启用", "Enabled"),
    "reason": Text("更改理由", "Reason for the change"),
    "lender_kinds": Text("出借人类型", "Kinds of lender"),
    "order": Text("顺序", "Order"),
    "forbidden": Text("出借人类型", "Kinds of lender"),
    "rule": Text("规则", "Rule"),
    "rate": Text("利率", "Rate"),
    "multiple": Text("LPR 倍数", "Times LPR"),
    "formed_from": Text("合同成立自", "Formed from"),
    "formed_to": Text("合同成立至", "Formed to"),
    "rate_before": Text("转换日前利率", "Rate before the turn"),
    "turn": Text("转换日", "Turn"),
    "from": Text("自", "From"),
    "until": Text("至（含当日）", "Until"),
    "confirmed_to": Text("确认有效至", "Confirmed to"),
    "province": Text("省份代码", "Province"),
    "year": Text("年度", "Year"),
    "yuan": Text("金额（元）", "Yuan"),
    "day": Text("日期", "Day"),
    "works": Text("上班", "Working day"),
    "up_to": Text("至（元）", "Up to (yuan)"),
    "flat": Text("定额（元）", "Flat (yuan)"),
    "highest": Text("最高（元）", "Highest (yuan)"),
    "up_to_days": Text("逾期天数至", "Days overdue to"),
    "share": Text("比例", "Share"),
    "from_day": Text("自第几天", "From day"),
    "to_day": Text("至第几天", "To day"),
    "when": Text("适用情形", "When"),
}

OPTIONS: Final[Mapping[str, Text]] = {
    "bank": Text("银行", "bank"),
    "consumer_finance": Text("消费金融", "consumer finance"),
    "micro_loan": Text("小额贷款", "micro-loan company"),
    "assisted": Text("助贷", "assisted lending"),
    "guarantor": Text("担保公司", "guarantor"),
    "insurer": Text("保险公司", "insurer"),
    "private": Text("民间借贷", "private lender"),
    "fail": Text("阻断", "blocks"),
    "warn": Text("提醒", "warns"),
    "info": Text("仅提示", "informs"),
    "fixed": Text("固定利率", "fixed rate"),
    "lpr_at_formation": Text("合同成立时 LPR 倍数", "times LPR at formation"),
    "lpr_at_filing": Text("起诉时 LPR 倍数", "times LPR at filing"),
    "fees": Text("费用", "fees"),
    "interest": Text("利息", "interest"),
    "compound": Text("复利", "compound interest"),
    "penalty": Text("罚息", "penalty interest"),
    "principal": Text("本金", "principal"),
    "electronic": Text("电子签约", "signed electronically"),
    "accelerated": Text("提前到期", "accelerated"),
    "assigned": Text("债权转让", "assigned"),
    "disclosed": Text("须明示成本", "cost to be disclosed"),
}

UNITS: Final[Mapping[str, Text]] = {
    "yuan": Text("元", "yuan"),
    "rate": Text("比率", "rate"),
    "days": Text("天", "days"),
    "years": Text("年", "years"),
    "count": Text("个", "count"),
    "factor": Text("倍", "times"),
    "hour": Text("时", "o'clock"),
}

YES: Final = Text("是", "yes")
NO: Final = Text("否", "no")
NOTHING: Final = Text("无", "none")
