"""`reviewdesk check FILE`: read, map, normalise and audit a workbook in memory, with no server and no database.

One JSON object a line for each data row of the accounts; a summary on standard error. The exit code is 0 when every row
was read, 1 when rows were rejected (of the accounts or of a sheet beside them), 2 when the file could not be read.
"""

from pathlib import Path
from typing import Any

import click

from reviewdesk import nursery
from reviewdesk.intake.fields import LENDER_KINDS
from reviewdesk.options import hidden_options


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", help="The sheet with the accounts.  [default: the one whose header is understood best]")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day to audit for.  [default: today in Shanghai]")
@click.option("--policy", "policy_name", help="A built-in policy, or a JSON file.  [default: CN-2026.1]")
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
def check(**asked: Any) -> None:
    """Read and audit the workbook or text table FILE in memory.

    Writes one JSON object a line for each data row. Exit code: 0 every row was read, 1 rows were rejected, 2 the file
    could not be read.
    """
    nursery.make_ready()  # while all else is loaded
    from reviewdesk.check.running import run

    run(**asked)
