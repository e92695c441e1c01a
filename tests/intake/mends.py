"""Mending for tests: one row by its cells, as the page does it."""

from collections.abc import Mapping
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.intake.mending import GivenRow, Mended, about_one, mend_rows


def mend_row(actor: Actor, batch: UUID, row: int, cells: Mapping[int, str], sheet: str | None = None) -> Mended:
    """Mend a row of the accounts, or of a side sheet; `cells` are its new ones by column from 0."""
    given = GivenRow(row, cells, sheet)
    return mend_rows(actor, batch, [given], about_one(given))
