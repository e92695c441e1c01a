"""The pages of batches: upload, mapping, progress and outcome, and the files that go back to the uploader."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, Text
from reviewdesk.intake import (
    cancelling,
    causes,
    confirming,
    corrections,
    kept_looks,
    mended_workbook,
    queries,
    uploading,
)
from reviewdesk.intake.answering import open_questions
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.declaring import Declared, read_declared
from reviewdesk.intake.fields import FIELDS
from reviewdesk.intake.forms import (
    UploadForm,
    complaints,
    read_mapping,
    unanswered,
)
from reviewdesk.intake.hidden import Hidden, read_hidden
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping_page import mapping_page
from reviewdesk.intake.mending import MENDABLE
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import parts_of, place_of
from reviewdesk.intake.reading import formats
from reviewdesk.intake.wishes import Wish
from reviewdesk.intake.words import ASIDE
from reviewdesk.labels import LENDER_KINDS
from reviewdesk.pages import Page, current_actor, go_to, in_my_language, language, page_of, requires
from reviewdesk.settings import Settings

batches = Blueprint("intake", __name__)

READERS = ("uploader", "reviewer", "senior_reviewer", "compliance")
STEPS = {"uploaded": 1, "mapping": 2, "loading": 3, "stopped": 3, "auditing": 4, "ready": 5}
"""Where a batch is on its road; any other state is beyond its end."""
BUSY = ("uploaded", "loading", "auditing", "taking_back")


@batches.get("/batches")
@requires(*READERS)
def index() -> Any:
    """The organisation's batches."""
    after = request.args.get("cursor")
    with unit_of_work(current_actor()) as work:
        rows = queries.list_batches(work, after=after)
    page = page_of(rows, queries.BATCHES_PER_PAGE, queries.cursor_of, first=after is None)
    return render_template("intake/batches.html", page=page)


# --- upload ----------------------------------------------------------------------------------------------------------


@batches.route("/batches/new", methods=["GET", "POST"])
@requires("uploader")
def new() -> Any:
    """Upload a workbook."""
    form = UploadForm()
    if not form.is_submitted():
        return _upload_page(form)
    if not form.validate():
        return _upload_page(form), 422
    try:
        marked = mended_workbook.batch_of_workbook(current_actor(), form.file.data.stream)
        if marked is not None:
            mended_workbook.receive_workbook(current_actor(), marked, form.file.data.stream, form.file.data.filename)
            flash(_("这是已有批次的错误工作簿：只导入了其中改好的行"), "info")
            return redirect(url_for("intake.show", batch_id=marked))
        wish = Wish(declared=form.declared(), constants=form.constants(), on_known=form.on_known())
        file = form.file.data
        batch = uploading.receive_upload(
            current_actor(), file.stream, file.filename, wish, form.passwords(request.form)
        )
    except Conflict as error:
        return _upload_page(form, same=error), error.status
    except Invalid as error:
        return _upload_page(form, error), error.status
    return redirect(_place_of(batch))


def _upload_page(form: UploadForm, error: Invalid | None = None, same: Conflict | None = None) -> str:
    settings: Settings = _settings()
    return render_template(
        "intake/new.html",
        form=form,
        error=error,
        same=same,
        max_bytes=settings.max_upload_bytes,
        max_mb=settings.max_upload_mb,
        lender_kinds=LENDER_KINDS,
        formats=formats,
    )


@batches.post("/batches/<uuid:batch_id>/again")
@requires("uploader")
def again(batch_id: UUID) -> Any:
    """Import the file of a stopped or failed batch once more."""
    try:
        batch = uploading.import_again(current_actor(), batch_id)
    except Invalid as error:
        if error.code != "file.encrypted":
            raise
        flash(_("这个工作簿设有密码，解密副本已删除：请重新上传并输入密码"), "info")
        return redirect(url_for("intake.new"))
    return redirect(_place_of(batch))


@batches.post("/batches/<uuid:batch_id>/cancel")
@requires(*cancelling.ROLES)
def cancel(batch_id: UUID) -> Any:
    """Cancel an import that is not done."""
    try:
        cancelling.cancel(current_actor(), batch_id)
    except Conflict as error:
        flash(in_my_language(error.text), "info")
    return redirect(url_for("intake.show", batch_id=batch_id))


def _place_of(batch: Batch) -> str:
    return url_for("intake.mapping" if batch.state == "mapping" else "intake.show", batch_id=batch.batch_id)


# --- mapping ---------------------------------------------------------------------------------------------------------


@batches.get("/batches/<uuid:batch_id>/mapping")
@requires("uploader")
def mapping(batch_id: UUID) -> Any:
    """What every column is: a proposal to confirm or change."""
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        if batch.state != "mapping":
            return redirect(_place_of(batch))
        proposed = ColumnMapping.from_json(batch.mapping or {})
        return mapping_page(work, batch, proposed, Declared.from_json(batch.declared))


