"""Invented loans whose figures agree with one another: what a careful lender would send.

Money is fen, rates are shares a year. A loan is first drawn as `Terms`, so that a defect can ask for another loan, and
then worked out as the values of its row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, NamedTuple

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.interest import simple_interest
from reviewdesk.audit.schedule import (
    BULLET,
    EQUAL_INSTALMENTS,
    Schedule,
    due_date,
    schedule,
    standing_of,
)
from reviewdesk.sampling.beside import Beside, Rows, payments_of, rows_of, settle
from reviewdesk.sampling.people import People, Person, Weighted, lines, places

CHARGES = ("interest_due", "penalty_due", "compound_due", "damages_due", "fees_due", "premium_due")
"""The parts of a claim beside its principal."""

LICENSED_CAP = Decimal("0.24")
PRIVATE_CAP = Decimal("0.12")
"""Below four times every LPR since 2019."""

MICRO_LINE = (date(2026, 1, 1), Decimal("0.12"))
"""Micro lenders are to lend no dearer than four times the LPR from then on."""

PRIVATE_SHARE = 0.02
LEAST_OUTSTANDING = 4_000_00
"""Fen; less is not worth a suit."""

OVERDUE_DAYS = (96, 560)
RECOURSE = frozenset({"guarantor", "insurer"})
RECOURSE_RATE = Decimal("0.03")
"""A careful guarantor asks the one-year LPR on what it paid: never above the one of the day since 2019."""

RECOURSE_OVERDUE_FROM = 180
"""A guarantor pays some months into the default, and sues some months after."""

COST_DISCLOSED_FROM = date(2026, 8, 1)
"""Loans signed from then on need the disclosure of their all-in cost (金规〔2026〕2号)."""


class Product(NamedTuple):
    """What a lender offers."""

    name: str
    method: str
    counts: tuple[int, ...]
    least: int
    most: int
    rates: tuple[Decimal, ...]


class Lender(NamedTuple):
    """Who sues. A private lender has no code and no licence."""

    kind: str
    name: str
    city: str
    code: str | None
    licence: str | None
    products: tuple[Product, ...]


class Terms(NamedTuple):
    """The shape of a loan. The instalment after the `paid` ones is due on `first_overdue_on` and was not paid."""

    lender: Lender
    product: Product
    principal: int
    annual_rate: Decimal
    uplift: Decimal
    instalments: int
    paid: int
    first_overdue_on: date
    calculated_to: date
    fee_share: Decimal = Decimal(0)
    accelerate: bool = True


@dataclass(slots=True)
class Account:
    """A row to be.

    `values` are by canonical field; `cells` are what a careless hand left in their place. `payments` are its lines in
    a sheet of repayments, and `amends` what a defect does to its rows in the sheets beside.
    """

    terms: Terms
    person: Person
    values: dict[str, Any]
    cells: dict[str, Any] = field(default_factory=dict)
    payments: Rows = field(default_factory=list)
    amends: list[tuple[str, Callable[[Rows], object]]] = field(default_factory=list)

    def amend(self, kind: str, change: Callable[[Rows], object]) -> None:
        """Change this account's rows in a sheet beside the accounts, when they are written."""
        self.amends.append((kind, change))

    def beside(self, kinds: Sequence[str]) -> Beside:
        """Its rows in the sheets beside the accounts."""
        found = rows_of(self.values, _plan(self.terms), self.payments, kinds)
        for kind, change in self.amends:
            if kind in found:
                change(found[kind])
        return found

    def total_up(self) -> None:
        """Let the total agree with its parts."""
        values = self.values
        principal = values["outstanding_principal"] if values["claim_paid"] is None else values["claim_paid"]
        values["total_claimed"] = principal + sum(values[name] or 0 for name in CHARGES)


PRIVATE_PRODUCT = Product(
    "个人借款", EQUAL_INSTALMENTS, (6, 12), 20_000_00, 100_000_00, (Decimal("0.06"), Decimal("0.084"), Decimal("0.096"))
)


