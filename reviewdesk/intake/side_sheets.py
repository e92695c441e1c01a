"""Sheets beside the accounts become records of the accounts they speak of; pure.

A sheet is recognised by its name and header, its rows are read cell by cell as the accounts' are, and every row either
becomes a record of its account, is set aside (blank, a total, a note), or is told of as an error. Nothing is guessed.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache, partial
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import MONEY_UNITS, Header, find_header, fold, fold_lines, suggest
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import SideRule, column_letters
from reviewdesk.intake.messages import said
from reviewdesk.intake.normalise import RowError, is_blank, is_label
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.side_fields import (
    CHANNELS,
    DEMANDS,
    EVIDENCE,
    LABELS,
    OUTCOMES,
    PAPERS,
    SIDE_SHEET_KINDS,
    STATES,
    Reading,
    SideField,
    SideKind,
    SideSheetKind,
    Words,
)
from reviewdesk.intake.values import (
    Bad,
    clean,
    read_account,
    read_count,
    read_date,
    read_money,
    read_text,
    read_yes_no,
    shown,
)
from reviewdesk.money import yuan

Record = dict[str, Any]

MONEY_PARTS = ("amount", "principal", "interest", "penalty", "fees")
ERRORS_KEPT = 20_000
"""So many errors of side sheets are kept in full; a broken sheet of a million rows says the same over and over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideError(RowError):
    """One thing wrong with a row of a side sheet. `account` is whose row it is."""

    sheet: str
    account: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the check command and the API give it."""
        return {"sheet": self.sheet, "row": self.row} | RowError.as_json(self)


@dataclass(slots=True)
class SideSheetRead:
    """What came of one side sheet: rows that became records, were refused, or were set aside."""

    name: str
    kind: SideKind
    read: int = 0
    refused: int = 0
    set_aside: int = 0


@dataclass(slots=True)
class SideSheets:
    """All side sheets of a workbook, by kind and account number."""

    sheets: list[SideSheetRead] = field(default_factory=list)
    layouts: dict[str, "Layout"] = field(default_factory=dict)
    errors: list[SideError] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    rows: dict[SideKind, dict[str, list[Record]]] = field(default_factory=dict)
    _broken: dict[SideKind, set[str]] = field(default_factory=dict)
    _places: dict[tuple[SideKind, str], tuple[str, int]] = field(default_factory=dict)

    def of(self, kind: SideKind, account: str) -> list[Record] | None:
        """The records of an account, by date; None where nothing can be said of it."""
        if kind not in self.rows or account in self._broken.get(kind, ()):
            return None
        return self.rows[kind].get(account, [])

    def facts_of(self, account: str) -> dict[str, Any]:
        """What the facts of an account hold of the side sheets."""
        found = {kind: self.of(kind, account) for kind in self.rows}
        return {kind: records for kind, records in found.items() if records is not None}

    def columns(self, accounts: Sequence[Any]) -> dict[str, list[Any]]:
        """`facts_of` for many accounts, by kind."""
        return {
            kind: [None if account is None else self.of(kind, str(account)) for account in accounts]
            for kind in self.rows
        }

    def strays(self, accounts: Container[str]) -> list[SideError]:
        """One error for each account that a side sheet names and the account sheet does not have."""
        found = []
        for kind, by_account in self.rows.items():
            for account, records in by_account.items():
                if account not in accounts:
                    sheet, row = self._places[kind, account]
                    words = said("side.account_absent", {"count": len(records)}, field_named("account_no").label, "")
                    found.append(
                        SideError(
                            row,
                            None,
                            None,
                            "account_no",
                            "side.account_absent",
                            account,
                            *words,
                            sheet=sheet,
                            account=account,
                        )
                    )
        return found

    def of_whole_sheets(self) -> list[SideError]:
        """The errors of sheets that were not read at all."""
        return [error for error in self.errors if error.sheet not in self.layouts]

    def errors_by_account(self) -> dict[str, list[SideError]]:
        """The errors of rows whose account could be read, by account."""
        found: dict[str, list[SideError]] = {}
        for error in self.errors:
            if error.account is not None:
                found.setdefault(error.account, []).append(error)
        return found

    def refuse(self, error: SideError, kind: SideKind, *, whole: bool) -> None:
        """Keep an error; an account whose list must be whole has none from here on."""
        self.codes[error.code] += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(error)
        if whole and error.account is not None:
            self._broken.setdefault(kind, set()).add(error.account)

    def add(self, kind: SideKind, account: str, record: Record, sheet: str) -> None:
        """Keep a record of an account."""
        self.rows[kind].setdefault(account, []).append(record)
        self._places.setdefault((kind, account), (sheet, record["row"]))

    def finish(self) -> None:
        """Put every account's records in the order of their dates; number instalments where the sheet does not."""
        for kind, by_account in self.rows.items():
            for records in by_account.values():
                records.sort(key=_ORDERS[kind])
                if kind == "schedule":
                    _number(records)


