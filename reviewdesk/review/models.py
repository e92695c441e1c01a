"""Decisions, comments, and bulk decisions with their items."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from reviewdesk.db import Model, Tenant, new_id
from reviewdesk.idempotency import Keyed, key_index


class Decision(Keyed, Model):
    """What a reviewer decided on a case, on which audit run and version of it.

    `state`: effective (it moved the case), waiting (for a second person), refused (by the second person), overtaken
    (the case changed before the second person acted).
    """

    __tablename__ = "decisions"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.case_id"]),
        Index("ix_decisions_case", "org_id", "case_id", "created_at"),
        Index("uq_decisions_waiting", "org_id", "case_id", unique=True, postgresql_where="state = 'waiting'"),
        key_index("decisions"),
    )

    decision_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[int] = mapped_column(BigInteger)
    choice: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str | None]
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    needs: Mapped[list[Any]] = mapped_column(JSONB)
    seen: Mapped[list[Any]] = mapped_column(JSONB)
    case_version: Mapped[int]
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    by_roles: Mapped[list[Any]] = mapped_column(JSONB)
    second_id: Mapped[UUID | None]
    second_name: Mapped[str | None]
    second_reason: Mapped[str | None]
    second_at: Mapped[datetime | None]
    bulk_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RaisedCase(Tenant, Model):
    """An escalated case that is audited anew, to be handed to the senior level again."""

    __tablename__ = "raised_cases"
    __table_args__ = (ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.case_id"]),)

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Comment(Tenant, Model):
    """A remark on a case; comments never conflict."""

    __tablename__ = "comments"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.case_id"]),
        Index("ix_comments_case", "org_id", "case_id", "created_at"),
    )

    comment_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str]
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class JointCase(Tenant, Model):
    """A case that is handled together with others of its borrower; `one_filing`: they go to court as one suit.

    A case is in one joint handling at a time; those that ended stay.
    """

    __tablename__ = "joint_cases"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.case_id"]),
        Index("uq_joint_cases_open", "org_id", "case_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    joint_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    one_filing: Mapped[bool]
    reason: Mapped[str]
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str | None]
    ended_reason: Mapped[str | None]


class KeptCase(Tenant, Model):
    """A case that taking its batch back left as it is.

    `outcome`: kept (a person worked on it), blocked (a decision on it is in effect).
    """

    __tablename__ = "kept_cases"

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    outcome: Mapped[str]
    reason: Mapped[str]


class BulkDecision(Keyed, Model):
    """One deed for many cases, bound to the cases and versions of its preview.

    `deed`: decide (`choice` is the decision), set_aside (the finding of `check_id`; `choice` is the way, `until` the
    last day of a silence), count_again (the finding of `check_id`). `state`: preview, running, done, discarded.
    """

    __tablename__ = "bulk_decisions"
    __table_args__ = (
        Index("ix_bulk_decisions_created", "org_id", "created_at"),
        key_index("bulk_decisions"),
    )

    bulk_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    deed: Mapped[str]
    choice: Mapped[str]
    check_id: Mapped[str | None]
    until: Mapped[date | None]
    reason: Mapped[str]
    note: Mapped[str | None]
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class BulkItem(Tenant, Model):
    """One case of a bulk decision, and its answer: done, waiting, refused (with code), stale."""

    __tablename__ = "bulk_items"
    __table_args__ = (ForeignKeyConstraint(["org_id", "bulk_id"], ["bulk_decisions.org_id", "bulk_decisions.bulk_id"]),)

    bulk_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_version: Mapped[int]
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str | None]
    code: Mapped[str | None]
    message: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
