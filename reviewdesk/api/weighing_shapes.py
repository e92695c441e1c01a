"""The shapes of what the risks of suing are told in."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from reviewdesk.api.shapes import Moment, Money, Sentence, Shape
from reviewdesk.audit.weighing.figure import Figure
from reviewdesk.money import plain, yuan


class FigureShape(Shape):
    """A number with its formula. `sum`, worked out and rounded as `rounding` says, gives `value`."""

    name: str
    label: Sentence
    unit: Literal["yuan", "rate", "months", "count"]
    value: str
    formula: Sentence
    sum: str = Field(examples=["8,866.21 × 0.3 × 0.975"])
    rounding: Literal["exact", "down", "half_up"]
    source: Sentence
    assumed: bool = Field(description="an assumption of the organisation without a checked source is part of it")

    @classmethod
    def of(cls, one: Figure) -> "FigureShape":
        """A figure as the API gives it."""
        return cls(
            name=one.name,
            label=Sentence.of(one.label),
            unit=one.unit,
            value=yuan(one.value) if one.unit == "yuan" else plain(one.value),
            formula=Sentence.of(one.formula),
            sum=one.sum,
            rounding=one.rounding,
            source=Sentence.of(one.source),
            assumed=one.assumed,
        )


class LikelyDefence(Shape):
    """A likely defence: `factor` = 1 − `weight` × `loss` of the recovery is left, and the suit is `months` longer."""

    defence: str
    label: Sentence
    checks: list[str]
    outcome: Literal["fail", "warn", "missing"]
    weight: str
    loss: str
    factor: str
    months: str
    law: Sentence
    verified: bool


class JoinedSuit(Shape):
    """The joined suit that a case goes to court in; its costs are counted once, and shared in proportion to the claims.

    `claim` and `cost` are the whole suit's. `not_counted`: cases of it whose claim is unknown.
    """

    joint_id: UUID
    cases: list[str]
    not_counted: list[str]
    claim: Money
    court_fee: Money
    cost: Money


class CaseWeighing(Shape):
    """The risks of suing a case, an estimate: the decision is a person's.

    Of a case in a joined suit the figures `suit_…` are the suit's, and `fee`, `preservation`, `service`, `lawyer` and
    `cost` the case's part of them.
    """

    case_id: int
    number: str
    run_id: int
    policy: str
    as_of: date
    procedure: Literal["small_claims", "simplified", "ordinary"]
    suit: JoinedSuit | None
    advice: Sentence
    figures: list[FigureShape]
    defences: list[LikelyDefence]


class WeighingGroup(Shape):
    """Some of the cases of a batch, in how many suits (a joined one counts once), and their sums."""

    name: str
    cases: int
    filings: int
    claim: Money
    expected: Money
    cost: Money
    net: Money


class CourtGroup(WeighingGroup):
    """The cases agreed for a court (empty: for none); `far` are the suits in which the check of that court fails."""

    far: int


class NetStep(WeighingGroup):
    """The cases whose net expectation is at least `at_least` and below `below`."""

    at_least: Money | None
    below: Money | None


class DefenceCount(Shape):
    """In how many cases a defence is likely, by the outcome of the heaviest check behind it."""

    defence: str
    label: Sentence
    law: Sentence
    fail: int
    warn: int
    missing: int


class LenderSuits(Shape):
    """A lender's suits across the organisation: filed by month (`2026-11`), in all, and those the batch would add."""

    lender: str
    months: dict[str, int]
    filed: int
    batch: int
    accounts: int


class HarmIndicator(Shape):
    """A number from which harm to the name may be read; `reached`: at or above the policy's `limit`."""

    figure: FigureShape
    limit: str
    reached: bool


class BatchWeighing(Shape):
    """The risks of suing the cases of a batch, as they stood at `made_at`; an estimate: the decision is a person's.

    `filings` counts suits: a case alone, or a joined suit once. `changed_since`: cases that were audited anew, had
    findings set aside, or whose joined suit changed, after it was made. `job`: of the last time that it was asked for.
    """

    batch_id: UUID
    made_at: Moment
    policy: str
    job: Literal["pending", "running", "done", "failed"] | None
    changed_since: int
    cases: int
    filings: int
    unweighed: int
    figures: list[FigureShape]
    indicators: list[HarmIndicator]
    verdicts: list[WeighingGroup]
    states: list[WeighingGroup]
    procedures: list[WeighingGroup]
    advice: list[WeighingGroup]
    lenders: list[WeighingGroup]
    net: list[NetStep]
    courts: list[CourtGroup]
    other_courts: WeighingGroup
    defences: list[DefenceCount]
    suits: list[LenderSuits]


class WeighingAsked(Shape):
    """A worker will weigh the batch."""

    batch_id: UUID
