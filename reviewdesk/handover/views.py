"""Handing cases over: the platform's side and the law firm's side of an entrustment, and the workbook for counsel."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, ReviewDeskError, Text
from reviewdesk.evidence import KINDS
from reviewdesk.handover import exports, queries, service
from reviewdesk.intake.fields import FIELDS
from reviewdesk.journal.service import record_refusal
from reviewdesk.masking import masked
from reviewdesk.review import findings, forms, one_suit, telling
from reviewdesk.review import queries as cases
from reviewdesk.review.casefile import Fact, grouped
from reviewdesk.review.overrides import in_force
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import COUNSEL, REVIEWER, SENIOR, State
from reviewdesk.review.weighing_suits import suit_of
from reviewdesk.vault import vault

handover = Blueprint("handover", __name__)

PAGE_SIZE = 50


@handover.get("/entrustments")
@pages.requires(REVIEWER, SENIOR, COUNSEL, "compliance")
def entrustments() -> str:
    """The entrustments that the organisation gave or received; for a platform also what waits to be entrusted."""
    actor = pages.current_actor()
    state = request.args.get("state") or None
    cursor = request.args.get("cursor") or None
    with unit_of_work(actor) as work:
        firm = queries.is_firm(work)
        waiting = 0 if firm else cases.count(work, Filters(state=State.APPROVED.value)).cases
        shown: dict[str, Any] = {
            "firm": firm,
            "counts": queries.counts(work),
            "waiting": waiting,
            "exports": exports.exports_of(work),
        }
        if state == "approved" and not firm:
            rows: Any = cases.queue(work, Filters(state=State.APPROVED.value), after=cursor, size=PAGE_SIZE)
            firms = [(str(one.org_id), one.name) for one in service.firms(work)]
            shown |= {"firms": firms, "queue_line": telling.queue_line}
        else:
            rows = queries.entrustments(work, state, after=cursor, size=PAGE_SIZE)
    page = pages.page_of(rows, PAGE_SIZE, lambda row: row.cursor, first=cursor is None)
    return render_template(
        "handover/entrustments.html",
        page=page,
        state=state,
        is_counsel=actor.has(COUNSEL),
        is_senior=actor.has(SENIOR),
        **shown,
    )


@handover.post("/entrustments")
@pages.requires(SENIOR)
def entrust() -> Response:
    """Hand the chosen approved cases, or all of them, to a law firm."""
    actor = pages.current_actor()
    if request.form.get("scope") == "all":
        with unit_of_work(actor) as work:
            ids = cases.case_ids(work, Filters(state=State.APPROVED.value), service.MOST_CASES)
            waiting = one_suit.waiting_for_others(work, ids)
            ids = [case_id for case_id in ids if case_id not in waiting]
        if waiting:
            flash(_("%(n)s 件因合并起诉的其他案件尚未同意起诉，未委托", n=len(waiting)), "warn")
    else:
        ids = forms.read_ids(request.form.getlist("ids"))
    number = service.entrust(actor, forms.read_id(request.form, "firm"), ids, request.form.get("note", ""))
    flash(_("已委托 %(n)s 件", n=number), "pass")
    return redirect(url_for("handover.entrustments"))


@handover.get("/entrustments/<uuid:entrustment_id>")
@pages.requires(COUNSEL, "compliance")
def case(entrustment_id: UUID) -> str:
    """An entrusted case as counsel sees it: masked, with what the audit said."""
    with unit_of_work(pages.current_actor()) as work:
        found = queries.case_for_counsel(work, entrustment_id)
        suit = suit_of(work, found.case) if found.joint and found.joint.one_filing else None
    told = findings.told(found.run, found.case.facts)
    return render_template(
        "handover/case.html",
        found=found,
        case=found.case,
        given=found.entrustment,
        facts=grouped(_facts(found)),
        told=told,
        aside={one.check_id: one for one in in_force(found.case.state, found.overrides)},
        claim_line=telling.claim_line(found.case, told),
        fee_line=telling.fee_line(told, suit),
        fact_text=telling.fact_text,
        kinds=KINDS,
        is_counsel=pages.current_actor().has(COUNSEL),
        today=today(),
    )


def _facts(found: queries.CaseForCounsel) -> list[Fact]:
    """The case's facts, personal ones masked."""
    sealed = vault().unseal(found.case.sealed, found.case.org_id, found.case.case_id)
    shown = {**found.case.facts, **masked(sealed)}
    return [Fact(field, shown[field.name], None) for field in FIELDS if shown.get(field.name) not in (None, "")]


@handover.post("/entrustments/<uuid:entrustment_id>/accept")
@pages.requires(COUNSEL)
def accept(entrustment_id: UUID) -> Response:
    """Accept a case."""
    service.accept(pages.current_actor(), entrustment_id)
    flash(_("已接受委托"), "pass")
    return redirect(url_for("handover.case", entrustment_id=entrustment_id))


