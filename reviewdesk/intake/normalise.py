"""Rows of cells become rows of facts; every row is accounted for.

A row is *set aside* when it is no account (blank, a total, a note, the header again) or hidden and left out, *rejected*
when a cell cannot be read, something required is absent, or its account number stood in an earlier row; all others are
*read*.

Work goes by columns: cells that look alike are read once (memo), clean amounts and plain texts take a short way, and
only odd cells reach the exact readers of `values`. The short ways give what the exact readers give; tests hold them to
it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress, zip_longest
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.clean_cells import clean_mobiles, clean_money, plain_cells
from reviewdesk.intake.extras import EXTRA, PERSONAL_EXTRA, Keeper, extras_of
from reviewdesk.intake.fields import REQUIRED, Field, field_named
from reviewdesk.intake.headers import MONEY_UNITS
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.mapping import BY_ROW, Mapping, Rule
from reviewdesk.intake.numbering import Among, part_of, row_of
from reviewdesk.intake.reading.packing import Columns
from reviewdesk.intake.row_errors import RowError, cell_error, row_error
from reviewdesk.intake.row_kinds import RowKinds
from reviewdesk.intake.shared_fields import joined
from reviewdesk.intake.splitting import named, part_reader
from reviewdesk.intake.values import PLAIN, Bad, Reader, Value, read_date, reader_of

MEMO_LIMIT = 200_000
"""Distinct cells that a column remembers before it starts afresh."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that is no account. `reason`: blank, total, note, header, hidden."""

    row: int
    reason: str


@dataclass(slots=True)
class Chunk:
    """What came of some rows.

    `columns` holds one value a data row for each mapped field, in the order of `rows` (Excel's row numbers); `errors`
    is keyed by the position in `rows`.
    """

    rows: list[int]
    columns: dict[str, list[Value]]
    errors: dict[int, list[RowError]]
    set_aside: list[SetAside]

    def records(self) -> Iterator[tuple[int, dict[str, Value], list[RowError]]]:
        """Each data row with its facts (absent ones left out) and its errors."""
        names = tuple(self.columns)
        for place, values in enumerate(zip(*self.columns.values(), strict=True)):
            facts = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            yield self.rows[place], facts, self.errors.get(place, [])


