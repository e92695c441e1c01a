"""Cases handed to law firms: by the platform that hands them over, and by the counsel who takes them to court."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from flask import Response, request, send_file, url_for

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.api import shapes
from reviewdesk.api.attachments import attachment_shape
from reviewdesk.api.cases import LONGEST_REASON, REASON
from reviewdesk.api.journal import export_shape
from reviewdesk.api.overrides import override_shape
from reviewdesk.api.shapes import entrustments as given
from reviewdesk.api.speaking import JSON, Answer, Reply, api, header, speaks
from reviewdesk.api.statement_shapes import Statement, SuitStatement
from reviewdesk.api.statements import MEDIA as DOCUMENTS
from reviewdesk.api.statements import sent, statement_shape, suit_shape
from reviewdesk.audit.queries import findings_of
from reviewdesk.db import Work, unit_of_work
from reviewdesk.handover import exports, queries, service, statements
from reviewdesk.handover.queries import CaseForCounsel, Row
from reviewdesk.intake.evidence_files import MEDIA
from reviewdesk.intake.fact_forms import facts_for_people
from reviewdesk.journal import export
from reviewdesk.journal.service import record
from reviewdesk.pages import current_actor, requires
from reviewdesk.review.discretion import discreet
from reviewdesk.review.overrides import in_force
from reviewdesk.review.states import COUNSEL, REVIEWER, SENIOR
from reviewdesk.vault import vault

ANSWERED = {200: Answer("The entrustment, or those of its suit", given.AnsweredEntrustments)}


# --- the platform's side ----------------------------------------------------------------------------------------------


@api.get("/entrustments")
@requires(REVIEWER, SENIOR, COUNSEL, "compliance")
@speaks("entrustments", {200: Answer("A page of entrustments", given.Entrustments)}, query=given.EntrustmentQuery)
def list_entrustments(query: given.EntrustmentQuery) -> given.Entrustments:
    """List the entrustments that the organisation gave (a platform) or received (a law firm), latest first."""
    with unit_of_work(current_actor()) as work:
        rows = queries.entrustments(work, query.state, after=query.cursor, size=query.limit)
    shown = rows[: query.limit]
    return given.Entrustments(
        items=[_line(row) for row in shown], next=shown[-1].cursor if len(rows) > len(shown) else None
    )


@api.get("/entrustments/firms")
@requires(SENIOR)
@speaks("entrustments", {200: Answer("The law firms", given.Firms)})
def list_firms() -> given.Firms:
    """List the law firms that cases can be entrusted to."""
    with unit_of_work(current_actor()) as work:
        return given.Firms(items=[given.Firm(firm_id=one.org_id, name=one.name) for one in service.firms(work)])


@api.post("/entrustments")
@requires(SENIOR)
@speaks(
    "entrustments",
    {201: Answer("How many were handed over", given.EntrustedCases)},
    body=given.GivenEntrustment,
    problems=(409,),
)
def entrust_cases(body: given.GivenEntrustment) -> Reply:
    """Hand approved cases to a law firm; asking twice hands over once.

    Cases that go to court as one suit are handed over together, when all of them are approved.
    """
    number = service.entrust(current_actor(), body.firm_id, body.case_ids, body.note)
    return Reply(given.EntrustedCases(entrusted=number), 201)


@api.post("/entrustments/<uuid:entrustment_id>/recall")
@requires(SENIOR)
@speaks("entrustments", ANSWERED, body=given.GivenRefusal, problems=(409,))
def recall_entrustment(entrustment_id: UUID, body: given.GivenRefusal) -> given.AnsweredEntrustments:
    """Take a case, with its suit, back from a firm that has not filed it."""
    return _answered(service.recall(current_actor(), entrustment_id, body.reason))


# --- the firm's side --------------------------------------------------------------------------------------------------


@api.get("/entrustments/<uuid:entrustment_id>")
@requires(COUNSEL)
@speaks(
    "entrustments",
    {200: Answer("The case", given.Entrustment)},
    query=given.EntrustmentView,
    headers={REASON: "Why personal data is needed in clear, for the platform's journal; percent-encoded UTF-8"},
)
def get_entrustment(entrustment_id: UUID, query: given.EntrustmentView) -> given.Entrustment:
    """Give an entrusted case to counsel: facts, findings, files, milestones, and the others of its suit.

    Personal facts are masked; once the firm has accepted, a token that may reveal gets them in clear, each time an
    event of the platform.
    """
    actor = current_actor()
    reason = unquote(header(REASON, LONGEST_REASON) or "")
    with unit_of_work(actor) as work:
        found = queries.case_for_counsel(work, entrustment_id)
        (row,) = queries.rows_of(work, [entrustment_id])
        facts, revealed = _facts(work, found, reveal=actor.may_reveal and not query.masked, reason=reason)
        return given.Entrustment(
            **_members(row),
            note=found.entrustment.note,
            facts=facts,
            revealed=revealed,
            verdict=found.case.verdict,
            findings=[shapes.Finding.model_validate(one) for one in findings_of(found.run, found.case.facts)]
            if found.run
            else [],
            overrides=[override_shape(one) for one in in_force(found.case.state, found.overrides)],
            attachments=[attachment_shape(one) for one in found.evidence],
            milestones=[_milestone(one) for one in found.milestones],
            suit=_suit(found),
        )


@api.post("/entrustments/<uuid:entrustment_id>/accept")
@requires(COUNSEL)
@speaks("entrustments", ANSWERED, problems=(409,))
def accept_entrustment(entrustment_id: UUID) -> given.AnsweredEntrustments:
    """Accept a case, with its suit; its data and files may be had in clear from then on."""
    return _answered(service.accept(current_actor(), entrustment_id))


@api.post("/entrustments/<uuid:entrustment_id>/refuse")
@requires(COUNSEL)
@speaks("entrustments", ANSWERED, body=given.GivenRefusal, problems=(409,))
def refuse_entrustment(entrustment_id: UUID, body: given.GivenRefusal) -> given.AnsweredEntrustments:
    """Refuse a case, with its suit, which go back to the platform."""
    return _answered(service.refuse(current_actor(), entrustment_id, body.reason))


@api.post("/entrustments/<uuid:entrustment_id>/filed")
@requires(COUNSEL)
@speaks("entrustments", ANSWERED, body=given.GivenFiling, problems=(409,))
def report_filed(entrustment_id: UUID, body: given.GivenFiling) -> given.AnsweredEntrustments:
    """Report that the court took the case on; of a suit for all its cases, under one docket number."""
    done = service.report_filed(current_actor(), entrustment_id, body.on, body.court, body.docket, body.note)
    return _answered(done)


@api.post("/entrustments/<uuid:entrustment_id>/closed")
@requires(COUNSEL)
@speaks("entrustments", ANSWERED, body=given.GivenEnd, problems=(409,))
def report_closed(entrustment_id: UUID, body: given.GivenEnd) -> given.AnsweredEntrustments:
    """Report that the lawsuit came to its end, and how."""
    return _answered(service.report_closed(current_actor(), entrustment_id, body.on, body.note))


@api.get("/entrustments/<uuid:entrustment_id>/statement")
@requires(COUNSEL)
@speaks(
    "entrustments",
    {200: Answer("The statement, in the form that `Accept` asks for", Statement, media=tuple(DOCUMENTS))},
    headers={"Accept": f"`{JSON}` (default), {', '.join(f'`{one}`' for one in DOCUMENTS)}"},
    problems=(409,),
)
def get_entrusted_statement(entrustment_id: UUID) -> Statement | Response:
    """Give the claim statement of an entrusted case; as a document in clear once the firm has accepted."""
    form = DOCUMENTS.get(request.accept_mimetypes.best_match([JSON, *DOCUMENTS], JSON))
    if form:
        return sent(*statements.download(current_actor(), entrustment_id, form))
    return statement_shape(statements.open_statement(current_actor(), entrustment_id))


@api.get("/entrustments/<uuid:entrustment_id>/suit-statement")
@requires(COUNSEL)
@speaks(
    "entrustments",
    {200: Answer("The statement, in the form that `Accept` asks for", SuitStatement, media=tuple(DOCUMENTS))},
    headers={"Accept": f"`{JSON}` (default), {', '.join(f'`{one}`' for one in DOCUMENTS)}"},
    problems=(409,),
)
def get_entrusted_suit_statement(entrustment_id: UUID) -> SuitStatement | Response:
    """Give the claim statement of the suit that an entrusted case belongs to."""
    form = DOCUMENTS.get(request.accept_mimetypes.best_match([JSON, *DOCUMENTS], JSON))
    if form:
        return sent(*statements.download_suit(current_actor(), entrustment_id, form))
    return suit_shape(statements.open_suit(current_actor(), entrustment_id))


@api.get("/entrustments/<uuid:entrustment_id>/attachments/<uuid:attachment_id>/file")
@requires(COUNSEL)
@speaks("entrustments", {200: Answer("The file", media=tuple(MEDIA.values()))})
def get_entrusted_file(entrustment_id: UUID, attachment_id: UUID) -> Response:
    """Fetch a file of a case that the firm has accepted, unchanged and in clear; an event of the platform."""
    path, name = service.fetch_file(current_actor(), entrustment_id, attachment_id)
    return send_file(path, as_attachment=True, download_name=name)


# --- packs ------------------------------------------------------------------------------------------------------------


@api.post("/packs")
@requires(SENIOR, COUNSEL)
@speaks(
    "entrustments",
    {202: Answer("A worker will make the file", shapes.Export, headers={"Location": "The export"})},
    body=given.GivenPack,
)
def ask_for_pack(body: given.GivenPack) -> Reply:
    """Ask for the filing pack, or the workbook of cases: then follow the export, and fetch its file.

    Personal data is in clear only in cases that are entrusted, and for a firm once it has accepted.
    """
    asked = exports.ask(current_actor(), body.selection, body.purpose, body.format, body.entrustment_id)
    shown = export_shape(export.look_at(current_actor(), asked.export_id))
    return Reply(shown, 202, {"Location": url_for("api.get_export", export_id=asked.export_id)})


# --- writing ----------------------------------------------------------------------------------------------------------


def _answered(ids: Sequence[UUID]) -> given.AnsweredEntrustments:
    with unit_of_work(current_actor()) as work:
        return given.AnsweredEntrustments(items=[_line(row) for row in queries.rows_of(work, ids)])


def _line(row: Row) -> given.EntrustmentLine:
    return given.EntrustmentLine(**_members(row))


def _members(row: Row) -> dict[str, Any]:
    own = ("entrustment_id", "case_id", "state", "platform", "firm", "answer_reason", "number", "borrower")
    seen = ("lender_name", "case_state", "claimable", "claimed", "limitation_expiry")
    return {name: getattr(row, name) for name in (*own, *seen)} | {"by": row.by_name, "at": row.created_at}


def _facts(work: Work, found: CaseForCounsel, *, reveal: bool, reason: str) -> tuple[dict[str, Any], bool]:
    """The facts of an entrusted case, and whether the personal ones are in clear, which is an event of the platform."""
    case = found.case
    personal = vault().unseal(case.sealed, case.org_id, case.case_id)
    accepted = found.entrustment.state == "accepted" and may(work.actor.roles, Ability.REVEAL)
    clear = reveal and accepted and bool(personal)
    if clear:
        record(
            work,
            "handover:case:reveal",
            ("case", case.case_id),
            new={"fields": sorted(personal), "reason": discreet(reason.strip(), personal) or None},
            case_id=case.case_id,
            org_id=case.org_id,
        )
    return facts_for_people({**case.facts, **personal}, reveal=clear), clear


def _milestone(one: Any) -> given.Milestone:
    return given.Milestone(
        kind=one.kind,
        on=one.happened_on,
        court=one.court,
        docket=one.docket,
        note=one.note,
        by=one.by_name,
        at=one.created_at,
    )


def _suit(found: CaseForCounsel) -> list[str]:
    joint = found.joint
    if joint is None or not joint.one_filing:
        return []
    return [member.number for member in joint.members if member.case_id != found.case.case_id]
