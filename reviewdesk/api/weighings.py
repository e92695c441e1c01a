"""The risks of suing, for programs."""

import io

from flask import Response, send_file

from reviewdesk.api.shapes import Sentence
from reviewdesk.api.speaking import Answer, api, speaks
from reviewdesk.api.statements import READS, XLSX
from reviewdesk.api.weighing_shapes import CaseWeighing, FigureShape, LikelyDefence
from reviewdesk.money import plain
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import weighings


@api.get("/cases/<int:case_id>/weighing")
@requires(*READS)
@speaks("cases", {200: Answer("The estimate", CaseWeighing)}, problems=(409,))
def get_weighing(case_id: int) -> CaseWeighing:
    """Weigh the risks of suing a case: recovery, cost, length, likely defences, each number with its formula.

    409 where the case is not audited, or what may be claimed or the days overdue are unknown.
    """
    found = weighings.open_weighing(current_actor(), case_id)
    one = found.weighed
    return CaseWeighing(
        case_id=found.case.case_id,
        number=found.case.number,
        run_id=found.run.run_id,
        policy=one.policy,
        as_of=found.run.as_of,
        procedure=one.made.procedure,
        advice=Sentence.of(one.advice),
        figures=[FigureShape.of(figure) for figure in one.figures],
        defences=[_defence(defence) for defence in one.defences],
    )


@api.get("/cases/<int:case_id>/weighing.xlsx")
@requires(*READS)
@speaks("cases", {200: Answer("The workbook", media=(XLSX,))}, problems=(409,))
def get_weighing_workbook(case_id: int) -> Response:
    """Give the risks of suing a case as a workbook; an event."""
    content, name = weighings.download(current_actor(), case_id)
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name)


def _defence(one: weighings.LikelyDefence) -> LikelyDefence:
    raised = one.raised
    return LikelyDefence(
        defence=raised.defence,
        label=Sentence.of(one.label),
        checks=[*raised.checks],
        outcome=raised.outcome,
        weight=plain(raised.weight),
        loss=plain(raised.loss),
        factor=one.factor,
        months=one.months,
        law=one.cites,
        verified=one.verified,
    )
