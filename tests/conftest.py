"""One embedded PostgreSQL and one Valkey for the whole run; a database from a template for each test process.

Tests do not clean up after each other: each makes organisations of its own, and row-level security keeps them apart.
"""

import base64
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from reviewdesk import create_app, embedded
from reviewdesk.accounts import passwords
from reviewdesk.migrate import upgrade
from reviewdesk.settings import Settings, load_settings
from tests.builders import Bench

# A machine with much to do fails no test for being slow.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

TOGETHER = ("tests/journeys/", "tests/intake/test_sample.py", "tests/intake/test_sample_sheets.py")
"""Tests that share what takes long to make: servers and a browser, large workbooks. One process runs them."""

TEMPLATE = "reviewdesk_template"
RUN_HOME = "HOME_OF_REVIEWDESK_TESTS"


class InTurn(LoadGroupScheduling):
    """Gives each process the next test, or the next of those that belong together.

    It goes by their paths: xdist's own groups have no effect with pytest 9.2 (pytest-xdist 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InTurn | None:
    """Distribute the tests of a parallel run."""
    return InTurn(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that starts the run."""
    if hasattr(config, "workerinput"):
        return
    home = tempfile.TemporaryDirectory(prefix="reviewdesk-tests-")
    config.add_cleanup(home.cleanup)
    servers = embedded.attach(Path(home.name), durable=False)
    config.add_cleanup(lambda: embedded.release(Path(home.name)))
    _as_owner(servers, f"CREATE DATABASE {TEMPLATE} OWNER {embedded.OWNER_ROLE}")
    upgrade(_named(servers.owner_database_url, TEMPLATE))
    os.environ[RUN_HOME] = home.name


def _as_owner(servers: embedded.Servers, statement: str) -> None:
    superuser = make_url(servers.owner_database_url).set(username=embedded.SUPERUSER, database="postgres")
    engine = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def settings(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of this test process: its own database, its own Valkey database, its own folder."""
    servers = embedded.attach(Path(os.environ[RUN_HOME]), durable=False)
    database = f"reviewdesk_{worker_id}"
    _as_owner(servers, f"CREATE DATABASE {database} TEMPLATE {TEMPLATE} OWNER {embedded.OWNER_ROLE}")
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    joint = "&" if "?" in servers.redis_url else "?"
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return load_settings(
        {
            "REVIEWDESK_HOME": str(tmp_path_factory.mktemp("home")),
            "REVIEWDESK_DATABASE_URL": _named(servers.database_url, database),
            "REVIEWDESK_OWNER_DATABASE_URL": _named(servers.owner_database_url, database),
            "REVIEWDESK_REDIS_URL": f"{servers.redis_url}{joint}db={number}",
            "REVIEWDESK_SECRET_KEY": secrets.token_urlsafe(48),
            "REVIEWDESK_VAULT_KEYS": f"t1:{key}",
            "REVIEWDESK_BLIND_KEY": key,
            "REVIEWDESK_HTTPS": "false",
            "REVIEWDESK_JOB_BACKOFF_SECONDS": "1",
            "REVIEWDESK_SIGN_IN_RATE": "100000 per minute",
            "REVIEWDESK_API_RATE": "100000 per minute",
        }
    )


@pytest.fixture(scope="session")
def application(settings: Settings) -> Flask:
    """The application of this test process. Its people's passwords are hashed in no time: hundreds of tests sign in."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    app = create_app(settings)
    app.testing = True
    return app


@pytest.fixture
def app(application: Flask) -> Iterator[Flask]:
    """The application with an open context, as a worker or a command has it."""
    with application.app_context():
        yield application


@pytest.fixture
def bench(app: Flask) -> Bench:
    """Builders of organisations, people, batches and cases in the real database."""
    return Bench(app)
