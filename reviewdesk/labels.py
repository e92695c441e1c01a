"""What stored words are called on a page, and the tone in which a badge shows them.

The msgids are Chinese, as everywhere in pages; English comes from the catalogue. A word that is not in its table is a
mistake, so it raises KeyError instead of showing a raw name to a reader.
"""

from typing import Literal

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

Tone = Literal["fail", "warn", "pass", "info", "accent", "mute"]

VERDICTS: dict[str, tuple[LazyString, Tone]] = {
    "blocked": (_("阻断"), "fail"),
    "attention": (_("注意"), "warn"),
    "clear": (_("通过"), "pass"),
    "rejected": (_("未导入"), "fail"),
}

VERDICT_ADVICE: dict[str, LazyString] = {
    "blocked": _("不宜直接起诉"),
    "attention": _("起诉前须确认"),
    "clear": _("可以起诉"),
    "rejected": _("未导入"),
}

OUTCOMES: dict[str, tuple[LazyString, Tone]] = {
    "pass": (_("通过"), "pass"),
    "warn": (_("注意"), "warn"),
    "fail": (_("不通过"), "fail"),
    "missing": (_("缺资料"), "warn"),
    "info": (_("提示"), "info"),
    "not_applicable": (_("不适用"), "mute"),
}

STATES: dict[str, tuple[LazyString, Tone]] = {
    "received": (_("已接收"), "mute"),
    "auditing": (_("审核中"), "info"),
    "in_review": (_("待审"), "accent"),
    "escalated": (_("已上报"), "warn"),
    "returned": (_("已退回"), "warn"),
    "approved": (_("同意起诉"), "pass"),
    "settled": (_("已和解"), "pass"),
    "performing": (_("履行中"), "info"),
    "breached": (_("已违约"), "fail"),
    "entrusted": (_("已委托"), "info"),
    "filed": (_("已立案"), "info"),
    "closed": (_("已结案"), "mute"),
    "withdrawn": (_("已撤回"), "mute"),
    "reversed": (_("已冲销"), "mute"),
}

CHOICES: dict[str, LazyString] = {
    "approve": _("同意起诉"),
    "settle": _("和解"),
    "escalate": _("上报"),
    "return": _("退回补充"),
    "withdraw": _("撤回"),
}

DECISION_STATES: dict[str, tuple[LazyString, Tone]] = {
    "effective": (_("已生效"), "pass"),
    "waiting": (_("待复核"), "warn"),
    "refused": (_("复核未通过"), "fail"),
    "overtaken": (_("已失效"), "mute"),
}

BATCH_STATES: dict[str, tuple[LazyString, Tone]] = {
    "uploaded": (_("读取中"), "info"),
    "mapping": (_("待对应列"), "warn"),
    "loading": (_("导入中"), "info"),
    "stopped": (_("已停止"), "fail"),
    "auditing": (_("审核中"), "info"),
    "ready": (_("已就绪"), "pass"),
    "cancelled": (_("已取消"), "mute"),
    "taking_back": (_("撤回中"), "info"),
    "taken_back": (_("批次已撤回"), "mute"),
}

JOB_STATES: dict[str, tuple[LazyString, Tone]] = {
    "pending": (_("排队中"), "mute"),
    "running": (_("运行中"), "info"),
    "done": (_("已完成"), "pass"),
    "failed": (_("失败"), "fail"),
}

EXPORT_STATES: dict[str, tuple[LazyString, Tone]] = {
    "waiting": (_("排队中"), "mute"),
    "running": (_("生成中"), "info"),
    "ready": (_("可下载"), "pass"),
    "failed": (_("失败"), "fail"),
}

ENTRUSTMENT_STATES: dict[str, tuple[LazyString, Tone]] = {
    "offered": (_("待接受"), "warn"),
    "accepted": (_("已接受委托"), "pass"),
    "refused": (_("已退回委托"), "fail"),
    "ended": (_("已终止"), "mute"),
}

PERSON_STATES: dict[str, tuple[LazyString, Tone]] = {
    "active": (_("在用"), "pass"),
    "disabled": (_("已停用"), "mute"),
}

