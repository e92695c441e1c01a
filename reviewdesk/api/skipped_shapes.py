"""The shapes of skipped rows in the API."""

from uuid import UUID

from reviewdesk.api.shapes import Next, Paging, Shape
from reviewdesk.intake.skipped import Kind
from reviewdesk.review.states import State


class SkippedQuery(Paging):
    """Which skipped rows are wanted: of one kind, or all."""

    kind: Kind | None = None


class SkippedCase(Shape):
    """The case that an account is, and the batch that it came with."""

    case_id: int
    number: str
    state: State
    batch_id: UUID
    batch: str


class SkippedRow(Shape):
    """A row that was skipped: `known`, its account was a case already, or set aside as no account.

    `row` is Excel's row number on `sheet`. Of a batch that came as archive `file` is the row's file, and `number` the
    row's own among the accounts of all files; else that is `row`. `account_no` is masked where it looks like a person's
    number. `case` is the case that the account is now, or the reversed one that it was; null for rows of no account,
    and where that was not kept.
    """

    sheet: str | None
    file: str | None
    row: int
    number: int
    kind: Kind
    account_no: str | None
    case: SkippedCase | None


class SkippedRows(Shape):
    """A page of skipped rows in the order of the sheet. `kinds` counts those of the batch by kind."""

    items: list[SkippedRow]
    next: Next | None
    kinds: dict[str, int]
