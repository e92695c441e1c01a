"""The demo: a lending platform and a law firm with one person for each role, and batches in different states.

Everything goes through the services that people reach through pages, and the real workers import and audit it. It is
made once for a home folder: `seed` before the start, `decide` once the first batch is audited.
"""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

import click
from flask import current_app

from reviewdesk import create_app, supervisor
from reviewdesk.accounts import roles, service
from reviewdesk.actor import Actor, command
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.handover.service import accept, entrust
from reviewdesk.intake import service as intake
from reviewdesk.migrate import upgrade
from reviewdesk.review import service as review
from reviewdesk.review.judging import Ask
from reviewdesk.review.settlement import Kind, Terms
from reviewdesk.review.states import Verb
from reviewdesk.sampling.writing import write_sample
from reviewdesk.settings import Settings, load_settings

PASSWORD = "review-desk-demo-2026"  # noqa: S105 -- the demo listens on this machine only and prints it


@dataclass(frozen=True)
class Player:
    """Somebody of the demo."""

    role: str
    email: str
    name: str


@dataclass(frozen=True)
class Cast:
    """An organisation of the demo and its people."""

    kind: str
    name: str
    people: tuple[Player, ...]

    @property
    def org_id(self) -> UUID:
        """Always the same, so that a second start finds what the first one made."""
        return uuid5(NAMESPACE_DNS, self.people[0].email.partition("@")[2])

    def actor(self, role: str) -> Actor:
        """The person of a role, as the author of what the demo does in their name."""
        email = next(player.email for player in self.people if player.role == role)
        return service.person_at_command_line(email)


PLATFORM = Cast(
    roles.OrganisationKind.PLATFORM,
    "海川消费金融有限公司",
    (
        Player("uploader", "chen@haichuan.example.cn", "陈晓雨"),
        Player("reviewer", "lin@haichuan.example.cn", "林若彤"),
        Player("senior_reviewer", "zhou@haichuan.example.cn", "周启明"),
        Player("compliance", "shen@haichuan.example.cn", "沈静仪"),
        Player("administrator", "wang@haichuan.example.cn", "王立新"),
    ),
)
FIRM = Cast(
    roles.OrganisationKind.LAW_FIRM,
    "衡川律师事务所",
    (
        Player("counsel", "gu@hengchuan.example.cn", "顾言之"),
        Player("compliance", "he@hengchuan.example.cn", "何静安"),
        Player("administrator", "xu@hengchuan.example.cn", "许知远"),
    ),
)


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
    """A workbook of the demo: so many accounts, of which a share (0 to 1) has a defect each."""

    name: str
    rows: int
    seed: int
    share: float
    ask: bool = False  # waits for a person to confirm what its columns are


WORKBOOKS = (
    Workbook("海川消费金融 第一批诉前清单.xlsx", 400, 1, 0.15),
    Workbook("海川消费金融 第二批诉前清单.xlsx", 150, 2, 0.5),
    Workbook("海川消费金融 待确认列的清单.xlsx", 120, 3, 0.12, ask=True),
)


def upload(folder: Path) -> None:
    """Upload the workbooks that an earlier start has not."""
    uploader = PLATFORM.actor("uploader")
    with unit_of_work(uploader) as work:
        names = set(work.execute("SELECT name FROM batches").scalars())
    folder.mkdir(exist_ok=True)
    for book in WORKBOOKS:
        if book.name not in names:
            file = folder / book.name
            write_sample(file, rows=book.rows, seed=book.seed, as_of=today(), share=book.share)
            intake.upload_from_path(uploader, file, intake.Wish(auto=not book.ask, ask=book.ask))


def decide() -> None:
    """Once the first batch is audited, decide on some of its cases and entrust a few, so that no page is empty."""
    reviewer, senior, counsel = PLATFORM.actor("reviewer"), PLATFORM.actor("senior_reviewer"), FIRM.actor("counsel")
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


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the next one that nobody listens on."""
    for port in range(wanted, min(wanted + 50, 65536)):
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) != 0:
                return port
    raise click.ClickException(f"every port from {wanted} to {wanted + 49} is in use; choose one with --port")


def sign_ins() -> Iterator[str]:
    """The table of sign-ins, in both languages."""
    for cast in (PLATFORM, FIRM):
        yield f"  {cast.name}"
        for player in cast.people:
            role = f"{roles.label(player.role, 'zh')} {roles.label(player.role, 'en')}"
            yield f"    {player.email:<28}{player.name}  {role}"


def seed() -> None:
    """Bring the tables up to date and make what the demo starts with, unless an earlier start did."""
    found()
    upload(current_app.extensions["reviewdesk.settings"].home / "demo")


def run(settings: Settings) -> None:
    """Migrate, seed, and run web and workers until told to stop. `settings` have the servers' URLs."""
    settings = settings.model_copy(update={"port": free_port(settings.host, settings.port)})
    step = [sys.executable, "-m", "reviewdesk.demo"]
    decider = supervisor.Child("decider", [*step, "decide"], once=True)
    children = [supervisor.web(settings), *supervisor.workers(2), decider]
    boss = supervisor.Supervisor(supervisor.child_environment(settings), children)
    click.echo("正在准备演示环境……  Preparing the demo ...")
    try:
        if boss.finish([*step, "seed"]):
            boss.run(when_ready=lambda: _announce(settings))
    except subprocess.CalledProcessError as error:
        raise click.ClickException("the demo could not be prepared; the reason stands above") from error
    click.echo("演示已停止。  The demo has stopped.")


def _announce(settings: Settings) -> bool:
    """Print address and sign-ins once the web server answers; False until then."""
    url = f"http://{settings.host}:{settings.port}"
    try:
        urllib.request.urlopen(f"{url}/sign-in", timeout=5).close()  # noqa: S310 -- our own loopback server
    except (urllib.error.URLError, OSError):
        return False
    click.echo(f"\n  诉前审核台已就绪  ReviewDesk is ready:  {url}\n")
    for line in sign_ins():
        click.echo(line)
    click.echo(f"\n  密码 Password:  {PASSWORD}")
    click.echo("  停止 Stop:      Ctrl-C\n")
    return True


def main(step: str) -> None:
    """One step of the demo, in a process of its own: the supervisor stays small and has one thread."""
    settings = load_settings()
    if step == "seed":
        upgrade(settings.owner_database_url or "")
    with create_app(settings).app_context():
        {"seed": seed, "decide": decide}[step]()


if __name__ == "__main__":
    main(sys.argv[1])
