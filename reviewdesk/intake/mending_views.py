"""The pages on which rejected rows are mended: the table of rows, the error workbook, and the file that comes back."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import corrections, mending, queries
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.mapping import column_index
from reviewdesk.intake.mending import MENDABLE, Mended
from reviewdesk.intake.models import Batch, SheetRow
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
    code = request.args.get("code") or None
    after = request.args.get("cursor", type=int)
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        found = queries.rejected_rows(work, batch_id, code=code, after=after)
        page = page_of(found, queries.ROWS_PER_PAGE, lambda row: str(row.row), first=after is None)
        codes = [(in_my_language(label_of_code(one)), one, n) for one, n in queries.code_counts(work, batch_id)]
        return render_template(
            "intake/mending.html",
            batch=batch,
            page=page,
            code=code,
            codes=codes,
            error=error,
            errors_state=corrections.errors_state(work, batch),
            errors_file=corrections.latest_error_workbook(work, batch),
            **_columns(batch, page.items),
        )


def _columns(batch: Batch, found: list[SheetRow]) -> dict[str, Any]:
    return {
        "shown_fields": [field_named(name) for name in queries.columns_for(found)],
        "headers": queries.headers_of(batch),
        "mendable": batch.state in MENDABLE and current_actor().has("uploader"),
    }


@pages.post("/batches/<uuid:batch_id>/rejected/<int:row>")
@requires("uploader")
def mend(batch_id: UUID, row: int) -> Any:
    """Take in the cells that were given for a row, and read it again."""
    given = {
        column_index(name.removeprefix("cell-")): text
        for name, text in request.form.items()
        if name.startswith("cell-") and text != request.form.get(f"was-{name.removeprefix('cell-')}", "")
    }
    made = mending.mend_row(current_actor(), batch_id, row, given)
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


# --- the error workbook ----------------------------------------------------------------------------------------------


@pages.get("/batches/<uuid:batch_id>/errors.xlsx")
@requires(*SEE_ORIGINAL)
def error_workbook(batch_id: UUID) -> Any:
    """The error workbook: made now where the sheet is small, else the one that a worker made."""
    with unit_of_work(current_actor()) as work:
        at_once = corrections.is_made_at_once(find_batch(work, batch_id))
    if at_once:
        book, name = corrections.error_workbook(current_actor(), batch_id, in_my_language)
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
        made = mending.receive_workbook(current_actor(), batch_id, file.stream, file.filename)
    except Invalid as error:
        return _rows_page(batch_id, error), error.status
    flash(_message(made), "pass" if made is None or made.loaded else "warn")
    return redirect(url_for("intake.show" if made and not made.rejected else "mending.rows", batch_id=batch_id))


def _message(made: Mended | None) -> Any:
    if made is None:
        return _("改好的文件已收到，正在后台读取；只导入改好的行")
    return _("已导入 %(n)s 行，仍需修正 %(m)s 行", n=made.loaded, m=made.rejected)
