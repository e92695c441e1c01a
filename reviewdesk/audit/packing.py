"""Findings at rest: an array of answers as JSON, compressed against a dictionary of typical answers.

Some 4 KB a run become some 500 bytes, which PostgreSQL stores in the row itself. The first byte names the form; a form
and its dictionary never change, as stored runs are read with them: a better one gets a new number.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson
import zstandard
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

DEFLATED: Final = 1
ZSTANDARD: Final = 2
_FASTEST: Final = -1
_RAW: Final = -14  # raw deflate, without zlib's header and checksum; a window of 16 KB holds the dictionary
_LARGEST: Final = 1 << 20  # bytes of answers; a run has some 4 KB


def pack(answers: bytes) -> bytes:
    """Answers as JSON (`engine.CaseAudit.packed`), as they are stored."""
    return bytes([ZSTANDARD]) + _compressor().compress(answers)


def unpack(stored: bytes) -> list[Any]:
    """The answers of a stored run: `[check, outcome, reason, {name: value}]` each."""
    answers: list[Any] = orjson.loads(_decompressed(stored[0], stored[1:]))
    return answers


def _decompressed(form: int, body: bytes) -> bytes:
    if form == ZSTANDARD:
        return _decompressor().decompress(body, max_output_size=_LARGEST)
    if form == DEFLATED:
        inflate = zlib.decompressobj(_RAW, zdict=_dictionary())
        return inflate.decompress(body) + inflate.flush()
    raise ValueError(f"findings in form {form} are not known to this version")


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
def _compressor() -> zstandard.ZstdCompressor:
    typical = zstandard.ZstdCompressionDict(_dictionary())
    typical.precompute_compress(level=_FASTEST)
    return zstandard.ZstdCompressor(level=_FASTEST, dict_data=typical, write_content_size=False, write_dict_id=False)


@cache
def _decompressor() -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(_dictionary()))


@cache
def _dictionary() -> bytes:
    return files("reviewdesk.audit").joinpath("findings-1.dictionary").read_bytes()
