"""Handling many cases at once, and decisions that wait: previews and results, second approvals, a batch's verdicts."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, ReviewDeskError, Text
from reviewdesk.journal.service import record_refusal
from reviewdesk.review import (
    bulk,
    bulk_deciding,
    bulk_items,
    bulk_overriding,
    bulk_targets,
    bulk_withdrawing,
    forms,
    labels,
    overriding,
    overviews,
    queries,
    service,
    telling,
)
from reviewdesk.review.bulk import DeedName
from reviewdesk.review.states import REVIEWER, SENIOR, UPLOADER
from reviewdesk.review.views import review
from reviewdesk.review.words import GROUNDS

ITEMS_SIZE = 100
APPROVALS_SIZE = 50


# ----------------------------------------------------------------------------------------------- bulk


@review.post("/review/bulk")
@pages.requires(REVIEWER, SENIOR)
def bulk_preview() -> Any:
    """The form for a selection, and once it names a decision and a reason, a stored preview."""
    filters, ids = _selection()
    if not request.form.get("choice"):
        return _ask(filters, ids)
    made = bulk_deciding.preview(
        pages.current_actor(),
        forms.read_choice(request.form["choice"]),
        request.form.get("reason", ""),
        filters=filters,
        ids=ids,
        note=request.form.get("note", ""),
        seen=forms.read_seen(request.form),
    )
    return redirect(url_for("review.bulk_page", bulk_id=made.bulk_id))


def _selection() -> tuple[queries.Filters | None, list[int]]:
    """What a form selects: everything that the filters of its address find, or the cases that were ticked.

    Raises:
        Invalid: nothing is ticked.
    """
    if request.form.get("scope") == "all":
        return queries.read_filters(request.args), []
    ids = forms.read_ids(request.form.getlist("ids"))
    if not ids:
        raise Invalid("bulk.empty", Text("没有选中案件。", "No case is selected."), field="cases")
    return None, ids


def _ask(
    filters: queries.Filters | None, ids: list[int], *, only: DeedName | None = None, error: Invalid | None = None
) -> str:
    """The form for a selection: a decision, a check whose finding is to be set aside, or one that counts again."""
    with unit_of_work(pages.current_actor()) as work:
        number = len(ids) or queries.count(work, filters or queries.Filters()).cases
        found = bulk_items.findings_in(work, filters=filters, ids=ids)
        aside = bulk_items.aside_in(work, filters=filters, ids=ids)
    given = queries.read_filters(request.args).as_json()
    return render_template(
        "review/bulk_ask.html",
        ids=ids,
        number=number,
        missing=found.get("missing", {}),
        findings=telling.findings_to_choose(found),
        aside=telling.aside_to_choose(aside),
        only=only,
        typed=request.form if error else request.args,
        error=error,
        args=given,
        scope="selected" if ids else "all",
        choices=bulk_deciding.CHOICES,
        reasons_for=labels.REASONS,
        ways=labels.BULK_WAYS,
        most=bulk_targets.MOST_CASES,
        least_reason=overriding.LEAST_REASON,
        today=today(),
        silence_until=today() + timedelta(days=overriding.LONGEST_SILENCE),
    )


@review.get("/review/bulk/findings")
@pages.requires(REVIEWER, SENIOR)
def bulk_findings() -> str:
    """The form for setting a check's finding aside in everything that the filters find, as a batch's page offers it."""
    return _ask(queries.read_filters(request.args), [], only=DeedName.SET_ASIDE)


@review.post("/review/bulk/findings")
@pages.requires(REVIEWER, SENIOR)
def bulk_findings_preview() -> Any:
    """A stored preview of setting a check's finding aside in a selection, or the form again with what is wrong."""
    filters, ids = _selection()
    form = request.form
    try:
        made = bulk_overriding.preview(
            pages.current_actor(),
            form.get("check", ""),
            forms.read_kind(form),
            form.get("reason", ""),
            until=forms.day_or_none(form, "until"),
            filters=filters,
            ids=ids,
        )
    except Invalid as error:
        return _ask(filters, ids, only=DeedName.SET_ASIDE, error=error), error.status
    return redirect(url_for("review.bulk_page", bulk_id=made.bulk_id))


@review.get("/review/bulk/withdrawals")
@pages.requires(REVIEWER, SENIOR)
def bulk_withdrawals() -> str:
    """The form for letting a check's finding count again in everything that the filters find."""
    return _ask(queries.read_filters(request.args), [], only=DeedName.COUNT_AGAIN)


@review.post("/review/bulk/withdrawals")
@pages.requires(REVIEWER, SENIOR)
def bulk_withdrawals_preview() -> Any:
    """A stored preview of letting a check's finding count again, or the form again with what is wrong."""
    filters, ids = _selection()
    form = request.form
    try:
        made = bulk_withdrawing.preview(
            pages.current_actor(), form.get("check", ""), form.get("reason", ""), filters=filters, ids=ids
        )
    except Invalid as error:
        return _ask(filters, ids, only=DeedName.COUNT_AGAIN, error=error), error.status
    return redirect(url_for("review.bulk_page", bulk_id=made.bulk_id))


