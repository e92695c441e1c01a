"""Auditing cases in the database: a batch in chunks, or chosen cases anew.

Every run is one row: the numbers of its findings, and what the queue filters by. Moving cases from state to state is
the review's; these functions say which cases they audited, and whoever calls them moves those, and so brings the
results into the columns that the queue filters by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.audit.engine import CaseAudit, audit_cases
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.packing import pack
from reviewdesk.audit.policy import BUILT_IN, Policy
from reviewdesk.audit.relations import (
    HAS_RELATIONS,
    BatchFigures,
    Others,
    Relations,
    figures_of,
    keep_figures,
    related_of,
)
from reviewdesk.audit.versions.shelf import in_force, policy_of
from reviewdesk.clock import now, today
from reviewdesk.db import Work
from reviewdesk.intake.models import Batch
from reviewdesk.journal.service import record
from reviewdesk.vault import vault

BATCH_JOB: Final = "audit.batch"
CHUNK_JOB: Final = "audit.chunk"
AGAIN_JOB: Final = "audit.again"

WITHDRAWN: Final = ("taking_back", "taken_back")
"""The states of a batch whose audit is not begun or gone on with."""

CHUNKS: Final = 16
SMALLEST_CHUNK: Final = 250
LARGEST_CHUNK: Final = 4000


@dataclass(frozen=True, slots=True)
class Audited:
    """What came of auditing some cases: their ids in order, and how many got which verdict."""

    case_ids: tuple[int, ...]
    verdicts: dict[str, int]


def begin_batch(work: Work, batch_id: UUID) -> int:
    """Fix the policy and the day of a batch's audit, and ask for a job for each chunk of its received cases.

    Returns how many cases are to be audited. A batch whose audit was begun before keeps its policy and day; chunks
    that were asked for are not asked for again.
    """
    batch = _lock_batch(work, batch_id)
    if batch.state in WITHDRAWN:
        return 0
    batch.as_of = batch.as_of or today()
    batch.policy = batch.policy or in_force(work, batch.as_of)
    ids: list[int] = work.execute(_WAITING, org=work.org_id, batch=batch_id).scalar() or []
    if not ids:
        return 0
    record(
        work,
        "audit:batch:begin",
        ("batch", batch_id),
        new={"policy": batch.policy, "as_of": batch.as_of.isoformat(), "cases": len(ids)},
        batch_id=batch_id,
    )
    counted = figures_of(work, batch_id)
    batch.spread, figures = counted.spread, counted.as_json()
    keep_figures(work, batch_id, counted)
    for first, last in chunks_of(ids):
        args = {"batch_id": str(batch_id), "first": first, "last": last, "figures": figures}
        outbox.add(work, CHUNK_JOB, args, key=f"{batch_id}:{first}-{last}")
    return len(ids)


def chunks_of(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut ids in order into ranges, enough of them to keep several workers busy to the end."""
    size = min(LARGEST_CHUNK, max(SMALLEST_CHUNK, -(-len(ids) // CHUNKS)))
    for start in range(0, len(ids), size):
        part = ids[start : start + size]
        yield part[0], part[-1]


def audit_chunk(work: Work, batch_id: UUID, first: int, last: int, figures: dict[str, Any] | None = None) -> Audited:
    """Audit the cases of a batch in a range of ids that wait for their audit; others are left alone.

    `figures` are the batch's, as they were when its audit began; without them they are looked up here.
    """
    batch = work.session.get_one(Batch, (work.org_id, batch_id))
    if batch.state in WITHDRAWN:
        return Audited((), {})
    rows = _locked(
        work, "batch_id = :batch AND case_id BETWEEN :first AND :last", batch=batch_id, first=first, last=last
    )
    known = {batch_id: BatchFigures.from_json(figures)} if figures else {}
    policy = policy_of(work.org_id, batch.policy or BUILT_IN)
    return _audit(work, rows, policy, batch.as_of or today(), known)


def audit_again(
    work: Work, case_ids: Iterable[int], *, policy: str | None = None, as_of: date | None = None
) -> Audited:
    """Audit chosen cases that wait for their audit, as of a day (today) and under a policy (the one in force then).

    The runs before stay readable.

    Raises:
        NotFound: there is no such policy.
    """
    rows = _locked(work, "case_id = ANY(CAST(:ids AS bigint[]))", ids=sorted(set(case_ids)))
    day = as_of or today()
    return _audit(work, rows, policy_of(work.org_id, policy or in_force(work, day)), day, {})


def cases_of(work: Work, case_ids: Sequence[int], figures: dict[UUID, BatchFigures]) -> Iterator[tuple[Any, CaseFacts]]:
    """Chosen cases as an audit sees them, whatever their state, each with its row; `figures` remembers batches."""
    rows = work.execute(_READ.format(shares=HAS_RELATIONS), org=work.org_id, ids=list(case_ids)).all()
    yield from _cases(work, rows, figures, _relations(work, rows))


def finish_batch(work: Work, batch_id: UUID) -> bool:
    """Mark a batch as ready when no case of it waits for its audit. Returns whether this call did.

    Chunks that end at the same time wait for each other here, so exactly the last finds nothing left. While other
    chunks are to be done the cases need no look.
    """
    batch = _lock_batch(work, batch_id)
    if work.execute(
        _OTHER_CHUNKS, org=work.org_id, kind=CHUNK_JOB, keys=f"{batch_id}:%", me=work.actor.job_id
    ).scalar():
        return False
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
    """Lock a batch against others who change it, and not against chunks whose new rows refer to it.

    Two chunks that end together both refer to it already; a full lock would have each wait for the other.
    """
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    locked = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return work.session.scalars(locked).one()


def _locked(work: Work, condition: str, **values: Any) -> list[Any]:
    """The cases that wait for their audit, locked until the end of the transaction, with their files, ordered by id."""
    found: list[Any] = work.execute(
        _LOCK.format(condition=condition, shares=HAS_RELATIONS), org=work.org_id, **values
    ).all()
    return found


def _audit(
    work: Work,
    rows: list[Any],
    policy: Policy,
    as_of: date,
    figures: dict[UUID, BatchFigures],
) -> Audited:
    if not rows:
        return Audited((), {})
    ids = tuple(row.case_id for row in rows)
    runs, relations = _Runs(), _relations(work, rows)
    cases = (case for _, case in _cases(work, rows, figures, relations))
    for row, audit in zip(rows, audit_cases(cases, policy, as_of), strict=True):
        runs.add(row, audit, relations.others(row.case_id) if row.related else None)
    audited_before = [row.case_id for row in rows if row.run_id is not None]
    if audited_before:
        work.execute(_SUPERSEDE, org=work.org_id, ids=audited_before)
    seen = {batch_id: keep_figures(work, batch_id, figures[batch_id]) for batch_id in sorted(set(runs.batch_id))}
    _store(work, runs, policy, as_of, [seen[batch_id] for batch_id in runs.batch_id])
    verdicts = dict(Counter(runs.verdict))
    record(
        work,
        "audit:case:run",
        ("case", ids[0]) if len(ids) == 1 else ("batch", rows[0].batch_id),
        new={"policy": policy.name, "as_of": as_of.isoformat(), "verdicts": verdicts},
        case_id=ids[0] if len(ids) == 1 else None,
        batch_id=rows[0].batch_id,
        cases=None if len(ids) == 1 else ids,
    )
    return Audited(ids, verdicts)


def _relations(work: Work, rows: list[Any]) -> Relations:
    return Relations(work, [row.case_id for row in rows if row.related])


def _cases(
    work: Work, rows: list[Any], figures: dict[UUID, BatchFigures], relations: Relations
) -> Iterator[tuple[Any, CaseFacts]]:
    """The cases one after the other, unsealed only for as long as each is looked at."""
    opened, org_id = vault(), work.org_id
    for row in rows:
        if row.batch_id not in figures:
            figures[row.batch_id] = figures_of(work, row.batch_id)
        facts, personal = orjson.loads(row.facts), opened.unseal(row.sealed, org_id, row.case_id)
        related = related_of(
            relations.others(row.case_id),
            facts,
            has_phone=bool(personal.get("mobile")),
            has_address=row.has_address,
            batch=figures[row.batch_id],
        )
        yield row, CaseFacts.of(facts, personal, related)


@dataclass(slots=True)
class _Runs:
    """The runs of a chunk, column by column, as PostgreSQL takes them."""

    case_id: list[int] = field(default_factory=list)
    batch_id: list[UUID] = field(default_factory=list)
    facts_version: list[int] = field(default_factory=list)
    verdict: list[str] = field(default_factory=list)
    claimable: list[int | None] = field(default_factory=list)
    excess: list[int | None] = field(default_factory=list)
    limitation_expiry: list[date | None] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    findings: list[bytes] = field(default_factory=list)
    others: list[str | None] = field(default_factory=list)

    def add(self, row: Any, audit: CaseAudit, others: Others | None) -> None:
        """Add the run of one case; `others` is what other cases say of one that shares something with any."""
        self.case_id.append(row.case_id)
        self.batch_id.append(row.batch_id)
        self.facts_version.append(row.facts_version)
        self.verdict.append(audit.verdict)
        self.claimable.append(audit.claimable)
        self.excess.append(audit.excess)
        self.limitation_expiry.append(audit.limitation_expiry)
        self.failed.append(_array(audit.failed))
        self.warned.append(_array(audit.warned))
        self.missing.append(_array(audit.missing))
        self.findings.append(pack(audit.packed()))
        self.others.append(None if others is None else others.kept())


def _store(work: Work, runs: _Runs, policy: Policy, as_of: date, seen: list[int]) -> None:
    """Insert all runs in one statement; `seen` are the numbers of the figures that each saw."""
    values = {name: getattr(runs, name) for name in _Runs.__slots__} | {"seen": seen}
    values |= {"org": work.org_id, "policy": policy.name, "as_of": as_of, "job": work.actor.job_id}
    with work.cursor() as cursor:
        cursor.execute(_STORE, values)


def _array(ids: list[str]) -> str:
    """Ids of checks as PostgreSQL writes an array; they hold no character that needs quoting."""
    return "{" + ",".join(ids) + "}"


_WAITING = """
SELECT array_agg(case_id ORDER BY case_id) FROM cases
WHERE org_id = :org AND batch_id = :batch AND state IN ('received', 'auditing')
"""

# Files are fetched one by one by their key (OFFSET keeps the subquery whole): a table that was just filled has no
# statistics yet, and the planner would read all of it for each chunk.
_LOCK = """
WITH locked AS MATERIALIZED (
    SELECT case_id, batch_id, run_id FROM cases
    WHERE org_id = :org AND state IN ('received', 'auditing') AND {condition} ORDER BY case_id FOR UPDATE
)
SELECT locked.case_id, batch_id, run_id, facts, facts_version, sealed, has_address, related
FROM locked CROSS JOIN LATERAL (
    SELECT CAST(facts AS text) AS facts, facts_version, sealed, address_index IS NOT NULL AS has_address,
           ({shares}) AS related
    FROM case_files file
    WHERE org_id = :org AND case_id = locked.case_id OFFSET 0
) AS given
ORDER BY locked.case_id
"""

_READ = """
SELECT case_id, batch_id, CAST(facts AS text) AS facts, sealed, number, claimed,
       address_index IS NOT NULL AS has_address, ({shares}) AS related
FROM cases JOIN case_files file USING (org_id, case_id)
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) ORDER BY case_id
"""

_OTHER_CHUNKS = """
SELECT EXISTS (SELECT 1 FROM jobs WHERE org_id = :org AND kind = :kind AND key LIKE :keys AND state <> 'done'
               AND job_id IS DISTINCT FROM CAST(:me AS uuid))
"""

_SUPERSEDE = """
UPDATE audit_runs SET is_current = false
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND is_current
"""

_STORE = """
INSERT INTO audit_runs (org_id, case_id, batch_id, is_current, policy, as_of, facts_version, verdict, claimable, excess,
                        limitation_expiry, failed, warned, missing, findings, others, figures_id, job_id)
SELECT %(org)s, case_id, batch_id, true, %(policy)s, %(as_of)s, facts_version, verdict, claimable, excess,
       limitation_expiry, failed::text[], warned::text[], missing::text[], findings, others::jsonb, seen,
       %(job)s::uuid
FROM unnest(%(case_id)b::bigint[], %(batch_id)b::uuid[], %(facts_version)b::integer[], %(verdict)b::text[],
            %(claimable)b::bigint[], %(excess)b::bigint[], %(limitation_expiry)b::date[], %(failed)b::text[],
            %(warned)b::text[], %(missing)b::text[], %(findings)b::bytea[], %(others)b::text[], %(seen)b::bigint[])
     AS a(case_id, batch_id, facts_version, verdict, claimable, excess, limitation_expiry, failed, warned, missing,
          findings, others, seen)
"""
