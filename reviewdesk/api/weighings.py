"""The risks of suing, for programs."""

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, send_file, url_for

from reviewdesk.api.shapes import Sentence
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.api.statements import READS, XLSX
from reviewdesk.api.weighing_shapes import (
    BatchWeighing,
    CaseWeighing,
    CourtGroup,
    DefenceCount,
    FigureShape,
    HarmIndicator,
    JoinedSuit,
    LenderSuits,
    LikelyDefence,
    NetStep,
    WeighingAsked,
    WeighingGroup,
)
from reviewdesk.audit.weighing.batch import Indicator
from reviewdesk.audit.weighing.defences import LikelyDefence as Likely
from reviewdesk.audit.weighing.filing import Filing
from reviewdesk.audit.weighing.sums import NET_STEPS
from reviewdesk.handover import weighing
from reviewdesk.handover.weighing_words import defence_lines
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
        procedure=one.made.filing.procedure,
        suit=_suit(one.suit),
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


def _suit(filing: Filing | None) -> JoinedSuit | None:
    if filing is None or filing.joined is None:
        return None
    joint_id, numbers, unknown = filing.joined
    return JoinedSuit(
        joint_id=joint_id,
        cases=[*numbers],
        not_counted=[*unknown],
        claim=filing.claim,
        court_fee=filing.fee,
        cost=filing.cost,
    )


def _defence(one: Likely) -> LikelyDefence:
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
        law=Sentence.of(one.cites),
        verified=one.verified,
    )


@api.get("/batches/<uuid:batch_id>/weighing")
@requires(*READS)
@speaks("batches", {200: Answer("The estimate", BatchWeighing)}, problems=(409,))
def get_batch_weighing(batch_id: UUID) -> BatchWeighing:
    """Give the risks of suing the cases of a batch, as a worker last weighed them.

    409 where that was not done yet; it is when the batch's audit is done, and whenever it is asked for.
    """
    found = weighing.open_weighing(current_actor(), batch_id)
    made = weighing.required(found)
    sums = made.sums
    return BatchWeighing(
        batch_id=batch_id,
        made_at=made.made_at,
        policy=made.policy,
        job=found.job,
        changed_since=found.since,
        cases=sums["cases"],
        filings=sums["filings"],
        unweighed=sums["unweighed"],
        figures=[FigureShape.of(one) for one in found.figures],
        indicators=[_indicator(one) for one in found.indicators],
        net=_net_steps(sums),
        courts=[CourtGroup(**{"name" if key == "court" else key: one[key] for key in one}) for one in sums["courts"]],
        other_courts=_group("", sums["other_courts"]),
        defences=[
            DefenceCount(**{**one._asdict(), "label": Sentence.of(one.label), "law": Sentence.of(one.law)})
            for one in defence_lines(sums)
        ],
        suits=[LenderSuits(**one) for one in made.suits],
        **{name: _groups(sums[name]) for name in ("verdicts", "states", "procedures", "advice", "lenders")},
    )


@api.post("/batches/<uuid:batch_id>/weighing")
@requires(*READS)
@speaks(
    "batches",
    {202: Answer("A worker will weigh the batch", WeighingAsked, headers={"Location": "The estimate"})},
    problems=(409,),
)
def ask_batch_weighing(batch_id: UUID) -> Reply:
    """Have a worker weigh a batch anew; asked again while that is under way, it is done once."""
    weighing.ask(current_actor(), batch_id)
    where = url_for("api.get_batch_weighing", batch_id=batch_id)
    return Reply(WeighingAsked(batch_id=batch_id), 202, {"Location": where})


@api.get("/batches/<uuid:batch_id>/weighing.xlsx")
@requires(*READS)
@speaks("batches", {200: Answer("The workbook", media=(XLSX,))}, problems=(409,))
def get_batch_weighing_workbook(batch_id: UUID) -> Response:
    """Give the sums and each case as a workbook, without personal data; an event."""
    path, name = weighing.download(current_actor(), batch_id)
    return send_file(path, as_attachment=True, download_name=name)


def _groups(groups: Mapping[str, Any]) -> list[WeighingGroup]:
    return [_group(name, one) for name, one in groups.items()]


def _group(name: str, one: Mapping[str, Any]) -> WeighingGroup:
    return WeighingGroup(
        name=name, **{key: one[key] for key in ("cases", "filings", "claim", "expected", "cost", "net")}
    )


def _net_steps(sums: Mapping[str, Any]) -> list[NetStep]:
    bounds = (None, *NET_STEPS, None)
    return [
        NetStep(name=str(place), at_least=bounds[place], below=bounds[place + 1], **one)
        for place, one in enumerate(sums["net"])
    ]


def _indicator(one: Indicator) -> HarmIndicator:
    return HarmIndicator(figure=FigureShape.of(one.figure), limit=plain(one.limit), reached=one.reached)
