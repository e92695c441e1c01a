"""The policy: every number and list that the checks rest on, versioned, dated, with its source.

A policy is data (`policies/<name>.json`), validated when loaded: units, bounds, order of tables, and a rule for every
kind of lender on every day. No check holds a number of its own.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from reviewdesk.audit.loan import LEGAL_ORDER
from reviewdesk.audit.policy_parts import (
    LENDER_KINDS,
    WHOLE_COUNTRY,
    LenderKind,
    NotSound,
    Parameter,
    Part,
    Severity,
    Sourced,
    Yuan,
)
from reviewdesk.audit.weighing_policy import DEFENCES, Defence, DefenceId, DefenceOfCheck
from reviewdesk.errors import Invalid, Text

BUILT_IN = "CN-2026.1"


class Parameters(Part):
    """Every single number of a policy, by name."""

    sum_tolerance: Parameter
    schedule_tolerance_share: Parameter
    schedule_tolerance_amount: Parameter
    ledger_tolerance_share: Parameter
    ledger_tolerance_amount: Parameter
    ledger_limit_share: Parameter
    ledger_limit_amount: Parameter
    all_in_tolerance: Parameter
    penalty_uplift: Parameter
    day_count: Parameter
    overdue_days_tolerance: Parameter
    overdue_days_to_file: Parameter
    limitation_years: Parameter
    limitation_warning_days: Parameter
    adult_age: Parameter
    elderly_age: Parameter
    phone_borrowers: Parameter
    court_share: Parameter
    court_cases: Parameter
    unlicensed_borrowers: Parameter
    small_claims_share: Parameter
    small_claims_agreed: Parameter
    lawyer_fee: Parameter
    lawyer_fee_share: Parameter
    service_cost: Parameter
    worth_factor: Parameter
    cost_share: Parameter
    second_approval_above: Parameter
    reduction_second_approval_above: Parameter
    reviewer_interest_reduction: Parameter
    reviewer_instalments: Parameter
    senior_principal_reduction: Parameter
    longest_plan: Parameter
    longest_deferral: Parameter
    least_principal: Parameter
    most_principal: Parameter
    highest_rate: Parameter
    median_factor: Parameter
    stale_days: Parameter
    lpr_gap_days: Parameter
    address_borrowers: Parameter
    systematic_share: Parameter
    systematic_cases: Parameter
    quiet_from_hour: Parameter
    quiet_to_hour: Parameter
    calls_a_day: Parameter
    limitation_watch_days: Parameter
    guarantee_months: Parameter
    settle_below: Parameter
    settle_overdue_days: Parameter
    settle_paid_days: Parameter
    schedule_row_tolerance: Parameter
    lawyer_fee_most: Parameter
    defence_weight_warn: Parameter
    defence_weight_missing: Parameter
    defence_weight_overridden: Parameter
    evidence_item_loss: Parameter
    announcement_cost: Parameter
    preservation_use: Parameter
    months_to_file: Parameter
    months_small_claims: Parameter
    months_simplified: Parameter
    months_ordinary: Parameter
    months_announcement: Parameter
    months_enforcement: Parameter
    small_suit: Parameter
    small_suit_share: Parameter
    hardship_share: Parameter
    suits_per_thousand: Parameter


class LprValue(Part):
    """A one-year LPR from its day of publication on."""

    since: date = Field(alias="from")
    rate: Decimal = Field(gt=0, lt=1)
    verified: bool


class LprTable(Sourced):
    """The one-year LPR's history; `confirmed_to` is the last day for which the last value is known to hold."""

    values: tuple[LprValue, ...] = Field(min_length=1)
    confirmed_to: date

    @model_validator(mode="after")
    def _in_order(self) -> LprTable:
        days = [value.since for value in self.values]
        if days != sorted(set(days)) or self.confirmed_to < days[-1]:
            raise NotSound(
                "LPR 须按日期先后排列、日期不重复，“确认有效至”不得早于最后一次公布日",
                "LPR values must be in the order of their days, and confirmed to a later day",
            )
        return self


