"""A number of a weighing with its formula, in words and with the numbers put in.

A sum is written as people write it, the same in every language: `8,866.21 × 0.3 × 0.975`. Worked out and rounded as the
figure says, it gives the number shown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, NamedTuple

from reviewdesk.audit.citations import told
from reviewdesk.audit.policy_parts import Sourced
from reviewdesk.errors import Text
from reviewdesk.money import plain

Unit = Literal["yuan", "rate", "months", "count"]
Rounding = Literal["exact", "down", "half_up"]


class Figure(NamedTuple):
    """A number with its formula.

    Attributes:
        value: fen for yuan, else a decimal.
        formula: the formula in words. sum: the same with the numbers put in. rounding: how its result is rounded, to
            the fen or to four decimals.
        source: what it rests on. assumed: an assumption of the organisation without a checked source is part of it.
    """

    name: str
    label: Text
    unit: Unit
    value: Any
    formula: Text
    sum: str
    rounding: Rounding
    source: Text
    assumed: bool

    @property
    def text(self) -> str:
        """The value without the sign of its unit: `8,866.21`, `18%`, `3.5`, `1,000`."""
        if self.unit == "yuan":
            return amount(self.value)
        return f"{plain(self.value * 100)}%" if self.unit == "rate" else f"{Decimal(plain(Decimal(self.value))):,}"


def amount(fen: int) -> str:
    """Fen as a sum shows them: `8,866.21`, with a minus sign where negative."""
    sign = "−" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def cited(*parts: Sourced) -> Text:
    """The sources of some parts of a policy, each once."""
    return told("；".join(dict.fromkeys(part.cites for part in parts)))
