"""Audit runs: one row is one case's audit under one policy version."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from reviewdesk.audit.packing import Packed
from reviewdesk.db import Model, Tenant, new_id
from reviewdesk.idempotency import Keyed, key_index
from reviewdesk.money import Fen


class AuditRun(Tenant, Model):
    """What the checks said of a case. A case has exactly one current run; earlier ones stay readable.

    `findings` holds the numbers of every finding; sentences are made when shown. `others` is what other cases said of
    this one (`relations.Others.kept`; None: nothing); `figures_id` names how its batch was spread (`AuditFigures`), and
    is None in a run from before that was kept.
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
    others: Mapped[dict[str, Any] | None]
    figures_id: Mapped[int | None] = mapped_column(BigInteger)
    job_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditFigures(Tenant, Model):
    """How a batch's cases were spread when runs of it were made (`relations.BatchFigures`), the same figures once."""

    __tablename__ = "audit_figures"
    __table_args__ = (Index("uq_audit_figures_digest", "org_id", "batch_id", "digest", unique=True),)

    figures_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch_id: Mapped[UUID]
    digest: Mapped[bytes]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FindingOverride(Keyed, Model):
    """A finding that a person set aside for one case, with the reason; the finding itself stays as the check made it.

    `kind`: override (it does not hold), acknowledge (facts are absent, and that is known), silence (it does not count
    until a day). `outcome`, `run_id`, `facts_version`, `policy` and `as_of` are those of the finding then. It ends
    once: withdrawn, by `date`, or because its `facts`, `related` cases, the `policy` or the passing of `time` changed
    the finding. `case_version` and `ended_version`: the versions of the case from which it counts and no longer does.
    `bulk_id`: it was set aside in many cases at once.
    """

    __tablename__ = "finding_overrides"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "case_id"], ["cases.org_id", "cases.case_id"]),
        Index("ix_finding_overrides_case", "org_id", "case_id", "created_at"),
        Index(
            "uq_finding_overrides_open",
            "org_id",
            "case_id",
            "check_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        Index(
            "ix_finding_overrides_until",
            "org_id",
            "until",
            postgresql_where="ended_at IS NULL AND until IS NOT NULL",
        ),
        key_index("finding_overrides"),
    )

    override_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[int] = mapped_column(BigInteger)
    check_id: Mapped[str]
    kind: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str]
    until: Mapped[date | None]
    attachment_id: Mapped[UUID | None]
    run_id: Mapped[int] = mapped_column(BigInteger)
    facts_version: Mapped[int]
    policy: Mapped[str]
    as_of: Mapped[date]
    case_version: Mapped[int]
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    by_roles: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    bulk_id: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None]
    ended_reason: Mapped[str | None]
    ended_by_id: Mapped[UUID | None]
    ended_by_name: Mapped[str | None]
    ended_version: Mapped[int | None]


class PolicyVersion(Keyed, Model):
    """An organisation's own version of the policy. `state`: draft, proposed, approved, retired.

    `body` is the whole policy as JSON; once approved it never changes, so that `name` in a run is a snapshot. `edit`
    counts the changes of the draft, and `hands` holds the ids of all who made them: none of them may approve it.
    """

    __tablename__ = "policies"
    __table_args__ = (
        Index("uq_policies_name", "org_id", "name", unique=True),
        Index("uq_policies_version", "org_id", "version", unique=True),
        key_index("policies"),
    )

    policy_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    base: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="draft")
    body: Mapped[dict[str, Any]]
    edit: Mapped[int] = mapped_column(server_default="1")
    reason: Mapped[str]
    effective_from: Mapped[date]
    hands: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    dry_run_id: Mapped[UUID | None]
    approved_by_id: Mapped[UUID | None]
    approved_by_name: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class DryRun(Keyed, Model):
    """What a draft would change in cases that exist, without a run of theirs. `state`: waiting, done.

    `digest` is that of the draft's body and `against` the policy it is compared with; `scope` names the batch, or how
    many of the latest cases. `counts` is of all cases, `changed` lists the first of those whose verdict would change.
    """

    __tablename__ = "dry_runs"
    __table_args__ = (
        Index("ix_dry_runs_policy", "org_id", "policy_id"),
        key_index("dry_runs"),
    )

    dry_run_id: Mapped[UUID] = mapped_column(primary_key=True)
    policy_id: Mapped[UUID]
    digest: Mapped[str]
    against: Mapped[str]
    as_of: Mapped[date]
    scope: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="waiting")
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    changed: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    by_id: Mapped[UUID]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
