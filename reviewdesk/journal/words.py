"""What is told of an event: each action as a plain sentence in both languages, with its old and new values.

Every action that the code records has its words in `ACTIONS`; a test compares the two.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from reviewdesk.accounts.roles import ROLES
from reviewdesk.clock import SHANGHAI
from reviewdesk.errors import Text
from reviewdesk.evidence import KINDS
from reviewdesk.money import grouped, yuan


@dataclass(frozen=True, slots=True)
class Said:
    """An action in words: in Chinese, in English as done, and in English as attempted. `{}` stands for the case."""

    zh: str
    done: str
    tried: str

    @property
    def title(self) -> Text:
        """The action as a heading."""
        return Text(_put(self.zh, "案件"), _put(self.tried, "a case"))


STAGES: Mapping[str, Text] = {
    "intake": Text("导入", "Intake"),
    "audit": Text("审核", "Audit"),
    "review": Text("处理", "Review"),
    "handover": Text("委托", "Handover"),
    "journal": Text("日志", "Journal"),
    "accounts": Text("账号", "Accounts"),
    "vault": Text("密钥", "Keys"),
    "web": Text("系统", "System"),
}
"""The first part of an action: the stage that records it."""

ACTIONS: Mapping[str, Said] = {
    "intake:batch:upload": Said("上传工作簿", "uploaded a workbook", "upload a workbook"),
    "intake:batch:map": Said("确认列对应", "confirmed the mapping of columns", "confirm the mapping of columns"),
    "intake:batch:map_file": Said(
        "确认压缩包内一个文件的列对应",
        "confirmed the mapping of a file in an archive",
        "confirm the mapping of a file in an archive",
    ),
    "intake:batch:load": Said("导入案件", "loaded cases", "load cases"),
    "intake:case:receive": Said("接收{}", "received {}", "receive {}"),
    "intake:case:update": Said("用新表更新{}的事实", "renewed the facts of {}", "renew the facts of {}"),
    "intake:batch:choose_sheet": Said("选择工作表", "chose the sheet of a workbook", "choose the sheet of a workbook"),
    "intake:batch:stop": Said("停止导入", "stopped an import", "stop an import"),
    "intake:batch:cancel": Said("取消导入", "cancelled an import", "cancel an import"),
    "intake:batch:open": Said("打开批次", "opened a batch", "open a batch"),
    "intake:batch:download_original": Said("下载原文件", "downloaded the original file", "download the original file"),
    "intake:batch:download_rejected": Said(
        "下载未导入的行", "downloaded the rejected rows", "download the rejected rows"
    ),
    "intake:batch:download_skipped": Said("下载跳过的行", "downloaded the skipped rows", "download the skipped rows"),
    "intake:batch:mend": Said("修正未导入的行", "mended rejected rows", "mend rejected rows"),
    "intake:batch:answer": Said("说明一列怎样读", "said how a column is read", "say how a column of a batch is read"),
    "intake:batch:dismiss": Said("剔除不是案件的行", "dismissed rows that are no cases", "dismiss rejected rows"),
    "intake:batch:reinstate": Said("恢复已剔除的行", "took the dismissal of rows back", "take a dismissal back"),
    "intake:file:forget_unlocked": Said(
        "删除带密码工作簿的解密副本",
        "deleted the unlocked copy of a protected workbook",
        "delete the unlocked copy of a protected workbook",
    ),
    "intake:batch:ask_errors": Said("请求错误工作簿", "asked for the error workbook", "ask for the error workbook"),
    "intake:batch:make_errors": Said("生成错误工作簿", "made the error workbook", "make the error workbook"),
    "intake:batch:download_errors": Said(
        "下载错误工作簿", "downloaded the error workbook", "download the error workbook"
    ),
    "intake:mapping:open": Said("打开已存的列对应", "opened a saved mapping", "open a saved mapping"),
    "intake:mapping:retire": Said("不再使用已存的列对应", "retired a saved mapping", "retire a saved mapping"),
    "intake:mapping:use": Said("重新使用列对应", "took a saved mapping up again", "take a saved mapping up again"),
    "intake:supplier:download": Said(
        "下载来表质量表", "downloaded the quality sheet of a supplier", "download the quality sheet of a supplier"
    ),
    "audit:batch:begin": Said("开始审核批次", "began the audit of a batch", "begin the audit of a batch"),
    "audit:batch:start": Said("开始审核批次", "started the audit of a batch", "start the audit of a batch"),
    "audit:batch:finish": Said("完成审核批次", "finished the audit of a batch", "finish the audit of a batch"),
    "audit:policy:draft": Said("起草审核策略", "drafted a policy", "draft a policy"),
    "audit:policy:edit": Said("修改审核策略草案", "changed the draft of a policy", "change the draft of a policy"),
    "audit:policy:import": Said(
        "向审核策略草案导入数据表", "imported a table into the draft of a policy", "import a table into a policy"
    ),
    "audit:policy:dry_run": Said("试运行审核策略", "began a dry run of a policy", "begin a dry run of a policy"),
    "audit:policy:finish_dry_run": Said(
        "审核策略试运行完毕", "finished a dry run of a policy", "finish a dry run of a policy"
    ),
    "audit:policy:propose": Said(
        "提交审核策略待批准", "put a policy forward for approval", "put a policy forward for approval"
    ),
    "audit:policy:send_back": Said("把审核策略退回起草", "sent a policy back to its draft", "send a policy back"),
    "audit:policy:approve": Said("批准审核策略", "approved a policy", "approve a policy"),
    "audit:policy:retire": Said("停用审核策略", "retired a policy", "retire a policy"),
    "audit:policy:download": Said(
        "下载审核策略数据表", "downloaded a table of a policy", "download a table of a policy"
    ),
    "audit:case:run": Said("审核{}", "audited {}", "audit {}"),
    "review:case:approve": Said("同意起诉{}", "approved {} for litigation", "approve {} for litigation"),
    "review:case:settle": Said("同意{}和解", "settled {}", "settle {}"),
    "review:case:escalate": Said("上报{}", "escalated {}", "escalate {}"),
    "review:case:return": Said("退回{}，要求补充", "returned {} for more facts", "return {} for more facts"),
    "review:case:withdraw": Said("撤回{}", "withdrew {}", "withdraw {}"),
    "review:case:reverse": Said("随批次冲销{}", "reversed {} with its batch", "reverse {}"),
    "review:batch:ask_take_back": Said("要求撤回批次", "asked to take a batch back", "take a batch back"),
    "review:batch:take_back": Said("撤回批次", "took a batch back", "take a batch back"),
    "review:case:finish_audit": Said(
        "审核完毕，把{}转交审核员", "handed {} to the reviewers after its audit", "hand {} to the reviewers"
    ),
    "review:case:audit_anew": Said("重新审核{}", "sent {} to a new audit", "send {} to a new audit"),
    "review:case:raise_again": Said(
        "重新审核完毕，把{}交回高级审核员",
        "handed {} back to the senior reviewers after its new audit",
        "hand {} back to the senior reviewers",
    ),
    "review:case:join_rows": Said(
        "把修正后的附表行并入{}", "joined mended rows of side sheets to {}", "join mended rows of side sheets to {}"
    ),
    "review:case:answer": Said("答复退回的{}", "answered the return of {}", "answer the return of {}"),
    "review:case:hand_back": Said("把{}交回审核员", "handed {} back to the reviewers", "hand {} back to the reviewers"),
    "review:case:reopen": Said("重新打开{}", "reopened {}", "reopen {}"),
    "review:case:perform": Said(
        "登记{}的和解开始履行",
        "noted that the settlement of {} is performed",
        "note that the settlement of {} is performed",
    ),
    "review:case:breach": Said(
        "登记{}的和解违约", "noted a breach of the settlement of {}", "note a breach of the settlement of {}"
    ),
    "review:case:resume": Said("违约后恢复审核{}", "resumed the review of {}", "resume the review of {}"),
    "review:case:entrust": Said("把{}委托给律师事务所", "entrusted {} to a law firm", "entrust {} to a law firm"),
    "review:case:refuse": Said("退回{}的委托", "refused the entrustment of {}", "refuse the entrustment of {}"),
    "review:case:recall": Said("从律师事务所收回{}", "recalled {} from the law firm", "recall {} from the law firm"),
    "review:case:file": Said("登记{}立案", "reported {} as filed", "report {} as filed"),
    "review:case:close": Said("{}结案", "closed {}", "close {}"),
    "review:case:claim": Said("领取{}", "took {}", "take {}"),
    "review:case:release": Said("放回{}", "gave {} back", "give {} back"),
    "review:case:assign": Said("指派{}", "assigned {}", "assign {}"),
    "review:statement:open": Said(
        "打开{}的债权计算书", "opened the claim statement of {}", "open the claim statement of {}"
    ),
    "review:statement:download": Said(
        "下载{}的债权计算书", "downloaded the claim statement of {}", "download the claim statement of {}"
    ),
    "review:weighing:open": Said("打开{}的起诉风险测算", "opened the risks of suing {}", "open the risks of suing {}"),
    "review:weighing:download": Said(
        "下载{}的起诉风险测算", "downloaded the risks of suing {}", "download the risks of suing {}"
    ),
    "handover:statement:download": Said(
        "律所下载{}的债权计算书", "downloaded the claim statement of {}", "download the claim statement of {}"
    ),
    "review:case:reveal": Said("查看{}的个人资料原文", "revealed personal data of {}", "reveal personal data of {}"),
    "review:case:open": Said("打开{}", "opened {}", "open {}"),
    "review:comment:add": Said("给{}添加备注", "commented on {}", "comment on {}"),
    "review:file:attach": Said("给{}添加附件", "attached a file to {}", "attach a file to {}"),
    "review:file:assign": Said("把附件归入{}", "gave a file to {}", "give a file to {}"),
    "review:file:kind": Said("更改{}的附件类别", "changed the kind of a file of {}", "change the kind of a file of {}"),
    "review:file:remove": Said("移除{}的附件", "removed a file of {}", "remove a file of {}"),
    "review:evidence:receive": Said("收到证据附件", "received evidence files", "send evidence files"),
    "review:evidence:cancel": Said("取消附件上传", "cancelled an upload of evidence", "cancel an upload of evidence"),
    "review:evidence:open": Said("查看附件上传", "opened an upload of evidence", "open an upload of evidence"),
    "review:batch:attach": Said("上传证据附件", "uploaded evidence files", "upload evidence files"),
    "review:batch:match": Said("重新匹配附件", "matched files again", "match files again"),
    "review:file:fetch": Said("下载{}的附件", "downloaded a file of {}", "download a file of {}"),
    "review:facts:edit": Said("修改{}的事实", "edited the facts of {}", "edit the facts of {}"),
    "review:finding:override": Said("推翻{}的审核结论", "overrode a finding of {}", "override a finding of {}"),
    "review:finding:acknowledge": Said(
        "知悉{}缺资料的审核项", "acknowledged a finding of {} that lacks facts", "acknowledge a finding of {}"
    ),
    "review:finding:silence": Said("静默{}的审核结论", "silenced a finding of {}", "silence a finding of {}"),
    "review:finding:withdraw": Said(
        "撤销对{}审核结论的处理", "let a finding of {} count again", "let a finding of {} count again"
    ),
    "review:finding:expire": Said(
        "对{}审核结论的处理失效", "noted that a finding of {} counts again", "note that a finding of {} counts again"
    ),
    "review:joint:make": Said(
        "把{}与同一借款人的案件合并处理", "joined {} with cases of its borrower", "join {} with cases of its borrower"
    ),
    "review:joint:leave": Said(
        "{}移出合并处理", "took {} out of its joint handling", "take {} out of its joint handling"
    ),
    "review:joint:end": Said("解除{}的合并处理", "ended the joint handling of {}", "end the joint handling of {}"),
    "review:comment:open": Said("查看{}的备注", "read the comments on {}", "read the comments on {}"),
    "review:decision:propose": Said("对{}提出决定，等待复核", "proposed a decision on {}", "propose a decision on {}"),
    "review:decision:confirm": Said("复核同意{}的决定", "confirmed the decision on {}", "confirm the decision on {}"),
    "review:decision:refuse": Said("复核不同意{}的决定", "refused the decision on {}", "refuse the decision on {}"),
    "review:decision:take_back": Said("收回对{}的决定", "took back a decision on {}", "take back a decision on {}"),
    "review:decision:overtake": Said(
        "对{}的决定因案件变化而失效", "let an overtaken decision on {} lapse", "answer an overtaken decision on {}"
    ),
    "review:decision:open": Said("打开{}的决定", "opened a decision on {}", "open a decision on {}"),
    "review:bulk:preview": Said("预览批量处理", "previewed work in bulk", "preview work in bulk"),
    "review:bulk:start": Said("执行批量处理", "started work in bulk", "start work in bulk"),
    "review:bulk:discard": Said("放弃批量处理", "discarded work in bulk", "discard work in bulk"),
    "review:bulk:finish": Said("批量处理执行完毕", "finished work in bulk", "finish work in bulk"),
    "review:bulk:open": Said("打开批量处理", "opened work in bulk", "open work in bulk"),
    "handover:entrustment:accept": Said(
        "接受{}的委托", "accepted the entrustment of {}", "accept the entrustment of {}"
    ),
    "handover:entrustment:refuse": Said(
        "退回{}的委托", "refused the entrustment of {}", "refuse the entrustment of {}"
    ),
    "handover:entrustment:recall": Said(
        "收回{}的委托", "recalled the entrustment of {}", "recall the entrustment of {}"
    ),
    "handover:entrustment:filed": Said("登记{}立案", "reported the filing of {}", "report the filing of {}"),
    "handover:entrustment:closed": Said("登记{}结案", "reported the end of {}", "report the end of {}"),
    "handover:entrustment:reveal": Said(
        "查看{}的个人资料原文", "revealed personal data of {}", "reveal personal data of {}"
    ),
    "handover:entrustment:open": Said("打开{}的委托", "opened the entrustment of {}", "open the entrustment of {}"),
    "handover:case:fetch_file": Said("承办律师下载{}的附件", "downloaded a file of {}", "download a file of {}"),
    "handover:case:reveal": Said("查看{}的个人资料原文", "revealed personal data of {}", "reveal personal data of {}"),
    "journal:event:open": Said("打开日志", "opened an event", "open an event"),
    "journal:export:open": Said("查看导出", "opened an export", "open an export"),
    "journal:export:request": Said("申请导出", "asked for an export", "ask for an export"),
    "journal:export:finish": Said("导出完成", "finished an export", "finish an export"),
    "journal:export:download": Said("下载导出文件", "downloaded an export", "download an export"),
    "handover:case:export": Said("导出{}的资料", "exported the data of {}", "export the data of {}"),
    "handover:weighing:open": Said(
        "打开{}的起诉风险测算", "opened the risks of suing {}", "open the risks of suing {}"
    ),
    "handover:weighing:ask": Said("申请测算{}的起诉风险", "asked to weigh {}", "ask to weigh {}"),
    "handover:weighing:make": Said("测算{}的起诉风险", "weighed {}", "weigh {}"),
    "handover:weighing:download": Said(
        "下载{}的起诉风险测算", "downloaded the risks of suing {}", "download the risks of suing {}"
    ),
    "handover:entrustment:export": Said(
        "生成{}的立案材料", "asked for the filing pack of {}", "ask for the filing pack of {}"
    ),
    "handover:export:ask": Said("申请导出案件", "asked for an export of cases", "ask for an export of cases"),
    "handover:export:make": Said("生成案件导出", "made an export of cases", "make an export of cases"),
    "handover:export:fetch": Said("下载案件导出", "downloaded an export of cases", "download an export of cases"),
    "handover:template:add": Said(
        "上传起诉状模板", "sent a template of the complaint", "send a template of the complaint"
    ),
    "handover:template:use": Said(
        "更换起诉状模板", "changed the template of the complaint", "change the template of the complaint"
    ),
    "handover:template:file": Said(
        "下载起诉状模板", "downloaded a template of the complaint", "download a template of the complaint"
    ),
    "accounts:organisation:add": Said("建立机构", "founded the organisation", "found the organisation"),
    "accounts:invitation:add": Said("发出邀请", "sent an invitation", "send an invitation"),
    "accounts:invitation:accept": Said("接受邀请", "accepted an invitation", "accept an invitation"),
    "accounts:invitation:withdraw": Said("撤销邀请", "withdrew an invitation", "withdraw an invitation"),
    "accounts:password:change": Said("修改密码", "changed the password", "change the password"),
    "accounts:password:link": Said("发出重设密码链接", "sent a password link", "send a password link"),
    "accounts:password:reset": Said("重设密码", "reset the password", "reset the password"),
    "accounts:person:add": Said("添加人员", "added a person", "add a person"),
    "accounts:person:roles": Said("变更角色", "changed the roles of", "change the roles of"),
    "accounts:person:disable": Said("停用人员", "disabled", "disable"),
    "accounts:person:enable": Said("恢复人员", "enabled", "enable"),
    "accounts:person:unlock": Said("解除登录锁定", "unlocked the sign-in of", "unlock the sign-in of"),
    "accounts:person:locale": Said("切换语言", "changed the language", "change the language"),
    "accounts:token:add": Said("建立接口令牌", "made an API token", "make an API token"),
    "accounts:token:revoke": Said("吊销接口令牌", "revoked an API token", "revoke an API token"),
    "accounts:person:sign_in": Said("登录", "signed in", "sign in"),
    "accounts:person:sign_out": Said("退出登录", "signed out", "sign out"),
    "accounts:person:sign_out_everywhere": Said("退出全部登录", "signed out everywhere", "sign out everywhere"),
    "vault:cases:reseal": Said(
        "用新密钥重新加密个人资料", "resealed personal data with a new key", "reseal personal data"
    ),
    "vault:addresses:index": Said(
        "为案件地址建立检索摘要", "made the index of cases' addresses", "index addresses of cases"
    ),
    "vault:superseded:reseal": Said(
        "用新密钥重新加密旧版事实", "resealed superseded facts with a new key", "reseal superseded facts"
    ),
    "vault:rows:reseal": Said(
        "用新密钥重新加密被拒行", "resealed rejected rows with a new key", "reseal rejected rows with a new key"
    ),
    "vault:side_rows:reseal": Said(
        "用新密钥重新加密附表被拒行", "resealed rejected rows of side sheets", "reseal rejected rows of side sheets"
    ),
    "vault:uploads:reseal": Said(
        "用新密钥重新加密待整理附件的名称", "resealed names of waiting files", "reseal names of waiting files"
    ),
    "vault:names:reseal": Said(
        "用新密钥重新加密附件名称", "resealed file names with a new key", "reseal file names with a new key"
    ),
    "web:job:retry": Said("重试作业", "retried a job", "retry a job"),
    "web:route:open": Said("打开无权使用的功能", "opened a function", "use a function that their role does not hold"),
}


def actions_under(prefix: str) -> list[str]:
    """The actions that begin with `prefix`: a whole action, `intake:` or `review:decision:`."""
    return [action for action in ACTIONS if action == prefix or (prefix.endswith(":") and action.startswith(prefix))]


def actions_told_as(text: str) -> list[str]:
    """The actions whose words, in either language, hold `text`."""
    wanted = text.casefold()
    return [
        action
        for action, said in ACTIONS.items()
        if any(wanted in words.casefold() for words in (said.zh, said.done, said.tried, action))
    ]


def title(action: str) -> Text:
    """An action in words; one that has none keeps its name."""
    said = ACTIONS.get(action)
    return said.title if said else Text(action, action)


def tell(
    action: str,
    outcome: str,
    *,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    about: str | None = None,
    cases: int | None = None,
    names: Mapping[str, str] | None = None,
) -> Text:
    """What was done, as a sentence without its author.

    `about` names the case, batch or person, `cases` says how many cases the event is about, `names` gives the names
    of people whose ids are among the values.
    """
    said = ACTIONS.get(action) or Said(action, action, action)
    what = _object(about, cases)
    zh, en = _put(said.zh, what.zh or "案件", what.zh), _put(said.done, what.en or "a case", what.en)
    if outcome == "refused":
        zh, en = f"试图{zh}，被拒绝", f"tried to {_put(said.tried, what.en or 'a case', what.en)} and was refused"
    told = [change.sentence for change in changes(old, new, names) if change.key not in _NOT_TOLD]
    if not told:
        return Text(zh, en)
    return Text(
        f"{zh}：{'；'.join(one.zh.rstrip('。') for one in told)}",
        f"{en}: {'; '.join(one.en.rstrip('。.') for one in told)}",
    )


_NOT_TOLD = frozenset(
    {
        "decision",
        "run",
        "bulk",
        "entrustment",
        "entrustments",
        "firm",
        "version",
        "cases",
        "seen",
        "export",
        "sha256",
        "size",
        "mapping",
        "invitation",
        "override",
        "attachment",
        "joint",
        "dry_run",
    }
)
"""Values that help to trace an event and do not help to read it."""


def _put(phrase: str, case: str, other: str = "") -> str:
    """The phrase with the case in its place, or with what else it is about at its end."""
    if "{}" not in phrase:
        return f"{phrase} {other}".strip()
    if phrase.isascii():
        return phrase.format(case).strip()
    return _BEFORE_A_MARK.sub("", phrase.format(_spaced(case)).strip())


_BEFORE_A_MARK = re.compile(r" (?=[，；：。、])")


def _spaced(name: str) -> str:
    """A name within a Chinese sentence: a blank where Latin letters or digits meet Chinese ones."""
    return f"{' ' if name[0].isascii() else ''}{name}{' ' if name[-1].isascii() else ''}"


def _object(about: str | None, cases: int | None) -> Text:
    """What the event is about; empty where nothing names it."""
    if cases is None:
        return Text(about or "", about or "")
    batch = Text(f"（{about}）", f" of {about}") if about else Text("", "")
    return Text(f"{cases} 件案件{batch.zh}", f"{cases} {'case' if cases == 1 else 'cases'}{batch.en}")


@dataclass(frozen=True, slots=True)
class Change:
    """One value that an event speaks of: as it was and as it is now, in words; None where there was or is none."""

    key: str
    label: Text
    was: Text | None
    now: Text | None

    @property
    def sentence(self) -> Text:
        """`状态：待审 → 同意起诉`."""
        if self.was is not None and self.now is not None:
            return Text(
                f"{self.label.zh} {self.was.zh} → {self.now.zh}", f"{self.label.en} {self.was.en} → {self.now.en}"
            )
        shown = self.now or self.was or _NOTHING
        return Text(f"{self.label.zh} {shown.zh}", f"{self.label.en} {shown.en}")


def changes(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, names: Mapping[str, str] | None = None
) -> list[Change]:
    """The values of an event side by side, in the order in which they were recorded."""
    was, now = _named(old or {}, names or {}), _named(new or {}, names or {})
    return [
        Change(
            key,
            _label(key),
            value_in_words(key, was[key]) if was.get(key) is not None else None,
            value_in_words(key, now[key]) if now.get(key) is not None else None,
        )
        for key in dict.fromkeys([*was, *now])
        if was.get(key) is not None or now.get(key) is not None
    ]


def _named(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {key: names.get(value, value) if isinstance(value, str) else value for key, value in values.items()}


def value_in_words(key: str, value: Any) -> Text:
    """A stored value as people read it."""
    match value:
        case None:
            return _NOTHING
        case bool():
            return Text("是", "yes") if value else Text("否", "no")
        case int() if key in _money:
            return Text(grouped(value), grouped(value))
        case str() if _MOMENT.match(value):
            shown = f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            return Text(shown, shown)
        case str() if _AMOUNT.match(value):
            shown = f"{Decimal(value):,}"
            return Text(shown, shown)
        case str():
            return VALUES.get(key, {}).get(value) or _learned.get((key, value)) or Text(value, value)
        case {"zh": str(zh), "en": str(en)}:
            return Text(zh, en)
        case Mapping() if key == "columns":
            return _joined(_column(header, read_as) for header, read_as in value.items())
        case Mapping():
            return _joined(_pair(name, part) for name, part in value.items())
        case Sequence():
            return _joined(value_in_words(key, part) for part in value)
        case _:
            return Text(str(value), str(value))


_AMOUNT = re.compile(r"-?\d{4,}\.\d\d$")
"""A sum of money as JSON has it, in yuan."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)$")


