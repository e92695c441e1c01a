"""Deciding on many cases at once: the same judgement as for one, the same second person."""

from collections.abc import Sequence
from typing import Any

from reviewdesk.actor import Actor
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, Text
from reviewdesk.review import bulk, bulk_targets
from reviewdesk.review.bulk import Deed, DeedName, Seen
from reviewdesk.review.bulk_targets import Target
from reviewdesk.review.discretion import discreet
from reviewdesk.review.judging import Ask, Judgement, judge
from reviewdesk.review.models import BulkDecision, Decision
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
    key: str | None = None,
) -> BulkDecision:
    """Store a selection with what the decision would do to each case (`bulk.preview`). Nothing moves.

    `seen` are the checks without facts that the person acknowledges; a case that has others is not approved.

    Raises:
        Invalid: no case, too many, no reason, or a choice that is not made in bulk.
        NotAllowed: the actor's roles do not decide, or not on so many.
        Conflict: the key was used for another request.
    """
    _check(actor, choice, reason)
    return bulk.preview(
        actor,
        DEED,
        filters=filters,
        ids=ids,
        key=key,
        kept={"seen": list(seen)},
        choice=choice.value,
        reason=discreet(reason.strip()),
        note=note.strip() or None,
    )


def _check(actor: Actor, choice: Verb, reason: str) -> None:
    if choice not in CHOICES:
        raise Invalid("bulk.choice", Text("此决定不能批量作出。", "This is not decided in bulk."), field="choice")
    if not sources(choice, roles_of(actor)) or actor.person_id is None:
        raise not_allowed(choice, None)
    if not reason.strip():
        raise Invalid("decision.reason", Text("请写明理由。", "Give a reason."), field="reason")


def _judge(work: Work, made: BulkDecision, target: Target, seen: Seen) -> tuple[Ask, Judgement]:
    check_nothing_waits(target.waiting)
    ask = Ask(
        target.case.case_id,
        Verb(made.choice),
        made.reason,
        seen.version,
        seen.run_id,
        note=made.note,
        seen=tuple(made.filters["seen"]),
    )
    return ask, judge(target.case, target.basis, ask, work.actor, limits_for(target.basis.run))


def _decide(work: Work, made: BulkDecision, judged: Sequence[tuple[Target, tuple[Ask, Judgement]]]) -> None:
    decisions = [
        (draft(work.actor, target.case, ask, judgement, bulk_id=made.bulk_id), target)
        for target, (ask, judgement) in judged
    ]
    work.session.add_all([decision for decision, _target in decisions])
    work.session.flush()
    for decision, target in decisions:
        if decision.state == "waiting":
            propose(work, target.case, decision)
    _move(work, made, [decision for decision, _target in decisions if decision.state == "effective"])


def _move(work: Work, made: BulkDecision, effective: Sequence[Decision]) -> None:
    if not effective:
        return
    single = about(effective[0]) if len(effective) == 1 else {}
    move_cases(
        work,
        Verb(made.choice),
        [decision.case_id for decision in effective],
        versions={decision.case_id: decision.case_version for decision in effective},
        reason=made.reason,
        details=single | {"bulk": str(made.bulk_id)},
    )
    bulk_targets.forget(work, work.org_id, [decision.case_id for decision in effective])


def _told(made: BulkDecision) -> dict[str, Any]:
    return {"choice": made.choice, "reason": made.reason, "seen": made.filters["seen"]}


def _grounds(judged: tuple[Ask, Judgement]) -> Sequence[str]:
    return judged[1].grounds


DEED: Deed[tuple[Ask, Judgement]] = Deed(DeedName.DECIDE, _judge, _decide, _told, grounds=_grounds)
"""Its moves and proposals tell of themselves."""
