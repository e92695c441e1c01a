"""Taking a batch back: what it would do, the reason, and what came of it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from reviewdesk import pages
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid
from reviewdesk.intake.batches import find_batch
from reviewdesk.review import taking_back
from reviewdesk.review.states import REVIEWER, SENIOR, UPLOADER
from reviewdesk.review.views import review


@review.get("/batches/<uuid:batch_id>/take-back")
@pages.requires(UPLOADER, SENIOR)
def take_batch_back_page(batch_id: UUID) -> Any:
    """What taking the batch back would do to its cases, and the form for the reason."""
    return _page(batch_id, None)


@review.post("/batches/<uuid:batch_id>/take-back")
@pages.requires(UPLOADER, SENIOR)
def take_batch_back(batch_id: UUID) -> Any:
    """Take the batch back."""
    try:
        taking_back.take_back(pages.current_actor(), batch_id, request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return _page(batch_id, error), error.status
    return redirect(url_for("intake.show", batch_id=batch_id))


def _page(batch_id: UUID, error: Invalid | Conflict | None) -> Any:
    actor = pages.current_actor()
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        prospect = taking_back.prospect(work, batch_id)
    return render_template(
        "review/take_back.html",
        batch=batch,
        prospect=prospect,
        error=error,
        may=taking_back.may_take_back(actor, batch),
        open=batch.state in taking_back.FROM,
        reasons=taking_back.REASONS,
        most=taking_back.MOST_REASON,
    )


@review.get("/batches/<uuid:batch_id>/taken-back")
@pages.requires(UPLOADER, REVIEWER, SENIOR, "compliance")
def batch_taken_back(batch_id: UUID) -> str:
    """What taking the batch back did, as a part of the batch page."""
    after = request.args.get("kept", 0, type=int)
    with unit_of_work(pages.current_actor()) as work:
        batch = find_batch(work, batch_id)
        rows = taking_back.kept_cases(work, batch_id, after=after)
    page = pages.page_of(rows, taking_back.KEPT_PER_PAGE, lambda one: str(one.case_id), first=not after)
    return render_template("review/_taken_back.html", batch=batch, page=page, reasons=taking_back.REASONS)
