"""Events as files: CSV, JSON Lines and workbooks, written row by row and put into place whole."""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import xlsxwriter
from flask import current_app

from reviewdesk.cells import safe_cell, write_cell
from reviewdesk.clock import SHANGHAI
from reviewdesk.errors import Text
from reviewdesk.journal import words
from reviewdesk.journal.queries import Entry
from reviewdesk.store import open_store

XLSX_ROWS = 1_048_576
"""Rows that a sheet of an Excel workbook holds, its header included."""

MIME = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

ZIP = "application/zip"
"""The media type of the pack for counsel, which is no form of the journal."""

Lines = Iterable[Entry]
Writer = Callable[[Path, Lines, str], None]


@contextmanager
def written_whole(path: str) -> Iterator[Path]:
    """Give a file of this machine to write to, and put it into its place in the store once it is whole."""
    store = open_store(current_app.extensions["reviewdesk.settings"])
    part = store.scratch()
    try:
        yield part
        store.settle(part, path)
    finally:
        part.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: what it is called, its width in a workbook, and its value of an event and its sentence."""

    title: Text
    width: int
    value: Callable[[Entry, Text], Any]


def _cells(entry: Entry) -> Iterator[Any]:
    told = entry.told
    return (column.value(entry, told) for column in COLUMNS)


def _json(values: Mapping[str, Any] | None) -> str | None:
    return orjson.dumps(words.in_yuan(values)).decode() if values else None


COLUMNS: Sequence[Column] = (
    Column(Text("编号", "event"), 10, lambda e, _: e.event_id),
    Column(Text("时间（北京时间）", "at (China time)"), 20, lambda e, _: _in_shanghai(e.at)),
    Column(Text("人员", "by"), 14, lambda e, _: e.actor_name),
    Column(Text("角色", "roles"), 16, lambda e, _: ", ".join(e.actor_roles)),
    Column(Text("方式", "as"), 9, lambda e, _: e.actor_kind),
    Column(Text("经过（中文）", "what (Chinese)"), 48, lambda e, told: told.zh),
    Column(Text("经过（英文）", "what (English)"), 48, lambda e, told: told.en),
    Column(Text("结果", "outcome"), 9, lambda e, _: e.outcome),
    Column(Text("案件号", "case"), 16, lambda e, _: e.case_number),
    Column(Text("批次", "batch"), 20, lambda e, _: e.batch_name),
    Column(Text("案件数", "cases"), 8, lambda e, _: e.cases),
    Column(Text("操作代码", "action"), 26, lambda e, _: e.action),
    Column(Text("对象类型", "subject"), 12, lambda e, _: e.subject_kind),
    Column(Text("对象编号", "subject id"), 38, lambda e, _: e.subject_id),
    Column(Text("原值", "old"), 30, lambda e, _: _json(e.old)),
    Column(Text("新值", "new"), 30, lambda e, _: _json(e.new)),
    Column(Text("IP 地址", "IP address"), 16, lambda e, _: e.ip),
    Column(Text("客户端", "client"), 24, lambda e, _: e.agent),
    Column(Text("请求编号", "request"), 34, lambda e, _: e.request_id),
    Column(Text("作业编号", "job"), 38, lambda e, _: str(e.job_id) if e.job_id else None),
)


def _in_shanghai(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def write_csv(path: Path, lines: Lines, language: str) -> None:
    """Write the events as CSV in UTF-8 with the mark by which Excel knows it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(column.title.in_language(language) for column in COLUMNS)
        for line in lines:
            writer.writerow(map(safe_cell, _cells(line)))


def write_jsonl(path: Path, lines: Lines, _language: str) -> None:
    """Write one JSON object a line, in the shape of the API's events."""
    with path.open("wb") as file:
        for line in lines:
            file.write(orjson.dumps(line.as_json(), option=orjson.OPT_APPEND_NEWLINE))


def write_xlsx(path: Path, lines: Lines, language: str, *, rows_a_sheet: int = XLSX_ROWS) -> None:
    """Write a workbook, with a further sheet whenever one is full. `rows_a_sheet` counts the header.

    Only the row at hand is kept in memory.
    """
    with TemporaryDirectory(dir=path.parent) as folder:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        _fill(book, lines, language, rows_a_sheet)
        book.close()


def _fill(book: Any, lines: Lines, language: str, rows_a_sheet: int) -> None:
    bold = book.add_format({"bold": True})
    sheet, row = _new_sheet(book, language, bold), 0
    for line in lines:
        if row + 1 == rows_a_sheet:
            sheet, row = _new_sheet(book, language, bold), 0
        row += 1
        for number, value in enumerate(_cells(line)):
            write_cell(sheet, row, number, value)


def _new_sheet(book: Any, language: str, bold: Any) -> Any:
    name = Text("审计日志", "Journal").in_language(language)
    sheet = book.add_worksheet(f"{name} {len(book.worksheets()) + 1}")
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, column.width)
        write_cell(sheet, 0, number, column.title.in_language(language), bold)
    return sheet


WRITERS: Mapping[str, Writer] = {"csv": write_csv, "jsonl": write_jsonl, "xlsx": write_xlsx}
