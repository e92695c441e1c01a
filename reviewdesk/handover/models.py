"""Entrustments to law firms, the milestones that they report, their templates, and what suing a batch may come to."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from reviewdesk.db import Model, Tenant, new_id


class Entrustment(Tenant, Model):
    """An approved case handed to a law firm; while it is not ended, the firm may see the case.

    `state`: offered, accepted, refused, ended.
    """

    __tablename__ = "entrustments"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.case_id"]),
        Index("ix_entrustments_firm", "firm_id", "case_id"),
        Index("uq_entrustments_live", "org_id", "case_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    entrustment_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[int] = mapped_column(BigInteger)
    firm_id: Mapped[UUID]
    state: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    note: Mapped[str | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    answer_reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class Milestone(Tenant, Model):
    """A step of the lawsuit as counsel reports it: filed, closed."""

    __tablename__ = "milestones"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.case_id"]),
        Index("ix_milestones_case", "org_id", "case_id", "created_at"),
    )

    milestone_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[int] = mapped_column(BigInteger)
    firm_id: Mapped[UUID]
    kind: Mapped[str]
    happened_on: Mapped[date]
    court: Mapped[str | None]
    docket: Mapped[str | None]
    note: Mapped[str | None]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BatchWeighing(Tenant, Model):
    """The risks of suing the cases of a batch, as they stood when a worker last weighed them.

    `sums` are those of `audit.weighing.sums`, `suits` the numbers of suits by lender and month of the whole
    organisation. The workbook with each case is at `path`, where one was asked for.
    """

    __tablename__ = "batch_weighings"
    __table_args__ = (ForeignKeyConstraint(["org_id", "batch_id"], ["batches.org_id", "batches.batch_id"]),)

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    policy: Mapped[str]
    sums: Mapped[dict[str, Any]]
    suits: Mapped[list[Any]]
    path: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]


class ComplaintTemplate(Tenant, Model):
    """A version of a firm's own Word template of the complaint, never changed. At most one is in use.

    `path`: where the file is kept; `placeholders`: those that it uses.
    """

    __tablename__ = "complaint_templates"
    __table_args__ = (Index("uq_complaint_templates_in_use", "org_id", unique=True, postgresql_where="in_use"),)

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    path: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    placeholders: Mapped[list[Any]] = mapped_column(JSONB)
    in_use: Mapped[bool]
    by_id: Mapped[UUID | None]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
