"""The shapes of what the API tells of a batch's columns."""

from typing import Literal

from pydantic import JsonValue

from reviewdesk.api.shapes import Sentence, Shape


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
