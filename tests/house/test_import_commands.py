"""Importing, mending and taking back at the terminal, with the options that people use."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.intake import corrections
from reviewdesk.intake.batches import find_batch
from reviewdesk.settings import Settings
from reviewdesk.supervisor import child_environment
from tests.builders import Bench, Org
from tests.house.terminal import Done, call
from tests.intake.sheets import accounts, write
from tests.intake.test_passwords import PASSWORD, locked


class Terminal:
    """Calls the command as a person does, in the name of an uploader."""

    def __init__(self, settings: Settings, org: Org) -> None:
        self.env, self.org = child_environment(settings), org

    def call(self, *words: str | Path, given: str = "") -> Done:
        return call(self.env, *words, given=given)

    def imported(self, *words: str | Path) -> UUID:
        done = self.call("import", *words, "--as", self.org.uploader.email)
        assert done.returncode == 0, done.stderr
        batch_id, state = done.stdout.split()
        assert state == "loading"
        return UUID(batch_id)


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


@pytest.fixture
def terminal(settings: Settings, org: Org) -> Terminal:
    return Terminal(settings, org)


def counts(bench: Bench, org: Org, batch_id: UUID) -> dict[str, Any]:
    """What the batch's rows became, once it is ready."""
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    with unit_of_work(org.uploader.actor) as work:
        batch = find_batch(work, batch_id)
        assert batch.state == "ready"
        return batch.counts


def test_again_says_what_becomes_of_known_accounts(bench: Bench, org: Org, terminal: Terminal, tmp_path: Path) -> None:
    prefix = f"HT{uuid4().hex[:10].upper()}"
    rows = accounts(2, prefix)
    assert counts(bench, org, terminal.imported(write(tmp_path / "a.xlsx", rows)))["loaded"] == 2

    rejected = counts(bench, org, terminal.imported(write(tmp_path / "b.xlsx", [*rows, *accounts(1, f"{prefix}B")])))
    assert (rejected["loaded"], rejected["rejected"], rejected["known"]) == (1, 2, 2)
    skipped = counts(bench, org, terminal.imported(write(tmp_path / "c.xlsx", rows[:1]), "--again", "skip"))
    assert (skipped["loaded"], skipped["skipped"], skipped["rejected"]) == (0, 1, 0)
    rows[0]["欠款总额"] = 1300
    updated = counts(bench, org, terminal.imported(write(tmp_path / "d.xlsx", rows), "--again", "update"))
    assert (updated["updated"], updated["unchanged"]) == (1, 1)
    assert terminal.call("import", tmp_path / "a.xlsx", "--as", "x@example.cn", "--again", "merge").returncode == 2


def test_a_batch_is_taken_back_and_its_file_imported_anew(
    bench: Bench, org: Org, terminal: Terminal, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.xlsx", accounts(2, f"HT{uuid4().hex[:10].upper()}"))
    batch_id = terminal.imported(path)
    counts(bench, org, batch_id)
    words = ("take-back", str(batch_id), "--reason", "传错了文件")
    refused = terminal.call(*words, "--as", org.reviewer.email)
    assert refused.returncode == 2
    done = terminal.call(*words, "--as", org.uploader.email)
    assert (done.returncode, done.stdout.split()) == (0, [str(batch_id), "taking_back"]), done.stderr
    bench.run_jobs(org)
    with unit_of_work(org.uploader.actor) as work:
        taken = find_batch(work, batch_id)
        assert taken.state == "taken_back"
        assert (taken.taken_back or {})["reversed"] == 2
        states = work.execute("SELECT DISTINCT state FROM cases WHERE batch_id = :b", b=batch_id).scalars().all()
    assert states == ["reversed"]
    assert counts(bench, org, terminal.imported(write(tmp_path / "b.xlsx", accounts(1, uuid4().hex))))["loaded"] == 1
    assert terminal.call("take-back", str(uuid4()), "--as", org.uploader.email, "--reason", "x").returncode == 2


def test_the_password_of_a_workbook_comes_from_a_file_or_standard_input(
    bench: Bench, org: Org, terminal: Terminal, tmp_path: Path
) -> None:
    path, secret = locked(tmp_path), tmp_path / "password"
    wrong = terminal.call("import", path, "--as", org.uploader.email)
    assert wrong.returncode == 2
    assert "密码" in wrong.stderr
    secret.write_text("not this\n")
    assert terminal.call("import", path, "--as", org.uploader.email, "--password-file", secret).returncode == 2
    secret.write_text(f"{PASSWORD}\n")
    batch_id = terminal.imported(path, "--password-file", secret)
    assert counts(bench, org, batch_id)["loaded"] == 1
    again = tmp_path / "again"
    again.mkdir()
    other = locked(again)  # another salt, so another file
    words = ("import", other, "--as", org.uploader.email, "--again", "skip", "--password-file", "-")
    assert terminal.call(*words, given=f"{PASSWORD}\n").returncode == 0


def test_a_mended_workbook_goes_to_its_batch(bench: Bench, org: Org, terminal: Terminal, tmp_path: Path) -> None:
    rows = accounts(3, f"HT{uuid4().hex[:10].upper()}")
    rows[1]["放款日期"] = rows[2]["放款日期"] = "2024-02-30"
    batch_id = terminal.imported(write(tmp_path / "a.xlsx", rows))
    counts(bench, org, batch_id)
    with bench.app.app_context():
        book, _name = corrections.error_workbook(org.uploader.actor, batch_id, "en")
    opened = openpyxl.load_workbook(book)
    opened["明细"]["F3"].value = "2024-02-29"
    opened.save(tmp_path / "mended.xlsx")
    done = terminal.call("mend", tmp_path / "mended.xlsx", "--as", org.uploader.email)
    assert done.stdout.strip() == f"{batch_id} mended: 1 loaded, 0 joined, 1 still wrong", done.stderr
    done = terminal.call("import", tmp_path / "mended.xlsx", "--as", org.uploader.email)
    assert done.stdout.strip() == f"{batch_id} mended: 0 loaded, 0 joined, 1 still wrong", done.stderr
    assert counts(bench, org, batch_id)["loaded"] == 2
    plain = terminal.call("mend", tmp_path / "a.xlsx", "--as", org.uploader.email)
    assert plain.returncode == 2
    assert "错误工作簿" in plain.stderr


def test_evidence_is_sent_from_the_command_line(bench: Bench, terminal: Terminal, org: Org, tmp_path: Path) -> None:
    batch_id = bench.batch(org)
    bench.case(org, batch_id, facts={"account_no": "HT-CLI-1"})
    good, wrong = tmp_path / "HT-CLI-1 合同.pdf", tmp_path / "HT-CLI-1.exe"
    good.write_bytes(b"%PDF-1.7 from a terminal")
    wrong.write_bytes(b"MZ")
    done = terminal.call("attach", str(batch_id), good, wrong, "--as", org.uploader.email)
    assert done.returncode == 0, done.stderr
    state, counts = done.stdout.splitlines()
    assert state.endswith(" done")
    assert counts == "1 matched, 0 unmatched, 0 known, 1 refused"
    assert "HT-CLI-1.exe" in done.stderr
    assert "whatever its name says" in done.stderr
