"""One cell becomes one value: exactly, or with the reason why not. Nothing is repaired and nothing is guessed.

Every reader takes a cell as the file gave it and returns the value, or None where the cell says nothing (blank, a dash,
`无`). A cell that says something unreadable raises `Bad` with a stable code. Money comes back as fen, rates as decimal
strings a year, dates as ISO strings.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from typing import Any, TypeAlias

from reviewdesk.identity import id_check_digit
from reviewdesk.intake.fields import Field, field_named
from reviewdesk.intake.headers import MONEY_UNITS, RATE_UNITS, Period, simplified
from reviewdesk.money import plain

Value: TypeAlias = str | int | bool | None
Reader: TypeAlias = Callable[[Any], Value]


class Bad(Exception):
    """A cell that cannot be read; `details` fill the message of the code."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


# --- text ------------------------------------------------------------------------------------------------------------

_NOTHING = (
    "- -- --- — —— – / // \\ . 无 空 (空) (空白) 不详 未知 暂无 待补充 无数据 不适用 n/a na null none nan nil \\n"
)
ABSENT = frozenset({"", *_NOTHING.split()})
"""What people write where they have nothing to say, folded to lower case."""

_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
_QUOTED_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)
_ERRORS = re.compile(r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|GETTING_DATA|SPILL!|CALC!)$", re.IGNORECASE)
MAX_TEXT = 2000


def clean(text: str) -> str:
    """Half width, no invisible characters, no blanks around, no apostrophe or `="..."` that only forces text."""
    if not text.isascii() or not text.isprintable():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = text.strip()
    if text[:1] in ("'", "=", "#"):
        quoted = _QUOTED_FORMULA.match(text)
        text = quoted.group(1).strip() if quoted else text.lstrip("'").strip()
        if _ERRORS.match(text):
            raise Bad("cell.error", error=text)
    return text


def _is_number(cell: Any) -> bool:
    """Whether a cell is a number; a sheet made to break its reader may hold one that is none."""
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return False
    if isinstance(cell, float) and not math.isfinite(cell):
        raise Bad("cell.error", error="#NUM!")
    return True


def number_text(value: float) -> str:
    """A number as Excel would show it unformatted: no `.0`, no exponent below 10^15."""
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return repr(value)


def shown(cell: object) -> str:
    """A cell as a person would recognise it, shortened."""
    if isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, float):
        text = number_text(cell) if abs(cell) < 1e11 else f"{cell:.5E}" if abs(cell) >= 1e15 else number_text(cell)
    elif isinstance(cell, datetime):
        text = cell.isoformat(sep=" ")
    else:
        text = str(cell)
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"


def _decimal(value: float) -> Decimal:
    """A number to the 15 digits that a spreadsheet keeps: 0.21599999999999997, made by 0.018 × 12, is 0.216."""
    return Decimal(format(value, ".15g"))


