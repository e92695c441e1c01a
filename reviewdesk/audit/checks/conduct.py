"""Does the borrower's own conduct call for settling first?"""

from __future__ import annotations

from collections import Counter

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules

_REACHES_OUT = frozenset({"call", "sms", "app", "wechat", "email", "visit"})
"""Channels through which the lender turns to the borrower at an hour of its own choice."""

_HARDSHIP_WORDS = (
    "失业",
    "重病",
    "大病",
    "住院",
    "残疾",
    "低保",
    "贫困",
    "困难",
    "事故",
    "受灾",
    "癌",
    "无收入",
)
_DENIALS = ("无困难", "没有困难", "不困难", "非困难")


@check(
    "conduct.complaint",
    title=("投诉", "Open complaint"),
    cites="内部规则 (house rule); GB/T 45251-2025",
    uses=("complaint",),
    says={
        "none": Sentence("没有未结投诉。", "There is no open complaint."),
        "open": Sentence(
            "有未结投诉。投诉未处理完毕即起诉，易激化矛盾并影响声誉。",
            "A complaint is open. Suing before it is answered hardens positions and harms the lender's name.",
            "先答复并办结投诉，再决定是否起诉。",
            "Answer and close the complaint, then decide on a suit.",
        ),
    },
)
def no_open_complaint(case: CaseFacts, rules: Rules) -> Answer:
    """A case with an open complaint goes to settlement first."""
    if case.complaint is None:
        return missing("complaint")
    return broken("open") if case.complaint else passed("none")


@check(
    "conduct.hardship",
    title=("困难情况", "Hardship"),
    cites="内部规则 (house rule); GB/T 45251-2025",
    uses=("hardship",),
    says={
        "none": Sentence("没有困难情况的记录。", "No hardship is recorded."),
        "stated": Sentence(
            "记录有困难情况。宜先协商延期、分期或减免。",
            "Hardship is recorded. Offer deferral, instalments or a reduction first.",
            "先与借款人协商，并记录结果。",
            "Negotiate with the borrower and record the outcome.",
        ),
        "noted": Sentence(
            "备注提到借款人有困难。宜先核实并协商延期、分期或减免。",
            "The note speaks of hardship. Verify it, and offer deferral, instalments or a reduction first.",
            "核实备注内容，先与借款人协商。",
            "Verify the note and negotiate first.",
        ),
    },
)
def no_hardship(case: CaseFacts, rules: Rules) -> Answer:
    """A borrower in hardship is offered a settlement first; the note's words count where no column says."""
    if case.hardship is not None:
        return broken("stated") if case.hardship else passed("none")
    note = case.note
    if note is None:
        return missing("hardship")
    for denial in _DENIALS:
        note = note.replace(denial, "")
    return broken("noted") if any(word in note for word in _HARDSHIP_WORDS) else passed("none")


@check(
    "conduct.offer",
    title=("协商中", "Pending offer"),
    cites="内部规则 (house rule); 民法典 (Civil Code) Art. 678",
    uses=("negotiating",),
    says={
        "none": Sentence("没有进行中的协商。", "No offer is pending."),
        "pending": Sentence(
            "正在协商还款。协商未果前起诉，可能丧失自愿还款的机会，并引发投诉。",
            "Repayment is being negotiated. Suing meanwhile may lose a voluntary payment and invites a complaint.",
            "待协商有结果后再决定是否起诉。",
            "Decide on a suit when the negotiation has ended.",
        ),
    },
)
def no_offer_pending(case: CaseFacts, rules: Rules) -> Answer:
    """A case under negotiation waits for its outcome."""
    if case.negotiating is None:
        return missing("negotiating")
    return broken("pending") if case.negotiating else passed("none")


@check(
    "conduct.hours",
    title=("催收时段", "Hours of contact"),
    cites="GB/T 45251-2025; 互联网金融逾期债务催收自律公约",
    uses=("demands",),
    says={
        "no_log": Sentence("没有催收记录表。", "There is no sheet of demands."),
        "no_times": Sentence("催收记录没有时刻，无法核对时段。", "The demands bear no time of day."),
        "daytime": Sentence(
            "催收记录中有时刻的{count}次联系均在{to_hour}时至{from_hour}时之间。",
            "All {count} contacts with a time were made between {to_hour}:00 and {from_hour}:00.",
        ),
        "at_night": Sentence(
            "催收记录有{count}次在{from_hour}时至次日{to_hour}时之间联系借款人，首次为{contacted_on} {contacted_at}。"
            "夜间催收违反行业规范，借款人可据以投诉或抗辩，影响调解与声誉。",
            "The borrower was contacted {count} times between {from_hour}:00 and {to_hour}:00, first on {contacted_on} "
            "at {contacted_at}. Collecting at night breaks the industry's rules and gives grounds for a complaint.",
            "核实时刻与借款人是否同意；属违规的，先处理可能的投诉并整改，再决定是否起诉。",
            "Verify the times and whether the borrower agreed; deal with the breach and any complaint before a suit.",
        ),
    },
)
def contacted_in_daytime(case: CaseFacts, rules: Rules) -> Answer:
    """Nobody turned to the borrower at night; letters and notices have no hour."""
    demands = case.demands
    if demands is None:
        return not_applicable("no_log")
    timed = [(demand.on, demand.at) for demand in demands if demand.at is not None and demand.channel in _REACHES_OUT]
    if not timed:
        return not_applicable("no_times")
    start, end = rules.quiet_from_hour, rules.quiet_to_hour
    at_night = [(day, at) for day, at in timed if at.hour >= start or at.hour < end]
    if not at_night:
        return passed("daytime", count=len(timed), from_hour=start, to_hour=end)
    day, at = min(at_night)
    numbers = {"count": len(at_night), "contacted_on": day, "contacted_at": f"{at:%H:%M}"}
    return broken("at_night", **numbers, from_hour=start, to_hour=end)


@check(
    "conduct.frequency",
    title=("电话催收频次", "Calls a day"),
    cites="GB/T 45251-2025; 内部规则 (house rule)",
    uses=("demands",),
    says={
        "no_log": Sentence("没有催收记录表。", "There is no sheet of demands."),
        "moderate": Sentence(
            "单日电话催收最多{count}次，未超过{most_calls}次。",
            "At most {count} calls were made in a day, not over {most_calls}.",
        ),
        "too_often": Sentence(
            "{contacted_on}单日电话催收{count}次，超过{most_calls}次。过度催收易被认定为骚扰并引发投诉。",
            "On {contacted_on} {count} calls were made, over {most_calls}. Calling too often may count as harassment "
            "and invites complaints.",
            "核实通话记录，先行安抚、处理投诉并整改。",
            "Verify the log, answer complaints and mend the practice first.",
        ),
    },
)
def not_called_too_often(case: CaseFacts, rules: Rules) -> Answer:
    """No more calls in a day than the policy allows, answered or not."""
    demands = case.demands
    if demands is None:
        return not_applicable("no_log")
    calls = Counter(demand.on for demand in demands if demand.channel == "call")
    if not calls:
        return passed("moderate", count=0, most_calls=rules.calls_a_day)
    day, count = max(calls.items(), key=lambda found: found[1])
    if count > rules.calls_a_day:
        return broken("too_often", contacted_on=day, count=count, most_calls=rules.calls_a_day)
    return passed("moderate", count=count, most_calls=rules.calls_a_day)
