"""What a rate's bare numbers are: percent or shares, of a year, a month or a day."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any

from reviewdesk.errors import Text
from reviewdesk.intake.headers import Period, suggest
from reviewdesk.intake.mapping import Rule
from reviewdesk.intake.questions.question import SHOWN, UNSURE, Option, Question, bare, because, code_of
from reviewdesk.intake.values import Bad, Reading, read_rate, shown
from reviewdesk.money import plain

_PERIODS: tuple[tuple[Period, Text], ...] = (
    ("year", Text("年利率", "rate a year")),
    ("month", Text("月利率", "rate a month")),
    ("day", Text("日利率", "rate a day")),
)
_SCALES: tuple[tuple[Reading, Text], ...] = (
    ("percent", Text("数字是百分数", "numbers are percent")),
    ("share", Text("数字是比例，1 即 100%", "numbers are shares, 1 is 100%")),
)
_LOW, _HIGH = Decimal("0.01"), Decimal(1)


def about_rate(rule: Rule, cells: Sequence[Any], days: int) -> Question | None:
    """What a column of rates leaves open."""
    stated = suggest([rule.header])[0].period
    period = stated if rule.reading else rule.period or stated
    codes = {cell: code_of(partial(read_rate, unit=rule.unit, period=period, day_count=days), cell) for cell in cells}
    doubtful = [cell for cell, code in codes.items() if code in ("rate.ambiguous", "rate.period")]
    if not doubtful:
        return None
    plain = [one for one in _PERIODS if period in (None, one[0])]
    options = _rate_options(rule, doubtful, plain, days, plausible=True)
    options = options or _rate_options(rule, doubtful, _PERIODS, days, plausible=False)
    told, why = None, None
    if period is not None and rule.unit is None:
        scale, why = _told_scale([cell for cell, code in codes.items() if code is None], period, days)
        told = next((one.value for one in options if one.value == f"{period}:{scale}"), None)
    answer = UNSURE if rule.reading == UNSURE else f"{rule.period or period}:{rule.reading}" if rule.reading else None
    return Question("rate", (rule,), tuple(options), told, why if told else None, answer)


def _rate_options(
    rule: Rule, cells: Sequence[Any], periods: Sequence[tuple[Period, Text]], days: int, *, plausible: bool
) -> list[Option]:
    """The ways to read the doubtful cells; a stated unit, or words such as `2分`, leave only the period open."""
    unsigned = rule.unit is None and any(bare(cell) is not None for cell in cells)
    found = []
    for (period, said), (scale, how) in product(periods, _SCALES if unsigned else ((None, Text("", "")),)):
        means = [(shown(cell), read) for cell in cells if (read := _rate(cell, rule.unit, period, days, scale))]
        if means and not (plausible and any(not _LOW <= Decimal(read) <= _HIGH for _, read in means)):
            label = Text(f"{said.zh}，{how.zh}", f"{said.en}, {how.en}") if scale else said
            told = tuple((cell, _percent(read)) for cell, read in means[:SHOWN])
            found.append(Option(f"{period}:{scale or ''}", label, told))
    return found


def _percent(rate: str) -> Text:
    percent = f"{plain(Decimal(rate) * 100)}%"
    return Text(f"年利率 {percent}", f"{percent} a year")


def _rate(cell: Any, unit: str | None, period: Period, days: int, scale: Reading | None) -> str | None:
    try:
        return read_rate(cell, unit, period, days, scale)
    except Bad:
        return None


def _told_scale(cells: Sequence[Any], period: Period, days: int) -> tuple[Reading | None, Text | None]:
    """How the column writes bare numbers, where all that can be read at all are written in one and the same way."""
    scales: dict[Reading, Any] = {}
    for cell in cells:
        if not bare(cell):
            continue
        read = Decimal(_rate(cell, None, period, days, None) or 0)
        share = (bare(cell) or 0) * {"year": 1, "month": 12, "day": days}[period]
        scales.setdefault("share" if read == share else "percent", cell)
    if len(scales) != 1:
        return None, None
    ((told, cell),) = scales.items()
    return told, because(cell)
