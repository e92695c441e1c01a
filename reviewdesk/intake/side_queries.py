"""Reads of side rows that are to be mended: how many there are, and a page of them."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import undefer

from reviewdesk.db import Work
from reviewdesk.intake.models import Batch, SideRow
from reviewdesk.intake.queries import ROWS_PER_PAGE


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
    outcome: str = "rejected",
) -> list[SideRow]:
    """Rejected rows in order, of one sheet or of all, one more than `size` where there is one, with their cells.

    `after` is the sheet and the row of the one before. `outcome` may be `dismissed` instead.
    """
    wanted = select(SideRow).where(*_rejected(batch, outcome)).options(undefer(SideRow.sealed))
    if sheet is not None:
        wanted = wanted.where(SideRow.sheet == sheet)
    if code is not None:
        wanted = wanted.where(SideRow.codes.contains([code]))
    if after is not None:
        wanted = wanted.where((SideRow.sheet > after[0]) | (SideRow.sheet == after[0]) & (SideRow.row > after[1]))
    return list(work.session.scalars(wanted.order_by(SideRow.sheet, SideRow.row).limit(size + 1)))


def dismissed_number(work: Work, batch: Batch) -> int:
    """How many rows of a batch's side sheets are dismissed."""
    return work.session.scalar(select(func.count()).where(*_rejected(batch, "dismissed"))) or 0


def _rejected(batch: Batch, outcome: str = "rejected") -> tuple[ColumnElement[bool], ...]:
    return SideRow.org_id == batch.org_id, SideRow.batch_id == batch.batch_id, SideRow.outcome == outcome