class _Memo(dict[Any, Any]):
    """What each distinct cell says, read when first asked for; `_BAD` stands for a cell that cannot be read."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read
        self.bad = False

    def __missing__(self, cell: Any) -> Any:
        try:
            value: Any = self._read(cell)
        except Bad:
            value = _BAD
            self.bad = True
        self[cell] = value
        return value


@dataclass(slots=True)
class _Column:
    """`plain`: its cells may take the short ways; cells that are taken apart or may not be read bare take none."""

    rule: Rule
    known: Field
    read: Reader
    memo: _Memo
    plain: bool
    siblings: tuple[Field, ...]

    @property
    def unit(self) -> str:
        return self.rule.unit or ("元" if self.known.kind == "money" else "")

    def error(self, row: int, cell: Any, bad: Bad) -> RowError:
        """What is wrong with a cell of it."""
        return cell_error(self.rule, self.known, self.unit, self.siblings, row, cell, bad)


class Normaliser:
    """Reads a sheet's rows under one mapping, chunk after chunk; it remembers the account numbers it has seen."""

    def __init__(
        self,
        mapping: Mapping,
        left_out: frozenset[int] = frozenset(),
        among: Among | None = None,
        keys: Keys = UNTOLD,
    ) -> None:
        """Prepare the columns. Rows `left_out`, by their numbers, are set aside as hidden.

        Normalisers of several files of one batch are given the same `among`. `keys` make the numbers of accounts that
        have none.

        Raises:
            Invalid: `mapping.constant`, when a value given for the whole batch cannot be read.
        """
        self.mapping = mapping
        self._left_out = left_out
        self._keys = keys
        days = _Memo(partial(read_date, since_1904=mapping.since_1904))
        self._columns = [self._column(rule, days, mapping.day_count) for rule in mapping.filled()]
        self._other_years = self._read_with_other_years()
        self._extras = extras_of(mapping)
        self._keeper = Keeper(self._extras)
        self._constants = {name: _constant(name, value) for name, value in mapping.constants.items()}
        self._among = among or Among()
        self._row_kinds = RowKinds(mapping)

    def _column(self, rule: Rule, days: _Memo, day_count: int) -> _Column:
        """A column with its reader; columns of dates share what they remember, for they hold the same days."""
        known = field_named(rule.field or "")
        read = reader_of(known, rule.unit, rule.period, day_count, rule.reading, self.mapping.since_1904)
        siblings = tuple(field_named(one.field) for one in rule.parts if one.field)
        if rule.part is not None and rule.split is not None:
            names = [field_named(one.field).label if one.field else Text("其他", "other") for one in rule.parts]
            read = part_reader(read, rule.split, rule.part, names)
        plain = rule.part is None and rule.reading is None
        return _Column(rule, known, read, days if plain and known.kind == "date" else _Memo(read), plain, siblings)

    def _read_with_other_years(self) -> dict[str, list[_Column]]:
        """The columns of rates as they are read with the year that a contract states, by what it states.

        Nothing where the sheet states no contract's year, and of years that are read as the sheet's own.
        """
        places = [place for place, column in enumerate(self._columns) if column.known.kind == "rate"]
        if not places or (DAY_COUNT not in self.mapping.constants and self.mapping.rule_of(DAY_COUNT) is None):
            return {}
        own = self.mapping.day_count
        return {
            stated: [self._column(self._columns[place].rule, _Memo(read_date), days) for place in places]
            for stated, days in _YEARS.items()
            if days != own
        }

    def chunk(self, rows: Sequence[Sequence[Any]], first_row: int) -> Chunk:
        """Read rows of which the first has the number `first_row` in the batch."""
        kinds = self._row_kinds.of(rows)
        if self._left_out:
            kinds = ["hidden" if first_row + place in self._left_out else kind for place, kind in enumerate(kinds)]
        set_aside = [SetAside(first_row + place, kind) for place, kind in enumerate(kinds) if kind]
        if set_aside:
            numbers = [first_row + place for place, kind in enumerate(kinds) if not kind]
            rows = _chosen(rows, [not kind for kind in kinds])
        else:
            numbers = list(range(first_row, first_row + len(rows)))
        chunk = Chunk(numbers, {}, {}, set_aside)
        cells = _by_column(rows)
        nothing = ("",) * len(rows)
        for column in self._columns:
            place, name = column.rule.column, column.known.name
            values = self._read(column, cells[place] if place < len(cells) else nothing, chunk)
            first = chunk.columns.get(name)
            chunk.columns[name] = values if first is None else joined(column.known.kind, first, values)
        self._fill_constants(chunk, len(rows))
        if self._other_years:
            self._read_by_own_year(chunk, cells)
        self._make_numbers(chunk)
        self._keep_extras(chunk, cells)
        self._require(chunk)
        self._refuse_duplicates(chunk)
        return chunk

    # --- columns -----------------------------------------------------------------------------------------------------

    def _read(self, column: _Column, cells: Sequence[Any], chunk: Chunk) -> list[Value]:
        clean = clean_money(cells, MONEY_UNITS[column.unit]) if column.plain and column.known.kind == "money" else None
        if clean is not None:
            return self._with_odd(column, cells, chunk, *clean)
        cells = list(cells)
        types = set(map(type, cells))
        kind = column.known.kind
        if not column.plain or kind not in PLAIN or str not in types:
            return self._read_with_memo(column, cells, chunk, exact=bool in types)
        values, odd = plain_cells(cells, PLAIN[kind].fullmatch, texts_only=len(types) == 1)
        if kind == "mobile" and odd:
            odd = clean_mobiles(cells, values, odd)
        return self._with_odd(column, cells, chunk, values, odd)

    def _with_odd(
        self, column: _Column, cells: Sequence[Any], chunk: Chunk, values: list[Value], odd: Sequence[int]
    ) -> list[Value]:
        """The values, with what the exact reader says of the cells at the places `odd`."""
        if odd:
            told = [cells[place] for place in odd]
            read = self._read_with_memo(column, told, chunk, odd, exact=any(type(cell) is bool for cell in told))
            for place, value in zip(odd, read, strict=True):
                values[place] = value
        return values

    def _read_with_memo(
        self, column: _Column, cells: Sequence[Any], chunk: Chunk, places: Sequence[int] | None = None, *, exact: bool
    ) -> list[Value]:
        """Read each distinct cell once. TRUE equals 1 in Python, so a column with truth values goes without memo.

        `places` says where in the chunk the cells stand, if they are not all of a column.
        """
        places = places or range(len(cells))
        if exact:
            return [self._read_one(column, cell, place, chunk) for place, cell in zip(places, cells, strict=True)]
        memo = column.memo
        if len(memo) > MEMO_LIMIT:
            memo.clear()
        values: list[Value] = list(map(memo.__getitem__, cells))
        if memo.bad and _BAD in values:
            for index, value in enumerate(values):
                if value is _BAD:
                    values[index] = self._read_one(column, cells[index], places[index], chunk)
        return values

    def _read_one(self, column: _Column, cell: Any, place: int, chunk: Chunk) -> Value:
        try:
            return column.read(cell)
        except Bad as bad:
            chunk.errors.setdefault(place, []).append(column.error(chunk.rows[place], cell, bad))
            return None

    def _fill_constants(self, chunk: Chunk, count: int) -> None:
        for name, value in self._constants.items():
            given = chunk.columns.get(name)
            if given is None:
                chunk.columns[name] = [value] * count
            else:
                chunk.columns[name] = [value if one is None else one for one in given]

    def _read_by_own_year(self, chunk: Chunk, cells: Sequence[Sequence[Any]]) -> None:
        """Read rates of a day with the year of the row's own contract; those of a month or a year stay as they are."""
        stated = chunk.columns.get(DAY_COUNT, ())
        for year, columns in self._other_years.items():
            places = [place for place, value in enumerate(stated) if value == year]
            for column in columns:
                values, at = chunk.columns[column.known.name], column.rule.column
                told = [place for place in places if values[place] is not None and at < len(cells)]
                read = self._read_with_memo(column, [cells[at][place] for place in told], chunk, told, exact=False)
                for place, value in zip(told, read, strict=True):
                    values[place] = value

    def _make_numbers(self, chunk: Chunk) -> None:
        """Give the accounts of a sheet without numbers the ones that the mapping makes for them."""
        key = self.mapping.key
        if not key:
            return
        if key == (BY_ROW,):
            chunk.columns["account_no"] = [self._keys.of_row(row) for row in chunk.rows]
            return
        nothing: list[Value] = [None] * len(chunk.rows)
        facts = list(zip(*(chunk.columns.get(name, nothing) for name in key), strict=True))
        chunk.columns["account_no"] = [None if None in one else self._keys.of_facts(one) for one in facts]
        for place, one in enumerate(facts):
            lacking = [name for name, value in zip(key, one, strict=True) if value is None]
            if lacking and not _has_error(chunk, place, lacking):
                told = named([field_named(name).label for name in lacking])
                error = row_error(chunk.rows[place], None, "account_no", "account.underivable", None, **told)
                chunk.errors.setdefault(place, []).append(error)

    def _keep_extras(self, chunk: Chunk, cells: Sequence[Sequence[Any]]) -> None:
        """Keep what stands in columns that no field takes: a fact of its own, and what is personal among the sealed."""
        if not self._extras:
            return
        opened, personal = self._keeper.keep(cells, len(chunk.rows))
        chunk.columns[EXTRA] = opened
        given = chunk.columns.get(PERSONAL_EXTRA)
        chunk.columns[PERSONAL_EXTRA] = (
            personal
            if given is None
            else ["；".join(str(part) for part in pair if part) or None for pair in zip(given, personal, strict=True)]
        )

    # --- what a row must have ----------------------------------------------------------------------------------------

    def _require(self, chunk: Chunk) -> None:
        """Reject a row whose cell for a required field is blank.

        Only the account number must have a column. A sheet without a column for another required field loads all the
        same: the audit says of each of its cases that the fact is missing.
        """
        nothing: list[Value] = [None] * len(chunk.rows)
        for name in REQUIRED:
            if (name not in chunk.columns and name != "account_no") or (name == "account_no" and self.mapping.key):
                continue
            values = chunk.columns.get(name, nothing)
            if None not in values:
                continue
            for place in [place for place, value in enumerate(values) if value is None]:
                if not _has_error(chunk, place, (name,)):
                    self._miss(chunk, place, name, "required.missing")

    def _miss(self, chunk: Chunk, place: int, name: str, code: str) -> None:
        rule = self.mapping.rule_of(name)
        chunk.errors.setdefault(place, []).append(row_error(chunk.rows[place], rule, name, code, None))

    def _refuse_duplicates(self, chunk: Chunk) -> None:
        """Reject a row whose account a good row before it has; a rejected row does not stand in a later one's way."""
        seen = self._among.seen
        for place, account in enumerate(chunk.columns.get("account_no", ())):
            if account is None:
                continue
            row, first = chunk.rows[place], seen.get(str(account))
            if first is None and place not in chunk.errors:
                seen[str(account)] = row
            elif first is not None:
                rule = self.mapping.rule_of("account_no")
                said = {"first_row": row_of(first), **self._where(row, first)}
                error = row_error(row, rule, "account_no", "account.duplicate", str(account), **said)
                chunk.errors.setdefault(place, []).append(error)

    def _where(self, row: int, first: int) -> dict[str, str]:
        """Which other file the first of two rows is in."""
        if part_of(first) == part_of(row):
            return {"where": "", "where_en": ""}
        name = self._among.name_of(first)
        return {"where": f"「{name}」", "where_en": f" of {name}"}


