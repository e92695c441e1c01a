"""The error workbook: a batch's sheets with their rejected rows open for mending and everything else locked.

It carries the batch's id as a document property and each row's number in a column, by which the mended workbook is
known again.
"""

from reviewdesk.intake.error_book.making import make
from reviewdesk.intake.error_book.rebuilt import sheet_name
from reviewdesk.intake.error_book.what import (
    ADDED,
    PROPERTY,
    Made,
    RowLeftOut,
    RowToMend,
    Say,
    SideToMend,
    ToMend,
    saying,
)

__all__ = [
    "ADDED",
    "PROPERTY",
    "Made",
    "RowLeftOut",
    "RowToMend",
    "Say",
    "SideToMend",
    "ToMend",
    "make",
    "saying",
    "sheet_name",
]
