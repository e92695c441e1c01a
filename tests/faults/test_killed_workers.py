"""Workers killed in the middle, and Redis emptied: afterwards every good row is there exactly once, audited once.

What is good is not asked of the importer but of `reviewdesk check`, which reads the same workbook in a process of its
own and without a database.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.intake.wishes import Wish
from tests.faults.conftest import Desk
from tests.live import Live, running

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1200)]

ROWS = 7_000  # more than one slice of an import, so that it can be cut between two
COMMAND = Path(sys.executable).with_name("reviewdesk")


@pytest.fixture(scope="session")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("faults") / "batch.xlsx"
    subprocess.run([COMMAND, "sample", "--rows", str(ROWS), "--seed", "11", "--out", file], check=True)
    return file


@pytest.fixture(scope="session")
def good_accounts(workbook: Path) -> list[str]:
    """The account numbers that `reviewdesk check` would load."""
    out = workbook.with_suffix(".jsonl")
    done = subprocess.run([COMMAND, "check", workbook, "--no-checks", "--out", out], check=False)
    assert done.returncode == 1, "the sample has rejected rows"
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    return sorted(line["account_no"] for line in lines if line["verdict"] != "rejected")


def upload(desk: Desk, workbook: Path) -> None:
    batch = upload_from_path(desk.org.uploader.actor, workbook, Wish(auto=True))
    assert batch.state in {"loading", "uploaded"}


def kill(live: Live, name: str) -> None:
    """`kill -9`, at once."""
    live.processes[name].kill()
    live.processes[name].wait()


def inserting_cases(desk: Desk) -> bool:
    """Whether somebody's open transaction has put rows into `cases`, which nobody else sees yet."""
    found: int = desk.ask(
        "SELECT count(*) FROM pg_locks WHERE relation = 'cases'::regclass AND mode = 'RowExclusiveLock'"
    )
    return found > 0


def audited(desk: Desk) -> int:
    found: int = desk.ask("SELECT count(*) FROM audit_runs WHERE is_current")
    return found


def assert_whole(desk: Desk, good_accounts: list[str]) -> None:
    """Every good row is one case with one current audit, in review; nothing is doubled, missing or left open."""
    accounts = [row.account_no for row in desk.rows('SELECT account_no FROM cases ORDER BY account_no COLLATE "C"')]
    assert accounts == good_accounts
    runs = desk.rows(
        "SELECT c.case_id, count(r.run_id) AS runs, max(r.run_id) AS run, c.run_id, c.state FROM cases c "
        "LEFT JOIN audit_runs r ON r.org_id = c.org_id AND r.case_id = c.case_id AND r.is_current "
        "GROUP BY c.org_id, c.case_id HAVING count(r.run_id) <> 1 OR max(r.run_id) <> c.run_id "
        "OR c.state <> 'in_review'"
    )
    assert runs == []
    (batch,) = desk.rows("SELECT state, counts FROM batches")
    assert batch.state == "ready"
    counts = batch.counts
    assert counts["loaded"] == len(good_accounts)
    assert counts["loaded"] + counts["rejected"] + counts["set_aside"] == counts["rows"]
    moves = desk.rows("SELECT 1 FROM events WHERE action = 'intake:case:receive'")
    assert len(moves) == 1


def test_a_worker_killed_in_the_middle_of_an_import(
    desk: Desk, workbook: Path, good_accounts: list[str], tmp_path: Path
) -> None:
    with running(desk.settings, tmp_path, workers=1, web=False) as live:
        upload(desk, workbook)
        desk.wait(lambda: inserting_cases(desk))
        kill(live, "worker-0")
        assert desk.ask("SELECT count(*) FROM cases") == 0, "a killed import leaves nothing"
        assert desk.ask("SELECT state FROM jobs WHERE kind = 'intake.load'") == "running"
        live.worker("worker-1")
        desk.wait(lambda: desk.open_jobs() == 0, pause=0.5)
    assert desk.ask("SELECT attempts FROM jobs WHERE kind = 'intake.load'") == 2
    assert_whole(desk, good_accounts)


def test_a_worker_killed_in_the_middle_of_an_audit(
    desk: Desk, workbook: Path, good_accounts: list[str], tmp_path: Path
) -> None:
    """Some chunks are committed, and a worker is about to write the next, when both are killed.

    The first lock stops both workers at their first chunks. The second queues behind these two, and ahead of whatever
    the workers come to next: it is granted once they are committed, and stops them again.
    """
    first = desk.lock("audit_runs")
    desk.wait(first.granted.is_set)
    with running(desk.settings, tmp_path, workers=2, web=False) as live:
        upload(desk, workbook)
        desk.wait(lambda: desk.waiting_for("audit_runs") == 2)
        second = desk.lock("audit_runs")
        desk.wait(lambda: desk.asked_to_lock("audit_runs") == 2)
        first.release()
        desk.wait(lambda: second.granted.is_set() and desk.waiting_for("audit_runs") > 0)
        kill(live, "worker-0")
        kill(live, "worker-1")
        assert 0 < audited(desk) < len(good_accounts)
        assert desk.running("audit.chunk") > 0
        second.release()
        live.worker("worker-2")
        desk.wait(lambda: desk.open_jobs() == 0, pause=0.5)
    assert_whole(desk, good_accounts)


def test_redis_emptied_in_the_middle_of_an_import_and_of_an_audit(
    desk: Desk, workbook: Path, good_accounts: list[str], tmp_path: Path
) -> None:
    with running(desk.settings, tmp_path, workers=2, web=False):
        upload(desk, workbook)
        desk.flush_redis()
        desk.wait(lambda: desk.running("intake.load") == 1)
        desk.flush_redis()
        desk.wait(lambda: audited(desk) > 0)
        desk.flush_redis()
        desk.wait(lambda: desk.open_jobs() == 0, pause=0.5)
    assert_whole(desk, good_accounts)
    assert desk.ask("SELECT max(attempts) FROM jobs") == 1, "workers got in each other's way"
