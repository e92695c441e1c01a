"""Rates, as decimal strings a year: with a sign or bare, of a year, a month or a day."""

import re
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from reviewdesk.intake.headers import RATE_UNITS, Period, simplified
from reviewdesk.intake.values.cells import Bad, Reading, decimal_of, is_number, text_of
from reviewdesk.intake.values.chinese import chinese_number
from reviewdesk.money import plain

PLAUSIBLE = (Decimal("0.01"), Decimal(1))
"""Annual rates that a bare number may mean; a reading outside is not considered where another lies inside."""

UNSTATED_FROM = Decimal("0.03")
"""Where neither header nor cell says year, month or day, an annual reading below this is asked about."""

MOST_RATE = Decimal(10)
_PERIOD_WORDS = re.compile(
    r"年利率|月利率|日利率|年化利率|年化|月化|日化|年息|月息|日息|利率|单利|/年|/月|/日|/天|每年|每月|每日|每天|按年|按月|按日|年|月|日|天|p\.?a\.?|:"
)
_NUMBER = re.compile(r"^(\d+(?:\.\d+)?|\.\d+)(%|‰|‱|bp)?$", re.IGNORECASE)
_PARTS = re.compile(r"^(百|千|万)分之(.+)$")
_FEN_LI = re.compile(
    r"^(?:(\d+(?:\.\d+)?|[一二两三四五六七八九十半]+)分)?(?:(\d+(?:\.\d+)?|[一二两三四五六七八九]+)厘)?$"
)
_RELATIVE = re.compile(r"上浮|下浮|LPR|倍|基点|\+|加", re.IGNORECASE)


def read_rate(
    cell: Any,
    unit: str | None = None,
    period: Period | None = None,
    day_count: int = 365,
    reading: Reading | None = None,
) -> str | None:
    """An annual rate as a decimal string: `24%`, `0.24`, `24`, `月利率2%`, `万分之五`, `月息2分`.

    Args:
        cell: the cell.
        unit: the sign that the header states for bare numbers: `%`, `‰`, `‱`.
        period: what the header says the rate is for; a cell that says so itself wins.
        day_count: days in the year of a daily rate.
        reading: what a person said that the column's bare numbers are: `percent`, or `share` (1 is 100%). It decides
            on numbers that may be either; one that is plausible in one way only is read in that way.
    """
    if isinstance(cell, bool | date | time | timedelta):
        raise Bad("rate.unreadable")
    if is_number(cell):
        return _annual(_bare(decimal_of(cell), unit, period, day_count, reading))
    text = text_of(cell)
    if text is None:
        return None
    text = re.sub(r"\s+", "", simplified(text))
    said = _period_said(text)
    core = _PERIOD_WORDS.sub("", text).strip("()")
    return _annual(_stated_rate(core, unit, said or period, said, day_count, reading))


def _period_said(text: str) -> Period | None:
    for period, words in (("day", r"日|天"), ("month", r"月"), ("year", r"年|p\.?a")):
        if re.search(words, text, re.IGNORECASE):
            return period  # type: ignore[return-value]
    return None


def _stated_rate(
    core: str,
    unit: str | None,
    period: Period | None,
    said: Period | None,
    day_count: int,
    reading: Reading | None,
) -> Decimal:
    if _RELATIVE.search(core):
        raise Bad("rate.relative")
    if found := _PARTS.match(core):
        return _of_parts(found[1], found[2], said, period, day_count)
    if (found := _FEN_LI.match(core)) and (found[1] or found[2]):
        return _of_fen_li(found, period, day_count)
    found = _NUMBER.match(core)
    if not found:
        raise Bad("rate.unreadable")
    number = Decimal(found[1])
    if not found[2]:
        return _bare(number, unit, period, day_count, reading)
    sign = found[2].lower()
    share = number.scaleb(-4) if sign == "bp" else number.scaleb(-RATE_UNITS[sign])
    return _checked(_per_year(share, period or "year", day_count), period)


def _of_parts(base: str, count: str, said: Period | None, period: Period | None, day_count: int) -> Decimal:
    """`万分之五`: a rate in ten-thousandths is a day's unless the cell or header says month."""
    number = Decimal(count) if re.fullmatch(r"\d+(?:\.\d+)?", count) else chinese_number(count)
    if number is None:
        raise Bad("rate.unreadable")
    share = number.scaleb(-{"百": 2, "千": 3, "万": 4}[base])
    if base == "万":
        return _per_year(share, said or ("month" if period == "month" else "day"), day_count)
    return _checked(
        _per_year(share, period or "year", day_count), period if base == "百" else said or _not_year(period)
    )


def _not_year(period: Period | None) -> Period | None:
    return None if period == "year" else period


def _of_fen_li(found: re.Match[str], period: Period | None, day_count: int) -> Decimal:
    """`月息2分` is 2 % a month, `年息1分` 10 % a year; a 厘 is a tenth of a 分."""
    if period in (None, "day"):
        raise Bad("rate.period")
    count = _small(found[1]) + _small(found[2]) / 10
    return _per_year(count.scaleb(-1 if period == "year" else -2), period or "month", day_count)


def _small(text: str | None) -> Decimal:
    if not text:
        return Decimal(0)
    if text == "半":
        return Decimal("0.5")
    if text[0].isdigit():
        return Decimal(text)
    return chinese_number(text) or Decimal(0)


def _bare(number: Decimal, unit: str | None, period: Period | None, day_count: int, reading: Reading | None) -> Decimal:
    """A number without a sign: above 1 it is percent; else the one reading that is a plausible annual rate."""
    if number == 0:
        return Decimal(0)
    if number < 0:
        raise Bad("rate.negative")
    share = _per_year(number, period or "year", day_count)
    if unit:
        return _in_unit(number, unit, period, share)
    if period in (None, "year") and number > 1:
        return _checked(number.scaleb(-2), period)
    percent = share.scaleb(-2)
    plausible = [one for one in (share, percent) if PLAUSIBLE[0] <= one <= PLAUSIBLE[1]]
    if len(plausible) == 1:
        return _checked(plausible[0], period)
    if reading in ("percent", "share"):
        return _checked(percent if reading == "percent" else share, period)
    raise Bad("rate.ambiguous", number=plain(number))


def _in_unit(number: Decimal, unit: str, period: Period | None, share: Decimal) -> Decimal:
    """A bare number under `(%)`. Excel hands a cell formatted as percent over as a share: 24 % as 0.24."""
    as_stated = share.scaleb(-RATE_UNITS[unit])
    if unit == "%" and as_stated < PLAUSIBLE[0]:
        if PLAUSIBLE[0] <= share <= PLAUSIBLE[1]:
            return _checked(share, period)
        raise Bad("rate.ambiguous", number=plain(number))
    return _checked(as_stated, period)


def _checked(annual: Decimal, period: Period | None) -> Decimal:
    if period is None and 0 < annual < UNSTATED_FROM:
        raise Bad("rate.period")
    return annual


def _per_year(share: Decimal, period: Period, day_count: int) -> Decimal:
    return share * {"year": 1, "month": 12, "day": day_count}[period]


def _annual(rate: Decimal) -> str:
    if rate > MOST_RATE:
        raise Bad("rate.out_of_range", percent=plain(rate * 100))
    return plain(rate)
