"""How good the sheets of the suppliers are: error rates by lender, by layout and by kind over time.

A row is *wrong* when it was rejected for what stands in it, whether it was mended later or not; an account that was a
case already is no error of the sheet, and was read well. A row that was dismissed is no account: it is counted apart,
and in no rate. Batches that were taken back do not count. Rates are wrong rows over all accounts of the sheets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import IO, Any

import xlsxwriter

from reviewdesk.actor import Actor
from reviewdesk.cells import write_cell
from reviewdesk.clock import now, today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Text
from reviewdesk.intake.error_book import Say
from reviewdesk.intake.numbering import SPAN
from reviewdesk.intake.words import label_of_code
from reviewdesk.journal.service import record

PERIODS = (30, 90, 365)
"""Days back from now."""

MOST_LINES = 50
MOST_KINDS = 15
MOST_MENDS = 5
MOST_EXAMPLES = 3
MOST_HEADERS = 120
"""Headers of a layout that its cell in the workbook names; a cell holds 32,767 characters."""
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Rate:
    """Accounts and wrong ones of a lender or a layout; `mended` of the wrong ones became cases later.

    `dismissed` rows were rejected and are no accounts.
    """

    name: str
    accounts: int
    wrong: int
    mended: int
    dismissed: int
    batches: int
    columns: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Wrong rows of all, from 0 to 1."""
        return self.wrong / self.accounts if self.accounts else 0.0


@dataclass(frozen=True, slots=True)
class Kind:
    """Wrong rows of one error code: in all, and by month in the order of `Quality.months`."""

    code: str
    rows: int
    by_month: tuple[int, ...]

    @property
    def earlier(self) -> int:
        """Those of the months before."""
        return self.rows - sum(self.by_month)


@dataclass(frozen=True, slots=True)
class Mend:
    """A mend at the source: `rows` have this error in this column, `alone` of them no other; `cells` are examples."""

    code: str
    column: str
    rows: int
    alone: int
    how: Mapping[str, str]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of the sheets of a period, of one lender or of all; `lenders` are the names to choose from."""

    days: int
    lender: str | None
    accounts: int
    wrong: int
    dismissed: int
    lenders: tuple[str, ...]
    by_lender: tuple[Rate, ...]
    by_layout: tuple[Rate, ...]
    months: tuple[str, ...]
    kinds: tuple[Kind, ...]
    mends: tuple[Mend, ...]

    @property
    def share(self) -> float:
        """Wrong rows of all, from 0 to 1."""
        return self.wrong / self.accounts if self.accounts else 0.0

    @property
    def tells_earlier(self) -> bool:
        """Whether there are errors of months before those that are shown."""
        return any(one.earlier for one in self.kinds)


# --- what the tables say ---------------------------------------------------------------------------------------------

_MAPPING_OF = "coalesce((b.parts -> ({row} / " + str(SPAN) + ") ->> 'mapping_id')::uuid, b.mapping_id) AS mapping_id"
"""Of a batch that came as an archive each file has a mapping of its own."""

_WRONG = f"""
refused AS (
    SELECT s.batch_id, s.row, s.outcome, s.codes, s.errors, {_MAPPING_OF.format(row="s.row")}, b.created_at, b.name,
           coalesce(nullif(s.shown ->> 'lender_name', ''), b.mapping -> 'constants' ->> 'lender_name',
                    b.parts -> (s.row / {SPAN}) -> 'mapping' -> 'constants' ->> 'lender_name', '') AS lender
    FROM sheet_rows s JOIN batches b ON b.org_id = s.org_id AND b.batch_id = s.batch_id
    WHERE s.org_id = :org AND b.created_at >= :since AND b.state NOT IN ('stopped', 'taking_back', 'taken_back')
    AND (s.outcome IN ('rejected', 'mended', 'dismissed') OR s.outcome = 'skipped' AND s.codes <> '{{}}')
    AND NOT s.codes <@ ARRAY['account.known', 'account.decided']
),
wrong AS (SELECT * FROM refused WHERE outcome <> 'dismissed'),
good AS (
    SELECT c.batch_id, {_MAPPING_OF.format(row="c.row")}, coalesce(c.lender_name, '') AS lender, count(*) AS rows
    FROM cases c JOIN batches b ON b.org_id = c.org_id AND b.batch_id = c.batch_id
    WHERE c.org_id = :org AND b.created_at >= :since AND b.state NOT IN ('taking_back', 'taken_back')
    GROUP BY 1, 2, 3
),
known AS (
    SELECT b.batch_id, {_MAPPING_OF.format(row=f"(k ->> 0)::int * {SPAN}")}, k ->> 1 AS lender, (k ->> 2)::int AS rows
    FROM batches b, jsonb_array_elements(b.counts -> 'known_of') AS k
    WHERE b.org_id = :org AND b.created_at >= :since AND b.state NOT IN ('stopped', 'taking_back', 'taken_back')
    AND jsonb_typeof(b.counts -> 'known_of') = 'array'
)
"""  # noqa: S608

_ROWS = f"""
WITH {_WRONG},
both_kinds AS (
    SELECT batch_id, mapping_id, lender, rows AS accounts, 0 AS wrong, 0 AS mended, 0 AS dismissed
    FROM (SELECT * FROM good UNION ALL SELECT * FROM known) AS well
    UNION ALL
    SELECT batch_id, mapping_id, lender, count(*) FILTER (WHERE outcome = 'rejected'),
           count(*) FILTER (WHERE outcome <> 'dismissed'), count(*) FILTER (WHERE outcome IN ('mended', 'skipped')),
           count(*) FILTER (WHERE outcome = 'dismissed')
    FROM refused GROUP BY batch_id, mapping_id, lender
)
SELECT lender, m.header_hash, (array_agg(m.headers ORDER BY m.version DESC))[1] AS headers,
       sum(accounts) AS accounts, sum(wrong) AS wrong, sum(mended) AS mended, sum(dismissed) AS dismissed,
       array_agg(DISTINCT batch_id) AS batches
