"""Cases with their findings, sources, audits and comments."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from reviewdesk.api.shapes.base import Moment, Money, Next, Paging, Sentence, Shape, Verdict
from reviewdesk.api.shapes.decisions import Decision
from reviewdesk.api.shapes.journal import Event
from reviewdesk.review.states import State


class CaseFilters(Shape):
    """What narrows the cases. Without `state` and `view`: those in review."""

    view: Literal["near", "waiting", "blocked", "escalated", "mine", "returned", "all"] | None = None
    batch: UUID | None = None
    verdict: Verdict | None = None
    state: str | None = Field(None, pattern=f"^({'|'.join(['any', *(state.value for state in State)])})$")
    assignee: str | None = Field(None, description="a person's id, `me` or `none`", max_length=36)
    check: str | None = Field(None, description="id of a check that did not pass", max_length=60)
    outcome: Literal["fail", "warn", "missing"] | None = Field(
        None, description="what that check found; without `check`: what any check found"
    )
    overrides: Literal["any", "none", "override", "acknowledge", "silence"] | None = Field(
        None, description="cases with findings that are set aside, in this way; `none`: those without"
    )
    amount_from: str | None = Field(None, description="yuan", max_length=20)
    amount_to: str | None = Field(None, description="yuan", max_length=20)
    overdue_from: int | None = Field(None, ge=0, le=100_000)
    overdue_to: int | None = Field(None, ge=0, le=100_000)
    expiry_from: date | None = None
    expiry_to: date | None = None


class CaseQuery(CaseFilters, Paging):
    """Which cases are wanted, most urgent limitation first unless `order` says otherwise."""

    order: Literal["amount", "overdue"] | None = Field(
        None, description="the largest sum, or the longest overdue, first"
    )


class CaseSearch(CaseQuery):
    """A search by name, ID number, phone, account or case number; it comes in a body, which no log keeps."""

    text: str = Field(min_length=1, max_length=100)


class CaseLine(Shape):
    """A case as the list shows it; the borrower's name is masked.

    `verdict`, `failed`, `warned` and `missing` are of the findings that count: the checks in `set_aside` are left out,
    so that a case may be `clear` only because of what people set aside.
    """

    case_id: int
    number: str
    batch_id: UUID
    account_no: str
    borrower: str
    lender_name: str | None
    state: State
    version: int
    run_id: int | None
    verdict: Verdict | None
    failed: list[str]
    warned: list[str]
    missing: list[str]
    set_aside: list[str]
    claimed: Money | None
    outstanding_principal: Money | None
    claimable: Money | None
    days_overdue: int | None
    limitation_expiry: date | None
    assignee_id: UUID | None
    assignee: str | None
    waiting: bool


class Cases(Shape):
    """A page of cases."""

    items: list[CaseLine]
    next: Next | None


class Finding(Shape):
    """What one check said: the numbers that it used and computed, in words, with its legal basis."""

    check: str
    version: int
    outcome: Literal["pass", "warn", "fail", "missing", "not_applicable"]
    severity: str
    reason: str
    used: dict[str, JsonValue]
    computed: dict[str, JsonValue]
    title: Sentence
    message: Sentence
    mend: Sentence | None
    cites: Sentence


class Source(Shape):
    """Where a fact comes from: a cell of the uploaded file, a value given for all its rows, or a later answer."""

    sheet: str | None
    cell: str | None
    header: str | None
    by: str | None


class Run(Shape):
    """An audit of the case."""

    run_id: int
    policy: str
    verdict: Verdict
    is_current: bool
    failed: int
    missing: int
    at: Moment


class Comment(Shape):
    """A remark on a case."""

    comment_id: UUID
    text: str
    by_id: UUID
    by: str
    at: Moment


class Comments(Shape):
    """The remarks on a case, oldest first."""

    items: list[Comment]


class Case(CaseLine):
    """A case with everything that is known of it.

    `facts` are masked where they are personal, unless the token may reveal them: then `revealed` is true and the
    journal has an event. `sources` says for each fact where it comes from, in the file with this `sha256`.
    """

    row: int
    file: str | None
    sha256: str
    mapping_version: int | None
    facts_version: int
    facts: dict[str, JsonValue]
    revealed: bool
    sources: dict[str, Source]
    excess: Money | None
    policy: str | None
    as_of: date | None
    findings: list[Finding]
    runs: list[Run]
    decisions: list[Decision]
    history: "list[Event]"


class CaseView(Shape):
    """How a case is wanted. `masked` leaves personal data masked although the token may reveal it."""

    masked: bool = False


class GivenComment(Shape):
    """A remark."""

    text: str = Field(min_length=1, max_length=4000)