@review.get("/review/bulk/<uuid:bulk_id>")
@pages.requires(REVIEWER, SENIOR, "compliance")
def bulk_page(bulk_id: UUID) -> str:
    """What is done in bulk: its preview, its progress, and its answer for each case."""
    outcome = request.args.get("outcome")
    cursor = request.args.get("cursor") or None
    with unit_of_work(pages.current_actor()) as work:
        made = bulk.open_bulk(work, bulk_id)
        rows = bulk_items.items(work, made, outcome=outcome, after=cursor, size=ITEMS_SIZE)
        tally, reasons = bulk_items.tally(work, made), bulk_items.reasons(work, made)
        progress = bulk_items.progress(work, made)
    page = pages.page_of(rows, ITEMS_SIZE, lambda row: str(row.case_id), first=cursor is None)
    template = "review/_bulk_progress.html" if pages.is_htmx() else "review/bulk.html"
    return render_template(
        template,
        bulk=made,
        page=page,
        tally=tally,
        reasons=reasons,
        at=progress,
        outcome=outcome,
        answer_text=telling.answer_text,
        title=telling.bulk_title(made),
    )


@review.post("/review/bulk/<uuid:bulk_id>/run")
@pages.requires(REVIEWER, SENIOR)
def bulk_run(bulk_id: UUID) -> Response:
    """Carry a preview out."""
    bulk.start(pages.current_actor(), bulk_id)
    return redirect(url_for("review.bulk_page", bulk_id=bulk_id))


@review.post("/review/bulk/<uuid:bulk_id>/discard")
@pages.requires(REVIEWER, SENIOR)
def bulk_discard(bulk_id: UUID) -> Response:
    """Give a preview up."""
    bulk.discard(pages.current_actor(), bulk_id)
    flash(_("已放弃，没有更改任何案件"), "info")
    return redirect(url_for("review.queue"))


# -------------------------------------------------------------------------------------------- approvals


@review.get("/approvals")
@pages.requires(REVIEWER, SENIOR, "compliance")
def approvals() -> str:
    """The decisions that wait for a second person."""
    return _approvals()


def _approvals(chosen: Sequence[str] = (), wrong: str = "") -> str:
    actor = pages.current_actor()
    cursor = request.args.get("cursor") or None
    with unit_of_work(actor) as work:
        rows = overviews.waiting_decisions(work, after=cursor, size=APPROVALS_SIZE)
        total = service.waiting_count(work)
    page = pages.page_of(rows, APPROVALS_SIZE, lambda row: row.cursor, first=cursor is None)
    return render_template("review/approvals.html", page=page, total=total, grounds=GROUNDS, chosen=chosen, wrong=wrong)


@review.post("/approvals/<uuid:decision_id>")
@pages.requires(REVIEWER, SENIOR)
def answer(decision_id: UUID) -> Response:
    """Confirm or refuse one decision as its second person."""
    agree = request.form.get("agree") == "yes"
    done = service.answer(pages.current_actor(), decision_id, agree=agree, reason=request.form.get("reason", ""))
    flash(_("复核同意，决定已生效") if agree else _("复核不同意，案件留在原处"), "pass")
    return redirect(url_for("review.case", case_id=done.case_id))


@review.post("/approvals")
@pages.requires(REVIEWER, SENIOR)
def answer_many() -> Any:
    """Confirm or refuse several decisions; each is answered by itself, and what could not be is told."""
    agree, chosen = request.form.get("agree") == "yes", request.form.getlist("decisions")
    if not agree and not request.form.get("reason", "").strip():
        return _approvals(chosen, _("请写明不同意的理由")), HTTPStatus.UNPROCESSABLE_ENTITY
    done, told = 0, []
    for raw in chosen:
        try:
            decision_id = forms.read_id({"decision": raw}, "decision")
            service.answer(pages.current_actor(), decision_id, agree=agree, reason=request.form.get("reason", ""))
            done += 1
        except ReviewDeskError as error:
            if error.refusal is not None:
                record_refusal(pages.current_actor(), error)
            told.append(pages.in_my_language(error.text))
    if done:
        flash(_("已复核 %(n)s 件", n=done), "pass")
    for text in dict.fromkeys(told):
        flash(_("%(n)s 件未处理：%(text)s", n=told.count(text), text=text), "fail")
    return redirect(url_for("review.approvals"))


@review.post("/approvals/<uuid:decision_id>/take-back")
@pages.requires(REVIEWER, SENIOR)
def take_back(decision_id: UUID) -> Response:
    """Let the proposer take a waiting decision back."""
    done = service.take_back(pages.current_actor(), decision_id)
    flash(_("已收回"), "pass")
    return redirect(url_for("review.case", case_id=done.case_id))


# --------------------------------------------------------------------------------------------- a batch


@review.get("/batches/<uuid:batch_id>/verdicts")
@pages.requires(UPLOADER, REVIEWER, SENIOR, "compliance")
def verdicts(batch_id: UUID) -> str:
    """The verdicts of a batch and its most frequent findings, as a part of the batch page."""
    with unit_of_work(pages.current_actor()) as work:
        summary = overviews.verdicts(work, batch_id)
    return render_template("review/_verdicts.html", summary=summary, batch_id=batch_id)
