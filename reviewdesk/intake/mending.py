"""Mending rejected rows of a loaded batch: cell by cell on a page, or by the error workbook that comes back.

Either way the rows go through the same reading and loading as at first, in one transaction with the batch's counts.
Rows that are cases already are passed over, so the same mends given twice do nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Text
from reviewdesk.intake import loading, storage
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.mending_sheet import marked_batch, read_rows
from reviewdesk.intake.models import Batch, Case, SheetRow, StoredFile
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.service import find_batch
from reviewdesk.intake.values import shown
from reviewdesk.journal.service import record

JOB = "intake.mend"

AT_ONCE_BYTES = 1024 * 1024
"""A larger workbook is read by a worker."""

MOST_TOLD = 200
"""Cells whose old and new value the event of a workbook tells; all are in the workbook, which is kept."""

MENDABLE = ("auditing", "ready")

Cells = Mapping[int, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of given rows: `loaded` became cases, `rejected` are still wrong, `passed` were no rejected rows."""

    loaded: int
    rejected: int
    passed: int = 0
    cases: tuple[int, ...] = ()


# --- one row on the page ---------------------------------------------------------------------------------------------


def mend_row(actor: Actor, batch_id: UUID, row: int, given: Mapping[int, str]) -> Mended:
    """Change cells of a rejected row and read it again; `given` holds the new text by column, from 0.

    Raises:
        NotFound: there is no such batch, or the row is not rejected (any more).
        Conflict: the batch is not loaded.
        NotAllowed: the actor is no uploader.
    """
    _check_uploader(actor, batch_id)
    with unit_of_work(actor) as work:
        batch = _lock(work, batch_id)
        held = _rejected(work, batch, [row])
        if not held:
            raise NotFound("row.not_rejected", Text("这一行已不在未导入之列。", "This row is no longer rejected."))
        old = cells_of(work, batch, held)[row]
        new = _with_cells(old, given)
        return _mend(work, batch, {row: new}, _changes(batch, {row: old}, {row: new}), {"by": "page", "row": row})


def _with_cells(cells: Sequence[Any], given: Mapping[int, str]) -> list[Any]:
    changed = [*cells, *[""] * (max(given, default=-1) + 1 - len(cells))]
    for column, text in given.items():
        changed[column] = text.strip()
    return changed


