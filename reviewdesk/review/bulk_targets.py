"""The cases of a bulk: which ones a selection holds, and what a deed finds of them once they are locked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import defer, lazyload

from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.standing import Standing
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, NotAllowed, Refusal, Stale, Text
from reviewdesk.intake.models import Case
from reviewdesk.review import queries
from reviewdesk.review.judging import Basis
from reviewdesk.review.models import Decision
from reviewdesk.review.overrides import open_overrides
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import SENIOR

MOST_CASES: Final = 5000
"""Cases that are handled at once; the job is one transaction."""

REVIEWER_CASES: Final = 500
"""Cases that a reviewer handles at once; above it a senior reviewer does."""


@dataclass(frozen=True, slots=True)
class Target:
    """A locked case with what a deed rests on: its run, what is set aside of it, and a decision that waits."""

    case: Case
    basis: Basis
    waiting: Decision | None


def selected(work: Work, filters: Filters | None, ids: Sequence[int]) -> list[int]:
    """The cases of a selection: `ids` where given, else what `filters` find.

    Raises:
        Invalid: there is none, or there are too many.
        NotAllowed: so many are a senior reviewer's.
    """
    found = list(dict.fromkeys(ids)) or queries.case_ids(work, filters or Filters(), MOST_CASES)
    check_number(work.actor, len(found))
    return found


def check_number(actor: Actor, number: int) -> None:
    """Whether so many cases may be handled at once by this actor.

    Raises:
        Invalid: there is none, or there are too many.
        NotAllowed: so many are a senior reviewer's.
    """
    if number == 0:
        raise Invalid("bulk.empty", Text("没有选中案件。", "No case is selected."), field="cases")
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


def lock(work: Work, ids: Iterable[int]) -> list[Target]:
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


def check_unchanged(target: Target, version: int, run_id: int | None) -> None:
    """Whether a case is still the one that a preview showed.

    Raises:
        Stale: its version or its audit is another.
    """
    if (target.case.version, target.case.run_id) != (version, run_id):
        raise Stale("case.stale", Text("案件已有变化，请先看变化再处理。", "The case has changed since you opened it."))


# Arrays from a SELECT are taken for short, so that each case is found by its key. Ids of checks hold no blanks.
_MIRROR = """
UPDATE cases c SET version = c.version + 1, verdict = n.verdict, failed = string_to_array(n.failed, ' ')
FROM unnest(
    (SELECT CAST(:ids AS bigint[])), (SELECT CAST(:verdicts AS text[])), (SELECT CAST(:failed AS text[]))
) AS n(case_id, verdict, failed)
WHERE c.org_id = :org AND c.case_id = n.case_id
"""


def mirror(work: Work, stands: Mapping[int, Standing | None]) -> None:
    """Bring what now stands of audited cases' runs into the columns that the queue filters by: their next versions."""
    standing = {case_id: one for case_id, one in stands.items() if one is not None}
    work.execute(
        _MIRROR,
        org=work.org_id,
        ids=list(standing),
        verdicts=[one.verdict for one in standing.values()],
        failed=[" ".join(one.failed) for one in standing.values()],
    )
    forget(work, work.org_id, stands)


def forget(work: Work, org_id: UUID, case_ids: Iterable[int]) -> None:
    """Let cases that a statement changed be read anew."""
    for case_id in case_ids:
        key: Any = Case.__mapper__.identity_key_from_primary_key((org_id, case_id))
        work.session.expire(work.session.identity_map[key])
