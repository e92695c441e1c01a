"""The rows of a loaded batch that wait for an answer, and the questions that they wait for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from reviewdesk.db import Work
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import Rule
from reviewdesk.intake.models import Batch, SheetRow
from reviewdesk.intake.numbering import SPAN, number_of
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.questions import DOUBTS, UNSURE, Question, cells_of, questions_about
from reviewdesk.intake.rejects import cells_of as cells_of_rows

LOOKED_AT = 40
"""So many different cells of a column are looked at for what they may mean."""

Columns = Iterable[tuple[int, str]]
"""Columns that leave something open: the number of their file, and their field."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about columns of a loaded batch, for whose answer `rows` wait.

    `parts` are the files that have these columns, `file` is the name of the first of them, empty in a batch of one.
    """

    question: Question
    parts: tuple[int, ...]
    rows: int
    file: str = ""

    @property
    def name(self) -> str:
        """What the answer is called: the same for the same columns."""
        return f"{self.parts[0]}-{self.question.name}"

    @property
    def where(self) -> str:
        """What people call the place of the columns."""
        return self.file

    @property
    def columns(self) -> tuple[tuple[int, str], ...]:
        """What it asks about."""
        return tuple((part, rule.field or "") for part in self.parts for rule in self.question.rules)


_DOUBTS = """
WITH found AS (
    SELECT row, row / :span AS part, e ->> 'field' AS field, e ->> 'column' AS header, e ->> 'value' AS value
    FROM sheet_rows, jsonb_array_elements(errors) AS e
    WHERE org_id = :org AND batch_id = :batch AND outcome = 'rejected' AND codes && CAST(:doubts AS text[])
    AND e ->> 'code' = ANY(CAST(:doubts AS text[]))
), cells AS (
    SELECT part, field, header, min(row) AS first FROM found GROUP BY part, field, header, value
)
SELECT part, field, header, (array_agg(first ORDER BY first))[1:{looked_at}] AS rows
FROM cells GROUP BY part, field, header ORDER BY part, field, header
"""

_WAITING = """
FROM sheet_rows
WHERE org_id = :org AND batch_id = :batch AND outcome = 'rejected' AND codes && CAST(:doubts AS text[])
AND EXISTS (
    SELECT FROM jsonb_array_elements(errors) AS e
    JOIN unnest(CAST(:parts AS int[]), CAST(:fields AS text[])) AS c (part, field)
    ON c.part = row / :span AND c.field = e ->> 'field'
    WHERE e ->> 'code' = ANY(CAST(:doubts AS text[]))
)
"""


def asked_of(work: Work, batch: Batch) -> list[Asked]:
    """The questions that rejected rows of a loaded batch wait for, one for columns that are alike in several files."""
    if not batch.counts.get("rejected"):
        return []
    doubts = _doubts(work, batch)
    cells = _cells(work, batch, {row for found in doubts.values() for _, rows in found for row in rows})
    groups: dict[tuple[str, ...], list[int]] = {}
    for part in doubts:
        groups.setdefault(tuple(place_of(batch, number_of(part, 1)).headers), []).append(part)
    return [asked for parts in groups.values() for asked in _asked(work, batch, parts, doubts, cells)]


_Doubts = dict[int, list[tuple[tuple[str, str | None], Sequence[int]]]]


def _doubts(work: Work, batch: Batch) -> _Doubts:
    """By file: field and header of each column in doubt, with the first rows of its different cells."""
    rows = work.execute(
        _DOUBTS.format(looked_at=LOOKED_AT), org=batch.org_id, batch=batch.batch_id, doubts=list(DOUBTS), span=SPAN
    )
    found: _Doubts = {}
    for part, field, header, firsts in rows:
        found.setdefault(part, []).append(((field, header), firsts))
    return found


def _cells(work: Work, batch: Batch, numbers: Iterable[int]) -> dict[int, list[Any]]:
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.row.in_(list(numbers))
    )
    return cells_of_rows(work, batch, list(work.session.scalars(wanted.options(undefer(SheetRow.sealed)))))


def _asked(
    work: Work, batch: Batch, parts: Sequence[int], doubts: _Doubts, cells: Mapping[int, Sequence[Any]]
) -> Iterable[Asked]:
    """The questions of files with the same headers."""
    place = place_of(batch, number_of(parts[0], 1))
    mapping = ColumnMapping.from_json(place.mapping)
    rows: dict[tuple[str, str | None], list[int]] = {}
    for part in parts:
        for column, firsts in doubts[part]:
            rows.setdefault(column, []).extend(firsts)
    columns: list[tuple[Rule, Sequence[Any]]] = [
        (rule, cells_of(rule, [cells[row] for row in rows[rule.field or "", rule.header] if row in cells]))
        for rule in mapping.filled()
        if (rule.field or "", rule.header) in rows
    ]
    for question in questions_about(columns, mapping.day_count):
        if question.options and (question.open or question.answer == UNSURE):
            asked = Asked(question, tuple(parts), 0, place.file)
            yield Asked(question, asked.parts, count_waiting(work, batch, asked.columns), place.file)


def count_waiting(work: Work, batch: Batch, columns: Columns) -> int:
    """How many rejected rows wait for what columns are."""
    number: int = work.execute("SELECT count(*) " + _WAITING, **_values(batch, columns)).scalar_one()
    return number


def rows_waiting(work: Work, batch: Batch, columns: Columns, after: int, most: int) -> list[SheetRow]:
    """The first of these rows after one, with their cells."""
    statement = "SELECT row " + _WAITING + "AND row > :after ORDER BY row LIMIT :most"
    rows = list(work.execute(statement, after=after, most=most, **_values(batch, columns)).scalars())
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.row.in_(rows)
    )
    return list(work.session.scalars(wanted.options(undefer(SheetRow.sealed)).order_by(SheetRow.row)))


def _values(batch: Batch, columns: Columns) -> dict[str, Any]:
    pairs = list(columns)
    return {
        "org": batch.org_id,
        "batch": batch.batch_id,
        "doubts": list(DOUBTS),
        "span": SPAN,
        "parts": [part for part, _ in pairs],
        "fields": [field for _, field in pairs],
    }
