"""What is claimed in a case and what of it may be claimed, worked out once for all checks that need it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from reviewdesk.audit.caps import Cap, Claimable, Period, cap_periods, claimable_of
from reviewdesk.audit.case_ledger import Ledger, cap_of, ledger_of
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.interest import basis_of
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.reversals import last_paid_on, repaid_of
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.schedule import BY_INSTALMENTS, Standing, schedule, standing_of
from reviewdesk.money import Fen


class Claim(NamedTuple):
    """A claim under its cap: the base on which the cap is counted, from when to when, and the result.

    With a ledger the cap is counted from the disbursement on what was left of the principal day by day; `paid` are the
    charges already paid, which it covers too, and `owed` the charges that stand by contract.
    """

    cap: Cap
    base: Fen
    start: date
    until: date
    periods: tuple[Period, ...]
    result: Claimable
    paid: Fen | None = None
    owed: Fen | None = None


def claim_of(case: CaseFacts, rules: Rules) -> Claim | tuple[str, ...]:
    """The claim cut to its cap; or the names of the facts without which that cannot be said.

    Without a ledger the cap is counted from the last repayment (where none, from the disbursement) to the calculation
    date, on the outstanding principal; for one who paid in the borrower's place, from the payment, on what was paid.
    """
    if "claim" not in case.memo:
        case.memo["claim"] = _claim_of(case, rules)
    known: Claim | tuple[str, ...] = case.memo["claim"]
    return known


def _claim_of(case: CaseFacts, rules: Rules) -> Claim | tuple[str, ...]:
    ledger = ledger_of(case, rules)
    if isinstance(ledger, Ledger):
        return claim_by_ledger(case, ledger)
    return _claim_without_ledger(case, rules)


def claim_by_ledger(case: CaseFacts, ledger: Ledger) -> Claim | tuple[str, ...]:
    """The claim cut, part by part, to what stands by the ledger and to what the cap leaves."""
    stated, charges = principal_claimed(case), charges_of(case)
    if stated is None or charges is None:
        return lacking_parts(stated, charges)
    claimed = stated + charges if case.total_claimed is None else case.total_claimed
    room, owed = max(0, ledger.room), charges_owed(case, ledger)
    asked = max(0, min(claimed, stated + charges))
    claimable = min(asked, max(0, min(stated, ledger.principal)) + max(0, min(charges, owed, room)))
    return Claim(
        ledger.cap,
        ledger.principal,
        ledger.loan.disbursed_on,
        ledger.loan.calculated_to,
        ledger.periods,
        Claimable(ledger.principal, charges, Fen(room), Fen(claimable), Fen(asked - claimable)),
        Fen(ledger.capped.charges_paid),
        owed,
    )


def lacking_parts(stated: Fen | None, charges: Fen | None) -> tuple[str, ...]:
    """The facts without which it is unknown what the sheet claims."""
    named = (("outstanding_principal", stated), ("interest_due", charges))
    return tuple(name for name, value in named if value is None)


def charges_owed(case: CaseFacts, ledger: Ledger) -> Fen:
    """The charges that stand by contract: those of the ledger, and what the sheet states that no ledger can show.

    What the borrower paid beyond all that the ledger shows is set off against the latter.
    """
    stated = sum(max(0, part or 0) for part in (case.damages_due, case.premium_due))
    balance = ledger.balance
    fees = max(balance.fees, case.fees_due or 0)
    owed = balance.interest + balance.compound + balance.penalty + fees + stated
    return Fen(max(0, owed - balance.overpaid))


def _claim_without_ledger(case: CaseFacts, rules: Rules) -> Claim | tuple[str, ...]:
    kind = case.lender_kind
    recourse = kind in RECOURSE_KINDS
    start = case.claim_paid_on if recourse else last_paid_on(case) or case.disbursed_on
    formed_on, until, charges = case.formed_on, case.calculated_to, charges_of(case)
    base, stated = claimable_principal(case), principal_claimed(case)
    if (
        kind is None
        or start is None
        or until is None
        or charges is None
        or base is None
        or stated is None
        or (formed_on is None and rules.needs_formation(kind))
    ):
        return _lacking_for_claim(case, rules, charges)
    cap = cap_of(case, rules)
    if cap is None:
        return ("lpr",)
    periods = cap_periods(cap, base, start, until)
    claimed = stated + charges if case.total_claimed is None else case.total_claimed
    return Claim(cap, base, start, until, periods, claimable_of(base, charges, claimed, periods, stated))


def _lacking_for_claim(case: CaseFacts, rules: Rules, charges: Fen | None) -> tuple[str, ...]:
    kind = case.lender_kind
    lacking = [] if kind is not None else ["lender_kind"]
    if kind in RECOURSE_KINDS:
        lacking += [name for name in ("claim_paid", "claim_paid_on") if getattr(case, name) is None]
    else:
        if case.outstanding_principal is None:
            lacking.append("outstanding_principal")
        if last_paid_on(case) is None and case.disbursed_on is None:
            lacking.append("last_paid_on")
    if case.calculated_to is None:
        lacking.append("calculated_to")
    if kind is not None and case.formed_on is None and rules.needs_formation(kind):
        lacking.append("contract_date")
    if charges is None:
        lacking.append("interest_due")
    return tuple(lacking)


def principal_claimed(case: CaseFacts) -> Fen | None:
    """The principal as the sheet claims it; for a recourse, what was paid (or more, where more is claimed).

    What the sheet of a recourse calls outstanding may be the loan's principal without the interest that was paid with
    it, or what repayments left of the payment: it is the latter where it and the parts make up the total.
    """
    outstanding, paid = case.outstanding_principal, case.claim_paid
    if case.lender_kind not in RECOURSE_KINDS or paid is None:
        return outstanding
    if outstanding is None or outstanding >= paid:
        return paid if outstanding is None else outstanding
    return outstanding if case.total_claimed == outstanding + sum(case.stated_parts) else paid


def held_back(case: CaseFacts) -> Fen:
    """What was deducted from the principal when it was paid out."""
    if case.principal is None or case.disbursed_amount is None:
        return Fen(0)
    return Fen(max(0, case.principal - case.disbursed_amount))


def claimable_principal(case: CaseFacts) -> Fen | None:
    """The principal that may be claimed.

    What the borrower received less the principal repaid (Civil Code Art. 670); for a recourse, what was paid in the
    borrower's place (Art. 700). Without a ledger the principal repaid is the contract principal less the outstanding
    principal, and nothing where nothing was ever paid.
    """
    if case.lender_kind in RECOURSE_KINDS:
        return case.claim_paid
    outstanding = case.outstanding_principal
    if outstanding is None or case.principal is None or case.disbursed_amount is None or not held_back(case):
        return outstanding
    repaid = 0 if nothing_repaid(case) else max(0, case.principal - outstanding)
    return Fen(min(outstanding, max(0, case.disbursed_amount - repaid)))


def nothing_repaid(case: CaseFacts) -> bool:
    """Whether the sheet shows no repayment at all, or none that was not taken back."""
    found = repaid_of(case)
    if found is not None and found.taken_back and not found.total:
        return not case.terms_paid and (case.paid_total or 0) in (0, found.reversed_total)
    return not case.paid_total and not case.terms_paid and case.last_paid_on is None


def charges_of(case: CaseFacts) -> Fen | None:
    """Interest, penalty, compound interest, damages, fees and premium together, as far as they are stated.

    Where none is, what the total has beyond the principal; None where that is unknown too.
    """
    parts = case.stated_parts
    if parts:
        return Fen(sum(parts))
    principal = principal_claimed(case)
    if case.total_claimed is None or principal is None:
        return None
    return Fen(max(0, case.total_claimed - principal))


def claimed_total(case: CaseFacts) -> Fen | None:
    """The sum for which the sheet sues: its total, or else its parts."""
    if case.total_claimed is not None:
        return case.total_claimed
    principal, charges = principal_claimed(case), charges_of(case)
    return None if principal is None or charges is None else Fen(principal + charges)


def court_fee(case: CaseFacts, rules: Rules, claim: Fen) -> Fen:
    """The court fee on the sum for which the sheet sues, worked out once a case."""
    if "fee" not in case.memo:
        case.memo["fee"] = rules.court_fees.fee(claim)
    fee: Fen = case.memo["fee"]
    return fee


def parts_explain_total(case: CaseFacts, rules: Rules) -> bool:
    """Whether the stated parts make up the whole claim, so that a part not stated is not claimed."""
    principal = principal_claimed(case)
    if case.total_claimed is None or principal is None:
        return False
    return abs(principal + sum(case.stated_parts) - case.total_claimed) <= rules.sum_tolerance


def recomputed(case: CaseFacts, rules: Rules) -> Standing | tuple[str, ...]:
    """What the schedule of a loan in monthly instalments says is owed; or the names of the facts that are absent.

    Call only for methods of monthly instalments.
    """
    if "standing" not in case.memo:
        case.memo["standing"] = _recomputed(case, case.principal, rules)
    known: Standing | tuple[str, ...] = case.memo["standing"]
    return known


def recomputed_as_received(case: CaseFacts, rules: Rules) -> Standing | tuple[str, ...]:
    """As `recomputed`, on what the borrower received where less was paid out than the contract says (Art. 670)."""
    return _recomputed(case, case.disbursed_amount, rules) if held_back(case) else recomputed(case, rules)


_SCHEDULE_FACTS = (
    "principal",
    "annual_rate",
    "repayment_method",
    "terms",
    "terms_paid",
    "disbursed_on",
    "calculated_to",
)


def _recomputed(case: CaseFacts, principal: Fen | None, rules: Rules) -> Standing | tuple[str, ...]:
    if (
        not case.principal
        or not principal
        or case.annual_rate is None
        or case.repayment_method not in BY_INSTALMENTS
        or not case.terms
        or case.terms_paid is None
        or case.disbursed_on is None
        or case.calculated_to is None
    ):
        return tuple(name for name in _SCHEDULE_FACTS if _says_nothing(case, name))
    plan = schedule(case.repayment_method, principal, case.annual_rate, case.terms)
    return standing_of(
        plan,
        case.annual_rate,
        disbursed_on=case.disbursed_on,
        due_on=case.due_on,
        terms_paid=case.terms_paid,
        accelerated_on=case.all_due_on,
        calculated_to=case.calculated_to,
        basis=basis_of(case.day_count, rules.day_count),
    )


def _says_nothing(case: CaseFacts, name: str) -> bool:
    value = getattr(case, name)
    return value is None or (value == 0 and name in {"principal", "terms"})
