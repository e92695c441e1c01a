"""The shapes of policies in the API: versions, how they differ, and dry runs."""

from datetime import date
from typing import Literal
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
    """A policy with everything that it states. `unverified` names what it states without a checked source."""

    body: dict[str, JsonValue]
    digest: str = Field(description="SHA-256 of the body; a dry run names that of the draft it tried")
    edit: int | None = Field(description="counts the changes of a version")
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
    """What would change, of all cases; `claimable` is the sum that may be claimed under the one and the other."""

    cases: int
    verdict_changes: int
    claimable_changes: int
    claimable_before: Money
    claimable_after: Money
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
