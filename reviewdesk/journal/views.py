"""The pages of the journal and of one's exports."""

import base64
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.journal import export, queries, words
from reviewdesk.journal.export import Download
from reviewdesk.journal.queries import Filters, read_filters
from reviewdesk.labels import label
from reviewdesk.pages import current_actor, in_my_language, is_htmx, language, page_of, requires

journal = Blueprint("journal", __name__)

PAGE = 50
READERS = sorted(roles_with(Ability.READ_JOURNAL))
EXPORTERS = sorted(roles_with(Ability.EXPORT_JOURNAL))
DOWNLOADERS = sorted({role for abilities in export.ABILITIES.values() for one in abilities for role in roles_with(one)})


@journal.get("/journal")
@requires(*READERS)
def events() -> Any:
    """What was done, newest first, as the filters narrow it."""
    filters, problem = _filters()
    before = request.args.get("cursor")
    with unit_of_work(current_actor()) as work:
        rows = [] if problem else queries.page(work, filters, before=before, size=PAGE)
        people = queries.people(work)
    return render_template(
        "journal/events.html",
        page=page_of(rows, PAGE, lambda entry: entry.cursor, first=before is None),
        filters=filters.as_json() if not problem else dict(request.args),
        problem=problem,
        people=[(person.person_id, person.name) for person in people],
        actions=_actions(),
    )


def _filters() -> tuple[Filters, str | None]:
    """The filters of the query string, or the name of the one that cannot be read."""
    try:
        return read_filters(request.args), None
    except Invalid as error:
        return Filters(), str(error.details["field"])


def _actions() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The actions to choose from: a group for each stage with its actions."""
    return [
        (
            f"{stage}:",
            in_my_language(name),
            [(action, in_my_language(words.title(action))) for action in words.actions_under(f"{stage}:")],
        )
        for stage, name in words.STAGES.items()
    ]


@journal.get("/journal/<int:event_id>")
@requires(*READERS)
def event(event_id: int) -> Any:
    """One event with everything that it holds."""
    with unit_of_work(current_actor()) as work:
        entry = queries.find(work, event_id)
    roles = _("、").join(str(label(role, "role")) for role in entry.actor_roles)
    return render_template("journal/event.html", entry=entry, roles=roles, present=_present)


def _present(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in pairs if value not in (None, "")]


@journal.post("/journal/exports")
@requires(*EXPORTERS)
def ask_for_export() -> Any:
    """Ask for what the filters find as a file."""
    filters = read_filters(request.form)
    export.request_export(current_actor(), filters, request.form.get("format", ""), language=language())
    flash(_("导出已排队，完成后可在此下载"), "success")
    return redirect(url_for("journal.exports"))


@journal.get("/exports")
@requires(*DOWNLOADERS)
def exports() -> Any:
    """The exports of the reader, newest first."""
    page = export.exports_of(current_actor(), after=request.args.get("cursor"))
    template = "journal/_exports.html" if is_htmx() else "journal/exports.html"
    return render_template(template, page=page, busy=any(one.state in ("waiting", "running") for one in page.items))


@journal.get("/exports/<uuid:export_id>/file")
@requires(*DOWNLOADERS)
def download(export_id: UUID) -> Any:
    """The file, for the one who asked for it."""
    return send(export.download(current_actor(), export_id))


def send(found: Download) -> Response:
    """A stored file as an attachment, with its digest (RFC 9530), never kept by caches."""
    answer = send_file(found.path, mimetype=found.mime, as_attachment=True, download_name=found.name)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(found.sha256)).decode()}:"
    return answer
