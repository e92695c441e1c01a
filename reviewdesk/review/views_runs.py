"""One audit of a case, kept as it was, and what changed since the one before."""

from flask import render_template

from reviewdesk import pages
from reviewdesk.db import unit_of_work
from reviewdesk.intake.superseding import WHY, versions_of
from reviewdesk.review import desk, findings, replay
from reviewdesk.review.fact_changes import differing
from reviewdesk.review.views import SEES, review


@review.get("/cases/<int:case_id>/runs/<int:run_id>")
@pages.requires(*SEES)
def audit_run(case_id: int, run_id: int) -> str:
    """An earlier or the current audit, with what differs from the one before it by new rules and by new facts."""
    with unit_of_work(pages.current_actor()) as work:
        case = desk.visible_case(work, case_id, "review:case:open")
        run = replay.run_of(work, case, run_id)
        before = replay.run_before(work, run)
        changes = replay.explained(work, case, before, run) if before else []
        facts = replay.facts_of_run(work, case, run)
        facts_before = replay.facts_of_run(work, case, before) if before else None
        versions = versions_of(work, case)
    made = next((version for version in versions if version.version == run.facts_version), None)
    return render_template(
        "review/run.html",
        case=case,
        run=run,
        before=before,
        told=findings.told(run, facts.facts) if facts else None,
        groups=[(cause, [one.change for one in changes if one.cause == cause]) for cause in replay.CAUSES],
        made=made,
        why=WHY,
        differing=differing(facts_before, facts) if facts and facts_before else None,
    )
