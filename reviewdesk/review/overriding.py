"""Setting a finding aside for one case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.audit.registry import FAIL
from reviewdesk.clock import today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, Refusal, Stale, Text
from reviewdesk.idempotency import earlier, keyed
from reviewdesk.intake.models import Attachment, Case
from reviewdesk.journal.service import record
from reviewdesk.review.approval import Bar, Involvement, bars
from reviewdesk.review.changes import changes_since
from reviewdesk.review.discretion import discreet
from reviewdesk.review.judging import Basis, held_by_another
from reviewdesk.review.lapsing import mirror
from reviewdesk.review.models import Decision
from reviewdesk.review.overrides import KINDS_OF, Kind, rightful
from reviewdesk.review.service import basis_of, check_nothing_waits, lock_case, personal_of, waiting_on
from reviewdesk.review.states import DECIDABLE, SENIOR, State

LEAST_REASON: Final = 10
MOST_REASON: Final = 2000
"""Characters of a reason."""

LONGEST_SILENCE: Final = 365
"""Days for which a finding may be silenced at most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to set aside. `case_version` and `run_id` name what they saw.

    `attachment_id`: a file of the case that bears the reason out. `until`: the last day of a silence.
    """

    case_id: int
    check: str
    kind: Kind
    reason: str
    case_version: int
    run_id: int | None
    until: date | None = None
    attachment_id: UUID | None = None


def set_aside(actor: Actor, wish: Wish, *, key: str | None = None) -> FindingOverride:
    """Set a finding of a case aside: from now on it does not count towards the verdict. It stays readable.

    `key` is the caller's idempotency key: the same key and wish return the same answer, however often they come.

    Raises:
        NotFound: the organisation has no such case, or the case no such file.
        Stale: the case changed since what the wish names, or a decision on it waits.
        Conflict: the state or somebody's claim does not permit it, the finding is set aside already, or the key was
            used for another wish.
        NotAllowed: the actor's roles do not hold it, or they had a hand in a case that failed.
        Invalid: the finding does not stand in the way, or reason, kind or day are not as they must be.
    """
    with unit_of_work(actor) as work:
        case = lock_case(work, wish.case_id, action_of(wish.kind))
        return earlier(work, FindingOverride, key, wish) or _set_aside(work, case, wish, key)


def settable(
    actor: Actor,
    case: Case,
    run: AuditRun | None,
    overrides: Iterable[FindingOverride],
    waiting: Decision | None,
) -> dict[str, tuple[Kind, ...]]:
    """The checks of a case whose findings the actor may set aside now, each with the ways open to them."""
    if run is None or waiting is not None or State(case.state) not in DECIDABLE or actor.person_id is None:
        return {}
    if held_by_another(case, actor) and not actor.has(SENIOR):
        return {}
    done = {one.check_id for one in overrides if one.ended_at is None}
    found = (("fail", run.failed), ("warn", run.warned), ("missing", run.missing))
    return {
        check: KINDS_OF[outcome]
        for outcome, checks in found
        if rightful(outcome, case.state, actor.roles) and not (outcome == FAIL and barred(actor, case, None))
        for check in checks
        if check not in done
    }


def _set_aside(work: Work, case: Case, wish: Wish, key: str | None) -> FindingOverride:
    basis = basis_of(work, case)
    try:
        outcome = judge(work.actor, case, basis, waiting_on(work, case.case_id), wish)
    except Stale as stale:
        if stale.code == "case.stale":
            stale.details["changes"] = changes_since(work, case, wish.case_version, wish.run_id)
        raise
    if wish.attachment_id is not None and not _is_attached(work, case, wish.attachment_id):
        raise Invalid(
            "override.attachment", Text("本案没有这一附件。", "The case has no such file."), field="attachment"
        )
    made = of_wish(work.actor, case, basis, wish, outcome, discreet(wish.reason.strip(), personal_of(work, case)))
    made.idempotency_key, made.request_hash = keyed(key, wish).values()
    before, case.version = case.verdict, made.case_version
    work.session.add(made)
    work.session.flush()
    mirror(work, case, basis.run)
    told = {
        "check": made.check_id,
        "outcome": outcome,
        "reason": made.reason,
        "until": made.until.isoformat() if made.until else None,
        "attachment": str(made.attachment_id) if made.attachment_id else None,
        "override": str(made.override_id),
        "run": made.run_id,
    }
    record_on(
        work, action_of(wish.kind), case, before, {name: value for name, value in told.items() if value is not None}
    )
    return made


def judge(actor: Actor, case: Case, basis: Basis, waiting: Decision | None, wish: Wish) -> str:
    """The outcome of the finding that a wish sets aside, in a locked case where nothing stands against it.

    Raises:
        Stale: the case or its run is not the one that the wish names, or a decision on it waits.
        Conflict: the state, or somebody's claim, does not permit it, or the finding is set aside already.
        NotAllowed: the actor's roles do not hold it, or they had a hand in a case that failed.
        Invalid: the finding does not stand in the way, or reason, kind or day are not as they must be.
    """
    if case.version != wish.case_version or case.run_id != wish.run_id or basis.run is None:
        raise Stale("case.stale", Text("案件已有变化，请先看变化再处理。", "The case has changed since you opened it."))
    outcome = _outcome(basis.run, wish.check)
    check_state(case, actor)
    _check_right(actor, case, outcome, waiting.by_id if waiting else None, wish)
    check_nothing_waits(waiting)
    _check_kind(wish.kind, outcome)
    check_terms(wish.kind, wish.reason, wish.until)
    if any(one.check_id == wish.check and one.ended_at is None for one in basis.overrides):
        raise Conflict(
            "override.exists", Text("这一项已有处理，请先撤销。", "It is set aside already; withdraw that first.")
        )
    return outcome


def of_wish(actor: Actor, case: Case, basis: Basis, wish: Wish, outcome: str, reason: str) -> FindingOverride:
    """The row of a judged wish, not yet saved; `reason` holds no personal data.

    Raises:
        NotAllowed: the actor is nobody in particular; setting a finding aside is a person's.
    """
    run = basis.run
    if run is None or actor.person_id is None:
        raise _not_allowed("override.role", _ROLE[outcome == FAIL], case, action_of(wish.kind))
    return FindingOverride(
        org_id=case.org_id,
        case_id=case.case_id,
        check_id=wish.check,
        kind=wish.kind.value,
        outcome=outcome,
        reason=reason,
        until=wish.until,
        attachment_id=wish.attachment_id,
        run_id=run.run_id,
        facts_version=run.facts_version,
        policy=run.policy,
        as_of=run.as_of,
        case_version=case.version + 1,
        by_id=actor.person_id,
        by_name=actor.name,
        by_roles=sorted(actor.roles),
    )


def record_on(work: Work, action: str, case: Case, before: str | None, told: Mapping[str, Any]) -> None:
    """Record what became of a finding of a case, whose verdict was `before`."""
    record(
        work,
        action,
        ("case", case.case_id),
        old={"verdict": before},
        new={"verdict": case.verdict, **told},
        case_id=case.case_id,
        batch_id=case.batch_id,
    )


def action_of(kind: Kind) -> str:
    """The event of setting a finding aside in one of the ways."""
    return f"review:finding:{kind.value}"


# ------------------------------------------------------------------------------------------------ what may not be


def _outcome(run: AuditRun, check: str) -> str:
    """What the run found by a check that stands in the way."""
    for outcome, checks in (("fail", run.failed), ("warn", run.warned), ("missing", run.missing)):
        if check in checks:
            return outcome
    raise Invalid(
        "override.nothing",
        Text("本次审核的这一项没有需要处理的结论。", "This check says nothing that stands in the way."),
        field="check",
    )


def check_state(case: Case, actor: Actor) -> None:
    """Whether findings of a case may be set aside, or count again, in its state and by this actor.

    Raises:
        Conflict: it is decided, or somebody else holds it.
    """
    if State(case.state) not in DECIDABLE:
        raise Conflict(
            "case.state",
            Text(
                "只有待审和已上报的案件可以推翻或静默审核结论。", "Findings are set aside in cases under review only."
            ),
            state=case.state,
        )
    if held_by_another(case, actor) and not actor.has(SENIOR):
        raise Conflict(
            "case.held", Text("本案已由他人领取。", "Another reviewer holds this case."), assignee=str(case.assignee_id)
        )


_ROLE: Final[Mapping[bool, Text]] = {
    True: Text("不通过的结论须由高级审核员推翻或静默。", "A failure is set aside by a senior reviewer."),
    False: Text("您的角色不能推翻或静默审核结论。", "Your role may not set findings aside."),
}

_BARRED: Final[Mapping[Bar, Text]] = {
    Bar.ROLE: _ROLE[True],
    Bar.IMPORTED: Text(
        "您导入了本案，不能推翻不通过的结论。", "You imported this case and may not set its failures aside."
    ),
    Bar.EDITED: Text(
        "您最后修改了本案，不能推翻不通过的结论。", "You last edited this case and may not set its failures aside."
    ),
    Bar.PROPOSED: Text(
        "您对本案提出的决定正等待复核，不能推翻不通过的结论。",
        "Your own proposal on this case waits; you may not set its failures aside.",
    ),
}


def barred(actor: Actor, case: Case, proposed_by: object) -> tuple[Bar, ...]:
    """Why the actor may not set a failure of a case aside; empty if they may."""
    return bars(actor.person_id, actor.roles, Involvement(case.imported_by, case.edited_by, proposed_by))


def check_rightful(actor: Actor, case: Case, outcome: str, action: str) -> None:
    """Whether the actor's roles set findings of this outcome aside, and let them count again, in a case.

    Raises:
        NotAllowed: they do not, or the actor is nobody in particular.
    """
    if not rightful(outcome, case.state, actor.roles) or actor.person_id is None:
        raise _not_allowed("override.role", _ROLE[outcome == FAIL], case, action)


def _check_right(actor: Actor, case: Case, outcome: str, proposed_by: object, wish: Wish) -> None:
    check_rightful(actor, case, outcome, action_of(wish.kind))
    found = barred(actor, case, proposed_by) if outcome == FAIL else ()
    if found:
        raise _not_allowed(f"override.{found[-1].value}", _BARRED[found[-1]], case, action_of(wish.kind))


def _not_allowed(code: str, text: Text, case: Case, action: str) -> NotAllowed:
    return NotAllowed(
        code, text, refusal=Refusal(action, ("case", str(case.case_id)), case.case_id, str(case.batch_id))
    )


def _check_kind(kind: Kind, outcome: str) -> None:
    if kind not in KINDS_OF[outcome]:
        raise Invalid(
            "override.kind",
            Text(
                "缺资料的结论只能知悉或静默，其他结论只能推翻或静默。",
                "What is missing is acknowledged or silenced; what failed or warned, overridden or silenced.",
            ),
            field="kind",
        )


def check_terms(kind: Kind, reason: str, until: date | None) -> None:
    """Whether a finding may be set aside in this way for this reason, until that day.

    Raises:
        Invalid: the reason is too short or long, or the day is not as it must be.
    """
    check_reason(reason, LEAST_REASON)
    _check_until(kind, until)


def check_reason(reason: str, least: int) -> None:
    """Whether a reason is as long as it must be.

    Raises:
        Invalid: it is too short or too long.
    """
    if len(reason.strip()) < least:
        raise Invalid(
            "override.reason",
            Text(f"请写明理由，至少 {least} 个字。", f"Give a reason of at least {least} characters."),
            field="reason",
        )
    if len(reason) > MOST_REASON:
        raise Invalid(
            "decision.reason_long",
            Text(f"理由最多 {MOST_REASON} 字。", f"A reason has at most {MOST_REASON} characters."),
            field="reason",
        )


def _check_until(kind: Kind, until: date | None) -> None:
    if until is None and kind is Kind.SILENCE:
        said = Text("静默须有截止日，请填写。", "A silence has a last day: say which.")
        raise Invalid("override.until", said, field="until")
    if until is not None and kind is not Kind.SILENCE:
        said = Text("只有静默有截止日。", "Only a silence has a last day.")
        raise Invalid("override.until", said, field="until")
    if until is not None and not today() <= until <= today() + timedelta(days=LONGEST_SILENCE):
        raise Invalid(
            "override.until",
            Text(
                f"截止日须在今天至 {LONGEST_SILENCE} 天之内。",
                f"The last day is from today to {LONGEST_SILENCE} days on.",
            ),
            field="until",
        )


def _is_attached(work: Work, case: Case, attachment_id: UUID) -> bool:
    found = work.session.get(Attachment, (case.org_id, attachment_id))
    return found is not None and found.case_id == case.case_id and found.removed_at is None
