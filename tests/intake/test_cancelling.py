"""Cancelling an import before, while and after it runs, and what the batch page tells of its progress."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from reviewdesk import outbox
from reviewdesk.actor import system
from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, NotAllowed, NotFound
from reviewdesk.intake import cancelling, confirming, loader, queries, table, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.loader import Loader
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.proof import prove
from tests.builders import Bench, Org, csrf
from tests.intake.sheets import accounts, write


def upload(org: Org, path: Path, **wish: Any) -> Batch:
    return uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True, **wish))


def read(org: Org, batch_id: UUID) -> Batch:
    with unit_of_work(org.uploader.actor) as work:
        return find_batch(work, batch_id)


def count(org: Org, name: str) -> int:
    with unit_of_work(system(org.org_id)) as work:
        number: int = work.execute(f"SELECT count(*) FROM {name} WHERE org_id = :org", org=org.org_id).scalar_one()  # noqa: S608 -- our own names
    return number


class Meanwhile:
    """Does something once, when an import has sent its second slice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
        monkeypatch.setattr(table, "SLICE_ROWS", 5)
        monkeypatch.setattr(loader, "HEED_SECONDS", 0.0)
        tell, told = Loader._tell, []

        def telling(loader: Any, phase: str, done: int, total: int) -> None:
            told.append(done)
            if len(told) == 2:
                act()
            tell(loader, phase, done, total)

        monkeypatch.setattr(Loader, "_tell", telling)
        self.told = told


def test_a_running_import_notices_and_leaves_nothing(
    bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = accounts(40, prefix)
    rows[0]["放款日期"] = "2024-02-30"
    batch = upload(org, write(tmp_path / "a.xlsx", rows))
    seen: list[Any] = []

    def cancel() -> None:
        asked = cancelling.cancel(org.senior_reviewer.actor, batch.batch_id)
        seen.append(asked.state)
        with unit_of_work(org.uploader.actor) as work:
            progress = queries.detail(work, batch.batch_id).progress
        seen.append(progress.stopping if progress else None)
        seen.append("正在取消" in bench.client(org.uploader).get(f"/batches/{batch.batch_id}").text)

    meanwhile = Meanwhile(monkeypatch, cancel)
    bench.run_jobs(org)
    assert seen == ["loading", True, True]
    assert len(meanwhile.told) == 2
    ended = read(org, batch.batch_id)
    assert (ended.state, (ended.problem or {})["code"]) == ("cancelled", "batch.cancelled")
    assert org.senior_reviewer.name in (ended.problem or {})["message"]["zh"]
    assert (count(org, "cases"), count(org, "case_files"), count(org, "sheet_rows")) == (0, 0, 0)
    (event,) = bench.events(org, "intake:batch:cancel")
    assert (event.old, event.new) == (
        {"state": "loading"},
        {"state": "cancelled", "by": org.senior_reviewer.name},
    )
    assert bench.events(org, "intake:case:receive") == []
    assert bench.failed_jobs(org) == []
    monkeypatch.undo()

    again = uploading.import_again(org.uploader.actor, batch.batch_id)
    mapping = Mapping.from_json(again.mapping or {})
    confirming.confirm_mapping(org.uploader.actor, again.batch_id, mapping, version=again.version)
    bench.run_jobs(org)
    assert read(org, again.batch_id).counts["loaded"] == 39
    assert prove(org.compliance.actor).holds


def test_an_import_that_waits_is_cancelled_at_once(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    queued = upload(org, write(tmp_path / "a.xlsx", accounts(2, prefix)))
    mapping = upload(org, write(tmp_path / "b.xlsx", accounts(2, prefix + "B")), ask=True)
    for batch in (queued, mapping):
        assert cancelling.cancel(org.uploader.actor, batch.batch_id).state == "cancelled"
        assert cancelling.cancel(org.uploader.actor, batch.batch_id).state == "cancelled"
    bench.run_jobs(org)
    assert count(org, "cases") == 0
    assert read(org, queued.batch_id).state == "cancelled"
    assert len(bench.events(org, "intake:batch:cancel")) == 2


def test_who_may_and_when(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = upload(org, write(tmp_path / "a.xlsx", accounts(2, prefix)))
    with pytest.raises(NotAllowed):
        cancelling.cancel(org.reviewer.actor, batch.batch_id)
    with pytest.raises(NotFound):
        cancelling.cancel(bench.organisation().uploader.actor, batch.batch_id)
    bench.run_jobs(org)
    with pytest.raises(Conflict) as refused:
        cancelling.cancel(org.uploader.actor, batch.batch_id)
    assert refused.value.details["state"] == "ready"


def test_the_page_cancels_and_offers_another_import(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = upload(org, write(tmp_path / "a.xlsx", accounts(2, prefix)))
    client = bench.client(org.uploader)
    place = f"/batches/{batch.batch_id}"
    page = client.get(place).text
    assert f"{place}/cancel" in page
    assert client.post(f"{place}/cancel", data={"csrf_token": csrf(page)}).location.endswith(place)
    page = client.get(place).text
    assert "导入已取消" in page
    assert f"{place}/again" in page
    new = client.get("/batches/new").text
    file = (io.BytesIO((tmp_path / "a.xlsx").read_bytes()), "a.xlsx")
    answer = client.post("/batches/new", data={"csrf_token": csrf(new), "file": file})
    assert answer.status_code == 409
    assert f"{place}/again" in answer.text


def test_progress_has_phase_pace_and_time_left_for_whoever_looks(
    bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = upload(org, write(tmp_path / "a.xlsx", accounts(40, prefix)))
    seen: list[Any] = []

    def look() -> None:
        began = (now() - timedelta(seconds=200)).isoformat()
        with unit_of_work(system(org.org_id)) as work:
            work.execute(
                "UPDATE jobs SET progress = jsonb_build_object('phase', 'load', 'done', 1000, 'total', 4000, "
                "'since', CAST(:began AS text)) WHERE org_id = :org AND state = 'running'",
                org=org.org_id,
                began=began,
            )
        readers = (org.uploader, org.reviewer)
        seen.extend(bench.client(who).get(f"/batches/{batch.batch_id}").text for who in readers)
        with unit_of_work(org.uploader.actor) as work:
            seen.append(queries.detail(work, batch.batch_id).progress)

    monkeypatch.setattr(outbox, "_renew", lambda held: None)  # the heartbeat would tell of the job's own progress
    Meanwhile(monkeypatch, look)
    bench.run_jobs(org, most=1)
    first, second, progress = seen
    assert (progress.phase, progress.done, progress.total) == ("load", 1000, 4000)
    assert 4 <= progress.rate <= 5
    assert 600 <= progress.seconds_left <= 700
    for page in (first, second):
        assert "1,000 / 4,000" in page
        assert "每秒约" in page
        assert "约剩" in page
    assert "取消导入" in first
    assert "取消导入" not in second