ASSIGNEE = ("澜岳资产管理有限公司", "91330100MA2KX7P31M", "浙金监管〔2018〕0019号")
"""Name, credit code and licence of the company that takes over loans of banks and consumer-finance companies."""

ASSIGNED_SHARE = 0.03
LENDERS_COURT_SHARE = 0.15
NOTED_SHARE = 0.2
NOTES = (
    "多次短信提醒未还",
    "电话接通，承诺月底还款",
    "本人微信已读未回",
    "已寄送律师函",
    "电话关机",
    "表示等项目回款后处理",
)


@cache
def lenders() -> Weighted[Lender]:
    """The invented lenders, by their share of the loans."""
    found = []
    for line in lines("lenders.txt"):
        kind, name, city, code, licence, weight, products = line.split("|")
        offers = tuple(_product(text) for text in products.split(";"))
        found.append((Lender(kind, name, city, code, licence, offers), float(weight)))
    return Weighted(found)


def _product(text: str) -> Product:
    name, method, counts, amounts, rates = text.split(":")
    least, _, most = amounts.partition("-")
    percents = tuple(Decimal(rate) / 100 for rate in rates.split(","))
    return Product(name, method, tuple(map(int, counts.split(","))), int(least) * 100, int(most) * 100, percents)


def lender_of(kind: str) -> Lender:
    """The first lender of a kind."""
    return next(lender for lender in lenders().things if lender.kind == kind)


