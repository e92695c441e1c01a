"""Evidence whose worker is killed and whose Redis is emptied: each file is there exactly once, with its case."""

import io
import zipfile
from pathlib import Path

import pytest

from reviewdesk.review import uploads
from tests.faults.conftest import Desk
from tests.live import running

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1200)]

FILES = 400  # enough that the job is met while it runs


def archive() -> io.BytesIO:
    spool = io.BytesIO()
    with zipfile.ZipFile(spool, "w") as packed:
        for number in range(FILES):
            packed.writestr(f"HT-{number % 4:04d}/{number}.pdf", b"%%PDF-1.7 %d" % number)
    spool.seek(0)
    return spool


def test_a_worker_killed_while_it_unpacks_and_redis_emptied(desk: Desk, tmp_path: Path) -> None:
    batch_id = desk.bench.batch(desk.org)
    for number in range(4):
        desk.bench.case(desk.org, batch_id, facts={"account_no": f"HT-{number:04d}"})
    with running(desk.settings, tmp_path, workers=1, web=False) as live:
        upload = uploads.receive(desk.org.uploader.actor, batch_id, [("证据.zip", archive())])
        desk.wait(lambda: desk.running("review.evidence") == 1, pause=0.001)
        live.processes["worker-0"].kill()
        live.processes["worker-0"].wait()
        assert desk.ask("SELECT count(*) FROM attachments") == 0, "the job was over already"
        desk.flush_redis()
        live.worker("worker-1")
        desk.wait(lambda: desk.open_jobs() == 0, pause=0.5)
    assert desk.ask("SELECT attempts FROM jobs WHERE job_id = :job", job=upload.job_id) == 2
    files = desk.rows("SELECT case_id, count(*) AS files, count(DISTINCT sha256) AS kinds FROM attachments GROUP BY 1")
    assert sorted((row.files, row.kinds) for row in files) == [(FILES // 4, FILES // 4)] * 4
    assert all(row.case_id for row in files)
    assert desk.ask("SELECT state FROM evidence_uploads") == "done"
    assert desk.ask("SELECT count(*) FROM events WHERE action = 'review:batch:attach'") == 1
