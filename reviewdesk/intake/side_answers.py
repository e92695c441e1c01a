"""Answers about columns of side sheets, laid over the layouts of a batch and over a mapping; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reviewdesk.intake.bundle import placed
from reviewdesk.intake.headers import fold
from reviewdesk.intake.mapping import Mapping as ColumnMapping
from reviewdesk.intake.mapping import SideRule
from reviewdesk.intake.questions import Question
from reviewdesk.intake.side_fields import SideKind
from reviewdesk.intake.side_sheets import Said


def laid_over(layouts: Mapping[str, Any], sheets: Sequence[str], question: Question, value: str) -> dict[str, Any]:
    """The kept layouts, under which doubtful cells of rows that are given anew are read by an answer."""
    new = {str(rule.column): value for rule in question.rules}
    return {
        name: {**kept, "later": {**kept.get("later", {}), **new}} if name in sheets else kept
        for name, kept in layouts.items()
    }


def with_answer(mapping: ColumnMapping, *, sheet: str, kind: SideKind, question: Question, value: str) -> ColumnMapping:
    """The mapping with an answer about columns of a sheet beside its accounts."""
    return with_side_answers(mapping, sheet, kind, dict.fromkeys(question.headers, value))


def with_side_answers(mapping: ColumnMapping, sheet: str, kind: SideKind, answers: Mapping[str, str]) -> ColumnMapping:
    """The mapping with answers, by header, in the place of what was said of these columns before."""
    rule = Said(mapping.sides).of(sheet)
    new = {fold(header).full for header in answers}
    kept = {header: answer for header, answer in rule.answers.items() if fold(header).full not in new} if rule else {}
    said = replace(rule or SideRule(sheet, kind), answers={**kept, **answers})
    return replace(mapping, sides=(*(one for one in mapping.sides if one is not rule), said))


def own_name(place: str) -> str:
    """A sheet's own name in its file, by the name that people see."""
    return place.rpartition(placed("", ""))[2]
