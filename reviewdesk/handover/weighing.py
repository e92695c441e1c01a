"""The risks of suing the cases of a batch: weighed by a worker, which keeps the result and says when it was made.

A batch is weighed once its audit is done, and whenever somebody asks, then with a workbook of each case.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from flask import current_app
from sqlalchemy import text

from reviewdesk import outbox
from reviewdesk.actor import Actor
from reviewdesk.audit.packing import unpack
from reviewdesk.audit.policy import BUILT_IN, Parameters
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.audit.weighing.batch import Indicator, batch_figures, indicators
from reviewdesk.audit.weighing.case import Weighing, weigh
from reviewdesk.audit.weighing.cost_figures import PROCEDURES
from reviewdesk.audit.weighing.figure import Figure
from reviewdesk.audit.weighing.filing import Filing
from reviewdesk.audit.weighing.scales import Scales
from reviewdesk.audit.weighing.sums import About, Sums
from reviewdesk.clock import now, today
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Text
from reviewdesk.handover.models import BatchWeighing
from reviewdesk.handover.suits import suits_of
from reviewdesk.handover.weighing_book import CaseLine, write_book
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.models import Batch
from reviewdesk.journal.files import digest, written_whole
from reviewdesk.journal.service import record
from reviewdesk.review.overrides import IN_FORCE, Kind
from reviewdesk.review.states import State
from reviewdesk.review.weighing_suits import ScaleShelf, suits_of_batch
from reviewdesk.review.words import STATES, VERDICTS
from reviewdesk.store import open_store

JOB = "handover.weigh"

SUED = (
    State.IN_REVIEW,
    State.ESCALATED,
    State.RETURNED,
    State.APPROVED,
    State.BREACHED,
    State.ENTRUSTED,
    State.FILED,
)
"""The states of cases that are weighed: those that may still be sued, and those that are being."""

WORDS: Mapping[str, Mapping[str, Text]] = {
    "verdicts": VERDICTS,
    "states": STATES,
    "procedures": PROCEDURES,
    "advice": {
        "loses": Text("入不敷出", "costs more than it brings"),
        "defended": Text("有净回收，有不通过项对应的抗辩", "brings more, with defences behind failed checks"),
        "gains": Text("有净回收", "brings more than it costs"),
    },
}
"""What the groups of the sums are called."""

REPORTED = 1000
"""After how many cases the progress is told."""


# ------------------------------------------------------------------------------------------------- asking


def ask(actor: Actor, batch_id: UUID) -> None:
    """Ask that a batch be weighed anew, with its workbook; while that is under way, asking again adds nothing.

    Raises:
        NotFound: the organisation has no such batch.
        Conflict: the batch is not audited yet.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id, "handover:weighing:ask")
        if batch.audited_at is None:
            raise Conflict("weighing.not_audited", NOT_AUDITED)
        if not work.execute(_ASKED, org=work.org_id, kind=JOB, keys=f"{batch_id}:%").scalar():
            begin(work, batch_id, book=True)
            record(work, "handover:weighing:ask", ("batch", batch_id), batch_id=batch_id)


_ASKED = """
SELECT EXISTS (SELECT 1 FROM jobs WHERE org_id = :org AND kind = :kind AND key LIKE :keys
               AND state IN ('pending', 'running') AND args @> '{"book": true}')
"""

NOT_AUDITED = Text("批次审核完成后才能测算。", "A batch can be weighed once its audit is done.")


def begin(work: Work, batch_id: UUID, *, book: bool = False) -> None:
    """Have a worker weigh a batch whose audit is done, and write its workbook where `book` says so."""
    outbox.add(work, JOB, {"batch_id": str(batch_id), "book": book}, key=f"{batch_id}:{new_id()}")


_JOB = """
SELECT state FROM jobs WHERE org_id = :org AND kind = :kind AND key LIKE :keys ORDER BY number DESC LIMIT 1
"""


def _job_state(work: Work, batch_id: UUID) -> str | None:
    found: str | None = work.execute(_JOB, org=work.org_id, kind=JOB, keys=f"{batch_id}:%").scalar()
    return found


# ------------------------------------------------------------------------------------------------- making


