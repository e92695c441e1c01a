"""The summary of a check, on standard error."""

from collections import Counter
from dataclasses import dataclass, field
from typing import IO, Protocol

import click

from reviewdesk.check.reading import Read, ReadFile
from reviewdesk.intake.doubts import Doubts
from reviewdesk.intake.headers import Suggestion
from reviewdesk.intake.mapping import Mapping, column_letters
from reviewdesk.intake.notices import notices_of
from reviewdesk.intake.questions import SAMPLE_ROWS, Question, questions_of
from reviewdesk.intake.side_sheets import SideError, SideSheets
from reviewdesk.intake.table import Table
from reviewdesk.unchecked import REJECTED, UNCHECKED

SIDE_ERRORS_TOLD = 20
"""So many errors of side sheets are told in the summary; those of an account stand in its line as well."""

VERDICTS = ("clear", "attention", "blocked", REJECTED)


@dataclass(slots=True)
class Summary:
    """What came of the file's rows."""

    verdicts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    strays: list[SideError] = field(default_factory=list)
    doubts: Doubts = field(default_factory=Doubts)
    weighed: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Rows that could not be read."""
        return self.verdicts[REJECTED]


class Write(Protocol):
    """Writes what was read, and sums up what came of it."""

    def __call__(self, read: Read, out: IO[bytes], *, reveal: bool) -> Summary:
        """Personal data is masked unless it is to be revealed."""


def tell(read: Read, summary: Summary) -> None:
    for file in read.files.values():
        _tell_columns(file)
    if read.others:
        _say(f"not read: {', '.join(read.others)}")
    aside = sum(summary.set_aside.values())
    good = sum(summary.verdicts.values()) - summary.rejected
    kinds = (
        f" ({', '.join(f'{count} {reason}' for reason, count in sorted(summary.set_aside.items()))})" if aside else ""
    )
    _say(f"{good + summary.rejected + aside} rows: {good} read, {summary.rejected} rejected, {aside} set aside{kinds}")
    verdicts = (UNCHECKED, REJECTED) if summary.verdicts[UNCHECKED] else VERDICTS
    _say(", ".join(f"{verdict} {summary.verdicts[verdict]}" for verdict in verdicts))
    for title, counts in (("errors", summary.codes), ("failed checks", summary.failed)):
        if counts:
            _say(f"{title}: {', '.join(f'{name} {count}' for name, count in counts.most_common())}")
    for line in summary.weighed:
        _say(line)
    for number, file in read.files.items():
        for line in summary.doubts.told(number, file.mapping):
            _say(f"{file.name}: {line}" if file.name else line)


def _tell_columns(file: ReadFile) -> None:
    table, mapping = file.table, file.mapping
    header = "+".join(str(index + 1) for index in table.header.rows)
    of = f"{file.name}: " if file.name else ""
    used = f"{len(mapping.filled())} of {_named(table)} columns used"
    _say(f"{of}sheet {table.sheet.name!r}, header in row {header}, {used}")
    for notice in notices_of(table):
        _say(f"  {notice.text.en} / {notice.text.zh}")
    for one in table.suggestions:
        if note := _note(one, mapping):
            _say(f"  column {column_letters(one.column)} {one.header!r}: {note}")
    if mapping.key:
        _say(f"  no column has account numbers; they are made from {', '.join(mapping.key)}")
    for question in questions_of(mapping, table.data[:SAMPLE_ROWS], table.header.sheet_unit):
        if question.answer is not None:
            _say(f"  {_asked(question)}")


def tell_side_sheets(side: SideSheets, summary: Summary) -> None:
    strays = summary.strays
    for one in side.sheets:
        _say(
            f"sheet {one.name!r} ({one.kind}): {one.read} rows read, {one.refused} rejected, {one.set_aside} set aside"
        )
    for error in (*side.errors, *strays)[:SIDE_ERRORS_TOLD]:
        place = error.cell or f"row {error.row}"
        _say(f"  sheet {error.sheet!r} {place}: {error.code}: {error.message.en} / {error.message.zh}")
    if (more := len(side.errors) + len(strays) - SIDE_ERRORS_TOLD) > 0:
        _say(f"  and {more} more")
    for line in summary.doubts.told_beside(side.layouts):
        _say(line)


def _named(table: Table) -> int:
    return sum(1 for name in table.header.names if name)


def _note(one: Suggestion, mapping: Mapping) -> str | None:
    """What the reader should know of a column: it was assumed to be a field, or was left out though it might be one."""
    rule = next((rule for rule in mapping.rules if rule.column == one.column), None)
    if rule and rule.parts:
        return f"holds {', '.join(part.field or 'nothing' for part in rule.parts)}, split as {rule.split!r}"
    used = rule.field if rule else None
    if one.level == "assumed" and used == one.field:
        return f"taken as {used} ({one.reason.en})"
    if used is None and one.field is not None:
        return f"not used; perhaps {one.field} ({one.reason.en})"
    return None


def _asked(question: Question) -> str:
    """How a column is read whose cells leave it open."""
    columns = ", ".join(f"{column_letters(rule.column)} {rule.header!r}" for rule in question.rules)
    why = f" ({question.why.en})" if question.why else ""
    return f"column {columns}: read as {question.answer}{why}"


def _say(line: str) -> None:
    click.echo(line, err=True)
