"""What must run, as rows: added in the transaction of the change that asks for it, and the only truth about a job.

Redis is a doorbell. After the commit `ring` puts a job into RQ; a sweeper rings again for every row that nobody works
on, so a flushed Redis or a killed worker delays a job and loses none. A worker *claims* the row (a lease that it keeps
renewing), and the job's own transaction marks it done, so a job takes effect once, however often it was started.
"""

import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Several
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job as RqJob
from rq.job import JobStatus
from sqlalchemy import BigInteger, Index, Sequence, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from reviewdesk.actor import Actor, system
from reviewdesk.clock import now
from reviewdesk.db import Model, Tenant, Work, metadata, new_id, unit_of_work
from reviewdesk.errors import Conflict, ReviewDeskError, Text

log = logging.getLogger(__name__)

QUEUE = "work"
RUNNER = "workers.jobs.run"

job_order = Sequence("job_order", metadata=metadata)


class Job(Tenant, Model):
    """Something that must run. `state`: pending, running, done, failed.

    `key` makes adding idempotent: the same kind and key is added once. `claim` is the token of the worker that holds
    the lease; only its holder may finish the job. `stop_asked` is the name of who wants a running job to give up.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("uq_jobs_key", "org_id", "kind", "key", unique=True),
        Index("ix_jobs_open", "state", "run_after", postgresql_where="state IN ('pending', 'running')"),
        Index("ix_jobs_created", "org_id", "created_at"),
    )

    job_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    key: Mapped[str | None]
    args: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="pending")
    number: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('job_order')"))
    attempts: Mapped[int] = mapped_column(server_default="0")
    run_after: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_until: Mapped[datetime | None]
    claim: Mapped[UUID | None]
    progress: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    stop_asked: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


@dataclass(slots=True)
class Claim:
    """A job in this worker's hands, until its lease lapses."""

    job_id: UUID
    org_id: UUID
    kind: str
    args: dict[str, Any]
    actor: Actor
    attempts: int
    token: UUID
    progress: dict[str, Any] = field(default_factory=dict)

    def report(self, **progress: Any) -> None:
        """Say how far the job is, as plain JSON values; the next heartbeat writes it down."""
        self.progress = {**self.progress, **progress}


WORKER_DIED = Conflict(
    "job.worker_died",
    Text("执行此任务的进程每次都意外终止", "Every worker that ran this job died while it ran"),
)


class LeaseLost(Exception):
    """Another worker took the job up; this one's work is rolled back."""


JobFunction = Callable[[Work, dict[str, Any], Callable[..., None]], None]


def add(work: Work, kind: str, args: dict[str, Any], *, key: str | None = None) -> UUID | None:
    """Ask, in the transaction of the change, that a job be run after it.

    Returns the job's id, or None when a job of this kind and key was already asked for.
    """
    job_id = new_id()
    added = work.execute(
        "INSERT INTO jobs (org_id, job_id, kind, key, args, actor) "
        "VALUES (:org, :job, :kind, :key, CAST(:args AS jsonb), CAST(:actor AS jsonb)) "
        "ON CONFLICT (org_id, kind, key) DO NOTHING RETURNING job_id",
        org=work.org_id,
        job=job_id,
        kind=kind,
        key=key,
        args=orjson.dumps(args).decode(),
        actor=orjson.dumps(work.actor.to_json()).decode(),
    ).scalar()
    if added is None:
        return None
    work.after_commit(lambda: ring(job_id, 0))
    return job_id


def ring(job_id: UUID, attempts: int) -> None:
    """Put a job into RQ, once for each attempt. When Redis does not answer the sweeper rings later."""
    try:
        _enqueue(Queue(QUEUE, connection=redis()), job_id, attempts)
    except RedisError:
        log.warning("Redis does not answer; job %s waits for the sweeper", job_id)


