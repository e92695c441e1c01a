"""The ledger of a case: its loan as the facts state it, replayed with its repayments, and the cap on its charges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from reviewdesk.audit.caps import Cap, Period
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.interest import YEAR, basis_of
from reviewdesk.audit.ledger import replay, replay_recorded
from reviewdesk.audit.loan import Balance, Loan, Span, charge
from reviewdesk.audit.policy_parts import RECOURSE_KINDS
from reviewdesk.audit.reversals import payments_made
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.schedule import BULLET, BY_INSTALMENTS, ON_DEMAND
from reviewdesk.money import Fen


class Ledger(NamedTuple):
    """A case's loan replayed: what stands by contract, and what the cap allows in each of its periods.

    `credits_excess`: charges paid above the cap are set off against the principal. So it is with a private lender,
    but not up to 19 August 2020, when what was paid voluntarily was not taken back. `capped_loan` and `capped` are the
    account on which the cap is counted: where excess is credited and the contract asks more than the cap, the loan at
    the cap's rate, so that each payment covers what the law allows by then and the rest of it the principal; else the
    loan as it is. Of a loan that runs over that day `capped_before` is the contract's account up to it, and
    `capped_loan` goes on from what that leaves; `unasked` is what the old limit grants and the contract did not ask.
    """

    loan: Loan
    balance: Balance
    cap: Cap
    periods: tuple[Period, ...]
    credits_excess: bool
    capped_loan: Loan
    capped: Balance
    capped_before: Loan | None = None
    unasked: Fen = Fen(0)

    @property
    def cap_amount(self) -> Fen:
        """What the law allows as charges from the disbursement to the calculation date."""
        return Fen(sum(period.amount for period in self.periods))

    @property
    def room(self) -> int:
        """What the cap leaves beside the charges paid and what was paid too much; negative where more was paid."""
        return self.cap_amount - self.unasked - self.capped.charges_paid - self.balance.overpaid

    @property
    def principal(self) -> Fen:
        """The principal that may be claimed."""
        principal = min(self.balance.principal, self.capped.principal)
        return Fen(max(0, principal + self.room)) if self.credits_excess and self.room < 0 else principal

    @property
    def credited(self) -> Fen:
        """What was paid as charges by contract and counts against the principal, being above the cap."""
        if self.capped_before is not None:
            return Fen(max(0, self.balance.principal - self.capped.principal))
        return Fen(self.balance.charges_paid - self.capped.charges_paid)


def ledger_of(case: CaseFacts, rules: Rules) -> Ledger | tuple[str, ...] | None:
    """The case replayed; or the names of the facts without which it cannot be; None without a sheet of repayments."""
    if case.facts.get("repayments") is None:
        return None
    if "ledger" not in case.memo:
        case.memo["ledger"] = _ledger_of(case, rules)
    known: Ledger | tuple[str, ...] = case.memo["ledger"]
    return known


def _ledger_of(case: CaseFacts, rules: Rules) -> Ledger | tuple[str, ...]:
    loan = loan_under(case, rules)
    return ledger_under(case, rules, loan) if isinstance(loan, Loan) else loan


def loan_under(case: CaseFacts, rules: Rules) -> Loan | tuple[str, ...]:
    """The loan with the day on which its cap turns; or the names of the facts that are absent."""
    loan = loan_of(case, rules)
    if not isinstance(loan, Loan):
        return loan
    cap = cap_of(case, rules)
    if cap is None:
        return ("lpr",)
    turn = _turn(cap, loan.disbursed_on)
    return loan if turn is None else loan._replace(turn=turn)


def cap_of(case: CaseFacts, rules: Rules) -> Cap | None:
    """The cap of a case; None as for `Rules.cap_on`.

    Each of its periods caps the charges of its own days. So where nothing but interest is charged, the days of the old
    limit bear no more than the contract's rate: what that leaves of the limit is no room for the days after them.
    """
    cap = rules.cap_on(case.lender_kind or "", case.formed_on)
    if cap is None or cap.rate_before is None:
        return cap
    rates = [rate for rate in (case.annual_rate, case.penalty_rate) if rate is not None]
    if not rates or case.damages_due or case.fees_due or case.premium_due or case.monthly_fee:
        return cap
    return cap._replace(rate_before=min(cap.rate_before, max(rates)))


def ledger_under(case: CaseFacts, rules: Rules, loan: Loan, balance: Balance | None = None) -> Ledger:
    """The ledger of a loan of `loan_under`, with a balance that was replayed otherwise where one is given.

    Raises:
        ValueError: there is no cap.
    """
    cap = cap_of(case, rules)
    if cap is None:
        raise ValueError("a loan without a cap has no ledger")
    if balance is None:
        balance = replay(loan, payments_of(case))
    turn = loan.turn
    credits_excess = case.lender_kind == "private" and (turn is None or turn < loan.calculated_to)
    if not (credits_excess and _asks_more(loan, cap)):
        return Ledger(loan, balance, cap, _cap_periods(loan, balance, cap), credits_excess, loan, balance)
    if turn is None:
        capped_loan = _at_the_cap(loan, cap)
        capped = replay(capped_loan, payments_of(case))
        return Ledger(loan, balance, cap, _cap_periods(loan, capped, cap), credits_excess, capped_loan, capped)
    over = _over_the_turn(loan, cap, turn, payments_of(case), rules.old_paid_limit)
    unasked = Fen(0) if case.damages_due or case.premium_due else over.unasked
    periods = _cap_periods(loan, over.stands, cap)
    return Ledger(loan, balance, cap, periods, credits_excess, over.after, over.stands, over.before, unasked)


def _asks_more(loan: Loan, cap: Cap) -> bool:
    """Whether a contract's charges may pass its cap otherwise than by rounding."""
    return max(loan.rate, loan.penalty_rate) > cap.rate or loan.monthly_fee > 0 or loan.compounds


