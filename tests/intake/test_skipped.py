"""The rows that a batch skipped: known accounts with the case that each is, and rows that are no accounts."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.intake import skipped
from reviewdesk.intake.models import Batch
from reviewdesk.review import taking_back
from tests.builders import Bench, Org
from tests.intake.mends import mend_row
from tests.intake.sheets import accounts, person, write
from tests.intake.test_known import bring, case_of, known_but_wrong

BELOW = (["备注：以上数据由数据部提供"], [], ["合计", None, None, None, None, None, 3001.5])
"""A note, a blank row and a total below the accounts."""


def id_as_account() -> str:
    return person(77)[1]


def skipping(bench: Bench, org: Org, prefix: str, folder: Path) -> tuple[Batch, Batch]:
    """A batch of three accounts, one numbered by an ID number, and one that skips these and loads a fourth."""
    rows = accounts(4, prefix)
    rows[1]["借据号"] = id_as_account()
    first = bring(bench, org, write(folder / "first.xlsx", rows[:3]))
    return first, bring(bench, org, write(folder / "second.xlsx", rows, below=BELOW), "skip")


def listed(org: Org, batch: Batch, **asked: Any) -> list[skipped.SkippedRow]:
    with unit_of_work(org.uploader.actor) as work:
        return skipped.skipped_rows(work, batch, **asked)


def test_each_skipped_row_names_its_account_and_case(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    first, batch = skipping(bench, org, prefix, tmp_path)
    rows = listed(org, batch)
    assert [(row.place.sheet, row.place.row, row.kind) for row in rows] == [
        ("明细", 2, "known"),
        ("明细", 3, "known"),
        ("明细", 4, "known"),
        ("明细", 6, "note"),
        ("明细", 7, "blank"),
        ("明细", 8, "total"),
    ]
    assert skipped.kinds_of(batch) == {"known": 3, "blank": 1, "total": 1, "note": 1}
    masked = rows[1]
    assert masked.account_no == f"{id_as_account()[:4]}{'*' * 10}{id_as_account()[-4:]}"
    assert masked.case is not None
    assert masked.case.number == case_of(org, id_as_account()).number
    assert {(row.case.batch_id, row.case.state) for row in rows[:3] if row.case} == {(first.batch_id, "in_review")}
    assert [row.case for row in rows[3:]] == [None, None, None]
    assert [row.place.row for row in listed(org, batch, kind="known", after=2, size=1)] == [3, 4]


def test_rows_skipped_before_cases_were_kept_with_them_are_found_by_account(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    _first, batch = skipping(bench, org, prefix, tmp_path)
    with unit_of_work(org.uploader.actor) as work:
        work.execute("UPDATE sheet_rows SET case_id = NULL WHERE batch_id = :batch", batch=batch.batch_id)
    clear, masked, _other = listed(org, batch, kind="known")
    assert clear.case is not None
    assert clear.case.number == case_of(org, f"{prefix}00000").number
    assert masked.case is None
    page = bench.client(org.uploader).get(f"/batches/{batch.batch_id}/skipped?kind=known").text
    assert "未记录" in page


def test_a_case_that_was_reversed_is_shown_until_the_account_comes_again(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    first, batch = skipping(bench, org, prefix, tmp_path)
    taking_back.take_back(org.uploader.actor, first.batch_id, "重来")
    bench.run_jobs(org)
    assert [row.case and row.case.state for row in listed(org, batch, kind="known")] == ["reversed"] * 3
    rows = accounts(4, prefix)[:3]
    rows[1] |= {"借据号": id_as_account(), "未还本金": 9}
    again = bring(bench, org, write(tmp_path / "third.xlsx", rows))
    assert [row.case and row.case.batch_id for row in listed(org, batch, kind="known")] == [again.batch_id] * 3


def test_a_mended_row_that_is_skipped_keeps_its_case(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = known_but_wrong(bench, org, prefix, tmp_path, "skip")
    mend_row(org.uploader.actor, batch.batch_id, 4, {5: "2024-03-01"})
    with unit_of_work(org.uploader.actor) as work:
        kept = work.execute("SELECT case_id FROM sheet_rows WHERE batch_id = :b AND row = 4", b=batch.batch_id)
        assert kept.scalar_one() == case_of(org, f"{prefix}00002").case_id


def test_the_page_leads_from_the_batch_to_each_case(
    bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, batch = skipping(bench, org, prefix, tmp_path)
    client, address = bench.client(org.uploader), f"/batches/{batch.batch_id}/skipped"
    front = client.get(f"/batches/{batch.batch_id}").text
    assert f'href="{address}?kind=known"' in front
    assert f'href="{address}"' in front
    page = client.get(address).text
    case = case_of(org, id_as_account())
    assert f'href="/cases/{case.case_id}">{case.number}</a>' in page
    assert f'href="/batches/{first.batch_id}"' in page
    assert id_as_account() not in page
    assert "合计 1" in page
    notes = client.get(f"{address}?kind=note").text
    assert prefix not in notes
    monkeypatch.setattr("reviewdesk.intake.skipped_views.ROWS_PER_PAGE", 2)
    assert f'href="{address}?kind=known&amp;cursor=3"' in client.get(f"{address}?kind=known").text
    assert "下一页" not in client.get(f"{address}?kind=known&cursor=3").text


def test_a_batch_that_skipped_nothing_says_so(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = bring(bench, org, write(tmp_path / "a.xlsx", accounts(2, prefix)))
    client, address = bench.client(org.reviewer), f"/batches/{batch.batch_id}/skipped"
    assert address not in client.get(f"/batches/{batch.batch_id}").text
    assert "没有跳过的行" in client.get(address).text
    assert len(client.get(f"{address}.csv").text.splitlines()) == 1


def test_the_table_holds_what_the_page_does(
    bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skipped, "_READ_AT_ONCE", 2)
    _first, batch = skipping(bench, org, prefix, tmp_path)
    answer = bench.client(org.uploader).get(f"/batches/{batch.batch_id}/skipped.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    case = case_of(org, f"{prefix}00000")
    assert rows[0] == ["工作表", "行", "种类", "借据号", "案件", "状态", "所在批次"]
    assert rows[1] == ["明细", "2", "已有案件", f"{prefix}00000", case.number, "待审", "first.xlsx"]
    assert [row[1] for row in rows[1:]] == ["2", "3", "4", "6", "7", "8"]
    assert id_as_account() not in answer.text
    (event,) = bench.events(org, "intake:batch:download_skipped")
    assert (event.batch_id, event.new) == (batch.batch_id, {"rows": 6})


def test_another_organisation_finds_none_of_it(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    _first, batch = skipping(bench, org, prefix, tmp_path)
    stranger = bench.client(bench.organisation().uploader)
    for end in ("skipped", "skipped.csv"):
        assert stranger.get(f"/batches/{batch.batch_id}/{end}").status_code == 404
