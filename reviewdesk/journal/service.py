"""Writing the journal: `record` in the transaction of the change, `record_refusal` for what was not allowed."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import Range

from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Refusal, ReviewDeskError
from reviewdesk.journal.models import Event

Subject = tuple[str, str | int | UUID]


def record(
    work: Work,
    action: str,
    subject: Subject,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    case_id: int | None = None,
    batch_id: UUID | None = None,
    cases: Iterable[int] | None = None,
    outcome: str = "done",
    org_id: UUID | None = None,
) -> Event:
    """Write one event in the transaction of the change it tells of.

    `action` reads `source:subject:action`, as in `intake:batch:upload`. `old` and `new` hold plain JSON values and
    never personal data in clear. `cases` are the ids of the cases that one event is about when there are many.
    `org_id` names the organisation whose journal it is, where that is not the actor's own (a law firm acting on an
    entrusted case).
    """
    event = Event(
        **_author(work, org_id),
        action=action,
        outcome=outcome,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        case_id=case_id,
        batch_id=batch_id,
        cases=as_ranges(cases) if cases is not None else None,
        old=dict(old) if old is not None else None,
        new=dict(new) if new is not None else None,
    )
    work.session.add(event)
    work.session.flush()
    return event


def record_each(
    work: Work, action: str, changes: Mapping[int, tuple[Mapping[str, Any], Mapping[str, Any]]], *, batch_id: UUID
) -> None:
    """Write one event for each of many cases, whose old and new values differ; `changes` is by case id."""
    author = _author(work, None)
    events = [
        {
            **author,
            "action": action,
            "outcome": "done",
            "subject_kind": "case",
            "subject_id": str(case_id),
            "case_id": case_id,
            "batch_id": batch_id,
            "old": dict(old),
            "new": dict(new),
        }
        for case_id, (old, new) in changes.items()
    ]
    if events:
        work.session.execute(insert(Event), events)


def _author(work: Work, org_id: UUID | None) -> dict[str, Any]:
    """The columns of an event that say whose journal it is in, and who acted."""
    actor = work.actor
    return {
        "org_id": org_id or work.org_id,
        "actor_kind": actor.kind,
        "actor_id": actor.person_id,
        "actor_name": actor.name,
        "actor_roles": sorted(actor.roles),
        "actor_org_id": actor.org_id,
        "ip": actor.ip,
        "agent": actor.agent,
        "request_id": actor.request_id,
        "job_id": actor.job_id,
    }


def record_refusal(actor: Actor, error: ReviewDeskError) -> None:
    """Record an attempt that was refused; its own transaction was rolled back, so this opens another."""
    refusal: Refusal | None = error.refusal
    if refusal is None or actor.org_id is None:
        return
    with unit_of_work(actor) as work:
        record(
            work,
            refusal.action,
            refusal.subject,
            new={"code": error.code},
            case_id=refusal.case_id,
            batch_id=UUID(refusal.batch_id) if refusal.batch_id else None,
            outcome="refused",
        )


def as_ranges(ids: Iterable[int]) -> list[Range[int]]:
    """Fold ids into the half-open ranges of a multirange: 1 2 3 7 becomes [1,4) [7,8)."""
    ranges: list[Range[int]] = []
    first = last = None
    for number in sorted(set(ids)):
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None and last is not None:
            ranges.append(Range(first, last + 1, bounds="[)"))
        first = last = number
    if first is not None and last is not None:
        ranges.append(Range(first, last + 1, bounds="[)"))
    return ranges
