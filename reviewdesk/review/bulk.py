"""Doing the same to many cases: a stored preview bound to cases, versions and runs, then a job that answers each.

This is the road that all deeds go. What each of them is, and how a case is judged, they say themselves: a decision
(`bulk_deciding`), setting a check's finding aside (`bulk_overriding`), letting it count again (`bulk_withdrawing`).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.clock import now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import NotAllowed, NotFound, Refusal, ReviewDeskError, Stale, Text
from reviewdesk.idempotency import earlier, keyed
from reviewdesk.journal.service import record
from reviewdesk.review import bulk_targets
from reviewdesk.review.bulk_targets import Target
from reviewdesk.review.models import BulkDecision, BulkItem
from reviewdesk.review.queries import Filters

CHUNK = 500


class DeedName(StrEnum):
    """What is done in bulk, as its row names it."""

    DECIDE = "decide"
    SET_ASIDE = "set_aside"
    COUNT_AGAIN = "count_again"


JOBS: Final[Mapping[str, str]] = {
    DeedName.DECIDE: "review.bulk",
    DeedName.SET_ASIDE: "review.bulk_aside",
    DeedName.COUNT_AGAIN: "review.bulk_again",
}
"""The kind of job that does each."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The version and the audit run of a case that the preview showed; a deed binds to just these."""

    version: int
    run_id: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is done to one case: done, waiting (for a second person), refused or stale, and why."""

    outcome: str
    code: str | None = None
    message: Mapping[str, str] | None = None


T = TypeVar("T")


def _none(_found: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Deed(Generic[T]):
    """What is done to each case of a bulk.

    `judge` says what it comes to for a case, or raises why nothing is done to it; `grounds` of that are why it waits
    for a second person. `do` does it to some locked cases. `told` is what events say of the whole. Where there is an
    `action`, one event of that name tells of the cases of each batch to which it was done.
    """

    name: DeedName
    judge: Callable[[Work, BulkDecision, Target, Seen], T]
    do: Callable[[Work, BulkDecision, Sequence[tuple[Target, T]]], None]
    told: Callable[[BulkDecision], Mapping[str, Any]]
    grounds: Callable[[T], Sequence[str]] = _none
    action: Callable[[BulkDecision], str] | None = None

    def judged(self, work: Work, bulk: BulkDecision, target: Target, seen: Seen) -> tuple[Answer, T | None]:
        """What is done to a case, and what judging it came to where something is."""
        try:
            found = self.judge(work, bulk, target, seen)
        except ReviewDeskError as error:
            return Answer("stale" if isinstance(error, Stale) else "refused", error.code, error.text.as_json()), None
        grounds = self.grounds(found)
        return Answer("waiting" if grounds else "done", ",".join(grounds) or None), found


# ------------------------------------------------------------------------------------------------- before it is run


def preview(
    actor: Actor,
    deed: Deed[T],
    *,
    filters: Filters | None,
    ids: Sequence[int],
    key: str | None,
    kept: Mapping[str, Any] | None = None,
    **what: Any,
) -> BulkDecision:
    """Store a selection with what the deed would do to each of its cases. Nothing changes.

    The selection is `ids` where given, else what `filters` find; `kept` is kept beside the filters, `what` are the
    columns that say what is done. `key` is the caller's idempotency key: the same key and request return the same
    bulk, however often they come.

    Raises:
        Invalid: there is no case, none of the organisation's, or there are too many.
        NotAllowed: so many are a senior reviewer's.
        Conflict: the key was used for another request.
    """
    told = filters.as_json() if filters and not ids else {"ids": len(ids)}
    asked = {"deed": deed.name, "selection": list(ids) or told, "kept": kept, **what}
    with unit_of_work(actor) as work:
        made = earlier(work, BulkDecision, key, asked)
        if made is not None:
            return made
        bulk = BulkDecision(
            org_id=work.org_id,
            bulk_id=new_id(),
            deed=deed.name.value,
            filters=told | dict(kept or {}),
            state="preview",
            counts={},
            by_id=actor.person_id,
            by_name=actor.name,
            **what,
            **keyed(key, asked),
        )
        case_ids = bulk_targets.selected(work, filters, ids)
        work.session.add(bulk)
        work.session.flush()
        _store_items(work, bulk, deed, case_ids)
        new = dict(deed.told(bulk)) | {"cases": bulk.counts["cases"]}
        record(work, "review:bulk:preview", ("bulk", bulk.bulk_id), new=new)
    return bulk


def _store_items(work: Work, bulk: BulkDecision, deed: Deed[T], case_ids: Sequence[int]) -> None:
    """Store each case with what would be done to it, and the counts."""
    counts = {"cases": 0}
    for start_at in range(0, len(case_ids), CHUNK):
        for target in bulk_targets.lock(work, case_ids[start_at : start_at + CHUNK]):
            seen = Seen(target.case.version, target.case.run_id)
            expected, _found = deed.judged(work, bulk, target, seen)
            counts["cases"] += 1
            counts[expected.outcome] = counts.get(expected.outcome, 0) + 1
            work.session.add(
                BulkItem(
                    org_id=work.org_id,
                    bulk_id=bulk.bulk_id,
                    case_id=target.case.case_id,
                    case_version=seen.version,
                    run_id=seen.run_id,
                    code=expected.code or expected.outcome,
                    message=dict(expected.message) if expected.message else None,
                )
            )
        work.session.flush()
    bulk_targets.check_number(work.actor, counts["cases"])
    bulk.counts = counts


def start(actor: Actor, bulk_id: UUID, deed: DeedName | None = None) -> BulkDecision:
    """Ask that a preview be carried out. Asking again changes nothing.

    Raises:
        NotFound: the organisation has no such bulk, or not of this deed.
        NotAllowed: somebody else previewed it, or the roles no longer hold so many cases.
        Stale: it was discarded.
    """
    with unit_of_work(actor) as work:
        bulk = _own(work, bulk_id, deed, "start")
        bulk_targets.check_number(actor, bulk.counts["cases"])
        if bulk.state == "discarded":
            raise Stale("bulk.discarded", Text("这次批量处理已放弃。", "This was discarded."))
        if bulk.state == "preview":
            bulk.state = "running"
            outbox.add(work, JOBS[bulk.deed], {"bulk_id": str(bulk_id)}, key=str(bulk_id))
            record(work, "review:bulk:start", ("bulk", bulk_id), old={"state": "preview"}, new={"state": "running"})
    return bulk


def discard(actor: Actor, bulk_id: UUID, deed: DeedName | None = None) -> None:
    """Give up a preview that was not run. Asking again changes nothing.

    Raises:
        NotFound: the organisation has no such bulk, or not of this deed.
        NotAllowed: somebody else previewed it.
        Stale: it was started already.
    """
    with unit_of_work(actor) as work:
        bulk = _own(work, bulk_id, deed, "discard")
        if bulk.state not in ("preview", "discarded"):
            raise Stale("bulk.started", Text("这次批量处理已开始执行。", "This was already started."))
        if bulk.state == "preview":
            bulk.state = "discarded"
            record(work, "review:bulk:discard", ("bulk", bulk_id), new={"state": "discarded"})


# --------------------------------------------------------------------------------------------------- when it is run


def run(deed: Deed[T], work: Work, args: Mapping[str, Any], report: Any) -> None:
    """The job: do the deed to every case that has no answer yet, and tell of it.

    Run again, it finds no such case and changes nothing.
    """
    bulk = _lock(work, UUID(args["bulk_id"]))
    if bulk.state != "running":
        return
    done, number = defaultdict[UUID, list[int]](list), 0
    while items := _open_items(work, bulk):
        for target in _do(work, bulk, deed, items):
            done[target.case.batch_id].append(target.case.case_id)
        work.session.flush()
        number += len(items)
        report(done=number, total=bulk.counts["cases"])
    if deed.action is not None:
        for batch_id, case_ids in done.items():
            _record(work, bulk, deed, deed.action(bulk), batch_id, case_ids)
    _finish(work, bulk)


def _do(work: Work, bulk: BulkDecision, deed: Deed[T], items: Sequence[BulkItem]) -> list[Target]:
    """Do the deed to the cases of some items, and write their answers. Returns those to which it was done."""
    targets = {target.case.case_id: target for target in bulk_targets.lock(work, [item.case_id for item in items])}
    judged: list[tuple[Target, T]] = []
    for item in items:
        target = targets[item.case_id]
        answer, found = deed.judged(work, bulk, target, Seen(item.case_version, item.run_id))
        item.outcome, item.code = answer.outcome, answer.code
        item.message = dict(answer.message) if answer.message else None
        if found is not None:
            judged.append((target, found))
    if judged:
        deed.do(work, bulk, judged)
    return [target for target, _found in judged]


def _record(
    work: Work, bulk: BulkDecision, deed: Deed[T], action: str, batch_id: UUID, case_ids: Sequence[int]
) -> None:
    """One event about the cases of a batch, which names them all."""
    single = case_ids[0] if len(case_ids) == 1 else None
    record(
        work,
        action,
        ("batch", batch_id) if single is None else ("case", single),
        new=dict(deed.told(bulk)) | {"bulk": str(bulk.bulk_id), "cases": len(case_ids)},
        case_id=single,
        batch_id=batch_id,
        cases=None if single is not None else case_ids,
    )


def _finish(work: Work, bulk: BulkDecision) -> None:
    bulk.state, bulk.finished_at = "done", now()
    bulk.counts = {"cases": bulk.counts["cases"], **_outcomes(work, bulk)}
    new = {"state": "done"} | bulk.counts
    record(work, "review:bulk:finish", ("bulk", bulk.bulk_id), old={"state": "running"}, new=new)


def _open_items(work: Work, bulk: BulkDecision) -> Sequence[BulkItem]:
    return work.session.scalars(
        select(BulkItem)
        .where(BulkItem.org_id == work.org_id, BulkItem.bulk_id == bulk.bulk_id, BulkItem.outcome.is_(None))
        .order_by(BulkItem.case_id)
        .limit(CHUNK)
    ).all()


def _outcomes(work: Work, bulk: BulkDecision) -> dict[str, int]:
    rows = work.session.execute(
        select(BulkItem.outcome, func.count())
        .where(BulkItem.org_id == work.org_id, BulkItem.bulk_id == bulk.bulk_id)
        .group_by(BulkItem.outcome)
    )
    return {str(outcome): number for outcome, number in rows}


# -------------------------------------------------------------------------------------------------------- finding it


def open_bulk(work: Work, bulk_id: UUID, deed: DeedName | None = None) -> BulkDecision:
    """A bulk of the organisation, of this deed where one is named.

    Raises:
        NotFound: there is none of that id.
    """
    bulk = work.session.get(BulkDecision, (work.org_id, bulk_id))
    if bulk is None or deed not in (None, bulk.deed):
        raise _unknown(bulk_id)
    return bulk


def _lock(work: Work, bulk_id: UUID) -> BulkDecision:
    wanted = select(BulkDecision).where(BulkDecision.org_id == work.org_id, BulkDecision.bulk_id == bulk_id)
    return work.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()


def _own(work: Work, bulk_id: UUID, deed: DeedName | None, action: str) -> BulkDecision:
    """A bulk that its own previewer wants to start or discard, locked while it is a preview: a job holds its own."""
    bulk = open_bulk(work, bulk_id, deed)
    if bulk.by_id != work.actor.person_id:
        raise NotAllowed(
            "bulk.not_yours",
            Text("只能执行或放弃自己预览的批量处理。", "Only the person who previewed it may run or discard it."),
            refusal=Refusal(f"review:bulk:{action}", ("bulk", str(bulk_id))),
        )
    return _lock(work, bulk_id) if bulk.state == "preview" else bulk


def _unknown(bulk_id: UUID) -> NotFound:
    return NotFound(
        "bulk.unknown",
        Text("没有这次批量处理。", "There is no such work in bulk."),
        refusal=Refusal("review:bulk:open", ("bulk", str(bulk_id))),
    )
