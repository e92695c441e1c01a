"""Reads over many cases at once: what waits for a second person, and a batch's verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.queries import Frequent, frequent_findings, systematic_defects
from reviewdesk.clock import today
from reviewdesk.db import Work
from reviewdesk.errors import bad_cursor
from reviewdesk.intake.batches import find_batch
from reviewdesk.review.approval import Bar, Involvement, bars
from reviewdesk.review.overrides import IN_FORCE


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that waits for a second person, with its case."""

    decision_id: UUID
    case_id: int
    number: str
    borrower: str
    amount: int | None
    verdict: str | None
    failed: list[str]
    set_aside: int
    choice: str
    reason: str
    note: str | None
    needs: list[str]
    plan: dict[str, Any] | None
    by_id: UUID
    by_name: str
    created_at: datetime
    imported_by: UUID | None
    edited_by: UUID | None

    @property
    def cursor(self) -> str:
        """The decision's place in the list."""
        return f"{self.created_at.isoformat()}_{self.decision_id}"

    def bars(self, actor: Actor) -> tuple[Bar, ...]:
        """Why the actor may not be the second person; empty if they may."""
        return bars(actor.person_id, actor.roles, Involvement(self.imported_by, self.edited_by, self.by_id))


_WAITING_LIST = """
SELECT d.decision_id, d.case_id, c.number, c.borrower, coalesce(c.claimed, c.outstanding) AS amount, c.verdict,
       c.failed, d.choice, d.reason, d.note, d.needs, d.plan, d.by_id, d.by_name, d.created_at, c.imported_by,
       c.edited_by, (SELECT count(*) FROM finding_overrides o
                     WHERE o.org_id = c.org_id AND o.case_id = c.case_id AND {in_force}) AS set_aside
FROM decisions d JOIN cases c ON c.org_id = d.org_id AND c.case_id = d.case_id
WHERE d.org_id = :org AND d.state = 'waiting' AND {after}
ORDER BY d.created_at, d.decision_id LIMIT :limit
"""


def waiting_decisions(work: Work, *, after: str | None = None, size: int = 50) -> list[Waiting]:
    """What waits for a second person, longest first, and one more than `size` where there is one.

    Raises:
        Invalid: the cursor is none of ours.
    """
    sql, key = "true", {}
    if after is not None:
        moment, _sep, number = after.partition("_")
        try:
            key = {"at": datetime.fromisoformat(moment), "id": UUID(number)}
        except ValueError as error:
            raise bad_cursor() from error
        sql = "(d.created_at, d.decision_id) > (:at, :id)"
    values = key | {"org": work.org_id, "today": today(), "limit": size + 1}
    rows = work.execute(_WAITING_LIST.format(after=sql, in_force=IN_FORCE), **values)
    return [Waiting(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A batch's audit in short: cases and sums in fen by verdict, its findings and its systematic defects.

    `claimable` and `excess` are of the cases whose claim could be computed, None where that is none of them;
    `uncomputed` counts the others. `findings` are pairs of a check's id and how many cases it found so, by outcome, the
    most frequent first. `set_aside` counts, by verdict, the cases that have it only with findings set aside;
    `aside_of` the cases of each check whose finding is.
    """

    cases: dict[str, int]
    amounts: dict[str, int]
    unaudited: int
    claimable: int | None
    excess: int | None
    uncomputed: int
    findings: dict[str, list[tuple[str, int]]]
    systematic: list[Frequent]
    set_aside: dict[str, int]
    aside_of: list[tuple[str, int]]


_BY_VERDICT = """
SELECT verdict, count(*) AS cases, coalesce(sum(coalesce(claimed, outstanding)), 0) AS amount,
       sum(claimable) AS claimable, coalesce(sum(excess), 0) AS excess, count(*) - count(claimable) AS uncomputed
FROM cases WHERE org_id = :org AND batch_id = :batch GROUP BY verdict
"""


def verdicts(work: Work, batch_id: UUID) -> Verdicts:
    """The verdicts of a batch and what made them; all zero for a batch without cases.

    Raises:
        NotFound: the organisation has no such batch.
    """
    batch = find_batch(work, batch_id)
    rows = work.execute(_BY_VERDICT, org=work.org_id, batch=batch_id).all()
    audited = [row for row in rows if row.verdict is not None]
    computed = [row for row in audited if row.claimable is not None]
    return Verdicts(
        cases={row.verdict: row.cases for row in audited},
        amounts={row.verdict: int(row.amount) for row in audited},
        unaudited=sum(row.cases for row in rows if row.verdict is None),
        claimable=sum(int(row.claimable) for row in computed) if computed else None,
        excess=sum(int(row.excess) for row in computed) if computed else None,
        uncomputed=sum(row.uncomputed for row in audited),
        findings=_by_outcome(frequent_findings(work, batch_id)),
        systematic=systematic_defects(work, batch_id, batch.policy or BUILT_IN),
        set_aside=set_aside_in(work, batch_id),
        aside_of=_aside_of(work, batch_id),
    )


_ASIDE = """
SELECT {what} AS named, count(DISTINCT c.case_id) AS cases FROM cases c
JOIN finding_overrides o ON o.org_id = c.org_id AND o.case_id = c.case_id AND {in_force}
WHERE c.org_id = :org AND c.batch_id = :batch AND c.verdict IS NOT NULL AND c.state <> 'reversed'
GROUP BY 1 ORDER BY 2 DESC, 1
"""


def set_aside_in(work: Work, batch_id: UUID) -> dict[str, int]:
    """How many cases of a batch have findings that are set aside, by the verdict that they have so."""
    return dict(_aside(work, batch_id, "c.verdict"))


def _aside_of(work: Work, batch_id: UUID) -> list[tuple[str, int]]:
    return _aside(work, batch_id, "o.check_id")


def _aside(work: Work, batch_id: UUID, what: str) -> list[tuple[str, int]]:
    asked = {"org": work.org_id, "batch": batch_id, "today": today()}
    return [(row.named, row.cases) for row in work.execute(_ASIDE.format(what=what, in_force=IN_FORCE), **asked)]


def _by_outcome(found: Sequence[Frequent]) -> dict[str, list[tuple[str, int]]]:
    """What blocks cases, what lacks facts and what warns, each in its own order: no warning is lost among fails."""
    counted = {
        "fail": [(one.check, one.failed) for one in found if one.failed],
        "missing": [(one.check, one.missing) for one in found if one.missing],
        "warn": [(one.check, one.warned) for one in found if one.warned],
    }
    return {outcome: sorted(rows, key=lambda row: (-row[1], row[0])) for outcome, rows in counted.items() if rows}
