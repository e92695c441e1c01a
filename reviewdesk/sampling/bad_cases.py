"""Borrowers, plaintiffs, courts and papers with which a suit would fail, or should wait."""

from datetime import date, timedelta

from reviewdesk.audit.calendar import add_years
from reviewdesk.identity import id_check_digit
from reviewdesk.sampling.loans import PRIVATE_PRODUCT, Account, Bank, Lender, lender_of
from reviewdesk.sampling.people import Place, id_number, places
from reviewdesk.sampling.planting import day_of_every_month, ordinary_terms, sound_account, trips

# --- the borrower ----------------------------------------------------------------------------------------------------


@trips("identity.id_number", "fail")
def wrong_check_digit(bank: Bank) -> Account:
    """One digit of the ID number is mistyped."""
    account = sound_account(bank)
    number = account.values["id_no"]
    account.values["id_no"] = number[:17] + ("1" if number[17] != "1" else "2")
    return account


@trips("identity.id_number", "warn")
def old_id_number(bank: Bank) -> Account:
    """A number of 15 digits, as cards bore before 1999."""
    account = sound_account(bank)
    number = _born_on(bank, account, account.person.born.replace(year=1980))
    account.values["id_no"] = number[:6] + number[8:17]
    return account


@trips("identity.id_number", "warn")
def wrong_sex(bank: Bank) -> Account:
    """The column says another sex than the ID number."""
    account = sound_account(bank)
    account.values["gender"] = "女" if account.person.male else "男"
    return account


@trips("identity.birth_date", "fail", also=("capacity.age",))
def no_such_birth_date(bank: Bank) -> Account:
    """A birth date that does not exist, with a check digit that fits."""
    account = sound_account(bank)
    number = account.values["id_no"]
    first17 = f"{number[:6]}{bank.random.randint(1970, 1999)}0230{number[14:17]}"
    account.values["id_no"] = first17 + id_check_digit(first17)
    return account


@trips("identity.mobile", "warn")
def no_mobile_number(bank: Bank) -> Account:
    """A number that no phone has."""
    account = sound_account(bank)
    account.values["mobile"] = f"12{account.values['mobile'][2:]}"
    return account


@trips("identity.mobile", "missing", also=("duplicate.contact",))
def mobile_blank(bank: Bank) -> Account:
    """No phone number."""
    return sound_account(bank, mobile=None)


@trips("identity.name", "warn")
def odd_name(bank: Bank) -> Account:
    """Something beside the name."""
    account = sound_account(bank)
    account.values["borrower_name"] += bank.random.choice(("2", "(代)", "A"))
    return account


@trips("capacity.age", "fail")
def minor_at_contract(bank: Bank) -> Account:
    """Not yet eighteen when the contract was made."""
    account = sound_account(bank)
    signed = account.values["contract_date"]
    born = add_years(signed, -18) + timedelta(days=bank.random.randint(20, 500))
    account.values["id_no"] = _born_on(bank, account, born)
    return account


@trips("capacity.student", "fail")
def student_of_micro_lender(bank: Bank) -> Account:
    """A micro lender lent to a student."""
    return sound_account(bank, "micro_loan", student=True)


@trips("capacity.student", "warn")
def student(bank: Bank) -> Account:
    """A student's loan from a bank must be weighed."""
    return sound_account(bank, "bank", student=True)


@trips("capacity.student", "missing")
def student_unknown(bank: Bank) -> Account:
    """Nobody says whether the borrower is a student."""
    return sound_account(bank, student=None)


@trips("capacity.deceased", "fail")
def deceased(bank: Bank) -> Account:
    """The borrower has died."""
    return sound_account(bank, deceased=True)


@trips("capacity.insolvent", "fail")
def insolvent(bank: Bank) -> Account:
    """A procedure of personal insolvency is open."""
    return sound_account(bank, insolvent=True)