@handover.post("/entrustments/accept")
@pages.requires(COUNSEL)
def accept_many() -> Response:
    """Accept several cases; each is accepted by itself, and what could not be is told."""
    _each(service.accept)
    return redirect(url_for("handover.entrustments"))


def _each(act: Callable[[Any, UUID], tuple[UUID, ...]]) -> None:
    """Do it to each; what was done along with another of its suit is not done twice."""
    actor = pages.current_actor()
    done, told = set[UUID](), []
    for raw in request.form.getlist("entrustments"):
        try:
            one = forms.read_id({"entrustment": raw}, "entrustment")
            if one not in done:
                done.update(act(actor, one))
        except ReviewDeskError as error:
            record_refusal(actor, error)
            told.append(pages.in_my_language(error.text))
    if not done and not told:
        raise Invalid("entrust.cases", Text("没有选中案件。", "No case is selected."), field="entrustments")
    if done:
        flash(_("已处理 %(n)s 件", n=len(done)), "pass")
    for text in dict.fromkeys(told):
        flash(_("%(n)s 件未处理：%(text)s", n=told.count(text), text=text), "fail")


@handover.post("/entrustments/<uuid:entrustment_id>/refuse")
@pages.requires(COUNSEL)
def refuse(entrustment_id: UUID) -> Response:
    """Refuse a case, which goes back to the platform."""
    service.refuse(pages.current_actor(), entrustment_id, request.form.get("reason", ""))
    flash(_("已退回委托"), "pass")
    return redirect(url_for("handover.entrustments"))


@handover.post("/entrustments/<uuid:entrustment_id>/recall")
@pages.requires(SENIOR)
def recall(entrustment_id: UUID) -> Response:
    """Take a case back from a firm that has not filed it."""
    service.recall(pages.current_actor(), entrustment_id, request.form.get("reason", ""))
    flash(_("已收回委托"), "pass")
    return redirect(url_for("handover.entrustments"))


@handover.post("/entrustments/<uuid:entrustment_id>/filed")
@pages.requires(COUNSEL)
def filed(entrustment_id: UUID) -> Response:
    """Report that the court took the case on."""
    form = request.form
    on = forms.day_or_none(form, "on")
    court, docket, note = (form.get(name, "") for name in ("court", "docket", "note"))
    service.report_filed(pages.current_actor(), entrustment_id, on, court, docket, note)
    flash(_("已登记立案"), "pass")
    return redirect(url_for("handover.case", entrustment_id=entrustment_id))


@handover.post("/entrustments/<uuid:entrustment_id>/closed")
@pages.requires(COUNSEL)
def closed(entrustment_id: UUID) -> Response:
    """Report that the lawsuit came to its end."""
    on = forms.day_or_none(request.form, "on")
    service.report_closed(pages.current_actor(), entrustment_id, on, request.form.get("note", ""))
    flash(_("已登记结案"), "pass")
    return redirect(url_for("handover.case", entrustment_id=entrustment_id))


@handover.post("/entrustments/<uuid:entrustment_id>/reveal/<field>")
@pages.requires(COUNSEL)
def reveal(entrustment_id: UUID, field: str) -> str:
    """One personal field of an accepted case in clear, as a fragment."""
    value = service.reveal(pages.current_actor(), entrustment_id, field, request.form.get("reason", ""))
    return render_template("review/_revealed.html", value=value)


@handover.get("/entrustments/<uuid:entrustment_id>/files/<uuid:attachment_id>")
@pages.requires(COUNSEL)
def evidence_file(entrustment_id: UUID, attachment_id: UUID) -> Response:
    """A file of an accepted case, as a download."""
    path, name = service.fetch_file(pages.current_actor(), entrustment_id, attachment_id)
    return send_file(path, as_attachment=True, download_name=name)


# --------------------------------------------------------------------------------------------- exports


@handover.post("/entrustments/exports")
@pages.requires(SENIOR, COUNSEL)
def ask_export() -> Response:
    """Ask for the workbook of cases, or for the filing pack."""
    form = request.form
    exports.ask(
        pages.current_actor(),
        form.get("selection", ""),
        form.get("purpose", ""),
        form.get("form") or exports.TABLE,
        forms.read_id(form, "only") if form.get("only") else None,
    )
    flash(_("正在生成，完成后可在本页下载"), "info")
    return redirect(url_for("handover.entrustments", _anchor="exports"))


@handover.get("/entrustments/exports")
@pages.requires(SENIOR, COUNSEL)
def my_exports() -> str:
    """The reader's exports, as a part of the page that asks again until all are ready."""
    with unit_of_work(pages.current_actor()) as work:
        made = exports.exports_of(work)
    return render_template("handover/_exports.html", exports=made)


@handover.get("/entrustments/exports/<uuid:export_id>")
@pages.requires(SENIOR, COUNSEL)
def fetch_export(export_id: UUID) -> Response:
    """The workbook or pack, for the one who asked for it."""
    path, name = exports.fetch(pages.current_actor(), export_id)
    return send_file(path, as_attachment=True, download_name=name)
