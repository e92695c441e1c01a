"""The shapes of mending through the API: rejected rows of the accounts and of the sheets beside them."""

from typing import Literal

from pydantic import Field, JsonValue

from reviewdesk.api.shapes import Batch, Counts, Moment, Next, Paging, Sentence, Shape

MOST_ROWS = 500
"""Rows of one request."""


class RowErrorQuery(Paging):
    """Which rejected rows are wanted: with one error, or of one sheet beside the accounts."""

    code: str | None = Field(None, max_length=60)
    sheet: str | None = Field(None, max_length=200, description="a sheet beside the accounts; all rows where not given")
    outcome: Literal["rejected", "dismissed"] = Field("rejected", description="rows to be mended, or dismissed ones")


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


class RowCell(Shape):
    """A cell of a rejected row. `value` is masked where it is personal (`masked`), null where the cell is blank.

    `column` is what Excel calls its column, `field` what the column fills, null where that is nothing or several.
    """

    column: str
    cell: str
    header: str
    field: str | None
    value: str | None
    masked: bool


class Dismissal(Shape):
    """Why a row is no case at all, and who said so when. `reason` is a code, `note` what was written beside it."""

    reason: str
    note: str | None
    by: str
    at: Moment


class RejectedRow(Shape):
    """A row that did not become a case, or, of a `sheet` beside the accounts, no part of one.

    `row` is Excel's row number, `sheet` null for a row of the accounts. Of a batch that came as archive `file` is the
    row's file, and `number` the row's own among the accounts of all files; else that is `row`. `cells` are those that
    were last given for it. `dismissed` is null while it is to be mended.
    """

    sheet: str | None
    file: str | None
    row: int
    number: int
    account_no: str | None
    errors: list[RowError]
    cells: list[RowCell]
    dismissed: Dismissal | None


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


class NamedRow(Shape):
    """A row by its `number`, and by its `sheet` where that is one beside the accounts."""

    number: int = Field(ge=1, lt=2**31)
    sheet: str | None = Field(None, max_length=200)


class GivenRow(NamedRow):
    """A row with corrected cells: the new text of each by its column, as Excel calls it, by its header or its field.

    Cells that are not named stay as they are; none at all has the row read again.
    """

    cells: dict[str, str] = Field({}, max_length=300)


class GivenRows(Shape):
    """Rows to be mended together."""

    rows: list[GivenRow] = Field(min_length=1, max_length=MOST_ROWS)


class GivenDismissal(Shape):
    """Rows that are no cases at all, and why: a code, and a note where that is `other`."""

    rows: list[NamedRow] = Field(min_length=1, max_length=MOST_ROWS)
    reason: Literal["not_account", "duplicate", "not_pursued", "test", "other"]
    note: str = Field("", max_length=300)


class GivenReinstatement(Shape):
    """Rows whose dismissal is taken back."""

    rows: list[NamedRow] = Field(min_length=1, max_length=MOST_ROWS)


class RowResult(Shape):
    """What became of a row.

    `taken_in`: its account is a case, or its case holds it. `joining`: it reads well, and a job brings it to its case.
    `waiting`: it reads well, and joins with the row of its account once that is mended. `rejected`: it is still wrong;
    `errors` say where. `dismissed`: it is no case. `set_aside`, `skipped`: it was no account, or one that is a case.
    `unknown`: the batch has no such row. `changed` is whether this request did it.
    """

    sheet: str | None
    number: int
    result: Literal["taken_in", "joining", "waiting", "rejected", "dismissed", "set_aside", "skipped", "unknown"]
    changed: bool
    case_id: int | None
    case_number: str | None
    errors: list[RowError]


class RowResults(Shape):
    """What became of the rows of a request, in their order, and the batch's counts after it."""

    rows: list[RowResult]
    counts: Counts


class MendedForm(Shape):
    """The parts of a request beside its file: none."""


class MendedRows(Shape):
    """What became of a mended error workbook.

    `state` is `waiting` where a worker reads it, and the numbers are null then: follow the batch's `progress` and
    counts. `loaded` rows became cases, `known` ones are of accounts that are cases already and skipped or updated as
    the batch was told to, `joined` rows of side sheets read well and are joined to their cases, `rejected` rows are
    still wrong, `passed` rows were not rejected (any more).
    """

    state: Literal["done", "waiting"]
    loaded: int | None
    known: int | None
    joined: int | None
    rejected: int | None
    passed: int | None
    batch: Batch


class AskedErrors(Shape):
    """How the error workbook of a batch stands: made as it is fetched, asked for, or ready."""

    state: Literal["at_once", "none", "waiting", "failed", "ready"]
