"""The claim statement (债权计算书) of a case: every line from which its amounts come, made again from the facts alone.

With a sheet of repayments the loan is replayed and each period is a line. Without one the statement shows what the
sheet claims, and the cap counted from the last repayment.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from reviewdesk.audit.book import Book
from reviewdesk.audit.case_ledger import Ledger, capped_spans, ledger_of, payments_of, since_when
from reviewdesk.audit.claims import Claim, claim_of, claimed_total
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.interest import ACTUAL, YEAR, basis_of, length
from reviewdesk.audit.ledger import replay_recorded
from reviewdesk.audit.loan import COMPOUND, FEES, INTEREST, PENALTY, Due, Loan, SetOff, charges_by_line
from reviewdesk.audit.orders import Ordered, orders_of
from reviewdesk.audit.policy import Policy
from reviewdesk.audit.reversals import Row, repaid_of
from reviewdesk.audit.rules import Rules, rules_on
from reviewdesk.audit.schedule import BY_INSTALMENTS
from reviewdesk.audit.sheets import date_of
from reviewdesk.money import Fen

CAP = "cap"


class Line(NamedTuple):
    """A period of one charge: the first day counts, the last (`until`) does not.

    `number` is that of the instalment, where the charge is one's; `running` the sum of the kind up to and with it.
    """

    kind: str
    start: date
    until: date
    days: int
    base: Fen
    rate: Decimal
    amount: Fen
    running: Fen
    number: int | None = None


class Part(NamedTuple):
    """One part of the debt: what stands by contract, and what the sheet claims of it (None where it does not say)."""

    kind: str
    stands: Fen
    claimed: Fen | None


class Reversal(NamedTuple):
    """A payment that was taken back, and so counts as never made.

    `paid_on` is None where no payment is found that it takes back: then it counts for nothing itself.
    """

    paid_on: date | None
    reversed_on: date
    amount: Fen


class ClaimStatement(NamedTuple):
    """A claim statement. Amounts are fen.

    Attributes:
        by_ledger: whether the repayments were replayed.
        basis: the days of a year; None where each year counts its own.
        lines: interest, penalty and compound interest and fees by period.
        cap_lines: the cap by period, on what was left of the principal.
        set_offs: how each payment was set off.
        reversals: what the ledger took back of payments up to the calculation date, by the day of the reversal.
        orders: what the debt comes to under each order of set-off.
        parts: what stands by contract beside what is claimed.
        principal, charges: what stands by contract. cap_total: what the cap allows since it runs; charges_paid: what of
            it is already paid; room: what it leaves. credited: charges paid above it that count against the principal.
            unasked: what the limit before 20 August 2020 grants and the contract did not ask.
        claimed: what the sheet claims; claimable and excess: what of it may be claimed and what must be dropped.
    """

    by_ledger: bool
    policy: str
    as_of: date
    start: date
    calculated_to: date
    basis: int | None
    order: tuple[str, ...]
    rate: Decimal | None
    penalty_rate: Decimal | None
    lines: tuple[Line, ...]
    cap_lines: tuple[Line, ...]
    set_offs: tuple[SetOff, ...]
    reversals: tuple[Reversal, ...]
    orders: tuple[Ordered, ...]
    parts: tuple[Part, ...]
    principal: Fen
    charges: Fen
    cap_total: Fen
    charges_paid: Fen
    credited: Fen
    unasked: Fen
    room: Fen
    claimed: Fen
    claimable: Fen
    excess: Fen
    overpaid: Fen


def statement_of(case: CaseFacts, rules: Rules) -> ClaimStatement | tuple[str, ...]:
    """The statement of a case under a policy; or the names of the facts without which there is none."""
    claim = claim_of(case, rules)
    if not isinstance(claim, Claim):
        return claim
    ledger = ledger_of(case, rules)
    if isinstance(ledger, Ledger):
        return _by_ledger(case, rules, claim, ledger)
    return _without_ledger(case, rules, claim)


def statement_under(case: CaseFacts, policy: Policy, as_of: date) -> ClaimStatement | tuple[str, ...]:
    """As `statement_of`, under a policy on a day."""
    return statement_of(case, rules_on(policy, as_of))


def _by_ledger(case: CaseFacts, rules: Rules, claim: Claim, ledger: Ledger) -> ClaimStatement:
    loan = ledger.loan
    balance, book = replay_recorded(loan, payments_of(case))
    common = _common(case, rules, claim)
    return ClaimStatement(
        by_ledger=True,
        rate=loan.rate,
        penalty_rate=loan.penalty_rate,
        lines=tuple(_lines(ledger, book)),
        cap_lines=tuple(_cap_lines(ledger, case, book)),
        set_offs=tuple(book.set_offs or ()),
        reversals=_reversals(case, loan),
        orders=orders_of(case, rules),
        parts=_parts(case, balance.principal, balance.interest, balance.penalty, balance.compound, balance.fees),
        principal=balance.principal,
        charges=balance.charges,
        cap_total=ledger.cap_amount,
        charges_paid=Fen(ledger.capped.charges_paid),
        credited=ledger.credited,
        unasked=ledger.unasked,
        room=Fen(max(0, ledger.room)),
        overpaid=Fen(balance.overpaid),
        **common,
    )


def _reversals(case: CaseFacts, loan: Loan) -> tuple[Reversal, ...]:
    """What was taken back, of the days for which payments count for the plaintiff."""
    found = repaid_of(case)
    if found is None:
        return ()
    since, until = since_when(case), loan.calculated_to.toordinal()
    pairs = [(_day(one.payment), _day(one.reversal), -one.reversal["amount"]) for one in found.taken_back]
    alone = [(_day(row), -row["amount"]) for row in found.unmatched]
    told = [Reversal(*pair) for pair in pairs if since <= pair[0].toordinal() <= until]
    told += [Reversal(None, on, Fen(amount)) for on, amount in alone if since <= on.toordinal() <= until]
    return tuple(sorted(told, key=lambda one: (one.reversed_on, one.paid_on or one.reversed_on, one.amount)))


def _day(row: Row) -> date:
    return date_of(row["paid_on"])


def _without_ledger(case: CaseFacts, rules: Rules, claim: Claim) -> ClaimStatement:
    base, result = claim.base, claim.result
    running, lines = Fen(0), []
    for start, until, days, rate, amount in claim.periods:
        running = Fen(running + amount)
        lines.append(Line(CAP, start, until, days, base, rate, amount, running))
    return ClaimStatement(
        by_ledger=False,
        rate=case.annual_rate,
        penalty_rate=case.penalty_rate,
        lines=(),
        cap_lines=tuple(lines),
        set_offs=(),
        reversals=(),
        orders=(),
        parts=(),
        principal=base,
        charges=result.charges,
        cap_total=result.cap_amount,
        charges_paid=Fen(0),
        credited=Fen(0),
        unasked=Fen(0),
        room=result.cap_amount,
        overpaid=Fen(0),
        **_common(case, rules, claim),
    )


def _common(case: CaseFacts, rules: Rules, claim: Claim) -> dict[str, Any]:
    basis = basis_of(case.day_count, rules.day_count)
    return {
        "policy": rules.policy.name,
        "as_of": rules.as_of,
        "start": claim.start,
        "calculated_to": claim.until,
        "basis": None if basis == ACTUAL else basis,
        "order": rules.set_off,
        "claimed": claimed_total(case) or Fen(0),
        "claimable": claim.result.claimable,
        "excess": claim.result.excess,
    }


def _parts(case: CaseFacts, principal: int, interest: int, penalty: int, compound: int, fees: int) -> tuple[Part, ...]:
    return (
        Part("principal", Fen(principal), case.outstanding_principal),
        Part(INTEREST, Fen(interest), case.interest_due),
        Part(PENALTY, Fen(penalty), case.penalty_due),
        Part(COMPOUND, Fen(compound), case.compound_due),
        Part(FEES, Fen(fees), case.fees_due),
    )


def _lines(ledger: Ledger, book: Book) -> Iterator[Line]:
    loan, spans = ledger.loan, book.spans or []
    dues = [Due(*due) for due in book.dues]
    if loan.method in BY_INSTALMENTS:
        yield from _instalment_lines(dues, loan.rate)
    else:
        matured = [due.on for due in dues]
        until = min(matured, default=loan.calculated_to.toordinal())
        before = [(span.start, span.until, span.undue) for span in spans if span.until <= until]
        yield from _daily(INTEREST, before, loan.rate, loan.basis)
    yield from _daily(
        PENALTY, ((span.start, span.until, span.overdue) for span in spans), loan.penalty_rate, loan.basis
    )
    compounding = ((span.start, span.until, span.interest) for span in spans)
    yield from _daily(COMPOUND, compounding, loan.penalty_rate, loan.basis)
    yield from _fee_lines(dues)


def _instalment_lines(dues: Iterable[Due], rate: Decimal) -> Iterator[Line]:
    running = 0
    for due in dues:
        if not due.base:
            continue
        running += due.interest
        start, until = date.fromordinal(due.since), date.fromordinal(due.on)
        days, number = due.on - due.since, due.number or None
        yield Line(INTEREST, start, until, days, Fen(due.base), rate, Fen(due.interest), Fen(running), number)


def _fee_lines(dues: Iterable[Due]) -> Iterator[Line]:
    running = 0
    for due in dues:
        if due.fees:
            running += due.fees
            start, until = date.fromordinal(due.since), date.fromordinal(due.on)
            fee = Fen(due.fees)
            yield Line(FEES, start, until, due.on - due.since, Fen(0), Decimal(0), fee, Fen(running), due.number)


def _daily(kind: str, spans: Iterable[tuple[int, int, int]], rate: Decimal, basis: int) -> Iterator[Line]:
    """Lines of a charge that runs by the day, days of the same base together.

    Where each year counts its own days, a line ends where a leap year begins or ends.
    """
    merged = [one for one in _merged(spans) if one[2]]
    if basis == ACTUAL:
        merged = [part for one in merged for part in _by_year(*one)]
    amounts = charges_by_line([length(start, until, basis) * base for start, until, base in merged], rate, basis)
    running = 0
    for (start, until, base), amount in zip(merged, amounts, strict=True):
        running += amount
        days = until - start
        yield Line(
            kind,
            date.fromordinal(start),
            date.fromordinal(until),
            days,
            Fen(base),
            rate,
            amount,
            Fen(running),
        )


def _by_year(start: int, until: int, base: int) -> Iterator[tuple[int, int, int]]:
    years = range(date.fromordinal(start).year + 1, date.fromordinal(until - 1).year + 1)
    turns = [date(year, 1, 1).toordinal() for year in years if isleap(year) != isleap(year - 1)]
    for since, to in pairwise((start, *turns, until)):
        yield since, to, base


def _merged(spans: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    for base, days in groupby(spans, key=lambda span: span[2]):
        together = list(days)
        yield together[0][0], together[-1][1], base


def _cap_lines(ledger: Ledger, case: CaseFacts, book: Book) -> Iterator[Line]:
    """The cap's periods, each on the principal that was left; with each payment set off at the cap, if so it counts."""
    counted = book.spans if ledger.capped_loan is ledger.loan else capped_spans(case, ledger)
    running = 0
    for period in ledger.periods:
        start, until = period.start.toordinal(), period.until.toordinal()
        spans = [
            (span.start, span.until, span.undue + span.overdue) for span in counted or () if start <= span.start < until
        ]
        for line in _daily(CAP, spans, period.rate, YEAR):
            running += line.amount
            yield line._replace(running=Fen(running))
