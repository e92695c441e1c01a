"""Text tables: their encoding and separator, told by their content."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading.errors import encoding_unknown, not_a_workbook, unreadable
from reviewdesk.intake.reading.found import Trait
from reviewdesk.intake.reading.packing import blocks

_SEPARATORS = (",", "\t", ";", "|", "，", "^")
_PADDING = re.compile(r"\t+(?=[,;|])|(?<=[,;|])\t+")
"""Tabs around a cell, as payment platforms write them to keep Excel from changing numbers."""
_LONGEST_FIELD = 10_000_000
LONG_TEXT = 2 << 20
"""Characters from which on a table is given row by row to who only wants to see how it begins."""


class TextTable:
    """A text table: one sheet, named after the file."""

    is_text = True
    traits: frozenset[Trait] = frozenset()

    def __init__(self, path: Path) -> None:
        """Find out encoding and separator.

        Raises:
            Invalid: `file.encoding`, `file.empty`, `file.not_a_workbook`.
        """
        text = decode(path.read_bytes())
        if not text.strip():
            raise unreadable("file.empty", "文件里没有内容。", "The file holds no text.")
        self._separator, skipped = _separator_of(text)
        self._text = text[skipped:] if skipped else text
        self.names = self.visible_names = [path.stem]

    def sheet(self, _name: str) -> "TextSheet":
        """Its one sheet."""
        return TextSheet(self._text, self._separator)


class TextSheet:
    """The rows of a text table, in which nothing is merged or hidden."""

    def __init__(self, text: str, separator: str) -> None:
        self._text, self._separator = text, separator
        self.facts: dict[str, object] = {}
        self.is_long = len(text) > LONG_TEXT
        self.rough_rows = text.count("\n") + 1

    def looked_through(self) -> dict[str, object]:
        """See `facts`."""
        return self.facts

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """The records, packed, each block with their number.

        Raises:
            Invalid: `file.damaged`.
        """
        csv.field_size_limit(_LONGEST_FIELD)
        try:
            yield from blocks(self._records(), 1)
        except csv.Error as error:
            raise unreadable(
                "file.damaged", "文本表格读不出来：引号不成对或字段过长。", f"The text table cannot be read: {error}."
            ) from error

    def _records(self) -> Iterator[list[str]]:
        """The records.

        Raises:
            Invalid: `file.damaged` where a quote that nothing closes takes the lines after it for one cell.
        """
        lines = csv.reader(_lines(self._text), delimiter=self._separator, skipinitialspace=True)
        is_odd = self._text.count('"') % 2 == 1
        before, width = 0, 0
        for record in lines:
            if lines.line_num - before > 1 and self._swallows(record, width):
                raise _unclosed(before + 1)
            if lines.line_num - before > 1 and is_odd and lines.line_num == self._line_count:
                raise _unclosed(before + 1)
            before, width = lines.line_num, max(width, len(record))
            yield record

    def _swallows(self, record: list[str], width: int) -> bool:
        """Whether a cell of several lines holds lines that look like records of a table so wide."""
        return width >= _LEAST_WIDTH and any(
            line.count(self._separator) >= width - 1 for cell in record if "\n" in cell for line in cell.splitlines()
        )

    @cached_property
    def _line_count(self) -> int:
        return sum(1 for _ in _lines(self._text))


def _unclosed(line: int) -> Invalid:
    return unreadable(
        "file.damaged",
        f"文本表格第 {line} 行的引号没有成对，其后的行会被当成同一个单元格。请补上或删去该行的引号后再上传。",
        f"A quote in line {line} of the text table is not closed, so the lines after it would be one cell. "
        "Close or delete it and try again.",
    )


_LEAST_WIDTH = 4
_BLOCK = 1 << 20


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends, a block at a time: a `StringIO` of the whole would take four bytes a character."""
    start = 0
    while start < len(text):
        found = text.find("\n", start + _BLOCK)
        end = found + 1 if found >= 0 else len(text)
        yield from io.StringIO(text[start:end], newline="")
        start = end


def decode(data: bytes) -> str:
    """Decode a text table: by its byte order mark, else UTF-16 by its pattern, UTF-8, GB18030.

    Raises:
        Invalid: `file.encoding`, when the bytes are text in none of these.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _strictly(data, encoding).lstrip("\ufeff")
    head = data[:4096]
    if head.count(0) > len(head) // 8:
        little = head[1::2].count(0) >= head[0::2].count(0)
        return _strictly(data, "utf-16-le" if little else "utf-16-be")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _reads_as_text(text):
            return _without_binary(text)
    raise encoding_unknown(*_breaks_at(data))


def _breaks_at(data: bytes) -> tuple[str, int]:
    """The encoding in which most of a file can be read, and the line in which that ends; ("", 0) where it is the
    first."""
    found = ("", 0)
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError as error:
            found = max(found, (encoding, data.count(b"\n", 0, error.start) + 1), key=lambda one: one[1])
    return found if found[1] > 1 else ("", 0)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return _without_binary(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise encoding_unknown() from error


def _without_binary(text: str) -> str:
    controls = sum(1 for char in text[:4096] if char < " " and char not in "\t\r\n\x0b\x0c\x1a")
    if controls > 8:
        raise not_a_workbook()
    return text.rstrip("\x1a\x00")


def _reads_as_text(text: str) -> bool:
    """Whether decoded GB18030 looks like writing: random bytes give many private-use and rare characters."""
    sample = text[:4096]
    odd = sum(1 for char in sample if 0xE000 <= ord(char) <= 0xF8FF or 0x80 <= ord(char) < 0xA0 or _is_far(ord(char)))
    return odd * 10 <= len(sample)


def _is_far(code: int) -> bool:
    """Beyond the planes in which the rare characters of names are."""
    return 0xFFFF < code < 0x20000 or code > 0x3FFFF


def _separator_of(text: str) -> tuple[str, int]:
    """The separator that cuts the first lines most evenly, best all of them from the header on, and how many characters
    of the text to pass over.

    A first line `sep=;` states the separator; Excel shows no such row.
    """
    stated = re.match(r"\s*\"?sep=(.)\"?\r?\n", text)
    if stated:
        return stated.group(1), stated.end()
    unquoted, padded = _PADDING.subn("", re.sub(r'"[^"]*"', "", text[:65536]))
    lines = [line for line in unquoted.splitlines()[:40] if line.strip()]
    if padded:
        lines = [line.strip("\t") for line in lines]

    def evenness(separator: str) -> tuple[int, int, int]:
        counts = [line.count(separator) for line in lines]
        best = max(counts, default=0)
        first = next((place for place, count in enumerate(counts) if count), len(lines))
        is_even = len(lines) - first > 1 and len(set(counts[first:])) == 1
        return -first if is_even else -len(lines), sum(1 for count in counts if count == best and best > 0) * best, best

    chosen = max(_SEPARATORS, key=evenness)
    return (chosen if evenness(chosen)[2] else ","), 0
