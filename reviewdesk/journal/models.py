"""The journal: one row an event, written in the transaction of the change, never altered; and exported files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE, JSONB, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from reviewdesk.db import Model, Tenant, new_id


class Event(Tenant, Model):
    """Who did what, to what, with which old and new values; personal data never in clear.

    An event about one case names it in `case_id`. An event about many cases at once (an import, a chunk of an audit)
    holds their ids in `cases`, a multirange, and their batch in `batch_id`.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_case", "org_id", "case_id", "event_id", postgresql_where="case_id IS NOT NULL"),
        Index("ix_events_batch", "org_id", "batch_id", "event_id", postgresql_where="batch_id IS NOT NULL"),
        Index("ix_events_sets", "org_id", "batch_id", "event_id", postgresql_where="cases IS NOT NULL"),
        Index("ix_events_actor", "org_id", "actor_id", "event_id"),
        Index("ix_events_action", "org_id", "action", "event_id"),
        Index("ix_events_at", "org_id", "at"),
    )

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    actor_roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    actor_org_id: Mapped[UUID | None]
    ip: Mapped[str | None]
    agent: Mapped[str | None]
    action: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="done")
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    batch_id: Mapped[UUID | None]
    cases: Mapped[Sequence[Range[int]] | None] = mapped_column(INT8MULTIRANGE)
    old: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    new: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None]
    job_id: Mapped[UUID | None]


class Export(Tenant, Model):
    """A file made by a worker for the one who asked: the journal, or the cases for counsel.

    `kind`: journal, cases. `format`: csv, jsonl, xlsx, or zip for a pack. `state`: waiting, running, ready,
    failed.
    """

    __tablename__ = "exports"
    __table_args__ = (Index("ix_exports_by", "org_id", "by_id", "created_at"),)

    export_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    format: Mapped[str]
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="waiting")
    name: Mapped[str]
    path: Mapped[str | None]
    rows: Mapped[int | None] = mapped_column(BigInteger)
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
