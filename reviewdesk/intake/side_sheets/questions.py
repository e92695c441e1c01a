"""What columns of side sheets leave open, asked as of the accounts: the order of days, the unit of amounts; pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reviewdesk.intake.headers import MONEY_UNITS, Header, fold, fold_lines
from reviewdesk.intake.mapping import Rule
from reviewdesk.intake.questions import OPEN, UNSURE, Question
from reviewdesk.intake.questions.dates import about_date
from reviewdesk.intake.questions.question import cells_of
from reviewdesk.intake.questions.units import about_parts, numbers_in, unit_question
from reviewdesk.intake.side_fields import SideField
from reviewdesk.intake.values import Reading

SEEN_ROWS = 60
"""So many of a sheet's first rows are looked at."""

Columns = Sequence[tuple[SideField, int]]
Answers = Mapping[str, str]
"""What a person said of columns, by header: a unit, or the order of days."""


def side_questions(
    columns: Columns, header: Header, first: Sequence[Sequence[Any]], answers: Answers
) -> list[Question]:
    """What the first rows leave open, answered or not."""
    told = {fold(name).full: value for name, value in answers.items()}
    found: list[Question] = []
    amounts = []
    for known, column in columns:
        name = header.names[column]
        answer = told.get(fold(name).full)
        if known.reads in ("date", "moment"):
            rule = Rule(column, name, None, reading=_order(answer))
            question = about_date(rule, cells_of(rule, first))
            found += [question] if question else []
        elif known.reads == "money" and is_unstated(name, header):
            unit = answer if answer in MONEY_UNITS else None
            rule = Rule(column, name, None, unit, reading=_unsure(answer))
            amounts.append((rule, numbers_in(cells_of(rule, first))))
    question = about_parts([(rule, numbers) for rule, numbers in amounts if numbers])
    found += [question] if question else []
    return sorted(found, key=lambda one: one.rules[0].column)


def questions_left(columns: Iterable[tuple[SideField, int, Sequence[Any]]], header: Header) -> list[Question]:
    """What cells leave open that could not be read for want of an answer; of each column its field, place and cells."""
    found: list[Question] = []
    amounts = []
    for known, column, cells in columns:
        rule = Rule(column, header.names[column], None)
        if known.reads == "money":
            amounts.append((rule, numbers_in(cells)))
        elif question := about_date(rule, cells):
            found.append(question)
    found += [unit_question(amounts, ("元", "万元", "分"))] if amounts else []
    return sorted(found, key=lambda one: one.rules[0].column)


def _order(answer: str | None) -> Reading | None:
    orders: dict[str | None, Reading] = {
        "day_first": "day_first",
        "month_first": "month_first",
        "year_first": "year_first",
        UNSURE: "unsure",
    }
    return orders.get(answer)


def _unsure(answer: str | None) -> Reading | None:
    return "unsure" if answer == UNSURE else None


def is_unstated(name: str, header: Header) -> bool:
    """Whether neither a column's header nor a note above the table says what its amounts count in."""
    return fold_lines(name).unit not in MONEY_UNITS and header.sheet_unit is None


def settled_answers(
    columns: Columns, header: Header, first: Sequence[Sequence[Any]], answers: Answers
) -> dict[int, str]:
    """How each column in question is read, by place: as answered, as its cells prove, or `open`."""
    settled = {}
    told = {fold(name).full: value for name, value in answers.items()}
    for _known, column in columns:
        if answer := told.get(fold(header.names[column]).full):
            settled[column] = answer
    for question in side_questions(columns, header, first, answers):
        for rule in question.rules:
            if rule.column not in settled:
                settled[rule.column] = question.told or OPEN
    return settled
