"""All rows of the sheets beside the accounts, read before anything is loaded: how many count, and whose account is not
there."""

from collections.abc import Sequence
from dataclasses import dataclass

from reviewdesk.intake.hidden import Hidden
from reviewdesk.intake.keys import UNTOLD
from reviewdesk.intake.looking import Look, discreet
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.normalise import Normaliser
from reviewdesk.intake.side_looking import said_with_kinds
from reviewdesk.intake.side_sheets import SideError, SideSheetRead, SideSheets
from reviewdesk.intake.table import Table

SHOWN_ERRORS = 20


@dataclass(frozen=True, slots=True)
class SideCheck:
    """What would come of the side sheets: each sheet's rows, the first errors, how many there are, and how many of the
    rows that were read find no account.

    Of errors `value` and `account` are masked.
    """

    sheets: tuple[SideSheetRead, ...]
    errors: tuple[SideError, ...]
    count: int
    stray: int


def check_sides(table: Table, look: Look, mapping: Mapping, hidden: Hidden) -> SideCheck:
    """Read the side sheets of a file under a mapping and look for their accounts.

    Raises:
        Invalid: the file cannot be read on.
    """
    found = table.side_sheets(hidden, said_with_kinds(look.beside, mapping))
    strays = found.strays(_accounts(table, mapping))
    errors = [*found.errors, *strays]
    return SideCheck(
        tuple(found.sheets), tuple(map(_masked, errors[:SHOWN_ERRORS])), len(errors), _rows_of(found, strays)
    )


def _rows_of(found: SideSheets, strays: Sequence[SideError]) -> int:
    """How many rows the accounts have that are not there."""
    absent = {one.account for one in strays}
    return sum(
        len(records)
        for by_account in found.rows.values()
        for account, records in by_account.items()
        if account in absent
    )


def _accounts(table: Table, mapping: Mapping) -> set[str]:
    """The numbers of all accounts; empty where the sheet has none of its own."""
    rules = tuple(rule for rule in mapping.rules if any(one.field == "account_no" for one in rule.filling()))
    if not rules:
        return set()
    normaliser = Normaliser(Mapping(rules), keys=UNTOLD)
    found: set[str] = set()
    for first, rows in table.blocks():
        found.update(str(one) for one in normaliser.chunk(rows, first).columns["account_no"] if one is not None)
    return found


def _masked(error: SideError) -> SideError:
    value = None if error.value is None else discreet(error.value, None)
    account = None if error.account is None else discreet(error.account, "account_no")
    return SideError(
        error.row,
        error.column,
        error.cell,
        error.field,
        error.code,
        value,
        error.message,
        error.mend,
        sheet=error.sheet,
        account=account,
    )
