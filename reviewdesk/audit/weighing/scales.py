"""The assumptions of a policy on a day by which cases are weighed, and the likely defences behind their findings."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from reviewdesk.audit.registry import FAIL, MISSING, WARN
from reviewdesk.audit.rules import Rules

SMALL_CLAIMS: Final = "small_claims"
SIMPLIFIED: Final = "simplified"
ORDINARY: Final = "ordinary"

OVERRIDDEN: Final = "overridden"

_ONE: Final = Decimal(1)


class Raised(NamedTuple):
    """A likely defence: the checks that open the way to it, how far it counts, and what it costs in full."""

    defence: str
    checks: tuple[str, ...]
    outcome: str
    weight: Decimal
    loss: Decimal
    months: Decimal

    @property
    def factor(self) -> Decimal:
        """The share of the recovery that it leaves."""
        return _ONE - self.weight * self.loss


Finding = tuple[str, str, bool]
"""A finding that does not pass: check, outcome, and whether a person has overridden it."""

KEPT: Final = 4096
"""How many sets of findings are kept ready."""


class Scales:
    """The assumptions of a policy on a day, in the form in which a case is weighed."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        policy = rules.policy
        numbers = policy.parameters
        self.defences = policy.defences
        self.weights: dict[str, Decimal] = {
            FAIL: _ONE,
            WARN: numbers.defence_weight_warn.value,
            MISSING: numbers.defence_weight_missing.value,
            OVERRIDDEN: numbers.defence_weight_overridden.value,
        }
        self.defence_of: dict[str, str] = {name: one.defence for name, one in policy.check_defences.items()}
        self.item_loss = numbers.evidence_item_loss.value
        self.announcement_cost = numbers.announcement_cost.fen
        self.preservation_use = numbers.preservation_use.value
        self.to_file = numbers.months_to_file.value
        self.terms: dict[str, Decimal] = {
            SMALL_CLAIMS: numbers.months_small_claims.value,
            SIMPLIFIED: numbers.months_simplified.value,
            ORDINARY: numbers.months_ordinary.value,
        }
        self.announcing = numbers.months_announcement.value
        self.enforcing = numbers.months_enforcement.value
        self.small_suit = numbers.small_suit.fen
        self._exact: dict[Decimal, tuple[int, int]] = {}
        self._raised: dict[tuple[Finding, ...], tuple[Raised, ...]] = {}

    def weight_of(self, outcome: str, *, overridden: bool) -> Decimal:
        """How far a finding of an outcome counts; one that a person has overridden at most as the policy says."""
        weight = self.weights[outcome]
        return min(weight, self.weights[OVERRIDDEN]) if overridden else weight

    def raised(self, findings: tuple[Finding, ...]) -> tuple[Raised, ...]:
        """The likely defences behind some findings; the same findings are worked out once."""
        known = self._raised.get(findings)
        if known is None:
            if len(self._raised) >= KEPT:
                self._raised.clear()
            known = self._raised[findings] = _raised(self, findings)
        return known

    def exact(self, share: Decimal) -> tuple[int, int]:
        """A share as a whole number and how many decimals it has."""
        known = self._exact.get(share)
        if known is None:
            scale = max(0, -int(share.as_tuple().exponent))
            known = self._exact[share] = int(share.scaleb(scale)), scale
        return known


def _raised(scales: Scales, findings: tuple[Finding, ...]) -> tuple[Raised, ...]:
    behind: dict[str, list[tuple[Decimal, str, str]]] = {}
    for check, outcome, overridden in findings:
        weight = scales.weight_of(outcome, overridden=overridden)
        if weight:
            behind.setdefault(scales.defence_of[check], []).append((weight, outcome, check))
    return tuple(_heaviest(scales, name, behind[name]) for name in scales.defences if name in behind)


def _heaviest(scales: Scales, name: str, behind: list[tuple[Decimal, str, str]]) -> Raised:
    weight, outcome, _check = max(behind, key=lambda one: one[0])
    known = scales.defences[name]  # type: ignore[index]
    return Raised(name, tuple(check for *_rest, check in behind), outcome, weight, known.loss, known.months)
