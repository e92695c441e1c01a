"""Letting one check's finding count again in many cases at once: a preview, then a job that answers each case."""

from collections.abc import Mapping
from typing import Any

from reviewdesk.api import bulk_shapes as shapes
from reviewdesk.api.bulk import DECIDERS, Resource, add_follow_ups, counts, selection
from reviewdesk.api.shapes import Sentence
from reviewdesk.api.speaking import KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import bulk_withdrawing
from reviewdesk.review.bulk import DeedName
from reviewdesk.review.findings import title_of
from reviewdesk.review.models import BulkDecision


@api.post("/bulk-withdrawals")
@requires(*DECIDERS)
@speaks(
    "overrides",
    {201: Answer("The preview", shapes.BulkWithdrawal, headers={"Location": "where it is"})},
    body=shapes.GivenBulkWithdrawal,
    headers={KEY: SAME_KEY},
    problems=(409,),
)
def preview_bulk_withdrawal(body: shapes.GivenBulkWithdrawal) -> Reply:
    """Preview letting a check's finding count again in many cases. Nothing changes until it is run.

    The preview is bound to the cases, versions and audits that it saw. At most 5,000 cases, of which a reviewer handles
    500; the rules for each case are those of letting one finding count again.
    """
    key = header(KEY, LONGEST_KEY)
    made = bulk_withdrawing.preview(current_actor(), body.check, body.reason, key=key, **selection(body))
    return RESOURCE.previewed(made)


def _own(made: BulkDecision, tally: Mapping[str, int]) -> dict[str, Any]:
    assert made.check_id is not None  # noqa: S101  it is what the bulk is about
    return {
        "check": made.check_id,
        "title": Sentence.of(title_of(made.check_id)),
        "counts": counts(made, tally, "done", "refused", "stale"),
    }


RESOURCE = Resource(
    DeedName.COUNT_AGAIN, "bulk-withdrawals", "bulk_withdrawal", "overrides", shapes.BulkWithdrawal, _own
)
add_follow_ups(RESOURCE)
