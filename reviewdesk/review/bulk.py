"""Deciding on many cases at once: a stored preview bound to cases, versions and runs, then a job that answers each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import defer, lazyload

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun
from reviewdesk.clock import now, today
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound, Refusal, ReviewDeskError, Stale, Text
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.review import queries
from reviewdesk.review.discretion import discreet
from reviewdesk.review.judging import Ask, Basis, Judgement, judge
from reviewdesk.review.models import BulkDecision, BulkItem, Decision
from reviewdesk.review.moves import move_cases, not_allowed, roles_of
from reviewdesk.review.overrides import open_overrides
from reviewdesk.review.policies import limits_for
from reviewdesk.review.queries import Filters
from reviewdesk.review.service import about, check_nothing_waits, draft, propose
from reviewdesk.review.states import DECISIONS, SENIOR, Verb, sources

MOST_CASES = 5000
"""Cases of one bulk decision; its job is one transaction."""

REVIEWER_CASES = 500
"""Cases that a reviewer decides in bulk; above it a senior reviewer does."""

CHUNK = 500
CHOICES = tuple(choice for choice in DECISIONS if choice is not Verb.SETTLE)
"""A settlement plan belongs to one borrower, so it is not made in bulk."""

JOB = "review.bulk"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a bulk decision does to one case: done, waiting (for a second person), refused or stale, and why."""

    outcome: str
    code: str | None = None
    message: Mapping[str, str] | None = None


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
        selected = list(dict.fromkeys(ids)) or queries.case_ids(work, filters or Filters(), MOST_CASES)
        _check_number(actor, len(selected))
        bulk = BulkDecision(
            org_id=work.org_id,
            bulk_id=new_id(),
            choice=choice.value,
            reason=discreet(reason.strip()),
            note=note.strip() or None,
            filters=(filters.as_json() if filters and not ids else {"ids": len(selected)}) | {"seen": list(seen)},
            state="preview",
            counts={},
            by_id=actor.person_id,
            by_name=actor.name,
        )
        work.session.add(bulk)
        work.session.flush()
        bulk.counts = _store_items(work, bulk, selected)
        record(
            work,
            "review:bulk:preview",
            ("bulk", bulk.bulk_id),
            new={"choice": bulk.choice, "reason": bulk.reason, "cases": bulk.counts["cases"], "seen": list(seen)},
        )
    return bulk


def _store_items(work: Work, bulk: BulkDecision, selected: Sequence[int]) -> dict[str, int]:
    counts = {"cases": 0}
    for start_at in range(0, len(selected), CHUNK):
        found = _load(work, selected[start_at : start_at + CHUNK])
        for case, basis, waiting in found:
            expected, _ = _judged(work, case, basis, waiting, _ask(bulk, case.case_id, case.version, case.run_id))
            counts["cases"] += 1
            counts[expected.outcome] = counts.get(expected.outcome, 0) + 1
            work.session.add(
                BulkItem(
                    org_id=work.org_id,
                    bulk_id=bulk.bulk_id,
                    case_id=case.case_id,
                    case_version=case.version,
                    run_id=case.run_id,
                    code=expected.code or expected.outcome,
                    message=dict(expected.message) if expected.message else None,
                )
            )
        work.session.flush()
    if not counts["cases"]:
        raise _nothing_selected()
    return counts


def start(actor: Actor, bulk_id: UUID) -> BulkDecision:
    """Ask that a previewed bulk decision be carried out. Asking again changes nothing.

    Raises:
        NotFound: the organisation has no such bulk decision.
        NotAllowed: somebody else previewed it, or the roles no longer hold the choice.
        Stale: it was discarded.
    """
    with unit_of_work(actor) as work:
        bulk = _lock(work, bulk_id)
        if bulk.by_id != actor.person_id:
            raise NotAllowed(
                "bulk.not_yours",
                Text("只能执行自己预览的批量决定。", "Only the person who previewed it may run it."),
                refusal=Refusal("review:bulk:start", ("bulk", str(bulk_id))),
            )
        _check(actor, Verb(bulk.choice), bulk.reason)
        _check_number(actor, bulk.counts["cases"])
        if bulk.state == "discarded":
            raise Stale("bulk.discarded", Text("这次批量决定已放弃。", "This bulk decision was discarded."))
        if bulk.state == "preview":
            bulk.state = "running"
            outbox.add(work, JOB, {"bulk_id": str(bulk_id)}, key=str(bulk_id))
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
            raise Stale("bulk.started", Text("这次批量决定已开始执行。", "This bulk decision was already started."))
        bulk.state = "discarded"
        record(work, "review:bulk:discard", ("bulk", bulk_id), new={"state": "discarded"})


