"""Settlement plans: deferral (延期), instalments (分期) and reduction (减免), computed and checked in fen.

A plan starts from the confirmed debt, by component, and never from more than may be claimed. What is waived is taken
from the components in a fixed order, damages and penalty interest first and principal last, so a reader can see what
was given up. The instalments are equal; the last one takes the rest of the division, and they always add up.

Source of the order and of the default limits: the settlement rules of consumer-loan collection, and Civil Code
Art. 678 (a lender may agree to an extension). The limits belong to the policy that the case was audited under.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from dateutil.relativedelta import relativedelta

from reviewdesk.money import Fen, yuan

NOTHING = Fen(0)


class Kind(StrEnum):
    """What the borrower is offered."""

    DEFERRAL = "deferral"
    INSTALMENTS = "instalments"
    REDUCTION = "reduction"


class Component(StrEnum):
    """A part of the debt."""

    DAMAGES = "damages"
    PENALTY = "penalty"
    FEES = "fees"
    COMPOUND = "compound"
    INTEREST = "interest"
    PRINCIPAL = "principal"


WAIVER_ORDER = tuple(Component)
"""Damages, penalty interest and fees, then compound interest, then interest, then principal."""

_FACT_OF = {
    Component.DAMAGES: "damages_due",
    Component.PENALTY: "penalty_due",
    Component.FEES: "fees_due",
    Component.COMPOUND: "compound_due",
    Component.INTEREST: "interest_due",
}


@dataclass(frozen=True, slots=True)
class Debt:
    """A debt by component, each in fen and none below zero."""

    parts: Mapping[Component, Fen]

    @classmethod
    def of(cls, parts: Mapping[Component, int]) -> Self:
        """The debt with every component named, absent ones as zero."""
        return cls({component: Fen(parts.get(component, 0)) for component in WAIVER_ORDER})

    @property
    def total(self) -> Fen:
        return Fen(sum(self.parts.values()))

    def take(self, amount: int) -> tuple["Debt", "Debt"]:
        """Take `amount` fen off in the waiver order: (what was taken, what remains).

        Raises:
            ValueError: more is taken than is owed, or less than nothing.
        """
        if not 0 <= amount <= self.total:
            raise ValueError(f"cannot take {amount} fen off a debt of {self.total} fen")
        taken: dict[Component, int] = {}
        for component in WAIVER_ORDER:
            taken[component] = min(amount, self.parts[component])
            amount -= taken[component]
        return Debt.of(taken), Debt.of({c: self.parts[c] - taken[c] for c in WAIVER_ORDER})

    def within(self, claimable: int | None) -> "Debt":
        """The debt without what may not be claimed. An unknown `claimable` drops nothing."""
        if claimable is None or claimable >= self.total:
            return self
        return self.take(self.total - max(claimable, 0))[1]


def confirmed_debt(facts: Mapping[str, object], claimable: int | None) -> Debt:
    """The debt that a settlement may confirm, from a case's facts (money in fen) and the audit's claimable sum.

    What guarantors and insurers paid for the borrower stands in the place of principal, and their premium with the
    fees. The part of a stated total that no component explains counts as principal, which is waived last.
    """
    parts: dict[Component, int] = {c: _fen(facts, name) or 0 for c, name in _FACT_OF.items()}
    parts[Component.FEES] += _fen(facts, "premium_due") or 0
    principal = next(
        (v for n in ("claim_paid", "outstanding_principal", "principal") if (v := _fen(facts, n)) is not None), None
    )
    total = _fen(facts, "total_claimed")
    if principal is None:
        principal = max((total or 0) - sum(parts.values()), 0)
    parts[Component.PRINCIPAL] = principal
    return Debt.of(parts).within(_least(total, claimable))


def _fen(facts: Mapping[str, object], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _least(*amounts: int | None) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return min(known) if known else None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the reviewer fills in. `count` is the number of instalments after the down payment."""

    kind: Kind
    agreed_on: date
    first_due_on: date
    count: int = 1
    waived: Fen = NOTHING
    down_payment: Fen = NOTHING


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment of a plan. `number` 0 is the down payment, due on the day of the agreement."""

    number: int
    due_on: date
    amount: Fen


@dataclass(frozen=True, slots=True)
class Plan:
    """A computed plan. ``confirmed.total == waived.total + sum of the instalments``, always."""

    kind: Kind
    agreed_on: date
    confirmed: Debt
    waived: Debt
    instalments: tuple[Instalment, ...]

    @property
    def payable(self) -> Fen:
        """What the borrower pays under the plan, in fen."""
        return Fen(sum(part.amount for part in self.instalments))

    @property
    def first_due_on(self) -> date:
        """When the first instalment after the down payment is due."""
        return next(part.due_on for part in self.instalments if part.number)

    @property
    def count(self) -> int:
        """Instalments without the down payment."""
        return sum(1 for part in self.instalments if part.number)

    def waived_share(self, component: Component) -> Decimal:
        """The share of a component that is waived, 0 to 1."""
        owed = self.confirmed.parts[component]
        return Decimal(self.waived.parts[component]) / Decimal(owed) if owed else Decimal(0)

    def as_json(self) -> dict[str, object]:
        """The plan as it is stored and sent: money as decimal strings in yuan, dates ISO."""
        return {
            "kind": self.kind.value,
            "agreed_on": self.agreed_on.isoformat(),
            "confirmed": _parts_json(self.confirmed),
            "waived": _parts_json(self.waived),
            "payable": yuan(self.payable),
            "instalments": [
                {"number": part.number, "due_on": part.due_on.isoformat(), "amount": yuan(part.amount)}
                for part in self.instalments
            ],
        }


def _parts_json(debt: Debt) -> dict[str, str]:
    return {c.value: yuan(debt.parts[c]) for c in WAIVER_ORDER if debt.parts[c]} | {"total": yuan(debt.total)}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a plan cannot stand, beside the field that must be mended, in both languages."""

    field: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Authority:
    """How far one role may go in a settlement.

    Attributes:
        waive: the share of each component that may be waived, 0 to 1; absent components may not be waived.
        instalments: the most instalments.
        first_within_days: the furthest first payment, in days from the agreement; that of a deferral is its only one.
        waived: the most that may be waived without a second person, in fen.
    """

    waive: Mapping[Component, Decimal]
    instalments: int
    first_within_days: int
    waived: Fen


