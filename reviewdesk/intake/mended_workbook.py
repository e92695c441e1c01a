"""The error workbook that comes back, by page, API or command line: its mended rows are taken into its batch."""

from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake import storage
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.loader import Report
from reviewdesk.intake.mending import (
    MENDABLE,
    Mended,
    Taken,
    check_loaded,
    check_uploader,
    differ,
    lock_batch,
    rejected_rows,
    silent,
    take_in,
)
from reviewdesk.intake.mending_sheet import Given, marked_batch, read_rows
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.queries import MEND_JOB
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.side_keeping import cells_given, side_rows_of
from reviewdesk.intake.side_mending import mend_side_rows, rejected_side_rows
from reviewdesk.intake.spare import keep
from reviewdesk.intake.storage import Kept

JOB = MEND_JOB

AT_ONCE_BYTES = 1024 * 1024
"""A larger workbook is read by a worker."""


def batch_of_workbook(actor: Actor, stream: IO[bytes]) -> UUID | None:
    """The organisation's own loaded batch whose error workbook a stream is; None for any other file."""
    marked = marked_batch(stream)
    stream.seek(0)
    if marked is None:
        return None
    with unit_of_work(actor) as work:
        batch = work.session.get(Batch, (work.org_id, marked))
        return marked if batch is not None and batch.state in MENDABLE else None


def receive_workbook(actor: Actor, batch_id: UUID, stream: IO[bytes], name: str) -> Mended | None:
    """Take in a mended error workbook; None where it is large and a worker reads it.

    Raises:
        Invalid: the file cannot be read, is of another batch, or is no error workbook.
        NotFound: the organisation has no such batch.
        Conflict: the batch is not loaded.
        NotAllowed: the actor is no uploader.
    """
    check_uploader(actor, batch_id)
    with unit_of_work(actor) as work:
        check_loaded(find_batch(work, batch_id, "intake:batch:mend"))
        return _receive(work, batch_id, keep(work, stream), name)


def _receive(work: Work, batch_id: UUID, kept: Kept, name: str) -> Mended | None:
    """Make the kept file a mended workbook of its batch, and read it now or soon."""
    batch = lock_batch(work, batch_id)
    file = StoredFile(
        org_id=batch.org_id,
        file_id=new_id(),
        kind="mended",
        name=Path(name.replace("\\", "/")).name[:200] or "workbook",
        size=kept.size,
        sha256=kept.sha256,
        path=kept.path,
        by_id=work.actor.person_id,
        by_name=work.actor.name,
    )
    work.session.add(file)
    work.session.flush()
    if file.size > AT_ONCE_BYTES:
        outbox.add(work, JOB, {"batch_id": str(batch_id), "file_id": str(file.file_id)}, key=str(file.file_id))
        return None
    return _mend_from(work, batch, file, silent)


def batch_of_path(actor: Actor, path: Path) -> UUID | None:
    """The batch whose error workbook a file of this machine is; None for any other file."""
    with path.open("rb") as stream:
        return batch_of_workbook(actor, stream)


def mend_from_path(actor: Actor, path: Path, batch_id: UUID | None = None) -> tuple[UUID, Mended | None]:
    """Take in a mended workbook of this machine, as the command line does; returns its batch and what came of it.

    Raises:
        Invalid: `mending.no_batch`, when the file is no error workbook of a batch that is loaded; else as for
            `receive_workbook`.
    """
    found = batch_id or batch_of_path(actor, path)
    with path.open("rb") as stream:
        if found is None:
            raise Invalid(
                "mending.no_batch",
                Text(
                    "这不是本机构已导入批次的错误工作簿。请指明批次，或下载错误工作簿后修正。",
                    "This is no error workbook of a batch that is loaded. Name the batch, or mend its error workbook.",
                ),
            )
        return found, receive_workbook(actor, found, stream, path.name)


def run(work: Work, args: dict[str, Any], report: Report) -> None:
    """The job `intake.mend`: read a large mended workbook. Run again, it finds nothing left to do."""
    batch = lock_batch(work, UUID(args["batch_id"]))
    file = work.session.get_one(StoredFile, (batch.org_id, UUID(args["file_id"])))
    report(phase="read", done=0, total=0)
    _mend_from(work, batch, file, report)


def _mend_from(work: Work, batch: Batch, file: StoredFile, report: Report) -> Mended:
    given = read_rows(storage.locate(file.path), batch)
    held = rejected_rows(work, batch, list(given.accounts))
    old = cells_of(work, batch, held)
    new = {row.row: given.accounts[row.row] for row in held}
    side_held = rejected_side_rows(work, batch, given.side)
    side = mend_side_rows(work, batch, side_held, given.side)
    number = len(given.accounts) + sum(map(len, given.side.values()))
    about = {"by": "workbook", "file": file.name, "sha256": file.sha256, "given": number}
    passed = number - len(new) - len(side_held)
    made = take_in(work, batch, Taken(new, old, about, side, passed), report)
    return replace(made, dismissed=_changed_though_dismissed(work, batch, given))


def _changed_though_dismissed(work: Work, batch: Batch, given: Given) -> int:
    """How many dismissed rows of a workbook say something else than they did."""
    rows = rejected_rows(work, batch, list(given.accounts), outcome="dismissed")
    side = [row for row in side_rows_of(work, batch, "dismissed") if row.row in given.side.get(row.sheet, ())]
    old, side_old = cells_of(work, batch, rows), cells_given(batch, side)
    pairs = [(old.get(row.row, ()), given.accounts[row.row]) for row in rows]
    pairs += [(side_old[row.sheet][row.row], given.side[row.sheet][row.row]) for row in side]
    return sum(1 for before, after in pairs if differ(before, after))
