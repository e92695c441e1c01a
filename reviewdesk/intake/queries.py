"""Reads of the intake stage: batches, how far an import is, and the rows that were not loaded."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import undefer

from reviewdesk.clock import now
from reviewdesk.db import Work
from reviewdesk.errors import bad_cursor
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.known import UPDATE_EVENT
from reviewdesk.intake.models import Batch, Case, SavedMapping, SheetRow, StoredFile
from reviewdesk.journal.words import Change, changes
from reviewdesk.outbox import Job

BATCHES_PER_PAGE = 30
ROWS_PER_PAGE = 50
SHOWN_ASIDE = 8
MEND_JOB = "intake.mend"
"""The job that reads a large mended workbook."""
ANSWER_JOB = "intake.answer"
"""The job that reads rows again which waited for an answer."""


def list_batches(work: Work, *, after: str | None = None, size: int = BATCHES_PER_PAGE) -> list[Batch]:
    """The organisation's batches, newest first, one more than `size` where there is one.

    Raises:
        Invalid: `after` is no cursor of ours.
    """
    wanted = select(Batch).where(Batch.org_id == work.org_id)
    if after is not None:
        wanted = wanted.where(tuple_(Batch.created_at, Batch.batch_id) < _read_cursor(after))
    ordered = wanted.order_by(Batch.created_at.desc(), Batch.batch_id.desc())
    return list(work.session.scalars(ordered.limit(size + 1)))


def cursor_of(batch: Batch) -> str:
    """A batch's place in the list."""
    return f"{batch.created_at.isoformat()}_{batch.batch_id}"


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    moment, _sep, batch_id = cursor.partition("_")
    try:
        return datetime.fromisoformat(moment), UUID(batch_id)
    except ValueError as error:
        raise bad_cursor() from error


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job, of this `kind`, is that reads or loads a batch.

    `rate` in rows a second and `seconds_left` of the present phase, where they are known; `stopping` when somebody
    asked the job to give up.
    """

    job_id: UUID
    kind: str
    state: str
    phase: str
    done: int
    total: int
    rate: int | None
    seconds_left: int | None
    stopping: bool
    attempts: int
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Detail:
    """A batch with its file, the version of its mapping, its job, and how many of its cases are audited."""

    batch: Batch
    file: StoredFile
    mapping_version: int | None
    progress: Progress | None
    audited: int


def detail(work: Work, batch_id: UUID) -> Detail:
    """Everything the batch page and the API show of a batch but its rows.

    Raises:
        NotFound: the organisation has no such batch.
    """
    batch = find_batch(work, batch_id)
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    version = None
    if batch.mapping_id is not None:
        version = work.session.get_one(SavedMapping, (batch.org_id, batch.mapping_id)).version
    audited = _audited(work, batch) if batch.state == "auditing" else int(batch.counts.get("loaded", 0))
    return Detail(batch, file, version, progress_of(work, batch), audited)


def audit_left(found: "Detail") -> int | None:
    """Seconds until the batch is audited, at the pace so far; None where nothing can be said yet."""
    loaded, begun = int(found.batch.counts.get("loaded", 0)), found.batch.loaded_at
    if begun is None or not found.audited or found.batch.state != "auditing":
        return None
    return ceil((loaded - found.audited) * (now() - begun).total_seconds() / found.audited)


def _audited(work: Work, batch: Batch) -> int:
    wanted = select(func.count()).where(
        Case.org_id == batch.org_id, Case.batch_id == batch.batch_id, Case.state.not_in(("received", "auditing"))
    )
    return work.session.scalar(wanted) or 0


def progress_of(work: Work, batch: Batch) -> Progress | None:
    """How far the batch's own job is; None when it has none yet."""
    wanted = select(Job).where(Job.org_id == batch.org_id)
    if batch.state == "taking_back":
        wanted = wanted.where(Job.kind == "review.take_back", Job.key == str(batch.batch_id))
    elif batch.load_job is not None:
        wanted = wanted.where(Job.job_id == batch.load_job)
    else:
        wanted = wanted.where(Job.kind == "intake.look", Job.key == str(batch.batch_id))
    job = work.session.scalar(wanted)
    return None if job is None else _progress(job)


def receiving(work: Work, batch: Batch) -> Progress | None:
    """How far the mended workbook is that a worker reads, or the rows that waited for an answer.

    None when nothing is read, and the last did not fail.
    """
    wanted = select(Job).where(
        Job.org_id == batch.org_id,
        Job.kind.in_((MEND_JOB, ANSWER_JOB)),
        Job.args["batch_id"].astext == str(batch.batch_id),
    )
    job = work.session.scalar(wanted.order_by(Job.number.desc()).limit(1))
    return None if job is None or job.state == "done" else _progress(job)


