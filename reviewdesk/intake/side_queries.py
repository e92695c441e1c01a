"""Reads of side rows that are to be mended: how many there are, a page of them, and what became of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.models import Batch, Case, SideRow
from reviewdesk.intake.queries import ROWS_PER_PAGE
from reviewdesk.intake.side_rows import columns_of, layouts_from_json

MOST_COLUMNS = 9


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a side sheet as the page shows it."""

    place: int
    header: str

    @property
    def letters(self) -> str:
        """What Excel calls it."""
        return column_letters(self.place)


def rejected_by_sheet(work: Work, batch: Batch) -> dict[str, int]:
    """How many rows of each side sheet are rejected, in the order of the sheets; those without are absent."""
    wanted = select(SideRow.sheet, func.count().label("number")).where(*_rejected(batch)).group_by(SideRow.sheet)
    found = {row.sheet: row.number for row in work.session.execute(wanted)}
    return {sheet: found[sheet] for sheet in batch.side_layouts or () if sheet in found}


def codes_by_sheet(work: Work, batch: Batch) -> list[tuple[str, str, int]]:
    """How many rows of each sheet have each error code, the most frequent first."""
    rows = work.execute(
        "SELECT sheet, code, count(*) FROM side_rows, unnest(codes) AS code "
        "WHERE org_id = :org AND batch_id = :batch AND outcome = 'rejected' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
        org=batch.org_id,
        batch=batch.batch_id,
    )
    return [(sheet, code, number) for sheet, code, number in rows]


def rejected_side_rows(
    work: Work,
    batch: Batch,
    sheet: str | None = None,
    *,
    code: str | None = None,
    after: tuple[str, int] | None = None,
    size: int = ROWS_PER_PAGE,
) -> list[SideRow]:
    """Rejected rows in order, of one sheet or of all, one more than `size` where there is one.

    `after` is the sheet and the row of the one before.
    """
    wanted = select(SideRow).where(*_rejected(batch))
    if sheet is not None:
        wanted = wanted.where(SideRow.sheet == sheet)
    if code is not None:
        wanted = wanted.where(SideRow.codes.contains([code]))
    if after is not None:
        wanted = wanted.where((SideRow.sheet > after[0]) | (SideRow.sheet == after[0]) & (SideRow.row > after[1]))
    return list(work.session.scalars(wanted.order_by(SideRow.sheet, SideRow.row).limit(size + 1)))


def one_row(work: Work, batch: Batch, sheet: str, row: int) -> tuple[SideRow, Case | None]:
    """A row whatever became of it, and the case of its account where there is one.

    Raises:
        NotFound: the batch keeps no such row.
    """
    one = work.session.get(SideRow, (batch.org_id, batch.batch_id, sheet, row))
    if one is None:
        raise NotFound("row.not_rejected", Text("这一行已不在未并入之列。", "This row is no longer rejected."))
    wanted = select(Case).where(Case.org_id == batch.org_id, Case.account_no == one.account_no)
    return one, work.session.scalar(wanted.where(Case.state != "reversed"))


def columns_shown(batch: Batch, sheet: str, rows: Sequence[SideRow]) -> list[Column]:
    """The columns of a sheet that a table of its rows shows: account, those with errors, and others while they fit."""
    layout = layouts_from_json({sheet: (batch.side_layouts or {})[sheet]})[sheet]
    columns = columns_of(layout)
    wrong = {error["column"] for row in rows for error in row.errors if error["cell"]}
    first = [place for place, header in columns.items() if place == layout.account or header in wrong]
    shown = [*first, *(place for place in columns if place not in first)][:MOST_COLUMNS]
    return [Column(place, header) for place, header in columns.items() if place in shown]


def _rejected(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    return SideRow.org_id == batch.org_id, SideRow.batch_id == batch.batch_id, SideRow.outcome == "rejected"
