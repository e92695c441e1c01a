"""Days: every notation that is plain, as ISO text."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from reviewdesk.clock import SHANGHAI
from reviewdesk.intake.values.cells import Bad, Reading, is_number, text_of
from reviewdesk.intake.values.chinese import chinese_number

_EPOCH = date(1899, 12, 30)
YEARS = range(1980, 2101)
SERIALS = range((date(YEARS[0], 1, 1) - _EPOCH).days, 60_001)
"""Numbers that are read as Excel's day count: 1980 to 2064. Others are no date."""

DAYS_TO_1904 = (date(1904, 1, 1) - _EPOCH).days
"""A workbook whose calendar begins in 1904 counts so many days less."""

_NO_DATE = frozenset(
    {
        "0",
        "0.0",
        "1900-01-00",
        "1900/1/0",
        "1900-1-0",
        "0000-00-00",
        "0000/00/00",
        "00000000",
        "9999-12-31",
        "9999/12/31",
        "99991231",
    }
)
_CLOCK = (
    r"(?:[T\s]*(?:上午|下午)?\s*\d{1,2}[:时点]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?秒?|分)?"
    r"\s*(?:AM|PM|Z|[+-]\d{2}:?\d{2})?)?"
)
_MOMENT = re.compile(
    r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE
)
"""A moment with its offset: what programs write as `2023-04-30T16:00:00Z` is the first of May in China."""

_WEEKDAY = r"(?:\s*\(?(?:星期|周)[一二三四五六日天]\)?)?"
_PARTED = re.compile(rf"^(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})[日号]?{_WEEKDAY}{_CLOCK}$", re.IGNORECASE)
_USUAL = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?").fullmatch
"""The most usual ones of these, known at a glance."""
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\d{6}|[T\s]\d{1,2}:?\d{2}(?::?\d{2})?)?$")
_SHORT_YEAR = re.compile(r"^'?(\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_OLD_FROM = 80
"""A year of two digits from here on is of the last century."""
_NO_DAY = re.compile(r"^\d{4}(?:[-/.年]\d{1,2}月?|(?:0[1-9]|1[0-2])|年)$")
_YEAR_LAST = re.compile(rf"^(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_CLOCK}$", re.IGNORECASE)
_CHINESE_DATE = re.compile(
    r"^([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]?$"
)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: place for place, name in enumerate(_MONTH_NAMES, start=1)}
_ENGLISH = re.compile(
    r"^(?:(\d{1,2})[-\s]([A-Za-z]{3})[A-Za-z]*[-\s,]+(\d{4})|([A-Za-z]{3})[A-Za-z]*\s(\d{1,2}),?\s(\d{4}))$"
)


def read_date(cell: Any, reading: Reading | None = None, since_1904: bool = False) -> str | None:
    """A day, as ISO text; a time of day is dropped.

    `reading` is what a person said of the order of day, month and year where the cells of the column do not tell it.
    `since_1904`: bare numbers of days count from 1904, as the workbook says.
    """
    if isinstance(cell, bool | timedelta):
        raise Bad("date.unreadable")
    if isinstance(cell, datetime | date):
        return _day(cell.year, cell.month, cell.day)
    if isinstance(cell, time):
        if cell == time(0):
            return None
        raise Bad("date.unreadable")
    if is_number(cell):
        return _date_of_number(float(cell), since_1904)
    text = text_of(cell)
    return None if text is None or text in _NO_DATE else _date_of_text(text, reading, since_1904)


def _date_of_number(value: float, since_1904: bool) -> str | None:
    if value == 0:
        return None
    if value == int(value) and 1900_01_01 <= value <= 9999_12_31:
        return _date_of_text(str(int(value))) if value != 9999_12_31 else None
    days = int(value) + DAYS_TO_1904 * since_1904
    if days in SERIALS:
        return (_EPOCH + timedelta(days=days)).isoformat()
    raise Bad("date.unreadable")


_SEPARATORS = str.maketrans({"—": "-", "–": "-", "−": "-", "‐": "-", "‑": "-", "\\": "/", "·": ".", "。": "."})


def _date_of_text(text: str, reading: Reading | None = None, since_1904: bool = False) -> str | None:
    if found := _USUAL(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    text = re.sub(r"\s*([-/.年月])\s*|\s+(?=[日号])", r"\1", text.translate(_SEPARATORS))
    if _MOMENT.match(text) and (there := _day_in_china(text)):
        return _day(there.year, there.month, there.day)
    if found := _PARTED.match(text) or _COMPACT.match(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _date_of_number(float(text), since_1904)
    if re.fullmatch(r"\d{8}\.0+", text):
        return _date_of_text(text[:8])
    if found := _CHINESE_DATE.match(text):
        year, month, day = (int(chinese_number(part) or 0) for part in found.groups())
        return _day(year, month, day)
    if found := _ENGLISH.match(text):
        number, name, in_year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        if name.lower() in _MONTHS:
            return _day(int(in_year), _MONTHS[name.lower()], int(number))
    if found := _YEAR_LAST.match(text):
        return _year_last(int(found[3]), int(found[1]), int(found[2]), reading)
    if found := _SHORT_YEAR.match(text):
        return _short_year([int(part) for part in found.groups()], reading)
    raise Bad("date.no_day" if _NO_DAY.match(text) else "date.unreadable")


def _day_in_china(moment: str) -> date | None:
    try:
        return datetime.fromisoformat(moment.upper()).astimezone(SHANGHAI).date()
    except (ValueError, OverflowError):
        return None


def _year_last(year: int, first: int, second: int, reading: Reading | None) -> str | None:
    """`25/12/2023` can be read in one way only; `01/02/2023` needs a person's word."""
    if reading == "day_first" or (reading != "month_first" and first > 12):
        return _day(year, second, first)
    if reading == "month_first" or second > 12 or first == second:
        return _day(year, first, second)
    raise Bad("date.ambiguous")


def _short_year(parts: list[int], reading: Reading | None) -> str | None:
    """`23-05-01` as a person says that the column writes it."""
    if reading not in ("year_first", "day_first", "month_first"):
        raise Bad("date.two_digit_year")
    if reading == "year_first":
        short, month, day = parts
    else:
        day, month, short = parts if reading == "day_first" else (parts[1], parts[0], parts[2])
    return _day(short + (1900 if short >= _OLD_FROM else 2000), month, day)


def _day(year: int, month: int, day: int) -> str | None:
    if (year, month, day) == (9999, 12, 31):
        return None
    try:
        found = date(year, month, day)
    except ValueError:
        raise Bad("date.impossible", year=year, month=month, day=day) from None
    if year not in YEARS:
        raise Bad("date.out_of_range", year=year)
    return found.isoformat()