def sweep() -> int:
    """Ring for every job that is due and in nobody's hands: lost, retried, or its worker died. Returns how many.

    A job that has cost as many workers their lives as it may be tried is not rung for again, but shown as failed.
    """
    with unit_of_work(system(), duty="jobs") as work:
        work.execute(
            "UPDATE jobs SET state = 'failed', claim = NULL, lease_until = NULL, finished_at = clock_timestamp(), "
            "error = CAST(:error AS jsonb) "
            "WHERE state = 'running' AND lease_until < clock_timestamp() AND attempts >= :most",
            error=orjson.dumps(_described(WORKER_DIED)).decode(),
            most=current_app.extensions["reviewdesk.settings"].job_attempts,
        )
        due = work.execute(
            "SELECT job_id, attempts FROM jobs WHERE run_after <= clock_timestamp() "
            "AND (state = 'pending' OR (state = 'running' AND lease_until < clock_timestamp())) "
            "ORDER BY number LIMIT 10000"
        ).all()
    queue = Queue(QUEUE, connection=redis())
    for job_id, attempts in due:
        _enqueue(queue, job_id, attempts)
    return len(due)


def _enqueue(queue: Queue, job_id: UUID, attempts: int) -> None:
    rq_id = f"{job_id}-{attempts}"
    try:
        queue.enqueue_call(RUNNER, args=(str(job_id),), job_id=rq_id, unique=True, result_ttl=0, timeout=-1)
    except DuplicateJobError:
        if _rings_in_vain(rq_id, queue.connection):
            RqJob(rq_id, connection=queue.connection).delete()
            queue.enqueue_call(RUNNER, args=(str(job_id),), job_id=rq_id, unique=True, result_ttl=0, timeout=-1)


def _rings_in_vain(rq_id: str, connection: Redis) -> bool:
    """Whether RQ knows the job and will not run it: its worker died, or its entry failed before the claim."""
    try:
        status = RqJob.fetch(rq_id, connection=connection).get_status()
    except NoSuchJobError:
        return True
    return status not in {JobStatus.QUEUED, JobStatus.STARTED} or (
        status == JobStatus.STARTED and _stale(rq_id, connection)
    )


def _stale(rq_id: str, connection: Redis) -> bool:
    started = RqJob.fetch(rq_id, connection=connection).started_at
    return started is None or now() - started > timedelta(seconds=_lease_seconds())


def claim(job_id: UUID) -> Claim | None:
    """Take a due job up under a fresh lease, or return None when it is done, failed, not due or in other hands."""
    token = new_id()
    with unit_of_work(system(), duty="jobs") as work:
        row = work.execute(
            "UPDATE jobs SET state = 'running', claim = :token, attempts = attempts + 1, "
            "started_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => :lease) "
            "WHERE job_id = :job AND run_after <= clock_timestamp() "
            "AND (state = 'pending' OR (state = 'running' AND lease_until < clock_timestamp())) "
            "RETURNING org_id, kind, args, actor, attempts",
            job=job_id,
            token=token,
            lease=_lease_seconds(),
        ).first()
    if row is None:
        return None
    actor = Actor.from_json(row.actor).as_job(job_id)
    return Claim(job_id, row.org_id, row.kind, row.args, actor, row.attempts, token)


def perform(held: Claim, function: JobFunction) -> None:
    """Run a claimed job in one transaction that also marks it done, renewing its lease meanwhile.

    An error rolls everything back and is written into the row: it is tried again later, or shown as failed.
    """
    try:
        with _renewing(held) as stop, unit_of_work(held.actor) as work:
            function(work, held.args, held.report)
            stop()
            _finish(work, held)
    except LeaseLost:
        log.warning("job %s was taken up by another worker", held.job_id)
    except Exception as error:
        log.error("job %s %s failed: %s", held.kind, held.job_id, _where(error))
        _fail(held, error)


