"""Reading an error workbook that comes back: whose it is, and the cells of its rows under their old numbers."""

import re
from pathlib import Path
from typing import IO, Any
from uuid import UUID
from zipfile import BadZipFile, ZipFile

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.extras import MEND_COLUMN, ROW_COLUMN
from reviewdesk.intake.headers import fold
from reviewdesk.intake.mapping import Mapping, column_letters
from reviewdesk.intake.mending_book import ADDED, PROPERTY, sheet_name
from reviewdesk.intake.models import Batch
from reviewdesk.intake.table import Table, open_table

_PROPERTIES = "docProps/custom.xml"
_MOST_PROPERTIES = 256 * 1024  # bytes; a workbook's own properties are a few lines
_MARK = re.compile(rb'name="' + PROPERTY.encode() + rb'"[^>]*>\s*<[^>]*>([0-9a-fA-F-]{36})<')


def marked_batch(file: Path | IO[bytes]) -> UUID | None:
    """The batch whose error workbook a file is; None for any other file."""
    try:
        with ZipFile(file) as packed, packed.open(_PROPERTIES) as properties:
            found = _MARK.search(properties.read(_MOST_PROPERTIES))
            return UUID(found[1].decode()) if found else None
    except (BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
        return None


def read_rows(path: Path, batch: Batch) -> dict[int, list[Any]]:
    """The rows of a mended workbook by their numbers in the original, cells in the order of the original's columns.

    Rows without a number, or with one that stood before, are left out.

    Raises:
        Invalid: `mending.other_batch`, `mending.no_numbers`, `mending.layout`, or the file cannot be read.
    """
    marked = marked_batch(path)
    if marked is not None and marked != batch.batch_id:
        raise Invalid(
            "mending.other_batch",
            Text(
                "这是另一个批次的错误工作簿，请在那个批次的页面上传。",
                "This is the error workbook of another batch: upload it there.",
            ),
            batch_id=str(marked),
        )
    table = _table(path, batch)
    numbers = _number_column(table)
    shift = ADDED if numbers == 0 else 0
    _check_layout(table, batch, shift)
    width = len(batch.headers or ())
    found: dict[int, list[Any]] = {}
    for cells in table.data:
        number = _number(cells[numbers]) if numbers < len(cells) else None
        if number is not None and number not in found:
            found[number] = list(cells[shift : shift + width])
    return found


def _table(path: Path, batch: Batch) -> Table:
    """The accounts of the workbook: on the sheet of the batch's name, else where they are found."""
    try:
        return open_table(path, sheet_name(batch.sheet or ""))
    except Invalid as error:
        if error.code != "sheet.absent":
            raise
        return open_table(path)


def _number_column(table: Table) -> int:
    """Where the row numbers stand: first in a rebuilt sheet, last in the user's own."""
    names = [_last_line(name) for name in table.header.names]
    named = [column for column, name in enumerate(names) if name]
    if [names[column] for column in named[-ADDED:]] == [MEND_COLUMN, ROW_COLUMN]:
        return named[-1]
    if names[:1] == [ROW_COLUMN]:
        return 0
    raise Invalid(
        "mending.no_numbers",
        Text(
            f"文件里没有「{ROW_COLUMN}」列，不知道各行是原表的哪一行。请下载错误工作簿，在其中修正后上传。",
            f"The file has no column {ROW_COLUMN}, so its rows are not known. Download the error workbook, mend the "
            "rows there and upload it.",
        ),
    )


def _last_line(name: str) -> str:
    return name.rpartition("|")[2].strip()


def _check_layout(table: Table, batch: Batch, shift: int) -> None:
    """Each mapped column must stand where it stood, else cells would be read as something else."""
    for rule in Mapping.from_json(batch.mapping or {}).filled():
        place = rule.column + shift
        there = table.header.names[place] if place < len(table.header.names) else ""
        if fold(_last_line(there)).full != fold(_last_line(rule.header)).full:
            raise Invalid(
                "mending.layout",
                Text(
                    f"{column_letters(place)} 列应为「{_last_line(rule.header)}」，现在是「{there or '空'}」。"
                    "请不要移动、增删列，重新下载错误工作簿后修正。",
                    f"Column {column_letters(place)} should be {_last_line(rule.header)!r} and is {there!r}. Do not "
                    "move, add or delete columns: download the error workbook again and mend that.",
                ),
            )


def _number(cell: Any) -> int | None:
    try:
        number = int(float(cell)) if cell not in ("", None) and not isinstance(cell, bool) else None
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number is None or number > 0 else None
