"""Files that nothing refers to go, and never one that somebody else is storing at the same time."""

import io
from typing import Any
from uuid import uuid4

import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import spare, storage, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.models import StoredFile
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org
from tests.intake.sheets import accounts
from tests.intake.test_unlocked import plain

REFUSED = Wish(sheet="没有这张表")


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def workbook() -> bytes:
    return plain(accounts(1, uuid4().hex))


def receive(org: Org, content: bytes, wish: Wish) -> Any:
    return uploading.receive_upload(org.uploader.actor, io.BytesIO(content), "a.xlsx", wish)


def kept_of(org: Org) -> list[str]:
    return list(storage.stored(org.org_id))


def test_a_refused_workbook_goes_at_once(org: Org) -> None:
    with pytest.raises(Invalid):
        receive(org, workbook(), REFUSED)
    assert kept_of(org) == []


def test_a_refused_workbook_leaves_the_same_one_that_is_just_being_stored(
    bench: Bench, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other upload has stored its bytes, and its row is still to come, when this one drops them."""
    content, make = workbook(), uploading._make_batch

    def meanwhile(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(uploading, "_make_batch", make)
        with pytest.raises(Invalid):
            receive(org, content, REFUSED)
        return make(*given, **named)

    monkeypatch.setattr(uploading, "_make_batch", meanwhile)
    batch = receive(org, content, Wish(auto=True))
    (path,) = kept_of(org)
    assert storage.locate(path).read_bytes() == content
    bench.run_jobs(org)
    with unit_of_work(org.uploader.actor) as work:
        assert find_batch(work, batch.batch_id).counts["loaded"] == 1


def test_the_sweep_takes_only_what_nothing_refers_to(org: Org) -> None:
    receive(org, workbook(), Wish(auto=True))
    (used,) = kept_of(org)
    left = storage.keep(io.BytesIO(b"left by a worker that died"), org.org_id).path
    storage.put(f"{org.org_id}/looks/{uuid4()}", b"kept by another rule")
    with spare.storing(org.uploader.actor):
        assert spare.sweep(org.org_id) == 0
    assert sorted(kept_of(org)) == sorted([used, left])
    assert spare.sweep(org.org_id) == 1
    assert kept_of(org) == [used]
    assert spare.sweep(org.org_id) == 0


def test_a_file_whose_row_comes_while_it_is_to_be_dropped_stays(org: Org) -> None:
    """What is needed is asked when the file is deleted, not when its deletion is asked for."""
    kept = storage.keep(io.BytesIO(b"needed after all"), org.org_id)
    by = org.uploader
    with unit_of_work(by.actor) as work:
        spare.drop_if_free(work, org.org_id, [kept.path])
        with spare.storing(by.actor), unit_of_work(by.actor) as other:
            row = {"file_id": uuid4(), "kind": "workbook", "name": "a.xlsx", "by_id": by.person_id, "by_name": by.name}
            size = {"size": kept.size, "sha256": kept.sha256, "path": kept.path}
            other.session.add(StoredFile(org_id=org.org_id, **row, **size))
    assert kept_of(org) == [kept.path]
