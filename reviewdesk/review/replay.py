"""What changed between two audits of a case, and whether new rules or new facts did it.

Where both differ, the facts of now are audited under the rules of then, without storing a run: what differs already
there came from the facts, what differs only after it from the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from reviewdesk.audit.engine import audit_case
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.queries import Change, difference
from reviewdesk.audit.service import cases_of
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.models import Case

Cause = Literal["facts", "rules", "both"]

Said = dict[str, tuple[Any, ...]]
"""Outcome and reason by check."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A check that says something else than in the run before, and why."""

    change: Change
    cause: Cause


def run_of(work: Work, case: Case, run_id: int) -> AuditRun:
    """One of a case's runs.

    Raises:
        NotFound: the case has no such run.
    """
    run = work.session.get(AuditRun, (case.org_id, run_id))
    if run is None or run.case_id != case.case_id:
        raise NotFound("run.unknown", Text("本案没有这次审核。", "The case has no such audit."))
    return run


def run_before(work: Work, run: AuditRun) -> AuditRun | None:
    """The case's run before another."""
    wanted = (
        select(AuditRun)
        .where(AuditRun.org_id == run.org_id, AuditRun.case_id == run.case_id, AuditRun.run_id < run.run_id)
        .order_by(AuditRun.run_id.desc())
        .limit(1)
    )
    return work.session.scalars(wanted).one_or_none()


def explained(work: Work, case: Case, earlier: AuditRun, later: AuditRun) -> list[Explained]:
    """What the later run says otherwise, each with its cause.

    The day of the audit belongs to the rules; what other cases say belongs to the facts. Where rules and facts both
    differ and the facts of the later run are no longer those of the case, the two cannot be told apart.
    """
    changes = difference(earlier, later)
    if (earlier.policy, earlier.as_of) == (later.policy, later.as_of):
        return [Explained(change, "facts") for change in changes]
    if earlier.facts_version == later.facts_version:
        return [Explained(change, "rules") for change in changes]
    if later.facts_version != case.facts_version:
        return [Explained(change, "both") for change in changes]
    between = _replayed(work, case, earlier)
    before, after = _said(earlier.findings), _said(later.findings)
    return [Explained(change, _cause(change.check, before, between, after)) for change in changes]


def _replayed(work: Work, case: Case, earlier: AuditRun) -> Said:
    """What the rules of the earlier run say of the facts of now."""
    ((_row, facts),) = cases_of(work, [case.case_id], {})
    return _said(audit_case(facts, policy_of(earlier.org_id, earlier.policy), earlier.as_of).answers)


def _said(findings: Sequence[Sequence[Any]]) -> Said:
    return {found[0]: tuple(found[1:3]) for found in findings}


def _cause(check: str, before: Said, between: Said, after: Said) -> Cause:
    if between.get(check) == after.get(check):
        return "facts"
    return "rules" if between.get(check) == before.get(check) else "both"
