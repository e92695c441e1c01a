"""Servers of its own for each fault test, because these tests flush and kill them."""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
PATIENCE_SECONDS = 300  # within which a dead worker's job must be taken up and done


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

    def wait(self, holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS, pause: float = 0.02) -> None:
        """Wait until something holds.

        Raises:
            AssertionError: it did not, and what the jobs were doing.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holds():
                return
            time.sleep(pause)
        jobs = self.rows("SELECT kind, state, attempts, progress, error FROM jobs ORDER BY number")
        raise AssertionError(f"it did not happen within {seconds} s; jobs: {jobs}")


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
