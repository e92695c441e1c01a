"""What a debt comes to under one order of set-off and under another: the law's, the policy's, and the lender's own.

Civil Code Art. 561 sets a payment that does not cover all off against costs, then interest, then the principal, unless
the parties agreed otherwise. Where the sheet of repayments says how the lender allocated each payment, the debt is
replayed so; where it does not, it is replayed with the principal first, as many contracts have it once a loan is long
overdue.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from reviewdesk.audit.book import Book
from reviewdesk.audit.case_ledger import Ledger, ledger_under, loan_under, payment_rows, since_when
from reviewdesk.audit.claims import Claim, claim_by_ledger
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.loan import COMPOUND, FEES, INTEREST, LEGAL_ORDER, PENALTY, PRINCIPAL, Balance, Loan
from reviewdesk.audit.rules import Rules
from reviewdesk.money import Fen

LEGAL: Final = "legal"
POLICY: Final = "policy"
SHEET: Final = "sheet"
PRINCIPAL_FIRST: Final = "principal_first"

_PRINCIPAL_FIRST: Final = (PRINCIPAL, INTEREST, COMPOUND, PENALTY, FEES)


class Ordered(NamedTuple):
    """What stands under one order of set-off, in fen; `taken` says that the policy sets off so.

    `order` is None where each payment is set off as the sheet allocates it. `claimable` is None where the sheet does
    not say what it claims.
    """

    kind: str
    order: tuple[str, ...] | None
    taken: bool
    principal: Fen
    interest: Fen
    compound: Fen
    penalty: Fen
    fees: Fen
    total: Fen
    overpaid: Fen
    claimable: Fen | None


def orders_of(case: CaseFacts, rules: Rules) -> tuple[Ordered, ...]:
    """The debt under each order, the law's first; none where the repayments cannot be replayed."""
    loan = loan_under(case, rules) if case.repayments is not None else ()
    if not isinstance(loan, Loan):
        return ()
    found = [_in_order(case, rules, loan, LEGAL, LEGAL_ORDER)]
    if rules.set_off != LEGAL_ORDER:
        found.append(_in_order(case, rules, loan, POLICY, rules.set_off))
    as_stated = _as_stated(case, rules, loan)
    if as_stated is not None:
        found.append(as_stated)
    elif rules.set_off != _PRINCIPAL_FIRST:
        found.append(_in_order(case, rules, loan, PRINCIPAL_FIRST, _PRINCIPAL_FIRST))
    return tuple(found)


def _in_order(case: CaseFacts, rules: Rules, loan: Loan, kind: str, order: tuple[str, ...]) -> Ordered:
    ledger = ledger_under(case, rules, loan._replace(order=order))
    return _ordered(case, kind, order, ledger, taken=order == rules.set_off)


def _as_stated(case: CaseFacts, rules: Rules, loan: Loan) -> Ordered | None:
    payments = _stated(case, loan)
    if payments is None:
        return None
    return _ordered(case, SHEET, None, ledger_under(case, rules, loan, _replayed(loan, payments)), taken=False)


def _ordered(case: CaseFacts, kind: str, order: tuple[str, ...] | None, ledger: Ledger, *, taken: bool) -> Ordered:
    balance, claim = ledger.balance, claim_by_ledger(case, ledger)
    return Ordered(
        kind,
        order,
        taken,
        balance.principal,
        Fen(balance.interest),
        Fen(balance.compound),
        Fen(balance.penalty),
        Fen(balance.fees),
        balance.total,
        Fen(balance.overpaid),
        claim.result.claimable if isinstance(claim, Claim) else None,
    )


# --- as the sheet allocates ------------------------------------------------------------------------------------------

Stated = tuple[int, int, tuple[int, ...]]
"""A day (ordinal), what was paid on it, and how the sheet allocates that, by part in the legal order."""


def _stated(case: CaseFacts, loan: Loan) -> list[Stated] | None:
    """The payments by day with the sheet's allocation; None where it gives none, or a day on which nothing was paid."""
    start, end, since = loan.disbursed_on.toordinal(), loan.calculated_to.toordinal(), since_when(case)
    by_day: dict[int, list[int]] = {}
    for day, row in payment_rows(case):
        if since <= day <= end:
            sums = by_day.setdefault(max(day, start), [0] * 6)
            sums[0] += row["amount"]
            for place, part in enumerate(LEGAL_ORDER, 1):
                sums[place] += row.get(part) or 0
    payments = [(day, sums[0], tuple(sums[1:])) for day, sums in sorted(by_day.items())]
    if any(amount <= 0 for _day, amount, _parts in payments) or not any(any(parts) for *_rest, parts in payments):
        return None
    return payments


def _replayed(loan: Loan, payments: list[Stated]) -> Balance:
    book = Book(loan)
    for day, amount, parts in payments:
        book.advance(day)
        book.pay_as(amount, parts)
    book.advance(loan.calculated_to.toordinal())
    return book.close()
