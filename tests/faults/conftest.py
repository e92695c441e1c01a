"""Servers of its own for each fault test, because these tests flush and kill them."""

import base64
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from reviewdesk import create_app, embedded
from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.migrate import upgrade
from reviewdesk.outbox import redis
from reviewdesk.settings import Settings, load_settings
from tests.builders import Bench, Org

LEASE_SECONDS = 5
SILENT_LOOKS = 120
"""Looks, a second apart, without a sign of life of any job; counted, so that a stalled machine counts once."""


class Desk:
    """A running product that a test breaks, and the questions that the test asks of its database."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.settings = settings
        self.bench = Bench(app)
        self.org: Org = self.bench.organisation()

    def ask(self, sql: str, **values: Any) -> Any:
        """One value, in the organisation's scope."""
        with unit_of_work(system(self.org.org_id)) as work:
            return work.execute(sql, **values).scalar_one()

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Rows, in the organisation's scope."""
        with unit_of_work(system(self.org.org_id)) as work:
            return list(work.execute(sql, **values).all())

    def running(self, kind: str) -> int:
        """How many jobs of a kind are in a worker's hands."""
        found: int = self.ask("SELECT count(*) FROM jobs WHERE kind = :kind AND state = 'running'", kind=kind)
        return found

    def open_jobs(self) -> int:
        """How many jobs are not done yet. A failed one is an error of the test's at once."""
        failed = self.rows("SELECT kind, error FROM jobs WHERE state = 'failed'")
        assert failed == []
        found: int = self.ask("SELECT count(*) FROM jobs WHERE state <> 'done'")
        return found

    def flush_redis(self) -> None:
        """Lose everything that Redis knows."""
        redis().flushall()

    def wait(self, holds: Callable[[], bool], pause: float = 0.02) -> None:
        """Wait until something holds, for as long as the jobs give signs of life.

        Raises:
            AssertionError: it did not, and what the jobs were doing.
        """
        signs, silent, looked = self._signs(), 0, time.monotonic()
        while not holds():
            time.sleep(pause)
            if time.monotonic() - looked < 1:
                continue
            before, signs, looked = signs, self._signs(), time.monotonic()
            silent = silent + 1 if signs == before else 0
            assert silent < SILENT_LOOKS, f"it did not happen, and nothing moves any more; jobs: {signs}"

    def _signs(self) -> list[Any]:
        """What changes while anybody works on a job: the lease is renewed every second or so."""
        return self.rows("SELECT kind, state, attempts, progress, lease_until, error FROM jobs ORDER BY number")

    def waiting_for(self, table: str) -> int:
        """How many transactions want to write into a table that somebody has locked."""
        found: int = self.ask(
            "SELECT count(*) FROM pg_locks WHERE relation = CAST(:table AS regclass) AND mode = 'RowExclusiveLock' "
            "AND NOT granted",
            table=table,
        )
        return found

    def asked_to_lock(self, table: str) -> int:
        """How many have a table locked, or wait until they have."""
        found: int = self.ask(
            "SELECT count(*) FROM pg_locks WHERE relation = CAST(:table AS regclass) AND mode = 'ShareLock'",
            table=table,
        )
        return found

    def lock(self, table: str) -> "Lock":
        """Ask that nobody write into a table; who has asked before is served before."""
        return Lock(str(self.settings.owner_database_url), table)


class Lock:
    """Nobody writes into a table from when this is granted until it is released."""

    def __init__(self, url: str, table: str) -> None:
        self.granted = threading.Event()
        self._connection = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))
        self._table = table
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        self._connection.execute(f"LOCK TABLE {self._table} IN SHARE MODE")
        self.granted.set()

    def release(self) -> None:
        """Let the others write."""
        assert self.granted.wait(0), "it was never granted"
        self._connection.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    servers = embedded.attach(home, durable=False)
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    settings = load_settings(
        {
            "REVIEWDESK_HOME": str(home),
            "REVIEWDESK_DATABASE_URL": servers.database_url,
            "REVIEWDESK_OWNER_DATABASE_URL": servers.owner_database_url,
            "REVIEWDESK_REDIS_URL": servers.redis_url,
            "REVIEWDESK_SECRET_KEY": secrets.token_urlsafe(48),
            "REVIEWDESK_VAULT_KEYS": f"t1:{key}",
            "REVIEWDESK_BLIND_KEY": key,
            "REVIEWDESK_LEASE_SECONDS": str(LEASE_SECONDS),
        }
    )
    upgrade(servers.owner_database_url)
    app = create_app(settings)
    with app.app_context():
        yield Desk(app, settings)
    embedded.release(home)
