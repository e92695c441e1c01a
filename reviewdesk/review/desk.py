"""What people do at the desk besides deciding: take a case, give it back, assign, comment, reveal, and plain moves."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.accounts.models import Person
from reviewdesk.accounts.roles import Ability, may, roles_with
from reviewdesk.actor import Actor
from reviewdesk.audit.service import AGAIN_JOB
from reviewdesk.clock import now, today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Stale, Text
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.masking import PERSONAL_FIELDS
from reviewdesk.review import states
from reviewdesk.review.changes import changes_since
from reviewdesk.review.discretion import discreet
from reviewdesk.review.models import Comment
from reviewdesk.review.moves import move_cases, not_allowed, roles_of
from reviewdesk.review.queries import Filters, conditions
from reviewdesk.review.service import lock_case, unknown_case
from reviewdesk.review.states import DECISIONS, SENIOR, Need, State, Verb
from reviewdesk.vault import vault

MOST_COMMENT = 4000
"""Characters of a comment."""

BY_HAND = (
    Verb.HAND_BACK,
    Verb.REOPEN,
    Verb.PERFORM,
    Verb.BREACH,
    Verb.RESUME,
    Verb.CLOSE,
    Verb.WITHDRAW,
    Verb.AUDIT_ANEW,
)
"""Moves that a person makes on the case page besides the decisions on a case in review."""


# The sub-select is materialised so that it picks and locks exactly one row. A lease that has lapsed counts as none.
_CLAIM_NEXT = """
WITH next AS MATERIALIZED (
    SELECT c.case_id, c.batch_id FROM cases c
    WHERE c.org_id = :org AND c.state = ANY(CAST(:states AS text[]))
      AND (c.assignee_id IS NULL OR c.lease_until < now() OR (c.assignee_id = :me AND c.lease_until IS NULL))
      AND NOT EXISTS (SELECT 1 FROM decisions d
                      WHERE d.org_id = c.org_id AND d.case_id = c.case_id AND d.state = 'waiting')
      AND {filters}
    ORDER BY c.limitation_expiry ASC NULLS LAST, c.case_id
    LIMIT 1
    FOR UPDATE OF c SKIP LOCKED
)
UPDATE cases SET assignee_id = :me, lease_until = now() + make_interval(mins => :minutes)
FROM next WHERE cases.org_id = :org AND cases.case_id = next.case_id
RETURNING cases.case_id, cases.batch_id
"""


def claim_next(actor: Actor, filters: Filters | None = None) -> int | None:
    """Hand the most urgent free case to one reviewer: the one whose limitation expires first, ties by case id.

    The case is theirs until they decide, give it back, or leave it idle for `case_lease_minutes`. Cases that they hold
    already are not handed out again; those that a senior reviewer assigned to them are. Returns None when none is left.

    Raises:
        NotAllowed: the actor is no reviewer.
    """
    sources = states.sources(Verb.APPROVE, actor.roles)
    if not sources or actor.person_id is None:
        raise not_allowed(Verb.APPROVE, None)
    where, values = conditions(filters or Filters(), actor)
    with unit_of_work(actor) as work:
        row = work.execute(
            _CLAIM_NEXT.format(filters=where),
            org=work.org_id,
            me=actor.person_id,
            states=sorted(sources),
            minutes=_lease_minutes(),
            **values,
        ).first()
        if row is None:
            return None
        record(work, "review:case:claim", ("case", row.case_id), case_id=row.case_id, batch_id=row.batch_id)
    found: int = row.case_id
    return found


_CLAIM = """
UPDATE cases SET assignee_id = :me, lease_until = now() + make_interval(mins => :minutes)
WHERE org_id = :org AND case_id = :case AND state = ANY(CAST(:states AS text[]))
  AND (assignee_id IS NULL OR assignee_id = :me OR lease_until < now())
