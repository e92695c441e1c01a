"""The job `intake.load`: a confirmed workbook becomes cases, in one transaction.

1. Read the file again and normalise its rows under the batch's mapping.
2. Where the uploader declared a row count or sums, read everything first and stop at a difference.
3. Seal what is personal, and send the good rows to PostgreSQL slice by slice, while the next slice is normalised:
   COPY into a staging table, INSERT … SELECT into the cases. An account that the organisation has stays one case.
4. Write down every row that did not become a case, the counts, the totals and the events, and ask for the audit.

Killed anywhere, nothing of it is there, and the job runs again.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import compress, groupby
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.clock import now
from reviewdesk.db import Work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake import known
from reviewdesk.intake.declaring import Declared, Difference
from reviewdesk.intake.fact_forms import MONEY_FIELDS
from reviewdesk.intake.hidden import read_hidden
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.known import Renew
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping, Rule
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.normalise import Chunk, Normaliser
from reviewdesk.intake.numbering import Among, number_of, part_of, row_of
from reviewdesk.intake.opening import Opened, open_batch, opened_table
from reviewdesk.intake.parts import parts_of, place_of
from reviewdesk.intake.reading import Rows
from reviewdesk.intake.rejects import seal_cells
from reviewdesk.intake.side_keeping import keep_side_rows, side_sheets_of
from reviewdesk.intake.side_sheets import SideSheets
from reviewdesk.intake.staging import AHEAD, Slice, Stage, keep_rows, row_line, stage, stage_rows
from reviewdesk.intake.storage import locate
from reviewdesk.intake.table import SLICE_ROWS, ReadAgain, Table
from reviewdesk.intake.unlocked import release, release_if_whole
from reviewdesk.intake.values import Value
from reviewdesk.journal.service import record
from reviewdesk.vault import vault

JOB = "intake.load"


MENDED_TOLD = 200
"""How often the progress of reading mended rows is told, in rows."""

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


def run(work: Work, args: dict[str, Any], report: Report, *, renew: Renew) -> None:
    """Load a batch whose mapping was confirmed; a batch that no longer waits for it is left alone.

    `renew` is what the batch's known accounts go through where their facts are to be updated.
    """
    batch = _lock(work, UUID(args["batch_id"]))
    if batch.state != "loading":
        return
    report(phase="read", done=0, total=0)
    stored = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    try:
        opened = open_batch(locate(stored.readable_path), batch)
    except Invalid as error:
        stop(work, batch, {"code": error.code, "message": error.text.as_json()})
    else:
        _load_opened(work, batch, opened, report, renew)


def load_table(work: Work, batch: Batch, table: Table, report: Report, renew: Renew) -> None:
    """Load a batch from an opened table, in the caller's transaction.

    Where it cannot be read to its end, differs from what was declared or is cancelled meanwhile, nothing of it is kept.
    """
    _load_opened(work, batch, opened_table(table, batch), report, renew)


def _load_opened(work: Work, batch: Batch, opened: Opened, report: Report, renew: Renew) -> None:
    try:
        try:
            _load(work, batch, _Loader(work, batch, opened, report), renew)
        except ReadAgain:
            _load(work, batch, _Loader(work, batch, replace(opened, fills=True), report), renew)
    except Cancelled as asked:
        end_cancelled(work, batch, asked.by)
    except _Differs as found:
        _stop_at_differences(work, batch, found.loader, found.differences)
    except Invalid as error:
        stop(work, batch, {"code": error.code, "message": error.text.as_json()})


class _Differs(Exception):
    """The rows are not what the uploader declared."""

    def __init__(self, loader: "_Loader", differences: Sequence[Difference]) -> None:
        super().__init__()
        self.loader, self.differences = loader, differences


def _load(work: Work, batch: Batch, loader: "_Loader", renew: Renew) -> None:
    with work.session.begin_nested():
        loader.load(loader.slices())
        if batch.declared:
            differences = Declared.from_json(batch.declared).differences(loader.count.accounts, loader.count.sums)
            if differences:
                raise _Differs(loader, differences)
        if batch.on_known == "update":
            loader.renew(renew)
        loader.heed()
        _finish(work, batch, loader)


def _lock(work: Work, batch_id: UUID) -> Batch:
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    return work.session.scalars(wanted.with_for_update()).one()


# --- counting --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Count:
    """What is known of the rows so far. Sums and totals in fen: `sums` of all accounts, `totals` of the loaded ones.

    `known` are the good rows whose accounts are cases already, `known_of` the same by file and lender; `skipped`,
    `updated` and `unchanged` of them are no errors.
    """

    rows: int
    accounts: int = 0
    good: int = 0
    rejected: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    known: int = 0
    known_of: dict[tuple[int, str], int] = field(default_factory=dict)
    skipped: int = 0
    updated: int = 0
    unchanged: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    @property
    def loaded(self) -> int:
        """Rows that became cases."""
        return self.good - self.known

    def as_json(self, *, stopped: bool = False) -> dict[str, Any]:
        """What the batch keeps.

        Raises:
            RuntimeError: the parts do not add up to the rows of the sheet.
        """
        aside = sum(self.set_aside.values())
        apart = {"updated": self.updated, "unchanged": self.unchanged, "skipped": self.skipped}
        rejected = self.rejected + self.known - sum(apart.values())
        if self.loaded + rejected + sum(apart.values()) + aside != self.rows:
            raise RuntimeError(f"{self.rows} rows, but {self.loaded} + {rejected} + {apart} + {aside} accounted for")
        counts = {"rows": self.rows, "accounts": self.accounts, "loaded": self.loaded, "rejected": rejected} | apart
        if stopped:
            counts |= {"loaded": 0, "readable": self.good}
        return counts | {"dismissed": 0, "set_aside": aside, "known": self.known, "aside": self.set_aside}

    def known_as_json(self) -> dict[str, Any]:
        """What the batch keeps of whose accounts were known: file, lender and number of rows."""
        told = [[part, lender, rows] for (part, lender), rows in self.known_of.items()]
        return {"known_of": told} if told else {}


def _add(sums: dict[str, int], column: Sequence[Any], name: str) -> None:
    sums[name] = sums.get(name, 0) + sum(filter(None, column))


# --- the rows --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
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


class _Loader:
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
        self.count, self._rough_rows = _Count(rows), rows
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
        self._parts: dict[int, _Part] = {}

    def _part(self, number: int, table: Table | None = None) -> "_Part":
        """A file of the batch, with what its columns are."""
        if number not in self._parts:
            mapping = Mapping.from_json(place_of(self.batch, number_of(number, 1)).mapping)
            left_out = table.rows_left_out(self._hidden, number) if table else frozenset()
            keys = _keys_of(self.work, self.batch, mapping)
            self._parts[number] = _Part(Normaliser(mapping, left_out, self._among, keys), mapping.filled(), table)
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
                _add(count.sums, chunk.columns[name], name)
                _add(count.totals, good.columns[name], name)
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
                self._known_lines.append(row_line(row, "skipped", "known", account, (), (), {}))

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


# --- rows of a loaded batch, mended -----------------------------------------------------------------------------------


class _Chosen(_Loader):
    """Rejected rows of a batch, given anew; `rows` holds their cells by their numbers in the batch.

    A mended row whose account is a case already is skipped where the batch skips such, or renews its case where there
    is a `renew` for it; else it stays rejected.
    """

    def __init__(
        self, work: Work, batch: Batch, rows: MappingType[int, Sequence[Any]], report: Report, renew: Renew | None
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
UPDATE sheet_rows s SET outcome = 'skipped', reason = i.reason, account_no = i.account_no, sealed = NULL
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
    totals: MappingType[str, int] = field(default_factory=dict)
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
    rows: MappingType[int, Sequence[Any]],
    report: Report,
    renew: Renew | None = None,
) -> Chosen:
    """Load rejected rows of a batch with the cells that are given for them.

    Rows that are good now become cases of the batch and are marked as mended; the others keep their place with fresh
    errors. With `renew` rows of known accounts renew their cases.
    """
    loader = _Chosen(work, batch, rows, report, renew)
    loader.load(good for good in loader.slices() if good.rows)
    loader.renew_known()
    loader.settle()
    count = loader.count
    known_of = count.known_as_json().get("known_of", ()) if loader.on_known != "reject" else ()
    return Chosen(loader.case_ids, count.totals, count.skipped, count.updated, count.unchanged, known_of)


# --- the end ---------------------------------------------------------------------------------------------------------


def _finish(work: Work, batch: Batch, loader: _Loader) -> None:
    loader.write_rows()
    counts = loader.count.as_json()
    side = loader.side_sheets()
    batch.counts = counts | side | loader.count.known_as_json()
    batch.totals = loader.count.totals
    batch.loaded_at = now()
    batch.version += 1
    batch.state = "auditing" if loader.case_ids else "ready"
    if loader.case_ids:
        record(
            work,
            "intake:case:receive",
            ("batch", batch.batch_id),
            new={"state": "received", "cases": len(loader.case_ids)},
            batch_id=batch.batch_id,
            cases=loader.case_ids,
        )
        outbox.add(work, "audit.batch", {"batch_id": str(batch.batch_id)}, key=str(batch.batch_id))
    record(
        work,
        "intake:batch:load",
        ("batch", batch.batch_id),
        old={"state": "loading"},
        new={"state": batch.state, "counts": counts, "totals": batch.totals} | _tallies(side),
        batch_id=batch.batch_id,
    )
    release_if_whole(work, batch)


def _tallies(side: dict[str, Any]) -> dict[str, Any]:
    """What the journal says of the sheets beside the accounts."""
    return {"beside": side["beside"]} if side else {}


def _stop_at_differences(work: Work, batch: Batch, loader: _Loader, differences: Sequence[Difference]) -> None:
    loader.forget_known()
    stage(work)
    loader.write_rows()
    batch.counts = loader.count.as_json(stopped=True)
    message = Text(
        "；".join(one.text.zh for one in differences) + "。没有导入任何一行。",
        "; ".join(one.text.en for one in differences) + ". Nothing was imported.",
    )
    mend = Text(
        "核对工作簿是否完整、有无多余的行，或更正声明的数字，然后重新导入。",
        "See whether the workbook is complete and has no extra rows, or correct what was declared; then import again.",
    )
    problem = {"code": "declared.difference", "message": message.as_json(), "mend": mend.as_json()}
    stop(work, batch, problem | {"differences": [one.as_json() for one in differences]})


def stop(work: Work, batch: Batch, problem: dict[str, Any]) -> None:
    """End an import that cannot go on, saying why."""
    old = batch.state
    batch.state = "stopped"
    batch.problem = problem
    batch.version += 1
    record(
        work,
        "intake:batch:stop",
        ("batch", batch.batch_id),
        old={"state": old},
        new={"state": "stopped", "problem": problem},
        batch_id=batch.batch_id,
    )
    release(work, batch)


def end_cancelled(work: Work, batch: Batch, by: str) -> None:
    """End a batch as cancelled; `by` is the name of who asked for it."""
    old, batch.state, batch.version = batch.state, "cancelled", batch.version + 1
    message = Text(f"{by} 取消了导入，没有导入任何一行。", f"{by} cancelled the import; nothing was imported.")
    batch.problem = {"code": "batch.cancelled", "message": message.as_json()}
    record(
        work,
        "intake:batch:cancel",
        ("batch", batch.batch_id),
        old={"state": old},
        new={"state": "cancelled", "by": by},
        batch_id=batch.batch_id,
    )
    release(work, batch)
