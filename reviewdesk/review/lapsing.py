"""When a finding that was set aside counts again: its day has passed, or it is not the finding that it was.

A case that comes back to the reviewers, from an audit above all, has what was set aside judged anew on the run that
holds now. The clock ends what had a last day; a decision looks at the day itself, so that it never rests on what has
lapsed and was not swept yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select

from reviewdesk.actor import system
from reviewdesk.audit.findings import StoredAnswer, packed
from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.relations import BatchFigures
from reviewdesk.audit.replaying import Replay, Seen
from reviewdesk.clock import now, today
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import NotFound
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.review.overrides import OPEN_STATES, counts, open_overrides, standing_of

EXPIRE: Final = "review:finding:expire"

READS_PERSONAL: Final = frozenset(
    {"capacity", "conduct", "duplicate", "identity", "jurisdiction", "procedure", "service"}
)
"""Families of checks that read personal data, which `Check.uses` does not name."""

AT_ONCE: Final = 200

_WITH_SOME = """
SELECT DISTINCT case_id FROM finding_overrides WHERE org_id = :org AND case_id = ANY(CAST(:ids AS bigint[]))
ORDER BY case_id
"""


def judge_anew(work: Work, org_id: UUID, case_ids: Sequence[int]) -> None:
    """Judge what was set aside in locked cases on their current runs: end what no longer holds, and mirror the rest."""
    ids = list(work.execute(_WITH_SOME, org=org_id, ids=list(case_ids)).scalars())
    if not ids:
        return
    found, figures = open_overrides(work, org_id, ids), dict[UUID, BatchFigures]()
    for case in _cases(work, org_id, ids):
        run = _current_run(work, case)
        if run is None:
            continue
        replay = Replay(work, case, figures)
        _end(work, case, {one: why for one in found.get(case.case_id, ()) if (why := _why(work, replay, run, one))})
        mirror(work, case, run)


def mirror(work: Work, case: Case, run: AuditRun | None) -> None:
    """Bring what stands of a locked case's run into the columns that the queue filters by."""
    standing = standing_of(run, open_overrides(work, case.org_id, [case.case_id]).get(case.case_id, ()))
    if standing is not None:
        case.verdict, case.failed = standing.verdict, list(standing.failed)
        work.session.flush()


def lapsed(overrides: Iterable[FindingOverride]) -> bool:
    """Whether the day of any has passed without anybody having noted its end."""
    return any(one.ended_at is None and not counts(one) for one in overrides)


_PASSED = """
SELECT DISTINCT c.case_id FROM finding_overrides o
JOIN cases c ON c.org_id = o.org_id AND c.case_id = o.case_id AND c.state = ANY(CAST(:states AS text[]))
WHERE o.org_id = :org AND o.ended_at IS NULL AND o.until < :today ORDER BY c.case_id LIMIT :most
"""


def sweep() -> int:
    """End what had a last day that has passed, in every organisation. Returns how many ended."""
    with unit_of_work(system(), duty="setup") as work:
        organisations = list(work.execute("SELECT org_id FROM organisations WHERE kind = 'platform'").scalars())
    return sum(_sweep(org_id) for org_id in organisations)


def _sweep(org_id: UUID) -> int:
    ended = 0
    while True:
        with unit_of_work(system(org_id)) as work:
            asked = {"today": today(), "states": list(OPEN_STATES), "most": AT_ONCE}
            ids = list(work.execute(_PASSED, org=org_id, **asked).scalars())
            ended += _end_passed(work, ids)
        if len(ids) < AT_ONCE:
            return ended


def _end_passed(work: Work, ids: list[int]) -> int:
    ended = 0
    for case in _cases(work, work.org_id, ids):
        found = open_overrides(work, work.org_id, [case.case_id]).get(case.case_id, ())
        passed = {one: "date" for one in found if not counts(one)}
        if not passed or case.state not in OPEN_STATES:  # somebody was faster
            continue
        case.version += 1
        _end(work, case, passed)
        mirror(work, case, _current_run(work, case))
        ended += len(passed)
    return ended


