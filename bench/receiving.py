"""The most memory that a web process holds while it receives a large file, with the command that serves in production.

A workbook and an archive of evidence come by page and by API; the kernel itself keeps the most that a process held.
"""

import http.client
import re
import secrets
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]

from reviewdesk import create_app
from reviewdesk.accounts.tokens import create_token
from reviewdesk.sampling.writing import write_sample
from reviewdesk.settings import Settings
from reviewdesk.supervisor import child_environment, web_command
from tests.builders import PASSWORD, Bench, Org
from tests.live import Live, free_port, wait_until_it_answers

MB: Final = 1024**2
FILE_MB: Final = 250
ROWS: Final = 2_000
PICTURE_MB: Final = 5
BOUNDARY: Final = "reviewdesk-bench"
BLOCK: Final = 1 << 20

Sent = list[tuple[str, str | Path]]
"""The parts of a form: name and value, a path for a file."""


def write_large_workbook(file: Path, megabytes: int = FILE_MB) -> None:
    """A workbook of this size: accounts as anywhere, and pictures, which nothing makes smaller."""
    write_sample(file, rows=ROWS, seed=1, as_of=date(2026, 9, 30), share=0.0)
    _fill(file, "xl/media/image{}.png", megabytes)


def write_evidence(file: Path, megabytes: int = FILE_MB) -> None:
    """An archive of scans of this size."""
    _fill(file, "HT{:06d}/合同.pdf", megabytes, b"%PDF-1.7\n")


def _fill(file: Path, name: str, megabytes: int, head: bytes = b"") -> None:
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as packed:
        for number in range(megabytes // PICTURE_MB):
            packed.writestr(name.format(number), head + secrets.token_bytes(PICTURE_MB * MB))


class Client:
    """Somebody at the web server, who sends files block by block."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self.host, self.port = str(place.hostname), int(place.port or 80)
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> str:
        """The text of a page."""
        return self._ask("GET", path, {}, iter(()))[1]

    def send(self, path: str, parts: Sent, headers: Mapping[str, str] | None = None) -> int:
        """Send a form; returns the status of the answer."""
        size = sum(len(block) for block in _written(parts, whole=False)) + sum(
            value.stat().st_size for _, value in parts if isinstance(value, Path)
        )
        told = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(size)}
        return self._ask("POST", path, {**told, **(headers or {})}, _written(parts, whole=True))[0]

    def sign_in(self, email: str) -> None:
        """Begin a session."""
        self.send("/sign-in", [("csrf_token", self.token("/sign-in")), ("email", email), ("password", PASSWORD)])

    def token(self, path: str) -> str:
        """The CSRF token of a page's form."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path))
        if found is None:
            raise LookupError(f"{path} has no form")
        return found[1]

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: Iterator[bytes]) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=600)
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name, value)
        if self.cookies:
            connection.putheader("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        connection.endheaders()
        for block in body:
            connection.send(block)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        text = answer.read().decode()
        connection.close()
        return answer.status, text


def _written(parts: Sent, *, whole: bool) -> Iterator[bytes]:
    """A form as it is sent; without the content of its files where it is not to be `whole`."""
    for name, value in parts:
        file = f'; filename="{value.name}"' if isinstance(value, Path) else ""
        yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
        if isinstance(value, str):
            yield value.encode()
        elif whole:
            with value.open("rb") as stream:
                while block := stream.read(BLOCK):
                    yield block
        yield b"\r\n"
    yield f"--{BOUNDARY}--\r\n".encode()


@contextmanager
def serving(settings: Settings, logs: Path) -> Iterator[Live]:
    """The web server alone, by the command of production."""
    here = settings.model_copy(update={"port": free_port(), "https": False})
    live = Live(f"http://127.0.0.1:{here.port}", child_environment(here), logs)
    try:
        live.start("web", *web_command(here)[2:])
        wait_until_it_answers(live)
        yield live
    finally:
        live.stop()


def most_held(live: Live) -> int:
    """The most bytes that one of the web server's processes ever held in memory, as the kernel counted them."""
    master = psutil.Process(live.processes["web"].pid)
    return max(_high_water(one.pid) for one in [master, *master.children()])


def _high_water(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def receive(settings: Settings, folder: Path, megabytes: int = FILE_MB) -> dict[str, int]:
    """Send each file by page and by API to a fresh server; the most that a web process held, by what was sent."""
    workbook, evidence = folder / "large.xlsx", folder / "evidence.zip"
    write_large_workbook(workbook, megabytes)
    write_evidence(evidence, megabytes)
    held = {}
    sent = {"workbook": (workbook, "batches{new}"), "evidence": (evidence, "batches/{batch}/attachments")}
    app = create_app(settings)
    with app.app_context():
        bench = Bench(app)
        for name, (file, path) in sent.items():
            for way in ("page", "API"):
                org = bench.organisation()
                with serving(settings, folder) as live:
                    where = path.format(new="/new" if way == "page" else "", batch=bench.batch(org))
                    _send(live, org, way, where, file)
                    held[f"{name}, by {way}"] = most_held(live)
    return held


def _send(live: Live, org: Org, way: str, path: str, file: Path) -> None:
    client = Client(live.url)
    if way == "page":
        client.sign_in(org.uploader.email)
        field = "file" if path.endswith("new") else "files"
        status = client.send(f"/{path}", [("csrf_token", client.token(f"/{path}")), (field, file)])
    else:
        token = create_token(org.uploader.actor, "bench").secret
        status = client.send(f"/api/v1/{path}", [("file", file)], {"Authorization": f"Bearer {token}"})
    if status not in (202, 302):
        raise RuntimeError(f"{path} by {way} was answered {status}")
