"""What other cases of the organisation say about some cases, by set-based queries over blind indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reviewdesk.audit.facts import Related
from reviewdesk.db import Work
from reviewdesk.money import Fen

LITIGATED = frozenset({"entrusted", "filed"})
SETTLED = frozenset({"settled", "performing"})
ENDED = frozenset({"closed", "withdrawn"})

# Asked of each case by its keys in the indexes: the time grows with the cases asked about and not with all there are.
HAS_RELATIONS = """
EXISTS (SELECT 1 FROM case_files other WHERE other.org_id = :org AND other.id_index = file.id_index
        AND other.case_id <> file.case_id)
OR EXISTS (SELECT 1 FROM case_files other WHERE other.org_id = :org AND other.mobile_index = file.mobile_index
           AND other.case_id <> file.case_id)
"""
"""Whether a case (`case_files file`) shares its borrower or its phone with any other."""

# A loan is the same when borrower, contract number, day and sum are; account numbers are unique in an organisation.
_SAME_BORROWER = """
SELECT mine.case_id, other.number, other.state,
       coalesce(mine.facts ->> 'contract_no' = file.facts ->> 'contract_no'
                AND mine.facts ->> 'disbursed_on' = file.facts ->> 'disbursed_on'
                AND mine.facts ->> 'principal' = file.facts ->> 'principal', false) AS same_loan
FROM case_files mine
JOIN case_files file ON file.org_id = mine.org_id AND file.id_index = mine.id_index AND file.case_id <> mine.case_id
JOIN cases other ON other.org_id = file.org_id AND other.case_id = file.case_id
WHERE mine.org_id = :org AND mine.case_id = ANY(CAST(:ids AS bigint[])) AND other.state <> 'reversed'
ORDER BY mine.case_id, other.case_id
"""

_PHONES = """
SELECT mine.case_id, count(DISTINCT other.id_index) AS borrowers
FROM case_files mine
JOIN case_files other ON other.org_id = mine.org_id AND other.mobile_index = mine.mobile_index
JOIN cases c ON c.org_id = other.org_id AND c.case_id = other.case_id AND c.state <> 'reversed'
WHERE mine.org_id = :org AND mine.case_id = ANY(CAST(:ids AS bigint[])) AND mine.mobile_index IS NOT NULL
GROUP BY mine.case_id HAVING count(*) > 1
"""

_SPREAD = """
WITH mine AS MATERIALIZED (
    SELECT facts ->> 'agreed_court' AS court, CAST(facts ->> 'principal' AS bigint) AS principal
    FROM cases JOIN case_files USING (org_id, case_id)
    WHERE org_id = :org AND batch_id = :batch
), shared AS (
    SELECT court, count(*) AS cases FROM mine WHERE court IS NOT NULL GROUP BY court HAVING count(*) > 1
)
SELECT (SELECT count(*) FROM mine) AS cases,
       (SELECT coalesce(jsonb_object_agg(court, cases), '{}') FROM shared) AS courts,
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY principal) FROM mine) AS median
"""

_LENDERS = """
SELECT lender_name, count(DISTINCT id_index) AS borrowers
FROM cases JOIN case_files USING (org_id, case_id)
WHERE org_id = :org AND batch_id = :batch AND lender_kind = 'private' AND lender_name IS NOT NULL
GROUP BY lender_name
"""


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """How a batch's cases spread over agreed courts, and how many borrowers its unlicensed lenders have.

    Courts with a single case are left out. `median`: of the contract principals, in fen.
    """

    cases: int
    courts: dict[str, int]
    lenders: dict[str, int]
    median: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For the arguments of a job."""
        return {"cases": self.cases, "courts": self.courts, "lenders": self.lenders, "median": self.median}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BatchFigures:
        """The inverse of `as_json`."""
        return cls(data["cases"], data["courts"], data["lenders"], data.get("median"))


def figures_of(work: Work, batch_id: UUID) -> BatchFigures:
    """Count a batch's cases by court and lender; this reads the whole batch."""
    spread = work.execute(_SPREAD, org=work.org_id, batch=batch_id).one()
    lenders = work.execute(_LENDERS, org=work.org_id, batch=batch_id)
    return BatchFigures(spread.cases, spread.courts, {row.lender_name: row.borrowers for row in lenders}, spread.median)


class Relations:
    """What the organisation's other cases say about some cases, looked up once for all of them.

    `case_ids` are those that share something with another (`HAS_RELATIONS`); of the rest it is known without looking.
    """

    def __init__(self, work: Work, case_ids: Sequence[int]) -> None:
        asked = {"org": work.org_id, "ids": list(case_ids)}
        self._same: defaultdict[int, list[Any]] = defaultdict(list)
        for row in work.execute(_SAME_BORROWER, **asked):
            self._same[row.case_id].append(row)
        self._phones = {row.case_id: row.borrowers for row in work.execute(_PHONES, **asked)}

    def of(self, case_id: int, facts: dict[str, Any], *, has_phone: bool, batch: BatchFigures) -> Related:
        """What they say about one of the cases."""
        same = self._same.get(case_id, ())
        court, lender = facts.get("agreed_court"), facts.get("lender_name")
        phone_borrowers = self._phones.get(case_id, 1) if has_phone else None
        court_cases = batch.courts.get(court, 1) if court else None
        lender_borrowers = batch.lenders.get(lender) if lender else None
        median = None if batch.median is None else Fen(batch.median)
        if not same:
            return Related((), (), (), (), phone_borrowers, batch.cases, court_cases, lender_borrowers, median)
        loan = [other for other in same if other.same_loan]
        return Related(
            same_account=tuple(other.number for other in loan if other.state not in LITIGATED | SETTLED | ENDED),
            litigated=tuple(other.number for other in loan if other.state in LITIGATED),
            settled=tuple(other.number for other in loan if other.state in SETTLED),
            same_borrower=tuple(other.number for other in same if other.state not in ENDED),
            phone_borrowers=phone_borrowers,
            batch_cases=batch.cases,
            court_cases=court_cases,
            lender_borrowers=lender_borrowers,
            median_principal=median,
        )
