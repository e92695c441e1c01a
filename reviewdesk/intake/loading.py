"""The job `intake.load`: a confirmed workbook becomes cases, in one transaction.

1. Read the file again and normalise its rows under the batch's mapping.
2. Where the uploader declared a row count or sums, read everything first and stop at a difference.
3. Seal what is personal, and send the good rows to PostgreSQL slice by slice, while the next slice is normalised:
   COPY into a staging table, INSERT … SELECT into the cases. An account that the organisation has stays one case.
4. Write down every row that did not become a case, the counts, the totals and the events, and ask for the audit.

Killed anywhere, nothing of it is there, and the job runs again.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import compress
from time import monotonic
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.addresses import address_key
from reviewdesk.clock import now, today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake import known
from reviewdesk.intake.declaring import Declared, Difference
from reviewdesk.intake.hidden import read_hidden
from reviewdesk.intake.keys import UNTOLD, Keys
from reviewdesk.intake.known import Renew
from reviewdesk.intake.looking import discreet, used_rows
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.normalise import MONEY_FIELDS, Chunk, Normaliser
from reviewdesk.intake.rejects import seal_cells
from reviewdesk.intake.side_sheets import SideSheets
from reviewdesk.intake.storage import locate
from reviewdesk.intake.table import Table, open_table
from reviewdesk.intake.values import Value
from reviewdesk.journal.service import record
from reviewdesk.masking import is_personal, mask
from reviewdesk.vault import BlindKind, vault

JOB = "intake.load"

SLICE_ROWS = 5_000
AHEAD = 2
"""Slices that may wait for PostgreSQL before the next one is normalised."""

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
        loader = _Loader(work, batch, open_table(locate(stored.readable_path), batch.sheet), report)
    except Invalid as error:
        stop(work, batch, {"code": error.code, "message": error.text.as_json()})
    else:
        _load(work, batch, loader, renew)


def load_table(work: Work, batch: Batch, table: Table, report: Report, renew: Renew) -> None:
    """Load a batch from a table that is open already, in the transaction that settled its columns."""
    _load(work, batch, _Loader(work, batch, table, report), renew)


def _load(work: Work, batch: Batch, loader: "_Loader", renew: Renew) -> None:
    """Load the batch; one that somebody cancels meanwhile keeps nothing of it."""
    try:
        with work.session.begin_nested():
            _load_rows(work, batch, loader, renew)
    except Cancelled as asked:
        end_cancelled(work, batch, asked.by)


def _load_rows(work: Work, batch: Batch, loader: "_Loader", renew: Renew) -> None:
    slices = loader.slices()
    if batch.declared:
        slices = iter(list(slices))
        differences = Declared.from_json(batch.declared).differences(loader.count.accounts, loader.count.sums)
        if differences:
            _stop_at_differences(work, batch, loader, differences)
            return
    loader.load(slices)
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

    `known` are the good rows whose accounts are cases already; `skipped`, `updated` and `unchanged` of them are no
    errors.
    """

    rows: int
    accounts: int = 0
    good: int = 0
    rejected: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    known: int = 0
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
        return counts | {"set_aside": aside, "known": self.known, "aside": self.set_aside}


def _add(sums: dict[str, int], column: Sequence[Any], name: str) -> None:
    sums[name] = sums.get(name, 0) + sum(filter(None, column))


# --- the rows --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Slice:
    """The good rows of a slice, by columns. `end` rows of the sheet were read up to its last."""

    rows: list[int]
    columns: dict[str, list[Value]]
    end: int = 0


_STAGE = """
CREATE TEMPORARY TABLE incoming (
    case_id bigint, number text, row integer, account_no text, facts jsonb, sealed bytea, borrower text,
    name_index bytea, id_index bytea, mobile_index bytea, address_index bytea
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_rows (
    row integer, outcome text, reason text, account_no text, codes text[], errors jsonb, shown jsonb, sealed bytea
) ON COMMIT DROP
"""

