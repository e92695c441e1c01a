"""One batch on its way from the file into the tables."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from time import monotonic
from typing import Any

from reviewdesk import outbox
from reviewdesk.clock import now
from reviewdesk.db import Work
from reviewdesk.intake import known
from reviewdesk.intake.counting import Count, add_up
from reviewdesk.intake.fact_forms import MONEY_FIELDS
from reviewdesk.intake.hidden import read_hidden
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.known import Renew
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping, Rule
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.normalise import Chunk, Normaliser
from reviewdesk.intake.numbering import Among, number_of, part_of, row_of
from reviewdesk.intake.opening import Opened
from reviewdesk.intake.parts import place_of
from reviewdesk.intake.reading import Rows
from reviewdesk.intake.rejects import seal_cells
from reviewdesk.intake.side_keeping import keep_side_rows
from reviewdesk.intake.side_sheets import SideSheets
from reviewdesk.intake.staging import AHEAD, Slice, Stage, keep_rows, row_line, stage_rows
from reviewdesk.intake.table import Table
from reviewdesk.intake.values import Value
from reviewdesk.vault import vault

RENEWED_TOLD = 500
"""How often the progress of renewing is told, in cases."""

HEED_SECONDS = 0.5
"""How often an import looks whether it was cancelled."""

Report = Callable[..., None]


class Cancelled(Exception):
    """Somebody cancelled the import that runs; `by` is their name."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a batch on its way; `table` is absent where single rows of it are given."""

    normaliser: Normaliser
    rules: Sequence[Rule]
    table: Table | None

    @property
    def mapping(self) -> Mapping:
        """What its columns are."""
        return self.normaliser.mapping

    def shown(self, cells: Sequence[Any]) -> dict[str, str]:
        """A row's mapped cells, masked, by field."""
        named = ((rule.field, rule.text_in(cells)) for rule in self.rules)
        return {name: discreet(text, name) for name, text in named if name and text}


