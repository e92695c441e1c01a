"""The shapes of mending through the API: rejected rows of the accounts and of the sheets beside them."""

from typing import Literal

from pydantic import Field, JsonValue

from reviewdesk.api.shapes import Batch, Next, Paging, Sentence, Shape


class RowErrorQuery(Paging):
    """Which rejected rows are wanted: with one error, or of one sheet beside the accounts."""

    code: str | None = Field(None, max_length=60)
    sheet: str | None = Field(None, max_length=200, description="a sheet beside the accounts; all rows where not given")


class RowError(Shape):
    """What is wrong with one cell. `value` is masked where it is personal."""

    column: str | None
    cell: str | None
    field: str | None
    code: str
    value: JsonValue
    message: Sentence
    mend: Sentence | None
    details: dict[str, JsonValue] = {}


class RejectedRow(Shape):
    """A row that did not become a case, or, of a `sheet` beside the accounts, no part of one.

    `row` is Excel's row number, `sheet` null for a row of the accounts. Of a batch that came as archive `file` is the
    row's file, and `number` the row's own among the accounts of all files; else that is `row`.
    """

    sheet: str | None
    file: str | None
    row: int
    number: int
    account_no: str | None
    errors: list[RowError]


class RejectedRows(Shape):
    """A page of rejected rows: those of the accounts in the order of their sheet, then those of each sheet beside them.

    `codes` counts the rows of each error code among the accounts, `sheets` the rejected rows of each sheet beside them.
    `unread` are sheets beside the accounts that were not read at all.
    """

    items: list[RejectedRow]
    next: Next | None
    codes: dict[str, int]
    sheets: dict[str, int]
    unread: list["UnreadSheet"]


class UnreadSheet(Shape):
    """A sheet beside the accounts that was not read at all, and why."""

    sheet: str
    code: str
    message: Sentence
    mend: Sentence


class MendedForm(Shape):
    """The parts of a request beside its file: none."""


class MendedRows(Shape):
    """What became of a mended error workbook.

    `state` is `waiting` where a worker reads it, and the numbers are null then: follow the batch's `progress` and
    counts. `loaded` rows became cases, `joined` rows of side sheets read well and are joined to their cases, `rejected`
    rows are still wrong, `passed` rows were not rejected (any more).
    """

    state: Literal["done", "waiting"]
    loaded: int | None
    joined: int | None
    rejected: int | None
    passed: int | None
    batch: Batch


class AskedErrors(Shape):
    """How the error workbook of a batch stands: made as it is fetched, asked for, or ready."""

    state: Literal["at_once", "none", "waiting", "failed", "ready"]
