"""Mending rejected rows of a loaded batch, of its accounts and its side sheets: what page and workbook share.

Either way the rows go through the same reading and loading as at first, in one transaction with the batch's counts.
Rows that are cases already are passed over, so the same mends given twice do nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, NotAllowed, NotFound, Refusal, Text
from reviewdesk.intake import loading
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.models import Batch, Case, SheetRow
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.service import find_batch
from reviewdesk.intake.side_keeping import count_again, settle_rows_of
from reviewdesk.intake.side_mending import SideMended, ask_to_join, mend_side_rows, one_side_row
from reviewdesk.intake.unlocked import release_if_whole
from reviewdesk.intake.values import shown
from reviewdesk.journal.service import record

MOST_TOLD = 200
"""Cells whose old and new value the event of a workbook tells; all are in the workbook, which is kept."""

MENDABLE = ("auditing", "ready")

Cells = Mapping[int, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of given rows: `loaded` became cases, `rejected` are still wrong, `passed` were no rejected rows.

    `joined` rows of side sheets read well now and are taken into their cases, `side_rejected` are still wrong.
    """

    loaded: int = 0
    rejected: int = 0
    passed: int = 0
    cases: tuple[int, ...] = ()
    joined: int = 0
    side_rejected: int = 0

    @property
    def wrong(self) -> int:
        """Rows that are still to be mended."""
        return self.rejected + self.side_rejected


# --- one row on the page ---------------------------------------------------------------------------------------------


def mend_row(actor: Actor, batch_id: UUID, row: int, given: Mapping[int, str]) -> Mended:
    """Change cells of a rejected row and read it again; `given` holds the new text by column, from 0.

    Raises:
        NotFound: there is no such batch, or the row is not rejected (any more).
        Conflict: the batch is not loaded.
        NotAllowed: the actor is no uploader.
    """
    check_uploader(actor, batch_id)
    with unit_of_work(actor) as work:
        batch = lock_batch(work, batch_id)
        held = rejected_rows(work, batch, [row])
        if not held:
            raise NotFound("row.not_rejected", Text("这一行已不在未导入之列。", "This row is no longer rejected."))
        old = cells_of(work, batch, held)[row]
        new = _with_cells(old, given)
        return take_in(work, batch, Taken({row: new}, {row: old}, {"by": "page", "row": row}))


def mend_side_row(actor: Actor, batch_id: UUID, sheet: str, row: int, given: Mapping[int, str]) -> Mended:
    """Change cells of a rejected row of a side sheet and read it again; a good one is joined to its case by a job.

    Raises:
        NotFound, Conflict, NotAllowed: as for `mend_row`.
    """
    check_uploader(actor, batch_id)
    with unit_of_work(actor) as work:
        batch = lock_batch(work, batch_id)
        held, old = one_side_row(work, batch, sheet, row)
        side = mend_side_rows(work, batch, [held], {sheet: {row: _with_cells(old, given)}})
        return take_in(work, batch, Taken({}, {}, {"by": "page", "sheet": sheet, "row": row}, side))


def _with_cells(cells: Sequence[Any], given: Mapping[int, str]) -> list[Any]:
    changed = [*cells, *[""] * (max(given, default=-1) + 1 - len(cells))]
    for column, text in given.items():
        changed[column] = text.strip()
    return changed


