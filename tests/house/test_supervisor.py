"""The supervisor, with real processes: it restarts what dies and leaves nothing behind, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from reviewdesk.supervisor import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, STEADY_SECONDS, Child

SUPERVISE = """
import os, sys
from reviewdesk.supervisor import Child, Supervisor
Supervisor(os.environ, [Child(name, [sys.executable, "-c", code]) for name, code in (
    ("patient", "import time; time.sleep(600)"),
    ("stubborn", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"),
)[:int(sys.argv[1])]]).run()
"""


@pytest.fixture
def supervisor() -> Iterator[Callable[[int], psutil.Process]]:
    started: list[psutil.Process] = []

    def start(children: int) -> psutil.Process:
        process = psutil.Popen([sys.executable, "-c", SUPERVISE, str(children)], stderr=subprocess.DEVNULL)
        started.append(process)
        assert until(lambda: len(process.children()) == children)
        return process

    yield start
    for process in started:
        for one in [process, *process.children(recursive=True)] if process.is_running() else []:
            one.kill()


def until(holds: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_children_and_then_the_supervisor(
    supervisor: Callable[[int], psutil.Process], number: signal.Signals
) -> None:
    process = supervisor(1)
    children = process.children()
    process.send_signal(number)
    assert process.wait(120) == 0
    assert gone(children)


def test_a_killed_supervisor_takes_its_children_along(supervisor: Callable[[int], psutil.Process]) -> None:
    process = supervisor(1)
    children = process.children()
    process.kill()
    process.wait(120)
    assert until(lambda: gone(children))


def test_a_dead_child_is_started_anew(supervisor: Callable[[int], psutil.Process]) -> None:
    process = supervisor(1)
    (child,) = process.children()
    child.kill()
    assert until(lambda: [one.pid for one in process.children() if one.pid != child.pid] != [])


def test_pauses_double_up_to_a_limit_and_start_over_after_a_steady_time() -> None:
    child = Child("worker", ["true"])
    now, pauses = 0.0, []
    for _ in range(8):
        child.started = now
        pauses.append(child.pause)
        child._plan_restart(1, now)
        assert child.start_at == now + pauses[-1]
        now = child.start_at
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    child.started = now
    child._plan_restart(1, now + STEADY_SECONDS)
    assert child.start_at == now + STEADY_SECONDS + FIRST_PAUSE_SECONDS


def test_the_command_prints_a_wrong_setting_as_one_line(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("reviewdesk")
    env = {"PATH": os.environ["PATH"], "REVIEWDESK_HOME": str(tmp_path), "REVIEWDESK_DEMO": "1", "REVIEWDESK_PROT": "1"}
    done = subprocess.run([command, "run"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "REVIEWDESK_PROT: there is no such setting; the nearest is REVIEWDESK_PORT\n"


def test_a_command_that_needs_no_server_loads_no_framework() -> None:
    code = (
        "import sys\n"
        "from reviewdesk.cli import cli\n"
        "cli.main(['--help'], standalone_mode=False)\n"
        "for name in ('check', 'sample'):\n"
        "    cli.get_command(None, name)\n"
        "print(sorted({'flask', 'sqlalchemy', 'redis', 'rq'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
