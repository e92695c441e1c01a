"""The pages on which rejected rows are mended: the table of rows, the error workbook, and the file that comes back."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import corrections, mended_workbook, mending, queries, side_queries
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.mapping import column_index
from reviewdesk.intake.mending import MENDABLE, Mended
from reviewdesk.intake.models import Batch, SheetRow
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.service import find_batch
from reviewdesk.intake.words import label_of_code
from reviewdesk.pages import current_actor, in_my_language, is_htmx, language, page_of, requires

pages = Blueprint("mending", __name__)

READERS = ("uploader", "reviewer", "senior_reviewer", "compliance")
SEE_ORIGINAL = ("uploader", "compliance")
"""The roles that may have the original, and so the error workbook with its clear values."""


# --- the rows --------------------------------------------------------------------------------------------------------


@pages.get("/batches/<uuid:batch_id>/rejected")
@requires(*READERS)
def rows(batch_id: UUID) -> Any:
    """The rejected rows of a batch, their bad cells open for mending."""
    return _rows_page(batch_id)


def _rows_page(batch_id: UUID, error: Invalid | None = None) -> str:
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        sheets = side_queries.rejected_by_sheet(work, batch)
        sheet = request.args.get("sheet") or None
        if sheet is None and not batch.counts.get("rejected"):
            sheet = next(iter(sheets), None)
        of_sheet = _side_part(work, batch, sheet) if sheet in sheets else _account_part(work, batch)
        return render_template(
            "intake/mending.html",
            batch=batch,
            sheets=sheets,
            error=error,
            code=request.args.get("code") or None,
            errors_state=corrections.errors_state(work, batch),
            errors_file=corrections.latest_error_workbook(work, batch),
            receiving=queries.receiving(work, batch),
            **of_sheet,
        )


def _account_part(work: Work, batch: Batch) -> dict[str, Any]:
    """The rejected rows of the accounts."""
    after = request.args.get("cursor", type=int)
    found = queries.rejected_rows(work, batch.batch_id, code=request.args.get("code") or None, after=after)
    page = page_of(found, queries.ROWS_PER_PAGE, lambda row: str(row.row), first=after is None)
    codes = [(in_my_language(label_of_code(one)), one, n) for one, n in queries.code_counts(work, batch.batch_id)]
    return {"sheet": None, "page": page, "codes": codes, **_columns(batch, page.items)}


def _side_part(work: Work, batch: Batch, sheet: str) -> dict[str, Any]:
    """The rejected rows of a side sheet."""
    after, code = request.args.get("cursor", type=int), request.args.get("code") or None
    place = None if after is None else (sheet, after)
    found = side_queries.rejected_side_rows(work, batch, sheet, code=code, after=place)
    page = page_of(found, queries.ROWS_PER_PAGE, lambda row: str(row.row), first=after is None)
    codes = [
        (in_my_language(label_of_code(one)), one, n)
        for name, one, n in side_queries.codes_by_sheet(work, batch)
        if name == sheet
    ]
    columns = side_queries.columns_shown(batch, sheet, page.items)
    return {"sheet": sheet, "page": page, "codes": codes, "columns": columns, "mendable": _mendable(batch)}


def _columns(batch: Batch, found: list[SheetRow]) -> dict[str, Any]:
    return {
        "shown_fields": [field_named(name) for name in queries.columns_for(found)],
        "headers": queries.headers_of(batch),
        "headers_at": partial(queries.headers_of, batch),
        "place_of": partial(place_of, batch),
        "mendable": _mendable(batch),
    }


def _mendable(batch: Batch) -> bool:
    return batch.state in MENDABLE and current_actor().has("uploader")


@pages.post("/batches/<uuid:batch_id>/rejected/<int:row>")
@requires("uploader")
def mend(batch_id: UUID, row: int) -> Any:
    """Take in the cells that were given for a row, and read it again."""
    made = mending.mend_row(current_actor(), batch_id, row, _given())
    if not is_htmx():
        flash(_message(made), "pass" if made.loaded else "warn")
        return redirect(url_for("mending.rows", batch_id=batch_id))
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        left = [one for one in queries.rejected_rows(work, batch_id, after=row - 1, size=1) if one.row == row]
        shown = request.form.get("fields", "").split(",")
        cases = mending.cases_made(work, made.cases)
        columns = _columns(batch, left) | {"shown_fields": [field_named(name) for name in shown if name]}
        return render_template(
            "intake/_mended.html",
            batch=batch,
            row=left[0] if left else None,
            number=row,
            cases=cases,
            again=True,
            **columns,
        )


def _given() -> dict[int, str]:
    """The cells that were changed, by column from 0."""
    return {
        column_index(name.removeprefix("cell-")): text
        for name, text in request.form.items()
        if name.startswith("cell-") and text != request.form.get(f"was-{name.removeprefix('cell-')}", "")
    }


# --- the rows of side sheets -----------------------------------------------------------------------------------------


@pages.post("/batches/<uuid:batch_id>/side-rows/<int:row>")
@requires("uploader")
def mend_side(batch_id: UUID, row: int) -> Any:
    """Take in the cells that were given for a row of a side sheet, and read it again."""
    sheet = request.form.get("sheet", "")
    made = mending.mend_side_row(current_actor(), batch_id, sheet, row, _given())
    if is_htmx():
        return _side_row(batch_id, sheet, row, again=True)
    flash(_message(made), "pass" if made.joined else "warn")
    return redirect(url_for("mending.rows", batch_id=batch_id, sheet=sheet))


@pages.get("/batches/<uuid:batch_id>/side-rows/<int:row>")
@requires(*READERS)
def side_row(batch_id: UUID, row: int) -> Any:
    """What became of a row of a side sheet that was mended: the part of the page that changes meanwhile."""
    return _side_row(batch_id, request.args.get("sheet", ""), row, again=False)


def _side_row(batch_id: UUID, sheet: str, row: int, *, again: bool) -> str:
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        one, case = side_queries.one_row(work, batch, sheet, row)
        columns = side_queries.columns_shown(batch, sheet, [one])
        shown = [column for column in columns if str(column.place) in request.values.get("columns", "").split(",")]
        return render_template(
            "intake/_side_mended.html",
            batch=batch,
            sheet=sheet,
            row=one,
            case=case,
            columns=shown or columns,
            again=again,
            mendable=_mendable(batch),
        )


# --- the error workbook ----------------------------------------------------------------------------------------------


@pages.get("/batches/<uuid:batch_id>/errors.xlsx")
@requires(*SEE_ORIGINAL)
def error_workbook(batch_id: UUID) -> Any:
    """The error workbook: made now where the sheet is small, else the one that a worker made."""
    with unit_of_work(current_actor()) as work:
        at_once = corrections.is_made_at_once(find_batch(work, batch_id))
    if at_once:
        book, name = corrections.error_workbook(current_actor(), batch_id, language())
        return send_file(book, as_attachment=True, download_name=name)
    path, name = corrections.fetch_error_workbook(current_actor(), batch_id)
    return send_file(path, as_attachment=True, download_name=name)


@pages.post("/batches/<uuid:batch_id>/errors")
@requires(*SEE_ORIGINAL)
def ask_errors(batch_id: UUID) -> Any:
    """Ask a worker for the error workbook of a large sheet."""
    corrections.ask_error_workbook(current_actor(), batch_id, language())
    return redirect(url_for("mending.rows", batch_id=batch_id))


@pages.get("/batches/<uuid:batch_id>/errors")
@requires(*SEE_ORIGINAL)
def errors_state(batch_id: UUID) -> Any:
    """How far the error workbook is: the part of the page that changes meanwhile."""
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        return render_template(
            "intake/_errors.html",
            batch=batch,
            errors_state=corrections.errors_state(work, batch),
            errors_file=corrections.latest_error_workbook(work, batch),
        )


# --- the file that comes back ----------------------------------------------------------------------------------------


@pages.post("/batches/<uuid:batch_id>/mended")
@requires("uploader")
def upload(batch_id: UUID) -> Any:
    """Take in a mended error workbook: its mended rows become cases of the batch."""
    with unit_of_work(current_actor()) as work:
        find_batch(work, batch_id, "intake:batch:mend")
    file = request.files.get("file")
    if file is None or not file.filename:
        flash(_("请选择改好的文件"), "warn")
        return redirect(url_for("mending.rows", batch_id=batch_id))
    try:
        made = mended_workbook.receive_workbook(current_actor(), batch_id, file.stream, file.filename)
    except Invalid as error:
        return _rows_page(batch_id, error), error.status
    flash(_message(made), "pass" if made is None or made.loaded or made.joined else "warn")
    return redirect(url_for("intake.show" if made and not made.wrong else "mending.rows", batch_id=batch_id))


def _message(made: Mended | None) -> Any:
    if made is None:
        return _("改好的文件已收到，正在后台读取；只导入改好的行")
    if made.joined or made.side_rejected:
        return _("已导入 %(n)s 行，附表改好 %(k)s 行，仍需修正 %(m)s 行", n=made.loaded, k=made.joined, m=made.wrong)
    return _("已导入 %(n)s 行，仍需修正 %(m)s 行", n=made.loaded, m=made.rejected)


@pages.get("/batches/<uuid:batch_id>/mended")
@requires(*READERS)
def receiving(batch_id: UUID) -> Any:
    """How far a large mended workbook is: the part of the page that changes; the page itself anew when it is done."""
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        found = queries.receiving(work, batch)
    answer = make_response(render_template("intake/_receiving.html", batch=batch, receiving=found))
    if found is None or found.state == "failed":
        answer.headers["HX-Refresh"] = "true"
    return answer
