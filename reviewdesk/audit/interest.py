"""Simple interest on whole fen, rounded half up to the fen at the end and nowhere before."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import gcd

from reviewdesk.money import Fen

SCALE = 10**10
"""Rates are computed with as integers of 1/SCALE: 0.24 is 2,400,000,000."""

MONTHS = 12

YEAR = 365
"""Days of a year in which a cap is counted: on a year of 360 days 24 % would be 24.33 %."""


@lru_cache(maxsize=8192)
def scaled(rate: Decimal) -> int:
    """An annual rate as an integer of 1/SCALE."""
    return int((rate * SCALE).to_integral_value(rounding=ROUND_HALF_UP))


def share_of(amount: int, share: Decimal) -> Fen:
    """A share of an amount in fen, rounded down to the fen."""
    return Fen(amount * scaled(share) // SCALE)


def divide_half_up(amount: int, divisor: int) -> int:
    """`amount / divisor` rounded half up; both must not be negative."""
    return (2 * amount + divisor) // (2 * divisor)


def simple_interest(base: int, rate: Decimal, days: int, basis: int = 365) -> Fen:
    """Interest on `base` fen at an annual rate over some days, actual days over `basis` (365 or 360)."""
    if days <= 0 or base <= 0:
        return Fen(0)
    return Fen(divide_half_up(base * scaled(rate) * days, basis * SCALE))


@lru_cache(maxsize=8192)
def month_fraction(rate: Decimal) -> tuple[int, int]:
    """A twelfth of an annual rate as numerator and denominator in lowest terms."""
    numerator, denominator = scaled(rate), MONTHS * SCALE
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common


def month_interest(base: int, rate: Decimal) -> int:
    """One month's interest, a twelfth of the annual rate, whatever the month's length."""
    numerator, denominator = month_fraction(rate)
    return divide_half_up(base * numerator, denominator)


def penalty_interest(base: int, contract_rate: Decimal, uplift: Decimal, days: int, basis: int = 365) -> Fen:
    """Penalty interest at the contract rate raised by `uplift` (0.5 is half as much again)."""
    return simple_interest(base, contract_rate * (1 + uplift), days, basis)
