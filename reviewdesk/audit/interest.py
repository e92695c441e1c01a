"""Simple interest on whole fen, rounded half up to the fen at the end and nowhere before."""

from __future__ import annotations

from calendar import isleap, leapdays
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import gcd
from typing import Final

from reviewdesk.money import Fen

SCALE = 10**10
"""Rates are computed with as integers of 1/SCALE: 0.24 is 2,400,000,000."""

MONTHS = 12

YEAR = 365
"""Days of a year in which a cap is counted: on a year of 360 days 24 % would be 24.33 %."""

BANKERS_YEAR: Final = 360

LEAP_YEAR: Final = 366

ACTUAL: Final = YEAR * LEAP_YEAR
"""The basis of a contract that counts the days of each year by the year itself: a day is 1/366 of it in a leap year,
else 1/365."""

_BASES: Final = {"365": YEAR, "360": BANKERS_YEAR, "actual": ACTUAL}


def basis_of(stated: str | None, otherwise: int) -> int:
    """The basis that a contract states, or else the other one."""
    return otherwise if stated is None else _BASES[stated]


def length(start: int, until: int, basis: int) -> int:
    """How long it is from one day (ordinal) to another in parts of a basis: days, but of `ACTUAL` parts of a day."""
    days = until - start
    if basis != ACTUAL:
        return days
    leap = _leap_days(until) - _leap_days(start)
    return leap * YEAR + (days - leap) * LEAP_YEAR


def _leap_days(day: int) -> int:
    """Days of leap years before a day."""
    on = date.fromordinal(day)
    whole = leapdays(1, on.year)
    return whole * LEAP_YEAR + (on.timetuple().tm_yday - 1 if isleap(on.year) else 0)


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


def interest_up_to(base: int, rate: Decimal, days: int, until: date | None, basis: int) -> Fen:
    """Interest over the days before `until`; where that day is not known, a year has 365 instead of its own."""
    if basis != ACTUAL:
        return simple_interest(base, rate, days, basis)
    if until is None:
        return simple_interest(base, rate, days, YEAR)
    end = until.toordinal()
    return simple_interest(base, rate, length(end - days, end, basis), basis)


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


def rate_by_days(rate: Decimal, basis: int) -> Decimal:
    """What an annual rate comes to in 365 days where it is counted by the day: 24 % on a year of 360 is 24.33 %."""
    return rate * YEAR / BANKERS_YEAR if basis == BANKERS_YEAR else rate


def penalty_interest(base: int, contract_rate: Decimal, uplift: Decimal, days: int, basis: int = 365) -> Fen:
    """Penalty interest at the contract rate raised by `uplift` (0.5 is half as much again)."""
    return simple_interest(base, contract_rate * (1 + uplift), days, basis)
