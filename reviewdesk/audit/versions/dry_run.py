"""A dry run: cases audited under a draft and under the policy in force, on the same day and facts, storing no run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.audit.engine import CaseAudit, audit_cases
from reviewdesk.audit.models import DryRun, PolicyVersion
from reviewdesk.audit.policy import Policy
from reviewdesk.audit.service import cases_of
from reviewdesk.audit.standing import standing
from reviewdesk.audit.versions import shelf
from reviewdesk.audit.versions.outline import policy_from
from reviewdesk.audit.versions.queries import DRY_RUN_JOB
from reviewdesk.clock import now, today
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotFound, Text
from reviewdesk.idempotency import earlier, keyed
from reviewdesk.intake.models import Batch
from reviewdesk.journal.service import record

JOB: Final = DRY_RUN_JOB

MOST_CASES: Final = 200_000
MOST_LISTED: Final = 500
"""Cases whose verdict would change that are kept by name; all are counted."""

STEP: Final = 1000

Scope = dict[str, Any]
"""`{"batch": id}` or `{"last": n}`."""


def begin(actor: Actor, name: str, scope: Scope, *, key: str | None = None) -> UUID:
    """Ask for a dry run of a version against a batch, or against the latest cases.

    `key` is the caller's idempotency key: the same key and request return the same dry run, however often they come.

    Raises:
        NotFound: there is no such version or batch.
        Conflict: the version is retired, or the key was used for another request.
        Invalid: the number of cases is out of bounds.
    """
    request = {"policy": name, "scope": scope}
    with unit_of_work(actor) as work:
        version = shelf.find(work, name)
        if (found := earlier(work, DryRun, key, request)) is not None:
            return found.dry_run_id
        if version.state == "retired":
            raise Conflict("policy.state", Text("此版本已停用。", "This version is retired."), state=version.state)
        _check(work, scope)
        day = today()
        made = DryRun(
            org_id=work.org_id,
            dry_run_id=new_id(),
            policy_id=version.policy_id,
            digest=shelf.digest(version.body),
            against=_against(work, version),
            as_of=day,
            scope=scope,
            state="waiting",
            by_id=actor.person_id,
            by_name=actor.name,
            **keyed(key, request),
        )
        work.session.add(made)
        work.session.flush()
        outbox.add(work, JOB, {"dry_run_id": str(made.dry_run_id)}, key=str(made.dry_run_id))
        told = {"policy": name, "against": made.against, "dry_run": str(made.dry_run_id), "scope": scope}
        record(work, "audit:policy:dry_run", ("policy", name), new=told)
    return made.dry_run_id


def _against(work: Work, version: PolicyVersion) -> str:
    """What a version is compared with: the policy in force, or for the one in force that from which it was made."""
    found = shelf.in_force(work, today())
    return version.base if found == version.name else found


def _check(work: Work, scope: Scope) -> None:
    if "batch" in scope:
        if work.session.get(Batch, (work.org_id, UUID(scope["batch"]))) is None:
            raise NotFound("batch.unknown", Text("没有这个批次。", "There is no such batch."))
    elif not 1 <= scope["last"] <= MOST_CASES:
        raise Invalid(
            "policy.dry_run_cases",
            Text(f"案件数须在 1 至 {MOST_CASES} 之间。", f"The number of cases is from 1 to {MOST_CASES}."),
            field="last",
        )


def run(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
    """Do what `begin` asked for. It writes its result and no run; done twice, it does nothing the second time.

    Where the draft has changed since, the dry run is of the draft as it is now, and says so by its digest.
    """
    found = work.session.get_one(DryRun, (work.org_id, UUID(args["dry_run_id"])))
    if found.state == "done":
        return
    version = work.session.get_one(PolicyVersion, (work.org_id, found.policy_id))
    found.digest = shelf.digest(version.body)
    draft, against = policy_from(shelf.completed(version.body)), shelf.policy_of(work.org_id, found.against)
    ids = _ids(work, found.scope)
    seen = _Seen()
    for case in _compared(work, ids, against, draft, found, report):
        seen.add(*case)
    found.counts, found.changed, found.state, found.finished_at = seen.counts(), seen.changed, "done", now()
    work.session.flush()
    record(
        work,
        "audit:policy:finish_dry_run",
        ("policy", version.name),
        new={
            "policy": version.name,
            "dry_run": str(found.dry_run_id),
            "checked": seen.cases,
            "verdict_changes": seen.verdict_changes,
        },
    )


_BATCH = "SELECT case_id FROM cases WHERE org_id = :org AND batch_id = CAST(:batch AS uuid) ORDER BY case_id"
_LAST = """
SELECT case_id FROM (SELECT case_id FROM cases WHERE org_id = :org ORDER BY case_id DESC LIMIT :last) latest
ORDER BY case_id
"""


def _ids(work: Work, scope: Scope) -> list[int]:
    return list(work.execute(_BATCH if "batch" in scope else _LAST, org=work.org_id, **scope).scalars())


def _compared(
    work: Work, ids: Sequence[int], against: Policy, draft: Policy, of: DryRun, report: Callable[..., None]
) -> Iterator[tuple[Any, CaseAudit, CaseAudit]]:
    """Each case with its audit under the one policy and under the other."""
    figures: dict[UUID, Any] = {}
    report(done=0, total=len(ids))
    for start in range(0, len(ids), STEP):
        found = list(cases_of(work, ids[start : start + STEP], figures))
        cases = [case for _row, case in found]
        before, aside = list(audit_cases(cases, against, of.as_of)), _aside(work, ids[start : start + STEP], of.as_of)
        for (row, _case), was, would_be in zip(found, before, audit_cases(cases, draft, of.as_of), strict=True):
            _set_aside(was, would_be, aside.get(row.case_id, ()))
            yield row, was, would_be
        report(done=min(start + STEP, len(ids)), total=len(ids))


_ASIDE = """
SELECT case_id, array_agg(check_id) AS checks FROM finding_overrides
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND ended_at IS NULL
  AND (until IS NULL OR until >= :day) GROUP BY case_id
