"""The command `reviewdesk`.

Every command imports what it needs when it runs, so that `check` and `sample` start at once and load neither Flask nor
SQLAlchemy.
"""

import contextlib
import importlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

import click

from reviewdesk.options import hidden_options

if TYPE_CHECKING:
    from flask import Flask

    from reviewdesk.intake.mending import Mended
    from reviewdesk.settings import Settings

# Commands that live beside what they run: name -> (module, attribute, what --help says).
ELSEWHERE = {
    "check": ("reviewdesk.check", "check", "Read and audit a workbook in memory; needs no server."),
    "sample": ("reviewdesk.sample", "sample", "Write a realistic workbook with planted defects."),
}


class LazyGroup(click.Group):
    """A group that imports a command of ELSEWHERE only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, attribute, _ = ELSEWHERE[cmd_name]
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            if name in ELSEWHERE:
                rows.append((name, ELSEWHERE[name][2]))
            elif (command := super().get_command(ctx, name)) is not None:
                rows.append((name, command.get_short_help_str(80)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup)
@click.version_option(package_name="reviewdesk")
def cli() -> None:
    """ReviewDesk: from a workbook of delinquent loans to decided cases and a checkable audit log."""


def settings_of_this_process(**changes: Any) -> "Settings":
    """The settings with the servers' URLs filled in; starts the embedded servers where none are named."""
    from reviewdesk.embedded import with_servers
    from reviewdesk.settings import load_settings

    settings = load_settings().model_copy(update={name: value for name, value in changes.items() if value is not None})
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return with_servers(settings)


@contextlib.contextmanager
def application() -> "Iterator[Flask]":
    """The application in an app context, for commands that call a stage's service."""
    from reviewdesk import create_app

    app = create_app(settings_of_this_process())
    with app.app_context():
        yield app


@cli.command()
@click.option("--host", help="Address to listen on.  [default: REVIEWDESK_HOST or 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: REVIEWDESK_PORT or 8000]")
@click.option("--workers", "count", type=click.IntRange(0, 64), default=0, help="Run so many workers beside the web.")
def run(host: str | None, port: int | None, count: int) -> None:
    """Serve the pages and the API with gunicorn."""
    from reviewdesk import supervisor

    settings = settings_of_this_process(host=host, port=port)
    env = supervisor.child_environment(settings)
    if count == 0 and "REVIEWDESK_DATABASE_URL" in os.environ:
        os.chdir(supervisor.PROJECT)
        command = supervisor.web_command(settings)
        os.execve(command[0], command, env)  # noqa: S606 (gunicorn takes this process's place and its signals)
    helpers = supervisor.workers(count) if count else []
    supervisor.Supervisor(env, [supervisor.web(settings), *helpers]).run()


@cli.command()
@click.option("--count", type=click.IntRange(1, 64), default=2, show_default=True, help="Worker processes.")
def worker(count: int) -> None:
    """Run jobs: so many workers, and the sweeper that finds lost jobs."""
    from reviewdesk import supervisor

    env = supervisor.child_environment(settings_of_this_process())
    supervisor.Supervisor(env, supervisor.workers(count)).run()


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="First port to try.")
def demo(host: str, port: int) -> None:
    """Show the product with made-up data: web, two workers, and everything they need."""
    os.environ.setdefault("REVIEWDESK_DEMO", "true")
    os.environ.setdefault("REVIEWDESK_LOG_LEVEL", "warning")
    settings = settings_of_this_process(host=host, port=port)
    owner_url(settings)
    from reviewdesk import demo as show

    show.run(settings)


@cli.command()
@click.option("--revision", default="head", show_default=True, help="Revision to go up to.")
def migrate(revision: str) -> None:
    """Bring the database's tables up to date, as the role that owns them."""
    from reviewdesk.migrate import upgrade

    upgrade(owner_url(settings_of_this_process()), revision)
    click.echo("The tables are up to date.")


@cli.command("settings")
def show_settings() -> None:
    """Print every setting with its default and what it is for."""
    from reviewdesk.settings import reference

    click.echo(reference())


def owner_url(settings: "Settings") -> str:
    """The database, signed in as the owner of its tables."""
    if settings.owner_database_url is None:
        raise click.ClickException(
            "REVIEWDESK_OWNER_DATABASE_URL is not set; migrations run as the owner of the tables"
        )
    return settings.owner_database_url


password_file = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the password from this file's first line instead of asking.",
)


@cli.group()
def org() -> None:
    """Organisations: lending platforms and law firms."""


@org.command("create")
@click.option("--kind", type=click.Choice(["platform", "law_firm"]), required=True)
@click.option("--name", required=True, help="Its registered name.")
@click.option("--admin-email", required=True, help="Sign-in of its first administrator.")
@click.option("--admin-name", required=True, help="Name of its first administrator.")
@password_file
def create_organisation(kind: str, name: str, admin_email: str, admin_name: str, password_file: Path | None) -> None:
    """Create an organisation and its first administrator."""
    password = password_from(password_file)
    with application():
        from reviewdesk.accounts import passwords, service

        passwords.insist_on_strength(password, admin_email.partition("@")[0], admin_name)
        org_id = service.create_organisation(name, kind)
        service.create_administrator(org_id, admin_email, admin_name, password)
    click.echo(f"{name}: {org_id}")


