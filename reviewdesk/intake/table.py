"""From an opened file to the table in it: which sheet, where the header stands, what its columns seem to be."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import Header, Suggestion, find_header, suggest
from reviewdesk.intake.hidden import BY_DEFAULT, Hidden
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.normalise import Chunk, Normaliser
from reviewdesk.intake.numbering import Among, number_of
from reviewdesk.intake.proposing import plain_mapping
from reviewdesk.intake.questions import SAMPLE_ROWS
from reviewdesk.intake.reading import Columns, Rows, Sheet, Source, open_source
from reviewdesk.intake.side_sheets import NOTHING_SAID, Said, SideSheets, named_kind, read_side_sheets

ENOUGH_MATCHES = 6
"""A sheet whose header has so many known columns is taken for the accounts without looking at the sheets after it."""


SLICE_ROWS = 5_000
"""So many rows are handed on at a time, or fewer, as they were read."""


@dataclass(frozen=True, slots=True)
class Table:
    """The accounts of a file; `sheets` are the names of all sheets that a person sees in it."""

    sheet: Sheet
    header: Header
    suggestions: tuple[Suggestion, ...]
    sheets: tuple[str, ...]
    source: Source

    @property
    def data(self) -> Rows:
        """The rows below the header."""
        return self.sheet.rows[self.header.first_data :]

    @property
    def first_row(self) -> int:
        """Excel's number of the first row below the header."""
        return self.header.first_data + 1

    @property
    def hidden_columns(self) -> tuple[int, ...]:
        """The table's hidden columns, from 0."""
        return tuple(column for column in self.sheet.hidden_columns if column < len(self.header.names))

    @property
    def hidden_rows(self) -> tuple[int, ...]:
        """Excel's numbers of the hidden rows below the header."""
        last = self.header.first_data + self.counted_rows
        return tuple(row + 1 for row in self.sheet.hidden_rows if self.header.first_data <= row < last)

    @property
    def hidden_sheets(self) -> tuple[str, ...]:
        """The sheets that a person does not see, but for that of the accounts."""
        return tuple(name for name in self.source.sheet_names if name not in (*self.sheets, self.sheet.name))

    def suggested_mapping(self) -> Mapping:
        """What holds without a person's word."""
        plain = plain_mapping(self.suggestions, self.header, self.data[:SAMPLE_ROWS])
        return replace(plain, since_1904=self.sheet.since_1904)

    def side_sheets(self, hidden: Hidden, said: Said = NOTHING_SAID) -> SideSheets:
        """The repayments, demands, evidence and schedules that stand on the other sheets."""
        return read_side_sheets(self.names_beside(hidden), self.source.sheet, replace(said, hidden=hidden))

    def names_beside(self, hidden: Hidden) -> list[str]:
        """The other sheets, hidden ones where these are taken."""
        names = [*self.sheets, *(self.hidden_sheets if hidden.sheets == "take" else ())]
        return [name for name in names if name != self.sheet.name]

    def rows_left_out(self, hidden: Hidden, part: int = 0) -> frozenset[int]:
        """The rows that are left out because they are hidden, by their numbers in the batch."""
        return frozenset(number_of(part, row) for row in self.hidden_rows) if hidden.rows == "leave" else frozenset()

    def columns_left_out(self, hidden: Hidden) -> frozenset[int]:
        """The columns, from 0, that are left out because they are hidden."""
        return frozenset(self.hidden_columns if hidden.columns == "leave" else ())

    @property
    def rough_rows(self) -> int:
        """Rows below the header, without the empty ones that only formatting left at the end; of a long sheet, which is
        read later, about as many as that."""
        if self.sheet.rough_rows is not None:
            return max(self.sheet.rough_rows - self.header.first_data, 0)
        return self.counted_rows

    @property
    def counted_rows(self) -> int:
        """`rough_rows` counted: a long sheet is looked through for it."""
        if self.sheet.rough_rows is not None:
            return max((self.sheet.last_row or self.sheet.rough_rows) - self.header.first_data, 0)
        data = self.data
        count = len(data)
        while count and is_empty(data[count - 1]):
            count -= 1
        return count

    def blocks(self) -> Iterator[tuple[int, Rows]]:
        """The rows below the header, some thousands at a time, each time with Excel's number of the first; without
        empty ones at the end. Those of a long sheet are handed on as they are read, and are not kept.

        Raises:
            ReadAgain: at the end it came out that cells are merged over rows that were handed on.
            Invalid: the file cannot be read on.
        """
        empty = 0
        for first, rows in self.sheet.rows.on(self.header.first_data):
            count = len(rows)
            while count and is_empty(rows[count - 1]):
                count -= 1
            if count and empty:
                yield first + 1 - empty, Columns([[""] * empty])
            for start in range(0, count, SLICE_ROWS):
                yield first + 1 + start, rows[start : min(start + SLICE_ROWS, count)]
            empty = len(rows) - count + (0 if count else empty)
        if not self.sheet.rows.are_kept and any(_merged_over_rows(self)):
            raise ReadAgain

    def fill_merged(self) -> None:
        """Give every row what a cell merged over several rows says of them all; a long sheet is kept for it.

        Amounts are left alone: one amount over two loans is no amount of either.
        """
        for top, bottom, column in _merged_over_rows(self):
            self.sheet.rows.fill(top, bottom, column)

    def chunks(
        self,
        mapping: Mapping,
        report: Callable[[int], None] | None = None,
        hidden: Hidden = BY_DEFAULT,
        part: int = 0,
        among: Among | None = None,
        keys: Keys = UNTOLD,
    ) -> Iterator[Chunk]:
        """Normalise the data rows, some thousands at a time; `report` is told how many are done.

        `part` is the file's place among those of one batch, which share `among`. `keys` make the numbers of
        accounts that have none.

        Raises:
            ReadAgain, Invalid: as for `blocks`.
        """
        normaliser = Normaliser(mapping, self.rows_left_out(hidden, part), among, keys)
        done = 0
        for first, rows in self.blocks():
            yield normaliser.chunk(rows, number_of(part, first))
            done += len(rows)
            if report:
                report(done)


