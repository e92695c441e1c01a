"""What a column's cells leave open, asked once for the column: a rate's `1`, the day of `01/02/2023`, yuan or 万元.

A question is asked of the first rows. Where other cells of the column can be read in one way only, they tell how it is
written and nobody is asked. Without an answer such cells are errors: nothing is guessed.
"""

import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any, Literal

from reviewdesk.errors import Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import Period, fold, fold_lines, suggest
from reviewdesk.intake.mapping import Mapping, Rule
from reviewdesk.intake.splitting import parts_of
from reviewdesk.intake.values import Bad, Reading, clean, read_date, read_money, read_rate, read_terms, shown
from reviewdesk.money import plain

Kind = Literal["rate", "date", "money", "terms"]

SHOWN = 3
UNSURE, OPEN = "unsure", "open"
EACH = "each"
"""The answer of columns that a person gave different units, one by one."""

Sample = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Option:
    """One reading. `means` says what some of the doubtful cells are under it: (cell, value)."""

    value: str
    label: Text
    means: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of columns whose cells are written alike.

    `rules` are as `Mapping.filled` gives them; `told` is the option that other cells of the column prove, `answer` the
    one that holds under the mapping.
    """

    kind: Kind
    rules: tuple[Rule, ...]
    options: tuple[Option, ...]
    told: str | None = None
    why: Text | None = None
    answer: str | None = None

    @property
    def name(self) -> str:
        """What the answer is called in a form: the same for the same columns."""
        return "answer-" + ".".join(
            str(rule.column) if rule.part is None else f"{rule.column}_{rule.part}" for rule in self.rules
        )

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of its columns."""
        return tuple(rule.header for rule in self.rules)

    @property
    def open(self) -> bool:
        """Whether a person's answer is wanted; an answer that other cells contradict is none."""
        return self.answer is None or (self.told is not None and self.answer not in (self.told, UNSURE))


def questions_of(mapping: Mapping, sample: Sample, sheet_unit: str | None = None) -> list[Question]:
    """The questions that the first rows of a sheet raise, answered or not.

    `sheet_unit` is the unit that a note above the table states for all its amounts.
    """
    found: list[Question] = []
    for rule in mapping.filled():
        ask = _ASKED.get(field_named(rule.field or "").kind)
        question = ask(rule, cells_of(rule, sample), mapping.day_count) if ask else None
        if question is not None:
            found.append(question)
    amounts = _about_amounts(mapping, sample) if sheet_unit is None else ()
    return sorted([*found, *amounts], key=lambda one: one.rules[0].column)


def settled(mapping: Mapping, sample: Sample, sheet_unit: str | None = None) -> Mapping:
    """The mapping with the readings that the cells themselves prove, and columns that need an answer marked as open."""
    for question in questions_of(mapping, sample, sheet_unit):
        if question.answer is not None:
            continue
        if question.told is not None:
            mapping = answered(mapping, question, question.told)
        elif question.kind in ("money", "terms"):
            for rule in question.rules:
                mapping = mapping.revised(rule, reading=OPEN)
    return mapping


def answered(mapping: Mapping, question: Question, value: str) -> Mapping:
    """The mapping under one of the question's options; any other value leaves it as it is."""
    if value != UNSURE and all(one.value != value for one in question.options):
        return mapping
    for rule in question.rules:
        mapping = mapping.revised(rule, **_changes(question.kind, rule, value))
    return mapping


def reopened(mapping: Mapping) -> Mapping:
    """The mapping without the marks of columns that nobody could read last time: they are asked about again."""
    for rule in mapping.filled():
        if rule.reading in (UNSURE, OPEN):
            mapping = mapping.revised(rule, reading=None)
    return mapping


def _changes(kind: Kind, rule: Rule, value: str) -> dict[str, Any]:
    if kind == "rate":
        period, _, reading = value.partition(":")
        stated = fold_lines(rule.header).period
        return {"reading": reading or None, "period": period or stated} if value != UNSURE else {"reading": UNSURE}
    if kind == "date" or value == UNSURE:
        return {"reading": value}
    return {"unit": value, "reading": None}


