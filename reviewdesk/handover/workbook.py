"""The workbook of cases for counsel: one row a case, every canonical field, and what audit and review said of it.

Cells are text, numbers or dates and never formulas, whatever the source says. Rows are written as they are read, so a
workbook of any size takes the same memory.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reviewdesk.intake.fields import FIELDS, Field

MOST_ROWS = 1_048_575
"""Rows below the header that one sheet of Excel holds."""

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case for the workbook. `facts` are as stored; `personal` is in clear or masked, as the reader may see it."""

    number: str
    platform: str
    state: str
    batch_row: int
    facts: Mapping[str, Any]
    personal: Mapping[str, Any]
    verdict: str
    failed: tuple[str, ...]
    set_aside: tuple[str, ...]
    joined_with: str
    claimable: int | None
    excess: int | None
    court_fee: int | None
    court_fee_halved: int | None
    limitation_expiry: date | None
    reason: str
    entrusted_on: date | None
    suit_claim: int | None = None
    suit_fee: int | None = None
    suit_fee_halved: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, its width in characters, the kind of its cells, and where the value comes from."""

    header: str
    width: int
    kind: str
    value: Callable[[CaseRow], Any]


def safe(text: str) -> str:
    """Text that stays text where a workbook is saved as CSV and opened again: an apostrophe before a formula's sign."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


_CELL_KINDS = {"money": "money", "rate": "rate", "date": "date", "count": "number", "terms": "number"}
_HIDDEN_FIELDS = ("note",)


def _field_column(field: Field) -> Column:
    def value(row: CaseRow) -> Any:
        return (row.personal if field.personal else row.facts).get(field.name)

    width = 34 if field.kind == "address" else 22 if field.kind in ("account", "id_number", "card", "name") else 14
    return Column(field.label.zh, width, _CELL_KINDS.get(field.kind, "text"), value)


COLUMNS: tuple[Column, ...] = (
    Column("案件号", 18, "text", lambda row: row.number),
    Column("委托方", 26, "text", lambda row: row.platform),
    Column("状态", 12, "text", lambda row: row.state),
    *(_field_column(field) for field in FIELDS if field.name not in _HIDDEN_FIELDS),
    Column("可主张金额", 14, "money", lambda row: row.claimable),
    Column("应调减金额", 14, "money", lambda row: row.excess),
    Column("案件受理费", 12, "money", lambda row: row.court_fee),
    Column("减半受理费", 12, "money", lambda row: row.court_fee_halved),
    Column("诉讼时效届满日", 14, "date", lambda row: row.limitation_expiry),
    Column("审核结论", 10, "text", lambda row: row.verdict),
    Column("不通过项", 40, "text", lambda row: "；".join(row.failed)),
    Column("推翻、知悉或静默的审核项", 60, "text", lambda row: "\n".join(row.set_aside)),
    Column("合并起诉的案件", 30, "text", lambda row: row.joined_with),
    Column("合并起诉标的额", 14, "money", lambda row: row.suit_claim),
    Column("合并起诉受理费", 14, "money", lambda row: row.suit_fee),
    Column("合并起诉减半受理费", 16, "money", lambda row: row.suit_fee_halved),
    Column("同意起诉理由", 40, "text", lambda row: row.reason),
    Column("委托日期", 12, "date", lambda row: row.entrusted_on),
    Column("批次行号", 10, "number", lambda row: row.batch_row),
)


def write(path: Path, rows: Iterable[CaseRow], about: Iterable[tuple[str, str]]) -> int:
    """Write the workbook and return how many cases it holds.

    `about` goes to a second sheet: who made it, when, and under which terms.

    Raises:
        OverflowError: there are more cases than a sheet has rows.
    """
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        sheet = book.add_worksheet("案件")
        number = _write_cases(book, sheet, rows)
        _write_about(book.add_worksheet("说明"), about)
    return number


def _write_cases(book: xlsxwriter.Workbook, sheet: Worksheet, rows: Iterable[CaseRow]) -> int:
    heading = book.add_format({"bold": True, "bg_color": "#E7EEF8", "border": 1, "border_color": "#C8D1DC"})
    formats = {
        "money": book.add_format({"num_format": "#,##0.00"}),
        "rate": book.add_format({"num_format": "0.00##%"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "number": book.add_format({"num_format": "0"}),
        "text": book.add_format({"num_format": "@"}),
    }
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, column.header, heading)
    number = 0
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise OverflowError(f"a sheet holds {MOST_ROWS} cases")
        for at, column in enumerate(COLUMNS):
            _write_cell(sheet, number, at, column.kind, column.value(row), formats)
    return number


def _write_cell(sheet: Worksheet, row: int, at: int, kind: str, value: Any, formats: Mapping[str, Format]) -> None:
    style = formats[kind]
    if value is None or value == "":
        return
    if kind == "money":
        sheet.write_number(row, at, value / 100, style)
    elif kind == "rate":
        sheet.write_number(row, at, float(Decimal(str(value))), style)
    elif kind == "date":
        day = value if isinstance(value, date) else date.fromisoformat(value)
        sheet.write_datetime(row, at, day, style)
    elif kind == "number":
        sheet.write_number(row, at, value, style)
    else:
        sheet.write_string(row, at, safe(_in_words(value)), style)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _write_about(sheet: Worksheet, about: Iterable[tuple[str, str]]) -> None:
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 80)
    for row, (name, value) in enumerate(about):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, safe(value))
