"""Rejected rows, the error workbook, and the mended workbook that comes back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, request, send_file, url_for

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import shapes
from reviewdesk.api.batches import READERS, UPLOADERS, batch_shape
from reviewdesk.api.mending_shapes import (
    AskedErrors,
    Dismissal,
    MendedForm,
    MendedRows,
    RejectedRow,
    RejectedRows,
    RowCell,
    RowError,
    RowErrorQuery,
    UnreadSheet,
)
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Text, bad_cursor
from reviewdesk.intake import corrections, mended_workbook, queries, side_queries
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.mending import Mended
from reviewdesk.intake.mending_table import Cell, Line, line_of
from reviewdesk.intake.models import Batch, SheetRow, SideRow
from reviewdesk.journal.files import ZIP
from reviewdesk.pages import current_actor, language, requires

SEE_ORIGINAL = sorted({*roles_with(Ability.UPLOAD), "compliance"})
"""The roles that may have the original, and so the error workbook with its clear values."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# --- rows ------------------------------------------------------------------------------------------------------------


@api.get("/batches/<uuid:batch_id>/errors")
@requires(*READERS)
@speaks("batches", {200: Answer("A page of rejected rows", RejectedRows)}, query=RowErrorQuery)
def list_batch_errors(batch_id: UUID, query: RowErrorQuery) -> RejectedRows:
    """List the rows that did not become cases, and those of sheets beside the accounts that joined none.

    Each comes with its cells, what is wrong and how to mend it. `outcome=dismissed` lists those that were dismissed.
    """
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        rows = _rows(work, batch, query)
        codes = dict(queries.code_counts(work, batch_id))
        sheets = side_queries.rejected_by_sheet(work, batch)
        shown = rows[: query.limit]
        items = [_rejected(line_of(work, batch, row)) for row in shown]
    return RejectedRows(
        items=items,
        next=_cursor(shown[-1]) if len(rows) > len(shown) else None,
        codes=codes,
        sheets=sheets,
        unread=[_unread(one) for one in batch.counts.get("beside_whole", ())],
    )


def _rows(work: Work, batch: Batch, query: RowErrorQuery) -> list[SheetRow | SideRow]:
    """A page of rows and one more: of the accounts until they end, then of the sheets beside them."""
    sheet, row = _place(query.cursor)
    rows: list[SheetRow | SideRow] = []
    if sheet is None and query.sheet is None:
        rows += queries.rejected_rows(
            work, batch.batch_id, code=query.code, after=row, size=query.limit, outcome=query.outcome
        )
    left = query.limit - len(rows)
    if left >= 0:
        after = (sheet, row) if sheet is not None and row is not None else None
        rows += side_queries.rejected_side_rows(
            work, batch, query.sheet, code=query.code, after=after, size=left, outcome=query.outcome
        )
    return rows


def _place(cursor: str | None) -> tuple[str | None, int | None]:
    """The sheet, None for the accounts, and the row after which a page begins."""
    if cursor is None:
        return None, None
    sheet, separator, row = cursor.rpartition("\n")
    if not (row.isdecimal() and len(row) < 10):
        raise bad_cursor()
    return sheet if separator else None, int(row)


def _cursor(row: SheetRow | SideRow) -> str:
    return f"{row.sheet}\n{row.row}" if isinstance(row, SideRow) else str(row.row)


_OWN = frozenset(RowError.model_fields)


def _rejected(line: Line) -> RejectedRow:
    return RejectedRow(
        sheet=line.sheet,
        file=line.file or None,
        row=line.row,
        number=line.number,
        account_no=line.account_no,
        errors=[error_shape(error) for error in line.errors],
        cells=[_cell(cell) for cell in line.cells],
        dismissed=Dismissal.model_validate(line.dismissed) if line.dismissed else None,
    )


def _cell(cell: Cell) -> RowCell:
    return RowCell(
        column=cell.letters,
        cell=cell.place,
        header=cell.header,
        field=cell.field,
        value=cell.value or None,
        masked=cell.secret and bool(cell.value),
    )


