"""Court fees of the 诉讼费用交纳办法 (Order 481), from the policy's brackets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from reviewdesk.audit.interest import SCALE, divide_half_up, scaled
from reviewdesk.money import Fen


class Bracket(NamedTuple):
    """Part of a claim up to `up_to` fen (None: without end) at a rate; or a flat fee in fen for the lowest part."""

    up_to: int | None
    rate: Decimal
    flat: int


FEES_KEPT = 256
"""How many fees a table remembers: several checks of a case ask for the same one."""


class FeeTable:
    """A cumulative table of fees: each part of the claim is charged at the rate of its bracket."""

    __slots__ = ("_steps", "fee", "highest")

    def __init__(self, brackets: Sequence[Bracket], highest: int | None = None) -> None:
        self.highest = highest
        self.fee = lru_cache(maxsize=FEES_KEPT)(self._fee)
        self._steps: list[tuple[int | None, int, int, int]] = []
        below, fee = 0, 0
        for bracket in brackets:
            rate = scaled(bracket.rate)
            self._steps.append((bracket.up_to, below, fee + bracket.flat * SCALE, rate))
            if bracket.up_to is not None:
                fee += bracket.flat * SCALE + (bracket.up_to - below) * rate
                below = bracket.up_to

    def _fee(self, amount: int) -> Fen:
        """The fee in fen on an amount in fen, rounded half up to the fen."""
        for up_to, below, fee_below, rate in self._steps:
            if up_to is None or amount <= up_to:
                fee = divide_half_up(fee_below + max(0, amount - below) * rate, SCALE)
                return Fen(fee if self.highest is None else min(fee, self.highest))
        raise ValueError("the last bracket of a fee table must have no upper end")


def halved(fee: int) -> Fen:
    """The fee of simplified procedure, mediation or withdrawal (Art. 15, 16)."""
    return Fen(divide_half_up(fee, 2))


def third(fee: int) -> Fen:
    """The fee of a payment order (Art. 14)."""
    return Fen(divide_half_up(fee, 3))
