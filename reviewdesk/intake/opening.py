"""What a batch is loaded from and read again from: one table, or those of an archive one after the other."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewdesk.intake.bundle import Bundle, add_beside, no_accounts
from reviewdesk.intake.hidden import read_hidden
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.numbering import part_of
from reviewdesk.intake.parts import Part, parts_of
from reviewdesk.intake.reading import Sheet, open_source
from reviewdesk.intake.side_sheets import NOTHING_SAID, Said, SideSheets
from reviewdesk.intake.table import Table, open_table

OpenSheet = Callable[[str], Sheet]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a batch is loaded from: its tables one after the other, and what stands beside the accounts.

    `sheet` opens any sheet by the name that people see, `rows` is about how many rows the tables have in all, `names`
    are the files' names where there are several. `fills` has the rows below merged cells filled before they are read.
    """

    open_tables: Callable[[], Iterator[tuple[int, Table]]]
    sheet: OpenSheet
    side: SideSheets
    rows: int
    names: Sequence[str] = ()
    fills: bool = False

    def tables(self) -> Iterator[tuple[int, Table]]:
        """The tables, each with its file's place in the archive; one is given up when the next is asked for."""
        for number, table in self.open_tables():
            if self.fills:
                table.fill_merged()
            yield number, table


def open_batch(path: Path, batch: Batch) -> Opened:
    """Open what a batch is loaded from.

    Raises:
        Invalid: a file cannot be read.
    """
    parts = parts_of(batch)
    return _opened_archive(path, batch, parts) if parts else opened_table(open_table(path, batch.sheet), batch)


def opened_table(table: Table, batch: Batch) -> Opened:
    """A single table as what a batch is loaded from."""
    side = table.side_sheets(read_hidden(batch.hidden), _said(batch.mapping))
    return Opened(lambda: iter([(0, table)]), table.source.sheet, side, table.rough_rows)


def _said(mapping: MappingType[str, Any] | None) -> Said:
    """What a person said of the sheets beside the accounts."""
    return Said.by(Mapping.from_json(mapping)) if mapping else NOTHING_SAID


def _opened_archive(path: Path, batch: Batch, parts: Sequence[Part]) -> Opened:
    bundle = Bundle(path)
    found, hidden = SideSheets(), read_hidden(batch.hidden)
    of_accounts = next((part.mapping for part in parts if part.mapping), None)
    for file in bundle.files({number: part.sheet for number, part in enumerate(parts)}):
        add_beside(found, file, hidden, _said(parts[file.number].mapping or of_accounts))
        file.source.close()
    found.finish()

    def tables() -> Iterator[tuple[int, Table]]:
        for number, part in enumerate(parts):
            file = bundle.file(number, part.sheet) if part.sheet is not None else None
            if file is not None and file.table is not None:
                yield number, file.table
                file.source.close()

    return Opened(tables, bundle.sheet, found, sum(part.rows for part in parts), bundle.names)


def table_of(path: Path, sheet: str | None, parts: Sequence[Part], number: int) -> Table:
    """The table that holds the row of this number.

    Raises:
        Invalid: the file cannot be read any more.
    """
    if not parts:
        return open_table(path, sheet)
    part = parts[part_of(number)]
    file = Bundle(path).file(part_of(number), part.sheet)
    if file is None or file.table is None:
        raise no_accounts([part.name])
    return file.table


def sheets_of(path: Path, parts: Sequence[Part]) -> OpenSheet:
    """What opens any sheet of a batch's file by the name that people see."""
    return Bundle(path).sheet if parts else open_source(path).sheet
