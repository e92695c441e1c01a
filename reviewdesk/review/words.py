"""The review stage's words in both languages, for sentences that go to the API as well as to pages."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from reviewdesk.audit.models import FindingOverride
from reviewdesk.clock import SHANGHAI
from reviewdesk.errors import Text
from reviewdesk.review.findings import title_of

STATES: Mapping[str, Text] = {
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
}

CHOICES: Mapping[str, Text] = {
    "approve": Text("同意起诉", "approve for litigation"),
    "settle": Text("和解", "settle"),
    "escalate": Text("上报", "escalate"),
    "return": Text("退回补充", "return for more facts"),
    "withdraw": Text("撤回", "withdraw"),
}

VERDICTS: Mapping[str, Text] = {
    "blocked": Text("阻断", "blocked"),
    "attention": Text("注意", "attention"),
    "clear": Text("通过", "clear"),
}

GROUNDS: Mapping[str, Text] = {
    "failed_check": Text("有不通过的审核项", "a check failed"),
    "expired": Text("诉讼时效已届满", "the limitation period has expired"),
    "amount": Text("金额超过单人决定的限额", "the amount is above what one person decides"),
    "reduction": Text("和解方案超过权限", "the settlement passes the proposer's authority"),
}
"""Why a decision waits for a second person."""

SET_ASIDE: Mapping[str, Text] = {
    "override": Text("推翻", "overridden"),
    "acknowledge": Text("知悉", "acknowledged"),
    "silence": Text("静默", "silenced"),
}
"""How a finding was set aside."""

ENDED: Mapping[str, Text] = {
    "withdrawn": Text("已撤销", "withdrawn"),
    "date": Text("已到截止日", "its last day has passed"),
    "facts": Text("所依据的事实有变", "the facts behind it changed"),
    "related": Text("其他案件或新版程序改变了结论", "other cases or a newer program changed the finding"),
    "policy": Text("新版策略改变了结论", "a newer policy changed the finding"),
    "time": Text("随时间推移结论已变", "the finding changed with time"),
}
"""Why what was set aside counts again."""

_FOUND: Mapping[str, Text] = {
    "fail": Text("不通过", "fail"),
    "warn": Text("注意", "warning"),
    "missing": Text("缺资料", "facts absent"),
}

_UNKNOWN = Text("未知", "unknown")


def verdict_text(verdict: str, set_aside: int) -> Text:
    """A verdict, and how many findings are set aside so that it is the one that stands."""
    said = VERDICTS[verdict]
    if not set_aside:
        return said
    return Text(f"{said.zh}（{set_aside} 项被搁置）", f"{said.en} ({set_aside} set aside)")


def aside_line(check: str, outcome: str, kind: str, by: str, at: datetime, until: date | None, reason: str) -> Text:
    """A finding that somebody set aside: what it said, in which way, until when, by whom, when, and why."""
    title, found, way, on = title_of(check), _of(_FOUND, outcome), SET_ASIDE[kind], at.astimezone(SHANGHAI).date()
    zh, en = (f"至 {until}", f" until {until}") if until else ("", "")
    return Text(
        f"{title.zh}（{found.zh}，{way.zh}{zh}，{by} {on}）：{reason}",
        f"{title.en} ({found.en}, {way.en}{en}, {by} {on}): {reason}",
    )


def aside_lines(overrides: Iterable[FindingOverride]) -> list[Text]:
    """The same of several, oldest first."""
    return [
        aside_line(one.check_id, one.outcome, one.kind, one.by_name, one.created_at, one.until, one.reason)
        for one in sorted(overrides, key=lambda one: one.created_at)
    ]


def sentence(change: Mapping[str, object]) -> Text:
    """One change of a case, as `changes_since` tells it, as a sentence."""
    by = str(change.get("by") or "")
    match change["what"]:
        case "state":
            was, now = _of(STATES, change["was"]), _of(STATES, change["now"])
            return Text(f"{by} 把案件从“{was.zh}”改为“{now.zh}”", f"{by} moved the case from {was.en} to {now.en}")
        case "run":
            was, now = _of(VERDICTS, change["was"]), _of(VERDICTS, change["now"])
            return Text(
                f"案件已重新审核，结论由“{was.zh}”变为“{now.zh}”",
                f"The case was audited anew: the verdict was {was.en} and is {now.en}",
            )
        case "override":
            return _set_aside(by, change)
        case _:
            choice = _of(CHOICES, change["now"])
            return Text(
                f"{by} 提出“{choice.zh}”，等待复核", f"{by} proposed to {choice.en}; it waits for a second person"
            )


def _set_aside(by: str, change: Mapping[str, object]) -> Text:
    check, how = title_of(str(change["check"])), _of(SET_ASIDE, change["was"])
    if change["now"] is None:
        return Text(f"{by} {how.zh}了“{check.zh}”的审核结论", f"The finding “{check.en}” was {how.en} by {by}")
    why = _of(ENDED, change["now"])
    return Text(f"“{check.zh}”的审核结论重新计入：{why.zh}", f"The finding “{check.en}” counts again: {why.en}")


def _of(table: Mapping[str, Text], word: object) -> Text:
    return table.get(str(word), _UNKNOWN)
