"""Deciding on many cases at once: the same judgement as for one, the same second person."""

from collections.abc import Mapping, Sequence
from typing import Any

from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, ReviewDeskError, Text
from reviewdesk.journal.service import record
from reviewdesk.review import bulk as bulks
from reviewdesk.review.bulk import Answer, Target
from reviewdesk.review.discretion import discreet
from reviewdesk.review.judging import Ask, Judgement, judge
from reviewdesk.review.models import BulkDecision, BulkItem, Decision
from reviewdesk.review.moves import move_cases, not_allowed, roles_of
from reviewdesk.review.policies import limits_for
from reviewdesk.review.queries import Filters
from reviewdesk.review.service import about, check_nothing_waits, draft, propose
from reviewdesk.review.states import DECISIONS, Verb, sources

CHOICES = tuple(choice for choice in DECISIONS if choice is not Verb.SETTLE)
"""A settlement plan belongs to one borrower, so it is not made in bulk."""


def preview(
    actor: Actor,
    choice: Verb,
    reason: str,
    *,
    filters: Filters | None = None,
    ids: Sequence[int] = (),
    note: str = "",
    seen: Sequence[str] = (),
) -> BulkDecision:
    """Store a selection with what the decision would do to each case. Nothing moves.

    The selection is `ids` where given, else what `filters` find. Each item keeps the version and the run that the
    person was shown, so that the decision later binds to just these. `seen` are the checks without facts that the
    person acknowledges; a case that has others is not approved.

    Raises:
        Invalid: no case, too many, no reason, or a choice that is not made in bulk.
        NotAllowed: the actor's roles do not decide, or not on so many.
    """
    _check(actor, choice, reason)
    with unit_of_work(actor) as work:
        bulk = bulks.keep_preview(
            work,
            filters,
            ids,
            lambda bulk, target: _judged(work, target, _as_shown(bulk, target))[0],
            kept={"seen": list(seen)},
            choice=choice.value,
            reason=discreet(reason.strip()),
            note=note.strip() or None,
        )
        record(
            work,
            "review:bulk:preview",
            ("bulk", bulk.bulk_id),
            new={"choice": bulk.choice, "reason": bulk.reason, "cases": bulk.counts["cases"], "seen": list(seen)},
        )
    return bulk


def run(work: Work, args: Mapping[str, Any], report: Any) -> None:
    """The job: decide every item that has no answer yet."""
    bulks.carry_out(work, args, report, _decide)


def _decide(work: Work, bulk: BulkDecision, items: Sequence[tuple[BulkItem, Target]]) -> None:
    decisions: list[tuple[Decision, Target]] = []
    for item, target in items:
        ask = _ask(bulk, item.case_id, item.case_version, item.run_id)
        found, judgement = _judged(work, target, ask)
        bulks.answer(item, found)
        if judgement is not None:
            decisions.append((draft(work.actor, target.case, ask, judgement, bulk_id=bulk.bulk_id), target))
    work.session.add_all([decision for decision, _target in decisions])
    work.session.flush()
    for decision, target in decisions:
        if decision.state == "waiting":
            propose(work, target.case, decision)
    _move(work, bulk, [decision for decision, _target in decisions if decision.state == "effective"])


def _move(work: Work, bulk: BulkDecision, effective: Sequence[Decision]) -> None:
    if not effective:
        return
    single = about(effective[0]) if len(effective) == 1 else {}
    move_cases(
        work,
        Verb(bulk.choice),
        [decision.case_id for decision in effective],
        versions={decision.case_id: decision.case_version for decision in effective},
        reason=bulk.reason,
        details=single | {"bulk": str(bulk.bulk_id)},
    )
    bulks.forget(work, work.org_id, [decision.case_id for decision in effective])


def _judged(work: Work, target: Target, ask: Ask) -> tuple[Answer, Judgement | None]:
    try:
        check_nothing_waits(target.waiting)
        judgement = judge(target.case, target.basis, ask, work.actor, limits_for(target.basis.run))
    except ReviewDeskError as error:
        return bulks.refused(error), None
    return Answer("waiting" if judgement.grounds else "done", ",".join(judgement.grounds) or None), judgement


def _as_shown(bulk: BulkDecision, target: Target) -> Ask:
    return _ask(bulk, target.case.case_id, target.case.version, target.case.run_id)


def _ask(bulk: BulkDecision, case_id: int, version: int, run_id: int | None) -> Ask:
    seen = tuple(bulk.filters["seen"])
    return Ask(case_id, Verb(bulk.choice), bulk.reason, version, run_id, note=bulk.note, seen=seen)


def _check(actor: Actor, choice: Verb, reason: str) -> None:
    if choice not in CHOICES:
        raise Invalid("bulk.choice", Text("此决定不能批量作出。", "This is not decided in bulk."), field="choice")
    if not sources(choice, roles_of(actor)) or actor.person_id is None:
        raise not_allowed(choice, None)
    if not reason.strip():
        raise Invalid("decision.reason", Text("请写明理由。", "Give a reason."), field="reason")
