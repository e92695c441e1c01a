"""Rejected rows, the error workbook and the mended one through the API, with the same result as by page."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest

from reviewdesk.intake import corrections, mended_workbook, uploading
from reviewdesk.intake.wishes import Wish
from tests.api.helpers import Api, api_of
from tests.builders import Bench, Org
from tests.intake.sheets import accounts, add_sheets, write
from tests.intake.test_mending import of, outcome, rows_of
from tests.intake.test_side_mending import LEDGER, side

GOOD_DAY = "2024-02-29"


@pytest.fixture
def batch(bench: Bench, org: Org, tmp_path: Path) -> UUID:
    """Of three accounts rows 3 and 4 are rejected, and of the ledger rows 3 and 4."""
    prefix = f"HT{uuid4().hex[:10].upper()}"
    rows = accounts(3, prefix, seed=11)
    rows[1]["放款日期"] = rows[2]["放款日期"] = "2024-02-30"
    path = write(tmp_path / "清单.xlsx", rows)
    first = f"{prefix}00000"
    ledger = [
        ["借据号", "还款日期", "还款金额"],
        [first, "2024-05-01", 1],
        [first, "昨天", 2],
        ["别处的借据", "2024-05-02", 3],
    ]
    add_sheets(path, **{LEDGER: ledger, "催收记录": [["催收方式"], ["短信"], ["电话"]]})
    made = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True))
    bench.run_jobs(org, until=lambda: of(org, made.batch_id).state == "ready")
    return made.batch_id


def mended_book(api: Api, batch: UUID) -> io.BytesIO:
    """The error workbook with one account's row and one of the ledger mended."""
    answer = api.call("GET", f"batches/{batch}/error-workbook")
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    book["明细"]["F3"].value = GOOD_DAY
    book[LEDGER]["B3"].value = "2024-06-01"
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def send(api: Api, path: str, stream: io.BytesIO) -> Any:
    data = {"file": (io.BytesIO(stream.getvalue()), "改好.xlsx")}
    return api.call("POST", path, data=data, content_type="multipart/form-data")


