"""What goes back to the uploader: the error workbook, the rejected rows alone, and the original unchanged.

The error workbook of a small sheet is made while one waits; that of a larger one by a worker, for the one who asked.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import undefer

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.clock import now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, NotFound, Refusal, Text
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.dismissing import REASONS
from reviewdesk.intake.error_book import Made, RowLeftOut, RowToMend, Say, SideToMend, ToMend, make, saying
from reviewdesk.intake.error_files import make_files
from reviewdesk.intake.models import Batch, SheetRow, SideRow, StoredFile
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.side_keeping import cells_given, side_rows_of
from reviewdesk.intake.side_rows import layouts_from_json
from reviewdesk.intake.storage import locate
from reviewdesk.journal.export import file_of, file_path
from reviewdesk.journal.files import digest, written_whole
from reviewdesk.journal.models import Export
from reviewdesk.journal.service import record
from reviewdesk.outbox import Job

JOB = "intake.errors"
KIND = "errors"

MOST_AT_ONCE = 60_000
"""Cells of a sheet whose error workbook is made while one waits, some two seconds."""


def rejected_workbook(actor: Actor, batch_id: UUID, language: str) -> tuple[IO[bytes], str]:
    """The rejected rows in the sheet's own columns, with their row numbers and what to mend, and a name for the file.

    The cells come from the original file, so clear values are right; this is for the uploader only, and an event.

    Raises:
        NotFound: there is no such batch, or none of its rows were rejected.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        rows = _rejected(work, batch)
        file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
        source, what = locate(file.readable_path), _to_mend(work, batch, rows)
        book = _in_memory(lambda path: _write(work, batch, path, source, what, language, bare=True))
        record(
            work,
            "intake:batch:download_rejected",
            ("batch", batch_id),
            new={"rows": len(rows)},
            batch_id=batch_id,
        )
    return book, f"{Path(file.name).stem}-{saying(language)(Text('需修正', 'to mend'))}.{_form(batch)}"


