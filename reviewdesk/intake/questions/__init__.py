"""What a column's cells leave open, asked once for the column: a rate's `1`, the day of `01/02/2023`, yuan or 万元.

A question is asked of the first rows, and again of later rows that could not be read for want of an answer. Where other
cells of the column can be read in one way only, they tell how it is written and nobody is asked. Without an answer such
cells are errors: nothing is guessed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import fold_lines
from reviewdesk.intake.mapping import Mapping, Rule, SideRule
from reviewdesk.intake.questions.dates import about_date
from reviewdesk.intake.questions.question import (
    DOUBTS,
    MARKS,
    OPEN,
    UNSURE,
    Kind,
    Option,
    Question,
    Sample,
    cells_of,
)
from reviewdesk.intake.questions.rates import about_rate
from reviewdesk.intake.questions.units import (
    about_amounts,
    about_terms,
    marked_terms,
    numbers_in,
    terms_question,
    unit_question,
)
from reviewdesk.intake.values.counts import FEW_TERMS

__all__ = [
    "DOUBTS",
    "MARKS",
    "OPEN",
    "SAMPLE_ROWS",
    "UNSURE",
    "Option",
    "Question",
    "Sample",
    "answered",
    "cells_of",
    "questions_about",
    "questions_of",
    "reopened",
    "settled",
]

SAMPLE_ROWS = 200
"""So many of the first rows are looked at before a person has spoken."""


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
    amounts = _about_amounts(mapping, sample) if sheet_unit is None else None
    found += [amounts] if amounts else []
    return sorted(found, key=lambda one: one.rules[0].column)


def questions_about(columns: Sequence[tuple[Rule, Sequence[Any]]], day_count: int) -> list[Question]:
    """The questions that cells raise which could not be read for want of an answer; one for all amounts together."""
    found: list[Question] = []
    amounts: list[tuple[Rule, list[Decimal]]] = []
    for rule, cells in columns:
        kind = field_named(rule.field or "").kind
        if kind == "money":
            amounts.append((rule, numbers_in(cells)))
        elif kind == "terms" and (numbers := numbers_in(cells)):
            units = ("月", "年") if max(numbers) <= FEW_TERMS else ("月", "天", "年")
            found.append(terms_question(rule, numbers, units))
        elif kind in _ASKED and (question := _ASKED[kind](rule, cells, day_count)):
            found.append(question)
    if amounts:
        found.append(unit_question(amounts, ("元", "万元", "分")))
    return sorted(found, key=lambda one: one.rules[0].column)


_SIZES = frozenset({"principal", "disbursed_amount", "outstanding_principal", "total_claimed", "claim_paid"})
"""Amounts of a loan's own size: no loan is of some yuan, and few are of millions."""


def _about_amounts(mapping: Mapping, sample: Sample) -> Question | None:
    rules = [rule for rule in mapping.filled() if field_named(rule.field or "").kind == "money"]
    unstated = [(rule, numbers_in(cells_of(rule, sample))) for rule in rules if fold_lines(rule.header).unit is None]
    columns = [(rule, numbers) for rule, numbers in unstated if numbers]
    if not columns and unstated and len(sample) >= SAMPLE_ROWS and _say_nothing(rules, sample):
        return unit_question(unstated, ("元", "万元"))
    return about_amounts(columns, [numbers for rule, numbers in columns if rule.field in _SIZES])


def _say_nothing(rules: Sequence[Rule], sample: Sample) -> bool:
    """Whether the first rows hold no amount at all, so that nothing tells how those below are written."""
    return not any(numbers_in(cells_of(rule, sample)) for rule in rules)


def settled(mapping: Mapping, sample: Sample, sheet_unit: str | None = None) -> Mapping:
    """The mapping with the readings that the cells themselves prove, and columns that need an answer marked as open."""
    asked = questions_of(mapping, sample, sheet_unit)
    for question in asked:
        if question.answer is not None:
            continue
        if question.told is not None:
            mapping = answered(mapping, question, question.told)
        elif question.kind in ("money", "terms"):
            for rule in question.rules:
                mapping = mapping.revised(rule, reading=OPEN)
    for rule in _terms_unasked(mapping, asked):
        mapping = mapping.revised(rule, reading=marked_terms(rule, cells_of(rule, sample)))
    return mapping


def _terms_unasked(mapping: Mapping, asked: Sequence[Question]) -> Iterator[Rule]:
    """The columns of terms that nobody is asked about and nobody answered."""
    of_asked = {(rule.column, rule.part) for question in asked for rule in question.rules}
    for rule in mapping.filled():
        is_open = (rule.column, rule.part) in of_asked or rule.reading == UNSURE
        if field_named(rule.field or "").kind == "terms" and not is_open:
            yield rule


def answered(mapping: Mapping, question: Question, value: str) -> Mapping:
    """The mapping under one of the question's options; any other value leaves it as it is."""
    if value != UNSURE and all(one.value != value for one in question.options):
        return mapping
    for rule in question.rules:
        mapping = mapping.revised(rule, **_changes(question.kind, rule, value))
    return mapping


def reopened(mapping: Mapping) -> Mapping:
    """The mapping without the marks of last time's cells: columns that nobody could read are asked about again."""
    for rule in mapping.filled():
        if rule.reading in MARKS:
            mapping = mapping.revised(rule, reading=None)
    return replace(mapping, sides=tuple(map(_reopened, mapping.sides)))


def _reopened(side: SideRule) -> SideRule:
    return replace(side, answers={header: answer for header, answer in side.answers.items() if answer not in MARKS})


def _changes(kind: Kind, rule: Rule, value: str) -> dict[str, Any]:
    if kind == "rate":
        period, _, reading = value.partition(":")
        stated = fold_lines(rule.header).period
        return {"reading": reading or None, "period": period or stated} if value != UNSURE else {"reading": UNSURE}
    if kind == "date" or value == UNSURE:
        return {"reading": value}
    return {"unit": value, "reading": None}


_ASKED: dict[str, Callable[[Rule, Sequence[Any], int], Question | None]] = {
    "rate": about_rate,
    "date": about_date,
    "terms": about_terms,
}
