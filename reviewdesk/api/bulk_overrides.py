"""Setting one check's finding aside in many cases at once: a preview, then a job that answers each case."""

from collections.abc import Mapping
from typing import Any

from reviewdesk.api import bulk_shapes as shapes
from reviewdesk.api.bulk import DECIDERS, Resource, about_check, add_follow_ups, selection
from reviewdesk.api.speaking import KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import bulk_overriding
from reviewdesk.review.bulk import DeedName
from reviewdesk.review.models import BulkDecision


@api.post("/bulk-overrides")
@requires(*DECIDERS)
@speaks(
    "overrides",
    {201: Answer("The preview", shapes.BulkOverride, headers={"Location": "where it is"})},
    body=shapes.GivenBulkOverride,
    headers={KEY: SAME_KEY},
    problems=(409,),
)
def preview_bulk_override(body: shapes.GivenBulkOverride) -> Reply:
    """Preview setting a check's finding aside in many cases. Nothing changes until it is run.

    The preview is bound to the cases, versions and audits that it saw. At most 5,000 cases, of which a reviewer handles
    500; the rules for each case are those of setting one finding aside.
    """
    made = bulk_overriding.preview(
        current_actor(),
        body.check,
        body.kind,
        body.reason,
        until=body.until,
        key=header(KEY, LONGEST_KEY),
        **selection(body),
    )
    return RESOURCE.previewed(made)


def _own(made: BulkDecision, tally: Mapping[str, int]) -> dict[str, Any]:
    return about_check(made, tally) | {"kind": made.choice, "until": made.until}


RESOURCE = Resource(DeedName.SET_ASIDE, "bulk-overrides", "bulk_override", "overrides", shapes.BulkOverride, _own)
add_follow_ups(RESOURCE)
