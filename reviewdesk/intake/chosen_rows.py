"""Rejected rows of a loaded batch, loaded again with the cells that are given for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

from reviewdesk.db import Work
from reviewdesk.intake import known
from reviewdesk.intake.known import Renew
from reviewdesk.intake.loader import Loader, Report
from reviewdesk.intake.models import Batch
from reviewdesk.intake.numbering import part_of
from reviewdesk.intake.parts import parts_of
from reviewdesk.intake.side_keeping import side_sheets_of
from reviewdesk.intake.staging import Slice
from reviewdesk.intake.table import SLICE_ROWS

MENDED_TOLD = 200
"""How often the progress of reading mended rows is told, in rows."""


class _ChosenRows(Loader):
    """Rejected rows of a batch, given anew; `rows` holds their cells by their numbers in the batch.

    A mended row whose account is a case already is skipped where the batch skips such, or renews its case where there
    is a `renew` for it; else it stays rejected.
    """

    def __init__(
        self, work: Work, batch: Batch, rows: Mapping[int, Sequence[Any]], report: Report, renew: Renew | None
    ) -> None:
        self._rows, self._renew = rows, renew
        self.renewed: list[int] = []
        names = [part.name for part in parts_of(batch)]
        self._prepare(work, batch, report, len(rows), side_sheets_of(work, batch), names)
        self.on_known = "update" if renew else "skip" if batch.on_known == "skip" else "reject"

    def slices(self) -> Iterator[Slice]:
        """Normalise the rows one by one, for they stand anywhere in the sheet, and hand on the good ones together."""
        done = 0
        for number, rows in groupby(sorted(self._rows.items()), lambda one: part_of(one[0])):
            normaliser, gathered = self._part(number).normaliser, []
            for row, cells in rows:
                done += 1
                good = self._sort_out(normaliser.chunk([cells], row))
                gathered += [good] if good.rows else []
                if done % MENDED_TOLD == 0:
                    self._tell("check", done, len(self._rows))
                if len(gathered) == SLICE_ROWS:
                    yield _joined(gathered, done)
                    gathered = []
            yield _joined(gathered, done)

    def _row(self, row: int) -> Sequence[Any]:
        return self._rows[row]

    def renew_known(self) -> None:
        """Renew the cases of known accounts, where that is wished."""
        if self._renew is not None:
            self.renew(partial(self._noted, self._renew))

    def _noted(self, renew: Renew, work: Work, batch: Batch) -> Iterator[known.Renewed]:
        for one in renew(work, batch):
            if one.outcome != "decided":
                self.renewed.append(one.row)
            yield one

    def settle(self) -> None:
        """Mark the rows that became cases, renewed one or were skipped, and give the others their fresh errors."""
        self.stage_rows()
        values = {"org": self.work.org_id, "batch": self.batch.batch_id}
        self.work.execute(_STILL_REJECTED, **values)
        self.work.execute(_SKIPPED, **values)
        self.work.execute(_MENDED, cases=self.case_ids, **values)
        self.work.execute(_RENEWED, rows=self.renewed, **values)


_STILL_REJECTED = """
UPDATE sheet_rows s
SET account_no = i.account_no, codes = i.codes, errors = i.errors, shown = i.shown, sealed = i.sealed
FROM incoming_rows i
WHERE s.org_id = :org AND s.batch_id = :batch AND s.row = i.row AND s.outcome = 'rejected' AND i.outcome = 'rejected'
"""

_SKIPPED = """
UPDATE sheet_rows s
SET outcome = 'skipped', reason = i.reason, account_no = i.account_no, sealed = NULL, case_id = i.case_id
FROM incoming_rows i
WHERE s.org_id = :org AND s.batch_id = :batch AND s.row = i.row AND s.outcome = 'rejected' AND i.outcome = 'skipped'
"""

_RENEWED = """
UPDATE sheet_rows SET outcome = 'mended', sealed = NULL
WHERE org_id = :org AND batch_id = :batch AND row = ANY(CAST(:rows AS integer[])) AND outcome = 'rejected'
"""

_MENDED = """
UPDATE sheet_rows s SET outcome = 'mended', sealed = NULL
FROM cases c
WHERE c.org_id = :org AND c.case_id = ANY(:cases)
AND s.org_id = :org AND s.batch_id = :batch AND s.row = c.row AND s.outcome = 'rejected'
"""


def _joined(parts: Sequence[Slice], end: int) -> Slice:
    names = parts[0].columns if parts else ()
    columns = {name: [value for part in parts for value in part.columns[name]] for name in names}
    return Slice([row for part in parts for row in part.rows], columns, end)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of rejected rows that were given anew: the ids of new cases, and their money fields' sums in fen.

    `skipped`, `updated` and `unchanged` rows are of accounts that were cases; `known_of` names their lenders.
    """

    cases: Sequence[int] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    skipped: int = 0
    updated: int = 0
    unchanged: int = 0
    known_of: Sequence[Any] = ()

    @property
    def settled(self) -> int:
        """Rows that are not rejected any more."""
        return len(self.cases) + self.skipped + self.updated + self.unchanged


def load_chosen(
    work: Work,
    batch: Batch,
    rows: Mapping[int, Sequence[Any]],
    report: Report,
    renew: Renew | None = None,
) -> Chosen:
    """Load rejected rows of a batch with the cells that are given for them.

    Rows that are good now become cases of the batch and are marked as mended; the others keep their place with fresh
    errors. With `renew` rows of known accounts renew their cases.
    """
    loader = _ChosenRows(work, batch, rows, report, renew)
    loader.load(good for good in loader.slices() if good.rows)
    loader.renew_known()
    loader.settle()
    count = loader.count
    known_of = count.known_as_json().get("known_of", ()) if loader.on_known != "reject" else ()
    return Chosen(loader.case_ids, count.totals, count.skipped, count.updated, count.unchanged, known_of)
