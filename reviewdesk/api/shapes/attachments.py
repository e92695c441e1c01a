"""Evidence files and what became of them."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from reviewdesk.api.shapes.base import Moment, Sentence, Shape


class SentFiles(Shape):
    """The parts of a request beside its files: none."""


class SentToCase(Shape):
    """The parts of a request beside its file."""

    kind: str | None = Field(None, description="what the file proves; told by its name where not given", max_length=40)


class Attachment(Shape):
    """An evidence file. Without a case, `reason` says why; `kind` is null for what proves none of the known kinds."""

    attachment_id: UUID
    batch_id: UUID
    case_id: int | None
    name: str
    folder: str
    kind: str | None
    reason: str | None
    media: str
    size: int
    sha256: str
    by: str
    at: Moment


class Attachments(Shape):
    """Evidence files, oldest first."""

    items: list[Attachment]


class RefusedFile(Shape):
    """A file that was not kept."""

    name: str
    code: str
    message: Sentence


class EvidenceUpload(Shape):
    """Evidence files that were sent, and what became of them.

    `waiting` for a worker, `running`, then `done`, `cancelled` or `failed`. `done_files` of `total_files` are unpacked.
    `matched` have a case, `unmatched` none yet, `known` were there already; of `refused_count` files the first are
    named. `case_id` is set where they were sent to one case.
    """

    upload_id: UUID
    batch_id: UUID
    case_id: int | None
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    stopping: bool
    done_files: int
    total_files: int
    matched: int | None
    unmatched: int | None
    known: int | None
    refused_count: int
    refused: list[RefusedFile]
    problem: Sentence | None
    sha256: list[str] = Field(description="the digests of the files as they were sent, an archive as one")
    by: str
    at: Moment
    finished_at: Moment | None


class EvidenceUploads(Shape):
    """The latest uploads of evidence, newest first."""

    items: list[EvidenceUpload]


class GivenAccount(Shape):
    """The account that a file belongs to."""

    account_no: str = Field(min_length=1, max_length=64)


class GivenEvidenceKind(Shape):
    """A kind of evidence, or null for none."""

    kind: str | None = Field(description="a code of docs/file-format.md, section Evidence files", max_length=40)
