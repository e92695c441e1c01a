"""Setting one check's finding aside in many cases at once: the same judgement as for one, and one event a batch."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.audit.models import FindingOverride
from reviewdesk.audit.registry import CHECKS
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, Refusal, ReviewDeskError, Text
from reviewdesk.journal.service import record
from reviewdesk.review import bulk as bulks
from reviewdesk.review.bulk import Answer, Target
from reviewdesk.review.discretion import discreet
from reviewdesk.review.models import BulkDecision, BulkItem
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
) -> BulkDecision:
    """Store a selection with what setting a check's finding aside would do to each case. Nothing changes.

    The selection is `ids` where given, else what `filters` find. Each item keeps the version and the run that the
    person was shown, so that the deed later binds to just these.

    Raises:
        Invalid: no case, too many, an unknown check, or a reason or day that are not as they must be.
        NotAllowed: the actor's roles do not set findings aside, or not in so many cases.
    """
    _check(actor, check)
    check_terms(kind, reason, until)
    with unit_of_work(actor) as work:
        bulk = bulks.keep_preview(
            work,
            filters,
            ids,
            lambda bulk, target: _judged(work, target, _as_shown(bulk, target))[0],
            choice=kind.value,
            check_id=check,
            until=until,
            reason=discreet(reason.strip()),
        )
        record(
            work,
            "review:bulk:preview",
            ("bulk", bulk.bulk_id),
            new=_told(bulk) | {"cases": bulk.counts["cases"]},
        )
    return bulk


def run(work: Work, args: Mapping[str, Any], report: Any) -> None:
    """The job: set the finding aside in every case that has no answer yet."""
    done: defaultdict[UUID, list[int]] = defaultdict(list)

    def deed(work: Work, bulk: BulkDecision, items: Sequence[tuple[BulkItem, Target]]) -> None:
        for case in _set_aside(work, bulk, items):
            done[case.batch_id].append(case.case_id)

    bulk = bulks.carry_out(work, args, report, deed)
    if bulk is not None:
        for batch_id, case_ids in done.items():
            _record(work, bulk, batch_id, case_ids)


def _set_aside(work: Work, bulk: BulkDecision, items: Sequence[tuple[BulkItem, Target]]) -> list[Any]:
    """Set the finding aside in some locked cases. Returns those in which it was."""
    made: list[tuple[Target, FindingOverride]] = []
    for item, target in items:
        wish = _wish(bulk, item.case_id, item.case_version, item.run_id)
        found, outcome = _judged(work, target, wish)
        bulks.answer(item, found)
        if outcome is not None:
            row = of_wish(work.actor, target.case, target.basis, wish, outcome, bulk.reason)
            row.bulk_id = bulk.bulk_id
            made.append((target, row))
    work.session.add_all([row for _target, row in made])
    work.session.flush()
    _mirror(work, bulk, made)
    return [target.case for target, _row in made]


# Arrays from a SELECT are taken for short, so that each case is found by its key.
_MIRROR = """
UPDATE cases c SET version = c.version + 1, verdict = n.verdict, failed = array_remove(c.failed, :check)
FROM unnest((SELECT CAST(:ids AS bigint[])), (SELECT CAST(:verdicts AS text[]))) AS n(case_id, verdict)
WHERE c.org_id = :org AND c.case_id = n.case_id
"""


def _mirror(work: Work, bulk: BulkDecision, made: Sequence[tuple[Target, FindingOverride]]) -> None:
    """Bring what now stands of the cases' runs into the columns that the queue filters by, in one statement."""
    if not made:
        return
    ids = [target.case.case_id for target, _row in made]
    stands = [standing_of(target.basis.run, [*target.basis.overrides, row]) for target, row in made]
    verdicts = [standing.verdict if standing else None for standing in stands]
    work.execute(_MIRROR, org=work.org_id, check=bulk.check_id, ids=ids, verdicts=verdicts)
    bulks.forget(work, work.org_id, ids)


def _record(work: Work, bulk: BulkDecision, batch_id: UUID, case_ids: list[int]) -> None:
    """One event about the cases of a batch, which names them all."""
    single = case_ids[0] if len(case_ids) == 1 else None
    record(
        work,
        action_of(Kind(bulk.choice)),
        ("batch", batch_id) if single is None else ("case", single),
        new=_told(bulk) | {"bulk": str(bulk.bulk_id), "cases": len(case_ids)},
        case_id=single,
        batch_id=batch_id,
        cases=None if single is not None else case_ids,
    )


def _told(bulk: BulkDecision) -> dict[str, Any]:
    until = {"until": bulk.until.isoformat()} if bulk.until else {}
    return {"check": bulk.check_id, "way": bulk.choice, "reason": bulk.reason} | until


def _judged(work: Work, target: Target, wish: Wish) -> tuple[Answer, str | None]:
    try:
        outcome = judge(work.actor, target.case, target.basis, target.waiting, wish)
    except ReviewDeskError as error:
        return bulks.refused(error), None
    return Answer("done"), outcome


def _as_shown(bulk: BulkDecision, target: Target) -> Wish:
    return _wish(bulk, target.case.case_id, target.case.version, target.case.run_id)


def _wish(bulk: BulkDecision, case_id: int, version: int, run_id: int | None) -> Wish:
    assert bulk.check_id is not None  # noqa: S101  it is what the bulk is about
    return Wish(case_id, bulk.check_id, Kind(bulk.choice), bulk.reason, version, run_id, until=bulk.until)


def _check(actor: Actor, check: str) -> None:
    if check not in CHECKS:
        raise Invalid("override.check", Text("请选择审核项。", "Choose a check."), field="check")
    if actor.person_id is None or not (actor.has(REVIEWER) or actor.has(SENIOR)):
        raise NotAllowed(
            "override.role",
            Text("您的角色不能推翻或静默审核结论。", "Your role may not set findings aside."),
            refusal=Refusal("review:bulk:preview", ("bulk", "")),
        )
