"""What the demo shows: a lending platform and a law firm, and batches in different states.

Everything goes through the services that people reach through pages, and the real workers import and audit it. It is
made once for a home folder: `seed` before the start, `decide` once the first batch is audited.
"""

import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app

from reviewdesk import create_app
from reviewdesk.accounts import service
from reviewdesk.actor import Actor, command
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.demo import FIRM, PASSWORD, PLATFORM, Cast
from reviewdesk.handover.service import accept, entrust
from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.intake.wishes import Wish
from reviewdesk.migrate import upgrade
from reviewdesk.review import service as review
from reviewdesk.review.judging import Ask
from reviewdesk.review.settlement import Kind, Terms
from reviewdesk.review.states import Verb
from reviewdesk.sampling.beside import NAMES, REPAYMENTS
from reviewdesk.sampling.writing import write_sample
from reviewdesk.settings import load_settings


def actor(cast: Cast, role: str) -> Actor:
    """The person of a role, as the author of what the demo does in their name."""
    email = next(player.email for player in cast.people if player.role == role)
    return service.person_at_command_line(email)


def found() -> None:
    """Make both organisations and their people, as far as an earlier start has not."""
    known = {org_id for org_id, _ in service.every_organisation()}
    for cast in (PLATFORM, FIRM):
        if cast.org_id not in known:
            service.create_organisation(cast.name, cast.kind, org_id=cast.org_id)
        emails = {person.email for person in service.list_people(command(cast.org_id))}
        for player in cast.people:
            if player.email not in emails:
                service.create_person(
                    command(cast.org_id), email=player.email, name=player.name, roles=[player.role], password=PASSWORD
                )


@dataclass(frozen=True)
class Workbook:
    """A workbook of the demo: so many accounts, of which a share (0 to 1) has a defect each.

    `ask`: it waits for a person to confirm what its columns are; `sheets`: those beside its accounts.
    """

    name: str
    rows: int
    seed: int
    share: float
    ask: bool = False
    sheets: tuple[str, ...] = ()


WORKBOOKS = (
    Workbook("海川消费金融 第一批诉前清单.xlsx", 400, 4, 0.15, sheets=tuple(NAMES)),
    Workbook("海川消费金融 第二批诉前清单.xlsx", 150, 2, 0.5, sheets=tuple(NAMES)),
    Workbook("海川消费金融 待确认列的清单.xlsx", 120, 3, 0.12, ask=True, sheets=(REPAYMENTS,)),
)


def upload(folder: Path) -> None:
    """Upload the workbooks that an earlier start has not."""
    uploader = actor(PLATFORM, "uploader")
    with unit_of_work(uploader) as work:
        names = set(work.execute("SELECT name FROM batches").scalars())
    folder.mkdir(exist_ok=True)
    for book in WORKBOOKS:
        if book.name not in names:
            file = folder / book.name
            write_sample(file, rows=book.rows, seed=book.seed, as_of=today(), share=book.share, sheets=book.sheets)
            upload_from_path(uploader, file, Wish(auto=not book.ask, ask=book.ask))


def decide() -> None:
    """Once the first batch is audited, decide on some of its cases and entrust a few, so that no page is empty."""
    reviewer, senior, counsel = actor(PLATFORM, "reviewer"), actor(PLATFORM, "senior_reviewer"), actor(FIRM, "counsel")
    with unit_of_work(reviewer) as work:
        if work.execute("SELECT 1 FROM decisions LIMIT 1").first():
            return
    while not (cases := _undecided(reviewer)):
        time.sleep(1)
    clear = [case for case in cases if case.verdict == "clear"]
    doubtful = [case for case in cases if case.verdict != "clear"]
    plan = Terms(Kind.INSTALMENTS, today(), today() + timedelta(days=25), count=6)
    steps = (
        (Verb.APPROVE, clear[:14], "欠款事实清楚、证据齐全，同意起诉。", None),
        (Verb.SETTLE, clear[14:17], "借款人有稳定收入并愿意分期，拟分六期还清。", plan),
        (Verb.APPROVE, doubtful[:3], "与平台核对后事实可以补正，建议起诉，提请复核。", None),
        (Verb.RETURN, doubtful[3:6], "请补充放款凭证及催告送达记录。", None),
        (Verb.ESCALATE, doubtful[6:8], "涉及借款人特殊情况，请高级审核员处理。", None),
        (Verb.WITHDRAW, doubtful[8:9], "平台确认已结清，撤回本案。", None),
    )
    for choice, chosen, reason, terms in steps:
        for case in chosen:
            seen = tuple(case.missing)
            review.decide(
                reviewer, Ask(case.case_id, choice, reason, case.version, case.run_id, seen=seen, terms=terms)
            )
    entrust(senior, FIRM.org_id, _approved(senior)[:8], "请于十日内答复是否受理。")
    for given in _entrusted(counsel)[:4]:
        accept(counsel, given)


def _undecided(reviewer: Actor) -> list[Any]:
    """The cases of the first batch; none until all of it is audited."""
    with unit_of_work(reviewer) as work:
        return list(
            work.execute(
                "SELECT c.case_id, c.version, c.run_id, c.verdict, r.missing FROM cases c "
                "JOIN batches b USING (org_id, batch_id) JOIN audit_runs r USING (org_id, case_id) "
                "WHERE b.name = :name AND b.state = 'ready' AND r.is_current AND c.state = 'in_review' "
                "ORDER BY c.case_id",
                name=WORKBOOKS[0].name,
            )
        )


def _approved(senior: Actor) -> list[int]:
    with unit_of_work(senior) as work:
        return list(work.execute("SELECT case_id FROM cases WHERE state = 'approved' ORDER BY case_id").scalars())


def _entrusted(counsel: Actor) -> list[UUID]:
    with unit_of_work(counsel) as work:
        return list(work.execute("SELECT entrustment_id FROM entrustments ORDER BY case_id").scalars())


def seed() -> None:
    """Bring the tables up to date and make what the demo starts with, unless an earlier start did."""
    found()
    upload(current_app.extensions["reviewdesk.settings"].home / "demo")


def main(step: str) -> None:
    """One step of the demo, in a process of its own: the supervisor stays small and has one thread."""
    settings = load_settings()
    if step == "seed":
        upgrade(settings.owner_database_url or "")
    with create_app(settings).app_context():
        {"seed": seed, "decide": decide}[step]()


if __name__ == "__main__":
    main(sys.argv[1])
