"""Sheets beside the accounts become records of the accounts they speak of; pure.

A sheet is recognised by its name and header, its rows are read cell by cell as the accounts' are, and every row either
becomes a record of its account, is set aside (blank, a total, a note), or is told of as an error. Nothing is guessed.
"""

from reviewdesk.intake.side_sheets.cells import read_clock
from reviewdesk.intake.side_sheets.errors import SideError
from reviewdesk.intake.side_sheets.found import SideSheetRead, SideSheets, records_for_people
from reviewdesk.intake.side_sheets.layouts import (
    NOTHING_SAID,
    Layout,
    Said,
    header_of,
    kind_called,
    named_kind,
    recognise,
)
from reviewdesk.intake.side_sheets.questions import is_unstated, questions_left, side_questions
from reviewdesk.intake.side_sheets.reading import add_side_sheets, read_by_layouts, read_side_sheets
from reviewdesk.intake.side_sheets.rows import RowReader, rows_below

__all__ = [
    "NOTHING_SAID",
    "Layout",
    "RowReader",
    "Said",
    "SideError",
    "SideSheetRead",
    "SideSheets",
    "add_side_sheets",
    "header_of",
    "is_unstated",
    "kind_called",
    "named_kind",
    "questions_left",
    "read_by_layouts",
    "read_clock",
    "read_side_sheets",
    "recognise",
    "records_for_people",
    "rows_below",
    "side_questions",
]
