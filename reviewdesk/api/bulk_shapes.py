"""The shapes of setting a check's finding aside in many cases at once."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from reviewdesk.api.shapes import CaseFilters, Moment, Money, Next, Paging, Reason, Sentence, Shape
from reviewdesk.review.overrides import Kind
from reviewdesk.review.states import State

Outcome = Literal["done", "refused", "stale"]
"""`done`: the finding does not count any more, or would not; `refused`: it stays, for a reason; `stale`: the case
changed since the preview."""


class GivenBulkOverride(Shape):
    """Which check's finding is to be set aside in which cases: those of `case_ids`, or all that `filters` find.

    `kind`, `reason` and `until` are as for one case; the reason is kept with each.
    """

    check: str = Field(max_length=60)
    kind: Kind
    reason: Reason
    until: date | None = None
    case_ids: list[int] | None = Field(None, min_length=1, max_length=5000)
    filters: CaseFilters | None = None


class BulkCounts(Shape):
    """How many cases there are, and to how many of them the finding is, or would be, set aside."""

    cases: int
    done: int
    refused: int
    stale: int


class BulkReason(Shape):
    """Why nothing is done to some cases, and to how many."""

    outcome: Outcome
    code: str
    message: Sentence
    cases: int


class BulkOverride(Shape):
    """A check's finding that is set aside in many cases.

    `state`: preview (nothing is changed yet), running, done, discarded. Before it ran, `counts` and `reasons` say what
    would happen.
    """

    bulk_id: UUID
    check: str
    title: Sentence
    kind: Kind
    reason: str
    until: date | None
    state: Literal["preview", "running", "done", "discarded"]
    counts: BulkCounts
    reasons: list[BulkReason]
    by_id: UUID
    by: str
    at: Moment
    finished_at: Moment | None


class BulkItemQuery(Paging):
    """Which cases of it are wanted."""

    outcome: Outcome | None = None


class BulkItem(Shape):
    """One of the cases, and what was, or would be, done to it."""

    case_id: int
    number: str
    state: State
    amount: Money | None
    outcome: Outcome
    code: str | None
    message: Sentence | None


class BulkItems(Shape):
    """A page of the cases, by their ids."""

    items: list[BulkItem]
    next: Next | None
