"""What the suppliers' sheets are like, as a page and as a workbook."""

import io
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from uuid import UUID, uuid4

import openpyxl
import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.intake import quality, uploading
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org
from tests.intake.mends import mend_row
from tests.intake.sheets import HEADERS, accounts, write

LENDER = "=海川消费金融"


def take_in(bench: Bench, org: Org, path: Path) -> UUID:
    made = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True))
    bench.run_jobs(org, most=1)
    return made.batch_id


@pytest.fixture
def batch(bench: Bench, org: Org, tmp_path: Path) -> UUID:
    """Ten rows of two lenders: two wrong days and one row with two errors of one, one of another."""
    rows = accounts(10, f"HT{uuid4().hex[:10].upper()}", seed=3)
    for place, row in enumerate(rows):
        row["放款机构"] = LENDER if place < 6 else "另一家公司"
    rows[0]["放款日期"] = rows[1]["放款日期"] = rows[2]["放款日期"] = "2024-02-30"
    rows[2]["身份证号"] = ""
    rows[8]["身份证号"] = ""
    return take_in(bench, org, write(tmp_path / "清单.xlsx", rows, headers=(*HEADERS, "放款机构")))


def found_of(org: Org, lender: str | None = None) -> quality.Quality:
    with unit_of_work(org.compliance.actor) as work:
        return quality.quality_of(work, days=90, lender=lender)


def test_rates_by_lender_and_layout(org: Org, batch: UUID) -> None:
    found = found_of(org)
    assert (found.accounts, found.wrong, found.share) == (10, 4, 0.4)
    assert [(one.name, one.accounts, one.wrong) for one in found.by_lender] == [(LENDER, 6, 3), ("另一家公司", 4, 1)]
    assert [(one.accounts, one.wrong, one.batches, one.columns[0]) for one in found.by_layout] == [(10, 4, 1, "借据号")]
    only = found_of(org, "另一家公司")
    assert (only.accounts, only.wrong) == (4, 1)
    assert [one.code for one in only.mends] == ["required.missing"]
    assert only.lenders == found.lenders


def test_the_mends_that_help_most_come_first(org: Org, batch: UUID) -> None:
    first, second = found_of(org).mends
    assert (first.code, first.column, first.rows, first.alone) == ("date.impossible", "放款日期", 3, 2)
    assert first.cells == ("清单.xlsx F2", "清单.xlsx F3", "清单.xlsx F4")
    assert (second.code, second.rows, second.alone) == ("required.missing", 2, 1)


def test_kinds_by_month(org: Org, batch: UUID) -> None:
    found = found_of(org)
    assert [(one.code, one.rows, sum(one.by_month)) for one in found.kinds] == [
        ("date.impossible", 3, 3),
        ("required.missing", 2, 2),
    ]
    assert len(found.months) in (3, 4, 5)  # by the day on which the test runs


def test_the_last_month_is_that_of_the_day_in_shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewdesk.clock.datetime", Midnight)
    assert quality._months(31) == ("2026-10", "2026-11", "2026-12")


class Midnight(datetime):
    """Half past midnight in Shanghai, on the first of December; in UTC it is still November."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2026, 11, 30, 16, 30, tzinfo=UTC).astimezone(tz)


def test_a_mended_row_still_counts_as_wrong_but_not_twice(org: Org, batch: UUID) -> None:
    assert mend_row(org.uploader.actor, batch, 2, {5: "2024-02-29"}).loaded == 1
    found = found_of(org)
    assert (found.accounts, found.wrong, found.by_lender[0].mended) == (10, 4, 1)


def test_accounts_that_were_cases_already_are_no_error(bench: Bench, org: Org, batch: UUID, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(tmp_path / "清单.xlsx")
    for row in (9, 4, 3, 2):
        book.active.delete_rows(row if row != 9 else 10)
    book.save(tmp_path / "再来.xlsx")
    take_in(bench, org, tmp_path / "再来.xlsx")
    assert found_of(org).wrong == 4


def test_the_page_and_the_workbook(bench: Bench, org: Org, batch: UUID) -> None:
    client = bench.client(org.uploader)
    page = client.get("/quality").text
    assert "40.0%" in page
    assert "清单.xlsx F2" in page
    assert "/quality" in client.get("/batches").text
    answer = client.get("/quality.xlsx?days=30")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["最有用的修正", "按机构", "按版式", "按错误"]
    name = book["按机构"].cell(2, 1)
    assert (name.value, name.data_type) == (LENDER, "s")
    assert [cell.value for cell in book["按机构"][2]][1:4] == [6, 3, 0.5]
    event = bench.events(org, "intake:supplier:download")[0]
    assert event.new == {"days": 30, "lender": None, "accounts": 10, "wrong": 4}


def test_a_layout_of_very_many_columns_is_cut_short(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    more = [f"扩展字段{number}" for number in range(300)]
    take_in(bench, org, write(tmp_path / "宽.xlsx", accounts(1, prefix, seed=9), headers=(*HEADERS, *more)))
    book = openpyxl.load_workbook(io.BytesIO(bench.client(org.uploader).get("/quality.xlsx?days=30").data))
    headers = str(book["按版式"].cell(2, 7).value)
    assert headers.endswith("扩展字段110……共 309 列")


def test_nothing_yet_and_nobody_elses(bench: Bench, org: Org, batch: UUID) -> None:
    stranger = bench.organisation()
    assert "这段时间没有导入的表" in bench.client(stranger.compliance).get("/quality?days=oops").text
    assert bench.client(stranger.compliance).get("/quality.xlsx").status_code == 200
    assert bench.client(org.reviewer).get("/quality").status_code == 403
