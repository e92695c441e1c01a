"""What is attached to cases: as a part of their facts, and as the pages list it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import UUID

from sqlalchemy import select

from reviewdesk.audit.sheets import ATTACHED
from reviewdesk.clock import SHANGHAI
from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Refusal, Text
from reviewdesk.intake import queries
from reviewdesk.intake.models import Attachment, Case, EvidenceUpload
from reviewdesk.intake.superseding import keep
from reviewdesk.review.auditing_anew import audit_anew

MOST_SHOWN = 500


def feed(work: Work, cases: Sequence[Case]) -> None:
    """Make what is attached to locked cases part of their facts, and have those that wait for a decision audited anew.

    A returned case is audited when it is answered, a case that is being audited sees what was attached before its turn,
    and a decided one stays as it was decided.
    """
    by_id = {case.case_id: case for case in cases}
    items = _items(work, list(by_id))
    given = {case_id: _with_attached(case, items.get(case_id, [])) for case_id, case in by_id.items()}
    keep(work, [case_id for case_id, facts in given.items() if facts != by_id[case_id].facts], "attachment")
    changed = [case for case in by_id.values() if _change(case, given[case.case_id])]
    work.session.flush()
    audit_anew(work, changed, "附件有变化")


def _with_attached(case: Case, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The facts of a case with what is attached to it."""
    facts = {name: value for name, value in case.facts.items() if name != ATTACHED}
    return facts | ({ATTACHED: items} if items else {})


def _change(case: Case, facts: dict[str, Any]) -> bool:
    """Write the facts with what is attached; whether that changes which kinds of evidence there are."""
    if facts == case.facts:
        return False
    before, after = _kinds(case.facts), _kinds(facts)
    case.facts, case.facts_version = facts, case.facts_version + 1
    return before != after


def _kinds(facts: Mapping[str, Any]) -> set[str]:
    return {item["kind"] for item in facts.get(ATTACHED, ())}


_ITEMS = """
SELECT case_id, kind, sha256, created_at FROM attachments
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND kind IS NOT NULL AND removed_at IS NULL
ORDER BY created_at, attachment_id
"""