def _label(key: str) -> Text:
    return FIELDS.get(key) or _facts.get(key) or Text(key, key)


_facts: dict[str, Text] = {}
_learned: dict[tuple[str, str], Text] = {}
_money: set[str] = set()


def learn_facts(labels: Mapping[str, Text], money: Iterable[str]) -> None:
    """Take over what the facts of a case are called, and which are money in fen.

    The stage that knows them stands above the journal, so it says so when it starts.
    """
    _facts.update(labels)
    _learned.update({(key, name): label for key in ("field", "fields") for name, label in labels.items()})
    _money.update(money)


def learn_words(key: str, words: Mapping[str, Text]) -> None:
    """Take over what the words are called that events hold under a name, as the ids of checks."""
    _learned.update({(key, word): text for word, text in words.items()})


def in_yuan(values: Any) -> Any:
    """The values of an event with the money among them as decimal strings in yuan, as everywhere in JSON."""
    if isinstance(values, Mapping):
        return {
            key: yuan(value) if key in _money and type(value) is int else in_yuan(value)
            for key, value in values.items()
        }
    return [in_yuan(value) for value in values] if isinstance(values, list) else values


def _pair(name: str, value: Any) -> Text:
    label, shown = _label(name), value_in_words(name, value)
    return Text(f"{label.zh} {shown.zh}", f"{label.en} {shown.en}")


