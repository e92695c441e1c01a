"""Intake alone, part by part, each against calamine reading the same file in the same run.

python -m bench.intake [--rows N] [--full] [--rivals PYTHON]

`--full` also loads a full sheet of 1,046,000 accounts and tells the memory that takes; `--rivals` names a Python that
has pandas, SQLAlchemy, openpyxl, psycopg, Django and django-import-export, which then load a smaller file.
"""

import argparse
import io
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from bench import receiving
from bench.__main__ import ANSWERED, DATED, READING, house, time_reading, write_workbook
from reviewdesk import create_app, embedded, nursery
from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.garbage import collecting_seldom
from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.settings import Settings
from tests.builders import Bench, csrf
from workers.jobs import run

PREVIEWED_ROWS = 20_000
RIVAL_ROWS = 10_000
FULL_ROWS = 1_046_000
"""With the blank rows, titles and totals that the generator adds, these fill a sheet of 1,048,576 rows all but some."""

LIMITS = {"import, one worker process": 1.8, "check --no-checks": 1.2}
MB = 1024**2
RECEIVING_MB = 300


class Peak:
    """The most memory that this process and those that read for it held together, and those alone, in bytes.

    Those are the nursery and its fork; what they share counts twice.
    """

    def __init__(self) -> None:
        self.reading = self.both = 0
        self._stop = threading.Event()
        self._watch = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "Peak":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watch.join()

    def _sample(self) -> None:
        me = psutil.Process()
        while not self._stop.wait(0.25):
            own, reading = me.memory_info().rss, 0
            for child in me.children(recursive=True):
                with suppress(psutil.Error):
                    if "reviewdesk.intake.reading.nursery" in child.cmdline():
                        reading += child.memory_info().rss
            self.reading, self.both = max(self.reading, reading), max(self.both, own + reading)


class Import(NamedTuple):
    """Seconds that an import took, and bytes of memory at most: of the worker and what reads for it, of that alone."""

    seconds: float
    memory: int
    reading: int

    def __str__(self) -> str:
        return f"{self.memory // MB} MB, of which reading {self.reading // MB} MB at most"


