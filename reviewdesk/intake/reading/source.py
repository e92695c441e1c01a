"""A file that another process reads. A file made to do harm ends that process and costs nobody else anything."""

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeAlias

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.reading.errors import damaged, too_costly, unreadable
from reviewdesk.intake.reading.kinds import COMPOUND_FILE
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.packing import Blocks, PackedRows
from reviewdesk.intake.reading.pipes import receive, send

Merge: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""First and last (row, column) of cells that were merged, from 0; only the first holds the value."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows from its first: `rows[0]` is Excel's row 1. Absent cells are empty strings.

    Hidden rows and columns are places from 0, as are those of the first formulas without a value (row, column).
    """

    name: str
    rows: PackedRows
    merges: Sequence[Merge] = ()
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    unvalued: Sequence[tuple[int, int]] = ()
    unvalued_count: int = 0


class Source:
    """An opened file. Sheets are read when asked for, each once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, Sheet] = {}
        self._reader = _Reader()
        limits = limits_for(path)
        answer = self._reader.ask("open", str(path), limits.memory, limits.seconds, within=limits.seconds)
        _, self.is_text, self.sheet_names, self.visible_names, self.traits = next(answer)
        self._seconds = limits.seconds

    def sheet(self, name: str) -> Sheet:
        """Read one sheet.

        Raises:
            Invalid: `sheet.absent`, naming the sheets that there are; `sheet.too_large`; `file.damaged`;
                `file.too_costly`.
        """
        if name not in self._read:
            self._read[name] = self._read_sheet(name)
        return self._read[name]

    def _read_sheet(self, name: str) -> Sheet:
        blocks, facts = Blocks(), {}
        for kind, *content in self._reader.ask("sheet", name, within=self._seconds):
            if kind == "facts":
                facts = content[0]
            elif kind == "rows":
                blocks.add(*content)
        return Sheet(
            name,
            blocks.rows(),
            facts.get("merges", ()),
            facts.get("hidden_rows", ()),
            facts.get("hidden_columns", ()),
            facts.get("unvalued", ()),
            facts.get("unvalued_count", 0),
        )


def open_source(path: Path) -> Source:
    """Open a workbook or text table.

    Raises:
        Invalid: with a code under `file.` and one plain sentence: not there, empty, encrypted, damaged, no table, or
            too costly to read.
    """
    if not path.is_file():
        raise unreadable("file.absent", f"找不到文件 {path.name}。", f"There is no file {path.name}.")
    if path.stat().st_size == 0:
        raise unreadable("file.empty", "文件是空的。", "The file is empty.")
    return Source(path)


def unlock(path: Path, password: str | None, out: IO[bytes]) -> bool:
    """Write the workbook to `out` as it is without its password. False, and nothing is written, where it has none.

    The password goes to the reading process by its pipe and is kept nowhere. Without one, that is tried which Excel
    itself gives to workbooks that open without asking.

    Raises:
        Invalid: `file.encrypted` when it needs a password and none is given, `file.wrong_password`, `file.cipher`,
            `file.damaged`, `file.too_costly`.
    """
    with path.open("rb") as file:
        if file.read(len(COMPOUND_FILE)) != COMPOUND_FILE:
            return False
    limits = limits_for(path)
    locked = False
    reader = _Reader()
    for _, piece in reader.ask("unlock", str(path), password, limits.memory, limits.seconds, within=limits.seconds):
        out.write(piece)
        locked = True
    return locked


def limits_for(path: Path) -> Limits:
    """What reading this file may take."""
    from reviewdesk.settings import read_limits  # the reading process imports this package and needs no settings

    most = read_limits()
    return Limits.for_file(path.stat().st_size, most.read_memory_mb * 1024**2, most.read_seconds)


@dataclass(slots=True, weakref_slot=True)
class _Reader:
    """The reading process, ended when nobody refers to this any more."""

    process: "subprocess.Popen[bytes]" = field(init=False)
    asked: IO[bytes] = field(init=False)
    answers: IO[bytes] = field(init=False)
    spent: float = 0.0

    def __post_init__(self) -> None:
        self.process = process = subprocess.Popen(
            [sys.executable, "-m", "reviewdesk.intake.reading.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process started with pipes has none")
        self.asked, self.answers = process.stdin, process.stdout
        weakref.finalize(self, _end, process)

    def ask(self, *message: Any, within: int) -> Iterator[tuple[Any, ...]]:
        """Send a message and give the answers, to the last. All that is asked must be answered `within` some seconds.

        Raises:
            Invalid: what the process says of the file, or what its end means.
        """
        timer = threading.Timer(max(within - self.spent, 0), self.process.kill)
        started = time.monotonic()
        timer.start()
        try:
            yield from self._answers(message)
        finally:
            timer.cancel()
            self.spent += time.monotonic() - started

    def _answers(self, message: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        try:
            send(self.asked, message)
        except BrokenPipeError:
            raise _what_ended(self.process) from None
        while True:
            answer = receive(self.answers)
            if answer is None:
                raise _what_ended(self.process)
            if answer[0] == "invalid":
                raise Invalid(answer[1], Text(*answer[2:]))
            if answer[0] == "end":
                return
            yield answer
            if answer[0] == "opened":
                return


_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_", "LD_LIBRARY_PATH", "PYTHON")


def _environment() -> dict[str, str]:
    """What Python needs and no secret; two pools of memory are enough for two threads."""
    ours = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    here = os.pathsep.join(dict.fromkeys(filter(None, (str(_ROOT), ours.get("PYTHONPATH")))))
    return ours | {"PYTHONPATH": here, "MALLOC_ARENA_MAX": "2"}


_ROOT = Path(__file__).resolve().parents[3]

_TOO_MUCH = {-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT}
"""Killed by us, the kernel or itself: out of time, or of memory, which Rust and C answer by giving up."""


def _what_ended(process: "subprocess.Popen[bytes]") -> Invalid:
    return too_costly() if process.wait() in _TOO_MUCH else damaged()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):  # what waits to be written has no reader any more
            if pipe is not None:
                pipe.close()
