"""What the parts of a policy are made of: values with their source, numbers with unit and bounds, and their errors."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from reviewdesk.errors import Text
from reviewdesk.money import Fen, fen

LENDER_KINDS = ("bank", "consumer_finance", "micro_loan", "assisted", "guarantor", "insurer", "private")
RECOURSE_KINDS = frozenset({"guarantor", "insurer"})
WHOLE_COUNTRY = "all"

LenderKind = Literal["bank", "consumer_finance", "micro_loan", "assisted", "guarantor", "insurer", "private"]
Severity = Literal["fail", "warn", "info"]


def _to_fen(value: object) -> object:
    return fen(value) if isinstance(value, str) else value


Yuan = Annotated[Fen, BeforeValidator(_to_fen)]
"""Fen, written in the file as a decimal string in yuan."""


class NotSound(ValueError):
    """A rule within a policy that does not hold, in both languages; validation passes it on to `read_policy`."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


class Part(BaseModel):
    """A part of a policy: just these members, which never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Sourced(Part):
    """A value with where it comes from. `verified` is False for what is stated from general knowledge of the law."""

    cites: str = Field(min_length=2)
    verified: bool


class Parameter(Sourced):
    """One number with its unit and the bounds within which an organisation may set it."""

    value: Decimal
    unit: Literal["yuan", "rate", "days", "months", "years", "count", "factor", "hour"]
    min: Decimal
    max: Decimal
    zh: str
    en: str

    @model_validator(mode="after")
    def _sensible(self) -> Parameter:
        if not self.min <= self.value <= self.max:
            raise NotSound(
                f"{self.zh}：{self.value} 不在允许的 {self.min} 至 {self.max} 之间",
                f"{self.en}: {self.value} is outside the permitted {self.min} to {self.max}",
            )
        if self.unit in {"days", "years", "count", "hour"} and self.value != self.value.to_integral_value():
            raise NotSound(f"{self.zh}：{self.value} 须为整数", f"{self.en}: {self.value} must be whole {self.unit}")
        return self

    @property
    def whole(self) -> int:
        """The value as a whole number."""
        return int(self.value)

    @property
    def fen(self) -> Fen:
        """The value of a parameter in yuan, in fen."""
        return Fen(int(self.value * 100))
