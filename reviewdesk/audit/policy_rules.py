"""The rules of a policy that are lists and days: kinds of lender, order of set-off, evidence, how a check counts."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from reviewdesk.audit.loan import LEGAL_ORDER
from reviewdesk.audit.policy_parts import (
    LenderKind,
    NotSound,
    Part,
    Severity,
    Sourced,
)


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