@cli.group()
def people() -> None:
    """People of an organisation."""


@people.command("create-admin")
@click.option("--org", "organisation", required=True, help="The organisation's name.")
@click.option("--email", required=True)
@click.option("--name", required=True)
@password_file
def create_administrator(organisation: str, email: str, name: str, password_file: Path | None) -> None:
    """Add an administrator, as when nobody can sign in any more."""
    password = password_from(password_file)
    with application():
        from reviewdesk.accounts import service

        service.create_administrator(service.find_organisation(organisation), email, name, password)
    click.echo(f"{email} may sign in.")


@people.command("invite")
@click.option("--org", "organisation", required=True, help="The organisation's name.")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True, help="May be given more than once.")
def invite(organisation: str, email: str, name: str, roles: tuple[str, ...]) -> None:
    """Invite a person; prints the path of the link to send them."""
    with application():
        from reviewdesk.accounts import invitations, service
        from reviewdesk.actor import command

        author = command(service.find_organisation(organisation))
        link = invitations.invite(author, email=email, name=name, roles=roles)
    click.echo(f"{link.path} (until {link.expires_at:%Y-%m-%d %H:%M} UTC)")


@cli.group()
def token() -> None:
    """Bearer tokens for the JSON API."""


@token.command("create")
@click.option("--email", required=True, help="Whose token: it may do what this person may.")
@click.option("--name", required=True, help="What it is for.")
@click.option("--days", type=click.Choice(["30", "90", "365"]), default="90", show_default=True)
@click.option("--reveal", is_flag=True, help="Answers carry personal data unmasked.")
def create_token(email: str, name: str, days: str, reveal: bool) -> None:
    """Create a token and print it, once."""
    with application():
        from reviewdesk.accounts import service, tokens
        from reviewdesk.actor import command

        org_id, person_id = service.find_person(email)
        made = tokens.create_token(command(org_id), name, may_reveal=reveal, days=int(days), person_id=person_id)
    click.echo(made.secret)


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="The uploader in whose name it is imported.")
@click.option("--sheet", help="The sheet with the accounts.  [default: the one whose header is understood best]")
@click.option("--mapping", "mapping_file", type=click.Path(exists=True, path_type=Path), help="JSON: column to field.")
@click.option("--declared-rows", type=click.IntRange(0), help="Accounts that it should have; a difference stops it.")
@click.option(
    "--again",
    type=click.Choice(["reject", "skip", "update"]),
    default="reject",
    show_default=True,
    help="What becomes of accounts that are cases already.",
)
@hidden_options
@click.option(
    "--password-file",
    type=click.File(),
    help="Holds the password of the workbook, or of a zip a JSON object of file names and passwords; - for stdin.",
)
def import_workbook(
    file: Path,
    email: str,
    sheet: str | None,
    mapping_file: Path | None,
    declared_rows: int | None,
    again: str,
    hidden_rows: str,
    hidden_columns: str,
    hidden_sheets: str,
    password_file: TextIO | None,
) -> None:
    """Upload FILE as a batch, to be loaded and audited by the workers.

    Columns that are in doubt wait for a person on the batch's page, unless --mapping settles them. A mended error
    workbook goes to its batch, as with `reviewdesk mend`.
    """
    with application():
        from reviewdesk.accounts.service import person_at_command_line
        from reviewdesk.intake.declaring import Declared
        from reviewdesk.intake.hidden import read_hidden
        from reviewdesk.intake.known import read_on_known
        from reviewdesk.intake.mended_workbook import batch_of_path, mend_from_path
        from reviewdesk.intake.unlocking import passwords_in
        from reviewdesk.intake.uploading import upload_from_path
        from reviewdesk.intake.wishes import Wish

        mapping = _json_of(mapping_file) if mapping_file else None
        uploader = person_at_command_line(email)
        marked = batch_of_path(uploader, file)
        if marked is not None:
            click.echo(mended_line(*mend_from_path(uploader, file, marked)))
            return
        declared, on_known = Declared(rows=declared_rows), read_on_known(again)
        hidden = read_hidden({"rows": hidden_rows, "columns": hidden_columns, "sheets": hidden_sheets})
        wish = Wish(declared=declared, mapping=mapping, sheet=sheet, auto=True, on_known=on_known, hidden=hidden)
        batch = upload_from_path(uploader, file, wish, passwords_in(password_file))
        click.echo(f"{batch.batch_id} {batch.state}")


@cli.command("mend")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="The uploader in whose name it is taken in.")
@click.option("--batch", type=click.UUID, help="Its batch.  [default: the one that the workbook names]")
def mend(file: Path, email: str, batch: UUID | None) -> None:
    """Take the mended error workbook FILE in: only its mended rows, none twice."""
    with application():
        from reviewdesk.accounts.service import person_at_command_line
        from reviewdesk.intake.mended_workbook import mend_from_path

        click.echo(mended_line(*mend_from_path(person_at_command_line(email), file, batch)))


