"""Loans that should not be sued for as the sheet claims them: wrong sums, rates above the cap, too early, too late."""

from datetime import date, timedelta
from decimal import Decimal

from reviewdesk.audit.calendar import add_years
from reviewdesk.audit.interest import simple_interest
from reviewdesk.sampling.loans import CHARGES, LICENSED_CAP, PRIVATE_PRODUCT, Account, Bank, Lender, Terms, bucket_of
from reviewdesk.sampling.planting import day_of_every_month, old_loan, ordinary_terms, sound_account, trips, waive

# --- the claim -------------------------------------------------------------------------------------------------------


@trips("claim.sum", "fail")
def wrong_sum(bank: Bank) -> Account:
    """The total is more than its parts."""
    account = sound_account(bank)
    account.values["total_claimed"] += bank.random.randrange(50_00, 900_00)
    return account


@trips("claim.principal_ceiling", "fail", also=("claim.schedule",))
def principal_above_disbursed(bank: Bank) -> Account:
    """More principal is claimed than was lent."""
    account = sound_account(bank)
    account.values["outstanding_principal"] = account.terms.principal + bank.random.randrange(500_00, 3000_00)
    account.total_up()
    return account


@trips("claim.principal_ceiling", "fail", also=("rate.claim_cap", "claim.interest", "cost.worth"))
def more_than_was_paid(bank: Bank) -> Account:
    """A guarantor claims more principal than it paid."""
    account = bank.account(ordinary_terms(bank, "guarantor"))
    account.values["claim_paid"] = account.values["outstanding_principal"] * 9 // 10
    return account


@trips(
    "claim.deducted_in_advance",
    "fail",
    also=(
        "claim.principal_ceiling",
        "claim.interest",
        "claim.penalty",
        "rate.claim_cap",
        "rate.all_in_cost",
        "rate.cost_line",
        "cost.worth",
    ),
)
def deducted_in_advance(bank: Bank) -> Account:
    """Less was paid out than the contract says."""
    account = sound_account(bank)
    account.values["disbursed_amount"] = int(account.terms.principal * Decimal("0.92"))
    return account


@trips("claim.schedule", "warn")
def not_by_schedule(bank: Bank) -> Account:
    """Less principal is left than the instalments paid explain."""
    account = sound_account(bank)
    values = account.values
    values["outstanding_principal"] -= values["outstanding_principal"] * 6 // 100
    waive(account, keep=("interest_due",))
    account.total_up()
    return account


@trips("claim.interest", "fail", also=("claim.schedule",))
def too_much_interest(bank: Bank) -> Account:
    """More interest than the contract rate gives for all the days since the last repayment."""
    account = sound_account(bank)
    values, terms = account.values, account.terms
    days = (terms.calculated_to - values["last_paid_on"]).days
    allowed = simple_interest(values["outstanding_principal"], terms.annual_rate, days)
    values["interest_due"] = max(allowed, values["interest_due"]) * 115 // 100 + 12_00
    waive(account, keep=("interest_due",))
    account.total_up()
    return account


@trips("claim.penalty", "fail")
def too_much_penalty(bank: Bank) -> Account:
    """Penalty interest beyond half as much again as the contract rate, on all the principal for all the days."""
    terms = ordinary_terms(bank, "bank")._replace(annual_rate=Decimal("0.072"), uplift=Decimal("0.5"))
    account = bank.account(terms)
    values = account.values
    days = (terms.calculated_to - terms.first_overdue_on).days
    waive(account, keep=("interest_due",))
    allowed = simple_interest(values["outstanding_principal"], values["penalty_rate"], days)
    values["penalty_due"] = allowed * 112 // 100 + 11_00
    account.total_up()
    return account


@trips("claim.compound", "fail")
def compound_by_micro_lender(bank: Bank) -> Account:
    """Compound interest claimed by a lender that may not charge it."""
    account = sound_account(bank, "micro_loan")
    waive(account, keep=("interest_due",))
    account.values["compound_due"] = bank.random.randrange(3_00, 20_00)
    account.total_up()
    return account