_PLACE = frozenset(("sheet", "row", "account"))
"""What an error of a side sheet says of its row, which says so itself."""


def error_shape(error: Mapping[str, Any]) -> RowError:
    """An error of a row."""
    own = {name: error.get(name) for name in _OWN}
    details = {name: value for name, value in error.items() if name not in _OWN | _PLACE}
    return RowError.model_validate(own | {"details": details})


def _unread(error: Mapping[str, Any]) -> UnreadSheet:
    return UnreadSheet.model_validate({name: error[name] for name in UnreadSheet.model_fields})


# --- the error workbook ----------------------------------------------------------------------------------------------


@api.get("/batches/<uuid:batch_id>/error-workbook")
@requires(*SEE_ORIGINAL)
@speaks(
    "batches",
    {200: Answer("The workbook; of an archive a zip of its files' workbooks", media=(XLSX, ZIP))},
    problems=(409,),
)
def get_error_workbook(batch_id: UUID) -> Response:
    """Fetch the error workbook, with personal data in clear: made now, or the one that a worker made for you."""
    with unit_of_work(current_actor()) as work:
        at_once = corrections.is_made_at_once(find_batch(work, batch_id))
    if at_once:
        book, name = corrections.error_workbook(current_actor(), batch_id, language())
        return send_file(book, as_attachment=True, download_name=name, mimetype=_media(name))
    path, name = corrections.fetch_error_workbook(current_actor(), batch_id)
    return send_file(path, as_attachment=True, download_name=name, mimetype=_media(name))


def _media(name: str) -> str:
    return ZIP if name.endswith(".zip") else XLSX


@api.post("/batches/<uuid:batch_id>/error-workbook")
@requires(*SEE_ORIGINAL)
@speaks("batches", {202: Answer("How it stands", AskedErrors)})
def ask_error_workbook(batch_id: UUID) -> Reply:
    """Ask a worker for the error workbook of a large sheet; GET fetches it when it is ready."""
    actor = current_actor()
    with unit_of_work(actor) as work:
        at_once = corrections.is_made_at_once(find_batch(work, batch_id))
    if not at_once:
        corrections.ask_error_workbook(actor, batch_id, language())
    with unit_of_work(actor) as work:
        state = corrections.errors_state(work, find_batch(work, batch_id))
    return Reply(AskedErrors.model_validate({"state": state}), 202)


# --- the workbook that comes back ------------------------------------------------------------------------------------


@api.post("/batches/<uuid:batch_id>/mended")
@requires(*UPLOADERS)
@speaks(
    "batches",
    {
        200: Answer("What became of its rows", MendedRows),
        202: Answer("A worker reads it", MendedRows, headers={"Location": "The batch"}),
    },
    form=MendedForm,
    problems=(409,),
)
def send_mended(batch_id: UUID, form: MendedForm) -> Reply:
    """Send the mended error workbook of a batch back as the part `file`: only its mended rows are taken in, once."""
    file = request.files.get("file")
    if file is None:
        text = Text("请在 file 中给出文件。", "Give the workbook as the part `file`.")
        raise Invalid("file.none", text, field="file")
    made = mended_workbook.receive_workbook(current_actor(), batch_id, file.stream, file.filename or "")
    if made is None:
        return Reply(_mended(batch_id, None), 202, {"Location": url_for("api.get_batch", batch_id=batch_id)})
    return Reply(_mended(batch_id, made))


def _mended(batch_id: UUID, made: Mended | None) -> MendedRows:
    batch: shapes.Batch = batch_shape(batch_id)
    if made is None:
        return MendedRows(
            state="waiting", loaded=None, known=None, joined=None, rejected=None, passed=None, batch=batch
        )
    return MendedRows(
        state="done",
        loaded=made.loaded,
        known=made.known,
        joined=made.joined,
        rejected=made.wrong,
        passed=made.passed,
        batch=batch,
    )
