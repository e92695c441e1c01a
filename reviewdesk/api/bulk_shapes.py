"""The shapes of doing the same to many cases: deciding, setting a finding aside, or letting it count again."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from reviewdesk.api.shapes import CaseFilters, Moment, Money, Next, Paging, Reason, Sentence, Shape, Verdict
from reviewdesk.review.overrides import Kind
from reviewdesk.review.states import State, Verb

Outcome = Literal["done", "waiting", "refused", "stale"]
"""`done`: it is done to the case, or would be; `waiting`: a decision waits for a second person; `refused`: the case
stays as it is, for a reason; `stale`: the case changed since the preview."""

BulkChoice = Literal[Verb.APPROVE, Verb.ESCALATE, Verb.RETURN, Verb.WITHDRAW]
"""What is decided in bulk; a settlement is made for one borrower."""


class Selection(Shape):
    """To which cases something is done: those of `case_ids`, or all that `filters` find; one of the two is given."""

    case_ids: list[int] | None = Field(None, min_length=1, max_length=5000)
    filters: CaseFilters | None = None


class GivenBulkDecision(Selection):
    """A decision and its reason for many cases.

    `note` is for the platform; `seen` lists the checks without facts that the decider acknowledges for all of them.
    """

    choice: BulkChoice
    reason: Reason
    note: str | None = Field(None, max_length=2000)
    seen: list[str] = Field(default=[], max_length=100)


class GivenBulkOverride(Selection):
    """Which check's finding is to be set aside in many cases.

    `kind`, `reason` and `until` are as for one case; the reason is kept with each.
    """

    check: str = Field(max_length=60)
    kind: Kind
    reason: Reason
    until: date | None = None


class GivenBulkWithdrawal(Selection):
    """Which check's finding is to count again in many cases; the reason is kept with each."""

    check: str = Field(max_length=60)
    reason: Reason


class BulkCounts(Shape):
    """How many cases there are, and of how many of them each outcome is, or is expected."""

    cases: int
    done: int
    refused: int
    stale: int


class DecisionCounts(BulkCounts):
    """The same of decisions, of which some wait for a second person."""

    waiting: int


class BulkReason(Shape):
    """Why nothing is done to some cases, and to how many."""

    outcome: Outcome
    code: str
    message: Sentence
    cases: int


class BulkProgress(Shape):
    """How far the job is; its changes appear together when it is done."""

    state: Literal["pending", "running", "done", "failed"]
    done: int
    total: int


class Bulk(Shape):
    """Something that is done to many cases.

    `state`: preview (nothing is changed yet), running, done, discarded. Before it ran, `counts` and `reasons` say what
    would happen. `progress` is of the job that does it, once it was asked for.
    """

    bulk_id: UUID
    reason: str
    state: Literal["preview", "running", "done", "discarded"]
    progress: BulkProgress | None
    reasons: list[BulkReason]
    by_id: UUID
    by: str
    at: Moment
    finished_at: Moment | None


class BulkDecision(Bulk):
    """A decision on many cases."""

    choice: BulkChoice
    note: str | None
    seen: list[str]
    counts: DecisionCounts


class BulkOverride(Bulk):
    """A check's finding that is set aside in many cases."""

    check: str
    title: Sentence
    kind: Kind
    until: date | None
    counts: BulkCounts


class BulkWithdrawal(Bulk):
    """A check's finding that was set aside, and counts again, in many cases."""

    check: str
    title: Sentence
    counts: BulkCounts


class BulkItemQuery(Paging):
    """Which cases of it are wanted."""

    outcome: Outcome | None = None


class BulkItem(Shape):
    """One of the cases, and what was, or would be, done to it.

    `verdict` and `set_aside`, the number of its findings that are set aside, are of now. `code` and `message` are of
    what stands against it; of a decision that waits, `code` holds the grounds.
    """

    case_id: int
    number: str
    state: State
    amount: Money | None
    verdict: Verdict | None
    set_aside: int
    outcome: Outcome
    code: str | None
    message: Sentence | None


class BulkItems(Shape):
    """A page of the cases, by their ids."""

    items: list[BulkItem]
    next: Next | None
