"""Having an error workbook made by a process of its own, under limits of memory and time."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.error_book.what import Made, RowToMend, ToMend
from reviewdesk.intake.plain_cells import plain_of
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.source import limits_for
from reviewdesk.nursery import environment

MOST_CELLS = 700_000
"""A sheet of more cells is rebuilt with its rejected rows only."""

_PASSED_ON = ("REVIEWDESK_READ_MEMORY_MB", "REVIEWDESK_READ_SECONDS")


def make(target: Path, source: Path, what: ToMend, language: str, *, bare: bool = False) -> Made:
    """Write the error workbook of a batch whose original is `source`.

    A workbook whose formats cost too much is rebuilt without them. `bare` is the rejected rows alone, without formats
    and without a sheet that sums up.

    Raises:
        Invalid: the file cannot be read, or `errors.too_costly`.
    """
    limits = limits_for(source)
    told: dict[str, Any] = {
        "target": str(target),
        "source": str(source),
        "what": asdict(_plain(what)),
        "language": language,
        "memory": limits.memory,
        "seconds": limits.seconds,
        "most_cells": 0 if bare else MOST_CELLS,
        "summed": not bare,
    }
    made = _written(told | {"own": True}, limits) if not bare else None
    made = made or _written(told | {"own": False}, limits)
    if made is None:
        raise _too_costly()
    return made


def _plain(what: ToMend) -> ToMend:
    side = [replace(one, rows=_plain_rows(one.rows)) for one in what.side]
    return replace(what, rows=_plain_rows(what.rows), side=side)


def _plain_rows(rows: Sequence[RowToMend]) -> list[RowToMend]:
    return [row if row.cells is None else replace(row, cells=list(map(plain_of, row.cells))) for row in rows]


def _written(told: dict[str, Any], limits: Limits) -> Made | None:
    """What the process made; None where it came to its limits, or broke on the file."""
    command = [sys.executable, "-m", "reviewdesk.intake.error_book.child"]
    env = environment() | {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            command, input=orjson.dumps(told), capture_output=True, env=env, timeout=limits.seconds * 3, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    answer = orjson.loads(done.stdout)
    if (invalid := answer.get("invalid")) is not None:
        raise Invalid(invalid["code"], Text(invalid["zh"], invalid["en"]))
    return Made(**answer["made"]) if "made" in answer else None


def _too_costly() -> Invalid:
    return Invalid(
        "errors.too_costly",
        Text(
            "这个文件太大或太复杂，无法生成错误工作簿。请在页面上逐行修正，或拆分文件后重新导入。",
            "The file is too large or too complex for an error workbook. Mend its rows on the page, or split it and "
            "import the parts.",
        ),
    )
