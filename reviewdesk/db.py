"""The database floor: the engine, the unit of work with its tenant scope, and the base of all tables.

Row-level security does the isolation: every unit of work names one organisation, and PostgreSQL shows it the rows of
that organisation and no others. Without a scope nothing is seen. A *duty* widens the view for the few tasks that come
before an organisation is known (`sign_in`), tend the job table of all (`jobs`), or set the house up (`setup`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid4

import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, MetaData, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from reviewdesk.actor import Actor
from reviewdesk.money import Fen

Duty = Literal["sign_in", "jobs", "setup"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        Fen: BigInteger,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class Tenant:
    """A tenant table: its primary key starts with the organisation."""

    org_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


def new_id() -> UUID:
    """A fresh identifier for a row that is made one at a time."""
    return uuid4()


def to_json(value: Any) -> str:
    """Serialise a value for a JSONB column."""
    return orjson.dumps(value).decode()


def engine_options(threads: int) -> dict[str, Any]:
    """How the engine talks to PostgreSQL: JSON through orjson, and no values of statements in errors or logs.

    A thread may ask for a second connection while it holds one: there are two for each, so that none waits for others
    that wait for it. A job takes a few more, as for the signs of life that it gives.
    """
    return {
        "pool_size": max(5, threads),
        "max_overflow": max(10, threads),
        "json_serializer": to_json,
        "json_deserializer": orjson.loads,
        "pool_pre_ping": True,
        "hide_parameters": True,
    }


db = SQLAlchemy(metadata=metadata)


class Work:
    """One transaction in the scope of one organisation, by one actor."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session = session
        self.actor = actor
        self._after_commit: list[Callable[[], None]] = []

    @property
    def org_id(self) -> UUID:
        """The organisation of this unit of work.

        Raises:
            RuntimeError: the work has a duty only and no organisation.
        """
        if self.actor.org_id is None:
            raise RuntimeError("this unit of work has no organisation")
        return self.actor.org_id

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call something once the transaction stands; it is dropped on rollback."""
        self._after_commit.append(call)

    def execute(self, sql: str, **values: Any) -> Any:
        """Run one SQL statement with named values and return SQLAlchemy's result."""
        return self.session.execute(text(sql), values)

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """COPY rows into a (staging) table. PostgreSQL refuses COPY into a table under row-level security."""
        with self.cursor() as cursor:
            names = ", ".join(columns)
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def cursor(self) -> Any:
        """A psycopg cursor in this transaction, for COPY and streamed reads."""
        connection: Any = self.session.connection().connection.driver_connection
        return connection.cursor()

    def finish(self) -> None:
        """Make the calls that waited for the commit."""
        for call in self._after_commit:
            call()


@contextmanager
def unit_of_work(actor: Actor, *, duty: Duty | None = None) -> Iterator[Work]:
    """Open a transaction in the actor's organisation; commit at the end, roll back on any error."""
    with Session(db.engine, expire_on_commit=False) as session, session.begin():
        enter_scope(session, actor.org_id, duty)
        work = Work(session, actor)
        yield work
    work.finish()


def enter_scope(session: Session, org_id: UUID | None, duty: Duty | None = None) -> None:
    """Tell PostgreSQL, for this transaction only, whose rows may be seen."""
    session.execute(
        text("SELECT set_config('reviewdesk.org', :org, true), set_config('reviewdesk.duty', :duty, true)"),
        {"org": str(org_id) if org_id else "", "duty": duty or ""},
    )