DAY_COUNT = "day_count"
"""The field that says by what year a contract counts days."""

_YEARS = {"360": 360, "365": 365, "actual": 365}
"""What a day's share of a year is for each thing that it may say."""


class _Unread:
    """Stands in a memo for a cell that cannot be read."""


_BAD: Any = _Unread()


def _chosen(rows: Sequence[Sequence[Any]], wanted: Sequence[bool]) -> Sequence[Sequence[Any]]:
    return rows.chosen(wanted) if isinstance(rows, Columns) else list(compress(rows, wanted))


def _by_column(rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """The cells of each column; rows of a text table may be short."""
    if isinstance(rows, Columns):
        return rows.columns
    if len(set(map(len, rows))) == 1:
        return list(zip(*rows, strict=True))
    return list(zip_longest(*rows, fillvalue=""))


def _has_error(chunk: Chunk, place: int, names: Sequence[str]) -> bool:
    return any(error.field in names for error in chunk.errors.get(place, ()))


def _constant(name: str, value: str) -> Value:
    try:
        return reader_of(field_named(name))(value)
    except Bad as bad:
        label = field_named(name).label
        raise Invalid(
            "mapping.constant",
            Text(
                f"整批填写的{label.zh}「{value}」无法识别。",
                f"{value!r}, given as {label.en.lower()} for all rows, cannot be read.",
            ),
            field=name,
            reason=bad.code,
        ) from bad
