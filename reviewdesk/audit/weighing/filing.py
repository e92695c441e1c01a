"""What goes to court as one, a case alone or the cases of a joined suit: what it costs, and how long it takes.

The costs of a suit over several loans are those of one suit over the sum of their claims (法释〔2022〕11号 Art. 201),
by the policy of the latest of their audits. Each case bears its part of them, in proportion to its claim:

    part = cost of the suit × claim ÷ claims of the suit, cut to the fen; the last case bears what the others leave

so that the parts of a suit's cases come to the cost of the suit to the fen. A case that goes alone bears all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from reviewdesk.audit.fees import halved
from reviewdesk.audit.interest import share_of
from reviewdesk.audit.weighing.scales import ORDINARY, SIMPLIFIED, SMALL_CLAIMS, Raised, Scales
from reviewdesk.money import Fen

OPEN: Final = "open"
UNREACHABLE: Final = "unreachable"
"""Reasons of `procedure.small_claims` that tell the procedure; where it says neither, the simplified is taken."""


class Loan(NamedTuple):
    """What a filing takes from one of its cases.

    `reason` and `limit` are what `procedure.small_claims` said: why, and up to which sum in fen small claims are open.
    """

    number: str
    claim: Fen
    reason: str
    limit: int | None
    raised: tuple[Raised, ...]


class Joined(NamedTuple):
    """The suit that cases are joined in: its id, the numbers of all its cases, and of those whose claim is unknown."""

    joint_id: UUID
    numbers: tuple[str, ...]
    unknown: tuple[str, ...]


class Filing(NamedTuple):
    """One suit over one loan or several. Amounts are fen, lengths months.

    `fee_full` and `preservation_full` are the court's fees before they are halved, or taken for the share of cases in
    which preservation is asked for. `raised`: the likely defences in any of its cases, each at its heaviest.
    """

    joined: Joined | None
    loans: tuple[Loan, ...]
    scales: Scales
    claim: Fen
    procedure: str
    announced: bool
    raised: tuple[Raised, ...]
    fee_full: Fen
    fee: Fen
    preservation_full: Fen
    preservation: Fen
    service: Fen
    announcement: Fen
    lawyer: Fen
    months_judgment: Decimal
    months_money: Decimal

    @property
    def cost(self) -> Fen:
        """All that it costs."""
        return Fen(self.fee + self.preservation + self.serving + self.lawyer)

    @property
    def serving(self) -> Fen:
        """Service, with the announcement."""
        return Fen(self.service + self.announcement)

    def place_of(self, number: str) -> int | None:
        """The place of a case among its loans; None where it is not one of them."""
        return next((place for place, loan in enumerate(self.loans) if loan.number == number), None)

    def part_of(self, amount: int, place: int) -> Fen:
        """The part of an amount that the case at a place bears."""
        if place < len(self.loans) - 1:
            return Fen(amount * self.loans[place].claim // self.claim)
        return Fen(amount - sum(self.others_of(amount)))

    def costs_of(self, place: int) -> tuple[Fen, Fen, Fen, Fen]:
        """What the case at a place bears of court fee, preservation, service and lawyer's fee."""
        fee, preservation, service, lawyer = (
            self.part_of(amount, place) for amount in (self.fee, self.preservation, self.serving, self.lawyer)
        )
        return fee, preservation, service, lawyer

    def others_of(self, amount: int) -> list[Fen]:
        """The parts of an amount that all but the last case bear."""
        return [Fen(amount * loan.claim // self.claim) for loan in self.loans[:-1]]


def filing_of(scales: Scales, loans: Sequence[Loan], joined: Joined | None = None) -> Filing:
    """The suit over some loans, of which there is one at least; `scales` are those of the latest of their audits."""
    claim = sum(loan.claim for loan in loans)
    procedure = _procedure(loans, claim)
    announced = procedure == ORDINARY
    rules = scales.rules
    full, preservation = rules.court_fees.fee(claim), rules.preservation_fees.fee(claim)
    raised = loans[0].raised if len(loans) == 1 else _heaviest(loan.raised for loan in loans)
    months = _months(scales, raised, procedure, announced=announced)
    return Filing(
        joined,
        tuple(loans),
        scales,
        Fen(claim),
        procedure,
        announced,
        raised,
        full,
        full if procedure == ORDINARY else halved(full),
        preservation,
        share_of(preservation, scales.preservation_use),
        rules.service_cost,
        scales.announcement_cost if announced else Fen(0),
        max(rules.lawyer_fee, share_of(claim, rules.lawyer_fee_share)),
        months,
        months + scales.enforcing,
    )


def _procedure(loans: Sequence[Loan], claim: int) -> str:
    """Ordinary where no case knows how to reach the borrower; small claims where the whole sum is within the limit."""
    if all(loan.reason == UNREACHABLE for loan in loans):
        return ORDINARY
    if len(loans) == 1:
        return SMALL_CLAIMS if loans[0].reason == OPEN else SIMPLIFIED
    limits = [loan.limit for loan in loans if loan.limit is not None]
    return SMALL_CLAIMS if limits and claim <= min(limits) else SIMPLIFIED


def _heaviest(raised: Iterable[tuple[Raised, ...]]) -> tuple[Raised, ...]:
    found: dict[str, Raised] = {}
    for one in (one for several in raised for one in several):
        known = found.get(one.defence)
        if known is None or known.weight * known.months < one.weight * one.months:
            found[one.defence] = one
    return tuple(found.values())


def _months(scales: Scales, raised: tuple[Raised, ...], procedure: str, *, announced: bool) -> Decimal:
    months = scales.to_file + scales.terms[procedure] + (scales.announcing if announced else Decimal(0))
    return sum((one.weight * one.months for one in raised), months)
