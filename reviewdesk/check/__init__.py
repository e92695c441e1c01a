"""`reviewdesk check FILE`: read, map, normalise and audit a workbook in memory, with no server and no database.

One JSON object a line for each data row of the accounts; a summary on standard error. The exit code is 0 when every row
was read, 1 when rows were rejected (of the accounts or of a sheet beside them), 2 when the file could not be read.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import tee
from pathlib import Path
from typing import IO, Any, TypeAlias

import click
import orjson

from reviewdesk.audit.engine import audit_cases
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.policy import BUILT_IN, Policy, load_policy
from reviewdesk.audit.related import within_file
from reviewdesk.check.reading import Read, Wish, read_file, read_mapping, unlocked
from reviewdesk.check.telling import Summary, tell, tell_side_sheets
from reviewdesk.check.weighing import Scale, nothing_to_weigh
from reviewdesk.clock import today
from reviewdesk.errors import ReviewDeskError
from reviewdesk.garbage import collecting_seldom
from reviewdesk.intake.doubts import read_answers
from reviewdesk.intake.fact_forms import facts_for_people, sort_out
from reviewdesk.intake.fields import LENDER_KINDS
from reviewdesk.intake.hidden import read_hidden
from reviewdesk.intake.normalise import Chunk
from reviewdesk.intake.row_errors import RowError
from reviewdesk.intake.side_sheets import SideError, SideSheets, records_for_people
from reviewdesk.intake.table import ReadAgain
from reviewdesk.intake.values import Value
from reviewdesk.options import hidden_options
from reviewdesk.unchecked import REJECTED, UNCHECKED, lines_of

Record: TypeAlias = tuple[int, dict[str, Value], list[RowError]]
"""A data row: its number in the sheet, its facts, its errors."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", help="The sheet with the accounts.  [default: the one whose header is understood best]")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to audit for.  [default: today in Shanghai]")
@click.option("--policy", "policy_name", default=BUILT_IN, show_default=True, help="A built-in policy, or a JSON file.")
@click.option("--lender-kind", help=f"For rows that do not say: {', '.join(sorted(LENDER_KINDS))}.")
@click.option("--mapping", "mapping_file", type=click.Path(path_type=Path), help="JSON: which column is which field.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Where to write the JSON Lines; - for standard output.",
)
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="COLUMN=READING",
    help="How a column is read whose cells may be read in two ways: 年利率=percent, 还款明细!还款日期=day_first. "
    "May be given more than once.",
)
@hidden_options
@click.option("--no-checks", is_flag=True, help="Only read: nothing is audited, and the verdict of a row is unchecked.")
@click.option("--weigh", is_flag=True, help="Weigh the risks of suing as well, each number with its formula.")
@click.option("--reveal", is_flag=True, help="Write personal data in clear.")
@click.option(
    "--password-file",
    type=click.File(),
    help="Holds the password of the workbook, or of a zip a JSON object of file names and passwords; - for standard "
    "input.  [default: asked for at the terminal]",
)
@collecting_seldom()
def check(
    file: Path,
    sheet: str | None,
    as_of: Any,
    policy_name: str,
    lender_kind: str | None,
    mapping_file: Path | None,
    answers: tuple[str, ...],
    hidden_rows: str,
    hidden_columns: str,
    hidden_sheets: str,
    out: Path,
    no_checks: bool,
    weigh: bool,
    reveal: bool,
    password_file: IO[str] | None,
) -> None:
    """Read and audit the workbook or text table FILE in memory.

    Writes one JSON object a line for each data row. Exit code: 0 every row was read, 1 rows were rejected, 2 the file
    could not be read.
    """
    try:
        if no_checks and weigh:
            raise nothing_to_weigh()
        policy = load_policy(policy_name)
        said = Wish(read_mapping(mapping_file) if mapping_file else {}, lender_kind, read_answers(answers))
        hidden = read_hidden({"rows": hidden_rows, "columns": hidden_columns, "sheets": hidden_sheets})
        day = as_of.date() if as_of else today()
        with unlocked(file, password_file) as readable, _opened(out) as stream:
            read = read_file(readable, sheet, said, hidden)
            if no_checks:
                summary = _write_unchecked(read, stream, reveal=reveal)
            else:
                scale = Scale(policy, day) if weigh else None
                summary = _write(read, policy, day, stream, scale, reveal=reveal)
    except ReviewDeskError as error:
        click.echo(f"reviewdesk check: {error.text.en} / {error.text.zh}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"reviewdesk check: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
    tell(read, summary)
    tell_side_sheets(read.side, summary)
    sys.exit(1 if summary.rejected or read.side.errors or summary.strays else 0)


@contextmanager
def _opened(out: Path) -> Iterator[IO[bytes]]:
    """The output: a file that appears whole or not at all, or standard output for `-`."""
    if str(out) == "-":
        yield sys.stdout.buffer
        return
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _write(read: Read, policy: Policy, as_of: date, out: IO[bytes], scale: Scale | None, *, reveal: bool) -> Summary:
    """Audit the rows and write them in the order of the sheet; other rows of the same file count as related.

    With a `scale` the rows that were audited are weighed.
    """
    chunks, side = read.all_chunks(), read.side
    summary = Summary(strays=_join(chunks, side))
    records = [record for chunk in chunks for record in chunk.records()]
    side_errors = side.errors_by_account()
    summary.set_aside.update(row.reason for chunk in chunks for row in chunk.set_aside)
    audits = _audits(records, policy, as_of, scale)
    for row, facts, errors in records:
        line = read.place_of(row) | {"account_no": facts.get("account_no"), "verdict": REJECTED}
        line["facts"] = facts_for_people(facts, reveal=reveal) | records_for_people(facts)
        line["errors"] = [error.as_json() for error in errors]
        if beside := side_errors.get(str(facts.get("account_no"))):
            line["side_errors"] = [error.as_json() for error in beside]
        line["findings"] = []
        if not errors:
            line |= next(audits)
        summary.verdicts[line["verdict"]] += 1
        summary.codes.update(error.code for error in errors)
        summary.doubts.note(errors)
        summary.failed.update(found["check"] for found in line["findings"] if found["outcome"] == "fail")
        out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    summary.doubts.note(side.errors)
    summary.weighed = [*scale.told()] if scale else []
    return summary


def _write_unchecked(read: Read, out: IO[bytes], *, reveal: bool) -> Summary:
    """Write the rows as they are read, unaudited; standard output, which cannot be written anew, waits for all."""
    if out is sys.stdout.buffer:
        return _written(read, read.all_chunks(), out, reveal=reveal)
    try:
        return _written(read, read.chunks(), out, reveal=reveal)
    except ReadAgain:
        read.fill_merged()
        out.seek(0)
        out.truncate()
        return _written(read, read.chunks(), out, reveal=reveal)


def _written(read: Read, chunks: Iterable[Chunk], out: IO[bytes], *, reveal: bool) -> Summary:
    summary = Summary()
    accounts: set[str] = set()
    side_errors = read.side.errors_by_account()
    for chunk in chunks:
        named = chunk.columns.get("account_no", [])
        accounts.update(map(str, named))
        chunk.columns.update(read.side.columns(named))
        places = map(read.place_of, chunk.rows)
        out.writelines(lines_of(chunk, side_errors, places, reveal=reveal))
        summary.verdicts[REJECTED] += len(chunk.errors)
        summary.verdicts[UNCHECKED] += len(chunk.rows) - len(chunk.errors)
        for errors in chunk.errors.values():
            summary.codes.update(error.code for error in errors)
            summary.doubts.note(errors)
        summary.set_aside.update(row.reason for row in chunk.set_aside)
    summary.doubts.note(read.side.errors)
    summary.strays = read.side.strays(accounts)
    return summary


def _join(chunks: list[Chunk], side: SideSheets) -> list[SideError]:
    """Give every account what the sheets beside it say; returns what they say of accounts that are not there."""
    accounts: set[str] = set()
    for chunk in chunks:
        named = chunk.columns.get("account_no", [])
        accounts.update(map(str, named))
        chunk.columns.update(side.columns(named))
    return side.strays(accounts)


def _audits(records: list[Record], policy: Policy, as_of: date, scale: Scale | None) -> Iterator[dict[str, Any]]:
    """What the lines of the rows that were read say of their audit, in order.

    A row refused as a duplicate still speaks about the one it repeats.
    """
    known = [(row, *sort_out(facts)) for row, facts, errors in records if _repeats_at_most(errors)]
    related = dict(zip((row for row, *_ in known), within_file(known), strict=True))
    refused = {row for row, _, errors in records if errors}
    read, audited = tee(
        CaseFacts.of(facts, personal, related[row]) for row, facts, personal in known if row not in refused
    )
    for audit, case in zip(audit_cases(audited, policy, as_of), read, strict=True):
        told = {"verdict": audit.verdict, "findings": audit.findings_json(case)}
        yield told | {"weighing": scale.weigh(audit, case)} if scale else told


def _repeats_at_most(errors: list[RowError]) -> bool:
    return all(error.code == "account.duplicate" for error in errors)
