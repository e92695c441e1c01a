"""The cells of rejected rows, sealed: what a row held when it was last given, so that single cells can be mended.

A row's envelope names its batch and row, so one cannot be laid in another's place. Rows whose envelope is absent or
cannot be opened any more are read from the original file.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from reviewdesk.db import Work
from reviewdesk.intake.models import Batch, SheetRow, StoredFile
from reviewdesk.intake.storage import locate
from reviewdesk.intake.table import open_table
from reviewdesk.vault import SealBroken, vault

_NO_CASE = 0


def seal_cells(org_id: UUID, batch_id: UUID, row: int, cells: Sequence[Any]) -> bytes:
    """Seal a row's cells."""
    return vault().seal({"place": _place(batch_id, row), "cells": [_plain(cell) for cell in cells]}, org_id, _NO_CASE)


def cells_of(work: Work, batch: Batch, rows: Sequence[SheetRow]) -> dict[int, list[Any]]:
    """The cells of rejected rows, in the order of the original's columns, by row number."""
    opened = {row.row: cells for row in rows if (cells := _opened(batch, row)) is not None}
    absent = [row.row for row in rows if row.row not in opened]
    return opened | (_from_original(work, batch, absent) if absent else {})


def _opened(batch: Batch, row: SheetRow) -> list[Any] | None:
    if row.sealed is None:
        return None
    try:
        kept: Mapping[str, Any] = vault().unseal(row.sealed, batch.org_id, _NO_CASE)
    except SealBroken:
        return None
    if kept["place"] != _place(batch.batch_id, row.row):
        return None
    return [_cell(cell) for cell in kept["cells"]]


def _from_original(work: Work, batch: Batch, rows: Sequence[int]) -> dict[int, list[Any]]:
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    sheet = open_table(locate(file.readable_path), batch.sheet).sheet
    return {row: list(sheet.rows[row - 1]) for row in rows if row <= len(sheet.rows)}


def _place(batch_id: UUID, row: int) -> str:
    return f"{batch_id}:{row}"


def _plain(cell: Any) -> Any:
    """A cell as JSON: a day and a moment are told from text by their key."""
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    return str(cell) if isinstance(cell, time | timedelta) else cell


def _cell(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    return datetime.fromisoformat(plain["moment"]) if "moment" in plain else date.fromisoformat(plain["day"])
