"""The claim statement of a suit as a workbook and as a printed document, in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Paragraph

from reviewdesk.audit.suit import SuitLoan, SuitStatement
from reviewdesk.review.statement_files import (
    ASIDE,
    LOAN_HEADING,
    METHOD,
    method_flow,
    printed,
    sheets_workbook,
    table_flow,
)
from reviewdesk.review.statement_tables import method_of, tables_of
from reviewdesk.review.suit_tables import suit_method, suit_tables
from reviewdesk.review.typeface import in_print, typesetting

TITLE = "债权计算书（合并起诉）"


def suit_workbook(made: SuitStatement, about: Sequence[tuple[str, str]], aside: Sequence[str] = ()) -> bytes:
    """The statement as XLSX: what it is about, the sums, and a sheet for each loan with its tables.

    `aside` are the lines about findings of its cases that are set aside.
    """
    lines = [*about, *((METHOD, text.zh) for text in suit_method(made))]
    lines += [(loan.number, text.zh) for loan in made.loans for text in method_of(loan.made)]
    lines += [(ASIDE, line) for line in aside]
    sheets = [("合计", suit_tables(made)), *((loan.number, tables_of(loan.made)) for loan in made.loans)]
    return sheets_workbook("债权计算书", lines, sheets)


@typesetting()
def suit_document(made: SuitStatement, about: Sequence[tuple[str, str]], aside: Sequence[str] = ()) -> bytes:
    """The statement as PDF, A4 across: the sums first, then each loan; `aside` as for `suit_workbook`."""
    story: list[Flowable] = [*table_flow(suit_tables(made)), *method_flow(suit_method(made))]
    for number, loan in enumerate(made.loans, 1):
        story += [CondPageBreak(60 * mm), Paragraph(in_print(_heading(number, loan)), LOAN_HEADING)]
        story += [*table_flow(tables_of(loan.made)), *method_flow(method_of(loan.made))]
    return printed(TITLE, about, story, aside)


def _heading(number: int, loan: SuitLoan) -> str:
    return f"第{number}笔　借据 {loan.account_no}（案件 {loan.number}）"