"""


def _aside(work: Work, ids: Sequence[int], day: date) -> dict[int, list[str]]:
    """The checks whose findings people set aside, by case."""
    return {row.case_id: row.checks for row in work.execute(_ASIDE, org=work.org_id, ids=list(ids), day=day)}


def _set_aside(before: CaseAudit, after: CaseAudit, checks: Sequence[str]) -> None:
    """Let the verdicts be of the findings that count: what is set aside does not, unless the draft changes it."""
    if not checks:
        return
    kept = {answer[0]: answer for answer in before.answers}
    same = {answer[0] for answer in after.answers if answer == kept.get(answer[0])}
    for audit, aside in ((before, set(checks)), (after, same & set(checks))):
        severities = {check: rule.severity for check, rule in audit.policy.checks.items()}
        audit.verdict = standing(audit, severities, aside).verdict


@dataclass(slots=True)
class _Claimable:
    """What may be claimed under one policy: the sum in fen, and for how many cases it could be worked out."""

    sum: int = 0
    cases: int = 0

    def add(self, claimable: int | None) -> None:
        """Count one case; None where it could not be worked out."""
        if claimable is not None:
            self.sum += claimable
            self.cases += 1


@dataclass(slots=True)
class _Seen:
    """What is counted and kept of the cases compared."""

    cases: int = 0
    verdict_changes: int = 0
    moves: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    checks: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    before: _Claimable = field(default_factory=_Claimable)
    after: _Claimable = field(default_factory=_Claimable)
    claimable_changes: int = 0
    changed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: Any, before: CaseAudit, after: CaseAudit) -> None:
        """Count one case, and keep it by name where its verdict changes."""
        self.cases += 1
        differing = _differing(before, after)
        self.checks.update(differing)
        self.before.add(before.claimable)
        self.after.add(after.claimable)
        self.claimable_changes += before.claimable != after.claimable
        if before.verdict == after.verdict:
            return
        self.verdict_changes += 1
        self._move(f"{before.verdict}>{after.verdict}", row.claimed)
        if len(self.changed) < MOST_LISTED:
            self.changed.append(
                {
                    "case": row.case_id,
                    "number": row.number,
                    "claimed": row.claimed,
                    "verdicts": [before.verdict, after.verdict],
                    "claimable": [before.claimable, after.claimable],
                    "checks": [list(one) for one in differing],
                }
            )

    def _move(self, verdicts: str, claimed: int | None) -> None:
        cases, total = self.moves.get(verdicts, (0, None))
        self.moves[verdicts] = (cases + 1, total if claimed is None else (total or 0) + claimed)

    def counts(self) -> dict[str, Any]:
        """All counts as plain JSON; sums are null where not one case has the amount."""
        return {
            "cases": self.cases,
            "verdict_changes": self.verdict_changes,
            "moves": [[*move.split(">"), *numbers] for move, numbers in sorted(self.moves.items())],
            "checks": [[*one, cases] for one, cases in self.checks.most_common()],
            "claimable": [one.sum if one.cases else None for one in (self.before, self.after)],
            "uncomputed": [self.cases - one.cases for one in (self.before, self.after)],
            "claimable_changes": self.claimable_changes,
        }


OFF: Final = "off"
"""The outcome of a check that a policy does not run."""


def _differing(before: CaseAudit, after: CaseAudit) -> list[tuple[str, str, str]]:
    """The checks that count otherwise: id, outcome before, outcome after; a warning that only informs is `info`."""
    if before.answers == after.answers and before.policy.checks == after.policy.checks:
        return []
    old, new = _outcomes(before), _outcomes(after)
    names = [*old, *(name for name in new if name not in old)]
    sides = ((name, old.get(name, OFF), new.get(name, OFF)) for name in names)
    return [one for one in sides if one[1] != one[2]]


def _outcomes(audit: CaseAudit) -> dict[str, str]:
    rules = audit.policy.checks
    return {
        answer[0]: "info" if answer[1] == "warn" and rules[answer[0]].severity == "info" else answer[1]
        for answer in audit.answers
    }
