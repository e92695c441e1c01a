"""The shapes of what the API tells of a batch's columns."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import JsonValue, StringConstraints

from reviewdesk.api.shapes import Moment, Next, Paging, Sentence, Shape
from reviewdesk.intake.retiring import MOST_REASON


class Meaning(Shape):
    """What a cell is under a reading."""

    cell: str
    value: Sentence


class WaitingOption(Shape):
    """One reading of columns; `value` is what answers with it."""

    value: str
    label: Sentence
    means: list[Meaning]


class WaitingQuestion(Shape):
    """What columns of a loaded batch leave open; `rows` rejected rows wait for the answer.

    `file` is the first file of an archive that has these columns, null in a batch of one file. `sheets` are the sheets
    beside the accounts that have them, empty for columns of the accounts.
    """

    name: str
    kind: Literal["rate", "date", "money", "terms"]
    file: str | None
    sheets: list[str]
    headers: list[str]
    rows: int
    options: list[WaitingOption]


class WaitingQuestions(Shape):
    """The questions for whose answers rejected rows of a batch wait."""

    items: list[WaitingQuestion]


class GivenAnswers(Shape):
    """The `value` of an option by the `name` of its question."""

    answers: dict[str, str]


class MappingOption(Shape):
    """One reading of columns; `columns` are they as a mapping states them with it, to be sent back under `columns`."""

    label: Sentence
    means: list[Meaning]
    columns: list[dict[str, JsonValue]]
    chosen: bool


class MappingQuestion(Shape):
    """What the cells of columns leave open; without an answer such cells are errors and never guesses.

    `why` says what in the column proves the chosen reading.
    """

    kind: Literal["rate", "date", "money", "terms"]
    columns: list[str]
    headers: list[str]
    fields: list[str]
    open: bool
    why: Sentence | None
    options: list[MappingOption]


class SheetColumn(Shape):
    """A column of a sheet beside the accounts; `field` is null where it is nothing."""

    column: str
    header: str
    field: str | None


class SheetError(Shape):
    """One thing amiss with the first rows of a sheet; `value` is masked."""

    row: int
    column: str | None
    cell: str | None
    field: str
    code: str
    value: str | None
    message: Sentence
    mend: Sentence


class SheetQuestion(Shape):
    """What columns of a sheet leave open: answered by the `value` of an option, for each header in `answers`."""

    kind: Literal["date", "money"]
    headers: list[str]
    answer: str | None
    options: list[WaitingOption]


class MappingSheet(Shape):
    """A sheet beside the accounts: what it is taken for (null: it is not read), and why nothing of it can be read.

    `in_yuan` are the headers of amounts that are read as yuan though nothing says so.
    """

    sheet: str
    kind: Literal["repayments", "demands", "evidence", "schedule"] | None
    rows: int
    hidden: bool
    columns: list[SheetColumn]
    wrong: Sentence | None
    errors: list[SheetError]
    questions: list[SheetQuestion]
    in_yuan: list[str]


class MappingLook(Shape):
    """The proposed mapping of a batch that waits for one, required fields that are missing, and what has to be said."""

    version: int
    mapping: dict[str, JsonValue]
    missing: list[str]
    questions: list[MappingQuestion]
    sheets: list[MappingSheet]


class SavedMappingQuery(Paging):
    """Which saved mappings are wanted: those in use, those that are retired, or both."""

    in_use: bool | None = None


class Retired(Shape):
    """Who retired a mapping, when and why."""

    by: str
    at: Moment
    reason: str


class LastUse(Shape):
    """The latest batch that was imported by a mapping."""

    batch_id: UUID
    name: str
    at: Moment


class SavedMappingLine(Shape):
    """The latest version of the mapping of a header row.

    `filled` of its `headers` fill a field; `lenders` are given for all rows, or those of the first and the last case of
    the last batch. `batches` were imported by any of its versions. `retired` is null while it is in use.
    """

    mapping_id: UUID
    version: int
    headers: list[str]
    filled: int
    lenders: list[str]
    saved_by: str
    saved_at: Moment
    batches: int
    last: LastUse | None
    retired: Retired | None


class SavedMappings(Shape):
    """A page of saved mappings, the one used last first."""

    items: list[SavedMappingLine]
    next: Next | None


class SavedMapping(Shape):
    """A version of a saved mapping, as `mapping` of an upload takes it; `latest` is the version that is followed."""

    mapping_id: UUID
    version: int
    mapping: dict[str, JsonValue]
    saved_by: str
    saved_at: Moment
    latest: SavedMappingLine


class MappingChange(Shape):
    """What a version says otherwise than the one before; null: that one says nothing of it."""

    of: Sentence
    was: Sentence | None
    now: Sentence | None


class MappingVersion(Shape):
    """A version; `changes` is null of the first, and empty where another says the same."""

    mapping_id: UUID
    version: int
    saved_by: str
    saved_at: Moment
    batches: int
    changes: list[MappingChange] | None


class MappingVersions(Shape):
    """A page of the versions of a saved mapping, latest first."""

    items: list[MappingVersion]
    next: Next | None


class GivenRetirement(Shape):
    """Why a mapping is used no longer."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_REASON)]
