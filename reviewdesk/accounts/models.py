"""Organisations, people, invitations and API tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from reviewdesk.db import Model, Tenant, new_id


class Organisation(Tenant, Model):
    """A lending platform or a law firm."""

    __tablename__ = "organisations"

    kind: Mapped[str]
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Person(Tenant, Model):
    """Someone who signs in. `session_epoch` rises to end every session at once."""

    __tablename__ = "people"
    __table_args__ = (
        ForeignKeyConstraint(["org_id"], ["organisations.org_id"]),
        Index("uq_people_email", text("lower(email)"), unique=True),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(server_default="active")
    password_hash: Mapped[str]
    password_changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    session_epoch: Mapped[int] = mapped_column(server_default="0")
    failed_sign_ins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    locale: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Invitation(Tenant, Model):
    """A link by which a person joins; only the SHA-256 of its secret is kept."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(["org_id"], ["organisations.org_id"]),
        Index("uq_invitations_secret", "secret_hash", unique=True),
    )

    invitation_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str]
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class ApiToken(Tenant, Model):
    """A bearer token of a person; only the SHA-256 of its secret is kept. It may do what its person may."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "person_id"], ["people.org_id", "people.person_id"]),
        Index("uq_api_tokens_secret", "secret_hash", unique=True),
    )

    token_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID]
    name: Mapped[str]
    hint: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    may_reveal: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
