"""A large upload passes through the web process in small pieces, by page and by API, as workbook and as evidence."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reviewdesk.accounts.tokens import create_token
from tests.builders import Bench, Org, csrf
from tests.intake.sheets import accounts, write

MB = 1024 * 1024
FILE_MB = 48
MOST_HELD = 12 * MB
MOST_AT_ONCE = 2 * MB
BOUNDARY = "part"


class Body(io.RawIOBase):
    """The body of a request, made as it is read; `largest` is the most that was asked for at once."""

    def __init__(self, pieces: Iterator[bytes], length: int) -> None:
        self._pieces, self._rest, self.length, self.largest = pieces, b"", length, 0
        self._place = 0

    def tell(self) -> int:
        """The client asks how long the body is before it sends it."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to the end or back to the start, where nothing is read yet."""
        self._place = self.length if whence == io.SEEK_END else offset
        return self._place

    def readable(self) -> bool:
        """A body is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the piece at hand goes."""
        self.largest = max(self.largest, len(buffer))
        self._rest = self._rest or next(self._pieces, b"")
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def padded(file: Path, inside: str) -> Path:
    """A zip with a large file within that is packed no smaller, and that no other test sends."""
    with zipfile.ZipFile(file, "a") as packed, packed.open(inside, "w") as out:
        out.write(b"%PDF-1.7 " + uuid4().hex.encode())
        for _ in range(FILE_MB):
            out.write(bytes(MB))
    return file


def blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(MB):
            yield block


def send(bench: Bench, org: Org, path: str, field: str, file: Path) -> tuple[int, int, int]:
    """Send a file; the status, the largest piece that was asked for, and the most memory that it took."""
    fields = {}
    headers = {}
    if path.startswith("/api/"):
        client = bench.client()
        headers["Authorization"] = f"Bearer {create_token(org.uploader.actor, '测试').secret}"
    else:
        client = bench.client(org.uploader)
        fields["csrf_token"] = csrf(client.get(path).text)
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{file.name}"\r\n\r\n'
    tail = f"\r\n--{BOUNDARY}--\r\n"

    def pieces() -> Iterator[bytes]:
        yield head.encode()
        yield from blocks(file)
        yield tail.encode()

    length = len(head) + file.stat().st_size + len(tail)
    body = Body(pieces(), length)
    tracemalloc.start()
    try:
        answer = client.post(
            path,
            input_stream=body,
            content_length=length,
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            headers=headers,
        )
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return answer.status_code, body.largest, held


@pytest.mark.parametrize(("root", "status"), [("", 302), ("/api/v1", 202)])
def test_a_large_workbook_is_never_held(bench: Bench, org: Org, tmp_path: Path, root: str, status: int) -> None:
    rows = accounts(20, f"HT{uuid4().hex[:8].upper()}")
    book = padded(write(tmp_path / "a.xlsx", rows), "xl/media/image1.png")
    path = "/batches/new" if not root else f"{root}/batches"
    answered, largest, held = send(bench, org, path, "file", book)
    assert answered == status
    assert largest <= MOST_AT_ONCE
    assert held <= MOST_HELD


@pytest.mark.parametrize(("root", "status"), [("", 302), ("/api/v1", 202)])
def test_a_large_archive_of_evidence_is_never_held(
    bench: Bench, org: Org, tmp_path: Path, root: str, status: int
) -> None:
    path = f"{root}/batches/{bench.batch(org)}/attachments"
    archive = padded(tmp_path / "evidence.zip", "HT1.pdf")
    answered, largest, held = send(bench, org, path, "file" if root else "files", archive)
    assert answered == status
    assert largest <= MOST_AT_ONCE
    assert held <= MOST_HELD


def test_a_zip_that_lists_a_million_files_is_not_read(bench: Bench, org: Org, tmp_path: Path) -> None:
    """Its directory alone would take gigabytes; whoever sends it gets an error."""
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.xlsx", b"x")
    raw = file.read_bytes()
    start = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    entry, last = raw[start:end], bytearray(raw[end:])
    number = 60_000
    last[8:12] = number.to_bytes(2, "little") * 2
    last[12:16] = (len(entry) * number * 4).to_bytes(4, "little")
    file.write_bytes(raw[:start] + entry * number * 4 + bytes(last))
    answered, _, held = send(bench, org, "/api/v1/batches", "file", file)
    assert answered == 422
    assert held <= MOST_HELD
