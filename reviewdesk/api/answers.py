"""Questions that rows of a loaded batch wait for, and their answers."""

from uuid import UUID

from flask import url_for

from reviewdesk.api import mapping_shapes, shapes
from reviewdesk.api.batches import READERS, UPLOADERS, batch_shape
from reviewdesk.api.mappings import options_of
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.intake import answering
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.side_waiting import AskedBeside
from reviewdesk.pages import current_actor, requires


@api.get("/batches/<uuid:batch_id>/questions")
@requires(*READERS)
@speaks("batches", {200: Answer("The questions", mapping_shapes.WaitingQuestions)})
def list_batch_questions(batch_id: UUID) -> mapping_shapes.WaitingQuestions:
    """List what columns of a loaded batch leave open: rows whose cells may be read in two ways wait for the answer.

    Columns of the accounts come first, then those of the sheets beside them.
    """
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        found = answering.open_questions(work, batch)
    return mapping_shapes.WaitingQuestions(items=[_question(one) for one in found])


def _question(asked: answering.Open) -> mapping_shapes.WaitingQuestion:
    return mapping_shapes.WaitingQuestion.model_validate(
        {
            "name": asked.name,
            "kind": asked.question.kind,
            "file": None if isinstance(asked, AskedBeside) else asked.file or None,
            "sheets": asked.sheets if isinstance(asked, AskedBeside) else [],
            "headers": asked.question.headers,
            "rows": asked.rows,
            "options": options_of(asked.question),
        }
    )


@api.post("/batches/<uuid:batch_id>/answers")
@requires(*UPLOADERS)
@speaks(
    "batches",
    {202: Answer("The rows that waited are read again", shapes.Batch, headers={"Location": "The batch"})},
    body=mapping_shapes.GivenAnswers,
    problems=(409,),
)
def answer_batch_questions(batch_id: UUID, body: mapping_shapes.GivenAnswers) -> Reply:
    """Say how columns of a loaded batch are read: a worker reads the rows again that waited, and takes good ones in.

    Good rows of sheets beside the accounts join their cases, which are audited anew.

    The answer holds for rows that are mended later, and for the next file with the same headers.
    """
    answering.answer(current_actor(), batch_id, body.answers)
    return Reply(batch_shape(batch_id), 202, {"Location": url_for("api.get_batch", batch_id=batch_id)})