RETURNING batch_id
"""


def claim(actor: Actor, case_id: int) -> None:
    """Take one case that nobody else holds.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor's roles do not decide on cases in its state.
        Conflict: somebody else holds it.
    """
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, "review:case:claim")
        sources = states.sources(Verb.APPROVE, actor.roles)
        if State(case.state) not in sources or actor.person_id is None:
            raise not_allowed(Verb.APPROVE, case_id)
        taken = work.execute(
            _CLAIM, org=work.org_id, me=actor.person_id, case=case_id, states=sorted(sources), minutes=_lease_minutes()
        ).first()
        if taken is None:
            raise Conflict("case.held", Text("本案已由他人领取。", "Another reviewer holds this case."))
        record(work, "review:case:claim", ("case", case_id), case_id=case_id, batch_id=case.batch_id)


def keep(actor: Actor, case_id: int) -> None:
    """Renew the actor's live claim on a case, because they are at work on it; nothing otherwise."""
    with unit_of_work(actor) as work:
        work.execute(
            "UPDATE cases SET lease_until = now() + make_interval(mins => :minutes) "
            "WHERE org_id = :org AND case_id = :case AND assignee_id = :me AND lease_until > now()",
            org=work.org_id,
            case=case_id,
            me=actor.person_id,
            minutes=_lease_minutes(),
        )


def release(actor: Actor, case_id: int) -> None:
    """Give a case back to the queue. A senior reviewer may free somebody else's.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: somebody else holds it and the actor is no senior reviewer.
    """
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, "review:case:release")
        if case.assignee_id is None:
            return
        if case.assignee_id != actor.person_id and not actor.has(SENIOR):
            raise _senior_only("review:case:release", case)
        old = {"assignee": str(case.assignee_id)}
        case.assignee_id = case.lease_until = None
        record(work, "review:case:release", ("case", case_id), old=old, case_id=case_id, batch_id=case.batch_id)


def assign(actor: Actor, case_id: int, person_id: UUID) -> None:
    """Let a senior reviewer hand a case to a reviewer, whoever holds it now. It stays theirs until they open it.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor is no senior reviewer.
        Invalid: the person does not review cases in this organisation.
        Conflict: the case is not in review.
    """
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, "review:case:assign")
        if not actor.has(SENIOR):
            raise _senior_only("review:case:assign", case)
        if State(case.state) not in states.DECIDABLE:
            raise Conflict("case.state", Text("案件不在审核中。", "The case is not in review."), state=case.state)
        old = {"assignee": str(case.assignee_id) if case.assignee_id else None}
        hand_to(work, case, person_id, leased=False)
        record(
            work,
            "review:case:assign",
            ("case", case_id),
            old=old,
            new={"assignee": str(person_id)},
            case_id=case_id,
            batch_id=case.batch_id,
        )


def hand_to(work: Work, case: Case, person_id: UUID | None, *, leased: bool) -> None:
    """Put a locked case into a reviewer's hands: for the time of a claim, or until they open it.

    Raises:
        Invalid: the person does not review cases in this organisation.
    """
    if person_id not in {person.person_id for person in reviewers(work)}:
        raise Invalid("case.assignee", Text("请选择本机构的审核员。", "Choose a reviewer."), field="assignee")
    case.assignee_id = person_id
    case.lease_until = now() + timedelta(minutes=_lease_minutes()) if leased else None
    work.session.flush()


def reviewers(work: Work) -> list[Person]:
    """The active people of the organisation who decide on cases, by name."""
    query = select(Person).where(
        Person.org_id == work.org_id,
        Person.state == "active",
        Person.roles.overlap(sorted(roles_with(Ability.REVIEW))),
    )
    return list(work.session.scalars(query.order_by(Person.name)))


def comment(actor: Actor, case_id: int, text: str) -> Comment:
    """Add a remark to a case. It changes no version, so it is never in anybody's way.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor's roles see no cases.
        Invalid: the text is empty or too long.
    """
    text = text.strip()
    if not text or len(text) > MOST_COMMENT:
        raise Invalid(
            "comment.length",
            Text(f"请填写 1 至 {MOST_COMMENT} 字。", f"Write 1 to {MOST_COMMENT} characters."),
            field="text",
        )
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:comment:add")
        if actor.person_id is None:
            raise _not_your_role("review:comment:add", case_id)
        remark = Comment(org_id=work.org_id, case_id=case_id, text=text, by_id=actor.person_id, by_name=actor.name)
        work.session.add(remark)
        work.session.flush()
        record(
            work,
            "review:comment:add",
            ("comment", remark.comment_id),
            new={"characters": len(text)},
            case_id=case_id,
            batch_id=case.batch_id,
        )
    return remark


