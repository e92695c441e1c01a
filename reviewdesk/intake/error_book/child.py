"""The writing process: `python -m reviewdesk.intake.error_book.child`, told by its standard input what to write.

It has no secret in its environment, and is held to memory and time before it opens anything: the user's workbook goes
through openpyxl here, which a file made to do harm can exhaust.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from reviewdesk.errors import Invalid
from reviewdesk.intake.error_book.own import mark_own, open_own
from reviewdesk.intake.error_book.rebuilt import write_rebuilt
from reviewdesk.intake.error_book.what import Made, RowLeftOut, RowToMend, Say, SideToMend, ToMend, saying
from reviewdesk.intake.headers import Header
from reviewdesk.intake.plain_cells import cell_of
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.table import open_table


def what_of(told: dict[str, Any]) -> ToMend:
    """What is to be mended, as the other process wrote it."""
    side = [
        SideToMend(one["sheet"], _header(one["header"]), _rows(one["rows"]), _left_out(one["dismissed"]))
        for one in told["side"]
    ]
    rows, dismissed = _rows(told["rows"]), _left_out(told["dismissed"])
    return ToMend(told["batch_id"], told["name"], told["sheet"], told["counts"], rows, side, dismissed)


def _left_out(told: list[dict[str, Any]]) -> list[RowLeftOut]:
    return [RowLeftOut(one["row"], one["why"]) for one in told]


def _rows(told: list[dict[str, Any]]) -> list[RowToMend]:
    return [
        RowToMend(one["row"], one["errors"], None if one["cells"] is None else list(map(cell_of, one["cells"])))
        for one in told
    ]


def _header(told: dict[str, Any]) -> Header:
    return Header(tuple(told["rows"]), tuple(told["names"]), told["first_data"], told["sheet_unit"], told["matches"])


def write(target: Path, source: Path, what: ToMend, say: Say, *, most_cells: int, own: bool, summed: bool) -> Made:
    """Write the workbook: the user's own where `own` and it can be had, else rebuilt."""
    table = open_table(source, what.sheet)
    if own and len(table.sheet.rows) * len(table.header.names) <= most_cells:
        book = open_own(source, table.sheet.name)
        if book is not None:
            mark_own(book, what, table.header, table.sheet.name, say)
            book.save(target)
            return Made("own", what.number)
    return Made(write_rebuilt(target, what, table, say, most_cells=most_cells, summed=summed), what.number)


def main() -> None:
    """Do as standard input says, and say on standard output what was made, or why nothing was."""
    told = orjson.loads(sys.stdin.buffer.read())
    Limits(told["memory"], told["seconds"]).apply()
    try:
        made = write(
            Path(told["target"]),
            Path(told["source"]),
            what_of(told["what"]),
            saying(told["language"]),
            most_cells=told["most_cells"],
            own=told["own"],
            summed=told["summed"],
        )
        answer: dict[str, Any] = {"made": asdict(made)}
    except Invalid as error:
        answer = {"invalid": {"code": error.code, "zh": error.text.zh, "en": error.text.en}}
    except (MemoryError, RecursionError):
        answer = {"costly": True}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
