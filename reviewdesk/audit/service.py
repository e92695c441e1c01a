"""Auditing cases in the database: a batch in chunks, or chosen cases anew.

Every run is one row: the numbers of its findings, and what the queue filters by. Moving cases from state to state is
the review's; these functions say which cases they audited, and whoever calls them moves those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.audit import relations
from reviewdesk.audit.engine import CaseAudit, audit_case
from reviewdesk.audit.facts import CaseFacts, Related
from reviewdesk.audit.policy import BUILT_IN, Policy, load_policy
from reviewdesk.clock import now, today
from reviewdesk.db import Work
from reviewdesk.intake.models import Batch
from reviewdesk.journal.service import record
from reviewdesk.vault import Vault, vault

BATCH_JOB: Final = "audit.batch"
CHUNK_JOB: Final = "audit.chunk"
AGAIN_JOB: Final = "audit.again"

CHUNKS: Final = 16
SMALLEST_CHUNK: Final = 250
LARGEST_CHUNK: Final = 4000


@dataclass(frozen=True, slots=True)
class Audited:
    """What came of auditing some cases: their ids in order, and how many got which verdict."""

    case_ids: tuple[int, ...]
    verdicts: dict[str, int]


def begin_batch(work: Work, batch_id: UUID) -> list[int]:
    """Fix the policy and the day of a batch's audit, and ask for a job for each chunk of its received cases.

    Returns the ids of the cases that are to be audited. A batch whose audit was begun before keeps its policy and day;
    chunks that were asked for are not asked for again.
    """
    batch = _lock_batch(work, batch_id)
    batch.policy = batch.policy or BUILT_IN
    batch.as_of = batch.as_of or today()
    ids = list(
        work.execute(
            "SELECT case_id FROM cases WHERE org_id = :org AND batch_id = :batch AND state IN ('received', 'auditing') "
            "ORDER BY case_id",
            org=work.org_id,
            batch=batch_id,
        ).scalars()
    )
    if ids:
        record(
            work,
            "audit:batch:begin",
            ("batch", batch_id),
            new={"policy": batch.policy, "as_of": batch.as_of.isoformat(), "cases": len(ids)},
            batch_id=batch_id,
        )
    for first, last in chunks_of(ids):
        args = {"batch_id": str(batch_id), "first": first, "last": last}
        outbox.add(work, CHUNK_JOB, args, key=f"{batch_id}:{first}-{last}")
    return ids


def chunks_of(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut ids in order into ranges, enough of them to keep several workers busy to the end."""
    size = min(LARGEST_CHUNK, max(SMALLEST_CHUNK, -(-len(ids) // CHUNKS)))
    for start in range(0, len(ids), size):
        part = ids[start : start + size]
        yield part[0], part[-1]


def audit_chunk(work: Work, batch_id: UUID, first: int, last: int) -> Audited:
    """Audit the cases of a batch in a range of ids that wait for it; those that do not are left alone."""
    batch = work.session.get_one(Batch, (work.org_id, batch_id))
    rows = _locked(
        work, "batch_id = :batch AND case_id BETWEEN :first AND :last", batch=batch_id, first=first, last=last
    )
    return _audit(work, rows, load_policy(batch.policy or BUILT_IN), batch.as_of or today(), batch_id=batch_id)


def audit_again(work: Work, case_ids: Iterable[int], *, policy: str = BUILT_IN, as_of: date | None = None) -> Audited:
    """Audit chosen cases that are in the audit state, under a policy and as of a day (today).

    The runs before stay readable.

    Raises:
        Invalid: there is no such policy.
    """
    rows = _locked(work, "case_id = ANY(CAST(:ids AS bigint[]))", ids=sorted(set(case_ids)))
    return _audit(work, rows, load_policy(policy), as_of or today(), batch_id=None)


def finish_batch(work: Work, batch_id: UUID) -> bool:
    """Mark a batch as ready when no case of it waits for its audit. Returns whether this call did.

    Chunks that end at the same time wait for each other here, so exactly the last finds nothing left.
    """
    batch = _lock_batch(work, batch_id)
    waiting = work.execute(
        "SELECT EXISTS (SELECT 1 FROM cases WHERE org_id = :org AND batch_id = :batch AND run_id IS NULL "
        "AND state IN ('received', 'auditing'))",
        org=work.org_id,
        batch=batch_id,
    ).scalar_one()
    if waiting or batch.state != "auditing":
        return False
    batch.state, batch.audited_at, batch.version = "ready", now(), batch.version + 1
    work.session.flush()
    record(work, "audit:batch:finish", ("batch", batch_id), new={"state": "ready"}, batch_id=batch_id)
    return True


# --- one chunk -------------------------------------------------------------------------------------------------------


def _lock_batch(work: Work, batch_id: UUID) -> Batch:
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    return work.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()


def _locked(work: Work, condition: str, **values: Any) -> list[Any]:
    """The cases that wait for their audit, locked until the end of the transaction, in the order of their ids."""
    return list(work.execute(_LOCK.format(condition=condition), org=work.org_id, **values))


def _audit(work: Work, rows: list[Any], policy: Policy, as_of: date, *, batch_id: UUID | None) -> Audited:
    if not rows:
        return Audited((), {})
    opened, org_id = vault(), work.org_id
    related = relations.related_to(work, [row.case_id for row in rows])
    verdicts: Counter[str] = Counter()
    work.execute(_STAGE)
    work.copy("audited", _COLUMNS, _lines(rows, related, opened, org_id, policy, as_of, verdicts))
    ids = tuple(row.case_id for row in rows)
    work.execute(_SUPERSEDE, org=org_id)
    work.execute(_STORE, org=org_id, policy=policy.name, as_of=as_of, job=work.actor.job_id)
    work.execute("DROP TABLE audited")
    record(
        work,
        "audit:case:run",
        ("case", ids[0]) if len(ids) == 1 else ("batch", batch_id or rows[0].batch_id),
        new={"policy": policy.name, "as_of": as_of.isoformat(), "verdicts": dict(verdicts)},
        case_id=ids[0] if len(ids) == 1 else None,
        batch_id=batch_id or rows[0].batch_id,
        cases=None if len(ids) == 1 else ids,
    )
    return Audited(ids, dict(verdicts))


def _lines(
    rows: list[Any],
    related: dict[int, Related],
    opened: Vault,
    org_id: UUID,
    policy: Policy,
    as_of: date,
    verdicts: Counter[str],
) -> Iterator[tuple[Any, ...]]:
    """Audit the cases one after the other, as rows for COPY; memory does not grow with their number."""
    for row in rows:
        case = CaseFacts.of(
            orjson.loads(row.facts), opened.unseal(row.sealed, org_id, row.case_id), related[row.case_id]
        )
        audit = audit_case(case, policy, as_of)
        verdicts[audit.verdict] += 1
        yield _line(row, audit)


def _line(row: Any, audit: CaseAudit) -> tuple[Any, ...]:
    return (
        row.case_id,
        row.batch_id,
        row.facts_version,
        audit.verdict,
        audit.claimable,
        audit.excess,
        audit.limitation_expiry,
        _array(audit.failed),
        _array(audit.warned),
        _array(audit.missing),
        orjson.dumps(audit.packed()).decode(),
    )


def _array(ids: list[str]) -> str:
    """Ids of checks as PostgreSQL writes an array; they hold no character that needs quoting."""
    return "{" + ",".join(ids) + "}"


_LOCK = """
SELECT case_id, batch_id, CAST(facts AS text) AS facts, facts_version, sealed FROM cases
WHERE org_id = :org AND state = 'auditing' AND {condition} ORDER BY case_id FOR UPDATE
"""

_COLUMNS = (
    "case_id",
    "batch_id",
    "facts_version",
    "verdict",
    "claimable",
    "excess",
    "limitation_expiry",
    "failed",
    "warned",
    "missing",
    "findings",
)

_STAGE = """
CREATE TEMPORARY TABLE audited (
    case_id bigint, batch_id uuid, facts_version integer, verdict text, claimable bigint, excess bigint,
    limitation_expiry date, failed text[], warned text[], missing text[], findings jsonb
) ON COMMIT DROP
"""

_SUPERSEDE = """
UPDATE audit_runs r SET is_current = false
FROM audited a WHERE r.org_id = :org AND r.case_id = a.case_id AND r.is_current
"""

_STORE = """
WITH stored AS (
    INSERT INTO audit_runs (org_id, case_id, batch_id, is_current, policy, as_of, facts_version, verdict, claimable,
                            excess, limitation_expiry, failed, warned, missing, findings, job_id)
    SELECT :org, case_id, batch_id, true, :policy, :as_of, facts_version, verdict, claimable,
           excess, limitation_expiry, failed, warned, missing, findings, CAST(:job AS uuid)
    FROM audited ORDER BY case_id
    RETURNING run_id, case_id, verdict, claimable, excess, limitation_expiry, failed
)
UPDATE cases c
SET run_id = s.run_id, verdict = s.verdict, claimable = s.claimable, excess = s.excess,
    limitation_expiry = s.limitation_expiry, failed = s.failed
FROM stored s WHERE c.org_id = :org AND c.case_id = s.case_id
"""
