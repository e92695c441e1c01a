"""Cells that cannot be read, and accounts that stand in the sheet twice."""

from datetime import date
from typing import Any, Final

from reviewdesk.sampling.loans import Account, Bank
from reviewdesk.sampling.planting import DEFECTS, Defect, Finds, Plant, Refused, plants, sound_account, trips

# --- cells that cannot be read ---------------------------------------------------------------------------------------


def _id_as_number(account: Account) -> float:
    return float(account.values["id_no"][:17] + "1")


def _id_scientific(account: Account) -> str:
    return f"{float(account.values['id_no'][:17] + '1'):.5E}"


def _id_masked(account: Account) -> str:
    number = account.values["id_no"]
    return f"{number[:6]}********{number[14:]}"


def _mobile_masked(account: Account) -> str:
    number = account.values["mobile"]
    return f"{number[:3]}****{number[7:]}"


UNREADABLE: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("account_missing", "account_no", "required.missing", None),
    ("name_missing", "borrower_name", "required.missing", None),
    ("id_missing", "id_no", "required.missing", None),
    (
        "account_as_number",
        "account_no",
        "account.precision_lost",
        lambda account: float(account.values["account_no"][2:] + "0000001"),
    ),
    ("id_as_number", "id_no", "id_no.precision_lost", _id_as_number),
    ("id_scientific", "id_no", "id_no.scientific", _id_scientific),
    ("id_one_digit_short", "id_no", "id_no.length", lambda account: account.values["id_no"][:16] + "1"),
    ("id_masked", "id_no", "id_no.masked", _id_masked),
    ("mobile_masked", "mobile", "mobile.masked", _mobile_masked),
    ("date_impossible", "disbursed_on", "date.impossible", "2024-02-30"),
    ("date_two_digit_year", "contract_date", "date.two_digit_year", "24/3/1"),
    ("date_without_day", "due_on", "date.no_day", "2025年3月"),
    ("date_in_words", "last_paid_on", "date.unreadable", "上个月"),
    ("date_day_first", "first_overdue_on", "date.ambiguous", "05/03/2025"),
    ("amount_in_words", "principal", "amount.unreadable", "两万"),
    ("amount_negative", "outstanding_principal", "amount.negative", -5000.0),
    ("amount_scientific", "total_claimed", "amount.scientific", "1.25E+04"),
    ("amount_formula_error", "total_claimed", "cell.error", "#REF!"),
    ("amount_as_date", "disbursed_amount", "amount.is_date", date(2024, 5, 6)),
    ("rate_as_formula", "annual_rate", "rate.relative", "LPR+885BP"),
    ("rate_in_words", "annual_rate", "rate.unreadable", "详见合同"),
    ("terms_as_date", "terms", "terms.is_date", date(2026, 3, 12)),
    ("terms_in_days", "terms", "terms.in_days", "90天"),
    ("days_negative", "days_overdue", "count.negative", -12),
    ("method_unknown", "repayment_method", "choice.unknown", "等本等费"),
    ("flag_unsure", "student", "yes_no.unreadable", "待核实"),
    ("code_too_short", "lender_code", "code.length", "91510100MA6YF1C4"),
)
"""Name of the defect, the field of its cell, the error, and what stands in the cell (or how it is made)."""


def _unreadable(field: str, cell: Any) -> Plant:
    def plant(bank: Bank) -> Account:
        account = sound_account(bank)
        account.cells[field] = cell(account) if callable(cell) else cell
        return account

    return plant


DEFECTS.extend(
    Defect(name, _unreadable(field, cell), (Refused(error, field),)) for name, field, error, cell in UNREADABLE
)


@trips(
    "claim.sum",
    "missing",
    also=(
        "data.magnitude",
        "settlement.lane",
        "claim.principal_ceiling",
        "claim.deducted_in_advance",
        "claim.schedule",
        "claim.interest",
        "claim.penalty",
        "claim.compound",
        "claim.paid_off",
        "rate.claim_cap",
        "rate.all_in_cost",
        "rate.cost_line",
        "procedure.small_claims",
        "procedure.payment_order",
        "cost.worth",
        "cost.fee",
    ),
)
def no_amounts(bank: Bank) -> Account:
    """Neither principal nor total."""
    return sound_account(bank, principal=None, outstanding_principal=None, total_claimed=None)


@plants(None, Refused("account.duplicate", "account_no"))
def account_twice(bank: Bank) -> list[Account]:
    """A row was pasted twice; the second is refused."""
    account = sound_account(bank)
    return [account, Account(account.terms, account.person, dict(account.values))]


@plants(Finds("duplicate.account", "fail"), Refused("account.duplicate", "account_no"))
def account_twice_with_other_figures(bank: Bank) -> list[Account]:
    """Two rows of one account differ, so the first is in doubt as well."""
    account = sound_account(bank)
    again = Account(account.terms, account.person, dict(account.values))
    again.values["penalty_due"] += 100_00
    again.total_up()
    return [account, again]
