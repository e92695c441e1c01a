"""Opening zip archives whose list of files is of a length that somebody honest made."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

MOST_DIRECTORY: Final = 8 << 20
"""Bytes of an archive's list of files, enough for 100,000 of them; the list of a longer one would fill the memory."""


class ListTooLong(zipfile.BadZipFile):
    """An archive lists more files than anybody reads."""


class _Guarded:
    """A stream of which no more is read at once than an honest list takes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        """Read as the stream does.

        Raises:
            ListTooLong: so much is asked for that it can only be the list of an archive beyond all measure.
        """
        if size > MOST_DIRECTORY:
            raise ListTooLong
        return self._stream.read(size)


@contextmanager
def open_zip(file: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open an archive to read it.

    Raises:
        ListTooLong: its list of files is beyond all measure.
        zipfile.BadZipFile: it is none.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream, zipfile.ZipFile(_Guarded(stream)) as packed:
            yield packed
    else:
        with zipfile.ZipFile(_Guarded(file)) as packed:
            yield packed
