"""Reading has a process of its own: what a file does to it ends in one clear error and touches nobody else."""

import os
import signal
import subprocess
import sys
import zipfile
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import openpyxl
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading import open_source
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.packing import Blocks, blocks, pack, unpack
from reviewdesk.nursery import Nursery

MB = 1024**2


def saved(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "借据号"
    book.save(folder / "list.xlsx")
    return folder / "list.xlsx"


def with_a_long_text(folder: Path) -> Path:
    """A text of 16 MB, which takes some 200 MB to read."""
    text = (os.urandom(8_000).hex().encode() + b"x" * MB) * 16
    long = zipfile.ZipFile(folder / "long.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with zipfile.ZipFile(saved(folder)) as short, long:
        for name in short.namelist():
            long.writestr(name, short.read(name).replace(b"</t>", text + b"</t>"))
    return folder / "long.xlsx"


def test_a_file_that_needs_too_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = with_a_long_text(tmp_path)
    assert len(str(open_source(file).sheet("Sheet").rows[0][0])) > 16 * MB
    monkeypatch.setattr("reviewdesk.intake.reading.source.limits_for", lambda _: Limits(150 * MB, 20))
    with pytest.raises(Invalid) as caught:
        open_source(file).sheet("Sheet")
    assert caught.value.code == "file.too_costly"


def test_a_file_that_needs_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewdesk.intake.reading.source.limits_for", lambda _: Limits(1024 * MB, 1))
    source = open_source(saved(tmp_path))
    os.kill(source._reader.process.pid, signal.SIGSTOP)
    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            source.sheet("Sheet")
        assert caught.value.code == "file.too_costly"


@pytest.fixture
def nursery(monkeypatch: pytest.MonkeyPatch) -> Nursery:
    """A nursery of the test's own."""
    fresh = Nursery()
    monkeypatch.setattr("reviewdesk.nursery._nursery", fresh)
    return fresh


def lives(process: int) -> bool:
    return psutil.pid_exists(process) and psutil.Process(process).status() != psutil.STATUS_ZOMBIE


def test_the_process_has_no_secret_and_ends_with_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nursery: Nursery
) -> None:
    monkeypatch.setenv("REVIEWDESK_SECRET_KEY", "x" * 40)
    source = open_source(saved(tmp_path))
    process = source._reader.process.pid
    assert b"REVIEWDESK_SECRET_KEY" not in Path(f"/proc/{process}/environ").read_bytes()
    assert source.sheet("Sheet").rows[0] == ["借据号"]
    del source
    assert not lives(process)


def test_a_process_holds_nothing_of_another(tmp_path: Path, nursery: Nursery) -> None:
    alone = open_source(saved(tmp_path))
    among = [open_source(saved(tmp_path)) for _ in range(3)]
    one, other = psutil.Process(alone._reader.process.pid), psutil.Process(among[-1]._reader.process.pid)
    assert one.num_fds() == other.num_fds()


def test_one_that_dies_takes_no_other_along(tmp_path: Path, nursery: Nursery) -> None:
    one, other = open_source(saved(tmp_path)), open_source(saved(tmp_path))
    os.kill(one._reader.process.pid, signal.SIGSEGV)
    with pytest.raises(Invalid) as caught:
        one.sheet("Sheet")
    assert caught.value.code == "file.broke_off"
    assert other.sheet("Sheet").rows[0] == ["借据号"]


def test_they_die_with_the_nursery_and_the_next_has_a_new_one(tmp_path: Path, nursery: Nursery) -> None:
    lost = open_source(saved(tmp_path))
    nursery.process.kill()
    nursery.process.wait()
    with pytest.raises(Invalid) as caught:
        lost.sheet("Sheet")
    assert caught.value.code == "file.too_costly"
    assert open_source(saved(tmp_path)).sheet("Sheet").rows[0] == ["借据号"]


def test_they_end_with_the_process_that_asks(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from reviewdesk.intake.reading import open_source; "
        "from reviewdesk import nursery; "
        "source = open_source(Path(sys.argv[1])); "
        "print(source._reader.process.pid, nursery._nursery.process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, saved(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as asking:
        assert asking.stdout is not None
        numbers = list(map(int, asking.stdout.readline().split()))
        assert all(map(lives, numbers))
        processes = list(map(psutil.Process, numbers))
        asking.kill()
    _, left = psutil.wait_procs(processes, timeout=60)
    assert left == []


def test_a_larger_file_may_take_more_but_never_more_than_is_set() -> None:
    small, whole = Limits.for_file(10_000, 3072 * MB, 600), Limits.for_file(230 * MB, 3072 * MB, 600)
    assert small.memory <= 1025 * MB
    assert small.seconds <= 30
    assert (whole.memory, whole.seconds) == (3072 * MB, 480)


CELLS = st.one_of(
    st.text(max_size=5),
    st.floats(allow_nan=False),
    st.integers(-(10**12), 10**12),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=20))
def test_rows_come_out_as_they_went_in(rows: list[list[object]]) -> None:
    again = unpack(pack(rows))  # type: ignore[arg-type]
    assert again == rows
    assert [[type(cell) for cell in row] for row in again] == [[type(cell) for cell in row] for row in rows]


def test_rows_of_all_lengths_and_kinds_of_days() -> None:
    rows = [["a"], [], [date(2024, 1, 2), datetime.fromisoformat("2024-01-02T03:00"), clock(4), timedelta(5)]]
    assert unpack(pack(rows)) == rows


def test_packed_rows_are_a_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewdesk.intake.reading.packing.BLOCK_ROWS", 3)
    rows = [[number, "x" if number == 4 else ""] for number in range(20)]
    store = Blocks()
    for count, block in blocks(iter(rows), 2):
        store.add(count, block)
    packed = store.rows()
    assert len(packed) == 20
    assert list(packed) == rows
    assert list(packed[2:19]) == rows[2:19]
    assert packed[2:19][1:3] == rows[3:5]
    assert packed[5:2] == []
    assert packed[-1] == rows[-1]
    assert packed[::5] == rows[::5]
    with pytest.raises(IndexError):
        packed[20]
    packed.fill(4, 8, 1)
    assert [row[1] for row in packed] == ["x" if 4 <= number <= 8 else "" for number in range(20)]
    packed.fill(4, 8, 7)
    assert packed[8] == [8, "x"]
