"""Dates of instalments, periods and working days, as the Civil Code counts them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import chinese_calendar

SATURDAY = 5


class WorkingDay(NamedTuple):
    """A working day; `announced` is False where the year's public holidays are not known and only weekends counted."""

    day: date
    announced: bool


@lru_cache(maxsize=65536)
def add_months(day: date, months: int) -> date:
    """The corresponding day some months later (or earlier), or the month's last day where there is none (Art. 202)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The corresponding day some years later; 28 February for a leap day (Art. 202)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


Holidays = frozenset[tuple[date, bool]]
"""Days that a policy announces itself, each with whether people work on it; they stand above the public calendar."""


@lru_cache(maxsize=65536)
def working_day_from(day: date, holidays: Holidays = frozenset()) -> WorkingDay:
    """The day itself if people work then, else the next day on which they do (Civil Code Art. 203)."""
    announced, known = True, dict(holidays)
    years = {entry.year for entry in known}
    while True:
        works = known.get(day)
        if works is None:
            try:
                works = chinese_calendar.is_workday(day)
            except NotImplementedError:
                announced = announced and day.year in years
                works = day.weekday() < SATURDAY
        if works:
            return WorkingDay(day, announced)
        day += timedelta(days=1)
