"""The filling process: `python -m reviewdesk.handover.word.child`, asked and answering over its standard pipes.

It has no secret in its environment, and is held to memory and time before it opens a template.

    -> ("open", template, memory, seconds)   <- ("opened", placeholders)
    -> ("fill", values)                      <- ("document", bytes)
    -> ("try",)                              <- ("document", bytes)
    any of them may be answered by           <- ("invalid", code, zh, en)
"""

from __future__ import annotations

import os
import sys
from typing import IO, Any

from reviewdesk.errors import Invalid
from reviewdesk.handover.word.filling import Template
from reviewdesk.handover.word.refusals import too_costly
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.pipes import receive, send


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    template: Template | None = None
    while message := receive(asked):
        try:
            match message:
                case ("open", content, memory, seconds):
                    Limits(memory, seconds).apply()
                    template = Template(content)
                    answer: tuple[Any, ...] = ("opened", template.names)
                case ("fill", values) if template is not None:
                    answer = ("document", template.fill(values))
                case ("try",) if template is not None:
                    answer = ("document", template.try_out())
                case _:
                    raise RuntimeError("asked for what there is not")
        except Invalid as error:
            answer = ("invalid", error.code, error.text.zh, error.text.en)
        except (MemoryError, RecursionError, OverflowError):
            told = too_costly()
            answer = ("invalid", told.code, told.text.zh, told.text.en)
        send(answers, answer)


def main() -> None:
    """Serve standard input and output; whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
