"""The claim statement as a workbook and as a printed document, in Chinese. No cell is ever a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.review.statement_tables import Table, cell_text, method_of, tables_of

TITLE = "债权计算书"
FONT = "STSong-Light"
"""The Chinese font that every reader of PDF brings along; it is not put into the file."""

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
HEADING = {"bold": True, "bg_color": "#E7EEF8", "border": 1, "border_color": "#C8D1DC"}
FORMATS = {
    "money": "#,##0.00",
    "rate": "0.00##%",
    "date": "yyyy-mm-dd",
    "number": "0",
    "decimal": "0.####",
    "text": "@",
}
_TITLE = ParagraphStyle("title", fontName=FONT, fontSize=16, leading=22, alignment=1)
_HEADING = ParagraphStyle("heading", fontName=FONT, fontSize=11, leading=18, spaceBefore=6)
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=13, wordWrap="CJK")
_GRID = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), FONT, 8),
        ("GRID", (0, 0), (-1, -1), 0.4, HexColor("#9AA5B1")),
        ("BACKGROUND", (0, 0), (-1, 0), HexColor("#E7EEF8")),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)


def workbook(made: ClaimStatement, about: Sequence[tuple[str, str]]) -> bytes:
    """The statement as XLSX: one sheet for what it is about, one for each table."""
    return tables_workbook(TITLE, [*about, *(("计算方法", text.zh) for text in method_of(made))], tables_of(made))


def tables_workbook(title: str, lines: Sequence[tuple[str, str]], tables: Sequence[Table]) -> bytes:
    """A workbook with a first sheet of named lines and a sheet for each table."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        sheet = book.add_worksheet(title)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 90)
        for row, (name, value) in enumerate(lines):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, value)
        formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        heading = book.add_format(HEADING)
        for table in tables:
            write_table(book.add_worksheet(table.title.zh), table, formats, heading)
    return out.getvalue()


def write_table(sheet: Any, table: Table, formats: dict[str, Any], heading: Any) -> None:
    """Write a table to a sheet of its own, row by row; `formats` are by kind of column."""
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, 22 if at == 0 else 15)
        sheet.write_string(0, at, column.heading.zh, heading)
    for number, row in enumerate(table.rows, 1):
        for at, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, number, at, value, column.kind, formats[column.kind])


def _write_cell(sheet: Any, row: int, at: int, value: Any, kind: str, style: Any) -> None:
    if value is None:
        return
    if kind == "money":
        sheet.write_number(row, at, value / 100, style)
    elif kind in ("rate", "decimal"):
        sheet.write_number(row, at, float(value), style)
    elif kind == "date":
        sheet.write_datetime(row, at, value, style)
    elif kind == "number":
        sheet.write_number(row, at, value, style)
    else:
        sheet.write_string(row, at, value.zh, style)


def document(made: ClaimStatement, about: Sequence[tuple[str, str]]) -> bytes:
    """The statement as PDF, A4 across."""
    registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    paper = SimpleDocTemplate(
        out,
        pagesize=landscape(A4),
        leftMargin=14 * mm,
        rightMargin=14 * mm,
        topMargin=14 * mm,
        bottomMargin=16 * mm,
        title=TITLE,
        author="ReviewDesk",
    )
    story: list[Flowable] = [Paragraph(TITLE, _TITLE)]
    story += [Paragraph(escape(f"{name}：{value}"), _TEXT) for name, value in about]
    for table in tables_of(made):
        story += [Paragraph(table.title.zh, _HEADING), _grid(table, paper.width)]
    story += [Paragraph("计算方法", _HEADING), *(Paragraph(escape(text.zh), _TEXT) for text in method_of(made))]
    story += [Spacer(1, 10 * mm), Paragraph("制作人（签字或盖章）：　　　　　　　　　　日期：", _TEXT)]
    paper.build(story, onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _grid(table: Table, width: float) -> LongTable:
    cells = [[column.heading.zh for column in table.columns]]
    kinds = [column.kind for column in table.columns]
    cells += [[cell_text(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in table.rows]
    grid = LongTable(cells, colWidths=[width / len(table.columns)] * len(table.columns), repeatRows=1)
    grid.setStyle(_GRID)
    numbers = [at for at, column in enumerate(table.columns) if column.kind not in ("text", "date")]
    grid.setStyle(TableStyle([("ALIGN", (at, 0), (at, -1), "RIGHT") for at in numbers]))
    return grid


def _foot(canvas: Any, paper: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(paper.pagesize[0] / 2, 8 * mm, f"第 {canvas.getPageNumber()} 页")
