"""What goes back to the uploader: the rejected rows as a workbook to mend, and the original unchanged."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import select
from xlsxwriter.worksheet import Worksheet

from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.looking import MEND_COLUMN, ROW_COLUMN
from reviewdesk.intake.mapping import column_index
from reviewdesk.intake.models import Batch, SheetRow, StoredFile
from reviewdesk.intake.service import find_batch
from reviewdesk.intake.storage import locate
from reviewdesk.intake.table import Table, open_table
from reviewdesk.journal.service import record

Say = Callable[[Text | dict[str, str] | None], str]

_ADDED = 2  # columns that stand before the sheet's own


def rejected_workbook(actor: Actor, batch_id: UUID, say: Say) -> tuple[IO[bytes], str]:
    """The rejected rows in the sheet's own columns, with their row numbers and what to mend, and a name for the file.

    The cells come from the original file, so clear values are right; this is for the uploader only, and an event.

    Raises:
        NotFound: there is no such batch, or none of its rows were rejected.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        rows = _rejected(work, batch)
        if not rows:
            raise NotFound("batch.nothing_rejected", Text("没有未导入的行。", "No row was rejected."))
        file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
        table = open_table(locate(file.path), batch.sheet)
        record(
            work,
            "intake:batch:download_rejected",
            ("batch", batch_id),
            new={"rows": len(rows)},
            batch_id=batch_id,
        )
    spool = io.BytesIO()
    _write(spool, batch.sheet or table.sheet.name, table, rows, say)
    spool.seek(0)
    return spool, f"{Path(file.name).stem}-{say(Text('需修正', 'to mend'))}.xlsx"


def original_file(actor: Actor, batch_id: UUID) -> tuple[Path, str]:
    """Where the unchanged file is, and its name; the download is an event.

    Raises:
        NotFound: there is no such batch.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
        record(
            work,
            "intake:batch:download_original",
            ("batch", batch_id),
            new={"sha256": file.sha256},
            batch_id=batch_id,
        )
    return locate(file.path), file.name


def _rejected(work: Work, batch: Batch) -> Sequence[SheetRow]:
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.outcome == "rejected"
    )
    return work.session.scalars(wanted.order_by(SheetRow.row)).all()


class _Formats:
    """The few formats of the workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.head = book.add_format({"bold": True, "bg_color": "#EEF1F4", "bottom": 1})
        self.bad = {"bg_color": "#FDECEA", "border": 1, "border_color": "#B42318"}
        self.mend = book.add_format({"text_wrap": True, "font_color": "#B42318", "valign": "top"})
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}

    def of(self, kind: str, *, bad: bool) -> Any:
        """The format of a cell: text, day or moment, marked where something is wrong with it."""
        if (kind, bad) not in self._made:
            look = {"text": {"num_format": "@"}, "day": {"num_format": "yyyy-mm-dd"}}.get(kind, {})
            look = {"num_format": "yyyy-mm-dd hh:mm:ss"} if kind == "moment" else look
            self._made[kind, bad] = self._book.add_format({**look, **(self.bad if bad else {})})
        return self._made[kind, bad]


def _write(target: IO[bytes], name: str, table: Table, rows: Sequence[SheetRow], say: Say) -> None:
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = _Formats(book)
        sheet = book.add_worksheet(_sheet_name(name))
        place = _write_head(sheet, table, formats)
        sheet.freeze_panes(place, _ADDED)
        sheet.set_column(1, 1, 48)
        sheet.set_column(_ADDED, _ADDED + len(table.header.names), 16)
        for row in rows:
            _write_row(sheet, place, table, row, formats, say)
            place += 1


def _sheet_name(name: str) -> str:
    """A name that Excel takes for a sheet: a text table's is its file's, which may hold anything."""
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("' ") or "Sheet1"


def _write_head(sheet: Worksheet, table: Table, formats: _Formats) -> int:
    """The header as it stands in the original, one row or two; returns the row below it."""
    for place, index in enumerate(table.header.rows):
        for column, cell in enumerate(table.sheet.rows[index]):
            sheet.write_string(place, column + _ADDED, str(cell), formats.head)
    last = len(table.header.rows) - 1
    sheet.write_string(last, 0, ROW_COLUMN, formats.head)
    sheet.write_string(last, 1, MEND_COLUMN, formats.head)
    return last + 1


def _write_row(sheet: Worksheet, place: int, table: Table, row: SheetRow, formats: _Formats, say: Say) -> None:
    bad = {column_index(error["cell"].rstrip("0123456789")) for error in row.errors if error["cell"]}
    sheet.write_number(place, 0, row.row)
    sheet.write_string(place, 1, mend_text(row.errors, say), formats.mend)
    for column, cell in enumerate(table.sheet.rows[row.row - 1]):
        _write_cell(sheet, place, column + _ADDED, cell, formats, bad=column in bad)


def mend_text(errors: Sequence[Mapping[str, Any]], say: Say) -> str:
    """What is wrong with a row and how to mend it, a line for each error."""
    return "\n".join(_sentences(errors, say))


def _sentences(errors: Sequence[Mapping[str, Any]], say: Say) -> Iterator[str]:
    for error in errors:
        column = f"{error['column']}: " if error["column"] else ""
        yield f"{column}{say(error['message'])}{say(Text('。', '. '))}{say(error['mend'])}"


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Any, formats: _Formats, *, bad: bool) -> None:
    """A cell of the same kind as it was; text stays text and never starts a formula."""
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, formats.of("plain", bad=bad))
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, formats.of("plain", bad=bad))
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, formats.of("day" if cell.time() == time(0) else "moment", bad=bad))
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats.of("day", bad=bad))
    elif isinstance(cell, time | timedelta):
        sheet.write_string(row, column, str(cell), formats.of("text", bad=bad))
    elif cell:
        sheet.write_string(row, column, cell, formats.of("text", bad=bad))
    elif bad:
        sheet.write_blank(row, column, None, formats.of("plain", bad=True))
