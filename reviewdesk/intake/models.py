"""Stored files, mappings, batches, the rows that did not become cases, and the cases."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKeyConstraint, Index, LargeBinary, Sequence, and_, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship
from sqlalchemy.types import Text

from reviewdesk.db import Model, Tenant, metadata, new_id
from reviewdesk.money import Fen

case_ids = Sequence("case_ids", metadata=metadata)
"""Case ids are unique over all organisations, so that a law firm can name a case by its id alone."""


class StoredFile(Tenant, Model):
    """A file kept unchanged: an uploaded workbook, evidence, or an export. `path` is relative to the file store.

    `unlocked_path` is where a workbook that had a password is kept without it, to be read.
    """

    __tablename__ = "files"
    __table_args__ = (Index("ix_files_sha256", "org_id", "sha256"),)

    file_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    path: Mapped[str]
    unlocked_path: Mapped[str | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def readable_path(self) -> str:
        """The path of what can be read."""
        return self.unlocked_path or self.path


class SavedMapping(Tenant, Model):
    """How the columns of one header row become fields; confirmed by a person, versioned for that header row.

    `retired` says who retired it, when and why (see the column: by, at, reason): its header row is asked about again.
    """

    __tablename__ = "mappings"
    __table_args__ = (Index("uq_mappings_version", "org_id", "header_hash", "version", unique=True),)

    mapping_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    header_hash: Mapped[str]
    version: Mapped[int]
    headers: Mapped[list[Any]] = mapped_column(JSONB)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    retired: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Batch(Tenant, Model):
    """One uploaded workbook and what came of it.

    `state`: uploaded, mapping (waits for a person), loading, stopped and cancelled (see `problem`), auditing, ready,
    taking_back, taken_back (see the column: reason, by, at, and how many cases were reversed, kept, blocked and why).
    `on_known`: what becomes of accounts that the organisation has already: reject, skip, update.
    `hidden`: whether hidden rows, columns and sheets are taken or left out; `notices`: what a person should know of the
    file, each with its code, in both languages. `parts`: the files of an archive, each with sheet, headers and mapping
    of its own; `sheet` to `mapping` are then those of the file whose columns are to be settled.
    `counts`: rows = loaded + updated + unchanged + skipped + rejected + dismissed + set_aside; known (accounts that the
    organisation already had), and more.
    `totals`: sums of the loaded rows' money fields in fen. `side_layouts`: the columns of its side sheets, by sheet.
    `spread`: how many cases its audit began with, and how many of them name which court (courts with several only).
    """

    __tablename__ = "batches"
    __table_args__ = (
        ForeignKeyConstraint(["org_id"], ["organisations.org_id"]),
        ForeignKeyConstraint(["org_id", "file_id"], ["files.org_id", "files.file_id"]),
        ForeignKeyConstraint(["org_id", "mapping_id"], ["mappings.org_id", "mappings.mapping_id"]),
        Index("ix_batches_created", "org_id", "created_at"),
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    file_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default="uploaded")
    version: Mapped[int] = mapped_column(server_default="1")
    sheet: Mapped[str | None]
    header_row: Mapped[int | None]
    headers: Mapped[list[Any] | None] = mapped_column(JSONB)
    mapping_id: Mapped[UUID | None]
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    declared: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    on_known: Mapped[str] = mapped_column(server_default="reject")
    hidden: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    notices: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    parts: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    totals: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    as_of: Mapped[date | None]
    policy: Mapped[str | None]
    spread: Mapped[dict[str, Any] | None] = mapped_column(JSONB, deferred=True)
    taken_back: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    side_layouts: Mapped[dict[str, Any] | None] = mapped_column(JSONB, deferred=True)
    load_job: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    loaded_at: Mapped[datetime | None]
    audited_at: Mapped[datetime | None]


class SheetRow(Tenant, Model):
    """A row that did not become a case: rejected with its errors, or set aside or skipped with the reason.

    A rejected row that was mended and became a case stays as `mended`, with what had been wrong with it; one that is no
    case at all as `dismissed`, which says why, by whom and when. `shown` holds the row's cells for people, personal
    values masked; `sealed` the cells of a rejected row as they were last given. `case_id` is the case that a skipped
    row's account was; rows that were skipped before it was kept have none.
    """

    __tablename__ = "sheet_rows"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.batch_id"]),
        Index("ix_sheet_rows_codes", "codes", postgresql_using="gin"),
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    reason: Mapped[str | None]
    account_no: Mapped[str | None]
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    errors: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    shown: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    dismissed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    case_id: Mapped[int | None] = mapped_column(BigInteger)


class SideRow(Tenant, Model):
    """A row of a side sheet that became no record of an account: `rejected` with its errors until it is mended.

    `mended` is one that reads well now and waits to be joined to its account's case, `joined` one that was; `dismissed`
    one that is no record at all. `left_out`: whether the account's case holds its list without the row. `shown` holds
    the row's cells for people by column from 0; `sealed` the cells as they were last given.
    """

    __tablename__ = "side_rows"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.batch_id"]),
        Index("ix_side_rows_outcome", "org_id", "batch_id", "outcome"),
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    sheet: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="rejected")
    account_no: Mapped[str | None]
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    errors: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    shown: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    dismissed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    left_out: Mapped[bool] = mapped_column(server_default=text("false"))


class Counter(Tenant, Model):
    """Numbers that count up within an organisation, as for case numbers of a year."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, server_default="0")


