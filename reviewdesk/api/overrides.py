"""Setting findings of a case aside, and letting them count again."""

from uuid import UUID

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import record_shapes as shapes
from reviewdesk.api.shapes import Override, Sentence
from reviewdesk.api.speaking import KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.audit.models import FindingOverride
from reviewdesk.db import unit_of_work
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import desk, overriding, withdrawing
from reviewdesk.review.findings import title_of
from reviewdesk.review.overrides import counts, overrides_of
from reviewdesk.review.overriding import Wish

READERS = sorted(roles_with(Ability.SEE_CASES))
DECIDERS = sorted(roles_with(Ability.REVIEW))


@api.get("/cases/<int:case_id>/overrides")
@requires(*READERS)
@speaks("overrides", {200: Answer("What was set aside", shapes.Overrides)})
def list_overrides(case_id: int) -> shapes.Overrides:
    """List the findings of a case that were set aside, latest first, those that count again included."""
    with unit_of_work(current_actor()) as work:
        case = desk.visible_case(work, case_id, "review:case:open")
        found = overrides_of(work, case)
    return shapes.Overrides(items=[override_shape(one) for one in found])


@api.post("/cases/<int:case_id>/findings/<check>/override")
@requires(*DECIDERS)
@speaks(
    "overrides",
    {201: Answer("The finding is set aside", Override)},
    body=shapes.GivenOverride,
    headers={KEY: SAME_KEY},
    problems=(409,),
)
def override_finding(case_id: int, check: str, body: shapes.GivenOverride) -> Reply:
    """Set a finding aside: override it, acknowledge what it lacks, or silence it until a day, with a reason.

    A failure is set aside by a senior reviewer who neither imported nor last edited the case, nor proposed a decision
    that waits. If the case changed since it was read, the answer is 409 with `changes`.
    """
    wish = Wish(
        case_id,
        check,
        body.kind,
        body.reason,
        body.case_version,
        body.run_id,
        until=body.until,
        attachment_id=body.attachment_id,
    )
    return Reply(override_shape(overriding.set_aside(current_actor(), wish, key=header(KEY, LONGEST_KEY))), 201)


@api.post("/cases/<int:case_id>/overrides/<uuid:override_id>/withdraw")
@requires(*DECIDERS)
@speaks(
    "overrides",
    {200: Answer("The finding counts again", Override)},
    body=shapes.GivenWithdrawal,
    problems=(409,),
)
def withdraw_override(case_id: int, override_id: UUID, body: shapes.GivenWithdrawal) -> Override:
    """Let a finding count again."""
    return override_shape(withdrawing.withdraw(current_actor(), case_id, override_id, body.reason))


def override_shape(one: FindingOverride) -> Override:
    """A finding that was set aside, as the API gives it."""
    return Override.model_validate(
        {
            "override_id": one.override_id,
            "case_id": one.case_id,
            "check": one.check_id,
            "title": Sentence.of(title_of(one.check_id)),
            "kind": one.kind,
            "outcome": one.outcome,
            "reason": one.reason,
            "until": one.until,
            "attachment_id": one.attachment_id,
            "run_id": one.run_id,
            "policy": one.policy,
            "facts_version": one.facts_version,
            "counts": counts(one),
            "by_id": one.by_id,
            "by": one.by_name,
            "at": one.created_at,
            "ended_at": one.ended_at,
            "ended_why": one.ended_why,
            "ended_reason": one.ended_reason,
            "ended_by": one.ended_by_name,
        }
    )
