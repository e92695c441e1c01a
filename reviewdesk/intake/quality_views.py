"""The page of the suppliers' quality, and the same as a workbook to send back."""

from typing import Any

from flask import Blueprint, render_template, request, send_file

from reviewdesk.db import unit_of_work
from reviewdesk.intake import quality
from reviewdesk.intake.words import label_of_code
from reviewdesk.pages import current_actor, in_my_language, requires

pages = Blueprint("quality", __name__)

READERS = ("uploader", "senior_reviewer", "compliance")


@pages.get("/quality")
@requires(*READERS)
def index() -> Any:
    """Error rates by lender, layout and kind, and the mends that would help most."""
    days, lender = _asked()
    with unit_of_work(current_actor()) as work:
        found = quality.quality_of(work, days=days, lender=lender)
    return render_template("intake/quality.html", found=found, periods=quality.PERIODS, label_of_code=label_of_code)


@pages.get("/quality.xlsx")
@requires(*READERS)
def workbook() -> Any:
    """The same as a workbook for the supplier."""
    days, lender = _asked()
    book, name = quality.quality_workbook(current_actor(), days=days, lender=lender, say=in_my_language)
    return send_file(book, as_attachment=True, download_name=name)


def _asked() -> tuple[int, str | None]:
    """The period in days and the lender; anything else than a known period is the middle one."""
    days = request.args.get("days", type=int)
    return days if days in quality.PERIODS else quality.PERIODS[1], request.args.get("lender") or None
