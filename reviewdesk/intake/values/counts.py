"""Whole numbers: days, and instalments."""

import re
from datetime import date, time, timedelta
from typing import Any

from reviewdesk.intake.values.cells import Bad, Reading, is_number, text_of
from reviewdesk.intake.values.chinese import chinese_number

FEW_TERMS, MANY_TERMS = 5, 60
"""Loans of so few months may be of years, and of more than so many of days."""

_COUNT = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?(?:天|日|期|次|个|个月|月|个月\(期\)|days?)?$", re.IGNORECASE)
_TERMS = re.compile(
    r"^(\d+|[一二两三四五六七八九十]+)(?:\.0+)?\s*(个?月|期|年期?|天|日|months?|years?|days?|[mM])?(?:\(.*\))?$",
    re.IGNORECASE,
)
_OF_TERMS = re.compile(r"^(?:第)?(\d+)期?\s*/\s*(?:共)?(\d+)期?$")


def read_count(cell: Any) -> int | None:
    """A whole number of days or instalments, not below zero."""
    if isinstance(cell, bool | date | time | timedelta):
        raise Bad("count.unreadable")
    if is_number(cell):
        return _whole(float(cell))
    text = text_of(cell)
    if text is None:
        return None
    if found := _OF_TERMS.match(text):
        return int(found[1])
    if re.match(r"^-\d", text):
        raise Bad("count.negative")
    found = _COUNT.match(text.removeprefix("逾期").removeprefix("第").strip())
    if not found:
        raise Bad("count.unreadable")
    return _limited(int(found[1].replace(",", "")))


def read_terms(cell: Any, unit: str | None = None, reading: Reading | None = None) -> int | None:
    """The number of monthly instalments: `12`, `12期`, `12个月`, `1年`, `3/12` (the third of twelve).

    Args:
        cell: the cell.
        unit: what the header says a bare number counts: 月, 期, 年, 天.
        reading: how far it is known what it counts, where `unit` does not say: `unsure` and `open` are not at all, so
            that only a cell is read that says so itself; under `months` very many are in doubt, under `likely` very
            few as well.
    """
    if isinstance(cell, date | time | timedelta) and not isinstance(cell, bool):
        raise Bad("terms.is_date")
    if isinstance(cell, bool):
        raise Bad("terms.unreadable")
    if is_number(cell):
        return _in_months(_whole(float(cell)), unit, reading)
    text = text_of(cell)
    if text is None:
        return None
    if found := _OF_TERMS.match(text):
        return _limited(int(found[2]))
    found = _TERMS.match(text)
    if not found:
        raise Bad("terms.unreadable")
    count = int(found[1]) if found[1].isdigit() else int(chinese_number(found[1]) or 0)
    return _in_months(count, found[2] or unit, None if found[2] else reading)


def _in_months(count: int, unit: str | None, reading: Reading | None) -> int:
    if _in_doubt(count, reading):
        raise Bad("terms.ambiguous", number=count)
    word = (unit or "期").lower()
    if word in ("天", "日", "day", "days"):
        raise Bad("terms.in_days")
    return _limited(count * 12 if word in ("年", "年期", "year", "years") else count)


def _in_doubt(count: int, reading: Reading | None) -> bool:
    if reading in ("unsure", "open"):
        return True
    if reading == "likely" and 0 < count <= FEW_TERMS:
        return True
    return reading in ("months", "likely") and count > MANY_TERMS


def _whole(value: float) -> int:
    if value < 0:
        raise Bad("count.negative")
    if value != int(value):
        raise Bad("count.unreadable")
    return _limited(int(value))


def _limited(count: int) -> int:
    if count > 100_000:
        raise Bad("count.too_large")
    return count