def _end(work: Work, case: Case, lapsing: Mapping[FindingOverride, str]) -> None:
    for one, why in lapsing.items():
        one.ended_at, one.ended_why, one.ended_version = now(), why, case.version
        one.ended_by_id, one.ended_by_name = work.actor.person_id, work.actor.name
        work.session.flush()
        record(
            work,
            EXPIRE,
            ("case", case.case_id),
            new={"check": one.check_id, "way": one.kind, "why": why, "override": str(one.override_id)},
            case_id=case.case_id,
            batch_id=case.batch_id,
        )


def _cases(work: Work, org_id: UUID, ids: Sequence[int]) -> list[Case]:
    """Cases as they stand in the database now, locked."""
    wanted = select(Case).where(Case.org_id == org_id, Case.case_id.in_(list(ids))).order_by(Case.case_id)
    locked = wanted.with_for_update(of=Case).execution_options(populate_existing=True)
    return list(work.session.scalars(locked))


def _current_run(work: Work, case: Case) -> AuditRun | None:
    return work.session.get(AuditRun, (case.org_id, case.run_id)) if case.run_id is not None else None


# ------------------------------------------------------------------------------------------- is it the same finding?


def _why(work: Work, replay: Replay, run: AuditRun, one: FindingOverride) -> str | None:
    """Why something that was set aside no longer counts under a run; None where it does.

    `date`; `facts`: a fact that the check uses is another; `related`: what other cases say, or the program, changed
    the finding; `policy`: another policy did; `time`: the later day alone gave it another outcome.
    """
    if not counts(one):
        return "date"
    first = work.session.get_one(AuditRun, (one.org_id, one.run_id))
    was, is_now = _answer(first.findings, one.check_id), _answer(run.findings, one.check_id)
    if (one.facts_version, one.policy, one.as_of) == (run.facts_version, run.policy, run.as_of) and was == is_now:
        return None
    if _used_differ(replay, one, run.facts_version):
        return "facts"
    version = run.facts_version
    seen = Seen.by(run)
    if _replayed(replay, one.check_id, version, one.policy, one.as_of, seen) != was:
        return "facts" if version != one.facts_version else "related"
    if run.policy != one.policy and not _policies_agree(replay, one, run):
        return "policy"
    return None if is_now is not None and was is not None and is_now[1:3] == was[1:3] else "time"


def _policies_agree(replay: Replay, one: FindingOverride, run: AuditRun) -> bool:
    under = ((name, run.as_of, Seen.by(run)) for name in (one.policy, run.policy))
    sides = [_replayed(replay, one.check_id, run.facts_version, *one_side) for one_side in under]
    return sides[0] == sides[1]


def _answer(findings: Sequence[Sequence[Any]], check: str) -> list[Any] | None:
    """What a stored run says by a check; None where it did not run it."""
    return next((list(answer) for answer in findings if answer[0] == check), None)


def _replayed(replay: Replay, check: str, *under: Any) -> list[Any] | None:
    """The same of a replay, in the form that is stored."""
    answer: StoredAnswer | None = replay.answers(*under).get(check)
    return None if answer is None else list(orjson.loads(packed([answer]))[0])


def _used_differ(replay: Replay, one: FindingOverride, version: int) -> bool:
    """Whether a fact that the check uses is another than when the finding was set aside."""
    if version == one.facts_version:
        return False
    try:
        then = replay.facts(one.facts_version)
    except NotFound:
        return True
    given, known = replay.facts(version), CHECKS.get(one.check_id)
    names = known.uses if known else ()
    if any(_bare(then.facts.get(name)) != _bare(given.facts.get(name)) for name in names):
        return True
    return one.check_id.partition(".")[0] in READS_PERSONAL and then.personal != given.personal


def _bare(value: Any) -> Any:
    """A fact without the places of its rows in their workbook."""
    if not isinstance(value, list):
        return value
    return [{name: part for name, part in row.items() if name != "row"} for row in value]
