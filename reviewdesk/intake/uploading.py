"""Uploading a workbook: it is kept unchanged, looked at, and becomes a batch."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import IO
from uuid import UUID

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake import first_look, known, storage
from reviewdesk.intake.batches import check_may_upload, find_batch
from reviewdesk.intake.bundle import Looks, look_into, refuse_sheet
from reviewdesk.intake.declaring import Declared
from reviewdesk.intake.hidden import read_hidden
from reviewdesk.intake.kept_looks import with_own_name
from reviewdesk.intake.looking import Look, take_look
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.reading import begins_soon
from reviewdesk.intake.reading.archives import contents_of, is_archive
from reviewdesk.intake.same_file import refuse_same_file
from reviewdesk.intake.settling import take_in, take_in_files
from reviewdesk.intake.spare import drop_if_free, keep
from reviewdesk.intake.unlocking import NONE, Passwords, unlock_file
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.service import record

AT_ONCE_BYTES = 4 * 1024 * 1024
BEGUN_AT_ONCE_BYTES = 12 * 1024 * 1024
"""A larger file is looked at by a worker, so that the upload page answers soon; of an .xlsx workbook only the first
rows are read for it."""


def receive_upload(
    actor: Actor, stream: IO[bytes], name: str, wish: Wish | None = None, passwords: Passwords = NONE
) -> Batch:
    """Keep an uploaded workbook unchanged, look at its header, and make a batch of it.

    The batch is `loading` at once when its columns are stated, known from an earlier import, or beyond doubt with
    `wish.auto`; `uploaded` while a worker looks at a large file; else `mapping`, and waits for a person.

    A workbook with a password is kept as it came, and beside it as it is without; so is an archive of such workbooks.
    The passwords are kept nowhere.

    Raises:
        Invalid: the file is too large, empty or unreadable, has no header, or the stated mapping is wrong;
            `archive.locked` where workbooks of an archive need a password.
        Conflict: `batch.same_file`, when the organisation has this file; `details` name the batch, when and by whom.
        NotAllowed: the actor is no uploader.
    """
    check_may_upload(actor)
    wish = wish or Wish()
    if passwords:  # only its bearer can read the file anew: that is the wish to import it again
        wish = replace(wish, again=True)
    stored: list[str] = []
    try:
        with unit_of_work(actor) as work:
            file = _keep_workbook(work, stream, name, stored)
            refuse_same_file(work, file.sha256, again=wish.again)
            file.unlocked_path = _unlocked(work, file, passwords, stored)
            return _make_batch(work, file, wish, fresh=True)
    except Invalid:  # it became no batch, and may hold personal data
        with unit_of_work(actor) as work:
            drop_if_free(work, work.org_id, stored)
        raise


def _keep_workbook(work: Work, stream: IO[bytes], name: str, stored: list[str]) -> StoredFile:
    """Keep a file as it came; where it is kept is added to `stored`."""
    kept = keep(work, stream)
    stored.append(kept.path)
    return StoredFile(
        org_id=work.org_id,
        file_id=new_id(),
        kind="workbook",
        name=_plain_name(name),
        size=kept.size,
        sha256=kept.sha256,
        path=kept.path,
        by_id=work.actor.person_id,
        by_name=work.actor.name,
    )


def _unlocked(work: Work, file: StoredFile, passwords: Passwords, stored: list[str]) -> str | None:
    """Keep a file that has a password once more without it, and say where, in `stored` too; None where it has none."""
    with tempfile.TemporaryFile() as out:
        if not unlock_file(storage.locate(file.path), passwords, out):
            return None
        out.seek(0)
        stored.append(path := keep(work, out).path)
    return path


def upload_from_path(actor: Actor, path: Path, wish: Wish | None = None, passwords: Passwords = NONE) -> Batch:
    """Upload a file of this machine, as the command line does; errors as for `receive_upload`."""
    if not path.is_file():
        raise Invalid("file.absent", Text(f"找不到文件 {path.name}。", f"There is no file {path.name}."))
    with path.open("rb") as stream:
        return receive_upload(actor, stream, path.name, wish, passwords)


def import_again(actor: Actor, batch_id: UUID) -> Batch:
    """Make a new batch of the file of one that came to nothing or was taken back, for a person to confirm.

    Raises:
        Conflict: the earlier import stands, or is under way.
        NotFound, NotAllowed, Invalid: as for `receive_upload`.
    """
    check_may_upload(actor)
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
        refuse_same_file(work, file.sha256, again=True)
        constants = (batch.mapping or {}).get("constants", {})
        wish = Wish(
            Declared.from_json(batch.declared),
            sheet=None if batch.parts else batch.sheet,
            constants=constants,
            again=True,
            ask=True,
            on_known=known.read_on_known(batch.on_known),
            hidden=read_hidden(batch.hidden),
        )
        return _make_batch(work, file, wish, fresh=False)


def _make_batch(work: Work, file: StoredFile, wish: Wish, *, fresh: bool) -> Batch:
    path = storage.locate(file.readable_path)
    archive = is_archive(path)
    if archive:
        refuse_sheet(wish.sheet)
    at_once = contents_of(path).size <= AT_ONCE_BYTES if archive else _is_soon_seen(file)
    sight = (look_into(path) if archive else with_own_name(take_look(path, wish.sheet), file)) if at_once else None
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"{file.org_id}{file.sha256}")
    refuse_same_file(work, file.sha256, again=wish.again)
    if fresh:
        work.session.add(file)
        work.session.flush()
    batch = Batch(
        org_id=file.org_id,
        batch_id=new_id(),
        name=file.name,
        file_id=file.file_id,
        state="uploaded",
        version=1,
        sheet=wish.sheet,
        mapping=wish.to_json(),
        declared=wish.declared.to_json(),
        on_known=wish.on_known,
        hidden=wish.hidden.to_json(),
        notices=[],
        counts={},
        totals={},
        by_id=work.actor.person_id,
        by_name=work.actor.name,
    )
    work.session.add(batch)
    work.session.flush()
    _record_upload(work, batch, file, wish)
    match sight:
        case None:
            outbox.add(work, first_look.JOB, {"batch_id": str(batch.batch_id)}, key=str(batch.batch_id))
        case Looks():
            take_in_files(work, batch, sight, wish)
        case Look():
            take_in(work, batch, sight, wish)
    return batch


def _is_soon_seen(file: StoredFile) -> bool:
    if file.size <= AT_ONCE_BYTES:
        return True
    return file.size <= BEGUN_AT_ONCE_BYTES and begins_soon(storage.locate(file.readable_path))


def _record_upload(work: Work, batch: Batch, file: StoredFile, wish: Wish) -> None:
    record(
        work,
        "intake:batch:upload",
        ("batch", batch.batch_id),
        new={
            "state": "uploaded",
            "file": file.name,
            "sha256": file.sha256,
            "size": file.size,
            "declared": batch.declared,
            "again": wish.again,
            "decrypted": file.unlocked_path is not None,
            "on_known": batch.on_known,
        },
        batch_id=batch.batch_id,
    )


def _plain_name(name: str) -> str:
    """A file's name without folders and control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable()).strip()[:200] or "workbook"
