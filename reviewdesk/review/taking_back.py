"""Taking a batch back in one step: its untouched cases are reversed, and their account numbers are free again.

A case on which a person worked is kept, one that was decided upon stays as it is; each with the reason, for the page.
The one who takes back asks; a job does it in one transaction, so that a large batch does not hold a request up.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import select

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.audit.service import AGAIN_JOB
from reviewdesk.clock import now
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, Refusal, Text
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.models import Batch
from reviewdesk.intake.unlocked import release
from reviewdesk.journal.service import record
from reviewdesk.review.discretion import discreet
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import SENIOR, UPLOADER, Verb

JOB: Final = "review.take_back"
FROM: Final = ("auditing", "ready")
"""The states in which a batch can be taken back."""

MOST_REASON: Final = 2000
KEPT_PER_PAGE: Final = 50

Outcome = Literal["kept", "blocked"]

REASONS: Mapping[str, Text] = {
    "decided": Text("有人作过决定", "somebody decided on it"),
    "proposed": Text("有待复核的决定", "a decision waits for a second person"),
    "commented": Text("有人写过备注", "somebody commented on it"),
    "set_aside": Text("有人处理过审核结论", "somebody set findings aside"),
    "edited": Text("事实被修改或更新过", "its facts were edited or updated"),
    "claimed": Text("有人正在处理", "somebody is working on it"),
    "approved": Text("已同意起诉", "approved for litigation"),
    "settled": Text("已和解", "settled"),
    "performing": Text("和解履行中", "its settlement is being performed"),
    "breached": Text("和解已违约", "its settlement was breached"),
    "entrusted": Text("已委托律所", "entrusted to a law firm"),
    "filed": Text("已立案", "filed in court"),
    "closed": Text("已结案", "closed"),
}
"""Why a case is not reversed."""

_JUDGED = """
SELECT c.case_id, c.state,
       CASE WHEN c.state IN ('approved', 'settled', 'performing', 'breached', 'entrusted', 'filed', 'closed')
            THEN c.state
            WHEN d.case_id IS NOT NULL AND d.proposed THEN 'proposed'
            WHEN d.case_id IS NOT NULL OR c.state IN ('escalated', 'returned', 'withdrawn') THEN 'decided'
            WHEN EXISTS (SELECT 1 FROM comments m WHERE m.org_id = c.org_id AND m.case_id = c.case_id) THEN 'commented'
            WHEN EXISTS (SELECT 1 FROM finding_overrides o WHERE o.org_id = c.org_id AND o.case_id = c.case_id)
            THEN 'set_aside'
            WHEN c.edited_by IS NOT NULL THEN 'edited'
            WHEN c.assignee_id IS NOT NULL AND (c.lease_until IS NULL OR c.lease_until > now()) THEN 'claimed'
       END AS why
FROM cases c
LEFT JOIN (SELECT case_id, bool_or(state = 'waiting') AS proposed FROM decisions WHERE org_id = :org GROUP BY case_id) d
       ON d.case_id = c.case_id
