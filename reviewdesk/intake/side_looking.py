"""A look at the sheets beside the accounts, and what the mapping page shows of each; pure.

Of a sheet its first rows are kept. What it is, what its columns are and how these rows read is worked out anew for
whatever a person says of it.
"""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.headers import Header
from reviewdesk.intake.mapping import Mapping, SideRule, column_letters
from reviewdesk.intake.questions import UNSURE, Question
from reviewdesk.intake.reading import Rows, Sheet
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS, SideKind, SideSheetKind
from reviewdesk.intake.side_sheets import (
    Layout,
    Said,
    SideError,
    header_of,
    is_unstated,
    kind_called,
    named_kind,
    read_side_sheets,
    recognise,
    side_questions,
)
from reviewdesk.intake.table import Table
from reviewdesk.intake.values import shown

Mask = Callable[[str], str]

HEAD_ROWS = 60
MOST_SHEETS = 20
"""Of a workbook with more sheets only so many are looked at before it is loaded."""

SHOWN_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class BesideLook:
    """A sheet beside the accounts: what it seems to be, about how many rows it has, and its first."""

    name: str
    kind: SideKind | None
    rows: int
    head: Sequence[Sequence[Any]]
    hidden: bool = False
    since_1904: bool = False

    def to_json(self) -> dict[str, Any]:
        """What is kept with the look; `BesideLook(**data)` is the inverse, but for dates, which come back as text."""
        head = [[_plain(cell) for cell in row] for row in self.head]
        told = {"name": self.name, "kind": self.kind, "rows": self.rows, "head": head}
        return told | {"hidden": self.hidden, "since_1904": self.since_1904}

    def sheet(self) -> Sheet:
        """The sheet as if it had no more rows than were kept."""
        return Sheet(self.name, cast("Any", self.head), since_1904=self.since_1904)


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, time | timedelta) else cell


def look_beside(table: Table) -> tuple[BesideLook, ...]:
    """The looks of a table's other sheets; ones that are empty or cannot be opened are passed over."""
    names = [(name, False) for name in table.sheets if name != table.sheet.name]
    names += [(name, True) for name in table.hidden_sheets]
    found = (_look_of(table, name, hidden) for name, hidden in names[:MOST_SHEETS])
    return tuple(one for one in found if one is not None)


def _look_of(table: Table, name: str, hidden: bool) -> BesideLook | None:
    try:
        sheet = table.source.sheet(name)
        layout = recognise(sheet)
    except Invalid:
        return None
    head: Rows = sheet.rows[:HEAD_ROWS]
    if len(head) == 0:
        return None
    named = named_kind(name)
    kind = layout.kind.kind if isinstance(layout, Layout) else named.kind if named else None
    rows = sheet.rough_rows or len(sheet.rows)
    return BesideLook(name, kind, rows, [list(row) for row in head], hidden, sheet.since_1904)


# --- what the page shows ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SideColumn:
    """A column of a side sheet; `field` is what it is taken for, empty where for nothing."""

    column: int
    header: str
    samples: tuple[str, ...]
    field: str

    @property
    def letters(self) -> str:
        """The column as Excel calls it."""
        return column_letters(self.column)


@dataclass(frozen=True, slots=True)
class SideView:
    """A side sheet as the mapping page shows it, by its place among the looks.

    `wrong` is why nothing of it will be read; `told` what is amiss with its first rows, of which `read` were read.
    `questions` are what its columns leave open, `in_yuan` its amounts whose unit nothing states and that are plain.
    """

    place: int
    look: BesideLook
    kind: SideSheetKind | None
    columns: tuple[SideColumn, ...]
    read: int
    told: tuple[SideError, ...]
    wrong: Text | None
    questions: tuple[Question, ...] = ()
    in_yuan: tuple[str, ...] = ()

    def name_of(self, question: Question) -> str:
        """What the answer to one of its questions is called in a form."""
        return f"side-{self.place}-{question.name}"

    @property
    def fields(self) -> list[tuple[str, Text]]:
        """What its columns may be."""
        account = ("account_no", Text("借据号", "Account number"))
        return [account, *((one.name, one.label) for one in self.kind.fields)] if self.kind else []


def sides_of(looks: Sequence[BesideLook], mapping: Mapping, masked: Mask) -> list[SideView]:
    """Every sheet beside the accounts under a mapping; `masked` hides what looks personal."""
    said = said_with_kinds(looks, mapping)
    return [_side_view(place, look, said, masked) for place, look in enumerate(looks)]


