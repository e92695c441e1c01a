"""One cell becomes one value: exactly, or with the reason why not. Nothing is repaired and nothing is guessed.

Every reader takes a cell as the file gave it and returns the value, or None where the cell says nothing (blank, a dash,
`无`). A cell that says something unreadable raises `Bad` with a stable code. Money comes back as fen, rates as decimal
strings a year, dates as ISO strings.
"""

from reviewdesk.intake.values.amounts import read_money
from reviewdesk.intake.values.cells import (
    Bad,
    Reader,
    Reading,
    Value,
    clean,
    number_text,
    read_bucket,
    read_name,
    read_text,
    shown,
)
from reviewdesk.intake.values.chinese import chinese_number
from reviewdesk.intake.values.choices import read_choice, read_proof, read_yes_no
from reviewdesk.intake.values.counts import read_count, read_terms
from reviewdesk.intake.values.dates import read_date
from reviewdesk.intake.values.identifiers import read_account, read_card, read_code, read_id_number, read_mobile
from reviewdesk.intake.values.rates import read_rate
from reviewdesk.intake.values.readers import PLAIN, reader_of

__all__ = [
    "PLAIN",
    "Bad",
    "Reader",
    "Reading",
    "Value",
    "chinese_number",
    "clean",
    "number_text",
    "read_account",
    "read_bucket",
    "read_card",
    "read_choice",
    "read_code",
    "read_count",
    "read_date",
    "read_id_number",
    "read_mobile",
    "read_money",
    "read_name",
    "read_proof",
    "read_rate",
    "read_terms",
    "read_text",
    "read_yes_no",
    "reader_of",
    "shown",
]