class ReadAgain(Exception):
    """Rows that were handed on lack what merged cells say of them. After `Table.fill_merged`, they have it."""


def is_empty(row: Sequence[Any]) -> bool:
    """Whether nothing at all stands in a row."""
    return all(cell in ("", None) for cell in row)


def _merged_over_rows(table: Table) -> Iterator[tuple[int, int, int]]:
    """First row, last row and column of cells that speak for several accounts."""
    amounts = {one.column for one in table.suggestions if one.field and field_named(one.field).kind == "money"}
    for (top, left), (bottom, right) in table.sheet.merges:
        if top >= table.header.first_data and top != bottom and left == right and left not in amounts:
            yield top, bottom, left


def open_table(path: Path, sheet: str | None = None, also: Set[str] = frozenset()) -> Table:
    """Find the accounts: on the named sheet, else on the first visible sheet whose header is understood best.

    `also` holds folded headers that a written mapping names.

    Raises:
        Invalid: the file or sheet cannot be read, or no row of it looks like a header.
    """
    return table_in(open_source(path), sheet, also)


def table_in(source: Source, sheet: str | None = None, also: Set[str] = frozenset()) -> Table:
    """Find the accounts of an opened file; see `open_table`."""
    if sheet is not None:
        return _named_table(source, sheet, also)
    best: Table | None = None
    names = source.visible_names or source.sheet_names
    for name in sorted(names, key=lambda name: named_kind(name) is not None):
        found = _table_of(source, name, also)
        if found and (best is None or found.header.matches > best.header.matches):
            best = found
        if best and best.header.matches >= ENOUGH_MATCHES:
            break
    if best is None:
        raise _no_header(source)
    return best


def _named_table(source: Source, name: str, also: Set[str]) -> Table:
    if source.is_text:
        name = source.sheet_names[0]
    found = _table_of(source, name, also)
    if found is None:
        raise _no_header(source)
    return found


def _table_of(source: Source, name: str, also: Set[str]) -> Table | None:
    sheet = source.sheet(name)
    header = find_header(sheet.rows, also)
    if header is None:
        return None
    suggestions = tuple(suggest(header.names))
    table = Table(sheet, header, suggestions, tuple(source.visible_names or source.sheet_names), source)
    if sheet.rough_rows is None:
        table.fill_merged()
    return table


def _no_header(source: Source) -> Invalid:
    if all(not source.sheet(name).rows[:1] for name in source.visible_names):
        return Invalid(
            "file.empty", Text("工作表都是空的。请确认文件后重新上传。", "The sheets are empty. Upload the right file.")
        )
    return Invalid(
        "header.not_found",
        Text(
            "找不到表头：前 40 行里没有一行写着借据号、姓名、身份证号这样的列名。"
            "请写上列名，或换成正确的文件后重新上传。",
            "No header was found: none of the first 40 rows names columns such as 借据号, 姓名 or 身份证号. "
            "Name the columns, or upload the right file.",
        ),
    )
