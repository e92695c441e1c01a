"""What must hold of cases that go to court as one suit before a law firm gets them."""

from collections.abc import Sequence
from uuid import UUID

from reviewdesk.db import Work
from reviewdesk.review.states import State

_LEFT_BEHIND = """
SELECT DISTINCT c.case_id, c.number, c.state, e.firm_id
FROM joint_cases mine
JOIN cases moving ON moving.org_id = mine.org_id AND moving.case_id = mine.case_id AND moving.state = 'approved'
JOIN joint_cases other ON other.org_id = mine.org_id AND other.joint_id = mine.joint_id AND other.ended_at IS NULL
JOIN cases c ON c.org_id = other.org_id AND c.case_id = other.case_id
LEFT JOIN entrustments e ON e.org_id = c.org_id AND e.case_id = c.case_id AND e.ended_at IS NULL
WHERE mine.org_id = :org AND mine.case_id = ANY(CAST(:ids AS bigint[])) AND mine.ended_at IS NULL AND mine.one_filing
  AND NOT (other.case_id = ANY(CAST(:ids AS bigint[])) AND c.state = 'approved')
ORDER BY c.case_id
"""


def left_behind(work: Work, case_ids: Sequence[int], firm_id: UUID) -> tuple[list[str], list[str]]:
    """Cases that go to court in one suit with some of these, would not go with them, and are not with the firm.

    The numbers of those that are approved, and of those that are not decided, or that another firm has.
    """
    rows = work.execute(_LEFT_BEHIND, org=work.org_id, ids=list(case_ids)).all()
    elsewhere = [row for row in rows if row.firm_id != firm_id]
    return (
        [row.number for row in elsewhere if row.state == State.APPROVED],
        [row.number for row in elsewhere if row.state != State.APPROVED],
    )


_WAITING = """
SELECT DISTINCT mine.case_id FROM joint_cases mine
JOIN joint_cases other ON other.org_id = mine.org_id AND other.joint_id = mine.joint_id AND other.ended_at IS NULL
WHERE mine.org_id = :org AND mine.case_id = ANY(CAST(:ids AS bigint[])) AND mine.ended_at IS NULL AND mine.one_filing
  AND NOT other.case_id = ANY(CAST(:ids AS bigint[]))
"""


def waiting_for_others(work: Work, case_ids: Sequence[int]) -> set[int]:
    """Those of the cases whose suit has others that are not among them."""
    return set(work.execute(_WAITING, org=work.org_id, ids=list(case_ids)).scalars())


_DIFFERING = """
SELECT string_agg(c.number, '、' ORDER BY c.case_id) AS numbers
FROM joint_cases j
JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id
JOIN case_files f ON f.org_id = j.org_id AND f.case_id = j.case_id
WHERE j.org_id = :org AND j.ended_at IS NULL AND j.one_filing AND j.joint_id IN (
    SELECT joint_id FROM joint_cases WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND ended_at IS NULL)
GROUP BY j.joint_id
HAVING count(DISTINCT coalesce(c.lender_name, '')) > 1 OR count(DISTINCT coalesce(f.facts ->> 'agreed_court', '')) > 1
    OR count(DISTINCT f.id_index) > 1
ORDER BY 1
"""


def no_longer_one(work: Work, case_ids: Sequence[int]) -> list[str]:
    """The suits that some of these cases are in, by their numbers, whose borrower, lender or court differ by now.

    Facts change after cases are joined: mended rows, a renewed batch.
    """
    return list(work.execute(_DIFFERING, org=work.org_id, ids=list(case_ids)).scalars())