_INSERT = """
WITH loaded AS (
    INSERT INTO cases (org_id, case_id, number, batch_id, row, account_no, borrower, lender_name, lender_kind, claimed,
                       outstanding, days_overdue, imported_by)
    SELECT %(org)s, case_id, number, %(batch)s, row, account_no, borrower, facts ->> 'lender_name',
           facts ->> 'lender_kind', (facts ->> 'total_claimed')::bigint, (facts ->> 'outstanding_principal')::bigint,
           (facts ->> 'days_overdue')::integer, %(by)s
    FROM incoming
    ON CONFLICT (org_id, account_no) WHERE state <> 'reversed' DO NOTHING
    RETURNING case_id
)
INSERT INTO case_files (org_id, case_id, facts, sealed, name_index, id_index, mobile_index, address_index)
SELECT %(org)s, case_id, facts, sealed, name_index, id_index, mobile_index, address_index
FROM incoming JOIN loaded USING (case_id)
"""

_KNOWN = """
SELECT i.row, i.account_no, i.facts, i.case_id, c.case_id, c.number, b.batch_id, b.name
FROM incoming i
JOIN cases c ON c.org_id = %(org)s AND c.account_no = i.account_no AND c.case_id <> i.case_id
           AND c.state <> 'reversed'
JOIN batches b ON b.org_id = c.org_id AND b.batch_id = c.batch_id
"""

_INSERT_ROWS = """
INSERT INTO sheet_rows (org_id, batch_id, row, outcome, reason, account_no, codes, errors, shown, sealed)
SELECT :org, :batch, row, outcome, reason, account_no, codes, errors, shown, sealed FROM incoming_rows
"""