def _words(cell: Any) -> str:
    """The cell as clean text, whatever it was."""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if _is_number(cell):
        return number_text(float(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ")
    return str(cell)


def _said(cell: Any) -> str | None:
    text = _words(cell)
    return None if text.lower() in ABSENT else text


def read_text(cell: Any) -> str | None:
    """Any words; runs of blanks and line breaks become one blank."""
    text = _said(cell)
    if text is None:
        return None
    text = " ".join(text.split())
    if len(text) > MAX_TEXT:
        raise Bad("text.too_long", length=len(text), most=MAX_TEXT)
    return text


_BLANK_IN_CHINESE = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")


def read_name(cell: Any) -> str | None:
    """A person's name: blanks between Chinese characters (`张 三`) only align the column and are dropped."""
    text = read_text(cell)
    if text is None:
        return None
    if len(text) > 100:
        raise Bad("text.too_long", length=len(text), most=100)
    return _BLANK_IN_CHINESE.sub("", text)


def read_bucket(cell: Any) -> str | None:
    """`m3+` becomes `M3+`."""
    text = read_text(cell)
    return text.upper() if text else text


# --- numbers written in Chinese --------------------------------------------------------------------------------------

_DIGITS = {
    char: place
    for place, chars in enumerate(("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for char in chars
}
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_FORMAL = re.compile(
    r"^(?:人民币)?([零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+)(?:元|圆)(?:整|正|([零壹贰叁肆伍陆柒捌玖]角)?零?([壹贰叁肆伍陆柒捌玖]分)?(?:整|正)?)$"
)


def chinese_number(text: str) -> Decimal | None:
    """`十二` is 12, `三点五` is 3.5, `二〇二三` is 2023; None when the text is no such number."""
    whole, dot, part = text.partition("点")
    value = _chinese_integer(whole)
    if value is None or (dot and (not part or any(char not in _DIGITS for char in part))):
        return None
    return Decimal(f"{value}.{''.join(str(_DIGITS[char]) for char in part)}") if part else Decimal(value)


def _chinese_integer(text: str) -> int | None:
    if not text or any(char not in _DIGITS and char not in _PLACES and char not in "万亿" for char in text):
        return None
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _PLACES:
            section += (digit or (1 if not section else 0)) * _PLACES[char]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if char == "万" else 100_000_000)
            section = digit = 0
    return total + section + digit


# --- dates -----------------------------------------------------------------------------------------------------------

_EPOCH = date(1899, 12, 30)
SERIALS = range(20_000, 60_001)
"""Numbers that are read as Excel's day count: 1954 to 2064. Others are no date."""
YEARS = range(1980, 2101)

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
_WEEKDAY = r"(?:\s*\(?(?:星期|周)[一二三四五六日天]\)?)?"
_PARTED = re.compile(rf"^(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})[日号]?{_WEEKDAY}{_CLOCK}$", re.IGNORECASE)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\d{6}|[T\s]\d{1,2}:?\d{2}(?::?\d{2})?)?$")
_SHORT_YEAR = re.compile(r"^'?\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$")
_NO_DAY = re.compile(r"^\d{4}(?:[-/.年]\d{1,2}月?|(?:0[1-9]|1[0-2])|年)$")
_DAY_FIRST = re.compile(rf"^\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}{_CLOCK}$", re.IGNORECASE)
_CHINESE_DATE = re.compile(
    r"^([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]?$"
)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: place for place, name in enumerate(_MONTH_NAMES, start=1)}
_ENGLISH = re.compile(
    r"^(?:(\d{1,2})[-\s]([A-Za-z]{3})[A-Za-z]*[-\s,]+(\d{4})|([A-Za-z]{3})[A-Za-z]*\s(\d{1,2}),?\s(\d{4}))$"
)


def read_date(cell: Any) -> str | None:
    """A day, as ISO text; a time of day is dropped."""
    if isinstance(cell, bool | timedelta):
        raise Bad("date.unreadable")
    if isinstance(cell, datetime | date):
        return _day(cell.year, cell.month, cell.day)
    if isinstance(cell, time):
        if cell == time(0):
            return None
        raise Bad("date.unreadable")
    if _is_number(cell):
        return _date_of_number(float(cell))
    text = _said(cell)
    return None if text is None or text in _NO_DATE else _date_of_text(text)


def _date_of_number(value: float) -> str | None:
    if value == 0:
        return None
    if value == int(value) and 1900_01_01 <= value <= 9999_12_31:
        return _date_of_text(str(int(value))) if value != 9999_12_31 else None
    if int(value) in SERIALS:
        return (_EPOCH + timedelta(days=int(value))).isoformat()
    raise Bad("date.unreadable")


_SEPARATORS = str.maketrans({"—": "-", "–": "-", "−": "-", "‐": "-", "‑": "-", "\\": "/", "·": ".", "。": "."})


def _date_of_text(text: str) -> str | None:
    text = re.sub(r"\s*([-/.年月])\s*|\s+(?=[日号])", r"\1", text.translate(_SEPARATORS))
    if found := _PARTED.match(text) or _COMPACT.match(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return _date_of_number(float(text))
    if re.fullmatch(r"\d{8}\.0+", text):
        return _date_of_text(text[:8])
    if found := _CHINESE_DATE.match(text):
        year, month, day = (int(chinese_number(part) or 0) for part in found.groups())
        return _day(year, month, day)
    if found := _ENGLISH.match(text):
        number, name, in_year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        if name.lower() in _MONTHS:
            return _day(int(in_year), _MONTHS[name.lower()], int(number))
    raise Bad(_why_no_date(text))


def _why_no_date(text: str) -> str:
    if _SHORT_YEAR.match(text):
        return "date.two_digit_year"
    if _NO_DAY.match(text):
        return "date.no_day"
    if _DAY_FIRST.match(text):
        return "date.day_or_month_first"
    return "date.unreadable"


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


# --- money -----------------------------------------------------------------------------------------------------------

_CURRENCY = re.compile(r"^(?:人民币|RMB|CNY|¥|¥)|(?:人民币|RMB|CNY)$", re.IGNORECASE)
_AMOUNT = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?(百万元?|万元?|千元?|亿元?|元|圆|块|分)?整?$")
_CELL_UNITS = {
    **{unit: unit for unit in MONEY_UNITS},
    **{unit.removesuffix("元"): unit for unit in ("百万元", "万元", "千元", "亿元")},
    "圆": "元",
    "块": "元",
}
_TRADITIONAL_AMOUNTS = str.maketrans("萬億圓負貳參陸塊", "万亿元负贰叁陆块")
_SCIENTIFIC = re.compile(r"^-?\d+(?:\.\d+)?E\+?\d+$", re.IGNORECASE)
MOST_FEN = 10**15


def read_money(cell: Any, unit: int = 100, negative: bool = False) -> int | None:
    """An amount in fen, rounded half up where the sheet has more decimals.

    Args:
        cell: the cell.
        unit: fen in one of what a bare number counts (100 for yuan, 1,000,000 for 万元).
        negative: whether less than nothing makes sense.
    """
    if isinstance(cell, bool | time | timedelta):
        raise Bad("amount.unreadable")
    if isinstance(cell, date):
        raise Bad("amount.is_date")
    if _is_number(cell):
        return _fen(_decimal(cell), unit, negative)
    text = _said(cell)
    if text is None:
        return None
    sign, text = _sign_of("".join(text.split()).translate(_TRADITIONAL_AMOUNTS))
    text = _CURRENCY.sub("", text)
    if text.startswith("-"):
        sign, text = -sign, text[1:]
    if formal := _FORMAL.match(text):
        return _fen(sign * _formal_amount(formal), 100, negative)
    found = _AMOUNT.match(text)
    if not found or not (found[1] or found[2]):
        raise Bad("amount.scientific" if _SCIENTIFIC.match(text) else "amount.unreadable")
    if found[3]:
        unit = MONEY_UNITS[_CELL_UNITS[found[3]]]
    return _fen(sign * Decimal((found[1] or "0").replace(",", "") + (found[2] or "")), unit, negative)


def _sign_of(text: str) -> tuple[int, str]:
    if text.startswith("(") and text.endswith(")"):
        return -1, text[1:-1]
    if text[:1] in ("-", "−", "－"):
        return -1, text[1:]
    if text.startswith("负"):
        return -1, text[1:]
    return 1, text.removeprefix("+")


def _formal_amount(found: re.Match[str]) -> Decimal:
    whole = chinese_number(found[1]) or Decimal(0)
    jiao, cents = (_DIGITS[part[0]] if part else 0 for part in (found[2], found[3]))
    return whole + Decimal(jiao * 10 + cents) / 100


def _fen(amount: Decimal, unit: int, negative: bool) -> int:
    if not amount.is_finite() or abs(amount) * unit > MOST_FEN:
        raise Bad("amount.too_large")
    if amount < 0 and not negative:
        raise Bad("amount.negative")
    return int((amount * unit).to_integral_value(rounding=ROUND_HALF_UP))


# --- rates -----------------------------------------------------------------------------------------------------------

PLAUSIBLE = (Decimal("0.01"), Decimal(1))
"""Annual rates that a bare number may mean; a reading outside is not considered where another lies inside."""

UNSTATED_FROM = Decimal("0.03")
"""Where neither header nor cell says year, month or day, an annual reading below this is asked about."""

MOST_RATE = Decimal(10)
_PER = {"year": "年", "month": "月", "day": "日"}
_PERIOD_WORDS = re.compile(
    r"年利率|月利率|日利率|年化利率|年化|月化|日化|年息|月息|日息|利率|单利|/年|/月|/日|/天|每年|每月|每日|每天|按年|按月|按日|年|月|日|天|p\.?a\.?|:"
)
_NUMBER = re.compile(r"^(\d+(?:\.\d+)?|\.\d+)(%|‰|‱|bp)?$", re.IGNORECASE)
_PARTS = re.compile(r"^(百|千|万)分之(.+)$")
_FEN_LI = re.compile(
    r"^(?:(\d+(?:\.\d+)?|[一二两三四五六七八九十半]+)分)?(?:(\d+(?:\.\d+)?|[一二两三四五六七八九]+)厘)?$"
)
_RELATIVE = re.compile(r"上浮|下浮|LPR|倍|基点|\+|加", re.IGNORECASE)


def read_rate(cell: Any, unit: str | None = None, period: Period | None = None, day_count: int = 365) -> str | None:
    """An annual rate as a decimal string: `24%`, `0.24`, `24`, `月利率2%`, `万分之五`, `月息2分`.

    Args:
        cell: the cell.
        unit: the sign that the header states for bare numbers: `%`, `‰`, `‱`.
        period: what the header says the rate is for; a cell that says so itself wins.
        day_count: days in the year of a daily rate.
    """
    if isinstance(cell, bool | date | time | timedelta):
        raise Bad("rate.unreadable")
    if _is_number(cell):
        return _annual(_bare(_decimal(cell), unit, period, day_count))
    text = _said(cell)
    if text is None:
        return None
    text = re.sub(r"\s+", "", simplified(text))
    said = _period_said(text)
    core = _PERIOD_WORDS.sub("", text).strip("()")
    return _annual(_stated_rate(core, unit, said or period, said, day_count))


def _period_said(text: str) -> Period | None:
    for period, words in (("day", r"日|天"), ("month", r"月"), ("year", r"年|p\.?a")):
        if re.search(words, text, re.IGNORECASE):
            return period  # type: ignore[return-value]
    return None


def _stated_rate(core: str, unit: str | None, period: Period | None, said: Period | None, day_count: int) -> Decimal:
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
        return _bare(number, unit, period, day_count)
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


def _bare(number: Decimal, unit: str | None, period: Period | None, day_count: int) -> Decimal:
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
    readings = [reading for reading in (share, percent) if PLAUSIBLE[0] <= reading <= PLAUSIBLE[1]]
    if len(readings) != 1:
        raise Bad("rate.ambiguous", number=plain(number))
    return _checked(readings[0], period)


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


# --- identifiers -----------------------------------------------------------------------------------------------------

_ID_18 = re.compile(r"^\d{17}[\dX]$")
_OTHER_PAPERS = re.compile(r"^(?:[HM]\d{8,10}|[A-Z]{3}\d{12}|[DEGPS][A-Z]?\d{7,8}|\d{8})$")


def read_id_number(cell: Any) -> str | None:
    """A resident ID of 18 or 15 characters, or another personal paper; whether it is true is the audit's check."""
    if isinstance(cell, bool | date | time | timedelta):
        raise Bad("id_no.characters")
    if _is_number(cell):
        return _id_of_number(float(cell))
    text = _said(cell)
    if text is None:
        return None
    text = re.sub(r"[\s\-]", "", text).upper()
    if _ID_18.match(text):
        if text.endswith("000") and id_check_digit(text[:17]) != text[17]:
            raise Bad("id_no.precision_lost")
        return text
    if re.fullmatch(r"\d{15}", text) or _OTHER_PAPERS.match(text):
        return text
    raise Bad(_why_no_id(text), length=len(text))


def _id_of_number(value: float) -> str:
    digits = number_text(value)
    if re.fullmatch(r"\d{15}", digits):
        return digits
    if abs(value) >= 1e15:
        raise Bad("id_no.precision_lost")
    raise Bad("id_no.length", length=len(digits))


def _why_no_id(text: str) -> str:
    if _SCIENTIFIC.match(text):
        return "id_no.scientific"
    if re.fullmatch(r"\d{16,19}\.0*", text):
        return "id_no.precision_lost"
    if "*" in text:
        return "id_no.masked"
    return "id_no.length" if re.fullmatch(r"\d+X?", text) else "id_no.characters"


_MOBILE = re.compile(r"^1[3-9]\d{9}$")


def read_mobile(cell: Any) -> str | None:
    """The first mobile number of the cell, bare; another number stays as written, for the audit to judge."""
    text = _said(cell)
    if text is None:
        return None
    text = re.sub(r"^(\d+)\.0+$", r"\1", text)
    if _SCIENTIFIC.match(text):
        raise Bad("mobile.scientific")
    parts = [_bare_number(part) for part in re.split(r"[/、;,，；|]|\s{1,}(?=1[3-9]\d{9})", text)]
    for part in parts:
        if _MOBILE.match(part):
            return part
    first = next((part for part in parts if part), "")
    if "*" in first:
        raise Bad("mobile.masked")
    if re.fullmatch(r"\d{5,20}", first):
        return first
    raise Bad("mobile.unreadable")


def _bare_number(text: str) -> str:
    return re.sub(r"^(?:\+?86|0086|0)(?=1[3-9]\d{9}$)", "", re.sub(r"[\s\-()]", "", text))


def read_account(cell: Any) -> str | None:
    """An account or contract number, as text; a number that Excel rounded is refused."""
    _refuse_rounded(cell, "account")
    text = _said(cell)
    if text is None:
        return None
    if _SCIENTIFIC.match(text) and "E+" in text.upper():
        raise Bad("account.scientific")
    text = re.sub(r"^(\d+)\.0+$", r"\1", " ".join(text.split()))
    if len(text) > 100:
        raise Bad("text.too_long", length=len(text), most=100)
    return text


def read_card(cell: Any) -> str | None:
    """A bank card or account number; masked ones are kept as they are."""
    _refuse_rounded(cell, "card")
    text = _said(cell)
    if text is None:
        return None
    if _SCIENTIFIC.match(text):
        raise Bad("card.scientific")
    text = re.sub(r"^(\d+)\.0+$", r"\1", re.sub(r"[\s\-]", "", text))
    if not re.fullmatch(r"[\d*]{6,32}", text):
        raise Bad("card.unreadable")
    return text


def read_code(cell: Any) -> str | None:
    """A unified social credit code; whether its check character fits is the audit's check."""
    _refuse_rounded(cell, "code")
    text = _said(cell)
    if text is None:
        return None
    text = re.sub(r"[\s\-]", "", text).upper()
    if _SCIENTIFIC.match(text):
        raise Bad("code.scientific")
    if not re.fullmatch(r"[0-9A-Z]{15}|[0-9A-Z]{18}", text):
        raise Bad("code.length", length=len(text))
    return text


def _refuse_rounded(cell: Any, kind: str) -> None:
    """Excel keeps 15 digits of a number; the rest of a longer one is gone. A date was a number that Excel mistook."""
    if isinstance(cell, bool | date | time | timedelta):
        raise Bad(f"{kind}.unreadable")
    if _is_number(cell) and (abs(cell) >= 1e15 or cell != int(cell) or cell < 0):
        raise Bad(f"{kind}.precision_lost" if abs(cell) >= 1e15 else f"{kind}.unreadable")


# --- counts, yes and no, choices -------------------------------------------------------------------------------------

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
    if _is_number(cell):
        return _whole(float(cell))
    text = _said(cell)
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


def read_terms(cell: Any, unit: str | None = None) -> int | None:
    """The number of monthly instalments: `12`, `12期`, `12个月`, `1年`, `3/12` (the third of twelve).

    Args:
        cell: the cell.
        unit: what the header says a bare number counts: 月, 期, 年, 天.
    """
    if isinstance(cell, date | time | timedelta) and not isinstance(cell, bool):
        raise Bad("terms.is_date")
    if isinstance(cell, bool):
        raise Bad("terms.unreadable")
    if _is_number(cell):
        return _in_months(_whole(float(cell)), unit)
    text = _said(cell)
    if text is None:
        return None
    if found := _OF_TERMS.match(text):
        return _limited(int(found[2]))
    found = _TERMS.match(text)
    if not found:
        raise Bad("terms.unreadable")
    count = int(found[1]) if found[1].isdigit() else int(chinese_number(found[1]) or 0)
    return _in_months(count, found[2] or unit)


def _in_months(count: int, unit: str | None) -> int:
    word = (unit or "期").lower()
    if word in ("天", "日", "day", "days"):
        raise Bad("terms.in_days")
    return _limited(count * 12 if word in ("年", "年期", "year", "years") else count)


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


_YES = frozenset({"是", "有", "y", "yes", "true", "t", "1", "√", "✓", "✔", "☑", "对", "已", "v", "真", "on"})
_NO = frozenset(
    {"否", "无", "n", "no", "false", "f", "0", "×", "✗", "✘", "x", "未", "没有", "不是", "没", "非", "假", "off", "不"}
)
_DONE = re.compile(
    r"^(已|未|有|无|没有)(?:进行|被|在|办理)?(?:投诉|诉讼|起诉|仲裁|结清|协商|死亡|身故|破产|困难|确认|签署|签收|送达|签|凭证|证据)$"
)


def read_yes_no(cell: Any) -> bool | None:
    """Yes or no; blank is neither."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, date | time | timedelta):
        raise Bad("yes_no.unreadable")
    text = _words(cell).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    if text in ABSENT:
        return None
    if found := _DONE.match(text):
        return found[1] in ("已", "有")
    raise Bad("yes_no.unreadable")


def read_proof(cell: Any) -> bool | None:
    """Whether there is proof: yes or no in words, or the reference of the proof itself, which is a yes."""
    try:
        return read_yes_no(cell)
    except Bad as bad:
        if bad.code != "yes_no.unreadable":
            raise
    text = _words(cell)
    return not re.match(r"^(?:未|无|没|拒|退回|失败)", text)


def read_choice(cell: Any, field: Field) -> str | None:
    """One of a field's choices, by any of its names."""
    text = _said(cell)
    if text is None:
        return None
    found = _choice_of(field, simplified(text))
    if found is None:
        raise Bad("choice.unknown", choices=tuple(field.choices))
    return found


def _fold_choice(text: str) -> str:
    return re.sub(r"[\s_\-()]|\d+$", "", text.lower())


def _choice_of(field: Field, text: str) -> str | None:
    folded = _fold_choice(text)
    names = _choice_names(field.name)
    if folded in names:
        return names[folded]
    if field.name in ("lender_kind", "repayment_method"):
        inside = [choice for name, choice in names.items() if len(name) > 1 and name in folded]
        return inside[0] if inside and (field.name == "lender_kind" or len(set(inside)) == 1) else None
    return None


@cache
def _choice_names(name: str) -> dict[str, str]:
    choices = field_named(name).choices
    return {_fold_choice(word): choice for choice, words in choices.items() for word in (choice, *words)}


# --- which reader ----------------------------------------------------------------------------------------------------


def reader_of(field: Field, unit: str | None = None, period: Period | None = None, day_count: int = 365) -> Reader:
    """The reader of a field's cells, with the unit and period of its column."""
    if field.kind == "money":
        return partial(read_money, unit=MONEY_UNITS[unit or "元"], negative=field.negative)
    if field.kind == "rate":
        return partial(read_rate, unit=unit, period=period, day_count=day_count)
    if field.kind == "terms":
        return partial(read_terms, unit=unit)
    if field.kind == "choice":
        return partial(read_choice, field=field)
    return _PLAIN_READERS[field.kind]


_PLAIN_READERS: dict[str, Reader] = {
    "account": read_account,
    "text": read_text,
    "name": read_name,
    "address": read_text,
    "id_number": read_id_number,
    "mobile": read_mobile,
    "card": read_card,
    "code": read_code,
    "date": read_date,
    "count": read_count,
    "yes_no": read_yes_no,
    "proof": read_proof,
    "bucket": read_bucket,
}


# --- cells that need no reading --------------------------------------------------------------------------------------

PLAIN: dict[str, re.Pattern[str]] = {
    "account": re.compile(r"[A-Z]{1,10}[0-9]{5,40}"),
    "text": re.compile(r"[\u4e00-\u9fff0-9A-Za-z]{5,200}"),
    "address": re.compile(r"[\u4e00-\u9fff0-9A-Za-z]{5,200}"),
    "name": re.compile(r"(?!不详|未知|暂无|无数据|不适用|待补充)[\u4e00-\u9fff]{2,4}"),
    "id_number": re.compile(r"[0-9]{15}(?!000)[0-9]{2}[0-9X]"),
    "mobile": re.compile(r"1[3-9][0-9]{9}"),
}
"""Texts, by kind of field, that their reader gives back unchanged; most cells of a sheet are such."""
