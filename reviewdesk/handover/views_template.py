"""The page of a firm's Word template of the complaint: its versions, sending one, and taking one into use."""

import io

from flask import flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.errors import Invalid, Text
from reviewdesk.handover import complaint_templates as templates
from reviewdesk.handover.views import handover
from reviewdesk.handover.word.names import LOAN_NAMES, NAMES
from reviewdesk.review.states import COUNSEL


@handover.get("/complaint-template")
@pages.requires(COUNSEL)
def complaint_template() -> str:
    """The versions of the firm's template, and the placeholders that one may have."""
    return render_template(
        "handover/template.html",
        shelf=templates.shelf(pages.current_actor()),
        names=NAMES,
        loan_names=LOAN_NAMES,
        most_bytes=templates.MOST_BYTES,
    )


@handover.post("/complaint-template")
@pages.requires(COUNSEL)
def add_template() -> Response:
    """Keep a template as the next version; it is not in use yet."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid("template.file", Text("请选择文件。", "Choose a file."), field="file")
    made = templates.add(pages.current_actor(), sent.filename, sent.stream)
    flash(_("已保存为第 %(n)s 版，请查看样例后启用", n=made.version), "pass")
    return redirect(url_for("handover.complaint_template"))


@handover.post("/complaint-template/use")
@pages.requires(COUNSEL)
def use_template() -> Response:
    """Take a version into use, or go back to our template."""
    version = _number(request.form.get("version", ""))
    templates.use(pages.current_actor(), version)
    flash(_("已启用第 %(n)s 版", n=version) if version else _("已改用内置模板"), "pass")
    return redirect(url_for("handover.complaint_template"))


@handover.get("/complaint-template/file.docx")
@pages.requires(COUNSEL)
def template_file() -> Response:
    """A version as it was sent, or our template."""
    return _document(*templates.file(pages.current_actor(), _number(request.args.get("version", ""))))


@handover.get("/complaint-template/preview.docx")
@pages.requires(COUNSEL)
def template_preview() -> Response:
    """The complaint of a made-up suit by a version, or by our template."""
    return _document(*templates.preview(pages.current_actor(), _number(request.args.get("version", ""))))


def _number(text: str) -> int | None:
    if text == "":
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        raise Invalid("template.version", Text("没有这一版模板。", "There is no such version."), field="version")
    return int(text)


def _document(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype=templates.DOCX, as_attachment=True, download_name=name)
