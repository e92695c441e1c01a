"""The demo: web, two workers and made-up data under one supervisor, which prints address and sign-ins.

The data is made by `reviewdesk.demo_data` in processes of its own, so that the supervisor keeps one thread.
"""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_DNS, UUID, uuid5

import click

from reviewdesk import supervisor
from reviewdesk.accounts import roles
from reviewdesk.settings import Settings

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


def run(settings: Settings) -> None:
    """Migrate, seed, and run web and workers until told to stop. `settings` have the servers' URLs."""
    settings = settings.model_copy(update={"port": free_port(settings.host, settings.port)})
    step = [sys.executable, "-m", "reviewdesk.demo_data"]
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
