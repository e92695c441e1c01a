"""Amounts of money, in fen."""

import re
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from reviewdesk.intake.headers import MONEY_UNITS
from reviewdesk.intake.values.cells import SCIENTIFIC, Bad, decimal_of, is_number, shown, text_of
from reviewdesk.intake.values.chinese import DIGITS, chinese_number

FORMAL = re.compile(
    r"^(?:人民币)?(?=[^元圆]*[壹贰叁肆伍陆柒捌玖拾零])([零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+)(?:元|圆)(?:整|正|([零壹贰叁肆伍陆柒捌玖]角)?零?([壹贰叁肆伍陆柒捌玖]分)?(?:整|正)?)$"
)

_CURRENCY = re.compile(r"^(?:人民币|RMB|CNY|¥|¥)|(?:人民币|RMB|CNY)$", re.IGNORECASE)
_AMOUNT = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?(百万元?|万元?|千元?|亿元?|元|圆|块|分)?整?$")
_CELL_UNITS = {
    **{unit: unit for unit in MONEY_UNITS},
    **{unit.removesuffix("元"): unit for unit in ("百万元", "万元", "千元", "亿元")},
    "圆": "元",
    "块": "元",
}
_TRADITIONAL_AMOUNTS = str.maketrans("萬億圓負貳參陸塊", "万亿元负贰叁陆块")
MOST_FEN = 10**15
_MOST_CLEAN = 1e11
"""Below so many a float that is nearest to a whole number of fen can mean nothing else."""


def read_money(cell: Any, unit: int = 100, negative: bool = False, unsure: bool = False) -> int | None:
    """An amount in fen, rounded half up where the sheet has more decimals.

    Args:
        cell: the cell.
        unit: fen in one of what a bare number counts (100 for yuan, 1,000,000 for 万元).
        negative: whether less than nothing makes sense.
        unsure: whether nobody can say what a bare number counts; only a cell that says its unit is read then.
    """
    if type(cell) is float and not unsure and 0 <= cell < _MOST_CLEAN:
        whole = round(cell * unit)
        if whole / unit == cell and whole < MOST_FEN:
            return whole
    if isinstance(cell, bool | time | timedelta):
        raise Bad("amount.unreadable")
    if isinstance(cell, date):
        raise Bad("amount.is_date")
    if is_number(cell):
        _refuse_bare(cell, unsure)
        return _fen(decimal_of(cell), unit, negative)
    text = text_of(cell)
    if text is None:
        return None
    sign, text = _sign_of(_without_blanks(text).translate(_TRADITIONAL_AMOUNTS))
    text = _CURRENCY.sub("", text)
    if text.startswith("-") and sign > 0:
        sign, text = -1, text[1:]
    if formal := FORMAL.match(text):
        return _fen(sign * _formal_amount(formal), 100, negative)
    found = _AMOUNT.match(text)
    if not found or not (found[1] or found[2]):
        raise Bad("amount.scientific" if SCIENTIFIC.match(text) else "amount.unreadable")
    if found[3]:
        unit = MONEY_UNITS[_CELL_UNITS[found[3]]]
    else:
        _refuse_bare(text.strip("0,.") and text, unsure)
    return _fen(sign * Decimal((found[1] or "0").replace(",", "") + (found[2] or "")), unit, negative)


def _refuse_bare(number: object, unsure: bool) -> None:
    if unsure and number:
        raise Bad("amount.ambiguous", number=shown(number))


_BLANK_IN_NUMBER = re.compile(r"\d[,.]?\s+[,.]?\d")
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:(?: \d{3}){2,}|(?: \d{3})+(?=\.\d{1,2}))(?!\d)")


def _without_blanks(text: str) -> str:
    """Blanks may stand around words and signs; between digits only where they set off thousands for certain: `500 300`
    may be two amounts."""
    text = _GROUPED.sub(lambda found: found[0].replace(" ", ""), text)
    if _BLANK_IN_NUMBER.search(text):
        raise Bad("amount.unreadable")
    return "".join(text.split())


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
    jiao, cents = (DIGITS[part[0]] if part else 0 for part in (found[2], found[3]))
    return whole + Decimal(jiao * 10 + cents) / 100


def _fen(amount: Decimal, unit: int, negative: bool) -> int:
    if not amount.is_finite() or abs(amount) * unit > MOST_FEN:
        raise Bad("amount.too_large")
    if amount < 0 and not negative:
        raise Bad("amount.negative")
    return int((amount * unit).to_integral_value(rounding=ROUND_HALF_UP))
