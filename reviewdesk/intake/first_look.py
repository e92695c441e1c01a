"""The job `intake.look`: a file that was too large for the upload page is looked at by a worker."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from reviewdesk.db import Work
from reviewdesk.errors import Invalid
from reviewdesk.intake import loading, storage
from reviewdesk.intake.batches import lock_for_mapping
from reviewdesk.intake.bundle import look_into
from reviewdesk.intake.endings import stop
from reviewdesk.intake.hidden import BY_DEFAULT
from reviewdesk.intake.kept_looks import keep_look, with_own_name
from reviewdesk.intake.known import Renew
from reviewdesk.intake.looking import Look, glance_at, look_at
from reviewdesk.intake.models import StoredFile
from reviewdesk.intake.reading.archives import is_archive
from reviewdesk.intake.settling import settle, take_in, take_in_files
from reviewdesk.intake.table import Table, open_table
from reviewdesk.intake.wishes import Wish

JOB = "intake.look"


def run(work: Work, args: dict[str, Any], report: Callable[..., None], *, renew: Renew) -> None:
    """The job `intake.look`: look at a large file, and load it at once where its columns are settled.

    A file that cannot be read stops its batch. `renew` is as for the load.
    """
    batch = lock_for_mapping(work, UUID(args["batch_id"]))
    if batch.state != "uploaded":
        return
    report(phase="look")
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    wish = Wish.of(batch)
    path, table = storage.locate(file.readable_path), None
    try:
        if is_archive(path):
            take_in_files(work, batch, look_into(path), wish)
        else:
            table = open_table(path, wish.sheet)
            take_in(work, batch, _first_look(work, table, file, wish), wish, here=True)
    except Invalid as error:
        stop(work, batch, {"code": error.code, "message": error.text.as_json()})
        return
    if table is not None and batch.state == "loading":
        loading.load_table(work, batch, table, report, renew)
        if table.sheet.is_long and batch.state not in ("stopped", "cancelled"):
            look = with_own_name(look_at(table), file)
            keep_look(batch, look)
            batch.notices = [notice.as_json() for notice in look.notices]


def _first_look(work: Work, table: Table, file: StoredFile, wish: Wish) -> Look:
    """What is seen of a table; of a long one a glance where nobody must look at it before it is loaded."""
    if table.sheet.is_long and wish.hidden == BY_DEFAULT:
        glance = with_own_name(glance_at(table), file)
        if settle(work, glance, wish)[1] is not None:
            return glance
    return with_own_name(look_at(table), file)