class _Loader:
    """One batch on its way from the file into the tables."""

    def __init__(self, work: Work, batch: Batch, table: Table, report: Report) -> None:
        """Prepare to read the table's rows.

        Raises:
            Invalid: a value given for the whole batch cannot be read.
        """
        self.table = table
        hidden = read_hidden(batch.hidden)
        left_out = table.rows_left_out(hidden)
        self._prepare(work, batch, report, used_rows(table), table.side_sheets(hidden), left_out)

    def _prepare(
        self,
        work: Work,
        batch: Batch,
        report: Report,
        rows: int,
        side: SideSheets,
        left_out: frozenset[int] = frozenset(),
    ) -> None:
        self.work, self.batch, self.report, self.on_known = work, batch, report, batch.on_known
        self.mapping = Mapping.from_json(batch.mapping or {})
        self.count = _Count(rows)
        self.case_ids: list[int] = []
        self._normaliser = Normaliser(self.mapping, left_out, keys=_keys_of(work, batch, self.mapping))
        self._lines: list[str] = []
        self._known_ids: set[int] = set()
        self._year = today().year
        self._side = side
        self._accounts: set[str] = set()
        self._phase, self._since, self._heeded = "", now(), 0.0
        self._shown = [(rule.field, rule) for rule in self.mapping.filled() if rule.field]

    def slices(self) -> Iterator[_Slice]:
        """Normalise slice after slice, counting on the way."""
        data, total = self.table.data, self.count.rows
        for start in range(0, total, SLICE_ROWS):
            end = min(start + SLICE_ROWS, total)
            chunk = self._normaliser.chunk(data[start:end], self.table.first_row + start)
            good = self._sort_out(chunk)
            good.end = end
            if self.batch.declared:
                self._tell("check", end, total)
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

    def _sort_out(self, chunk: Chunk) -> _Slice:
        count = self.count
        count.accounts += len(chunk.rows)
        count.rejected += len(chunk.errors)
        for aside in chunk.set_aside:
            count.set_aside[aside.reason] = count.set_aside.get(aside.reason, 0) + 1
            self._lines.append(_line(aside.row, "set_aside", aside.reason, None, (), (), {}))
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

    def _join(self, chunk: Chunk, good: _Slice) -> None:
        """Give the accounts what the sheets beside them say."""
        if self._side.rows:
            self._accounts.update(map(str, chunk.columns["account_no"]))
            good.columns.update(self._side.columns(good.columns["account_no"]))

    def side_sheets(self) -> dict[str, Any]:
        """What came of the sheets beside the accounts, as the batch keeps it; nothing where there are none."""
        return self._side.as_json(self._accounts, discreet)

    def _reject(self, chunk: Chunk, place: int) -> None:
        row = chunk.rows[place]
        account = chunk.columns["account_no"][place] if "account_no" in chunk.columns else None
        errors = [
            {**error.as_json(), "value": None if error.value is None else discreet(error.value, error.field)}
            for error in chunk.errors[place]
        ]
        self._write_down(row, account, errors)

    def _write_down(self, row: int, account: Value, errors: Sequence[dict[str, Any]]) -> None:
        account_no = None if account is None else discreet(str(account), "account_no")
        codes = tuple(dict.fromkeys(error["code"] for error in errors))
        cells = self._row(row)
        sealed = seal_cells(self.batch.org_id, self.batch.batch_id, row, cells)
        self._lines.append(_line(row, "rejected", None, account_no, codes, errors, self._cells(cells), sealed))

    def _row(self, row: int) -> Sequence[Any]:
        """The cells of a row of the sheet, by Excel's number."""
        return self.table.sheet.rows[row - 1]

    def _cells(self, cells: Sequence[Any]) -> dict[str, str]:
        """A row's mapped cells, masked, by field."""
        return {name: discreet(text, name) for name, rule in self._shown if (text := rule.text_in(cells))}

    # --- into the tables ---------------------------------------------------------------------------------------------

    def load(self, slices: Iterator[_Slice]) -> None:
        """Send the good rows to the cases while the next ones are normalised."""
        self.stage()
        with self.work.cursor() as cursor, ThreadPoolExecutor(1, "load") as sender:
            ids = _reserve_ids(cursor, self.count.rows)
            number = _reserve_numbers(self.work.actor, self._year, self.count.rows)
            sent: list[Future[list[Any]]] = []
            for good in slices:
                taken = ids[len(self.case_ids) : len(self.case_ids) + len(good.rows)]
                lines = self._case_lines(good, taken, number + len(self.case_ids))
                self.case_ids += taken
                if len(sent) >= AHEAD:
                    self._note(sent.pop(0).result())
                sent.append(sender.submit(self._send, cursor, lines, len(good.rows)))
                self._tell("load", good.end, self.count.rows)
            for waiting in sent:
                self._note(waiting.result())
        self.case_ids = [case_id for case_id in self.case_ids if case_id not in self._known_ids]

    def stage(self) -> None:
        """Make the staging tables of this transaction."""
        for statement in (*_STAGE.split(";"), known.STAGE):
            self.work.execute(statement)

    def _case_lines(self, good: _Slice, ids: Sequence[int], number: int) -> str:
        """The rows as COPY reads them, their personal fields sealed."""
        year = self._year
        facts = _records({name: values for name, values in good.columns.items() if not is_personal(name)})
        personal = list(_records({name: values for name, values in good.columns.items() if is_personal(name)}))
        opened, org_id = vault(), self.work.org_id
        seal, dumps = opened.seal, orjson.dumps
        names = good.columns["borrower_name"]
        lines = [
            f"{case_id}\tC-{year}-{number + place:06d}\t{row}\t{account}\t{json}\t\\\\x{sealed}\t{borrower}"
            f"\t{by_name}\t{by_id}\t{by_phone}\t{by_home}\n"
            for place, (case_id, row, account, json, sealed, borrower, by_name, by_id, by_phone, by_home) in enumerate(
                zip(
                    ids,
                    good.rows,
                    map(_escaped, good.columns["account_no"]),
                    (dumps(one).decode().replace("\\", "\\\\") for one in facts),
                    (seal(one, org_id, case_id).hex() for one, case_id in zip(personal, ids, strict=True)),
                    (_escaped(mask("borrower_name", name)) for name in names),
                    _blind("name", names, org_id),
                    _blind("id_no", good.columns.get("id_no", [None] * len(ids)), org_id),
                    _blind("mobile", good.columns.get("mobile", [None] * len(ids)), org_id),
                    _blind("address", [address_key(one) for one in personal], org_id),
                    strict=True,
                )
            )
        ]
        return "".join(lines)

    def _send(self, cursor: Any, lines: str, count: int) -> list[Any]:
        """Stage the lines and make them cases; returns those whose account the organisation already has."""
        values = {"org": self.work.org_id, "batch": self.batch.batch_id, "by": self.batch.by_id}
        cursor.execute("TRUNCATE incoming")
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            copy.write(lines)
        cursor.execute(_INSERT, values)
        inserted = cursor.rowcount
        if inserted == count:
            return []
        cursor.execute(_KNOWN, values)
        found: list[Any] = cursor.fetchall()
        if inserted + len(found) != count:
            raise RuntimeError(f"of {count} rows {inserted} were loaded and {len(found)} known")
        if self.on_known == "update":
            cursor.execute(known.KEEP, values)
        return found

    def _note(self, found: Sequence[Any]) -> None:
        """Count the rows whose accounts are known, and write down those that are not to be renewed."""
        for row, account_no, facts, mine, case_id, number, batch_id, batch_name in found:
            self.count.known += 1
            self._known_ids.add(mine)
            for name in self.count.totals:
                self.count.totals[name] -= facts.get(name) or 0
            if self.on_known == "reject":
                error = known.is_known(self.mapping, row, account_no, number, batch_name)
                error |= {"case_id": case_id, "number": number, "batch_id": str(batch_id)}
                self._write_down(row, account_no, [error])
            elif self.on_known == "skip":
                self.count.skipped += 1
                account = discreet(account_no, "account_no")
                self._lines.append(_line(row, "skipped", "known", account, (), (), {}))

    def renew(self, renew: Renew) -> None:
        """Renew the cases of the known accounts, and write down those that stay as they are."""
        for one in renew(self.work, self.batch):
            if one.outcome == "updated":
                self.count.updated += 1
            elif one.outcome == "unchanged":
                self.count.unchanged += 1
            else:
                error = known.is_decided(self.mapping, one.row, one.account_no, one.number)
                self._write_down(one.row, one.account_no, [error | {"case_id": one.case_id, "number": one.number}])
            if (self.count.updated + self.count.unchanged) % RENEWED_TOLD == 0:
                self._tell("update", self.count.updated + self.count.unchanged, self.count.known)

    def write_rows(self) -> None:
        """Keep every row that did not become a case."""
        self.stage_rows()
        self.work.execute(_INSERT_ROWS, org=self.work.org_id, batch=self.batch.batch_id)

    def stage_rows(self) -> None:
        """Send every row that did not become a case to its staging table."""
        with self.work.cursor() as cursor, cursor.copy("COPY incoming_rows FROM STDIN") as copy:
            for line in self._lines:
                copy.write(line)


