"""Cells of the files that we write for spreadsheets: none of them ever starts a formula.

A spreadsheet program takes text that begins like a formula for one, also from a CSV file, and text in our files comes
from other people's workbooks. In XLSX a cell is written as text (`write_string`), which no program evaluates; CSV has
no types, so there the text gets an apostrophe in front, as people type it to say that something is text.

Source: OWASP, "CSV Injection".
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reviewdesk.clock import SHANGHAI

_STARTS = frozenset("=+-@\t\r\n＝＋－＠")

XLSX_TEXT_LIMIT = 32_767
"""Characters that a cell of a workbook holds."""


def safe_cell(value: Any) -> Any:
    """A value for a CSV cell: text that would start a formula gets an apostrophe in front; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if starts_formula(value) else value


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet program might evaluate the text, also after blanks that it trims."""
    first = text[:1]
    return first in _STARTS or (first.isspace() and text.lstrip()[:1] in _STARTS)


def write_cell(sheet: Any, row: int, column: int, value: Any, style: Any = None) -> None:
    """Write one cell of an XlsxWriter worksheet: text as text whatever it starts with, never a formula or a link.

    Text beyond what a cell holds ends in an ellipsis. Numbers are written as numbers; dates and moments (in Shanghai)
    as ISO text, which every program reads the same way.
    """
    match value:
        case None | "":
            return
        case bool():
            sheet.write_boolean(row, column, value, style)
        case int() | float() | Decimal():
            sheet.write_number(row, column, value, style)
        case datetime():
            sheet.write_string(row, column, value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"), style)
        case date():
            sheet.write_string(row, column, value.isoformat(), style)
        case _:
            sheet.write_string(row, column, _fitting(str(value)), style)


def _fitting(text: str) -> str:
    return text if len(text) <= XLSX_TEXT_LIMIT else text[: XLSX_TEXT_LIMIT - 1] + "…"
