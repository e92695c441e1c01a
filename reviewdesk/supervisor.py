"""One process that starts others, starts them anew when they die, and stops them all when it is told to stop."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from reviewdesk.processes import tied
from reviewdesk.settings import Settings

log = logging.getLogger("reviewdesk.supervisor")

PROJECT = Path(__file__).resolve().parent.parent  # where wsgi.py and migrations/ lie

TICK_SECONDS = 0.2
GRACE_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # a child that lived this long starts its pauses over


def start(command: Sequence[str], env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a program that ends with this process. Ctrl-C reaches the supervisor alone, which stops all in order."""
    return subprocess.Popen(
        command,
        env=dict(env),
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=tied(signal.SIGTERM),  # safe: the supervisor has one thread
    )


@dataclass
class Child:
    """One program to keep running; one that runs `once` is done when it ends with code 0."""

    name: str
    command: Sequence[str]
    once: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    start_at: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS

    def tend(self, env: Mapping[str, str], now: float) -> None:
        """Start the program if it is not running, its pause is over, and it is not done."""
        if self.done:
            return
        if self.process is not None and self.process.poll() is not None:
            self._plan_restart(self.process.returncode, now)
        if self.process is None and now >= self.start_at:
            self.started = now
            self.process = start(self.command, env)

    @property
    def done(self) -> bool:
        """Whether a program that runs once has ended well."""
        return self.once and self.process is not None and self.process.poll() == 0

    def _plan_restart(self, code: int, now: float) -> None:
        if now - self.started >= STEADY_SECONDS:
            self.pause = FIRST_PAUSE_SECONDS
        log.warning("%s ended with code %s and starts anew in %.0f s", self.name, code, self.pause)
        self.process, self.start_at = None, now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)

    def tell(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


@dataclass
class Supervisor:
    """Keeps its children running between `start` and `stop`."""

    env: Mapping[str, str]
    children: list[Child]
    asked_to_stop: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def tend(self) -> None:
        """One look at every child."""
        now = time.monotonic()
        for child in self.children:
            child.tend(self.env, now)

    def run(self, when_ready: Callable[[], bool] = lambda: True) -> None:
        """Tend the children until SIGTERM, SIGINT or SIGHUP, then stop them.

        `when_ready` is called on every turn until it returns True: for what is to be said once the children answer.
        """
        ready = False
        try:
            while not self.asked_to_stop:
                self.tend()
                ready = ready or when_ready()
                time.sleep(TICK_SECONDS)
        finally:
            self.stop()

    def finish(self, command: Sequence[str]) -> bool:
        """Run a program to its end before the children start; False when told to stop meanwhile.

        Raises:
            subprocess.CalledProcessError: it ended with another code than 0.
        """
        process = start(command, self.env)
        while process.poll() is None and not self.asked_to_stop:
            time.sleep(TICK_SECONDS)
        if self.asked_to_stop:
            process.terminate()
            process.wait()
            return False
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, list(command))
        return True

    def stop(self) -> None:
        """Ask every child to end; kill those that have not within the grace period.

        A job cut short is taken up again at the next start, so killing loses nothing.
        """
        for child in self.children:
            child.tell(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("%s did not end in %.0f s and is killed", child.name, GRACE_SECONDS)
                child.process.kill()
                child.process.wait()


def child_environment(settings: Settings) -> dict[str, str]:
    """Our environment with these settings in place of those it holds."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REVIEWDESK_")}
    return inherited | settings.environment()


def web_command(settings: Settings) -> list[str]:
    """gunicorn with threads, serving `wsgi:app`."""
    options = {
        "worker-class": "gthread",
        "workers": settings.web_processes,
        "threads": settings.web_threads,
        "bind": f"{settings.host}:{settings.port}",
        "chdir": PROJECT,
        "timeout": 120,
        "graceful-timeout": 15,
        "log-level": "warning" if settings.demo else settings.log_level,
    }
    flags = [f"--{name}={value}" for name, value in options.items()] + ["--no-control-socket"]
    if not settings.demo:
        flags.append("--access-logfile=-")
    return [sys.executable, "-m", "gunicorn", *flags, "wsgi:app"]


def web(settings: Settings) -> Child:
    """The web server."""
    return Child("web", web_command(settings))


def workers(count: int) -> list[Child]:
    """So many workers, and the sweeper that rings for jobs that were lost."""
    roles = [(f"worker {number}", "worker") for number in range(1, count + 1)] + [("sweeper", "sweeper")]
    return [Child(name, [sys.executable, "-m", "workers", role]) for name, role in roles]
