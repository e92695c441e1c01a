"""From an opened file to the table in it: which sheet, where the header stands, what its columns seem to be."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import Header, Suggestion, find_header, suggest
from reviewdesk.intake.hidden import BY_DEFAULT, Hidden
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.normalise import Chunk, Normaliser
from reviewdesk.intake.numbering import Among, number_of
from reviewdesk.intake.proposing import SAMPLE_ROWS, plain_mapping
from reviewdesk.intake.reading import Rows, Sheet, Source, open_source
from reviewdesk.intake.side_sheets import SideSheets, named_kind, read_side_sheets

ENOUGH_MATCHES = 6
"""A sheet whose header has so many known columns is taken for the accounts without looking at the sheets after it."""

CHUNK_ROWS = 2_500
"""So many rows and their values fit a processor's cache; more at a time are slower."""


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
        last = len(self.sheet.rows)
        return tuple(row + 1 for row in self.sheet.hidden_rows if self.header.first_data <= row < last)

    @property
    def hidden_sheets(self) -> tuple[str, ...]:
        """The sheets that a person does not see, but for that of the accounts."""
        return tuple(name for name in self.source.sheet_names if name not in (*self.sheets, self.sheet.name))

    def suggested_mapping(self) -> Mapping:
        """What holds without a person's word."""
        return plain_mapping(self.suggestions, self.header, self.data[:SAMPLE_ROWS])

    def side_sheets(self, hidden: Hidden) -> SideSheets:
        """The repayments, demands, evidence and schedules that stand on the other sheets."""
        return read_side_sheets(self.names_beside(hidden), self.source.sheet)

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
        """
        normaliser = Normaliser(mapping, self.rows_left_out(hidden, part), among, keys)
        data = self.data
        for start in range(0, len(data), CHUNK_ROWS):
            rows = data[start : start + CHUNK_ROWS]
            yield normaliser.chunk(rows, number_of(part, self.first_row + start))
            if report:
                report(start + len(rows))


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
    _fill_merged(sheet, header, suggestions)
    return Table(sheet, header, suggestions, tuple(source.visible_names or source.sheet_names), source)


def _fill_merged(sheet: Sheet, header: Header, suggestions: Sequence[Suggestion]) -> None:
    """Give every row what a cell merged over several rows says of them all.

    Amounts are left alone: one amount over two loans is no amount of either.
    """
    amounts = {one.column for one in suggestions if one.field and field_named(one.field).kind == "money"}
    for (top, left), (bottom, right) in sheet.merges:
        if top >= header.first_data and top != bottom and left == right and left not in amounts:
            sheet.rows.fill(top, bottom, left)


def _no_header(source: Source) -> Invalid:
    if all(not source.sheet(name).rows for name in source.visible_names):
        return Invalid("file.empty", Text("工作表是空的。", "The sheet is empty."))
    return Invalid(
        "header.not_found",
        Text(
            "找不到表头：前 40 行里没有一行写着借据号、姓名、身份证号这样的列名。",
            "No header was found: none of the first 40 rows names columns such as 借据号, 姓名 or 身份证号.",
        ),
    )
