"""The claim statement of a case: its page, and the documents."""

import io

from flask import render_template, send_file
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.review import statements
from reviewdesk.review.statement_tables import cell_text, method_of, tables_of
from reviewdesk.review.states import REVIEWER, SENIOR
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


def _sent(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name)
