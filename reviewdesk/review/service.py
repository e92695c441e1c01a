"""Deciding on cases, and the second person's answer to what one person may not decide alone."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound, Refusal, Stale, Text
from reviewdesk.idempotency import earlier, keyed
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.review import approval
from reviewdesk.review.approval import Bar, Involvement, Why
from reviewdesk.review.changes import changes_since
from reviewdesk.review.discretion import discreet
from reviewdesk.review.judging import Ask, Basis, Judgement, judge
from reviewdesk.review.models import Decision
from reviewdesk.review.moves import move_cases
from reviewdesk.review.overrides import open_overrides
from reviewdesk.review.policies import limits_for
from reviewdesk.review.states import Verb
from reviewdesk.vault import vault


def decide(actor: Actor, ask: Ask, *, key: str | None = None) -> Decision:
    """Record a decision on a case and move it, or leave it as a proposal that waits for a second person.

    `key` is the caller's idempotency key: the same key and ask return the same decision, however often they come.

    Raises:
        NotFound: the organisation has no such case.
        Stale: the case changed since the version or run that the ask names; `details["changes"]` says what.
        Conflict: the state or somebody's claim does not permit it, or the key was used for another ask.
        NotAllowed: the actor's roles do not hold the move.
        Invalid: a reason, an acknowledgement or a valid plan is lacking.
    """
    with unit_of_work(actor) as work:
        case = lock_case(work, ask.case_id, f"review:case:{ask.choice.value}")
        return earlier(work, Decision, key, ask) or _decide(work, case, ask, key)


def _decide(work: Work, case: Case, ask: Ask, key: str | None) -> Decision:
    basis = basis_of(work, case)
    waiting = waiting_on(work, case.case_id)
    try:
        check_nothing_waits(waiting)
        judgement = judge(case, basis, ask, work.actor, limits_for(basis.run))
    except Stale as stale:
        stale.details["changes"] = changes_since(work, case, ask.case_version, ask.run_id)
        raise
    decision = draft(work.actor, case, ask, judgement)
    for column, value in keyed(key, ask).items():
        setattr(decision, column, value)
    decision.reason = discreet(ask.reason.strip(), personal_of(work, case))
    work.session.add(decision)
    work.session.flush()
    if judgement.grounds:
        propose(work, case, decision)
    else:
        move_cases(work, ask.choice, [case.case_id], reason=decision.reason, details=about(decision))
    return decision


def check_nothing_waits(waiting: Decision | None) -> None:
    """Refuse to decide on a case while another decision on it waits for a second person."""
    if waiting is not None:
        raise Stale("case.proposed", Text("本案已有决定等待复核。", "Another decision on this case waits."))


def draft(actor: Actor, case: Case, ask: Ask, judgement: Judgement, *, bulk_id: UUID | None = None) -> Decision:
    """The decision row of a judged ask, not yet saved.

    Raises:
        NotAllowed: the actor is nobody in particular; a decision is a person's.
    """
    if actor.person_id is None:
        raise NotAllowed("decision.person", Text("决定须由具体人员作出。", "A decision is made by a person."))
    return Decision(
        org_id=case.org_id,
        case_id=case.case_id,
        choice=ask.choice.value,
        state="waiting" if judgement.grounds else "effective",
        reason=discreet(ask.reason.strip()),
        note=(ask.note or "").strip() or None,
        plan=judgement.plan.as_json() if judgement.plan else None,
        needs=[why.value for why in judgement.grounds],
        seen=list(ask.seen),
        case_version=case.version,
        run_id=case.run_id,
        by_id=actor.person_id,
        by_name=actor.name,
        by_roles=sorted(actor.roles),
        bulk_id=bulk_id,
    )


def propose(work: Work, case: Case, decision: Decision) -> None:
    """Record that a saved decision waits for a second person; the case stays where it is and its claim ends."""
    case.assignee_id = case.lease_until = None
    record(
        work,
        "review:decision:propose",
        ("decision", decision.decision_id),
        new={"choice": decision.choice, "needs": decision.needs, "reason": decision.reason} | about(decision),
        case_id=case.case_id,
        batch_id=case.batch_id,
    )


def about(decision: Decision) -> dict[str, Any]:
    """What an event says of a decision: what it was based on, and a plan in short."""
    plan = decision.plan or {}
    short = (
        {"plan": {"kind": plan["kind"], "payable": plan["payable"], "waived": plan["waived"]["total"]}} if plan else {}
    )
    seen = {"seen": decision.seen} if decision.seen else {}
    return {"decision": str(decision.decision_id), "run": decision.run_id} | seen | short


def answer(actor: Actor, decision_id: UUID, *, agree: bool, reason: str) -> Decision:
    """Confirm or refuse, as the second person, a decision that waits.

    Raises:
        NotFound: the organisation has no such decision.
        NotAllowed: the actor lacks the role, or imported, last edited or proposed; administrators too.
        Stale: it no longer waits, or the case changed since it was proposed; then the proposal is overtaken.
        Invalid: a refusal, or an override of expired limitation, without a reason.
    """
    with unit_of_work(actor) as work:
        decision, case = _lock_waiting(work, decision_id)
        _check_second_person(actor, decision, case)
        if not reason.strip() and (not agree or Why.EXPIRED in decision.needs):
            raise Invalid("decision.second_reason", Text("请写明理由。", "Give a reason."), field="reason")
        changed = case.version != decision.case_version or case.run_id != decision.run_id
        overtaken = changed or basis_of(work, case).lapsed
        if overtaken:
            _overtake(work, decision, case)
        else:
            _close(work, decision, case, agree, discreet(reason.strip(), personal_of(work, case)))
        changes = changes_since(work, case, decision.case_version, decision.run_id) if overtaken else []
    if overtaken:
        raise Stale(
            "decision.overtaken",
            Text("提出后案件已有变化，原决定已失效。", "The case changed after the proposal, which no longer stands."),
            changes=changes,
        )
    return decision


def take_back(actor: Actor, decision_id: UUID) -> Decision:
    """Let the proposer take back a decision that still waits.

    Raises:
        NotFound: the organisation has no such decision.
        NotAllowed: somebody else proposed it.
        Stale: it no longer waits.
    """
    with unit_of_work(actor) as work:
        decision, case = _lock_waiting(work, decision_id)
        if decision.by_id != actor.person_id:
            raise NotAllowed(
                "decision.not_yours",
                Text("只有提出人可以收回。", "Only the proposer may take it back."),
                refusal=Refusal(
                    "review:decision:take_back", ("decision", str(decision_id)), case.case_id, str(case.batch_id)
                ),
            )
        decision.state = "overtaken"
        _record_answer(work, "take_back", decision, case)
    return decision


def _lock_waiting(work: Work, decision_id: UUID) -> tuple[Decision, Case]:
    """Lock the case and then its decision, in the order in which deciding locks them."""
    query = select(Decision).where(Decision.org_id == work.org_id, Decision.decision_id == decision_id)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(
            "decision.unknown",
            Text("没有这一决定。", "There is no such decision."),
            refusal=Refusal("review:decision:open", ("decision", str(decision_id))),
        )
    case = lock_case(work, found.case_id, "review:decision:open")
    decision = work.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if decision.state != "waiting":
        raise Stale(
            "decision.answered",
            Text("这一决定已处理。", "This decision was already answered."),
            changes=changes_since(work, case, decision.case_version, decision.run_id),
        )
    return decision, case


_BARRED: Mapping[Bar, Text] = {
    Bar.ROLE: Text("复核须由高级审核员作出。", "A second approval is a senior reviewer's."),
    Bar.IMPORTED: Text("您导入了本批案件，不能复核。", "You imported this case and may not be its second person."),
    Bar.EDITED: Text("您最后修改了本案，不能复核。", "You last edited this case and may not be its second person."),
    Bar.PROPOSED: Text("不能复核自己提出的决定。", "You may not approve what you proposed."),
}


def barred(actor: Actor, decision: Decision, case: Case) -> tuple[Bar, ...]:
    """Why the actor may not be the second person of a waiting decision; empty if they may."""
    return approval.bars(actor.person_id, actor.roles, Involvement(case.imported_by, case.edited_by, decision.by_id))


def _check_second_person(actor: Actor, decision: Decision, case: Case) -> None:
    bars = barred(actor, decision, case)
    if bars:
        raise NotAllowed(
            f"decision.second_person.{bars[-1].value}",
            _BARRED[bars[-1]],
            refusal=Refusal(
                "review:decision:confirm", ("decision", str(decision.decision_id)), case.case_id, str(case.batch_id)
            ),
            bars=[bar.value for bar in bars],
        )


def _close(work: Work, decision: Decision, case: Case, agree: bool, reason: str) -> None:
    decision.state = "effective" if agree else "refused"
    decision.second_id = work.actor.person_id
    decision.second_name = work.actor.name
    decision.second_reason = reason or None
    decision.second_at = now()
    work.session.flush()
    _record_answer(work, "confirm" if agree else "refuse", decision, case)
    if agree:
        move_cases(
            work,
            Verb(decision.choice),
            [case.case_id],
            reason=decision.reason,
            details=about(decision) | {"proposed_by": decision.by_name},
        )


def _overtake(work: Work, decision: Decision, case: Case) -> None:
    decision.state = "overtaken"
    _record_answer(work, "overtake", decision, case)


def _record_answer(work: Work, action: str, decision: Decision, case: Case) -> None:
    record(
        work,
        f"review:decision:{action}",
        ("decision", decision.decision_id),
        old={"state": "waiting"},
        new={"state_of_decision": decision.state, "choice": decision.choice, "reason": decision.second_reason},
        case_id=case.case_id,
        batch_id=case.batch_id,
    )


def lock_case(work: Work, case_id: int, action: str) -> Case:
    """The organisation's case, locked until the end of the transaction.

    Raises:
        NotFound: it has no such case; the attempt at `action` goes to the journal.
    """
    query = select(Case).where(Case.org_id == work.org_id, Case.case_id == case_id)
    case = work.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if case is None:
        raise unknown_case(case_id, action)
    return case


def unknown_case(case_id: int, action: str) -> NotFound:
    """The error for a case that the organisation does not have or may not see."""
    return NotFound(
        "case.unknown",
        Text("没有这一案件，或您无权查看。", "There is no such case, or you may not see it."),
        refusal=Refusal(action, ("case", str(case_id))),
    )


def current_run(work: Work, case: Case) -> AuditRun | None:
    """The audit run that the case's columns mirror."""
    return work.session.get(AuditRun, (case.org_id, case.run_id)) if case.run_id is not None else None


def basis_of(work: Work, case: Case) -> Basis:
    """What a decision on a case rests on today."""
    return Basis(current_run(work, case), open_overrides(work, case.org_id, [case.case_id]).get(case.case_id, ()))


def waiting_on(work: Work, case_id: int) -> Decision | None:
    """The decision on a case that waits for a second person."""
    return work.session.scalar(
        select(Decision).where(Decision.org_id == work.org_id, Decision.case_id == case_id, Decision.state == "waiting")
    )


def waiting_count(work: Work) -> int:
    """How many decisions of the organisation wait for a second person."""
    query = select(func.count()).where(Decision.org_id == work.org_id, Decision.state == "waiting")
    return work.session.scalar(query) or 0


def personal_of(work: Work, case: Case) -> dict[str, Any]:
    """The personal data of a case, in clear."""
    return vault().unseal(case.sealed, work.org_id, case.case_id)
