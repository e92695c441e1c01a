"""The one function that moves cases from state to state, whichever way the request came."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.db import Work
from reviewdesk.errors import NotAllowed, Refusal, Text
from reviewdesk.journal.service import record
from reviewdesk.review import states
from reviewdesk.review.lapsing import judge_anew
from reviewdesk.review.leaving import LEAVING, leave_suits
from reviewdesk.review.states import SYSTEM, Verb


class Moved(NamedTuple):
    """A case that was moved: where it came from and its version now."""

    case_id: int
    source: str
    target: str
    version: int
    batch_id: UUID


# A move ends whatever claim there was on the case. The rows are locked in the order of their ids, so that two
# set-based moves that overlap wait for each other instead of deadlocking.
#
# Each case is asked for by its key (OFFSET keeps the subquery whole, and arrays from a SELECT are taken for short),
# so that the time grows with the cases moved: a table that was just filled has no statistics yet, and the planner
# would read all of it for each set.
_MOVE = """
WITH picked AS MATERIALIZED (
    SELECT c.case_id, c.state
    FROM unnest((SELECT CAST(:ids AS bigint[])), (SELECT CAST(:versions AS integer[]))) AS asked(case_id, version)
    CROSS JOIN LATERAL (
        SELECT case_id, state FROM cases
        WHERE org_id = :org AND case_id = asked.case_id AND state = ANY(CAST(:sources AS text[]))
          AND (asked.version IS NULL OR version = asked.version)
        OFFSET 0 FOR UPDATE
    ) AS c
), moved AS (
    UPDATE cases c
    SET state = :target, version = c.version + 1, state_since = now(), assignee_id = NULL, lease_until = NULL{mirrored}
    FROM picked p{run}
    WHERE c.org_id = :org AND c.case_id = p.case_id
    RETURNING c.case_id, p.state, c.version, c.batch_id
)
SELECT state, batch_id, array_agg(case_id ORDER BY case_id) AS ids, array_agg(version ORDER BY case_id) AS versions
FROM moved GROUP BY state, batch_id ORDER BY state, batch_id
"""

# A case that leaves its audit takes the current run's results into the columns that the queue filters by, in the same
# update: every update of a case writes into all its indexes.
_PLAIN = {"mirrored": "", "run": ""}
_MIRROR = {
    "mirrored": ", run_id = coalesce(r.run_id, c.run_id), verdict = coalesce(r.verdict, c.verdict), "
    "claimable = r.claimable, excess = r.excess, limitation_expiry = r.limitation_expiry, "
    "failed = coalesce(r.failed, c.failed)",
    "run": " LEFT JOIN audit_runs r ON r.org_id = :org AND r.case_id = p.case_id AND r.is_current",
}

_OVERTAKE = """
UPDATE decisions SET state = 'overtaken'
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND state = 'waiting'
"""


def move_cases(
    work: Work,
    verb: Verb,
    case_ids: Sequence[int],
    *,
    versions: Mapping[int, int] | None = None,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
    org_id: UUID | None = None,
    follows: bool = False,
) -> list[Moved]:
    """Move the cases that `verb` may move, and record it: one event for each batch and state that they came from.

    A case that is in none of the verb's source states, or that has another version than the one asked for in
    `versions`, stays where it is and is absent from the answer; calling again moves nothing twice. A proposal that
    waited on a moved case is overtaken, and a case that is settled or withdrawn leaves its suit. In a case that comes
    back to the reviewers what was set aside is judged anew.
    The event of one case names it in `case_id`; that of several holds their set.

    `details` are added to the event's new values and hold no personal data. `org_id` is the organisation of the
    cases, where a law firm moves a platform's case. `follows` says that the move is the system's answer to what the
    actor did, so that their roles need not hold it.

    Raises:
        NotAllowed: the table gives the verb to none of the actor's roles.
    """
    verb = Verb(verb)
    roles = roles_of(work.actor)
    sources = states.sources(verb, roles | {SYSTEM} if follows else roles)
    if not sources:
        raise not_allowed(verb, case_ids[0] if len(case_ids) == 1 else None)
    org = org_id or work.org_id
    groups = [
        group
        for target, states_before in _by_target(verb, sources).items()
        for group in _move(work, org, verb, target, states_before, case_ids, versions)
    ]
    moved = [row for group in groups for row in group]
    if moved:
        work.execute(_OVERTAKE, org=org, ids=[row.case_id for row in moved])
    for group in groups:
        _record(work, verb, group, org, {"reason": reason} if reason else {}, details or {})
    if verb in LEAVING and moved:
        leave_suits(work, org, [row.case_id for row in moved], verb.value)
    back = [row.case_id for row in moved if row.target in states.DECIDABLE and row.source not in states.DECIDABLE]
    if back:
        judge_anew(work, org, back)
    return moved


def roles_of(actor: Actor) -> frozenset[str]:
    """The actor's roles as the table knows them: a job, a command or the clock acts for the system as well."""
    return actor.roles if actor.kind == "person" else actor.roles | {SYSTEM}


def not_allowed(verb: Verb, case_id: int | None) -> NotAllowed:
    """The error for a move that the actor's roles do not hold; the refused attempt goes to the journal."""
    return NotAllowed(
        "case.move_not_allowed",
        Text("您的角色不能作出这一处理。", "Your role may not do this to the case."),
        refusal=Refusal(f"review:case:{verb.value}", ("case", str(case_id or "")), case_id=case_id),
    )


def _by_target(verb: Verb, sources: frozenset[states.State]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in sorted(sources):
        found.setdefault(states.target(verb, source).value, []).append(source.value)
    return found


def _move(
    work: Work,
    org: UUID,
    verb: Verb,
    target: str,
    sources: list[str],
    case_ids: Sequence[int],
    versions: Mapping[int, int] | None,
) -> list[list[Moved]]:
    """Move cases to one state; the answer has a list for each batch and state that they came from."""
    ids = sorted(set(case_ids))
    asked = [versions.get(case_id) for case_id in ids] if versions is not None else [None] * len(ids)
    statement = _MOVE.format(**(_MIRROR if verb is Verb.FINISH_AUDIT else _PLAIN))
    groups = work.execute(statement, org=org, target=target, sources=sources, ids=ids, versions=asked)
    return [
        [
            Moved(case_id, group.state, target, version, group.batch_id)
            for case_id, version in zip(group.ids, group.versions, strict=True)
        ]
        for group in groups
    ]


def _record(
    work: Work, verb: Verb, moved: list[Moved], org: UUID, why: Mapping[str, Any], details: Mapping[str, Any]
) -> None:
    """One event about cases of one batch that went from one state to another."""
    first, count = moved[0], len(moved)
    single = count == 1
    record(
        work,
        f"review:case:{verb.value}",
        ("case", first.case_id) if single else ("batch", first.batch_id),
        old={"state": first.source},
        new={"state": first.target, **why, **details, **({"version": first.version} if single else {"cases": count})},
        case_id=first.case_id if single else None,
        batch_id=first.batch_id,
        cases=None if single else [row.case_id for row in moved],
        org_id=org,
    )
