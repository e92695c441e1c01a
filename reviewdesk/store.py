"""Where files are kept: a folder by default, or any storage that fsspec opens, as `s3://bucket/prefix`.

A file of either is whole or not there, and one that is named by its SHA-256 is checked against it when it is read. Who
reads a file gets a path of this machine: in a folder that is the file itself, else a copy that is dropped after a day.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol
from uuid import uuid4

from reviewdesk.errors import ReviewDeskError, Text
from reviewdesk.settings import Settings

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
COPY_SECONDS = 24 * 3600
"""How long a copy of a remote file stays on this machine after it was fetched."""


SCRATCH: Final = ".incoming-"
"""How the names of files begin that are still written to."""


class StoreBroken(ReviewDeskError):
    """A stored file is not what was put there."""


class Store(Protocol):
    """Files by their path, whose parts are divided by `/`."""

    def settle(self, source: Path, path: str) -> None:
        """Put a written file of this machine into its place, whole; `source` is gone afterwards."""

    def locate(self, path: str, sha256: str | None = None) -> Path:
        """A path on this machine where the file can be read.

        `sha256` is what it must have; a path that ends in a digest needs none.

        Raises:
            FileNotFoundError: there is no such file.
            StoreBroken: `store.altered`.
        """

    def drop(self, path: str) -> None:
        """Delete a file; it may be gone already."""

    def under(self, folder: str) -> Iterator[str]:
        """The paths of all files below a folder, which may not be there."""

    def settled_at(self, path: str) -> datetime:
        """When the file was last put into its place, aware.

        Raises:
            FileNotFoundError: there is no such file.
        """

    def scratch(self) -> Path:
        """A new name of this machine to write to before settling; its folder is there."""

    def drop_scratch(self, before: datetime) -> int:
        """Delete what was written to and never settled, and not written to since `before`; returns how many files."""


class Folder:
    """A folder of this machine, or of a file system that several machines share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: dict[str, tuple[int, int, int]] = {}

    def settle(self, source: Path, path: str) -> None:
        """Rename the file into its place and have the disk remember that."""
        target = self.root / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flush(source)
        source.replace(target)
        flush(target.parent)

    def locate(self, path: str, sha256: str | None = None) -> Path:
        """The file itself; its content is read through once for each time that it changes."""
        file = self.root / path
        expected = sha256 or _digest_in(path)
        if expected is not None:
            status = file.stat()
            seen = (status.st_ino, status.st_size, status.st_mtime_ns)
            if self._verified.get(path) != seen:
                _verify(file, expected)
                self._verified[path] = seen
        return file

    def drop(self, path: str) -> None:
        """Delete the file."""
        (self.root / path).unlink(missing_ok=True)

    def under(self, folder: str) -> Iterator[str]:
        """Walk the folder."""
        for file in (self.root / folder).rglob("*"):
            if file.is_file():
                yield file.relative_to(self.root).as_posix()

    def settled_at(self, path: str) -> datetime:
        """When the file was written, just before it was renamed."""
        return datetime.fromtimestamp((self.root / path).stat().st_mtime, UTC)

    def scratch(self) -> Path:
        """A hidden name in the folder itself, so that the rename stays on one file system."""
        return _scratch_in(self.root)

    def drop_scratch(self, before: datetime) -> int:
        """Look through the folder itself."""
        return _drop_scratch(self.root, before)