class CaseFile(Tenant, Model):
    """What a case rests on: heavy, and seldom changed.

    `facts` are the canonical fields as the sheet gave them, normalised: money in fen, rates as decimal strings, dates
    ISO. Personal fields are only in `sealed`; the digests are for equality search. Whoever changes a file has locked
    its case.
    """

    __tablename__ = "case_files"
    __table_args__ = (
        Index("ix_case_files_id_hash", "id_index", postgresql_using="hash"),
        Index("ix_case_files_mobile_hash", "mobile_index", postgresql_using="hash"),
        Index("ix_case_files_address_hash", "address_index", postgresql_using="hash"),
        Index("ix_case_files_name_hash", "name_index", postgresql_using="hash"),
    )

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    facts_version: Mapped[int] = mapped_column(server_default="1")
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary)


class SupersededFacts(Tenant, Model):
    """Facts of a case that others took the place of, as they were; `why`, `by_name` and `at` tell of their replacing.

    Its personal data is sealed as that of the case's file.
    """

    __tablename__ = "superseded_facts"

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    facts_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    why: Mapped[str]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())


def _of_file(name: str) -> AssociationProxy[Any]:
    """A column of the case's file, read and set through the case."""
    return association_proxy("file", name, creator=lambda value: CaseFile(**{name: value}))


class Case(Tenant, Model):
    """An account under review: what changes on its way, and what the queue filters by.

    `borrower` is the masked name. The columns from `verdict` to `failed` mirror the current audit run.
    `lease_until` is a reviewer's claim.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("uq_cases_account", "org_id", "account_no", unique=True, postgresql_where="state <> 'reversed'"),
        Index("uq_cases_number", "org_id", "number", unique=True),
        Index("ix_cases_batch", "org_id", "batch_id", "row"),
        Index("ix_cases_queue", "org_id", "state", "limitation_expiry", "case_id"),
        Index("ix_cases_assignee", "org_id", "assignee_id", postgresql_where="assignee_id IS NOT NULL"),
    )

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str]
    batch_id: Mapped[UUID]
    row: Mapped[int]
    account_no: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="received")
    version: Mapped[int] = mapped_column(server_default="1")
    borrower: Mapped[str]
    lender_name: Mapped[str | None]
    lender_kind: Mapped[str | None]
    claimed: Mapped[Fen | None]
    outstanding: Mapped[Fen | None]
    days_overdue: Mapped[int | None]
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    verdict: Mapped[str | None]
    claimable: Mapped[Fen | None]
    excess: Mapped[Fen | None]
    limitation_expiry: Mapped[date | None]
    failed: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    assignee_id: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    imported_by: Mapped[UUID | None]
    edited_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    state_since: Mapped[datetime] = mapped_column(server_default=func.now())

    file: Mapped[CaseFile] = relationship(
        primaryjoin=lambda: and_(Case.org_id == foreign(CaseFile.org_id), Case.case_id == foreign(CaseFile.case_id)),
        uselist=False,
        lazy="joined",
        innerjoin=True,
    )
    facts: AssociationProxy[dict[str, Any]] = _of_file("facts")
    facts_version: AssociationProxy[int] = _of_file("facts_version")
    sealed: AssociationProxy[bytes] = _of_file("sealed")
    name_index: AssociationProxy[bytes | None] = _of_file("name_index")
    id_index: AssociationProxy[bytes | None] = _of_file("id_index")
    mobile_index: AssociationProxy[bytes | None] = _of_file("mobile_index")
    address_index: AssociationProxy[bytes | None] = _of_file("address_index")


class Attachment(Tenant, Model):
    """An evidence file of a batch: of one of its cases, or of none yet, for a `reason`.

    `name` and `folder` (within its archive) are for people, with what looks personal masked; `sealed` holds the path as
    it came. `kind` is a code of `evidence.KINDS`, None for a file that proves none of these. `path` is relative
    to the file store. A removed file stays in the store, and here with the day it was removed.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.batch_id"]),
        Index("ix_attachments_batch", "org_id", "batch_id", "created_at"),
        Index("ix_attachments_case", "org_id", "case_id", "created_at"),
        Index(
            "uq_attachments_content",
            "org_id",
            "batch_id",
            text("coalesce(case_id, 0)"),
            "sha256",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    attachment_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID]
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    name: Mapped[str]
    folder: Mapped[str] = mapped_column(server_default="")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    kind: Mapped[str | None]
    reason: Mapped[str | None]
    media: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    path: Mapped[str]
    upload_id: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]


class EvidenceUpload(Tenant, Model):
    """Evidence files as they were sent, to a batch or to one case of it, and what came of them.

    `state`: waiting (for a worker, or in its hands), done, cancelled. `sent` holds for each file its path in the store,
    digest, size and media, `sealed` their names until they are taken in. `counts`: files, matched, unmatched, known,
    cases, refused; `refused` names the first of those with the reason.
    """

    __tablename__ = "evidence_uploads"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.batch_id"]),
        Index("ix_evidence_uploads_batch", "org_id", "batch_id", "created_at"),
    )

    upload_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    batch_id: Mapped[UUID]
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="waiting")
    sent: Mapped[list[Any]] = mapped_column(JSONB)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    refused: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    job_id: Mapped[UUID | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
