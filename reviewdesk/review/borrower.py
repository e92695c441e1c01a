"""One borrower's cases in the organisation, found by the digest of their ID number, with what they come to together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reviewdesk.db import Work
from reviewdesk.intake.models import Case
from reviewdesk.money import Fen

MOST = 200
"""Cases that are listed; the totals are of all."""

_OPEN = "c.state NOT IN ('closed', 'withdrawn')"

_CASES = """
SELECT c.case_id, c.number, c.account_no, c.borrower, c.lender_name, c.state, c.verdict, c.claimed, c.outstanding,
       c.claimable, c.excess, c.limitation_expiry, c.batch_id, b.name AS batch,
       EXISTS (SELECT 1 FROM joint_cases j
               WHERE j.org_id = c.org_id AND j.case_id = c.case_id AND j.ended_at IS NULL) AS joined
FROM case_files f
JOIN cases c ON c.org_id = f.org_id AND c.case_id = f.case_id
JOIN batches b ON b.org_id = c.org_id AND b.batch_id = c.batch_id
WHERE f.org_id = :org AND (f.id_index = :digest OR f.case_id = :case) AND c.state <> 'reversed'
ORDER BY c.limitation_expiry NULLS LAST, c.case_id LIMIT :most
"""

_TOTALS = f"""
SELECT count(*) AS cases, count(*) FILTER (WHERE {_OPEN}) AS open,
       count(DISTINCT c.lender_name) FILTER (WHERE {_OPEN}) AS lenders,
       coalesce(sum(coalesce(c.claimed, c.outstanding)) FILTER (WHERE {_OPEN}), 0)::bigint AS claimed,
       coalesce(sum(c.claimable) FILTER (WHERE {_OPEN}), 0)::bigint AS claimable,
       coalesce(sum(c.excess) FILTER (WHERE {_OPEN}), 0)::bigint AS excess,
       min(c.limitation_expiry) FILTER (WHERE {_OPEN}) AS first_expiry
FROM case_files f JOIN cases c ON c.org_id = f.org_id AND c.case_id = f.case_id
WHERE f.org_id = :org AND (f.id_index = :digest OR f.case_id = :case) AND c.state <> 'reversed'
"""  # noqa: S608 -- put together from the condition above


@dataclass(frozen=True, slots=True)
class Borrower:
    """A borrower's cases, those whose limitation ends first before the others, and the sums over the open ones.

    Money in fen. `open`: cases that are neither closed nor withdrawn; `lenders`: how many different ones they have.
    """

    cases: Sequence[Any]
    number: int
    open: int
    lenders: int
    claimed: Fen
    claimable: Fen
    excess: Fen
    first_expiry: date | None


def borrower_of(work: Work, case: Case) -> Borrower:
    """All cases of the organisation with the borrower of this one, itself included.

    A case without an ID number stands alone.
    """
    who = {"org": case.org_id, "digest": case.id_index, "case": case.case_id}
    cases = work.execute(_CASES, **who, most=MOST).all()
    total = work.execute(_TOTALS, **who).one()
    return Borrower(
        cases,
        total.cases,
        total.open,
        total.lenders,
        total.claimed,
        total.claimable,
        total.excess,
        total.first_expiry,
    )


def other_cases(work: Work, case: Case) -> int:
    """How many other cases the organisation has of this case's borrower."""
    if case.id_index is None:
        return 0
    number: int = work.execute(
        "SELECT count(*) FROM case_files f JOIN cases c ON c.org_id = f.org_id AND c.case_id = f.case_id "
        "WHERE f.org_id = :org AND f.id_index = :digest AND f.case_id <> :case AND c.state <> 'reversed'",
        org=case.org_id,
        digest=case.id_index,
        case=case.case_id,
    ).scalar_one()
    return number
