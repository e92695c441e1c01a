"""Templates are opened and filled by another process. One made to do harm ends that process and costs nobody else."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, Final

from reviewdesk.errors import Invalid, Text
from reviewdesk.handover.word.names import Values
from reviewdesk.handover.word.refusals import too_costly
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.pipes import receive, send
from reviewdesk.nursery import environment

LIMITS: Final = Limits(memory=1024**3, seconds=30)
"""What one process may take: bytes of address space, seconds of the processor."""

PATIENCE: Final = 20
"""Seconds by the clock for one answer."""

MOST_DOCUMENTS: Final = 50
"""So many documents one process fills; then another takes its place."""


class Filler:
    """A template in a process of its own; used as a context manager."""

    def __init__(self, content: bytes, limits: Limits = LIMITS, patience: float = PATIENCE) -> None:
        self._content, self._limits, self._patience = content, limits, patience
        self._process: subprocess.Popen[bytes] | None = None
        self._filled = 0
        self.placeholders: list[str] = []

    def __enter__(self) -> Filler:
        """
        Raises:
            Invalid: the template cannot be used, and why; with a code under `template.`.
        """
        try:
            self._start()
        except Invalid:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def fill(self, values: Values) -> bytes:
        """The document with these values.

        Raises:
            Invalid: it cannot be made, and why.
        """
        if self._process is None or self._filled >= MOST_DOCUMENTS:
            self._start()
        self._filled += 1
        return bytes(self._ask("fill", values)[1])

    def try_out(self) -> bytes:
        """The document of a made-up suit.

        Raises:
            Invalid: as `fill`.
        """
        return bytes(self._ask("try")[1])

    def _start(self) -> None:
        self._end()
        self._filled = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "reviewdesk.handover.word.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        self.placeholders = list(self._ask("open", self._content, self._limits.memory, self._limits.seconds)[1])

    def _ask(self, *message: Any) -> tuple[Any, ...]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("there is no process to ask")
        timer = threading.Timer(self._patience, process.kill)
        timer.start()
        try:
            with suppress(BrokenPipeError):  # it has ended; that there is no answer says so
                send(process.stdin, message)
            answer = _answer(process.stdout)
        finally:
            timer.cancel()
        if answer is None:
            self._end()
            raise too_costly()
        if answer[0] == "invalid":
            raise Invalid(answer[1], Text(*answer[2:]), field="file")
        return answer

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):  # what waits to be written has no reader any more
                if pipe is not None:
                    pipe.close()


def _answer(pipe: IO[bytes]) -> tuple[Any, ...] | None:
    found: tuple[Any, ...] | None = receive(pipe)
    return found