def _joined(parts: Any) -> Text:
    texts = list(parts)
    if not texts:
        return _NOTHING
    return Text("、".join(text.zh for text in texts), ", ".join(text.en for text in texts))


def _column(header: str, read_as: Any) -> Text:
    """A column of a sheet by its header, and what it is read as: a field, or several, each with period and unit."""
    fields = [str(one).partition(" ") for one in (read_as if isinstance(read_as, list) else [read_as]) if one]
    shown = [_read_as(name, more.split()) for name, _b, more in fields]
    said = _joined(shown)
    return Text(
        f"“{header}”为{said.zh}" if shown else f"“{header}”不导入",
        f"“{header}” as {said.en}" if shown else f"“{header}” left out",
    )


def _read_as(name: str, more: Sequence[str]) -> Text:
    parts = [_label(name), *(READ_AS.get(word) or Text(word, word) for word in more)]
    return Text(" ".join(part.zh for part in parts), " ".join(part.en for part in parts))


READ_AS: Mapping[str, Text] = {
    "year": Text("按年", "a year"),
    "month": Text("按月", "a month"),
    "day": Text("按日", "a day"),
    "percent": Text("数字是百分数", "in percent"),
    "share": Text("数字是比例", "as shares"),
    "year_first": Text("年/月/日", "year first"),
    "day_first": Text("日/月/年", "day first"),
    "month_first": Text("月/日/年", "month first"),
    "unsure": Text("说不准", "not known"),
    "元": Text("元", "yuan"),
    "万元": Text("万元", "10,000 yuan"),
    "千元": Text("千元", "1,000 yuan"),
}
"""What a mapping adds to the field of a column: its period, unit and reading."""