def compute(terms: Terms, debt: Debt) -> tuple[Plan | None, tuple[Problem, ...]]:
    """Compute the plan that `terms` describe for `debt`, or say everything that is wrong with them.

    Exactly one of the two results is empty.
    """
    problems = tuple(_problems(terms, debt))
    if problems:
        return None, problems
    waived, remaining = debt.take(terms.waived)
    payments = _instalments(terms, remaining.total)
    return Plan(terms.kind, terms.agreed_on, debt, waived, payments), ()


def equal_parts(amount: int, count: int) -> tuple[Fen, ...]:
    """Divide `amount` fen into `count` equal parts; the last one takes the rest of the division.

    >>> equal_parts(560_000, 6)
    (93333, 93333, 93333, 93333, 93333, 93335)
    """
    part, rest = divmod(amount, count)
    return (*(Fen(part) for _ in range(count - 1)), Fen(part + rest))


def monthly(first: date, count: int) -> tuple[date, ...]:
    """`count` due dates a month apart. A 31st falls on the last day of a shorter month and comes back after it."""
    return tuple(first + relativedelta(months=n) for n in range(count))


def _instalments(terms: Terms, payable: int) -> tuple[Instalment, ...]:
    dates = monthly(terms.first_due_on, terms.count)
    amounts = equal_parts(payable - terms.down_payment, terms.count)
    rows = [Instalment(n, due, amount) for n, (due, amount) in enumerate(zip(dates, amounts, strict=True), 1)]
    if terms.down_payment:
        rows.insert(0, Instalment(0, terms.agreed_on, terms.down_payment))
    return tuple(rows)


MOST_INSTALMENTS = 120


def _problems(terms: Terms, debt: Debt) -> Iterable[Problem]:
    """What is wrong with the terms themselves, whoever proposes them."""
    if debt.total <= 0:
        yield Problem(
            "kind",
            "settlement.nothing_owed",
            "没有可确认的欠款，不能和解。",
            "Nothing is owed that a plan could settle.",
        )
        return
    yield from _money_problems(terms, debt)
    if terms.first_due_on <= terms.agreed_on:
        yield Problem(
            "first_due_on",
            "settlement.date_order",
            f"首期应在约定日 {terms.agreed_on} 之后。",
            f"The first payment must fall after the day of the agreement, {terms.agreed_on}.",
        )
    if not 1 <= terms.count <= MOST_INSTALMENTS:
        yield Problem(
            "count",
            "settlement.count",
            f"期数应在 1 至 {MOST_INSTALMENTS} 之间。",
            f"The number of instalments must be 1 to {MOST_INSTALMENTS}.",
        )
    else:
        yield from _count_problems(terms, debt)