# --- both ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    """What is given to be taken in: rejected rows with their new and old cells, and what came of those of side sheets.

    `about` says in the event where they come from.
    """

    rows: Cells
    old: Cells
    about: dict[str, Any]
    side: SideMended = field(default_factory=SideMended)
    passed: int = 0


def silent(**_progress: Any) -> None:
    """For callers that nobody watches."""


def take_in(work: Work, batch: Batch, taken: Taken, report: loading.Report = silent) -> Mended:
    """Load the rows of a locked batch that are good now, and write down what became of all that were given."""
    rows, side = taken.rows, taken.side
    cases, totals = loading.load_chosen(work, batch, rows, report) if rows else ([], {})
    old, new, changed = _changes(batch, taken.old, rows)
    mend = 1 + int(batch.counts.get("mends", 0))
    _count(work, batch, len(cases), totals, mend)
    if cases and batch.side_layouts:
        settle_rows_of(work, batch, [case.account_no for case in cases_made(work, cases)])
        count_again(work, batch)
    result = Mended(len(cases), len(rows) - len(cases), taken.passed, tuple(cases), side.mended, side.rejected)
    counts = {"loaded": result.loaded, "rejected": result.rejected}
    if side.mended or side.rejected:
        counts |= {"side_mended": side.mended, "side_rejected": side.rejected}
    record(
        work,
        "intake:batch:mend",
        ("batch", batch.batch_id),
        old=old | side.old,
        new=taken.about | {"changed": changed + side.changed} | counts | new | side.new,
        batch_id=batch.batch_id,
        cases=cases or None,
    )
    if cases:
        _ask_for_audit(work, batch, cases, mend)
    if side.mended:
        ask_to_join(work, batch, str(mend))
    release_if_whole(work, batch)
    return result


def _count(work: Work, batch: Batch, loaded: int, totals: Mapping[str, int], mend: int) -> None:
    work.session.flush()
    known = SheetRow.codes.contains(["account.known"])
    wanted = select(func.count()).where(
        SheetRow.org_id == batch.org_id, SheetRow.batch_id == batch.batch_id, SheetRow.outcome == "rejected", known
    )
    counts = dict(batch.counts)
    counts["loaded"] += loaded
    counts["rejected"] -= loaded
    counts["known"] = work.session.scalar(wanted) or 0
    batch.counts = counts | {"mended": counts.get("mended", 0) + loaded, "mends": mend}
    batch.totals = {name: batch.totals.get(name, 0) + totals.get(name, 0) for name in {**batch.totals, **totals}}
    batch.version += 1


def _ask_for_audit(work: Work, batch: Batch, cases: Sequence[int], mend: int) -> None:
    batch.state = "auditing"
    record(
        work,
        "intake:case:receive",
        ("batch", batch.batch_id),
        new={"state": "received", "cases": len(cases)},
        batch_id=batch.batch_id,
        cases=cases,
    )
    outbox.add(work, "audit.batch", {"batch_id": str(batch.batch_id)}, key=f"{batch.batch_id}:mend:{mend}")


def _changes(batch: Batch, old: Cells, new: Cells) -> tuple[dict[str, str], dict[str, str], int]:
    """Mapped cells that are not as they were, masked, by header and place: the first of them, and how many."""
    was: dict[str, str] = {}
    now: dict[str, str] = {}
    changed = 0
    for row, cells in new.items():
        place = place_of(batch, row)
        for rule in ColumnMapping.from_json(place.mapping).filled():
            before, after = _at(old.get(row, ()), rule.column), _at(cells, rule.column)
            if _text(before) == _text(after):
                continue
            changed += 1
            if changed <= MOST_TOLD:
                key = " ".join(filter(None, (place.file, rule.header, f"{column_letters(rule.column)}{place.row}")))
                was[key], now[key] = (discreet(shown(one), rule.field) for one in (before, after))
    return was, now, changed


def _at(cells: Sequence[Any], column: int) -> Any:
    return cells[column] if column < len(cells) else ""


def _text(cell: Any) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else shown(cell)


def cases_made(work: Work, cases: Sequence[int]) -> list[Case]:
    """The cases that a mend made."""
    wanted = select(Case).where(Case.org_id == work.org_id, Case.case_id.in_(cases))
    return list(work.session.scalars(wanted))


def rejected_rows(work: Work, batch: Batch, rows: Sequence[int]) -> list[SheetRow]:
    """Those of the named rows that are still rejected, with their cells."""
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id,
        SheetRow.batch_id == batch.batch_id,
        SheetRow.outcome == "rejected",
        SheetRow.row == func.any(list(rows)),
    )
    return list(work.session.scalars(wanted.options(undefer(SheetRow.sealed)).order_by(SheetRow.row)))


# --- what is refused -------------------------------------------------------------------------------------------------


def lock_batch(work: Work, batch_id: UUID) -> Batch:
    """A loaded batch, locked for mending.

    Raises:
        NotFound, Conflict: there is none, or it is not loaded.
    """
    find_batch(work, batch_id, "intake:batch:mend")
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    locked = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    batch = work.session.scalars(locked).one()
    check_loaded(batch)
    return batch


def check_loaded(batch: Batch) -> None:
    """Refuse a batch whose rows cannot be mended."""
    if batch.state not in MENDABLE or "rejected" not in batch.counts:
        raise Conflict(
            "batch.not_loaded",
            Text("这个批次没有导入，不能修正其中的行。", "This batch is not loaded: its rows cannot be mended."),
            state=batch.state,
        )


def check_uploader(actor: Actor, batch_id: UUID) -> None:
    """Refuse an actor who may not mend."""
    if actor.kind == "person" and not actor.has("uploader"):
        raise NotAllowed(
            "batch.mend_not_allowed",
            Text("只有资料员可以修正未导入的行。", "Only an uploader may mend rejected rows."),
            refusal=Refusal("intake:batch:mend", ("batch", str(batch_id))),
        )
