"""Letting a finding of a case count again that was set aside."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.audit.models import FindingOverride
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, NotFound, Stale, Text
from reviewdesk.intake.models import Case
from reviewdesk.review.discretion import discreet
from reviewdesk.review.lapsing import mirror
from reviewdesk.review.models import Decision
from reviewdesk.review.overrides import rightful
from reviewdesk.review.overriding import check_reason, check_rightful, check_state, record_on
from reviewdesk.review.service import check_nothing_waits, current_run, lock_case, personal_of, waiting_on
from reviewdesk.review.states import DECIDABLE, State

WITHDRAW: Final = "review:finding:withdraw"


def withdraw(actor: Actor, case_id: int, override_id: UUID, reason: str) -> FindingOverride:
    """Let a finding count again.

    Raises:
        NotFound: the case has no such override.
        Stale: it has ended already.
        Conflict: the case is decided, or somebody else holds it.
        NotAllowed: the actor's roles would not have set it aside either.
        Invalid: no reason.
    """
    with unit_of_work(actor) as work:
        case = lock_case(work, case_id, WITHDRAW)
        found = _open(work, case, override_id)
        check_withdrawal(actor, case, found, waiting_on(work, case_id))
        check_withdrawal_reason(reason)
        before, case.version = case.verdict, case.version + 1
        end(actor, found, discreet(reason.strip(), personal_of(work, case)), case.version)
        work.session.flush()
        mirror(work, case, current_run(work, case))
        told = {"check": found.check_id, "way": found.kind, "reason": found.ended_reason}
        record_on(work, WITHDRAW, case, before, told)
    return found


def may_withdraw(actor: Actor, case: Case, one: FindingOverride) -> bool:
    """Whether the actor may let a finding count again."""
    return (
        one.ended_at is None
        and actor.person_id is not None
        and State(case.state) in DECIDABLE
        and rightful(one.outcome, case.state, actor.roles)
    )


def check_withdrawal(actor: Actor, case: Case, one: FindingOverride, waiting: Decision | None) -> None:
    """Whether the actor may let a finding of a locked case count again, on which `waiting` is proposed.

    Raises:
        Conflict: the case is decided, or somebody else holds it.
        NotAllowed: their roles would not have set it aside either.
        Stale: a decision waits.
    """
    check_state(case, actor)
    check_rightful(actor, case, one.outcome, WITHDRAW)
    check_nothing_waits(waiting)


def check_withdrawal_reason(reason: str) -> None:
    """Whether a finding may count again for this reason.

    Raises:
        Invalid: it is blank or too long.
    """
    check_reason(reason, least=1)


def of_check(overrides: Iterable[FindingOverride], check: str) -> FindingOverride:
    """What sets the finding of a check aside, among the `overrides` of its case.

    Raises:
        Invalid: nothing does.
    """
    found = next((one for one in overrides if one.check_id == check and one.ended_at is None), None)
    if found is None:
        raise Invalid("override.none", Text("这一项没有被搁置。", "This finding is not set aside."), field="check")
    return found


def end(actor: Actor, one: FindingOverride, reason: str, version: int) -> None:
    """Note that a finding counts again from a version of its case on; `reason` holds no personal data."""
    one.ended_at, one.ended_why, one.ended_reason, one.ended_version = now(), "withdrawn", reason, version
    one.ended_by_id, one.ended_by_name = actor.person_id, actor.name


def _open(work: Work, case: Case, override_id: UUID) -> FindingOverride:
    found = work.session.get(FindingOverride, (case.org_id, override_id))
    if found is None or found.case_id != case.case_id:
        raise NotFound("override.unknown", Text("本案没有这一处理。", "The case has no such override."))
    if found.ended_at is not None:
        raise Stale("override.ended", Text("这一处理已失效。", "It has ended already."))
    return found
