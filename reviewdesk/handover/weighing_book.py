"""The workbook of a batch's weighing: the sums with their formulas, and a row for each case. No personal data.

The costs of a case in a joined suit are its part of those of the suit.

Rows are written as they are made, so that a workbook of any size takes the same memory.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.weighing.case import Weighing
from reviewdesk.audit.weighing.cost_figures import PROCEDURES
from reviewdesk.audit.weighing.figure import Figure
from reviewdesk.audit.weighing.figures import advice_of
from reviewdesk.handover.workbook import MOST_ROWS, OPTIONS, safe
from reviewdesk.money import plain
from reviewdesk.review.statement_files import FORMATS, HEADING, write_table
from reviewdesk.review.weighings import figure_table
from reviewdesk.review.words import STATES, verdict_text


class CaseLine(NamedTuple):
    """A case for the workbook."""

    number: str
    account_no: str | None
    lender: str | None
    court: str | None
    state: str
    verdict: str
    set_aside: int
    made: Weighing


_COLUMNS = (
    ("案件号", 18, "text"),
    ("借据号", 22, "text"),
    ("出借人", 22, "text"),
    ("约定法院", 22, "text"),
    ("状态", 10, "text"),
    ("审核结论", 10, "text"),
    ("程序", 12, "text"),
    ("合并起诉", 30, "text"),
    ("可主张金额", 14, "money"),
    ("账龄回收率", 10, "rate"),
    ("证据系数", 10, "decimal"),
    ("可能的抗辩（系数）", 44, "text"),
    ("预计回收", 14, "money"),
    ("案件受理费", 12, "money"),
    ("保全申请费", 12, "money"),
    ("送达费用", 12, "money"),
    ("律师费", 12, "money"),
    ("成本合计", 12, "money"),
    ("预计净额", 14, "money"),
    ("至判决（月）", 12, "decimal"),
    ("至执行到位（月）", 14, "decimal"),
    ("参考意见", 44, "text"),
)


def write_book(path: Path, lines: Iterable[CaseLine], summary: Callable[[], list[Figure]]) -> None:
    """Write the workbook; `summary` is asked for the figures of the whole when all cases are written.

    Raises:
        OverflowError: there are more cases than a sheet has rows.
    """
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        heading = book.add_format(HEADING)
        table = figure_table([])
        front, sheet = book.add_worksheet(table.title.zh), book.add_worksheet("案件")
        sheet.freeze_panes(1, 1)
        for at, (name, width, _kind) in enumerate(_COLUMNS):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, name, heading)
        for number, line in enumerate(lines, 1):
            if number > MOST_ROWS:
                raise OverflowError(f"a sheet holds {MOST_ROWS} cases")
            _write_line(sheet, number, line, formats)
        write_table(front, figure_table(summary()), formats, heading)


def _write_line(sheet: Any, number: int, line: CaseLine, formats: dict[str, Any]) -> None:
    for at, (value, (_name, _width, kind)) in enumerate(zip(_cells(line), _COLUMNS, strict=True)):
        if kind == "text":
            sheet.write_string(number, at, safe(value))
        else:
            sheet.write_number(number, at, value / 100 if kind == "money" else float(value), formats[kind])


def _cells(line: CaseLine) -> tuple[Any, ...]:
    made = line.made
    names = load_policy().defences
    defences = [f"{names[one.defence].zh} × {plain(one.factor)}" for one in made.raised]  # type: ignore[index]
    return (
        line.number,
        line.account_no or "",
        line.lender or "",
        line.court or "",
        STATES[line.state].zh,
        verdict_text(line.verdict, line.set_aside).zh,
        PROCEDURES[made.filing.procedure].zh,
        "、".join(made.filing.joined.numbers) if made.filing.joined else "",
        made.claim,
        made.share,
        made.evidence,
        "；".join(defences),
        made.expected,
        made.fee,
        made.preservation,
        made.service,
        made.lawyer,
        made.cost,
        made.net,
        made.filing.months_judgment,
        made.filing.months_money,
        advice_of(made).zh,
    )
