"""Files that nothing refers to go, and never one that somebody else is storing at the same time."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from reviewdesk.db import db, unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import spare, storage, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.mended_workbook import receive_workbook
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


@contextmanager
def held_connections() -> Iterator[list[int]]:
    """The most connections that were taken from the pool at once."""
    held, most = [0], [0]

    def take(*_given: Any) -> None:
        held[0] += 1
        most[0] = max(most[0], held[0])

    def give(*_given: Any) -> None:
        held[0] -= 1

    event.listen(db.engine, "checkout", take)
    event.listen(db.engine, "checkin", give)
    try:
        yield most
    finally:
        event.remove(db.engine, "checkout", take)
        event.remove(db.engine, "checkin", give)


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


def test_storing_a_workbook_takes_one_connection(bench: Bench, org: Org) -> None:
    """Two each would be none for anybody once as many uploads as there are connections wait for their second."""
    with held_connections() as most:
        batch = receive(org, workbook(), Wish(auto=True))
    assert most == [1]
    bench.run_jobs(org)
    with held_connections() as most, pytest.raises(Invalid):
        receive_workbook(org.uploader.actor, batch.batch_id, io.BytesIO(workbook()), "a.xlsx")
    assert most == [1]


def test_the_sweep_takes_only_what_nothing_refers_to(bench: Bench, org: Org) -> None:
    receive(org, workbook(), Wish(auto=True))
    (used,) = kept_of(org)
    left = storage.keep(io.BytesIO(b"left by a worker that died"), org.org_id).path
    storage.put(f"{org.org_id}/looks/{uuid4()}", b"kept by another rule")
    bench.age_files(org)
    with unit_of_work(org.uploader.actor) as work:
        spare.hold(work, left)
        assert spare.sweep(org.org_id) == 0
    assert sorted(kept_of(org)) == sorted([used, left])
    assert spare.sweep(org.org_id) == 1
    assert kept_of(org) == [used]
    assert spare.sweep(org.org_id) == 0


def test_the_sweep_leaves_what_is_not_a_day_old(bench: Bench, org: Org) -> None:
    left = storage.keep(io.BytesIO(b"left"), org.org_id).path
    bench.age_files(org, hours=23)
    assert spare.sweep(org.org_id) == 0
    assert storage.keep(io.BytesIO(b"left"), org.org_id).path == left
    bench.age_files(org, hours=2)
    assert spare.sweep(org.org_id) == 0, "stored again two hours ago"
    bench.age_files(org, hours=23)
    assert spare.sweep(org.org_id) == 1


def test_who_stores_one_file_keeps_the_others_from_nobody(bench: Bench, org: Org) -> None:
    """The shelves are told apart by the first two digits of the digests."""
    left = [storage.keep(io.BytesIO(str(number).encode()), org.org_id).path for number in range(40)]
    bench.age_files(org)
    with unit_of_work(org.uploader.actor) as work:
        kept = spare.keep(work, io.BytesIO(b"being stored")).path
        beside = [path for path in left if path.split("/")[1] == kept.split("/")[1]]
        assert spare.sweep(org.org_id) == len(left) - len(beside)
        assert sorted(kept_of(org)) == sorted([kept, *beside])


def test_a_file_whose_row_comes_while_it_is_to_be_dropped_stays(org: Org) -> None:
    """What is needed is asked when the file is deleted, not when its deletion is asked for."""
    kept = storage.keep(io.BytesIO(b"needed after all"), org.org_id)
    by = org.uploader
    with unit_of_work(by.actor) as work:
        spare.drop_if_free(work, org.org_id, [kept.path])
        with unit_of_work(by.actor) as other:
            spare.hold(other, kept.path)
            row = {"file_id": uuid4(), "kind": "workbook", "name": "a.xlsx", "by_id": by.person_id, "by_name": by.name}
            size = {"size": kept.size, "sha256": kept.sha256, "path": kept.path}
            other.session.add(StoredFile(org_id=org.org_id, **row, **size))
    assert kept_of(org) == [kept.path]