FROM both_kinds LEFT JOIN mappings m ON m.org_id = :org AND m.mapping_id = both_kinds.mapping_id
GROUP BY lender, m.header_hash
"""  # noqa: S608

_KINDS = f"""
WITH {_WRONG}
SELECT code, to_char(created_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month, count(*) AS rows
FROM wrong, unnest(codes) AS code WHERE CAST(:lender AS text) IS NULL OR lender = :lender
GROUP BY code, month
"""  # noqa: S608

_MENDS = f"""
WITH {_WRONG}
SELECT error ->> 'code' AS code, coalesce(error ->> 'column', '') AS column, count(*) AS rows,
       count(*) FILTER (WHERE cardinality(codes) = 1) AS alone, (array_agg(error -> 'mend'))[1] AS how,
       (array_agg(name || ' ' || (error ->> 'cell') ORDER BY created_at DESC, row))[1:{MOST_EXAMPLES}] AS cells
FROM wrong, jsonb_array_elements(errors) AS error
WHERE CAST(:lender AS text) IS NULL OR lender = :lender
GROUP BY 1, 2 ORDER BY alone DESC, rows DESC, 1, 2 LIMIT {MOST_MENDS}
"""  # noqa: S608


def quality_of(work: Work, *, days: int, lender: str | None) -> Quality:
    """The quality of the sheets of the last `days`, of one lender or of all."""
    since = now() - timedelta(days=days)
    rows = list(work.execute(_ROWS, org=work.org_id, since=since))
    chosen = [row for row in rows if lender is None or row.lender == lender]
    months = _months(days)
    return Quality(
        days=days,
        lender=lender,
        accounts=sum(int(row.accounts) for row in chosen),
        wrong=sum(int(row.wrong) for row in chosen),
        dismissed=sum(int(row.dismissed) for row in chosen),
        lenders=tuple(sorted({row.lender for row in rows})),
        by_lender=_rates(chosen, lambda row: row.lender),
        by_layout=_rates(chosen, lambda row: row.header_hash or ""),
        months=months,
        kinds=_kinds(list(work.execute(_KINDS, org=work.org_id, since=since, lender=lender)), months),
        mends=tuple(
            Mend(row.code, row.column, row.rows, row.alone, row.how, tuple(cell for cell in row.cells if cell))
            for row in work.execute(_MENDS, org=work.org_id, since=since, lender=lender)
        ),
    )


def _rates(rows: Sequence[Any], key: Any) -> tuple[Rate, ...]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    rates = [
        Rate(
            name,
            sum(int(row.accounts) for row in members),
            sum(int(row.wrong) for row in members),
            sum(int(row.mended) for row in members),
            sum(int(row.dismissed) for row in members),
            len({batch for row in members for batch in row.batches}),
            tuple(header for header in members[0].headers or () if header),
        )
        for name, members in groups.items()
    ]
    return tuple(sorted(rates, key=lambda rate: (-rate.wrong, -rate.accounts, rate.name))[:MOST_LINES])


def _months(days: int) -> tuple[str, ...]:
    """The months that a period touches, oldest first, at most half a year of them."""
    last = today()
    first = last - timedelta(days=days)
    found: list[str] = []
    year, month = last.year, last.month
    while len(found) < MONTHS and (year, month) >= (first.year, first.month):
        found.append(f"{year}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return tuple(reversed(found))


def _kinds(rows: Sequence[Any], months: Sequence[str]) -> tuple[Kind, ...]:
    counted: dict[str, dict[str, int]] = {}
    for row in rows:
        counted.setdefault(row.code, {})[row.month] = row.rows
    kinds = [Kind(code, sum(by.values()), tuple(by.get(month, 0) for month in months)) for code, by in counted.items()]
    return tuple(sorted(kinds, key=lambda kind: (-kind.rows, kind.code))[:MOST_KINDS])


# --- the sheet to send back ------------------------------------------------------------------------------------------


def quality_workbook(actor: Actor, *, days: int, lender: str | None, say: Say) -> tuple[IO[bytes], str]:
    """The same as a workbook for the supplier, and a name for it: numbers and places, no value of any borrower."""
    with unit_of_work(actor) as work:
        found = quality_of(work, days=days, lender=lender)
        new = {"days": days, "lender": lender, "accounts": found.accounts, "wrong": found.wrong}
        record(work, "intake:supplier:download", ("supplier", lender or ""), new=new)
    spool = BytesIO()
    with xlsxwriter.Workbook(spool, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, lines in _sheets(found, say):
            _fill(book, name, lines)
    spool.seek(0)
    return spool, f"{say(Text('来表质量', 'sheet-quality'))}-{today():%Y%m%d}.xlsx"


def _fill(book: xlsxwriter.Workbook, name: str, lines: list[list[Any]]) -> None:
    head = book.add_format({"bold": True, "bg_color": "#EEF1F4", "bottom": 1})
    share, wrapped = book.add_format({"num_format": "0.0%"}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(lines[0]):
        sheet.set_column(column, column, 60 if column == len(lines[0]) - 1 and len(lines[0]) > 4 else 22)
        write_cell(sheet, 0, column, title, head)
    for number, line in enumerate(lines[1:], 1):
        for column, value in enumerate(line):
            write_cell(sheet, number, column, value, share if isinstance(value, float) else wrapped)


def _sheets(found: Quality, say: Say) -> list[tuple[str, list[list[Any]]]]:
    def words(*texts: tuple[str, str]) -> list[Any]:
        return [say(Text(zh, en)) for zh, en in texts]

    counts = (
        ("账目", "Accounts"),
        ("有错的行", "Wrong rows"),
        ("错误率", "Error rate"),
        ("已修正", "Mended"),
        ("已剔除", "Dismissed"),
    )
    unnamed = say(Text("未写机构名称", "No lender named"))
    mends = words(
        ("错误", "Error"),
        ("列", "Column"),
        ("行数", "Rows"),
        ("只因此项", "For this alone"),
        ("例如", "For example"),
        ("怎样修正", "How to mend"),
    )
    return [
        (
            say(Text("最有用的修正", "Most useful mends")),
            [mends]
            + [
                [
                    say(label_of_code(one.code)),
                    one.column,
                    one.rows,
                    one.alone,
                    "\n".join(one.cells),
                    say(dict(one.how)),
                ]
                for one in found.mends
            ],
        ),
        (
            say(Text("按机构", "By lender")),
            [words(("机构", "Lender"), *counts)]
            + [
                [one.name or unnamed, one.accounts, one.wrong, one.share, one.mended, one.dismissed]
                for one in found.by_lender
            ],
        ),
        (
            say(Text("按版式", "By layout")),
            [words(*counts, ("批次", "Batches"), ("表头", "Headers"))]
            + [
                [one.accounts, one.wrong, one.share, one.mended, one.dismissed, one.batches, _headers(one.columns, say)]
                for one in found.by_layout
            ],
        ),
        (
            say(Text("按错误", "By kind")),
            [[*words(("错误", "Error"), ("行数", "Rows"), ("更早", "Earlier")), *found.months]]
            + [[say(label_of_code(one.code)), one.rows, one.earlier, *one.by_month] for one in found.kinds],
        ),
    ]


def _headers(columns: Sequence[str], say: Say) -> str:
    number = len(columns)
    named = say(Text("、", ", ")).join(one.replace("|", "｜") for one in columns[:MOST_HEADERS])
    return named if number <= MOST_HEADERS else named + say(Text(f"……共 {number} 列", f" … {number} columns in all"))
