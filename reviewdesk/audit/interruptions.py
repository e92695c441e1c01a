"""What interrupts the limitation of an action, read from payments, demands and the notice of an assignment.

法释〔2008〕11号 (2020): a demand interrupts when it arrived or should have arrived (Art. 8), a payment, a promise of
instalments or a request for more time is consent to perform (Art. 14), the notice of an assignment interrupts when it
reaches the debtor (Art. 17), and who signs a demand for an expired loan can no longer plead the period (Art. 19). A
suit interrupts from its filing (Art. 10), and the period runs anew from its end (Civil Code Art. 195).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.limitation import ASSIGNMENT, DEMAND, PROMISE, REPAYMENT, SUIT, Interruption
from reviewdesk.audit.reversals import last_paid_on, payments_made
from reviewdesk.audit.sheets import Demand, date_of

SPOKEN: Final = frozenset({"call", "visit"})
"""Channels through which nothing arrives when nobody answers."""

TITLES: Final = frozenset({"judged", "mediated"})
"""Ends of a suit that leave a title: it is enforced, and limitation no longer matters."""

LAPSED: Final = "lapsed"
"""A payment order that the borrower's objection ended."""

_SIGNED: Final = ("签字", "签名", "盖章", "按印", "按指印")


class Events(NamedTuple):
    """What interrupts, what would if it were proved to have arrived, and how many demands cannot (nobody answered)."""

    proved: list[Interruption]
    unproved: list[Interruption]
    ignored: int


def events_of(case: CaseFacts, as_of: date) -> Events:
    """The events of a case up to a day.

    Of payments only the last is named: each revives the claim, so that what came before it no longer matters, unless
    it is to be said whether the claim had to be revived at all (`earlier_payments`).
    """
    proved: list[Interruption] = []
    unproved: list[Interruption] = []
    ignored = 0
    paid_on = last_payment(case, as_of)
    if paid_on is not None:
        proved.append(Interruption(REPAYMENT, paid_on, revives=True))
    demands = case.demands
    for demand in demands or ():
        if demand.on > as_of:
            continue
        arrived = arrival(demand)
        if arrived is False:
            ignored += 1
        else:
            (proved if arrived else unproved).append(_of_demand(demand))
    stated = case.last_demand_on
    if stated is not None and stated <= as_of and (case.demand_proof or not demands):
        (proved if case.demand_proof else unproved).append(Interruption(DEMAND, stated, revives=False))
    notice = case.assignment_notice_on
    if notice is not None and notice <= as_of:
        there = case.listed_evidence("assignment_notice") is True
        (proved if there else unproved).append(Interruption(ASSIGNMENT, notice, revives=False))
    if case.suit_ended_on is not None or case.suit_filed_on is not None:
        _add_suit(case, as_of, proved, unproved)
    return Events(proved, unproved, ignored)


def _add_suit(case: CaseFacts, as_of: date, proved: list[Interruption], unproved: list[Interruption]) -> None:
    """An earlier suit that ended without a title.

    Courts differ on one that was withdrawn or refused before the complaint was served: without proof of that it is as
    a demand that nobody can show to have arrived. Who objected to a payment order had received it.
    """
    filed, ended = case.suit_filed_on, case.suit_ended_on
    day = ended if ended is not None and ended <= as_of else filed
    if day is None or day > as_of or case.suit_outcome in TITLES:
        return
    served = case.suit_served or case.suit_outcome == LAPSED
    (proved if served else unproved).append(Interruption(SUIT, day, revives=False, since=filed))


def last_payment(case: CaseFacts, as_of: date) -> date | None:
    """The day of the last payment by that day, in the account's row or in the ledger; what was taken back is none."""
    stated, until = last_paid_on(case), as_of.isoformat()
    if stated is not None and stated > as_of:
        stated = None
    for row in reversed(payments_made(case)):
        if row["paid_on"] <= until and row["amount"] > 0:
            booked = date_of(row["paid_on"])
            return booked if stated is None or booked > stated else stated
    return stated


def earlier_payments(case: CaseFacts, as_of: date) -> Iterator[Interruption]:
    """Every payment of the ledger by that day that was not taken back."""
    until = as_of.isoformat()
    for row in payments_made(case):
        if row["paid_on"] <= until and row["amount"] > 0:
            yield Interruption(REPAYMENT, date_of(row["paid_on"]), revives=True)


def arrival(demand: Demand) -> bool | None:
    """Whether a demand is shown to have arrived; None where it may have, but nothing shows it."""
    if demand.delivered is False or (demand.outcome == "no_answer" and demand.channel in SPOKEN):
        return False
    return True if demand.delivered or demand.proof else None


def _of_demand(demand: Demand) -> Interruption:
    """A promise in writing, or a demand that the debtor signed, also counts when the period has run out.

    A promise without proof is judged as if there were some: it says what proof of it would bring.
    """
    proof = demand.proof or ""
    if demand.outcome == "promised":
        return Interruption(PROMISE, demand.on, revives=bool(proof) or not demand.delivered)
    return Interruption(DEMAND, demand.on, revives=any(word in proof for word in _SIGNED))
