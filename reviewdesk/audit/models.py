"""Audit runs: one row is one case's audit under one policy version."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from reviewdesk.audit.packing import Packed
from reviewdesk.db import Model, Tenant
from reviewdesk.money import Fen


class AuditRun(Tenant, Model):
    """What the checks said of a case. A case has exactly one current run; earlier ones stay readable.

    `findings` holds the numbers of every finding; sentences are made when shown.
    """

    __tablename__ = "audit_runs"
    __table_args__ = (
        Index("uq_audit_runs_current", "org_id", "case_id", unique=True, postgresql_where="is_current"),
        Index("ix_audit_runs_case", "org_id", "case_id", "run_id"),
        Index("ix_audit_runs_batch", "org_id", "batch_id", postgresql_where="is_current"),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger)
    batch_id: Mapped[UUID]
    is_current: Mapped[bool]
    policy: Mapped[str]
    as_of: Mapped[date]
    facts_version: Mapped[int]
    verdict: Mapped[str]
    claimable: Mapped[Fen | None]
    excess: Mapped[Fen | None]
    limitation_expiry: Mapped[date | None]
    failed: Mapped[list[str]] = mapped_column(ARRAY(Text))
    warned: Mapped[list[str]] = mapped_column(ARRAY(Text))
    missing: Mapped[list[str]] = mapped_column(ARRAY(Text))
    findings: Mapped[Sequence[Any]] = mapped_column(Packed)
    job_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
