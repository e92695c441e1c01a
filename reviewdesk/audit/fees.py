"""Court fees of the 诉讼费用交纳办法 (Order 481), from the policy's brackets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from reviewdesk.audit.interest import SCALE, divide_half_up, scaled
from reviewdesk.money import Fen


class Bracket(NamedTuple):
    """Part of a claim up to `up_to` fen (None: without end) at a rate; or a flat fee in fen for the lowest part."""

    up_to: int | None
    rate: Decimal
    flat: int


class FeeTable:
    """A cumulative table of fees: each part of the claim is charged at the rate of its bracket."""

    __slots__ = ("_ends", "_steps", "highest")

    def __init__(self, brackets: Sequence[Bracket], highest: int | None = None) -> None:
        self.highest = highest
        self._ends = [bracket.up_to for bracket in brackets if bracket.up_to is not None]
        self._steps: list[tuple[int, int, int]] = []
        below, fee = 0, 0
        for bracket in brackets:
            rate = scaled(bracket.rate)
            self._steps.append((below, fee + bracket.flat * SCALE, rate))
            if bracket.up_to is not None:
                fee += bracket.flat * SCALE + (bracket.up_to - below) * rate
                below = bracket.up_to

    def fee(self, amount: int) -> Fen:
        """The fee in fen on an amount in fen, rounded half up to the fen."""
        below, fee_below, rate = self._steps[bisect_left(self._ends, amount)]
        fee = divide_half_up(fee_below + (amount - below) * rate, SCALE) if amount > below else fee_below // SCALE
        return Fen(fee if self.highest is None or fee < self.highest else self.highest)


def halved(fee: int) -> Fen:
    """The fee of simplified procedure, mediation or withdrawal (Art. 15, 16)."""
    return Fen(divide_half_up(fee, 2))


def third(fee: int) -> Fen:
    """The fee of a payment order (Art. 14)."""
    return Fen(divide_half_up(fee, 3))
