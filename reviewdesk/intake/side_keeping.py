"""The side rows of a batch in the database: kept when it is loaded, counted, and read again where they were mended."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import undefer

from reviewdesk.db import Work
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.models import Batch, SideRow, StoredFile
from reviewdesk.intake.opening import sheets_of
from reviewdesk.intake.parts import parts_of
from reviewdesk.intake.reading import Sheet, open_source
from reviewdesk.intake.rejects import open_cells, seal_given
from reviewdesk.intake.side_rows import (
    Given,
    LostRow,
    columns_of,
    layouts_from_json,
    layouts_to_json,
    lost_rows,
    read_given,
)
from reviewdesk.intake.side_sheets import Layout, SideError, SideSheetRead, SideSheets, read_side_sheets
from reviewdesk.intake.storage import locate
from reviewdesk.intake.values import shown

STRAY = "side.row_stray"
ERRORS_SHOWN = 200
"""So many errors of side sheets stand in a batch's counts."""


def keep_side_rows(
    work: Work, batch: Batch, found: SideSheets, accounts: set[str], open_sheet: Callable[[str], Sheet]
) -> dict[str, Any]:
    """Keep what became of a batch's side sheets; returns what its counts say of them, nothing where it has none."""
    if not found.sheets and not found.errors:
        return {}
    batch.side_layouts = layouts_to_json(found.layouts)
    lost = list(lost_rows(found, accounts, open_sheet))
    if lost:
        work.session.execute(insert(SideRow), [_values(batch, found.layouts[one.sheet], one) for one in lost])
    kept = Counter((one.sheet, one.errors[0].code == STRAY) for one in lost)
    return _counts(
        [_told(one, kept) for one in found.sheets],
        [error_of(error) for error in found.of_whole_sheets()],
        [error_of(error) for one in lost[:ERRORS_SHOWN] for error in one.errors],
    )


def _told(one: SideSheetRead, kept: Mapping[tuple[str, bool], int]) -> dict[str, Any]:
    """A sheet in a batch's counts. `unkept` of its refused rows cannot be mended one by one, for they are too many."""
    stray = kept.get((one.name, True), 0)
    told = {"sheet": one.name, "kind": one.kind, "read": one.read - stray, "refused": one.refused, "stray": stray}
    unkept = one.refused - kept.get((one.name, False), 0)
    told |= {"set_aside": one.set_aside, "mended": 0, "dismissed": 0}
    return told | ({"unkept": unkept} if unkept else {})


def _counts(beside: list[dict[str, Any]], whole: list[Any], errors: list[Any]) -> dict[str, Any]:
    return {
        "beside": beside,
        "beside_wrong": len(whole) + sum(one["refused"] + one["stray"] for one in beside),
        "beside_whole": whole,
        "beside_errors": [*whole, *errors][:ERRORS_SHOWN],
    }


def _values(batch: Batch, layout: Layout, one: LostRow) -> dict[str, Any]:
    return {
        "org_id": batch.org_id,
        "batch_id": batch.batch_id,
        "sheet": one.sheet,
        "row": one.row,
        "kind": one.kind,
        **row_values(batch, layout, one.sheet, one.row, one.account, one.cells, one.errors),
    }


def row_values(
    batch: Batch,
    layout: Layout,
    sheet: str,
    row: int,
    account: str | None,
    cells: Sequence[Any],
    errors: Sequence[SideError],
) -> dict[str, Any]:
    """What is kept of a row as it was last given: what it shows, its sealed cells, and what is wrong with it."""
    return {
        "account_no": account and discreet(account, "account_no"),
        "codes": list(dict.fromkeys(error.code for error in errors)),
        "errors": [error_of(error) for error in errors],
        "shown": _shown(layout, cells),
        "sealed": seal_given(batch.org_id, place(batch, sheet, row), cells),
    }


def _shown(layout: Layout, cells: Sequence[Any]) -> dict[str, str]:
    """A row's cells that are read, masked, by column."""
    return {
        str(column): discreet(shown(cells[column]), "account_no" if column == layout.account else None)
        for column in columns_of(layout)
        if column < len(cells) and cells[column] not in ("", None)
    }


def error_of(error: SideError) -> dict[str, Any]:
    """An error as it is kept: what looks personal is masked."""
    value = None if error.value is None else discreet(error.value, None)
    return error.as_json() | {"value": value, "account": error.account and discreet(error.account, "account_no")}


def place(batch: Batch, sheet: str, row: int) -> str:
    """What a row's envelope is bound to."""
    return f"{batch.batch_id}:{sheet}:{row}"


# --- afterwards ------------------------------------------------------------------------------------------------------


def side_rows_of(work: Work, batch: Batch, *outcomes: str) -> list[SideRow]:
    """The rows of a batch with these outcomes, in the order of the sheets, with their cells."""
    wanted = select(SideRow).where(
        SideRow.org_id == batch.org_id, SideRow.batch_id == batch.batch_id, SideRow.outcome.in_(outcomes)
    )
    return list(work.session.scalars(wanted.options(undefer(SideRow.sealed)).order_by(SideRow.sheet, SideRow.row)))


def cells_given(batch: Batch, rows: Sequence[SideRow]) -> dict[str, dict[int, list[Any]]]:
    """The cells of rows as they were last given, by sheet and row."""
    found: dict[str, dict[int, list[Any]]] = {}
    for row in rows:
        found.setdefault(row.sheet, {})[row.row] = open_cells(
            row.sealed, batch.org_id, place(batch, row.sheet, row.row)
        )
    return found


