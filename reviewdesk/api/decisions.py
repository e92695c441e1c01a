"""Deciding on cases, and the second person's answer."""

from uuid import UUID

from reviewdesk.accounts.roles import Ability, roles_with
from reviewdesk.api import shapes
from reviewdesk.api.cases import decision_shape
from reviewdesk.api.speaking import KEY, LONGEST_KEY, SAME_KEY, Answer, Reply, api, header, speaks
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import NotFound, Refusal, Text
from reviewdesk.money import Fen
from reviewdesk.pages import current_actor, requires
from reviewdesk.review import desk, service
from reviewdesk.review.judging import Ask
from reviewdesk.review.models import Decision
from reviewdesk.review.settlement import Kind, Terms

DECIDERS = sorted(roles_with(Ability.REVIEW))
SECONDS = sorted(roles_with(Ability.SECOND_APPROVAL))


@api.post("/cases/<int:case_id>/decisions")
@requires(*DECIDERS)
@speaks(
    "decisions",
    {
        201: Answer("The decision is in effect", shapes.Decision),
        202: Answer("The decision waits for a second person", shapes.Decision),
    },
    body=shapes.GivenDecision,
    headers={KEY: SAME_KEY},
    problems=(409,),
)
def decide(case_id: int, body: shapes.GivenDecision) -> Reply:
    """Decide on a case.

    `case_version` and `run_id` name what you saw. If the case changed since, the answer is 409 with `changes`. The
    same `Idempotency-Key` with another request is refused with 409 as well.
    """
    ask = Ask(
        case_id=case_id,
        choice=body.choice,
        reason=body.reason,
        case_version=body.case_version,
        run_id=body.run_id,
        note=body.note,
        seen=tuple(body.seen),
        terms=_terms(body.plan) if body.plan else None,
    )
    decision = service.decide(current_actor(), ask, key=header(KEY, LONGEST_KEY))
    return Reply(decision_shape(decision), 202 if decision.state == "waiting" else 201)


def _terms(given: shapes.GivenPlan) -> Terms:
    return Terms(
        kind=given.kind,
        agreed_on=given.agreed_on or today(),
        first_due_on=given.first_due_on,
        count=1 if given.kind is Kind.DEFERRAL else given.count,
        waived=Fen(given.waived),
        down_payment=Fen(given.down_payment),
    )


@api.post("/cases/<int:case_id>/decisions/<uuid:decision_id>/confirm")
@requires(*SECONDS)
@speaks(
    "decisions",
    {200: Answer("The decision is in effect", shapes.Decision)},
    body=shapes.GivenReason,
    problems=(409,),
)
def confirm_decision(case_id: int, decision_id: UUID, body: shapes.GivenReason) -> shapes.Decision:
    """Confirm, as the second person, a decision that waits.

    Nobody may who imported the case, last edited it, or proposed the decision.
    """
    return _answer(case_id, decision_id, body.reason, agree=True)


@api.post("/cases/<int:case_id>/decisions/<uuid:decision_id>/refuse")
@requires(*SECONDS)
@speaks(
    "decisions",
    {200: Answer("The decision is refused", shapes.Decision)},
    body=shapes.GivenReason,
    problems=(409,),
)
def refuse_decision(case_id: int, decision_id: UUID, body: shapes.GivenReason) -> shapes.Decision:
    """Refuse, as the second person, a decision that waits; it needs a reason."""
    return _answer(case_id, decision_id, body.reason, agree=False)


def _answer(case_id: int, decision_id: UUID, reason: str, *, agree: bool) -> shapes.Decision:
    actor = current_actor()
    with unit_of_work(actor) as work:
        case = desk.visible_case(work, case_id, "review:decision:open")
        decision = work.session.get(Decision, (case.org_id, decision_id))
    if decision is None or decision.case_id != case_id:
        raise NotFound(
            "decision.unknown",
            Text("本案没有这一决定。", "The case has no such decision."),
            refusal=Refusal("review:decision:open", ("decision", str(decision_id)), case_id),
        )
    return decision_shape(service.answer(actor, decision_id, agree=agree, reason=reason))
