"""The reading process, asked and answering over its standard pipes.

It holds one file, has no secret in its environment, and is held to memory and time before it opens anything.

    -> ("open", path, memory, seconds)    <- ("opened", is_text, names, visible names, traits)
    -> ("sheet", name)                    <- ("rows", count, block)…, ("facts", {...}), ("end",)
    -> ("begin", name)                    <- the same, or of a long sheet ("rows", count, block)…, ("more", rough rows)
    -> ("go on", name)                    <- what is left of it: ("rows", count, block)…, ("facts", {...}), ("end",)
    -> ("facts", name)                    <- ("facts", {...}), ("end",)
    -> ("unlock", path, password, memory, seconds)
                                          <- ("piece", bytes)…, ("end",)
    any of them may be answered by        <- ("invalid", code, zh, en)
"""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading.errors import sheet_absent, too_costly
from reviewdesk.intake.reading.found import Trait
from reviewdesk.intake.reading.kinds import kind_of
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.memory import lacks_memory
from reviewdesk.intake.reading.pipes import receive, send
from reviewdesk.intake.reading.texts import TextTable
from reviewdesk.intake.reading.workbooks import Workbook

BEGINNING_ROWS = 300
"""Where a long sheet is only begun, so many of its rows are given."""


class OpenSheet(Protocol):
    """A sheet of an open file. `facts` are what is to be known of it beside its rows, once these were given."""

    facts: dict[str, Any]
    is_long: bool

    @property
    def rough_rows(self) -> int:
        """About how many rows it has; 0 where that is not known."""

    def looked_through(self) -> dict[str, Any]:
        """The facts without the rows."""

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Its rows, packed, each block with its number of rows."""


class OpenFile(Protocol):
    """A workbook or a text table."""

    is_text: bool
    names: list[str]
    visible_names: list[str]
    traits: frozenset[Trait]

    def sheet(self, name: str) -> OpenSheet:
        """Begin to read a sheet."""


def open_file(path: Path) -> OpenFile:
    """Open a file in this very process, without limits.

    Raises:
        Invalid: see `reviewdesk.intake.reading.open_source`.
    """
    return TextTable(path) if kind_of(path) == "text" else Workbook(path)


def sheet_messages(opened: OpenFile, name: str) -> Iterator[tuple[Any, ...]]:
    """A sheet as messages."""
    if name not in opened.names:
        raise sheet_absent(name, opened.names)
    sheet = opened.sheet(name)
    yield from _rest(sheet, sheet.blocks())


def _rest(sheet: OpenSheet, blocks: Iterator[tuple[int, bytes]]) -> Iterator[tuple[Any, ...]]:
    for count, block in blocks:
        yield "rows", count, block
    yield "facts", sheet.facts
    yield ("end",)


class Begun:
    """Sheets of which the first rows were given, and what is left of them as messages."""

    def __init__(self) -> None:
        self._left: dict[str, Iterator[tuple[Any, ...]]] = {}

    def begin(self, opened: OpenFile, name: str) -> Iterator[tuple[Any, ...]]:
        """The first rows of a long sheet as messages, or the whole of another."""
        if name not in opened.names:
            raise sheet_absent(name, opened.names)
        sheet = opened.sheet(name)
        rest = _rest(sheet, sheet.blocks())
        given = 0
        for message in rest:
            yield message
            given += message[1] if message[0] == "rows" else 0
            if sheet.is_long and given >= BEGINNING_ROWS:
                self._left[name] = rest
                yield "more", sheet.rough_rows
                return

    def go_on(self, name: str) -> Iterator[tuple[Any, ...]]:
        """What was not given."""
        return self._left.pop(name)


class Reading:
    """What a reading process holds: its file, once that was opened, and the sheets that were begun."""

    def __init__(self) -> None:
        self._opened: OpenFile | None = None
        self._begun = Begun()

    def answers(self, message: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        """The answers to a message.

        Raises:
            Invalid: what is wrong with the file.
        """
        match message, self._opened:
            case ("open", path, memory, seconds), _:
                Limits(memory, seconds).apply()
                self._opened = opened = open_file(Path(path))
                yield "opened", opened.is_text, opened.names, opened.visible_names, sorted(opened.traits)
            case ("sheet", name), opened if opened is not None:
                yield from sheet_messages(opened, name)
            case ("begin", name), opened if opened is not None:
                yield from self._begun.begin(opened, name)
            case ("go on", name), _:
                yield from self._begun.go_on(name)
            case ("facts", name), opened if opened is not None:
                yield "facts", opened.sheet(name).looked_through()
                yield ("end",)
            case ("unlock", path, password, memory, seconds), _:
                from reviewdesk.intake.reading import ciphers  # takes longer to load than most files to read

                Limits(memory, seconds).apply()
                yield from (("piece", piece) for piece in ciphers.pieces(Path(path), password))
                yield ("end",)
            case _:
                raise RuntimeError("asked for what there is not")


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    told = too_costly()
    costly = ("invalid", told.code, told.text.zh, told.text.en)
    reading = Reading()
    while message := receive(asked):
        try:
            for answer in reading.answers(message):
                send(answers, answer)
        except Invalid as error:
            send(answers, ("invalid", error.code, error.text.zh, error.text.en))
        except Exception as error:
            if not isinstance(error, RecursionError) and not lacks_memory(error):
                raise
            send(answers, costly)


def main() -> None:
    """Serve standard input and output; whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    gc.disable()  # rows are made and dropped by the million, and none is part of a ring
    serve(sys.stdin.buffer, answers)
