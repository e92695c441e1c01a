"""Evidence files: dropped on a batch or a case, placed by hand, and downloaded."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.evidence import KINDS
from reviewdesk.intake.evidence_files import ACCEPT, Refused
from reviewdesk.intake.evidence_names import REASONS
from reviewdesk.intake.service import find_batch
from reviewdesk.review import evidence, queries
from reviewdesk.review.attached import of_batch
from reviewdesk.review.states import REVIEWER, SENIOR, UPLOADER
from reviewdesk.review.views import SEES, review

ATTACHES = (UPLOADER, REVIEWER, SENIOR)


@review.get("/batches/<uuid:batch_id>/attachments")
@pages.requires(*SEES)
def attachments(batch_id: UUID) -> str:
    """The evidence files of a batch: those without a case first. As a part of the batch page, only the summary."""
    return _batch_page(batch_id)


def _batch_page(batch_id: UUID, refused: list[Refused] | None = None) -> str:
    actor = pages.current_actor()
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        held = of_batch(work, batch_id)
    return render_template(
        "review/_attachments.html" if pages.is_htmx() else "review/attachments.html",
        batch=batch,
        part=pages.is_htmx(),
        held=held,
        refused=refused or [],
        kinds=KINDS,
        reasons=REASONS,
        may_attach=may(actor.roles, Ability.UPLOAD) or may(actor.roles, Ability.REVIEW),
        accept=ACCEPT,
        max_bytes=current_app.extensions["reviewdesk.settings"].max_upload_bytes,
    )


@review.post("/batches/<uuid:batch_id>/attachments")
@pages.requires(*ATTACHES)
def attach_to_batch(batch_id: UUID) -> Any:
    """Keep the dropped files and match them to the batch's cases; what was refused is shown with its reason."""
    uploads = [(one.filename or "", one.stream) for one in request.files.getlist("files") if one.filename]
    received = evidence.receive(pages.current_actor(), batch_id, uploads)
    made = len(received.matched) + len(received.unmatched)
    if made or received.known:
        flash(
            _(
                "已保存 %(made)s 个文件：%(matched)s 个归入案件，%(unmatched)s 个待处理；另有 %(known)s 个已存在",
                made=made,
                matched=len(received.matched),
                unmatched=len(received.unmatched),
                known=received.known,
            ),
            "pass" if not received.unmatched else "info",
        )
    if received.refused:
        return _batch_page(batch_id, received.refused), 200 if made else 422
    return redirect(url_for("review.attachments", batch_id=batch_id))


@review.post("/batches/<uuid:batch_id>/attachments/match")
@pages.requires(*ATTACHES)
def match_attachments(batch_id: UUID) -> Response:
    """Match the files without a case once more."""
    number = evidence.match_again(pages.current_actor(), batch_id)
    flash(_("%(n)s 个文件归入了案件", n=number), "pass" if number else "info")
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
    kind = request.form.get("kind") or None
    evidence.attach(pages.current_actor(), case_id, given.filename or "", given.stream, kind)
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