def _born_on(bank: Bank, account: Account, born: date) -> str:
    return id_number(account.person.place, born, account.person.male, bank.random.randrange(1, 480))


# --- the plaintiff ---------------------------------------------------------------------------------------------------


@trips("standing.plaintiff", "fail")
def sued_by_platform(bank: Bank) -> Account:
    """The platform sues though it neither lent, nor took over, nor paid."""
    return sound_account(bank, "assisted", lender_name="屿岸信息科技有限公司")


@trips("standing.plaintiff", "fail")
def wrong_credit_code(bank: Bank) -> Account:
    """The plaintiff's credit code has a wrong check character."""
    account = sound_account(bank)
    code = account.values["lender_code"]
    account.values["lender_code"] = code[:17] + ("1" if code[17] != "1" else "2")
    return account


@trips("standing.licence", "missing")
def no_licence(bank: Bank) -> Account:
    """A licensed lender names no licence."""
    return sound_account(bank, licence_no=None)


@trips("standing.licence", "warn", rows=10)
def professional_lender(bank: Bank) -> list[Account]:
    """One private person lends to ten borrowers of the sheet."""
    lender = Lender("private", bank.people.name(True), "", None, None, (PRIVATE_PRODUCT,))
    return [bank.account(bank.terms(lender)) for _ in range(10)]


@trips("standing.assignment", "fail", also=("evidence.required",))
def assigned_without_notice(bank: Bank) -> Account:
    """The debt was taken over, and the debtor was not told."""
    assigned = {"assigned_from": lender_of("micro_loan").name, "assignment_notice_on": None}
    return sound_account(bank, "micro_loan", **assigned, evidence_assignment=None)


@trips("standing.assignee", "warn")
def assigned_to_anybody(bank: Bank) -> Account:
    """A bank's loan was sold to a company that manages no assets."""
    account = sound_account(bank, "bank")
    values = account.values
    values |= {"assigned_from": values["lender_name"], "assignment_notice_on": bank.as_of, "evidence_assignment": True}
    values |= {"lender_name": "屿岸商务服务有限公司", "agreed_court": account.person.place.court}
    return account


@trips("duplicate.litigated", "fail")
def already_sued(bank: Bank) -> Account:
    """The loan was sued for before."""
    return sound_account(bank, litigated=True)


@trips("duplicate.litigated", "fail")
def in_arbitration(bank: Bank) -> Account:
    """The loan was taken to arbitration."""
    return sound_account(bank, arbitrated=True)


@trips("duplicate.contact", "warn", rows=2)
def shared_phone(bank: Bank) -> list[Account]:
    """Two borrowers gave one phone number."""
    one, other = sound_account(bank), sound_account(bank)
    other.values["mobile"] = one.values["mobile"]
    return [one, other]


@trips("duplicate.address", "warn", rows=4)
def shared_address(bank: Bank) -> list[Account]:
    """Four borrowers of one place gave one address."""
    accounts = [sound_account(bank) for _ in range(4)]
    for account in accounts:
        for name in ("id_address", "contact_address"):
            account.values[name] = accounts[0].values[name]
        account.values["agreed_court"] = accounts[0].person.place.court
    return accounts


# --- court, evidence, conduct, cost ----------------------------------------------------------------------------------


@trips("jurisdiction.agreed", "warn")
def court_far_away(bank: Bank) -> Account:
    """The agreed court is neither the borrower's nor the lender's."""
    account = sound_account(bank)
    account.values["agreed_court"] = _elsewhere(bank, account).court
    return account


@trips("jurisdiction.agreed", "warn")
def court_of_a_namesake(bank: Bank) -> Account:
    """The agreed court is in a district that only bears the same name: 南京市鼓楼区 for 福州市鼓楼区."""
    while True:
        account = sound_account(bank)
        home = account.person.place
        known = {home.code[:2], account.values["lender_code"][2:4]}
        for place in (one for districts in places().things for one in districts):
            if place.district == home.district and place.code[:2] not in known:
                account.values["agreed_court"] = place.court
                return account


