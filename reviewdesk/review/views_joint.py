"""One borrower's cases on a page of their own: with their sums, joined for one reviewer, decided together, parted."""

from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from reviewdesk import pages
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.db import unit_of_work
from reviewdesk.review import borrower, desk, forms, together
from reviewdesk.review.states import DECIDABLE, REVIEWER, SENIOR, UPLOADER
from reviewdesk.review.views import review


@review.get("/cases/<int:case_id>/borrower")
@pages.requires(UPLOADER, REVIEWER, SENIOR, "compliance")
def same_borrower(case_id: int) -> str:
    """All cases of this case's borrower, with their sums, and those that are handled together."""
    actor = pages.current_actor()
    with unit_of_work(actor) as work:
        case = desk.visible_case(work, case_id, "review:case:open")
        found = borrower.borrower_of(work, case)
        joint = together.joint_of(work, case)
        fees = together.fees_of(work, joint) if joint and joint.one_filing else None
        people = desk.reviewers(work) if actor.has(SENIOR) else []
    may_join = may(actor.roles, Ability.REVIEW)
    free = [one.case_id for one in found.cases if one.state in DECIDABLE and not one.joined] if may_join else []
    return render_template(
        "review/borrower.html",
        case=case,
        found=found,
        joint=joint,
        fees=fees,
        free=free if len(free) > 1 else [],
        may_join=may_join,
        may_change=may_join and joint is not None and not (joint.one_filing and joint.filed),
        decidable=[one.case_id for one in joint.members if one.state in DECIDABLE] if joint else [],
        people_options=[(str(person.person_id), person.name) for person in people],
    )


@review.post("/cases/<int:case_id>/joint")
@pages.requires(REVIEWER, SENIOR)
def join_cases(case_id: int) -> Response:
    """Join the chosen cases of this case's borrower."""
    together.join(
        pages.current_actor(),
        forms.read_ids(request.form.getlist("ids")),
        one_filing=bool(request.form.get("one_filing")),
        reason=request.form.get("reason", ""),
        assignee=forms.read_id(request.form, "assignee") if request.form.get("assignee") else None,
    )
    flash(_("已合并处理"), "pass")
    return redirect(url_for("review.same_borrower", case_id=case_id))


@review.post("/cases/<int:case_id>/joint/leave")
@pages.requires(REVIEWER, SENIOR)
def leave_joint(case_id: int) -> Response:
    """Take one case out; the others stay joined."""
    left = together.leave(pages.current_actor(), case_id, request.form.get("reason", ""))
    flash(_("已移出合并"), "pass")
    return redirect(url_for("review.same_borrower", case_id=left.members[0].case_id if left else case_id))


@review.post("/cases/<int:case_id>/joint/<uuid:joint_id>/end")
@pages.requires(REVIEWER, SENIOR)
def part_cases(case_id: int, joint_id: UUID) -> Response:
    """Let the joined cases go their own ways again."""
    together.part(pages.current_actor(), joint_id, request.form.get("reason", ""))
    flash(_("已解除合并"), "pass")
    return redirect(url_for("review.same_borrower", case_id=case_id))