class Remote:
    """A storage behind fsspec. `copies` is the folder of this machine for what is on its way in or out."""

    def __init__(self, files: Any, root: str, copies: Path) -> None:
        self.files = files
        self.root = root.rstrip("/")
        self.copies = copies

    def settle(self, source: Path, path: str) -> None:
        """Send the file, and ask for its size before the one at hand is given up.

        Raises:
            StoreBroken: `store.incomplete`, when the storage has another number of bytes than were sent.
        """
        target, size = self._at(path), source.stat().st_size
        self.files.makedirs(self._at(str(PurePosixPath(path).parent)), exist_ok=True)
        self.files.put_file(str(source), target)
        self.files.invalidate_cache()
        if self.files.size(target) != size:
            self.files.rm_file(target)
            raise StoreBroken(
                "store.incomplete",
                Text("文件没有完整写入存储，请重新上传。", "The storage did not take the whole file. Upload it again."),
            )
        source.unlink()

    def locate(self, path: str, sha256: str | None = None) -> Path:
        """A copy, fetched anew unless one that is known to be right is at hand."""
        expected = sha256 or _digest_in(path)
        copy = self.copies / path
        if expected is not None and copy.exists():
            copy.touch()
            return copy
        self._tidy()
        fetched = self.scratch()
        try:
            self.files.get_file(self._at(path), str(fetched))
            fetched.chmod(0o600)
            if expected is not None:
                _verify(fetched, expected)
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fetched.replace(copy)
        finally:
            fetched.unlink(missing_ok=True)
        return copy

    def drop(self, path: str) -> None:
        """Delete the file and the copy of it."""
        (self.copies / path).unlink(missing_ok=True)
        try:
            self.files.rm_file(self._at(path))
        except FileNotFoundError:
            return

    def under(self, folder: str) -> Iterator[str]:
        """Ask the storage for its list as it is now."""
        self.files.invalidate_cache()
        known = self.files._strip_protocol(self.root)
        for name in self.files.find(self._at(folder)):
            yield str(PurePosixPath(name).relative_to(known))

    def settled_at(self, path: str) -> datetime:
        """When the storage says that it took the file."""
        found: datetime = self.files.modified(self._at(path))
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def scratch(self) -> Path:
        """A hidden name in the folder of copies."""
        return _scratch_in(self.copies)

    def drop_scratch(self, before: datetime) -> int:
        """Look through the folder of copies."""
        return _drop_scratch(self.copies, before)

    def _at(self, path: str) -> str:
        return f"{self.root}/{path}"

    def _tidy(self) -> None:
        """Delete copies that nobody asked for within a day; one that is open stays readable to whoever has it open."""
        oldest = time.time() - COPY_SECONDS
        for copy in self.copies.rglob("*"):
            try:
                if copy.is_file() and copy.stat().st_mtime < oldest:
                    copy.unlink()
            except FileNotFoundError:  # another process tidies as well
                continue


def _scratch_in(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{SCRATCH}{uuid4().hex}"


def _drop_scratch(folder: Path, before: datetime) -> int:
    dropped = 0
    for file in folder.glob(f"{SCRATCH}*"):
        try:
            if file.stat().st_mtime < before.timestamp():
                file.unlink()
                dropped += 1
        except FileNotFoundError:  # settled, or deleted by another process
            continue
    return dropped


def open_store(settings: Settings) -> Store:
    """The store that the settings name."""
    if settings.store_url is None or not settings.keeps_remotely:
        return _folder(settings.files)
    return _remote(settings.store_url, settings.home / "copies")


@lru_cache(maxsize=64)
def _folder(root: Path) -> Folder:
    return Folder(root)


@lru_cache(maxsize=8)
def _remote(url: str, copies: Path) -> Remote:
    from fsspec.core import url_to_fs  # only who keeps files elsewhere pays for loading it

    files, root = url_to_fs(url)
    return Remote(files, root, copies)


def flush(path: Path) -> None:
    """Have the disk keep what was written to a file, or the names that a folder holds."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest_in(path: str) -> str | None:
    name = PurePosixPath(path).name
    return name if _DIGEST.match(name) else None


def _verify(file: Path, expected: str) -> None:
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != expected:
        raise StoreBroken(
            "store.altered",
            Text(
                f"存储中的文件与上传时不一致（SHA-256 应为 {expected[:12]}…）。请从备份恢复该文件。",
                f"A stored file is not what was uploaded (its SHA-256 should be {expected[:12]}…). "
                "Restore it from the backup.",
            ),
        )
