"""The job `intake.load`: a confirmed workbook becomes cases, in one transaction.

1. Read the file again and normalise its rows under the batch's mapping.
2. Where the uploader declared a row count or sums, read everything first and stop at a difference.
3. Seal what is personal, and send the good rows to PostgreSQL slice by slice, while the next slice is normalised:
   COPY into a staging table, INSERT … SELECT into the cases. An account that the organisation has stays one case.
4. Write down every row that did not become a case, the counts, the totals and the events, and ask for the audit.

Killed anywhere, nothing of it is there, and the job runs again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.clock import now
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.declaring import Declared, Difference
from reviewdesk.intake.endings import end_cancelled, stop
from reviewdesk.intake.known import Renew
from reviewdesk.intake.loader import Cancelled, Loader, Report
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.opening import Opened, open_batch, opened_table
from reviewdesk.intake.staging import stage
from reviewdesk.intake.storage import locate
from reviewdesk.intake.table import ReadAgain, Table
from reviewdesk.intake.unlocked import release_if_whole
from reviewdesk.journal.service import record

JOB = "intake.load"


def run(work: Work, args: dict[str, Any], report: Report, *, renew: Renew) -> None:
    """Load a batch whose mapping was confirmed; a batch that no longer waits for it is left alone.

    `renew` is what the batch's known accounts go through where their facts are to be updated.
    """
    batch = _lock(work, UUID(args["batch_id"]))
    if batch.state != "loading":
        return
    report(phase="read", done=0, total=0)
    stored = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    try:
        opened = open_batch(locate(stored.readable_path), batch)
    except Invalid as error:
        stop(work, batch, {"code": error.code, "message": error.text.as_json()})
    else:
        _load_opened(work, batch, opened, report, renew)


def load_table(work: Work, batch: Batch, table: Table, report: Report, renew: Renew) -> None:
    """Load a batch from an opened table, in the caller's transaction.

    Where it cannot be read to its end, differs from what was declared or is cancelled meanwhile, nothing of it is kept.
    """
    _load_opened(work, batch, opened_table(table, batch), report, renew)


def _load_opened(work: Work, batch: Batch, opened: Opened, report: Report, renew: Renew) -> None:
    try:
        try:
            _load(work, batch, Loader(work, batch, opened, report), renew)
        except ReadAgain:
            _load(work, batch, Loader(work, batch, replace(opened, fills=True), report), renew)
    except Cancelled as asked:
        end_cancelled(work, batch, asked.by)
    except _Differs as found:
        _stop_at_differences(work, batch, found.loader, found.differences)
    except Invalid as error:
        stop(work, batch, {"code": error.code, "message": error.text.as_json()})


class _Differs(Exception):
    """The rows are not what the uploader declared."""

    def __init__(self, loader: Loader, differences: Sequence[Difference]) -> None:
        super().__init__()
        self.loader, self.differences = loader, differences


def _load(work: Work, batch: Batch, loader: Loader, renew: Renew) -> None:
    with work.session.begin_nested():
        loader.load(loader.slices())
        if batch.declared:
            differences = Declared.from_json(batch.declared).differences(loader.count.accounts, loader.count.sums)
            if differences:
                raise _Differs(loader, differences)
        if batch.on_known == "update":
            loader.renew(renew)
        loader.heed()
        _finish(work, batch, loader)


def _lock(work: Work, batch_id: UUID) -> Batch:
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    return work.session.scalars(wanted.with_for_update()).one()


def _finish(work: Work, batch: Batch, loader: Loader) -> None:
    loader.write_rows()
    counts = loader.count.as_json()
    side = loader.side_sheets()
    batch.counts = counts | side | loader.count.known_as_json()
    batch.totals = loader.count.totals
    batch.loaded_at = now()
    batch.version += 1
    batch.state = "auditing" if loader.case_ids else "ready"
    if loader.case_ids:
        record(
            work,
            "intake:case:receive",
            ("batch", batch.batch_id),
            new={"state": "received", "cases": len(loader.case_ids)},
            batch_id=batch.batch_id,
            cases=loader.case_ids,
        )
        outbox.add(work, "audit.batch", {"batch_id": str(batch.batch_id)}, key=str(batch.batch_id))
    record(
        work,
        "intake:batch:load",
        ("batch", batch.batch_id),
        old={"state": "loading"},
        new={"state": batch.state, "counts": counts, "totals": batch.totals} | _tallies(side),
        batch_id=batch.batch_id,
    )
    release_if_whole(work, batch)


def _tallies(side: dict[str, Any]) -> dict[str, Any]:
    """What the journal says of the sheets beside the accounts."""
    return {"beside": side["beside"]} if side else {}


def _stop_at_differences(work: Work, batch: Batch, loader: Loader, differences: Sequence[Difference]) -> None:
    loader.forget_known()
    stage(work)
    loader.write_rows()
    batch.counts = loader.count.as_json(stopped=True)
    message = Text(
        "；".join(one.text.zh for one in differences) + "。没有导入任何一行。",
        "; ".join(one.text.en for one in differences) + ". Nothing was imported.",
    )
    mend = Text(
        "核对工作簿是否完整、有无多余的行，或更正声明的数字，然后重新导入。",
        "See whether the workbook is complete and has no extra rows, or correct what was declared; then import again.",
    )
    problem = {"code": "declared.difference", "message": message.as_json(), "mend": mend.as_json()}
    stop(work, batch, problem | {"differences": [one.as_json() for one in differences]})
