"""What changed between two audits of a case, and whether new rules or new facts did it.

The facts of then and of now are audited under the rules of then and of now, all four, without storing a run: what the
new rules alone change on the old facts came from the rules, what the new facts alone change under the old rules from
the facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import select

from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.queries import Change, difference
from reviewdesk.audit.replaying import Replay
from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.models import Case
from reviewdesk.intake.superseding import Facts, facts_at

Cause = Literal["rules", "facts", "both", "others", "unknown"]
"""`both`: neither alone, or each of them; `others`: other cases, or the program; `unknown`: the old facts are gone."""

CAUSES: Final[tuple[Cause, ...]] = ("rules", "facts", "both", "others", "unknown")

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
    """What the later run says otherwise, each with its cause.

    The day of the audit belongs to the rules. What the four replays, on other cases as they are now, do not show is of
    other cases, or of a newer program.
    """
    changes = difference(earlier, later)
    if not changes:
        return []
    try:
        sides = _replayed(Replay(work, case), earlier, later)
    except NotFound:
        return [Explained(change, "unknown") for change in changes]
    return [Explained(change, _cause(change.check, *sides)) for change in changes]


def _replayed(replay: Replay, earlier: AuditRun, later: AuditRun) -> tuple[Said, Said, Said, Said]:
    """What is said of old facts by old rules, of new facts by old rules, of old by new, and of new by new."""
    old, new = (earlier.policy, earlier.as_of), (later.policy, later.as_of)
    before, after = earlier.facts_version, later.facts_version
    return (
        _said(replay, before, *old),
        _said(replay, after, *old),
        _said(replay, before, *new),
        _said(replay, after, *new),
    )


def _said(replay: Replay, *under: Any) -> Said:
    return {check: answer[1:3] for check, answer in replay.answers(*under).items()}


def _cause(check: str, neither: Said, facts: Said, rules: Said, both: Said) -> Cause:
    """Whose doing it is that a check answers otherwise, from the answers where neither, one or both are new."""
    was = neither.get(check)
    if both.get(check) == was:
        return "others"
    by_facts, by_rules = facts.get(check) != was, rules.get(check) != was
    if by_facts == by_rules:
        return "both"
    return "facts" if by_facts else "rules"


def facts_of_run(work: Work, case: Case, run: AuditRun) -> Facts | None:
    """The facts that a run was of; None where they were replaced before versions were kept."""
    try:
        return facts_at(work, case, run.facts_version)
    except NotFound:
        return None
