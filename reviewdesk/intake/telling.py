"""What the journal says of a mapping when it is settled."""

from typing import Any

from reviewdesk.intake.checking import kept_with_reason
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import Part


def told_of(part: Part) -> dict[str, Any]:
    """What the journal says of a file's columns."""
    return {"by": part.by, "sheet": part.sheet, "mapping": part.mapping_id, "version": part.version} | told_columns(
        Mapping.from_json(part.mapping or {})
    )


def told_columns(mapping: Mapping) -> dict[str, Any]:
    """What the columns are, as the journal says it."""
    kept = kept_with_reason(mapping)
    told = {
        "columns": _told(mapping),
        "constants": dict(mapping.constants),
        **_told_beside(mapping),
    }
    return told | ({"third_persons": kept} if kept else {})


def told_of_batch(batch: Batch) -> dict[str, Any]:
    """What was declared of a batch, and decided of its hidden things."""
    decided = _decided(batch)
    return {"declared": batch.declared} | ({"hidden": decided} if decided else {})


def _decided(batch: Batch) -> dict[str, str]:
    """What becomes of those hidden things that the file has."""
    named = {notice["code"] for notice in batch.notices}
    return {code: choice for name, choice in batch.hidden.items() if (code := f"hidden_{name}") in named}


def _told(mapping: Mapping) -> dict[str, Any]:
    """What the journal says of the columns: their fields, and how a person said to read them."""
    told: dict[str, Any] = {}
    for rule in mapping.rules:
        fields = [" ".join(filter(None, (one.field, one.period, one.unit, one.reading))) for one in rule.filling()]
        if fields or rule.drop:
            told[rule.header] = fields[0] if len(fields) == 1 else fields or None
    return told


def _told_beside(mapping: Mapping) -> dict[str, Any]:
    """What the journal says of a mapping beside its columns; nothing of what is as usual."""
    told = {
        "account_key": list(mapping.key),
        "without": list(mapping.lacks),
        "side_sheets": {one.sheet: one.kind for one in mapping.sides},
    }
    return {name: value for name, value in told.items() if value}