def import_as_a_worker(file: Path, settings: Settings) -> Import:
    """Load a stored upload in a process of its own, as the one worker does."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as worker:
        return worker.submit(_import, file, settings).result()


def _import(file: Path, settings: Settings) -> Import:
    app = create_app(settings)
    with app.app_context():
        nursery.make_ready()  # as a worker does when it starts
        org = Bench(app).organisation()
        upload_from_path(org.uploader.actor, file, ANSWERED)
        with unit_of_work(system(org.org_id)) as work:
            job = work.execute("SELECT job_id FROM jobs WHERE kind LIKE 'intake.%'").scalar_one()
        with collecting_seldom(), Peak() as peak:
            started = time.perf_counter()
            run(str(job))
            took = time.perf_counter() - started
        with unit_of_work(system(org.org_id)) as work:
            states = set(work.execute("SELECT state FROM jobs WHERE kind LIKE 'intake.%'").scalars())
            cases = work.execute("SELECT count(*) FROM cases").scalar_one()
    if states != {"done"} or not cases:
        sys.exit(f"the import did not end well: {states}, {cases} cases")
    return Import(took, peak.both, peak.reading)


def check_without_checks(file: Path, folder: Path) -> float:
    """Seconds of the whole command."""
    command = [
        str(Path(sys.executable).with_name("reviewdesk")),
        "check",
        str(file),
        "--no-checks",
        f"--answer={DATED}={READING}",
    ]
    started = time.perf_counter()
    ended = subprocess.run([*command, "--out", str(folder / "out.jsonl")], capture_output=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(ended.stderr.decode())
    return time.perf_counter() - started


WORK = re.compile(r"work;dur=([\d.]+)")


def preview(file: Path, settings: Settings) -> tuple[float, float]:
    """Seconds of the server's work, by its own `Server-Timing`: behind the upload's last byte, and for the page."""
    app = create_app(settings)
    with app.app_context():
        bench = Bench(app)
        client = bench.client(bench.organisation().uploader)
        form = {"csrf_token": csrf(client.get("/batches/new").text)}
        with file.open("rb") as stream:
            sent = {**form, "file": (io.BytesIO(stream.read()), file.name)}
        uploaded = client.post("/batches/new", data=sent)
        page = client.get(uploaded.headers["Location"], follow_redirects=True)
    if uploaded.status_code != 302 or page.status_code != 200:
        sys.exit(f"the upload was answered {uploaded.status_code}, its page {page.status_code}")
    told = [WORK.search(answer.headers["Server-Timing"]) for answer in (uploaded, page)]
    first, second = (float(found[1]) / 1000 for found in told if found)
    return first, second


def rivals(python: str, file: Path, home: Path) -> None:
    """Let the others load the file; each prints its line."""
    script = Path(__file__).with_name("rivals.py")
    started = time.perf_counter()
    CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    read = time.perf_counter() - started
    print(f"\nOthers, {RIVAL_ROWS:,} rows of the same sheet")
    print(f"{'calamine alone':<32}{read:8.2f} s")
    url = embedded.attach(home).owner_database_url
    try:
        subprocess.run([python, str(script), str(file), url, str(read)], check=True)
    finally:
        embedded.release(home)


def tell(name: str, took: float, read: float) -> bool:
    """Print a line; whether its limit was kept."""
    limit = LIMITS.get(name)
    verdict = "" if limit is None else f"   {'within' if took <= limit * read else 'ABOVE'} the limit of {limit:.1f} x"
    print(f"{name:<32}{took:8.2f} s{took / read:8.2f} x{verdict}", flush=True)
    return limit is None or took <= limit * read


def tell_held(what: str, held: int) -> bool:
    """Print what a web process held while it received a file; whether that was within its limit."""
    within = held <= RECEIVING_MB * MB
    verdict = f"{'within' if within else 'ABOVE'} the limit of {RECEIVING_MB} MB"
    print(f"{f'web, {receiving.FILE_MB} MB of {what}':<40}{held // MB:6} MB   {verdict}", flush=True)
    return within


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.intake")
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--full", action="store_true")
    options.add_argument("--rivals", metavar="PYTHON")
    given = options.parse_args()
    kept = []
    with tempfile.TemporaryDirectory(prefix="reviewdesk-bench-") as name:
        folder = Path(name)
        file, small, tiny = folder / "batch.xlsx", folder / "preview.xlsx", folder / "rivals.xlsx"
        columns = write_workbook(given.rows, file)
        write_workbook(PREVIEWED_ROWS, small)
        print(f"{given.rows:,} rows x {columns} columns, {os.cpu_count()} cores")
        read = time_reading(file)
        tell("calamine alone", read, read)
        with house(folder / "home") as settings:
            found = import_as_a_worker(file, settings)
            kept.append(tell("import, one worker process", found.seconds, read))
            print(f"{'its memory':<32}   {found}")
            kept.append(tell("check --no-checks", check_without_checks(file, folder), read))
            behind, shown = preview(small, settings)
            kept.append(behind + shown <= 1)
            parts = f"{behind:.2f} behind the upload, {shown:.2f} the page"
            print(f"{'preview of 20,000 rows':<32}{behind + shown:8.2f} s   {parts}", flush=True)
            kept += [tell_held(what, held) for what, held in receiving.receive(settings, folder).items()]
        if given.rivals:
            write_workbook(RIVAL_ROWS, tiny)
            rivals(given.rivals, tiny, folder / "rivals")
        if given.full:
            write_workbook(FULL_ROWS, file)
            with house(folder / "full") as settings:
                found = import_as_a_worker(file, settings)
            print(f"{f'{FULL_ROWS:,} rows':<32}{found.seconds:8.2f} s   {found}")
            kept.append(found.memory <= 3 * 1024 * MB)
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
