"""A check from its file to its exit code."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO

import click

from reviewdesk.check import unaudited
from reviewdesk.check.reading import Wish, read_file, read_mapping, unlocked
from reviewdesk.check.telling import Write, tell, tell_side_sheets
from reviewdesk.clock import today
from reviewdesk.errors import Invalid, ReviewDeskError, Text
from reviewdesk.garbage import collecting_seldom
from reviewdesk.intake.doubts import read_answers
from reviewdesk.intake.hidden import read_hidden

BUFFER = 1 << 20


@collecting_seldom()
def run(
    *,
    file: Path,
    sheet: str | None,
    as_of: datetime | None,
    policy_name: str | None,
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
    """Do what the command's options of these names say, and end the process with its exit code."""
    try:
        if no_checks and weigh:
            raise _nothing_to_weigh()
        said = Wish(read_mapping(mapping_file) if mapping_file else {}, lender_kind, read_answers(answers))
        hidden = read_hidden({"rows": hidden_rows, "columns": hidden_columns, "sheets": hidden_sheets})
        day = as_of.date() if as_of else today()
        write = unaudited.write if no_checks else _auditing(policy_name, day, weigh=weigh)
        with unlocked(file, password_file) as readable, _opened(out) as stream:
            read = read_file(readable, sheet, said, hidden)
            summary = write(read, stream, reveal=reveal)
    except ReviewDeskError as error:
        click.echo(f"reviewdesk check: {error.text.en} / {error.text.zh}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"reviewdesk check: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
    tell(read, summary)
    tell_side_sheets(read.side, summary)
    sys.exit(1 if summary.rejected or read.side.errors or summary.strays else 0)


def _auditing(policy_name: str | None, as_of: date, *, weigh: bool) -> Write:
    from reviewdesk.check import audited  # takes a while to load, which a check without checks need not wait for

    return audited.writing_under(policy_name, as_of, weigh=weigh)


@contextmanager
def _opened(out: Path) -> Iterator[IO[bytes]]:
    """The output: a file that appears whole or not at all, or standard output for `-`."""
    if str(out) == "-":
        yield sys.stdout.buffer
        return
    partial = out.with_name(f".{out.name}.part")
    try:
        with partial.open("wb", buffering=BUFFER) as stream:
            yield stream
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _nothing_to_weigh() -> Invalid:
    """The error for weighing what is not audited."""
    return Invalid(
        "check.weigh",
        Text("--no-checks 不审核，不能测算起诉风险。", "--no-checks audits nothing for --weigh to use."),
    )
