"""Findings that people set aside for a case: which of them count, and what then stands of the case's audit.

`standing_of` is the one answer to what a case's findings come to: pages, bulk runs, API and workers ask it, and the
columns `verdict` and `failed` of a case are what it said when the case last changed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, or_, select

from reviewdesk.accounts.roles import Role
from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.audit.registry import FAIL, MISSING, WARN
from reviewdesk.audit.standing import Standing, counts_on, standing
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.clock import today
from reviewdesk.db import Work
from reviewdesk.intake.models import Case


class Kind(StrEnum):
    """How a finding is set aside."""

    OVERRIDE = "override"
    """It does not hold, for a reason that the program cannot know."""
    ACKNOWLEDGE = "acknowledge"
    """The facts that it asks for are absent; somebody knows that, and why the case may go on without them."""
    SILENCE = "silence"
    """It holds, and does not count until a day."""


KINDS_OF: Final[Mapping[str, tuple[Kind, ...]]] = {
    FAIL: (Kind.OVERRIDE, Kind.SILENCE),
    WARN: (Kind.OVERRIDE, Kind.SILENCE),
    MISSING: (Kind.ACKNOWLEDGE, Kind.SILENCE),
}
"""In which ways a finding of each outcome can be set aside."""


OPEN_STATES: Final = ("in_review", "escalated", "returned", "breached")
"""States of a case in which its verdict still serves a decision.

A decided case keeps what it was decided on; a case that is audited is judged when that is done.
"""

IN_FORCE: Final = (
    f"o.ended_at IS NULL AND (o.until IS NULL OR o.until >= CAST(:today AS date) OR c.state NOT IN {OPEN_STATES})"
)
"""Whether the verdict of a case `c` rests on what sets a finding aside, `o`; as `in_force`, in SQL."""


def aside_of_case() -> Select[Any]:
    """What the verdict of a case rests on, for a query over cases: to be asked whether it exists, or how many."""
    holds = or_(FindingOverride.until.is_(None), FindingOverride.until >= today(), Case.state.not_in(OPEN_STATES))
    of_case = (FindingOverride.org_id == Case.org_id, FindingOverride.case_id == Case.case_id)
    return select(FindingOverride).where(*of_case, FindingOverride.ended_at.is_(None), holds).correlate(Case)


def counts(one: FindingOverride) -> bool:
    """Whether it counts today. One whose last day has passed does not, whether or not anybody has noted its end."""
    return counts_on(today(), one.until, ended=one.ended_at is not None)


def in_force(state: str, overrides: Iterable[FindingOverride]) -> list[FindingOverride]:
    """Those that the verdict of a case in this state rests on: what counts today, or did when the case was decided."""
    return [one for one in overrides if one.ended_at is None and (counts(one) or state not in OPEN_STATES)]


def overrides_of(work: Work, case: Case) -> list[FindingOverride]:
    """All that were ever made of a case, latest first, those that ended included."""
    wanted = select(FindingOverride).where(
        FindingOverride.org_id == case.org_id, FindingOverride.case_id == case.case_id
    )
    return list(work.session.scalars(wanted.order_by(FindingOverride.created_at.desc(), FindingOverride.override_id)))


def open_overrides(work: Work, org_id: UUID, case_ids: Sequence[int]) -> dict[int, list[FindingOverride]]:
    """Those of some cases whose end nobody has noted yet, by case; read anew from the database."""
    wanted = select(FindingOverride).where(
        FindingOverride.org_id == org_id,
        FindingOverride.case_id.in_(list(case_ids)),
        FindingOverride.ended_at.is_(None),
    )
    found: defaultdict[int, list[FindingOverride]] = defaultdict(list)
    oldest_first = wanted.order_by(FindingOverride.created_at, FindingOverride.override_id)
    for one in work.session.scalars(oldest_first.execution_options(populate_existing=True)):
        found[one.case_id].append(one)
    return found


def standing_of(run: AuditRun | None, overrides: Iterable[FindingOverride]) -> Standing | None:
    """What stands of a run today; None without a run. `overrides` are the case's, ended ones or not."""
    if run is None:
        return None
    aside = {one.check_id for one in overrides if counts(one)}
    if not aside:
        return Standing(run.verdict, tuple(run.failed), tuple(run.warned), tuple(run.missing))
    policy = policy_of(run.org_id, run.policy)
    return standing(run, {check: rule.severity for check, rule in policy.checks.items()}, aside)


def against(standing: Standing | None, overrides: Iterable[FindingOverride], actor: Actor) -> tuple[str, ...]:
    """The failed checks that a decision of the actor goes against.

    Those that still stand, and those that the actor set aside: nobody clears the way for their own decision.
    """
    if standing is None:
        return ()
    own = (one.check_id for one in overrides if one.outcome == FAIL and one.by_id == actor.person_id and counts(one))
    return tuple(dict.fromkeys([*standing.failed, *own]))


def rightful(outcome: str, state: str, roles: Collection[str]) -> bool:
    """Whether someone with these roles may set a finding of this outcome aside, in a case of this state.

    A failure, and anything in an escalated case, is a senior reviewer's.
    """
    if outcome == FAIL or state == "escalated":
        return Role.SENIOR_REVIEWER in roles
    return not {Role.SENIOR_REVIEWER, Role.REVIEWER}.isdisjoint(roles)
