"""The cells of rejected rows, sealed: what a row held when it was last given, so that single cells can be mended.

A row's envelope names its batch and row, so one cannot be laid in another's place. Rows whose envelope is absent or
cannot be opened any more are read from the original file.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from reviewdesk.db import Work
from reviewdesk.intake.models import Batch, SheetRow, StoredFile
from reviewdesk.intake.numbering import part_of, row_of
from reviewdesk.intake.opening import table_of
from reviewdesk.intake.parts import parts_of
from reviewdesk.intake.plain_cells import cell_of, plain_of
from reviewdesk.intake.storage import locate
from reviewdesk.vault import SealBroken, vault

_NO_CASE = 0


def seal_cells(org_id: UUID, batch_id: UUID, row: int, cells: Sequence[Any]) -> bytes:
    """Seal a row's cells."""
    return seal_given(org_id, _place(batch_id, row), cells)


def seal_given(org_id: UUID, place: str, cells: Sequence[Any]) -> bytes:
    """Seal cells for the place where they stand."""
    return vault().seal({"place": place, "cells": [plain_of(cell) for cell in cells]}, org_id, _NO_CASE)


def open_cells(sealed: bytes, org_id: UUID, place: str) -> list[Any]:
    """The cells that were sealed for a place.

    Raises:
        SealBroken: the envelope cannot be opened, or is of another place.
    """
    kept: Mapping[str, Any] = vault().unseal(sealed, org_id, _NO_CASE)
    if kept["place"] != place:
        raise SealBroken
    return [cell_of(cell) for cell in kept["cells"]]


def cells_of(work: Work, batch: Batch, rows: Sequence[SheetRow]) -> dict[int, list[Any]]:
    """The cells of rejected rows, in the order of the original's columns, by row number."""
    opened = {row.row: cells for row in rows if (cells := _opened(batch, row)) is not None}
    absent = [row.row for row in rows if row.row not in opened]
    return opened | (_from_original(work, batch, absent) if absent else {})


def _opened(batch: Batch, row: SheetRow) -> list[Any] | None:
    if row.sealed is None:
        return None
    try:
        return open_cells(row.sealed, batch.org_id, _place(batch.batch_id, row.row))
    except SealBroken:
        return None


def _from_original(work: Work, batch: Batch, rows: Sequence[int]) -> dict[int, list[Any]]:
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    path, parts = locate(file.readable_path), parts_of(batch)
    found: dict[int, list[Any]] = {}
    for _number, numbers in groupby(sorted(rows), part_of):
        wanted = list(numbers)
        cells = table_of(path, batch.sheet, parts, wanted[0]).sheet.rows
        found |= {row: list(cells[row_of(row) - 1]) for row in wanted if row_of(row) <= len(cells)}
    return found


def _place(batch_id: UUID, row: int) -> str:
    return f"{batch_id}:{row}"
