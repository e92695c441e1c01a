"""Cases of one borrower that are handled together: by one reviewer, decided together, and where allowed in one suit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.suit import SuitFees, suit_fees
from reviewdesk.audit.versions.shelf import in_force, policy_of
from reviewdesk.clock import now, today
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Text
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.money import Fen
from reviewdesk.review.desk import hand_to
from reviewdesk.review.discretion import discreet
from reviewdesk.review.judging import held_by_another
from reviewdesk.review.leaving import WHY, leave_suits
from reviewdesk.review.models import JointCase
from reviewdesk.review.service import lock_case
from reviewdesk.review.states import DECIDABLE, SENIOR, State

MOST_CASES: Final = 20
MOST_REASON: Final = 500
FILED: Final = frozenset({State.FILED, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Member:
    """A case of a joint handling."""

    case_id: int
    number: str
    state: str
    verdict: str | None
    claimable: Fen | None


@dataclass(frozen=True, slots=True)
class Left:
    """A case that left a joint handling while it lasts: when, by whom, and why (a verb of `leaving.WHY`, or words)."""

    case_id: int
    number: str
    at: datetime
    by: str
    reason: str

    @property
    def why(self) -> Text:
        """Why it left, in both languages as far as the program chose the words."""
        return WHY.get(self.reason) or Text(self.reason, self.reason)


@dataclass(frozen=True, slots=True)
class Joint:
    """Cases that are handled together, and those that left. `one_filing`: they go to court as one suit."""

    joint_id: UUID
    one_filing: bool
    reason: str
    by: str
    at: datetime
    members: tuple[Member, ...]
    left: tuple[Left, ...] = ()

    @property
    def filed(self) -> bool:
        """Whether a court has it: what it holds then stays as it is."""
        return any(member.state in FILED for member in self.members)

    @property
    def claimable(self) -> Fen:
        """What all of them may claim together, in fen."""
        return Fen(sum(member.claimable or 0 for member in self.members))


_MEMBERS = """
SELECT j.joint_id, j.one_filing, j.reason, j.by_name, j.created_at, c.case_id, c.number, c.state, c.verdict, c.claimable
FROM joint_cases j JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id
WHERE j.org_id = :org AND j.ended_at IS NULL AND {which} ORDER BY j.joint_id, c.case_id
"""


_LEFT = """
SELECT j.case_id, c.number, j.ended_at, j.ended_by_name, j.ended_reason
FROM joint_cases j JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id
WHERE j.org_id = :org AND j.joint_id = :joint AND j.ended_at IS NOT NULL ORDER BY j.ended_at, j.case_id
"""


def joint_of(work: Work, case: Case) -> Joint | None:
    """The joint handling that a case is in, if any."""
    which = (
        "j.joint_id = (SELECT joint_id FROM joint_cases WHERE org_id = :org AND case_id = :case AND ended_at IS NULL)"
    )
    return _joint(work, case.org_id, which, case=case.case_id)


def joint_by_id(work: Work, joint_id: UUID, action: str) -> Joint:
    """A joint handling of the organisation that lasts.

    Raises:
        NotFound: there is none; the attempt at `action` goes to the journal.
    """
    found = _joint(work, work.org_id, "j.joint_id = :joint", joint=joint_id)
    if found is None:
        raise NotFound(
            "joint.unknown",
            Text("没有这一合并处理，或已解除。", "There is no such joint handling, or it has ended."),
            refusal=Refusal(action, ("joint", str(joint_id))),
        )
    return found


def _joint(work: Work, org_id: UUID, which: str, **key: Any) -> Joint | None:
    rows = work.execute(_MEMBERS.format(which=which), org=org_id, **key).all()
    if not rows:
        return None
    first = rows[0]
    members = tuple(Member(row.case_id, row.number, row.state, row.verdict, row.claimable) for row in rows)
    left = tuple(Left(*row) for row in work.execute(_LEFT, org=org_id, joint=first.joint_id))
    return Joint(first.joint_id, first.one_filing, first.reason, first.by_name, first.created_at, members, left)


_LATEST_RUN = """
SELECT policy, as_of FROM audit_runs
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND is_current ORDER BY as_of DESC, run_id DESC LIMIT 1
"""


def fees_of(work: Work, joint: Joint) -> SuitFees:
    """The court fees of a suit, by the table of the latest of its cases' audits."""
    ids = [member.case_id for member in joint.members]
    run = work.execute(_LATEST_RUN, org=work.org_id, ids=ids).one_or_none()
    name, day = (run.policy, run.as_of) if run else (in_force(work, today()) or BUILT_IN, today())
    rules = rules_on(policy_of(work.org_id, name), day)
    return suit_fees([member.claimable or 0 for member in joint.members], rules)


