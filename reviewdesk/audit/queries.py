"""Reads of audits: verdicts of a batch, its most frequent findings, and the runs of a case and how they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from reviewdesk.audit.findings import in_full
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.db import Work
from reviewdesk.errors import Text

VERDICTS = ("blocked", "attention", "clear")


@dataclass(frozen=True, slots=True)
class Frequent:
    """How many cases of a batch failed a check, were warned by it, or lacked its facts."""

    check: str
    title: Text
    failed: int
    warned: int
    missing: int

    @property
    def cases(self) -> int:
        """All of them."""
        return self.failed + self.warned + self.missing


@dataclass(frozen=True, slots=True)
class Change:
    """A check that says something else in the later of two runs. None where it did not run."""

    check: str
    title: Text
    earlier: str | None
    later: str | None


# Of a case some of whose findings are set aside the verdict is the one that still stands.
_COUNTS = """
SELECT coalesce(c.verdict, r.verdict) AS verdict, count(*) AS cases FROM audit_runs r
LEFT JOIN (
    SELECT case_id, run_id, verdict FROM cases WHERE org_id = :org AND case_id IN (
        SELECT case_id FROM finding_overrides WHERE org_id = :org AND ended_at IS NULL)
) c ON c.case_id = r.case_id AND c.run_id = r.run_id
WHERE r.org_id = :org AND r.batch_id = :batch AND r.is_current GROUP BY 1
"""

_FREQUENT = """
SELECT found.check_id, count(*) FILTER (WHERE found.outcome = 'fail') AS failed,
       count(*) FILTER (WHERE found.outcome = 'warn') AS warned,
       count(*) FILTER (WHERE found.outcome = 'missing') AS missing
FROM audit_runs r CROSS JOIN LATERAL (
    SELECT unnest(r.failed) AS check_id, 'fail' AS outcome
    UNION ALL SELECT unnest(r.warned), 'warn' UNION ALL SELECT unnest(r.missing), 'missing'
) found
WHERE r.org_id = :org AND r.batch_id = :batch AND r.is_current
GROUP BY found.check_id
ORDER BY count(*) FILTER (WHERE found.outcome = 'fail') DESC, count(*) DESC, found.check_id
"""


def verdict_counts(work: Work, batch_id: UUID) -> dict[str, int]:
    """How many cases of a batch have which verdict; every verdict is named."""
    found = {row.verdict: row.cases for row in work.execute(_COUNTS, org=work.org_id, batch=batch_id)}
    return {verdict: found.get(verdict, 0) for verdict in VERDICTS}


def frequent_findings(work: Work, batch_id: UUID) -> list[Frequent]:
    """The checks that cases of a batch did not pass, those that block most cases first."""
    rows = work.execute(_FREQUENT, org=work.org_id, batch=batch_id)
    return [Frequent(row.check_id, _title(row.check_id), row.failed, row.warned, row.missing) for row in rows]


def systematic_defects(work: Work, batch_id: UUID, policy_name: str) -> list[Frequent]:
    """The checks that so large a share of a batch failed that the batch, not its rows, should go back.

    Empty while the batch has fewer audited cases than the policy asks for such a judgement.
    """
    parameters = policy_of(work.org_id, policy_name).parameters
    audited = sum(verdict_counts(work, batch_id).values())
    if audited < parameters.systematic_cases.whole:
        return []
    limit = parameters.systematic_share.value * audited
    return [row for row in frequent_findings(work, batch_id) if row.failed > limit]


def current_run(work: Work, case_id: int) -> AuditRun | None:
    """The audit run that holds for a case."""
    wanted = select(AuditRun).where(
        AuditRun.org_id == work.org_id, AuditRun.case_id == case_id, AuditRun.is_current.is_(True)
    )
    return work.session.scalars(wanted).one_or_none()


def runs_of(work: Work, case_id: int) -> list[AuditRun]:
    """All runs of a case, the latest first."""
    wanted = (
        select(AuditRun)
        .where(AuditRun.org_id == work.org_id, AuditRun.case_id == case_id)
        .order_by(AuditRun.run_id.desc())
    )
    return list(work.session.scalars(wanted))


def findings_of(run: AuditRun, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A run's findings with numbers, sentences and citations; `facts` are the case's stored facts."""
    policy = policy_of(run.org_id, run.policy)
    return [in_full(packed, facts, policy) for packed in run.findings]


def difference(earlier: AuditRun, later: AuditRun) -> list[Change]:
    """The checks whose outcome or reason differs between two runs of a case, in the order of the later."""
    before, after = _by_check(earlier.findings), _by_check(later.findings)
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change(name, _title(name), _outcome(before.get(name)), _outcome(after.get(name)))
        for name in names
        if _said(before.get(name)) != _said(after.get(name))
    ]


def _by_check(findings: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    return {packed[0]: packed for packed in findings}


def _outcome(packed: Sequence[Any] | None) -> str | None:
    return None if packed is None else str(packed[1])


def _said(packed: Sequence[Any] | None) -> tuple[Any, ...] | None:
    return None if packed is None else tuple(packed[1:3])


def _title(check: str) -> Text:
    known = CHECKS.get(check)
    return known.title if known else Text(check, check)
