"""Evidence files: sent to a batch, listed, placed, and fetched."""

from uuid import UUID

from flask import Response, request, send_file, url_for

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import shapes
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.evidence_files import MEDIA
from reviewdesk.intake.models import Attachment, EvidenceUpload
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import attached, evidence, uploads
from reviewdesk.review.attached import attachments_of, of_batch
from reviewdesk.review.desk import visible_case

ATTACHES = sorted(roles_with(Ability.UPLOAD) | roles_with(Ability.REVIEW))
READERS = sorted(roles_with(Ability.SEE_CASES))
UPLOADED = Answer("The files are kept and will be taken in", shapes.EvidenceUpload, headers={"Location": "The upload"})


@api.post("/batches/<uuid:batch_id>/attachments")
@requires(*ATTACHES)
@speaks("attachments", {202: UPLOADED}, form=shapes.SentFiles)
def send_attachments(batch_id: UUID, form: shapes.SentFiles) -> Reply:
    """Send evidence files to a batch: PDFs, images, or zips of these, as parts named `file`.

    They are kept, and a worker unpacks them; up to 20 files without an archive are `done` in the answer. A file whose
    name, or a folder of whose archive, holds the account number of one case of the batch is attached to it. Others are
    kept without a case, with the reason. A file that is there already is counted as known.
    """
    sent = [(one.filename or "", one.stream) for one in request.files.getlist("file")]
    return _accepted(uploads.receive(current_actor(), batch_id, sent))


def _accepted(upload: EvidenceUpload) -> Reply:
    where = {"Location": url_for("api.get_evidence_upload", upload_id=upload.upload_id)}
    return Reply(_upload(attached.UploadView(upload, None)), 202, where)


@api.get("/batches/<uuid:batch_id>/evidence-uploads")
@requires(*READERS)
@speaks("attachments", {200: Answer("The uploads", shapes.EvidenceUploads)})
def list_evidence_uploads(batch_id: UUID) -> shapes.EvidenceUploads:
    """List the latest uploads of evidence to a batch and its cases, newest first."""
    with unit_of_work(current_actor()) as work:
        find_batch(work, batch_id)
        return shapes.EvidenceUploads(items=[_upload(one) for one in attached.recent_uploads(work, batch_id)])


@api.get("/evidence-uploads/<uuid:upload_id>")
@requires(*READERS)
@speaks("attachments", {200: Answer("The upload", shapes.EvidenceUpload)})
def get_evidence_upload(upload_id: UUID) -> shapes.EvidenceUpload:
    """Tell how far an upload of evidence is, and what became of its files."""
    with unit_of_work(current_actor()) as work:
        return _upload(attached.view_upload(work, upload_id))


@api.get("/evidence-uploads/<uuid:upload_id>/attachments")
@requires(*READERS)
@speaks("attachments", {200: Answer("The files", shapes.Attachments)})
def list_uploaded_attachments(upload_id: UUID) -> shapes.Attachments:
    """List the files that an upload brought, those with a case and those without."""
    with unit_of_work(current_actor()) as work:
        attached.find_upload(work, upload_id, "open")
        return shapes.Attachments(items=[attachment_shape(one) for one in attached.files_of_upload(work, upload_id)])


@api.post("/evidence-uploads/<uuid:upload_id>/cancel")
@requires(*ATTACHES)
@speaks("attachments", {202: Answer("It is cancelled, or will be soon", shapes.EvidenceUpload)}, problems=(409,))
def cancel_evidence_upload(upload_id: UUID) -> Reply:
    """Cancel an upload whose files are not taken in yet; none of them is kept."""
    uploads.cancel(current_actor(), upload_id)
    with unit_of_work(current_actor()) as work:
        return Reply(_upload(attached.view_upload(work, upload_id)), 202)


