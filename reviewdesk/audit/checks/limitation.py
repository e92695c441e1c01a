"""Is the claim still within its period of limitation, and for how long?"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, NamedTuple

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.facts import ALL_DUE_FACTS, LAST_DUE_FACTS, CaseFacts
from reviewdesk.audit.interruptions import Events, earlier_payments, events_of
from reviewdesk.audit.limitation import (
    ACCELERATION,
    DUE,
    RECOURSE,
    REPAYMENT,
    SUIT,
    Limitation,
    expiry_of,
    limitation,
)
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules

_USES = (
    *LAST_DUE_FACTS,
    *ALL_DUE_FACTS,
    "last_paid_on",
    "last_demand_on",
    "demand_proof",
    "claim_paid_on",
    "lender_kind",
    "assignment_notice_on",
    "suit_filed_on",
    "suit_ended_on",
    "suit_outcome",
    "suit_served",
)


_NO_DEMANDS: Final = frozenset({REPAYMENT, SUIT})


class Reading(NamedTuple):
    """A case's period of limitation, and the end it would have if what is unproved could be proved to have arrived.

    `infringed_on` is the day from which the longest period runs, whatever interrupts the other, and `long_stop` its
    end: no period ends later.
    """

    limitation: Limitation
    days_left: int
    expiry_if_proved: date | None
    events: Events
    numbers: dict[str, Any]
    infringed_on: date
    long_stop: date


def limitation_of(case: CaseFacts, rules: Rules) -> Reading | None:
    """The period of limitation of a case; None where nothing says from when it runs."""
    if "limitation" not in case.memo:
        case.memo["limitation"] = _limitation_of(case, rules)
    known: Reading | None = case.memo["limitation"]
    return known


def _limitation_of(case: CaseFacts, rules: Rules) -> Reading | None:
    start, kind = _start_of(case, rules.as_of)
    if start is None:
        return None
    events = events_of(case, rules.as_of)
    found = limitation(start, kind, events.proved, rules.limitation_years, rules.holidays)
    if found.revived is not None and case.facts.get("repayments"):
        events.proved.extend(earlier_payments(case, rules.as_of))
        found = limitation(start, kind, events.proved, rules.limitation_years, rules.holidays)
    would_be = None
    if events.unproved:
        would_be = limitation(start, kind, [*events.proved, *events.unproved], rules.limitation_years, rules.holidays)
    long_stop, announced = expiry_of(start, rules.limitation_longest, rules.holidays)
    if stopped := found.expiry > long_stop:
        found = found._replace(expiry=long_stop, announced=announced)
    if would_be is not None and would_be.expiry > long_stop:
        would_be = would_be._replace(expiry=long_stop)
    if would_be is not None and would_be.expiry <= found.expiry:
        would_be = None
    days_left = (found.expiry - rules.as_of).days
    numbers = _numbers(found, days_left, would_be)
    if stopped:
        numbers |= {"infringed_on": start, "notes": [*numbers.get("notes", ()), "long_stop"]}
    expiry_if_proved = None if would_be is None else would_be.expiry
    return Reading(found, days_left, expiry_if_proved, events, numbers, start, long_stop)


def _start_of(case: CaseFacts, as_of: date) -> tuple[date | None, str]:
    """When the period begins, and by what.

    An acceleration that is declared when all is due already, or that lies ahead, begins nothing.
    """
    if case.lender_kind in RECOURSE_KINDS:
        return case.claim_paid_on, RECOURSE
    accelerated, last_due = case.all_due_on, case.last_due_on
    if accelerated is not None and accelerated <= as_of and (last_due is None or accelerated < last_due):
        return accelerated, ACCELERATION
    return last_due, DUE


def _unknown(case: CaseFacts) -> Answer:
    return missing("claim_paid_on" if case.lender_kind in RECOURSE_KINDS else "due_on")


def _numbers(found: Limitation, days_left: int, would_be: Limitation | None) -> dict[str, Any]:
    """What both findings show of the period, and the notes that belong to it."""
    numbers: dict[str, Any] = {
        "runs_from": found.base,
        "base_kind": found.base_kind,
        "expiry": found.expiry,
        "days_left": days_left,
    }
    if would_be is not None:
        numbers["expiry_if_proved"] = would_be.expiry
        numbers["unproved_on"] = would_be.base
        numbers["unproved_kind"] = f"unproved_{would_be.base_kind}"
    notes = []
    if not found.announced:
        notes.append("weekends_only")
    if found.late_demand is not None:
        numbers["late_demand"] = found.late_demand
        notes.append("demand_too_late")
    if found.revived is not None:
        numbers["revived"] = found.revived
        notes.append("revived")
    if notes:
        numbers["notes"] = notes
    return numbers


@check(
    "limitation.expired",
    title=("诉讼时效届满", "Limitation expired"),
    cites="民法典 (Civil Code) Art. 188, 189, 192, 193, 195, 203; 法释〔2008〕11号 (2020) Art. 8–17",
    uses=_USES,
    says={
        "running": Sentence(
            "诉讼时效自{runs_from}（{base_kind}）起算，至{expiry}届满，尚余{days_left}天。",
            "The period runs from {runs_from} ({base_kind}) and ends on {expiry}: {days_left} days are left.",
        ),
        "expired": Sentence(
            "诉讼时效自{runs_from}（{base_kind}）起算，已于{expiry}届满。法院不主动适用时效，"
            "但借款人提出抗辩即可拒绝履行。",
            "The period ran from {runs_from} ({base_kind}) and ended on {expiry}. A court does not raise it "
            "itself, but the borrower may "
            "plead it and refuse to pay.",
            "提供此前中断时效的证据（还款、送达的催收、还款承诺），或取得借款人新的还款承诺；确需起诉的，"
            "由高级审核员说明理由。",
            "Show what interrupted it earlier (a payment, a demand that arrived, a promise), or obtain a new "
            "promise to pay; a senior "
            "reviewer may file with a reason.",
        ),
        "expired_unproved": Sentence(
            "诉讼时效自{runs_from}（{base_kind}）起算，已于{expiry}届满。{unproved_on}的{unproved_kind}没有送达凭证，"
            "不能中断时效；若能证明送达，"
            "时效将至{expiry_if_proved}届满。",
            "The period ran from {runs_from} ({base_kind}) and ended on {expiry}. The {unproved_kind} of {unproved_on} "
            "has no proof of delivery and "
            "does not interrupt it; with proof the period would end on {expiry_if_proved}.",
            "补充{unproved_on}的{unproved_kind}已经到达的凭证，时效将至{expiry_if_proved}届满。",
            "Prove that the {unproved_kind} of {unproved_on} arrived: the period then ends on {expiry_if_proved}.",
        ),
    },
)
def within_limitation(case: CaseFacts, rules: Rules) -> Answer:
    """The period has not run out: three years from the last of what starts it or makes it run anew.

    It starts when the last instalment is due, or when the loan was accelerated; for one who paid for the borrower,
    on the payment. A repayment, a promise, and a demand or notice of assignment proved to have arrived make it run
    anew.
    """
    reading = limitation_of(case, rules)
    if reading is None:
        return _unknown(case)
    numbers = reading.numbers
    if reading.days_left >= 0:
        return passed("running", **numbers)
    return broken("expired_unproved" if reading.expiry_if_proved else "expired", **numbers)


@check(
    "limitation.near",
    title=("诉讼时效临近", "Limitation near"),
    cites="民法典 (Civil Code) Art. 188, 195",
    uses=_USES,
    says={
        "far": Sentence(
            "时效至{expiry}届满，尚余{days_left}天，不少于{threshold}天。",
            "The period ends on {expiry}, in {days_left} days, not under {threshold}.",
        ),
        "near": Sentence(
            "时效至{expiry}届满，仅余{days_left}天。应优先处理，并尽快起诉或以可证明送达的方式催告。",
            "The period ends on {expiry}, in {days_left} days. Take this case first; file soon, or make a demand "
            "that can be proved.",
            "尽快起诉，或送达催收并保留凭证以中断时效。",
            "File soon, or serve a demand and keep the proof, which makes the period run anew.",
        ),
        "near_unproved": Sentence(
            "时效至{expiry}届满，仅余{days_left}天。若能证明{unproved_on}的{unproved_kind}已经到达，"
            "时效将至{expiry_if_proved}届满。",
            "The period ends on {expiry}, in {days_left} days. If the {unproved_kind} of {unproved_on} is proved to "
            "have arrived, it ends on "
            "{expiry_if_proved}.",
            "补充{unproved_on}的{unproved_kind}已经到达的凭证，或尽快起诉。",
            "Prove that the {unproved_kind} of {unproved_on} arrived, or file soon.",
        ),
        "over": Sentence(
            "时效已于{expiry}届满，见“诉讼时效届满”。", "The period ended on {expiry}; see limitation.expired."
        ),
    },
)
def limitation_not_near(case: CaseFacts, rules: Rules) -> Answer:
    """Enough days are left; cases near the end go first in the queue."""
    reading = limitation_of(case, rules)
    if reading is None:
        return _unknown(case)
    numbers = reading.numbers | {"threshold": rules.limitation_warning_days}
    if reading.days_left < 0:
        return not_applicable("over", **numbers)
    if reading.days_left < rules.limitation_warning_days:
        return broken("near_unproved" if reading.expiry_if_proved else "near", **numbers)
    return passed("far", **numbers)


@check(
    "limitation.long_stop",
    title=("最长权利保护期间", "The longest period of protection"),
    cites="民法典 (Civil Code) Art. 188, 189",
    uses=(
        *LAST_DUE_FACTS,
        *ALL_DUE_FACTS,
        "first_overdue_on",
        "claim_paid_on",
        "lender_kind",
    ),
    says={
        "within": Sentence(
            "权利自{infringed_on}受到损害，最长保护期间（二十年，不因催收、还款、起诉而中断）至{until}届满。",
            "The right was infringed on {infringed_on}; the longest period (twenty years, which no demand, payment or "
            "suit interrupts) ends on {until}.",
        ),
        "first_instalment": Sentence(
            "自首次逾期日{first_overdue_on}起已满二十年；按最后一期（或全部到期日）{infringed_on}起算，至{until}届满。"
            "借款人可主张最早几期不再受保护。",
            "Twenty years have passed since the first default on {first_overdue_on}; counted from {infringed_on}, when "
            "all was due, they end on {until}. The borrower may plead that the oldest instalments are no longer "
            "protected.",
            "备好最后一期到期日的约定（民法典第189条），最早到期的各期单列，评估是否放弃。",
            "Have the clause on the last instalment ready (Civil Code Art. 189), state the oldest instalments apart, "
            "and weigh whether to give them up.",
        ),
        "over": Sentence(
            "权利自{infringed_on}受到损害，至{until}已满二十年，人民法院不予保护；其间的催收、还款、起诉均不延长该期间。",
            "The right was infringed on {infringed_on}, and twenty years ended on {until}: a court no longer protects "
            "it, and no demand, payment or suit on the way prolongs that.",
            "核对到期日；确已超过的不得起诉，有特殊情况的可以申请人民法院决定延长。",
            "Check the due date. If they are over, do not sue; in special circumstances a court may be asked to "
            "prolong the period.",
        ),
    },
)
def within_long_stop(case: CaseFacts, rules: Rules) -> Answer:
    """Not more than twenty years have passed since the right was infringed, whatever interrupted limitation.

    As the three years, they are counted from when the whole debt was due (Art. 189).
    """
    reading = limitation_of(case, rules)
    if reading is None:
        return _unknown(case)
    numbers = {"infringed_on": reading.infringed_on, "until": reading.long_stop}
    if rules.as_of > reading.long_stop:
        return broken("over", **numbers)
    first = case.first_overdue_on
    if first is not None and expiry_of(first, rules.limitation_longest, rules.holidays)[0] < rules.as_of:
        return warned("first_instalment", **numbers)
    return passed("within", **numbers)


@check(
    "limitation.proof",
    title=("时效中断的证据", "Proof of what interrupts limitation"),
    cites="法释〔2008〕11号 (2020) Art. 8–17; 民法典 (Civil Code) Art. 195",
    uses=_USES,
    says={
        "no_sheet": Sentence(
            "没有催收记录表，时效仅按账户表所列日期计算。",
            "There is no sheet of demands; the period is counted from the dates of the account's row.",
        ),
        "proved": Sentence(
            "催收记录中{count}次有到达凭证，可以中断时效；{ignored}次未接通或未送达，不计入；{unproved}次没有凭证。",
            "{count} demands are shown to have arrived and interrupt the period; {ignored} reached nobody and do not "
            "count; {unproved} have no proof.",
        ),
        "unproved": Sentence(
            "时效至{expiry}届满，仅余{days_left}天；{unproved_on}的{unproved_kind}没有到达凭证，不能据以中断时效。"
            "有凭证的{count}次，未接通或未送达的{ignored}次，没有凭证的{unproved}次。",
            "The period ends on {expiry}, with {days_left} days left; the {unproved_kind} of {unproved_on} has no "
            "proof of arrival and cannot be relied on. With proof: {count}; reached nobody: {ignored}; without proof: "
            "{unproved}.",
            "补充{unproved_on}的{unproved_kind}已经到达的凭证（短信送达回执、签收单、录音、平台推送记录），"
            "时效可至{expiry_if_proved}。",
            "Add proof that the {unproved_kind} of {unproved_on} arrived (delivery receipt, signature, recording, push "
            "log): the period then ends on {expiry_if_proved}.",
        ),
    },
)
def interruptions_are_proved(case: CaseFacts, rules: Rules) -> Answer:
    """What would move the end of the period is proved to have arrived, where the end is near or past.

    A call that nobody answered, and a message that was not delivered, never count.
    """
    if case.demands is None:
        return not_applicable("no_sheet")
    reading = limitation_of(case, rules)
    if reading is None:
        return _unknown(case)
    events = reading.events
    count = sum(event.kind not in _NO_DEMANDS for event in events.proved)
    counts = {"count": count, "ignored": events.ignored, "unproved": len(events.unproved)}
    if reading.expiry_if_proved is not None and reading.days_left < rules.limitation_watch_days:
        return broken("unproved", **counts, **reading.numbers)
    return passed("proved", **counts)


@check(
    "limitation.guarantee",
    title=("保证期间", "Guarantee period"),
    cites="民法典 (Civil Code) Art. 686, 692, 693",
    uses=("guaranteed", "guarantee_until", "guarantee_claimed_on", "due_on", "disbursed_on", "terms", "accelerated_on"),
    says={
        "no_guarantor": Sentence("没有保证人作为被告。", "No guarantor is a defendant."),
        "claimed": Sentence(
            "已于{guarantee_claimed_on}在保证期间内（至{until}）向保证人主张权利。",
            "The guarantor was called on {guarantee_claimed_on}, within the guarantee period (to {until}).",
        ),
        "running": Sentence(
            "保证期间至{until}届满，尚余{days_left}天。",
            "The guarantee period ends on {until}, in {days_left} days.",
        ),
        "near": Sentence(
            "保证期间至{until}届满，仅余{days_left}天。保证期间不中断、不中止，届满后保证责任消灭。",
            "The guarantee period ends on {until}, in {days_left} days. It is neither interrupted nor suspended; "
            "afterwards the guarantor is free.",
            "在{until}前起诉，或以可证明的方式向保证人主张权利（一般保证须对债务人起诉或申请仲裁）。",
            "File before {until}, or call on the guarantor in a way that can be proved (a general guarantee needs a "
            "suit against the debtor).",
        ),
        "over": Sentence(
            "保证期间已于{until}届满，未见期间内向保证人主张权利，保证人不再承担保证责任。",
            "The guarantee period ended on {until}, and nothing shows that the guarantor was called on before: the "
            "guarantor is free.",
            "提供保证期间内向保证人主张权利的证据，或撤回对保证人的请求。",
            "Show that the guarantor was called on within the period, or drop the claim against the guarantor.",
        ),
    },
)
def guarantee_still_binds(case: CaseFacts, rules: Rules) -> Answer:
    """A guarantor is sued within the guarantee period, or was called on within it.

    Where no period was agreed it is six months from the day the debt falls due; nothing interrupts it.
    """
    if not case.guaranteed and case.guarantee_until is None:
        return not_applicable("no_guarantor")
    until = case.guarantee_until
    if until is None:
        due = min((day for day in (case.all_due_on, case.last_due_on) if day is not None), default=None)
        if due is None:
            return missing("due_on")
        until = add_months(due, rules.guarantee_months)
    called = case.guarantee_claimed_on
    if called is not None and called <= min(until, rules.as_of):
        return passed("claimed", until=until)
    days_left = (until - rules.as_of).days
    if days_left < 0:
        return broken("over", until=until)
    near = days_left < rules.limitation_warning_days
    return (warned if near else passed)("near" if near else "running", until=until, days_left=days_left)