def run(work: Work, args: Mapping[str, Any], report: Any) -> None:
    """The job: weigh every case of a batch, and put the result in place of the one made before.

    It is as of when the job began: what changes while it runs counts as later.
    """
    began = now()
    batch = find_batch(work, UUID(args["batch_id"]))
    sums, policy, suits = Sums(), batch.policy or BUILT_IN, suits_of(work, batch.batch_id)
    lines = _told(_lines(work, batch, sums), report)
    book = _book(work, batch, lines, sums, suits) if args.get("book") else _counted(lines)
    made = work.session.get(BatchWeighing, (work.org_id, batch.batch_id), with_for_update=True)
    if made is None:
        made = BatchWeighing(org_id=work.org_id, batch_id=batch.batch_id)
        work.session.add(made)
    made.made_at, made.policy, made.sums, made.suits = began, policy, sums.as_json(), suits
    made.path, made.size, made.sha256 = book.path, book.size, book.sha256
    record(
        work,
        "handover:weighing:make",
        ("batch", batch.batch_id),
        new={"cases": sums.cases, "sha256": book.sha256},
        batch_id=batch.batch_id,
    )


class _Book(NamedTuple):
    path: str | None = None
    size: int | None = None
    sha256: str | None = None


def _counted(lines: Iterator[CaseLine]) -> _Book:
    """Let all cases pass; there is no workbook."""
    deque(lines, maxlen=0)
    return _Book()


def _book(work: Work, batch: Batch, lines: Iterator[CaseLine], sums: Sums, suits: list[dict[str, Any]]) -> _Book:
    numbers = policy_of(work.org_id, batch.policy or BUILT_IN).parameters
    path = f"weighings/{work.org_id}/{batch.batch_id}.xlsx"
    with written_whole(path) as part:
        write_book(part, lines, lambda: _summary(sums.as_json(), suits, numbers))
        return _Book(path, part.stat().st_size, digest(part))


_CASES = """
SELECT c.case_id, c.number, c.account_no, c.lender_name, c.state, c.claimed, c.days_overdue, c.verdict, r.claimable,
       r.findings, r.policy, r.as_of, 'jurisdiction.agreed' = ANY(r.failed || r.warned) AS far,
       f.facts ->> 'agreed_court' AS court,
       (SELECT count(*) FROM finding_overrides o
        WHERE o.org_id = c.org_id AND o.case_id = c.case_id AND {in_force}) AS set_aside
FROM cases c
JOIN audit_runs r ON r.org_id = c.org_id AND r.run_id = c.run_id
JOIN case_files f ON f.org_id = c.org_id AND f.case_id = c.case_id
WHERE c.org_id = :org AND c.batch_id = :batch AND c.state = ANY(:states)
ORDER BY c.case_id
"""


def _lines(work: Work, batch: Batch, sums: Sums) -> Iterator[CaseLine]:
    """The cases one after the other, each added to the sums; those that cannot be weighed are counted."""
    values = {"org": work.org_id, "batch": batch.batch_id, "states": list(SUED), "today": today()}
    query = text(_CASES.format(in_force=IN_FORCE))
    overridden, shelf = _overridden(work, batch), ScaleShelf(work.org_id)
    suits = suits_of_batch(work, batch.batch_id, shelf)
    for row in work.session.execute(query, values, execution_options={"yield_per": 1000}):
        scales, suit = shelf.of(row.policy, row.as_of), suits.get(row.number)
        made = _weighed(row, scales, overridden.get(row.case_id, ()), suit)
        if made is None:
            sums.leave_out(row.number, suit)
            continue
        sums.add(made, About(row.verdict, row.state, row.lender_name, row.court, row.far, scales.small_suit))
        told = (row.number, row.account_no, row.lender_name, row.court, row.state, row.verdict, row.set_aside)
        yield CaseLine(*told, made)


def _weighed(row: Any, scales: Scales, overridden: Collection[str], suit: Filing | None) -> Weighing | None:
    claim = row.claimed if row.claimable is None else row.claimable
    return weigh(scales, unpack(row.findings), claim, row.days_overdue, overridden, suit, row.number)


_OVERRIDDEN = """
SELECT o.case_id, array_agg(o.check_id) AS checks
FROM finding_overrides o JOIN cases c ON c.org_id = o.org_id AND c.case_id = o.case_id
WHERE o.org_id = :org AND c.batch_id = :batch AND o.kind = :kind AND o.ended_at IS NULL
  AND (o.until IS NULL OR o.until >= :today)
GROUP BY o.case_id
"""


def _overridden(work: Work, batch: Batch) -> dict[int, list[str]]:
    """The checks whose findings a person has overridden, by case."""
    rows = work.execute(_OVERRIDDEN, org=work.org_id, batch=batch.batch_id, kind=Kind.OVERRIDE, today=today())
    return {row.case_id: row.checks for row in rows}


