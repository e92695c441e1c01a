"""Starting reading processes and ending them: see `reviewdesk.intake.reading.nursery`.

It loads nothing, so that the processes can be made ready while whoever needs them loads itself.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import IO, Final

NUMBER: Final = Struct("!q")
"""How a number is told by the line of a process."""

_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_", "LD_LIBRARY_PATH", "PYTHON")
_ROOT = Path(__file__).resolve().parents[1]


def environment() -> dict[str, str]:
    """What Python needs and no secret; two pools of memory are enough for two threads, and one thread for numpy."""
    ours = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    here = os.pathsep.join(dict.fromkeys(filter(None, (str(_ROOT), ours.get("PYTHONPATH")))))
    return ours | {"PYTHONPATH": here, "MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1"}


class Process:
    """A reading process: pipes to ask it by and to hear it, and the line that it lives by."""

    def __init__(self) -> None:
        asked, ask = os.pipe()
        hear, answers = os.pipe()
        self._line, theirs = socket.socketpair()
        self.asked: IO[bytes] = os.fdopen(ask, "wb")
        self.answers: IO[bytes] = os.fdopen(hear, "rb")
        try:
            _nursery.let_in(asked, answers, theirs.fileno())
        finally:
            os.close(asked)
            os.close(answers)
            theirs.close()
        number = self._told()
        if number is None:
            raise RuntimeError("a reading process could not be started")
        self.pid = number
        self._ended: int | None = None

    def kill(self) -> None:
        """End it at once; it does no harm to end it twice."""
        with suppress(OSError):  # it has ended by itself
            self._line.shutdown(socket.SHUT_WR)

    def wait(self) -> int:
        """How it ended, once it has: below 0 by a signal."""
        if self._ended is None:
            told = self._told()
            self._ended = -signal.SIGKILL if told is None else told
        return self._ended

    def end(self) -> None:
        """Kill it, and let go of it."""
        self.kill()
        self.wait()
        self._line.close()
        for pipe in (self.asked, self.answers):
            with suppress(BrokenPipeError):  # what waits to be written has no reader any more
                pipe.close()

    def _told(self) -> int | None:
        with suppress(ConnectionResetError):
            told = self._line.recv(NUMBER.size, socket.MSG_WAITALL)
            if len(told) == NUMBER.size:
                number: int = NUMBER.unpack(told)[0]
                return number
        return None


class Nursery:
    """The process that forks them, started when the first is needed, and again should it have been killed.

    A fork of this process may go on using it. It ends when nobody holds its door.
    """

    def __init__(self) -> None:
        self._door: socket.socket | None = None
        self._guard = threading.Lock()

    def let_in(self, *descriptors: int) -> None:
        """Have a reading process forked that is held by these."""
        with self._guard:
            if self._door is not None:
                with suppress(BrokenPipeError):
                    socket.send_fds(self._door, [b"+"], descriptors)
                    return
            self._door = self._opened()
            socket.send_fds(self._door, [b"+"], descriptors)

    def make_ready(self) -> None:
        """Have it started."""
        with self._guard:
            if self._door is None:
                self._door = self._opened()

    def _opened(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "reviewdesk.intake.reading.nursery"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        return ours


_nursery = Nursery()


def make_ready() -> None:
    """Start what reading processes come from, so that the first of them need not wait for it."""
    _nursery.make_ready()
