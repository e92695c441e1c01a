"""`reviewdesk run`, `worker` and `demo` as a person starts them: real processes, stopped by a signal."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from reviewdesk.demo import FIRM, PASSWORD, PLATFORM
from reviewdesk.settings import Settings
from reviewdesk.supervisor import child_environment
from tests.live import free_port

pytestmark = pytest.mark.timeout(600)  # a machine with much to do takes its time to start what is started here

COMMAND = Path(sys.executable).with_name("reviewdesk")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def run(env: dict[str, str], *words: str) -> "subprocess.Popen[str]":
        log = (tmp_path / f"{words[0]}.log").open("w+")
        process = subprocess.Popen([COMMAND, *words], env=env, cwd=tmp_path, stdout=log, stderr=log, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def until(holds: Callable[[], bool], seconds: float = 240) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def test_run_serves_and_starts_nothing_embedded_when_servers_are_named(
    settings: Settings, start: Start, tmp_path: Path
) -> None:
    port = free_port()
    env = child_environment(settings.model_copy(update={"home": tmp_path / "var"}))
    process = start(env, "run", "--port", str(port))
    assert until(lambda: answers(f"http://127.0.0.1:{port}/sign-in"))
    assert "gunicorn" in " ".join(psutil.Process(process.pid).cmdline()), "run should become the web server itself"
    assert not (tmp_path / "var" / "run").exists()
    process.terminate()
    assert process.wait(120) == 0


def test_worker_keeps_workers_and_a_sweeper(settings: Settings, start: Start) -> None:
    process = start(child_environment(settings), "worker", "--count", "2")

    def roles() -> list[str]:
        return sorted(child.cmdline()[-1] for child in psutil.Process(process.pid).children() if child.cmdline())

    assert until(lambda: roles() == ["sweeper", "worker", "worker"])
    process.terminate()
    assert process.wait(120) == 0


def test_demo_starts_says_who_may_sign_in_and_stops_cleanly(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "demo"
    env = {name: value for name, value in os.environ.items() if not name.startswith("REVIEWDESK_")}
    port = free_port()
    process = start(env | {"REVIEWDESK_HOME": str(home)}, "demo", "--port", str(port))
    log = tmp_path / "demo.log"
    assert until(lambda: "Ctrl-C" in log.read_text() or process.poll() is not None), log.read_text()
    said = log.read_text()
    assert f"http://127.0.0.1:{port}" in said
    assert PASSWORD in said
    assert all(player.email in said for cast in (PLATFORM, FIRM) for player in cast.people)
    family = psutil.Process(process.pid).children(recursive=True)

    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0
    assert until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))
    assert until(lambda: not any(str(home) in word for one in psutil.process_iter(["cmdline"]) for word in _words(one)))


def _words(process: psutil.Process) -> list[str]:
    return process.info["cmdline"] or []
