"""Reads for the dashboard, the search box and the operations page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, func, or_, select, tuple_, union_all

from reviewdesk.accounts.models import Invitation, Person
from reviewdesk.actor import Actor
from reviewdesk.clock import now, today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Text
from reviewdesk.handover.models import Entrustment
from reviewdesk.intake.models import Batch, Case, CaseFile
from reviewdesk.journal import words
from reviewdesk.journal.models import Event, Export
from reviewdesk.outbox import Job
from reviewdesk.pages import Page, page_of
from reviewdesk.review.models import Decision
from reviewdesk.review.overrides import aside_of_case
from reviewdesk.vault import vault

NEAR_DAYS = 90  # a limitation that ends within this many days goes first
SEARCH_LIMIT = 50
JOBS_PER_PAGE = 50
RECENT_BATCHES = 6
SHORT_LIST = 8

OPEN_STATES = ("received", "auditing", "in_review", "escalated", "returned")
BUSY_BATCHES = ("uploaded", "loading", "auditing", "taking_back")


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How the cases that this organisation sees are spread, and what waits."""

    by_state: dict[str, int]
    waiting_by_verdict: dict[str, int]
    near: int
    expired: int
    mine: int
    waiting_sum: int
    clear_aside: int  # waiting cases that are clear with findings set aside

    @property
    def total(self) -> int:
        """All cases."""
        return sum(self.by_state.values())


def count_cases(actor: Actor) -> CaseCounts:
    """Count the cases of the reader's organisation by state, verdict, limitation and claim; sums in fen."""
    waiting = Case.state.in_(("in_review", "escalated"))
    with unit_of_work(actor) as work:
        states = work.session.execute(
            select(Case.state, func.count())
            .where(Case.org_id == work.org_id, Case.state != "reversed")
            .group_by(Case.state)
        )
        by_state = dict(states.all())
        verdicts = work.session.execute(
            select(Case.verdict, func.count())
            .where(Case.org_id == work.org_id, waiting, Case.verdict.is_not(None))
            .group_by(Case.verdict)
        )
        by_verdict = {verdict: number for verdict, number in verdicts if verdict}
        near, expired, mine, total = work.session.execute(
            select(
                func.count().filter(Case.limitation_expiry.between(today(), today() + timedelta(days=NEAR_DAYS))),
                func.count().filter(Case.limitation_expiry < today()),
                func.count().filter(
                    Case.assignee_id == actor.person_id, or_(Case.lease_until.is_(None), Case.lease_until > now())
                ),
                func.coalesce(func.sum(Case.claimed), 0),
            ).where(Case.org_id == work.org_id, waiting)
        ).one()
        aside = work.session.scalar(
            select(func.count()).where(
                Case.org_id == work.org_id, waiting, Case.verdict == "clear", aside_of_case().exists()
            )
        )
    return CaseCounts(by_state, by_verdict, near, expired, mine, int(total or 0), aside or 0)


@dataclass(frozen=True, slots=True)
class Found:
    """One case in a short list."""

    case_id: int
    number: str
    account_no: str
    borrower: str
    state: str
    verdict: str | None
    set_aside: int
    claimed: int | None
    limitation_expiry: date | None
    state_since: datetime


def _short() -> Select[Any]:
    return select(
        Case.case_id,
        Case.number,
        Case.account_no,
        Case.borrower,
        Case.state,
        Case.verdict,
        aside_of_case().with_only_columns(func.count()).scalar_subquery(),
        Case.claimed,
        Case.limitation_expiry,
        Case.state_since,
    )