def mended_line(batch_id: UUID, made: "Mended | None") -> str:
    """What became of a mended workbook."""
    if made is None:
        return f"{batch_id} mending: a worker reads it"
    return f"{batch_id} mended: {made.loaded} loaded, {made.joined} joined, {made.wrong} still wrong"


@cli.command("attach")
@click.argument("batch", type=click.UUID)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE..."
)
@click.option("--as", "email", required=True, help="The uploader or reviewer in whose name they are attached.")
def attach(batch: UUID, files: tuple[Path, ...], email: str) -> None:
    """Send evidence FILEs (PDFs, images, zips of these) to BATCH; their names say to which account each belongs.

    Prints the upload and its state; a worker unpacks archives.
    """
    with application(), contextlib.ExitStack() as opened:
        from reviewdesk.accounts.service import person_at_command_line
        from reviewdesk.review import uploads

        sent = [(file.name, opened.enter_context(file.open("rb"))) for file in files]
        upload = uploads.receive(person_at_command_line(email), batch, sent)
        counts = upload.counts
        click.echo(f"{upload.upload_id} {upload.state}")
        if upload.state == "done":
            told = ("matched", "unmatched", "known", "refused")
            click.echo(", ".join(f"{counts[name]} {name}" for name in told))
        for one in upload.refused:
            click.echo(f"{one['name']}: {one['message']['zh']} {one['message']['en']}", err=True)


@cli.command("take-back")
@click.argument("batch", type=click.UUID)
@click.option("--as", "email", required=True, help="Its uploader, or a senior reviewer.")
@click.option("--reason", required=True, help="Why; the journal keeps it.")
def take_back(batch: UUID, email: str, reason: str) -> None:
    """Take BATCH back: cases that nobody worked on are reversed, and their account numbers are free again."""
    with application():
        from reviewdesk.accounts.service import person_at_command_line
        from reviewdesk.review import taking_back

        taken = taking_back.take_back(person_at_command_line(email), batch, reason)
        click.echo(f"{taken.batch_id} {taken.state}")


def _json_of(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except ValueError as error:
        raise click.ClickException(f"{file} is not JSON: {error}") from error


@cli.group("audit-log")
def audit_log() -> None:
    """The journal, as a whole."""


@audit_log.command("prove")
def prove() -> None:
    """Prove that every change of a case's state has its event; exit code 1 where one has not."""
    failed = False
    with application():
        from reviewdesk.journal.proof import prove_all

        for proof in prove_all():
            click.echo(
                f"{proof.organisation}: {proof.cases} cases, {proof.moves} moves, {len(proof.failures)} without proof"
            )
            for failure in proof.failures:
                click.echo(f"  {failure.sentence.zh}\n  {failure.sentence.en}")
            failed = failed or not proof.holds
    sys.exit(1 if failed else 0)


@cli.group()
def vault() -> None:
    """The keys that seal borrowers' personal data."""


@vault.command("rotate")
def rotate() -> None:
    """Seal every case anew under the first of REVIEWDESK_VAULT_KEYS; may be stopped and run again."""
    with application():
        from reviewdesk.accounts.service import every_organisation
        from reviewdesk.intake.resealing import reseal, sealed_under

        for org_id, name in every_organisation():
            done = sum(reseal(org_id))
            held = (
                ", ".join(f"{count} under {key}" for key, count in sorted(sealed_under(org_id).items())) or "no cases"
            )
            click.echo(f"{name}: {done} sealed anew; now {held}")


@vault.command("index")
def index() -> None:
    """Index the addresses of cases that were loaded before this was done; may be stopped and run again."""
    with application():
        from reviewdesk.accounts.service import every_organisation
        from reviewdesk.intake.resealing import index_addresses

        for org_id, name in every_organisation():
            click.echo(f"{name}: looked at {sum(index_addresses(org_id))} cases")


def main() -> None:
    """Run the command line; an error that a person can mend is one message, not a traceback."""
    try:
        cli.main(prog_name="reviewdesk", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exception as error:
        message = _for_people(error)
        if message is None:
            raise
        click.echo(message, err=True)
        sys.exit(2)


def _for_people(error: Exception) -> str | None:
    """What to print for an error of ours; None for one that is a fault of the program."""
    from reviewdesk.embedded import EmbeddedError
    from reviewdesk.errors import ReviewDeskError
    from reviewdesk.settings import SettingsError

    if isinstance(error, SettingsError | EmbeddedError):
        return str(error)
    if isinstance(error, ReviewDeskError):
        return f"{error.text.zh}\n{error.text.en}"
    return None


def password_from(source: Path | None) -> str:
    """A new password: the first line of a file, or asked for twice at the terminal."""
    if source is not None:
        return source.read_text().splitlines()[0]
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