@trips(
    "claim.calculated_to",
    "missing",
    also=("claim.schedule", "claim.interest", "rate.claim_cap", "default.overdue_days"),
)
def no_calculation_date(bank: Bank) -> Account:
    """It is not said to which day the amounts were calculated."""
    return sound_account(bank, calculated_to=None)


@trips("data.dates", "fail", also=("evidence.required", "evidence.disclosure", "evidence.fee_items"))
def signed_after_disbursement(bank: Bank) -> Account:
    """The contract was signed when the money was already paid out; its cost may be one to disclose by then."""
    account = sound_account(bank)
    account.values["contract_date"] = account.values["disbursed_on"] + timedelta(days=bank.random.randint(1, 20))
    return account


@trips(
    "data.magnitude",
    "warn",
    also=(
        "rate.contract_cap",
        "rate.all_in_cost",
        "rate.cost_line",
        "rate.claim_cap",
        "claim.schedule",
        "claim.penalty",
        "cost.worth",
    ),
)
def rate_of_another_unit(bank: Bank) -> Account:
    """The rate is read in a wrong unit, and no borrower would pay it."""
    account = sound_account(bank)
    account.values["annual_rate"] = Decimal("0.84")
    return account


@trips("data.stale", "warn", also=("default.threshold",))
def counted_long_ago(bank: Bank) -> Account:
    """The amounts are those of two months ago."""
    terms = ordinary_terms(bank)
    return bank.account(terms._replace(calculated_to=bank.as_of - timedelta(days=bank.random.randint(40, 60))))


@trips("claim.calculated_to", "fail", also=("data.dates",))
def calculated_to_the_future(bank: Bank) -> Account:
    """Interest that has not accrued is counted."""
    terms = ordinary_terms(bank)
    return bank.account(terms._replace(calculated_to=bank.as_of + timedelta(days=bank.random.randint(6, 40))))


@trips("claim.calculated_to", "fail", also=("rate.claim_cap", "claim.interest"))
def repaid_after_calculation(bank: Bank) -> Account:
    """The last repayment is not counted."""
    return sound_account(bank, last_paid_on=bank.as_of)


@trips("claim.paid_off", "fail")
def paid_off(bank: Bank) -> Account:
    """The sheet itself says that the loan is paid off."""
    return sound_account(bank, paid_off=True)


@trips("claim.paid_off", "fail", also=("claim.schedule", "cost.worth"))
def nothing_owed(bank: Bank) -> Account:
    """All amounts are zero."""
    account = sound_account(bank)
    waive(account)
    account.values["outstanding_principal"] = 0
    account.total_up()
    return account


# --- rates -----------------------------------------------------------------------------------------------------------


@trips(
    "rate.contract_cap",
    "warn",
    also=(
        "rate.all_in_cost",
        "rate.cost_line",
    ),
)
def rate_above_24_percent(bank: Bank) -> Account:
    """A contract rate above the line, though the claim stays below it."""
    terms = ordinary_terms(bank, "consumer_finance")
    return bank.account(terms._replace(annual_rate=Decimal("0.246"), uplift=Decimal(0)))


@trips(
    "rate.contract_cap",
    "warn",
    also=(
        "rate.all_in_cost",
        "rate.cost_line",
        "claim.penalty",
    ),
)
def private_rate_above_lpr(bank: Bank) -> Account:
    """A private loan above four times the LPR, though the claim stays below."""
    lender = Lender("private", bank.people.name(True), "", None, None, (PRIVATE_PRODUCT,))
    terms = bank.terms(lender)
    account = bank.account(terms._replace(annual_rate=Decimal("0.168")))
    waive(account, keep=("interest_due",))
    account.total_up()
    return account


