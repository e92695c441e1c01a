"""The file store on a real server that speaks S3."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import s3fs

from reviewdesk.settings import Settings
from reviewdesk.store import Store, StoreBroken, open_store

BUCKET = "reviewdesk-tests"
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server with an empty bucket."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_SECONDS
        while not answers(port):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def store(server: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    if not files.exists(BUCKET):
        files.mkdir(BUCKET)
    return open_store(settings.model_copy(update={"store_url": f"s3://{BUCKET}/files", "home": tmp_path}))


def put(store: Store, data: bytes, path: str | None = None) -> str:
    digest = hashlib.sha256(data).hexdigest()
    source = store.scratch()
    source.write_bytes(data)
    store.settle(source, path or f"org/{digest[:2]}/{digest}")
    assert not source.exists()
    return path or f"org/{digest[:2]}/{digest}"


def test_a_file_comes_back_as_it_went(store: Store) -> None:
    data = os.urandom(6 << 20)  # more than one part of an upload
    path = put(store, data)
    copy = store.locate(path)
    assert copy.read_bytes() == data
    copy.unlink()
    assert store.locate(path).read_bytes() == data


def test_a_file_that_was_altered_there_is_refused(store: Store) -> None:
    path = put(store, b"what was put there")
    with s3fs.S3FileSystem(skip_instance_cache=True).open(f"{BUCKET}/files/{path}", "wb") as there:
        there.write(b"something else")
    with pytest.raises(StoreBroken, match=r"store\.altered"):
        store.locate(path)


def test_a_dropped_file_is_gone(store: Store) -> None:
    path = put(store, b"a look", "org/looks/1")
    store.drop(path)
    store.drop(path)
    with pytest.raises(FileNotFoundError):
        store.locate(path)


def test_the_storage_tells_when_it_took_a_file(store: Store) -> None:
    path = put(store, b"when")
    assert abs(datetime.now(UTC) - store.settled_at(path)) < timedelta(minutes=5)
    with pytest.raises(FileNotFoundError):
        store.settled_at("org/00/none")
