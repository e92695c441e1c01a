"""The shapes of policies in the API: versions, how they differ, and dry runs."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from reviewdesk.api.shapes import Moment, Money, Sentence, Shape, Verdict

Outcome = Literal["pass", "warn", "fail", "missing", "not_applicable", "info", "off"]
"""`info`: a warning that only informs; `off`: the check is not run."""


class PolicyLine(Shape):
    """A policy: a built-in one, or a version of the organisation's own. `in_force` says which holds today."""

    name: str
    state: Literal["built_in", "draft", "proposed", "approved", "retired"]
    in_force: bool
    effective_from: date
    base: str | None
    reason: str | None
    by: str | None
    at: Moment | None
    approved_by: str | None
    approved_at: Moment | None


class Policies(Shape):
    """All policies: the organisation's own, latest first, then the built-in ones."""

    items: list[PolicyLine]


class FullPolicy(PolicyLine):
    """A policy with everything that it states. `unverified` names what it states without a checked source.

    `hands` are the people who drafted it: none of them may approve it. `dry_run_id` is the dry run that it was put
    forward with.
    """

    body: dict[str, JsonValue] = Field(description="as it is stored: money in fen")
    digest: str = Field(description="SHA-256 of the body; a dry run names that of the draft it tried")
    edit: int | None = Field(description="counts the changes of a version")
    hands: list[UUID]
    dry_run_id: UUID | None
    unverified: list[str]


class Against(Shape):
    """With which policy another is compared: the one that it was made from, where nothing is said."""

    against: str | None = Field(None, max_length=64)


class PolicyDifference(Shape):
    """One value that differs; null on the side that has no such row."""

    section: str
    where: Sentence
    before: Sentence | None
    after: Sentence | None


class PolicyDifferences(Shape):
    """How a policy differs from another, in the order of its pages."""

    name: str
    against: str
    items: list[PolicyDifference]


class GivenDryRun(Shape):
    """What a version is to be tried on: a batch, or so many of the latest cases."""

    batch: UUID | None = None
    last: int | None = Field(None, ge=1, le=200_000)


class Scope(Shape):
    """What a dry run is of."""

    batch: UUID | None = None
    last: int | None = None


class VerdictMove(Shape):
    """How many cases would go from one verdict to another, and what they claim together."""

    earlier: Verdict
    later: Verdict
    cases: int
    claimed: Money


class CheckMove(Shape):
    """In how many cases a check would say something else."""

    check: str
    earlier: Outcome
    later: Outcome
    cases: int


class DryRunCounts(Shape):
    """What would change, of all cases; `claimable` is the sum that may be claimed under the one and the other.

    It is null where it can be worked out for no case; `uncomputed` counts the cases that it leaves out, and is null in
    dry runs of before these were counted.
    """

    cases: int
    verdict_changes: int
    claimable_changes: int
    claimable_before: Money | None
    claimable_after: Money | None
    uncomputed_before: int | None
    uncomputed_after: int | None
    moves: list[VerdictMove]
    checks: list[CheckMove]


class ChangedCase(Shape):
    """A case whose verdict would change, and the checks that cause it."""

    case_id: int
    number: str
    claimed: Money | None
    earlier: Verdict
    later: Verdict
    claimable_before: Money | None
    claimable_after: Money | None
    checks: list["CheckChange"]


class CheckChange(Shape):
    """A check that would say something else of a case."""

    check: str
    earlier: Outcome
    later: Outcome


class DryRunLine(Shape):
    """A dry run. `fits`: it is of the version as it stands now."""

    dry_run_id: UUID
    policy: str
    against: str
    as_of: date
    scope: Scope
    state: Literal["waiting", "done"]
    fits: bool
    by: str
    at: Moment
    finished_at: Moment | None


class DryRuns(Shape):
    """A version's dry runs, latest first."""

    items: list[DryRunLine]


