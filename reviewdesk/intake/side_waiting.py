"""The rows of a loaded batch's side sheets that wait for an answer, and the questions that they wait for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewdesk.db import Work
from reviewdesk.intake.mapping import Rule
from reviewdesk.intake.models import Batch, SideRow
from reviewdesk.intake.questions import DOUBTS, Question, cells_of
from reviewdesk.intake.side_keeping import cells_given
from reviewdesk.intake.side_mending import rejected_side_rows
from reviewdesk.intake.side_rows import layouts_from_json
from reviewdesk.intake.side_sheets import Layout, questions_left
from reviewdesk.intake.waiting import LOOKED_AT

Columns = Iterable[tuple[str, str]]
"""Columns that leave something open: their sheet, and their header."""


@dataclass(frozen=True, slots=True)
class AskedBeside:
    """A question about columns of side sheets that are alike, for whose answer `rows` wait.

    `place` is that of the first sheet among those of the batch.
    """

    question: Question
    sheets: tuple[str, ...]
    place: int
    rows: int

    @property
    def name(self) -> str:
        """What the answer is called: the same for the same columns."""
        return f"side{self.place}-{self.question.name}"

    @property
    def where(self) -> str:
        """What people call the sheets."""
        return "、".join(self.sheets)

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """What it asks about."""
        return _columns(self.sheets, self.question)


def _columns(sheets: Iterable[str], question: Question) -> tuple[tuple[str, str], ...]:
    return tuple((sheet, header) for sheet in sheets for header in question.headers)


_DOUBTS = """
WITH found AS (
    SELECT sheet, row, e ->> 'column' AS header, e ->> 'value' AS value
    FROM side_rows, jsonb_array_elements(errors) AS e
    WHERE org_id = :org AND batch_id = :batch AND outcome = 'rejected' AND codes && CAST(:doubts AS text[])
    AND e ->> 'code' = ANY(CAST(:doubts AS text[]))
), cells AS (
    SELECT sheet, header, min(row) AS first FROM found GROUP BY sheet, header, value
)
SELECT sheet, header, (array_agg(first ORDER BY first))[1:{looked_at}] AS rows FROM cells GROUP BY sheet, header
"""

_WAITING = """
FROM side_rows
WHERE org_id = :org AND batch_id = :batch AND outcome = 'rejected' AND codes && CAST(:doubts AS text[])
AND EXISTS (
    SELECT FROM jsonb_array_elements(errors) AS e
    JOIN unnest(CAST(:sheets AS text[]), CAST(:headers AS text[])) AS c (sheet, header)
    ON c.sheet = side_rows.sheet AND c.header = e ->> 'column'
    WHERE e ->> 'code' = ANY(CAST(:doubts AS text[]))
)
"""


def asked_beside(work: Work, batch: Batch) -> list[AskedBeside]:
    """The questions that rejected rows of side sheets wait for, one for columns that are alike in several sheets."""
    if not batch.counts.get("beside_wrong"):
        return []
    doubts = _doubts(work, batch)
    cells = _cells(work, batch, doubts)
    layouts = layouts_from_json(batch.side_layouts)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for sheet, layout in layouts.items():
        if sheet in doubts:
            alike.setdefault((layout.kind.kind, layout.header.names), []).append(sheet)
    places = {sheet: place for place, sheet in enumerate(layouts)}
    return [
        AskedBeside(question, tuple(sheets), places[sheets[0]], count_beside(work, batch, _columns(sheets, question)))
        for sheets in alike.values()
        for question in _questions(sheets, layouts[sheets[0]], doubts, cells)
    ]


_Doubts = dict[str, dict[str, Sequence[int]]]


def _doubts(work: Work, batch: Batch) -> _Doubts:
    """By sheet and header the first rows of each column's different cells in doubt."""
    found: _Doubts = {}
    values = {"org": batch.org_id, "batch": batch.batch_id, "doubts": list(DOUBTS)}
    for sheet, header, rows in work.execute(_DOUBTS.format(looked_at=LOOKED_AT), **values):
        found.setdefault(sheet, {})[header] = rows
    return found


def _cells(work: Work, batch: Batch, doubts: _Doubts) -> Mapping[str, Mapping[int, Sequence[Any]]]:
    rows = {sheet: {row for some in by_header.values() for row in some} for sheet, by_header in doubts.items()}
    return cells_given(batch, rejected_side_rows(work, batch, rows))


def _questions(
    sheets: Sequence[str], layout: Layout, doubts: _Doubts, cells: Mapping[str, Mapping[int, Sequence[Any]]]
) -> Iterator[Question]:
    """The questions of sheets that are alike."""
    columns = []
    for known, column in layout.columns:
        header = layout.header.names[column]
        sample = [cells[sheet][row] for sheet in sheets for row in doubts[sheet].get(header, ())]
        if sample:
            columns.append((known, column, cells_of(Rule(column, header, None), sample)))
    return (one for one in questions_left(columns, layout.header) if one.options)


def count_beside(work: Work, batch: Batch, columns: Columns) -> int:
    """How many rejected rows wait for what columns are."""
    number: int = work.execute("SELECT count(*) " + _WAITING, **_values(batch, columns)).scalar_one()
    return number


def beside_waiting(work: Work, batch: Batch, columns: Columns) -> list[SideRow]:
    """These rows, with their cells."""
    rows: dict[str, list[int]] = {}
    for sheet, row in work.execute("SELECT sheet, row " + _WAITING, **_values(batch, columns)):
        rows.setdefault(sheet, []).append(row)
    return rejected_side_rows(work, batch, rows)


def _values(batch: Batch, columns: Columns) -> dict[str, Any]:
    pairs = list(columns)
    return {
        "org": batch.org_id,
        "batch": batch.batch_id,
        "doubts": list(DOUBTS),
        "sheets": [sheet for sheet, _ in pairs],
        "headers": [header for _, header in pairs],
    }
