"""A file that another process reads. A file made to do harm ends that process and costs nobody else anything."""

import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeAlias

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.reading import memory
from reviewdesk.intake.reading.errors import broke_off, empty, too_costly, unreadable
from reviewdesk.intake.reading.kinds import COMPOUND_FILE
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.packing import Blocks, PackedRows
from reviewdesk.intake.reading.pipes import receive, send
from reviewdesk.nursery import Process
from reviewdesk.read_limits import ReadLimits, are_stated

Merge: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""First and last (row, column) of cells that were merged, from 0; only the first holds the value."""


Facts: TypeAlias = Mapping[str, Any]


class Sheet:
    """A sheet's rows from its first: `rows[0]` is Excel's row 1. Absent cells are empty strings.

    Of a long sheet only the first rows were read; `rough_rows` is about how many there are, by what the file says. What
    is known of a sheet beside its rows is read with these. `since_1904`: its bare numbers of days count from 1904, as
    all of its workbook do; dates were converted already.
    """

    def __init__(
        self,
        name: str,
        rows: PackedRows,
        facts: Callable[[], Facts] = dict,
        rough_rows: int | None = None,
        *,
        since_1904: bool = False,
    ) -> None:
        self.name, self.rows, self.rough_rows, self.since_1904 = name, rows, rough_rows, since_1904
        self._facts = facts

    def renamed(self, name: str) -> "Sheet":
        """The same sheet under another name."""
        return Sheet(name, self.rows, self._facts, self.rough_rows, since_1904=self.since_1904)

    @property
    def merges(self) -> Sequence[Merge]:
        """Cells that were merged."""
        merges: Sequence[Merge] = self._facts().get("merges", ())
        return merges

    @property
    def last_row(self) -> int:
        """Excel's number of the last row; 0 where it is not told."""
        row: int = self._facts().get("last_row", 0)
        return row

    @property
    def is_long(self) -> bool:
        """Whether it is read on when more of it is asked for."""
        return self.rough_rows is not None

    @property
    def hidden_rows(self) -> Sequence[int]:
        """Hidden rows, from 0."""
        rows: Sequence[int] = self._facts().get("hidden_rows", ())
        return rows

    @property
    def hidden_columns(self) -> Sequence[int]:
        """Hidden columns, from 0."""
        columns: Sequence[int] = self._facts().get("hidden_columns", ())
        return columns

    @property
    def unvalued(self) -> Sequence[tuple[int, int]]:
        """The first formulas of which the file does not say what they came to, as row and column from 0."""
        cells: Sequence[tuple[int, int]] = self._facts().get("unvalued", ())
        return cells

    @property
    def unvalued_count(self) -> int:
        """How many of these there are."""
        count: int = self._facts().get("unvalued_count", 0)
        return count


