"""The demo: a lending platform and a law firm with one person for each role, and batches in different states.

What it makes goes through the same services as what people do, and the real workers import and audit it. It is made
once for a home folder.
"""

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_DNS, UUID, uuid5

import click

from reviewdesk import create_app, supervisor
from reviewdesk.accounts import roles, service
from reviewdesk.actor import Actor, command
from reviewdesk.migrate import upgrade
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
        player = next(player for player in self.people if player.role == role)
        org_id, person_id = service.find_person(player.email)
        return Actor("person", org_id, person_id, player.name, frozenset({role}))


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
    settings = load_settings()
    if settings.owner_database_url is None:
        raise click.ClickException(
            "REVIEWDESK_OWNER_DATABASE_URL is not set; migrations run as the owner of the tables"
        )
    upgrade(settings.owner_database_url)
    with create_app(settings).app_context():
        found()


def run(settings: Settings) -> None:
    """Migrate, seed, and run web and workers until told to stop. `settings` have the servers' URLs."""
    settings = settings.model_copy(update={"port": free_port(settings.host, settings.port)})
    children = [supervisor.web(settings), *supervisor.workers(2)]
    boss = supervisor.Supervisor(supervisor.child_environment(settings), children)
    click.echo("正在准备演示环境……  Preparing the demo ...")
    if boss.finish([sys.executable, "-m", "reviewdesk.demo"]):
        boss.run(when_ready=lambda: _announce(settings))
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


if __name__ == "__main__":
    seed()
