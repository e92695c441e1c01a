"""A question, its options, and the cells that raise it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any, Literal

from reviewdesk.errors import Text
from reviewdesk.intake.mapping import Rule
from reviewdesk.intake.splitting import parts_of
from reviewdesk.intake.values import Bad, clean, shown

Kind = Literal["rate", "date", "money", "terms"]

SHOWN = 3
UNSURE, OPEN = "unsure", "open"
MONTHS, LIKELY = "months", "likely"
MARKS = (UNSURE, OPEN, MONTHS, LIKELY)
"""Readings that are no answers: what was said or seen of one file's cells, to be asked or seen anew of the next."""

DOUBTS = (
    "rate.ambiguous",
    "rate.period",
    "date.ambiguous",
    "date.two_digit_year",
    "amount.ambiguous",
    "terms.ambiguous",
)
"""The errors of cells that may be read in two ways, and wait for an answer."""

EACH = "each"
"""The answer of columns that a person gave different units, one by one."""

Sample = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Option:
    """One reading. `means` says what some of the doubtful cells are under it: (cell, value)."""

    value: str
    label: Text
    means: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of columns whose cells are written alike.

    `rules` are as `Mapping.filled` gives them; `told` is the option that other cells of the column prove, `answer` the
    one that holds under the mapping.
    """

    kind: Kind
    rules: tuple[Rule, ...]
    options: tuple[Option, ...]
    told: str | None = None
    why: Text | None = None
    answer: str | None = None

    @property
    def name(self) -> str:
        """What the answer is called in a form: the same for the same columns."""
        return "answer-" + ".".join(
            str(rule.column) if rule.part is None else f"{rule.column}_{rule.part}" for rule in self.rules
        )

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of its columns."""
        return tuple(rule.header for rule in self.rules)

    @property
    def open(self) -> bool:
        """Whether a person's answer is wanted; an answer that other cells contradict is none."""
        return self.answer is None or (self.told is not None and self.answer not in (self.told, UNSURE))


def cells_of(rule: Rule, sample: Sample) -> list[Any]:
    """The cells of a rule's column that say something, each once; of a column for several fields its part of them."""
    seen: dict[Any, None] = {}
    for row in sample:
        cell = row[rule.column] if rule.column < len(row) else ""
        if rule.part is not None and rule.split is not None:
            parts = parts_of(cell, rule.split, len(rule.parts))
            cell = parts[rule.part] if parts else ""
        if cell not in ("", None) and not isinstance(cell, bool):
            seen[cell] = None
    return list(seen)


def code_of(read: Callable[[Any], Any], cell: Any) -> str | None:
    """The code under which a cell cannot be read; None where it can."""
    try:
        read(cell)
    except Bad as bad:
        return bad.code
    return None


def because(cell: Any) -> Text:
    """Why a column's cells need no answer."""
    return Text(f"同列的 {shown(cell)} 只能这样读", f"{shown(cell)} in this column can be read in this way only")


def bare(cell: Any) -> Decimal | None:
    """A number without unit or sign; None for any other cell."""
    if isinstance(cell, int | float):
        return Decimal(format(cell, ".15g")) if isfinite(cell) else None
    if isinstance(cell, str) and re.fullmatch(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?", text := _cleaned(cell)):
        return Decimal(text.replace(",", ""))
    return None


def _cleaned(cell: str) -> str:
    try:
        return clean(cell)
    except Bad:
        return ""
