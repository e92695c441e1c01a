"""Setting findings of a case aside on its page, and letting them count again."""

from typing import Any
from uuid import UUID

from flask import flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.errors import Conflict, Invalid, Stale
from reviewdesk.review import forms, overriding, withdrawing
from reviewdesk.review.overriding import Wish
from reviewdesk.review.states import REVIEWER, SENIOR
from reviewdesk.review.views import back, desk_page, review


@review.post("/cases/<int:case_id>/findings/<finding>/override")
@pages.requires(REVIEWER, SENIOR)
def override(case_id: int, finding: str) -> Any:
    """Set a finding aside, or show the desk again with what stands against it and everything that was typed.

    The check is called `finding` here: `check` in the address is the queue's filter.
    """
    form = request.form
    try:
        wish = Wish(
            case_id,
            finding,
            forms.read_kind(form),
            form.get("reason", "").strip(),
            forms.read_version(form),
            forms.read_run(form),
            until=forms.day_or_none(form, "until"),
            attachment_id=forms.read_id(form, "attachment") if form.get("attachment") else None,
        )
        made = overriding.set_aside(pages.current_actor(), wish, key=form.get("key") or None)
    except (Stale, Invalid, Conflict) as error:
        return desk_page(case_id, error=error, aside=dict(form) | {"check": finding}), error.status
    flash(_("已记录，此项不再计入结论"), "pass")
    return back(made.case_id, "findings")


@review.post("/cases/<int:case_id>/overrides/<uuid:override_id>/withdraw")
@pages.requires(REVIEWER, SENIOR)
def withdraw_override(case_id: int, override_id: UUID) -> Response:
    """Let a finding count again."""
    withdrawing.withdraw(pages.current_actor(), case_id, override_id, request.form.get("reason", ""))
    flash(_("已撤销，此项重新计入结论"), "pass")
    return back(case_id, "findings")
