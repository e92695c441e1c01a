"""The pool of connections to PostgreSQL."""

from contextlib import ExitStack

from sqlalchemy import create_engine

from reviewdesk.db import engine_options
from reviewdesk.settings import Settings

THREADS = 16


def test_every_thread_may_hold_two_at_once(settings: Settings) -> None:
    engine = create_engine(str(settings.database_url), **engine_options(THREADS) | {"pool_timeout": 0})
    with ExitStack() as held:
        for _ in range(2 * THREADS):
            held.enter_context(engine.connect())
    engine.dispose()
