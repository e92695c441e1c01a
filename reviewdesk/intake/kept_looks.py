"""The looks of batches: kept sealed while a batch waits, and taken anew where they are gone."""

from dataclasses import replace
from pathlib import Path

import orjson

from reviewdesk.db import Work
from reviewdesk.intake import storage
from reviewdesk.intake.looking import Look, look_at, take_look
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.numbering import number_of
from reviewdesk.intake.opening import table_of
from reviewdesk.intake.parts import parts_of, waiting_part
from reviewdesk.vault import SealBroken, vault

_LOOK_CASE = 0  # a look is sealed for its organisation and no case


def look_of(work: Work, batch: Batch, number: int | None = None) -> Look:
    """What was seen of a batch's file; seen anew where the kept look is gone or its key is.

    Of an archive it is the file of this `number`, else the one that waits for a person.
    """
    parts = parts_of(batch)
    if parts and number is None:
        number = waiting_part(parts) or 0
    try:
        sealed = storage.locate(_look_path(batch, number)).read_bytes()
        return Look.from_json(vault().unseal(sealed, batch.org_id, _LOOK_CASE))
    except (FileNotFoundError, SealBroken):
        look = look_anew(work, batch, number, parts[number].sheet if number is not None else batch.sheet)
        keep_look(batch, look, number)
        return look


def keep_look(batch: Batch, look: Look, number: int | None = None) -> None:
    data = orjson.loads(orjson.dumps(look.to_json()))
    storage.put(_look_path(batch, number), vault().seal(data, batch.org_id, _LOOK_CASE))


def _look_path(batch: Batch, number: int | None = None) -> str:
    return f"{batch.org_id}/looks/{batch.batch_id}{'' if number is None else f'-{number}'}"


def look_anew(work: Work, batch: Batch, number: int | None, sheet: str | None) -> Look:
    file = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    path = storage.locate(file.readable_path)
    if number is None:
        return with_own_name(take_look(path, sheet), file)
    return look_at(table_of(path, None, [replace(one, sheet=sheet) for one in parts_of(batch)], number_of(number, 1)))


def with_own_name(look: Look, file: StoredFile) -> Look:
    """A text table has no sheets; its one is called as the file that was uploaded, not as the one that is stored."""
    if look.sheet != Path(file.path).stem:
        return look
    stem = Path(file.name).stem
    return replace(look, sheet=stem, sheets=(stem,))
