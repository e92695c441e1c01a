"""Jobs: the row is the truth, Redis the doorbell."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from reviewdesk import outbox
from reviewdesk.db import Work, unit_of_work
from reviewdesk.errors import Invalid, Text
from tests.builders import Bench, Org
from workers import jobs, pipeline


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[outbox.JobFunction], str]:
    """Register a job function for one test."""

    def register(function: outbox.JobFunction) -> str:
        monkeypatch.setitem(pipeline.JOBS, "test.job", function)
        return "test.job"

    return register


def _add(org: Org, kind: str, key: str | None = None) -> Any:
    with unit_of_work(org.uploader.actor) as work:
        return outbox.add(work, kind, {"n": 1}, key=key)


def _row(org: Org, job_id: Any) -> Any:
    with unit_of_work(org.uploader.actor) as work:
        return work.execute("SELECT * FROM jobs WHERE job_id = :job", job=job_id).one()


def _count_events(org: Org) -> int:
    with unit_of_work(org.uploader.actor) as work:
        number: int = work.execute("SELECT value FROM counters WHERE name = 'ran'").scalar() or 0
    return number


def _counting(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
    work.execute(
        "INSERT INTO counters VALUES (:org, 'ran', :n) "
        "ON CONFLICT (org_id, name) DO UPDATE SET value = counters.value + 1",
        org=work.org_id,
        n=args["n"],
    )
    report(done=1, total=1)


def test_a_job_runs_once_however_often_it_is_started(bench: Bench, kind: Callable[..., str]) -> None:
    org = bench.organisation()
    job_id = _add(org, kind(_counting))
    for _ in range(3):
        jobs.run(str(job_id))
    assert _count_events(org) == 1
    row = _row(org, job_id)
    assert (row.state, row.attempts, row.progress) == ("done", 1, {"done": 1, "total": 1})


def test_the_same_key_asks_for_one_job(bench: Bench, kind: Callable[..., str]) -> None:
    org = bench.organisation()
    name = kind(_counting)
    assert _add(org, name, "chunk 1") is not None
    assert _add(org, name, "chunk 1") is None


def test_a_rolled_back_change_asks_for_nothing(bench: Bench) -> None:
    org = bench.organisation()

    def change() -> None:
        with unit_of_work(org.uploader.actor) as work:
            outbox.add(work, "test.job", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert bench.run_jobs(org) == 0


def test_the_actor_of_a_job_is_the_person_who_asked_for_it(bench: Bench, kind: Callable[..., str]) -> None:
    org, seen = bench.organisation(), []
    job_id = _add(org, kind(lambda work, args, report: seen.append(work.actor)))
    jobs.run(str(job_id))
    assert seen[0].person_id == org.uploader.person_id
    assert (seen[0].kind, seen[0].job_id) == ("job", job_id)


def test_a_failed_job_is_tried_again_and_then_shown_without_quoting_data(
    bench: Bench, kind: Callable[..., str]
) -> None:
    def broken(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
        raise ValueError("张三 11010519491231002X")

    org = bench.organisation()
    job_id = _add(org, kind(broken))
    states = []
    for _ in range(5):
        with unit_of_work(org.uploader.actor) as work:
            work.execute("UPDATE jobs SET run_after = now() WHERE job_id = :job", job=job_id)
        jobs.run(str(job_id))
        states.append(_row(org, job_id).state)
    assert states == ["pending"] * 4 + ["failed"]
    error = _row(org, job_id).error
    assert error["code"] == "ValueError"
    assert "broken" in error["where"]
    assert "张三" not in str(error)


def test_an_error_that_a_person_must_mend_is_not_tried_again(bench: Bench, kind: Callable[..., str]) -> None:
    def refused(work: Work, args: dict[str, Any], report: Callable[..., None]) -> None:
        raise Invalid("sums_differ", Text("合计不符", "The sums differ"))

    org = bench.organisation()
    job_id = _add(org, kind(refused))
    jobs.run(str(job_id))
    row = _row(org, job_id)
    assert (row.state, row.error["code"]) == ("failed", "sums_differ")
    with unit_of_work(org.administrator.actor) as work:
        assert outbox.retry(work, job_id)
        assert not outbox.retry(work, job_id)


def test_work_of_a_lost_lease_is_rolled_back(bench: Bench, kind: Callable[..., str]) -> None:
    org = bench.organisation()
    job_id = _add(org, kind(_counting))
    first = outbox.claim(job_id)
    assert first is not None
    with unit_of_work(org.uploader.actor) as work:
        work.execute("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE job_id = :job", job=job_id)
    second = outbox.claim(job_id)
    assert second is not None
    outbox.perform(first, _counting)
    assert _count_events(org) == 0
    outbox.perform(second, _counting)
    assert _count_events(org) == 1


def test_the_sweeper_rings_again_after_redis_lost_everything(
    bench: Bench, app: Flask, kind: Callable[..., str]
) -> None:
    org = bench.organisation()
    job_id = _add(org, kind(_counting))
    redis = outbox.redis()
    redis.flushdb()
    outbox.sweep()
    assert f"{job_id}-0".encode() in redis.lrange("rq:queue:work", 0, -1)
    outbox.sweep()
    assert redis.lrange("rq:queue:work", 0, -1).count(f"{job_id}-0".encode()) == 1


def test_a_job_that_keeps_killing_its_workers_is_shown_as_failed(bench: Bench, kind: Callable[..., str]) -> None:
    org = bench.organisation()
    job_id = _add(org, kind(_counting))
    for _ in range(5):
        assert outbox.claim(job_id) is not None
        with unit_of_work(org.uploader.actor) as work:
            work.execute("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE job_id = :job", job=job_id)
    outbox.sweep()
    row = _row(org, job_id)
    assert (row.state, row.error["code"]) == ("failed", "job.worker_died")
    assert outbox.claim(job_id) is None


def test_a_job_of_an_unknown_kind_fails_at_once(bench: Bench) -> None:
    org = bench.organisation()
    job_id = _add(org, "from.the.future")
    jobs.run(str(job_id))
    row = _row(org, job_id)
    assert (row.state, row.error["code"]) == ("failed", "job.unknown_kind")
