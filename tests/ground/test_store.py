"""The file store, the same for a folder and for a storage behind fsspec."""

import hashlib
import io
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from reviewdesk.errors import Invalid
from reviewdesk.intake import spare, storage
from reviewdesk.settings import Settings, SettingsError, load_settings
from reviewdesk.store import COPY_SECONDS, Folder, Remote, Store, StoreBroken, open_store

CONTENT = b"contract " * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


in_folder = pytest.mark.parametrize("stored", ["folder"], indirect=True)
in_storage = pytest.mark.parametrize("stored", ["memory"], indirect=True)


@pytest.fixture(params=["folder", "memory"])
def stored(request: pytest.FixtureRequest, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    url = str(tmp_path / "elsewhere") if request.param == "folder" else f"memory://bucket/{uuid4().hex}"
    settings: Settings = app.extensions["reviewdesk.settings"]
    changed = settings.model_copy(update={"store_url": url, "home": tmp_path, "max_upload_mb": 1})
    monkeypatch.setitem(app.extensions, "reviewdesk.settings", changed)
    return changed


@pytest.fixture
def store(stored: Settings) -> Iterator[Store]:
    yield open_store(stored)
    assert list(stored.home.rglob(".incoming-*")) == []


def alter(store: Store, path: str) -> None:
    """What somebody with hands in the storage would do."""
    if isinstance(store, Folder):
        (store.root / path).write_bytes(b"another contract")
    elif isinstance(store, Remote):
        store.files.pipe_file(f"{store.root}/{path}", b"another contract")


def test_what_is_kept_is_read_unchanged(store: Store) -> None:
    kept = storage.keep(io.BytesIO(CONTENT), uuid4())
    assert (kept.sha256, kept.size) == (SHA256, len(CONTENT))
    assert kept.path.endswith(f"/{SHA256[:2]}/{SHA256}")
    assert storage.locate(kept.path).read_bytes() == CONTENT
    assert storage.locate(kept.path).stat().st_mode & 0o077 == 0


def test_the_same_content_is_kept_once(store: Store) -> None:
    org_id = uuid4()
    assert storage.keep(io.BytesIO(CONTENT), org_id) == storage.keep(io.BytesIO(CONTENT), org_id)


@pytest.mark.parametrize(("content", "code"), [(b"", "file.empty"), (bytes(1_048_577), "file.too_large")])
def test_what_is_refused_leaves_nothing(store: Store, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        storage.keep(io.BytesIO(content), uuid4())
    assert refused.value.code == code


def test_an_altered_file_is_refused(store: Store) -> None:
    path = storage.keep(io.BytesIO(CONTENT), uuid4()).path
    alter(store, path)
    with pytest.raises(StoreBroken) as refused:
        storage.locate(path)
    assert refused.value.code == "store.altered"


@in_folder
def test_an_altered_file_is_noticed_after_it_was_read(store: Store) -> None:
    path = storage.keep(io.BytesIO(CONTENT), uuid4()).path
    assert storage.locate(path).stat().st_size == len(CONTENT)
    alter(store, path)
    with pytest.raises(StoreBroken):
        storage.locate(path)


def test_a_file_of_our_own_can_be_written_anew(store: Store) -> None:
    for content in (b"one", b"two"):
        storage.put("looks/1", content)
        assert storage.locate("looks/1").read_bytes() == content


def test_what_was_dropped_is_gone(store: Store) -> None:
    path = storage.keep(io.BytesIO(CONTENT), uuid4()).path
    storage.locate(path)
    storage.drop(path)
    storage.drop(path)
    with pytest.raises(FileNotFoundError):
        storage.locate(path)


@in_storage
def test_copies_go_after_a_day(store: Store) -> None:
    first = storage.locate(storage.keep(io.BytesIO(b"first"), uuid4()).path)
    yesterday = time.time() - COPY_SECONDS - 1
    os.utime(first, (yesterday, yesterday))
    second = storage.locate(storage.keep(io.BytesIO(b"second"), uuid4()).path)
    assert (first.exists(), second.exists()) == (False, True)


@in_storage
def test_a_storage_that_takes_less_than_was_sent_is_found_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(store, Remote)
    monkeypatch.setattr(store, "files", store.files.__class__(skip_instance_cache=True), raising=True)
    monkeypatch.setattr(store.files, "put_file", lambda source, target: store.files.pipe_file(target, b"half"))
    with pytest.raises(StoreBroken) as refused:
        storage.keep(io.BytesIO(CONTENT), uuid4())
    assert refused.value.code == "store.incomplete"


def settings_with(url: str) -> Settings:
    key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
    secrets = {"SECRET_KEY": "s" * 40, "VAULT_KEYS": f"k1:{key}", "BLIND_KEY": key}
    given = {f"REVIEWDESK_{name}": value for name, value in secrets.items()}
    return load_settings(given | {"REVIEWDESK_STORE_URL": url})


def test_a_store_is_a_folder_or_a_storage(tmp_path: Path) -> None:
    assert settings_with(f"file://{tmp_path}").files == tmp_path
    assert not settings_with(str(tmp_path)).keeps_remotely
    assert settings_with("memory://bucket/a").keeps_remotely
    assert settings_with("").files == settings_with("").home / "files"


@pytest.mark.parametrize("url", ["carrier-pigeon://loft", "gopher://a"])
def test_an_unknown_storage_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="REVIEWDESK_STORE_URL"):
        settings_with(url)


def test_the_files_below_a_folder_are_listed(store: Store) -> None:
    org_id = uuid4()
    paths = {storage.keep(io.BytesIO(CONTENT + bytes([number])), org_id).path for number in range(3)}
    storage.put(f"{org_id}/looks/1", b"look")
    storage.keep(io.BytesIO(CONTENT), uuid4())
    assert set(store.under(str(org_id))) == paths | {f"{org_id}/looks/1"}
    assert set(storage.stored(org_id)) == paths
    assert list(store.under(str(uuid4()))) == []


def test_storing_the_same_again_counts_anew(store: Store) -> None:
    org_id, before = uuid4(), datetime.now(UTC) - timedelta(seconds=1)
    path = storage.keep(io.BytesIO(CONTENT), org_id).path
    first = store.settled_at(path)
    storage.keep(io.BytesIO(CONTENT), org_id)
    assert before <= first <= store.settled_at(path) <= datetime.now(UTC) + timedelta(seconds=1)
    with pytest.raises(FileNotFoundError):
        store.settled_at(f"{org_id}/looks/none")


def test_what_was_left_half_written_goes_when_nobody_writes_to_it(store: Store) -> None:
    dead, alive = store.scratch(), store.scratch()
    for file in (dead, alive):
        file.write_bytes(CONTENT)
    kept = storage.keep(io.BytesIO(CONTENT), uuid4()).path
    long_ago = time.time() - 2 * 24 * 3600
    for file in (dead, store.locate(kept)):
        os.utime(file, (long_ago, long_ago))
    assert spare.sweep_unfinished() == 1
    assert (dead.exists(), alive.exists(), store.locate(kept).read_bytes()) == (False, True, CONTENT)
    alive.unlink()