def _count_problems(terms: Terms, debt: Debt) -> Iterable[Problem]:
    left = debt.total - terms.waived - terms.down_payment
    if terms.kind is Kind.DEFERRAL and terms.count != 1:
        yield Problem(
            "count", "settlement.deferral_once", "延期为一次付清，期数应为 1。", "A deferral is paid in one payment."
        )
    elif terms.kind is Kind.INSTALMENTS and terms.count < 2:
        yield Problem("count", "settlement.count_low", "分期至少 2 期。", "Instalments are at least two.")
    elif 0 <= left < terms.count:
        yield Problem(
            "count", "settlement.too_thin", "期数过多，每期不足 0.01 元。", "Too many instalments for the sum left."
        )


def _money_problems(terms: Terms, debt: Debt) -> Iterable[Problem]:
    if terms.kind is Kind.REDUCTION and terms.waived <= 0:
        yield Problem("waived", "settlement.no_waiver", "请填写减免金额。", "Say how much is waived.")
    elif terms.kind is not Kind.REDUCTION and terms.waived:
        yield Problem(
            "waived", "settlement.waiver_kind", "延期和分期不减免金额，请改选减免。", "Only a reduction waives money."
        )
    elif terms.waived >= debt.total:
        yield Problem(
            "waived",
            "settlement.waives_all",
            f"减免金额应小于确认欠款 {yuan(debt.total)}。",
            f"The waiver must be less than the confirmed debt of {yuan(debt.total)}.",
        )
    if terms.down_payment < 0 or terms.down_payment > max(debt.total - max(terms.waived, 0), 0):
        yield Problem(
            "down_payment",
            "settlement.down_payment",
            f"首付应在 0 至 {yuan(Fen(max(debt.total - terms.waived, 0)))} 之间。",
            f"The down payment must be 0 to {yuan(Fen(max(debt.total - terms.waived, 0)))}.",
        )


def beyond(plan: Plan, authority: Authority) -> tuple[Problem, ...]:
    """Where a plan passes an authority's limits. An empty answer means that the role may agree to it alone."""
    return tuple(_beyond(plan, authority))


def _beyond(plan: Plan, authority: Authority) -> Iterable[Problem]:
    for component in WAIVER_ORDER:
        allowed = authority.waive.get(component, Decimal(0))
        if plan.waived_share(component) > allowed:
            name_zh, name_en = NAMES[component]
            yield Problem(
                "waived",
                f"settlement.waiver_limit.{component.value}",
                f"减免{name_zh} {plan.waived_share(component):.0%}，权限为 {allowed:.0%}。",
                f"Waives {plan.waived_share(component):.0%} of the {name_en}; the limit is {allowed:.0%}.",
            )
    if plan.waived.total > authority.waived:
        yield Problem(
            "waived",
            "settlement.waiver_amount",
            f"减免 {yuan(plan.waived.total)}，超过限额 {yuan(authority.waived)}。",
            f"Waives {yuan(plan.waived.total)}, above the limit of {yuan(authority.waived)}.",
        )
    if plan.count > authority.instalments:
        yield Problem(
            "count",
            "settlement.count_limit",
            f"共 {plan.count} 期，权限为 {authority.instalments} 期。",
            f"{plan.count} instalments; the limit is {authority.instalments}.",
        )
    days = (plan.first_due_on - plan.agreed_on).days
    if days > authority.first_within_days:
        yield Problem(
            "first_due_on",
            "settlement.days_limit",
            f"首期在 {days} 天之后，最长 {authority.first_within_days} 天。",
            f"The first payment is {days} days away; the limit is {authority.first_within_days}.",
        )


NAMES: Mapping[Component, tuple[str, str]] = {
    Component.DAMAGES: ("违约金", "liquidated damages"),
    Component.PENALTY: ("罚息", "penalty interest"),
    Component.FEES: ("费用", "fees"),
    Component.COMPOUND: ("复利", "compound interest"),
    Component.INTEREST: ("利息", "interest"),
    Component.PRINCIPAL: ("本金", "principal"),
}
