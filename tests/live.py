"""The product as it runs for people: a web server, workers and the sweeper as processes of their own."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reviewdesk.settings import Settings
from reviewdesk.supervisor import PROJECT, child_environment

START_SECONDS = 180


@dataclass
class Live:
    """Running processes by role, and the address of the web server."""

    url: str
    env: dict[str, str]
    logs: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        """Start a process; its output goes to a log of its name."""
        log = (self.logs / f"{name}.log").open("ab")
        process = subprocess.Popen([sys.executable, "-m", *command], env=self.env, cwd=PROJECT, stdout=log, stderr=log)
        log.close()
        self.processes[name] = process
        return process

    def worker(self, name: str) -> "subprocess.Popen[bytes]":
        """Start one more worker."""
        return self.start(name, "workers", "worker")

    def stop(self) -> None:
        """End every process that still runs."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running(settings: Settings, logs: Path, *, workers: int = 2, web: bool = True) -> Iterator[Live]:
    """Start the processes, wait until the web server answers, and stop them all at the end."""
    port = free_port()
    live = Live(f"http://127.0.0.1:{port}", child_environment(settings), logs)
    try:
        if web:
            live.start("web", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "8", "wsgi:app")
        for number in range(workers):
            live.worker(f"worker-{number}")
        live.start("sweeper", "workers", "sweeper")
        if web:
            wait_until_it_answers(live)
        yield live
    finally:
        live.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_it_answers(live: Live) -> None:
    """Wait until the web server answers.

    Raises:
        RuntimeError: it does not; with the end of its log.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if live.processes["web"].poll() is not None:
            break
        try:
            urllib.request.urlopen(live.url + "/sign-in", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the web server did not start:\n" + (live.logs / "web.log").read_text()[-3000:])
