"""What other cases of the organisation say about some cases, by set-based queries over blind indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from reviewdesk.audit.facts import Related
from reviewdesk.db import Work

LITIGATED = frozenset({"entrusted", "filed"})
SETTLED = frozenset({"settled", "performing"})
ENDED = frozenset({"closed", "withdrawn"})

# A loan is the same when borrower, contract number, day and sum are; account numbers are unique in an organisation.
_SAME_BORROWER = """
SELECT mine.case_id, other.number, other.state,
       coalesce(mine.facts ->> 'contract_no' = other.facts ->> 'contract_no'
                AND mine.facts ->> 'disbursed_on' = other.facts ->> 'disbursed_on'
                AND mine.facts ->> 'principal' = other.facts ->> 'principal', false) AS same_loan
FROM cases mine
JOIN cases other ON other.org_id = mine.org_id AND other.id_index = mine.id_index AND other.case_id <> mine.case_id
WHERE mine.org_id = :org AND mine.case_id = ANY(CAST(:ids AS bigint[]))
ORDER BY mine.case_id, other.case_id
"""

_PHONES = """
SELECT mine.case_id, count(DISTINCT other.id_index) AS borrowers
FROM cases mine
JOIN cases other ON other.org_id = mine.org_id AND other.mobile_index = mine.mobile_index
WHERE mine.org_id = :org AND mine.case_id = ANY(CAST(:ids AS bigint[])) AND mine.mobile_index IS NOT NULL
GROUP BY mine.case_id HAVING count(*) > 1
"""

_BATCHES = """
SELECT DISTINCT batch_id FROM cases WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[]))
"""

_COURTS = """
SELECT facts ->> 'agreed_court' AS court, count(*) AS cases
FROM cases WHERE org_id = :org AND batch_id = :batch GROUP BY 1
"""

_LENDERS = """
SELECT lender_name, count(DISTINCT id_index) AS borrowers
FROM cases WHERE org_id = :org AND batch_id = :batch AND lender_kind = 'private' AND lender_name IS NOT NULL
GROUP BY lender_name
"""

_OWN = """
SELECT case_id, batch_id, facts ->> 'agreed_court' AS court, lender_name, mobile_index IS NOT NULL AS has_phone
FROM cases WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[]))
"""


def related_to(work: Work, case_ids: Sequence[int]) -> dict[int, Related]:
    """For each case: other cases of its loan and borrower, who shares its phone, its batch's courts and lenders."""
    asked = {"org": work.org_id, "ids": list(case_ids)}
    same: defaultdict[int, list[Any]] = defaultdict(list)
    for row in work.execute(_SAME_BORROWER, **asked):
        same[row.case_id].append(row)
    phones = {row.case_id: row.borrowers for row in work.execute(_PHONES, **asked)}
    batches = {batch: _BatchFigures(work, batch) for batch in work.execute(_BATCHES, **asked).scalars()}
    return {
        row.case_id: _related(row, same.get(row.case_id, ()), phones, batches[row.batch_id])
        for row in work.execute(_OWN, **asked)
    }


class _BatchFigures:
    """How a batch's cases spread over courts and unlicensed lenders."""

    def __init__(self, work: Work, batch_id: Any) -> None:
        courts = work.execute(_COURTS, org=work.org_id, batch=batch_id).all()
        self.cases = sum(row.cases for row in courts)
        self.courts = {row.court: row.cases for row in courts if row.court is not None}
        lenders = work.execute(_LENDERS, org=work.org_id, batch=batch_id)
        self.lenders = {row.lender_name: row.borrowers for row in lenders}


def _related(own: Any, same: Sequence[Any], phones: dict[int, int], batch: _BatchFigures) -> Related:
    loan = [other for other in same if other.same_loan]
    return Related(
        same_account=tuple(other.number for other in loan if other.state not in LITIGATED | SETTLED | ENDED),
        litigated=tuple(other.number for other in loan if other.state in LITIGATED),
        settled=tuple(other.number for other in loan if other.state in SETTLED),
        same_borrower=tuple(other.number for other in same if other.state not in ENDED),
        phone_borrowers=phones.get(own.case_id, 1) if own.has_phone else None,
        batch_cases=batch.cases,
        court_cases=batch.courts.get(own.court),
        lender_borrowers=batch.lenders.get(own.lender_name),
    )
