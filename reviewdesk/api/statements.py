"""The claim statement of a case and of a suit, for programs: as JSON, or as the document that people get."""

import io
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Response, request, send_file

from reviewdesk.api import shapes
from reviewdesk.api.speaking import JSON, Answer, api, speaks
from reviewdesk.api.statement_shapes import (
    Statement,
    StatementLine,
    StatementOrder,
    StatementPart,
    StatementResult,
    StatementReversal,
    StatementSetOff,
    SuitFees,
    SuitStatement,
    SuitSums,
)
from reviewdesk.audit.statement import ClaimStatement, Line, Part
from reviewdesk.money import plain
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import statements, suit_statements
from reviewdesk.review.statement_tables import method_of
from reviewdesk.review.states import REVIEWER, SENIOR
from reviewdesk.review.suit_statements import OpenedSuit
from reviewdesk.review.suit_tables import suit_method

READS = (REVIEWER, SENIOR, "compliance")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
MEDIA: Mapping[str, str] = {XLSX: "xlsx", PDF: "pdf"}


@api.get("/cases/<int:case_id>/statement")
@requires(*READS)
@speaks(
    "cases",
    {200: Answer("The statement, in the form that `Accept` asks for", Statement, media=tuple(MEDIA))},
    headers={"Accept": f"`{JSON}` (default), {', '.join(f'`{one}`' for one in MEDIA)}"},
    problems=(409,),
)
def get_statement(case_id: int) -> Statement | Response:
    """Give the claim statement of a case: every line from which its amounts come.

    409 where the case is not audited, or facts are absent without which nothing can be computed. As a workbook or PDF
    its personal data is masked, and the download is an event.
    """
    form = MEDIA.get(request.accept_mimetypes.best_match([JSON, *MEDIA], JSON))
    return _document(case_id, form) if form else statement_shape(statements.open_statement(current_actor(), case_id))


@api.get("/cases/<int:case_id>/statement.xlsx")
@requires(*READS)
@speaks("cases", {200: Answer("The workbook", media=(XLSX,))}, problems=(409,))
def get_statement_workbook(case_id: int) -> Response:
    """Give the claim statement as a workbook, personal data masked; an event."""
    return _document(case_id, "xlsx")


@api.get("/cases/<int:case_id>/statement.pdf")
@requires(*READS)
@speaks("cases", {200: Answer("The document", media=(PDF,))}, problems=(409,))
def get_statement_pdf(case_id: int) -> Response:
    """Give the claim statement as a document for print, personal data masked; an event."""
    return _document(case_id, "pdf")


@api.get("/joints/<uuid:joint_id>/statement")
@requires(*READS)
@speaks(
    "cases",
    {200: Answer("The statement, in the form that `Accept` asks for", SuitStatement, media=tuple(MEDIA))},
    headers={"Accept": f"`{JSON}` (default), {', '.join(f'`{one}`' for one in MEDIA)}"},
    problems=(409,),
)
def get_suit_statement(joint_id: UUID) -> SuitStatement | Response:
    """Give the claim statement of one suit over several loans: the sums, the court fee on them, and each loan's own.

    409 where the cases go to court each for itself, or one of them has no statement. As a workbook or PDF its personal
    data is masked, and the download is an event of each case.
    """
    form = MEDIA.get(request.accept_mimetypes.best_match([JSON, *MEDIA], JSON))
    return _suit_document(joint_id, form) if form else suit_shape(suit_statements.open_suit(current_actor(), joint_id))


@api.get("/joints/<uuid:joint_id>/statement.xlsx")
@requires(*READS)
@speaks("cases", {200: Answer("The workbook", media=(XLSX,))}, problems=(409,))
def get_suit_statement_workbook(joint_id: UUID) -> Response:
    """Give the claim statement of a suit as a workbook, personal data masked; an event of each case."""
    return _suit_document(joint_id, "xlsx")


@api.get("/joints/<uuid:joint_id>/statement.pdf")
@requires(*READS)
@speaks("cases", {200: Answer("The document", media=(PDF,))}, problems=(409,))
def get_suit_statement_pdf(joint_id: UUID) -> Response:
    """Give the claim statement of a suit as a document for print, personal data masked; an event of each case."""
    return _suit_document(joint_id, "pdf")


def _suit_document(joint_id: UUID, form: str) -> Response:
    return sent(*suit_statements.download(current_actor(), joint_id, form))


def suit_shape(found: OpenedSuit) -> SuitStatement:
    """The statement of a suit for programs.

    Raises:
        Conflict: a case has none, and why.
    """
    made = suit_statements.required(found)
    return SuitStatement(
        joint_id=found.joint.joint_id,
        sums=SuitSums(**made.sums._asdict()),
        parts=[_part(part) for part in made.parts],
        fees=SuitFees(**made.fees._asdict()),
        loans=[statement_shape(loan) for loan in found.loans],
        method=[shapes.Sentence.of(text) for text in suit_method(made)],
    )


def _document(case_id: int, form: str) -> Response:
    return sent(*statements.download(current_actor(), case_id, form))


def sent(content: bytes, name: str) -> Response:
    """A document that was made for this request."""
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name)


def statement_shape(found: statements.Opened) -> Statement:
    """The statement of a case for programs.

    Raises:
        Conflict: there is none, and why.
    """
    made = statements.required(found)
    assert found.run is not None  # noqa: S101  what is made was audited
    return Statement(
        case_id=found.case.case_id,
        number=found.case.number,
        run_id=found.run.run_id,
        policy=made.policy,
        as_of=made.as_of,
        by_ledger=made.by_ledger,
        start=made.start,
        calculated_to=made.calculated_to,
        basis=made.basis,
        order=[*made.order],
        rate=_rate(made.rate),
        penalty_rate=_rate(made.penalty_rate),
        result=_result(made),
        parts=[_part(part) for part in made.parts],
        lines=[_line(line) for line in made.lines],
        cap_lines=[_line(line) for line in made.cap_lines],
        set_offs=[StatementSetOff(**one._asdict()) for one in made.set_offs],
        reversals=[StatementReversal(**one._asdict()) for one in made.reversals],
        orders=[StatementOrder(**one._asdict()) for one in made.orders],
        method=[shapes.Sentence.of(text) for text in method_of(made)],
        set_aside=[shapes.Sentence.of(text) for text in found.aside],
    )


def _result(made: ClaimStatement) -> StatementResult:
    own = {name: getattr(made, name) for name in StatementResult.model_fields if name not in ("total", "cap")}
    return StatementResult(**own, total=made.principal + made.charges, cap=made.cap_total)


def _part(part: Part) -> StatementPart:
    difference = None if part.claimed is None else part.claimed - part.stands
    given: dict[str, Any] = {"part": part.kind, "stands": part.stands, "claimed": part.claimed}
    return StatementPart(**given, difference=difference)


def _line(line: Line) -> StatementLine:
    given = {name: value for name, value in line._asdict().items() if name != "kind"}
    return StatementLine(charge=line.kind, **{**given, "rate": plain(line.rate)})


def _rate(rate: Decimal | None) -> str | None:
    return None if rate is None else plain(rate)
