"""What the pages of policies read: the versions, a version's dry runs, and the batches it can be tried on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from reviewdesk.audit.models import DryRun, PolicyVersion
from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Text

DRY_RUN_JOB = "audit.dry_run"
"""The kind of the job that does a dry run."""

_VERSIONS = """
SELECT name, version, base, state, reason, effective_from, by_name, created_at, approved_by_name, approved_at
FROM policies WHERE org_id = :org ORDER BY version DESC
"""

_BATCHES = """
SELECT b.batch_id, b.name, count(c.case_id) AS cases
FROM batches b JOIN cases c ON c.org_id = b.org_id AND c.batch_id = b.batch_id
WHERE b.org_id = :org GROUP BY b.org_id, b.batch_id ORDER BY b.created_at DESC LIMIT 50
"""


def versions(work: Work) -> Sequence[Any]:
    """The organisation's versions, the latest first, without their bodies."""
    found: Sequence[Any] = work.execute(_VERSIONS, org=work.org_id).all()
    return found


def batches(work: Work) -> Sequence[Any]:
    """The latest batches with cases, for the choice of what to try a draft on."""
    found: Sequence[Any] = work.execute(_BATCHES, org=work.org_id).all()
    return found


def dry_runs(work: Work, version: PolicyVersion) -> list[DryRun]:
    """A version's dry runs, the latest first."""
    wanted = select(DryRun).where(DryRun.org_id == work.org_id, DryRun.policy_id == version.policy_id)
    return list(work.session.scalars(wanted.order_by(DryRun.created_at.desc()).limit(20)))


_PROGRESS = """
SELECT state, progress, error FROM jobs WHERE org_id = :org AND kind = :kind AND key = :key ORDER BY number DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a dry run is: cases done and in all, zero before it begins. `failed`: its job gave up."""

    done: int
    total: int
    failed: bool


def progress_of(work: Work, run: DryRun) -> Progress:
    """How far a dry run is."""
    row = work.execute(_PROGRESS, org=work.org_id, kind=DRY_RUN_JOB, key=str(run.dry_run_id)).one_or_none()
    told = row.progress if row is not None else {}
    return Progress(told.get("done", 0), told.get("total", 0), row is not None and row.state == "failed")


def dry_run(work: Work, version: PolicyVersion, dry_run_id: Any) -> DryRun:
    """One of a version's dry runs.

    Raises:
        NotFound: it has none of that id.
    """
    found = work.session.get(DryRun, (work.org_id, dry_run_id))
    if found is None or found.policy_id != version.policy_id:
        raise NotFound("policy.dry_run", Text("没有这次试运行。", "There is no such dry run."))
    return found