def said_with_kinds(looks: Sequence[BesideLook], mapping: Mapping) -> Said:
    """What the mapping says, and of other sheets what they were recognised as when all their rows could be seen."""
    said = Said.by(mapping)
    known = [SideRule(one.name, one.kind) for one in looks if one.kind and said.of(one.name) is None]
    return Said((*said.rules, *known), said.account)


def _side_view(place: int, look: BesideLook, said: Said, masked: Mask) -> SideView:
    rule = said.of(look.name)
    kind = kind_called(rule.kind) if rule and rule.kind else None
    if kind is None:
        return SideView(place, look, None, (), 0, (), None)
    sheet = look.sheet()
    layout = recognise(sheet, said)
    if not isinstance(layout, Layout):
        wrong = (
            layout.message
            if layout
            else Text("找不到表头，整张表不会读取", "no header was found: nothing will be read")
        )
        return SideView(
            place, look, kind, _columns(look, header_of(sheet, rule, said.account), {}, masked), 0, (), wrong
        )
    meant = {layout.account: "account_no"} | {column: known.name for known, column in layout.columns}
    meant |= dict.fromkeys((column for _, column in layout.papers), PAPER)
    found = read_side_sheets([look.name], lambda _: sheet, said)
    read = sum(one.read for one in found.sheets)
    told = tuple(replace(one, value=one.value and masked(one.value)) for one in found.errors)
    first = look.head[layout.header.first_data :]
    questions = tuple(side_questions(layout.columns, layout.header, first, rule.answers if rule else {}))
    asked = {one.column for question in questions for one in question.rules}
    plain = [
        name
        for known, column in layout.columns
        if known.reads == "money"
        and column not in asked
        and is_unstated(name := layout.header.names[column], layout.header)
    ]
    columns = _columns(look, layout.header, meant, masked)
    return SideView(place, look, kind, columns, read, told, None, questions, tuple(plain))


PAPER = "paper"
"""What a column of a wide list of evidence is taken for: one paper, by its header."""


def stated_side(
    view: SideView, code: str, chosen: MappingType[int, str], answers: MappingType[str, str]
) -> SideRule | None:
    """What a person says of a sheet: its kind, and of its columns those that are not what they seem to be.

    `chosen` holds what each column is by its place, `answers` what was answered by the names of its questions. None
    where everything is as it seems.
    """
    look = view.look
    if not code:
        return SideRule(look.name, None) if look.kind else None
    kind = kind_called(code)
    seems = {one.column: one.field for one in _side_view(0, look, Said((SideRule(look.name, kind.kind),)), str).columns}
    columns: dict[str, str | None] = {}
    if view.kind is kind:
        headers = {one.column: one.header for one in view.columns}
        columns = {
            headers[column]: field or None
            for column, field in chosen.items()
            if column in headers and field != PAPER and field != seems.get(column, "")
        }
    said = _answers(view, answers) if view.kind is kind else {}
    if not columns and not said and kind.kind == look.kind:
        return None
    return SideRule(look.name, kind.kind, columns, said)


def _answers(view: SideView, given: MappingType[str, str]) -> dict[str, str]:
    """What was answered of a sheet's columns, by header."""
    return {
        rule.header: value
        for question in view.questions
        if (value := given.get(view.name_of(question)))
        and (value == UNSURE or any(one.value == value for one in question.options))
        for rule in question.rules
    }


def open_side_questions(looks: Sequence[BesideLook], mapping: Mapping) -> list[Question]:
    """What a person has yet to say of the sheets beside the accounts; hidden ones ask nothing."""
    sides = sides_of([one for one in looks if not one.hidden], mapping, str)
    return [question for side in sides for question in side.questions if question.answer is None and not question.told]


def _columns(
    look: BesideLook, header: Header | None, meant: MappingType[int, str], masked: Mask
) -> tuple[SideColumn, ...]:
    if header is None:
        return ()
    rows = look.head[header.first_data :]
    return tuple(
        SideColumn(column, name, tuple(map(masked, _samples(rows, column))), meant.get(column, ""))
        for column, name in enumerate(header.names)
        if name
    )


def _samples(rows: Sequence[Sequence[Any]], column: int) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for row in rows:
        if column < len(row) and row[column] not in ("", None):
            seen[shown(row[column])] = None
        if len(seen) == SHOWN_SAMPLES:
            break
    return tuple(seen)


KIND_LABELS: dict[str, Text] = {known.kind: known.label for known in SIDE_SHEET_KINDS}
