"""The typeface of printed documents: each carries the outlines of its characters, and so looks the same anywhere."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, KeysView
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any, BinaryIO, Final
from xml.sax.saxutils import escape

from reportlab.lib import textsplit
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from reviewdesk.errors import ReviewDeskError, Text

FONT: Final = "NotoSerifSC"
BOLD: Final = "NotoSerifSC-Bold"
FONTS: Final = Path(__file__).resolve().parents[1] / "static" / "vendor" / "fonts"
"""Where `make setup` puts the font files."""
_FILES: Final = {FONT: "NotoSerifSC-Regular.ttf", BOLD: "NotoSerifSC-Bold.ttf"}

_NOT_FIRST = "，；：！？》％…"
"""What begins no line and reportlab does not know of: such a mark hangs into the margin. It has no setting for that."""
textsplit.ALL_CANNOT_START += _NOT_FIRST

_BLANK, _UNBROKEN = "＿", "__"
"""A blank to fill in, and as what it is printed: reportlab breaks no line within a word of Latin characters."""
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Choose among the forms of the character before, which itself is shown."""
_ASTRAL = re.compile("<([0-9A-F]{5,6})>")
"""The number of a character beyond U+FFFF."""
_LONG = 1 << 20
"""Bytes; of a font's tables only the outlines are longer."""
_MISSING = Text(
    "没有印制文书所用的字体。请管理员在服务器上运行 make setup，再试一次。",
    "The fonts of printed documents are missing. The administrator can bring them with `make setup` on the server.",
)
_ONE_AT_A_TIME = Lock()


@contextmanager
def typesetting() -> Iterator[None]:
    """Have the typeface at hand; a process makes one document at a time.

    For reportlab moves about in the font file while it takes the characters of a document out of it.

    Raises:
        ReviewDeskError: the font files are not there.
    """
    with _ONE_AT_A_TIME:
        _known()
        yield


def in_print(text: str) -> str:
    """A text as the markup of a paragraph; a character that the typeface lacks is shown by its number: 〔U+20BB7〕."""
    return escape("".join(map(_shown, text.replace(_BLANK, _UNBROKEN))))


@cache
def _shown(character: str) -> str:
    if ord(character) in _known():
        return character
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf" or _VARIANTS.match(character):
        return ""
    return f"〔U+{ord(character):04X}〕"


@cache
def _known() -> KeysView[int]:
    """The characters that the typeface has, loaded when they are first asked for: some 30,900."""
    loaded = [_Embedded(name, FONTS / file) for name, file in _FILES.items()]
    for font in loaded:
        registerFont(font)
    known: KeysView[int] = loaded[0].face.charToGlyph.keys()
    return known


class _Embedded(TTFont):  # type: ignore[misc]
    """A font of which a document holds the characters that it uses; all 14 MB of outlines stay in the font's file."""

    def __init__(self, name: str, path: Path) -> None:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            raise ReviewDeskError("typeface.missing", _MISSING) from None
        with mmap(file.fileno(), 0, access=ACCESS_READ) as whole:
            super().__init__(name, SimpleNamespace(name=str(path), read=lambda: whole), asciiReadable=False)
        self.face._ttf_data = _Part(file, 0)

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        """Put the font into a document, and say in UTF-16 which characters it shows; reportlab does so up to U+FFFF."""
        super().addObjects(doc)
        for name, held in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                held.content = _ASTRAL.sub(_in_utf16, held.content)


def _in_utf16(code: re.Match[str]) -> str:
    return f"<{chr(int(code[1], 16)).encode('utf-16-be').hex()}>"


@dataclass(frozen=True, slots=True)
class _Part:
    """A file from `start` on, whose bytes are read when they are sliced; a long slice is a part again."""

    file: BinaryIO
    start: int

    def __getitem__(self, part: slice) -> bytes | _Part:
        start, length = self.start + part.start, part.stop - part.start
        return _Part(self.file, start) if length > _LONG else os.pread(self.file.fileno(), length, start)
