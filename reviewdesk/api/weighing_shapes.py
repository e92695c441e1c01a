"""The shapes of what the risks of suing are told in."""

from datetime import date
from typing import Literal

from pydantic import Field

from reviewdesk.api.shapes import Sentence, Shape
from reviewdesk.audit.weighing_figures import Figure
from reviewdesk.money import plain, yuan


class FigureShape(Shape):
    """A number with its formula. `sum`, worked out and rounded as `rounding` says, gives `value`."""

    name: str
    label: Sentence
    unit: Literal["yuan", "rate", "months", "cases"]
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
    law: str
    verified: bool


class CaseWeighing(Shape):
    """The risks of suing a case, an estimate: the decision is a person's."""

    case_id: int
    number: str
    run_id: int
    policy: str
    as_of: date
    procedure: Literal["small_claims", "simplified", "ordinary"]
    advice: Sentence
    figures: list[FigureShape]
    defences: list[LikelyDefence]
