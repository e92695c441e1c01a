"""A small, fast writer of workbooks (Office Open XML, ECMA-376).

XlsxWriter takes four times as long for a sheet of this size, and the benchmarks write many.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | int | float | date | None

PLAIN, DATE, HEAD, TITLE = range(4)
"""Styles of cells, in the order of `_STYLES`."""

ROWS_AT_ONCE = 2_000
_PIECE = 1 << 20
_EPOCH = date(1899, 12, 30).toordinal()
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_PARTS = {
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
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


STRINGS_KEPT = 1_000_000
"""So many different texts are written once and referred to; later ones stand in their cells: memory is bounded."""


class Sheet:
    """One sheet that is written row after row into a stream.

    Args:
        out: where the XML goes, in pieces.
        strings: the workbook's texts, shared by its sheets.
        widths: of the columns, in characters.
        header_row: rows down to this one (Excel's number) stay in view.
        merged: rows (Excel's numbers) whose cells are one over all columns.
    """

    def __init__(
        self,
        out: IO[bytes],
        strings: dict[str, int],
        widths: Sequence[int],
        header_row: int,
        merged: Iterable[int] = (),
    ) -> None:
        self._out, self._strings, self._merged = out, strings, list(merged)
        self._letters = [_letters(place) for place in range(len(widths))]
        columns = "".join(f'<col min="{n}" max="{n}" width="{w}" customWidth="1"/>' for n, w in enumerate(widths, 1))
        opening = (
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            f'<pane ySplit="{header_row}" topLeftCell="A{header_row + 1}" activePane="bottomLeft" state="frozen"/>'
            f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
        )
        self._waiting = [opening]
        self.row = 0
        """Excel's number of the last row written."""
        self.texts = 0
        """How many cells refer to a shared text."""

    def write(self, cells: Iterable[Cell], style: int = PLAIN) -> int:
        """Write a row and return Excel's number of it; dates are styled as dates, other cells as said."""
        self.row = row = self.row + 1
        strings, parts = self._strings, []
        styled = f' s="{style}"' if style else ""
        for letters, cell in zip(self._letters, cells, strict=False):
            if cell is None:
                continue
            if type(cell) is str:
                parts.append(self._text(cell, f'<c r="{letters}{row}"{styled}', strings))
            elif isinstance(cell, date):
                parts.append(f'<c r="{letters}{row}" s="{DATE}"><v>{cell.toordinal() - _EPOCH}</v></c>')
            else:
                parts.append(f'<c r="{letters}{row}"{styled}><v>{cell}</v></c>')
        self._waiting.append(f'<row r="{row}">{"".join(parts)}</row>')
        if len(self._waiting) >= ROWS_AT_ONCE:
            self._flush()
        return row

    def _text(self, text: str, opening: str, strings: dict[str, int]) -> str:
        number = strings.get(text)
        if number is None:
            if len(strings) >= STRINGS_KEPT:
                return f'{opening} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
            number = strings[text] = len(strings)
        self.texts += 1
        return f'{opening} t="s"><v>{number}</v></c>'

    def finish(self) -> None:
        """Write what is left and the end."""
        merges = "".join(f'<mergeCell ref="A{row}:{self._letters[-1]}{row}"/>' for row in self._merged)
        ending = f'<mergeCells count="{len(self._merged)}">{merges}</mergeCells>' if merges else ""
        self._waiting.append(f"</sheetData>{ending}</worksheet>")
        self._flush()

    def _flush(self) -> None:
        self._out.write("".join(self._waiting).encode())
        self._waiting.clear()


class Book:
    """A workbook, its first sheet written row after row; use it in a `with` statement.

    Args:
        path: the file; it is replaced.
        name: the first sheet's name.
        widths: of its columns, in characters.
        header_row: its rows down to this one (Excel's number) stay in view.
        merged: its rows (Excel's numbers) whose cells are one over all columns.
        beside: further sheets, each with its headers. Their rows wait in a temporary file until the first is done.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        widths: Sequence[int],
        header_row: int,
        merged: Iterable[int] = (),
        beside: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._path = path
        self._strings: dict[str, int] = {}
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=4)
        beside = beside or {}
        for part, text in (_outline([name, *beside]) | _PARTS).items():
            self._put(part, [text])
        self._part = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._first = Sheet(self._part, self._strings, widths, header_row, merged)
        self._spools = [TemporaryFile() for _ in beside]  # noqa: SIM115  closed with the book
        self.beside: dict[str, Sheet] = {}
        """The further sheets by name; their header is written."""
        for (title, headers), spool in zip(beside.items(), self._spools, strict=True):
            self.beside[title] = Sheet(spool, self._strings, [14] * len(headers), 1)
            self.beside[title].write(headers, HEAD)

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
        for spool in self._spools:
            spool.close()
        if kind is not None:
            self._path.unlink()

    @property
    def row(self) -> int:
        """Excel's number of the last row of the first sheet."""
        return self._first.row

    def write(self, cells: Iterable[Cell], style: int = PLAIN) -> int:
        """Write a row of the first sheet. As `Sheet.write`."""
        return self._first.write(cells, style)

    def _finish(self) -> None:
        self._first.finish()
        self._part.close()
        for number, (sheet, spool) in enumerate(zip(self.beside.values(), self._spools, strict=True), 2):
            sheet.finish()
            spool.seek(0)
            with self._zip.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                copyfileobj(spool, part, _PIECE)
        count = self._first.texts + sum(sheet.texts for sheet in self.beside.values())
        counts = f'count="{count}" uniqueCount="{len(self._strings)}"'
        texts = (f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self._strings)
        self._put("xl/sharedStrings.xml", chain((f'<sst xmlns="{_MAIN}" {counts}>',), texts, ("</sst>",)))

    def _put(self, part: str, pieces: Iterable[str]) -> None:
        """Write a part. `writestr` would stamp it with the time, and equal workbooks would differ."""
        with self._zip.open(part, "w", force_zip64=True) as stream:
            stream.write(_XML.encode())
            for some in batched(pieces):
                stream.write("".join(some).encode())


def batched(pieces: Iterable[str]) -> Iterator[list[str]]:
    """The pieces in lists of some thousands."""
    left = iter(pieces)
    while some := list(islice(left, ROWS_AT_ONCE)):
        yield some


def _outline(names: Sequence[str]) -> dict[str, str]:
    """The parts that name the sheets."""
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>' for n in numbers
    )
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    styles, texts = len(names) + 1, len(names) + 2
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>{overrides}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{targets}'
        f'<Relationship Id="rId{styles}" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId{texts}" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    }


def _letters(place: int) -> str:
    """Excel's letters of a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
