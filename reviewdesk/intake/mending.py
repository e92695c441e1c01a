"""Mending rejected rows of a loaded batch, of its accounts and its side sheets: what page and workbook share.

Either way the rows go through the same reading and loading as at first, in one transaction with the batch's counts.
Rows that are cases already are passed over, so the same mends given twice do nothing twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, NotAllowed, Refusal, Text
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.chosen_rows import Chosen, load_chosen
from reviewdesk.intake.known import Renew
from reviewdesk.intake.loader import Report
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.models import Batch, Case, SheetRow
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.rejects import cells_of
from reviewdesk.intake.side_keeping import cells_given, count_again, settle_rows_of
from reviewdesk.intake.side_mending import SideMended, ask_to_join, mend_side_rows, rejected_side_rows
from reviewdesk.intake.unlocked import release_if_whole
from reviewdesk.intake.values import shown
from reviewdesk.journal.service import record

MOST_TOLD = 200
"""Cells whose old and new value the event of a workbook tells; all are in the workbook, which is kept."""

MENDABLE = ("auditing", "ready")

RENEW_JOB = "intake.renew"

Cells = Mapping[int, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of given rows: `loaded` became cases, `rejected` are still wrong, `passed` were no rejected rows.

    `known` rows are of accounts that are cases already, and were skipped or renew them, as the batch was told to.
    `joined` rows of side sheets read well now and are taken into their cases, `side_rejected` are still wrong.
    `dismissed` rows had changed and were not read, for they are no cases.
    """

    loaded: int = 0
    rejected: int = 0
    passed: int = 0
    known: int = 0
    joined: int = 0
    side_rejected: int = 0
    dismissed: int = 0

    @property
    def taken(self) -> int:
        """Rows that were taken in."""
        return self.loaded + self.known + self.joined

    @property
    def wrong(self) -> int:
        """Rows that are still to be mended."""
        return self.rejected + self.side_rejected


# --- rows by their cells ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row with the cells that are given for it, new text by column from 0; `sheet` is a side sheet or None."""

    row: int
    cells: Mapping[int, str]
    sheet: str | None = None


def about_one(given: GivenRow) -> dict[str, Any]:
    """What the event says of where a row that was mended on the page comes from."""
    return {"by": "page", "row": given.row} | ({"sheet": given.sheet} if given.sheet else {})


def mend_rows(actor: Actor, batch_id: UUID, given: Sequence[GivenRow], about: dict[str, Any]) -> Mended:
    """Change cells of rejected rows of the accounts and of side sheets, and read them again together.

    Rows of the accounts that are good now become cases; those of side sheets are joined to theirs by a job. Rows that
    are not rejected (any more) are passed over, so the same rows given twice do nothing twice. `about` says in the
    event where they come from.

    Raises:
        NotFound: there is no such batch.
        Conflict: the batch is not loaded.
        NotAllowed: the actor is no uploader.
    """
    check_uploader(actor, batch_id)
    with unit_of_work(actor) as work:
        batch = lock_batch(work, batch_id)
        held = rejected_rows(work, batch, [one.row for one in given if one.sheet is None])
        side_held = rejected_side_rows(work, batch, places_by_sheet(given))
        if not held and not side_held:
            return Mended(passed=len(given))
        cells = {(one.sheet, one.row): one.cells for one in given}
        old = cells_of(work, batch, held)
        new = {row: _with_cells(was, cells[None, row]) for row, was in old.items()}
        side_new = {
            sheet: {row: _with_cells(was, cells[sheet, row]) for row, was in rows.items()}
            for sheet, rows in cells_given(batch, side_held).items()
        }
        side = mend_side_rows(work, batch, side_held, side_new)
        passed = len(given) - len(held) - len(side_held)
        return take_in(work, batch, Taken(new, old, about, side, passed))


def places_by_sheet(given: Iterable[GivenRow]) -> dict[str, list[int]]:
    """The rows of side sheets, by sheet."""
    found: dict[str, list[int]] = {}
    for one in given:
        if one.sheet is not None:
            found.setdefault(one.sheet, []).append(one.row)
    return found


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


def take_in(work: Work, batch: Batch, taken: Taken, report: Report = silent, renew: Renew | None = None) -> Mended:
    """Load the rows of a locked batch that are good now, and write down what became of all that were given.

    Rows of known accounts renew their cases with `renew`; without one a job does so where the batch was told to.
    """
    rows, side = taken.rows, taken.side
    made = load_chosen(work, batch, rows, report, renew) if rows else Chosen()
    old, new, changed = _changes(batch, taken.old, rows)
    mend = 1 + int(batch.counts.get("mends", 0))
    _count(work, batch, made, mend)
    if made.cases and batch.side_layouts:
        settle_rows_of(work, batch, [case.account_no for case in _cases_made(work, made.cases)])
        count_again(work, batch)
    renewing = _ask_to_renew(work, batch, list(rows), mend) if renew is None else 0
    rejected = len(rows) - made.settled - renewing
    known = renewing + made.skipped + made.updated + made.unchanged
    result = Mended(len(made.cases), rejected, taken.passed, known, side.mended, side.rejected)
    counts = {"loaded": result.loaded, "rejected": rejected}
    counts |= {name: number for name in _APART if (number := getattr(made, name))}
    if side.mended or side.rejected:
        counts |= {"side_mended": side.mended, "side_rejected": side.rejected}
    record(
        work,
        "intake:batch:mend",
        ("batch", batch.batch_id),
        old=old | side.old,
        new=taken.about | {"changed": changed + side.changed} | counts | new | side.new,
        batch_id=batch.batch_id,
        cases=made.cases or None,
    )
    if made.cases:
        _ask_for_audit(work, batch, made.cases, mend)
    if side.mended or (batch.side_layouts and made.updated + made.unchanged):
        ask_to_join(work, batch, str(mend))
    release_if_whole(work, batch)
    return result


