"""Cancelling an import: at once while nobody works on it, else by asking its job, which notices between slices.

A running import holds its batch locked, so the wish is left with the job. The job rolls back what it loaded and ends
the batch itself; where it was done before it noticed, the batch is loaded and can be taken back.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, NotAllowed, Refusal, Text
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.endings import end_cancelled
from reviewdesk.intake.models import Batch

CANCELLABLE: Final = ("uploaded", "mapping", "loading")
ROLES: Final = ("uploader", "senior_reviewer")


def cancel(actor: Actor, batch_id: UUID) -> Batch:
    """Cancel an import. Asking twice does nothing twice.

    The answered batch is `cancelled` at once where no job works on it; else its job ends it soon.

    Raises:
        NotFound: the organisation has no such batch.
        NotAllowed: the actor is neither uploader nor senior reviewer.
        Conflict: `batch.state`, when nothing is left to cancel.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id, "intake:batch:cancel")
        if not actor.has(*ROLES):
            raise NotAllowed(
                "batch.cancel_not_allowed",
                Text("只有资料员和高级审核员可以取消导入。", "Only uploaders and senior reviewers cancel an import."),
                refusal=Refusal("intake:batch:cancel", ("batch", str(batch_id)), batch_id=str(batch_id)),
            )
        free = _lock_if_free(work, batch_id)
        if (free or batch).state == "cancelled":
            return batch
        if free is not None and free.state in CANCELLABLE:
            end_cancelled(work, free, actor.name)
            return free
        if free is not None or not outbox.ask_to_stop(work, ("intake.look", "intake.load"), batch_id):
            raise Conflict(
                "batch.state",
                Text("这个批次没有正在进行的导入。", "This batch has no import under way."),
                state=(free or batch).state,
            )
    return batch


def _lock_if_free(work: Work, batch_id: UUID) -> Batch | None:
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    locked = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return work.session.scalar(locked)
