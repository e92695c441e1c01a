"""Dismissing rejected rows that are no cases at all, each with a reason, and taking that back.

A dismissed row stays where it is with what it held and what was wrong with it; it counts as `dismissed` and is neither
mended nor asked for again. Rows of side sheets leave their account's list, which is whole then: the job `JOIN_JOB`
brings that to the case. The same rows given twice do nothing twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from reviewdesk.actor import Actor
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mending import check_uploader, known_rows, lock_batch
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.side_keeping import cells_given, count_again, rows_to_join, side_rows_of
from reviewdesk.intake.side_mending import ask_to_join, mend_side_rows
from reviewdesk.intake.unlocked import release_if_whole
from reviewdesk.journal.service import record
from reviewdesk.journal.words import VALUES

EVENT: Final = "intake:batch:dismiss"
BACK_EVENT: Final = "intake:batch:reinstate"

REASONS: Final[Mapping[str, Text]] = VALUES["dismissal"]
"""Why a row is dismissed; `other` needs a note."""

MOST_NOTE: Final = 300
MOST_TOLD: Final = 100
"""Rows whose places the event tells."""

Place = tuple[str | None, int]
"""A row by its side sheet, None for the accounts, and its number."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """What came of given rows: `changed` by place; the others were not rejected, or not dismissed."""

    changed: Sequence[Place]
    passed: int


def dismiss(actor: Actor, batch_id: UUID, places: Sequence[Place], reason: str, note: str = "") -> Dismissed:
    """Dismiss rejected rows of the accounts and of side sheets.

    Raises:
        Invalid: `dismissal.reason`, `dismissal.note`.
        NotFound: there is no such batch.
        Conflict: the batch is not loaded.
        NotAllowed: the actor is no uploader.
    """
    check_uploader(actor, batch_id, EVENT)
    why = _why(actor, reason, note)
    with unit_of_work(actor) as work:
        batch = lock_batch(work, batch_id, EVENT)
        found = _turn(work, batch, places, "rejected", "dismissed", why)
        if found:
            _count(work, batch, -_of_accounts(found))
            told = {"dismissal": reason} | ({"note": why["note"]} if why["note"] else {})
            _finish(work, batch, EVENT, found, told)
    return Dismissed(found, len(places) - len(found))


def reinstate(actor: Actor, batch_id: UUID, places: Sequence[Place]) -> Dismissed:
    """Take the dismissal of rows back: they are rejected again, or read well now.

    Raises:
        NotFound, Conflict, NotAllowed: as for `dismiss`.
    """
    check_uploader(actor, batch_id, BACK_EVENT)
    with unit_of_work(actor) as work:
        batch = lock_batch(work, batch_id, BACK_EVENT)
        found = _turn(work, batch, places, "dismissed", "rejected", None)
        if found:
            _read_again(work, batch, found)
            _count(work, batch, _of_accounts(found))
            _finish(work, batch, BACK_EVENT, found, {})
    return Dismissed(found, len(places) - len(found))


def _why(actor: Actor, reason: str, note: str) -> dict[str, Any]:
    note = discreet(" ".join(note.split()), None)
    if reason not in REASONS:
        raise Invalid(
            "dismissal.reason",
            Text("请选择剔除的原因。", f"Say why: {', '.join(REASONS)}."),
            field="reason",
        )
    if len(note) > MOST_NOTE or (reason == "other" and not note):
        raise Invalid(
            "dismissal.note",
            Text(
                f"请用不超过 {MOST_NOTE} 个字说明原因。",
                f"Say why in a note of at most {MOST_NOTE} characters.",
            ),
            field="note",
        )
    return {"reason": reason, "note": note, "by": actor.name, "at": now().isoformat()}


# --- the rows --------------------------------------------------------------------------------------------------------

_TURN = """
UPDATE sheet_rows SET outcome = :after, dismissed = CAST(:why AS jsonb)
WHERE org_id = :org AND batch_id = :batch AND outcome = :before AND row = ANY(CAST(:rows AS integer[])) RETURNING row
"""

_TURN_SIDE = """
UPDATE side_rows SET outcome = :after, dismissed = CAST(:why AS jsonb)
WHERE org_id = :org AND batch_id = :batch AND outcome = :before AND sheet = :sheet
AND row = ANY(CAST(:rows AS integer[])) RETURNING row
"""


def _turn(
    work: Work, batch: Batch, places: Sequence[Place], before: str, after: str, why: Mapping[str, Any] | None
) -> list[Place]:
    """Give rows another outcome; returns those that had the former one."""
    by_sheet: dict[str | None, list[int]] = {}
    for sheet, row in dict.fromkeys(places):
        by_sheet.setdefault(sheet, []).append(row)
    values = {
        "org": batch.org_id,
        "batch": batch.batch_id,
        "before": before,
        "after": after,
        "why": None if why is None else orjson.dumps(why).decode(),
    }
    found: list[Place] = []
    for sheet, rows in by_sheet.items():
        sql, more = (_TURN, {}) if sheet is None else (_TURN_SIDE, {"sheet": sheet})
        found += [(sheet, row) for row in sorted(work.execute(sql, rows=rows, **more, **values).scalars())]
    return found


def _of_accounts(places: Sequence[Place]) -> int:
    return sum(1 for sheet, _row in places if sheet is None)


def _read_again(work: Work, batch: Batch, places: Sequence[Place]) -> None:
    """Read rows of side sheets that are rejected again: their account may have come meanwhile."""
    wanted = set(places)
    held = [row for row in side_rows_of(work, batch, "rejected") if (row.sheet, row.row) in wanted]
    mend_side_rows(work, batch, held, cells_given(batch, held))


def _count(work: Work, batch: Batch, rejected: int) -> None:
    counts = dict(batch.counts)
    counts["rejected"] += rejected
    counts["dismissed"] = counts.get("dismissed", 0) - rejected
    batch.counts = counts
    batch.counts = counts | {"known": known_rows(work, batch)}
    batch.version += 1


def _finish(work: Work, batch: Batch, event: str, places: Sequence[Place], told: dict[str, Any]) -> None:
    """Bring the batch's counts in step, write down which rows it was, and have their cases take it in."""
    accounts = _of_accounts(places)
    if accounts < len(places):
        count_again(work, batch)
        changes = 1 + int(batch.counts.get("dismissals", 0))
        batch.counts = dict(batch.counts) | {"dismissals": changes}
        if rows_to_join(work, batch):
            ask_to_join(work, batch, f"dismissal:{changes}")
    numbers = {"rows": accounts} | ({"side_rows": len(places) - accounts} if accounts < len(places) else {})
    where = "、".join(_shown(batch, place) for place in places[:MOST_TOLD])
    record(
        work,
        event,
        ("batch", batch.batch_id),
        new=told | numbers | {"places": where},
        batch_id=batch.batch_id,
    )
    release_if_whole(work, batch)


def _shown(batch: Batch, place: Place) -> str:
    sheet, row = place
    if sheet is not None:
        return f"{sheet} {row}"
    there = place_of(batch, row)
    return f"{there.file} {there.row}".strip()