_APART = ("skipped", "updated", "unchanged")
"""What may become of rows whose accounts are cases already."""


def _count(work: Work, batch: Batch, made: Chosen, mend: int) -> None:
    counts = dict(batch.counts)
    counts["loaded"] += len(made.cases)
    counts["rejected"] -= made.settled
    for name in _APART:
        counts[name] = counts.get(name, 0) + getattr(made, name)
    batch.counts = counts | {"mended": counts.get("mended", 0) + len(made.cases), "mends": mend}
    batch.counts = dict(batch.counts) | {"known": known_rows(work, batch)}
    if made.known_of:
        batch.counts = dict(batch.counts) | {"known_of": [*batch.counts.get("known_of", ()), *made.known_of]}
    batch.totals = {
        name: batch.totals.get(name, 0) + made.totals.get(name, 0) for name in {**batch.totals, **made.totals}
    }
    batch.version += 1


# --- known accounts of a batch that updates ---------------------------------------------------------------------------


def _ask_to_renew(work: Work, batch: Batch, rows: Sequence[int], mend: int) -> int:
    """Ask that mended rows of known accounts renew their cases, where the batch updates; returns how many."""
    if batch.on_known != "update" or not rows:
        return 0
    known = [row.row for row in rejected_rows(work, batch, rows) if row.codes == ["account.known"]]
    if known:
        args = {"batch_id": str(batch.batch_id), "rows": known}
        outbox.add(work, RENEW_JOB, args, key=f"{batch.batch_id}:{mend}")
    return len(known)


def run_renewing(work: Work, args: dict[str, Any], report: Report, *, renew: Renew) -> None:
    """The job `intake.renew`: mended rows of known accounts renew their cases. Run again, it finds nothing to do."""
    batch = lock_batch(work, UUID(args["batch_id"]))
    held = [row for row in rejected_rows(work, batch, args["rows"]) if row.codes == ["account.known"]]
    if held:
        cells = cells_of(work, batch, held)
        take_in(work, batch, Taken(cells, cells, {"by": "update"}), report, renew)


_KNOWN = ("account.known", "account.decided")
"""What is said of a rejected row whose account is a case already."""


def known_rows(work: Work, batch: Batch) -> int:
    """How many rows name accounts that were cases already: rejected for it, skipped, updated or unchanged."""
    work.session.flush()
    rejected = select(func.count()).where(
        SheetRow.org_id == batch.org_id,
        SheetRow.batch_id == batch.batch_id,
        SheetRow.outcome == "rejected",
        SheetRow.codes.overlap(list(_KNOWN)),
    )
    apart = sum(int(batch.counts.get(name, 0)) for name in _APART)
    return (work.session.scalar(rejected) or 0) + apart


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


def differ(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Whether some cell says something else."""
    return any(_text(_at(before, column)) != _text(_at(after, column)) for column in range(len(after)))


def _at(cells: Sequence[Any], column: int) -> Any:
    return cells[column] if column < len(cells) else ""


def _text(cell: Any) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else shown(cell)


def _cases_made(work: Work, cases: Sequence[int]) -> list[Case]:
    wanted = select(Case).where(Case.org_id == work.org_id, Case.case_id.in_(cases))
    return list(work.session.scalars(wanted))


def rejected_rows(work: Work, batch: Batch, rows: Sequence[int], *, outcome: str = "rejected") -> list[SheetRow]:
    """Those of the named rows that are still rejected, with their cells; `outcome` may be `dismissed` instead."""
    wanted = select(SheetRow).where(
        SheetRow.org_id == batch.org_id,
        SheetRow.batch_id == batch.batch_id,
        SheetRow.outcome == outcome,
        SheetRow.row == func.any(list(rows)),
    )
    with_cells = wanted.options(undefer(SheetRow.sealed)).execution_options(populate_existing=True)
    return list(work.session.scalars(with_cells.order_by(SheetRow.row)))


# --- what is refused -------------------------------------------------------------------------------------------------


def lock_batch(work: Work, batch_id: UUID, action: str = "intake:batch:mend") -> Batch:
    """A loaded batch, locked for mending.

    Raises:
        NotFound, Conflict: there is none, or it is not loaded.
    """
    find_batch(work, batch_id, action)
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


def check_uploader(actor: Actor, batch_id: UUID, action: str = "intake:batch:mend") -> None:
    """Refuse an actor who may not mend."""
    if actor.kind == "person" and not actor.has("uploader"):
        raise NotAllowed(
            "batch.mend_not_allowed",
            Text("只有资料员可以修正未导入的行。", "Only an uploader may mend rejected rows."),
            refusal=Refusal(action, ("batch", str(batch_id))),
        )
