"""Import and audit a large batch with real workers, and compare with calamine reading the file alone.

python -m bench [--rows N] [--workers N] [--ledgers]

With --ledgers each account has twelve payments on a sheet beside it, from which its debt is replayed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import UUID

from python_calamine import CalamineWorkbook

from reviewdesk import create_app, embedded
from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.intake.wishes import Wish
from reviewdesk.migrate import upgrade
from reviewdesk.sampling.beside import REPAYMENTS
from reviewdesk.sampling.sheet import COLUMNS
from reviewdesk.sampling.writing import write_sample
from reviewdesk.settings import Settings, load_settings
from tests.builders import Bench
from tests.live import running

SEED = 50_000
DAY = date(2026, 9, 30)
READS = 3
LIMITS = {"import": 3.0, "audit": 4.0}  # times the reading of the account sheet, with two workers
LEDGER_LIMITS = {"audit": 3.0}
PAYMENTS = 12

DATED, READING = "签约日期", "year_first"
ANSWERED = Wish(auto=True, mapping={DATED: {"field": "contract_date", "reading": READING}})
"""Among the first rows of some of the workbooks is a day like 24/3/1, about which a person would be asked."""

FIELDS = (
    "account_no contract_no product borrower_name id_no mobile id_address contact_address employer lender_name "
    "lender_code lender_kind contract_date disbursed_on due_on principal disbursed_amount annual_rate penalty_rate "
    "repayment_method terms terms_paid outstanding_principal interest_due penalty_due damages_due fees_due "
    "total_claimed paid_total last_paid_on days_overdue calculated_to last_demand_on litigated note"
)
"""The 35 columns that nearly every sheet has."""


def write_workbook(rows: int, file: Path, *, ledgers: bool = False) -> int:
    """The generator's workbook, the same for the same number of rows; returns the columns of its accounts."""
    columns = [column for column in COLUMNS if column.field in FIELDS.split()]
    sheets, payments = ((REPAYMENTS,), PAYMENTS) if ledgers else ((), None)
    write_sample(file, rows=rows, seed=SEED, as_of=DAY, share=0.12, columns=columns, sheets=sheets, payments=payments)
    return len(columns)


def time_reading(file: Path) -> float:
    """Median seconds in which calamine alone turns the sheet into Python rows."""
    seconds = []
    for _ in range(READS):
        start = time.perf_counter()
        CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


@contextmanager
def house(home: Path) -> Iterator[Settings]:
    """Servers of its own, durable as those of a small installation, with the tables made."""
    servers = embedded.attach(home)
    try:
        upgrade(servers.owner_database_url)
        yield load_settings(
            {
                "REVIEWDESK_DEMO": "true",
                "REVIEWDESK_HOME": str(home),
                "REVIEWDESK_DATABASE_URL": servers.database_url,
                "REVIEWDESK_REDIS_URL": servers.redis_url,
                "REVIEWDESK_MAX_UPLOAD_MB": "500",  # a full sheet has some 350
            }
        )
    finally:
        embedded.release(home)


def wait_until_done(org_id: UUID) -> None:
    """Wait until no job is left to do."""
    while True:
        with unit_of_work(system(org_id)) as work:
            states = set(work.execute("SELECT DISTINCT state FROM jobs").scalars())
        if "failed" in states:
            sys.exit("a job failed")
        if states == {"done"}:
            return
        time.sleep(0.5)


def seconds_of(org_id: UUID, stage: str) -> float:
    """From the first start to the last end of a stage's jobs."""
    with unit_of_work(system(org_id)) as work:
        found = work.execute(
            "SELECT extract(epoch FROM max(finished_at) - min(started_at)) FROM jobs WHERE kind LIKE :kinds",
            kinds=f"{stage}.%",
        ).scalar_one()
    if found is None:
        sys.exit(f"no job of the {stage} ran")
    return float(found)


def measure(file: Path, workers: int, folder: Path) -> dict[str, float]:
    """Seconds of the import (read, normalise, load) and of the audit, each by real workers."""
    with house(folder / "home") as settings, create_app(settings).app_context():
        org = Bench(create_app(settings)).organisation()
        with running(settings, folder, workers=workers, web=False):
            upload_from_path(org.uploader.actor, file, ANSWERED)
            wait_until_done(org.org_id)
        return {"import": seconds_of(org.org_id, "intake"), "audit": seconds_of(org.org_id, "audit")}


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench")
    options.add_argument("--rows", type=int, default=50_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--ledgers", action="store_true", help="twelve payments beside each account")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="reviewdesk-bench-") as name:
        folder = Path(name)
        file = folder / "batch.xlsx"
        columns = write_workbook(given.rows, file, ledgers=given.ledgers)
        read = time_reading(file)
        seconds = measure(file, given.workers, folder)
    print(f"{given.rows:,} rows x {columns} columns, {given.workers} workers, {os.cpu_count()} cores")
    print(f"{'calamine alone':<16}{read:8.2f} s")
    limits = LEDGER_LIMITS if given.ledgers else LIMITS
    for stage, took in seconds.items():
        print(f"{stage:<16}{took:8.2f} s{took / read:8.2f} x{_verdict(took / read, limits.get(stage))}")
    sys.exit(any(seconds[stage] / read > limit for stage, limit in limits.items()))


def _verdict(ratio: float, limit: float | None) -> str:
    if limit is None:
        return ""
    return f"   {'within' if ratio <= limit else 'ABOVE'} the limit of {limit:.1f} x"


if __name__ == "__main__":
    main()
