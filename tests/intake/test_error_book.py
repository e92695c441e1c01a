"""The error workbook is written by a process of its own, which a hostile file may end and nothing else."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reviewdesk.errors import Invalid
from reviewdesk.intake.error_book import RowToMend, ToMend, make, making
from reviewdesk.intake.reading.limits import Limits
from reviewdesk.intake.reading.source import limits_for
from reviewdesk.nursery import environment
from tests.intake.sheets import accounts, write

ERROR = {
    "code": "date.impossible",
    "column": "放款日期",
    "cell": "F3",
    "message": {"zh": "没有这一天", "en": "no such day"},
    "mend": {"zh": "写对", "en": "write it right"},
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "清单.xlsx", accounts(3, "HT"))


def what(**over: Any) -> ToMend:
    given: dict[str, Any] = {
        "batch_id": "00000000-0000-0000-0000-000000000001",
        "name": "清单.xlsx",
        "sheet": "明细",
        "counts": {"rows": 3, "loaded": 2},
        "rows": [RowToMend(3, [ERROR])],
    }
    return ToMend(**(given | over))


def test_it_is_the_users_own_where_that_can_be_had(source: Path, tmp_path: Path) -> None:
    made = make(tmp_path / "out.xlsx", source, what(), "en")
    assert (made.kind, made.rows) == ("own", 1)
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert "no such day. write it right" in book["明细"]["F3"].comment.text


def test_formats_that_cost_too_much_are_done_without(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = making._written

    def exhausted(told: dict[str, Any], limits: Limits) -> Any:
        return None if told["own"] else real(told, limits)

    monkeypatch.setattr(making, "_written", exhausted)
    assert make(tmp_path / "out.xlsx", source, what(), "zh_Hans").kind == "whole"
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == ["错误汇总", "明细"]


@pytest.mark.parametrize("limits", [Limits(1 << 30, 0), Limits(16 << 20, 60)], ids=["time", "memory"])
def test_what_exhausts_its_limits_ends_in_a_clear_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits
) -> None:
    monkeypatch.setattr(making, "limits_for", lambda _: limits)
    with pytest.raises(Invalid) as caught:
        make(tmp_path / "out.xlsx", source, what(), "zh_Hans")
    assert caught.value.code == "errors.too_costly"


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(Invalid) as caught:
        make(tmp_path / "out.xlsx", broken, what(), "zh_Hans")
    assert caught.value.code.startswith("file.")


def test_its_process_has_no_secret(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    monkeypatch.setenv("REVIEWDESK_SECRET_KEY", "secret")
    assert "REVIEWDESK_SECRET_KEY" not in environment()
    assert limits_for(source).memory >= 1 << 30
