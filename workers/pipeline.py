"""What follows what: which stage runs a job of each kind, and what a finished stage asks for next."""

from reviewdesk.handover import exports as cases_export
from reviewdesk.intake import loading
from reviewdesk.intake import service as intake
from reviewdesk.journal import export as journal_export
from reviewdesk.outbox import JobFunction
from reviewdesk.review import bulk

JOBS: dict[str, JobFunction] = {
    bulk.JOB: bulk.run,
    cases_export.JOB: cases_export.run,
    intake.LOOK_JOB: intake.run_look,
    journal_export.JOB: journal_export.run,
    loading.JOB: loading.run,
}
