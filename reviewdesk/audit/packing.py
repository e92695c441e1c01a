"""Findings at rest: an array of answers as JSON, deflated against a dictionary of typical answers.

Some 4 KB a run become some 400 bytes, which PostgreSQL stores in the row itself. The first byte names the dictionary; a
dictionary never changes, as stored runs are read with it: a better one comes as a new file with a new number.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

CURRENT: Final = 1
_FASTEST: Final = 1
_RAW: Final = -14  # raw deflate, without zlib's header and checksum; a window of 16 KB holds the dictionary
_MEMORY: Final = 6  # a smaller state is copied faster for each run


def pack(answers: bytes) -> bytes:
    """Answers as JSON (`engine.CaseAudit.packed`), as they are stored."""
    deflate = _deflater().copy()
    deflated: bytes = deflate.compress(answers) + deflate.flush()
    return bytes([CURRENT]) + deflated


def unpack(stored: bytes) -> list[Any]:
    """The answers of a stored run: `[check, outcome, reason, {name: value}]` each."""
    inflate = zlib.decompressobj(_RAW, zdict=_dictionary(stored[0]))
    answers: list[Any] = orjson.loads(inflate.decompress(stored[1:]) + inflate.flush())
    return answers


class Packed(TypeDecorator[Sequence[Any]]):
    """A column of packed answers."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> bytes | None:
        """Pack answers given as lists."""
        return None if value is None else pack(orjson.dumps(value))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> list[Any] | None:
        """Unpack what is stored."""
        return None if value is None else unpack(bytes(value))


@cache
def _deflater() -> Any:
    return zlib.compressobj(_FASTEST, zlib.DEFLATED, _RAW, _MEMORY, zdict=_dictionary(CURRENT))


@cache
def _dictionary(number: int) -> bytes:
    return files("reviewdesk.audit").joinpath(f"findings-{number}.dictionary").read_bytes()
