"""What other cases of the organisation say about some cases, by set-based queries over blind indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from reviewdesk.audit.costs import Average, cost_of
from reviewdesk.audit.facts import Related, rate_of
from reviewdesk.audit.related import AVERAGED_KIND
from reviewdesk.audit.sheets import ATTACHED, SIDE_SHEETS
from reviewdesk.db import Work
from reviewdesk.money import Fen

LITIGATED = frozenset({"entrusted", "filed"})
SETTLED = frozenset({"settled", "performing"})
ENDED = frozenset({"closed", "withdrawn"})

# Asked of each case by its keys in the indexes: the time grows with the cases asked about and not with all there are.
# A digest is keyed by its organisation and needs no org_id beside it.
HAS_RELATIONS = """
EXISTS (SELECT 1 FROM case_files other WHERE other.id_index = file.id_index
        AND other.case_id <> file.case_id)
OR EXISTS (SELECT 1 FROM case_files other WHERE other.mobile_index = file.mobile_index
           AND other.case_id <> file.case_id)
OR EXISTS (SELECT 1 FROM case_files other WHERE other.address_index = file.address_index
           AND other.case_id <> file.case_id)
"""
"""Whether a case (`case_files file`) shares its borrower, its phone or its address with any other."""

# In these queries OFFSET keeps a subquery whole: each case, and each digest, asks the indexes. A table that was just
# filled has no statistics yet, and the planner would read all of it.
#
# A loan is the same when borrower, contract number, day and sum are; account numbers are unique in an organisation.
_SAME_BORROWER = """
SELECT asked.case_id, other.number, other.state,
       coalesce(mine.facts ->> 'contract_no' = same.facts ->> 'contract_no'
                AND mine.facts ->> 'disbursed_on' = same.facts ->> 'disbursed_on'
                AND mine.facts ->> 'principal' = same.facts ->> 'principal', false) AS same_loan
FROM unnest(CAST(:ids AS bigint[])) AS asked(case_id)
CROSS JOIN LATERAL (
    SELECT facts, id_index FROM case_files WHERE org_id = :org AND case_id = asked.case_id OFFSET 0
) AS mine
CROSS JOIN LATERAL (
    SELECT case_id, facts FROM case_files
    WHERE id_index = mine.id_index AND case_id <> asked.case_id OFFSET 0
) AS same
CROSS JOIN LATERAL (
    SELECT number, state FROM cases
    WHERE org_id = :org AND case_id = same.case_id AND state <> 'reversed' OFFSET 0
) AS other
ORDER BY asked.case_id, same.case_id
"""

_SHARING = """
WITH asked AS MATERIALIZED (
    SELECT given.case_id, file.digest
    FROM unnest(CAST(:ids AS bigint[])) AS given(case_id)
    CROSS JOIN LATERAL (
        SELECT {digest} AS digest FROM case_files WHERE org_id = :org AND case_id = given.case_id OFFSET 0
    ) AS file
    WHERE file.digest IS NOT NULL
)
SELECT asked.case_id, shared.borrowers
FROM (SELECT DISTINCT digest FROM asked) AS known
CROSS JOIN LATERAL (
    SELECT count(*) AS cases, count(DISTINCT other.id_index) AS borrowers
    FROM (SELECT case_id, id_index FROM case_files WHERE {digest} = known.digest OFFSET 0) AS other
    CROSS JOIN LATERAL (
        SELECT FROM cases WHERE org_id = :org AND case_id = other.case_id AND state <> 'reversed' OFFSET 0
    ) AS live
) AS shared
JOIN asked ON asked.digest = known.digest
WHERE shared.cases > 1
"""
_PHONES = _SHARING.format(digest="mobile_index")
_ADDRESSES = _SHARING.format(digest="address_index")

# Each case's facts are read once, which is most of what this costs. A loan without fees that was paid out in full costs
# its rate; the facts of the others (`odd`) are handed out one by one, for together they may be more than one value
# holds. One row has the counts, each other one some loans of a lender.
_FIGURES = """
WITH mine AS MATERIALIZED (
    SELECT lender_name, lender_kind, id_index, agreed_court AS court, principal, annual_rate AS rate,
           CASE WHEN lender_kind = :averaged AND lender_name IS NOT NULL
                     AND (disbursed_amount < principal OR monthly_fee > 0 OR fees_due > 0 OR premium_due > 0)
                THEN CAST(facts AS jsonb) - CAST(:beside AS text[]) END AS odd
    FROM cases JOIN case_files USING (org_id, case_id)
    CROSS JOIN LATERAL json_to_record(facts) AS fact(
        agreed_court text, principal bigint, annual_rate numeric, disbursed_amount bigint, monthly_fee bigint,
        fees_due bigint, premium_due bigint
    )
    WHERE org_id = :org AND batch_id = :batch
), courts AS (
    SELECT court, count(*) AS cases FROM mine WHERE court IS NOT NULL GROUP BY court HAVING count(*) > 1
), lenders AS (
    SELECT lender_name, count(DISTINCT id_index) AS borrowers
    FROM mine WHERE lender_kind = 'private' AND lender_name IS NOT NULL GROUP BY lender_name
), loans AS (
    SELECT lender_name, odd, CAST(sum(principal) AS bigint) AS principal, sum(principal * rate) AS weighed
    FROM mine WHERE lender_kind = :averaged AND lender_name IS NOT NULL AND principal > 0 AND rate IS NOT NULL
    GROUP BY lender_name, odd
)
SELECT (SELECT count(*) FROM mine) AS cases,
       (SELECT coalesce(jsonb_object_agg(court, cases), '{}') FROM courts) AS courts,
       (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY principal) FROM mine) AS median,
       (SELECT coalesce(jsonb_object_agg(lender_name, borrowers), '{}') FROM lenders) AS lenders,
       NULL AS lender_name, NULL AS odd, NULL AS principal, NULL AS weighed
