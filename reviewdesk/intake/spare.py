"""Files of the store that nothing refers to: refused, cancelled, let go, or left by a job that failed.

Who stores a file holds its shelf, the folder that begins with the same two digits of the digest, until the rows that
refer to it are committed. Deleting takes a shelf for a moment while nobody holds it, and asks anew what is needed: a
file that somebody else stores at the same time, or has just committed, stays. What could not be deleted at once is
found by `sweep`, once it is a day old.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import IO, Final
from uuid import UUID

from sqlalchemy import select

from reviewdesk.actor import system
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.intake import storage
from reviewdesk.intake.models import Attachment, EvidenceUpload, StoredFile

AT_ONCE: Final = 500
"""Files of the store that are looked at together."""

LEAST_AGE: Final = timedelta(days=1)
"""How long a file must lie in the store before the sweep deletes it."""


def keep(work: Work, stream: IO[bytes]) -> storage.Kept:
    """Put a file into the store, and keep it there until the end of the transaction; errors as for `storage.keep`."""
    return storage.keep(stream, work.org_id, partial(hold, work))


def hold(work: Work, path: str) -> None:
    """Keep a stored file until the end of the transaction, whether or not anything refers to it."""
    work.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 2))", key=_shelf_of(path))


def drop_if_free(work: Work, org_id: UUID, paths: Collection[str]) -> None:
    """Delete stored files after the commit if nothing refers to them: what is the same is kept once."""

    def drop() -> None:
        _drop(org_id, paths)

    if paths:
        work.after_commit(drop)


def sweep(org_id: UUID) -> int:
    """Delete an organisation's stored files that nothing refers to and that have their least age; returns how many.

    It waits for nobody and keeps nobody waiting: what lies on a shelf on which somebody stores files stays for the
    next time.
    """
    paths, dropped = storage.stored(org_id), 0
    while some := list(islice(paths, AT_ONCE)):
        with unit_of_work(system(org_id)) as work:
            unused = set(some) - _needed(work, org_id, some)
        dropped += _drop(org_id, [path for path in unused if _is_old(path)])
    return dropped


def sweep_unfinished() -> int:
    """Delete files that never came into the store and that nobody wrote to for the least age; returns how many."""
    return storage.drop_scratch(now() - LEAST_AGE)


def _is_old(path: str) -> bool:
    try:
        return now() - storage.settled_at(path) >= LEAST_AGE
    except FileNotFoundError:  # somebody else has deleted it
        return False


def _drop(org_id: UUID, paths: Iterable[str]) -> int:
    shelves = defaultdict[str, set[str]](set)
    for path in paths:
        shelves[_shelf_of(path)].add(path)
    return sum(_drop_from(shelf, org_id, lying) for shelf, lying in shelves.items())


def _drop_from(shelf: str, org_id: UUID, paths: set[str]) -> int:
    with unit_of_work(system(org_id)) as work:
        free = work.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 2))", key=shelf).scalar()
        spare = paths - _needed(work, org_id, paths) if free else set()
        for path in spare:
            storage.drop(path)
    return len(spare)


def _shelf_of(path: str) -> str:
    return str(PurePosixPath(path).parent)


def _needed(work: Work, org_id: UUID, paths: Iterable[str]) -> set[str]:
    """Those among some stored files that something refers to.

    Uploads that wait are asked first: what is attached meanwhile is found there or, a moment later, among the attached.
    """
    asked = list(paths)
    waiting = select(EvidenceUpload.sent).where(EvidenceUpload.org_id == org_id, EvidenceUpload.state == "waiting")
    found = {one["path"] for sent in work.session.scalars(waiting) for one in sent}
    for column in (StoredFile.path, StoredFile.unlocked_path, Attachment.path):
        of_org = select(column).where(column.class_.org_id == org_id, column.in_(asked))
        found |= {path for path in work.session.scalars(of_org) if path is not None}
    return found