def count_again(work: Work, batch: Batch) -> None:
    """Bring a batch's counts of its side sheets in step with its rows."""
    work.session.flush()
    told = work.execute(_TALLY, org=batch.org_id, batch=batch.batch_id, stray=STRAY)
    tally = {(row.sheet, row.what): row.number for row in told}
    beside = [_recounted(one, tally) for one in batch.counts.get("beside", ())]
    rows = work.session.scalars(
        select(SideRow)
        .where(SideRow.org_id == batch.org_id, SideRow.batch_id == batch.batch_id, SideRow.outcome == "rejected")
        .order_by(SideRow.sheet, SideRow.row)
        .limit(ERRORS_SHOWN)
    )
    errors = [error for row in rows for error in row.errors]
    batch.counts = dict(batch.counts) | _counts(beside, list(batch.counts.get("beside_whole", ())), errors)


_TALLY = """
SELECT sheet, CASE outcome WHEN 'dismissed' THEN 'dismissed'
                   WHEN 'rejected' THEN CASE WHEN :stray = ANY(codes) THEN 'stray' ELSE 'refused' END
                   ELSE 'mended' END AS what, count(*) AS number
FROM side_rows WHERE org_id = :org AND batch_id = :batch GROUP BY 1, 2
"""


def _recounted(one: Mapping[str, Any], tally: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    now = {what: tally.get((one["sheet"], what), 0) for what in ("mended", "stray", "refused", "dismissed")}
    return {
        **one,
        **now,
        "read": one["read"] + now["mended"] - one["mended"],
        "refused": now["refused"] + one.get("unkept", 0),
    }


def side_sheets_of(work: Work, batch: Batch) -> SideSheets:
    """The side sheets of a loaded batch with their mended rows; its file is not opened where it had none."""
    if not batch.counts.get("beside"):
        return SideSheets()
    return _reader(work, batch)(_given_after(work, batch))


def side_sheets_before_and_after(work: Work, batch: Batch) -> tuple[SideSheets, SideSheets]:
    """The side sheets as the cases hold them, and with what was mended or dismissed since."""
    read = _reader(work, batch)
    return read(_given_before(work, batch)), read(_given_after(work, batch))


def rows_to_join(work: Work, batch: Batch) -> list[SideRow]:
    """The rows that the cases do not hold as they are meant: mended, dismissed, or no longer dismissed."""
    wanted = select(SideRow).where(
        SideRow.org_id == batch.org_id,
        SideRow.batch_id == batch.batch_id,
        (SideRow.outcome == "mended") | ((SideRow.outcome == "dismissed") != SideRow.left_out),
    )
    return list(work.session.scalars(wanted.options(undefer(SideRow.sealed)).order_by(SideRow.sheet, SideRow.row)))


def _given_before(work: Work, batch: Batch) -> Given:
    wanted = select(SideRow).where(SideRow.org_id == batch.org_id, SideRow.batch_id == batch.batch_id, SideRow.left_out)
    left_out = work.session.scalars(wanted.options(undefer(SideRow.sealed))).all()
    return _without(batch, cells_given(batch, side_rows_of(work, batch, "joined")), left_out)


def _given_after(work: Work, batch: Batch) -> Given:
    given = cells_given(batch, side_rows_of(work, batch, "mended", "joined"))
    return _without(batch, given, side_rows_of(work, batch, "dismissed"))


def _without(batch: Batch, given: dict[str, dict[int, list[Any]]], rows: Sequence[SideRow]) -> Given:
    """`given` with rows that say nothing: of each stands the account alone, which may be merged over others."""
    layouts = layouts_from_json(batch.side_layouts)
    for sheet, cells_by_row in cells_given(batch, rows).items():
        account = layouts[sheet].account
        for row, cells in cells_by_row.items():
            given.setdefault(sheet, {})[row] = [*[""] * account, *map(shown, cells[account : account + 1]), ""]
    return given


def _reader(work: Work, batch: Batch) -> Callable[[Given], SideSheets]:
    """Reads the batch's side sheets with given rows in the place of their own."""
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    open_sheet = sheets_of(locate(file.readable_path), parts_of(batch))
    layouts = layouts_from_json(batch.side_layouts)
    if not layouts:  # loaded before the columns were kept
        source = open_source(locate(file.readable_path))
        names = [name for name in source.visible_names if name != batch.sheet]
        return lambda _given: read_side_sheets(names, source.sheet)
    return lambda given: read_given(layouts, open_sheet, given)


def settle_rows_of(work: Work, batch: Batch, accounts: Sequence[str]) -> None:
    """Mark as joined the rows of accounts that became cases with them, and as left out those that are dismissed."""
    values = {"org": batch.org_id, "batch": batch.batch_id}
    masked = [discreet(account, "account_no") for account in accounts]
    work.execute(_SETTLE, stray=STRAY, accounts=masked, **values)
    work.execute(_LEAVE_OUT, accounts=masked, **values)


_LEAVE_OUT = """
UPDATE side_rows SET left_out = true WHERE org_id = :org AND batch_id = :batch
AND outcome = 'dismissed' AND account_no = ANY(CAST(:accounts AS text[]))
"""

_SETTLE = """
UPDATE side_rows SET outcome = 'joined', left_out = false WHERE org_id = :org AND batch_id = :batch
AND (outcome = 'mended' OR outcome = 'rejected' AND codes = ARRAY[:stray])
AND account_no = ANY(CAST(:accounts AS text[]))
"""
