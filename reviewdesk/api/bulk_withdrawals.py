"""Letting one check's finding count again in many cases at once: a preview, then a job that answers each case."""

from reviewdesk.api import bulk_shapes as shapes
from reviewdesk.api.bulk import DECIDERS, Resource, about_check, add_follow_ups, selection
from reviewdesk.api.speaking import KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import bulk_withdrawing
from reviewdesk.review.bulk import DeedName


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


RESOURCE = Resource(
    DeedName.COUNT_AGAIN, "bulk-withdrawals", "bulk_withdrawal", "overrides", shapes.BulkWithdrawal, about_check
)
add_follow_ups(RESOURCE)
