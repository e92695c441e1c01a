"""What happened to a case since somebody looked at it, told to the one whose decision came too late."""

from typing import Any

from sqlalchemy import select

from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.db import Work
from reviewdesk.intake.models import Case
from reviewdesk.review.models import Decision
from reviewdesk.review.overrides import overrides_of
from reviewdesk.review.words import sentence

MOST = 5
"""Changes of state that are told, the latest first."""

_MOVES_SINCE = """
SELECT at, actor_name, old ->> 'state' AS source, new ->> 'state' AS target, new ->> 'reason' AS reason
FROM events
WHERE org_id = :org AND outcome = 'done' AND new ? 'state'
  AND (case_id = :case OR (batch_id = :batch AND cases @> CAST(:case AS bigint)))
ORDER BY event_id DESC LIMIT :most
"""


def changes_since(work: Work, case: Case, version: int, run_id: int | None) -> list[dict[str, Any]]:
    """The changes of a case after `version` and `run_id`, as plain JSON.

    Each has `what` (state, run, override or decision), what it `was` and is `now`, by whom and when, and a sentence in
    both languages under `zh` and `en`.
    """
    overrides = overrides_of(work, case)
    alone = [one for one in overrides if one.case_version > version]
    alone += [one for one in overrides if one.ended_why in ("withdrawn", "date") and (one.ended_version or 0) > version]
    found = _moves(work, case, case.version - version - len(alone)) + _overrides(overrides, version)
    if case.run_id != run_id:
        found.append(_run(work, case, run_id))
    found += _waiting(work, case)
    return [change | sentence(change).as_json() for change in found]


def _moves(work: Work, case: Case, count: int) -> list[dict[str, Any]]:
    if count <= 0:
        return []
    rows = work.execute(
        _MOVES_SINCE, org=case.org_id, case=case.case_id, batch=case.batch_id, most=min(count, MOST)
    ).all()
    return [
        {
            "what": "state",
            "was": r.source,
            "now": r.target,
            "by": r.actor_name,
            "at": r.at.isoformat(),
            "reason": r.reason,
        }
        for r in rows
    ]


def _overrides(overrides: list[FindingOverride], version: int) -> list[dict[str, Any]]:
    """What was set aside since, and what counts again."""
    made = [
        {
            "what": "override",
            "check": one.check_id,
            "was": one.kind,
            "now": None,
            "by": one.by_name,
            "at": one.created_at.isoformat(),
            "reason": one.reason,
        }
        for one in overrides
        if one.case_version > version
    ]
    ended = [
        {
            "what": "override",
            "check": one.check_id,
            "was": one.kind,
            "now": one.ended_why,
            "by": one.ended_by_name,
            "at": one.ended_at.isoformat() if one.ended_at else None,
            "reason": one.ended_reason,
        }
        for one in overrides
        if (one.ended_version or 0) > version
    ]
    return [*made, *ended]


def _run(work: Work, case: Case, run_id: int | None) -> dict[str, Any]:
    was, is_now = (
        work.session.get(AuditRun, (case.org_id, number)) if number is not None else None
        for number in (run_id, case.run_id)
    )
    before, after = set(was.failed if was else ()), set(is_now.failed if is_now else ())
    return {
        "what": "run",
        "was": was.verdict if was else None,
        "now": is_now.verdict if is_now else None,
        "policy": is_now.policy if is_now else None,
        "at": is_now.created_at.isoformat() if is_now else None,
        "failed_new": sorted(after - before),
        "failed_gone": sorted(before - after),
    }


def _waiting(work: Work, case: Case) -> list[dict[str, Any]]:
    decisions = work.session.scalars(
        select(Decision).where(
            Decision.org_id == case.org_id, Decision.case_id == case.case_id, Decision.state == "waiting"
        )
    )
    return [
        {"what": "decision", "now": d.choice, "by": d.by_name, "at": d.created_at.isoformat(), "reason": d.reason}
        for d in decisions
    ]
