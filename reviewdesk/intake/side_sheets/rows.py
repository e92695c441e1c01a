"""The rows of a side sheet, read one by one; each becomes a record, is set aside, or is told of as an error."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Final, TypeVar

from reviewdesk.errors import Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import MONEY_UNITS, fold_lines
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.messages import said
from reviewdesk.intake.questions import DOUBTS, OPEN, UNSURE
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.row_kinds import is_blank, is_label
from reviewdesk.intake.side_fields import (
    LABELS,
    REPAYMENTS,
    SideField,
    SideKind,
)
from reviewdesk.intake.side_sheets.cells import REACHED, READERS, read_state
from reviewdesk.intake.side_sheets.errors import SideError
from reviewdesk.intake.side_sheets.found import MONEY_PARTS, Record, SideSheetRead, SideSheets
from reviewdesk.intake.side_sheets.layouts import Layout
from reviewdesk.intake.values import (
    Bad,
    read_account,
    read_money,
    shown,
)

Value = TypeVar("Value")

ENTRIES: Final = ("entry", "reversal")
"""The fields that say whether a row of repayments is a payment or takes one back."""

WITHIN: Final = Text(
    "写明日期（2024-03-01）或单位（1.2万元）；整列都这样的，在批次页回答一次即可",
    "write the day like 2024-03-01, or the unit like 1.2万元; for a whole column answer once on the page of the batch",
)
"""How a doubtful cell of a side sheet is mended."""

REMEMBERED: Final = 8192
"""So many cells of a column are remembered with what was read."""

Read = Callable[[Any], Any]
Placed = tuple[int, Sequence[Any], Any]
"""A row: its place from 0, its cells, and its account's cell, also one merged over it."""


def rows_below(sheet: Sheet, layout: Layout) -> Iterator[Placed]:
    """Every row below the header."""
    merged = dict(_merged_down(sheet, layout))
    first = layout.header.first_data
    for index, row in enumerate(islice(sheet.rows, first, None), first):
        cell = row[layout.account] if layout.account < len(row) else ""
        yield index, row, merged[index] if index in merged and is_blank(cell) else cell


