"""Runs every check of a policy on a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from reviewdesk.audit.checks.limitation import limitation_of
from reviewdesk.audit.claims import Claim, claim_of
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.findings import Finding, StoredAnswer, in_full, packed
from reviewdesk.audit.policy import Policy
from reviewdesk.audit.registry import BROKEN, CHECKS, ERROR, FAIL, MISSING, WARN, Run
from reviewdesk.audit.rules import Rules, rules_on
from reviewdesk.errors import Invalid, Text
from reviewdesk.money import Fen


@dataclass(slots=True)
class CaseAudit:
    """What the checks say of one case.

    `claimable`, `excess` and `limitation_expiry` are None where the facts do not tell. `failed`, `warned` and `missing`
    are ids of checks. `answers` holds check, outcome, reason and computed values of each check that ran.
    """

    policy: Policy
    as_of: date
    verdict: str
    answers: list[StoredAnswer]
    claimable: Fen | None
    excess: Fen | None
    limitation_expiry: date | None
    days_left: int | None
    failed: list[str]
    warned: list[str]
    missing: list[str]

    def finding(self, check: str) -> Finding:
        """The finding of one check.

        Raises:
            KeyError: the policy does not run it.
        """
        for answer in self.answers:
            if answer[0] == check:
                return Finding(self.policy.checks[check].severity, *answer)
        raise KeyError(check)

    @property
    def findings(self) -> list[Finding]:
        """What each check said, in order."""
        return [Finding(self.policy.checks[answer[0]].severity, *answer) for answer in self.answers]

    def packed(self) -> bytes:
        """All findings in the form that is stored."""
        return packed(self.answers)

    def findings_json(self, case: CaseFacts) -> list[dict[str, Any]]:
        """All findings with numbers, sentences and citations."""
        return [in_full(answer, case.facts, self.policy) for answer in self.answers]


def audit_case(case: CaseFacts, policy: Policy, as_of: date) -> CaseAudit:
    """Run the policy's checks on a case as of a day.

    A check that raises is `missing` with the type of the error, and never a pass.

    Raises:
        Invalid: the policy names a check that does not exist, or leaves one out.
    """
    rules = rules_on(policy, as_of)
    case.memo.clear()
    answers: list[StoredAnswer] = []
    failed: list[str] = []
    warned: list[str] = []
    lacking: list[str] = []
    for name, run, when_broken in _runs(rules):
        try:
            outcome, reason, computed = run(case, rules)
        except Exception as error:
            outcome, reason, computed = MISSING, ERROR, {"error": type(error).__name__}
        if outcome == BROKEN:
            outcome = when_broken
        if outcome == FAIL:
            failed.append(name)
        elif outcome == WARN:
            warned.append(name)
        elif outcome == MISSING:
            lacking.append(name)
        answers.append((name, outcome, reason, computed))
    claimable, excess = _claimable(case, rules)
    expiry, days_left = _limitation(case, rules)
    verdict = "blocked" if failed else "attention" if lacking or _weighs(warned, rules) else "clear"
    return CaseAudit(policy, as_of, verdict, answers, claimable, excess, expiry, days_left, failed, warned, lacking)


def _weighs(warned: list[str], rules: Rules) -> bool:
    """Whether any of the warnings counts: one of a check that only informs changes no verdict."""
    return any(rules.severities[name] != "info" for name in warned)


def _runs(rules: Rules) -> list[tuple[str, Run, str]]:
    """The checks that run, in the policy's order: id, function, and the outcome of one that does not hold."""
    if rules.runs is None:
        strange = sorted(rules.policy.checks.keys() ^ CHECKS.keys())
        if strange:
            names = "、".join(strange)
            raise Invalid(
                "policy.checks",
                Text(
                    f"审核策略与审核项不一致：{names}", f"The policy and the checks do not match: {', '.join(strange)}"
                ),
            )
        rules.runs = [
            (name, CHECKS[name].run, FAIL if severity == "fail" else WARN)
            for name, severity in rules.severities.items()
        ]
    return rules.runs


def _claimable(case: CaseFacts, rules: Rules) -> tuple[Fen | None, Fen | None]:
    claim = _safely(claim_of, case, rules)
    return (claim.result.claimable, claim.result.excess) if isinstance(claim, Claim) else (None, None)


def _limitation(case: CaseFacts, rules: Rules) -> tuple[date | None, int | None]:
    reading = _safely(limitation_of, case, rules)
    return (reading.limitation.expiry, reading.days_left) if reading is not None else (None, None)


def _safely(work_out: Callable[[CaseFacts, Rules], Any], case: CaseFacts, rules: Rules) -> Any:
    """A number for the queue's columns; where working it out raises, its own check already says so."""
    try:
        return work_out(case, rules)
    except Exception:
        return None