@trips("rate.claim_cap", "fail")
def charges_above_cap(bank: Bank) -> Account:
    """Damages bring all charges together above the cap."""
    account = sound_account(bank, "consumer_finance")
    values = account.values
    days = (account.terms.calculated_to - values["last_paid_on"]).days
    allowed = simple_interest(values["outstanding_principal"], LICENSED_CAP, days)
    others = sum(values[name] or 0 for name in CHARGES if name != "damages_due")
    values["damages_due"] = allowed - others + max(allowed * bank.random.randint(5, 30) // 100, 20_00)
    account.total_up()
    return account


@trips("rate.all_in_cost", "warn")
def dear_with_fees(bank: Bank) -> Account:
    """A monthly fee makes the loan dearer than its rate."""
    terms = ordinary_terms(bank, "assisted")._replace(fee_share=Decimal(0))
    account = bank.account(terms)
    account.values["monthly_fee"] = int(terms.principal * Decimal("0.012"))
    return account


# --- the default -----------------------------------------------------------------------------------------------------


@trips("default.overdue_days", "warn")
def wrong_days_overdue(bank: Bank) -> Account:
    """The stated days are not those since the first overdue day."""
    account = sound_account(bank)
    account.values["days_overdue"] += bank.random.randint(15, 60)
    account.values["bucket"] = bucket_of(account.values["days_overdue"])
    return account


@trips("default.bucket", "warn")
def wrong_bucket(bank: Bank) -> Account:
    """The bucket is another one than the days say."""
    return sound_account(bank, bucket=bank.random.choice(("M1", "M2", "M3")))


@trips("default.threshold", "fail")
def overdue_too_short(bank: Bank) -> Account:
    """Not yet ninety days overdue."""
    day = bank.calculated_to - timedelta(days=bank.random.randint(40, 80))
    return bank.account(ordinary_terms(bank)._replace(first_overdue_on=day_of_every_month(day)))


@trips("default.acceleration", "fail")
def not_accelerated(bank: Bank) -> Account:
    """Sued for before the last instalment is due, and nobody declared the loan due."""
    return bank.account(_running_on(bank, ordinary_terms(bank, "consumer_finance"))._replace(accelerate=False))


@trips("default.acceleration", "fail", also=("evidence.required",))
def acceleration_not_noticed(bank: Bank) -> Account:
    """Declared due, but no notice reached the borrower."""
    account = bank.account(_running_on(bank, ordinary_terms(bank, "consumer_finance")))
    account.values["evidence_acceleration"] = False
    return account


def _running_on(bank: Bank, terms: Terms) -> Terms:
    """A loan of two years that was broken early, so that its last instalment lies ahead."""
    day = bank.calculated_to - timedelta(days=bank.random.randint(100, 240))
    return terms._replace(instalments=24, paid=bank.random.randint(2, 9), first_overdue_on=day_of_every_month(day))


# --- limitation ------------------------------------------------------------------------------------------------------


def _old(bank: Bank, demand_on: date) -> Account:
    """A large loan that fell due four years ago, with the last demand on that day."""
    account = old_loan(bank)
    account.values["last_demand_on"] = demand_on
    return account


@trips("limitation.expired", "fail")
def limitation_expired(bank: Bank) -> Account:
    """The last demand that arrived is more than three years ago."""
    return _old(bank, add_years(bank.as_of, -3) - timedelta(days=bank.random.randint(20, 90)))


@trips("limitation.expired", "fail", also=("evidence.required",))
def demand_without_proof(bank: Bank) -> Account:
    """A demand came in time, but nothing proves that it arrived."""
    account = _old(bank, bank.calculated_to - timedelta(days=bank.random.randint(300, 700)))
    account.values["demand_proof"] = False
    return account


@trips("limitation.near", "warn")
def limitation_near(bank: Bank) -> Account:
    """Some weeks are left."""
    return _old(bank, add_years(bank.as_of, -3) + timedelta(days=bank.random.randint(5, 75)))
