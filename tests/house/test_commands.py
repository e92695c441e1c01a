"""The commands that act on the database, as a person at the server's terminal uses them; some as real processes."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from reviewdesk.sampling.writing import write_sample
from reviewdesk.settings import Settings
from reviewdesk.supervisor import child_environment
from reviewdesk.vault import Vault
from tests.builders import PASSWORD, Bench, csrf
from tests.house.terminal import Done, call

COMMAND = Path(sys.executable).with_name("reviewdesk")
Start = Callable[..., "subprocess.CompletedProcess[str]"]
Run = Callable[..., Done]


@pytest.fixture
def start(settings: Settings) -> Start:
    """The command as a process."""
    env = child_environment(settings)
    return lambda *words: subprocess.run([COMMAND, *words], env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def run(settings: Settings) -> Run:
    """The command in this process."""
    return partial(call, child_environment(settings))


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def test_the_first_organisation_and_administrator_are_made_at_the_terminal(
    run: Run, bench: Bench, password_file: Path
) -> None:
    tail = uuid4().hex[:8]
    name, email = f"远山小额贷款有限公司 {tail}", f"boss-{tail}@example.cn"
    words = ("--name", name, "--admin-email", email, "--admin-name", "苏明远", "--password-file", password_file)
    done = run("org", "create", "--kind", "platform", *words)
    assert done.returncode == 0, done.stderr

    client = bench.client()
    page = client.get("/sign-in").get_data(as_text=True)
    form = {"email": email, "password": PASSWORD, "csrf_token": csrf(page)}
    assert client.post("/sign-in", data=form).status_code == 302
    assert client.get("/people").status_code == 200

    invited = run(
        "people", "invite", "--org", name, "--email", f"a-{tail}@example.cn", "--name", "安", "--role", "reviewer"
    )
    assert invited.returncode == 0, invited.stderr
    assert client.get(invited.stdout.split()[0]).status_code == 200

    second = ("--email", f"b-{tail}@example.cn", "--name", "白", "--password-file", password_file)
    assert run("people", "create-admin", "--org", name, *second).returncode == 0


def test_what_is_wrong_is_said_in_both_languages_without_a_traceback(
    start: Start, tmp_path: Path, bench: Bench
) -> None:
    short = tmp_path / "short"
    short.write_text("1234\n")
    words = ("--name", "某公司", "--admin-email", "x@example.cn", "--admin-name", "某", "--password-file", short)
    done = start("org", "create", "--kind", "platform", *words)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "密码至少 12 个字符，可以用一句话",
        "Use at least 12 characters; a sentence will do",
    ]


def test_a_token_made_at_the_terminal_opens_the_api(start: Start, bench: Bench) -> None:
    someone = bench.organisation().reviewer
    done = start("token", "create", "--email", someone.email, "--name", "nightly")
    assert done.returncode == 0, done.stderr
    client = bench.client()
    answer = client.get("/api/v1/cases", headers={"Authorization": f"Bearer {done.stdout.strip()}"})
    assert answer.status_code == 200


def test_a_workbook_is_imported_in_the_name_of_an_uploader(
    start: Start, run: Run, bench: Bench, tmp_path: Path
) -> None:
    org = bench.organisation()
    file = tmp_path / "batch.xlsx"
    write_sample(file, rows=20, seed=1, as_of=date(2026, 9, 30), share=0)
    done = start("import", file, "--as", org.uploader.email)
    assert done.returncode == 0, done.stderr
    batch_id, state = done.stdout.split()
    assert state == "loading"
    (event,) = bench.events(org, "intake:batch:upload")
    assert str(event.batch_id) == batch_id
    assert event.actor_id == org.uploader.person_id

    again = run("import", file, "--as", org.uploader.email)
    assert again.returncode == 2
    assert "batch.xlsx" in again.stderr
    assert run("import", file, "--as", org.reviewer.email).returncode == 2


def test_a_mapping_that_is_not_json_is_refused(run: Run, tmp_path: Path) -> None:
    file, mapping = tmp_path / "a.csv", tmp_path / "m.json"
    file.write_text("借据号\n")
    mapping.write_text("{")
    done = run("import", file, "--as", "nobody@example.cn", "--mapping", mapping)
    assert done.returncode == 1
    assert "is not JSON" in done.stderr


def test_the_journal_is_proved_and_a_gap_is_named(run: Run, bench: Bench) -> None:
    org = bench.organisation()
    case = bench.case(org)
    done = run("audit-log", "prove")
    assert done.returncode == 1, "a case that no event tells of is a gap"
    assert f"C-2026-{case:06d}" in done.stdout


def test_the_vault_key_is_rotated_for_every_organisation(
    settings: Settings, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = bench.organisation(name=f"轮换 {uuid4().hex[:6]}")
    old = base64.b64encode(b"o" * 32).decode()
    with monkeypatch.context() as before:
        vault = Vault({"t0": b"o" * 32}, "t0", settings.blind_key)
        before.setitem(bench.app.extensions, "reviewdesk.vault", vault)
        bench.case(org)
    env = child_environment(settings)
    env["REVIEWDESK_VAULT_KEYS"] += f",t0:{old}"
    done = subprocess.run([COMMAND, "vault", "rotate"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{org.name}: 1 sealed anew; now 1 under t1" in done.stdout


def test_the_settings_are_listed(run: Run) -> None:
    assert "REVIEWDESK_LEASE_SECONDS" in run("settings").stdout


def test_the_module_is_the_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reviewdesk", "--help"], env=dict(os.environ), capture_output=True, text=True, check=True
    )
    assert "audit-log" in done.stdout
    assert "sample" in done.stdout
