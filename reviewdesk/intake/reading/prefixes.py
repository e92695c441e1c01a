"""XML texts without the prefix that some programs set before every element: Microsoft's Open XML SDK and all that use
it write `<x:row>`, Tencent Docs `<ns2:row>`.
"""

import re
import zipfile
from typing import IO, Final

_HEAD: Final = re.compile(rb"<(\w{1,16}):(?:worksheet|sst)\b")
HEAD_BYTES: Final = 4096
"""The first element begins within so many."""


def prefix_of(head: bytes) -> bytes:
    """The prefix of the elements of a text that begins so; empty where they have none."""
    found = _HEAD.search(head[:HEAD_BYTES])
    return found[1] if found else b""


def without_prefix(text: bytes, prefix: bytes) -> bytes:
    """A text, which holds no CDATA, with its elements' names alone."""
    if not prefix:
        return text
    return text.replace(b"<%s:" % prefix, b"<").replace(b"</%s:" % prefix, b"</")


def opened(packed: zipfile.ZipFile, part: str) -> "IO[bytes] | Unprefixed":
    """A part to be read, without the prefix that its elements may have."""
    stream = packed.open(part)
    head = stream.read(HEAD_BYTES)
    if prefix := prefix_of(head):
        return Unprefixed(stream, prefix, head)
    stream.seek(0)
    return stream


class Unprefixed:
    """A stream of such a text, read piece by piece. A tag that a piece cuts comes with the next one."""

    def __init__(self, stream: IO[bytes], prefix: bytes, begun: bytes) -> None:
        """`begun` is what was read of the stream already."""
        self._stream, self._prefix, self._rest = stream, prefix, begun
        self._longest = len(prefix) + 3

    def read(self, size: int) -> bytes:
        """About `size` bytes; none at the end."""
        while True:
            more = self._stream.read(size)
            text = self._rest + more
            cut = text.find(b"<", max(len(text) - self._longest, 0)) if more else -1
            text, self._rest = (text[:cut], text[cut:]) if cut >= 0 else (text, b"")
            if text or not more:
                return without_prefix(text, self._prefix)