def _in_memory(write: Callable[[Path], Made]) -> IO[bytes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.xlsx"
        write(path)
        return io.BytesIO(path.read_bytes())


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


# --- the error workbook ----------------------------------------------------------------------------------------------


def is_made_at_once(batch: Batch) -> bool:
    """Whether the error workbook of a batch is made while one waits."""
    return int(batch.counts.get("rows", 0)) * len(batch.headers or ()) <= MOST_AT_ONCE


def error_workbook(actor: Actor, batch_id: UUID, language: str) -> tuple[IO[bytes], str]:
    """The error workbook of a small batch, and a name for it. It holds clear values; the download is an event.

    Raises:
        NotFound: there is no such batch, or none of its rows are rejected.
        Conflict: the batch is large; a worker makes its error workbook.
        Invalid: `errors.too_costly`.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        if not is_made_at_once(batch):
            raise Conflict(
                "batch.errors_by_worker",
                Text(
                    "表格较大，错误工作簿由后台生成，请在批次页面上点「生成错误工作簿」。",
                    "The sheet is large: ask for its error workbook on the page of the batch.",
                ),
            )
        with TemporaryDirectory() as folder:
            path = Path(folder) / "errors.xlsx"
            made = _make(work, batch, path, language)
            spool = io.BytesIO(path.read_bytes())
        record(
            work,
            "intake:batch:download_errors",
            ("batch", batch_id),
            new={"rows": made.rows, "kind": made.kind},
            batch_id=batch_id,
        )
        return spool, _name(work, batch, saying(language))


def ask_error_workbook(actor: Actor, batch_id: UUID, language: str) -> UUID:
    """Ask that a worker make the error workbook; returns the id of the export."""
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        rejected = _to_mend_all(work, batch).number
        made = Export(
            org_id=work.org_id,
            export_id=new_id(),
            kind=KIND,
            format=_form(batch),
            filters={"batch_id": str(batch_id), "language": language},
            state="waiting",
            name=_name(work, batch, saying(language)),
            by_id=actor.person_id,
            by_name=actor.name,
        )
        work.session.add(made)
        work.session.flush()
        record(work, "intake:batch:ask_errors", ("batch", batch_id), new={"rows": rejected}, batch_id=batch_id)
        outbox.add(work, JOB, {"export_id": str(made.export_id)}, key=str(made.export_id))
        return made.export_id


def run(work: Work, args: dict[str, Any], report: Any) -> None:
    """The job `intake.errors`: make the workbook and mark it ready. Run again, it makes the same file anew."""
    made = work.session.get_one(Export, (work.org_id, UUID(args["export_id"])), with_for_update=True)
    if made.state == "ready":
        return
    batch = find_batch(work, UUID(made.filters["batch_id"]))
    path = file_path(made)
    with written_whole(path) as part:
        done = _make(work, batch, part, made.filters["language"], report)
        made.size, made.sha256 = part.stat().st_size, digest(part)
    made.path, made.rows = path, done.rows
    made.state, made.finished_at = "ready", now()
    record(
        work,
        "intake:batch:make_errors",
        ("batch", batch.batch_id),
        new={"rows": done.rows, "kind": done.kind, "sha256": made.sha256},
        batch_id=batch.batch_id,
    )


def fetch_error_workbook(actor: Actor, batch_id: UUID) -> tuple[Path, str]:
    """The latest error workbook that the actor asked for and a worker made; the download is an event.

    Raises:
        NotFound: there is no such batch, or the actor asked for none.
        Conflict: it is not ready.
    """
    with unit_of_work(actor) as work:
        made = latest_error_workbook(work, find_batch(work, batch_id))
        if made is None:
            raise NotFound(
                "export.unknown",
                Text("没有这一导出，或不是您的导出。", "There is no such export, or it is not yours."),
                refusal=Refusal("intake:batch:download_errors", ("batch", str(batch_id))),
            )
        if made.state != "ready" or made.path is None:
            raise Conflict("export.not_ready", Text("导出尚未完成。", "The export is not ready yet."))
        new = {"rows": made.rows, "sha256": made.sha256}
        record(work, "intake:batch:download_errors", ("batch", batch_id), new=new, batch_id=batch_id)
        return file_of(made), made.name


def latest_error_workbook(work: Work, batch: Batch) -> Export | None:
    """The error workbook of a batch that the actor asked for last."""
    wanted = select(Export).where(
        Export.org_id == work.org_id,
        Export.kind == KIND,
        Export.by_id == work.actor.person_id,
        Export.filters["batch_id"].astext == str(batch.batch_id),
    )
    return work.session.scalar(wanted.order_by(Export.created_at.desc()).limit(1))


def errors_state(work: Work, batch: Batch) -> str:
    """How the error workbook of a batch stands for the actor: at_once, none, waiting, failed or ready."""
    if is_made_at_once(batch):
        return "at_once"
    made = latest_error_workbook(work, batch)
    if made is None or made.state == "ready":
        return "ready" if made else "none"
    wanted = select(Job.state).where(Job.org_id == work.org_id, Job.kind == JOB, Job.key == str(made.export_id))
    return "failed" if work.session.scalar(wanted) == "failed" else "waiting"


def _make(work: Work, batch: Batch, target: Path, language: str, report: Any = None) -> Made:
    what = _to_mend_all(work, batch)
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    if report:
        report(phase="write", done=0, total=what.number)
    return _write(work, batch, target, locate(file.readable_path), what, language)


def _name(work: Work, batch: Batch, say: Say) -> str:
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    return f"{Path(file.name).stem}-{say(Text('错误工作簿', 'errors'))}.{_form(batch)}"


def _form(batch: Batch) -> str:
    """An archive's files are mended in workbooks of their own, which come as an archive."""
    return "zip" if batch.parts else "xlsx"


def _write(
    work: Work, batch: Batch, target: Path, source: Path, what: ToMend, language: str, *, bare: bool = False
) -> Made:
    if batch.parts:
        return make_files(work, batch, target, source, what, language, bare=bare)
    return make(target, source, what, language, bare=bare)


def _to_mend_all(work: Work, batch: Batch) -> ToMend:
    """The rejected rows of a batch, of its accounts and of the sheets beside them.

    Raises:
        NotFound: there is none.
    """
    side = side_rows_of(work, batch, "rejected")
    rows = _rejected(work, batch, none=bool(side))
    return replace(_to_mend(work, batch, rows), side=_side_to_mend(work, batch, side))


def _to_mend(work: Work, batch: Batch, rows: Sequence[SheetRow]) -> ToMend:
    """What the workbook is made from; cells go along where some were changed on the page since."""
    cells = cells_of(work, batch, rows) if batch.counts.get("mends") else {}
    wrong = [RowToMend(row.row, row.errors, cells.get(row.row)) for row in rows]
    dismissed = select(SheetRow.row, SheetRow.dismissed).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.outcome == "dismissed"
    )
    out = [_left_out(row, why) for row, why in work.session.execute(dismissed.order_by(SheetRow.row))]
    return ToMend(str(batch.batch_id), batch.name, batch.sheet, batch.counts, wrong, dismissed=out)


def _left_out(row: int, why: Mapping[str, Any]) -> RowLeftOut:
    """What is said of a dismissed row: why, by whom."""
    reason, by = REASONS[why["reason"]], why["by"]
    note = f"（{why['note']}）" if why["note"] else ""
    said = Text(f"已剔除：{reason.zh}{note}，{by}", f"Dismissed: {reason.en} {note}, {by}")
    return RowLeftOut(row, said.as_json())


def _side_to_mend(work: Work, batch: Batch, rows: Sequence[SideRow]) -> list[SideToMend]:
    layouts, cells = layouts_from_json(batch.side_layouts), cells_given(batch, rows)
    out = side_rows_of(work, batch, "dismissed") if rows else []
    return [
        SideToMend(
            sheet,
            layouts[sheet].header,
            [RowToMend(row.row, row.errors, cells[sheet][row.row]) for row in some],
            [_left_out(row.row, row.dismissed or {}) for row in out if row.sheet == sheet],
        )
        for sheet, some in ((sheet, list(some)) for sheet, some in groupby(rows, key=lambda row: row.sheet))
    ]


def _rejected(work: Work, batch: Batch, *, none: bool = False) -> Sequence[SheetRow]:
    """The rejected rows of a batch's accounts; `none` is whether there may be none.

    Raises:
        NotFound: there is none.
    """
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.outcome == "rejected"
    )
    rows = work.session.scalars(wanted.options(undefer(SheetRow.sealed)).order_by(SheetRow.row)).all()
    if not rows and not none:
        raise NotFound("batch.nothing_rejected", Text("没有未导入的行。", "No row was rejected."))
    return rows
