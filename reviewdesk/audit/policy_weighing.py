"""What a policy assumes of the risks of suing: the likely defences, and which finding opens the way to which."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

from pydantic import Field

from reviewdesk.audit.policy_parts import Part, Sourced

DefenceId = Literal[
    "jurisdiction",
    "arbitration",
    "rate",
    "received_less",
    "amount",
    "paid",
    "identity",
    "limitation",
    "demand",
    "standing",
    "licence",
    "acceleration",
    "capacity",
    "repeat",
    "disclosure",
    "service",
    "conduct",
    "hardship",
    "guarantee",
]
DEFENCES = get_args(DefenceId)
"""All defences that the product knows."""


class Defence(Sourced):
    """A defence that a borrower may raise.

    `loss` is the share of the recovery that is lost where the finding behind it stands in full, `months` by how much
    the suit is longer. Both are the organisation's own assumptions; `cites` is the law that the defence rests on.
    """

    zh: str
    en: str
    loss: Decimal = Field(ge=0, le=1)
    months: Decimal = Field(ge=0, le=60)


class DefenceOfCheck(Part):
    """Which defence is likely where a check fails, warns, or lacks its facts."""

    defence: DefenceId
