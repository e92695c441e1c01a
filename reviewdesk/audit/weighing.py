"""What a suit is expected to bring, to cost and to take: the risks of suing, weighed from the findings of an audit.

An estimate for the one who decides, and no decision. Every number of it comes from the findings and the policy by a
stated formula (`weighing_figures` writes it with the numbers put in); what the policy assumes without a checked source
is marked there as the organisation's own assumption.

    expected recovery = claim × share by days overdue × Π (1 − weight × loss of each likely defence) × evidence
    cost              = court fee + preservation + service + lawyer's fee
    net               = expected recovery − cost
    months            = to file + term of the procedure + announcement + Σ weight × months of each likely defence

Amounts that are a share of others are cut to the fen, the halved court fee is rounded half up; whole numbers only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from reviewdesk.audit.fees import halved
from reviewdesk.audit.interest import share_of
from reviewdesk.audit.registry import FAIL, MISSING, WARN
from reviewdesk.audit.rules import Rules
from reviewdesk.money import Fen

SMALL_CLAIMS: Final = "small_claims"
SIMPLIFIED: Final = "simplified"
ORDINARY: Final = "ordinary"

OVERRIDDEN: Final = "overridden"

_READ: Final = frozenset({"cost.worth", "evidence.required", "procedure.small_claims"})
"""The checks whose computed values or reasons are read."""

_UNREACHABLE: Final = "unreachable"
_PROCEDURES: Final = {"open": SMALL_CLAIMS, _UNREACHABLE: ORDINARY}
"""The procedure by the reason of `procedure.small_claims`; where it says neither, simplified procedure is taken."""

_ONE: Final = Decimal(1)
_NONE: Final = Decimal(0)


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


class Weighing(NamedTuple):
    """The estimate of one case. Amounts are fen, shares are of one, lengths months.

    `items` are required items of evidence that are absent, which count with `items_weight`; `evidence` is the share of
    the recovery that they leave. `fee_full` and `preservation_full` are the court's fees before they are halved, or
    taken for the share of cases in which preservation is asked for.
    """

    claim: Fen
    days: int
    share: Decimal
    raised: tuple[Raised, ...]
    items: int
    items_weight: Decimal
    evidence: Decimal
    expected: Fen
    procedure: str
    announced: bool
    fee_full: Fen
    fee: Fen
    preservation_full: Fen
    preservation: Fen
    service: Fen
    announcement: Fen
    lawyer: Fen
    cost: Fen
    net: int
    months_judgment: Decimal
    months_money: Decimal

    @property
    def advice(self) -> str:
        """What the numbers suggest: `loses` money, is `defended`, or `gains`. The decision is a person's."""
        if self.net < 0:
            return "loses"
        return "defended" if any(one.outcome == FAIL for one in self.raised) else "gains"


Answer = Sequence[Any]
"""A stored answer of a check: check, outcome, reason, and the computed values where there are any."""


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


def weigh(
    scales: Scales,
    answers: Sequence[Answer],
    claim: int | None,
    days_overdue: int | None,
    overridden: Collection[str] = (),
) -> Weighing | None:
    """Weigh a case by the answers of its audit; None where its claim or its days overdue are unknown.

    Args:
        claim: what may be claimed, in fen, or else what the sheet claims.
        overridden: the checks whose findings a person has overridden.
    """
    by_check = {answer[0]: answer for answer in answers if answer[0] in _READ}
    worth = _computed(by_check.get("cost.worth"))
    claim, days = worth.get("claim", claim), worth.get("days", days_overdue)
    if claim is None or days is None or claim <= 0:
        return None
    raised = raised_in(scales, answers, overridden)
    items, items_weight = _items_absent(scales, by_check.get("evidence.required"), overridden)
    evidence = max(_NONE, _ONE - items_weight * items * scales.item_loss)
    share = scales.rules.recovery_share(days)
    expected = _cut(claim, (share, *(one.factor for one in raised), evidence), scales)
    reason = _reason(by_check.get("procedure.small_claims"))
    procedure, announced = _PROCEDURES.get(reason, SIMPLIFIED), reason == _UNREACHABLE
    costs = _costs(scales, claim, procedure, announced=announced)
    cost = costs.fee + costs.preservation + costs.service + costs.announcement + costs.lawyer
    months = _months(scales, raised, procedure, announced=announced)
    return Weighing(
        Fen(claim),
        days,
        share,
        raised,
        items,
        items_weight,
        evidence,
        expected,
        procedure,
        announced,
        *costs,
        Fen(cost),
        expected - cost,
        months,
        months + scales.enforcing,
    )


def raised_in(scales: Scales, answers: Sequence[Answer], overridden: Collection[str]) -> tuple[Raised, ...]:
    """The likely defences, in the order of the policy; of several findings behind one the heaviest counts."""
    weights, defence_of = scales.weights, scales.defence_of
    found = [
        (answer[0], answer[1], answer[0] in overridden)
        for answer in answers
        if answer[1] in weights and answer[0] in defence_of
    ]
    return scales.raised(tuple(found))


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


def _items_absent(scales: Scales, answer: Answer | None, overridden: Collection[str]) -> tuple[int, Decimal]:
    """How many required items of evidence are absent, or of unknown presence, and how far they count."""
    if answer is None or answer[1] not in scales.weights:
        return 0, _NONE
    computed = _computed(answer)
    named = computed.get("absent") or computed.get("missing") or ()
    items = sum(1 for name in named if answer[1] != MISSING or str(name).startswith("evidence."))
    return items, scales.weight_of(answer[1], overridden=answer[0] in overridden)


class _Costs(NamedTuple):
    fee_full: Fen
    fee: Fen
    preservation_full: Fen
    preservation: Fen
    service: Fen
    announcement: Fen
    lawyer: Fen


def _costs(scales: Scales, claim: int, procedure: str, *, announced: bool) -> _Costs:
    rules = scales.rules
    full, preservation = rules.court_fees.fee(claim), rules.preservation_fees.fee(claim)
    return _Costs(
        full,
        full if procedure == ORDINARY else halved(full),
        preservation,
        share_of(preservation, scales.preservation_use),
        rules.service_cost,
        scales.announcement_cost if announced else Fen(0),
        max(rules.lawyer_fee, share_of(claim, rules.lawyer_fee_share)),
    )


def _months(scales: Scales, raised: tuple[Raised, ...], procedure: str, *, announced: bool) -> Decimal:
    months = scales.to_file + scales.terms[procedure] + (scales.announcing if announced else _NONE)
    return sum((one.weight * one.months for one in raised), months)


def _cut(amount: int, shares: Sequence[Decimal], scales: Scales) -> Fen:
    """An amount times several shares, cut to the fen; whole numbers, so that no share is rounded on the way."""
    product, decimals = amount, 0
    for share in shares:
        number, places = scales.exact(share)
        product *= number
        decimals += places
    return Fen(product // 10**decimals)


def _computed(answer: Answer | None) -> dict[str, Any]:
    found: dict[str, Any] = answer[3] if answer is not None and len(answer) > 3 else {}
    return found


def _reason(answer: Answer | None) -> str:
    return str(answer[2]) if answer is not None else ""
