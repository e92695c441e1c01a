"""A sheet of an .xlsx file from its first row to its last, a band of its text at a time."""

import re
import zipfile
from collections.abc import Iterator

import numpy as np
from python_calamine import CalamineError

from reviewdesk.intake.reading.asking import Calamine
from reviewdesk.intake.reading.bands import Band, BandReader
from reviewdesk.intake.reading.found import Found
from reviewdesk.intake.reading.packing import BLOCK_ROWS, Cell
from reviewdesk.intake.reading.prefixes import opened
from reviewdesk.intake.reading.sheet_text import HIDDEN_MARK, Finder
from reviewdesk.intake.reading.strings import SharedStrings
from reviewdesk.intake.reading.tokens import Odd

Columns = list[list[Cell]]
"""Some rows, by column; all columns are of one length."""

FIRST_BYTES = 128 << 10
BAND_BYTES = 2 << 20
"""So much text makes a band; the first ones are small, for who only wants to see how a sheet begins."""

FIRST_ROWS = 300
"""So many rows come in small bands."""

MOST_HEAD = 4 << 20
MOST_ROW = 64 << 20
"""A sheet whose rows begin later than this, or with a longer row, is left to calamine."""

_START, _END = b"<sheetData>", b"</sheetData>"
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)


class PlainSheet:
    """One sheet. What the text says beside its rows is in `found` when the last row was given; `height` rows from
    `consumed` bytes of text were given so far."""

    def __init__(self, packed: zipfile.ZipFile, part: str, strings: SharedStrings, calamine: Calamine) -> None:
        """Read up to the first row.

        Raises:
            Odd: the sheet is left to calamine.
        """
        self.found = Found()
        self.width = self.height = self.consumed = 0
        self._finder = Finder(self.found)
        self._stream = opened(packed, part)
        self._bands = BandReader(strings, calamine)
        self._rest = self._head()

    def _head(self) -> bytes:
        text = b""
        while (start := text.find(_START)) < 0:
            more = self._stream.read(FIRST_BYTES)
            text += more
            if not more or len(text) > MOST_HEAD:
                raise Odd
        head = text[:start]
        if _ENCODING.search(head) or b"<worksheet" not in head or b"<!" in head:
            raise Odd
        self._finder.head(head)
        return text[start + len(_START) :]

    def blocks(self) -> Iterator[Columns]:
        """The rows from Excel's first, some thousands at a time. A block is never narrower than the one before.

        Raises:
            Odd: the rows from here on are left to calamine.
        """
        for text in self._texts():
            self.consumed += len(text)
            try:
                band = self._bands.read(text)
            except (UnicodeDecodeError, ValueError, CalamineError) as error:
                raise Odd from error
            if band.has_formulas or HIDDEN_MARK in text:
                self._finder.feed(text)
            if len(band.rows):
                self.found.last_row = int(band.rows[-1]) + 1
                yield from self._laid_out(band)
        self._read_tail()

    def _texts(self) -> Iterator[bytes]:
        """The text of whole rows; what stands behind the last row stays in `_rest`."""
        while True:
            size = FIRST_BYTES if self.height < FIRST_ROWS else BAND_BYTES
            end = self._rest.find(_END)
            if end >= 0:
                if self._rest[:end]:
                    yield self._rest[:end]
                self._rest = self._rest[end + len(_END) :]
                return
            cut = self._rest.rfind(b"</row>") + len(b"</row>")
            if cut >= size:
                yield self._rest[:cut]
                self._rest = self._rest[cut:]
                continue
            more = self._stream.read(size)
            if not more or len(self._rest) > MOST_ROW:
                raise Odd
            self._rest += more

    def _laid_out(self, band: Band) -> Iterator[Columns]:
        """Rows that are not there are empty; many of them in a row are given apart, so that they take no room."""
        self.width = max(self.width, int(band.columns.max()) + 1)
        last = int(band.rows[-1])
        there = np.unique(band.rows)
        if last + 1 - self.height <= 2 * len(there) + BLOCK_ROWS:
            yield self._matrix(band, last)
            return
        starts = np.flatnonzero(np.diff(band.rows, prepend=-2) > 1)
        for start, end in zip(starts, [*starts[1:], len(band.rows)], strict=True):
            part = Band(band.rows[start:end], band.columns[start:end], band.values[start:end], band.has_formulas)
            yield from self._empty(int(part.rows[0]))
            yield self._matrix(part, int(part.rows[-1]))

    def _matrix(self, band: Band, last: int) -> Columns:
        cells = np.full((self.width, last + 1 - self.height), "", dtype=object)
        cells[band.columns, band.rows - self.height] = band.values
        self.height = last + 1
        return [column.tolist() for column in cells]

    def _empty(self, until: int) -> Iterator[Columns]:
        while self.height < until:
            count = min(BLOCK_ROWS, until - self.height)
            self.height += count
            yield [[""] * count for _ in range(self.width)]

    def _read_tail(self) -> None:
        text = self._rest
        while more := self._stream.read(BAND_BYTES):
            text += more
            cut = max(text.rfind(b"<"), 0)
            self._finder.feed(text[:cut])
            text = text[cut:]
        self._finder.feed(text)