class CapRule(Sourced):
    """What caps the charges of some kinds of lender on loans formed within some days (both included).

    `fixed` uses `rate`; `lpr_at_formation` and `lpr_at_filing` use `multiple` times the one-year LPR of that day. With
    `turn`, days before it are capped by `rate_before`.
    """

    id: str
    lender_kinds: tuple[LenderKind, ...]
    rule: Literal["fixed", "lpr_at_formation", "lpr_at_filing"]
    rate: Decimal | None = None
    multiple: Decimal | None = None
    formed_from: date | None = None
    formed_to: date | None = None
    rate_before: Decimal | None = None
    turn: date | None = None

    @model_validator(mode="after")
    def _complete(self) -> CapRule:
        if (self.rate is None) == (self.rule == "fixed"):
            raise NotSound(
                f"{self.id}：固定上限须填利率，其他规则不填",
                f"{self.id}: a fixed rule has a rate, and only a fixed rule",
            )
        if (self.multiple is None) == (self.rule != "fixed"):
            raise NotSound(
                f"{self.id}：按 LPR 计算的上限须填倍数，其他规则不填",
                f"{self.id}: an LPR rule has a multiple, and only an LPR rule",
            )
        if (self.rate_before is None) != (self.turn is None):
            raise NotSound(
                f"{self.id}：此前利率与转换日须同时填写或同时不填", f"{self.id}: rate_before and turn belong together"
            )
        return self

    def covers(self, kind: str, formed_on: date) -> bool:
        """Whether the rule speaks of a loan of this kind of lender formed on that day."""
        after = self.formed_from is None or formed_on >= self.formed_from
        before = self.formed_to is None or formed_on <= self.formed_to
        return kind in self.lender_kinds and after and before


class CostLine(Sourced):
    """A line that the supervisor drew below the cap, for loans of some kinds of lender formed from a day on.

    It is a `rate`, or a `multiple` of the one-year LPR of the contract's day; `of` one loan's cost or of a lender's
    average; `weight` says whether passing it is a warning or only told.
    """

    id: str
    lender_kinds: tuple[LenderKind, ...]
    of: Literal["loan", "average"]
    rate: Decimal | None = None
    multiple: Decimal | None = None
    since: date = Field(alias="from")
    weight: Literal["warn", "info"]

    @model_validator(mode="after")
    def _one_measure(self) -> CostLine:
        if (self.rate is None) == (self.multiple is None):
            raise NotSound(
                f"{self.id}：须填利率或 LPR 倍数之一", f"{self.id}: give either a rate or a multiple of the LPR"
            )
        return self


class FeeBracket(Part):
    """A part of a claim, its rate, and a flat fee for the lowest part. `up_to` is None in the last bracket."""

    up_to: Yuan | None
    rate: Decimal
    flat: Yuan


class FeeScale(Sourced):
    """A cumulative scale of fees."""

    brackets: tuple[FeeBracket, ...] = Field(min_length=1)
    highest: Yuan | None = None

    @model_validator(mode="after")
    def _in_order(self) -> FeeScale:
        ends = [bracket.up_to for bracket in self.brackets[:-1]]
        rising = all(end is not None for end in ends) and ends == sorted(ends, key=lambda end: end or 0)
        if not rising or self.brackets[-1].up_to is not None:
            raise NotSound(
                "收费分段须逐段递增，最后一段不设上限", "Fee brackets must rise, and the last must have no end"
            )
        return self


class Fees(Part):
    """The scales of Order 481."""

    court: FeeScale
    preservation: FeeScale
    execution: FeeScale


class Wage(Sourced):
    """The average annual wage of a province (two-digit prefix, or "all") in a year."""

    province: str = Field(pattern=r"^(all|[1-9]\d)$")
    year: int = Field(ge=2000, le=2100)
    yuan: Yuan


