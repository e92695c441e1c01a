"""What is wrong with a row: where, what, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reviewdesk.errors import Text
from reviewdesk.intake.fields import Field, field_named
from reviewdesk.intake.mapping import Rule, column_letters
from reviewdesk.intake.messages import said
from reviewdesk.intake.numbering import row_of
from reviewdesk.intake.values import Bad, shown
from reviewdesk.masking import HIDDEN, mask


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong with a row: where, what, and how to mend it. `value` is masked where it is personal.

    `row` is the row's number in the batch, `cell` the cell's name in its own sheet.

    `column`, `cell` and `value` are None where the sheet has no such column.
    """

    row: int
    column: str | None
    cell: str | None
    field: str
    code: str
    value: str | None
    message: Text
    mend: Text

    def as_json(self) -> dict[str, Any]:
        """As the check command and the API give it."""
        return {
            "column": self.column,
            "cell": self.cell,
            "field": self.field,
            "code": self.code,
            "value": self.value,
            "message": self.message.as_json(),
            "mend": self.mend.as_json(),
        }


def cell_error(
    rule: Rule, known: Field, unit: str, siblings: Sequence[Field], row: int, cell: Any, bad: Bad
) -> RowError:
    """What is wrong with a cell. `siblings` are all fields that the cell is taken apart for, if it is.

    The bad cell of a personal field is masked; one that holds a personal field among others shows nothing.
    """
    details = {"header": rule.header.replace("|", "｜"), **bad.details}
    if bad.code == "choice.unknown":
        details["options"] = "、".join(words[0] for words in known.choices.values())
    words = said(bad.code, details, known.label, unit)
    return RowError(
        row,
        rule.header,
        f"{column_letters(rule.column)}{row_of(row)}",
        known.name,
        bad.code,
        _shown_masked(rule, known, siblings, cell),
        words.message,
        words.mend,
    )


def _shown_masked(rule: Rule, known: Field, siblings: Sequence[Field], cell: Any) -> str:
    if rule.part is None:
        return mask(known.name, shown(cell))
    return HIDDEN if any(one.personal for one in siblings) else shown(cell)


def row_error(row: int, rule: Rule | None, name: str, code: str, value: str | None, **details: object) -> RowError:
    """What is wrong with a row that is no matter of one cell's form: a fact is absent, an account stands twice."""
    words = said(code, details, field_named(name).label, "")
    header = rule.header if rule else None
    cell = f"{column_letters(rule.column)}{row_of(row)}" if rule else None
    return RowError(row, header, cell, name, code, value, words.message, words.mend)
