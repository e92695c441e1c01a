"""The job that unpacks evidence as it was sent, stores each file and finds its case; and how an upload ends."""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Any, Final
from uuid import UUID

from flask import current_app

from reviewdesk import outbox
from reviewdesk.clock import now
from reviewdesk.db import Work
from reviewdesk.errors import Invalid
from reviewdesk.intake import evidence_names as names
from reviewdesk.intake.evidence_files import DAMAGE, ZIP, Found, Refused, count_in, damaged, refused_by, unpack
from reviewdesk.intake.models import Attachment, EvidenceUpload
from reviewdesk.intake.spare import drop_if_free, keep
from reviewdesk.intake.storage import Kept, locate
from reviewdesk.journal.service import record
from reviewdesk.review.placing import (
    NAME_CASE,
    Placed,
    Stored,
    record_file,
    record_received,
    shown,
    take_in,
    take_in_case,
)
from reviewdesk.review.service import lock_case
from reviewdesk.vault import vault

JOB: Final = "review.evidence"
HEED_SECONDS: Final = 1.0
"""How often the job looks whether somebody cancelled it."""
MOST_REFUSED: Final = 500
"""Refused files that are named."""

Report = Callable[..., None]


class _Cancelled(Exception):
    """Somebody asked the job to give up."""

    def __init__(self, by: str, stored: Sequence[Stored]) -> None:
        super().__init__(by)
        self.by, self.stored = by, stored


def run(work: Work, args: dict[str, Any], report: Report) -> None:
    """The job: unpack what was sent, store each file, and find its case. Run again, it finds nothing to do."""
    upload = _lock(work, UUID(args["upload_id"]))
    if upload.state != "waiting":
        return
    refused: list[Refused] = []
    try:
        stored = _unpacked(work, upload, refused, report)
    except _Cancelled as wish:
        end_cancelled(work, upload, wish.by, wish.stored)
        return
    report(phase="match", done=len(stored), total=len(stored))
    finish(work, upload, stored, refused)


def _unpacked(work: Work, upload: EvidenceUpload, refused: list[Refused], report: Report) -> list[Stored]:
    """Every file of an upload, in the store; those that cannot be kept are added to `refused`."""
    sent = _sent(upload)
    total = sum(_count(one) for one in sent)
    report(phase="unpack", done=0, total=total)
    stored: list[Stored] = []
    heeded = 0.0
    for one in sent:
        for found in _taken_out(one):
            if monotonic() - heeded >= HEED_SECONDS:
                heeded = monotonic()
                if (by := outbox.who_asked_to_stop(work.actor)) is not None:
                    raise _Cancelled(by, stored)
            _keep(work, found, stored, refused)
            done = len(stored) + len(refused)
            report(phase="unpack", done=done, total=max(total, done))
    return stored


def _sent(upload: EvidenceUpload) -> list[Stored]:
    paths = vault().unseal(upload.sealed, upload.org_id, NAME_CASE)["paths"] if upload.sealed else []
    return [
        Stored(tuple(parts), one["media"], Kept(one["path"], one["sha256"], one["size"]))
        for one, parts in zip(upload.sent, paths, strict=True)
    ]


def _count(one: Stored) -> int:
    if one.media != ZIP:
        return 1
    with locate(one.kept.path).open("rb") as stream:
        return count_in(stream)


def _taken_out(one: Stored) -> Iterator[Stored | Found | Refused]:
    """A file itself, or the files of an archive."""
    if one.media != ZIP:
        yield one
        return
    with locate(one.kept.path).open("rb") as stream:
        yield from unpack("/".join(one.parts), stream, _most_bytes())


def _keep(work: Work, found: Stored | Found | Refused, stored: list[Stored], refused: list[Refused]) -> None:
    match found:
        case Stored():
            stored.append(found)
        case Refused():
            refused.append(found)
        case Found():
            try:
                kept = keep(work, found.stream)
            except Invalid as error:
                refused.append(refused_by(error, found.path))
            except DAMAGE:
                refused.append(damaged(found.path))
            else:
                parts = names.parts_of(found.path) or (kept.sha256[:12],)
                stored.append(Stored(parts, found.media, kept, found.readable))


def _lock(work: Work, upload_id: UUID) -> EvidenceUpload:
    return work.session.get_one(EvidenceUpload, (work.org_id, upload_id), with_for_update=True)


def _most_bytes() -> int:
    most: int = current_app.extensions["reviewdesk.settings"].max_upload_bytes
    return most


# --- the end of an upload --------------------------------------------------------------------------------------------


def finish(work: Work, upload: EvidenceUpload, stored: Sequence[Stored], refused: Sequence[Refused]) -> None:
    note_refused(upload, refused)
    if upload.case_id is None:
        made = take_in(work, upload.batch_id, stored, upload.upload_id)
        record_received(work, upload.batch_id, made, {"not_kept": upload.counts["refused"]})
    else:
        case = lock_case(work, upload.case_id, "review:file:attach")
        made = take_in_case(work, case, stored, kind=upload.kind, upload_id=upload.upload_id)
        for one in made.matched:
            record_file(work, "review:file:attach", one, new=attached_words(one))
    upload.state, upload.finished_at, upload.sealed = "done", now(), None
    upload.counts = {**upload.counts, **_counted(made)}
    drop_if_free(work, work.org_id, [one["path"] for one in upload.sent if one["media"] == ZIP])


def attached_words(one: Attachment) -> dict[str, Any]:
    """What the journal says of a file that was attached to its case."""
    return {"sha256": one.sha256, "size": one.size, "kind": one.kind}


def _counted(made: Placed) -> dict[str, int]:
    matched, unmatched = len(made.matched), len(made.unmatched)
    return {
        "files": matched + unmatched + made.known,
        "matched": matched,
        "unmatched": unmatched,
        "known": made.known,
        "cases": len({one.case_id for one in made.matched}),
    }


def note_refused(upload: EvidenceUpload, refused: Sequence[Refused]) -> None:
    told = [
        {"name": "/".join(filter(None, reversed(shown(parts, None)))), "code": one.code, "message": one.text.as_json()}
        for one in refused[: MOST_REFUSED - len(upload.refused)]
        for parts in [names.parts_of(one.path) or ("?",)]
    ]
    upload.refused = [*upload.refused, *told]
    upload.counts = {**upload.counts, "refused": upload.counts.get("refused", 0) + len(refused)}


def end_cancelled(work: Work, upload: EvidenceUpload, by: str, stored: Sequence[Stored]) -> None:
    upload.state, upload.finished_at, upload.ended_by, upload.sealed = "cancelled", now(), by, None
    drop_if_free(work, work.org_id, {one["path"] for one in upload.sent} | {one.kept.path for one in stored})
    work.session.flush()
    record(
        work,
        "review:evidence:cancel",
        ("evidence_upload", upload.upload_id),
        old={"state": "waiting"},
        new={"state": "cancelled", "by": by},
        case_id=upload.case_id,
        batch_id=upload.batch_id,
    )
