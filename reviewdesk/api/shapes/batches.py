"""Batches: how far they are, what came of them, and what was taken back."""

from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from reviewdesk.api.shapes.base import Moment, Money, Next, Sentence, Shape
from reviewdesk.api.shapes.uploads import BatchFile, Declared, Hidden, Notice
from reviewdesk.intake.known import OnKnown
from reviewdesk.review.states import State


class Progress(Shape):
    """How far the job is that reads or loads a batch."""

    state: Literal["pending", "running", "done", "failed"]
    phase: str
    done: int
    total: int
    rows_a_second: int | None
    seconds_left: int | None
    stopping: bool


class BatchProblem(Shape):
    """Why an import stopped."""

    code: str
    message: Sentence
    mend: Sentence | None = None
    differences: list[dict[str, JsonValue]] = []


class SideCounts(Shape):
    """Rows of a sheet beside the accounts: `read` ones joined their accounts, `mended` of these were refused at first.

    `refused` rows cannot be read, `stray` ones name an account that the batch does not have; `dismissed` ones were
    said to be no records.
    """

    sheet: str
    kind: Literal["repayments", "demands", "evidence", "schedule"]
    read: int
    refused: int
    stray: int
    set_aside: int
    mended: int
    dismissed: int


class Counts(Shape):
    """Rows of the sheet, once the import is over.

    `rows` is `loaded` + `updated` + `unchanged` + `skipped` + `rejected` + `dismissed` + `set_aside`. `known` of them
    are accounts that the organisation has already, `mended` of the loaded ones were rejected at first, `dismissed` ones
    are no cases at all. `side_wrong` counts what is to be mended in the sheets beside the accounts.
    """

    rows: int | None
    loaded: int | None
    updated: int | None
    unchanged: int | None
    skipped: int | None
    rejected: int | None
    dismissed: int | None
    set_aside: int | None
    known: int | None
    mended: int | None
    side_wrong: int | None
    side_sheets: list[SideCounts]


class BatchLine(Shape):
    """A batch as the list shows it."""

    batch_id: UUID
    name: str
    state: Literal[
        "uploaded", "mapping", "loading", "stopped", "auditing", "ready", "cancelled", "taking_back", "taken_back"
    ]
    version: int
    counts: Counts
    totals: dict[str, Money]
    uploaded_by: str
    uploaded_at: Moment
    loaded_at: Moment | None
    audited_at: Moment | None
    problem: BatchProblem | None


class TakenBack(Shape):
    """Who takes or took a batch back and why; once done, how many cases were reversed, and the others by reason."""

    reason: str
    by: str
    at: str
    reversed: int | None = None
    kept: dict[str, int] = {}
    blocked: dict[str, int] = {}


class GivenTakeBack(Shape):
    """Why a batch is taken back."""

    reason: str = Field(max_length=2000)


class KeptCase(Shape):
    """A case that taking its batch back left as it is, and why."""

    case_id: int
    number: str
    state: State
    outcome: Literal["kept", "blocked"]
    reason: str
    message: Sentence


class KeptCases(Shape):
    """A page of cases that taking their batch back left as they are."""

    items: list[KeptCase]
    next: Next | None


class Batch(BatchLine):
    """A batch with how far it is and what came of it.

    `verdicts` counts its audited cases by what stands of them; `overridden` those that have it so because findings of
    theirs are set aside.

    `mending` is how far the mended workbook is that a worker reads, null when none is read and the last one was.
    """

    file_name: str
    file_size: int
    sha256: str
    sheet: str | None
    header_row: int | None
    mapping: dict[str, JsonValue] | None
    mapping_version: int | None
    declared: Declared
    progress: Progress | None
    mending: Progress | None
    audited: int
    verdicts: dict[str, int]
    overridden: dict[str, int]
    set_aside: dict[str, int]
    again: OnKnown
    hidden: Hidden
    notices: list[Notice]
    files: list[BatchFile]
    taken_back: TakenBack | None


class Batches(Shape):
    """A page of batches, newest first."""

    items: list[BatchLine]
    next: Next | None


class Renewal(Shape):
    """A case whose facts an import renewed. Personal values are masked, sums are yuan."""

    case_id: int
    number: str
    old: dict[str, JsonValue]
    new: dict[str, JsonValue]


class Renewals(Shape):
    """A page of renewed cases, in the order of the import."""

    items: list[Renewal]
    next: Next | None