def _keys_of(work: Work, batch: Batch, mapping: Mapping) -> Keys:
    """What makes the numbers of accounts that have none: with the organisation's own secret, to know them again."""
    if not mapping.key:
        return UNTOLD
    stored = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    blind = vault().blinder("id_no", batch.org_id)
    return Keys(stored.sha256, lambda text: blind(f"account|{text}"))


def _without(chunk: Chunk, places: dict[int, Any]) -> _Slice:
    if not places:
        return _Slice(chunk.rows, chunk.columns)
    wanted = [place not in places for place in range(len(chunk.rows))]
    columns = {name: list(compress(values, wanted)) for name, values in chunk.columns.items()}
    return _Slice(list(compress(chunk.rows, wanted)), columns)


def _records(columns: dict[str, list[Value]]) -> Iterator[dict[str, Value]]:
    """Columns turned into one dictionary a row, without what is absent."""
    names = tuple(columns)
    for values in zip(*columns.values(), strict=True):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _blind(kind: BlindKind, values: Sequence[Value], org_id: UUID) -> Iterator[str]:
    blind = vault().blinder(kind, org_id)
    return ("\\N" if value is None else f"\\\\x{blind(str(value)).hex()}" for value in values)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _escaped(value: Value) -> str:
    text = str(value)
    return text if text.isalnum() else text.translate(_ESCAPES)


def _line(
    row: int,
    outcome: str,
    reason: str | None,
    account_no: str | None,
    codes: Sequence[str],
    errors: Sequence[dict[str, Any]],
    cells: dict[str, str],
    sealed: bytes | None = None,
) -> str:
    """A row that is not loaded, as COPY reads it."""
    parts = (
        str(row),
        outcome,
        "\\N" if reason is None else reason,
        "\\N" if account_no is None else _escaped(account_no),
        f"{{{','.join(codes)}}}",
        _escaped(orjson.dumps(errors).decode()),
        _escaped(orjson.dumps(cells).decode()),
        "\\N" if sealed is None else f"\\\\x{sealed.hex()}",
    )
    return "\t".join(parts) + "\n"


def _reserve_ids(cursor: Any, count: int) -> list[int]:
    """Fresh case ids, ascending."""
    cursor.execute(
        "SELECT array_agg(n) FROM (SELECT nextval('case_ids') AS n FROM generate_series(1, %s)) AS s", (count,)
    )
    ids: list[int] | None = cursor.fetchone()[0]
    return ids or []