class DayOff(Sourced):
    """A day announced as a public holiday, or (`works`) as a working day in place of one."""

    day: date
    works: bool = False


class Bucket(Part):
    """Days overdue that a bucket covers; `to_day` is None for the last."""

    name: str
    from_day: int
    to_day: int | None


class Recovery(Part):
    """The share of a claim expected back, by days overdue."""

    up_to_days: int | None
    share: Decimal = Field(ge=0, le=1)


class KindsOf(Sourced):
    """The kinds of lender to which something applies."""

    lender_kinds: tuple[LenderKind, ...]


class SetOffOrder(Sourced):
    """In which order a payment is set off that does not cover all."""

    order: tuple[Literal["fees", "interest", "compound", "penalty", "principal"], ...]

    @model_validator(mode="after")
    def _each_once(self) -> SetOffOrder:
        if sorted(self.order) != sorted(LEGAL_ORDER):
            raise NotSound(
                "抵充顺序须包含费用、利息、复利、罚息、本金各一次",
                f"The order of set-off must name each of {', '.join(LEGAL_ORDER)} once",
            )
        return self


class StudentRule(Sourced):
    """Lenders that may not lend to students, and from when."""

    forbidden: tuple[LenderKind, ...]
    since: date = Field(alias="from")


class SinceRule(Sourced):
    """A rule that holds from a day on."""

    since: date = Field(alias="from")


class UntilRule(Sourced):
    """A rule that holds to a day, which is included."""

    until: date


class EvidenceItem(Sourced):
    """A document for the filing, required of these kinds of lender; where none is named, it is useful but not required.

    `when` limits it: an e-signed contract, an accelerated or assigned loan, a loan under the duty to disclose its cost.
    """

    zh: str
    en: str
    lender_kinds: tuple[LenderKind, ...]
    when: Literal["electronic", "accelerated", "assigned", "disclosed"] | None = None


class CheckRule(Part):
    """How a check counts in this policy; `reason` says why it counts otherwise than in the built-in policy."""

    severity: Severity
    enabled: bool = True
    reason: str = Field(default="", max_length=500)


class Title(Part):
    """A name in both languages."""

    zh: str
    en: str


