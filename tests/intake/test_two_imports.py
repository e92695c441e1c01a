"""Two imports of the same accounts at the same time: both end, and each account is one case."""

import threading
from contextvars import Context
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.intake import staging, table
from reviewdesk.intake.known import OnKnown
from reviewdesk.intake.models import Batch
from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.proof import prove
from tests.builders import Bench, Org
from tests.intake.sheets import accounts, write
from workers import jobs


def load_jobs(org: Org) -> list[Any]:
    with unit_of_work(system(org.org_id)) as work:
        return list(work.execute("SELECT job_id FROM jobs WHERE kind = 'intake.load' ORDER BY number").scalars())


def at_once(app: Flask, job_ids: list[Any]) -> None:
    """Run the jobs side by side, each in a thread with a context of its own, as two workers do."""

    def work(job_id: Any) -> None:
        with app.app_context():
            jobs.run(str(job_id))

    threads = [threading.Thread(target=Context().run, args=(work, job_id)) for job_id in job_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("on_known", ["reject", "skip", "update"])
def test_both_end_and_each_account_is_one_case(
    app: Flask, bench: Bench, org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_known: OnKnown
) -> None:
    """Their rows come in opposite orders, and each waits after its first slice, so that they surely meet."""
    monkeypatch.setattr(table, "SLICE_ROWS", 10)
    met, send = threading.Barrier(2), staging.Stage._send
    first_slices: set[Any] = set()

    def send_and_meet(self: Any, *args: Any) -> Any:
        found = send(self, *args)
        if self._batch.batch_id not in first_slices:
            first_slices.add(self._batch.batch_id)
            met.wait(240)
        return found

    monkeypatch.setattr(staging.Stage, "_send", send_and_meet)
    prefix = f"HT{uuid4().hex[:10].upper()}"
    rows = accounts(40, prefix)
    paths = [write(tmp_path / "a.xlsx", rows), write(tmp_path / "b.xlsx", rows[::-1])]
    batches = [upload_from_path(org.uploader.actor, path, Wish(auto=True, on_known=on_known)) for path in paths]
    at_once(app, load_jobs(org))
    with unit_of_work(system(org.org_id)) as work:
        work.execute("UPDATE jobs SET run_after = now() - interval '1 second' WHERE state = 'pending'")
    bench.run_jobs(org)

    with unit_of_work(system(org.org_id)) as work:
        ended = [work.session.get_one(Batch, (org.org_id, batch.batch_id)) for batch in batches]
        states = work.execute("SELECT account_no, state FROM cases").all()
        open_jobs = work.execute("SELECT count(*) FROM jobs WHERE state <> 'done'").scalar_one()
    assert [batch.state for batch in ended] == ["ready", "ready"]
    assert sorted(account for account, _state in states) == sorted(row["借据号"] for row in rows)
    assert {state for _account, state in states} == {"in_review"}
    counts = [batch.counts for batch in ended]
    assert sum(one["loaded"] for one in counts) == 40
    assert sum(one["known"] for one in counts) == 40
    part = {"reject": "rejected", "skip": "skipped", "update": "unchanged"}[on_known]
    assert sum(one[part] for one in counts) == 40
    assert open_jobs == 0
    assert prove(org.compliance.actor).holds