@contextmanager
def _renewing(held: Claim) -> Iterator[Callable[[], None]]:
    """Renew the lease and write the progress down, from a thread, until stopped."""
    done = threading.Event()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def beat() -> None:
        shown: dict[str, Any] = {}
        ticks = 0
        while not done.wait(1.0):
            ticks += 1
            if held.progress != shown or ticks % max(1, _lease_seconds() // 4) == 0:
                shown = held.progress
                _renew(held)

    def run() -> None:
        with app.app_context():
            beat()

    thread = threading.Thread(target=run, name="lease", daemon=True)
    thread.start()

    def stop() -> None:
        done.set()
        thread.join()

    try:
        yield stop
    finally:
        stop()


def _renew(held: Claim) -> None:
    with unit_of_work(held.actor) as work:
        work.execute(
            "UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => :lease), "
            "progress = CAST(:progress AS jsonb) WHERE job_id = :job AND claim = :token AND state = 'running'",
            job=held.job_id,
            token=held.token,
            lease=_lease_seconds(),
            progress=orjson.dumps(held.progress).decode(),
        )


def _finish(work: Work, held: Claim) -> None:
    mine = work.execute(
        "UPDATE jobs SET state = 'done', finished_at = clock_timestamp(), lease_until = NULL, error = NULL, "
        "progress = CAST(:progress AS jsonb) WHERE job_id = :job AND claim = :token AND state = 'running'",
        job=held.job_id,
        token=held.token,
        progress=orjson.dumps(held.progress).decode(),
    ).rowcount
    if mine != 1:
        raise LeaseLost


def _fail(held: Claim, error: Exception) -> None:
    settings = current_app.extensions["reviewdesk.settings"]
    final = isinstance(error, ReviewDeskError) or held.attempts >= settings.job_attempts
    wait = settings.job_backoff_seconds * 2 ** (held.attempts - 1)
    with unit_of_work(held.actor) as work:
        work.execute(
            "UPDATE jobs SET state = CAST(:state AS text), error = CAST(:error AS jsonb), "
            "lease_until = NULL, claim = NULL, run_after = clock_timestamp() + make_interval(secs => :wait), "
            "finished_at = CASE WHEN CAST(:state AS text) = 'failed' THEN clock_timestamp() END "
            "WHERE job_id = :job AND claim = :token AND state = 'running'",
            job=held.job_id,
            token=held.token,
            state="failed" if final else "pending",
            wait=wait,
            error=orjson.dumps(_described(error)).decode(),
        )


def retry(work: Work, job_id: UUID) -> bool:
    """Give a failed job a fresh set of attempts; False when it is not a failed job of this organisation."""
    found = work.execute(
        "UPDATE jobs SET state = 'pending', attempts = 0, run_after = clock_timestamp(), error = NULL, "
        "finished_at = NULL, stop_asked = NULL WHERE job_id = :job AND state = 'failed' RETURNING job_id",
        job=job_id,
    ).scalar()
    if found is not None:
        work.after_commit(lambda: ring(job_id, 0))
    return found is not None


def ask_to_stop(work: Work, kinds: Several[str], batch_id: UUID) -> int:
    """Ask the open jobs of these kinds on a batch to give up, which they notice in time; returns how many."""
    asked: int = work.execute(
        "UPDATE jobs SET stop_asked = :by WHERE org_id = :org AND kind = ANY(CAST(:kinds AS text[])) "
        "AND state IN ('pending', 'running') AND args ->> 'batch_id' = :batch",
        by=work.actor.name,
        org=work.org_id,
        kinds=list(kinds),
        batch=str(batch_id),
    ).rowcount
    return asked


def ask_this_to_stop(work: Work, job_id: UUID) -> bool:
    """Ask one open job to give up, which it notices in time; False when it is open no longer."""
    asked: int = work.execute(
        "UPDATE jobs SET stop_asked = :by WHERE org_id = :org AND job_id = :job AND state IN ('pending', 'running')",
        by=work.actor.name,
        org=work.org_id,
        job=job_id,
    ).rowcount
    return asked == 1


def who_asked_to_stop(actor: Actor) -> str | None:
    """The name of who asked the job that acts here to give up; read outside the job's own transaction."""
    with unit_of_work(actor) as work:
        asked: str | None = work.execute(
            "SELECT stop_asked FROM jobs WHERE org_id = :org AND job_id = :job", org=work.org_id, job=actor.job_id
        ).scalar()
    return asked


def _described(error: Exception) -> dict[str, Any]:
    """An error for the operations page. Only our own messages are kept: a driver's may quote a borrower's data."""
    if isinstance(error, ReviewDeskError):
        return {"code": error.code, "message": error.text.as_json()}
    return {"code": type(error).__name__, "where": _where(error)}


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    path = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {path}"


def redis() -> Redis:
    """The connection to Redis of the running application."""
    connection: Redis = current_app.extensions["reviewdesk.redis"]
    return connection


def _lease_seconds() -> int:
    seconds: int = current_app.extensions["reviewdesk.settings"].lease_seconds
    return seconds
