"""From good rows into the tables: COPY into staging tables of the transaction, INSERT … SELECT from there.

PostgreSQL works on one slice of rows while the next is normalised.
"""

import sys
from binascii import hexlify
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final
from uuid import UUID

import orjson

from reviewdesk.actor import Actor
from reviewdesk.addresses import key_of
from reviewdesk.clock import today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.intake import known
from reviewdesk.intake.models import Batch
from reviewdesk.intake.row_json import json_by_row
from reviewdesk.intake.values import Value
from reviewdesk.masking import is_personal, mask
from reviewdesk.vault import BlindKind, vault

AHEAD: Final = 2
"""Slices that may wait for PostgreSQL before the next one is normalised."""

_SECONDS_A_TURN: Final = 0.0005

RESERVED: Final = 10_000
"""So many case ids and numbers are taken at once."""


@dataclass(slots=True)
class Slice:
    """The good rows of a slice, by columns. `end` rows of the sheet were read up to its last."""

    rows: list[int]
    columns: dict[str, list[Value]]
    end: int = 0


_STAGE = """
CREATE TEMPORARY TABLE incoming (
    case_id bigint, number text, row integer, account_no text, facts json, sealed bytea, borrower text,
    name_index bytea, id_index bytea, mobile_index bytea, address_index bytea, lender_name text, lender_kind text,
    claimed bigint, outstanding bigint, days_overdue integer
) ON COMMIT DROP;
CREATE TEMPORARY TABLE incoming_rows (
    row integer, outcome text, reason text, account_no text, codes text[], errors jsonb, shown jsonb, sealed bytea,
    case_id bigint
) ON COMMIT DROP
"""

_INSERT = """
WITH loaded AS (
    INSERT INTO cases (org_id, case_id, number, batch_id, row, account_no, borrower, lender_name, lender_kind, claimed,
                       outstanding, days_overdue, imported_by)
    SELECT %(org)s, case_id, number, %(batch)s, row, account_no, borrower, lender_name, lender_kind, claimed,
           outstanding, days_overdue, %(by)s
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
INSERT INTO sheet_rows (org_id, batch_id, row, outcome, reason, account_no, codes, errors, shown, sealed,
                        case_id)
SELECT :org, :batch, row, outcome, reason, account_no, codes, errors, shown, sealed, case_id FROM incoming_rows
"""


def stage(work: Work) -> None:
    """Make the staging tables of this transaction."""
    for statement in (*_STAGE.split(";"), known.STAGE):
        work.execute(statement)


def stage_rows(work: Work, lines: Sequence[str]) -> None:
    """Send rows that did not become cases to their staging table."""
    with work.cursor() as cursor:
        _copy_rows(cursor, lines)


def keep_rows(work: Work, batch: Batch) -> None:
    """Keep the rows that were staged."""
    work.execute(_INSERT_ROWS, org=work.org_id, batch=batch.batch_id)


def _copy_rows(cursor: Any, lines: Sequence[str]) -> None:
    if lines:
        with cursor.copy("COPY incoming_rows FROM STDIN") as copy:
            copy.write("".join(lines))


