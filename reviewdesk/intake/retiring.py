"""Retiring a saved mapping: the next file with its headers is asked about again; and taking it up again. Nothing goes.

Both are about all versions of a header row, and are done on the latest, which the actor must have seen.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update

from reviewdesk.actor import Actor
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Stale, Text
from reviewdesk.intake.batches import check_may_upload
from reviewdesk.intake.layouts import find_mapping
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping_words import headers_of
from reviewdesk.intake.models import SavedMapping
from reviewdesk.intake.saved_mappings import latest_for, lock_header_row
from reviewdesk.journal.service import record

RETIRE: Final = "intake:mapping:retire"
USE: Final = "intake:mapping:use"

MOST_REASON: Final = 500
TOLD_HEADERS: Final = 5


def retire(actor: Actor, mapping_id: UUID, reason: str) -> SavedMapping:
    """Use a saved mapping no longer. One that is retired already stays so, without an event.

    Raises:
        Invalid: `mapping.reason`: there is none, or it is too long.
        NotFound: the organisation has no such mapping.
        NotAllowed: the actor is no uploader.
        Stale: `mapping.stale`: there is a later version of it.
    """
    words = discreet(" ".join(reason.split()), None)
    if not words or len(words) > MOST_REASON:
        raise Invalid(
            "mapping.reason",
            Text(
                f"请写明不再使用的理由，不超过 {MOST_REASON} 字。",
                f"Give a reason of at most {MOST_REASON} characters.",
            ),
            field="reason",
        )
    told = {"reason": words, "by": actor.name, "at": now().isoformat()}
    return _turn(actor, mapping_id, RETIRE, told)


def use_again(actor: Actor, mapping_id: UUID) -> SavedMapping:
    """Follow a retired mapping again. One that is in use stays so, without an event.

    Raises:
        NotFound, NotAllowed, Stale: as for `retire`.
    """
    return _turn(actor, mapping_id, USE, None)


def _turn(actor: Actor, mapping_id: UUID, action: str, retired: Mapping[str, Any] | None) -> SavedMapping:
    check_may_upload(actor)
    with unit_of_work(actor) as work:
        digest = find_mapping(work, mapping_id, action).header_hash
        lock_header_row(work, digest)
        latest = _seen(work, mapping_id, digest)
        if (latest.retired is None) == (retired is None):
            return latest
        was = latest.retired
        every = update(SavedMapping).where(SavedMapping.org_id == work.org_id, SavedMapping.header_hash == digest)
        work.session.execute(every.values(retired=retired))
        new = _state(retired) | _known_by(latest)
        record(work, action, ("mapping", mapping_id), old=_state(was), new=new)
    return latest


def _seen(work: Work, mapping_id: UUID, digest: str) -> SavedMapping:
    latest = latest_for(work, digest)
    if latest is None or latest.mapping_id != mapping_id:
        raise Stale(
            "mapping.stale",
            Text("这套列对应已有新版本，请先看新版本。", "There is a later version of this mapping: look at it first."),
            changes=[],
        )
    return latest


def _state(retired: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"state": "active"} if retired is None else {"state": "retired", "reason": retired["reason"]}


def _known_by(saved: SavedMapping) -> dict[str, Any]:
    """What the journal's reader knows the mapping by."""
    return {"version": saved.version, "headers": headers_of(ColumnMapping.from_json(saved.body))[:TOLD_HEADERS]}
