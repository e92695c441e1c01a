"""The claim statement of an entrusted case and of its suit: the page for counsel, and the documents."""

import io
from uuid import UUID

from flask import render_template, send_file, url_for
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.handover import statements
from reviewdesk.handover.views import handover
from reviewdesk.review.statement_tables import cell_text, method_of, tables_of
from reviewdesk.review.states import COUNSEL
from reviewdesk.review.views_statement import suit_page


@handover.get("/entrustments/<uuid:entrustment_id>/statement")
@pages.requires(COUNSEL)
def statement(entrustment_id: UUID) -> str:
    """The claim statement of an entrusted case, personal data masked."""
    found = statements.open_statement(pages.current_actor(), entrustment_id)
    return render_template(
        "handover/statement.html",
        found=found,
        case=found.case,
        entrustment_id=entrustment_id,
        tables=tables_of(found.made) if found.made else (),
        method=method_of(found.made) if found.made else (),
        cell_text=cell_text,
    )


@handover.get("/entrustments/<uuid:entrustment_id>/statement.xlsx")
@pages.requires(COUNSEL)
def statement_workbook(entrustment_id: UUID) -> Response:
    """The claim statement as a workbook."""
    return _sent(*statements.download(pages.current_actor(), entrustment_id, "xlsx"))


@handover.get("/entrustments/<uuid:entrustment_id>/statement.pdf")
@pages.requires(COUNSEL)
def statement_document(entrustment_id: UUID) -> Response:
    """The claim statement as a document for print."""
    return _sent(*statements.download(pages.current_actor(), entrustment_id, "pdf"))


@handover.get("/entrustments/<uuid:entrustment_id>/suit-statement")
@pages.requires(COUNSEL)
def suit(entrustment_id: UUID) -> str:
    """The claim statement of the suit that an entrusted case belongs to, personal data masked."""
    found = statements.open_suit(pages.current_actor(), entrustment_id)
    return render_template(
        "review/suit.html",
        **suit_page(found),
        back=url_for("handover.case", entrustment_id=entrustment_id),
        back_text=found.loans[0].case.borrower,
        workbook=url_for("handover.suit_workbook", entrustment_id=entrustment_id),
        document=url_for("handover.suit_document", entrustment_id=entrustment_id),
    )


@handover.get("/entrustments/<uuid:entrustment_id>/suit-statement.xlsx")
@pages.requires(COUNSEL)
def suit_workbook(entrustment_id: UUID) -> Response:
    """The claim statement of the suit as a workbook."""
    return _sent(*statements.download_suit(pages.current_actor(), entrustment_id, "xlsx"))


@handover.get("/entrustments/<uuid:entrustment_id>/suit-statement.pdf")
@pages.requires(COUNSEL)
def suit_document(entrustment_id: UUID) -> Response:
    """The claim statement of the suit as a document for print."""
    return _sent(*statements.download_suit(pages.current_actor(), entrustment_id, "pdf"))


def _sent(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name)
