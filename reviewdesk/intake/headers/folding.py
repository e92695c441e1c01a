"""A header reduced to what it means: width, case, spaces, brackets, traditional characters and units folded away."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from opencc import OpenCC

from reviewdesk.intake.fields import Field

Period = Literal["year", "month", "day"]

MONEY_UNITS = {
    "分": 1,
    "元": 100,
    "百元": 10_000,
    "千元": 100_000,
    "万元": 1_000_000,
    "百万元": 100_000_000,
    "亿元": 10_000_000_000,
}
"""Fen in one unit."""

RATE_UNITS = {"%": 2, "‰": 3, "‱": 4}
"""Decimal places that the unit moves a number by."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A header reduced to what it means: `full` with the words in brackets, `base` without; the units said in it."""

    full: str
    base: str
    unit: str | None
    period: Period | None


_BRACKETS = re.compile(r"[(\[{<【〔「『〈《]([^)\]}>】〕」』〉》]*)[)\]}>】〕」』〉》]")
_ENUMERATION = re.compile(r"^(?:\(\d{1,2}\)|\d{1,2}[.、)]|[a-z][.、)])\s*(?=\D)")
_NOISE = re.compile(r"[\s:*_\-.,、;'\"“”‘’|·#?!。]+")
_UNIT_NAMES = {
    "元": "元 人民币 人民币元 rmb cny 单位元 ¥ 圆 yuan",
    "万元": "万 万元 单位万元 人民币万元 10k 10kcny 10krmb 10kyuan 10000 10000cny 10000rmb 10000yuan wan wanyuan "
    "tenthousand tenthousandyuan tenthousandcny",
    "千元": "千元 单位千元 k kcny krmb kyuan 000 000cny 000rmb 000yuan 1000cny 1000rmb 1000yuan thousand thousands "
    "thousandyuan thousandcny thousandrmb",
    "百元": "百元",
    "百万元": "百万 百万元 million millions millionyuan millioncny millionrmb mcny mrmb",
    "亿元": "亿 亿元",
    "分": "分 单位分 fen cents",
    "%": "% 百分比 百分之",
    "‰": "‰ 千分之 千分比",
    "‱": "‱ 万分之 万分比",
    "月": "月 个月 单位月 month months",
    "期": "期",
    "年": "年",
    "天": "天 日",
}
_UNIT_WORDS = {word: unit for unit, words in _UNIT_NAMES.items() for word in words.split()}
_UNIT_TAIL = re.compile(r"/?(?:单位)?(?:rmb|人民币|cny)?(百万元|百万|万元|万|千元|亿元|%|‰|‱)$")
_PARTED_UNIT = re.compile(r"(?<=\S\S)[\s/_\-,、:]+(?:单位)?(?:rmb|人民币|cny)?[\s:]*(百元|元|个月|月|期|年|天)$")
"""A unit that is told from the header's own words only because it stands apart: `本金/元`, `借款期限 月`."""
_CURRENCY_WORDS = re.compile(r"^(?:单位|人民币|in|rmb|cny|¥)+(?=.)")
_PERIODS: tuple[tuple[Period, re.Pattern[str]], ...] = (
    ("day", re.compile(r"日利|日息|日罚|按日|每日|/日|/天|日化|^日$|日%|日‰|日‱|逾期日利率|daily")),
    ("month", re.compile(r"月利|月息|月罚|按月|每月|/月|月化|^月$|月%|月‰|月‱|monthly")),
    ("year", re.compile(r"年|annual|yearly|p\.?a\.?$")),
)


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """Traditional characters written as simplified ones. GB 2312 has none, so a text in it stays as it is."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return str(_to_simplified().convert(text))
    return text


def _squeeze(text: str) -> str:
    return _NOISE.sub("", text).replace("帐", "账").replace("号码", "号").replace("證", "证")


@lru_cache(maxsize=8192)
def fold(header: str) -> Folded:
    """Reduce a header to its meaning; units in brackets or at its end are taken off and remembered."""
    text = _ENUMERATION.sub("", simplified(unicodedata.normalize("NFKC", header)).lower().strip())
    unit: str | None = None
    period: Period | None = None
    kept: list[str] = []
    for inside in _BRACKETS.findall(text):
        found_unit, found_period = _unit_of(_NOISE.sub("", inside))
        unit = unit or found_unit
        period = period or found_period
        if not found_unit and not found_period:
            kept.append(inside)
    bare = _BRACKETS.sub("", text).strip()
    base = _squeeze(bare)
    for candidate, pattern in _PERIODS:
        if period is None and pattern.search(base):
            period = candidate
    tail = _UNIT_TAIL.search(base)
    if tail and tail.start() > 1:
        unit = unit or _UNIT_WORDS[tail.group(1)]
        base = base[: tail.start()]
    elif (tail := _PARTED_UNIT.search(bare)) and tail.start() > 1:
        unit = unit or _UNIT_WORDS[tail.group(1)]
        base = _squeeze(bare[: tail.start()])
    return Folded(base + "".join(_squeeze(inside) for inside in kept), base, unit, period)


def _unit_of(inside: str) -> tuple[str | None, Period | None]:
    """Units in brackets: `万元`, `%`, `年化%`, `‰/月`, `月`."""
    for words in (inside, _CURRENCY_WORDS.sub("", inside)):
        if words in _UNIT_WORDS:
            return _UNIT_WORDS[words], None
    sign = re.search(r"[%‰‱]|百分之|千分之|万分之", inside)
    if not sign:
        return None, None
    for period, pattern in _PERIODS:
        if pattern.search(inside):
            return _UNIT_WORDS[sign.group(0)], period
    return _UNIT_WORDS[sign.group(0)], (
        "month" if "月" in inside else "day" if "日" in inside or "天" in inside else None
    )


def is_unit(words: str) -> bool:
    """Whether a cell says nothing but a unit: `万元`, `（%）`, `单位：元`."""
    text = _NOISE.sub("", simplified(unicodedata.normalize("NFKC", words)).lower()).strip("()[]{}<>【】〔〕")
    return bool(text) and _unit_of(text)[0] is not None


def fold_lines(header: str) -> Folded:
    """The lower line of a header of two lines, with the unit and period that only its upper line states."""
    above, _, below = header.rpartition("|")
    folded = fold(below)
    if not above:
        return folded
    upper = fold(above)
    return replace(folded, unit=folded.unit or upper.unit, period=folded.period or upper.period)


def unit_for(field: Field, unit: str | None, sheet_unit: str | None) -> str | None:
    """The unit that applies to a column: its own where it fits the field's kind, else the sheet's for money."""
    if field.kind == "money":
        return unit if unit in MONEY_UNITS else sheet_unit
    if field.kind == "rate":
        return unit if unit in RATE_UNITS else None
    if field.kind == "terms":
        return unit if unit in ("月", "期", "年", "天") else None
    return None
