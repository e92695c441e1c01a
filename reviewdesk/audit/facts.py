"""What the checks know of a case: its facts as typed values, and what other cases say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, TypeVar

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.sheets import (
    ATTACHED,
    SIDE_SHEETS,
    Demand,
    EvidenceItem,
    Repayment,
    ScheduleRow,
    date_of,
    demands_of,
    evidence_of,
    repayments_of,
    schedule_of,
)
from reviewdesk.identity import IdReading, read_id
from reviewdesk.intake.side_fields import UNREAD
from reviewdesk.masking import is_personal
from reviewdesk.money import Fen

Row = TypeVar("Row", Repayment, Demand, EvidenceItem, ScheduleRow)

EVIDENCE_FACTS: Final = {
    "identity": "evidence_identity",
    "contract": "evidence_contract",
    "signature": "esign_certificate",
    "disbursement": "evidence_disbursement",
    "ledger": "evidence_ledger",
    "demand": "demand_proof",
    "acceleration": "evidence_acceleration",
    "assignment": "evidence_assignment",
    "compensation": "evidence_compensation",
    "disclosure": "evidence_disclosure",
    "mandate": "evidence_mandate",
    "service_address": "service_address_confirmed",
}
"""Which fact says whether an item of the policy's evidence list is there."""

LAST_DUE_FACTS: Final = ("due_on", "disbursed_on", "terms")
"""What `CaseFacts.last_due_on` is worked out from."""

ALL_DUE_FACTS: Final = ("accelerated_on", "accelerated_by", "acceleration_arrived_on")
"""What `CaseFacts.all_due_on` is worked out from."""

EVIDENCE_KINDS: Final = {
    "identity": ("identity_borrower", "identity_lender"),
    "contract": ("contract",),
    "signature": ("esign_certificate",),
    "disbursement": ("disbursement",),
    "ledger": ("schedule", "ledger"),
    "demand": ("demand", "delivery"),
    "acceleration": ("acceleration",),
    "assignment": ("assignment", "assignment_notice"),
    "compensation": ("compensation",),
    "disclosure": ("disclosure_form",),
    "mandate": ("power_of_attorney",),
    "service_address": ("service_address",),
}
"""Which kinds of the sheet of evidence make up an item of the policy's list; all of them together are the item."""


@dataclass(slots=True, frozen=True)
class Related:
    """What other cases say about one case. None means that nobody looked.

    Attributes:
        same_account: other open cases of the same account (numbers, or rows of the same sheet).
        litigated: cases of the same account that were filed, entrusted or decided.
        settled: cases of the same account under a settlement that is being performed.
        same_borrower: other open cases of the same borrower.
        phone_borrowers: how many different borrowers gave this phone number, this one included.
        batch_cases: cases of the batch; court_cases: those with the same agreed court.
        lender_borrowers: how many different borrowers the same lender has in the batch.
        median_principal: the median of the batch's contract principals, in fen.
        address_borrowers: how many different borrowers gave the same address, this one included.
        lender_average: the average all-in cost a year of the same lender's loans in the batch, weighed by principal.
        org_cases, org_court_cases: as batch_cases and court_cases, of all audited batches of the organisation.
    """

    same_account: tuple[str, ...] | None = None
    litigated: tuple[str, ...] | None = None
    settled: tuple[str, ...] | None = None
    same_borrower: tuple[str, ...] | None = None
    phone_borrowers: int | None = None
    batch_cases: int | None = None
    court_cases: int | None = None
    lender_borrowers: int | None = None
    median_principal: Fen | None = None
    address_borrowers: int | None = None
    org_cases: int | None = None
    org_court_cases: int | None = None
    lender_average: Decimal | None = None


BY_SUIT: Final = "by_suit"
"""An acceleration that no notice declared before: the complaint itself does."""

UNKNOWN: Final = Related()
"""Nobody looked at other cases."""


rate_of = lru_cache(maxsize=16384)(Decimal)
"""A rate as the store writes it."""


