"""What amounts and terms count in where no header says it."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from reviewdesk.errors import Text
from reviewdesk.intake.headers import fold, fold_lines
from reviewdesk.intake.mapping import Rule
from reviewdesk.intake.questions.question import EACH, LIKELY, MONTHS, SHOWN, UNSURE, Option, Question, bare
from reviewdesk.intake.values import read_money, read_terms
from reviewdesk.intake.values.counts import FEW_TERMS, MANY_TERMS

SMALL, LARGE = 100, 1_000_000
"""Yuan: a sheet whose loans are all below the one may count 万元, one whose loans are mostly above the other 分."""

_CENTS = 2


Columns = Sequence[tuple[Rule, Sequence[Decimal]]]
"""Columns of amounts with their numbers, zeros left out."""


def numbers_in(cells: Sequence[Any]) -> list[Decimal]:
    """The bare numbers among cells, zeros left out."""
    return [number for cell in cells if (number := bare(cell))]


def about_amounts(columns: Columns, sizes: Sequence[Sequence[Decimal]]) -> Question | None:
    """One question for all columns of amounts whose unit is not stated and may not be yuan.

    `sizes` are the numbers of those of the columns that hold amounts of a loan's own size.
    """
    small = [(rule, numbers) for rule, numbers in columns if max(numbers) < SMALL]
    if small and all(max(numbers) < SMALL for numbers in sizes) and (sizes or _counts_finely(small)):
        return unit_question(small, ("元", "万元"))
    if any(statistics.median(numbers) >= LARGE for numbers in sizes) and all(map(_is_whole, sizes)):
        return unit_question([one for one in columns if _is_whole(one[1])], ("元", "分"))
    return None


def about_parts(columns: Columns) -> Question | None:
    """The question of amounts that are parts of a loan, such as instalments: whole ones may be of some yuan."""
    if not columns:
        return None
    if all(max(numbers) < SMALL for _, numbers in columns) and not all(_is_whole(numbers) for _, numbers in columns):
        return unit_question(columns, ("元", "万元"))
    large = any(statistics.median(numbers) >= LARGE for _, numbers in columns)
    return unit_question(columns, ("元", "分")) if large and all(_is_whole(numbers) for _, numbers in columns) else None


def _counts_finely(columns: Columns) -> bool:
    """Whether an amount has more decimals than yuan have."""
    return any(_places(number) > _CENTS for _, numbers in columns for number in numbers)


def _is_whole(numbers: Sequence[Decimal]) -> bool:
    return all(number == int(number) for number in numbers)


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def unit_question(columns: Columns, units: Sequence[str]) -> Question:
    """The question in what columns of amounts count; their numbers may be unknown."""
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


def _amounts(columns: Columns, unit: str) -> tuple[tuple[str, Text], ...]:
    pairs = [
        (f"{rule.header} {numbers[0]:f}", read_money(float(numbers[0]), _FEN[unit]))
        for rule, numbers in columns
        if numbers
    ]
    return tuple((cell, _yuan(amount or 0)) for cell, amount in pairs[:SHOWN])


def _yuan(fen: int) -> Text:
    told = f"¥{fen // 100:,}.{fen % 100:02d}"
    return Text(told, told)


_TERM_HEADER = re.compile(r"期限$|tenor$|term$")

_TERM_LABELS = {
    "月": Text("单位是月（期）", "in months"),
    "年": Text("单位是年", "in years"),
    "天": Text("单位是天（不能作期数，这些行会报错）", "in days (no number of instalments: such rows are errors)"),
}


def counts_unstated(rule: Rule) -> bool:
    """Whether a header such as `借款期限` says neither months nor years."""
    last = fold(rule.header.rpartition("|")[2]).base
    return rule.unit is None and bool(_TERM_HEADER.search(last)) and fold_lines(rule.header).unit is None


def about_terms(rule: Rule, cells: Sequence[Any], _days: int = 0) -> Question | None:
    """What a column of terms leaves open."""
    numbers = numbers_in(cells)
    if not numbers or not counts_unstated(replace(rule, unit=None)):
        return None
    if max(numbers) <= FEW_TERMS:
        return terms_question(rule, numbers, ("月", "年"))
    return terms_question(rule, numbers, ("月", "天")) if max(numbers) > MANY_TERMS else None


def marked_terms(rule: Rule, cells: Sequence[Any]) -> str | None:
    """How far the first rows of a column tell what its terms count: its numbers are months, or only likely so."""
    if not counts_unstated(rule):
        return None
    return MONTHS if numbers_in(cells) else LIKELY


def terms_question(rule: Rule, numbers: Sequence[Decimal], units: Sequence[str]) -> Question:
    """The question in what a column of terms counts."""
    options = []
    for unit in units:
        means = tuple((f"{one:f}", _months(float(one), unit)) for one in numbers[:SHOWN])
        options.append(Option(unit, _TERM_LABELS[unit], means))
    answer = rule.unit or (UNSURE if rule.reading == UNSURE else None)
    return Question("terms", (rule,), tuple(options), answer=answer)


def _months(number: float, unit: str) -> Text:
    if unit == "天":
        return Text(f"{number:g} 天", f"{number:g} days")
    return Text(f"{read_terms(number, unit)} 期", f"{read_terms(number, unit)} instalments")
