"""What `reviewdesk check` says of columns whose cells may be read in two ways, and the answers it is given; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import Rule, column_letters
from reviewdesk.intake.numbering import part_of
from reviewdesk.intake.questions import DOUBTS, Question, questions_about
from reviewdesk.intake.row_errors import RowError
from reviewdesk.intake.side_answers import own_name, with_side_answers
from reviewdesk.intake.side_sheets import Layout, SideError, questions_left
from reviewdesk.intake.stating import checked_period, checked_reading, checked_side_answer, checked_unit
from reviewdesk.masking import HIDDEN

Column = tuple[int | str, str, str | None]
"""A column: the number of its file or the name of its side sheet, its field and its header."""

BESIDE = "!"
"""Stands between the name of a side sheet and its column."""

MOST_CELLS = 40
"""So many different cells of a column are kept to say what they may mean."""


@dataclass(slots=True)
class Doubts:
    """Cells that wait for an answer, by file, field and header, and how many there are."""

    cells: dict[Column, dict[str, None]] = field(default_factory=dict)
    counts: dict[Column, int] = field(default_factory=dict)

    def note(self, errors: Iterable[RowError]) -> None:
        """Keep those of a row's errors that an answer would mend."""
        for error in errors:
            if error.code in DOUBTS:
                place = error.sheet if isinstance(error, SideError) else part_of(error.row)
                self._note((place, error.field, error.column), error.value)

    def _note(self, key: Column, value: str | None) -> None:
        self.counts[key] = self.counts.get(key, 0) + 1
        cells = self.cells.setdefault(key, {})
        if value not in (None, HIDDEN) and len(cells) < MOST_CELLS:
            cells[value or ""] = None

    def told(self, part: int, mapping: ColumnMapping) -> Iterator[str]:
        """A line for each question about a file's columns: how many cells wait for it, and how it is answered."""
        columns: list[tuple[Rule, Sequence[Any]]] = [
            (rule, list(cells))
            for rule in mapping.filled()
            if (cells := self.cells.get((part, rule.field or "", rule.header)))
        ]
        for question in questions_about(columns, mapping.day_count):
            yield _line(question, sum(self.counts[part, rule.field or "", rule.header] for rule in question.rules))

    def told_beside(self, layouts: Mapping[str, Layout]) -> Iterator[str]:
        """The same of the sheets beside the accounts, by the names that people see."""
        for sheet, layout in layouts.items():
            names = {column: known.name for known, column in layout.columns}
            columns = [
                (known, column, list(cells))
                for known, column in layout.columns
                if (cells := self.cells.get((sheet, known.name, layout.header.names[column])))
            ]
            for question in questions_left(columns, layout.header):
                count = sum(self.counts[sheet, names[rule.column], rule.header] for rule in question.rules)
                yield f"sheet {sheet!r}, {_line(question, count, own_name(sheet) + BESIDE)}"


def _line(question: Question, count: int, sheet: str = "") -> str:
    columns = ", ".join(f"{column_letters(rule.column)} {rule.header!r}" for rule in question.rules)
    ways = "; ".join(
        f"{one.value} ({', '.join(f'{cell} -> {value.en}' for cell, value in one.means)})" for one in question.options
    )
    return f"column {columns}: {count} cells wait for an answer, given as --answer '{sheet}COLUMN=...': {ways}"


# --- answers ---------------------------------------------------------------------------------------------------------


def read_answers(given: Sequence[str]) -> dict[str, str]:
    """Answers such as `年利率=percent`, by column.

    Raises:
        Invalid: `answer.format`.
    """
    found = {}
    for one in given:
        column, sign, value = one.rpartition("=")
        if not sign or not column.strip() or not value.strip():
            text = Text(f"「{one}」应写成 列名=读法。", f"{one!r} should be COLUMN=READING.")
            raise Invalid("answer.format", text)
        found[column.strip()] = value.strip()
    return found


def with_answers(mapping: ColumnMapping, answers: Mapping[str, str]) -> tuple[ColumnMapping, set[str]]:
    """The mapping with answers laid over it, and those of the columns that it has; they are named by header or letter.

    Raises:
        Invalid: `mapping.reading`, `mapping.unit` or `mapping.period`: a column has no such reading.
    """
    used = set()
    for name, value in answers.items():
        rules = [rule for rule in mapping.filled() if name in (rule.header, column_letters(rule.column))]
        fitting = [rule for rule in rules if field_named(rule.field or "").kind in ("rate", "date", "money", "terms")]
        if fitting:
            used.add(name)
        for rule in fitting:
            mapping = mapping.revised(rule, **_changes(rule, value))
    return mapping, used


def with_answers_beside(
    mapping: ColumnMapping, answers: Mapping[str, str], layouts: Mapping[str, Layout]
) -> tuple[ColumnMapping, set[str]]:
    """The same for columns of side sheets, named as `SHEET!COLUMN`; `layouts` are those of the sheets by own name.

    Raises:
        Invalid: `mapping.reading` or `mapping.unit`: a column has no such reading.
    """
    used = set()
    for name, value in answers.items():
        for sheet, layout in layouts.items():
            kind = layout.kind.kind
            for known, column in layout.columns:
                header = layout.header.names[column]
                named = (f"{sheet}{BESIDE}{header}", f"{sheet}{BESIDE}{column_letters(column)}")
                if name in named and known.reads in ("date", "moment", "money"):
                    mapping = with_side_answers(mapping, sheet, kind, {header: checked_side_answer(known, value)})
                    used.add(name)
    return mapping, used


def _changes(rule: Rule, value: str) -> dict[str, Any]:
    name = rule.field or ""
    kind = field_named(name).kind
    if kind == "rate":
        period, _, reading = value.rpartition(":") if ":" in value else ("", "", value)
        if value in ("year", "month", "day"):
            period, reading = value, ""
        return {"reading": checked_reading(name, reading), "period": checked_period(period) or rule.period}
    if kind == "date":
        return {"reading": checked_reading(name, value)}
    return {"unit": checked_unit(name, value), "reading": None}


def no_column(names: Iterable[str]) -> Invalid:
    """What is said of answers about columns that no file has."""
    told = "、".join(names)
    return Invalid(
        "answer.column",
        Text(f"没有这样的列可以说明读法：{told}。", f"No such column of rates, dates, amounts or terms: {told}."),
    )