WHERE c.org_id = :org AND c.batch_id = :batch AND c.state <> 'reversed'
ORDER BY c.case_id
"""

_LOCK = """
SELECT case_id FROM cases WHERE org_id = :org AND batch_id = :batch AND state <> 'reversed'
ORDER BY case_id FOR UPDATE
"""

_KEEP = """
INSERT INTO kept_cases (org_id, batch_id, case_id, outcome, reason)
SELECT :org, :batch, case_id, outcome, reason
FROM unnest(CAST(:ids AS bigint[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[])) AS k(case_id, outcome, reason)
"""

_KEPT = """
SELECT k.case_id, c.number, c.state, k.outcome, k.reason
FROM kept_cases k JOIN cases c ON c.org_id = k.org_id AND c.case_id = k.case_id
WHERE k.org_id = :org AND k.batch_id = :batch AND k.case_id > :after ORDER BY k.case_id LIMIT :most
"""


def outcome_of(why: str) -> Outcome:
    """Whether a case that is not reversed for this reason is kept or blocked."""
    return "kept" if why in ("decided", "proposed", "commented", "set_aside", "edited", "claimed") else "blocked"


@dataclass(frozen=True, slots=True)
class Prospect:
    """What taking a batch back would do: cases that are reversed, and how many others there are by reason."""

    reversed: int
    kept: dict[str, int]
    blocked: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """For the batch and the journal."""
        return {"reversed": self.reversed, "kept": self.kept, "blocked": self.blocked}

    @classmethod
    def of(cls, whys: Counter[str | None]) -> "Prospect":
        """Count the reasons; None stands for a case that is reversed."""
        others = {why: number for why, number in sorted(whys.items(), key=str) if why is not None}
        return cls(
            whys[None],
            {why: number for why, number in others.items() if outcome_of(why) == "kept"},
            {why: number for why, number in others.items() if outcome_of(why) == "blocked"},
        )


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A case that taking its batch back left as it is. `reason` is a key of `REASONS`."""

    case_id: int
    number: str
    state: str
    outcome: Outcome
    reason: str


def may_take_back(actor: Actor, batch: Batch) -> bool:
    """Whether the actor may take the batch back: whoever uploaded it, and senior reviewers."""
    return actor.has(SENIOR) or (actor.has(UPLOADER) and actor.person_id is not None and actor.person_id == batch.by_id)


def prospect(work: Work, batch_id: UUID) -> Prospect:
    """What taking the batch back now would do.

    Raises:
        NotFound: the organisation has no such batch.
    """
    find_batch(work, batch_id)
    rows = work.execute(_JUDGED, org=work.org_id, batch=batch_id)
    return Prospect.of(Counter(row.why for row in rows))


def kept_cases(work: Work, batch_id: UUID, *, after: int = 0, size: int = KEPT_PER_PAGE) -> list[KeptCase]:
    """The cases of a batch that taking it back left as they are, one more than `size` where there is one."""
    rows = work.execute(_KEPT, org=work.org_id, batch=batch_id, after=after, most=size + 1)
    return [KeptCase(**row._mapping) for row in rows]


def take_back(actor: Actor, batch_id: UUID, reason: str) -> Batch:
    """Ask that a batch be taken back; asking twice does it once.

    Raises:
        Invalid: there is no reason, or it is too long.
        NotFound: the organisation has no such batch.
        NotAllowed: the actor neither uploaded it nor is a senior reviewer.
        Conflict: `batch.state`, when it is not loaded, or was taken back.
    """
    words = discreet(reason.strip())
    if not words or len(words) > MOST_REASON:
        raise Invalid(
            "take_back.reason",
            Text(f"请写明撤回理由，不超过 {MOST_REASON} 字。", f"Give a reason of at most {MOST_REASON} characters."),
            field="reason",
        )
    with unit_of_work(actor) as work:
        find_batch(work, batch_id, "review:batch:take_back")
        batch = _lock(work, batch_id)
        if not may_take_back(actor, batch):
            raise NotAllowed(
                "batch.take_back_not_allowed",
                Text("只有上传人和高级审核员可以撤回批次。", "Only its uploader or a senior reviewer may do this."),
                refusal=Refusal("review:batch:take_back", ("batch", str(batch_id)), batch_id=str(batch_id)),
            )
        if batch.state == "taking_back":
            return batch
        if batch.state not in FROM:
            raise Conflict(
                "batch.state",
                Text("只有已导入的批次可以撤回。", "Only a batch that was loaded is taken back."),
                state=batch.state,
            )
        old, batch.state, batch.version = batch.state, "taking_back", batch.version + 1
        batch.taken_back = {"reason": words, "by": actor.name, "at": now().isoformat()}
        record(
            work,
            "review:batch:ask_take_back",
            ("batch", batch_id),
            old={"state": old},
            new={"state": "taking_back", "reason": words},
            batch_id=batch_id,
        )
        outbox.add(work, JOB, {"batch_id": str(batch_id)}, key=str(batch_id))
    return batch


def run(work: Work, args: dict[str, Any], report: Any) -> None:
    """The job `review.take_back`: reverse what nobody worked on, and say of every other case why it stays.

    Cases are locked before their batch, as an audit does that ends at the same time.
    """
    batch_id = UUID(args["batch_id"])
    count = len(work.execute(_LOCK, org=work.org_id, batch=batch_id).all())
    batch = _lock(work, batch_id)
    if batch.state != "taking_back":
        return
    report(phase="take_back", done=0, total=count)
    rows = work.execute(_JUDGED, org=work.org_id, batch=batch_id).all()
    reason = (batch.taken_back or {})["reason"]
    free = [row.case_id for row in rows if row.why is None]
    if free:
        move_cases(work, Verb.REVERSE, free, reason=reason)
    others = [row for row in rows if row.why is not None]
    _keep(work, batch, others)
    result = Prospect.of(Counter(row.why for row in rows)).as_json()
    batch.taken_back = {**(batch.taken_back or {}), **result}
    batch.state, batch.version = "taken_back", batch.version + 1
    record(
        work,
        "review:batch:take_back",
        ("batch", batch_id),
        old={"state": "taking_back"},
        new={"state": "taken_back", "reason": reason, **result},
        batch_id=batch_id,
        cases=free,
    )
    release(work, batch)
    report(done=count, total=count)


def _keep(work: Work, batch: Batch, others: list[Any]) -> None:
    """Write down the cases that stay, and see to it that those which wait for their audit get one."""
    if not others:
        return
    work.execute(
        _KEEP,
        org=work.org_id,
        batch=batch.batch_id,
        ids=[row.case_id for row in others],
        outcomes=[outcome_of(row.why) for row in others],
        reasons=[row.why for row in others],
    )
    waiting = [row.case_id for row in others if row.state == "received"]
    if waiting:
        outbox.add(work, AGAIN_JOB, {"case_ids": waiting}, key=f"{batch.batch_id}-kept")


def _lock(work: Work, batch_id: UUID) -> Batch:
    """Lock a batch, though not against audits whose runs refer to it."""
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    locked = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    return work.session.scalars(locked).one()
