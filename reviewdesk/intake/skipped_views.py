"""The page of the rows that a batch skipped, and the same as a table."""

from collections.abc import Container
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, send_file

from reviewdesk.db import unit_of_work
from reviewdesk.intake import skipped
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.queries import ROWS_PER_PAGE
from reviewdesk.journal.files import MIME
from reviewdesk.pages import current_actor, language, page_of, requires

pages = Blueprint("skipped", __name__)

READERS = ("uploader", "reviewer", "senior_reviewer", "compliance")


@pages.get("/batches/<uuid:batch_id>/skipped")
@requires(*READERS)
def rows(batch_id: UUID) -> Any:
    """The skipped rows of a batch, all or those of one kind, each with the case that its account is."""
    after = request.args.get("cursor", type=int)
    with unit_of_work(current_actor()) as work:
        batch = find_batch(work, batch_id)
        kinds = skipped.kinds_of(batch)
        kind = _kind(kinds)
        found = skipped.skipped_rows(work, batch, kind=kind, after=after)
    return render_template(
        "intake/skipped.html",
        batch=batch,
        kind=kind,
        kinds=kinds,
        KINDS=skipped.KINDS,
        total=kinds.get(kind, 0) if kind else sum(kinds.values()),
        page=page_of(found, ROWS_PER_PAGE, lambda row: str(row.number), first=after is None),
    )


@pages.get("/batches/<uuid:batch_id>/skipped.csv")
@requires(*READERS)
def table(batch_id: UUID) -> Any:
    """The same rows as a table, all of them."""
    file, name = skipped.skipped_table(current_actor(), batch_id, language(), _kind(skipped.KINDS))
    return send_file(file, as_attachment=True, download_name=name, mimetype=MIME["csv"])


def _kind(kinds: Container[str]) -> str | None:
    """The kind of rows that is asked for; anything else than one of the kinds means all."""
    kind = request.args.get("kind")
    return kind if kind in kinds else None
