"""Cases of one borrower that are handled together: by one reviewer, decided together, and where allowed in one suit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor
from reviewdesk.audit.fees import halved
from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.rules import rules_on
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
from reviewdesk.review.models import JointCase
from reviewdesk.review.service import lock_case
from reviewdesk.review.states import DECIDABLE, SENIOR, State

MOST_CASES: Final = 20
MOST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Member:
    """A case of a joint handling."""

    case_id: int
    number: str
    state: str
    verdict: str | None
    claimable: Fen | None


@dataclass(frozen=True, slots=True)
class Joint:
    """Cases that are handled together. `one_filing`: they go to court as one suit."""

    joint_id: UUID
    one_filing: bool
    reason: str
    by: str
    at: datetime
    members: tuple[Member, ...]

    @property
    def claimable(self) -> Fen:
        """What all of them may claim together, in fen."""
        return Fen(sum(member.claimable or 0 for member in self.members))


@dataclass(frozen=True, slots=True)
class Fees:
    """What the court takes in simplified procedure: for one suit over all, and for a suit over each."""

    together: Fen
    apart: Fen


_MEMBERS = """
SELECT j.joint_id, j.one_filing, j.reason, j.by_name, j.created_at, c.case_id, c.number, c.state, c.verdict, c.claimable
FROM joint_cases j JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id
WHERE j.org_id = :org AND j.ended_at IS NULL AND {which} ORDER BY j.joint_id, c.case_id
"""


def joint_of(work: Work, case: Case) -> Joint | None:
    """The joint handling that a case is in, if any."""
    which = (
        "j.joint_id = (SELECT joint_id FROM joint_cases WHERE org_id = :org AND case_id = :case AND ended_at IS NULL)"
    )
    return _joint(work.execute(_MEMBERS.format(which=which), org=case.org_id, case=case.case_id).all())


def _joint(rows: Sequence[Any]) -> Joint | None:
    if not rows:
        return None
    first = rows[0]
    members = tuple(Member(row.case_id, row.number, row.state, row.verdict, row.claimable) for row in rows)
    return Joint(first.joint_id, first.one_filing, first.reason, first.by_name, first.created_at, members)


def fees_of(work: Work, joint: Joint) -> Fees:
    """The court fees of a joint handling under the policy in force."""
    rules = rules_on(policy_of(work.org_id, in_force(work, today()) or BUILT_IN), today())
    each = [halved(rules.court_fees.fee(member.claimable)) for member in joint.members if member.claimable]
    return Fees(halved(rules.court_fees.fee(joint.claimable)), Fen(sum(each)))


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
    """
    reason = _reason(reason)
    with unit_of_work(actor) as work:
        found = _joint(
            work.execute(_MEMBERS.format(which="j.joint_id = :joint"), org=work.org_id, joint=joint_id).all()
        )
        if found is None:
            raise NotFound(
                "joint.unknown",
                Text("没有这一合并处理，或已解除。", "There is no such joint handling, or it has ended."),
                refusal=Refusal("review:joint:end", ("joint", str(joint_id))),
            )
        cases = [lock_case(work, member.case_id, "review:joint:end") for member in found.members]
        _check_role(actor, cases[0])
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


_LEFT_BEHIND = """
SELECT DISTINCT c.number FROM joint_cases mine
JOIN joint_cases other ON other.org_id = mine.org_id AND other.joint_id = mine.joint_id AND other.ended_at IS NULL
JOIN cases c ON c.org_id = other.org_id AND c.case_id = other.case_id AND c.state = 'approved'
WHERE mine.org_id = :org AND mine.case_id = ANY(CAST(:ids AS bigint[])) AND mine.ended_at IS NULL AND mine.one_filing
  AND NOT other.case_id = ANY(CAST(:ids AS bigint[]))
ORDER BY c.number
"""


def left_behind(work: Work, case_ids: Sequence[int]) -> list[str]:
    """The numbers of approved cases that go to court in one suit with some of these, and are not among them."""
    return list(work.execute(_LEFT_BEHIND, org=work.org_id, ids=list(case_ids)).scalars())


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
