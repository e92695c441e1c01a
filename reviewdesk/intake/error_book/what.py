"""What an error workbook is made from and what it says; plain values, which go to the process that writes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviewdesk.errors import Text
from reviewdesk.intake.headers import Header
from reviewdesk.intake.mapping import column_index

Say = Callable[[Text | dict[str, str] | None], str]

PROPERTY = "ReviewDeskBatch"
"""The document property that names the batch."""

ADDED = 2
"""Columns that a rebuilt sheet has before the sheet's own, and the user's own sheet after them."""

BAD_FILL, BAD_LINE, HEAD_FILL = "FDECEA", "B42318", "EEF1F4"


@dataclass(frozen=True, slots=True)
class RowToMend:
    """A rejected row by its number in the original, what is wrong with it, and its cells where they were changed."""

    row: int
    errors: Sequence[Mapping[str, Any]]
    cells: Sequence[Any] | None = None


@dataclass(frozen=True, slots=True)
class RowLeftOut:
    """A row that was dismissed by its number in the original, and what is said of it."""

    row: int
    why: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SideToMend:
    """A side sheet with rejected rows, and those of it that were dismissed."""

    sheet: str
    header: Header
    rows: Sequence[RowToMend]
    dismissed: Sequence[RowLeftOut] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ToMend:
    """A batch's rejected rows: of its accounts, which stand on `sheet`, and of the sheets beside them.

    `dismissed` are those rows of the accounts that were dismissed.
    """

    batch_id: str
    name: str
    sheet: str | None
    counts: Mapping[str, Any]
    rows: Sequence[RowToMend]
    side: Sequence[SideToMend] = field(default_factory=tuple)
    dismissed: Sequence[RowLeftOut] = field(default_factory=tuple)

    @property
    def number(self) -> int:
        """How many rows are to be mended."""
        return len(self.rows) + sum(len(one.rows) for one in self.side)


@dataclass(frozen=True, slots=True)
class Made:
    """What a workbook holds: `kind` is own (the user's formats), whole (rebuilt) or rejected (rejected rows only)."""

    kind: str
    rows: int


def saying(language: str) -> Say:
    """The words of one language, where no request says which."""

    def say(text: Text | dict[str, str] | None) -> str:
        if text is None:
            return ""
        if isinstance(text, Text):
            return text.in_language(language)
        return text["en" if language == "en" else "zh"]

    return say


def mend_text(errors: Sequence[Mapping[str, Any]], say: Say) -> str:
    """What is wrong with a row and how to mend it, a line for each error."""
    return "\n".join(_sentences(errors, say))


def _sentences(errors: Sequence[Mapping[str, Any]], say: Say) -> Iterator[str]:
    for error in errors:
        column = f"{error['column'].replace('|', '｜')}{say(Text('：', ': '))}" if error["column"] else ""
        yield f"{column}{_sentence(error, say)}"


def _sentence(error: Mapping[str, Any], say: Say) -> str:
    """What is wrong and how to mend it."""
    return f"{say(error['message'])}{say(Text('。', '. '))}{say(error['mend'])}"


def comments(row: RowToMend, say: Say) -> dict[int, str]:
    """What is said at a row's bad cells, by their column."""
    found: dict[int, list[str]] = {}
    for error in row.errors:
        if error["cell"]:
            column = column_index(error["cell"].rstrip("0123456789"))
            found.setdefault(column, []).append(_sentence(error, say))
    return {column: "\n".join(sentences) for column, sentences in found.items()}
