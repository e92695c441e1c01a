"""What an administrator may do to jobs."""

from uuid import UUID

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Text
from reviewdesk.journal.service import record


def retry_job(actor: Actor, job_id: UUID) -> None:
    """Give a failed job a fresh set of attempts.

    Raises:
        Conflict: it is not a failed job of this organisation, or somebody was faster.
    """
    with unit_of_work(actor) as work:
        if not outbox.retry(work, job_id):
            raise Conflict("job_not_failed", Text("该作业不在失败状态", "This job has not failed"))
        record(work, "web:job:retry", ("job", job_id))
