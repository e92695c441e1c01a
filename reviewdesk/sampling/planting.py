"""What a planted defect is, what must be found of it, and the list of all kinds.

A defect is planted on accounts of its own. The kinds themselves stand in `bad_loans`, `bad_cases` and `bad_cells`.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from reviewdesk.sampling.loans import CHARGES, Account, Bank, Terms, lender_of

Plant = Callable[[Bank], Account | Sequence[Account]]

NOT_PLANTED: Final = {
    "claim.ledger": "needs a sheet of repayments beside the account sheet",
    "claim.schedule_rows": "needs a sheet of schedules",
    "claim.receipts": "the workbook has no column for it",
    "claim.renewal": "the workbook has no column for it",
    "claim.lawyer_fee": "the workbook has no column for it",
    "rate.cost_line": "a loan under these lines is not overdue yet",
    "identity.verification": "the workbook has no column for it",
    "standing.licence_scope": "the workbook has no column for it",
    "duplicate.instrument": "the workbook has no column for it",
    "evidence.fee_items": "a loan under the duty to disclose is not overdue yet",
    "duplicate.settled": "settlements are known to the database only",
    "duplicate.borrower": "only informs: which cases can be joined",
    "jurisdiction.concentration": "speaks of a whole batch in one court, not of a row",
    "settlement.lane": "only informs: whether settling first has better prospects",
    "rate.lpr_coverage": "a contract younger than the last known LPR is not overdue yet",
    "limitation.long_stop": "no loan of the workbook is that old",
    "standing.relent": "the workbook has no column for it",
    "default.misuse": "the workbook has no column for it",
    "limitation.proof": "speaks of the sheet of demands",
    "limitation.guarantee": "the workbook has no column for it",
    "conduct.hours": "speaks of the sheet of demands",
    "conduct.frequency": "speaks of the sheet of demands",
    "evidence.disbursement": "speaks of the sheet of evidence",
    "evidence.disclosure": "a loan under the duty to disclose is not overdue yet",
    "identity.bank_card": "the workbook has no column for it",
    "identity.payee": "the workbook has no column for it",
    "identity.region": "only informs: cards keep abolished codes",
    "procedure.small_claims": "only informs: which procedure is open",
    "procedure.payment_order": "only informs: which procedure is open",
    "cost.fee": "only informs: the fees",
}
"""Checks that no row of a workbook can trip, and why."""


class Finds(NamedTuple):
    """A check that must answer so. `also` are those that may not hold either, as they look at the same thing."""

    check: str
    outcome: str
    also: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the answer key has it."""
        return {"check": self.check, "outcome": self.outcome, "also": list(self.also)}


class Refused(NamedTuple):
    """An error that the reading of a cell must end in."""

    error: str
    field: str

    def as_json(self) -> dict[str, Any]:
        """As the answer key has it."""
        return {"error": self.error, "field": self.field}


class Defect(NamedTuple):
    """A kind of defect. `expects` has one entry for each row that it takes; None for a row that stays sound."""

    name: str
    plant: Plant
    expects: tuple[Finds | Refused | None, ...]

    def planted(self, bank: Bank) -> list[tuple[Account, Finds | Refused | None]]:
        """The accounts of one plant, each with what must be found."""
        found = self.plant(bank)
        return list(zip([found] if isinstance(found, Account) else found, self.expects, strict=True))


DEFECTS: Final[list[Defect]] = []
"""All kinds that an account sheet alone can have, in the order in which they are written down."""

BESIDE: Final[list[Defect]] = []
"""Those that only show in the sheets beside it."""


def plants(*expects: Finds | Refused | None, into: list[Defect] = DEFECTS) -> Callable[[Plant], Plant]:
    """Register a function as a kind of defect, under its own name, with what its rows must show."""

    def register(plant: Plant) -> Plant:
        into.append(Defect(plant.__name__, plant, expects))
        return plant

    return register


def trips(
    check: str, outcome: str, *, also: Sequence[str] = (), rows: int = 1, into: list[Defect] = DEFECTS
) -> Callable[[Plant], Plant]:
    """Register a function as a kind of defect that a check finds on each of its rows."""
    return plants(*(Finds(check, outcome, tuple(also)),) * rows, into=into)


def ordinary_terms(bank: Bank, kind: str | None = None) -> Terms:
    """Terms of a licensed lender, of the kind if one is named, for a loan in equal instalments."""
    kind = kind or bank.random.choice(("bank", "consumer_finance", "consumer_finance", "micro_loan", "assisted"))
    lender = lender_of(kind)
    return bank.terms(lender._replace(products=lender.products[:1]))


def sound_account(bank: Bank, kind: str | None = None, **changes: Any) -> Account:
    """An account in which all agrees, but for the values given."""
    account = bank.account(ordinary_terms(bank, kind))
    account.values.update(changes)
    return account


def waive(account: Account, *, keep: Sequence[str] = ()) -> None:
    """Leave only the named charges, so that what is planted does not pass the cap on all of them."""
    for name in CHARGES:
        if name not in keep and account.values[name] is not None:
            account.values[name] = 0


def day_of_every_month(day: date) -> date:
    """The day, or the 28th for one that some months do not have."""
    return day.replace(day=min(day.day, 28))


def old_loan(bank: Bank) -> Account:
    """A large loan that fell due four years ago."""
    day = bank.calculated_to - timedelta(days=bank.random.randint(1400, 1600))
    terms = ordinary_terms(bank, "bank")._replace(
        principal=bank.random.randrange(80_000_00, 150_000_00, 1_000_00),
        instalments=12,
        paid=bank.random.randint(4, 8),
        first_overdue_on=day_of_every_month(day),
        accelerate=False,
    )
    return bank.account(terms)