@dataclass(slots=True)
class CaseFacts:
    """One case as the checks see it. Money is fen, rates are shares a year; None is a fact that nobody gave.

    `insolvent` and `hardship` come from columns of their own; the note is read by the checks that ask for them.
    """

    account_no: str | None
    contract_no: str | None
    lender_name: str | None
    lender_code: str | None
    lender_kind: str | None
    licence_no: str | None
    contract_date: date | None
    disbursed_on: date | None
    due_on: date | None
    principal: Fen | None
    disbursed_amount: Fen | None
    annual_rate: Decimal | None
    penalty_rate: Decimal | None
    repayment_method: str | None
    day_count: str | None
    terms: int | None
    terms_paid: int | None
    monthly_fee: Fen | None
    outstanding_principal: Fen | None
    interest_due: Fen | None
    penalty_due: Fen | None
    compound_due: Fen | None
    damages_due: Fen | None
    fees_due: Fen | None
    total_claimed: Fen | None
    claim_paid: Fen | None
    claim_paid_on: date | None
    premium_due: Fen | None
    paid_total: Fen | None
    last_paid_on: date | None
    days_overdue: int | None
    first_overdue_on: date | None
    bucket: str | None
    accelerated_on: date | None
    accelerated_by: str | None
    acceleration_arrived_on: date | None
    calculated_to: date | None
    last_demand_on: date | None
    demand_proof: bool | None
    agreed_court: str | None
    service_address_confirmed: bool | None
    contract_signed_by: str | None
    esign_certificate: str | None
    assigned_from: str | None
    assignment_notice_on: date | None
    guaranteed: bool | None
    guarantee_until: date | None
    guarantee_claimed_on: date | None
    licence_from: date | None
    licence_until: date | None
    licence_scope: str | None
    original_principal: Fen | None
    original_on: date | None
    original_rate: Decimal | None
    bank_received: Fen | None
    lawyer_fee_due: Fen | None
    lawyer_fee_agreed: bool | None
    lawyer_invoice: bool | None
    existing_instrument: str | None
    suit_filed_on: date | None
    suit_ended_on: date | None
    suit_outcome: str | None
    suit_served: bool | None
    misused: bool | None
    misuse_proof: bool | None
    relent: bool | None
    identity_verified_on: date | None
    fee_items: str | None
    disclosed_fees: str | None
    student: bool | None
    deceased: bool | None
    complaint: bool | None
    litigated: bool | None
    arbitrated: bool | None
    paid_off: bool | None
    negotiating: bool | None
    hardship: bool | None
    insolvent: bool | None
    evidence_identity: bool | None
    evidence_contract: bool | None
    evidence_disbursement: bool | None
    evidence_ledger: bool | None
    evidence_acceleration: bool | None
    evidence_assignment: bool | None
    evidence_compensation: bool | None
    evidence_disclosure: bool | None
    evidence_mandate: bool | None
    borrower_name: str | None
    id_no: str | None
    mobile: str | None
    bank_card: str | None
    payee_name: str | None
    gender: str | None
    id_address: str | None
    contact_address: str | None
    note: str | None
    related: Related
    facts: Mapping[str, Any]
    """The stored facts that this was read from."""
    memo: dict[str, Any] = field(default_factory=dict)
    """What one check worked out and another needs; belongs to one audit."""

    @classmethod
    def of(
        cls, facts: Mapping[str, Any], personal: Mapping[str, Any] | None = None, related: Related = UNKNOWN
    ) -> CaseFacts:
        """Read the stored facts of a case: money in fen, rates as decimal strings, dates in ISO form.

        Raises:
            ValueError: a date or rate is not written as the store writes it.
        """
        own = personal or {}
        values: list[Any] = [*map(facts.get, _SHEET_NAMES), *map(own.get, _PERSONAL_NAMES), related, facts]
        case = cls(*values)
        for name in _DATE_NAMES:
            value = facts.get(name)
            if value is not None:
                setattr(case, name, date_of(value))
        for name in _RATE_NAMES:
            value = facts.get(name)
            if value is not None:
                setattr(case, name, rate_of(value))
        return case

    @property
    def formed_on(self) -> date | None:
        """When the contract was formed: its date, or else the day of disbursement (Civil Code Art. 679)."""
        return self.contract_date or self.disbursed_on

    @property
    def last_due_on(self) -> date | None:
        """When the last instalment is due: the due date, or else counted from the disbursement."""
        if self.due_on is not None or self.disbursed_on is None or not self.terms:
            return self.due_on
        return add_months(self.disbursed_on, self.terms)

    @property
    def all_due_on(self) -> date | None:
        """When an acceleration made all that was left fall due; None where none did, or nobody knows the day.

        It takes effect when the notice reaches the borrower, or on the later day that it names (Civil Code Art. 565);
        one that the suit itself declares, when the complaint is served.
        """
        declared, arrived = self.accelerated_on, self.acceleration_arrived_on
        if self.accelerated_by == BY_SUIT:
            return arrived
        return declared if arrived is None or (declared is not None and declared > arrived) else arrived

    @property
    def identity(self) -> IdReading | None:
        """What the ID number says, read once."""
        if self.id_no is None:
            return None
        if "identity" not in self.memo:
            self.memo["identity"] = read_id(self.id_no)
        reading: IdReading = self.memo["identity"]
        return reading

    @property
    def repayments(self) -> tuple[Repayment, ...] | None:
        """The borrower's payments by date; None where no such sheet was given."""
        return self._side_sheet("repayments", repayments_of)

    @property
    def demands(self) -> tuple[Demand, ...] | None:
        """The demands made of the borrower, by date; None where no such sheet was given."""
        return self._side_sheet("demands", demands_of)

    @property
    def evidence_items(self) -> tuple[EvidenceItem, ...] | None:
        """The list of evidence and the files that are attached; None where neither was given."""
        listed = self._side_sheet("evidence", evidence_of)
        attached = self._side_sheet(ATTACHED, evidence_of)
        return listed if attached is None else (*(listed or ()), *attached)

    @property
    def schedule_rows(self) -> tuple[ScheduleRow, ...] | None:
        """The schedule as the lender's sheet states it; None where no such sheet was given."""
        return self._side_sheet("schedule", schedule_of)

    def unread(self, sheet: str) -> bool:
        """Whether there is no list of a side sheet because a row of it cannot be read."""
        return sheet not in self.facts and sheet in self.facts.get(UNREAD, ())

    def _side_sheet(self, name: str, read: Callable[[Any], tuple[Row, ...]]) -> tuple[Row, ...] | None:
        """The rows of a side sheet, read once an audit."""
        rows = self.facts.get(name)
        if rows is None:
            return None
        if name not in self.memo:
            self.memo[name] = read(rows)
        known: tuple[Row, ...] = self.memo[name]
        return known

    @property
    def stated_parts(self) -> tuple[Fen, ...]:
        """The parts of the claim beside the principal, as far as the sheet states them; gathered once."""
        known: tuple[Fen, ...] | None = self.memo.get("parts")
        if known is not None:
            return known
        parts = (
            self.interest_due,
            self.penalty_due,
            self.compound_due,
            self.damages_due,
            self.fees_due,
            self.premium_due,
        )
        stated = self.memo["parts"] = tuple([part for part in parts if part is not None])
        return stated

    def listed_evidence(self, kind: str) -> bool | None:
        """Whether the list of evidence names a kind as there; None where it does not speak of it or needs it not."""
        state = self._evidence_states().get(kind)
        return None if state is None or state == "not_needed" else state == "present"

    def evidence_waived(self, item: str) -> bool:
        """Whether the list of evidence says of all kinds that make up an item that they are not needed."""
        states = self._evidence_states()
        return bool(states) and all(states.get(kind) == "not_needed" for kind in EVIDENCE_KINDS[item])

    def document(self, kind: str) -> EvidenceItem | None:
        """The first document of a kind that the list of evidence names as there."""
        items = self.evidence_items or ()
        return next((item for item in items if item.kind == kind and item.state == "present"), None)

    def _evidence_states(self) -> dict[str, str]:
        """The state of each kind in the list of evidence; of several documents one that is there is enough."""
        if "evidence_states" not in self.memo:
            states: dict[str, str] = {}
            for item in self.evidence_items or ():
                if states.get(item.kind) != "present":
                    states[item.kind] = item.state
            self.memo["evidence_states"] = states
        known: dict[str, str] = self.memo["evidence_states"]
        return known

    def evidence(self, item: str) -> bool | None:
        """Whether an item of evidence is there; None where nobody said.

        The list of evidence and the attached files go first, the account's own columns after them.
        """
        if "evidence" in self.facts or ATTACHED in self.facts:
            listed = [self.listed_evidence(kind) for kind in EVIDENCE_KINDS[item]]
            if False in listed:
                return False
            if None not in listed:
                return True
        value = getattr(self, EVIDENCE_FACTS[item])
        return value if value is None or isinstance(value, bool) else bool(value)


_NAMES: Final = tuple(part.name for part in fields(CaseFacts) if part.name not in {"related", "facts", "memo"})
_PERSONAL_NAMES: Final = tuple(name for name in _NAMES if is_personal(name))
_SHEET_NAMES: Final = _NAMES[: len(_NAMES) - len(_PERSONAL_NAMES)]
_DATE_NAMES: Final = tuple(part.name for part in fields(CaseFacts) if part.type == "date | None")
_RATE_NAMES: Final = tuple(part.name for part in fields(CaseFacts) if part.type == "Decimal | None")

FACT_NAMES: Final = (*_NAMES, *SIDE_SHEETS, ATTACHED, UNREAD)
"""The names of all facts, personal ones and side sheets included."""
