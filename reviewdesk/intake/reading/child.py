"""The reading process: `python -m reviewdesk.intake.reading.child`, asked and answering over its standard pipes.

It holds one file, has no secret in its environment, and is held to memory and time before it opens anything.

    -> ("open", path, memory, seconds)    <- ("opened", is_text, names, visible names, traits)
    -> ("sheet", name)                    <- ("facts", {...}), ("rows", count, block)…, ("end",)
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
from reviewdesk.intake.reading.packing import blocks
from reviewdesk.intake.reading.pipes import receive, send
from reviewdesk.intake.reading.texts import TextTable
from reviewdesk.intake.reading.workbooks import Workbook


class OpenFile(Protocol):
    """A workbook or a text table."""

    is_text: bool
    names: list[str]
    visible_names: list[str]
    traits: frozenset[Trait]

    def facts(self, name: str) -> dict[str, Any]:
        """What is to be known of a sheet beside its rows."""

    def rows(self, name: str) -> Iterator[list[Any]]:
        """A sheet's rows."""


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
    facts = opened.facts(name)
    yield "facts", facts
    for count, block in blocks(opened.rows(name), facts.get("width", 1)):
        yield "rows", count, block
    yield ("end",)


def _unlocked(path: Path, password: str | None) -> Iterator[bytes]:
    from reviewdesk.intake.reading import ciphers  # its libraries take longer to load than most files to read

    return ciphers.pieces(path, password)


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    opened: OpenFile | None = None
    while message := receive(asked):
        try:
            match message:
                case ("open", path, memory, seconds):
                    Limits(memory, seconds).apply()
                    opened = open_file(Path(path))
                    send(answers, ("opened", opened.is_text, opened.names, opened.visible_names, sorted(opened.traits)))
                case ("sheet", name) if opened is not None:
                    for answer in sheet_messages(opened, name):
                        send(answers, answer)
                case ("unlock", path, password, memory, seconds):
                    Limits(memory, seconds).apply()
                    for piece in _unlocked(Path(path), password):
                        send(answers, ("piece", piece))
                    send(answers, ("end",))
                case _:
                    raise RuntimeError("asked for what there is not")
        except Invalid as error:
            send(answers, ("invalid", error.code, error.text.zh, error.text.en))
        except (MemoryError, RecursionError):
            told = too_costly()
            send(answers, ("invalid", told.code, told.text.zh, told.text.en))


def main() -> None:
    """Serve standard input and output; whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    gc.disable()  # rows are made and dropped by the million, and none is part of a ring
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