class Loader:
    """One batch on its way from the file into the tables."""

    def __init__(self, work: Work, batch: Batch, opened: Opened, report: Report) -> None:
        """Prepare to read the tables' rows.

        Raises:
            Invalid: a value given for the whole batch cannot be read.
        """
        self._opened = opened
        self._prepare(work, batch, report, opened.rows, opened.side, opened.names)
        self.count.rows = 0

    def _prepare(
        self, work: Work, batch: Batch, report: Report, rows: int, side: SideSheets, names: Sequence[str]
    ) -> None:
        self.work, self.batch, self.report, self.on_known = work, batch, report, batch.on_known
        self.count, self._rough_rows = Count(rows), rows
        self.case_ids: list[int] = []
        self._lines: list[str] = []
        self._known_lines: list[str] = []
        self._known_ids: set[int] = set()
        self._blocks: deque[tuple[int, Rows]] = deque(maxlen=AHEAD + 2)
        self._side = side
        self._accounts: set[str] = set()
        self._phase, self._since, self._heeded = "", now(), 0.0
        self._hidden = read_hidden(batch.hidden)
        self._among = Among(names)
        self._parts: dict[int, Part] = {}

    def _part(self, number: int, table: Table | None = None) -> "Part":
        """A file of the batch, with what its columns are."""
        if number not in self._parts:
            mapping = Mapping.from_json(place_of(self.batch, number_of(number, 1)).mapping)
            left_out = table.rows_left_out(self._hidden, number) if table else frozenset()
            keys = _keys_of(self.work, self.batch, mapping)
            self._parts[number] = Part(Normaliser(mapping, left_out, self._among, keys), mapping.filled(), table)
        return self._parts[number]

    def slices(self) -> Iterator[Slice]:
        """Normalise the rows of file after file as they are read, counting on the way."""
        for number, table in self._opened.tables():
            normaliser = self._part(number, table).normaliser
            for first, rows in table.blocks():
                self._blocks.append((number_of(number, first), rows))
                self.count.rows += len(rows)
                good = self._sort_out(normaliser.chunk(rows, number_of(number, first)))
                good.end = self.count.rows
                yield good

    def _tell(self, phase: str, done: int, total: int) -> None:
        """Report how far the phase is and since when it runs, and give up where somebody asked for it."""
        if phase != self._phase:
            self._phase, self._since = phase, now()
        self.report(phase=phase, done=done, total=total, since=self._since.isoformat())
        if monotonic() - self._heeded >= HEED_SECONDS:
            self.heed()

    def heed(self) -> None:
        """Look whether somebody cancelled the import.

        Raises:
            Cancelled: somebody did.
        """
        self._heeded = monotonic()
        by = outbox.who_asked_to_stop(self.work.actor)
        if by is not None:
            raise Cancelled(by)

    def _sort_out(self, chunk: Chunk) -> Slice:
        count = self.count
        count.accounts += len(chunk.rows)
        count.rejected += len(chunk.errors)
        for aside in chunk.set_aside:
            count.set_aside[aside.reason] = count.set_aside.get(aside.reason, 0) + 1
            self._lines.append(row_line(aside.row, "set_aside", aside.reason, None, (), (), {}))
        for place in sorted(chunk.errors):
            self._reject(chunk, place)
        good = _without(chunk, chunk.errors)
        self._join(chunk, good)
        count.good += len(good.rows)
        for name in MONEY_FIELDS:
            if name in chunk.columns:
                add_up(count.sums, chunk.columns[name], name)
                add_up(count.totals, good.columns[name], name)
        return good

    def _join(self, chunk: Chunk, good: Slice) -> None:
        """Give the accounts what the sheets beside them say."""
        if self._side.rows:
            self._accounts.update(map(str, chunk.columns["account_no"]))
            good.columns.update(self._side.columns(good.columns["account_no"]))

    def side_sheets(self) -> dict[str, Any]:
        """Keep what came of the sheets beside the accounts; returns what the batch's counts say of it."""
        return keep_side_rows(self.work, self.batch, self._side, self._accounts, self._opened.sheet)

    def _reject(self, chunk: Chunk, place: int) -> None:
        row = chunk.rows[place]
        account = chunk.columns["account_no"][place] if "account_no" in chunk.columns else None
        errors = [
            {**error.as_json(), "value": None if error.value is None else discreet(error.value, error.field)}
            for error in chunk.errors[place]
        ]
        self._lines.append(self._written(row, account, errors))

    def _written(self, row: int, account: Value, errors: Sequence[dict[str, Any]]) -> str:
        """A rejected row as it is kept."""
        account_no = None if account is None else discreet(str(account), "account_no")
        codes = tuple(dict.fromkeys(error["code"] for error in errors))
        cells = self._row(row)
        sealed = seal_cells(self.batch.org_id, self.batch.batch_id, row, cells)
        shown = self._part(part_of(row)).shown(cells)
        return row_line(row, "rejected", None, account_no, codes, errors, shown, sealed)

    def _row(self, row: int) -> Sequence[Any]:
        """The cells of a row, by its number in the batch; only the last blocks of a long sheet are at hand."""
        for first, rows in self._blocks:
            if first <= row < first + len(rows):
                cells: Sequence[Any] = rows[row - first]
                return cells
        table = self._part(part_of(row)).table
        return table.sheet.rows[row_of(row) - 1] if table else ()

    # --- into the tables ---------------------------------------------------------------------------------------------

    def load(self, slices: Iterator[Slice]) -> None:
        """Send the good rows to the cases while the next ones are normalised."""
        with Stage(self.work, self.batch, self._rough_rows, keep_known=self.on_known == "update") as stage:
            for good in slices:
                stage.send(good, () if self.batch.declared else self._take_lines())
                for found in stage.done():
                    self._note(found)
                self._tell("load", good.end, max(self._rough_rows, good.end))
            for found in stage.finish():
                self._note(found)
        self.case_ids = [case_id for case_id in stage.case_ids if case_id not in self._known_ids]

    def _take_lines(self) -> Sequence[str]:
        lines, self._lines, self._known_lines = self._lines + self._known_lines, [], []
        return lines

    def _note(self, found: Sequence[Any]) -> None:
        """Count the rows whose accounts are known, and write down those that are not to be renewed."""
        for row, account_no, facts, mine, case_id, number, batch_id, batch_name in found:
            self.count.known += 1
            whose = part_of(row), facts.get("lender_name") or ""
            self.count.known_of[whose] = self.count.known_of.get(whose, 0) + 1
            self._known_ids.add(mine)
            for name in self.count.totals:
                self.count.totals[name] -= facts.get(name) or 0
            if self.on_known == "reject":
                error = known.is_known(self._part(part_of(row)).mapping, row, account_no, number, batch_name)
                error |= {"case_id": case_id, "number": number, "batch_id": str(batch_id)}
                self._known_lines.append(self._written(row, account_no, [error]))
            elif self.on_known == "skip":
                self.count.skipped += 1
                account = discreet(account_no, "account_no")
                self._known_lines.append(row_line(row, "skipped", "known", account, (), (), {}, case_id=case_id))

    def forget_known(self) -> None:
        """Be where it would be if it had only read the rows."""
        self.count.known = self.count.skipped = 0
        self.count.known_of.clear()
        self._known_lines.clear()

    def renew(self, renew: Renew) -> None:
        """Renew the cases of the known accounts, and write down those that stay as they are."""
        for one in renew(self.work, self.batch):
            if one.outcome == "updated":
                self.count.updated += 1
            elif one.outcome == "unchanged":
                self.count.unchanged += 1
            else:
                mapping = self._part(part_of(one.row)).mapping
                error = known.is_decided(mapping, one.row, one.account_no, one.number)
                error |= {"case_id": one.case_id, "number": one.number}
                self._known_lines.append(self._written(one.row, one.account_no, [error]))
            if (self.count.updated + self.count.unchanged) % RENEWED_TOLD == 0:
                self._tell("update", self.count.updated + self.count.unchanged, self.count.known)

    def write_rows(self) -> None:
        """Keep every row that did not become a case."""
        self.stage_rows()
        keep_rows(self.work, self.batch)

    def stage_rows(self) -> None:
        """Send what is left of the rows that did not become cases to their staging table."""
        stage_rows(self.work, self._take_lines())


def _keys_of(work: Work, batch: Batch, mapping: Mapping) -> Keys:
    """What makes the numbers of accounts that have none: with the organisation's own secret, to know them again."""
    if not mapping.key:
        return UNTOLD
    stored = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    blind = vault().blinder("id_no", batch.org_id)
    return Keys(stored.sha256, lambda text: blind(f"account|{text}"))


def _without(chunk: Chunk, places: dict[int, Any]) -> Slice:
    if not places:
        return Slice(chunk.rows, chunk.columns)
    wanted = [place not in places for place in range(len(chunk.rows))]
    columns = {name: list(compress(values, wanted)) for name, values in chunk.columns.items()}
    return Slice(list(compress(chunk.rows, wanted)), columns)
