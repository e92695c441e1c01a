"""The claim statement as a workbook and as a printed document, in Chinese. No cell is ever a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    LongTable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Table as PdfTable

from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.errors import Text
from reviewdesk.review.statement_tables import Table, cell_text, method_of, tables_of
from reviewdesk.review.typeface import BOLD, FONT, in_print, typesetting

TITLE = "债权计算书"
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
METHOD = "计算方法"
ASIDE = "被搁置的审核项"
_ASIDE_NOTE = "以下审核结论由审核人员推翻、知悉或静默，不计入审核结论。本页供核对，不随计算书提交法院。"
SIGNED = "制作人（签字或盖章）：＿＿＿＿＿＿＿＿＿＿，日期：＿＿＿＿年＿＿月＿＿日"
SHORT = 12
"""Rows of a table that is not broken over pages."""
MARGIN = 14 * mm
_WIDTH = landscape(A4)[0] - 2 * MARGIN - 12
"""What the margins and the padding of the frame leave."""

_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=16, leading=22, alignment=1)
_HEADING = ParagraphStyle("heading", fontName=BOLD, fontSize=11, leading=16, spaceBefore=7, spaceAfter=2)
LOAN_HEADING = ParagraphStyle("loan", fontName=BOLD, fontSize=13, leading=20, spaceBefore=10, keepWithNext=1)
"""Above the tables of one loan among several."""
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=13, wordWrap="CJK")
_CELL = ParagraphStyle("cell", fontName=FONT, fontSize=8, leading=10, wordWrap="CJK")
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=2)
_TIGHT = [("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]
_LINE, _TOTAL = HexColor("#9AA5B1"), HexColor("#F3F6FA")
_GRID = [
    ("FONT", (0, 0), (-1, -1), FONT, 8),
    ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
    ("BACKGROUND", (0, 0), (-1, 0), HexColor("#E7EEF8")),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    *_TIGHT,
]


def workbook(made: ClaimStatement, about: Sequence[tuple[str, str]], aside: Sequence[str] = ()) -> bytes:
    """The statement as XLSX: one sheet for what it is about, one for each table.

    `aside` are the lines about findings of its case that are set aside.
    """
    lines = [*about, *((METHOD, text.zh) for text in method_of(made)), *((ASIDE, line) for line in aside)]
    return tables_workbook(TITLE, lines, tables_of(made))


def tables_workbook(title: str, lines: Sequence[tuple[str, str]], tables: Sequence[Table]) -> bytes:
    """A workbook with a first sheet of named lines and a sheet for each table."""
    return sheets_workbook(title, lines, [(table.title.zh, [table]) for table in tables])


def sheets_workbook(
    title: str, lines: Sequence[tuple[str, str]], sheets: Sequence[tuple[str, Sequence[Table]]]
) -> bytes:
    """A workbook with a first sheet of named lines, and sheets that hold one table, or several below one another."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        sheet = book.add_worksheet(title)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 90, book.add_format({"text_wrap": True, "valign": "top"}))
        for row, (name, value) in enumerate(lines):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, value)
        formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        heading, above = book.add_format(HEADING), book.add_format({"bold": True})
        for name, tables in sheets:
            sheet, at = book.add_worksheet(name), 0
            if len(tables) == 1:
                write_table(sheet, tables[0], formats, heading)
                continue
            for table in tables:
                sheet.write_string(at, 0, table.title.zh, above)
                at = _write_rows(sheet, at + 1, table, formats, heading) + 1
    return out.getvalue()


def write_table(sheet: Any, table: Table, formats: dict[str, Any], heading: Any) -> None:
    """Write a table to a sheet of its own, row by row; `formats` are by kind of column."""
    sheet.freeze_panes(1, 0)
    _write_rows(sheet, 0, table, formats, heading)


def _write_rows(sheet: Any, top: int, table: Table, formats: dict[str, Any], heading: Any) -> int:
    """Write a table from a row on, and return the row below it."""
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, 22 if at == 0 else 16)
        sheet.write_string(top, at, column.heading.zh, heading)
    for number, row in enumerate(table.rows, top + 1):
        for at, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, number, at, value, column.kind, formats[column.kind])
    return top + 1 + len(table.rows)


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


@typesetting()
def document(made: ClaimStatement, about: Sequence[tuple[str, str]], aside: Sequence[str] = ()) -> bytes:
    """The statement as PDF, A4 across; `aside` as for `workbook`, on a page of their own."""
    return printed(TITLE, about, [*table_flow(tables_of(made)), *method_flow(method_of(made))], aside)


