"""A firm's Word template of the complaint, for its own programs."""

import io
from collections.abc import Mapping

from flask import Response, request, send_file

from reviewdesk.api.shapes import Moment, Sentence, Shape
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.errors import Invalid, Text
from reviewdesk.handover import complaint_templates as templates
from reviewdesk.handover.models import ComplaintTemplate
from reviewdesk.handover.word.names import LOAN_NAMES, NAMES
from reviewdesk.pages import current_actor, requires
from reviewdesk.review.states import COUNSEL

DOCUMENT = Answer("The Word document", media=(templates.DOCX,))


class TemplateVersion(Shape):
    """A version of the firm's template; `placeholders` are those that it uses."""

    version: int
    name: str
    size: int
    sha256: str
    placeholders: list[str]
    in_use: bool
    by: str
    at: Moment


class Templates(Shape):
    """The firm's versions, latest first. `in_use` is null where the built-in template is.

    `names` are all placeholders with what they stand for, `loan_names` those within a loop over `各笔借款`.
    """

    in_use: int | None
    items: list[TemplateVersion]
    names: dict[str, Sentence]
    loan_names: dict[str, Sentence]


class GivenTemplate(Shape):
    """The version to take into use; null: the built-in template."""

    version: int | None


@api.get("/complaint-template")
@requires(COUNSEL)
@speaks("entrustments", {200: Answer("The versions", Templates)})
def get_complaint_templates() -> Templates:
    """List the firm's versions of its Word template of the complaint, and the placeholders that there are."""
    return _shelf()


@api.post("/complaint-template")
@requires(COUNSEL)
@speaks("entrustments", {201: Answer("The version, not in use yet", TemplateVersion)}, problems=(422,))
def send_complaint_template() -> Reply:
    """Send a Word template as the part `file`; it is looked through and tried with a made-up suit.

    422 where it is no Word document, does things by itself (macros, embedded objects, content from outside), takes too
    much, or has placeholders that there are not.
    """
    sent = request.files.get("file")
    if sent is None:
        raise Invalid("file.none", Text("请在 file 中给出文件。", "Give the file as the part `file`."), field="file")
    return Reply(_version(templates.add(current_actor(), sent.filename or "", sent.stream)), 201)


@api.post("/complaint-template/use")
@requires(COUNSEL)
@speaks("entrustments", {200: Answer("The versions", Templates)}, body=GivenTemplate)
def use_complaint_template(body: GivenTemplate) -> Templates:
    """Take a version into use, or go back to the built-in template; the packs made from then on follow it."""
    templates.use(current_actor(), body.version)
    return _shelf()


@api.get("/complaint-template/built-in.docx")
@requires(COUNSEL)
@speaks("entrustments", {200: DOCUMENT})
def get_built_in_template() -> Response:
    """Give the built-in template, to be edited."""
    return _document(*templates.file(current_actor(), None))


@api.get("/complaint-template/<int:version>/file.docx")
@requires(COUNSEL)
@speaks("entrustments", {200: DOCUMENT})
def get_complaint_template_file(version: int) -> Response:
    """Give a version as it was sent."""
    return _document(*templates.file(current_actor(), version))


@api.get("/complaint-template/<int:version>/preview.docx")
@requires(COUNSEL)
@speaks("entrustments", {200: DOCUMENT}, problems=(422,))
def preview_complaint_template(version: int) -> Response:
    """Give the complaint of a made-up suit by a version."""
    return _document(*templates.preview(current_actor(), version))


def _shelf() -> Templates:
    found = templates.shelf(current_actor())
    return Templates(
        in_use=found.in_use.version if found.in_use else None,
        items=[_version(one) for one in found.versions],
        names=_meanings(NAMES),
        loan_names=_meanings(LOAN_NAMES),
    )


def _meanings(of: Mapping[str, Text]) -> dict[str, Sentence]:
    return {name: Sentence.of(meaning) for name, meaning in of.items()}


def _version(one: ComplaintTemplate) -> TemplateVersion:
    told = {name: getattr(one, name) for name in ("version", "name", "size", "sha256", "placeholders", "in_use")}
    return TemplateVersion(**told, by=one.by_name, at=one.created_at)


def _document(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype=templates.DOCX, as_attachment=True, download_name=name)
