"""The canonical fields: what a sheet may say of an account, how it is called in headers, and how its values are read.

The order of a field's synonyms is their strength: of two columns that fit one field, the one whose header stands
earlier wins and the other waits for a person. The synonyms come from header rows of lenders, insurers, collection
firms and core systems.
"""

from functools import cache

from reviewdesk.errors import Text
from reviewdesk.intake.fields.kinds import (
    GENDERS,
    LENDER_KINDS,
    MONEY_BASIS,
    REPAYMENT_METHODS,
    REQUIRED,
    SIGNING,
    Field,
    Kind,
)
from reviewdesk.intake.fields.loan import LOAN
from reviewdesk.intake.fields.owed import OWED
from reviewdesk.intake.fields.parties import PARTIES
from reviewdesk.intake.fields.standing import STANDING

GROUPS: tuple[tuple[Text, tuple[Field, ...]], ...] = (
    (Text("当事人与合同", "parties and contract"), PARTIES),
    (Text("借款", "the loan"), LOAN),
    (Text("欠款与还款", "what is owed and paid"), OWED),
    (Text("证据、管辖与其他情形", "evidence, court and what else matters"), STANDING),
)
"""The fields as a person reads them, under their headings."""

FIELDS: tuple[Field, ...] = tuple(field for _title, fields in GROUPS for field in fields)


__all__ = [
    "FIELDS",
    "GENDERS",
    "GROUPS",
    "LENDER_KINDS",
    "MONEY_BASIS",
    "REPAYMENT_METHODS",
    "REQUIRED",
    "SIGNING",
    "Field",
    "Kind",
    "by_name",
    "field_named",
    "is_field",
]


@cache
def by_name() -> dict[str, Field]:
    """The fields by their canonical names."""
    return {known.name: known for known in FIELDS}


def field_named(name: str) -> Field:
    """The field of that canonical name.

    Raises:
        KeyError: there is none.
    """
    return by_name()[name]


def is_field(name: str) -> bool:
    """Whether this is a canonical name."""
    return name in by_name()