class Progress(Shape):
    """How far a dry run is; zero before it begins."""

    done: int
    total: int
    failed: bool


class DryRun(DryRunLine):
    """A dry run with what it found, null until it is done. `changed`: the first cases whose verdict would change.

    `progress` is how many cases are done of how many, while it runs; `failed` says that it gave up.
    """

    progress: Progress
    counts: DryRunCounts | None
    changed: list[ChangedCase]


# ------------------------------------------------------------------------------------------------ drafting

Edit = Annotated[int, Field(ge=1, description="`edit` of the draft as the client read it")]
Table = Literal["lpr-values", "wages", "holidays"]


class GivenDraft(Shape):
    """From which policy a version is made, why, and from when it is to hold."""

    base: str = Field(max_length=64)
    reason: str = Field(min_length=1, max_length=500)
    effective_from: date | None = None


class OfSection(Shape):
    """Which part of a policy is wanted; all of it where nothing is said."""

    section: str | None = Field(None, max_length=40)


class PolicyBounds(Shape):
    """The unit of a parameter, and the least and the most that it may be."""

    unit: str
    min: str
    max: str


class PolicyValue(Shape):
    """One value of a policy: where it stands, its type, and what a change may set it to.

    `kind`: text, decimal (as text; `24%` is taken as well), yuan (as text), int, date, bool, choice (one of `options`),
    choices (some of them) or order (all of them, in an order).
    """

    path: str
    section: str
    where: Sentence
    kind: Literal["text", "decimal", "yuan", "int", "date", "bool", "choice", "choices", "order"]
    options: list[str]
    optional: bool
    value: JsonValue
    bounds: PolicyBounds | None


class PolicyValues(Shape):
    """The values of a policy, in the order of its pages. `edit` is null for a built-in policy."""

    name: str
    edit: int | None
    items: list[PolicyValue]


class GivenValue(Shape):
    """What the value at a path is to be."""

    path: str = Field(max_length=200)
    value: JsonValue


class GivenValues(Shape):
    """Changes of a draft: all of them are stored, or none."""

    edit: Edit
    changes: list[GivenValue] = Field(min_length=1, max_length=2000)


class GivenCheckRule(Shape):
    """How a check is to count. It needs a reason where that differs from the built-in policy."""

    edit: Edit
    enabled: bool | None = None
    severity: Literal["fail", "warn", "info"] | None = None
    reason: str = Field("", max_length=500)


class EditedPolicy(Shape):
    """A draft after a change: its `edit` now, and what is other than before."""

    name: str
    edit: int
    items: list[PolicyDifference]


class PolicyTable(Shape):
    """The rows of a dated table."""

    name: str
    table: str
    edit: int | None
    rows: list[dict[str, JsonValue]]


class GivenRows(Shape):
    """Rows for a dated table: each replaces the one of the same day (wages: province and year), or is new.

    `cites` is the source of rows that name none; with `replace` the rows that are not given go.
    """

    edit: Edit
    rows: list[dict[str, JsonValue]] = Field(max_length=5000)
    cites: str = Field("", max_length=200)
    replace: bool = False


class TableForm(Shape):
    """The parts beside the file of a dated table."""

    edit: str = Field(pattern=r"^[1-9]\d{0,8}$", description="`edit` of the draft as the client read it")
    cites: str = Field("", max_length=200, description="the source of rows that name none")
    replace: Literal["true", "false"] = Field("false", description="whether rows that the file does not have go")


class ImportedTable(EditedPolicy):
    """A draft after rows were taken in: how many were new, replaced another, or went."""

    added: int
    replaced: int
    removed: int


class GivenProposal(Shape):
    """With which dry run a draft is put forward."""

    edit: Edit
    dry_run: UUID


class GivenApproval(Shape):
    """The dry run that the approver looked at."""

    dry_run: UUID


class GivenPolicyReason(Shape):
    """Why a version is sent back or retired."""

    reason: str = Field(min_length=1, max_length=500)