def reveal(actor: Actor, case_id: int, field: str, reason: str) -> str:
    """One personal field in clear, against a reason; each time an event, without the value.

    Raises:
        NotFound: the organisation has no such case, or the case no such value.
        NotAllowed: the actor's roles may not reveal.
        Invalid: no such field, or no reason.
    """
    if field not in PERSONAL_FIELDS:
        raise Invalid("reveal.field", Text("没有这一字段。", "There is no such field."), field="field")
    if not reason.strip():
        raise Invalid("reveal.reason", Text("请写明查看理由。", "Say why you need to see it."), field="reason")
    with unit_of_work(actor) as work:
        case = visible_case(work, case_id, "review:case:reveal")
        if not may(actor.roles, Ability.REVEAL):
            raise _not_your_role("review:case:reveal", case_id)
        personal = vault().unseal(case.sealed, work.org_id, case_id)
        if personal.get(field) in (None, ""):
            raise NotFound("reveal.absent", Text("本案没有这一资料。", "The case has no such value."))
        record(
            work,
            "review:case:reveal",
            ("case", case_id),
            new={"field": field, "reason": discreet(reason.strip(), personal)},
            case_id=case_id,
            batch_id=case.batch_id,
        )
    return str(personal[field])


def move_by_hand(
    actor: Actor, case_id: int, verb: Verb, *, version: int, reason: str = "", details: Mapping[str, str] | None = None
) -> None:
    """Make one of the plain moves on a case: hand back, reopen, perform, breach, resume, close, withdraw, audit anew.

    A case that is to be audited anew goes to a worker, under the policy that holds then.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor's roles do not hold the move.
        Conflict: the case's state does not permit it.
        Stale: the case has another version; `details["changes"]` says why.
        Invalid: the move needs a reason or a date, and has none.
    """
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, f"review:case:{verb.value}")
        if case.version != version:
            raise Stale(
                "case.stale",
                Text("案件已有变化，请先看变化再决定。", "The case has changed since you opened it."),
                changes=changes_since(work, case, version, case.run_id),
            )
        move = states.move(State(case.state), verb)
        if move is None or verb not in BY_HAND or (verb in DECISIONS and State(case.state) in states.DECIDABLE):
            raise Conflict(
                "case.state",
                Text("案件当前的状态不允许这样做。", "The case's state does not permit this."),
                state=case.state,
            )
        if not move.open_to(roles_of(actor)):
            raise not_allowed(verb, case_id)
        _check_needs(move, reason, details or {})
        personal = vault().unseal(case.sealed, work.org_id, case_id)
        move_cases(work, verb, [case_id], reason=discreet(reason.strip(), personal) or None, details=details)
        if verb is Verb.AUDIT_ANEW:
            outbox.add(work, AGAIN_JOB, {"case_ids": [case_id]}, key=f"{case_id}-{version + 1}")


def _check_needs(move: states.Move, reason: str, details: Mapping[str, str]) -> None:
    if Need.REASON in move.needs and not reason.strip():
        raise Invalid("decision.reason", Text("请写明理由。", "Give a reason."), field="reason")
    if Need.DATE in move.needs and not details.get("on"):
        raise Invalid("move.date", Text("请填写日期。", "Give the date."), field="on")
    if details.get("on", "") > today().isoformat():
        raise Invalid("move.date", Text("请填写不晚于今天的日期。", "Give a day not after today."), field="on")


def visible_case(work: Work, case_id: int, action: str) -> Case:
    """A case that the actor may see: of their own organisation and with a role that sees cases.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor's roles see no cases.
    """
    case = work.session.get(Case, (work.org_id, case_id))
    if case is None:
        raise unknown_case(case_id, action)
    if work.actor.kind == "person" and not may(work.actor.roles, Ability.SEE_CASES):
        raise _not_your_role(action, case_id)
    return case


def _senior_only(action: str, case: Case) -> NotAllowed:
    return NotAllowed(
        "role_needed",
        Text("只有高级审核员可以这样做。", "Only a senior reviewer may do this."),
        refusal=Refusal(action, ("case", str(case.case_id)), case.case_id, str(case.batch_id)),
    )


def _not_your_role(action: str, case_id: int) -> NotAllowed:
    return NotAllowed(
        "role_needed",
        Text("您的角色不能使用此功能。", "Your role may not use this."),
        refusal=Refusal(action, ("case", str(case_id)), case_id),
    )


def _lease_minutes() -> int:
    minutes: int = current_app.extensions["reviewdesk.settings"].case_lease_minutes
    return minutes