class Stage:
    """The way into the tables, for as long as a batch is loaded.

    What becomes of a slice is known later: rows whose account the organisation already has come back from `done` and
    `finish`, and are kept for renewing where `keep_known` says so. `expected` is about how many rows there will be.
    """

    def __init__(self, work: Work, batch: Batch, expected: int, *, keep_known: bool) -> None:
        self.case_ids: list[int] = []
        self._work, self._batch, self._keep_known = work, batch, keep_known
        self._expected = expected
        self._year = today().year
        self._ids: list[int] = []
        self._numbers: list[int] = []
        self._sent: list[Future[list[Any]]] = []
        self._open = ExitStack()

    def __enter__(self) -> "Stage":
        stage(self._work)
        self._open.enter_context(_quick_to_change_threads())
        self._cursor = self._open.enter_context(self._work.cursor())
        self._sender = self._open.enter_context(ThreadPoolExecutor(1, "load"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def send(self, good: Slice, lines: Sequence[str]) -> None:
        """Let a slice become cases, and stage the `lines` of rows that did not."""
        count = len(good.rows)
        self._reserve(count)
        ids, self._ids = self._ids[:count], self._ids[count:]
        numbers, self._numbers = self._numbers[:count], self._numbers[count:]
        self.case_ids += ids
        text = _case_lines(good, ids, numbers, self._year, self._work.org_id)
        self._sent.append(self._sender.submit(self._send, text, count, lines))

    def done(self) -> Iterator[list[Any]]:
        """The known accounts of slices that must be done before more is sent."""
        while len(self._sent) > AHEAD:
            yield self._sent.pop(0).result()

    def finish(self) -> Iterator[list[Any]]:
        """Wait for the last slice."""
        while self._sent:
            yield self._sent.pop(0).result()

    def _reserve(self, count: int) -> None:
        if len(self._ids) < count:
            wanted = max(count - len(self._ids), min(self._expected, RESERVED))
            ids, first = _reserved(self._work.actor, self._year, wanted)
            self._expected -= wanted
            self._ids += ids
            self._numbers += range(first, first + len(ids))

    def _send(self, cases: bytes, count: int, lines: Sequence[str]) -> list[Any]:
        cursor, batch = self._cursor, self._batch
        _copy_rows(cursor, lines)
        if not count:
            return []
        values = {"org": self._work.org_id, "batch": batch.batch_id, "by": batch.by_id}
        cursor.execute("TRUNCATE incoming")
        with cursor.copy("COPY incoming FROM STDIN") as copy:
            copy.write(cases)
        cursor.execute(_INSERT, values)
        inserted = cursor.rowcount
        if inserted == count:
            return []
        cursor.execute(_KNOWN, values)
        found: list[Any] = cursor.fetchall()
        if inserted + len(found) != count:
            raise RuntimeError(f"of {count} rows {inserted} were loaded and {len(found)} known")
        if self._keep_known:
            cursor.execute(known.KEEP, values)
        return found


@contextmanager
def _quick_to_change_threads() -> Iterator[None]:
    """Let the thread that speaks with PostgreSQL go on soon after each answer.

    As a rule it waits five milliseconds for the one that normalises, some fifty times a slice, and PostgreSQL with it.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SECONDS_A_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _reserved(actor: Actor, year: int, count: int) -> tuple[list[int], int]:
    """Fresh case ids, ascending, and the first of so many case numbers of a year.

    They are taken in a transaction of their own, so that two imports do not wait for each other; a job that runs again
    leaves a gap, and so do rows that are not loaded.
    """
    with unit_of_work(actor) as work:
        ids: list[int] = work.execute(
            "SELECT array_agg(n) FROM (SELECT nextval('case_ids') AS n FROM generate_series(1, :count)) AS s",
            count=count,
        ).scalar_one()
        last: int = work.execute(
            "INSERT INTO counters (org_id, name, value) VALUES (:org, :name, :count) "
            "ON CONFLICT (org_id, name) DO UPDATE SET value = counters.value + excluded.value RETURNING value",
            org=work.org_id,
            name=f"case:{year}",
            count=count,
        ).scalar_one()
    return ids, last - count + 1


# --- rows as COPY reads them ------------------------------------------------------------------------------------------


def _case_lines(good: Slice, ids: Sequence[int], numbers: Sequence[int], year: int, org_id: UUID) -> bytes:
    """Cases, their personal fields sealed."""
    count, columns = len(ids), good.columns
    nothing: list[Any] = [None] * count
    facts = json_by_row({name: values for name, values in columns.items() if not is_personal(name)}, count)
    personal = json_by_row({name: values for name, values in columns.items() if is_personal(name)}, count)
    names: list[Any] = columns["borrower_name"]
    homes = map(key_of, columns.get("contact_address", nothing), columns.get("id_address", nothing))
    numbered = zip(ids, numbers, good.rows, strict=True)
    parts: list[list[bytes]] = [
        [b"%d\tC-%d-%06d\t%d" % (case_id, year, number, row) for case_id, number, row in numbered],
        list(map(_encoded, columns["account_no"])),
        [one.replace(b"\\", b"\\\\") for one in facts],
        list(map(_binary, vault().seal_many(personal, org_id, ids))),
        [_encoded(mask("borrower_name", name)) for name in names],
        _blind("name", names, org_id),
        _blind("id_no", columns.get("id_no", nothing), org_id),
        _blind("mobile", columns.get("mobile", nothing), org_id),
        _blind("address", homes, org_id),
        *(_aside(columns.get(name, nothing)) for name in _ASIDE),
    ]
    return b"\n".join([*map(b"\t".join, zip(*parts, strict=True)), b""])


_ASIDE = ("lender_name", "lender_kind", "total_claimed", "outstanding_principal", "days_overdue")
"""Facts that are columns of the case as well, for queues and filters."""


def _aside(values: Sequence[Value]) -> list[bytes]:
    told = {value: _NULL if value is None else _encoded(value) for value in set(values)}
    return [told[value] for value in values]


def _blind(kind: BlindKind, values: Iterable[Value], org_id: UUID) -> list[bytes]:
    blind = vault().blinder(kind, org_id)
    return [_NULL if value is None else _binary(blind(str(value))) for value in values]


_NULL = b"\\N"


def _binary(data: bytes) -> bytes:
    return b"\\\\x" + hexlify(data)


def _encoded(value: Value) -> bytes:
    return escaped(value).encode()


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(value: Value) -> str:
    """A value as COPY reads it."""
    text = str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def row_line(
    row: int,
    outcome: str,
    reason: str | None,
    account_no: str | None,
    codes: Sequence[str],
    errors: Sequence[dict[str, Any]],
    cells: dict[str, str],
    sealed: bytes | None = None,
    case_id: int | None = None,
) -> str:
    """A row that is not loaded, as COPY reads it; `case_id` is the case that a skipped one's account is."""
    parts = (
        str(row),
        outcome,
        "\\N" if reason is None else reason,
        "\\N" if account_no is None else escaped(account_no),
        f"{{{','.join(codes)}}}",
        escaped(orjson.dumps(errors).decode()),
        escaped(orjson.dumps(cells).decode()),
        "\\N" if sealed is None else f"\\\\x{sealed.hex()}",
        "\\N" if case_id is None else str(case_id),
    )
    return "\t".join(parts) + "\n"