def cells_of(rule: Rule, sample: Sample) -> list[Any]:
    """The cells of a rule's column that say something, each once; of a column for several fields its part of them."""
    seen: dict[Any, None] = {}
    for row in sample:
        cell = row[rule.column] if rule.column < len(row) else ""
        if rule.part is not None and rule.split is not None:
            parts = parts_of(cell, rule.split, len(rule.parts))
            cell = parts[rule.part] if parts else ""
        if cell not in ("", None) and not isinstance(cell, bool):
            seen[cell] = None
    return list(seen)


def _code(read: Callable[[Any], Any], cell: Any) -> str | None:
    """The code under which a cell cannot be read; None where it can."""
    try:
        read(cell)
    except Bad as bad:
        return bad.code
    return None


# --- rates -----------------------------------------------------------------------------------------------------------

_PERIODS: tuple[tuple[Period, Text], ...] = (
    ("year", Text("年利率", "rate a year")),
    ("month", Text("月利率", "rate a month")),
    ("day", Text("日利率", "rate a day")),
)
_SCALES: tuple[tuple[Reading, Text], ...] = (
    ("percent", Text("数字是百分数", "numbers are percent")),
    ("share", Text("数字是比例，1 即 100%", "numbers are shares, 1 is 100 %")),
)
_LOW, _HIGH = Decimal("0.01"), Decimal(1)


def _about_rate(rule: Rule, cells: Sequence[Any], days: int) -> Question | None:
    stated = suggest([rule.header])[0].period
    period = stated if rule.reading else rule.period or stated
    codes = {cell: _code(partial(read_rate, unit=rule.unit, period=period, day_count=days), cell) for cell in cells}
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
    bare = rule.unit is None and any(_bare(cell) is not None for cell in cells)
    found = []
    for (period, said), (scale, how) in product(periods, _SCALES if bare else ((None, Text("", "")),)):
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
        if not _bare(cell):
            continue
        read = _rate(cell, None, period, days, None)
        scale: Reading = "percent" if _rate(cell, None, period, days, "percent") == read else "share"
        scales.setdefault(scale, cell)
    if len(scales) != 1:
        return None, None
    ((told, cell),) = scales.items()
    return told, _because(shown(cell))


def _because(cell: str) -> Text:
    return Text(f"同列的 {cell} 只能这样读", f"{cell} in this column can be read in this way only")


