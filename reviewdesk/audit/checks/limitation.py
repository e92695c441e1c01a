"""Is the claim still within its period of limitation, and for how long?"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.limitation import (
    ACCELERATION,
    DEMAND,
    DUE,
    RECOURSE,
    REPAYMENT,
    Interruption,
    Limitation,
    limitation,
)
from reviewdesk.audit.policy import RECOURSE_KINDS
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules

_USES = (
    "due_on",
    "disbursed_on",
    "terms",
    "accelerated_on",
    "last_paid_on",
    "last_demand_on",
    "demand_proof",
    "claim_paid_on",
    "lender_kind",
)


class Reading(NamedTuple):
    """A case's period of limitation, and the end it would have if its last demand could be proved."""

    limitation: Limitation
    days_left: int
    expiry_if_proved: date | None
    numbers: dict[str, Any]


def limitation_of(case: CaseFacts, rules: Rules) -> Reading | None:
    """The period of limitation of a case; None where nothing says from when it runs."""
    if "limitation" not in case.memo:
        case.memo["limitation"] = _limitation_of(case, rules)
    known: Reading | None = case.memo["limitation"]
    return known


def _limitation_of(case: CaseFacts, rules: Rules) -> Reading | None:
    start, kind = _start_of(case)
    if start is None:
        return None
    repaid = [] if case.last_paid_on is None else [Interruption(REPAYMENT, case.last_paid_on, revives=True)]
    demand = case.last_demand_on
    if demand is None or demand > rules.as_of:
        found, would_be = limitation(start, kind, repaid, rules.limitation_years), None
    else:
        proved = limitation(start, kind, [*repaid, Interruption(DEMAND, demand, revives=False)], rules.limitation_years)
        found = proved if case.demand_proof else limitation(start, kind, repaid, rules.limitation_years)
        would_be = proved.expiry if proved.expiry > found.expiry else None
    days_left = (found.expiry - rules.as_of).days
    return Reading(found, days_left, would_be, _numbers(found, days_left, would_be))


def _start_of(case: CaseFacts) -> tuple[date | None, str]:
    if case.lender_kind in RECOURSE_KINDS and case.claim_paid_on is not None:
        return case.claim_paid_on, RECOURSE
    if case.accelerated_on is not None:
        return case.accelerated_on, ACCELERATION
    return case.last_due_on, DUE


def _numbers(found: Limitation, days_left: int, expiry_if_proved: date | None) -> dict[str, Any]:
    """What both findings show of the period, and the notes that belong to it."""
    numbers: dict[str, Any] = {
        "runs_from": found.base,
        "base_kind": found.base_kind,
        "expiry": found.expiry,
        "days_left": days_left,
    }
    if expiry_if_proved is not None:
        numbers["expiry_if_proved"] = expiry_if_proved
    notes = []
    if not found.announced:
        notes.append("weekends_only")
    if found.late_demand is not None:
        numbers["late_demand"] = found.late_demand
        notes.append("demand_too_late")
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
            "诉讼时效自{runs_from}（{base_kind}）起算，已于{expiry}届满。{last_demand_on}的催收没有送达凭证，"
            "不能中断时效；若能证明送达，"
            "时效将至{expiry_if_proved}届满。",
            "The period ran from {runs_from} ({base_kind}) and ended on {expiry}. The demand of {last_demand_on} "
            "has no proof of delivery and "
            "does not interrupt it; with proof the period would end on {expiry_if_proved}.",
            "补充{last_demand_on}催收的送达凭证，时效将至{expiry_if_proved}届满。",
            "Prove that the demand of {last_demand_on} arrived: the period then ends on {expiry_if_proved}.",
        ),
    },
)
def within_limitation(case: CaseFacts, rules: Rules) -> Answer:
    """The period has not run out: three years from the last of what starts it or makes it run anew.

    It starts when the last instalment is due, or when the loan was accelerated; for one who paid for the borrower,
    on the payment. A repayment and a demand proved to have arrived make it run anew.
    """
    reading = limitation_of(case, rules)
    if reading is None:
        return missing("due_on")
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
            "时效至{expiry}届满，仅余{days_left}天。若能证明{last_demand_on}的催收已经送达，"
            "时效将至{expiry_if_proved}届满。",
            "The period ends on {expiry}, in {days_left} days. If the demand of {last_demand_on} is proved to "
            "have arrived, it ends on "
            "{expiry_if_proved}.",
            "补充{last_demand_on}催收的送达凭证，或尽快起诉。",
            "Prove that the demand of {last_demand_on} arrived, or file soon.",
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
        return missing("due_on")
    numbers = reading.numbers | {"threshold": rules.limitation_warning_days}
    if reading.days_left < 0:
        return not_applicable("over", **numbers)
    if reading.days_left < rules.limitation_warning_days:
        return broken("near_unproved" if reading.expiry_if_proved else "near", **numbers)
    return passed("far", **numbers)
