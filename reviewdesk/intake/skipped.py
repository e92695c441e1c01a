"""Rows of a batch that are neither loaded nor rejected: of accounts that were cases already, or no accounts at all.

Each kind of them is a word of `KINDS`: `known` accounts, which are skipped where the uploader wished it, and the
reasons for which a row is set aside as no account.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Literal
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.cells import safe_cell
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Text
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.models import Batch
from reviewdesk.intake.parts import Place, place_of
from reviewdesk.intake.queries import ROWS_PER_PAGE
from reviewdesk.intake.words import ASIDE
from reviewdesk.journal.service import record
from reviewdesk.labels import label

Kind = Literal["known", "blank", "total", "note", "header", "hidden"]

KINDS: Final[Mapping[str, Text]] = {"known": Text("已有案件", "already a case"), **ASIDE}
"""The kinds of skipped rows and what they are called."""

_READ_AT_ONCE: Final = 2_000
_IN_MEMORY: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class KnownCase:
    """The case that an account is, and the batch that it came with."""

    case_id: int
    number: str
    state: str
    batch_id: UUID
    batch_name: str


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that was skipped: its number in the batch, where it stands, of which kind it is.

    `account_no` is masked where it looks like a person's number. `case` is the case that the account is now, or, where
    there is none any more, the one that it was when the row was skipped.
    """

    number: int
    place: Place
    kind: str
    account_no: str | None
    case: KnownCase | None


def kinds_of(batch: Batch) -> dict[str, int]:
    """How many rows of a batch were skipped, by kind; kinds without any are left out."""
    aside: Mapping[str, int] = batch.counts.get("aside", {})
    counted = {"known": int(batch.counts.get("skipped") or 0), **aside}
    return {kind: counted[kind] for kind in KINDS if counted.get(kind)}


# A masked account number is that of no case: there the case kept with the row leads on to the account's present one.
# Each step hands plain columns on: row security lets an index be used for these, and not for `coalesce`.
_ROWS = """
WITH page AS MATERIALIZED (
    SELECT row, reason, account_no, case_id FROM sheet_rows
    WHERE org_id = :org AND batch_id = :batch AND outcome IN ('skipped', 'set_aside') AND row > :after
          AND (CAST(:kind AS text) IS NULL OR reason = :kind)
    ORDER BY row LIMIT :most
), named AS MATERIALIZED (
    SELECT p.row, p.reason, p.account_no, p.case_id AS kept_id, coalesce(kept.account_no, p.account_no) AS account
    FROM page p LEFT JOIN cases kept ON kept.org_id = :org AND kept.case_id = p.case_id
), found AS MATERIALIZED (
    SELECT n.row, n.reason, n.account_no, coalesce(present.case_id, n.kept_id) AS case_id
    FROM named n LEFT JOIN cases present ON present.org_id = :org AND present.account_no = n.account
         AND present.state <> 'reversed'
)
SELECT f.row, f.reason, f.account_no, c.case_id, c.number, c.state, c.batch_id, b.name AS batch_name
FROM found f
LEFT JOIN cases c ON c.org_id = :org AND c.case_id = f.case_id
LEFT JOIN batches b ON b.org_id = :org AND b.batch_id = c.batch_id
ORDER BY f.row
"""


def skipped_rows(
    work: Work, batch: Batch, *, kind: str | None = None, after: int | None = None, size: int = ROWS_PER_PAGE
) -> list[SkippedRow]:
    """Skipped rows in the order of the sheet, one more than `size` where there is one; `after` is a row's number."""
    rows = work.execute(
        _ROWS, org=batch.org_id, batch=batch.batch_id, kind=kind, after=-1 if after is None else after, most=size + 1
    )
    return [_skipped(batch, row) for row in rows]


def _skipped(batch: Batch, row: Any) -> SkippedRow:
    case = None
    if row.case_id is not None:
        case = KnownCase(row.case_id, row.number, row.state, row.batch_id, row.batch_name)
    return SkippedRow(row.row, place_of(batch, row.row), row.reason, row.account_no, case)


# --- as a table ------------------------------------------------------------------------------------------------------

_TITLES: Final = (
    Text("工作表", "sheet"),
    Text("行", "row"),
    Text("种类", "kind"),
    Text("借据号", "account"),
    Text("案件", "case"),
    Text("状态", "state"),
    Text("所在批次", "batch"),
)


def skipped_table(actor: Actor, batch_id: UUID, language: str, kind: str | None = None) -> tuple[IO[bytes], str]:
    """The skipped rows of a batch as CSV in UTF-8 with the mark by which Excel knows it, and a name for the file.

    Account numbers are masked as on the page; the download is an event.

    Raises:
        NotFound: the organisation has no such batch.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id)
        table: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (whoever sends it closes it)
        rows = _write(table, _all(work, batch, kind), language)
        record(work, "intake:batch:download_skipped", ("batch", batch_id), new={"rows": rows}, batch_id=batch_id)
    return table, f"{Path(batch.name).stem}-{Text('跳过的行', 'skipped').in_language(language)}.csv"


def _write(table: IO[bytes], rows: Iterable[SkippedRow], language: str) -> int:
    """Write the rows and go back to the beginning of the file; returns how many there were."""
    text = TextIOWrapper(table, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(title.in_language(language) for title in _TITLES)
    number = 0
    for row in rows:
        writer.writerow(map(safe_cell, _cells(row, language)))
        number += 1
    text.detach()
    table.seek(0)
    return number


def _all(work: Work, batch: Batch, kind: str | None) -> Iterator[SkippedRow]:
    after: int | None = -1
    while after is not None:
        found = skipped_rows(work, batch, kind=kind, after=after, size=_READ_AT_ONCE)
        yield from found[:_READ_AT_ONCE]
        after = found[_READ_AT_ONCE - 1].number if len(found) > _READ_AT_ONCE else None


def _cells(one: SkippedRow, language: str) -> list[Any]:
    case = one.case
    about = [case.number, str(label(case.state, "state")), case.batch_name] if case else ["", "", ""]
    return [one.place.table, one.place.row, KINDS[one.kind].in_language(language), one.account_no, *about]
