"""Cases of one borrower that are handled together."""

from dataclasses import asdict
from uuid import UUID

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import record_shapes as shapes
from reviewdesk.api.shapes import Sentence
from reviewdesk.api.speaking import Answer, Reply, api, speaks
from reviewdesk.db import Work, unit_of_work
from reviewdesk.intake.models import Case
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import together
from reviewdesk.review.desk import visible_case

READERS = sorted(roles_with(Ability.SEE_CASES))
DECIDERS = sorted(roles_with(Ability.REVIEW))


@api.get("/cases/<int:case_id>/joint")
@requires(*READERS)
@speaks("cases", {200: Answer("The joint handling, if any", shapes.JointOfCase)})
def get_joint(case_id: int) -> shapes.JointOfCase:
    """Say with which cases of its borrower a case is handled together."""
    with unit_of_work(current_actor()) as work:
        return _joint(work, visible_case(work, case_id, "review:case:open"))


@api.post("/joints")
@requires(*DECIDERS)
@speaks("cases", {201: Answer("The joint handling", shapes.JointOfCase)}, body=shapes.GivenJoint, problems=(409,))
def join_cases(body: shapes.GivenJoint) -> Reply:
    """Join cases of one borrower: one reviewer handles them, and with `one_filing` they go to court as one suit.

    They are handed to whoever asks, or to the `assignee` whom a senior reviewer names. One suit needs the same lender
    and the same agreed court.
    """
    together.join(
        current_actor(), body.case_ids, one_filing=body.one_filing, reason=body.reason, assignee=body.assignee
    )
    with unit_of_work(current_actor()) as work:
        return Reply(_joint(work, visible_case(work, body.case_ids[0], "review:case:open")), 201)


@api.post("/cases/<int:case_id>/joint/leave")
@requires(*DECIDERS)
@speaks(
    "cases",
    {200: Answer("What is left of the joint handling", shapes.JointOfCase)},
    body=shapes.GivenWithdrawal,
    problems=(409,),
)
def leave_joint(case_id: int, body: shapes.GivenWithdrawal) -> shapes.JointOfCase:
    """Take one case out of its joint handling; the others stay joined while there are two of them.

    A case of a suit that is settled or withdrawn leaves it by itself. Once the court has the suit it stays as it is.
    """
    left = together.leave(current_actor(), case_id, body.reason)
    return _shape(left)


@api.post("/joints/<uuid:joint_id>/end")
@requires(*DECIDERS)
@speaks(
    "cases",
    {200: Answer("The cases that were joined", shapes.PartedCases)},
    body=shapes.GivenWithdrawal,
    problems=(409,),
)
def part_cases(joint_id: UUID, body: shapes.GivenWithdrawal) -> shapes.PartedCases:
    """End a joint handling; each case goes its own way again."""
    return shapes.PartedCases(case_ids=list(together.part(current_actor(), joint_id, body.reason)))


def _joint(work: Work, case: Case) -> shapes.JointOfCase:
    return _shape(together.joint_of(work, case))


def _shape(found: together.Joint | None) -> shapes.JointOfCase:
    if found is None:
        return shapes.JointOfCase(joint=None)
    return shapes.JointOfCase(
        joint=shapes.Joint(
            joint_id=found.joint_id,
            one_filing=found.one_filing,
            reason=found.reason,
            by=found.by,
            at=found.at,
            claimable=found.claimable,
            cases=[shapes.JointMember.model_validate(asdict(member)) for member in found.members],
            left=[_left(one) for one in found.left],
        )
    )


def _left(one: together.Left) -> shapes.LeftJoint:
    return shapes.LeftJoint(case_id=one.case_id, number=one.number, at=one.at, by=one.by, reason=Sentence.of(one.why))
