"""What RQ runs: `run` claims a job's row and calls the stage that the job's kind names."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from reviewdesk import outbox
from reviewdesk.accounts.service import every_organisation
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake import spare, unlocked
from reviewdesk.review import lapsing
from workers.pipeline import JOBS


def run(job_id: str) -> None:
    """Run one job if it is still due; it may be called twice for the same job without harm."""
    held = outbox.claim(UUID(job_id))
    if held is not None:
        outbox.perform(held, JOBS.get(held.kind, _unknown))


def _unknown(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
    """A job of a kind that this version of the program does not know, left by a newer or an older one."""
    raise Invalid("job.unknown_kind", Text("本版本程序没有此类任务", "This version of the program knows no such job"))


def forget_unlocked() -> dict[str, Any]:
    """Delete the unlocked copies of protected workbooks that are too old."""
    return {"forgotten": sum(unlocked.forget_old(org_id) for org_id, _name in every_organisation())}


def forget_spare() -> dict[str, Any]:
    """Delete files of the store that nothing refers to, and what was left half written."""
    swept = sum(spare.sweep(org_id) for org_id, _name in every_organisation())
    return {"forgotten": swept, "unfinished": spare.sweep_unfinished()}


def sweep() -> dict[str, Any]:
    """Ring for the jobs that nobody works on."""
    return {"rung": outbox.sweep()}


def lapse() -> dict[str, Any]:
    """Let findings count again that were silenced until a day that has passed."""
    return {"ended": lapsing.sweep()}