def urgent_cases(actor: Actor) -> list[Found]:
    """The waiting cases whose limitation ends first."""
    with unit_of_work(actor) as work:
        rows = work.session.execute(
            _short()
            .where(
                Case.org_id == work.org_id,
                Case.state.in_(("in_review", "escalated")),
                Case.limitation_expiry.is_not(None),
            )
            .order_by(Case.limitation_expiry, Case.case_id)
            .limit(SHORT_LIST)
        ).all()
    return [Found(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused attempt, in the journal's words."""

    event_id: int
    at: datetime
    who: str
    what: Text


def recent_refusals(actor: Actor) -> list[Refused]:
    """The latest refused attempts in the organisation's journal."""
    with unit_of_work(actor) as work:
        rows = work.session.execute(
            select(Event.event_id, Event.at, Event.actor_name, Event.action)
            .where(Event.org_id == work.org_id, Event.outcome == "refused")
            .order_by(Event.event_id.desc())
            .limit(SHORT_LIST)
        ).all()
    return [Refused(number, at, who, words.title(action)) for number, at, who, action in rows]


def count_second_approvals(actor: Actor) -> int:
    """Decisions that wait for a second person, other than those that the reader proposed."""
    with unit_of_work(actor) as work:
        return work.session.execute(
            select(func.count()).where(
                Decision.org_id == work.org_id,
                Decision.state == "waiting",
                Decision.by_id != actor.person_id,
            )
        ).scalar_one()


def count_entrustments(actor: Actor) -> dict[str, int]:
    """Live entrustments by state: for a law firm those it received, for a platform those it gave."""
    with unit_of_work(actor) as work:
        rows = work.session.execute(
            select(Entrustment.state, func.count())
            .where(
                or_(Entrustment.firm_id == work.org_id, Entrustment.org_id == work.org_id),
                Entrustment.ended_at.is_(None),
            )
            .group_by(Entrustment.state)
        )
        return dict(rows.all())


def recent_batches(actor: Actor) -> list[Batch]:
    """The latest batches of the organisation, newest first."""
    with unit_of_work(actor) as work:
        return list(
            work.session.execute(
                select(Batch).where(Batch.org_id == work.org_id).order_by(Batch.created_at.desc()).limit(RECENT_BATCHES)
            ).scalars()
        )


def count_batches(actor: Actor) -> dict[str, int]:
    """Batches by state."""
    with unit_of_work(actor) as work:
        rows = work.session.execute(
            select(Batch.state, func.count()).where(Batch.org_id == work.org_id).group_by(Batch.state)
        )
        return dict(rows.all())


def count_events_today(actor: Actor) -> tuple[int, int]:
    """How many events the journal got since midnight in Shanghai, and how many of them were refused attempts."""
    with unit_of_work(actor) as work:
        midnight = func.timezone("Asia/Shanghai", func.date_trunc("day", func.timezone("Asia/Shanghai", func.now())))
        done, refused = work.session.execute(
            select(func.count(), func.count().filter(Event.outcome == "refused")).where(
                Event.org_id == work.org_id, Event.at >= midnight
            )
        ).one()
        return done, refused


def count_my_exports(actor: Actor) -> int:
    """Exports of the reader that are ready to download."""
    with unit_of_work(actor) as work:
        return work.session.execute(
            select(func.count()).where(
                Export.org_id == work.org_id, Export.by_id == actor.person_id, Export.state == "ready"
            )
        ).scalar_one()


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """Who can sign in, and who was asked to join and has not yet."""

    active: int
    invited: int


def count_people(actor: Actor) -> PeopleCounts:
    """Active people and open invitations of the organisation."""
    with unit_of_work(actor) as work:
        active = work.session.execute(
            select(func.count()).where(Person.org_id == work.org_id, Person.state == "active")
        ).scalar_one()
        invited = work.session.execute(
            select(func.count()).where(
                Invitation.org_id == work.org_id,
                Invitation.accepted_at.is_(None),
                Invitation.withdrawn_at.is_(None),
                Invitation.expires_at > now(),
            )
        ).scalar_one()
    return PeopleCounts(active, invited)


def count_jobs(actor: Actor) -> dict[str, int]:
    """Jobs of the organisation by state."""
    with unit_of_work(actor) as work:
        rows = work.session.execute(
            select(Job.state, func.count()).where(Job.org_id == work.org_id).group_by(Job.state)
        )
        return dict(rows.all())


def list_jobs(actor: Actor, state: str | None, before: int | None) -> Page[Job]:
    """The organisation's jobs, newest first; `before` is the number of the last job of the page before."""
    wanted = select(Job).where(Job.org_id == actor.org_id)
    if state:
        wanted = wanted.where(Job.state == state)
    if before is not None:
        wanted = wanted.where(Job.number < before)
    with unit_of_work(actor) as work:
        rows = list(work.session.execute(wanted.order_by(Job.number.desc()).limit(JOBS_PER_PAGE + 1)).scalars())
    return page_of(rows, JOBS_PER_PAGE, lambda job: str(job.number), first=before is None)


def find_cases(actor: Actor, wanted_text: str) -> list[Found]:
    """Cases whose number, account, borrower's name, ID number or phone equals the text; personal ones by blind index.

    A law firm finds the cases entrusted to it by number only: the blind indexes are keyed by the platform.
    """
    if actor.org_id is None:
        return []
    text = wanted_text.strip()
    wanted = or_(
        Case.number == text.upper(),
        Case.account_no == text,
        tuple_(Case.org_id, Case.case_id).in_(_files_of(text, actor.org_id)),
    )
    with unit_of_work(actor) as work:
        rows = work.session.execute(_short().where(wanted).order_by(Case.case_id).limit(SEARCH_LIMIT)).all()
    return [Found(*row) for row in rows]


def _files_of(text: str, org_id: UUID) -> CompoundSelect[Any]:
    """The case files whose name, ID number or phone is the text; each branch has an index of its own."""
    digests = (
        (CaseFile.name_index, _blind("name", text, org_id)),
        (CaseFile.id_index, _blind("id_no", text.upper(), org_id)),
        (CaseFile.mobile_index, _blind("mobile", text, org_id)),
    )
    return union_all(
        *(
            select(CaseFile.org_id, CaseFile.case_id).where(CaseFile.org_id == org_id, column == digest)
            for column, digest in digests
        )
    )


def _blind(kind: Any, value: str, org_id: UUID) -> bytes:
    return vault().blind(kind, value, org_id)
