"""Handing a batch whose columns are settled over to loading."""

from collections.abc import Mapping as MappingType
from dataclasses import replace
from typing import Any
from uuid import UUID

from reviewdesk import outbox
from reviewdesk.db import Work
from reviewdesk.intake import loading
from reviewdesk.intake.checking import check_file
from reviewdesk.intake.hidden import read_hidden
from reviewdesk.intake.looking import Look
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import Part, keep_parts
from reviewdesk.intake.saved_mappings import save
from reviewdesk.intake.telling import told_columns, told_of, told_of_batch
from reviewdesk.journal.service import record


def start_file(work: Work, batch: Batch, look: Look, mapping: Mapping, *, by: str, here: bool = False) -> None:
    """Have the one file of a batch loaded under a mapping, by a job or `here` by the caller; `by` settled it."""
    saved = save(work, mapping, by=by)
    taken = look.taken(mapping, read_hidden(batch.hidden))
    batch.mapping, batch.mapping_id = taken.to_json(), saved.mapping_id
    told = {"by": by, "sheet": batch.sheet, "mapping": str(saved.mapping_id), "version": saved.version}
    _hand_over(work, batch, told | told_columns(taken), here=here)


def start_files(work: Work, batch: Batch, parts: list[Part]) -> None:
    """Have all files of an archive loaded as they were settled."""
    parts = [_taken(batch, part) for part in parts]
    keep_parts(batch, parts)
    settled = [part for part in parts if part.mapping_id]
    batch.sheet, batch.header_row, batch.mapping = None, None, None
    batch.headers = max((list(part.headers) for part in settled), key=len)
    batch.mapping_id = UUID(settled[0].mapping_id)
    batch.counts = {"rows": sum(part.rows for part in settled), "files": len(settled)}
    _hand_over(work, batch, {"archive": {part.name: told_of(part) for part in settled}})


def _taken(batch: Batch, part: Part) -> Part:
    """A file with the mapping by which it is read.

    Raises:
        Invalid: it lacks what no account can be without, or a value given for it cannot be read.
    """
    if part.mapping is None:
        return part
    taken = part.taken(Mapping.from_json(part.mapping), read_hidden(batch.hidden))
    check_file(part.name, taken)
    return replace(part, mapping=taken.to_json())


def _hand_over(work: Work, batch: Batch, told: MappingType[str, Any], *, here: bool = False) -> None:
    old, batch.state = batch.state, "loading"
    batch.version += 1
    if here:
        batch.load_job = work.actor.job_id
    else:
        key = f"{batch.batch_id}:{batch.version}"
        batch.load_job = outbox.add(work, loading.JOB, {"batch_id": str(batch.batch_id)}, key=key)
    record(
        work,
        "intake:batch:map",
        ("batch", batch.batch_id),
        old={"state": old},
        new={"state": "loading", **told, **told_of_batch(batch)},
        batch_id=batch.batch_id,
    )
