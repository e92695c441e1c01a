"""What pages and API read of a bulk: its items with their answers, how many of each, and what a selection holds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewdesk.clock import today
from reviewdesk.db import Work
from reviewdesk.errors import bad_cursor
from reviewdesk.intake.queries import Progress, progress_of_key
from reviewdesk.review import queries
from reviewdesk.review.bulk import JOBS
from reviewdesk.review.models import BulkDecision
from reviewdesk.review.overrides import IN_FORCE
from reviewdesk.review.queries import Filters


@dataclass(frozen=True, slots=True)
class Item:
    """One case of a bulk decision. Before the run, `outcome` is what was expected of it at the preview."""

    case_id: int
    number: str
    borrower: str
    state: str
    amount: int | None
    verdict: str | None
    set_aside: int
    outcome: str
    code: str | None
    message: Mapping[str, str] | None


# Before the run an item's code holds what is expected: "done", "waiting" by its grounds, or the code of a refusal.
# An absent message is a JSON null.
_OUTCOME = """
coalesce(i.outcome, CASE WHEN i.code = 'done' THEN 'done' WHEN i.message ->> 'zh' IS NULL THEN 'waiting'
                         WHEN i.code IN ('case.stale', 'case.proposed') THEN 'stale' ELSE 'refused' END)
"""

_ITEMS = """
SELECT i.case_id, c.number, c.borrower, c.state, coalesce(c.claimed, c.outstanding) AS amount,
       c.verdict, (SELECT count(*) FROM finding_overrides o
                   WHERE o.org_id = c.org_id AND o.case_id = c.case_id AND {in_force}) AS set_aside,
       {outcome} AS outcome, i.code, i.message
FROM bulk_items i JOIN cases c ON c.org_id = i.org_id AND c.case_id = i.case_id
WHERE i.org_id = :org AND i.bulk_id = :bulk AND i.case_id > :after
  AND (CAST(:wanted AS text) IS NULL OR {outcome} = :wanted)
ORDER BY i.case_id LIMIT :limit
""".replace("{outcome}", _OUTCOME).replace("{in_force}", IN_FORCE)

_TALLY = """
SELECT {outcome} AS outcome, count(*) AS number FROM bulk_items i
WHERE i.org_id = :org AND i.bulk_id = :bulk GROUP BY 1
""".replace("{outcome}", _OUTCOME)


def items(
    work: Work, bulk: BulkDecision, *, outcome: str | None = None, after: str | None = None, size: int = 100
) -> list[Item]:
    """The items of a bulk decision by case id, and one more than `size` where there is one.

    Raises:
        Invalid: the cursor is none of ours.
    """
    if after is not None and not after.isdecimal():
        raise bad_cursor()
    values = {"wanted": outcome, "after": int(after or 0), "limit": size + 1, "today": today()}
    rows = work.execute(_ITEMS, org=work.org_id, bulk=bulk.bulk_id, **values)
    return [Item(**row._mapping) for row in rows]


def tally(work: Work, bulk: BulkDecision) -> dict[str, int]:
    """How many items have, or are expected to have, each outcome."""
    rows = work.execute(_TALLY, org=work.org_id, bulk=bulk.bulk_id)
    return {row.outcome: row.number for row in rows}


def progress(work: Work, bulk: BulkDecision) -> Progress | None:
    """How far its job is; None before it was asked for."""
    return progress_of_key(work, JOBS[bulk.deed], str(bulk.bulk_id))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing is done to some cases, and to how many."""

    outcome: str
    code: str
    message: Mapping[str, str]
    cases: int


_REASONS = """
SELECT {outcome} AS outcome, i.code, i.message, count(*) AS cases FROM bulk_items i
WHERE i.org_id = :org AND i.bulk_id = :bulk AND i.message ->> 'zh' IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY count(*) DESC, i.code
""".replace("{outcome}", _OUTCOME)


def reasons(work: Work, bulk: BulkDecision) -> list[Reason]:
    """Why nothing is, or would be, done to cases, most frequent first."""
    return [Reason(**row._mapping) for row in work.execute(_REASONS, org=work.org_id, bulk=bulk.bulk_id)]


_FINDINGS = """
SELECT found.outcome, found.check_id, count(*) AS cases FROM cases c
JOIN audit_runs r ON r.org_id = c.org_id AND r.run_id = c.run_id
CROSS JOIN LATERAL (
    SELECT 'fail' AS outcome, unnest(r.failed) AS check_id
    UNION ALL SELECT 'warn', unnest(r.warned)
    UNION ALL SELECT 'missing', unnest(r.missing)
) AS found
WHERE c.org_id = :org AND {selection} AND NOT EXISTS (
    SELECT 1 FROM finding_overrides o WHERE o.org_id = c.org_id AND o.case_id = c.case_id
    AND o.check_id = found.check_id AND {in_force})
GROUP BY found.outcome, found.check_id ORDER BY count(*) DESC, found.check_id
"""


def findings_in(work: Work, *, filters: Filters | None = None, ids: Sequence[int] = ()) -> dict[str, dict[str, int]]:
    """In how many cases of a selection each check fails, warns or lacks facts, most frequent first.

    `{"missing": {"claim.schedule": 12}, ...}`; what is set aside is left out.
    """
    where, values = ("c.case_id = ANY(:ids)", {"ids": list(ids)}) if ids else _where(work, filters)
    known = {"org": work.org_id, "today": today()}
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in work.execute(_FINDINGS.format(selection=where, in_force=IN_FORCE), **values | known):
        found[row.outcome][row.check_id] = row.cases
    return found


_ASIDE = """
SELECT o.kind, o.check_id, count(*) AS cases FROM cases c
JOIN finding_overrides o ON o.org_id = c.org_id AND o.case_id = c.case_id AND o.ended_at IS NULL
WHERE c.org_id = :org AND {selection} GROUP BY o.kind, o.check_id ORDER BY count(*) DESC, o.check_id
"""


def aside_in(work: Work, *, filters: Filters | None = None, ids: Sequence[int] = ()) -> dict[str, dict[str, int]]:
    """In how many cases of a selection the finding of each check is set aside in each way, most frequent first.

    `{"silence": {"claim.schedule": 12}, ...}`; those whose day has passed count until somebody notes their end.
    """
    where, values = ("c.case_id = ANY(:ids)", {"ids": list(ids)}) if ids else _where(work, filters)
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in work.execute(_ASIDE.format(selection=where), org=work.org_id, **values):
        found[row.kind][row.check_id] = row.cases
    return found


def _where(work: Work, filters: Filters | None) -> tuple[str, dict[str, Any]]:
    return queries.conditions(filters or Filters(), work.actor)
