"""Whether a decision may be made as asked, and whether it waits: one answer for pages, bulk runs, API and workers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.audit.standing import Standing
from reviewdesk.clock import now
from reviewdesk.errors import Conflict, Invalid, Stale, Text
from reviewdesk.intake.models import Case
from reviewdesk.review import settlement, states
from reviewdesk.review.approval import Circumstances, Why, grounds
from reviewdesk.review.lapsing import lapsed
from reviewdesk.review.limits import Limits
from reviewdesk.review.moves import not_allowed, roles_of
from reviewdesk.review.overrides import against, standing_of
from reviewdesk.review.settlement import Plan, Problem, Terms
from reviewdesk.review.states import SENIOR, Move, State, Verb

MOST_REASON = 2000
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A decision as it is asked for.

    `case_version` and `run_id` name what the person saw; `seen` lists the checks with missing facts that they
    acknowledge; `terms` are those of a settlement.
    """

    case_id: int
    choice: Verb
    reason: str
    case_version: int
    run_id: int | None
    note: str | None = None
    seen: tuple[str, ...] = ()
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision that may be made: its move, the grounds on which it waits for a second person, and its plan."""

    move: Move
    grounds: tuple[Why, ...]
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision on a case rests on: its current run, and what people set aside of it."""

    run: AuditRun | None
    overrides: Sequence[FindingOverride] = ()

    @property
    def standing(self) -> Standing | None:
        """What stands of the run today; None without a run."""
        return standing_of(self.run, self.overrides)

    @property
    def lapsed(self) -> bool:
        """Whether something counted towards the case's verdict that does not any more, and nobody noted it."""
        return lapsed(self.overrides)

    def against(self, actor: Actor) -> tuple[str, ...]:
        """The failed checks that a decision of the actor goes against."""
        return against(self.standing, self.overrides, actor)


def judge(case: Case, basis: Basis, ask: Ask, actor: Actor, limits: Limits) -> Judgement:
    """Judge one ask on a locked case and what it rests on.

    Raises:
        Stale: the case or its run is not the one that the ask names.
        Conflict: the case's state, or another reviewer's claim, does not permit the choice.
        NotAllowed: the actor's roles do not hold the move.
        Invalid: no reason, unseen missing facts, or a plan that cannot stand.
    """
    if case.version != ask.case_version or case.run_id != ask.run_id:
        raise Stale("case.stale", Text("案件已有变化，请先看变化再决定。", "The case has changed since you opened it."))
    move = _move(case, ask.choice, actor)
    _check_reason(ask.reason)
    _check_claim(case, actor)
    if ask.choice is Verb.APPROVE:
        _check_seen(basis.standing, ask.seen)
    plan = _plan(case, ask, limits) if ask.choice is Verb.SETTLE else None
    circumstances = Circumstances(
        verb=ask.choice,
        amount=amount_at_stake(case),
        amount_limit=limits.amount,
        failed=basis.against(actor),
        beyond_authority=plan is not None and bool(limits.beyond_authority(plan, actor.roles)),
    )
    return Judgement(move, grounds(circumstances), plan)


def amount_at_stake(case: Case) -> int | None:
    """What the decision is about, in fen: the sum that the sheet claims, or the outstanding principal without it."""
    return case.claimed if case.claimed is not None else case.outstanding


def held_by_another(case: Case, actor: Actor) -> bool:
    """Whether another reviewer holds the case: a claim that has not lapsed, or an assignment by a senior reviewer."""
    if case.assignee_id is None or case.assignee_id == actor.person_id:
        return False
    return case.lease_until is None or case.lease_until > now()


def _move(case: Case, choice: Verb, actor: Actor) -> Move:
    move = states.move(State(case.state), choice)
    if move is None or choice not in states.DECISIONS or State(case.state) not in states.DECIDABLE:
        raise Conflict(
            "case.state",
            Text("案件当前的状态不允许这一决定。", "The case's state does not permit this decision."),
            state=case.state,
        )
    if not move.open_to(roles_of(actor)):
        raise not_allowed(choice, case.case_id)
    return move


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("decision.reason", Text("请写明理由。", "Give a reason."), field="reason")
    if len(reason) > MOST_REASON:
        raise Invalid(
            "decision.reason_long",
            Text(f"理由最多 {MOST_REASON} 字。", f"A reason has at most {MOST_REASON} characters."),
            field="reason",
        )


def _check_claim(case: Case, actor: Actor) -> None:
    if held_by_another(case, actor) and not actor.has(SENIOR):
        raise Conflict(
            "case.held", Text("本案已由他人领取。", "Another reviewer holds this case."), assignee=str(case.assignee_id)
        )


def _check_seen(standing: Standing | None, seen: Collection[str]) -> None:
    """A case with checks that lacked facts is approved only by someone who says that they saw which."""
    if standing is None:
        raise Conflict("case.not_audited", Text("本案尚未审核。", "The case has not been audited."))
    unseen = [check for check in standing.missing if check not in seen]
    if unseen:
        raise Invalid(
            "decision.unseen",
            Text(
                f"有 {len(unseen)} 项因缺资料未能审核，请逐项确认已知悉。",
                f"{len(unseen)} checks lacked facts; acknowledge that you have seen them.",
            ),
            field="seen",
            missing=unseen,
        )


def _plan(case: Case, ask: Ask, limits: Limits) -> Plan:
    if ask.terms is None:
        raise Invalid("settlement.terms", Text("请填写和解方案。", "Fill in the settlement plan."), field="kind")
    plan, problems = plan_for(case, ask.terms, limits)
    if plan is None or problems:
        raise Invalid(
            problems[0].code, Text(problems[0].zh, problems[0].en), field=problems[0].field, problems=in_json(problems)
        )
    return plan


def plan_for(case: Case, terms: Terms, limits: Limits) -> tuple[Plan | None, tuple[Problem, ...]]:
    """The plan that the terms describe for a case, and what stands against it."""
    plan, problems = settlement.compute(terms, settlement.confirmed_debt(case.facts, case.claimable))
    return plan, limits.refused(plan) if plan is not None else problems


def in_json(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    """Problems as the API and the form show them."""
    return [{"field": p.field, "code": p.code, "message": {"zh": p.zh, "en": p.en}} for p in problems]
