"""The pages of the house itself: dashboard, search, operations, language, health."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from reviewdesk.accounts import service as accounts
from reviewdesk.actor import system
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.labels import JOB_STATES
from reviewdesk.outbox import redis
from reviewdesk.pages import current_actor, local_path, maybe_actor, public, requires, signed_in
from reviewdesk.web import operations, queries
from reviewdesk.web.dashboard import sections_for
from reviewdesk.web.i18n import LOCALES

pages_of_the_house = Blueprint("web", __name__)

SEARCHERS = ("uploader", "reviewer", "senior_reviewer", "compliance", "counsel")
LONGEST_SEARCH = 120  # characters


@pages_of_the_house.get("/")
@signed_in
def dashboard() -> Any:
    """What waits for the reader."""
    return render_template("web/dashboard.html", sections=sections_for(current_actor()), today=today())


@pages_of_the_house.route("/search", methods=["GET", "POST"])
@requires(*SEARCHERS)
def search() -> Any:
    """Find cases. The words come by POST, since they may be a name or an ID number, which no address may carry."""
    words = request.form.get("q", "").strip()[:LONGEST_SEARCH]
    found = queries.find_cases(current_actor(), words) if words else []
    if len(found) == 1:
        return redirect(f"/cases/{found[0].case_id}")
    return render_template("web/search.html", words=words, found=found, most=queries.SEARCH_LIMIT)


@pages_of_the_house.get("/operations")
@requires("administrator", "compliance")
def jobs() -> Any:
    """What runs, what waits, and what failed."""
    actor = current_actor()
    state = request.args.get("state")
    if state is not None and state not in JOB_STATES:
        abort(404)
    page = queries.list_jobs(actor, state, request.args.get("cursor", type=int))
    return render_template("web/operations.html", page=page, counts=queries.count_jobs(actor), state=state)


@pages_of_the_house.post("/operations/<uuid:job_id>/retry")
@requires("administrator")
def retry_job(job_id: UUID) -> Any:
    """Give a failed job another set of attempts."""
    operations.retry_job(current_actor(), job_id)
    flash(_("已重新排队"), "success")
    return redirect(request.referrer or "/operations")


@pages_of_the_house.post("/language")
@public
def language() -> Any:
    """Change the language: of the person where one is signed in, else of this browser's session."""
    locale = request.form.get("locale", "")
    if locale not in LOCALES:
        abort(400)
    actor = maybe_actor()
    if actor is not None:
        accounts.choose_locale(actor, locale)
    session["locale"] = locale
    return redirect(local_path(request.form.get("next")))


@pages_of_the_house.get("/healthz")
@public
def health() -> Any:
    """Whether the servers behind answer: 200 `ok`, or 503 with the name of the one that does not."""
    try:
        with unit_of_work(system()) as work:
            work.execute("SELECT 1")
    except SQLAlchemyError:
        current_app.logger.warning("PostgreSQL does not answer")
        return _plain("database", 503)
    try:
        redis().ping()
    except RedisError:
        current_app.logger.warning("Redis does not answer")
        return _plain("redis", 503)
    return _plain("ok", 200)


def _plain(text: str, status: int) -> Any:
    return text + "\n", status, {"Content-Type": "text/plain; charset=utf-8"}