def _bare(cell: Any) -> Decimal | None:
    """A number without unit or sign; None for any other cell."""
    if isinstance(cell, int | float):
        return Decimal(format(cell, ".15g"))
    if isinstance(cell, str) and re.fullmatch(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?", text := clean(cell)):
        return Decimal(text.replace(",", ""))
    return None


# --- dates -----------------------------------------------------------------------------------------------------------

_ORDERS: tuple[tuple[Reading, Text], ...] = (
    ("year_first", Text("年/月/日", "year/month/day")),
    ("day_first", Text("日/月/年", "day/month/year")),
    ("month_first", Text("月/日/年", "month/day/year")),
)


def _about_date(rule: Rule, cells: Sequence[Any], _days: int) -> Question | None:
    texts = [cell for cell in cells if isinstance(cell, str)]
    codes = {cell: _code(read_date, cell) for cell in texts}
    doubtful = [cell for cell, code in codes.items() if code in ("date.ambiguous", "date.two_digit_year")]
    if not doubtful:
        return None
    options = []
    for order, label in _ORDERS:
        means = [(shown(cell), Text(day, day)) for cell in doubtful if (day := _day(cell, order)) is not None]
        if len(means) == len(doubtful):
            options.append(Option(order, label, tuple(means[:SHOWN])))
    told, why = _told_order([cell for cell, code in codes.items() if code is None])
    told = told if any(one.value == told for one in options) else None
    return Question("date", (rule,), tuple(options), told, why if told else None, rule.reading)


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
    return order, _because(shown(cell))


# --- amounts ---------------------------------------------------------------------------------------------------------

_SIZES = frozenset({"principal", "disbursed_amount", "outstanding_principal", "total_claimed", "claim_paid"})
"""Amounts of a loan's own size: no loan is of some yuan, and few are of millions."""

SMALL, LARGE = 100, 1_000_000
"""Yuan: a sheet whose loans are all below the one may count 万元, one whose loans are mostly above the other 分."""

_CENTS = 2


def _about_amounts(mapping: Mapping, sample: Sample) -> Iterator[Question]:
    """One question for all columns of amounts whose unit is not stated and may not be yuan."""
    columns = [
        (rule, numbers)
        for rule in mapping.filled()
        if field_named(rule.field or "").kind == "money"
        and fold_lines(rule.header).unit is None
        and (numbers := [number for cell in cells_of(rule, sample) if (number := _bare(cell))])
    ]
    sizes = [numbers for rule, numbers in columns if rule.field in _SIZES]
    small = [(rule, numbers) for rule, numbers in columns if max(numbers) < SMALL]
    if small and all(max(numbers) < SMALL for numbers in sizes) and (sizes or _counts_finely(small)):
        yield _unit_question(small, ("元", "万元"))
    elif any(statistics.median(numbers) >= LARGE for numbers in sizes) and all(map(_is_whole, sizes)):
        yield _unit_question([one for one in columns if _is_whole(one[1])], ("元", "分"))


def _counts_finely(columns: Sequence[tuple[Rule, Sequence[Decimal]]]) -> bool:
    """Whether an amount has more decimals than yuan have."""
    return any(_places(number) > _CENTS for _, numbers in columns for number in numbers)


def _is_whole(numbers: Sequence[Decimal]) -> bool:
    return all(number == int(number) for number in numbers)


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _unit_question(columns: Sequence[tuple[Rule, Sequence[Decimal]]], units: Sequence[str]) -> Question:
    columns = sorted(columns, key=lambda one: one[0].column)
    options = [Option(unit, _UNIT_LABELS[unit], _amounts(columns, unit)) for unit in units]
    answers = {rule.unit or (UNSURE if rule.reading == UNSURE else None) for rule, _ in columns}
    answer = None if None in answers else answers.pop() if len(answers) == 1 else EACH
    return Question("money", tuple(rule for rule, _ in columns), tuple(options), answer=answer)


_UNIT_LABELS = {
    "元": Text("单位是元", "in yuan"),
    "万元": Text("单位是万元", "in 10,000 yuan"),
    "分": Text("单位是分", "in fen"),
}
_FEN = {"元": 100, "万元": 1_000_000, "分": 1}


def _amounts(columns: Sequence[tuple[Rule, Sequence[Decimal]]], unit: str) -> tuple[tuple[str, Text], ...]:
    pairs = [(f"{rule.header} {numbers[0]:f}", read_money(float(numbers[0]), _FEN[unit])) for rule, numbers in columns]
    return tuple((cell, _yuan(amount or 0)) for cell, amount in pairs[:SHOWN])


def _yuan(fen: int) -> Text:
    told = f"¥{fen // 100:,}.{fen % 100:02d}"
    return Text(told, told)


# --- terms -----------------------------------------------------------------------------------------------------------

_TERM_HEADER = re.compile(r"期限$|tenor$|term$")
FEW, MANY = 5, 60
"""Loans of so few months may be of years, and of more than so many of days."""

_TERM_LABELS = {
    "月": Text("单位是月（期）", "in months"),
    "年": Text("单位是年", "in years"),
    "天": Text("单位是天（不能作期数，这些行会报错）", "in days (no number of instalments: such rows are errors)"),
}


def _about_terms(rule: Rule, cells: Sequence[Any], _days: int) -> Question | None:
    if not _TERM_HEADER.search(fold(rule.header.rpartition("|")[2]).base) or fold_lines(rule.header).unit:
        return None
    numbers = [number for cell in cells if (number := _bare(cell))]
    if not numbers or not (max(numbers) <= FEW or max(numbers) > MANY):
        return None
    options = []
    for unit in ("月", "年") if max(numbers) <= FEW else ("月", "天"):
        means = tuple((f"{one:f}", _months(float(one), unit)) for one in numbers[:SHOWN])
        options.append(Option(unit, _TERM_LABELS[unit], means))
    answer = rule.unit or (UNSURE if rule.reading == UNSURE else None)
    return Question("terms", (rule,), tuple(options), answer=answer)


def _months(number: float, unit: str) -> Text:
    if unit == "天":
        return Text(f"{number:g} 天", f"{number:g} days")
    return Text(f"{read_terms(number, unit)} 期", f"{read_terms(number, unit)} instalments")


_ASKED: dict[str, Callable[[Rule, Sequence[Any], int], Question | None]] = {
    "rate": _about_rate,
    "date": _about_date,
    "terms": _about_terms,
}