def join(actor: Actor, case_ids: Sequence[int], *, one_filing: bool, reason: str, assignee: UUID | None = None) -> UUID:
    """Join cases of one borrower, and hand them to one reviewer: the actor, or whom a senior reviewer names.

    Raises:
        NotFound: the organisation has not all of the cases.
        NotAllowed: the actor is no reviewer, or hands them to somebody else without being a senior one.
        Conflict: a case is not in review, joined already, or in somebody else's hands.
        Invalid: fewer than two cases or too many, several borrowers, no reason, or one suit over several lenders or
            courts.
    """
    ids = sorted(set(case_ids))
    reason = _reason(reason)
    if not 2 <= len(ids) <= MOST_CASES:
        raise Invalid(
            "joint.cases",
            Text(f"请选择 2 至 {MOST_CASES} 件案件。", f"Choose 2 to {MOST_CASES} cases."),
            field="cases",
        )
    with unit_of_work(actor) as work:
        cases = [lock_case(work, case_id, "review:joint:make") for case_id in ids]
        _check(actor, cases, assignee)
        _check_not_joined(work, ids)
        if one_filing:
            _check_one_filing(cases)
        joint_id, told = new_id(), discreet(reason)
        work.session.add_all(_member(case, joint_id, actor, told, one_filing=one_filing) for case in cases)
        work.session.flush()
        numbers = [case.number for case in cases]
        for case in cases:
            hand_to(work, case, assignee or actor.person_id, leased=assignee is None)
            new = {"joint": str(joint_id), "numbers": numbers, "one_filing": one_filing, "reason": told}
            record(
                work,
                "review:joint:make",
                ("joint", joint_id),
                new=new,
                case_id=case.case_id,
                batch_id=case.batch_id,
            )
    return joint_id


def part(actor: Actor, joint_id: UUID, reason: str) -> tuple[int, ...]:
    """End a joint handling; each case goes its own way again. Returns the cases.

    Raises:
        NotFound: the organisation has no such joint handling that lasts.
        NotAllowed: the actor is no reviewer.
        Invalid: no reason.
        Conflict: the court has it.
    """
    reason = _reason(reason)
    with unit_of_work(actor) as work:
        found = joint_by_id(work, joint_id, "review:joint:end")
        cases = [lock_case(work, member.case_id, "review:joint:end") for member in found.members]
        _check_role(actor, cases[0])
        _check_not_filed(found)
        told = discreet(reason)
        ended = {"ended_at": now(), "ended_by_name": actor.name, "ended_reason": told}
        work.session.query(JointCase).filter_by(org_id=work.org_id, joint_id=joint_id).update(ended)  # type: ignore[arg-type]
        for case in cases:
            record(
                work,
                "review:joint:end",
                ("joint", joint_id),
                new={"joint": str(joint_id), "reason": told},
                case_id=case.case_id,
                batch_id=case.batch_id,
            )
    return tuple(member.case_id for member in found.members)


