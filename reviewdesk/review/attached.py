"""What is attached to cases: as a part of their facts, and as the pages list it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from reviewdesk.audit.sheets import ATTACHED
from reviewdesk.clock import SHANGHAI
from reviewdesk.db import Work
from reviewdesk.intake.models import Attachment, Case
from reviewdesk.intake.superseding import keep
from reviewdesk.review.auditing_anew import audit_anew

MOST_SHOWN = 500


def feed(work: Work, cases: Sequence[Case]) -> None:
    """Make what is attached to locked cases part of their facts, and have those that wait for a decision audited anew.

    A returned case is audited when it is answered, a case that is being audited sees what was attached before its turn,
    and a decided one stays as it was decided.
    """
    by_id = {case.case_id: case for case in cases}
    items = _items(work, list(by_id))
    given = {case_id: _with_attached(case, items.get(case_id, [])) for case_id, case in by_id.items()}
    keep(work, [case_id for case_id, facts in given.items() if facts != by_id[case_id].facts], "attachment")
    changed = [case for case in by_id.values() if _change(case, given[case.case_id])]
    work.session.flush()
    audit_anew(work, changed, "附件有变化")


def _with_attached(case: Case, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The facts of a case with what is attached to it."""
    facts = {name: value for name, value in case.facts.items() if name != ATTACHED}
    return facts | ({ATTACHED: items} if items else {})


def _change(case: Case, facts: dict[str, Any]) -> bool:
    """Write the facts with what is attached; whether that changes which kinds of evidence there are."""
    if facts == case.facts:
        return False
    before, after = _kinds(case.facts), _kinds(facts)
    case.facts, case.facts_version = facts, case.facts_version + 1
    return before != after


def _kinds(facts: Mapping[str, Any]) -> set[str]:
    return {item["kind"] for item in facts.get(ATTACHED, ())}


_ITEMS = """
SELECT case_id, kind, sha256, created_at FROM attachments
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND kind IS NOT NULL AND removed_at IS NULL
ORDER BY created_at, attachment_id
"""


def _items(work: Work, case_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The evidence of each case as its facts hold it."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in work.execute(_ITEMS, org=work.org_id, ids=case_ids):
        on = row.created_at.astimezone(SHANGHAI).date().isoformat()
        item = {"row": 0, "kind": row.kind, "state": "present", "sha256": row.sha256, "attached_on": on}
        found.setdefault(row.case_id, []).append(item)
    return found


def attachments_of(work: Work, org_id: UUID, case_id: int) -> list[Attachment]:
    """The present files of a case, oldest first; `org_id` is the case's organisation."""
    return list(
        work.session.scalars(
            select(Attachment)
            .where(Attachment.org_id == org_id, Attachment.case_id == case_id, Attachment.removed_at.is_(None))
            .order_by(Attachment.created_at, Attachment.attachment_id)
        )
    )


@dataclass(frozen=True, slots=True)
class OfBatch:
    """The files of a batch: how many have a case, how many cases have files, and those without a case."""

    files: int
    cases: int
    size: int
    unmatched: list[Attachment]
    latest: list[Any]


_COUNTS = """
SELECT count(case_id) AS files, count(DISTINCT case_id) AS cases, coalesce(sum(size), 0)::bigint AS size
FROM attachments WHERE org_id = :org AND batch_id = :batch AND removed_at IS NULL
"""

_LATEST = """
SELECT a.attachment_id, a.case_id, a.name, a.folder, a.kind, a.size, a.sha256, a.created_at, c.number, c.account_no
FROM attachments a JOIN cases c ON c.org_id = a.org_id AND c.case_id = a.case_id
WHERE a.org_id = :org AND a.batch_id = :batch AND a.removed_at IS NULL
ORDER BY a.created_at DESC, a.attachment_id DESC LIMIT :most
"""


def of_batch(work: Work, batch_id: UUID, most: int = MOST_SHOWN) -> OfBatch:
    """What is attached to a batch."""
    counts = work.execute(_COUNTS, org=work.org_id, batch=batch_id).one()
    unmatched = select(Attachment).where(
        Attachment.org_id == work.org_id,
        Attachment.batch_id == batch_id,
        Attachment.case_id.is_(None),
        Attachment.removed_at.is_(None),
    )
    return OfBatch(
        counts.files,
        counts.cases,
        counts.size,
        list(work.session.scalars(unmatched.order_by(Attachment.created_at, Attachment.attachment_id).limit(most))),
        list(work.execute(_LATEST, org=work.org_id, batch=batch_id, most=most)),
    )
