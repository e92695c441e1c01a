"""Setting one check's finding aside in many cases at once: the same judgement as for one, and one event a batch."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from reviewdesk.actor import Actor
from reviewdesk.audit.registry import CHECKS
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, NotAllowed, Refusal, Text
from reviewdesk.review import bulk, bulk_targets
from reviewdesk.review.bulk import Deed, DeedName, Seen
from reviewdesk.review.bulk_targets import Target
from reviewdesk.review.discretion import discreet
from reviewdesk.review.models import BulkDecision
from reviewdesk.review.overrides import Kind, standing_of
from reviewdesk.review.overriding import Wish, action_of, check_terms, judge, of_wish
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import REVIEWER, SENIOR


def preview(
    actor: Actor,
    check: str,
    kind: Kind,
    reason: str,
    *,
    until: date | None = None,
    filters: Filters | None = None,
    ids: Sequence[int] = (),
    key: str | None = None,
) -> BulkDecision:
    """Store a selection with what setting a check's finding aside would do to each case (`bulk.preview`).

    Raises:
        Invalid: no case, too many, an unknown check, or a reason or day that are not as they must be.
        NotAllowed: the actor's roles do not set findings aside, or not in so many cases.
        Conflict: the key was used for another request.
    """
    check_about(actor, check)
    check_terms(kind, reason, until)
    return bulk.preview(
        actor,
        DEED,
        filters=filters,
        ids=ids,
        key=key,
        choice=kind.value,
        check_id=check,
        until=until,
        reason=discreet(reason.strip()),
    )


def check_about(actor: Actor, check: str) -> None:
    """Whether the actor may set findings of this check aside in bulk, or let them count again.

    Raises:
        Invalid: there is no such check.
        NotAllowed: their roles do not hold it.
    """
    if check not in CHECKS:
        raise Invalid("override.check", Text("请选择审核项。", "Choose a check."), field="check")
    if actor.person_id is None or not (actor.has(REVIEWER) or actor.has(SENIOR)):
        raise NotAllowed(
            "override.role",
            Text("您的角色不能推翻或静默审核结论。", "Your role may not set findings aside."),
            refusal=Refusal("review:bulk:preview", ("bulk", "")),
        )


def _judge(work: Work, made: BulkDecision, target: Target, seen: Seen) -> tuple[Wish, str]:
    assert made.check_id is not None  # noqa: S101  it is what the bulk is about
    wish = Wish(
        target.case.case_id,
        made.check_id,
        Kind(made.choice),
        made.reason,
        seen.version,
        seen.run_id,
        until=made.until,
    )
    return wish, judge(work.actor, target.case, target.basis, target.waiting, wish)


def _set_aside(work: Work, made: BulkDecision, judged: Sequence[tuple[Target, tuple[Wish, str]]]) -> None:
    rows = [
        of_wish(work.actor, target.case, target.basis, wish, outcome, made.reason) for target, (wish, outcome) in judged
    ]
    for row in rows:
        row.bulk_id = made.bulk_id
    work.session.add_all(rows)
    work.session.flush()
    bulk_targets.mirror(
        work,
        {
            target.case.case_id: standing_of(target.basis.run, [*target.basis.overrides, row])
            for (target, _found), row in zip(judged, rows, strict=True)
        },
    )


def _told(made: BulkDecision) -> dict[str, Any]:
    until = {"until": made.until.isoformat()} if made.until else {}
    return {"check": made.check_id, "way": made.choice, "reason": made.reason} | until


DEED: Deed[tuple[Wish, str]] = Deed(
    DeedName.SET_ASIDE, _judge, _set_aside, _told, action=lambda made: action_of(Kind(made.choice))
)