_NOTHING = Text("—", "—")

FIELDS: Mapping[str, Text] = {
    "given": Text("送回的行", "rows given"),
    "row": Text("行", "row"),
    "accounts": Text("借据数", "accounts"),
    "action": Text("操作", "action"),
    "again": Text("重新导入", "again"),
    "decrypted": Text("已用密码打开", "opened with a password"),
    "as_of": Text("基准日", "as of"),
    "attention": Text("注意", "attention"),
    "aside": Text("搁置原因", "set aside"),
    "assignee": Text("承办人", "assignee"),
    "batch": Text("批次", "batch"),
    "beside": Text("附表", "sheets beside"),
    "blank": Text("空行", "blank"),
    "blocked": Text("阻断", "blocked"),
    "bulk": Text("批量处理", "in bulk"),
    "by": Text("依据", "by"),
    "cases": Text("案件数", "cases"),
    "attachment": Text("附件编号", "attachment id"),
    "check": Text("审核项", "check"),
    "outcome": Text("该项结论", "outcome"),
    "override": Text("处理编号", "override id"),
    "way": Text("处理", "set aside as"),
    "why": Text("原因", "why"),
    "characters": Text("字数", "characters"),
    "choice": Text("决定", "decision"),
    "clear": Text("通过", "clear"),
    "code": Text("原因代码", "code"),
    "changed": Text("改动的单元格", "cells changed"),
    "columns": Text("列", "columns"),
    "account_key": Text("推算编号所用的字段", "account numbers made of"),
    "without": Text("表中没有的必填项", "required and not in the sheet"),
    "side_sheets": Text("附表", "sheets beside the accounts"),
    "confirm": Text("确认方式", "confirmation"),
    "constants": Text("统一填写", "given for all rows"),
    "counts": Text("计数", "counts"),
    "court": Text("受理法院", "court"),
    "days": Text("天数", "days"),
    "decision": Text("决定编号", "decision id"),
    "declared": Text("申报数", "declared"),
    "docket": Text("案号", "docket"),
    "done": Text("已执行", "done"),
    "email": Text("邮箱", "email"),
    "entrustment": Text("委托", "entrustment"),
    "entrustments": Text("委托", "entrustments"),
    "expires_at": Text("有效期至", "expires"),
    "export": Text("导出编号", "export id"),
    "field": Text("字段", "field"),
    "fields": Text("字段", "fields"),
    "file": Text("文件", "file"),
    "filters": Text("筛选", "filters"),
    "firm": Text("律所编号", "firm id"),
    "firm_name": Text("律师事务所", "law firm"),
    "format": Text("格式", "format"),
    "header_row": Text("标题行", "header row"),
    "hint": Text("令牌尾号", "token hint"),
    "invitation": Text("邀请编号", "invitation id"),
    "key": Text("密钥", "key"),
    "kept": Text("保留", "kept"),
    "reversed": Text("冲销", "reversed"),
    "kind": Text("类型", "kind"),
    "archive": Text("压缩包内的文件", "files of the archive"),
    "files": Text("文件数", "files"),
    "joint": Text("合并编号", "joint handling id"),
    "numbers": Text("案件", "cases"),
    "one_filing": Text("合并起诉", "one suit"),
    "known": Text("已有", "already known"),
    "matched": Text("归入案件", "matched"),
    "not_kept": Text("没有保存", "not kept"),
    "unmatched": Text("待归入案件", "without a case"),
    "loaded": Text("导入", "loaded"),
    "locale": Text("语言", "language"),
    "locked": Text("已锁定", "locked"),
    "mapping": Text("列对应", "mapping"),
    "mapping_version": Text("列对应版本", "mapping version"),
    "may_reveal": Text("可看原文", "may reveal"),
    "name": Text("名称", "name"),
    "needs": Text("需复核的原因", "waits because"),
    "on": Text("日期", "on"),
    "headers": Text("表头", "headers"),
    "result": Text("结果", "result"),
    "hidden": Text("隐藏的内容", "hidden parts"),
    "hidden_rows": Text("隐藏的行", "hidden rows"),
    "hidden_columns": Text("隐藏的列", "hidden columns"),
    "hidden_sheets": Text("隐藏的工作表", "hidden sheets"),
    "on_known": Text("已有借据", "known accounts"),
    "payable": Text("应还", "payable"),
    "person": Text("人员", "person"),
    "phase": Text("阶段", "phase"),
    "plan": Text("和解方案", "plan"),
    "against": Text("对照策略", "compared with"),
    "base": Text("基于", "made from"),
    "section": Text("部分", "section"),
    "table": Text("数据表", "table"),
    "added": Text("新增", "added"),
    "replaced": Text("替换", "replaced"),
    "removed": Text("移除", "removed"),
    "values": Text("改动", "changes"),
    "dry_run": Text("试运行编号", "dry run id"),
    "scope": Text("范围", "scope"),
    "checked": Text("核对案件数", "cases checked"),
    "verdict_changes": Text("结论改变的案件数", "verdicts that change"),
    "effective_from": Text("生效日期", "effective from"),
    "last": Text("最近案件数", "latest cases"),
    "policy": Text("审核策略", "policy"),
    "policy_state": Text("状态", "state"),
    "problem": Text("问题", "problem"),
    "proposed_by": Text("提出人", "proposed by"),
    "purpose": Text("用途", "purpose"),
    "read": Text("并入", "joined"),
    "readable": Text("可读", "readable"),
    "reason": Text("理由", "reason"),
    "refused": Text("未执行", "refused"),
    "rejected": Text("未导入", "rejected"),
    "resealed": Text("已重新加密", "resealed"),
    "roles": Text("角色", "roles"),
    "superseded": Text("旧版事实", "superseded facts"),
    "rows": Text("行数", "rows"),
    "side_rows": Text("附表行数", "rows of side sheets"),
    "uploads": Text("附件上传", "uploads of evidence"),
    "stray": Text("借据不在本批", "of no account"),
    "mended": Text("已修正", "mended"),
    "side_mended": Text("附表已改好", "side rows mended"),
    "places": Text("所在行", "which rows"),
    "dismissal": Text("剔除原因", "dismissed because"),
    "dismissed": Text("已剔除", "dismissed"),
    "note": Text("说明", "note"),
    "side_rejected": Text("附表仍有错", "side rows still wrong"),
    "run": Text("审核编号", "audit run"),
    "seen": Text("已知悉缺资料的审核项", "seen as missing"),
    "repayments": Text("还款记录条数", "repayments"),
    "demands": Text("催收记录条数", "demands"),
    "evidence": Text("证据条数", "evidence items"),
    "schedule": Text("还款计划期数", "schedule rows"),
    "extra": Text("其他列数", "other columns"),
    "skipped": Text("跳过", "skipped"),
    "unchanged": Text("无变化", "unchanged"),
    "updated": Text("更新", "updated"),
    "selection": Text("范围", "selection"),
    "set_aside": Text("搁置", "set aside"),
    "sha256": Text("SHA-256", "SHA-256"),
    "sheet": Text("工作表", "sheet"),
    "since": Text("自", "since"),
    "size": Text("大小", "size"),
    "stale": Text("已有变化", "stale"),
    "state": Text("状态", "state"),
    "state_of_decision": Text("决定状态", "decision"),
    "sums": Text("合计", "sums"),
    "text": Text("文字", "text"),
    "third_persons": Text("保留的第三人列", "third-person columns kept"),
    "total": Text("合计行", "totals"),
    "totals": Text("合计", "totals"),
    "until": Text("至", "until"),
    "verdict": Text("结论", "verdict"),
    "verdicts": Text("结论", "verdicts"),
    "template": Text("模板版本", "template version"),
    "version": Text("版本", "version"),
    "waiting": Text("待复核", "waiting"),
    "waived": Text("减免", "waived"),
}
"""What the values of events are called. A name that is not here is shown as it is."""

