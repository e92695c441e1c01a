"""Whether an error says that there is no more memory, in whatever words a library has for it.

A file that takes more than its share is no damaged file, so this is asked of every error before a file is called so.
What a process dies of without an error is told by its end: Rust and C give up with SIGABRT.
"""

import errno
from collections.abc import Iterator
from typing import Final
from xml.parsers.expat import ExpatError

ENDED: Final = errno.ENOMEM
"""The status with which a process ends that has no memory left to say so."""

_NUMBERS: Final = (errno.ENOMEM, errno.EAGAIN)
"""The system has no memory, or none for one more thread."""

_EXPAT_NO_MEMORY: Final = 1

_SAID: Final = (
    "out of memory",
    "cannot allocate memory",
    "memory allocation",
    "failed to map segment",
    "can't allocate",
    "can't start new thread",
    "error -4 ",
    "unmarshallable object",
    "capacity overflow",
    "cell limit exceeded",
)
"""Words of others for it: of the system, of Rust, of the loader of libraries, of Python, of zlib, of marshal, which is
given plain values only; a list that is longer than memory can be; and calamine's own limit of cells."""


_ROOM: Final = 16 << 20
"""Bytes that must be left for an error in other words to be believed."""


def lacks_memory(error: BaseException) -> bool:
    """Whether an error, or one that it came of, says so, or comes where there is hardly any left."""
    return any(map(_says_so, _with_causes(error))) or not _has_room()


def _has_room() -> bool:
    try:
        bytearray(_ROOM)
    except MemoryError:
        return False
    return True


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _says_so(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno in _NUMBERS:
        return True
    if isinstance(error, ExpatError) and error.code == _EXPAT_NO_MEMORY:
        return True
    said = str(error).lower()
    return any(words in said for words in _SAID)