def progress_of_job(work: Work, job_id: UUID) -> Progress | None:
    """How far a job of the organisation is."""
    job = work.session.get(Job, (work.org_id, job_id), populate_existing=True)
    return None if job is None else _progress(job)


def progress_of_key(work: Work, kind: str, key: str) -> Progress | None:
    """How far the organisation's job of this kind and key is."""
    wanted = select(Job).where(Job.org_id == work.org_id, Job.kind == kind, Job.key == key)
    job = work.session.scalar(wanted.execution_options(populate_existing=True))
    return None if job is None else _progress(job)


def _progress(job: Job) -> Progress:
    done, total = int(job.progress.get("done", 0)), int(job.progress.get("total", 0))
    rate = _rate(job, done) if job.state == "running" else None
    left = ceil((total - done) / rate) if rate and total > done else None
    phase = str(job.progress.get("phase", ""))
    whole = None if rate is None else max(1, round(rate))
    stopping = job.stop_asked is not None
    return Progress(job.job_id, job.kind, job.state, phase, done, total, whole, left, stopping, job.attempts, job.error)


def _rate(job: Job, done: int) -> float | None:
    """Rows a second since the job's present phase began; None where nothing can be said yet."""
    since = job.progress.get("since")
    begun = datetime.fromisoformat(since) if since else job.started_at
    seconds = (now() - begun).total_seconds() if begun else 0.0
    return done / seconds if done and seconds > 0 else None


# --- the rows that were not loaded -----------------------------------------------------------------------------------


def rejected_rows(
    work: Work,
    batch_id: UUID,
    *,
    code: str | None = None,
    after: int | None = None,
    size: int = ROWS_PER_PAGE,
    outcome: str = "rejected",
) -> list[SheetRow]:
    """Rejected rows in the order of the sheet, one more than `size` where there is one; `after` is a row's number.

    They come with their sealed cells. `outcome` may be `dismissed` instead.
    """
    wanted = select(SheetRow).where(
        SheetRow.org_id == work.org_id, SheetRow.batch_id == batch_id, SheetRow.outcome == outcome
    )
    if code is not None:
        wanted = wanted.where(SheetRow.codes.contains([code]))
    if after is not None:
        wanted = wanted.where(SheetRow.row > after)
    return list(work.session.scalars(wanted.options(undefer(SheetRow.sealed)).order_by(SheetRow.row).limit(size + 1)))


def code_counts(work: Work, batch_id: UUID) -> list[tuple[str, int]]:
    """How many rows each error code has, the most frequent first."""
    rows = work.execute(
        "SELECT code, count(*) FROM sheet_rows, unnest(codes) AS code "
        "WHERE org_id = :org AND batch_id = :batch AND outcome = 'rejected' GROUP BY code ORDER BY 2 DESC, 1",
        org=work.org_id,
        batch=batch_id,
    )
    return [(code, number) for code, number in rows]


def rows_set_aside(work: Work, batch_id: UUID) -> dict[str, list[int]]:
    """The first rows that are no accounts, by reason."""
    rows = work.execute(
        "SELECT reason, row FROM (SELECT reason, row, row_number() OVER (PARTITION BY reason ORDER BY row) AS place "
        "FROM sheet_rows WHERE org_id = :org AND batch_id = :batch AND outcome = 'set_aside') AS aside "
        "WHERE place <= :most ORDER BY reason, row",
        org=work.org_id,
        batch=batch_id,
        most=SHOWN_ASIDE,
    )
    found: dict[str, list[int]] = {}
    for reason, row in rows:
        found.setdefault(reason, []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class Renewal:
    """A case whose facts an import renewed: old and new values, personal ones masked; `changes` says them in words."""

    event_id: int
    case_id: int
    number: str
    old: dict[str, Any]
    new: dict[str, Any]

    @property
    def changes(self) -> list[Change]:
        """What changed, a fact each."""
        return [change for change in changes(self.old, self.new) if change.key != "fields"]


def renewals(work: Work, batch_id: UUID, *, after: int | None = None, size: int = ROWS_PER_PAGE) -> list[Renewal]:
    """The cases that a batch renewed, in order, one more than `size` where there is one; `after` is an event's id."""
    rows = work.execute(
        "SELECT e.event_id, e.case_id, c.number, e.old, e.new FROM events e "
        "JOIN cases c ON c.org_id = e.org_id AND c.case_id = e.case_id "
        "WHERE e.org_id = :org AND e.batch_id = :batch AND e.action = :action AND e.event_id > :after "
        "ORDER BY e.event_id LIMIT :most",
        org=work.org_id,
        batch=batch_id,
        action=UPDATE_EVENT,
        after=after or 0,
        most=size + 1,
    )
    return [Renewal(**row._mapping) for row in rows]
