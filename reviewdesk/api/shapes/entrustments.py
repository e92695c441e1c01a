"""Cases handed to law firms: entrustments, filing packs, and what counsel reports."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from reviewdesk.api.shapes.attachments import Attachment
from reviewdesk.api.shapes.base import Moment, Money, Next, Paging, Reason, Shape, Verdict
from reviewdesk.api.shapes.cases import Finding
from reviewdesk.api.shapes.overrides import Override
from reviewdesk.review.states import State

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class EntrustmentQuery(Paging):
    """Which entrustments are wanted, latest first; all without `state`."""

    state: Literal["offered", "accepted", "filed", "closed", "refused", "ended"] | None = None


class EntrustmentLine(Shape):
    """A case in the hands of a law firm, as both sides may see it.

    `number` and what follows it are null to a firm whose entrustment ended.
    """

    entrustment_id: UUID
    case_id: int
    state: Literal["offered", "accepted", "refused", "ended"]
    platform: str | None
    firm: str | None
    by: str
    at: Moment
    answer_reason: str | None
    number: str | None
    borrower: str | None
    lender_name: str | None
    case_state: State | None
    claimable: Money | None
    claimed: Money | None
    limitation_expiry: date | None


class Entrustments(Shape):
    """A page of entrustments."""

    items: list[EntrustmentLine]
    next: Next | None


class AnsweredEntrustments(Shape):
    """The entrustments that an answer or report was about: one, or those of a suit."""

    items: list[EntrustmentLine]


class Milestone(Shape):
    """A step of the lawsuit as counsel reported it."""

    kind: Literal["filed", "closed"]
    on: date
    court: str | None
    docket: str | None
    note: str | None
    by: str
    at: Moment


class Entrustment(EntrustmentLine):
    """An entrusted case as counsel sees it.

    `verdict` is of the findings that count: `overrides` are those that the platform set aside, with reason and name.
    `facts` are masked where they are personal, until the firm has accepted and for a token that may reveal: then
    `revealed` is true and the platform's journal has an event. What the firm answers or reports holds for all cases of
    its `suit`.
    """

    note: str | None
    facts: dict[str, JsonValue]
    revealed: bool
    verdict: Verdict | None
    findings: list[Finding]
    overrides: list[Override]
    attachments: list[Attachment]
    milestones: list[Milestone]
    suit: list[str] = Field(description="numbers of the other cases of its suit")


class EntrustmentView(Shape):
    """How an entrusted case is wanted: `masked` leaves personal facts masked for a token that may reveal."""

    masked: bool = False


class Firm(Shape):
    """A law firm that cases can be entrusted to."""

    firm_id: UUID
    name: str


class Firms(Shape):
    """The law firms, by name."""

    items: list[Firm]


class GivenEntrustment(Shape):
    """Approved cases for a law firm; cases of one suit come together."""

    firm_id: UUID
    case_ids: list[int] = Field(min_length=1, max_length=5000)
    note: Note = ""


class EntrustedCases(Shape):
    """How many of the cases were handed over; those that were not approved stayed where they are."""

    entrusted: int


class GivenRefusal(Shape):
    """Why a case is refused or taken back."""

    reason: Reason


class GivenFiling(Shape):
    """That the court took the case on."""

    on: date
    court: Named
    docket: Named
    note: Note = ""


class GivenEnd(Shape):
    """How the lawsuit ended."""

    on: date
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class GivenPack(Shape):
    """Which cases are wanted as a file.

    A platform asks for `approved` or `entrusted` cases, a firm for those that it `received`. `zip` is the filing pack,
    `xlsx` the workbook of cases alone. With `entrustment_id` a firm gets one case, and the others of its suit.
    """

    selection: Literal["approved", "entrusted", "received"]
    purpose: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    format: Literal["zip", "xlsx"] = "zip"
    entrustment_id: UUID | None = None