ROLES: dict[str, LazyString] = {
    "uploader": _("资料员"),
    "reviewer": _("审核员"),
    "senior_reviewer": _("高级审核员"),
    "counsel": _("承办律师"),
    "compliance": _("合规专员"),
    "administrator": _("管理员"),
}

ORGANISATION_KINDS: dict[str, LazyString] = {
    "platform": _("平台"),
    "law_firm": _("律师事务所"),
}

LENDER_KINDS: dict[str, LazyString] = {
    "bank": _("银行"),
    "consumer_finance": _("消费金融公司"),
    "micro_loan": _("小额贷款公司"),
    "assisted": _("助贷"),
    "guarantor": _("担保公司"),
    "insurer": _("保险公司"),
    "private": _("民间借贷"),
}

REPAYMENT_METHODS: dict[str, LazyString] = {
    "equal_instalments": _("等额本息"),
    "equal_principal": _("等额本金"),
    "interest_first": _("先息后本"),
    "bullet": _("到期一次还本付息"),
    "on_demand": _("随借随还"),
}

POLICY_STATES: dict[str, tuple[LazyString, Tone]] = {
    "draft": (_("起草中"), "mute"),
    "proposed": (_("待批准"), "warn"),
    "approved": (_("已批准"), "pass"),
    "retired": (_("已停用"), "mute"),
}

JOB_KINDS: dict[str, LazyString] = {
    "intake.look": _("读取工作簿"),
    "intake.load": _("导入批次"),
    "intake.mend": _("读取改好的文件"),
    "intake.answer": _("重读等待说明的行"),
    "intake.renew": _("用修正的行更新案件"),
    "intake.join": _("并入修正的附表行"),
    "intake.errors": _("生成错误工作簿"),
    "audit.batch": _("开始审核批次"),
    "audit.chunk": _("审核一段案件"),
    "audit.again": _("重新审核案件"),
    "review.take_back": _("撤回批次"),
    "audit.dry_run": _("试运行审核策略"),
    "review.bulk": _("批量处理"),
    "review.evidence": _("整理证据附件"),
    "review.bulk_aside": _("批量处理审核结论"),
    "review.bulk_again": _("批量撤销推翻与静默"),
    "journal.export": _("导出审计日志"),
    "handover.export": _("导出案件"),
    "handover.weigh": _("测算起诉风险"),
}

SET_ASIDE: dict[str, tuple[LazyString, Tone]] = {
    "override": (_("已推翻"), "info"),
    "acknowledge": (_("已知悉"), "info"),
    "silence": (_("已静默"), "mute"),
}

OVERRIDE_ENDS: dict[str, LazyString] = {
    "withdrawn": _("已撤销"),
    "date": _("已到截止日"),
    "facts": _("所依据的事实有变"),
    "related": _("其他案件或新版程序改变了结论"),
    "policy": _("新版策略改变了结论"),
    "time": _("随时间推移结论已变"),
}

BADGES: dict[str, dict[str, tuple[LazyString, Tone]]] = {
    "verdict": VERDICTS,
    "outcome": OUTCOMES,
    "state": STATES,
    "decision": DECISION_STATES,
    "batch": BATCH_STATES,
    "job": JOB_STATES,
    "export": EXPORT_STATES,
    "entrustment": ENTRUSTMENT_STATES,
    "person": PERSON_STATES,
    "policy": POLICY_STATES,
    "set_aside": SET_ASIDE,
}

_WORDS: dict[str, dict[str, LazyString]] = {
    "advice": VERDICT_ADVICE,
    "choice": CHOICES,
    "override_end": OVERRIDE_ENDS,
    "role": ROLES,
    "organisation": ORGANISATION_KINDS,
    "job_kind": JOB_KINDS,
    "lender_kind": LENDER_KINDS,
    "repayment_method": REPAYMENT_METHODS,
}


def label(value: str, table: str) -> LazyString:
    """What the stored word `value` of `table` ("state", "verdict", "role" ...) is called.

    Raises:
        KeyError: there is no such table, or it has no such word.
    """
    if table in _WORDS:
        return _WORDS[table][value]
    return BADGES[table][value][0]


def tone(value: str, table: str) -> Tone:
    """The tone of the badge that shows `value`; raises KeyError like `label`."""
    return BADGES[table][value][1]
