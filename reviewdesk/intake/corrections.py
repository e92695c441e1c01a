"""What goes back to the uploader: the rejected rows as a workbook to mend, and the original unchanged."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import select

from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.mending_book import Say, write_rebuilt
from reviewdesk.intake.models import Batch, SheetRow, StoredFile
from reviewdesk.intake.service import find_batch
from reviewdesk.intake.storage import locate
from reviewdesk.intake.table import open_table
from reviewdesk.journal.service import record


def rejected_workbook(actor: Actor, batch_id: UUID, say: Say) -> tuple[IO[bytes], str]:
    """The rejected rows in the sheet's own columns, with their row numbers and what to mend, and a name for the file.

    The cells come from the original file, so clear values are right; this is for the uploader only, and an event.

    Raises:
        NotFound: there is no such batch, or none of its rows were rejected.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        rows = _rejected(work, batch)
        if not rows:
            raise NotFound("batch.nothing_rejected", Text("没有未导入的行。", "No row was rejected."))
        file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
        table = open_table(locate(file.path), batch.sheet)
        record(
            work,
            "intake:batch:download_rejected",
            ("batch", batch_id),
            new={"rows": len(rows)},
            batch_id=batch_id,
        )
    spool = io.BytesIO()
    write_rebuilt(spool, batch, table, rows, say, only_rejected=True)
    spool.seek(0)
    return spool, f"{Path(file.name).stem}-{say(Text('需修正', 'to mend'))}.xlsx"


def original_file(actor: Actor, batch_id: UUID) -> tuple[Path, str]:
    """Where the unchanged file is, and its name; the download is an event.

    Raises:
        NotFound: there is no such batch.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
        record(
            work,
            "intake:batch:download_original",
            ("batch", batch_id),
            new={"sha256": file.sha256},
            batch_id=batch_id,
        )
    return locate(file.path), file.name


def _rejected(work: Work, batch: Batch) -> Sequence[SheetRow]:
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.outcome == "rejected"
    )
    return work.session.scalars(wanted.order_by(SheetRow.row)).all()
