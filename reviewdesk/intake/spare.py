"""Files of the store that nothing refers to: refused, cancelled, let go, or left by a job that failed.

Who stores files holds the store of the organisation until the rows that refer to them are committed. Deleting takes
the store for a moment while nobody holds it, and asks anew what is needed: a file that somebody else stores at the same
time, or has just committed, stays. What could not be deleted at once is found by `sweep`.
"""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import select

from reviewdesk.actor import system
from reviewdesk.db import Work, unit_of_work
from reviewdesk.intake import storage
from reviewdesk.intake.models import Attachment, EvidenceUpload, StoredFile

AT_ONCE: Final = 500
"""Files of the store that are looked at together."""


def hold(work: Work) -> None:
    """Keep every file of the organisation until the end of the transaction, whether or not anything refers to it."""
    work.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 2))", key=str(work.org_id))


def drop_if_free(work: Work, org_id: UUID, paths: Collection[str]) -> None:
    """Delete stored files after the commit if nothing refers to them: what is the same is kept once."""

    def drop() -> None:
        _drop(org_id, paths)

    if paths:
        work.after_commit(drop)


def sweep(org_id: UUID) -> int:
    """Delete an organisation's stored files that nothing refers to; returns how many.

    While anybody stores files it does nothing: they might be the same ones, or their rows still to come.
    """
    paths, dropped = storage.stored(org_id), 0
    while some := list(islice(paths, AT_ONCE)):
        dropped += _drop(org_id, some)
    return dropped


def _drop(org_id: UUID, paths: Collection[str]) -> int:
    with unit_of_work(system(org_id)) as work:
        free = work.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 2))", key=str(org_id)).scalar()
        spare = set(paths) - _needed(work, org_id, paths) if free else set()
        for path in spare:
            storage.drop(path)
    return len(spare)


def _needed(work: Work, org_id: UUID, paths: Iterable[str]) -> set[str]:
    """Those among some stored files that something refers to."""
    asked = list(paths)
    columns = (StoredFile.path, StoredFile.unlocked_path, Attachment.path)
    found = {
        path
        for column in columns
        for path in work.session.scalars(select(column).where(column.class_.org_id == org_id, column.in_(asked)))
        if path is not None
    }
    waiting = select(EvidenceUpload.sent).where(EvidenceUpload.org_id == org_id, EvidenceUpload.state == "waiting")
    return found | {one["path"] for sent in work.session.scalars(waiting) for one in sent}