UNION ALL
SELECT NULL, NULL, NULL, NULL, lender_name, odd, principal, weighed FROM loans
"""


# The other batches' courts were counted when their audits began: nothing is read of their cases.
_EVERYWHERE = """
WITH others AS MATERIALIZED (
    SELECT spread FROM batches
    WHERE org_id = :org AND batch_id <> :batch AND spread IS NOT NULL AND state NOT IN ('taking_back', 'taken_back')
), courts AS (
    SELECT court, sum(CAST(cases AS bigint)) AS cases
    FROM others CROSS JOIN LATERAL jsonb_each_text(spread -> 'courts') AS each(court, cases)
    WHERE court = ANY(CAST(:courts AS text[])) GROUP BY court
)
SELECT (SELECT coalesce(sum(CAST(spread ->> 'cases' AS bigint)), 0) FROM others) AS cases,
       (SELECT coalesce(jsonb_object_agg(court, cases), '{}') FROM courts) AS courts
"""


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """How a batch's cases spread over agreed courts, and how many borrowers its unlicensed lenders have.

    Courts with a single case are left out. `median`: of the contract principals, in fen. `org_cases` and `org_courts`
    are the same of all the organisation's audited batches, this one included, for the courts of this one. `averages`:
    the all-in cost a year of consumer-finance companies' loans, weighed by principal.
    """

    cases: int
    courts: dict[str, int]
    lenders: dict[str, int]
    median: int | None
    org_cases: int
    org_courts: dict[str, int]
    averages: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """For the arguments of a job."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BatchFigures:
        """The inverse of `as_json`; a job that was asked for by an earlier version knows of its own batch only."""
        return cls(**({"org_cases": data["cases"], "org_courts": data["courts"], "averages": {}} | data))

    @property
    def spread(self) -> dict[str, Any]:
        """What the batch keeps of them, for the figures of other batches."""
        return {"cases": self.cases, "courts": self.courts}


def figures_of(work: Work, batch_id: UUID) -> BatchFigures:
    """Count a batch's cases by court and lender; this reads the whole batch."""
    beside = [*SIDE_SHEETS, ATTACHED]
    found = work.execute(_FIGURES, org=work.org_id, batch=batch_id, averaged=AVERAGED_KIND, beside=beside).all()
    (mine,) = (row for row in found if row.cases is not None)
    others = work.execute(_EVERYWHERE, org=work.org_id, batch=batch_id, courts=list(mine.courts)).one()
    return BatchFigures(
        mine.cases,
        mine.courts,
        mine.lenders,
        mine.median,
        mine.cases + int(others.cases),
        {court: cases + int(others.courts.get(court, 0)) for court, cases in mine.courts.items()},
        _averages(row for row in found if row.cases is None),
    )


def _averages(loans: Iterable[Any]) -> dict[str, str]:
    averages: defaultdict[str, Average] = defaultdict(Average)
    for row in loans:
        cost = row.weighed / row.principal if row.odd is None else cost_of(row.odd)
        averages[row.lender_name].add(row.principal, cost)
    return {lender: str(average.cost) for lender, average in averages.items() if average.cost is not None}


