"""What a suit is expected to bring, to cost and to take: the risks of suing, weighed from the findings of an audit.

An estimate for the one who decides, and no decision. Every number of it comes from the findings and the policy by a
stated formula (`figures` writes it with the numbers put in); what the policy assumes without a checked source
is marked there as the organisation's own assumption.

    expected recovery = claim × share by days overdue × Π (1 − weight × loss of each likely defence) × evidence
    cost              = court fee + preservation + service + lawyer's fee
    net               = expected recovery − cost
    months            = to file + term of the procedure + announcement + Σ weight × months of each likely defence

What goes to court as one suit costs and takes as one (`filing`); a case of it bears its part. Amounts that are a
share of others are cut to the fen, the halved court fee is rounded half up; whole numbers only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from reviewdesk.audit.registry import FAIL, MISSING
from reviewdesk.audit.weighing.filing import Filing, Loan, filing_of
from reviewdesk.audit.weighing.scales import Raised, Scales
from reviewdesk.money import Fen

_READ: Final = frozenset({"cost.worth", "evidence.required", "procedure.small_claims"})
"""The checks whose computed values or reasons are read."""

_ONE: Final = Decimal(1)
_NONE: Final = Decimal(0)


class Weighing(NamedTuple):
    """The estimate of one case. Amounts are fen, shares are of one.

    `items` are required items of evidence that are absent, which count with `items_weight`; `evidence` is the share of
    the recovery that they leave. `filing` is what the case goes to court in, at `place` among its loans; `fee` to
    `cost` are the case's part of the costs of it, `service` with the announcement.
    """

    claim: Fen
    days: int
    share: Decimal
    raised: tuple[Raised, ...]
    items: int
    items_weight: Decimal
    evidence: Decimal
    expected: Fen
    filing: Filing
    place: int
    fee: Fen
    preservation: Fen
    service: Fen
    lawyer: Fen
    cost: Fen
    net: int

    @property
    def advice(self) -> str:
        """What the numbers suggest: `loses` money, is `defended`, or `gains`. The decision is a person's."""
        if self.net < 0:
            return "loses"
        return "defended" if any(one.outcome == FAIL for one in self.raised) else "gains"


Answer = Sequence[Any]
"""A stored answer of a check: check, outcome, reason, and the computed values where there are any."""


def weigh(
    scales: Scales,
    answers: Sequence[Answer],
    claim: int | None,
    days_overdue: int | None,
    overridden: Collection[str] = (),
    filing: Filing | None = None,
    number: str = "",
) -> Weighing | None:
    """Weigh a case by the answers of its audit; None where its claim or its days overdue are unknown.

    Args:
        claim: what may be claimed, in fen, or else what the sheet claims.
        overridden: the checks whose findings a person has overridden.
        filing: the joined suit that it goes to court in. A case that it does not hold goes alone.
        number: of the case, by which it is found there.
    """
    read = _read(answers)
    days = _computed(read.get("cost.worth")).get("days", days_overdue)
    own = _loan(scales, answers, read, claim, overridden, number)
    if own is None or days is None:
        return None
    place = filing.place_of(number) if filing is not None else None
    if filing is None or place is None:
        filing, place = filing_of(scales, [own]), 0
    items, items_weight = _items_absent(scales, read.get("evidence.required"), overridden)
    evidence = max(_NONE, _ONE - items_weight * items * scales.item_loss)
    share = scales.rules.recovery_share(days)
    expected = _cut(own.claim, (share, *(one.factor for one in own.raised), evidence), scales)
    fee, preservation, service, lawyer = filing.costs_of(place)
    cost = Fen(fee + preservation + service + lawyer)
    return Weighing(
        own.claim,
        days,
        share,
        own.raised,
        items,
        items_weight,
        evidence,
        expected,
        filing,
        place,
        fee,
        preservation,
        service,
        lawyer,
        cost,
        expected - cost,
    )


def loan_of(
    scales: Scales, answers: Sequence[Answer], claim: int | None, overridden: Collection[str], number: str
) -> Loan | None:
    """What a filing takes from a case; None where its claim is unknown, or nothing may be claimed."""
    return _loan(scales, answers, _read(answers), claim, overridden, number)


def _loan(
    scales: Scales,
    answers: Sequence[Answer],
    read: Mapping[str, Answer],
    claim: int | None,
    overridden: Collection[str],
    number: str,
) -> Loan | None:
    claim = _computed(read.get("cost.worth")).get("claim", claim)
    if claim is None or claim <= 0:
        return None
    procedure = read.get("procedure.small_claims")
    reason = str(procedure[2]) if procedure is not None else ""
    limit = _computed(procedure).get("small_claims_limit")
    return Loan(number, Fen(claim), reason, limit, raised_in(scales, answers, overridden))


def raised_in(scales: Scales, answers: Sequence[Answer], overridden: Collection[str]) -> tuple[Raised, ...]:
    """The likely defences, in the order of the policy; of several findings behind one the heaviest counts."""
    weights, defence_of = scales.weights, scales.defence_of
    found = [
        (answer[0], answer[1], answer[0] in overridden)
        for answer in answers
        if answer[1] in weights and answer[0] in defence_of
    ]
    return scales.raised(tuple(found))


def _items_absent(scales: Scales, answer: Answer | None, overridden: Collection[str]) -> tuple[int, Decimal]:
    """How many required items of evidence are absent, or of unknown presence, and how far they count."""
    if answer is None or answer[1] not in scales.weights:
        return 0, _NONE
    computed = _computed(answer)
    named = computed.get("absent") or computed.get("missing") or ()
    items = sum(1 for name in named if answer[1] != MISSING or str(name).startswith("evidence."))
    return items, scales.weight_of(answer[1], overridden=answer[0] in overridden)


def _cut(amount: int, shares: Sequence[Decimal], scales: Scales) -> Fen:
    """An amount times several shares, cut to the fen; whole numbers, so that no share is rounded on the way."""
    product, decimals = amount, 0
    for share in shares:
        number, places = scales.exact(share)
        product *= number
        decimals += places
    return Fen(product // 10**decimals)


def _read(answers: Sequence[Answer]) -> dict[str, Answer]:
    return {answer[0]: answer for answer in answers if answer[0] in _READ}


def _computed(answer: Answer | None) -> dict[str, Any]:
    found: dict[str, Any] = answer[3] if answer is not None and len(answer) > 3 else {}
    return found