class RowReader:
    """Reads the rows of one side sheet into `found`.

    Of the rows at the places `given` doubtful cells are read by the layout's later answers too.
    """

    def __init__(self, found: SideSheets, layout: Layout, place: str, given: Container[int] = frozenset()) -> None:
        self.found, self.layout, self.place, self._given = found, layout, place, given
        self.kind = layout.kind
        self.told = SideSheetRead(place, self.kind.kind)
        found.sheets.append(self.told)
        found.rows.setdefault(self.kind.kind, {})
        self._readers = [
            (known, column, _remembering(self._reader(known, column, layout.answers.get(column))))
            for known, column in layout.columns
        ]
        self._later = [(known, column, self._answered(known, column, read)) for known, column, read in self._readers]
        self._read_account = _remembering(read_account)
        have = [known.name for known, _ in layout.columns]
        self._amounts = [name for name in MONEY_PARTS if name in have] if layout.kind is REPAYMENTS else []
        self._entries = [name for name in ENTRIES if name in have]
        self._names = {part for name in layout.header.names for part in (name, *name.split("|")) if part}

    def _answered(self, known: SideField, column: int, read: Read) -> Read:
        answer = self.layout.later.get(column)
        return read if answer is None else partial(_read_in_doubt, read, self._reader(known, column, answer))

    def _reader(self, known: SideField, column: int, answer: str | None) -> Read:
        if known.reads == "money":
            unit = fold_lines(self.layout.header.names[column]).unit
            unit = unit if unit in MONEY_UNITS else self.layout.header.sheet_unit or answer
            unsure = unit in (OPEN, UNSURE)
            takes_back = self.kind is REPAYMENTS
            return partial(
                read_money, unit=MONEY_UNITS["元" if unsure else unit or "元"], negative=takes_back, unsure=unsure
            )
        if known.reads in ("date", "moment"):
            reading = None if answer == OPEN else answer
            return partial(READERS[known.reads], reading=reading, since_1904=self.layout.since_1904)
        return READERS[known.reads]

    def run(self, sheet: Sheet) -> None:
        """Read every row below the header."""
        left_out = frozenset(sheet.hidden_rows if self.layout.leaves_hidden else ())
        self.read(rows_below(sheet, self.layout), left_out)

    def read(self, rows: Iterable[Placed], left_out: Container[int] = frozenset()) -> None:
        """Read rows, but for those at the places that are left out."""
        for index, row, cell in rows:
            if index in left_out or self._is_aside(row, cell):
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
            account = self._read_account(cell)
        except Bad as bad:
            errors.append(self._error(number, self.layout.account, "account_no", label, cell, bad))
            return None
        if account is None:
            missing = Bad("required.missing")
            errors.append(self._error(number, self.layout.account, "account_no", label, None, missing))
        return account

    def _values(self, row: Sequence[Any], number: int, errors: list[SideError]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for known, column, read in self._later if number - 1 in self._given else self._readers:
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
        if not errors and self._may_take_back(values):
            self._sign(row, values, number, errors)
        if not errors:
            yield _FINISH[self.kind.kind](values)

    def _papers(self, row: Sequence[Any], number: int, errors: list[SideError]) -> Iterator[Record]:
        """One record for each paper that a row of a wide list says anything of."""
        for paper, column in self.layout.papers:
            cell = row[column] if column < len(row) else ""
            try:
                state = read_state(cell)
            except Bad as bad:
                errors.append(self._error(number, column, paper, LABELS[paper], cell, bad))
                continue
            if state is not None:
                yield {"kind": paper, "state": state}

    def _require(self, values: dict[str, Any], number: int, errors: list[SideError]) -> None:
        """Say what a row must have and has not; a cell that could not be read was told of already."""
        told = {error.field for error in errors}
        for group in self.kind.required:
            if not values.keys().isdisjoint(group) or not told.isdisjoint(group):
                continue
            known, column = next(
                ((one, place) for one, place in self.layout.columns if one.name in group), (self.kind.fields[0], None)
            )
            errors.append(self._error(number, column, known.name, known.label, None, Bad("required.missing")))

    def _may_take_back(self, values: dict[str, Any]) -> bool:
        """Whether a row of repayments may be anything but a payment."""
        for name in self._amounts:
            if values.get(name, 0) < 0:
                return True
        return not values.keys().isdisjoint(self._entries)

    def _sign(self, row: Sequence[Any], values: dict[str, Any], number: int, errors: list[SideError]) -> None:
        """Let what takes a payment back be below zero: it is written so, or the row is called a reversal.

        What may be a reversal or the payment that was reversed, and amounts of both signs, are told of.
        """
        entries = {name: values.pop(name) for name in self._entries if name in values}
        amounts = {name: values[name] for name in self._amounts if name in values}
        if min(amounts.values()) < 0:
            odd = next((name for name, amount in amounts.items() if amount > 0), None)
            if odd is not None:
                errors.append(self._at(row, number, odd, Bad("amount.signs")))
        elif "reversal" in entries.values():
            values |= {name: -amount for name, amount in amounts.items()}
        elif entries:
            errors.append(self._at(row, number, next(iter(entries)), Bad("entry.unclear")))

    def _at(self, row: Sequence[Any], number: int, name: str, bad: Bad) -> SideError:
        """An error of the first column of a field."""
        known, column = next(one for one in self.layout.columns if one[0].name == name)
        return self._error(number, column, name, known.label, row[column] if column < len(row) else None, bad)

    def _error(self, number: int, column: int | None, name: str, label: Text, cell: Any, bad: Bad) -> SideError:
        header = self.layout.header.names[column] if column is not None else None
        unit = fold_lines(header).unit or self.layout.header.sheet_unit or "元" if header else "元"
        words = said(bad.code, {"header": (header or "").replace("|", "｜")} | bad.details, label, unit)
        if bad.code in DOUBTS:
            words = words._replace(mend=WITHIN)
        place = f"{column_letters(column)}{number}" if column is not None else None
        value = None if cell is None else shown(cell)
        return SideError(number, header, place, name, bad.code, value, *words, sheet=self.place)


def _remembering(read: Callable[[Any], Value]) -> Callable[[Any], Value]:
    """A reader that knows cells it has read: an account's rows repeat its number, and columns their days and sums."""
    return lru_cache(maxsize=REMEMBERED, typed=True)(read)


def _read_in_doubt(read: Read, answered: Read, cell: Any) -> Any:
    """Read a cell, and one that may be read in two ways as was answered."""
    try:
        return read(cell)
    except Bad as bad:
        if bad.code not in DOUBTS:
            raise
        return answered(cell)


def _merged_down(sheet: Sheet, layout: Layout) -> Iterator[tuple[int, Any]]:
    """Rows whose account stands in a cell that was merged over them."""
    for (top, left), (bottom, right) in sheet.merges:
        if left <= layout.account <= right and top >= layout.header.first_data:
            for index in range(top + 1, bottom + 1):
                yield index, sheet.rows[top][left]


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
    record["delivered"] = values.get("delivered", REACHED.get(outcome))
    return record


def _evidence(values: Record) -> Record:
    return {"state": "present", **values}


_FINISH: dict[SideKind, Callable[[Record], Record]] = {
    "repayments": _repayment,
    "demands": _demand,
    "evidence": _evidence,
    "schedule": lambda values: values,
}
