"""In which order texts such as `01/02/2023` and `23-05-01` write day, month and year."""

import re
from collections.abc import Sequence
from typing import Any

from reviewdesk.errors import Text
from reviewdesk.intake.mapping import Rule
from reviewdesk.intake.questions.question import SHOWN, Option, Question, because, code_of
from reviewdesk.intake.values import Bad, Reading, read_date, shown

_ORDERS: tuple[tuple[Reading, Text], ...] = (
    ("year_first", Text("年/月/日", "year/month/day")),
    ("day_first", Text("日/月/年", "day/month/year")),
    ("month_first", Text("月/日/年", "month/day/year")),
)


def about_date(rule: Rule, cells: Sequence[Any], _days: int = 0) -> Question | None:
    """What a column of dates leaves open."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    codes = {cell: code_of(read_date, cell) for cell in texts}
    doubtful = [cell for cell, code in codes.items() if code in ("date.ambiguous", "date.two_digit_year")]
    if not doubtful:
        return None
    options = _orders(doubtful, len(doubtful)) or _orders(doubtful, 1)
    told, why = _told_order([cell for cell, code in codes.items() if code is None])
    told = told if any(one.value == told for one in options) else None
    return Question("date", (rule,), tuple(options), told, why if told else None, rule.reading)


def _orders(doubtful: Sequence[str], least: int) -> list[Option]:
    """The orders under which so many of the cells at least are days."""
    options = []
    for order, label in _ORDERS:
        means = [(shown(cell), Text(day, day)) for cell in doubtful if (day := _day(cell, order)) is not None]
        if len(means) >= least:
            options.append(Option(order, label, tuple(means[:SHOWN])))
    return options


_YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}\b")


def _day(cell: str, order: Reading) -> str | None:
    if order == "year_first" and _YEAR_LAST.match(cell.strip()):
        return None
    try:
        return read_date(cell, order)
    except Bad:
        return None


def _told_order(cells: Sequence[str]) -> tuple[Reading | None, Text | None]:
    """The order that dates such as `25/12/2023` prove, where all of them prove the same."""
    orders: dict[Reading, str] = {}
    for cell in cells:
        if not _YEAR_LAST.match(cell.strip()):
            continue
        proved = [order for order, _ in _ORDERS[1:] if _day(cell, order) is not None]
        if len(proved) == 1:
            orders.setdefault(proved[0], cell)
    if len(orders) != 1:
        return None, None
    ((order, cell),) = orders.items()
    return order, because(cell)
