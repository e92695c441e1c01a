"""Deciding on many cases at once: a preview, then a job that answers each case."""

from collections.abc import Mapping
from typing import Any

from reviewdesk.api import bulk_shapes as shapes
from reviewdesk.api.bulk import DECIDERS, Resource, add_follow_ups, counts, selection
from reviewdesk.api.speaking import KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import bulk_deciding
from reviewdesk.review.bulk import DeedName
from reviewdesk.review.models import BulkDecision


@api.post("/bulk-decisions")
@requires(*DECIDERS)
@speaks(
    "decisions",
    {201: Answer("The preview", shapes.BulkDecision, headers={"Location": "where it is"})},
    body=shapes.GivenBulkDecision,
    headers={KEY: SAME_KEY},
    problems=(409,),
)
def preview_bulk_decision(body: shapes.GivenBulkDecision) -> Reply:
    """Preview a decision on many cases. Nothing changes until it is run.

    The preview is bound to the cases, versions and audits that it saw. At most 5,000 cases, of which a reviewer handles
    500; the rules for each case are those of deciding on one, the second person included.
    """
    made = bulk_deciding.preview(
        current_actor(),
        body.choice,
        body.reason,
        note=body.note or "",
        seen=body.seen,
        key=header(KEY, LONGEST_KEY),
        **selection(body),
    )
    return RESOURCE.previewed(made)


def _own(made: BulkDecision, tally: Mapping[str, int]) -> dict[str, Any]:
    return {
        "choice": made.choice,
        "note": made.note,
        "seen": made.filters["seen"],
        "counts": counts(made, tally, "done", "waiting", "refused", "stale"),
    }


RESOURCE = Resource(DeedName.DECIDE, "bulk-decisions", "bulk_decision", "decisions", shapes.BulkDecision, _own)
add_follow_ups(RESOURCE)
