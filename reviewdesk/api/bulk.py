"""Doing the same to many cases at once: what all deeds share once they are previewed."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import bulk_shapes as shapes
from reviewdesk.api.shapes import Sentence, plain
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.queries import Progress
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import bulk, bulk_items, queries
from reviewdesk.review.bulk import DeedName
from reviewdesk.review.findings import title_of
from reviewdesk.review.models import BulkDecision

DECIDERS = sorted(roles_with(Ability.REVIEW))
READERS = sorted({*DECIDERS, "compliance"})


class Resource(NamedTuple):
    """A deed as the API gives it: its path, the tail of its operations' names, its shape and its own members."""

    deed: DeedName
    path: str
    name: str
    tag: str
    shape: type[shapes.Bulk]
    own: Callable[[BulkDecision, Mapping[str, int]], dict[str, Any]]

    def give(self, bulk_id: UUID) -> shapes.Bulk:
        """The preview, or what came of it."""
        with unit_of_work(current_actor()) as work:
            made = bulk.open_bulk(work, bulk_id, self.deed)
            tally, reasons = bulk_items.tally(work, made), bulk_items.reasons(work, made)
            progress = bulk_items.progress(work, made)
        return self.shape.model_validate(_shared(made, reasons, progress) | self.own(made, tally))

    def previewed(self, made: BulkDecision) -> Reply:
        """The answer to a preview."""
        return Reply(self.give(made.bulk_id), 201, {"Location": f"/api/v1/{self.path}/{made.bulk_id}"})


def selection(given: shapes.Selection) -> dict[str, Any]:
    """The selection of a request, as the previews of all deeds take it.

    Raises:
        Invalid: it names cases and filters, or neither.
    """
    if (given.case_ids is None) == (given.filters is None):
        raise Invalid(
            "bulk.selection",
            Text("请给出 case_ids 或 filters 之一。", "Give either case_ids or filters."),
            field="case_ids",
        )
    filters = queries.read_filters(plain(given.filters)) if given.filters else None
    return {"ids": given.case_ids or (), "filters": filters}


def counts(made: BulkDecision, tally: Mapping[str, int], *outcomes: str) -> dict[str, int]:
    """How many cases there are, and of how many each outcome is, or is expected."""
    return {"cases": made.counts["cases"]} | {name: tally.get(name, 0) for name in outcomes}


def about_check(made: BulkDecision, tally: Mapping[str, int]) -> dict[str, Any]:
    """What deeds about the finding of one check have of their own."""
    assert made.check_id is not None  # noqa: S101  it is what the bulk is about
    return {
        "check": made.check_id,
        "title": Sentence.of(title_of(made.check_id)),
        "counts": counts(made, tally, "done", "refused", "stale"),
    }


def add_follow_ups(one: Resource) -> None:
    """Add the routes that follow a preview: reading it and its cases, running and discarding it."""

    def get(bulk_id: UUID) -> shapes.Bulk:
        """Give a preview or its result: how many cases, how far it is, and why nothing is done to some."""
        return one.give(bulk_id)

    def cases(bulk_id: UUID, query: shapes.BulkItemQuery) -> shapes.BulkItems:
        """List the cases, each with what was, or would be, done to it."""
        with unit_of_work(current_actor()) as work:
            made = bulk.open_bulk(work, bulk_id, one.deed)
            rows = bulk_items.items(work, made, outcome=query.outcome, after=query.cursor, size=query.limit)
        shown = rows[: query.limit]
        more = str(shown[-1].case_id) if len(rows) > len(shown) else None
        return shapes.BulkItems(items=[_item(row) for row in shown], next=more)

    def run(bulk_id: UUID) -> Reply:
        """Carry out a preview of one's own. Asking again changes nothing; follow `state` and `progress`."""
        bulk.start(current_actor(), bulk_id, one.deed)
        return Reply(one.give(bulk_id), 202)

    def discard(bulk_id: UUID) -> shapes.Bulk:
        """Give up a preview of one's own that was not run. Asking again changes nothing."""
        bulk.discard(current_actor(), bulk_id, one.deed)
        return one.give(bulk_id)

    read = speaks(one.tag, {200: Answer("The preview, or what came of it", one.shape)})
    listed = speaks(one.tag, {200: Answer("A page of cases", shapes.BulkItems)}, query=shapes.BulkItemQuery)
    ran = speaks(one.tag, {202: Answer("It runs, or has run", one.shape)}, problems=(409,))
    discarded = speaks(one.tag, {200: Answer("It is discarded", one.shape)}, problems=(409,))
    for method, tail, endpoint, roles, view in (
        ("GET", "", f"get_{one.name}", READERS, read(get)),
        ("GET", "/cases", f"list_{one.name}_cases", READERS, listed(cases)),
        ("POST", "/run", f"run_{one.name}", DECIDERS, ran(run)),
        ("POST", "/discard", f"discard_{one.name}", DECIDERS, discarded(discard)),
    ):
        rule = f"/{one.path}/<uuid:bulk_id>{tail}"
        api.add_url_rule(rule, endpoint, requires(*roles)(view), methods=[method])


def _shared(made: BulkDecision, reasons: list[bulk_items.Reason], progress: Progress | None) -> dict[str, Any]:
    return {
        "bulk_id": made.bulk_id,
        "reason": made.reason,
        "state": made.state,
        "progress": {"state": progress.state, "done": progress.done, "total": progress.total} if progress else None,
        "reasons": [
            {"outcome": why.outcome, "code": why.code, "message": dict(why.message), "cases": why.cases}
            for why in reasons
        ],
        "by_id": made.by_id,
        "by": made.by_name,
        "at": made.created_at,
        "finished_at": made.finished_at,
    }


def _item(row: bulk_items.Item) -> shapes.BulkItem:
    return shapes.BulkItem.model_validate(
        {
            "case_id": row.case_id,
            "number": row.number,
            "state": row.state,
            "amount": row.amount,
            "verdict": row.verdict,
            "set_aside": row.set_aside,
            "outcome": row.outcome,
            "code": row.code,
            "message": dict(row.message) if row.message else None,
        }
    )
