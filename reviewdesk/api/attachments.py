"""Evidence files: sent to a batch, listed, placed, and fetched."""

from uuid import UUID

from flask import Response, request, send_file

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import shapes
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.evidence_files import MEDIA
from reviewdesk.intake.models import Attachment
from reviewdesk.intake.service import find_batch
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import evidence
from reviewdesk.review.attached import attachments_of, of_batch
from reviewdesk.review.desk import visible_case

ATTACHES = sorted(roles_with(Ability.UPLOAD) | roles_with(Ability.REVIEW))
READERS = sorted(roles_with(Ability.SEE_CASES))


@api.post("/batches/<uuid:batch_id>/attachments")
@requires(*ATTACHES)
@speaks(
    "attachments",
    {201: Answer("What became of the files", shapes.ReceivedFiles)},
    form=shapes.SentFiles,
)
def send_attachments(batch_id: UUID, form: shapes.SentFiles) -> Reply:
    """Send evidence files to a batch: PDF, JPEG, PNG, or zip of these, as parts named `file`.

    A file whose name, or a folder of whose archive, holds the account number of one case of the batch is attached to
    it. Others are kept as `unmatched` with the reason. A file that is there already is counted as known.
    """
    uploads = [(one.filename or "", one.stream) for one in request.files.getlist("file")]
    received = evidence.receive(current_actor(), batch_id, uploads)
    return Reply(
        shapes.ReceivedFiles(
            matched=[_attachment(one) for one in received.matched],
            unmatched=[_attachment(one) for one in received.unmatched],
            known=received.known,
            refused=[
                shapes.RefusedFile(name=one.path, code=one.code, message=shapes.Sentence.of(one.text))
                for one in received.refused
            ],
        ),
        201,
    )


@api.get("/batches/<uuid:batch_id>/attachments")
@requires(*READERS)
@speaks("attachments", {200: Answer("The files", shapes.Attachments)})
def list_unmatched_attachments(batch_id: UUID) -> shapes.Attachments:
    """List the evidence files of a batch that belong to no case yet, each with the reason."""
    with unit_of_work(current_actor()) as work:
        find_batch(work, batch_id)
        return shapes.Attachments(items=[_attachment(one) for one in of_batch(work, batch_id).unmatched])


@api.get("/cases/<int:case_id>/attachments")
@requires(*READERS)
@speaks("attachments", {200: Answer("The files", shapes.Attachments)})
def list_attachments(case_id: int) -> shapes.Attachments:
    """List the evidence files of a case, oldest first."""
    with unit_of_work(current_actor()) as work:
        case = visible_case(work, case_id, "review:case:open")
        return shapes.Attachments(items=[_attachment(one) for one in attachments_of(work, case.org_id, case_id)])


@api.post("/cases/<int:case_id>/attachments")
@requires(*ATTACHES)
@speaks(
    "attachments",
    {201: Answer("The files that the case has now beside its others", shapes.Attachments)},
    form=shapes.SentToCase,
    problems=(409,),
)
def send_case_attachment(case_id: int, form: shapes.SentToCase) -> Reply:
    """Send an evidence file of a case, as the part `file`: PDF, JPEG, PNG, or a zip of these, whatever its name says.

    A case that waits for a decision is audited anew where its kinds of evidence change.
    """
    file = request.files.get("file")
    if file is None:
        raise Invalid("file.none", Text("请在 file 中给出文件。", "Give the file as the part `file`."), field="file")
    made = evidence.attach(current_actor(), case_id, file.filename or "", file.stream, form.kind)
    return Reply(shapes.Attachments(items=[_attachment(one) for one in made]), 201)


@api.get("/cases/<int:case_id>/attachments/<uuid:attachment_id>/file")
@requires(*READERS)
@speaks("attachments", {200: Answer("The file", media=tuple(MEDIA.values()))})
def get_attachment_file(case_id: int, attachment_id: UUID) -> Response:
    """Fetch a file of a case, unchanged and in clear; the download is an event."""
    path, name = evidence.fetch(current_actor(), case_id, attachment_id)
    return send_file(path, as_attachment=True, download_name=name)


@api.post("/attachments/<uuid:attachment_id>/account")
@requires(*ATTACHES)
@speaks("attachments", {200: Answer("The file", shapes.Attachment)}, body=shapes.GivenAccount, problems=(409,))
def place_attachment(attachment_id: UUID, body: shapes.GivenAccount) -> shapes.Attachment:
    """Give a file that belongs to no case to an account of its batch."""
    return _attachment(evidence.assign(current_actor(), attachment_id, body.account_no))


@api.post("/attachments/<uuid:attachment_id>/kind")
@requires(*ATTACHES)
@speaks("attachments", {200: Answer("The file", shapes.Attachment)}, body=shapes.GivenEvidenceKind)
def set_attachment_kind(attachment_id: UUID, body: shapes.GivenEvidenceKind) -> shapes.Attachment:
    """Say what kind of evidence a file is."""
    return _attachment(evidence.set_kind(current_actor(), attachment_id, body.kind))


@api.delete("/attachments/<uuid:attachment_id>")
@requires(*ATTACHES)
@speaks("attachments", {200: Answer("The file that was taken off", shapes.Attachment)})
def remove_attachment(attachment_id: UUID) -> shapes.Attachment:
    """Take a file off its case; a case that waits for a decision is audited anew."""
    return _attachment(evidence.remove(current_actor(), attachment_id))


def _attachment(one: Attachment) -> shapes.Attachment:
    return shapes.Attachment(
        attachment_id=one.attachment_id,
        batch_id=one.batch_id,
        case_id=one.case_id,
        name=one.name,
        folder=one.folder,
        kind=one.kind,
        reason=one.reason,
        media=one.media,
        size=one.size,
        sha256=one.sha256,
        by=one.by_name,
        at=one.created_at,
    )
