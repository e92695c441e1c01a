"""The joined suits that cases go to court in, as their weighing needs them, whatever batch their cases came in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from reviewdesk.audit.packing import unpack
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.audit.weighing.case import loan_of
from reviewdesk.audit.weighing.filing import Filing, Joined, Loan, filing_of
from reviewdesk.audit.weighing.scales import Scales
from reviewdesk.clock import today
from reviewdesk.db import Work
from reviewdesk.intake.models import Case
from reviewdesk.review.overrides import Kind


class ScaleShelf:
    """The scales of an organisation's policies by day, each made once."""

    def __init__(self, org_id: UUID) -> None:
        self._org_id = org_id
        self._made: dict[tuple[str, date], Scales] = {}

    def of(self, policy: str, as_of: date) -> Scales:
        """The scales of a policy on a day."""
        key = policy, as_of
        if key not in self._made:
            self._made[key] = Scales(rules_on(policy_of(self._org_id, policy), as_of))
        return self._made[key]


_MEMBERS = """
SELECT j.joint_id, c.number, c.claimed, r.run_id, r.claimable, r.findings, r.policy, r.as_of,
       ARRAY(SELECT o.check_id FROM finding_overrides o WHERE o.org_id = c.org_id AND o.case_id = c.case_id
             AND o.kind = :kind AND o.ended_at IS NULL AND (o.until IS NULL OR o.until >= :today)) AS overridden
FROM joint_cases j
JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id
LEFT JOIN audit_runs r ON r.org_id = c.org_id AND r.run_id = c.run_id
WHERE j.org_id = :org AND j.ended_at IS NULL AND j.one_filing AND j.joint_id IN (
    SELECT mine.joint_id FROM joint_cases mine JOIN cases of ON of.org_id = mine.org_id AND of.case_id = mine.case_id
    WHERE mine.org_id = :org AND mine.ended_at IS NULL AND {which})
ORDER BY j.joint_id, c.case_id
"""


def suit_of(work: Work, case: Case) -> Filing | None:
    """The joined suit that a case goes to court in; None where it goes alone, or no claim of the suit is known."""
    found = _suits(work, ScaleShelf(case.org_id), case.org_id, "of.case_id = :case", case=case.case_id)
    return found.get(case.number)


def suits_of_batch(work: Work, batch_id: UUID, shelf: ScaleShelf) -> dict[str, Filing]:
    """The joined suits of a batch's cases, by the number of each of their cases."""
    return _suits(work, shelf, work.org_id, "of.batch_id = :batch", batch=batch_id)


def _suits(work: Work, shelf: ScaleShelf, org_id: UUID, which: str, **key: Any) -> dict[str, Filing]:
    rows = work.execute(_MEMBERS.format(which=which), org=org_id, kind=Kind.OVERRIDE, today=today(), **key)
    found: dict[str, Filing] = {}
    for _joint, members in groupby(rows, lambda row: row.joint_id):
        suit = _suit(list(members), shelf)
        if suit is not None:
            found |= {loan.number: suit for loan in suit.loans}
    return found


def _suit(members: Sequence[Any], shelf: ScaleShelf) -> Filing | None:
    audited = [row for row in members if row.run_id is not None]
    made = [_loan(row, shelf) for row in audited]
    loans = [loan for loan in made if loan is not None]
    if not loans:
        return None
    numbers, known = tuple(row.number for row in members), {loan.number for loan in loans}
    unknown = tuple(number for number in numbers if number not in known)
    latest = max(audited, key=lambda row: (row.as_of, row.run_id))
    return filing_of(shelf.of(latest.policy, latest.as_of), loans, Joined(members[0].joint_id, numbers, unknown))


def _loan(row: Any, shelf: ScaleShelf) -> Loan | None:
    claim = row.claimed if row.claimable is None else row.claimable
    return loan_of(shelf.of(row.policy, row.as_of), unpack(row.findings), claim, row.overridden, row.number)
