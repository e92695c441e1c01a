"""The table of rows that are to be mended, of the accounts or of a side sheet: each row with its cells, masked.

A cell that holds personal data shows its mask and never its value; what is written into it takes its place.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviewdesk.db import Work
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import is_third_person
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import Rule, column_letters
from reviewdesk.intake.models import Batch, SheetRow, SideRow
from reviewdesk.intake.numbering import part_of
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.showing import discreet_sample
from reviewdesk.intake.side_keeping import cells_given
from reviewdesk.intake.side_rows import columns_of, layouts_from_json
from reviewdesk.intake.values import shown
from reviewdesk.masking import HIDDEN

Errors = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is shown. `secret`: its value is masked. `field` is what its column fills, if one field alone.

    `read`: the column fills a field, or several.
    """

    column: int
    place: str
    header: str
    field: str | None
    value: str
    secret: bool
    read: bool
    errors: Errors = ()

    @property
    def letters(self) -> str:
        """The column as Excel calls it."""
        return column_letters(self.column)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: who it is about, its cells, and what is wrong with the row beside single cells.

    `number` is its number in the batch or on its side `sheet`, `row` the one that Excel shows, `file` its file where
    the batch has several.
    """

    sheet: str | None
    number: int
    row: int
    file: str
    account_no: str | None
    who: str
    cells: Sequence[Cell]
    errors: Errors
    codes: Sequence[str]
    dismissed: Mapping[str, Any] | None

    @property
    def bad(self) -> list[Cell]:
        """The cells in which something is wrong."""
        return [cell for cell in self.cells if cell.errors]

    @property
    def good(self) -> list[Cell]:
        """All other cells that are read."""
        return [cell for cell in self.cells if cell.read and not cell.errors]

    @property
    def of_row(self) -> Errors:
        """The errors that are of no cell."""
        return [error for error in self.errors if not error["cell"]]

    @property
    def anchor(self) -> str:
        """Names the row within the page."""
        return f"side-{self.number}" if self.sheet is not None else f"row-{self.number}"

    @property
    def key(self) -> str:
        """Names the row within the batch, for forms."""
        return place_key(self.sheet, self.number)


def place_key(sheet: str | None, number: int) -> str:
    """A row by its number, and by its sheet where it is a side sheet's."""
    return str(number) if sheet is None else f"{number} {sheet}"


def place_named(key: str) -> tuple[str | None, int] | None:
    """The sheet and number that a key names; None where it is no key."""
    number, _space, sheet = key.partition(" ")
    return (sheet or None, int(number)) if number.isdecimal() and len(number) < 10 else None


def line_of(work: Work, batch: Batch, row: SheetRow | SideRow) -> Line:
    """One row with its cells."""
    return side_lines(batch, [row])[0] if isinstance(row, SideRow) else account_lines(work, batch, [row])[0]


# --- the accounts ----------------------------------------------------------------------------------------------------


def account_lines(work: Work, batch: Batch, rows: Sequence[SheetRow]) -> list[Line]:
    """Rejected rows of the accounts with their cells."""
    cells = cells_of(work, batch, rows)
    return [_account_line(batch, row, cells.get(row.row, ())) for row in rows]


def _account_line(batch: Batch, row: SheetRow, cells: Sequence[Any]) -> Line:
    place = place_of(batch, row.row)
    mapping = ColumnMapping.from_json(place.mapping)
    by_cell = _by_cell(row.errors)
    found = [_account_cell(rule, cells, place.row, by_cell) for rule in mapping.rules if rule.header]
    who = " · ".join(filter(None, (row.shown.get("borrower_name"), row.shown.get("id_no"))))
    out = _dismissal(row.dismissed)
    return Line(None, row.row, place.row, place.file, row.account_no, who, found, row.errors, row.codes, out)


