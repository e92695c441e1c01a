"""Findings at rest: an array of answers as JSON, compressed against a dictionary of typical answers.

Some 5 KB a run become some 300 bytes, which PostgreSQL stores in the row itself. The first byte names the form; a form
and its dictionary never change, as stored runs are read with them: a better one gets a new number
(`python -m bench.findings` trains a dictionary and says what it is worth).
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
DICTIONARIES: Final = {DEFLATED: 1, 2: 1, 3: 2, 4: 3}
"""The number of the dictionary of each form: raw deflate, and Zstandard since."""

NEWEST: Final = max(DICTIONARIES)
LEVEL: Final = 1
_RAW: Final = -14  # raw deflate, without zlib's header and checksum; a window of 16 KB holds the dictionary
_LARGEST: Final = 1 << 20  # bytes of answers; a run has some 4 KB


def pack(answers: bytes) -> bytes:
    """Answers as JSON (`engine.CaseAudit.packed`), as they are stored."""
    return bytes([NEWEST]) + _compressor().compress(answers)


def unpack(stored: bytes) -> list[Any]:
    """The answers of a stored run: `[check, outcome, reason, {name: value}]` each."""
    answers: list[Any] = orjson.loads(_decompressed(stored[0], stored[1:]))
    return answers


def _decompressed(form: int, body: bytes) -> bytes:
    if form not in DICTIONARIES:
        raise ValueError(f"findings in form {form} are not known to this version")
    if form == DEFLATED:
        inflate = zlib.decompressobj(_RAW, zdict=dictionary(DICTIONARIES[form]))
        return inflate.decompress(body) + inflate.flush()
    return _decompressor(DICTIONARIES[form]).decompress(body, max_output_size=_LARGEST)


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


def compressor_with(typical: bytes) -> zstandard.ZstdCompressor:
    """What packs answers against a dictionary."""
    shared = zstandard.ZstdCompressionDict(typical)
    shared.precompute_compress(level=LEVEL)
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=shared, write_content_size=False, write_dict_id=False)


@cache
def _compressor() -> zstandard.ZstdCompressor:
    return compressor_with(dictionary(DICTIONARIES[NEWEST]))


@cache
def _decompressor(number: int) -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(dictionary(number)))


def dictionary(number: int) -> bytes:
    """A dictionary of typical answers."""
    return files("reviewdesk.audit").joinpath(f"findings-{number}.dictionary").read_bytes()