def leave(actor: Actor, case_id: int, reason: str) -> Joint | None:
    """Take one case out of its joint handling, which goes on with the others; returns what is left of it.

    Where only one other case is left, the joint handling ends.

    Raises:
        NotFound: the organisation has no such case.
        NotAllowed: the actor is no reviewer.
        Invalid: no reason.
        Conflict: the case is in no joint handling, or the court has it.
    """
    reason = _reason(reason)
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, "review:joint:leave")
        _check_role(actor, case)
        found = joint_of(work, case)
        if found is None:
            raise Conflict("joint.none", Text(f"{case.number} 不在合并处理中。", f"{case.number} is not joined."))
        _check_not_filed(found)
        leave_suits(work, work.org_id, [case_id], discreet(reason), apart=True)
        return _joint(work, work.org_id, "j.joint_id = :joint", joint=found.joint_id)


def _check_not_filed(joint: Joint) -> None:
    if joint.one_filing and joint.filed:
        raise Conflict(
            "joint.filed", Text("已经立案，合并不再变更。", "The court has the suit; what it holds stays as it is.")
        )


# ---------------------------------------------------------------------------------------------- what may not be


def _member(case: Case, joint_id: UUID, actor: Actor, reason: str, *, one_filing: bool) -> JointCase:
    return JointCase(
        org_id=case.org_id,
        joint_id=joint_id,
        case_id=case.case_id,
        one_filing=one_filing,
        reason=reason,
        by_id=actor.person_id,
        by_name=actor.name,
    )


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > MOST_REASON:
        raise Invalid(
            "joint.reason",
            Text(f"请写明理由，最多 {MOST_REASON} 字。", f"Give a reason of at most {MOST_REASON} characters."),
            field="reason",
        )
    return text


def _check_role(actor: Actor, case: Case, assignee: UUID | None = None) -> None:
    if actor.person_id is None or not may(actor.roles, Ability.REVIEW):
        raise _not_allowed(Text("合并处理须由审核员作出。", "Cases are joined by a reviewer."), case)
    if assignee not in (None, actor.person_id) and not actor.has(SENIOR):
        raise _not_allowed(Text("只有高级审核员可以改派。", "Only a senior reviewer may reassign."), case)


def _not_allowed(text: Text, case: Case) -> NotAllowed:
    refusal = Refusal("review:joint:make", ("case", str(case.case_id)), case.case_id, str(case.batch_id))
    return NotAllowed("joint.role", text, refusal=refusal)


def _check(actor: Actor, cases: Sequence[Case], assignee: UUID | None) -> None:
    _check_role(actor, cases[0], assignee)
    if cases[0].id_index is None or len({case.id_index for case in cases}) != 1:
        raise Invalid(
            "joint.borrower",
            Text("只能合并同一借款人的案件。", "Only cases of one borrower are joined."),
            field="cases",
        )
    for case in cases:
        if State(case.state) not in DECIDABLE:
            raise Conflict(
                "case.state",
                Text(f"{case.number} 不在审核中。", f"{case.number} is not in review."),
                state=case.state,
            )
        if held_by_another(case, actor) and not actor.has(SENIOR):
            raise Conflict("case.held", Text(f"{case.number} 已由他人领取。", f"Another reviewer holds {case.number}."))


def _check_not_joined(work: Work, ids: Sequence[int]) -> None:
    found = work.execute(
        "SELECT c.number FROM joint_cases j JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id "
        "WHERE j.org_id = :org AND j.case_id = ANY(CAST(:ids AS bigint[])) AND j.ended_at IS NULL LIMIT 1",
        org=work.org_id,
        ids=list(ids),
    ).scalar()
    if found is not None:
        raise Conflict(
            "joint.exists", Text(f"{found} 已在合并处理中，请先解除。", f"{found} is joined already; part it first.")
        )


def _check_one_filing(cases: Sequence[Case]) -> None:
    """One suit over several contracts needs the same parties and a court that has all of them."""
    for name, text in (
        ("lender_name", Text("出借人不同，不能合并起诉。", "The lenders differ; this cannot be one suit.")),
        (
            "agreed_court",
            Text("约定管辖法院不同，不能合并起诉。", "The agreed courts differ; this cannot be one suit."),
        ),
    ):
        if len({case.facts.get(name) for case in cases}) != 1:
            raise Invalid("joint.one_filing", text, field="one_filing")
