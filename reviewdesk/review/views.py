"""The review desk: the queue, the case and the decision beside it."""

import functools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, ReviewDeskError, Stale
from reviewdesk.evidence import KINDS
from reviewdesk.intake.evidence_files import ACCEPT
from reviewdesk.labels import label
from reviewdesk.review import (
    casefile,
    desk,
    findings,
    forms,
    labels,
    overriding,
    queries,
    returned,
    service,
    states,
    telling,
    withdrawing,
)
from reviewdesk.review.approval import Circumstances, grounds
from reviewdesk.review.borrower import other_cases
from reviewdesk.review.judging import amount_at_stake, held_by_another, plan_for
from reviewdesk.review.models import Decision
from reviewdesk.review.overrides import OPEN_STATES, against
from reviewdesk.review.policies import limits_for
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import DECISIONS, REVIEWER, SENIOR, UPLOADER, State
from reviewdesk.review.together import joint_of
from reviewdesk.review.weighing_suits import suit_of
from reviewdesk.review.weighings import overridden_in, weighed
from reviewdesk.review.words import GROUNDS

review = Blueprint("review", __name__)
review.add_app_template_filter(telling.check_title, "check_title")

SEES = (UPLOADER, REVIEWER, SENIOR, "compliance")
QUEUE_SIZE = 50


@review.get("/review")
@pages.requires(*SEES)
def queue() -> Any:
    """The queue, with its first case opened beside it where the screen is wide.

    Where a filter cannot be read: the usual queue, and the form as it was typed with what is wrong in it.
    """
    try:
        return _start(_queue(_filters()))
    except Invalid as error:
        if error.details["field"] not in request.args or error.code == "cursor":
            raise
        wrong = {error.details["field"]: pages.in_my_language(error.text)}
        return _start(_queue(_usual(), typed=request.args, wrong=wrong)), error.status


def _start(shown: dict[str, Any]) -> str:
    return _desk(shown, shown["rows"][0].case_id if shown["rows"] else None, start=True)


@review.get("/cases/<int:case_id>")
@pages.requires(*SEES)
def case(case_id: int) -> str:
    """One case, with the queue that it was opened from."""
    desk.keep(pages.current_actor(), case_id)
    return _desk(_queue(_filters()), case_id)


def _filters() -> Filters:
    """What the address asks for."""
    filters = queries.read_filters(request.args)
    queries.check_public(filters)
    return _usual() if filters == Filters() else filters


def _usual() -> Filters:
    actor = pages.current_actor()
    return Filters(view="returned" if not may(actor.roles, Ability.REVIEW) and actor.has(UPLOADER) else "all")