def _number(records: list[Record]) -> None:
    if any("term" not in record for record in records):
        for place, record in enumerate(records, start=1):
            record["term"] = place


_ORDERS: dict[SideKind, Callable[[Record], Any]] = {
    "repayments": lambda record: (record["paid_on"], record["row"]),
    "demands": lambda record: (record["on"], record.get("at", ""), record["row"]),
    "evidence": lambda record: (record.get("issued_on", ""), record["row"]),
    "schedule": lambda record: (record["due_on"], record["row"]),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of the sheets beside the accounts; `account` is the header of the accounts' own numbers."""

    rules: Sequence[SideRule] = ()
    account: str = ""

    @classmethod
    def by(cls, mapping: ColumnMapping) -> "Said":
        """What the accounts' mapping says."""
        own = mapping.rule_of("account_no")
        return cls(mapping.sides, own.header if own else "")

    def of(self, sheet: str) -> SideRule | None:
        """What was said of a sheet; its name may hold another month than when it was said."""
        for name in (lambda text: text, _without_digits):
            for rule in self.rules:
                if name(rule.sheet) == name(sheet):
                    return rule
        return None


def _without_digits(name: str) -> str:
    return re.sub(r"[\d〇零一二三四五六七八九十]+", "", fold(name).base)


NOTHING_SAID = Said()


def read_side_sheets(names: Iterable[str], open_sheet: Callable[[str], Sheet], said: Said = NOTHING_SAID) -> SideSheets:
    """Read all side sheets among those named; others are passed over."""
    found = SideSheets()
    add_side_sheets(found, names, open_sheet, said=said)
    found.finish()
    return found


def add_side_sheets(
    found: SideSheets,
    names: Iterable[str],
    open_sheet: Callable[[str], Sheet],
    file: str = "",
    said: Said = NOTHING_SAID,
) -> None:
    """Add the side sheets among those named; `file` is what people call the file that they are in, one of several.

    A sheet that cannot be opened is an error where its name says that it belongs to the accounts.
    """
    for name in names:
        place = f"{file} › {name}" if file else name
        try:
            sheet = open_sheet(name)
        except Invalid as error:
            if named_kind(name) is not None:
                found.refuse(_unopened(place, error), "evidence", whole=False)
            continue
        layout = recognise(sheet, said)
        if isinstance(layout, SideError):
            found.refuse(replace(layout, sheet=place), "evidence", whole=False)
        elif layout is not None:
            found.layouts[place] = layout
            _Reader(found, sheet, layout, place).run()


def read_by_layouts(layouts: Mapping[str, "Layout"], open_sheet: Callable[[str], Sheet]) -> SideSheets:
    """Read side sheets of known layouts."""
    found = SideSheets()
    for name, layout in layouts.items():
        found.layouts[name] = layout
        _Reader(found, open_sheet(name), layout, name).run()
    found.finish()
    return found


def rows_below(sheet: Sheet, layout: "Layout") -> Iterator[tuple[int, Sequence[Any], Any]]:
    """Every row below the header: its place from 0, its cells, and its account's cell, also one merged over it."""
    merged = dict(_merged_down(sheet, layout))
    for index in range(layout.header.first_data, len(sheet.rows)):
        row = sheet.rows[index]
        cell = row[layout.account] if layout.account < len(row) else ""
        yield index, row, merged[index] if index in merged and is_blank(cell) else cell


def _unopened(name: str, error: Invalid) -> SideError:
    mend = Text("修正该表后重新上传", "mend the sheet and upload the workbook again")
    return SideError(1, None, None, "", error.code, None, error.text, mend, sheet=name)


# --- recognising -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """Which side sheet it is, and which column is what. `papers`: columns that each stand for one paper."""

    kind: SideSheetKind
    header: Header
    account: int
    columns: tuple[tuple[SideField, int], ...]
    papers: tuple[tuple[str, int], ...] = ()

    def lacks(self) -> list[SideField]:
        """The required fields that no column fills."""
        have = {known.name for known, _ in self.columns}
        if self.papers:
            return []
        by_name = {known.name: known for known in self.kind.fields}
        return [by_name[group[0]] for group in self.kind.required if not have.intersection(group)]


def kind_called(code: str) -> SideSheetKind:
    """The kind of side sheet of that code."""
    return next(known for known in SIDE_SHEET_KINDS if known.kind == code)


def named_kind(name: str) -> SideSheetKind | None:
    """The side sheet that a sheet's name speaks of."""
    folded = fold(name).base
    return next((known for known in SIDE_SHEET_KINDS if known.named.search(folded)), None)


def recognise(sheet: Sheet, said: Said = NOTHING_SAID) -> Layout | SideError | None:
    """What side sheet this is, if it is one; an error where its name says so and its header lacks what is needed."""
    rule = said.of(sheet.name)
    if len(sheet.rows[:2]) < 2 or (rule is not None and rule.kind is None):
        return None
    kind = kind_called(rule.kind) if rule and rule.kind else named_kind(sheet.name)
    named = {fold(name).full: meant for name, meant in rule.columns.items()} if rule else {}
    own = fold(said.account).full
    header = header_of(sheet, rule, said.account)
    if header is None:
        return None
    account = _account_column(header, named, own)
    if kind is None:
        return None if account is None else _unnamed(sheet, header, account)
    layout = Layout(kind, header, -1 if account is None else account, *_columns(kind, header, account, named))
    lacking = [one.label for one in layout.lacks()]
    if account is None:
        lacking.insert(0, field_named("account_no").label)
    return _lacking(sheet.name, header, lacking) if lacking else layout


def header_of(sheet: Sheet, rule: SideRule | None, account: str = "") -> Header | None:
    """The header of a side sheet, whose columns may be known by what a person said of them only."""
    named = {fold(name).full for name in (*rule.columns, account)} if rule else {fold(account).full}
    return find_header(sheet.rows, _all_words() | named)


def _account_column(header: Header, named: Mapping[str, str | None], own: str) -> int | None:
    """The column of account numbers: as a person said, else as its header says, else as the accounts' is called."""
    keys = [fold(name).full for name in header.names]
    chosen = [column for column, key in enumerate(keys) if named.get(key) == "account_no"]
    known = [one.column for one in suggest(header.names) if one.field == "account_no" and one.applied]
    alike = [column for column, key in enumerate(keys) if key and key == own]
    may_be = (column for column in (*chosen, *known, *alike) if named.get(keys[column], "account_no") == "account_no")
    return next(may_be, None)


LOOKED_THROUGH = 5_000
"""So many rows of a sheet without a telling name are looked through for accounts that stand in it twice."""


def _unnamed(sheet: Sheet, header: Header, account: int) -> Layout | None:
    """A sheet whose name says nothing is a side sheet only where its header fits one kind and accounts stand twice."""
    layouts = [Layout(kind, header, account, *_columns(kind, header, account, {})) for kind in SIDE_SHEET_KINDS]
    fitting = [one for one in layouts if not one.lacks() and len(one.columns) + len(one.papers) > 1]
    first = sheet.rows[header.first_data : header.first_data + LOOKED_THROUGH]
    cells = [row[account] for row in first if account < len(row) and not is_blank(row[account])]
    if len(fitting) != 1 or len(set(map(str, cells))) == len(cells):
        return None
    return fitting[0]


def _lacking(sheet: str, header: Header, lacking: Sequence[Text]) -> SideError:
    details = {"columns": "、".join(one.zh for one in lacking), "columns_en": ", ".join(one.en for one in lacking)}
    words = said("side.columns_missing", details, Text("", ""), "")
    return SideError(header.rows[-1] + 1, None, None, "", "side.columns_missing", None, *words, sheet=sheet)


@cache
def _all_words() -> frozenset[str]:
    return frozenset(fold(word).full for kind in SIDE_SHEET_KINDS for known in kind.fields for word in known.synonyms)


@cache
def _index(kind: SideKind) -> dict[str, tuple[int, SideField]]:
    fields = next(known.fields for known in SIDE_SHEET_KINDS if known.kind == kind)
    found: dict[str, tuple[int, SideField]] = {}
    for known in fields:
        for rank, word in enumerate(known.synonyms):
            key = fold(word).full
            if key not in found or rank < found[key][0]:
                found[key] = (rank, known)
    return found


def _columns(
    kind: SideSheetKind, header: Header, account: int | None, named: Mapping[str, str | None]
) -> tuple[tuple[tuple[SideField, int], ...], tuple[tuple[str, int], ...]]:
    """Fields with their columns, each field's strongest header first; and the columns of papers of a wide list."""
    ranked: list[tuple[int, int, SideField]] = []
    for column, name in enumerate(header.names):
        found = _meant(kind, name, named) if column != account else None
        if found is not None:
            ranked.append((found[0], column, found[1]))
    taken: list[tuple[SideField, int]] = []
    for _, column, known in sorted(ranked, key=lambda one: one[:2]):
        if known.adds or all(other.name != known.name for other, _ in taken):
            taken.append((known, column))
    if kind is DEMANDS and all(known.name != "on" for known, _ in taken):
        taken = [(_ON if known.name == "at" else known, column) for known, column in taken]
    if kind is not EVIDENCE or any(known.name == "kind" for known, _ in taken):
        return tuple(taken), ()
    papers = tuple(
        (paper, column)
        for column, name in enumerate(header.names)
        if column != account
        and named.get(fold(name).full, "") is not None
        and (paper := _word(PAPERS, fold(name).full)) is not None
    )
    return (), papers


_ON = DEMANDS.fields[0]
"""Where a sheet has no column of days, `催收时间` holds day and time in one."""


def _meant(kind: SideSheetKind, name: str, named: Mapping[str, str | None]) -> tuple[int, SideField] | None:
    """What a header means: as a person said, who comes before all others, else as it seems."""
    key = fold(name).full
    if key not in named:
        return _meaning(kind, name)
    return next(((-1, known) for known in kind.fields if known.name == named[key]), None)


def _meaning(kind: SideSheetKind, name: str) -> tuple[int, SideField] | None:
    above, _, below = name.rpartition("|")
    keys = [fold(above).base + fold(below).full] if above else [fold(name).full, fold(name).base]
    if above and kind.neutral.search(fold(above).base):
        keys.append(fold(below).full)
    index = _index(kind.kind)
    return next((index[key] for key in keys if key in index), None)


# --- reading ---------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads the rows of one side sheet into `found`."""

    def __init__(self, found: SideSheets, sheet: Sheet, layout: Layout, place: str) -> None:
        self.found, self.sheet, self.layout, self.place = found, sheet, layout, place
        self.kind = layout.kind
        self.told = SideSheetRead(place, self.kind.kind)
        found.sheets.append(self.told)
        found.rows.setdefault(self.kind.kind, {})
        self._readers = [(known, column, self._reader(known, column)) for known, column in layout.columns]
        self._names = {part for name in layout.header.names for part in (name, *name.split("|")) if part}

    def _reader(self, known: SideField, column: int) -> Callable[[Any], Any]:
        if known.reads == "money":
            unit = fold_lines(self.layout.header.names[column]).unit
            unit = unit if unit in MONEY_UNITS else self.layout.header.sheet_unit
            return partial(read_money, unit=MONEY_UNITS[unit or "元"])
        return _READERS[known.reads]

    def run(self) -> None:
        """Read every row below the header."""
        for index, row, cell in rows_below(self.sheet, self.layout):
            if self._is_aside(row, cell):
                self.told.set_aside += 1
            else:
                self._read(row, cell, index + 1)

    def _is_aside(self, row: Sequence[Any], account: Any) -> bool:
        words = [cell for cell in row if not is_blank(cell)]
        if len(words) > 1 and not is_blank(account) and not is_label(account):
            return self._names.issuperset(words)
        texts = [cell for cell in words if isinstance(cell, str)]
        return not words or any(is_label(text) for text in texts[:3]) or (len(words) == 1 and len(texts) == 1)

    def _read(self, row: Sequence[Any], account_cell: Any, number: int) -> None:
        errors: list[SideError] = []
        account = self._account(account_cell, number, errors)
        values = self._values(row, number, errors)
        records = list(self._records(row, values, number, errors))
        if errors or account is None:
            self.told.refused += 1
            for error in errors:
                self.found.refuse(replace(error, account=account), self.kind.kind, whole=self.kind.whole)
            return
        self.told.read += 1
        for record in records:
            self.found.add(self.kind.kind, account, {"row": number, **record}, self.place)

    def _account(self, cell: Any, number: int, errors: list[SideError]) -> str | None:
        label = field_named("account_no").label
        try:
            account = read_account(cell)
        except Bad as bad:
            errors.append(self._error(number, self.layout.account, "account_no", label, cell, bad))
            return None
        if account is None:
            missing = Bad("required.missing")
            errors.append(self._error(number, self.layout.account, "account_no", label, None, missing))
        return account

    def _values(self, row: Sequence[Any], number: int, errors: list[SideError]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for known, column, read in self._readers:
            cell = row[column] if column < len(row) else ""
            if cell == "" or cell is None:
                continue
            try:
                value = read(cell)
            except Bad as bad:
                errors.append(self._error(number, column, known.name, known.label, cell, bad))
                continue
            if value is None:
                continue
            values[known.name] = values[known.name] + value if known.adds and known.name in values else value
        return values

    def _records(
        self, row: Sequence[Any], values: dict[str, Any], number: int, errors: list[SideError]
    ) -> Iterator[Record]:
        if self.layout.papers:
            yield from self._papers(row, number, errors)
            return
        self._require(values, number, errors)
        if not errors:
            yield _FINISH[self.kind.kind](values)

    def _papers(self, row: Sequence[Any], number: int, errors: list[SideError]) -> Iterator[Record]:
        """One record for each paper that a row of a wide list says anything of."""
        for paper, column in self.layout.papers:
            cell = row[column] if column < len(row) else ""
            try:
                state = _read_state(cell)
            except Bad as bad:
                errors.append(self._error(number, column, paper, LABELS[paper], cell, bad))
                continue
            if state is not None:
                yield {"kind": paper, "state": state}

    def _require(self, values: dict[str, Any], number: int, errors: list[SideError]) -> None:
        """Say what a row must have and has not; a cell that could not be read was told of already."""
        told = {error.field for error in errors}
        for group in self.kind.required:
            if any(name in values or name in told for name in group):
                continue
            known, column = next(
                ((one, place) for one, place in self.layout.columns if one.name in group), (self.kind.fields[0], None)
            )
            errors.append(self._error(number, column, known.name, known.label, None, Bad("required.missing")))

    def _error(self, number: int, column: int | None, name: str, label: Text, cell: Any, bad: Bad) -> SideError:
        header = self.layout.header.names[column] if column is not None else None
        unit = fold_lines(header).unit or self.layout.header.sheet_unit or "元" if header else "元"
        words = said(bad.code, bad.details, label, unit)
        place = f"{column_letters(column)}{number}" if column is not None else None
        value = None if cell is None else shown(cell)
        return SideError(number, header, place, name, bad.code, value, *words, sheet=self.place)


def _merged_down(sheet: Sheet, layout: Layout) -> Iterator[tuple[int, Any]]:
    """Rows whose account stands in a cell that was merged over them."""
    for (top, left), (bottom, right) in sheet.merges:
        if left <= layout.account <= right and top >= layout.header.first_data:
            for index in range(top + 1, bottom + 1):
                yield index, sheet.rows[top][left]


# --- what a row says -------------------------------------------------------------------------------------------------


def _repayment(values: Record) -> Record:
    if "amount" not in values:
        values["amount"] = sum(values[name] for name in MONEY_PARTS if name in values)
    return values


def _demand(values: Record) -> Record:
    on, at = values.pop("on"), values.pop("at", None)
    day, clock = on if isinstance(on, tuple) else (on, None)
    outcome = values.pop("outcome", "unknown")
    record = {"on": day, "channel": values.pop("channel", "other"), "outcome": outcome}
    if at or clock:
        record["at"] = at or clock
    if "proof" in values:
        record["proof"] = values["proof"]
    record["delivered"] = values.get("delivered", _REACHED.get(outcome))
    return record


_REACHED = {"delivered": True, "promised": True, "refused": True, "no_answer": False}
"""Whether a demand arrived, as its outcome tells where no column says it: who promises or refuses was reached."""


def _evidence(values: Record) -> Record:
    return {"state": "present", **values}


_FINISH: dict[SideKind, Callable[[Record], Record]] = {
    "repayments": _repayment,
    "demands": _demand,
    "evidence": _evidence,
    "schedule": lambda values: values,
}

# --- cells -----------------------------------------------------------------------------------------------------------

_TIME = re.compile(
    r"(上午|下午|晚上|晚|中午|am|pm)?\s*(\d{1,2})[:时点](\d{1,2})?(?:[:分]\d{1,2})?(?:秒|分)?\s*(am|pm)?", re.I
)


def read_clock(cell: Any) -> str | None:
    """A time of day as `22:15`."""
    if isinstance(cell, datetime | time):
        return cell.strftime("%H:%M") if isinstance(cell, time) or cell.time() != time(0) else None
    if isinstance(cell, timedelta):
        cell = cell.total_seconds() / 86_400
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not 0 <= cell < 100_000:
            raise Bad("clock.unreadable")
        minutes = round(cell % 1 * 1440) % 1440
        return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes or cell < 1 else None
    text = read_text(cell)
    return None if text is None else _clock_of(text)


def _clock_of(text: str) -> str:
    found = _TIME.search(text)
    if not found:
        raise Bad("clock.unreadable")
    hour, minute = int(found[2]), int(found[3] or 0)
    half = (found[1] or found[4] or "").lower()
    if half in ("下午", "晚上", "晚", "pm") and hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        raise Bad("clock.unreadable")
    return f"{hour:02d}:{minute:02d}"


def read_moment(cell: Any) -> tuple[str, str | None] | None:
    """A day, and the time of day where the cell says one."""
    day = read_date(cell)
    if day is None:
        return None
    if isinstance(cell, str):
        return day, _clock_of(cell) if _TIME.search(cell) else None
    return day, read_clock(cell) if isinstance(cell, datetime | float) else None


def _word(words: Words, text: str) -> str | None:
    return next((name for name, pattern in words if pattern.search(text)), None)


def _read_word(cell: Any, words: Words, other: str) -> str | None:
    text = read_text(cell)
    return None if text is None else _word(words, fold(text).full) or other


def _read_paper(cell: Any) -> str | None:
    text = read_text(cell)
    if text is None:
        return None
    found = _word(PAPERS, fold(text).full)
    if found is None:
        raise Bad("choice.unknown", options="、".join(LABELS[name].zh for name, _ in PAPERS))
    return found


def _read_state(cell: Any) -> str | None:
    if is_blank(cell):
        return None
    text = clean(shown(cell)) if not isinstance(cell, bool) else ("有" if cell else "无")
    if text in ("", "-", "/", "—"):
        return None
    found = _word(STATES, text)
    if found is None:
        raise Bad("choice.unknown", options="有、无、不适用")
    return found


def _read_arrival(cell: Any) -> bool | None:
    """Whether a demand arrived: yes or no, or words such as `已送达`, `未接通`."""
    try:
        return read_yes_no(cell)
    except Bad as bad:
        if bad.code != "yes_no.unreadable":
            raise
    found = _word(OUTCOMES, fold(shown(cell)).full)
    if found in _REACHED:
        return _REACHED[found]
    raise Bad("yes_no.unreadable")


def _read_digest(cell: Any) -> str | None:
    text = read_text(cell)
    if text is None:
        return None
    digest = text.replace(" ", "").lower().removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Bad("digest.unreadable")
    return digest


def _read_number(cell: Any) -> int | None:
    """`3`, `第3期`, `3/12`: the third."""
    if isinstance(cell, str) and (found := re.fullmatch(r"\s*第?\s*(\d{1,4})\s*期?\s*(?:/\s*\d{1,4}\s*期?)?\s*", cell)):
        return int(found[1])
    return read_count(cell)


_READERS: dict[Reading, Callable[[Any], Any]] = {
    "date": read_date,
    "moment": read_moment,
    "clock": read_clock,
    "text": read_text,
    "number": _read_number,
    "channel": partial(_read_word, words=CHANNELS, other="other"),
    "outcome": partial(_read_word, words=OUTCOMES, other="unknown"),
    "arrival": _read_arrival,
    "paper": _read_paper,
    "state": _read_state,
    "digest": _read_digest,
}

# --- how records are written -----------------------------------------------------------------------------------------


def records_for_people(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The side sheets' records of a case as the check command writes them: money as decimal strings in yuan."""
    return {
        known.kind: [
            {name: yuan(value) if name in MONEY_PARTS else value for name, value in record.items()}
            for record in facts[known.kind]
        ]
        for known in SIDE_SHEET_KINDS
        if known.kind in facts
    }
