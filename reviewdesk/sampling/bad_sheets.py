"""Defects that only show in the sheets beside the accounts."""

from datetime import date, timedelta
from decimal import Decimal

from reviewdesk.audit.calendar import add_years
from reviewdesk.audit.schedule import EQUAL_INSTALMENTS, schedule
from reviewdesk.sampling.beside import DEMANDS, EVIDENCE, REPAYMENTS, SCHEDULE, Rows, yuan
from reviewdesk.sampling.book import Cell
from reviewdesk.sampling.loans import Account, Bank
from reviewdesk.sampling.planting import BESIDE, Finds, old_loan, plants, sound_account, trips

# --- repayments ------------------------------------------------------------------------------------------------------


def _instalment(account: Account) -> int:
    """What the borrower paid a month."""
    values = account.values
    return int(values["paid_total"] // max(1, values["terms_paid"]))


@trips("claim.ledger", "fail", into=BESIDE)
def payment_without_a_line(bank: Bank) -> Account:
    """More was repaid than the lines of the ledger add up to."""
    account = sound_account(bank)
    account.values["paid_total"] += _instalment(account)
    return account


@trips("claim.receipts", "fail", into=BESIDE)
def receipt_not_booked(bank: Bank) -> Account:
    """The bank received more than the ledger shows."""
    account = sound_account(bank)
    account.values["bank_received"] = account.values["paid_total"] + _instalment(account)
    return account


@trips("claim.ledger", "fail", also=("claim.calculated_to",), into=BESIDE)
def paid_after_the_calculation(bank: Bank) -> Account:
    """A payment of the last day is not counted."""
    account = sound_account(bank)
    _add_payment(account, _instalment(account), bank.as_of)
    return account


@trips(
    "claim.ledger",
    "fail",
    also=(
        "claim.principal_ceiling",
        "claim.interest",
        "claim.penalty",
        "claim.compound",
        "rate.claim_cap",
        "default.overdue_days",
        "default.threshold",
        "cost.worth",
    ),
    into=BESIDE,
)
def payment_not_set_off(bank: Bank) -> Account:
    """Three instalments were paid after the default, and nothing was taken off the debt."""
    account = sound_account(bank)
    day = account.terms.first_overdue_on + timedelta(days=20)
    _add_payment(account, 3 * _instalment(account), day)
    account.values["last_paid_on"] = day
    return account


def _add_payment(account: Account, amount: int, day: date) -> None:
    values = account.values
    for name in ("paid_total", "bank_received"):
        values[name] += amount
    account.amend(REPAYMENTS, lambda rows: rows.append([day, yuan(amount), None, None, None, "银行转账"]))


@plants(Finds("claim.ledger", "fail"), None, into=BESIDE)
def debits_that_bounced(bank: Bank) -> list[Account]:
    """Two debits after the default that came back; of one the ledger lacks the payment that its reversal takes back."""
    unmatched, sound = sound_account(bank), sound_account(bank)
    _bounce(unmatched, booked=False)
    _bounce(sound, booked=True)
    return [unmatched, sound]


@trips("claim.ledger", "fail", into=BESIDE)
def bounced_debit_counted(bank: Bank) -> Account:
    """The total repaid counts a debit that came back."""
    account = sound_account(bank)
    account.values["paid_total"] += _bounce(account, booked=True)
    return account


def _bounce(account: Account, *, booked: bool) -> int:
    """Book the reversal of a debit of half an instalment, and the debit itself where it is to be `booked`."""
    amount = _instalment(account) // 2
    day = account.terms.first_overdue_on + timedelta(days=20)
    debit: list[Cell] = [day, yuan(amount), None, None, None, "银行代扣"]
    back: list[Cell] = [day + timedelta(days=2), -yuan(amount), None, None, None, "银行代扣"]
    account.amend(REPAYMENTS, lambda rows: rows.extend([debit, back] if booked else [back]))
    return amount


@trips("claim.ledger", "warn", into=BESIDE)
def principal_first(bank: Bank) -> Account:
    """The sheet set every payment off on the principal first."""
    account = sound_account(bank)

    def book(rows: Rows) -> None:
        for row in rows:
            row[2:5] = [row[1], 0, 0]

    account.amend(REPAYMENTS, book)
    return account


# --- schedules -------------------------------------------------------------------------------------------------------


@trips("claim.schedule_rows", "fail", into=BESIDE)
def schedule_of_another_rate(bank: Bank) -> Account:
    """The schedule was made with three points more than the contract has."""
    account = sound_account(bank)
    values = account.values
    rate = values["annual_rate"] + Decimal("0.03")
    plan = schedule(EQUAL_INSTALMENTS, values["principal"], rate, values["terms"])

    def remake(rows: Rows) -> None:
        for row, principal, interest in zip(rows, plan.principals, plan.interests, strict=True):
            row[2:4] = [yuan(principal), yuan(interest)]

    account.amend(SCHEDULE, remake)
    return account


@trips("claim.schedule_rows", "warn", into=BESIDE)
def instalment_mistyped(bank: Bank) -> Account:
    """One instalment of the schedule has some cents too many."""
    account = sound_account(bank)

    def mistype(rows: Rows) -> None:
        row = bank.random.choice(rows)
        row[3] = round(float(str(row[3])) + 0.5, 2)

    account.amend(SCHEDULE, mistype)
    return account


# --- demands ---------------------------------------------------------------------------------------------------------


@trips("conduct.hours", "warn", into=BESIDE)
def called_at_night(bank: Bank) -> Account:
    """A call late in the evening."""
    account = sound_account(bank)
    day = account.values["last_demand_on"] - timedelta(days=3)
    account.amend(DEMANDS, lambda rows: rows.append([day, "22:40", "电话", "已接通", "是", None]))
    return account


@trips("conduct.frequency", "warn", into=BESIDE)
def called_all_day(bank: Bank) -> Account:
    """Five calls on one day."""
    account = sound_account(bank)
    day = account.values["last_demand_on"] - timedelta(days=2)
    calls: Rows = [[day, f"{hour:02}:05", "电话", "无人接听", "否", None] for hour in range(9, 14)]
    account.amend(DEMANDS, lambda rows: rows.extend(calls))
    return account


@trips("limitation.proof", "warn", into=BESIDE)
def demand_that_proves_nothing(bank: Bank) -> Account:
    """An old loan whose later demand would move limitation, if there were proof that it arrived."""
    account = old_loan(bank)
    account.values["last_demand_on"] = add_years(bank.as_of, -3) + timedelta(days=bank.random.randint(100, 150))
    later = bank.calculated_to - timedelta(days=bank.random.randint(300, 700))
    account.amend(DEMANDS, lambda rows: rows.append([later, "11:10", "短信", None, None, None]))
    return account


# --- evidence --------------------------------------------------------------------------------------------------------


def _paper(account: Account, name: str, place: int, value: Cell) -> Account:
    def change(rows: Rows) -> None:
        for row in rows:
            if row[0] == name:
                row[place] = value

    account.amend(EVIDENCE, change)
    return account


@trips("evidence.signature", "fail", into=BESIDE)
def contract_was_changed(bank: Bank) -> Account:
    """The contract's file is not the one that the certificate was made for."""
    account = sound_account(bank)
    account.values |= {
        "contract_signed_by": "electronic",
        "esign_certificate": f"CFCA{bank.random.randrange(10**8):08}",
    }
    return _paper(account, "借款合同", 3, f"{bank.random.getrandbits(256):064x}")


@trips("evidence.disbursement", "warn", into=BESIDE)
def proof_of_another_day(bank: Bank) -> Account:
    """The proof of disbursement is some days later than interest is counted from."""
    account = sound_account(bank)
    return _paper(account, "放款凭证", 4, account.values["disbursed_on"] + timedelta(days=bank.random.randint(3, 9)))


@trips("evidence.disbursement", "warn", into=BESIDE)
def proof_of_less(bank: Bank) -> Account:
    """The proof of disbursement is over less than the sheet says."""
    account = sound_account(bank)
    return _paper(account, "放款凭证", 5, yuan(account.values["disbursed_amount"] * 95 // 100))
