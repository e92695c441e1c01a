"""Cases that leave their suit: settled, withdrawn or taken back, a case no longer goes to court with the others.

A suit of which one case is left is none any more, and ends with it.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from reviewdesk.clock import now
from reviewdesk.db import Work
from reviewdesk.errors import Text
from reviewdesk.journal.service import record
from reviewdesk.review.states import Verb

LEAVING: Final = frozenset({Verb.SETTLE, Verb.WITHDRAW, Verb.REVERSE})
"""What takes a case out of its suit; a returned case may come back, and the suit waits for it."""

LAST: Final = "last"

WHY: Final = {
    Verb.SETTLE.value: Text("已和解", "settled"),
    Verb.WITHDRAW.value: Text("已撤回", "withdrawn"),
    Verb.REVERSE.value: Text("批次已收回", "its batch was taken back"),
    LAST: Text("合并起诉只剩一件", "the suit had one case left"),
}
"""In words why a case left, where no person wrote it."""

_LEAVE = """
UPDATE joint_cases SET ended_at = :now, ended_by_name = :by, ended_reason = :why
WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[])) AND ended_at IS NULL AND (one_filing OR :apart)
RETURNING joint_id, case_id
"""

_ALONE = """
SELECT min(case_id) FROM joint_cases WHERE org_id = :org AND joint_id = ANY(CAST(:joints AS uuid[]))
AND ended_at IS NULL GROUP BY joint_id HAVING count(*) < 2
"""


def leave_suits(work: Work, org: UUID, case_ids: Sequence[int], why: str, *, apart: bool = False) -> list[int]:
    """Take cases out of the suits that they are in, each with an event; returns those that were in one.

    `why` is a verb of `LEAVING`, or what a person wrote. `apart`: out of a joint handling that is no suit as well.
    """
    left = _leave(work, org, case_ids, why, apart=apart)
    joints = list({row.joint_id for row in left})
    if joints:
        alone = list(work.execute(_ALONE, org=org, joints=joints).scalars())
        _leave(work, org, alone, LAST, apart=apart)
    return [row.case_id for row in left]


def _leave(work: Work, org: UUID, case_ids: Sequence[int], why: str, *, apart: bool) -> list[Any]:
    given = {"org": org, "ids": list(case_ids), "why": why, "apart": apart}
    left = work.execute(_LEAVE, **given, now=now(), by=work.actor.name).all() if case_ids else []
    for row in left:
        record(
            work,
            "review:joint:leave",
            ("joint", row.joint_id),
            new={"joint": str(row.joint_id), "reason": why},
            case_id=row.case_id,
            org_id=org,
        )
    return list(left)