_STATES: Mapping[str, Text] = {
    "received": Text("已接收", "received"),
    "auditing": Text("审核中", "in audit"),
    "in_review": Text("待审", "in review"),
    "escalated": Text("已上报", "escalated"),
    "returned": Text("已退回", "returned"),
    "approved": Text("同意起诉", "approved"),
    "settled": Text("已和解", "settled"),
    "performing": Text("履行中", "performing"),
    "breached": Text("已违约", "breached"),
    "entrusted": Text("已委托", "entrusted"),
    "filed": Text("已立案", "filed"),
    "closed": Text("已结案", "closed"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "reversed": Text("已冲销", "reversed"),
    "cancelled": Text("已取消", "cancelled"),
    "taking_back": Text("撤回中", "being taken back"),
    "taken_back": Text("批次已撤回", "taken back"),
    "uploaded": Text("读取中", "being read"),
    "mapping": Text("待对应列", "waits for its mapping"),
    "loading": Text("导入中", "loading"),
    "stopped": Text("已停止", "stopped"),
    "ready": Text("已就绪", "ready"),
    "preview": Text("预览", "preview"),
    "running": Text("执行中", "running"),
    "done": Text("已完成", "done"),
    "discarded": Text("已放弃", "discarded"),
    "waiting": Text("等待中", "waiting"),
    "failed": Text("失败", "failed"),
    "active": Text("在用", "active"),
    "disabled": Text("已停用", "disabled"),
    "retired": Text("不再使用", "retired"),
    "revoked": Text("已吊销", "revoked"),
}

_PERSONAL: Mapping[str, Text] = {
    "borrower_name": Text("姓名", "name"),
    "id_no": Text("证件号", "ID number"),
    "mobile": Text("手机号", "mobile"),
    "gender": Text("性别", "gender"),
    "ethnicity": Text("民族", "ethnicity"),
    "id_address": Text("户籍地址", "registered address"),
    "contact_address": Text("联系地址", "contact address"),
    "employer": Text("工作单位", "employer"),
    "bank_card": Text("银行卡号", "bank card"),
    "payee_name": Text("收款人", "payee"),
    "note": Text("备注", "note"),
}

_TAKEN = {"take": Text("导入", "taken"), "leave": Text("不导入", "left out")}

_NO_ROLE = Text("角色无此权限", "the role may not do it")
_NOT_OWN = Text("不是本人的", "it is somebody else's")
_NOT_SEEN = Text("不存在，或无权查看", "it does not exist, or may not be seen")
_REFUSALS: Mapping[str, Text] = {
    **dict.fromkeys(("role_needed", "policy.role", "override.role", "case.move_not_allowed"), _NO_ROLE),
    **{f"batch.{what}_not_allowed": _NO_ROLE for what in ("cancel", "mend", "take_back", "upload")},
    **{f"{what}.not_yours": _NOT_OWN for what in ("bulk", "decision", "export")},
    **{
        f"{what}.unknown": _NOT_SEEN
        for what in (
            *("batch", "bulk", "case", "decision", "entrustment", "event", "evidence_upload", "export", "file"),
            "joint",
            "mapping",
        )
    },
}
VALUES: Mapping[str, Mapping[str, Text]] = {
    "code": _REFUSALS,
    "policy_state": {
        "draft": Text("起草中", "draft"),
        "proposed": Text("待批准", "proposed"),
        "approved": Text("已批准", "approved"),
        "retired": Text("已停用", "retired"),
    },
    "by": {
        "suggestion": Text("系统识别", "recognition"),
        "person": Text("人工确认", "a person"),
        "page": Text("页面", "the page"),
        "workbook": Text("改好的工作簿", "the mended workbook"),
        "api": Text("接口", "the API"),
        "update": Text("更新已有案件", "renewing of known accounts"),
    },
    "on_known": {
        "reject": Text("报错", "rejected"),
        "skip": Text("跳过", "skipped"),
        "update": Text("更新", "updated"),
    },
    "dismissal": {
        "not_account": Text("不是账目（合计、说明、表头等）", "no account (a total, a note, a header …)"),
        "duplicate": Text("与别的行或已有案件重复", "says what another row or a case says"),
        "not_pursued": Text("不再追索（已结清、已撤回等）", "not pursued (paid off, withdrawn …)"),
        "test": Text("测试数据", "test data"),
        "other": Text("其他", "other"),
    },
    "hidden_rows": _TAKEN,
    "hidden_columns": _TAKEN,
    "hidden_sheets": _TAKEN,
    "state": _STATES,
    "state_of_decision": {
        "effective": Text("已生效", "in effect"),
        "waiting": Text("待复核", "waiting"),
        "refused": Text("复核未通过", "refused"),
        "overtaken": Text("已失效", "overtaken"),
    },
    "entrustment": {
        "offered": Text("待接受", "offered"),
        "accepted": Text("已接受", "accepted"),
        "refused": Text("已退回", "refused"),
        "ended": Text("已终止", "ended"),
    },
    "choice": {
        "approve": Text("同意起诉", "approve"),
        "settle": Text("和解", "settle"),
        "escalate": Text("上报", "escalate"),
        "return": Text("退回补充", "return"),
        "withdraw": Text("撤回", "withdraw"),
    },
    "needs": {
        "failed_check": Text("有不通过的审核项", "a check failed"),
        "expired": Text("诉讼时效已届满", "the limitation period has expired"),
        "amount": Text("金额超过限额", "the amount is above the limit"),
        "reduction": Text("和解方案超过权限", "the settlement passes the authority"),
    },
    "kind": {
        **KINDS,
        "deferral": Text("延期", "deferral"),
        "instalments": Text("分期", "instalments"),
        "reduction": Text("减免", "reduction"),
        "journal": Text("审计日志", "journal"),
        "cases": Text("案件表", "cases"),
        "platform": Text("平台", "platform"),
        "law_firm": Text("律师事务所", "law firm"),
    },
    "field": _PERSONAL,
    "fields": _PERSONAL,
    "reason": {
        "password": Text("密码不正确", "wrong password"),
        "locked": Text("已锁定", "locked"),
        "disabled": Text("已停用", "disabled"),
    },
    "outcome": {
        "fail": Text("不通过", "fail"),
        "warn": Text("注意", "warn"),
        "missing": Text("缺资料", "missing"),
    },
    "way": {
        "override": Text("推翻", "overridden"),
        "acknowledge": Text("知悉", "acknowledged"),
        "silence": Text("静默", "silenced"),
    },
    "why": {
        "date": Text("已到截止日", "its last day has passed"),
        "facts": Text("所依据的事实有变", "the facts behind it changed"),
        "related": Text("其他案件或新版程序改变了结论", "other cases or a newer program changed the finding"),
        "policy": Text("新版策略改变了结论", "a newer policy changed the finding"),
        "time": Text("随时间推移结论已变", "the finding changed with time"),
    },
    "verdict": {
        "blocked": Text("阻断", "blocked"),
        "attention": Text("注意", "attention"),
        "clear": Text("通过", "clear"),
    },
    "selection": {
        "approved": Text("同意起诉", "approved"),
        "entrusted": Text("已委托", "entrusted"),
        "received": Text("受托", "received"),
    },
    "locale": {"zh_Hans": Text("中文", "Chinese"), "en": Text("英文", "English")},
    "roles": {role.value: Text(facts.zh, facts.en) for role, facts in ROLES.items()},
}
"""Stored words of each value, as people read them."""
