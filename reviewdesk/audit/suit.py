"""The claim statement of one suit over several loans of one borrower: each loan's own, and what they come to together.

Each loan is computed for itself, under the policy and on the day of its own audit: what the cap leaves of one is not
used for another. The court fee is that of one suit over the sum (法释〔2022〕11号 Art. 201: several claims of property
are added up), by the table of the latest of these audits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from reviewdesk.audit.fees import halved
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.statement import ClaimStatement, Part
from reviewdesk.money import Fen


class SuitLoan(NamedTuple):
    """A loan of the suit: the number of its case, its account, the day and sum of its contract, and its statement."""

    number: str
    account_no: str
    contract_date: date | None
    principal: Fen | None
    made: ClaimStatement


class Sums(NamedTuple):
    """What all loans come to together, in fen. `total`: principal and charges that stand by contract."""

    principal: Fen
    charges: Fen
    total: Fen
    cap: Fen
    claimed: Fen
    claimable: Fen
    excess: Fen


class SuitFees(NamedTuple):
    """What the court takes, in fen: for one suit over the sum, and halved in simplified procedure.

    `apart` is the halved fee of a suit over each loan, all of them together. The table is of `policy` on `as_of`.
    """

    full: Fen
    halved: Fen
    apart: Fen
    policy: str
    as_of: date


class SuitStatement(NamedTuple):
    """The claim statement of a suit. `parts` is empty where a loan has no ledger."""

    loans: tuple[SuitLoan, ...]
    sums: Sums
    parts: tuple[Part, ...]
    fees: SuitFees

    @property
    def dates(self) -> list[date]:
        """The days to which the loans are computed, each once."""
        return sorted({loan.made.calculated_to for loan in self.loans})


def suit_statement(loans: Sequence[SuitLoan], rules: Rules) -> SuitStatement:
    """Put the loans of a suit together; `rules` are those of the latest of their audits."""
    made = [loan.made for loan in loans]
    sums = Sums(
        _sum(one.principal for one in made),
        _sum(one.charges for one in made),
        _sum(one.principal + one.charges for one in made),
        _sum(one.cap_total for one in made),
        _sum(one.claimed for one in made),
        _sum(one.claimable for one in made),
        _sum(one.excess for one in made),
    )
    parts = tuple(map(_together, zip(*(one.parts for one in made), strict=True))) if all(m.parts for m in made) else ()
    return SuitStatement(tuple(loans), sums, parts, suit_fees([one.claimable for one in made], rules))


def suit_fees(claims: Iterable[int], rules: Rules) -> SuitFees:
    """The fees of one suit over these claims, and of a suit over each."""
    claims = [claim for claim in claims if claim > 0]
    full = rules.court_fees.fee(sum(claims)) if claims else Fen(0)
    apart = _sum(halved(rules.court_fees.fee(claim)) for claim in claims)
    return SuitFees(full, halved(full), apart, rules.policy.name, rules.as_of)


def _together(same: Sequence[Part]) -> Part:
    """One part of the debt over all loans; claimed is None where no sheet says it."""
    said = [part.claimed for part in same if part.claimed is not None]
    return Part(same[0].kind, _sum(part.stands for part in same), _sum(said) if said else None)


def _sum(amounts: Iterable[int]) -> Fen:
    return Fen(sum(amounts))
