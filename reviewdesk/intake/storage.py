"""The file store: originals kept unchanged under their digest, and the sealed looks that the mapping page shows.

A file that is there is whole. The same content of the same organisation is kept once. Where the files are is a setting.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from flask import current_app

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.reading.errors import empty
from reviewdesk.settings import Settings
from reviewdesk.store import open_store

_BLOCK = 1 << 20
_KEPT = re.compile(r"[^/]+/(?P<first>[0-9a-f]{2})/(?P=first)[0-9a-f]{62}")
"""Paths of files that are named by their digest."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store: `path` is relative to it, `size` in bytes."""

    path: str
    sha256: str
    size: int


def keep(stream: IO[bytes], org_id: UUID, before: Callable[[str], None] | None = None) -> Kept:
    """Write a stream to the store, hashing it on the way; `before` is told the path before the file is there.

    Raises:
        Invalid: `file.too_large` or `file.empty`; nothing is kept then.
        StoreBroken: the storage did not take the whole file.
    """
    settings = _settings()
    store = open_store(settings)
    incoming = store.scratch()
    try:
        sha256, size = _write(stream, incoming, settings)
        path = f"{org_id}/{sha256[:2]}/{sha256}"
        if before is not None:
            before(path)
        store.settle(incoming, path)
    finally:
        incoming.unlink(missing_ok=True)
    return Kept(path, sha256, size)


def _write(stream: IO[bytes], target: Path, settings: Settings) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > settings.max_upload_bytes:
                raise too_large(settings)
            digest.update(block)
            file.write(block)
    if size == 0:
        raise empty()
    return digest.hexdigest(), size


def too_large(settings: Settings) -> Invalid:
    """The error for a file above the limit."""
    most = settings.max_upload_mb
    return Invalid(
        "file.too_large",
        Text(
            f"文件超过 {most} MB 的上限。请拆分后再上传。",
            f"The file is larger than {most} MB. Split it and try again.",
        ),
        most_mb=most,
    )


def locate(path: str) -> Path:
    """Where a stored file can be read on this machine: the file itself, or a copy that stays for a day.

    Raises:
        FileNotFoundError: there is no such file.
        StoreBroken: it is not what was put there.
    """
    return open_store(_settings()).locate(path)


def drop(path: str) -> None:
    """Delete a stored file that nothing refers to."""
    open_store(_settings()).drop(path)


def stored(org_id: UUID) -> Iterator[str]:
    """The paths of all files of an organisation that were kept as they came."""
    return (path for path in open_store(_settings()).under(str(org_id)) if _KEPT.fullmatch(path))


def drop_scratch(before: datetime) -> int:
    """Delete what was left half written by whoever died at it, and not written to since; returns how many files."""
    return open_store(_settings()).drop_scratch(before)


def settled_at(path: str) -> datetime:
    """When a file was last put into the store, aware: the same content again counts anew.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return open_store(_settings()).settled_at(path)


def put(path: str, content: bytes) -> None:
    """Write a small file of our own making, whole or not at all."""
    store = open_store(_settings())
    beside = store.scratch()
    try:
        beside.touch(mode=0o600)
        beside.write_bytes(content)
        store.settle(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    return settings