def _at_the_cap(loan: Loan, cap: Cap) -> Loan:
    """The most that the law lets a loan bear: its cap by the day on what is left of the principal, and nothing else."""
    return Loan(
        ON_DEMAND, loan.principal, cap.rate, 0, loan.disbursed_on, None, loan.calculated_to, cap.rate, basis=YEAR
    )


class _OverTheTurn(NamedTuple):
    """As `Ledger` has it: the loan before the turn and after it, what stands, and what the old limit had left."""

    before: Loan
    after: Loan
    stands: Balance
    unasked: Fen


def _over_the_turn(
    loan: Loan, cap: Cap, turn: date, payments: Iterable[tuple[int, int]], limit: Decimal
) -> _OverTheTurn:
    """The account of a loan over the day on which its cap turns: up to it by contract, from it on at the cap.

    Before it, what was paid within the limit of that time stays paid. What it leaves unpaid of the charges that the old
    rule grants comes first afterwards, as costs do.
    """
    early, late = _split(payments, turn)
    before = loan._replace(
        rate=min(loan.rate, limit),
        penalty_rate=min(loan.penalty_rate, limit),
        calculated_to=turn,
        accelerated_on=turn if loan.accelerated_on is None else min(loan.accelerated_on, turn),
        turn=None,
    )
    stood = replay(before, early)
    granted = charge(stood.product, cap.rate if cap.rate_before is None else cap.rate_before, YEAR)
    unpaid = max(0, min(granted, stood.charges_paid + stood.charges) - stood.charges_paid)
    after = _at_the_cap(loan._replace(principal=stood.principal, disbursed_on=turn), cap)
    if unpaid:
        after = after._replace(costs=((turn, unpaid),))
    stands = replay(after, late)
    stands = stands._replace(
        charges_paid=min(stood.charges_paid, granted) + stands.charges_paid,
        overpaid=stood.overpaid + stands.overpaid,
        product_before=stood.product,
    )
    return _OverTheTurn(before, after, stands, Fen(max(0, granted - stood.charges_paid - stood.charges)))


def _split(payments: Iterable[tuple[int, int]], day: date) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The payments before a day, and those from it on."""
    first, made = day.toordinal(), list(payments)
    return [one for one in made if one[0] < first], [one for one in made if one[0] >= first]


def capped_spans(case: CaseFacts, ledger: Ledger) -> list[Span]:
    """The days of the account on which the cap is counted, with what was left of the principal."""
    payments, spans = payments_of(case), []
    if ledger.capped_before is not None:
        early, payments = _split(payments, ledger.capped_loan.disbursed_on)
        spans += replay_recorded(ledger.capped_before, early)[1].spans or []
    return spans + (replay_recorded(ledger.capped_loan, payments)[1].spans or [])


def _turn(cap: Cap, start: date) -> date | None:
    """The day on which the cap of a running loan changes."""
    return cap.rate_from if cap.rate_before is not None and cap.rate_from and cap.rate_from > start else None


def _cap_periods(loan: Loan, balance: Balance, cap: Cap) -> tuple[Period, ...]:
    start, end, turn = loan.disbursed_on, loan.calculated_to, loan.turn
    if end <= start:
        return ()
    before = cap.rate if cap.rate_before is None else cap.rate_before
    if turn is None:
        return (_period(start, end, cap.rate, balance.product),)
    if end <= turn:
        return (_period(start, end, before, balance.product_before + balance.product),)
    return (
        _period(start, turn, before, balance.product_before),
        _period(turn, end, cap.rate, balance.product),
    )


def _period(start: date, until: date, rate: Decimal, product: int) -> Period:
    return Period(start, until, (until - start).days, rate, charge(product, rate, YEAR))


_ordinals = lru_cache(maxsize=16384)(lambda text: date.fromisoformat(text).toordinal())


def payments_of(case: CaseFacts) -> list[tuple[int, int]]:
    """The payments that count for the plaintiff and were not taken back: day as ordinal, fen.

    One who paid in the borrower's place counts what came in from that day on; what was paid before was the lender's.
    """
    if "payments" not in case.memo:
        made = [(_ordinals(row["paid_on"]), row["amount"]) for row in payments_made(case)]
        since = since_when(case)
        case.memo["payments"] = [(day, amount) for day, amount in made if day >= since] if since else made
    known: list[tuple[int, int]] = case.memo["payments"]
    return known


def since_when(case: CaseFacts) -> int:
    """The day (ordinal) from which payments count; 0 where all do."""
    day = case.claim_paid_on if case.lender_kind in RECOURSE_KINDS else None
    return day.toordinal() if day is not None else 0


def payment_rows(case: CaseFacts) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rows of the payments that were not taken back, each with its day as ordinal."""
    return ((_ordinals(row["paid_on"]), row) for row in payments_made(case))


