"""What changed between two audits of a case, and whose doing it was: new rules, new facts, or other cases.

The facts of then and of now are audited under the rules of then and of now, beside other cases as either audit saw
them, without storing a run. What one of the three alone changes came from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import select

from reviewdesk.addresses import address_key
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.queries import Change, difference
from reviewdesk.audit.replaying import Replay, Seen
from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.models import Case
from reviewdesk.intake.superseding import Facts, facts_at

Cause = Literal["rules", "facts", "others", "both", "program", "unknown"]
"""`others`: other cases; `both`: none of the three alone, or more than one; `program`: a newer program; `unknown`: the
old facts are gone, or what other cases said then was not kept."""

CAUSES: Final[tuple[Cause, ...]] = ("rules", "facts", "others", "both", "program", "unknown")

Said = Mapping[str, tuple[Any, ...]]
"""Outcome and reason by check."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A check that says something else than in the run before, and why."""

    change: Change
    cause: Cause


def run_of(work: Work, case: Case, run_id: int) -> AuditRun:
    """One of a case's runs.

    Raises:
        NotFound: the case has no such run.
    """
    run = work.session.get(AuditRun, (case.org_id, run_id))
    if run is None or run.case_id != case.case_id:
        raise NotFound("run.unknown", Text("本案没有这次审核。", "The case has no such audit."))
    return run


def run_before(work: Work, run: AuditRun) -> AuditRun | None:
    """The case's run before another."""
    wanted = (
        select(AuditRun)
        .where(AuditRun.org_id == run.org_id, AuditRun.case_id == run.case_id, AuditRun.run_id < run.run_id)
        .order_by(AuditRun.run_id.desc())
        .limit(1)
    )
    return work.session.scalars(wanted).one_or_none()


def explained(work: Work, case: Case, earlier: AuditRun, later: AuditRun) -> list[Explained]:
    """What the later run says otherwise, each with its cause. The day of the audit belongs to the rules."""
    changes = difference(earlier, later)
    if not changes:
        return []
    try:
        told = _Told(Replay(work, case), earlier, later)
    except NotFound:
        return [Explained(change, "unknown") for change in changes]
    return [Explained(change, told.cause(change.check)) for change in changes]


@dataclass(frozen=True, slots=True)
class _Side:
    """What an audit rests on: the version of the facts, the policy and the day, and other cases as they were then."""

    facts: int
    rules: tuple[str, date]
    others: Seen

    @classmethod
    def of(cls, run: AuditRun) -> "_Side":
        return cls(run.facts_version, (run.policy, run.as_of), Seen.by(run))


class _Told:
    """What the checks say of the case where none, one or all three are those of the later run.

    Raises:
        NotFound: the old facts were not kept.
    """

    def __init__(self, replay: Replay, earlier: AuditRun, later: AuditRun) -> None:
        old, new = _Side.of(earlier), _Side.of(later)
        if _keys(replay.facts(old.facts)) != _keys(replay.facts(new.facts)):
            # Who the borrower is, and which loan it is, say which other cases speak of it: that is of the facts.
            facts = replace(old, facts=new.facts, others=Seen(new.others.run_id, old.others.figures_id))
            others = replace(old, others=Seen(old.others.run_id, new.others.figures_id))
        else:
            facts, others = replace(old, facts=new.facts), replace(old, others=new.others)
        self._kept = None not in (earlier.figures_id, later.figures_id)
        self._old, self._new = _said(replay, old), _said(replay, new)
        self._alone: dict[Cause, Said] = {
            "rules": _said(replay, replace(old, rules=new.rules)),
            "facts": _said(replay, facts),
            "others": _said(replay, others),
        }

    def cause(self, check: str) -> Cause:
        """Whose doing it is that a check answers otherwise."""
        was = self._old.get(check)
        if self._new.get(check) == was:
            return "program" if self._kept else "unknown"
        causes = [cause for cause, said in self._alone.items() if said.get(check) != was]
        return causes[0] if len(causes) == 1 else "both"


def _keys(facts: Facts) -> tuple[Any, ...]:
    """By what other cases are found to be of the same borrower, phone, address or loan."""
    loan = (facts.facts.get(name) for name in ("contract_no", "disbursed_on", "principal"))
    return facts.personal.get("id_no"), facts.personal.get("mobile"), address_key(facts.personal), *loan


def _said(replay: Replay, side: _Side) -> Said:
    return {check: answer[1:3] for check, answer in replay.answers(side.facts, *side.rules, side.others).items()}


def facts_of_run(work: Work, case: Case, run: AuditRun) -> Facts | None:
    """The facts that a run was of; None where they were replaced before versions were kept."""
    try:
        return facts_at(work, case, run.facts_version)
    except NotFound:
        return None
