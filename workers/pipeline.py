"""What follows what: which stage runs a job of each kind, and what a finished stage asks for next.

looked at → loaded → audit of the batch begun → its chunks audited, in parallel → cases in review, the batch's
risks of suing weighed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from reviewdesk.audit import service as audit
from reviewdesk.audit.versions import dry_run
from reviewdesk.db import Work
from reviewdesk.handover import exports as cases_export
from reviewdesk.handover import weighing
from reviewdesk.intake import answering, corrections, first_look, loading, mended_workbook, mending, side_mending
from reviewdesk.journal import export as journal_export
from reviewdesk.outbox import JobFunction
from reviewdesk.review import (
    bulk,
    bulk_deciding,
    bulk_overriding,
    bulk_withdrawing,
    evidence,
    joining,
    taking_back,
    unpacking,
)
from reviewdesk.review.auditing_anew import finish_audit
from reviewdesk.review.renewing import renew


def begin_audit(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
    """Ask for a job for each chunk of a loaded batch's cases, which evidence that came before them may be of."""
    batch_id = UUID(args["batch_id"])
    evidence.match_waiting(work, batch_id)
    cases = audit.begin_batch(work, batch_id)
    report(done=cases, total=cases)
    if not cases:
        audit.finish_batch(work, batch_id)


def audit_chunk(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
    """Audit a range of a batch's cases, hand them to the reviewers, and close the audit with the last range."""
    batch_id = UUID(args["batch_id"])
    audited = audit.audit_chunk(work, batch_id, args["first"], args["last"], args["figures"])
    finish_audit(work, audited.case_ids)
    report(done=len(audited.case_ids), total=len(audited.case_ids))
    if audit.finish_batch(work, batch_id):
        weighing.begin(work, batch_id)


def audit_again(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
    """Audit chosen cases anew and hand them back to the reviewers."""
    audited = audit.audit_again(work, args["case_ids"])
    finish_audit(work, audited.case_ids)
    report(done=len(audited.case_ids), total=len(audited.case_ids))


JOBS: dict[str, JobFunction] = {
    first_look.JOB: partial(first_look.run, renew=renew),
    loading.JOB: partial(loading.run, renew=renew),
    mended_workbook.JOB: mended_workbook.run,
    answering.JOB: answering.run,
    mending.RENEW_JOB: partial(mending.run_renewing, renew=renew),
    side_mending.JOIN_JOB: joining.run,
    corrections.JOB: corrections.run,
    audit.BATCH_JOB: begin_audit,
    audit.CHUNK_JOB: audit_chunk,
    audit.AGAIN_JOB: audit_again,
    dry_run.JOB: dry_run.run,
    bulk.JOBS["decide"]: partial(bulk.run, bulk_deciding.DEED),
    bulk.JOBS["set_aside"]: partial(bulk.run, bulk_overriding.DEED),
    bulk.JOBS["count_again"]: partial(bulk.run, bulk_withdrawing.DEED),
    unpacking.JOB: unpacking.run,
    taking_back.JOB: taking_back.run,
    cases_export.JOB: cases_export.run,
    weighing.JOB: weighing.run,
    journal_export.JOB: journal_export.run,
}