@trips("jurisdiction.arbitration", "fail")
def arbitration_agreed(bank: Bank) -> Account:
    """The contract sends disputes to arbitrators."""
    return sound_account(bank, agreed_court=bank.random.choice(("广州仲裁委员会", "提交上海仲裁委员会仲裁")))


@trips("jurisdiction.internet_court", "fail")
def internet_court(bank: Bank) -> Account:
    """Internet courts no longer take loan cases."""
    return sound_account(bank, agreed_court=bank.random.choice(("杭州互联网法院", "北京互联网法院", "广州互联网法院")))


@trips("jurisdiction.domicile", "warn")
def lives_elsewhere(bank: Bank) -> Account:
    """The borrower lives in another province than where he is registered."""
    account = sound_account(bank)
    account.values["contact_address"] = bank.people.address(_elsewhere(bank, account))
    return account


def _elsewhere(bank: Bank, account: Account) -> Place:
    """A place in a province that is neither the borrower's nor the lender's."""
    known = {account.person.place.code[:2], account.values["lender_code"][2:4]}
    while (place := bank.random.choice(places().draw(bank.random))).code[:2] in known:
        pass
    return place


@trips("evidence.required", "fail")
def no_disbursement_proof(bank: Bank) -> Account:
    """Nothing proves the disbursement."""
    return sound_account(bank, evidence_disbursement=False)


@trips("evidence.required", "fail")
def no_power_of_attorney(bank: Bank) -> Account:
    """Nobody was given power to sue."""
    return sound_account(bank, evidence_mandate=False)


@trips("evidence.required", "missing", also=("claim.ledger",))
def ledger_unknown(bank: Bank) -> Account:
    """Nobody says whether there is a ledger."""
    return sound_account(bank, evidence_ledger=None)


@trips("evidence.signature", "fail", also=("evidence.required",))
def no_signature_certificate(bank: Bank) -> Account:
    """Signed electronically, and no certificate."""
    account = sound_account(bank)
    account.values |= {"contract_signed_by": "electronic", "esign_certificate": None}
    return account


@trips("service.address", "warn", also=("evidence.required",))
def address_not_confirmed(bank: Bank) -> Account:
    """The borrower confirmed no address for service."""
    return sound_account(bank, service_address_confirmed=False)


@trips("service.address", "warn")
def vague_address(bank: Bank) -> Account:
    """The address ends at the district."""
    account = sound_account(bank)
    account.values["contact_address"] = account.person.place.address
    return account


@trips("conduct.complaint", "warn")
def open_complaint(bank: Bank) -> Account:
    """A complaint is open."""
    return sound_account(bank, complaint=True)


@trips("conduct.hardship", "warn")
def hardship(bank: Bank) -> Account:
    """Hardship is recorded in its column."""
    return sound_account(bank, hardship=True)


@trips("conduct.hardship", "warn")
def hardship_in_note(bank: Bank) -> Account:
    """Hardship is told in the note only."""
    account = sound_account(bank)
    account.values["hardship"] = None
    account.values["note"] = bank.random.choice(("借款人称已失业，无收入", "本人住院治疗中", "家中老人重病"))
    return account


@trips("conduct.offer", "warn")
def pending_offer(bank: Bank) -> Account:
    """Repayment is being negotiated."""
    return sound_account(bank, negotiating=True)


@trips("cost.worth", "warn")
def not_worth_a_suit(bank: Bank) -> Account:
    """A small sum, long overdue."""
    day = bank.calculated_to - timedelta(days=bank.random.randint(400, 540))
    terms = ordinary_terms(bank, "micro_loan")._replace(
        principal=bank.random.randrange(1_000_00, 2_000_00, 100_00),
        instalments=12,
        paid=bank.random.randint(6, 9),
        first_overdue_on=day_of_every_month(day),
    )
    return bank.account(terms)