def _queue(
    filters: Filters, typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The queue under these filters; `typed` is what stands in their form where it was refused, `wrong` why."""
    actor = pages.current_actor()
    cursor = None if wrong else request.args.get("cursor") or None
    with unit_of_work(actor) as work:
        rows = queries.queue(work, filters, after=cursor, size=QUEUE_SIZE)
        counts = queries.view_counts(work)
        total = counts[filters.view] if _is_view(filters) and filters.view else queries.count(work, filters)
        people = desk.reviewers(work)
        batches = queries.batches(work)
    page = pages.page_of(rows, QUEUE_SIZE, lambda row: row.cursor, first=cursor is None)
    return {
        "filters": filters,
        "rows": page.items,
        "page": page,
        "cursor": cursor,
        "counts": counts,
        "total": total,
        "people_options": (colleagues := [(str(person.person_id), person.name) for person in people]),
        "batches": batches,
        "told_filters": telling.filter_words(filters, batches, colleagues),
        "args": filters.as_json(),
        "typed": typed or filters.as_json(),
        "wrong_filter": wrong or {},
        "narrowed": not _is_view(filters),
        "may_decide": may(actor.roles, Ability.REVIEW),
        "is_senior": actor.has(SENIOR),
        "queue_line": telling.queue_line,
        "queue_tone": telling.queue_tone,
    }


def _is_view(filters: Filters) -> bool:
    """Whether nothing but a named view narrows the queue."""
    return filters == Filters(view=filters.view)


def _desk(
    shown: dict[str, Any],
    case_id: int | None,
    *,
    start: bool = False,
    given: dict[str, str] | None = None,
    error: ReviewDeskError | None = None,
    answered: dict[str, str] | None = None,
    aside: dict[str, str] | None = None,
) -> str:
    """The three panes. `given` is what a refused form held, so that nothing typed is lost; `error` says why."""
    parts = {} if case_id is None else _case_parts(case_id)
    form = given if given is not None else {}
    problem = error.details.get("field", "") if isinstance(error, Invalid) else ""
    return render_template(
        "review/desk.html",
        **shown,
        **parts,
        start=start,
        given=form,
        error=error,
        answer_given=answered or {},
        aside_given=aside or {},
        answer_wrong=_answer_problems(error) if answered is not None else {},
        wrong={problem: pages.in_my_language(error.text)} if error and problem and aside is None else {},
        changes=error.details.get("changes", []) if isinstance(error, Stale) else [],
        key=uuid4().hex,
        today=today(),
        first_due=telling.first_due(today()),
        kinds=KINDS,
        accept=ACCEPT,
        max_bytes=current_app.extensions["reviewdesk.settings"].max_upload_bytes,
    )


def _answer_problems(error: ReviewDeskError | None) -> dict[str, Any]:
    """What is wrong with an answer, by field."""
    if not isinstance(error, Invalid):
        return {}
    alone = [{"field": error.details.get("field"), "message": error.text.as_json()}]
    return {problem["field"]: problem["message"] for problem in error.details.get("problems", alone)}


def _case_parts(case_id: int) -> dict[str, Any]:
    """One case and what the reader may do with it."""
    actor = pages.current_actor()
    with unit_of_work(actor) as work:
        opened = desk.visible_case(work, case_id, "review:case:open")
        file = casefile.open_case(work, opened)
        happenings = casefile.history(work, opened)
        others = other_cases(work, opened)
        joint = joint_of(work, opened)
        suit = suit_of(work, opened) if joint and joint.one_filing else None
    may_answer = opened.state == State.RETURNED and actor.has(UPLOADER)
    told = findings.told(file.run, opened.facts)
    state = State(opened.state)
    open_moves = states.open_moves(state, actor.roles)
    limits = limits_for(file.run)
    against_it = against(file.standing, file.overrides, actor)
    choices = [move.verb for move in open_moves if move.verb in DECISIONS and state in states.DECIDABLE]
    waits = {
        choice.value: [
            GROUNDS[why.value]
            for why in grounds(Circumstances(choice, amount_at_stake(opened), limits.amount, against_it))
        ]
        for choice in choices
    }
    return {
        "file": file,
        "aside": file.aside,
        "case": opened,
        "told": told,
        "happenings": happenings,
        "others": others,
        "joint": joint,
        "choices": choices,
        "waits": waits,
        "by_hand": [move for move in open_moves if move.verb in desk.BY_HAND and move.verb not in choices],
        "blocked_by_claim": held_by_another(opened, actor) and not actor.has(SENIOR),
        "mine": opened.assignee_id == actor.person_id and file.held,
        "may_reveal": may(actor.roles, Ability.REVEAL),
        "may_answer": may_answer,
        "editors": returned.editors(opened, file.run) if may_answer else None,
        "may_attach": may(actor.roles, Ability.UPLOAD) or may(actor.roles, Ability.REVIEW),
        "may_second": file.waiting is not None and not service.barred(actor, file.waiting, opened),
        "claim_line": telling.claim_line(opened, told),
        "fee_line": telling.fee_line(told, suit),
        "weighed": weighed(opened, file.run, overridden_in(file.overrides), suit),
        "needs": states.Need,
        "aside_kinds": overriding.settable(actor, opened, file.run, file.overrides, file.waiting),
        "may_count_again": functools.partial(withdrawing.may_withdraw, actor, opened),
        "silence_until": (today() + timedelta(days=overriding.LONGEST_SILENCE)).isoformat(),
        "least_reason": overriding.LEAST_REASON,
        **_WORDS,
    }


_WORDS: dict[str, Any] = {
    "grounds": GROUNDS,
    "happening": telling.happening,
    "aside_tone": telling.aside_tone,
    "fact_text": telling.fact_text,
    "grouped": casefile.grouped,
    "undecided": OPEN_STATES,
    "verb_name": labels.VERBS.__getitem__,
    "reasons_for": labels.REASONS,
    "way_name": labels.WAYS.__getitem__,
}


# -------------------------------------------------------------------------------------------- deciding


@review.post("/cases/<int:case_id>/decide")
@pages.requires(REVIEWER, SENIOR)
def decide(case_id: int) -> Any:
    """Record the decision, or show the desk again with what stands against it and everything that was typed."""
    try:
        ask = forms.read_ask(case_id, request.form)
        decision = service.decide(pages.current_actor(), ask, key=request.form.get("key") or None)
    except (Stale, Invalid, Conflict) as error:
        if pages.is_htmx():
            raise
        return _desk(_queue(_filters()), case_id, given=dict(request.form), error=error), error.status
    _tell(decision)
    return redirect(url_for("review.queue", **_context()))


def _tell(decision: Decision) -> None:
    if decision.state == "waiting":
        flash(_("已提出“%(choice)s”，等待高级审核员复核", choice=label(decision.choice, "choice")), "info")
    else:
        flash(_("已决定：%(choice)s", choice=label(decision.choice, "choice")), "pass")


def _context() -> dict[str, Any]:
    """The queue's filters, as this address carries them."""
    return dict(queries.read_filters(request.args).as_json())


@review.post("/cases/<int:case_id>/plan")
@pages.requires(REVIEWER, SENIOR)
def plan(case_id: int) -> str:
    """The settlement plan that the form's terms make, computed while they are typed. Nothing is stored."""
    actor = pages.current_actor()
    with unit_of_work(actor) as work:
        opened = desk.visible_case(work, case_id, "review:case:settle")
        limits = limits_for(service.current_run(work, opened))
    try:
        made, problems = plan_for(opened, forms.read_terms(request.form), limits)
    except Invalid as error:
        return render_template("review/_plan.html", error=error, field=error.details.get("field"))
    beyond = limits.beyond_authority(made, actor.roles) if made and not problems else ()
    return render_template(
        "review/_plan.html",
        plan=made,
        problems=problems,
        beyond=beyond,
        component_name=labels.COMPONENTS.__getitem__,
    )


# ------------------------------------------------------------------------------- what else is done here


@review.post("/review/next")
@pages.requires(REVIEWER, SENIOR)
def next_case() -> Response:
    """Take the most urgent free case of the queue as it is filtered."""
    filters = queries.read_filters(request.args)
    taken = desk.claim_next(pages.current_actor(), filters.for_claiming())
    if taken is None:
        flash(_("没有可领取的案件了"), "info")
        return redirect(url_for("review.queue", **_context()))
    return redirect(url_for("review.case", case_id=taken, **_context()))


@review.post("/cases/<int:case_id>/claim")
@pages.requires(REVIEWER, SENIOR)
def claim(case_id: int) -> Response:
    """Take this case."""
    desk.claim(pages.current_actor(), case_id)
    return back(case_id)


@review.post("/cases/<int:case_id>/release")
@pages.requires(REVIEWER, SENIOR)
def release(case_id: int) -> Response:
    """Give this case back to the queue."""
    desk.release(pages.current_actor(), case_id)
    flash(_("已放回队列"), "pass")
    return back(case_id)


@review.post("/cases/<int:case_id>/assign")
@pages.requires(SENIOR)
def assign(case_id: int) -> Response:
    """Hand this case to a reviewer."""
    desk.assign(pages.current_actor(), case_id, forms.read_id(request.form, "assignee"))
    flash(_("已改派"), "pass")
    return back(case_id)


@review.post("/cases/<int:case_id>/comments")
@pages.requires(*SEES)
def comment(case_id: int) -> Response:
    """Add a remark."""
    desk.comment(pages.current_actor(), case_id, request.form.get("text", ""))
    return back(case_id, "comments")


@review.post("/cases/<int:case_id>/moves")
@pages.requires(UPLOADER, REVIEWER, SENIOR)
def move(case_id: int) -> Response:
    """Make one of the plain moves: hand back, reopen, perform, breach, resume, close, withdraw."""
    on, verb = forms.day_or_none(request.form, "on"), forms.read_verb(request.form)
    desk.move_by_hand(
        pages.current_actor(),
        case_id,
        verb,
        version=forms.read_version(request.form),
        reason=request.form.get("reason", ""),
        details={"on": on.isoformat()} if on else None,
    )
    flash(_("已完成：%(deed)s", deed=labels.VERBS[verb]), "pass")
    return back(case_id)


@review.post("/cases/<int:case_id>/answer")
@pages.requires(UPLOADER)
def answer_return(case_id: int) -> Any:
    """Mend the facts of a returned case and send it to the audit, or show again what was typed and what is wrong."""
    actor = pages.current_actor()
    with unit_of_work(actor) as work:
        texts = returned.changed_texts(desk.visible_case(work, case_id, "review:case:answer"), request.form)
    version, note = forms.read_version(request.form), request.form.get("note", "")
    try:
        returned.answer(actor, case_id, version=version, given=texts, note=note)
    except (Stale, Invalid, Conflict) as error:
        return _desk(_queue(_filters()), case_id, error=error, answered=dict(request.form)), error.status
    flash(_("已提交，正在重新审核"), "pass")
    return redirect(url_for("review.queue", **_context()))


@review.post("/cases/<int:case_id>/reveal/<field>")
@pages.requires(UPLOADER, REVIEWER, SENIOR)
def reveal(case_id: int, field: str) -> str:
    """One personal field in clear, as a fragment."""
    value = desk.reveal(pages.current_actor(), case_id, field, request.form.get("reason", ""))
    return render_template("review/_revealed.html", value=value)


def desk_page(case_id: int, *, error: ReviewDeskError, aside: dict[str, str]) -> str:
    """The desk with a case whose finding could not be set aside, and with what was typed."""
    return _desk(_queue(_filters()), case_id, error=error, aside=aside)


def back(case_id: int, anchor: str | None = None) -> Response:
    """To the page of the case, in the queue that it was opened from."""
    return redirect(url_for("review.case", case_id=case_id, _anchor=anchor, **_context()))
