"""The file store: originals kept unchanged under their digest, and the sealed looks that the mapping page shows.

A file is written beside its place, flushed to the disk and renamed, so a file that is there is whole. The same content
of the same organisation is kept once.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID, uuid4

from flask import current_app

from reviewdesk.errors import Invalid, Text
from reviewdesk.settings import Settings

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store: `path` is relative to it, `size` in bytes."""

    path: str
    sha256: str
    size: int


def keep(stream: IO[bytes], org_id: UUID) -> Kept:
    """Write a stream to the store, hashing it on the way.

    Raises:
        Invalid: `file.too_large` or `file.empty`; nothing is kept then.
    """
    settings = _settings()
    folder = settings.files / str(org_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    incoming = folder / f".incoming-{uuid4().hex}"
    try:
        sha256, size = _write(stream, incoming, settings)
        path = f"{org_id}/{sha256[:2]}/{sha256}"
        _settle(incoming, settings.files / path)
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
            raise Invalid("file.empty", Text("文件是空的。", "The file is empty."))
        file.flush()
        os.fsync(file.fileno())
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
    """Where a stored file is."""
    return _settings().files / path


def drop(path: str) -> None:
    """Delete a stored file that nothing refers to."""
    locate(path).unlink(missing_ok=True)


def put(path: str, content: bytes) -> None:
    """Write a small file of our own making, whole or not at all."""
    target = locate(path)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_name(f".{target.name}-{uuid4().hex}")
    beside.touch(mode=0o600)
    beside.write_bytes(content)
    beside.replace(target)


def _settle(source: Path, target: Path) -> None:
    """Give a written file its name, and have the disk remember it."""
    target.parent.mkdir(exist_ok=True, mode=0o700)
    source.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    return settings
