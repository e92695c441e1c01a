"""The pages on which rejected rows are mended: the table of rows, the error workbook, and the file that comes back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, NotFound, Text
from reviewdesk.intake import corrections, dismissing, mended_workbook, mending, queries, side_queries
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.dismissing import MOST_NOTE, REASONS, Place
from reviewdesk.intake.mapping import column_index
from reviewdesk.intake.mending import MENDABLE, GivenRow, Mended
from reviewdesk.intake.mending_table import Line, account_lines, line_of, place_named, side_lines
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.row_results import result_of
from reviewdesk.intake.waiting import asked_of
from reviewdesk.intake.words import label_of_code
from reviewdesk.pages import as_sentence, current_actor, in_my_language, is_htmx, language, page_of, requires

pages = Blueprint("mending", __name__)

READERS = ("uploader", "reviewer", "senior_reviewer", "compliance")
SEE_ORIGINAL = ("uploader", "compliance")
"""The roles that may have the original, and so the error workbook with its clear values."""


# --- the rows --------------------------------------------------------------------------------------------------------


@pages.get("/batches/<uuid:batch_id>/rejected")
@requires(*READERS)
def rows(batch_id: UUID) -> Any:
    """The rejected rows of a batch, their bad cells open for mending; or those that were dismissed."""
    return _rows_page(batch_id)


def _rows_page(batch_id: UUID, error: Invalid | None = None) -> str:
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        sheets = side_queries.rejected_by_sheet(work, batch)
        side_dismissed = side_queries.dismissed_number(work, batch)
        return render_template(
            "intake/mending.html",
            batch=batch,
            sheets=sheets,
            dismissed=int(batch.counts.get("dismissed", 0)) + side_dismissed,
            error=error,
            code=request.args.get("code") or None,
            errors_state=corrections.errors_state(work, batch),
            errors_file=corrections.latest_error_workbook(work, batch),
            receiving=queries.receiving(work, batch),
            mendable=_mendable(batch),
            waiting=sum(one.rows for one in asked_of(work, batch)) if _mendable(batch) else 0,
            reasons=[(code, in_my_language(text)) for code, text in REASONS.items()],
            REASONS=REASONS,
            most_note=MOST_NOTE,
            **_part(work, batch, sheets),
        )


def _part(work: Work, batch: Batch, sheets: Mapping[str, int]) -> dict[str, Any]:
    """The rows that the page shows: of the accounts, of a side sheet, or the dismissed ones of both."""
    if request.args.get("dismissed"):
        return _dismissed_part(work, batch)
    sheet = request.args.get("sheet") or None
    if sheet is None and not batch.counts.get("rejected"):
        sheet = next(iter(sheets), None)
    if sheet is not None and sheet in sheets:
        return _side_part(work, batch, sheet)
    return _account_part(work, batch)


def _account_part(work: Work, batch: Batch) -> dict[str, Any]:
    """The rejected rows of the accounts."""
    after = request.args.get("cursor", type=int)
    found = queries.rejected_rows(work, batch.batch_id, code=request.args.get("code") or None, after=after)
    page = page_of(found, queries.ROWS_PER_PAGE, lambda row: str(row.row), first=after is None)
    codes = [(as_sentence(label_of_code(one)), one, n) for one, n in queries.code_counts(work, batch.batch_id)]
    return {"sheet": None, "page": page, "codes": codes, "lines": account_lines(work, batch, page.items)}


def _side_part(work: Work, batch: Batch, sheet: str) -> dict[str, Any]:
    """The rejected rows of a side sheet."""
    after, code = request.args.get("cursor", type=int), request.args.get("code") or None
    place = None if after is None else (sheet, after)
    found = side_queries.rejected_side_rows(work, batch, sheet, code=code, after=place)
    page = page_of(found, queries.ROWS_PER_PAGE, lambda row: str(row.row), first=after is None)
    codes = [
        (as_sentence(label_of_code(one)), one, n)
        for name, one, n in side_queries.codes_by_sheet(work, batch)
        if name == sheet
    ]
    return {"sheet": sheet, "page": page, "codes": codes, "lines": side_lines(batch, page.items)}


def _dismissed_part(work: Work, batch: Batch) -> dict[str, Any]:
    """The rows that were dismissed: of the accounts until they end, then of the side sheets."""
    key = request.args.get("cursor", "")
    sheet, number = place_named(key) or (None, 0)
    lines: list[Line] = []
    if sheet is None:
        found = queries.rejected_rows(work, batch.batch_id, after=number, outcome="dismissed")
        lines += account_lines(work, batch, found)
    left = queries.ROWS_PER_PAGE - len(lines)
    if left >= 0:
        after = (sheet, number) if sheet is not None else None
        beside = side_queries.rejected_side_rows(work, batch, after=after, size=left, outcome="dismissed")
        lines += side_lines(batch, beside)
    page = page_of(lines, queries.ROWS_PER_PAGE, lambda line: line.key, first=not key)
    return {"sheet": None, "page": page, "codes": [], "lines": page.items, "shows_dismissed": True}


def _mendable(batch: Batch) -> bool:
    return batch.state in MENDABLE and current_actor().has("uploader")


@pages.post("/batches/<uuid:batch_id>/rejected/<int:number>")
@requires("uploader")
def mend(batch_id: UUID, number: int) -> Any:
    """Take in the cells that were given for a row of the accounts or of a side sheet, and read it again."""
    sheet = request.form.get("sheet") or None
    given = GivenRow(number, _given(), sheet)
    made = mending.mend_rows(current_actor(), batch_id, [given], mending.about_one(given))
    if is_htmx():
        answer = make_response(_line(batch_id, sheet, number, again=True))
        if made.taken:
            answer.headers["HX-Trigger"] = "row-mended"
        return answer
    flash(_message(made), "pass" if made.taken else "warn")
    return redirect(url_for("mending.rows", batch_id=batch_id, sheet=sheet))


@pages.get("/batches/<uuid:batch_id>/rejected/<int:number>")
@requires(*READERS)
def row(batch_id: UUID, number: int) -> Any:
    """A row as it stands: what became of it, or its cells, with `whole` all of them."""
    return _line(batch_id, request.args.get("sheet") or None, number)


def _line(batch_id: UUID, sheet: str | None, number: int, *, again: bool = False) -> str:
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        result = result_of(work, batch, sheet, number)
        if result.outcome == "unknown":
            raise NotFound("row.unknown", Text("没有这一行。", "There is no such row."))
        return render_template(
            "intake/_line.html",
            batch=batch,
            line=line_of(work, batch, result.row) if result.row and result.outcome == "rejected" else None,
            result=result,
            place=place_of(batch, number) if sheet is None else None,
            again=again,
            whole=bool(request.values.get("whole")),
            mendable=_mendable(batch),
        )


def _given() -> dict[int, str]:
    """The cells that were changed, by column from 0."""
    return {
        column_index(name.removeprefix("cell-")): text
        for name, text in request.form.items()
        if name.startswith("cell-") and text != request.form.get(f"was-{name.removeprefix('cell-')}", "")
    }


# --- rows that are no cases ------------------------------------------------------------------------------------------


@pages.post("/batches/<uuid:batch_id>/dismissed")
@requires("uploader")
def dismiss(batch_id: UUID) -> Any:
    """Dismiss the ticked rows."""
    form, places = request.form, _ticked(batch_id)
    if not places:
        flash(_("请先勾选要剔除的行"), "warn")
        return _back(batch_id)
    try:
        made = dismissing.dismiss(current_actor(), batch_id, places, form.get("reason", ""), form.get("note", ""))
    except Invalid as error:
        flash(in_my_language(error.text), "warn")
        return _back(batch_id)
    flash(_("已剔除 %(n)s 行，可在「已剔除」里恢复", n=len(made.changed)), "pass")
    return _back(batch_id)


@pages.post("/batches/<uuid:batch_id>/reinstated")
@requires("uploader")
def reinstate(batch_id: UUID) -> Any:
    """Take the dismissal of the ticked rows back."""
    places = _ticked(batch_id)
    if not places:
        flash(_("请先勾选要恢复的行"), "warn")
        return redirect(url_for("mending.rows", batch_id=batch_id, dismissed=1))
    made = dismissing.reinstate(current_actor(), batch_id, places)
    flash(_("已恢复 %(n)s 行，重新列为待修正", n=len(made.changed)), "pass")
    return redirect(url_for("mending.rows", batch_id=batch_id))


def _ticked(batch_id: UUID) -> list[Place]:
    """The rows of the batch that were ticked."""
    with unit_of_work(current_actor()) as work:
        find_batch(work, batch_id)
    return [place for key in request.form.getlist("rows") if (place := place_named(key)) is not None]


def _back(batch_id: UUID) -> Any:
    """The page of rows with the filters that it had."""
    sheet, code = request.form.get("sheet") or None, request.form.get("code") or None
    return redirect(url_for("mending.rows", batch_id=batch_id, sheet=sheet, code=code))


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
    flash(_message(made), "pass" if made is None or made.taken else "warn")
    return redirect(url_for("intake.show" if made and not made.wrong else "mending.rows", batch_id=batch_id))


def _message(made: Mended | None) -> Any:
    if made is None:
        return _("改好的文件已收到，正在后台读取；只导入改好的行")
    parts = [_("已导入 %(n)s 行", n=made.loaded)]
    if made.known:
        parts.append(_("已有案件的 %(n)s 行按本批的设定更新或跳过", n=made.known))
    if made.joined or made.side_rejected:
        parts.append(_("附表改好 %(n)s 行", n=made.joined))
    if made.dismissed:
        parts.append(_("%(n)s 行已剔除，改动没有读取", n=made.dismissed))
    return _("，").join([*parts, _("仍需修正 %(n)s 行", n=made.wrong)])


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
