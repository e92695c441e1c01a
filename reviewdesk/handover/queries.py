"""Reads of the handover stage: entrustments as the platform gave them and as the firm received them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, NotFound, Refusal, Text, bad_cursor
from reviewdesk.handover.models import Entrustment, Milestone
from reviewdesk.intake.models import Attachment, Case
from reviewdesk.review.attached import attachments_of
from reviewdesk.review.overrides import overrides_of
from reviewdesk.review.together import Joint, joint_of

STATES = ("offered", "accepted", "filed", "closed", "refused", "ended")
"""Filters of the list: the entrustment's state, or the case's once the court has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entrustment in the list, with what both sides may see of its case."""

    entrustment_id: UUID
    case_id: int
    org_id: UUID
    firm_id: UUID
    platform: str | None
    firm: str | None
    state: str
    version: int
    created_at: datetime
    by_name: str
    answer_reason: str | None
    number: str | None
    borrower: str | None
    lender_name: str | None
    case_state: str | None
    claimable: int | None
    claimed: int | None
    limitation_expiry: date | None

    @property
    def cursor(self) -> str:
        """The row's place in the list."""
        return f"{self.created_at.isoformat()}_{self.entrustment_id}"


_LIST = """
SELECT e.entrustment_id, e.case_id, e.org_id, e.firm_id, p.name AS platform, f.name AS firm, e.state, e.version,
       e.created_at, e.by_name, e.answer_reason, c.number, c.borrower, c.lender_name, c.state AS case_state,
       c.claimable, c.claimed, c.limitation_expiry
FROM entrustments e
LEFT JOIN cases c ON c.org_id = e.org_id AND c.case_id = e.case_id
LEFT JOIN organisations p ON p.org_id = e.org_id
LEFT JOIN organisations f ON f.org_id = e.firm_id
WHERE (e.org_id = :org OR e.firm_id = :org) AND {state} AND {after}
ORDER BY e.created_at DESC, e.entrustment_id DESC
LIMIT :limit
"""

_IN_STATE = {
    None: "true",
    "offered": "e.state = 'offered'",
    "accepted": "e.state = 'accepted' AND c.state = 'entrusted'",
    "filed": "e.state = 'accepted' AND c.state = 'filed'",
    "closed": "e.state = 'accepted' AND c.state = 'closed'",
    "refused": "e.state = 'refused'",
    "ended": "e.state = 'ended'",
}


def entrustments(work: Work, state: str | None = None, *, after: str | None = None, size: int = 50) -> list[Row]:
    """The entrustments that the organisation gave or received, latest first, and one more than `size` if there is one.

    Raises:
        Invalid: no such state, or the cursor is none of ours.
    """
    if state not in _IN_STATE:
        raise Invalid("filter.value", Text("筛选条件无法识别。", "A filter cannot be read."), field="state")
    beyond, key = _after(after)
    rows = work.execute(_LIST.format(state=_IN_STATE[state], after=beyond), org=work.org_id, limit=size + 1, **key)
    return [Row(**row._mapping) for row in rows]


def rows_of(work: Work, ids: Sequence[UUID]) -> list[Row]:
    """Entrustments that the organisation gave or received, by their ids; others are left out."""
    which = "e.entrustment_id = ANY(CAST(:ids AS uuid[]))"
    wanted = {"org": work.org_id, "limit": len(ids), "ids": list(ids)}
    return [Row(**row._mapping) for row in work.execute(_LIST.format(state="true", after=which), **wanted)]


def _after(cursor: str | None) -> tuple[str, dict[str, Any]]:
    if cursor is None:
        return "true", {}
    moment, _sep, number = cursor.partition("_")
    try:
        key = {"at": datetime.fromisoformat(moment), "id": UUID(number)}
    except ValueError as error:
        raise bad_cursor() from error
    return "(e.created_at, e.entrustment_id) < (:at, :id)", key


_COUNTS = """
SELECT CASE WHEN e.state = 'accepted' AND c.state IN ('filed', 'closed') THEN c.state ELSE e.state END AS state,
       count(*) AS number
FROM entrustments e LEFT JOIN cases c ON c.org_id = e.org_id AND c.case_id = e.case_id
WHERE e.org_id = :org OR e.firm_id = :org GROUP BY 1
"""


def counts(work: Work) -> dict[str, int]:
    """How many entrustments are in each of `STATES`."""
    found = {row.state: row.number for row in work.execute(_COUNTS, org=work.org_id)}
    return {state: found.get(state, 0) for state in STATES}


def is_firm(work: Work) -> bool:
    """Whether the organisation is a law firm."""
    return bool(
        work.execute("SELECT kind = 'law_firm' FROM organisations WHERE org_id = :org", org=work.org_id).scalar()
    )


@dataclass(frozen=True, slots=True)
class CaseForCounsel:
    """An entrusted case as its page shows it; personal data is still sealed."""

    entrustment: Entrustment
    case: Case
    run: AuditRun | None
    milestones: list[Milestone]
    evidence: list[Attachment]
    platform: str
    overrides: list[FindingOverride]
    joint: Joint | None


def case_for_counsel(work: Work, entrustment_id: UUID) -> CaseForCounsel:
    """One entrustment that lasts, with its case.

    Raises:
        NotFound: the firm has no such entrustment, or it ended.
    """
    given = work.session.scalar(
        select(Entrustment).where(Entrustment.entrustment_id == entrustment_id, Entrustment.firm_id == work.org_id)
    )
    case = work.session.get(Case, (given.org_id, given.case_id)) if given is not None else None
    if given is None or case is None:
        raise NotFound(
            "entrustment.unknown",
            Text("没有这一委托，或委托已终止。", "There is no such entrustment, or it ended."),
            refusal=Refusal("handover:entrustment:open", ("entrustment", str(entrustment_id))),
        )
    platform = work.execute("SELECT name FROM organisations WHERE org_id = :org", org=given.org_id).scalar_one()
    run = work.session.get(AuditRun, (case.org_id, case.run_id)) if case.run_id is not None else None
    return CaseForCounsel(
        given,
        case,
        run,
        milestones_of(work, case),
        attachments_of(work, case.org_id, case.case_id),
        platform,
        overrides_of(work, case),
        joint_of(work, case),
    )


def milestones_of(work: Work, case: Case) -> list[Milestone]:
    """What counsel reported of a case, oldest first."""
    return list(
        work.session.scalars(
            select(Milestone)
            .where(Milestone.org_id == case.org_id, Milestone.case_id == case.case_id)
            .order_by(Milestone.created_at)
        )
    )
