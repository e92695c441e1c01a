"""Evidence as it is sent: the request stores it and answers; a worker unpacks it, finds its cases and stores each file.

A few files without an archive find their cases in the request itself: nothing is left to do that takes time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Final
from uuid import UUID

from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, Refusal, Text
from reviewdesk.evidence import KINDS
from reviewdesk.intake import evidence_names as names
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.evidence_files import ZIP, Refused, media_of, refusal_of, refused_by
from reviewdesk.intake.models import EvidenceUpload
from reviewdesk.intake.spare import keep
from reviewdesk.journal.service import record
from reviewdesk.review.attached import find_upload
from reviewdesk.review.desk import visible_case
from reviewdesk.review.placing import NAME_CASE, NAMED, Stored
from reviewdesk.review.unpacking import JOB, end_cancelled, finish, note_refused
from reviewdesk.vault import vault

AT_ONCE: Final = 20
"""So many files find their cases in the request, where none is an archive."""
Upload = tuple[str, IO[bytes]]
"""A file's name as the browser gave it, and its content."""


@dataclass(slots=True)
class Sent:
    """Files that somebody sent: those in the store, an archive as it came, and those that were refused at the door."""

    stored: list[Stored] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


# --- receiving -------------------------------------------------------------------------------------------------------


def receive(actor: Actor, batch_id: UUID, uploads: Iterable[Upload]) -> EvidenceUpload:
    """Keep evidence files of a batch; by the account numbers in their names they find their cases, at once or soon.

    Raises:
        NotFound: the organisation has no such batch.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: there is no file at all.
    """
    with unit_of_work(actor) as work:
        find_batch(work, batch_id, "review:batch:attach")
        check_may_attach(actor, None, batch_id)
    return _receive(actor, batch_id, None, None, uploads)


def receive_for_case(actor: Actor, case_id: int, upload: Upload, kind: str | None = None) -> EvidenceUpload:
    """Keep an archive of evidence files of one case, whatever their names say.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor neither uploads nor reviews.
        Invalid: there is no file, or no such kind.
    """
    check_kind(kind)
    with unit_of_work(actor) as work:
        batch_id = visible_case(work, case_id, "review:file:attach").batch_id
        check_may_attach(actor, case_id, batch_id)
    return _receive(actor, batch_id, case_id, kind, [upload])


def _receive(
    actor: Actor, batch_id: UUID, case_id: int | None, kind: str | None, uploads: Iterable[Upload]
) -> EvidenceUpload:
    with unit_of_work(actor) as work:
        sent = store(work, uploads)
        if not sent.stored and not sent.refused:
            raise Invalid("file.none", Text("请选择文件。", "Choose a file."), field="file")
        upload = _make(work, batch_id, case_id, kind, sent)
        if len(sent.stored) <= AT_ONCE and not any(one.media == ZIP for one in sent.stored):
            finish(work, upload, sent.stored, [])
        else:
            upload.job_id = outbox.add(
                work, JOB, {"batch_id": str(batch_id), "upload_id": str(upload.upload_id)}, key=str(upload.upload_id)
            )
    return upload


def store(work: Work, uploads: Iterable[Upload]) -> Sent:
    """Put files into the store as they came; what is nothing to be kept is refused."""
    sent = Sent()
    for path, stream in uploads:
        parts = names.parts_of(path)
        media = media_of(stream)
        if media is None:
            sent.refused.append(refusal_of(path, stream))
            continue
        try:
            kept = keep(work, stream)
        except Invalid as error:  # too large: the others of the upload are good all the same
            sent.refused.append(refused_by(error, path))
        else:
            sent.stored.append(Stored(parts or (kept.sha256[:12],), media, kept))
    return sent


def _make(work: Work, batch_id: UUID, case_id: int | None, kind: str | None, sent: Sent) -> EvidenceUpload:
    upload = EvidenceUpload(
        org_id=work.org_id,
        upload_id=new_id(),
        batch_id=batch_id,
        case_id=case_id,
        kind=kind,
        state="waiting",
        sent=[
            {"path": one.kept.path, "sha256": one.kept.sha256, "size": one.kept.size, "media": one.media}
            for one in sent.stored
        ],
        sealed=vault().seal({"paths": [list(one.parts) for one in sent.stored]}, work.org_id, NAME_CASE),
        counts={},
        refused=[],
        by_id=work.actor.person_id,
        by_name=work.actor.name,
    )
    note_refused(upload, sent.refused)
    work.session.add(upload)
    work.session.flush()
    record(
        work,
        "review:evidence:receive",
        ("evidence_upload", upload.upload_id),
        new={
            "files": len(sent.stored),
            "not_kept": len(sent.refused),
            "size": sum(one.kept.size for one in sent.stored),
            "sha256": [one.kept.sha256 for one in sent.stored[:NAMED]],
        },
        case_id=case_id,
        batch_id=batch_id,
    )
    return upload


# --- cancelling ------------------------------------------------------------------------------------------------------


def cancel(actor: Actor, upload_id: UUID) -> EvidenceUpload:
    """Cancel an upload that is not taken in yet: at once while nobody works on it, else its job notices soon.

    Raises:
        NotFound: the organisation has no such upload.
        NotAllowed: the actor neither uploads nor reviews.
        Conflict: `evidence_upload.state`, when its files are taken in.
    """
    with unit_of_work(actor) as work:
        upload = find_upload(work, upload_id, "cancel")
        check_may_attach(actor, upload.case_id, upload.batch_id)
        free = _lock_if_free(work, upload_id)
        if free is not None and free.state == "waiting":
            end_cancelled(work, free, actor.name, [])
            return free
        if free is not None and free.state == "done":
            raise Conflict(
                "evidence_upload.state",
                Text("这些文件已经保存，不能取消；可以逐个移除。", "Its files are taken in. Remove them one by one."),
                state="done",
            )
        if free is None and upload.job_id is not None:
            outbox.ask_this_to_stop(work, upload.job_id)
    return free or upload


def _lock_if_free(work: Work, upload_id: UUID) -> EvidenceUpload | None:
    wanted = select(EvidenceUpload).where(EvidenceUpload.org_id == work.org_id, EvidenceUpload.upload_id == upload_id)
    locked = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return work.session.scalar(locked)


def check_may_attach(actor: Actor, case_id: int | None, batch_id: UUID) -> None:
    """Refuse whoever neither uploads nor reviews.

    Raises:
        NotAllowed: the actor does neither.
    """
    if not (may(actor.roles, Ability.UPLOAD) or may(actor.roles, Ability.REVIEW)):
        subject = ("case", str(case_id)) if case_id else ("batch", str(batch_id))
        raise NotAllowed(
            "role_needed",
            Text("您的角色不能添加附件。", "Your role may not attach files."),
            refusal=Refusal("review:file:attach", subject, case_id, str(batch_id)),
        )


def check_kind(kind: str | None) -> None:
    """Refuse what is no kind of evidence.

    Raises:
        Invalid: there is no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise Invalid("attachment.kind", Text("没有这种证据类别。", "There is no such kind of evidence."), field="kind")