def run(work: Work, args: Mapping[str, Any], report: Any) -> None:
    """The job: decide every item that has no answer yet. Run again, it finds none and changes nothing."""
    bulk = _lock(work, UUID(args["bulk_id"]))
    if bulk.state != "running":
        return
    done = 0
    while items := _open_items(work, bulk):
        _decide_chunk(work, bulk, items)
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


def _decide_chunk(work: Work, bulk: BulkDecision, items: Sequence[BulkItem]) -> None:
    found = {case.case_id: (case, basis, waiting) for case, basis, waiting in _load(work, [i.case_id for i in items])}
    decisions: list[Decision] = []
    for item in items:
        case, basis, waiting = found[item.case_id]
        ask = _ask(bulk, item.case_id, item.case_version, item.run_id)
        answer, judgement = _judged(work, case, basis, waiting, ask)
        item.outcome, item.code = answer.outcome, answer.code
        item.message = dict(answer.message) if answer.message else None
        if judgement is not None:
            decisions.append(draft(work.actor, case, ask, judgement, bulk_id=bulk.bulk_id))
    work.session.add_all(decisions)
    work.session.flush()
    for decision in decisions:
        if decision.state == "waiting":
            propose(work, found[decision.case_id][0], decision)
    _move(work, bulk, [decision for decision in decisions if decision.state == "effective"])


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
    for decision in effective:
        work.session.expire(work.session.identity_map[_key(decision)])


def _key(decision: Decision) -> Any:
    return Case.__mapper__.identity_key_from_primary_key((decision.org_id, decision.case_id))


def _judged(
    work: Work, case: Case, basis: Basis, waiting: Decision | None, ask: Ask
) -> tuple[Answer, Judgement | None]:
    try:
        check_nothing_waits(waiting)
        judgement = judge(case, basis, ask, work.actor, limits_for(basis.run))
    except Stale as stale:
        return Answer("stale", stale.code, stale.text.as_json()), None
    except ReviewDeskError as error:
        return Answer("refused", error.code, error.text.as_json()), None
    return Answer("waiting" if judgement.grounds else "done", ",".join(judgement.grounds) or None), judgement


def _ask(bulk: BulkDecision, case_id: int, version: int, run_id: int | None) -> Ask:
    seen = tuple(bulk.filters["seen"])
    return Ask(case_id, Verb(bulk.choice), bulk.reason, version, run_id, note=bulk.note, seen=seen)


def _load(work: Work, ids: Iterable[int]) -> list[tuple[Case, Basis, Decision | None]]:
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
        (case, Basis(run_of.get(case.run_id or 0), aside.get(case.case_id, ())), waits_on.get(case.case_id))
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
        raise _unknown(bulk_id)
    return bulk


def _unknown(bulk_id: UUID) -> NotFound:
    return NotFound(
        "bulk.unknown",
        Text("没有这次批量决定。", "There is no such bulk decision."),
        refusal=Refusal("review:bulk:open", ("bulk", str(bulk_id))),
    )


def _check(actor: Actor, choice: Verb, reason: str) -> None:
    if choice not in CHOICES:
        raise Invalid("bulk.choice", Text("此决定不能批量作出。", "This is not decided in bulk."), field="choice")
    if not sources(choice, roles_of(actor)) or actor.person_id is None:
        raise not_allowed(choice, None)
    if not reason.strip():
        raise Invalid("decision.reason", Text("请写明理由。", "Give a reason."), field="reason")


def _check_number(actor: Actor, number: int) -> None:
    if number == 0:
        raise _nothing_selected()
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
                f"超过 {REVIEWER_CASES} 件的批量决定须由高级审核员作出。",
                f"More than {REVIEWER_CASES} cases at once are a senior reviewer's.",
            ),
            refusal=Refusal("review:bulk:preview", ("bulk", "")),
        )