def test_rejected_rows_of_all_sheets_are_listed_page_by_page(api: Api, batch: UUID) -> None:
    counts = api.get(f"batches/{batch}")["counts"]
    (ledger,) = counts["side_sheets"]
    assert (ledger["sheet"], ledger["read"], ledger["refused"], ledger["stray"]) == (LEDGER, 1, 1, 1)
    seen: list[tuple[str | None, int]] = []
    cursor = ""
    while True:
        page = api.get(f"batches/{batch}/errors?limit=1{cursor}")
        seen += [(one["sheet"], one["row"]) for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [(None, 3), (None, 4), (LEDGER, 3), (LEDGER, 4)]
    assert page["codes"] == {"date.impossible": 2}
    assert page["sheets"] == {LEDGER: 2}
    assert counts["side_wrong"] == 2 + len(page["unread"])
    only = api.get(f"batches/{batch}/errors?sheet={LEDGER}&code=date.unreadable")["items"]
    assert [one["errors"][0]["cell"] for one in only] == ["B3"]


def test_the_mended_workbook_comes_back_as_by_page(bench: Bench, org: Org, api: Api, batch: UUID) -> None:
    stream = mended_book(api, batch)
    answer = send(api, f"batches/{batch}/mended", stream)
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    assert (told["state"], told["loaded"], told["joined"], told["rejected"]) == ("done", 1, 1, 2)
    assert told["batch"]["counts"]["mended"] == 1
    assert outcome(org, batch) == (2, 2, 1)
    bench.run_jobs(org, until=lambda: side(org, batch)[LEDGER, 3] == "joined")
    again = send(api, f"batches/{batch}/mended", stream).get_json()
    assert (again["loaded"], again["joined"], again["rejected"]) == (0, 0, 2)
    event = bench.events(org, "intake:batch:mend")[0]
    assert (event.new["loaded"], event.new["side_mended"], event.new["by"]) == (1, 1, "workbook")


def test_sent_as_any_workbook_it_goes_to_its_batch(org: Org, api: Api, batch: UUID) -> None:
    answer = send(api, "batches", mended_book(api, batch))
    assert answer.status_code == 202
    assert answer.get_json()["batch_id"] == str(batch)
    assert outcome(org, batch) == (2, 2, 1)
    assert len(rows_of(org, "SELECT 1 FROM batches")) == 1


def test_a_worker_reads_a_large_one_and_its_progress_is_told(
    bench: Bench, org: Org, api: Api, batch: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mended_workbook, "AT_ONCE_BYTES", 10)
    answer = send(api, f"batches/{batch}/mended", mended_book(api, batch))
    assert answer.status_code == 202
    assert answer.get_json()["state"] == "waiting"
    assert api.get(f"batches/{batch}")["mending"]["state"] == "pending"
    page = bench.client(org.uploader).get(f"/batches/{batch}/rejected").text
    assert f"/batches/{batch}/mended" in page
    assert "排队中" in page
    bench.run_jobs(org, until=lambda: of(org, batch).counts["loaded"] == 2)
    assert api.get(f"batches/{batch}")["mending"] is None
    done = bench.client(org.uploader).get(f"/batches/{batch}/mended")
    assert done.headers["HX-Refresh"] == "true"


def test_a_large_error_workbook_is_asked_for(
    bench: Bench, org: Org, api: Api, batch: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corrections, "MOST_AT_ONCE", 1)
    api.problem("GET", f"batches/{batch}/error-workbook", 404)
    assert api.post(f"batches/{batch}/error-workbook", status=202)["state"] == "waiting"
    assert api.problem("GET", f"batches/{batch}/error-workbook", 409)["code"] == "export.not_ready"
    bench.run_jobs(org)
    assert api.call("GET", f"batches/{batch}/error-workbook").status_code == 200


def test_what_cannot_be_taken_in_is_refused(bench: Bench, org: Org, api: Api, batch: UUID) -> None:
    form = {"content_type": "multipart/form-data"}
    assert api.problem("POST", f"batches/{batch}/mended", 422, data={"x": ""}, **form)["code"] == "file.none"
    other = api_of(bench, bench.organisation().uploader)
    assert send(other, f"batches/{batch}/mended", mended_book(api, batch)).status_code == 404
    assert send(api_of(bench, org.reviewer), f"batches/{batch}/mended", io.BytesIO(b"x")).status_code == 403
    assert api_of(bench, org.reviewer).call("GET", f"batches/{batch}/error-workbook").status_code == 403


def post_rows(api: Api, batch: UUID, what: str, rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return api.post(f"batches/{batch}/rows/{what}", {"rows": rows} | more, status=200)


class TestRows:
    def test_rows_are_listed_with_their_masked_cells(self, api: Api, batch: UUID) -> None:
        first = api.get(f"batches/{batch}/errors?limit=1")["items"][0]
        cells = {one["field"]: one for one in first["cells"]}
        day, id_no = cells["disbursed_on"], cells["id_no"]
        assert (day["cell"], day["header"], day["value"], day["masked"]) == ("F3", "放款日期", "2024-02-30", False)
        assert (id_no["masked"], "*" in id_no["value"]) == (True, True)
        beside = api.get(f"batches/{batch}/errors?sheet={LEDGER}")["items"][0]
        assert [one["value"] for one in beside["cells"]][1:] == ["昨天", "2"]

    def test_corrected_cells_are_taken_in_once_and_each_row_is_answered(
        self, bench: Bench, org: Org, api: Api, batch: UUID
    ) -> None:
        rows = [
            {"number": 3, "cells": {"放款日期": GOOD_DAY}},
            {"number": 4, "cells": {"F": "2024-02-31"}},
            {"number": 3, "sheet": LEDGER, "cells": {"还款日期": "2024-06-01"}},
            {"number": 4, "sheet": LEDGER, "cells": {}},
            {"number": 99, "cells": {"F": "x"}},
        ]
        told = post_rows(api, batch, "mend", rows)
        results = [one["result"] for one in told["rows"]]
        assert results == ["taken_in", "rejected", "joining", "rejected", "unknown"]
        assert [one["changed"] for one in told["rows"]] == [True, True, True, True, False]
        assert told["rows"][0]["case_number"].startswith("C-")
        assert told["rows"][1]["errors"][0]["code"] == "date.impossible"
        assert "31" in told["rows"][1]["errors"][0]["message"]["zh"]
        assert told["counts"]["mended"] == 1
        assert outcome(org, batch) == (2, 2, 1)
        assert bench.events(org, "intake:batch:mend")[0].new["by"] == "api"
        bench.run_jobs(org, until=lambda: side(org, batch)[LEDGER, 3] == "joined")

        again = post_rows(api, batch, "mend", rows)["rows"]
        assert [one["result"] for one in again] == ["taken_in", "rejected", "taken_in", "rejected", "unknown"]
        assert again[0]["case_id"] == told["rows"][0]["case_id"]
        assert again[0]["changed"] is False
        assert outcome(org, batch) == (2, 2, 1)

    def test_what_is_no_column_or_given_twice_is_refused_and_nothing_is_taken_in(
        self, org: Org, api: Api, batch: UUID
    ) -> None:
        body = {"rows": [{"number": 3, "cells": {"F": GOOD_DAY}}, {"number": 4, "cells": {"没有这列": "1"}}]}
        problem = api.problem("POST", f"batches/{batch}/rows/mend", 422, json=body)
        assert (problem["code"], problem["errors"][0]["field"]) == ("row.column", "rows.1.cells.没有这列")
        twice = {"rows": [{"number": 3}, {"number": 3}]}
        assert api.problem("POST", f"batches/{batch}/rows/mend", 422, json=twice)["code"] == "row.twice"
        assert outcome(org, batch) == (1, 1, 2)

    def test_rows_are_dismissed_and_taken_back(self, org: Org, api: Api, batch: UUID) -> None:
        rows = [{"number": 4}, {"number": 4, "sheet": LEDGER}]
        told = post_rows(api, batch, "dismiss", rows, reason="duplicate", note="与第 3 行相同")
        assert [(one["result"], one["changed"]) for one in told["rows"]] == [("dismissed", True)] * 2
        assert (told["counts"]["dismissed"], told["counts"]["rejected"]) == (1, 1)
        listed = api.get(f"batches/{batch}/errors?outcome=dismissed")["items"]
        assert [(one["sheet"], one["row"]) for one in listed] == [(None, 4), (LEDGER, 4)]
        assert listed[0]["dismissed"]["note"] == "与第 3 行相同"
        back = post_rows(api, batch, "reinstate", rows)
        assert [one["result"] for one in back["rows"]] == ["rejected", "rejected"]
        assert api.get(f"batches/{batch}/errors?outcome=dismissed")["items"] == []

    def test_only_an_uploader_changes_rows(self, bench: Bench, org: Org, batch: UUID) -> None:
        reviewer = api_of(bench, org.reviewer)
        for what, more in (("mend", {}), ("dismiss", {"reason": "test"}), ("reinstate", {})):
            body = {"rows": [{"number": 3}]} | more
            assert reviewer.call("POST", f"batches/{batch}/rows/{what}", json=body).status_code == 403
