"""The claim statement of a case and of a suit: their pages, and the documents."""

import io
from typing import Any
from uuid import UUID

from flask import render_template, send_file, url_for
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.review import statements, suit_statements
from reviewdesk.review.statement_tables import cell_text, method_of, tables_of
from reviewdesk.review.states import REVIEWER, SENIOR
from reviewdesk.review.suit_statements import OpenedSuit
from reviewdesk.review.suit_tables import suit_method, suit_tables
from reviewdesk.review.views import review

READS = (REVIEWER, SENIOR, "compliance")


@review.get("/cases/<int:case_id>/statement")
@pages.requires(*READS)
def statement(case_id: int) -> str:
    """The claim statement of a case, personal data masked."""
    found = statements.open_statement(pages.current_actor(), case_id)
    return render_template(
        "review/statement.html",
        found=found,
        case=found.case,
        tables=tables_of(found.made) if found.made else (),
        method=method_of(found.made) if found.made else (),
        cell_text=cell_text,
    )


@review.get("/cases/<int:case_id>/statement.xlsx")
@pages.requires(*READS)
def statement_workbook(case_id: int) -> Response:
    """The claim statement as a workbook."""
    return _sent(*statements.download(pages.current_actor(), case_id, "xlsx"))


@review.get("/cases/<int:case_id>/statement.pdf")
@pages.requires(*READS)
def statement_document(case_id: int) -> Response:
    """The claim statement as a document for print."""
    return _sent(*statements.download(pages.current_actor(), case_id, "pdf"))


@review.get("/joints/<uuid:joint_id>/statement")
@pages.requires(*READS)
def suit(joint_id: UUID) -> str:
    """The claim statement of a suit over several loans, personal data masked."""
    found = suit_statements.open_suit(pages.current_actor(), joint_id)
    case = found.loans[0].case
    return render_template(
        "review/suit.html",
        **suit_page(found),
        back=url_for("review.same_borrower", case_id=case.case_id),
        back_text=case.borrower,
        workbook=url_for("review.suit_workbook", joint_id=joint_id),
        document=url_for("review.suit_document", joint_id=joint_id),
    )


def suit_page(found: OpenedSuit) -> dict[str, Any]:
    """What the page of a suit's statement shows."""
    return {
        "suit": found,
        "case": found.loans[0].case,
        "suit_tables": suit_tables,
        "suit_method": suit_method,
        "tables_of": tables_of,
        "method_of": method_of,
        "cell_text": cell_text,
    }


@review.get("/joints/<uuid:joint_id>/statement.xlsx")
@pages.requires(*READS)
def suit_workbook(joint_id: UUID) -> Response:
    """The claim statement of a suit as a workbook."""
    return _sent(*suit_statements.download(pages.current_actor(), joint_id, "xlsx"))


@review.get("/joints/<uuid:joint_id>/statement.pdf")
@pages.requires(*READS)
def suit_document(joint_id: UUID) -> Response:
    """The claim statement of a suit as a document for print."""
    return _sent(*suit_statements.download(pages.current_actor(), joint_id, "pdf"))


def _sent(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name)
