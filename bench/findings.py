"""How small findings lie at rest, and the training of a new dictionary for them.

    python -m bench.findings [--cases N] [--train FILE]

Cases are the generator's, half of them with all sheets beside their accounts. Half of either train, the other half is
measured. A dictionary that is in use never changes: a better one is written under the next number, and named by a new
form in `reviewdesk/audit/packing.py`.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import zstandard

from reviewdesk.audit.engine import audit_cases
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.findings import packed
from reviewdesk.audit.packing import DICTIONARIES, LEVEL, compressor_with, dictionary
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.related import within_file
from reviewdesk.garbage import collecting_seldom
from reviewdesk.intake.fact_forms import sort_out
from reviewdesk.intake.hidden import Hidden
from reviewdesk.intake.table import open_table
from reviewdesk.sampling.beside import NAMES
from reviewdesk.sampling.writing import write_sample

SEED = 7
DAY = date(2026, 9, 30)
SIZE = 16 * 1024
ROUNDS = 5


def answers_of(rows: int, sheets: Sequence[str]) -> list[bytes]:
    """The answers of the generator's cases as JSON, in the order of their rows; `sheets` stand beside the accounts."""
    with tempfile.TemporaryDirectory(prefix="reviewdesk-bench-") as name:
        file = Path(name) / "batch.xlsx"
        write_sample(file, rows=rows, seed=SEED, as_of=DAY, share=0.2, sheets=sheets)
        table = open_table(file)
        side = table.side_sheets(Hidden())
        chunks = list(table.chunks(table.suggested_mapping()))
    for chunk in chunks:
        chunk.columns.update(side.columns(chunk.columns["account_no"]))
    records = [one for chunk in chunks for one in chunk.records()]
    known = [(row, *sort_out(facts)) for row, facts, errors in records if not errors]
    cases = (
        CaseFacts.of(facts, personal, related)
        for (_, facts, personal), related in zip(known, within_file(known), strict=True)
    )
    return [packed(audit.answers) for audit in audit_cases(cases, load_policy(), DAY)]


def measure(typical: bytes, answers: list[bytes]) -> tuple[float, float]:
    """Bytes and microseconds a case with a dictionary."""
    compress = compressor_with(typical).compress
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        sizes = [len(compress(one)) for one in answers]
        seconds.append(time.process_time() - started)
    return statistics.mean(sizes), min(seconds) / len(answers) * 1e6


@collecting_seldom()
def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.findings", description=__doc__.splitlines()[0])
    options.add_argument("--cases", type=int, default=6_000)
    options.add_argument("--train", type=Path, help="write a new dictionary to this file")
    given = options.parse_args()
    bare, with_sheets = answers_of(given.cases // 2, ()), answers_of(given.cases // 2, tuple(NAMES))
    answers = [one for pair in zip(bare, with_sheets, strict=False) for one in pair]
    known = {f"dictionary {number}": dictionary(number) for number in sorted(set(DICTIONARIES.values()))}
    if given.train:
        made = zstandard.train_dictionary(SIZE, list(answers[::2]), level=LEVEL).as_bytes()
        given.train.write_bytes(made)
        known[given.train.name] = made
    print(f"{len(answers)} cases, {statistics.mean(map(len, answers)):.0f} bytes of JSON a case")
    for name, typical in known.items():
        size, took = measure(typical, answers[2::4] + answers[3::4])
        print(f"{name:<24}{size:8.0f} bytes{took:8.1f} µs a case")


if __name__ == "__main__":
    main()
