"""Evidence files: dropped on a batch or a case, placed by hand, and downloaded."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, Text
from reviewdesk.evidence import KINDS
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.evidence_files import ACCEPT
from reviewdesk.intake.evidence_names import REASONS
from reviewdesk.review import evidence, queries, uploads
from reviewdesk.review.attached import of_batch, recent_uploads, view_upload
from reviewdesk.review.guessing import suggestions
from reviewdesk.review.states import REVIEWER, SENIOR, UPLOADER
from reviewdesk.review.views import SEES, review

ATTACHES = (UPLOADER, REVIEWER, SENIOR)
MOST_PARTS = 900
"""Files that one request of a browser may bring; the framework counts 1,000 parts of a form at most."""


@review.get("/batches/<uuid:batch_id>/attachments")
@pages.requires(*SEES)
def attachments(batch_id: UUID) -> str:
    """The evidence files of a batch: those without a case first. As a part of the batch page, only the summary."""
    actor = pages.current_actor()
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        held = of_batch(work, batch_id)
        sent = recent_uploads(work, batch_id)
        hints = suggestions(work, batch_id, held.unmatched) if may_attach(actor) else {}
    part = request.args.get("part") if pages.is_htmx() else None
    return render_template(
        {"held": "review/_held.html", "summary": "review/_attachments.html"}.get(part or "", "review/attachments.html"),
        batch=batch,
        part=part,
        held=held,
        uploads=sent,
        suggestions=hints,
        kinds=KINDS,
        reasons=REASONS,
        may_attach=may_attach(actor),
        accept=ACCEPT,
        max_bytes=_most_bytes(),
        most_files=MOST_PARTS,
    )


def may_attach(actor: Actor) -> bool:
    """Whether somebody may add files and place them."""
    return may(actor.roles, Ability.UPLOAD) or may(actor.roles, Ability.REVIEW)


@review.post("/batches/<uuid:batch_id>/attachments")
@pages.requires(*ATTACHES)
def attach_to_batch(batch_id: UUID) -> Response:
    """Keep the dropped files; the page then shows how far they are and what came of them."""
    sent = [(one.filename or "", one.stream) for one in request.files.getlist("files") if one.filename]
    uploads.receive(pages.current_actor(), batch_id, sent)
    return redirect(url_for("review.attachments", batch_id=batch_id))


@review.get("/evidence-uploads/<uuid:upload_id>")
@pages.requires(*SEES)
def evidence_upload(upload_id: UUID) -> Any:
    """How far an upload of evidence is, as the part of a page that changes; else the page where it is shown."""
    with unit_of_work(pages.current_actor()) as work:
        one = view_upload(work, upload_id)
    if not pages.is_htmx():
        return _where(one.upload.batch_id, one.upload.case_id)
    answer = make_response(
        render_template("review/_upload.html", one=one, may_attach=may_attach(pages.current_actor()))
    )
    if not one.busy:
        answer.headers["HX-Trigger-After-Swap"] = "evidence-done"
    return answer


@review.post("/evidence-uploads/<uuid:upload_id>/cancel")
@pages.requires(*ATTACHES)
def cancel_evidence_upload(upload_id: UUID) -> Response:
    """Cancel an upload whose files are not taken in yet."""
    try:
        upload = uploads.cancel(pages.current_actor(), upload_id)
    except Conflict as error:
        flash(pages.in_my_language(error.text), "info")
        return redirect(url_for("review.evidence_upload", upload_id=upload_id))
    return _where(upload.batch_id, upload.case_id)


@review.post("/batches/<uuid:batch_id>/attachments/match")
@pages.requires(*ATTACHES)
def match_attachments(batch_id: UUID) -> Response:
    """Match the files without a case once more."""
    number = evidence.match_again(pages.current_actor(), batch_id)
    flash(_("%(n)s 个文件归入了案件", n=number), "pass" if number else "info")
    return redirect(url_for("review.attachments", batch_id=batch_id))


@review.post("/batches/<uuid:batch_id>/attachments/place")
@pages.requires(*ATTACHES)
def place_attachments(batch_id: UUID) -> Response:
    """Give the ticked files to one account, or take them off."""
    ids = [UUID(one) for one in request.form.getlist("attachment")]
    try:
        if request.form.get("action") == "remove":
            number = evidence.remove_many(pages.current_actor(), batch_id, ids)
            flash(_("已移除 %(n)s 个附件", n=number), "pass")
        else:
            placed = evidence.assign_many(pages.current_actor(), batch_id, ids, request.form.get("account_no", ""))
            flash(_("%(n)s 个文件归入了案件", n=len(placed)), "pass")
    except Invalid as error:
        flash(pages.in_my_language(error.text), "fail")
    return redirect(url_for("review.attachments", batch_id=batch_id))


@review.post("/attachments/<uuid:attachment_id>/assign")
@pages.requires(*ATTACHES)
def assign_attachment(attachment_id: UUID) -> Response:
    """Give a file to the account that was typed."""
    one = evidence.assign(pages.current_actor(), attachment_id, request.form.get("account_no", ""))
    flash(_("附件已归入案件"), "pass")
    return redirect(url_for("review.attachments", batch_id=one.batch_id))


@review.post("/attachments/<uuid:attachment_id>/kind")
@pages.requires(*ATTACHES)
def set_attachment_kind(attachment_id: UUID) -> Response:
    """Say what kind of evidence a file is."""
    one = evidence.set_kind(pages.current_actor(), attachment_id, request.form.get("kind") or None)
    flash(_("附件类别已更改"), "pass")
    return _where(one.batch_id, one.case_id)


@review.post("/attachments/<uuid:attachment_id>/remove")
@pages.requires(*ATTACHES)
def remove_attachment(attachment_id: UUID) -> Response:
    """Take a file off."""
    one = evidence.remove(pages.current_actor(), attachment_id)
    flash(_("附件已移除"), "pass")
    return _where(one.batch_id, one.case_id)


def _where(batch_id: UUID, case_id: int | None) -> Response:
    """Back to the page that the form stood on."""
    if case_id is None or request.args.get("on") == "batch":
        return redirect(url_for("review.attachments", batch_id=batch_id))
    return _back(case_id)


@review.post("/cases/<int:case_id>/files")
@pages.requires(*ATTACHES)
def attach(case_id: int) -> Response:
    """Keep a file with this case."""
    given = request.files.get("file")
    if given is None:
        raise Invalid("file.none", Text("请选择文件。", "Choose a file."), field="file")
    actor, kind = pages.current_actor(), request.form.get("kind") or None
    if evidence.is_archive(given.stream):
        uploads.receive_for_case(actor, case_id, (given.filename or "", given.stream), kind)
        flash(_("已收到压缩包，正在整理其中的文件"), "info")
    else:
        evidence.attach(actor, case_id, given.filename or "", given.stream, kind)
        flash(_("已添加附件"), "pass")
    return _back(case_id)


@review.get("/cases/<int:case_id>/files/<uuid:attachment_id>")
@pages.requires(*SEES)
def evidence_file(case_id: int, attachment_id: UUID) -> Response:
    """A file of this case, as a download."""
    path, name = evidence.fetch(pages.current_actor(), case_id, attachment_id)
    return send_file(path, as_attachment=True, download_name=name)


def _back(case_id: int) -> Response:
    context: dict[str, Any] = dict(queries.read_filters(request.args).as_json())
    return redirect(url_for("review.case", case_id=case_id, _anchor="files", **context))


def _most_bytes() -> int:
    most: int = current_app.extensions["reviewdesk.settings"].max_upload_bytes
    return most
