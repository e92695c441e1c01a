"""Cases whose facts changed while they wait for a decision are audited anew, each at the level where it waits.

An escalated case that is audited anew comes back to the senior level: which cases these are is kept in a table, for a
batch's audit may take such a case along.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from reviewdesk import outbox
from reviewdesk.audit.service import AGAIN_JOB
from reviewdesk.db import Work
from reviewdesk.intake.models import Case
from reviewdesk.review.moves import Moved, move_cases
from reviewdesk.review.states import State, Verb

AT_ONCE: Final = 250
"""Cases that one job audits anew."""

UNDECIDED: Final = frozenset({State.RECEIVED, State.AUDITING, State.IN_REVIEW, State.ESCALATED, State.RETURNED})
"""The states in which a case's facts may change."""

BACK_TO_SENIOR = "重新审核完成，回到高级审核"

_RAISE = """
INSERT INTO raised_cases (org_id, case_id)
SELECT :org, case_id FROM unnest(CAST(:ids AS bigint[])) AS r(case_id) ON CONFLICT DO NOTHING
"""

_LOWER = "DELETE FROM raised_cases WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) RETURNING case_id"


def audit_anew(work: Work, cases: Iterable[Case], reason: str) -> None:
    """Have those of the locked cases audited anew that wait for a decision.

    A returned case is audited when it is answered, and one that is being audited sees the change before its turn.
    """
    again = sorted(case.case_id for case in cases if case.state in (State.IN_REVIEW, State.ESCALATED))
    for start in range(0, len(again), AT_ONCE):
        part = again[start : start + AT_ONCE]
        moved = move_cases(work, Verb.AUDIT_ANEW, part, reason=reason, follows=True)
        raised = [one.case_id for one in moved if one.source == State.ESCALATED]
        if raised:
            work.execute(_RAISE, org=work.org_id, ids=raised)
        if moved:
            outbox.add(work, AGAIN_JOB, {"case_ids": part}, key=f"{part[0]}-{moved[0].version}")


def finish_audit(work: Work, case_ids: Sequence[int]) -> list[Moved]:
    """Hand audited cases to the reviewers, and those that were escalated before to the senior level again."""
    moved = move_cases(work, Verb.FINISH_AUDIT, case_ids)
    raised = list(work.execute(_LOWER, org=work.org_id, ids=[one.case_id for one in moved]).scalars())
    if raised:
        move_cases(work, Verb.RAISE_AGAIN, raised, reason=BACK_TO_SENIOR)
    return moved
