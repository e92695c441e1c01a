"""Sending a workbook in, and saying what its columns are."""

from typing import Literal

from pydantic import Field, JsonValue

from reviewdesk.api.shapes.base import GivenMoney, Money, Sentence, Shape
from reviewdesk.intake.known import OnKnown

_DECLARED = "what the sheet should hold: a difference stops the import"


Taken = Literal["take", "leave"]


class Hidden(Shape):
    """Whether hidden rows and columns of the accounts, and hidden side sheets, are taken or left out."""

    rows: Taken = "take"
    columns: Taken = "take"
    sheets: Taken = "leave"


class Notice(Shape):
    """Something to know of a batch's file: hidden parts, macros, formulas without results and the like."""

    code: str
    message: Sentence


class BatchFile(Shape):
    """A file of a batch that came as a zip archive. `sheet` and what follows are absent where it has no accounts.

    `settled` says whether it is known what its columns are; `mapping` is that then.
    """

    name: str
    sheet: str | None
    header_row: int | None
    rows: int
    settled: bool
    mapping: dict[str, JsonValue] | None
    mapping_version: int | None


class Upload(Shape):
    """The parts of an upload beside its file."""

    mapping: str | None = Field(
        None,
        description="JSON that says which column is which field; what it does not name keeps what the header suggests",
        max_length=100_000,
    )
    confirm: Literal["auto", "person"] = Field(
        "person", description="`auto` goes on without a person where nothing is in doubt"
    )
    sheet: str | None = Field(None, description="the sheet with the accounts", max_length=100)
    password: str | None = Field(
        None,
        description="opens a workbook, or those of a zip that `passwords` does not name; kept nowhere",
        max_length=255,
    )
    passwords: str | None = Field(
        None, description="JSON: the passwords of a zip's workbooks by their names; kept nowhere", max_length=100_000
    )
    lender_kind: str | None = Field(None, description="for rows that do not say", max_length=40)
    declared_rows: str | None = Field(None, description=_DECLARED, pattern=r"^\d{1,7}$")
    declared_principal: str | None = Field(None, description="the same, a sum in yuan", max_length=30)
    declared_outstanding_principal: str | None = Field(None, description="the same, a sum in yuan", max_length=30)
    declared_total_claimed: str | None = Field(None, description="the same, a sum in yuan", max_length=30)
    again: OnKnown = Field(
        "reject",
        description="accounts that are cases already: an error (`reject`), counted apart (`skip`), or renewed while "
        "nobody has decided on them (`update`)",
    )
    hidden_rows: Taken | None = Field(None, description="hidden rows of the accounts; `take` where not given")
    hidden_columns: Taken | None = Field(None, description="hidden columns of the accounts; `take` where not given")
    hidden_sheets: Taken | None = Field(None, description="hidden side sheets; `leave` where not given")
    repeat: Literal["true", "false"] = Field(
        "false", description="import anew a file whose earlier import came to nothing"
    )


class GivenMapping(Shape):
    """A person's mapping of a batch that waits for it.

    `version` is the batch's as the client saw it; without it the present one is meant.
    """

    mapping: dict[str, JsonValue]
    version: int | None = None
    declared: "GivenDeclared | None" = None
    hidden: Hidden | None = None


class GivenDeclared(Shape):
    """What the sheet should hold."""

    rows: int | None = Field(None, ge=0)
    principal: GivenMoney | None = None
    outstanding_principal: GivenMoney | None = None
    total_claimed: GivenMoney | None = None


class Declared(Shape):
    """What the uploader said that the sheet holds."""

    rows: int | None
    sums: dict[str, Money]
