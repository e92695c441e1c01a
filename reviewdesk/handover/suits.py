"""How often each lender sues: suits that were filed, by month, across the whole organisation."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta

from reviewdesk.clock import today
from reviewdesk.db import Work

MONTHS = 12
"""Months that are looked back, the present one included."""

_SUIT_OF = """
LEFT JOIN joint_cases j ON j.org_id = c.org_id AND j.case_id = c.case_id AND j.ended_at IS NULL AND j.one_filing
"""
_SUITS = "count(*) FILTER (WHERE j.joint_id IS NULL) + count(DISTINCT j.joint_id)"
"""Cases that go to court as one suit are counted once."""

_FILED = f"""
SELECT coalesce(c.lender_name, '') AS lender, to_char(m.happened_on, 'YYYY-MM') AS month, {_SUITS} AS cases
FROM milestones m JOIN cases c ON c.org_id = m.org_id AND c.case_id = m.case_id {_SUIT_OF}
WHERE m.org_id = :org AND m.kind = 'filed' AND m.happened_on >= :since
GROUP BY 1, 2
"""  # noqa: S608 -- put together from the parts above

_OF_BATCH = f"""
SELECT coalesce(c.lender_name, '') AS lender, {_SUITS} AS cases FROM cases c {_SUIT_OF}
WHERE c.org_id = :org AND c.batch_id = :batch
  AND c.state IN ('in_review', 'escalated', 'returned', 'approved', 'breached', 'entrusted')
GROUP BY 1
"""  # noqa: S608 -- as above

_ACCOUNTS = """
SELECT coalesce(lender_name, '') AS lender, count(*) AS cases FROM cases
WHERE org_id = :org AND state <> 'reversed' GROUP BY 1
"""


def months() -> list[str]:
    """The months that are looked back, oldest first, as `2026-11`."""
    first = today().replace(day=1) - relativedelta(months=MONTHS - 1)
    return [f"{first + relativedelta(months=ahead):%Y-%m}" for ahead in range(MONTHS)]


def suits_of(work: Work, batch_id: UUID) -> list[dict[str, Any]]:
    """For each lender its suits filed by month, those that the batch would add, and its accounts; most suits first.

    The batch adds its cases that are not filed yet and may still be sued. Accounts are the cases of the lender that the
    organisation has, whatever became of them.
    """
    since = today().replace(day=1) - relativedelta(months=MONTHS - 1)
    filed: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in work.execute(_FILED, org=work.org_id, since=since):
        filed[row.lender][row.month] = row.cases
    added = {row.lender: row.cases for row in work.execute(_OF_BATCH, org=work.org_id, batch=batch_id)}
    accounts = {row.lender: row.cases for row in work.execute(_ACCOUNTS, org=work.org_id)}
    found = [
        {
            "lender": lender,
            "months": filed[lender],
            "filed": sum(filed[lender].values()),
            "batch": added.get(lender, 0),
            "accounts": accounts.get(lender, 0),
        }
        for lender in sorted({*filed, *added})
    ]
    return sorted(found, key=_suits, reverse=True)


def _suits(one: dict[str, Any]) -> int:
    together: int = one["filed"] + one["batch"]
    return together