# --- the workbook that comes back ------------------------------------------------------------------------------------


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
        NotFound, Conflict, NotAllowed: as for `mend_row`.
    """
    _check_uploader(actor, batch_id)
    with unit_of_work(actor) as work:
        _check_loaded(find_batch(work, batch_id))
    kept = storage.keep(stream, _org_of(actor))
    with unit_of_work(actor) as work:
        batch = _lock(work, batch_id)
        file = StoredFile(
            org_id=batch.org_id,
            file_id=new_id(),
            kind="mended",
            name=Path(name.replace("\\", "/")).name[:200] or "workbook",
            size=kept.size,
            sha256=kept.sha256,
            path=kept.path,
            by_id=actor.person_id,
            by_name=actor.name,
        )
        work.session.add(file)
        work.session.flush()
        if file.size > AT_ONCE_BYTES:
            outbox.add(work, JOB, {"batch_id": str(batch_id), "file_id": str(file.file_id)}, key=str(file.file_id))
            return None
        return _mend_from(work, batch, file, _silent)


def run(work: Work, args: dict[str, Any], report: loading.Report) -> None:
    """The job `intake.mend`: read a large mended workbook. Run again, it finds nothing left to do."""
    batch = _lock(work, UUID(args["batch_id"]))
    file = work.session.get_one(StoredFile, (batch.org_id, UUID(args["file_id"])))
    report(phase="read", done=0, total=0)
    _mend_from(work, batch, file, report)


def _mend_from(work: Work, batch: Batch, file: StoredFile, report: loading.Report) -> Mended:
    given = read_rows(storage.locate(file.path), batch)
    held = _rejected(work, batch, list(given))
    old = cells_of(work, batch, held)
    new = {row.row: given[row.row] for row in held}
    about = {"by": "workbook", "file": file.name, "sha256": file.sha256, "given": len(given)}
    return _mend(work, batch, new, _changes(batch, old, new), about, passed=len(given) - len(new), report=report)


# --- both ------------------------------------------------------------------------------------------------------------


def _silent(**_progress: Any) -> None:
    """For callers that nobody watches."""


def _mend(
    work: Work,
    batch: Batch,
    rows: Cells,
    changes: tuple[dict[str, str], dict[str, str], int],
    about: dict[str, Any],
    *,
    passed: int = 0,
    report: loading.Report = _silent,
) -> Mended:
    cases, totals = loading.load_chosen(work, batch, rows, report) if rows else ([], {})
    old, new, changed = changes
    mend = 1 + int(batch.counts.get("mends", 0))
    _count(work, batch, len(cases), totals, mend)
    result = Mended(len(cases), len(rows) - len(cases), passed, tuple(cases))
    told = about | {"changed": changed, "loaded": result.loaded, "rejected": result.rejected}
    record(
        work,
        "intake:batch:mend",
        ("batch", batch.batch_id),
        old=old,
        new=told | new,
        batch_id=batch.batch_id,
        cases=cases or None,
    )
    if cases:
        _ask_for_audit(work, batch, cases, mend)
    return result


def _count(work: Work, batch: Batch, loaded: int, totals: Mapping[str, int], mend: int) -> None:
    work.session.flush()
    known = SheetRow.codes.contains(["account.known"])
    wanted = select(func.count()).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.outcome == "rejected", known
    )
    counts = dict(batch.counts)
    counts["loaded"] += loaded
    counts["rejected"] -= loaded
    counts["known"] = work.session.scalar(wanted) or 0
    batch.counts = counts | {"mended": counts.get("mended", 0) + loaded, "mends": mend}
    batch.totals = {name: batch.totals.get(name, 0) + totals.get(name, 0) for name in {**batch.totals, **totals}}
    batch.version += 1


def _ask_for_audit(work: Work, batch: Batch, cases: Sequence[int], mend: int) -> None:
    batch.state = "auditing"
    record(
        work,
        "intake:case:receive",
        ("batch", batch.batch_id),
        new={"state": "received", "cases": len(cases)},
        batch_id=batch.batch_id,
        cases=cases,
    )
    outbox.add(work, "audit.batch", {"batch_id": str(batch.batch_id)}, key=f"{batch.batch_id}:mend:{mend}")


def _changes(batch: Batch, old: Cells, new: Cells) -> tuple[dict[str, str], dict[str, str], int]:
    """Mapped cells that are not as they were, masked, by header and place: the first of them, and how many."""
    was: dict[str, str] = {}
    now: dict[str, str] = {}
    changed = 0
    rules = ColumnMapping.from_json(batch.mapping or {}).filled()
    for row, cells in new.items():
        for rule in rules:
            before, after = _at(old.get(row, ()), rule.column), _at(cells, rule.column)
            if _text(before) == _text(after):
                continue
            changed += 1
            if changed <= MOST_TOLD:
                key = f"{rule.header} {column_letters(rule.column)}{row}"
                was[key], now[key] = (discreet(shown(one), rule.field) for one in (before, after))
    return was, now, changed


def _at(cells: Sequence[Any], column: int) -> Any:
    return cells[column] if column < len(cells) else ""


def _text(cell: Any) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else shown(cell)


def cases_made(work: Work, cases: Sequence[int]) -> list[Case]:
    """The cases that a mend made."""
    wanted = select(Case).where(Case.org_id == work.org_id, Case.case_id.in_(cases))
    return list(work.session.scalars(wanted))


def _rejected(work: Work, batch: Batch, rows: Sequence[int]) -> list[SheetRow]:
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id,
        SheetRow.batch_id == batch.batch_id,
        SheetRow.outcome == "rejected",
        SheetRow.row == func.any(list(rows)),
    )
    return list(work.session.scalars(wanted.options(undefer(SheetRow.sealed)).order_by(SheetRow.row)))


# --- what is refused -------------------------------------------------------------------------------------------------


def _lock(work: Work, batch_id: UUID) -> Batch:
    find_batch(work, batch_id, "intake:batch:mend")
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    locked = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    batch = work.session.scalars(locked).one()
    _check_loaded(batch)
    return batch


def _check_loaded(batch: Batch) -> None:
    if batch.state not in MENDABLE or "rejected" not in batch.counts:
        raise Conflict(
            "batch.not_loaded",
            Text("这个批次没有导入，不能修正其中的行。", "This batch is not loaded: its rows cannot be mended."),
            state=batch.state,
        )


def _check_uploader(actor: Actor, batch_id: UUID) -> None:
    if actor.kind == "person" and not actor.has("uploader"):
        raise NotAllowed(
            "batch.mend_not_allowed",
            Text("只有资料员可以修正未导入的行。", "Only an uploader may mend rejected rows."),
            refusal=Refusal("intake:batch:mend", ("batch", str(batch_id))),
        )


def _org_of(actor: Actor) -> UUID:
    if actor.org_id is None:
        raise Invalid("batch.no_organisation", Text("须指明机构。", "Name an organisation."))
    return actor.org_id