def _told(lines: Iterator[CaseLine], report: Any) -> Iterator[CaseLine]:
    for number, line in enumerate(lines, 1):
        if number % REPORTED == 0:
            report(done=number)
        yield line


def _summary(sums: Mapping[str, Any], suits: list[dict[str, Any]], numbers: Parameters) -> list[Figure]:
    return [*batch_figures(sums), *(one.figure for one in indicators(sums, suits, numbers))]


# ------------------------------------------------------------------------------------------------ reading


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch with its weighing, where it was made, and its job's state: pending, running, done, failed, or None.

    `since` is how many cases were audited anew, had findings set aside, or were joined, parted or in one suit with a
    case that was audited anew, after it was made.
    """

    batch: Batch
    made: BatchWeighing | None
    job: str | None
    since: int
    figures: list[Figure]
    indicators: list[Indicator]

    @property
    def busy(self) -> bool:
        """Whether a worker is at it or will be."""
        return self.job in ("pending", "running")

    def figure(self, name: str) -> Figure:
        """The figure of a name, which there is where cases were weighed."""
        return next(one for one in self.figures if one.name == name)


_SINCE = """
SELECT count(*) FROM (
    SELECT case_id FROM audit_runs WHERE org_id = :org AND batch_id = :batch AND is_current AND created_at > :made
    UNION
    SELECT o.case_id FROM finding_overrides o JOIN cases c ON c.org_id = o.org_id AND c.case_id = o.case_id
    WHERE o.org_id = :org AND c.batch_id = :batch AND greatest(o.created_at, o.ended_at) > :made
    UNION
    SELECT j.case_id FROM joint_cases j JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id
    WHERE j.org_id = :org AND c.batch_id = :batch AND j.one_filing AND greatest(j.created_at, j.ended_at) > :made
    UNION
    SELECT j.case_id FROM joint_cases j JOIN cases c ON c.org_id = j.org_id AND c.case_id = j.case_id
    JOIN joint_cases other ON other.org_id = j.org_id AND other.joint_id = j.joint_id AND other.ended_at IS NULL
    JOIN audit_runs r ON r.org_id = other.org_id AND r.case_id = other.case_id AND r.is_current AND r.created_at > :made
    WHERE j.org_id = :org AND c.batch_id = :batch AND j.one_filing AND j.ended_at IS NULL
) AS changed
"""


def open_weighing(actor: Actor, batch_id: UUID) -> Opened:
    """The weighing of a batch.

    Raises:
        NotFound: the organisation has no such batch.
    """
    with unit_of_work(actor) as work:
        batch = find_batch(work, batch_id, "handover:weighing:open")
        made = work.session.get(BatchWeighing, (work.org_id, batch_id))
        job = _job_state(work, batch_id)
        if made is None:
            return Opened(batch, None, job, 0, [], [])
        since = work.execute(_SINCE, org=work.org_id, batch=batch_id, made=made.made_at).scalar_one()
        numbers = policy_of(work.org_id, made.policy).parameters
        told = indicators(made.sums, made.suits, numbers)
        return Opened(batch, made, job, since, batch_figures(made.sums), told)


def required(found: Opened) -> BatchWeighing:
    """The weighing itself.

    Raises:
        Conflict: it was not made yet.
    """
    if found.made is None:
        raise Conflict("weighing.not_made", NOT_MADE if found.batch.audited_at else NOT_AUDITED)
    return found.made


NO_BOOK = Text("还没有工作簿，请先重新测算。", "There is no workbook yet; weigh the batch again to have one.")
NOT_MADE = Text("本批次尚未测算，请先提交测算。", "The batch was not weighed yet; ask for it first.")


def download(actor: Actor, batch_id: UUID) -> tuple[Path, str]:
    """The workbook of a batch's weighing, and its name; an event.

    Raises:
        NotFound: the organisation has no such batch.
        Conflict: it was not made yet, or without a workbook.
    """
    found = open_weighing(actor, batch_id)
    made = required(found)
    if made.path is None:
        raise Conflict("weighing.no_book", NO_BOOK)
    with unit_of_work(actor) as work:
        record(
            work,
            "handover:weighing:download",
            ("batch", batch_id),
            new={"sha256": made.sha256},
            batch_id=batch_id,
        )
    store = open_store(current_app.extensions["reviewdesk.settings"])
    return store.locate(made.path, made.sha256), f"起诉风险测算-{found.batch.name}.xlsx"
