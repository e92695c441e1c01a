"""Doing the same to many cases: a stored preview bound to cases, versions and runs, then a job that answers each.

What is done is a decision (`bulk_deciding`) or setting a check's finding aside (`bulk_overriding`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import defer, lazyload

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun
from reviewdesk.clock import now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound, Refusal, ReviewDeskError, Stale, Text
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.review import queries
from reviewdesk.review.judging import Basis
from reviewdesk.review.models import BulkDecision, BulkItem, Decision
from reviewdesk.review.overrides import open_overrides
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import SENIOR

MOST_CASES = 5000
"""Cases that are handled at once; the job is one transaction."""

REVIEWER_CASES = 500
"""Cases that a reviewer handles at once; above it a senior reviewer does."""

CHUNK = 500

DECIDE_JOB = "review.bulk"
SET_ASIDE_JOB = "review.bulk_aside"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is done to one case: done, waiting (for a second person), refused or stale, and why."""

    outcome: str
    code: str | None = None
    message: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A locked case with what a deed rests on: its run, what is set aside of it, and a decision that waits."""

    case: Case
    basis: Basis
    waiting: Decision | None


Expect = Callable[[BulkDecision, Target], Answer]
"""Says what a bulk would do to a case as it is shown."""

Deed = Callable[[Work, BulkDecision, Sequence[tuple[BulkItem, Target]]], None]
"""Does what a bulk is for to some locked cases, and writes the answers into their items."""


def refused(error: ReviewDeskError) -> Answer:
    """The answer for a case to which nothing is done."""
    return Answer("stale" if isinstance(error, Stale) else "refused", error.code, error.text.as_json())


def keep_preview(
    work: Work,
    filters: Filters | None,
    ids: Sequence[int],
    expect: Expect,
    *,
    kept: Mapping[str, Any] | None = None,
    **what: Any,
) -> BulkDecision:
    """Keep `what` is to be done, to which cases, and what `expect` says of each. The cases are `ids` where given, else
    what `filters` find; `kept` is kept beside the filters.

    Raises:
        Invalid: there is no case, none of the organisation's, or there are too many.
        NotAllowed: so many are a senior reviewer's.
    """
    case_ids = _selected(work, filters, ids)
    bulk = BulkDecision(
        org_id=work.org_id,
        bulk_id=new_id(),
        filters=(filters.as_json() if filters and not ids else {"ids": len(ids)}) | dict(kept or {}),
        state="preview",
        counts={},
        by_id=work.actor.person_id,
        by_name=work.actor.name,
        **what,
    )
    work.session.add(bulk)
    work.session.flush()
    _store_items(work, bulk, case_ids, expect)
    return bulk


def _selected(work: Work, filters: Filters | None, ids: Sequence[int]) -> list[int]:
    found = list(dict.fromkeys(ids)) or queries.case_ids(work, filters or Filters(), MOST_CASES)
    _check_number(work.actor, len(found))
    return found


def _store_items(work: Work, bulk: BulkDecision, case_ids: Sequence[int], expect: Expect) -> None:
    """Store each case with what would be done to it, and the counts."""
    counts = {"cases": 0}
    for start_at in range(0, len(case_ids), CHUNK):
        for target in _load(work, case_ids[start_at : start_at + CHUNK]):
            expected = expect(bulk, target)
            counts["cases"] += 1
            counts[expected.outcome] = counts.get(expected.outcome, 0) + 1
            work.session.add(
                BulkItem(
                    org_id=work.org_id,
                    bulk_id=bulk.bulk_id,
                    case_id=target.case.case_id,
                    case_version=target.case.version,
                    run_id=target.case.run_id,
                    code=expected.code or expected.outcome,
                    message=dict(expected.message) if expected.message else None,
                )
            )
        work.session.flush()
    if not counts["cases"]:
        raise nothing_selected()
    bulk.counts = counts


def start(actor: Actor, bulk_id: UUID) -> BulkDecision:
    """Ask that a preview be carried out. Asking again changes nothing.

    Raises:
        NotFound: the organisation has no such bulk decision.
        NotAllowed: somebody else previewed it, or the roles no longer hold so many cases.
        Stale: it was discarded.
    """
    with unit_of_work(actor) as work:
        bulk = _lock(work, bulk_id)
        if bulk.by_id != actor.person_id:
            raise NotAllowed(
                "bulk.not_yours",
                Text("只能执行自己预览的批量处理。", "Only the person who previewed it may run it."),
                refusal=Refusal("review:bulk:start", ("bulk", str(bulk_id))),
            )
        _check_number(actor, bulk.counts["cases"])
        if bulk.state == "discarded":
            raise Stale("bulk.discarded", Text("这次批量处理已放弃。", "This was discarded."))
        if bulk.state == "preview":
            bulk.state = "running"
            outbox.add(
                work, SET_ASIDE_JOB if bulk.check_id else DECIDE_JOB, {"bulk_id": str(bulk_id)}, key=str(bulk_id)
            )
            record(work, "review:bulk:start", ("bulk", bulk_id), old={"state": "preview"}, new={"state": "running"})
    return bulk


def discard(actor: Actor, bulk_id: UUID) -> None:
    """Give up a preview that was not run.

    Raises:
        NotFound: the organisation has no such bulk decision.
        Stale: it was started already.
    """
    with unit_of_work(actor) as work:
        bulk = _lock(work, bulk_id)
        if bulk.state not in ("preview", "discarded"):
            raise Stale("bulk.started", Text("这次批量处理已开始执行。", "This was already started."))
        bulk.state = "discarded"
        record(work, "review:bulk:discard", ("bulk", bulk_id), new={"state": "discarded"})


def carry_out(work: Work, args: Mapping[str, Any], report: Any, deed: Deed) -> BulkDecision | None:
    """Do `deed` to every item that has no answer yet; None where that is done already.

    Run again, it finds no item and changes nothing.
    """
    bulk = _lock(work, UUID(args["bulk_id"]))
    if bulk.state != "running":
        return None
    done = 0
    while items := _open_items(work, bulk):
        found = {target.case.case_id: target for target in _load(work, [item.case_id for item in items])}
        deed(work, bulk, [(item, found[item.case_id]) for item in items])
        work.session.flush()
        done += len(items)
        report(done=done, total=bulk.counts["cases"])
    bulk.state, bulk.finished_at = "done", now()
    bulk.counts = {"cases": bulk.counts["cases"], **_outcomes(work, bulk)}
    record(
        work,
        "review:bulk:finish",
        ("bulk", bulk.bulk_id),
        old={"state": "running"},
        new={"state": "done"} | bulk.counts,
    )
    return bulk


def answer(item: BulkItem, found: Answer) -> None:
    """Write an answer into its item."""
    item.outcome, item.code = found.outcome, found.code
    item.message = dict(found.message) if found.message else None


def forget(work: Work, org_id: UUID, case_ids: Iterable[int]) -> None:
    """Let cases that a statement changed be read anew."""
    for case_id in case_ids:
        key: Any = Case.__mapper__.identity_key_from_primary_key((org_id, case_id))
        work.session.expire(work.session.identity_map[key])


def _load(work: Work, ids: Iterable[int]) -> list[Target]:
    """Lock the organisation's cases among `ids`, in the order of their ids; facts and findings stay unread."""
    cases = work.session.scalars(
        select(Case)
        .where(Case.org_id == work.org_id, Case.case_id.in_(list(ids)))
        .options(lazyload(Case.file))
        .order_by(Case.case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    runs = work.session.scalars(
        select(AuditRun)
        .where(AuditRun.org_id == work.org_id, AuditRun.run_id.in_([case.run_id for case in cases]))
        .options(defer(AuditRun.findings))
    ).all()
    waiting = work.session.scalars(
        select(Decision).where(
            Decision.org_id == work.org_id,
            Decision.case_id.in_([case.case_id for case in cases]),
            Decision.state == "waiting",
        )
    ).all()
    run_of = {found.run_id: found for found in runs}
    waits_on = {decision.case_id: decision for decision in waiting}
    aside = open_overrides(work, work.org_id, [case.case_id for case in cases])
    return [
        Target(case, Basis(run_of.get(case.run_id or 0), aside.get(case.case_id, ())), waits_on.get(case.case_id))
        for case in cases
    ]


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


def _lock(work: Work, bulk_id: UUID) -> BulkDecision:
    bulk = work.session.scalar(
        select(BulkDecision)
        .where(BulkDecision.org_id == work.org_id, BulkDecision.bulk_id == bulk_id)
        .with_for_update()
    )
    if bulk is None:
        raise unknown(bulk_id)
    return bulk


def unknown(bulk_id: UUID) -> NotFound:
    """The error for a bulk that the organisation does not have."""
    return NotFound(
        "bulk.unknown",
        Text("没有这次批量处理。", "There is no such work in bulk."),
        refusal=Refusal("review:bulk:open", ("bulk", str(bulk_id))),
    )


def _check_number(actor: Actor, number: int) -> None:
    if number == 0:
        raise nothing_selected()
    if number > MOST_CASES:
        raise Invalid(
            "bulk.too_many",
            Text(f"一次最多 {MOST_CASES} 件，请缩小筛选。", f"At most {MOST_CASES} cases at once; narrow the filter."),
            field="cases",
        )
    if number > REVIEWER_CASES and not actor.has(SENIOR):
        raise NotAllowed(
            "bulk.senior",
            Text(
                f"超过 {REVIEWER_CASES} 件的批量处理须由高级审核员作出。",
                f"More than {REVIEWER_CASES} cases at once are a senior reviewer's.",
            ),
            refusal=Refusal("review:bulk:preview", ("bulk", "")),
        )


def nothing_selected() -> Invalid:
    return Invalid("bulk.empty", Text("没有选中案件。", "No case is selected."), field="cases")


def open_bulk(work: Work, bulk_id: UUID) -> BulkDecision:
    """A bulk of the organisation.

    Raises:
        NotFound: there is none of that id.
    """
    bulk = work.session.get(BulkDecision, (work.org_id, bulk_id))
    if bulk is None:
        raise unknown(bulk_id)
    return bulk