def _items(work: Work, case_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The evidence of each case as its facts hold it."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in work.execute(_ITEMS, org=work.org_id, ids=case_ids):
        on = row.created_at.astimezone(SHANGHAI).date().isoformat()
        item = {"row": 0, "kind": row.kind, "state": "present", "sha256": row.sha256, "attached_on": on}
        found.setdefault(row.case_id, []).append(item)
    return found


# Files of one upload share their time.
_AS_THEY_CAME: Final = (Attachment.created_at, Attachment.folder, Attachment.name, Attachment.attachment_id)


def attachments_of(work: Work, org_id: UUID, case_id: int) -> list[Attachment]:
    """The present files of a case, oldest first; `org_id` is the case's organisation."""
    return list(
        work.session.scalars(
            select(Attachment)
            .where(Attachment.org_id == org_id, Attachment.case_id == case_id, Attachment.removed_at.is_(None))
            .order_by(*_AS_THEY_CAME)
        )
    )


@dataclass(frozen=True, slots=True)
class OfBatch:
    """The files of a batch: how many have a case, how many cases have files, and how many are `waiting` for one.

    `unmatched` are the first that wait, `latest` the last that found a case.
    """

    files: int
    cases: int
    waiting: int
    size: int
    unmatched: list[Attachment]
    latest: list[Any]


_COUNTS = """
SELECT count(case_id) AS files, count(DISTINCT case_id) AS cases,
       count(*) FILTER (WHERE case_id IS NULL) AS waiting, coalesce(sum(size), 0)::bigint AS size
FROM attachments WHERE org_id = :org AND batch_id = :batch AND removed_at IS NULL
"""

_LATEST = """
SELECT a.attachment_id, a.case_id, a.name, a.folder, a.kind, a.size, a.sha256, a.created_at, c.number, c.account_no
FROM attachments a JOIN cases c ON c.org_id = a.org_id AND c.case_id = a.case_id
WHERE a.org_id = :org AND a.batch_id = :batch AND a.removed_at IS NULL
ORDER BY a.created_at DESC, c.number, a.name, a.attachment_id LIMIT :most
"""


def of_batch(work: Work, batch_id: UUID, most: int = MOST_SHOWN) -> OfBatch:
    """What is attached to a batch."""
    counts = work.execute(_COUNTS, org=work.org_id, batch=batch_id).one()
    unmatched = select(Attachment).where(
        Attachment.org_id == work.org_id,
        Attachment.batch_id == batch_id,
        Attachment.case_id.is_(None),
        Attachment.removed_at.is_(None),
    )
    return OfBatch(
        counts.files,
        counts.cases,
        counts.waiting,
        counts.size,
        list(work.session.scalars(unmatched.order_by(*_AS_THEY_CAME).limit(most))),
        list(work.execute(_LATEST, org=work.org_id, batch=batch_id, most=most)),
    )


# --- uploads ---------------------------------------------------------------------------------------------------------

RECENT: Final = 10

UploadState = Literal["waiting", "running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class UploadView:
    """An upload with how far its job is. `state`: waiting, running, done, cancelled, failed."""

    upload: EvidenceUpload
    progress: queries.Progress | None

    @property
    def state(self) -> UploadState:
        """Where it is on its way."""
        job = self.progress.state if self.progress else None
        if self.upload.state == "waiting" and job in ("running", "failed"):
            return cast(UploadState, job)
        return cast(UploadState, self.upload.state)

    @property
    def stopping(self) -> bool:
        """Whether somebody asked its job to give up."""
        return self.state == "running" and bool(self.progress and self.progress.stopping)

    @property
    def busy(self) -> bool:
        """Whether it will change by itself."""
        return self.state in ("waiting", "running")


def view_upload(work: Work, upload_id: UUID) -> UploadView:
    """An upload as pages and the API show it.

    Raises:
        NotFound: the organisation has none of that id.
    """
    return _viewed(work, find_upload(work, upload_id, "open"))


def recent_uploads(work: Work, batch_id: UUID, case_id: int | None = None) -> list[UploadView]:
    """The latest uploads of a batch, or of one case of it, newest first."""
    query = select(EvidenceUpload).where(EvidenceUpload.org_id == work.org_id, EvidenceUpload.batch_id == batch_id)
    if case_id is not None:
        query = query.where(EvidenceUpload.case_id == case_id)
    latest = query.order_by(EvidenceUpload.created_at.desc(), EvidenceUpload.upload_id).limit(RECENT)
    return [_viewed(work, one) for one in work.session.scalars(latest)]


def files_of_upload(work: Work, upload_id: UUID) -> list[Attachment]:
    """The files that an upload brought and that were not taken off since, in order."""
    query = select(Attachment).where(
        Attachment.org_id == work.org_id, Attachment.upload_id == upload_id, Attachment.removed_at.is_(None)
    )
    return list(work.session.scalars(query.order_by(*_AS_THEY_CAME)))


def _viewed(work: Work, upload: EvidenceUpload) -> UploadView:
    progress = queries.progress_of_job(work, upload.job_id) if upload.job_id and upload.state == "waiting" else None
    return UploadView(upload, progress)


def find_upload(work: Work, upload_id: UUID, action: str) -> EvidenceUpload:
    """An upload of the organisation.

    Raises:
        NotFound: it has none of that id; the attempt goes to the journal.
    """
    upload = work.session.get(EvidenceUpload, (work.org_id, upload_id))
    if upload is None:
        raise NotFound(
            "evidence_upload.unknown",
            Text("没有这次附件上传。", "There is no such upload of evidence."),
            refusal=Refusal(f"review:evidence:{action}", ("evidence_upload", str(upload_id))),
        )
    return upload