def _nothing_selected() -> Invalid:
    return Invalid("bulk.empty", Text("没有选中案件。", "No case is selected."), field="cases")


def open_bulk(work: Work, bulk_id: UUID) -> BulkDecision:
    """A bulk decision of the organisation.

    Raises:
        NotFound: there is none of that id.
    """
    bulk = work.session.get(BulkDecision, (work.org_id, bulk_id))
    if bulk is None:
        raise _unknown(bulk_id)
    return bulk


@dataclass(frozen=True, slots=True)
class Item:
    """One case of a bulk decision. Before the run, `outcome` is what was expected of it at the preview."""

    case_id: int
    number: str
    borrower: str
    state: str
    amount: int | None
    outcome: str
    code: str | None
    message: Mapping[str, str] | None


# Before the run an item's code holds what is expected: "done", "waiting" by its grounds, or the code of a refusal.
_OUTCOME = """
coalesce(i.outcome, CASE WHEN i.code = 'done' THEN 'done' WHEN i.message IS NULL THEN 'waiting'
                         WHEN i.code IN ('case.stale', 'case.proposed') THEN 'stale' ELSE 'refused' END)
"""

_ITEMS = """
SELECT i.case_id, c.number, c.borrower, c.state, coalesce(c.claimed, c.outstanding) AS amount,
       {outcome} AS outcome, i.code, i.message
FROM bulk_items i JOIN cases c ON c.org_id = i.org_id AND c.case_id = i.case_id
WHERE i.org_id = :org AND i.bulk_id = :bulk AND i.case_id > :after
  AND (CAST(:wanted AS text) IS NULL OR {outcome} = :wanted)
ORDER BY i.case_id LIMIT :limit
""".replace("{outcome}", _OUTCOME)

_TALLY = """
SELECT {outcome} AS outcome, count(*) AS number, count(i.outcome) AS answered FROM bulk_items i
WHERE i.org_id = :org AND i.bulk_id = :bulk GROUP BY 1
""".replace("{outcome}", _OUTCOME)


def items(
    work: Work, bulk: BulkDecision, *, outcome: str | None = None, after: str | None = None, size: int = 100
) -> list[Item]:
    """The items of a bulk decision by case id, and one more than `size` where there is one.

    Raises:
        Invalid: the cursor is none of ours.
    """
    if after is not None and not after.isdecimal():
        raise Invalid("cursor", Text("翻页位置无效。", "The cursor is not valid."), field="cursor")
    values = {"wanted": outcome, "after": int(after or 0), "limit": size + 1}
    rows = work.execute(_ITEMS, org=work.org_id, bulk=bulk.bulk_id, **values)
    return [Item(**row._mapping) for row in rows]


def tally(work: Work, bulk: BulkDecision) -> dict[str, int]:
    """How many items have, or are expected to have, each outcome; `answered` counts those with an answer."""
    rows = work.execute(_TALLY, org=work.org_id, bulk=bulk.bulk_id).all()
    return {row.outcome: row.number for row in rows} | {"answered": sum(row.answered for row in rows)}


_MISSING = """
SELECT lacking.check_id, count(*) AS cases FROM cases c
JOIN audit_runs r ON r.org_id = c.org_id AND r.run_id = c.run_id
CROSS JOIN LATERAL unnest(r.missing) AS lacking(check_id)
WHERE c.org_id = :org AND {selection} AND NOT EXISTS (
    SELECT 1 FROM finding_overrides o WHERE o.org_id = c.org_id AND o.case_id = c.case_id
    AND o.check_id = lacking.check_id AND o.ended_at IS NULL AND (o.until IS NULL OR o.until >= :day))
GROUP BY lacking.check_id ORDER BY count(*) DESC, lacking.check_id
"""


def missing_in(work: Work, *, filters: Filters | None = None, ids: Sequence[int] = ()) -> dict[str, int]:
    """In how many cases of a selection each check lacked facts, most frequent first."""
    if ids:
        rows = work.execute(
            _MISSING.format(selection="c.case_id = ANY(:ids)"), org=work.org_id, ids=list(ids), day=today()
        )
    else:
        where, values = queries.conditions(filters or Filters(), work.actor)
        rows = work.execute(_MISSING.format(selection=where), org=work.org_id, day=today(), **values)
    return {row.check_id: row.cases for row in rows}
