"""Several columns for one field: which fields may have them, and what they say together."""

from collections.abc import Sequence

from reviewdesk.intake.fields import Field
from reviewdesk.intake.values import Value

_BETWEEN = {"text": "；", "name": "", "address": ""}
"""What stands between the texts of several columns for one field."""

ADDED = frozenset(
    {"interest_due", "penalty_due", "compound_due", "damages_due", "fees_due", "monthly_fee", "premium_due"}
)
"""Amounts that may be given in several columns, to be added up; others would be counted twice."""


def may_share(field: Field) -> bool:
    """Whether several columns may fill a field together."""
    return field.name in ADDED or field.kind in _BETWEEN


def joined(kind: str, first: Sequence[Value], second: Sequence[Value]) -> list[Value]:
    """What two columns for one field say together: amounts are added up, texts set one after the other."""
    return [
        other if one is None else one if other is None else _join(kind, one, other)
        for one, other in zip(first, second, strict=True)
    ]


def _join(kind: str, one: Value, other: Value) -> Value:
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    first, second = str(one), str(other)
    if kind == "address":
        shared = next((size for size in range(min(len(first), len(second)), 1, -1) if first.endswith(second[:size])), 0)
        return second if second.startswith(first) else first + second[shared:]
    return f"{first}{_BETWEEN[kind]}{second}"
