"""Imports that end without a case: stopped for a reason, or cancelled."""

from typing import Any

from reviewdesk.db import Work
from reviewdesk.errors import Text
from reviewdesk.intake.models import Batch
from reviewdesk.intake.unlocked import release
from reviewdesk.journal.service import record


def stop(work: Work, batch: Batch, problem: dict[str, Any]) -> None:
    """End an import that cannot go on, saying why."""
    old = batch.state
    batch.state = "stopped"
    batch.problem = problem
    batch.version += 1
    record(
        work,
        "intake:batch:stop",
        ("batch", batch.batch_id),
        old={"state": old},
        new={"state": "stopped", "problem": problem},
        batch_id=batch.batch_id,
    )
    release(work, batch)


def end_cancelled(work: Work, batch: Batch, by: str) -> None:
    """End a batch as cancelled; `by` is the name of who asked for it."""
    old, batch.state, batch.version = batch.state, "cancelled", batch.version + 1
    message = Text(f"{by} 取消了导入，没有导入任何一行。", f"{by} cancelled the import; nothing was imported.")
    batch.problem = {"code": "batch.cancelled", "message": message.as_json()}
    record(
        work,
        "intake:batch:cancel",
        ("batch", batch.batch_id),
        old={"state": old},
        new={"state": "cancelled", "by": by},
        batch_id=batch.batch_id,
    )
    release(work, batch)
