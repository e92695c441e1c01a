"""Deciding on cases: plans, decisions, and what is given for them."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from reviewdesk.api.shapes.base import Choice, GivenMoney, Moment, Reason, Shape
from reviewdesk.review.settlement import Kind


class Plan(BaseModel):
    """A settlement plan; `confirmed.total` is `waived.total` plus the sum of the instalments."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    agreed_on: date
    confirmed: dict[str, str]
    waived: dict[str, str]
    payable: str
    instalments: list["Instalment"]


class Instalment(Shape):
    """One payment of a plan; number 0 is the down payment."""

    number: int
    due_on: date
    amount: str


class Decision(Shape):
    """What a reviewer decided. `state` is `waiting` while it waits for a second person, for the `needs` it names."""

    decision_id: UUID
    case_id: int
    choice: Choice
    state: Literal["effective", "waiting", "refused", "overtaken"]
    reason: str
    note: str | None
    needs: list[str]
    seen: list[str]
    plan: Plan | None
    case_version: int
    run_id: int | None
    by_id: UUID
    by: str
    at: Moment
    second_id: UUID | None
    second: str | None
    second_reason: str | None
    second_at: Moment | None


class GivenPlan(Shape):
    """The terms of a settlement: `count` instalments after the down payment, the first on `first_due_on`."""

    kind: Kind
    agreed_on: date | None = Field(None, description="today, where absent")
    first_due_on: date
    count: int = Field(1, ge=1, le=120)
    waived: GivenMoney = 0
    down_payment: GivenMoney = 0


class GivenDecision(Shape):
    """A decision as it is asked for. `case_version` and `run_id` are those of the case that the client saw.

    `seen` lists the checks with missing facts that the decider acknowledges; `plan` are the terms of a settlement.
    """

    choice: Choice
    reason: Reason
    case_version: int
    run_id: int | None = None
    note: str | None = Field(None, max_length=2000)
    seen: list[str] = Field(default=[], max_length=100)
    plan: GivenPlan | None = None


class GivenReason(Shape):
    """Why a second person confirms or refuses."""

    reason: str = Field("", max_length=2000)
