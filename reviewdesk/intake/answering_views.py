"""Answering, on the page of a loaded batch, how its columns are read."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from reviewdesk.errors import Conflict, Invalid
from reviewdesk.intake import answering
from reviewdesk.pages import current_actor, in_my_language, requires

pages = Blueprint("answering", __name__)


@pages.post("/batches/<uuid:batch_id>/answers")
@requires("uploader")
def answer(batch_id: UUID) -> Any:
    """Take the answers in; a worker reads the rows again that waited for them."""
    given = {name: value for name, value in request.form.items() if "-answer-" in name}
    try:
        rows = answering.answer(current_actor(), batch_id, given)
    except (Invalid, Conflict) as error:
        flash(in_my_language(error.text), "warn")
    else:
        flash(_("已记下，正在后台重读 %(n)s 行", n=rows), "pass")
    return redirect(url_for("intake.show", batch_id=batch_id))