@batches.post("/batches/<uuid:batch_id>/mapping")
@requires("uploader")
def confirm(batch_id: UUID) -> Any:
    """Confirm the mapping, take another sheet, or show what a changed choice would read."""
    actor, form = current_actor(), request.form
    version = form.get("version", 0, type=int)
    if form.get("action") == "sheet":
        confirming.choose_sheet(actor, batch_id, form.get("sheet", ""), version)
        return redirect(url_for("intake.mapping", batch_id=batch_id))
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        waits = batch.state == "mapping" and batch.version == version
        if waits:
            base = ColumnMapping.from_json(batch.mapping or {})
            look = kept_looks.look_of(work, batch)
            stated = read_mapping(form, look, base)
            declared, wrong = _declared(form, batch)
            hidden = _hidden(form)
            if form.get("action") in ("preview", "sides"):
                checked = confirming.check_sides(work, batch, stated, hidden) if form["action"] == "sides" else None
                return mapping_page(work, batch, stated, declared, hidden=hidden, checked=checked)
            wrong += [*complaints(look.taken(stated, hidden), form), *unanswered(look, stated)]
            if wrong:
                return mapping_page(work, batch, stated, declared, wrong, hidden=hidden), 422
    if not waits:
        flash(_("这一页已经过时：列对应在别处确认、更改或取消了"), "info")
        return go_to(_place_of(batch))
    try:
        confirmed = confirming.confirm_mapping(
            actor, batch_id, stated, version=version, declared=declared, hidden=hidden
        )
    except Invalid as error:
        with unit_of_work(actor) as work:
            return mapping_page(work, batch, stated, declared, [error.text], hidden=hidden), error.status
    if confirmed.state == "mapping":
        flash(_("这个文件的列对应已确认，请继续确认下一个文件"), "pass")
    return redirect(_place_of(confirmed))


def _declared(form: Mapping[str, str], batch: Batch) -> tuple[Declared, list[Text]]:
    try:
        return read_declared(form), []
    except Invalid as error:
        return Declared.from_json(batch.declared), [error.text]


def _hidden(form: Mapping[str, str]) -> Hidden:
    return read_hidden({name: form.get(f"hidden_{name}") for name in ("rows", "columns", "sheets")})


# --- one batch -------------------------------------------------------------------------------------------------------


@batches.get("/batches/<uuid:batch_id>")
@requires(*READERS)
def show(batch_id: UUID) -> Any:
    """A batch: how far it is, what came of it, and the rows that were not loaded."""
    return render_template("intake/batch.html", **_outcome(batch_id))


@batches.get("/batches/<uuid:batch_id>/progress")
@requires(*READERS)
def progress(batch_id: UUID) -> Any:
    """The part of the page that changes while the batch is worked on; the whole outcome once there is another state."""
    outcome = _outcome(batch_id)
    if request.args.get("seen") == outcome["batch"].state and outcome["busy"]:
        return render_template("intake/_state.html", **outcome)
    answer = make_response(render_template("intake/_outcome.html", **outcome))
    answer.headers["HX-Retarget"] = "#batch"
    answer.headers["HX-Reswap"] = "outerHTML"
    return answer


def _outcome(batch_id: UUID) -> dict[str, Any]:
    with unit_of_work(current_actor()) as work:
        found = queries.detail(work, batch_id)
        batch = found.batch
        return {
            "found": found,
            "batch": batch,
            "file": found.file,
            "step": STEPS.get(batch.state, 5),
            "busy": batch.state in BUSY and not (found.progress and found.progress.state == "failed"),
            "phases": _phases(found),
            "audit_left": queries.audit_left(found),
            "causes": causes.of_accounts(work, batch) if batch.counts.get("rejected") else [],
            "side_causes": causes.of_side_sheets(work, batch) if batch.counts.get("beside_wrong") else [],
            "waiting": open_questions(work, batch),
            "mendable": batch.state in MENDABLE and current_actor().has("uploader"),
            "receiving": queries.receiving(work, batch),
            "aside": {reason: (ASIDE[reason], rows) for reason, rows in queries.rows_set_aside(work, batch_id).items()},
            "hidden": read_hidden(batch.hidden),
            "parts": parts_of(batch),
            "place_of": partial(place_of, batch),
            "renewed": _renewed(work, batch),
            "totals": [(known.label, batch.totals[known.name]) for known in FIELDS if batch.totals.get(known.name)],
        }


def _phases(found: queries.Detail) -> tuple[list[str], int]:
    """The phases that an import of this batch goes through, and which of them it is in, counted from 1."""
    phases = {"read": _("读取文件"), "load": _("写入案件")}
    if found.batch.declared:
        phases = {"read": _("读取文件"), "check": _("核对声明"), "load": _("写入案件")}
    if found.batch.on_known == "update":
        phases["update"] = _("更新已有案件")
    phases["audit"] = _("审核")
    now = "audit" if found.batch.state == "auditing" else found.progress.phase if found.progress else ""
    return list(phases.values()), list(phases).index(now) + 1 if now in phases else 0


def _renewed(work: Work, batch: Batch) -> Page[queries.Renewal] | None:
    """A page of the cases whose facts the batch renewed; `updates` in the address is its cursor."""
    if not batch.counts.get("updated"):
        return None
    after = request.args.get("updates", type=int)
    rows = queries.renewals(work, batch.batch_id, after=after)
    return page_of(rows, queries.ROWS_PER_PAGE, lambda one: str(one.event_id), first=after is None)


# --- files -----------------------------------------------------------------------------------------------------------


@batches.get("/batches/<uuid:batch_id>/rejected.xlsx")
@requires("uploader")
def rejected_workbook(batch_id: UUID) -> Any:
    """The rejected rows as a workbook, as they stand in the original and with what to mend."""
    workbook, name = corrections.rejected_workbook(current_actor(), batch_id, language())
    return send_file(workbook, as_attachment=True, download_name=name)


@batches.get("/batches/<uuid:batch_id>/original")
@requires("uploader", "compliance")
def original(batch_id: UUID) -> Any:
    """The uploaded file, unchanged."""
    path, name = corrections.original_file(current_actor(), batch_id)
    return send_file(path, as_attachment=True, download_name=name, mimetype="application/octet-stream")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    return settings