def _reserve_numbers(actor: Actor, year: int, count: int) -> int:
    """The first of so many case numbers of a year.

    They are taken in a transaction of their own, so that two imports do not wait for each other; a job that runs again
    leaves a gap, and so do rows that are not loaded.
    """
    with unit_of_work(actor) as work:
        last: int = work.execute(
            "INSERT INTO counters (org_id, name, value) VALUES (:org, :name, :count) "
            "ON CONFLICT (org_id, name) DO UPDATE SET value = counters.value + excluded.value RETURNING value",
            org=work.org_id,
            name=f"case:{year}",
            count=count,
        ).scalar_one()
    return last - count + 1


# --- rows of a loaded batch, mended -----------------------------------------------------------------------------------


class _Chosen(_Loader):
    """Rejected rows of a batch, given anew; `rows` holds their cells by Excel's row number.

    A mended row whose account is a case already stays rejected: it was given to become a case.
    """

    def __init__(self, work: Work, batch: Batch, rows: MappingType[int, Sequence[Any]], report: Report) -> None:
        self._rows = rows
        self._prepare(work, batch, report, len(rows), _side_sheets_of(work, batch))
        self.on_known = "reject"

    def slices(self) -> Iterator[_Slice]:
        """Normalise the rows one by one, for they stand anywhere in the sheet, and hand on the good ones together."""
        gathered: list[_Slice] = []
        for done, (row, cells) in enumerate(sorted(self._rows.items()), 1):
            good = self._sort_out(self._normaliser.chunk([cells], row))
            gathered += [good] if good.rows else []
            if len(gathered) == SLICE_ROWS or done == len(self._rows):
                yield _joined(gathered, done)
                gathered = []

    def _row(self, row: int) -> Sequence[Any]:
        return self._rows[row]

    def settle(self) -> None:
        """Mark the rows that became cases, and give the others their fresh errors."""
        self.stage_rows()
        self.work.execute(_STILL_REJECTED, org=self.work.org_id, batch=self.batch.batch_id)
        self.work.execute(_MENDED, org=self.work.org_id, batch=self.batch.batch_id, cases=self.case_ids)


_STILL_REJECTED = """
UPDATE sheet_rows s
SET account_no = i.account_no, codes = i.codes, errors = i.errors, shown = i.shown, sealed = i.sealed
FROM incoming_rows i
WHERE s.org_id = :org AND s.batch_id = :batch AND s.row = i.row AND s.outcome = 'rejected' AND i.outcome = 'rejected'
"""

_MENDED = """
UPDATE sheet_rows s SET outcome = 'mended', sealed = NULL
FROM cases c
WHERE c.org_id = :org AND c.case_id = ANY(:cases)
AND s.org_id = :org AND s.batch_id = :batch AND s.row = c.row AND s.outcome = 'rejected'
"""


def _joined(parts: Sequence[_Slice], end: int) -> _Slice:
    names = parts[0].columns if parts else ()
    columns = {name: [value for part in parts for value in part.columns[name]] for name in names}
    return _Slice([row for part in parts for row in part.rows], columns, end)


def _side_sheets_of(work: Work, batch: Batch) -> SideSheets:
    """The sheets beside the accounts of a loaded batch; its file is not opened again where it had none."""
    if not batch.counts.get("beside"):
        return SideSheets()
    stored = work.session.get_one(StoredFile, (batch.org_id, batch.file_id))
    return open_table(locate(stored.readable_path), batch.sheet).side_sheets(read_hidden(batch.hidden))


def load_chosen(
    work: Work, batch: Batch, rows: MappingType[int, Sequence[Any]], report: Report
) -> tuple[list[int], dict[str, int]]:
    """Load rejected rows of a batch with the cells that are given for them.

    Rows that are good now become cases of the batch and are marked as mended; the others keep their place with fresh
    errors. Returns the ids of the new cases and the sums of their money fields in fen.
    """
    loader = _Chosen(work, batch, rows, report)
    loader.load(good for good in loader.slices() if good.rows)
    loader.settle()
    return loader.case_ids, loader.count.totals


# --- the end ---------------------------------------------------------------------------------------------------------


def _finish(work: Work, batch: Batch, loader: _Loader) -> None:
    loader.write_rows()
    counts = loader.count.as_json()
    side = loader.side_sheets()
    batch.counts = counts | side
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


def _tallies(side: dict[str, Any]) -> dict[str, Any]:
    """What the journal says of the sheets beside the accounts."""
    return {"beside": side["beside"]} if side else {}


def _stop_at_differences(work: Work, batch: Batch, loader: _Loader, differences: Sequence[Difference]) -> None:
    loader.stage()
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
