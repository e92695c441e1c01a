"""What RQ runs: `run` claims a job's row and calls the stage that the job's kind names."""

from typing import Any
from uuid import UUID

from reviewdesk import outbox
from workers.pipeline import JOBS


def run(job_id: str) -> None:
    """Run one job if it is still due; it may be called twice for the same job without harm."""
    held = outbox.claim(UUID(job_id))
    if held is not None:
        outbox.perform(held, JOBS[held.kind])


def sweep() -> dict[str, Any]:
    """Ring for the jobs that nobody works on."""
    return {"rung": outbox.sweep()}