def loan_of(case: CaseFacts, rules: Rules) -> Loan | tuple[str, ...]:
    """The loan as the facts state it; or the names of the facts that are absent."""
    if case.lender_kind in RECOURSE_KINDS:
        return _recourse(case, rules)
    lent = received(case)
    lacking = _lacking(case, rules, lent)
    rate, start, until = case.annual_rate, case.disbursed_on, case.calculated_to
    if lacking or lent is None or rate is None or start is None or until is None:
        return lacking
    by_instalments = case.repayment_method in BY_INSTALMENTS
    return Loan(
        case.repayment_method or "",
        lent,
        rate,
        case.terms or 0,
        start,
        case.due_on if by_instalments else case.last_due_on,
        until,
        penalty_rate(case, rate, rules),
        case.all_due_on,
        case.monthly_fee or 0,
        (),
        bool(case.compound_due and case.compound_due > 0) and case.lender_kind in rules.compound_kinds,
        None,
        basis_of(case.day_count, rules.day_count),
        rules.set_off,
    )


def _lacking(case: CaseFacts, rules: Rules, lent: Fen | None) -> tuple[str, ...]:
    kind, method = case.lender_kind, case.repayment_method
    absent: dict[str, object] = {
        "lender_kind": kind,
        "principal": lent or None,
        "annual_rate": case.annual_rate,
        "repayment_method": method,
        "disbursed_on": case.disbursed_on,
        "calculated_to": case.calculated_to,
    }
    if method in BY_INSTALMENTS:
        absent["terms"] = case.terms or None
    if method == BULLET:
        absent["due_on"] = case.last_due_on
    if kind is not None and rules.needs_formation(kind):
        absent["contract_date"] = case.formed_on
    return tuple(name for name, value in absent.items() if value is None)


def _recourse(case: CaseFacts, rules: Rules) -> Loan | tuple[str, ...]:
    """What was paid for the borrower, bearing interest from that day at the rate asked on it."""
    rate = case.annual_rate if case.penalty_rate is None else case.penalty_rate
    paid, start, until = case.claim_paid, case.claim_paid_on, case.calculated_to
    if not paid or start is None or rate is None or until is None:
        facts = {"claim_paid": paid or None, "claim_paid_on": start, "annual_rate": rate, "calculated_to": until}
        return tuple(name for name, value in facts.items() if value is None)
    if case.formed_on is None and rules.needs_formation(case.lender_kind or ""):
        return ("contract_date",)
    basis = basis_of(case.day_count, rules.day_count)
    return Loan(ON_DEMAND, paid, rate, 0, start, None, until, rate, basis=basis, order=rules.set_off)


def received(case: CaseFacts) -> Fen | None:
    """What the borrower received, at most the contract principal (Civil Code Art. 670)."""
    lent = [amount for amount in (case.principal, case.disbursed_amount) if amount is not None]
    return min(lent) if lent else None


def highest_penalty_rate(case: CaseFacts, contract_rate: Decimal, rules: Rules) -> Decimal:
    """The highest rate on what is overdue.

    Financial lenders may raise the contract rate by the policy's uplift, and by more where the borrower is shown to
    have used the money for something else; others charge what was agreed, or else go on with the contract rate. Where
    no interest at all was agreed, a private lender may ask the LPR of the day on which the loan was due (Art. 28).
    """
    if case.lender_kind in rules.uplift_kinds:
        shown = case.misused and case.misuse_proof
        return contract_rate * (1 + (rules.misuse_uplift if shown else rules.penalty_uplift))
    if case.penalty_rate is not None:
        return case.penalty_rate
    lpr = rules.lpr_on(case.last_due_on or rules.as_of) if not contract_rate and case.lender_kind == "private" else None
    return contract_rate if lpr is None else lpr.rate


def penalty_rate(case: CaseFacts, contract_rate: Decimal, rules: Rules) -> Decimal:
    """The rate on what is overdue: as agreed, at most the highest; the highest where the sheet states none."""
    highest = highest_penalty_rate(case, contract_rate, rules)
    return highest if case.penalty_rate is None else min(case.penalty_rate, highest)
