"""Mending rows of side sheets: a row that reads well now is joined to its account's case by the job `JOIN_JOB`.

What a case holds of a sheet is decided by whoever knows what a decision is, so the job is the review's. A row whose
account is no case yet waits, and is joined when the account's own row is mended.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from reviewdesk import outbox
from reviewdesk.db import Work
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import column_letters
from reviewdesk.intake.messages import said
from reviewdesk.intake.models import Batch, SideRow
from reviewdesk.intake.side_keeping import cells_given, count_again, error_of, row_values
from reviewdesk.intake.side_rows import Given, columns_of, layouts_from_json, read_rows, stray
from reviewdesk.intake.side_sheets import Layout, SideError
from reviewdesk.intake.values import shown

JOIN_JOB = "intake.join"
MOST_TOLD = 100
"""Cells whose old and new value the event tells."""


@dataclass(slots=True)
class SideMended:
    """What came of given rows of side sheets, and of the first of their cells what they were and are, masked."""

    mended: int = 0
    rejected: int = 0
    changed: int = 0
    old: dict[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)

    @property
    def given(self) -> int:
        """How many rows were given."""
        return self.mended + self.rejected


def rejected_side_rows(work: Work, batch: Batch, given: Mapping[str, Collection[int]]) -> list[SideRow]:
    """Those of the named rows that are still rejected, with their cells."""
    found: list[SideRow] = []
    for sheet, rows in given.items():
        wanted = select(SideRow).where(
            SideRow.org_id == batch.org_id,
            SideRow.batch_id == batch.batch_id,
            SideRow.sheet == sheet,
            SideRow.row.in_(list(rows)),
            SideRow.outcome == "rejected",
        )
        found += work.session.scalars(wanted.options(undefer(SideRow.sealed)).order_by(SideRow.row))
    return found


def mend_side_rows(work: Work, batch: Batch, held: Sequence[SideRow], given: Given) -> SideMended:
    """Read rejected rows of a locked batch with the cells that are given for them, and have the good ones joined."""
    made = SideMended()
    if not held:
        return made
    layouts = layouts_from_json(batch.side_layouts)
    before = cells_given(batch, held)
    read = read_rows(layouts, _given_for(held, given))
    known = known_accounts(work, batch, [account for account, errors in read.values() if account and not errors])
    for one in held:
        account, errors = read[one.sheet, one.row]
        layout, cells = layouts[one.sheet], given[one.sheet][one.row]
        if account is not None and not errors and account not in known:
            errors = [stray(one.sheet, layout, one.row, account)]
        _tell(made, one, layout, before[one.sheet][one.row], cells)
        _settle(made, batch, one, layout, account, cells, errors)
    count_again(work, batch)
    return made


def _given_for(held: Sequence[SideRow], given: Given) -> Given:
    found: dict[str, dict[int, Sequence[Any]]] = {}
    for one in held:
        found.setdefault(one.sheet, {})[one.row] = given[one.sheet][one.row]
    return found


def _settle(
    made: SideMended,
    batch: Batch,
    one: SideRow,
    layout: Layout,
    account: str | None,
    cells: Sequence[Any],
    errors: Sequence[SideError],
) -> None:
    values = row_values(batch, layout, one.sheet, one.row, account, cells, errors)
    if errors:
        made.rejected += 1
    else:
        made.mended += 1
        one.outcome = "mended"
        values = {name: value for name, value in values.items() if name not in ("codes", "errors")}
    for name, value in values.items():
        setattr(one, name, value)


_KNOWN = """
SELECT account_no FROM cases WHERE org_id = :org AND account_no = ANY(CAST(:accounts AS text[]))
       AND state <> 'reversed' AND (batch_id = :batch OR :updates)
"""

_WAITING = """
SELECT account_no FROM sheet_rows WHERE org_id = :org AND batch_id = :batch
       AND outcome IN ('rejected', 'skipped') AND account_no = ANY(CAST(:accounts AS text[]))
"""


def known_accounts(work: Work, batch: Batch, accounts: Sequence[str]) -> set[str]:
    """Those of the accounts that are cases of the batch, or stand on its sheet of accounts."""
    asked = dict.fromkeys(accounts)
    if not asked:
        return set()
    values = {"org": batch.org_id, "batch": batch.batch_id}
    cases = work.execute(_KNOWN, accounts=list(asked), updates=batch.on_known == "update", **values).scalars()
    masked = {discreet(account, "account_no"): account for account in asked}
    waiting = work.execute(_WAITING, accounts=list(masked), **values).scalars()
    return {*cases, *(masked[one] for one in waiting)}


def ask_to_join(work: Work, batch: Batch, key: str) -> None:
    """Ask that the mended rows of a batch be joined to their cases."""
    outbox.add(work, JOIN_JOB, {"batch_id": str(batch.batch_id)}, key=f"{batch.batch_id}:{key}")


def refuse_again(batch: Batch, rows: Sequence[SideRow], code: str, number: str) -> None:
    """Put mended rows back among the rejected ones, for their case takes nothing in."""
    words = said(code, {"number": number}, field_named("account_no").label, "")
    for one in rows:
        error = SideError(
            one.row, None, None, "account_no", code, None, *words, sheet=one.sheet, account=one.account_no
        )
        one.outcome, one.codes, one.errors = "rejected", [code], [error_of(error)]


def _tell(made: SideMended, one: SideRow, layout: Layout, before: Sequence[Any], after: Sequence[Any]) -> None:
    """Note which cells changed."""
    for column, header in columns_of(layout).items():
        was, now = (shown(cells[column]) if column < len(cells) else "" for cells in (before, after))
        if " ".join(was.split()) == " ".join(now.split()):
            continue
        made.changed += 1
        if made.changed <= MOST_TOLD:
            key = f"{one.sheet} {header} {column_letters(column)}{one.row}"
            name = "account_no" if column == layout.account else None
            made.old[key], made.new[key] = discreet(was, name), discreet(now, name)
