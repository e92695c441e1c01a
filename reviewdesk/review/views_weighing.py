"""The risks of suing a case as a workbook; they stand on the case's own page."""

import io

from flask import send_file
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.review import weighings
from reviewdesk.review.states import REVIEWER, SENIOR
from reviewdesk.review.views import review


@review.get("/cases/<int:case_id>/weighing.xlsx")
@pages.requires(REVIEWER, SENIOR, "compliance")
def weighing_workbook(case_id: int) -> Response:
    """The risks of suing a case as a workbook."""
    content, name = weighings.download(pages.current_actor(), case_id)
    return send_file(io.BytesIO(content), as_attachment=True, download_name=name)
