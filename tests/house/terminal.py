"""The command `reviewdesk` called in this very process: it does what it does at a terminal, and need not be loaded."""

import contextlib
import io
import os
import sys
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from reviewdesk.cli import main


@dataclass(frozen=True)
class Done:
    """How a call ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def call(env: dict[str, str], *words: str | Path, given: str = "") -> Done:
    """Call the command with an environment and what is to be had from its standard input."""
    typed = io.TextIOWrapper(io.BytesIO(given.encode()))
    with (
        mock.patch.dict(os.environ, env, clear=True),
        mock.patch.object(sys, "argv", ["reviewdesk", *map(str, words)]),
        mock.patch.object(sys, "stdin", typed),
        contextlib.redirect_stdout(io.StringIO()) as said,
        contextlib.redirect_stderr(io.StringIO()) as complained,
    ):
        return Done(Context().run(_code), said.getvalue(), complained.getvalue())


def _code() -> int:
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0
