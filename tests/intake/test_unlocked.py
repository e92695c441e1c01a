"""The copy without its password of a protected workbook: kept while its batch needs it, and no longer."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import cancelling, corrections, storage, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.declaring import Declared
from reviewdesk.intake.models import Batch, StoredFile
from reviewdesk.intake.unlocked import KEEP_DAYS, forget_old
from reviewdesk.intake.unlocking import Passwords
from reviewdesk.intake.wishes import Wish
from reviewdesk.review import taking_back
from tests.builders import Bench, Org
from tests.intake.mends import mend_row
from tests.intake.sheets import HEADERS, accounts
from tests.intake.test_passwords import PASSWORD
from workers import jobs

AUTO = Wish(auto=True)
DAY = HEADERS.index("放款日期")


def plain(rows: list[dict[str, Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(list(HEADERS))
    for row in rows:
        book.active.append([row[name] for name in HEADERS])
    spool = io.BytesIO()
    book.save(spool)
    return spool.getvalue()


def locked(folder: Path, content: bytes) -> Path:
    path = folder / f"{uuid4().hex}.xlsx"
    with path.open("wb") as out:
        OOXMLFile(io.BytesIO(content)).encrypt(PASSWORD, out)
    return path


def rows_with_one_bad() -> list[dict[str, Any]]:
    rows = accounts(2, f"HT{uuid4().hex[:10].upper()}")
    rows[1]["放款日期"] = "2024-02-30"
    return rows


def upload(org: Org, path: Path, wish: Wish = AUTO) -> tuple[Batch, Path]:
    """A batch of the file, and where its unlocked copy is."""
    batch = uploading.upload_from_path(org.uploader.actor, path, wish, Passwords(PASSWORD))
    copy = copy_of(org, batch.batch_id)
    assert copy is not None
    return batch, storage.locate(copy)


def copy_of(org: Org, batch_id: UUID) -> str | None:
    with unit_of_work(org.uploader.actor) as work:
        batch = find_batch(work, batch_id)
        return work.session.get_one(StoredFile, (batch.org_id, batch.file_id)).unlocked_path


def test_it_stays_while_rows_are_to_be_mended_and_goes_with_the_last(bench: Bench, org: Org, tmp_path: Path) -> None:
    batch, copy = upload(org, locked(tmp_path, plain(rows_with_one_bad())))
    bench.run_jobs(org)
    assert copy.read_bytes().startswith(b"PK")
    book, _name = corrections.error_workbook(org.uploader.actor, batch.batch_id, "en")
    assert len(openpyxl.load_workbook(book).sheetnames) == 2
    assert mend_row(org.uploader.actor, batch.batch_id, 3, {DAY: "2024-02-29"}).loaded == 1
    assert copy_of(org, batch.batch_id) is None
    assert not copy.exists()


def test_it_goes_when_the_import_is_cancelled(org: Org, tmp_path: Path) -> None:
    batch, copy = upload(org, locked(tmp_path, plain(accounts(1, uuid4().hex))), Wish())
    assert batch.state == "mapping"
    cancelling.cancel(org.uploader.actor, batch.batch_id)
    assert copy_of(org, batch.batch_id) is None
    assert not copy.exists()


def test_it_goes_when_the_import_is_stopped_and_comes_with_the_password_again(
    bench: Bench, org: Org, tmp_path: Path
) -> None:
    path = locked(tmp_path, plain(accounts(1, uuid4().hex)))
    batch, copy = upload(org, path, Wish(auto=True, declared=Declared(rows=7)))
    bench.run_jobs(org)
    assert not copy.exists()
    with pytest.raises(Invalid) as caught:
        uploading.import_again(org.uploader.actor, batch.batch_id)
    assert caught.value.code == "file.encrypted"
    page = bench.client(org.uploader)
    again, fresh = upload(org, path)
    assert again.batch_id != batch.batch_id
    bench.run_jobs(org)
    assert not fresh.exists()
    assert page.get(f"/batches/{again.batch_id}").status_code == 200


def test_it_goes_when_the_batch_is_taken_back(bench: Bench, org: Org, tmp_path: Path) -> None:
    batch, copy = upload(org, locked(tmp_path, plain(rows_with_one_bad())))
    bench.run_jobs(org)
    assert copy.exists()
    taking_back.take_back(org.uploader.actor, batch.batch_id, "传错了")
    bench.run_jobs(org)
    assert not copy.exists()


def test_it_goes_after_some_days_in_any_case(bench: Bench, org: Org, tmp_path: Path) -> None:
    batch, copy = upload(org, locked(tmp_path, plain(rows_with_one_bad())), Wish())
    assert forget_old(org.org_id) == 0
    with unit_of_work(org.uploader.actor) as work:
        find_batch(work, batch.batch_id).created_at = now() - timedelta(days=KEEP_DAYS, hours=1)
    assert jobs.forget_unlocked()["forgotten"] >= 1
    assert not copy.exists()


def test_the_same_content_that_was_uploaded_without_a_password_stays(bench: Bench, org: Org, tmp_path: Path) -> None:
    content = plain(accounts(1, uuid4().hex))
    open_file = tmp_path / "open.xlsx"
    open_file.write_bytes(content)
    first = uploading.upload_from_path(org.uploader.actor, open_file, AUTO)
    bench.run_jobs(org)
    batch, copy = upload(org, locked(tmp_path, content), Wish())
    cancelling.cancel(org.uploader.actor, batch.batch_id)
    assert copy.read_bytes() == content
    assert copy_of(org, first.batch_id) is None