def _dismissal(kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return kept and {**kept, "at": datetime.fromisoformat(kept["at"])}


def _account_cell(rule: Rule, cells: Sequence[Any], row: int, by_cell: Mapping[str, Errors]) -> Cell:
    text = shown(cells[rule.column]) if rule.column < len(cells) else ""
    place = f"{column_letters(rule.column)}{row}"
    masked = _masked(rule, text)
    secret = masked != text or _is_personal(rule)
    read = bool(rule.filling())
    return Cell(rule.column, place, rule.header, rule.field, masked, secret, read, by_cell.get(place, ()))


def _is_personal(rule: Rule) -> bool:
    return any(one.field is not None and field_named(one.field).personal for one in rule.filling())


def _masked(rule: Rule, text: str) -> str:
    if not text:
        return ""
    if rule.field is not None:
        return discreet(text, rule.field)
    if rule.parts:
        return HIDDEN if _is_personal(rule) else discreet(text, None)
    return HIDDEN if is_third_person(rule.header) else discreet_sample(text)


def _by_cell(errors: Errors) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for error in errors:
        if error["cell"]:
            found.setdefault(error["cell"], []).append(error)
    return found


# --- side sheets -----------------------------------------------------------------------------------------------------

_OF_ACCOUNT = ("side.row_stray", "side.overtaken", "side.decided")
"""What is wrong with a row because of the account that it names."""


def side_lines(batch: Batch, rows: Sequence[SideRow]) -> list[Line]:
    """Rows of side sheets with their cells."""
    layouts, cells = layouts_from_json(batch.side_layouts), cells_given(batch, rows)
    return [_side_line(row, layouts[row.sheet], cells[row.sheet][row.row]) for row in rows]


def _side_line(row: SideRow, layout: Any, cells: Sequence[Any]) -> Line:
    return Line(
        row.sheet,
        row.row,
        row.row,
        "",
        row.account_no,
        "",
        list(_side_cells(row, layout, cells)),
        [error for error in row.errors if error["cell"] or error["code"] not in _OF_ACCOUNT],
        row.codes,
        _dismissal(row.dismissed),
    )


def _side_cells(row: SideRow, layout: Any, cells: Sequence[Any]) -> Iterator[Cell]:
    by_cell = _by_cell(row.errors)
    for column, header in columns_of(layout).items():
        name = "account_no" if column == layout.account else None
        text = shown(cells[column]) if column < len(cells) else ""
        masked, place = discreet(text, name), f"{column_letters(column)}{row.row}"
        errors = by_cell.get(place, [])
        if column == layout.account:
            errors = errors + [one for one in row.errors if not one["cell"] and one["code"] in _OF_ACCOUNT]
        yield Cell(column, place, header, name, masked, masked != text, True, errors)


# --- columns by their names ------------------------------------------------------------------------------------------


def columns_by_name(batch: Batch, sheet: str | None, number: int) -> dict[str, int]:
    """The columns of a row's sheet by header, letters and field; nothing where the batch has no such sheet.

    A header comes before letters, and these before a field. What names several columns names none.
    """
    if sheet is not None:
        layout = layouts_from_json(batch.side_layouts).get(sheet)
        if layout is None:
            return {}
        headers = list(columns_of(layout).items())
        fields = [(layout.account, "account_no"), *((column, known.name) for known, column in layout.columns)]
    else:
        if batch.parts and part_of(number) >= len(batch.parts):
            return {}
        rules = ColumnMapping.from_json(place_of(batch, number).mapping).rules
        headers = [(rule.column, rule.header) for rule in rules if rule.header]
        fields = [(rule.column, rule.field) for rule in rules if rule.field is not None]
    letters = [(column, column_letters(column)) for column, _header in headers]
    return _unambiguous(fields) | _unambiguous(letters) | _unambiguous(headers)


def _unambiguous(named: Sequence[tuple[int, str]]) -> dict[str, int]:
    counted = Counter(name for _column, name in named)
    return {name: column for column, name in named if counted[name] == 1}