@api.get("/batches/<uuid:batch_id>/attachments")
@requires(*READERS)
@speaks("attachments", {200: Answer("The files", shapes.Attachments)})
def list_unmatched_attachments(batch_id: UUID) -> shapes.Attachments:
    """List the evidence files of a batch that belong to no case yet, each with the reason."""
    with unit_of_work(current_actor()) as work:
        find_batch(work, batch_id)
        return shapes.Attachments(items=[attachment_shape(one) for one in of_batch(work, batch_id).unmatched])


@api.get("/cases/<int:case_id>/attachments")
@requires(*READERS)
@speaks("attachments", {200: Answer("The files", shapes.Attachments)})
def list_attachments(case_id: int) -> shapes.Attachments:
    """List the evidence files of a case, oldest first."""
    with unit_of_work(current_actor()) as work:
        case = visible_case(work, case_id, "review:case:open")
        return shapes.Attachments(items=[attachment_shape(one) for one in attachments_of(work, case.org_id, case_id)])


@api.post("/cases/<int:case_id>/attachments")
@requires(*ATTACHES)
@speaks(
    "attachments",
    {201: Answer("The file that the case has now beside its others", shapes.Attachments), 202: UPLOADED},
    form=shapes.SentToCase,
    problems=(409,),
)
def send_case_attachment(case_id: int, form: shapes.SentToCase) -> Reply:
    """Send an evidence file of a case, as the part `file`: a PDF, an image, or a zip of these, whatever its name says.

    A zip is unpacked by a worker. A case that waits for a decision is audited anew where its kinds of evidence change.
    """
    file = request.files.get("file")
    if file is None:
        raise Invalid("file.none", Text("请在 file 中给出文件。", "Give the file as the part `file`."), field="file")
    name = file.filename or ""
    if evidence.is_archive(file.stream):
        return _accepted(uploads.receive_for_case(current_actor(), case_id, (name, file.stream), form.kind))
    made = evidence.attach(current_actor(), case_id, name, file.stream, form.kind)
    return Reply(shapes.Attachments(items=[attachment_shape(made)]), 201)


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
    return attachment_shape(evidence.assign(current_actor(), attachment_id, body.account_no))


@api.post("/attachments/<uuid:attachment_id>/kind")
@requires(*ATTACHES)
@speaks("attachments", {200: Answer("The file", shapes.Attachment)}, body=shapes.GivenEvidenceKind)
def set_attachment_kind(attachment_id: UUID, body: shapes.GivenEvidenceKind) -> shapes.Attachment:
    """Say what kind of evidence a file is."""
    return attachment_shape(evidence.set_kind(current_actor(), attachment_id, body.kind))


@api.delete("/attachments/<uuid:attachment_id>")
@requires(*ATTACHES)
@speaks("attachments", {200: Answer("The file that was taken off", shapes.Attachment)})
def remove_attachment(attachment_id: UUID) -> shapes.Attachment:
    """Take a file off its case; a case that waits for a decision is audited anew."""
    return attachment_shape(evidence.remove(current_actor(), attachment_id))


def attachment_shape(one: Attachment) -> shapes.Attachment:
    """A file as the API gives it."""
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


def _upload(one: attached.UploadView) -> shapes.EvidenceUpload:
    upload, progress = one.upload, one.progress
    counts = upload.counts
    failed = progress.error if progress and one.state == "failed" else None
    return shapes.EvidenceUpload(
        upload_id=upload.upload_id,
        batch_id=upload.batch_id,
        case_id=upload.case_id,
        state=one.state,
        stopping=one.stopping,
        done_files=progress.done if progress else counts.get("files", 0) + counts["refused"],
        total_files=progress.total if progress else counts.get("files", len(upload.sent)) + counts["refused"],
        matched=counts.get("matched"),
        unmatched=counts.get("unmatched"),
        known=counts.get("known"),
        refused_count=counts["refused"],
        refused=[shapes.RefusedFile.model_validate(refused) for refused in upload.refused],
        problem=shapes.Sentence.model_validate(failed["message"]) if failed and "message" in failed else None,
        sha256=[sent["sha256"] for sent in upload.sent],
        by=upload.by_name,
        at=upload.created_at,
        finished_at=upload.finished_at,
    )
