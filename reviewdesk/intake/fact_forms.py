"""Facts as people are given them, and apart from them the personal ones that are sealed."""

from collections.abc import Mapping, Sequence
from typing import Any

from reviewdesk.intake.extras import EXTRA
from reviewdesk.intake.fields import FIELDS
from reviewdesk.intake.values import Value
from reviewdesk.masking import mask, masks_of
from reviewdesk.money import yuan

MONEY_FIELDS = tuple(known.name for known in FIELDS if known.kind == "money")


def written(name: str, value: Value) -> Any:
    """A fact as JSON gives it: money as a decimal string in yuan, all else as it is."""
    return yuan(value) if name in AMOUNTS and isinstance(value, int) else value


AMOUNTS = frozenset(MONEY_FIELDS)


def facts_for_people(facts: Mapping[str, Value], *, reveal: bool = False) -> dict[str, Any]:
    """Facts as the check command writes them, in the order of the fields; personal ones masked unless revealed."""
    told: dict[str, Any] = {
        known.name: mask(known.name, facts[known.name])
        if known.personal and not reveal
        else written(known.name, facts[known.name])
        for known in FIELDS
        if facts.get(known.name) is not None
    }
    return told | ({EXTRA: facts[EXTRA]} if EXTRA in facts else {})


def columns_for_people(columns: Mapping[str, Sequence[Any]], *, reveal: bool = False) -> dict[str, Sequence[Any]]:
    """`facts_for_people` for many rows, by column; absent ones stay None, and `AMOUNTS` are still in fen."""
    told: dict[str, Sequence[Any]] = {}
    for known in FIELDS:
        values = columns.get(known.name)
        if values is None:
            continue
        if known.personal and not reveal:
            told[known.name] = masks_of(known.name, values)
        else:
            told[known.name] = values
    return told | ({EXTRA: columns[EXTRA]} if EXTRA in columns else {})


def sort_out(facts: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """The facts of a case, and apart from them the personal ones that are sealed."""
    open_facts: dict[str, Value] = {}
    personal: dict[str, Value] = {}
    for name, value in facts.items():
        (personal if name in _PERSONAL else open_facts)[name] = value
    return open_facts, personal


_PERSONAL = frozenset(known.name for known in FIELDS if known.personal)
