"""The policy: every number and list that the checks rest on, versioned, dated, with its source.

A policy is data (`policies/<name>.json`), validated when loaded: units, bounds, order of tables, and a rule for every
kind of lender on every day. No check holds a number of its own.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from reviewdesk.audit.policy_errors import problems_of
from reviewdesk.audit.policy_parts import (
    LENDER_KINDS,
    WHOLE_COUNTRY,
    NotSound,
    Parameter,
    Part,
    Sourced,
)
from reviewdesk.audit.policy_rules import (
    CheckRule,
    EvidenceItem,
    KindsOf,
    SetOffOrder,
    SinceRule,
    StudentRule,
    UntilRule,
)
from reviewdesk.audit.policy_tables import (
    Bucket,
    CapRule,
    CostLine,
    DayOff,
    Fees,
    LprTable,
    Recovery,
    Wage,
)
from reviewdesk.audit.policy_weighing import DEFENCES, Defence, DefenceId, DefenceOfCheck
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
    misuse_uplift: Parameter
    old_paid_limit: Parameter
    day_count: Parameter
    overdue_days_tolerance: Parameter
    overdue_days_to_file: Parameter
    limitation_years: Parameter
    limitation_longest: Parameter
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
        Invalid: it does not hold together; `details["errors"]` names everything wrong and where.
    """
    try:
        return TypeAdapter(Policy).validate_json(text)
    except ValidationError as error:
        problems = problems_of(error)
        where, said = problems[0]["field"], problems[0]["message"]
        raise Invalid(
            "policy.invalid",
            Text(
                f"审核策略无效（{where or '-'}）：{said['zh']}",
                f"The policy is not valid ({where or '-'}): {said['en']}",
            ),
            field=where,
            errors=problems,
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