class Policy(Part):
    """A whole policy."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    title: Title
    effective_from: date
    lpr: LprTable
    caps: tuple[CapRule, ...]
    all_in_caps: tuple[CapRule, ...]
    cost_lines: tuple[CostLine, ...] = ()
    set_off: SetOffOrder
    compound: KindsOf
    uplift: KindsOf
    licence: KindsOf
    students: StudentRule
    disclosure: SinceRule
    internet_courts: SinceRule
    transfers: UntilRule
    fees: Fees
    wages: tuple[Wage, ...]
    holidays: tuple[DayOff, ...] = ()
    buckets: tuple[Bucket, ...]
    recovery: tuple[Recovery, ...]
    evidence: dict[str, EvidenceItem]
    parameters: Parameters
    checks: dict[str, CheckRule]
    defences: dict[DefenceId, Defence]
    check_defences: dict[str, DefenceOfCheck]

    @model_validator(mode="after")
    def _whole(self) -> Policy:
        _require_one_rule_a_day(self.caps)
        _require_one_rule_a_day(self.all_in_caps)
        if not any(wage.province == WHOLE_COUNTRY for wage in self.wages):
            raise NotSound("年平均工资须有全国一行（all）", "Wages need a row for the whole country (all)")
        days = [entry.day for entry in self.holidays]
        if len(days) != len(set(days)):
            raise NotSound("节假日表中有重复的日期", "A day is twice in the table of holidays")
        if set(self.defences) != set(DEFENCES):
            raise NotSound("抗辩表须包含每一种抗辩", "The table of defences must have each of them")
        if not self.check_defences.keys() <= self.checks.keys():
            raise NotSound("抗辩对应表中有未知的审核项", "A check in the table of defences is not known")
        limits = [step.up_to_days for step in self.recovery]
        if limits[-1] is not None or None in limits[:-1]:
            raise NotSound(
                "回收比例的最后一档须不设上限，其他各档须有上限",
                "The last recovery share, and only it, must have no end",
            )
        return self

    @cached_property
    def evidence_names(self) -> dict[str, Text]:
        """What each item of evidence is called."""
        return {item: Text(rule.zh, rule.en) for item, rule in self.evidence.items()}

    @cached_property
    def cap_cites(self) -> dict[str, str]:
        """The citation of each cap rule, by its id."""
        return {rule.id: rule.cites for rule in (*self.caps, *self.all_in_caps)}

    @property
    def unverified(self) -> tuple[str, ...]:
        """The names of what this policy states without a checked source, for whoever approves it."""
        named: list[tuple[str, Sourced]] = [(name, getattr(self.parameters, name)) for name in Parameters.model_fields]
        named += [(rule.id, rule) for rule in (*self.caps, *self.all_in_caps)]
        named += [(line.id, line) for line in self.cost_lines]
        named += [(f"wage {wage.province} {wage.year}", wage) for wage in self.wages]
        named += [(f"evidence {name}", item) for name, item in self.evidence.items()]
        named += [(f"defence {name}", item) for name, item in self.defences.items()]
        named += [
            (name, getattr(self, name))
            for name in ("compound", "uplift", "licence", "students", "disclosure", "transfers", "set_off")
        ]
        return tuple(name for name, part in named if not part.verified)


def _require_one_rule_a_day(rules: tuple[CapRule, ...]) -> None:
    """Each kind of lender has exactly one rule on every day; rules can only change on their first and last days."""
    turns = {date(2000, 1, 1)}
    for rule in rules:
        turns.update(day for day in (rule.formed_from, rule.formed_to) if day)
        if rule.formed_to:
            turns.add(rule.formed_to + timedelta(days=1))
    for kind in LENDER_KINDS:
        for day in turns:
            found = sum(rule.covers(kind, day) for rule in rules)
            if found != 1:
                raise NotSound(
                    f"{kind} 在 {day} 有 {found} 条利率上限规则，须恰好一条",
                    f"{found} cap rules for {kind} on {day}; there must be one",
                )


def read_policy(text: str | bytes) -> Policy:
    """Read a policy from JSON.

    Raises:
        Invalid: it does not hold together; the sentence names the first thing wrong and where.
    """
    try:
        return TypeAdapter(Policy).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        why = first.get("ctx", {}).get("error")
        said = why.text if isinstance(why, NotSound) else Text(first["msg"], first["msg"])
        raise Invalid(
            "policy.invalid",
            Text(f"审核策略无效（{where or '-'}）：{said.zh}", f"The policy is not valid ({where or '-'}): {said.en}"),
            field=where,
        ) from error


@cache
def load_policy(name: str = BUILT_IN) -> Policy:
    """The built-in policy of that name; or, for the command line, the one in a JSON file of that path.

    Raises:
        Invalid: there is none, or it does not hold together.
    """
    if name.endswith(".json") and Path(name).is_file():
        return read_policy(Path(name).read_bytes())
    if name not in policy_names():
        known = "、".join(policy_names())
        raise Invalid(
            "policy.unknown",
            Text(f"没有名为“{name}”的审核策略；现有：{known}", f"There is no policy named {name}; known: {known}"),
        )
    return read_policy(files(__package__).joinpath("policies", f"{name}.json").read_bytes())


@cache
def policy_names() -> tuple[str, ...]:
    """The names of the built-in policies, in order."""
    found = (re.fullmatch(r"(.+)\.json", entry.name) for entry in files(__package__).joinpath("policies").iterdir())
    return tuple(sorted(match.group(1) for match in found if match))
