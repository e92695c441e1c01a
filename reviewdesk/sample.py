"""`reviewdesk sample`: a realistic workbook of delinquent loans with planted defects, and its answer key."""

from datetime import date, datetime
from pathlib import Path

import click
import orjson

from reviewdesk.clock import today
from reviewdesk.sampling.beside import NAMES
from reviewdesk.sampling.writing import write_sample


def _sheets(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    """The kinds of sheets that were asked for."""
    if value in ("all", "none"):
        return tuple(NAMES) if value == "all" else ()
    chosen = tuple(value.split(","))
    if strange := [kind for kind in chosen if kind not in NAMES]:
        raise click.BadParameter(f"{', '.join(strange)} is not one of all, none, {', '.join(NAMES)}")
    return chosen


@click.command()
@click.option(
    "--rows", type=click.IntRange(1, 1_000_000), default=5_000, show_default=True, help="Accounts in the workbook."
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed gives the same accounts."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The workbook (.xlsx) to write."
)
@click.option(
    "--answers", type=click.Path(path_type=Path, dir_okay=False), help="Where to write the answer key (JSON)."
)
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day the workbook is made for.  [default: today in Shanghai]"
)
@click.option(
    "--defects", type=click.FloatRange(0, 1), default=0.12, show_default=True, help="Share of rows with a defect."
)
@click.option(
    "--sheets",
    default="none",
    show_default=True,
    callback=_sheets,
    help="Sheets beside the accounts: all, none, or some of repayments,demands,evidence,schedule.",
)
@click.option(
    "--payments",
    type=click.IntRange(1, 60),
    help="Instalments that each borrower paid, and so lines of each in the sheet of repayments.  [default: drawn]",
)
def sample(
    rows: int,
    seed: int,
    out: Path,
    answers: Path | None,
    as_of: datetime | None,
    defects: float,
    sheets: tuple[str, ...],
    payments: int | None,
) -> None:
    """Write a realistic workbook of delinquent loans, of which a share carries one defect each.

    All people, companies and numbers in it are invented. The answer key names every planted row and what a check of the
    workbook as of the same day must find there. With all sheets beside the accounts, half of the defects are of kinds
    that need them.
    """
    day: date = as_of.date() if as_of else today()
    try:
        key = write_sample(out, rows=rows, seed=seed, as_of=day, share=defects, sheets=sheets, payments=payments)
        if answers is not None:
            answers.write_bytes(orjson.dumps(key.as_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error
    click.echo(f"{out}: {rows} accounts as of {day}, {len(key.planted)} with a defect", err=True)
