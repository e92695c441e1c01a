"""Calamine asked about single cells and texts: a small workbook is made of them, in memory, and read.

What the quick reader of sheets does not know for certain is answered so, and is therefore what calamine makes of the
cell in its own place.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from python_calamine import CalamineWorkbook

from reviewdesk.intake.reading.packing import Cell

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = f'<Types xmlns="{_PACKAGE}/content-types"/>'
_ROOT = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
_SINCE_1904 = re.compile(rb"""<(?:\w+:)?workbookPr\b[^>]*\bdate1904\s*=\s*["'](?:1|true)["']""")
NO_DAY_FROM = 1e9
"""No calendar has a day with so high a number; calamine gives up where one is shown as a day or as hours."""

MOST_ROWS = 100_000
"""So many cells are asked about at once."""


def counts_from_1904(workbook: bytes) -> bool:
    """Whether a workbook counts its days from 1904, by the text of its part `xl/workbook.xml`."""
    return bool(_SINCE_1904.search(workbook))


class Calamine:
    """Calamine with the styles and the calendar of one workbook."""

    def __init__(self, styles: bytes | None, workbook: bytes) -> None:
        """`styles` and `workbook` are the text of the parts that say what a number is shown as, and since when days
        are counted."""
        self._styles = styles
        since = ' date1904="1"' if counts_from_1904(workbook) else ""
        self._workbook = (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr{since}/>'
            '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
        )

    def cells(self, cells: Sequence[tuple[bytes, bytes]]) -> list[Cell]:
        """What cells hold, each given as its attributes without the reference (` t="b"`) and what stands in it."""
        found: list[Cell] = []
        for start in range(0, len(cells), MOST_ROWS):
            rows = [
                b'<row r="%d"><c r="A%d"><v>0</v></c><c r="B%d"%s>%s</c></row>' % (row, row, row, attributes, content)
                for row, (attributes, content) in enumerate(cells[start : start + MOST_ROWS], 1)
            ]
            found += self._second_column(rows, None)
        return found

    def texts(self, items: Sequence[bytes]) -> list[str]:
        """What items of the shared strings say, each given from its `<si` to its end."""
        rows = [
            b'<row r="%d"><c r="A%d"><v>0</v></c><c r="B%d" t="s"><v>%d</v></c></row>' % (row, row, row, row - 1)
            for row in range(1, len(items) + 1)
        ]
        return [str(text) for text in self._second_column(rows, b"".join(items))]

    def _second_column(self, rows: list[bytes], strings: bytes | None) -> list[Any]:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            packed.writestr("[Content_Types].xml", _TYPES)
            packed.writestr("_rels/.rels", _ROOT)
            packed.writestr("xl/workbook.xml", self._workbook)
            packed.writestr("xl/_rels/workbook.xml.rels", _RELATIONS)
            if self._styles is not None:
                packed.writestr("xl/styles.xml", self._styles)
            if strings is not None:
                packed.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (_MAIN.encode(), strings))
            sheet = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>'
            packed.writestr("xl/worksheets/sheet1.xml", sheet % (_MAIN.encode(), b"".join(rows)))
        out.seek(0)
        read = CalamineWorkbook.from_filelike(out).get_sheet_by_index(0).to_python()
        if len(read) != len(rows):
            raise ValueError("the rows of a small workbook were not all read")
        return [row[1] if len(row) > 1 else "" for row in read]
