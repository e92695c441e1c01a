"""Reading has a process of its own: what a file does to it ends in one clear error and touches nobody else."""

import os
import random
import signal
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.errors import Invalid
from reviewdesk.intake.reading import open_source
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.packing import Blocks, blocks, pack, unpack

MB = 1024**2


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many different cells that they take some seconds and some hundred MB."""
    path = tmp_path_factory.mktemp("large") / "large.xlsx"
    made = random.Random(1)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(20_000):
            sheet.write_row(row, 0, [made.random() for _ in range(40)])
    return path


def saved(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active["A1"] = "借据号"
    book.save(folder / "list.xlsx")
    return folder / "list.xlsx"


def test_a_file_that_needs_too_much_memory_is_refused(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWDESK_READ_MEMORY_MB", "256")
    monkeypatch.setattr("reviewdesk.intake.reading.limits._LEAST_MEMORY", 0)
    monkeypatch.setattr("reviewdesk.intake.reading.limits._MEMORY_PER_BYTE", 5)
    with pytest.raises(Invalid) as caught:
        open_source(large).sheet("Sheet1")
    assert caught.value.code == "file.too_costly"


def test_a_file_that_needs_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewdesk.intake.reading.source.limits_for", lambda _: Limits(1024 * MB, 1))
    source = open_source(saved(tmp_path))
    os.kill(source._reader.process.pid, signal.SIGSTOP)
    for _ in range(2):
        with pytest.raises(Invalid) as caught:
            source.sheet("Sheet")
        assert caught.value.code == "file.too_costly"


def test_the_process_has_no_secret_and_ends_with_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWDESK_SECRET_KEY", "x" * 40)
    source = open_source(saved(tmp_path))
    process = source._reader.process
    assert b"REVIEWDESK_SECRET_KEY" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    assert source.sheet("Sheet").rows[0] == ["借据号"]
    del source
    assert process.poll() is not None


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
