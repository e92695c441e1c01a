"""Which row is the header, and which column means which field.

A header is folded (width, case, spaces, brackets, traditional characters, units) and looked up among the synonyms.
What is found so is applied. What only resembles a synonym is a suggestion with its score, for a person to confirm;
columns of money are never guessed. Columns about third persons (contacts, spouse) are left out: a lawsuit does not
need them.
"""

from reviewdesk.intake.headers.finding import Header, find_header, header_hash
from reviewdesk.intake.headers.folding import (
    MONEY_UNITS,
    RATE_UNITS,
    Folded,
    Period,
    fold,
    fold_lines,
    simplified,
    unit_for,
)
from reviewdesk.intake.headers.meanings import is_third_person
from reviewdesk.intake.headers.suggesting import APPLIED, Level, Suggestion, suggest

__all__ = [
    "APPLIED",
    "MONEY_UNITS",
    "RATE_UNITS",
    "Folded",
    "Header",
    "Level",
    "Period",
    "Suggestion",
    "find_header",
    "fold",
    "fold_lines",
    "header_hash",
    "is_third_person",
    "simplified",
    "suggest",
    "unit_for",
]
