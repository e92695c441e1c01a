"""The embedded servers, with real processes: they start, survive a restart, and end with those who use them."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from reviewdesk import embedded
from reviewdesk.processes import tied
from reviewdesk.settings import load_settings

HOLDER = """
import sys, time
from pathlib import Path
from reviewdesk import embedded
servers = embedded.attach(Path(sys.argv[1]), durable=False)
print(servers.database_url, servers.redis_url, flush=True)
sys.stdin.read()
"""


class Holder:
    """A process that holds the servers of a home folder until its standard input closes."""

    def __init__(self, home: Path, *, uid: int | None = None) -> None:
        user = pwd.getpwuid(uid) if uid is not None else None
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=tied(signal.SIGKILL, user),
        )
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert len(words) == 2, "the holder could not start the servers"
        self.database_url, self.redis_url = words

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)

    def connect(self) -> "psycopg.Connection[tuple[str, ...]]":
        return psycopg.connect(self.database_url.replace("+psycopg", ""))


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder whose name is short enough for the sockets to lie in it."""
    with tempfile.TemporaryDirectory(prefix="rd-") as folder:
        yield Path(folder) / "var"
        assert until(lambda: not servers_of(Path(folder))), "servers were left behind"


def servers_of(home: Path) -> list[psutil.Process]:
    """Every keeper, PostgreSQL and Valkey process of a home folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(home) in word for word in process.cmdline()) and HOLDER not in process.cmdline():
                found.append(process)
        except psutil.Error:
            continue
    return found


def until(holds: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_roles_are_apart_and_no_network_address_is_listened_on(home: Path) -> None:
    holder = Holder(home)
    with holder.connect() as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, "
            "(SELECT rolname FROM pg_database d JOIN pg_roles r ON r.oid = datdba WHERE datname = current_database()) "
            "FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    listening = [
        connection
        for process in servers_of(home)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    private = {path.parent.stat().st_mode & 0o077 for path in home.rglob("run/**/*.s.PGSQL.5432")}
    holder.leave()
    assert row == (embedded.APP_ROLE, False, False, False, False, embedded.OWNER_ROLE)
    assert listening == []
    assert private == {0}


def test_data_survives_a_restart(home: Path) -> None:
    first = Holder(home)
    with psycopg.connect(first.database_url.replace("+psycopg", "").replace("_app@", "_owner@")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.execute("GRANT SELECT ON kept TO PUBLIC")
    redis.from_url(first.redis_url).set("kept", "42")
    first.leave()
    assert not servers_of(home), "a process that ends in order waits for the servers"

    second = Holder(home)
    with second.connect() as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert redis.from_url(second.redis_url).get("kept") == b"42"
    second.leave()


def test_they_stop_when_their_user_is_killed(home: Path) -> None:
    holder = Holder(home)
    assert servers_of(home)
    holder.process.send_signal(signal.SIGKILL)
    holder.process.wait()
    assert until(lambda: not servers_of(home))


def test_they_stop_when_the_keeper_is_killed_and_start_again(home: Path) -> None:
    holder = Holder(home)
    keeper = next(process for process in servers_of(home) if "reviewdesk.embedded" in process.cmdline())
    keeper.kill()
    assert until(lambda: not [p for p in servers_of(home) if p.status() != psutil.STATUS_ZOMBIE])
    again = Holder(home)
    with again.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    again.leave()
    holder.leave()


def test_a_server_that_dies_is_started_anew(home: Path) -> None:
    holder = Holder(home)
    next(process for process in servers_of(home) if "valkey-server" in process.cmdline()[0]).kill()
    client = redis.from_url(holder.redis_url)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    assert until(answers)
    holder.leave()


def test_several_processes_share_them_until_the_last_has_gone(home: Path) -> None:
    first, second = Holder(home), Holder(home)
    assert first.database_url == second.database_url
    first.leave()
    with second.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.leave()
    assert not servers_of(home)


def test_a_long_path_and_an_odd_name_are_no_obstacle(tmp_path: Path) -> None:
    home = tmp_path / ("a, 'b' 张 #%41 " + "x" * 90) / "var"
    holder = Holder(home)
    with holder.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert redis.from_url(holder.redis_url).ping()
    holder.leave()


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user; the other tests ran as an ordinary one"
)
def test_an_ordinary_user_can_start_them(tmp_path: Path) -> None:
    user = pwd.getpwnam("daemon")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    mine = tmp_path / "mine"
    mine.mkdir()
    os.chown(mine, user.pw_uid, user.pw_gid)
    holder = Holder(mine / "var", uid=user.pw_uid)
    owners = {process.uids().effective for process in servers_of(mine)}
    with holder.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    holder.leave()
    assert owners == {user.pw_uid}


def test_nothing_starts_when_both_urls_are_set(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "REVIEWDESK_DEMO": "1",
            "REVIEWDESK_HOME": str(tmp_path),
            "REVIEWDESK_DATABASE_URL": "postgresql://app@db.example/reviewdesk",
            "REVIEWDESK_REDIS_URL": "redis://redis.example/0",
        }
    )
    assert embedded.with_servers(settings) is settings
    assert not servers_of(tmp_path)


def test_a_folder_that_cannot_be_used_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(embedded.EmbeddedError, match="cannot use"):
        embedded.attach(blocked / "var")