def printed(
    title: str, about: Sequence[tuple[str, str]], story: Sequence[Flowable], aside: Sequence[str] = ()
) -> bytes:
    """A document of A4 across with its title, what it is about, the story, and the line to sign on.

    What is set aside follows on a page of its own, which does not go to court.
    """
    out = io.BytesIO()
    paper = SimpleDocTemplate(
        out,
        pagesize=landscape(A4),
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=16 * mm,
        title=title,
        author="ReviewDesk",
        initialFontName=FONT,
    )
    head = [Paragraph(title, _TITLE), Spacer(1, 3 * mm), _about(about), Spacer(1, 2 * mm)]
    tail = [
        Spacer(1, 8 * mm),
        Paragraph(in_print(SIGNED), _TEXT),
    ]
    paper.build([*head, *story, *tail, *_aside_flow(aside)], onFirstPage=_foot, onLaterPages=_foot)
    return out.getvalue()


def _about(lines: Sequence[tuple[str, str]]) -> PdfTable:
    """The head's lines, two beside one another."""
    cells = [Paragraph(in_print(f"{name}：{value}"), _TEXT) for name, value in lines]
    cells += [Paragraph("", _TEXT)] * (len(cells) % 2)
    grid = PdfTable([cells[at : at + 2] for at in range(0, len(cells), 2)], colWidths=[_WIDTH / 2] * 2)
    grid.setStyle(TableStyle([("FONT", (0, 0), (-1, -1), FONT), ("LEFTPADDING", (0, 0), (-1, -1), 0), *(_TIGHT)]))
    return grid


def table_flow(tables: Sequence[Table]) -> list[Flowable]:
    """Tables, each below its title: a short one is kept whole, a long one goes on to the next page."""
    return [one for table in tables for one in _titled(table)]


def _titled(table: Table) -> list[Flowable]:
    whole = [Paragraph(table.title.zh, _HEADING), _grid(table)]
    return [KeepTogether(whole)] if len(table.rows) <= SHORT else [CondPageBreak(35 * mm), *whole]


def method_flow(told: Sequence[Text]) -> list[Flowable]:
    """How something was computed, in sentences."""
    return [Paragraph(METHOD, _HEADING), *(Paragraph(in_print(text.zh), _TEXT) for text in told)]


def _aside_flow(aside: Sequence[str]) -> list[Flowable]:
    if not aside:
        return []
    lines = [Paragraph(in_print(f"{number}. {line}"), _TEXT) for number, line in enumerate(aside, 1)]
    return [PageBreak(), Paragraph(ASIDE, _HEADING), Paragraph(_ASIDE_NOTE, _TEXT), Spacer(1, 2 * mm), *lines]


_PARTS_OF_WIDTH = {"text": 1.35, "money": 1.0, "date": 0.95, "number": 0.6, "rate": 0.7, "decimal": 0.7}


def _grid(table: Table) -> LongTable:
    kinds = [column.kind for column in table.columns]
    aside = ["text", "date"]
    cells: list[list[Any]] = [
        [Paragraph(in_print(column.heading.zh), _CELL if column.kind in aside else _NUMBER) for column in table.columns]
    ]
    for row in table.rows:
        shown = [cell_text(value, kind) for value, kind in zip(row, kinds, strict=True)]
        cells.append(
            [
                Paragraph(in_print(text), _CELL) if kind == "text" else text
                for text, kind in zip(shown, kinds, strict=True)
            ]
        )
    parts = [_PARTS_OF_WIDTH[kind] for kind in kinds]
    width = _WIDTH if len(kinds) > 4 else _WIDTH * 0.62
    grid = LongTable(cells, colWidths=[width * part / sum(parts) for part in parts], repeatRows=1, hAlign="LEFT")
    numbers = [at for at, kind in enumerate(kinds) if kind not in aside]
    figures = [("FONTSIZE", (at, 1), (at, -1), 7.5) for at, kind in enumerate(kinds) if kind != "text"]
    total = (
        [("BACKGROUND", (0, -1), (-1, -1), _TOTAL), ("LINEABOVE", (0, -1), (-1, -1), 1, _LINE)] if table.total else []
    )
    grid.setStyle(TableStyle([*_GRID, *figures, *total, *(("ALIGN", (at, 0), (at, -1), "RIGHT") for at in numbers)]))
    return grid


def _foot(canvas: Any, paper: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(paper.pagesize[0] / 2, 8 * mm, f"第 {canvas.getPageNumber()} 页")
