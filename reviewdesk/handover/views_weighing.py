"""The risks of suing the cases of a batch: the page, asking anew, and the workbook."""

from uuid import UUID

from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.handover import suits, weighing
from reviewdesk.handover.views import handover
from reviewdesk.handover.weighing_words import defence_lines, net_steps
from reviewdesk.review.states import REVIEWER, SENIOR

READS = (REVIEWER, SENIOR, "compliance")


@handover.get("/batches/<uuid:batch_id>/weighing")
@pages.requires(*READS)
def batch_weighing(batch_id: UUID) -> str:
    """What suing the cases of a batch is expected to bring, to cost and to take."""
    found = weighing.open_weighing(pages.current_actor(), batch_id)
    sums = found.made.sums if found.made else None
    return render_template(
        "handover/weighing.html",
        found=found,
        batch=found.batch,
        sums=sums,
        suits=found.made.suits if found.made else [],
        months=suits.months(),
        defences=defence_lines(sums) if sums else [],
        steps=net_steps(),
        words=weighing.WORDS,
    )


@handover.post("/batches/<uuid:batch_id>/weighing")
@pages.requires(*READS)
def weigh_batch(batch_id: UUID) -> Response:
    """Have a worker weigh the batch anew."""
    weighing.ask(pages.current_actor(), batch_id)
    flash(_("正在测算，完成后显示在本页"), "info")
    return redirect(url_for("handover.batch_weighing", batch_id=batch_id))


@handover.get("/batches/<uuid:batch_id>/weighing.xlsx")
@pages.requires(*READS)
def batch_weighing_workbook(batch_id: UUID) -> Response:
    """The sums and each case as a workbook."""
    path, name = weighing.download(pages.current_actor(), batch_id)
    return send_file(path, as_attachment=True, download_name=name)
