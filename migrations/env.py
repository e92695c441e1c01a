"""Alembic's environment: migrations run as the owner of the tables, in one transaction each."""

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine

from reviewdesk import outbox as _outbox  # noqa: F401
from reviewdesk.accounts import models as _accounts  # noqa: F401
from reviewdesk.audit import models as _audit  # noqa: F401
from reviewdesk.db import metadata
from reviewdesk.handover import models as _handover  # noqa: F401
from reviewdesk.intake import models as _intake  # noqa: F401
from reviewdesk.journal import models as _journal  # noqa: F401
from reviewdesk.review import models as _review  # noqa: F401


def run(connection: Connection) -> None:
    """Bring the schema up on an open connection."""
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "", poolclass=NullPool)
    with engine.connect() as opened:
        run(opened)
        opened.commit()
