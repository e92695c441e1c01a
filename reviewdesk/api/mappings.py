"""What is to be said of a batch's columns before it is loaded: the proposal, the open questions, the sheets beside."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from reviewdesk.api import mapping_shapes as shapes
from reviewdesk.api.batches import UPLOADERS
from reviewdesk.api.speaking import Answer, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Text
from reviewdesk.intake import kept_looks
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.looking import missing_fields
from reviewdesk.intake.mapping import Mapping, column_letters
from reviewdesk.intake.questions import Question, answered, questions_of
from reviewdesk.intake.showing import discreet_sample
from reviewdesk.intake.side_looking import SideView, sides_of
from reviewdesk.pages import current_actor, requires


@api.get("/batches/<uuid:batch_id>/mapping")
@requires(*UPLOADERS)
@speaks("batches", {200: Answer("The proposal and what is asked", shapes.MappingLook)}, problems=(409,))
def show_batch_mapping(batch_id: UUID) -> shapes.MappingLook:
    """Show what a batch that waits for its mapping is proposed to be, and what has to be said before it is loaded."""
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id, "intake:batch:map")
        if batch.state != "mapping":
            raise Conflict(
                "batch.not_mapping",
                Text("这个批次的列对应已经确认。", "The mapping of this batch is settled."),
                state=batch.state,
            )
        look = kept_looks.look_of(work, batch)
        mapping = Mapping.from_json(batch.mapping or {})
        version = batch.version
    questions = questions_of(mapping, look.sample, look.header.sheet_unit)
    return shapes.MappingLook(
        version=version,
        mapping=mapping.to_json(),
        missing=[one.name for one in missing_fields(mapping)],
        questions=[_question(mapping, one) for one in questions],
        sheets=[_sheet(one) for one in sides_of(look.beside, mapping, discreet_sample)],
    )


def _question(mapping: Mapping, question: Question) -> shapes.MappingQuestion:
    return shapes.MappingQuestion.model_validate(
        {
            "kind": question.kind,
            "columns": [column_letters(rule.column) for rule in question.rules],
            "headers": question.headers,
            "fields": [rule.field for rule in question.rules],
            "open": question.open,
            "why": question.why and question.why.as_json(),
            "options": [
                {
                    "label": one.label.as_json(),
                    "means": [{"cell": cell, "value": value.as_json()} for cell, value in one.means],
                    "columns": _columns_under(mapping, question, one.value),
                    "chosen": one.value == question.answer,
                }
                for one in question.options
            ],
        }
    )


def _columns_under(mapping: Mapping, question: Question, value: str) -> list[dict[str, Any]]:
    """The columns of a question as a mapping states them under an answer."""
    wanted = {rule.column for rule in question.rules}
    return [rule.to_json() for rule in answered(mapping, question, value).rules if rule.column in wanted]


def _sheet(side: SideView) -> shapes.MappingSheet:
    return shapes.MappingSheet.model_validate(
        {
            "sheet": side.look.name,
            "kind": side.kind.kind if side.kind else None,
            "rows": side.look.rows,
            "hidden": side.look.hidden,
            "columns": [
                {"column": one.letters, "header": one.header, "field": one.field or None} for one in side.columns
            ],
            "wrong": side.wrong and side.wrong.as_json(),
            "errors": _errors(side),
            "questions": [_side_question(one) for one in side.questions],
            "in_yuan": side.in_yuan,
        }
    )


def _side_question(question: Question) -> dict[str, Any]:
    return {
        "kind": question.kind,
        "headers": question.headers,
        "answer": question.answer or question.told,
        "options": options_of(question),
    }


def options_of(question: Question) -> list[dict[str, Any]]:
    """The options of a question, each with what some cells are under it."""
    return [
        {
            "value": one.value,
            "label": one.label.as_json(),
            "means": [{"cell": cell, "value": value.as_json()} for cell, value in one.means],
        }
        for one in question.options
    ]


def _errors(side: SideView) -> Sequence[dict[str, Any]]:
    names = shapes.SheetError.model_fields
    return [{key: value for key, value in asdict(one).items() if key in names} for one in side.told]
