"""How long the copy without its password lives that is kept of a protected workbook: no longer than its batch needs it.

It is deleted when the import is stopped or cancelled, when the batch is taken back, when nothing of it is left to be
mended, and after `KEEP_DAYS` in any case, as when an import failed. The original stays, protected as it came.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from reviewdesk.actor import system
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.spare import drop_if_free
from reviewdesk.journal.service import record

KEEP_DAYS: Final = 7

LIVE: Final = ("uploaded", "mapping", "loading", "auditing", "ready", "taking_back")
"""The states of a batch that may still be read."""


def release(work: Work, batch: Batch, *, since: datetime | None = None) -> bool:
    """Delete the unlocked copy of a batch's workbook after the commit, unless another batch lives on the same file.

    Batches from before `since` do not count as living. Returns whether the copy goes.
    """
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id), with_for_update=True)
    if file.unlocked_path is None or _is_used(work, batch, since):
        return False
    path, file.unlocked_path = file.unlocked_path, None
    work.session.flush()
    record(
        work,
        "intake:file:forget_unlocked",
        ("file", file.file_id),
        new={"sha256": file.sha256, "state": batch.state},
        batch_id=batch.batch_id,
    )
    drop_if_free(work, file.org_id, [path])
    return True


def release_if_whole(work: Work, batch: Batch) -> None:
    """Delete the unlocked copy of a loaded batch of which nothing is left to be mended."""
    counts = batch.counts
    if not counts.get("rejected") and not counts.get("beside_wrong") and not _is_waiting(work, batch):
        release(work, batch)


_WAITING = """
SELECT EXISTS (SELECT 1 FROM side_rows WHERE org_id = :org AND batch_id = :batch
               AND (outcome IN ('rejected', 'mended') OR outcome = 'dismissed' AND NOT left_out))
"""


def _is_waiting(work: Work, batch: Batch) -> bool:
    """Whether rows of side sheets are still to be mended or joined."""
    work.session.flush()
    return bool(work.execute(_WAITING, org=batch.org_id, batch=batch.batch_id).scalar())


def _is_used(work: Work, batch: Batch, since: datetime | None) -> bool:
    """Whether another batch of the same file may still read it."""
    others = select(func.count()).where(
        Batch.org_id == batch.org_id,
        Batch.file_id == batch.file_id,
        Batch.batch_id != batch.batch_id,
        Batch.state.in_(LIVE),
    )
    if since is not None:
        others = others.where(Batch.created_at >= since)
    return bool(work.session.scalar(others))


def forget_old(org_id: UUID) -> int:
    """Delete an organisation's unlocked copies that are older than `KEEP_DAYS`; returns how many."""
    since = now() - timedelta(days=KEEP_DAYS)
    with unit_of_work(system(org_id)) as work:
        of_file = (StoredFile.org_id == Batch.org_id) & (StoredFile.file_id == Batch.file_id)
        old = (
            select(Batch)
            .join(StoredFile, of_file)
            .where(Batch.org_id == org_id, StoredFile.unlocked_path.is_not(None), Batch.created_at < since)
        )
        return sum(release(work, batch, since=since) for batch in work.session.scalars(old).all())