class Source:
    """An opened file. Sheets are read when asked for, each once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.holds: Any = None
        """What must stay for as long as the file may be read."""
        self._read: dict[str, Sheet] = {}
        self._reader = _Reader()
        limits = limits_for(path)
        answer = self._reader.ask("open", str(path), limits.memory, limits.seconds, within=limits.patience)
        _, self.is_text, self.sheet_names, self.visible_names, self.traits = next(answer)
        self._patience = limits.patience

    def sheet(self, name: str) -> Sheet:
        """Read one sheet, or of a long one the first rows.

        Raises:
            Invalid: `sheet.absent`, naming the sheets that there are; `sheet.too_large`; `file.damaged`;
                `file.too_costly`. Reading on in a long sheet may raise the last three as well.
        """
        if name not in self._read:
            self._read[name] = self._begin(name)
        return self._read[name]

    def close(self) -> None:
        """End the reading process. Sheets that were read stay."""
        self._reader.end()

    def _begin(self, name: str) -> Sheet:
        if self._reader.is_busy:
            return Source(self.path)._begin(name)
        since_1904 = "since_1904" in self.traits
        first = list(self._reader.ask("begin", name, within=self._patience))
        if first[-1][0] != "more":
            store = Blocks(first)
            store.complete()
            return Sheet(name, store.rows(), lambda: store.facts, since_1904=since_1904)
        rest = self._reader.ask("go on", name, within=self._patience)
        store = Blocks(chain(first[:-1], rest), partial(_anew, self.path, name))
        store.reaches(0)
        facts = _Told(self._reader, name, store, self._patience)
        return Sheet(name, store.rows(), facts, first[-1][1], since_1904=since_1904)


@dataclass(slots=True)
class _Told:
    """What is known of a long sheet: by its rows where all were read, else the reading process looks it through."""

    reader: "_Reader"
    name: str
    store: Blocks
    seconds: int
    found: Facts | None = None

    def __call__(self) -> Facts:
        if self.store.facts or self.reader.is_busy:
            self.store.complete()
            return self.store.facts
        if self.found is None:
            answers = self.reader.ask("facts", self.name, within=self.seconds)
            self.found = dict(next(answers)[1])
            list(answers)
        return self.found


def _anew(path: Path, name: str) -> Iterator[tuple[Any, ...]]:
    """All messages of a sheet, by a process of its own."""
    source = Source(path)
    return source._reader.ask("sheet", name, within=source._patience)


def open_source(path: Path) -> Source:
    """Open a workbook or text table.

    Raises:
        Invalid: with a code under `file.` and one plain sentence: not there, empty, encrypted, damaged, no table, or
            too costly to read.
    """
    if not path.is_file():
        raise unreadable("file.absent", f"找不到文件 {path.name}。", f"There is no file {path.name}.")
    if path.stat().st_size == 0:
        raise empty()
    return Source(path)


def unlock(path: Path, password: str | None, out: IO[bytes]) -> bool:
    """Write the workbook to `out` as it is without its password. False, and nothing is written, where it has none.

    The password goes to the reading process by its pipe and is kept nowhere. Without one, that is tried which Excel
    itself gives to workbooks that open without asking.

    Raises:
        Invalid: `file.encrypted` when it needs a password and none is given, `file.wrong_password`, `file.cipher`,
            `file.damaged`, `file.too_costly`, `file.broke_off`.
    """
    with path.open("rb") as file:
        if file.read(len(COMPOUND_FILE)) != COMPOUND_FILE:
            return False
    limits = limits_for(path)
    locked = False
    reader = _Reader()
    for _, piece in reader.ask("unlock", str(path), password, limits.memory, limits.seconds, within=limits.patience):
        out.write(piece)
        locked = True
    return locked


def limits_for(path: Path) -> Limits:
    """What reading this file may take."""
    most = ReadLimits()
    if are_stated():
        from reviewdesk.settings import read_limits  # takes a while to load

        most = read_limits()
    return Limits.for_file(path.stat().st_size, most.read_memory_mb * 1024**2, most.read_seconds)


@dataclass(slots=True, weakref_slot=True)
class _Reader:
    """The reading process, ended when nobody refers to this any more."""

    process: Process = field(default_factory=Process)
    end: Any = field(init=False)
    spent: float = 0.0
    is_busy: bool = False

    def __post_init__(self) -> None:
        self.end = weakref.finalize(self, self.process.end)

    def ask(self, *message: Any, within: int) -> Iterator[tuple[Any, ...]]:
        """Send a message and give the answers, to the last. All waiting for answers must take no more than `within`
        seconds; the time in between is who asks'.

        Raises:
            Invalid: what the process says of the file, or what its end means.
        """
        self.is_busy = True
        try:
            send(self.process.asked, message)
        except BrokenPipeError:
            raise _what_ended(self.process) from None
        while True:
            answer = self._next_answer(within)
            self.is_busy = answer is not None and answer[0] not in _LAST
            if answer is None:
                raise _what_ended(self.process)
            if answer[0] == "invalid":
                raise Invalid(answer[1], Text(*answer[2:]))
            if answer[0] == "end":
                return
            yield answer
            if not self.is_busy:
                return

    def _next_answer(self, within: int) -> Any:
        timer = threading.Timer(max(within - self.spent, 0), self.process.kill)
        started = time.monotonic()
        timer.start()
        try:
            return receive(self.process.answers)
        finally:
            timer.cancel()
            self.spent += time.monotonic() - started


_LAST = ("end", "opened", "more", "invalid")
"""Kinds of answers after which another question may be asked."""

_TOO_MUCH = {-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT, memory.ENDED}
"""Killed by us, the kernel or itself: out of time, or of memory, which Rust and C answer by giving up."""


def _what_ended(process: Process) -> Invalid:
    return too_costly() if process.wait() in _TOO_MUCH else broke_off()