class Bank:
    """Draws accounts as of a day. No two share an account number, a borrower or a phone.

    With `ledgers` each account's amounts are those that its payments leave; `payments` is how many instalments each
    borrower paid, where not drawn.
    """

    def __init__(self, random: Random, as_of: date, *, ledgers: bool = False, payments: int | None = None) -> None:
        self.ledgers, self.payments = ledgers, payments
        self.random = random
        self.as_of = as_of
        self.calculated_to = as_of - timedelta(days=1)
        self.people = People(random)
        self._count = 0

    def terms(self, lender: Lender | None = None) -> Terms:
        """An ordinary loan: long enough overdue, nowhere near limitation, worth a suit."""
        random = self.random
        lender = lender or self._lender()
        product = random.choice(lender.products)
        if self.payments is not None:
            product = _long_enough(product, self.payments)
        rate = random.choice(product.rates)
        least = RECOURSE_OVERDUE_FROM if lender.kind in RECOURSE else OVERDUE_DAYS[0]
        while True:
            terms = Terms(
                lender=lender,
                product=product,
                principal=_round_amount(product.least + random.random() ** 2 * (product.most - product.least)),
                annual_rate=rate,
                uplift=Decimal("0.3") if random.random() < 0.3 else Decimal("0.5"),
                instalments=(count := random.choice(product.counts)),
                paid=0 if product.method == BULLET else self.payments or random.randrange(1, count),
                first_overdue_on=self._first_overdue(least + int((OVERDUE_DAYS[1] - least) * random.random() ** 1.7)),
                calculated_to=self.calculated_to,
                fee_share=Decimal("0.003") if lender.kind == "assisted" and random.random() < 0.6 else Decimal(0),
            )
            if _plan(terms).balances[terms.paid] >= LEAST_OUTSTANDING:
                return terms

    def account(self, terms: Terms | None = None, shape: Callable[[Terms], Terms] | None = None) -> Account:
        """A loan of these terms, else of ordinary ones as `shape` changes them; all its figures agree."""
        terms = terms or self.terms()
        if shape is not None:
            terms = shape(terms)
        terms = _within_line(terms)
        values = _contract(terms, self.random)
        person = self.people.borrower(values["contract_date"])
        self._count += 1
        serial = f"{values['disbursed_on']:%Y%m}{self._count:06d}"
        values |= {
            "account_no": f"JJ{serial}",
            "contract_no": f"HT-{terms.lender.kind[:2].upper()}-{serial}",
        }
        values |= _about(person, terms.lender)
        values |= self._debt(terms, values)
        values |= self._papers(terms, values, person)
        if terms.lender.kind in ("bank", "consumer_finance") and self.random.random() < ASSIGNED_SHARE:
            values |= self._assigned(terms, person)
        account = Account(terms, person, values)
        values["bank_received"] = None
        if self.ledgers:
            account.payments = payments_of(values, _plan(terms), terms.paid, self.random)
            settle(values, account.payments)
            values["bank_received"] = values["paid_total"]
        account.total_up()
        return account

    def _lender(self) -> Lender:
        if self.random.random() < PRIVATE_SHARE:
            name = self.people.name(self.random.random() < 0.7)
            return Lender("private", name, "", None, None, (PRIVATE_PRODUCT,))
        return lenders().draw(self.random)

    def _first_overdue(self, days: int) -> date:
        """A day about so many days before the calculation, of those that every month has."""
        day = self.calculated_to - timedelta(days=days)
        return day.replace(day=min(day.day, 28))

    def _debt(self, terms: Terms, values: dict[str, Any]) -> dict[str, Any]:
        plan = _plan(terms)
        outstanding = plan.balances[terms.paid]
        debt: dict[str, Any] = dict.fromkeys(CHARGES, 0)
        debt["outstanding_principal"] = outstanding
        debt["paid_total"] = sum(plan.payments[: terms.paid]) + terms.paid * (values["monthly_fee"] or 0)
        debt |= {"claim_paid": None, "claim_paid_on": None, "premium_due": None}
        if terms.lender.kind in RECOURSE:
            return self._recourse(terms, values, debt)
        debt["interest_due"] = _interest(terms, values, plan)
        debt["penalty_due"] = _penalty(terms, values, plan)
        if values["monthly_fee"]:
            debt["fees_due"] = values["monthly_fee"] * _instalments_overdue(terms, values)
        if terms.lender.kind == "micro_loan" and self.random.random() < 0.4:
            debt["penalty_due"], debt["damages_due"] = 0, debt["penalty_due"]
        if terms.lender.kind == "bank" and self.random.random() < 0.4:
            days = (terms.calculated_to - terms.first_overdue_on).days
            debt["compound_due"] = simple_interest(debt["interest_due"], terms.annual_rate, days // 2)
        return _within_cap(terms, debt, values["last_paid_on"] or values["disbursed_on"])

    def _recourse(self, terms: Terms, values: dict[str, Any], debt: dict[str, Any]) -> dict[str, Any]:
        """What a guarantor or insurer claims: what it paid, interest on that from its day, and its premium."""
        debt["claim_paid"] = debt["outstanding_principal"]
        debt["claim_paid_on"] = values["accelerated_on"] + timedelta(days=self.random.randint(3, 20))
        days = (terms.calculated_to - debt["claim_paid_on"]).days
        debt["interest_due"] = simple_interest(debt["claim_paid"], RECOURSE_RATE, days)
        debt["premium_due"] = terms.principal // 200 if terms.lender.kind == "insurer" else 0
        return _within_cap(terms, debt, debt["claim_paid_on"])

    def _papers(self, terms: Terms, values: dict[str, Any], person: Person) -> dict[str, Any]:
        random = self.random
        electronic = random.random() < 0.92
        signed = values["contract_date"]
        disclosed = signed >= COST_DISCLOSED_FROM
        return {
            "last_demand_on": terms.calculated_to - timedelta(days=random.randint(3, 40)),
            "demand_proof": True,
            "agreed_court": self._court(terms.lender, person),
            "service_address_confirmed": True,
            "contract_signed_by": "electronic" if electronic else "paper",
            "esign_certificate": f"CFCA{signed:%Y%m%d}{random.randrange(10**8):08d}" if electronic else None,
            "assigned_from": None,
            "assignment_notice_on": None,
            "student": False,
            "deceased": False,
            "complaint": False,
            "litigated": False,
            "arbitrated": False,
            "paid_off": False,
            "negotiating": False,
            "hardship": False,
            "insolvent": False,
            "evidence_identity": True,
            "evidence_contract": True,
            "evidence_disbursement": True,
            "evidence_ledger": True,
            "evidence_acceleration": True if values["accelerated_on"] else None,
            "evidence_assignment": None,
            "evidence_compensation": True if terms.lender.kind in RECOURSE else None,
            "evidence_disclosure": True if disclosed else None,
            "fee_items": "服务费" if disclosed and values["monthly_fee"] else None,
            "disclosed_fees": "服务费、担保费" if disclosed else None,
            "evidence_mandate": True,
            "note": random.choice(NOTES) if random.random() < NOTED_SHARE else None,
        }

    def _court(self, lender: Lender, person: Person) -> str:
        """The court of the borrower's district, or now and then one of the lender's city."""
        if lender.city and self.random.random() < LENDERS_COURT_SHARE:
            return seat_of(lender.city)
        return person.place.court

    def _assigned(self, terms: Terms, person: Person) -> dict[str, Any]:
        """Taken over after the default, and the borrower was told."""
        days = (terms.calculated_to - terms.first_overdue_on).days
        name, code, licence = ASSIGNEE
        return {
            "lender_name": name,
            "lender_code": code,
            "licence_no": licence,
            "assigned_from": terms.lender.name,
            "assignment_notice_on": terms.first_overdue_on + timedelta(days=self.random.randrange(days // 2, days)),
            "evidence_assignment": True,
            "agreed_court": person.place.court,
        }


def _within_line(terms: Terms) -> Terms:
    """A micro lender's loan of the days in which it may cost no more than the line, at no more than that."""
    since, line = MICRO_LINE
    if terms.lender.kind != "micro_loan" or terms.annual_rate <= line:
        return terms
    lent = add_months(terms.first_overdue_on, -(terms.paid + 1))
    return terms._replace(annual_rate=line) if lent >= since else terms


@cache
def seat_of(city: str) -> str:
    """The court of a city's first district, with its province, as contracts name it."""
    place = next(districts[0] for districts in places().things if districts[0].city == city)
    return f"{place.address}人民法院"


def _long_enough(product: Product, paid: int) -> Product:
    """A product in instalments of which so many can be paid with more to come."""
    method = EQUAL_INSTALMENTS if product.method == BULLET else product.method
    counts = tuple(count for count in product.counts if count > paid) or (paid * 2,)
    return product._replace(method=method, counts=counts)


def _round_amount(amount: float) -> int:
    """To a hundred yuan, as loans are made."""
    return int(amount) // 100_00 * 100_00


def _plan(terms: Terms) -> Schedule:
    if terms.product.method == BULLET:
        return Schedule((terms.principal,), (0,), (terms.principal, 0))
    return schedule(terms.product.method, terms.principal, terms.annual_rate, terms.instalments)


def _contract(terms: Terms, random: Random) -> dict[str, Any]:
    """What the contract says, and when it was broken."""
    bullet = terms.product.method == BULLET
    disbursed_on = add_months(terms.first_overdue_on, -(terms.instalments if bullet else terms.paid + 1))
    due_on = add_months(disbursed_on, terms.instalments)
    days_overdue = (terms.calculated_to - terms.first_overdue_on).days
    recourse = terms.lender.kind in RECOURSE
    accelerated_on = None
    if terms.accelerate and (recourse or due_on >= terms.calculated_to - timedelta(days=30)):
        accelerated_on = terms.first_overdue_on + timedelta(days=min(random.randint(30, 60), days_overdue - 5))
    return {
        "product": terms.product.name,
        "contract_date": disbursed_on - timedelta(days=random.choice((0, 0, 0, 1, 2))),
        "disbursed_on": disbursed_on,
        "due_on": due_on,
        "principal": terms.principal,
        "disbursed_amount": terms.principal,
        "annual_rate": terms.annual_rate,
        "penalty_rate": RECOURSE_RATE if recourse else penalty_rate(terms),
        "repayment_method": terms.product.method,
        "terms": 1 if bullet else terms.instalments,
        "terms_paid": terms.paid,
        "monthly_fee": int(terms.principal * terms.fee_share) if terms.fee_share else None,
        "last_paid_on": None if bullet else terms_paid_on(terms, disbursed_on, due_on, random),
        "first_overdue_on": terms.first_overdue_on,
        "days_overdue": days_overdue,
        "bucket": bucket_of(days_overdue),
        "accelerated_on": accelerated_on,
        "calculated_to": terms.calculated_to,
    }


def penalty_rate(terms: Terms) -> Decimal:
    """The contract rate with its uplift; a private lender goes on with the contract rate."""
    return terms.annual_rate * (1 + (Decimal(0) if terms.lender.kind == "private" else terms.uplift))


def terms_paid_on(terms: Terms, disbursed_on: date, due_on: date, random: Random) -> date:
    """The last repayment: on the day when it was due, or up to two days earlier."""
    due = due_date(disbursed_on, due_on, terms.instalments, terms.paid)
    return due - timedelta(days=random.choice((0, 0, 0, 1, 2)))


def bucket_of(days: int) -> str:
    """M1 for the first thirty days overdue, to M7 from the 181st."""
    return f"M{min(7, (days + 29) // 30)}"


def _interest(terms: Terms, values: dict[str, Any], plan: Schedule) -> int:
    """Interest due and not paid by the contract's schedule; up to the acceleration where there was one."""
    if terms.product.method == BULLET:
        days = (values["due_on"] - values["disbursed_on"]).days
        return simple_interest(terms.principal, terms.annual_rate, days)
    return standing_of(
        plan,
        terms.annual_rate,
        disbursed_on=values["disbursed_on"],
        due_on=values["due_on"],
        terms_paid=terms.paid,
        accelerated_on=values["accelerated_on"],
        calculated_to=terms.calculated_to,
    ).interest


def _penalty(terms: Terms, values: dict[str, Any], plan: Schedule) -> int:
    """Penalty interest on each instalment's principal from its day, and on all that is left from the acceleration."""
    rate, until = penalty_rate(terms), values["accelerated_on"] or terms.calculated_to
    if terms.product.method == BULLET:
        return simple_interest(terms.principal, rate, (terms.calculated_to - terms.first_overdue_on).days)
    penalty = 0
    for number in range(terms.paid, terms.instalments):
        due = add_months(terms.first_overdue_on, number - terms.paid)
        if due >= until:
            break
        penalty += simple_interest(plan.principals[number], rate, (until - due).days)
    if values["accelerated_on"]:
        days = (terms.calculated_to - until).days
        penalty += simple_interest(plan.balances[terms.paid], rate, days)
    return penalty


def _instalments_overdue(terms: Terms, values: dict[str, Any]) -> int:
    until = values["accelerated_on"] or terms.calculated_to
    return sum(1 for k in range(terms.instalments - terms.paid) if add_months(terms.first_overdue_on, k) <= until)


def _within_cap(terms: Terms, debt: dict[str, Any], start: date) -> dict[str, Any]:
    """A careful lender waives what passes the cap since `start`: fees and premium first, compound interest last."""
    cap = PRIVATE_CAP if terms.lender.kind == "private" else LICENSED_CAP
    allowed = simple_interest(debt["outstanding_principal"], cap, (terms.calculated_to - start).days)
    for name in ("fees_due", "premium_due", "damages_due", "penalty_due", "compound_due"):
        above = sum(debt[part] or 0 for part in CHARGES) - allowed
        if above > 0 and debt[name]:
            debt[name] = max(0, debt[name] - above)
    return debt


def _about(person: Person, lender: Lender) -> dict[str, Any]:
    return {
        "borrower_name": person.name,
        "id_no": person.id_no,
        "mobile": person.mobile,
        "gender": "男" if person.male else "女",
        "ethnicity": person.ethnicity,
        "id_address": person.id_address,
        "contact_address": person.contact_address,
        "employer": person.employer,
        "lender_name": lender.name,
        "lender_code": lender.code,
        "lender_kind": lender.kind,
        "licence_no": lender.licence,
    }