class Others(NamedTuple):
    """What other cases say about one case, apart from how its batch is spread; see `Related`."""

    same_account: tuple[str, ...] = ()
    litigated: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    same_borrower: tuple[str, ...] = ()
    phone_borrowers: int = 1
    address_borrowers: int = 1

    def kept(self) -> str | None:
        """What a run keeps of it, as JSON: what differs from a case that shares nothing; None where nothing does."""
        told = {name: value for name, value in self._asdict().items() if value != getattr(ALONE, name)}
        return orjson.dumps(told).decode() if told else None

    @classmethod
    def of_kept(cls, told: dict[str, Any] | None) -> Others:
        """The inverse of `kept`."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in (told or {}).items()
        }
        return cls(**fields)


ALONE: Final = Others()
"""A case that shares nothing with any other."""


class Relations:
    """What the organisation's other cases say about some cases, looked up once for all of them.

    `case_ids` are those that share something with another (`HAS_RELATIONS`); of the rest it is known without looking.
    """

    def __init__(self, work: Work, case_ids: Sequence[int]) -> None:
        asked = {"org": work.org_id, "ids": list(case_ids)}
        same: defaultdict[int, list[Any]] = defaultdict(list)
        for row in work.execute(_SAME_BORROWER, **asked):
            same[row.case_id].append(row)
        phones = {row.case_id: row.borrowers for row in work.execute(_PHONES, **asked)}
        addresses = {row.case_id: row.borrowers for row in work.execute(_ADDRESSES, **asked)}
        self._others = {
            case_id: _others(same.get(case_id, ()), phones.get(case_id, 1), addresses.get(case_id, 1))
            for case_id in {*same, *phones, *addresses}
        }

    def others(self, case_id: int) -> Others:
        """What they say about one of the cases."""
        return self._others.get(case_id, ALONE)


def _others(same: Sequence[Any], phone_borrowers: int, address_borrowers: int) -> Others:
    loan = [other for other in same if other.same_loan]
    return Others(
        tuple(other.number for other in loan if other.state not in LITIGATED | SETTLED | ENDED),
        tuple(other.number for other in loan if other.state in LITIGATED),
        tuple(other.number for other in loan if other.state in SETTLED),
        tuple(other.number for other in same if other.state not in ENDED),
        phone_borrowers,
        address_borrowers,
    )


def related_of(
    others: Others, facts: Mapping[str, Any], *, has_phone: bool, has_address: bool, batch: BatchFigures
) -> Related:
    """What they and its batch say about a case of these facts; `has_address`: one that can be compared."""
    court, lender = facts.get("agreed_court"), facts.get("lender_name")
    average = batch.averages.get(lender) if lender else None
    return Related(
        others.same_account,
        others.litigated,
        others.settled,
        others.same_borrower,
        others.phone_borrowers if has_phone else None,
        batch.cases,
        batch.courts.get(court, 1) if court else None,
        batch.lenders.get(lender) if lender else None,
        None if batch.median is None else Fen(batch.median),
        others.address_borrowers if has_address else None,
        batch.org_cases,
        batch.org_courts.get(court, 1) if court else None,
        None if average is None else rate_of(average),
    )


# --- as a run saw them -----------------------------------------------------------------------------------------------

_KEEP = """
INSERT INTO audit_figures (org_id, batch_id, digest, body) VALUES (:org, :batch, :digest, CAST(:body AS jsonb))
ON CONFLICT (org_id, batch_id, digest) DO NOTHING
"""
_KEPT = "SELECT figures_id FROM audit_figures WHERE org_id = :org AND batch_id = :batch AND digest = :digest"


def keep_figures(work: Work, batch_id: UUID, figures: BatchFigures) -> int:
    """Keep the figures that runs of a batch's cases see, the same ones once; returns the number that the runs name."""
    body = orjson.dumps(figures.as_json(), option=orjson.OPT_SORT_KEYS)
    named = {"org": work.org_id, "batch": batch_id, "digest": sha256(body).digest()}
    found: int | None = work.execute(_KEPT, **named).scalar()
    if found is None:
        work.execute(_KEEP, **named, body=body.decode())
        found = work.execute(_KEPT, **named).scalar_one()
    return found


def figures_kept(work: Work, figures_id: int) -> BatchFigures:
    """The figures that a run saw."""
    return BatchFigures.from_json(
        work.execute(
            "SELECT body FROM audit_figures WHERE org_id = :org AND figures_id = :id", org=work.org_id, id=figures_id
        ).scalar_one()
    )
