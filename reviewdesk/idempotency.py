"""Requests that may come twice: under the same key a person's request finds the row that it made the first time."""

import hashlib
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped

from reviewdesk.db import Tenant, Work
from reviewdesk.errors import Conflict, Text


class Keyed(Tenant):
    """A table whose rows people ask for, each perhaps under an idempotency key of theirs."""

    by_id: Mapped[UUID]
    idempotency_key: Mapped[str | None]
    request_hash: Mapped[str | None]


K = TypeVar("K", bound=Keyed)


def key_index(table: str) -> Index:
    """The index that holds each of a person's keys once."""
    columns = ("org_id", "by_id", "idempotency_key")
    return Index(f"uq_{table}_key", *columns, unique=True, postgresql_where="idempotency_key IS NOT NULL")


def earlier(work: Work, table: type[K], key: str | None, request: Any) -> K | None:
    """What the same person made of the same request under the same key; None without a key.

    The key is held until the end of the transaction, so that of two requests at once the second finds the first one's.

    Raises:
        Conflict: the key was used for another request.
    """
    if key is None:
        return None
    held = f"{table.__name__} {work.actor.person_id} {key}"
    work.execute("SELECT pg_advisory_xact_lock(hashtextextended(:held, 2))", held=held)
    found = work.session.scalar(
        select(table).where(
            table.org_id == work.org_id, table.by_id == work.actor.person_id, table.idempotency_key == key
        )
    )
    if found is not None and found.request_hash != digest(request):
        raise Conflict(
            "idempotency.reused",
            Text("此幂等键已用于另一请求。", "This idempotency key was used for another request."),
        )
    return found


def keyed(key: str | None, request: Any) -> dict[str, str | None]:
    """The columns by which `earlier` finds a row again."""
    return {"idempotency_key": key, "request_hash": digest(request) if key else None}


def digest(request: Any) -> str:
    """A digest of everything that was asked for: of a dataclass, or of plain JSON values."""
    return hashlib.sha256(orjson.dumps(request, option=orjson.OPT_SORT_KEYS)).hexdigest()
