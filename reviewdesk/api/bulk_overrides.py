"""Setting one check's finding aside in many cases at once: a preview, then a job that answers each case."""

from typing import Any
from uuid import UUID

from reviewdesk.api import bulk_shapes as shapes
from reviewdesk.api.overrides import DECIDERS
from reviewdesk.api.shapes import Sentence, plain
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import bulk as bulks
from reviewdesk.review import bulk_items, bulk_overriding, queries
from reviewdesk.review.findings import title_of
from reviewdesk.review.models import BulkDecision

READERS = sorted({*DECIDERS, "compliance"})


@api.post("/bulk-overrides")
@requires(*DECIDERS)
@speaks(
    "overrides",
    {201: Answer("The preview", shapes.BulkOverride, headers={"Location": "where it is"})},
    body=shapes.GivenBulkOverride,
)
def preview_bulk_override(body: shapes.GivenBulkOverride) -> Reply:
    """Preview setting a check's finding aside in many cases. Nothing changes until it is run.

    The preview is bound to the cases, versions and audits that it saw. At most 5,000 cases, of which a reviewer handles
    500; the rules for each case are those of setting one finding aside.
    """
    if (body.case_ids is None) == (body.filters is None):
        raise Invalid(
            "bulk.selection",
            Text("请给出 case_ids 或 filters 之一。", "Give either case_ids or filters."),
            field="case_ids",
        )
    made = bulk_overriding.preview(
        current_actor(),
        body.check,
        body.kind,
        body.reason,
        until=body.until,
        filters=queries.read_filters(plain(body.filters)) if body.filters else None,
        ids=body.case_ids or (),
    )
    return Reply(_full(made.bulk_id), 201, {"Location": f"/api/v1/bulk-overrides/{made.bulk_id}"})


@api.get("/bulk-overrides/<uuid:bulk_id>")
@requires(*READERS)
@speaks("overrides", {200: Answer("The preview, or what came of it", shapes.BulkOverride)})
def get_bulk_override(bulk_id: UUID) -> shapes.BulkOverride:
    """Give a preview or its result: how many cases, and why nothing is done to some."""
    return _full(bulk_id)


@api.get("/bulk-overrides/<uuid:bulk_id>/cases")
@requires(*READERS)
@speaks("overrides", {200: Answer("A page of cases", shapes.BulkItems)}, query=shapes.BulkItemQuery)
def list_bulk_override_cases(bulk_id: UUID, query: shapes.BulkItemQuery) -> shapes.BulkItems:
    """List the cases, each with what was, or would be, done to it."""
    with unit_of_work(current_actor()) as work:
        made = _of_findings(work, bulk_id)
        rows = bulk_items.items(work, made, outcome=query.outcome, after=query.cursor, size=query.limit)
    shown = rows[: query.limit]
    return shapes.BulkItems(
        items=[_item(row) for row in shown], next=str(shown[-1].case_id) if len(rows) > len(shown) else None
    )


@api.post("/bulk-overrides/<uuid:bulk_id>/run")
@requires(*DECIDERS)
@speaks("overrides", {202: Answer("It runs, or has run", shapes.BulkOverride)}, problems=(409,))
def run_bulk_override(bulk_id: UUID) -> Reply:
    """Carry out a preview of one's own. Asking again changes nothing; follow `state`."""
    actor = current_actor()
    with unit_of_work(actor) as work:
        _of_findings(work, bulk_id)
    bulks.start(actor, bulk_id)
    return Reply(_full(bulk_id), 202)


@api.post("/bulk-overrides/<uuid:bulk_id>/discard")
@requires(*DECIDERS)
@speaks("overrides", {200: Answer("It is discarded", shapes.BulkOverride)}, problems=(409,))
def discard_bulk_override(bulk_id: UUID) -> shapes.BulkOverride:
    """Give up a preview that was not run."""
    actor = current_actor()
    with unit_of_work(actor) as work:
        _of_findings(work, bulk_id)
    bulks.discard(actor, bulk_id)
    return _full(bulk_id)


def _of_findings(work: Work, bulk_id: UUID) -> BulkDecision:
    made = bulks.open_bulk(work, bulk_id)
    if made.check_id is None:
        raise bulks.unknown(bulk_id)
    return made


def _full(bulk_id: UUID) -> shapes.BulkOverride:
    with unit_of_work(current_actor()) as work:
        made = _of_findings(work, bulk_id)
        tally, reasons = bulk_items.tally(work, made), bulk_items.reasons(work, made)
    assert made.check_id is not None  # noqa: S101
    outcomes = {name: tally.get(name, 0) for name in ("done", "refused", "stale")}
    given: dict[str, Any] = {
        "bulk_id": made.bulk_id,
        "check": made.check_id,
        "title": Sentence.of(title_of(made.check_id)),
        "kind": made.choice,
        "reason": made.reason,
        "until": made.until,
        "state": made.state,
        "counts": {"cases": made.counts["cases"]} | outcomes,
        "reasons": [
            {"outcome": one.outcome, "code": one.code, "message": dict(one.message), "cases": one.cases}
            for one in reasons
        ],
        "by_id": made.by_id,
        "by": made.by_name,
        "at": made.created_at,
        "finished_at": made.finished_at,
    }
    return shapes.BulkOverride.model_validate(given)


def _item(row: bulk_items.Item) -> shapes.BulkItem:
    return shapes.BulkItem.model_validate(
        {
            "case_id": row.case_id,
            "number": row.number,
            "state": row.state,
            "amount": row.amount,
            "outcome": row.outcome,
            "code": row.code,
            "message": dict(row.message) if row.message else None,
        }
    )
