"""Reading an error workbook that comes back: whose it is, and the cells of its rows under their old numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID
from zipfile import BadZipFile, ZipFile

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.bundle import Bundle, placed
from reviewdesk.intake.error_book import ADDED, PROPERTY, sheet_name
from reviewdesk.intake.extras import MEND_COLUMN, ROW_COLUMN
from reviewdesk.intake.headers import fold
from reviewdesk.intake.mapping import Mapping, column_letters
from reviewdesk.intake.models import Batch
from reviewdesk.intake.numbering import number_of
from reviewdesk.intake.parts import Place, place_of
from reviewdesk.intake.reading import Rows, Source
from reviewdesk.intake.reading.archives import is_archive
from reviewdesk.intake.side_rows import columns_of, layouts_from_json
from reviewdesk.intake.side_sheets import Layout
from reviewdesk.intake.table import Table, open_table
from reviewdesk.intake.zip_opening import open_zip

_PROPERTIES = "docProps/custom.xml"
_MOST_PROPERTIES = 256 * 1024  # bytes; a workbook's own properties are a few lines
_MARK = re.compile(rb'name="' + PROPERTY.encode() + rb'"[^>]*>\s*<[^>]*>([0-9a-fA-F-]{36})(?:#([0-9]{1,3}))?<')
_MOST_WITHIN = 64 * 1024**2  # bytes; a larger workbook within an archive is not looked into before it is received


def marked_batch(file: Path | IO[bytes]) -> UUID | None:
    """The batch whose error workbook a file is, or an archive of such; None for any other file."""
    return marked[0] if (marked := _marked(file)) is not None else None


def _marked(file: Path | IO[bytes]) -> tuple[UUID, int | None] | None:
    """The batch of an error workbook, and which file of the batch's archive it is of."""
    try:
        with open_zip(file) as packed:
            if _PROPERTIES not in packed.namelist():
                return _marked_within(packed)
            with packed.open(_PROPERTIES) as properties:
                found = _MARK.search(properties.read(_MOST_PROPERTIES))
            return (UUID(found[1].decode()), int(found[2]) if found[2] else None) if found else None
    except (BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
        return None


def _marked_within(packed: ZipFile) -> tuple[UUID, int | None] | None:
    """The mark of an archive's first workbook."""
    for entry in packed.infolist():
        if entry.filename.lower().endswith(".xlsx") and entry.file_size <= _MOST_WITHIN:
            with packed.open(entry) as source, TemporaryFile() as spool:
                copyfileobj(source, spool)
                return _marked(spool)
    return None


@dataclass(frozen=True, slots=True)
class Given:
    """The rows of a mended workbook by their numbers in the original, cells in the order of the original's columns."""

    accounts: dict[int, list[Any]] = field(default_factory=dict)
    side: dict[str, dict[int, list[Any]]] = field(default_factory=dict)

    def add(self, other: "Given") -> None:
        """Add the rows of another workbook."""
        self.accounts.update(other.accounts)
        self.side.update(other.side)


def read_rows(path: Path, batch: Batch) -> Given:
    """The rows of a mended workbook, or of an archive of such: its accounts, and those of the sheets beside them.

    Rows without a number, or with one that stood before, are left out. A workbook may lack the accounts where it holds
    a sheet beside them.

    Raises:
        Invalid: `mending.other_batch`, `mending.no_numbers`, `mending.layout`, `mending.no_file`, or the file cannot be
            read.
    """
    if not is_archive(path):
        return _read_workbook(path, batch)
    given, bundle = Given(), Bundle(path)
    for number in range(len(bundle.names)):
        given.add(_read_workbook(bundle.unpacked(number), batch))
    return given


def _read_workbook(path: Path, batch: Batch) -> Given:
    marked, part = _marked(path) or (None, None)
    if marked is not None and marked != batch.batch_id:
        raise Invalid(
            "mending.other_batch",
            Text(
                "这是另一个批次的错误工作簿，请在那个批次的页面上传。",
                "This is the error workbook of another batch: upload it there.",
            ),
            batch_id=str(marked),
        )
    if batch.parts and (part is None or part >= len(batch.parts)):
        raise Invalid(
            "mending.no_file",
            Text(
                "看不出这是压缩包里哪个文件的错误工作簿。请下载错误工作簿，在其中修正后上传。",
                "It cannot be told which file of the archive this is the error workbook of. Download the error "
                "workbooks, mend the rows there and upload them.",
            ),
        )
    place = place_of(batch, number_of(part or 0, 1))
    table = _table(path, place)
    side = _side_rows(table.source, batch, place)
    if side and not _numbered(table.header.names):
        return Given({}, side)
    numbers = _number_column(table.header.names)
    shift = ADDED if numbers == 0 else 0
    for rule in Mapping.from_json(place.mapping).filled():
        _check_place(table.header.names, rule.column + shift, rule.header)
    rows = _rows(table.data, numbers, shift, len(place.headers))
    return Given({number_of(part or 0, row): cells for row, cells in rows.items()}, side)


def _rows(data: Rows, numbers: int, shift: int, width: int) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for cells in data:
        number = _number(cells[numbers]) if numbers < len(cells) else None
        if number is not None and number not in found:
            found[number] = list(cells[shift : shift + width])
    return found


def _side_rows(source: Source, batch: Batch, place: Place) -> dict[str, dict[int, list[Any]]]:
    """The rows of the batch's side sheets that the workbook holds with their numbers."""
    found = {}
    own = placed(place.file, "") if place.file else ""
    for whole, layout in layouts_from_json(batch.side_layouts).items():
        if not whole.startswith(own):
            continue
        name = whole.removeprefix(own)
        there = next((one for one in (name, sheet_name(name)) if one in source.sheet_names), None)
        rows = _side_of(source.sheet(there).rows, layout) if there is not None else None
        if rows:
            found[whole] = rows
    return found


def _side_of(rows: Rows, layout: Layout) -> dict[int, list[Any]] | None:
    """A side sheet's rows; None where none of its first rows is a header with row numbers."""
    place = next((one for one in range(min(len(rows), _HEADER_ROWS)) if _numbered(rows[one])), None)
    if place is None:
        return None
    names = [str(cell) for cell in rows[place]]
    numbers = _number_column(names)
    shift = ADDED if numbers == 0 else 0
    for column, header in columns_of(layout).items():
        _check_place(names, column + shift, header)
    return _rows(rows[place + 1 :], numbers, shift, len(layout.header.names))


_HEADER_ROWS = 60
"""A side sheet's header is among so many rows."""


def _table(path: Path, place: Place) -> Table:
    """The accounts of the workbook: on the sheet of the batch's name, else where they are found."""
    try:
        return open_table(path, sheet_name(place.sheet or ""))
    except Invalid as error:
        if error.code != "sheet.absent":
            raise
        return open_table(path)


def _numbered(names: Sequence[Any]) -> bool:
    """Whether a header has the column of row numbers: first in a rebuilt sheet, last in the user's own."""
    said = [_last_line(str(name)) for name in names if name]
    return said[-ADDED:] == [MEND_COLUMN, ROW_COLUMN] or said[:1] == [ROW_COLUMN]


def _number_column(header: Sequence[str]) -> int:
    """Where the row numbers stand: first in a rebuilt sheet, last in the user's own."""
    names = [_last_line(name) for name in header]
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


def _check_place(names: Sequence[str], place: int, header: str) -> None:
    """Each column that is read must stand where it stood, else cells would be read as something else."""
    there = names[place] if place < len(names) else ""
    if fold(_last_line(there)).full != fold(_last_line(header)).full:
        raise Invalid(
            "mending.layout",
            Text(
                f"{column_letters(place)} 列应为「{_last_line(header)}」，现在是「{there or '空'}」。"
                "请不要移动、增删列，重新下载错误工作簿后修正。",
                f"Column {column_letters(place)} should be {_last_line(header)!r} and is {there!r}. Do not "
                "move, add or delete columns: download the error workbook again and mend that.",
            ),
        )


def _number(cell: Any) -> int | None:
    try:
        number = int(float(cell)) if cell not in ("", None) and not isinstance(cell, bool) else None
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number is None or number > 0 else None
