"""A small, fast writer of one-sheet workbooks (Office Open XML, ECMA-376).

XlsxWriter takes four times as long for a sheet of this size, and the benchmarks write many.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | int | float | date | None

PLAIN, DATE, HEAD, TITLE = range(4)
"""Styles of cells, in the order of `_STYLES`."""

ROWS_AT_ONCE = 2_000
_EPOCH = date(1899, 12, 30).toordinal()
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy/m/d"/></numFmts>'
    '<fonts count="3"><font><sz val="11"/><name val="等线"/></font><font><b/><sz val="11"/><name val="等线"/></font>'
    '<font><b/><sz val="15"/><name val="等线"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFEAE7DF"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


class Book:
    """A workbook with one sheet, written row after row; use it in a `with` statement.

    Args:
        path: the file; it is replaced.
        name: the sheet's name.
        widths: of the columns, in characters.
        header_row: rows down to this one (Excel's number) stay in view.
        merged: rows (Excel's numbers) whose cells are one over all columns.
    """

    def __init__(
        self, path: Path, name: str, widths: Sequence[int], header_row: int, merged: Iterable[int] = ()
    ) -> None:
        self._letters = [_letters(place) for place in range(len(widths))]
        self._merged = list(merged)
        self._strings: dict[str, int] = {}
        self._texts = 0
        self._waiting: list[str] = []
        self._path = path
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=4)
        for part, text in _PARTS.items():
            self._put(part, text)
        sheets = f'<sheets><sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets>'
        views = "<bookViews><workbookView/></bookViews>"
        self._put("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{views}{sheets}</workbook>')
        self._part = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        columns = "".join(f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>' for n, w in enumerate(widths, 1))
        self._waiting.append(
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            f'<pane ySplit="{header_row}" topLeftCell="A{header_row + 1}" activePane="bottomLeft" state="frozen"/>'
            f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
        )
        self.row = 0
        """Excel's number of the last row written."""

    def __enter__(self) -> "Book":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the workbook; after an error the unfinished file is taken away."""
        if kind is None:
            self._finish()
        else:
            self._part.close()
        self._zip.close()
        if kind is not None:
            self._path.unlink()

    def _finish(self) -> None:
        merges = "".join(f'<mergeCell ref="A{row}:{self._letters[-1]}{row}"/>' for row in self._merged)
        ending = f'<mergeCells count="{len(self._merged)}">{merges}</mergeCells>' if merges else ""
        self._waiting.append(f"</sheetData>{ending}</worksheet>")
        self._flush()
        self._part.close()
        texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self._strings)
        counts = f'count="{self._texts}" uniqueCount="{len(self._strings)}"'
        self._put("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}" {counts}>{texts}</sst>')

    def write(self, cells: Iterable[Cell], style: int = PLAIN) -> int:
        """Write a row and return Excel's number of it; dates are styled as dates, other cells as said."""
        self.row = row = self.row + 1
        strings, parts = self._strings, []
        styled = f' s="{style}"' if style else ""
        for letters, cell in zip(self._letters, cells, strict=False):
            if cell is None:
                continue
            if type(cell) is str:
                number = strings.setdefault(cell, len(strings))
                parts.append(f'<c r="{letters}{row}"{styled} t="s"><v>{number}</v></c>')
                self._texts += 1
            elif isinstance(cell, date):
                parts.append(f'<c r="{letters}{row}" s="{DATE}"><v>{cell.toordinal() - _EPOCH}</v></c>')
            else:
                parts.append(f'<c r="{letters}{row}"{styled}><v>{cell}</v></c>')
        self._waiting.append(f'<row r="{row}">{"".join(parts)}</row>')
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._flush()
        return row

    def _flush(self) -> None:
        self._part.write("".join(self._waiting).encode())
        self._waiting.clear()

    def _put(self, part: str, text: str) -> None:
        """Write a part. `writestr` would stamp it with the time, and equal workbooks would differ."""
        with self._zip.open(part, "w") as stream:
            stream.write((_XML + text).encode())


def _letters(place: int) -> str:
    """Excel's letters of a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
