"""A sheet of an .xlsx file from its first row to its last, a band of its text at a time."""

import re
import zipfile
from collections.abc import Iterator

import numpy as np
from python_calamine import CalamineError

from reviewdesk.intake.reading.asking import Calamine
from reviewdesk.intake.reading.bands import OTHERS_FROM, Band, BandReader
from reviewdesk.intake.reading.coded import IS_NUMBER
from reviewdesk.intake.reading.found import Found
from reviewdesk.intake.reading.packing import BLOCK_ROWS, Piece, pack_coded
from reviewdesk.intake.reading.prefixes import opened
from reviewdesk.intake.reading.sheet_text import HIDDEN_MARK, Finder
from reviewdesk.intake.reading.strings import SharedStrings
from reviewdesk.intake.reading.tokens import Odd, Places

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
        self._strings = strings
        self._bands = BandReader(strings, calamine)
        self._place_of = np.empty(0, dtype=np.int32)
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

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """The rows from Excel's first, packed, some thousands at a time, each time with their number. A block is never
        narrower than the one before.

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
        self._strings.finish()

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

    def _laid_out(self, band: Band) -> Iterator[tuple[int, bytes]]:
        """Rows that are not there are empty; many of them in a row are given apart, so that they take no room."""
        self.width = max(self.width, int(band.columns.max()) + 1)
        last = int(band.rows[-1])
        there = np.unique(band.rows)
        if last + 1 - self.height <= 2 * len(there) + BLOCK_ROWS:
            yield self._packed(band, last)
            return
        starts = np.flatnonzero(np.diff(band.rows, prepend=-2) > 1)
        for start, end in zip(starts, [*starts[1:], len(band.rows)], strict=True):
            part = band.part(int(start), int(end))
            yield from self._empty(int(part.rows[0]))
            yield self._packed(part, int(part.rows[-1]))

    def _packed(self, band: Band, last: int) -> tuple[int, bytes]:
        count = last + 1 - self.height
        pieces, codes = self._renumbered(band)
        where = band.columns * count + (band.rows - self.height)
        numbers = np.zeros(self.width * count)
        places = np.zeros(self.width * count, dtype=np.int32)
        numbers[where], places[where] = band.numbers, codes
        self.height = last + 1
        shape = self.width, count
        return count, pack_coded(pieces, band.others, numbers.reshape(shape), places.reshape(shape))

    def _renumbered(self, band: Band) -> tuple[list[Piece], Places]:
        """The shared strings that a band refers to, and its codes as its block has them: from 1 on those, then the
        others."""
        coded = np.flatnonzero((band.codes != IS_NUMBER) & (band.codes < OTHERS_FROM))
        numbers = band.codes[coded]
        if len(self._place_of) < len(self._strings):
            self._place_of = np.empty(len(self._strings), dtype=np.int32)
        place_of = self._place_of
        order = np.arange(len(numbers), dtype=np.int32)
        place_of[numbers] = order  # of a string that occurs again, the last place stays
        different = np.sort(numbers[place_of[numbers] == order])
        place_of[different] = np.arange(1, len(different) + 1, dtype=np.int32)
        codes = np.where(band.codes == IS_NUMBER, IS_NUMBER, band.codes - (OTHERS_FROM - len(different) - 1))
        codes[coded] = place_of[numbers]
        return self._strings.pieces(different), codes

    def _empty(self, until: int) -> Iterator[tuple[int, bytes]]:
        while self.height < until:
            count = min(BLOCK_ROWS, until - self.height)
            self.height += count
            shape = self.width, count
            yield count, pack_coded([], [], np.zeros(shape), np.zeros(shape, dtype=np.int32))

    def _read_tail(self) -> None:
        text = self._rest
        while more := self._stream.read(BAND_BYTES):
            text += more
            cut = max(text.rfind(b"<"), 0)
            self._finder.feed(text[:cut])
            text = text[cut:]
        self._finder.feed(text)
