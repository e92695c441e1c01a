"""The tables of a policy: LPR, caps, costs and fees, wages, holidays, buckets, and shares expected back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from reviewdesk.audit.policy_parts import (
    LenderKind,
    NotSound,
    Part,
    Sourced,
    Yuan,
)


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
