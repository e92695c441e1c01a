"""Rows of side sheets that no case has: mended on the page and in the error workbook, and joined to their cases."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask.testing import FlaskClient

from reviewdesk.db import unit_of_work
from reviewdesk.errors import NotAllowed
from reviewdesk.intake import uploading
from reviewdesk.intake.mending import Mended
from reviewdesk.intake.models import Case
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.side_rows import layouts_from_json, layouts_to_json, read_rows
from reviewdesk.intake.side_sheets import read_side_sheets
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org, csrf
from tests.intake.mends import mend_row
from tests.intake.sheets import accounts, add_sheets, write
from tests.intake.test_mending import error_book, of, rows_of, saved, send_back

LEDGER = "还款明细"
CALLS = "催收记录"


@pytest.fixture
def batch(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> UUID:
    return with_side_sheets(bench, org, prefix, tmp_path / "清单.xlsx")


def with_side_sheets(bench: Bench, org: Org, prefix: str, place: Path) -> UUID:
    """Three accounts, the last of them rejected; row 3 of the ledger cannot be read, row 5 is of no account."""
    rows = accounts(3, prefix, seed=9)
    rows[2]["放款日期"] = "2024-02-30"
    path = write(place, rows)
    first, second, third = (f"{prefix}0000{n}" for n in range(3))
    add_sheets(
        path,
        **{
            LEDGER: [
                ["借据号", "还款日期", "还款金额"],
                [first, "2024-05-01", 200.5],
                [first, "不知道", 100],
                [second, "2024-04-01", 50],
                ["别处的借据9", "2024-06-01", 1],
                [third, "2024-07-01", 7],
            ],
            CALLS: [["借据号", "催收日期", "催收方式"], [second, "2025-02-30", "短信13800001234"]],
        },
    )
    made = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True))
    bench.run_jobs(org, until=lambda: of(org, made.batch_id).state == "ready")
    return made.batch_id


def case_of(org: Org, account: str) -> Case:
    with unit_of_work(org.uploader.actor) as work:
        found = work.session.query(Case).filter_by(account_no=account).one()
        assert found.facts is not None
        return found


def side(org: Org, batch: UUID) -> dict[tuple[str, int], str]:
    return {
        (row.sheet, row.row): row.outcome
        for row in rows_of(org, "SELECT sheet, row, outcome FROM side_rows WHERE batch_id = :b", b=batch)
    }


def told(org: Org, batch: UUID, sheet: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in of(org, batch).counts["beside"] if one["sheet"] == sheet)
    return found


def mend(org: Org, batch: UUID, sheet: str, row: int, **cells: str) -> Mended:
    given = {ord(letters) - ord("A"): text for letters, text in cells.items()}
    return mend_row(org.uploader.actor, batch, row, given, sheet)


class TestPage:
    def test_rejected_rows_are_kept_and_shown_with_their_bad_cells(
        self, org: Org, client: FlaskClient, batch: UUID
    ) -> None:
        assert side(org, batch) == {(LEDGER, 3): "rejected", (LEDGER, 5): "rejected", (CALLS, 2): "rejected"}
        assert (told(org, batch, LEDGER)["read"], told(org, batch, LEDGER)["refused"]) == (3, 1)
        assert (told(org, batch, LEDGER)["stray"], of(org, batch).counts["beside_wrong"]) == (1, 3)
        page = client.get(f"/batches/{batch}").text
        assert "修正附表" in page
        assert "本批没有这个借据号" in page
        page = client.get(f"/batches/{batch}/rejected?sheet={LEDGER}").text
        assert 'name="cell-B"' in page
        assert 'value="不知道"' in page
        assert 'value="别处的借据9"' in page
        calls = client.get(f"/batches/{batch}/rejected?sheet={CALLS}").text
        assert "13800001234" not in calls
        assert "没有 30 日" in calls

    def test_a_mended_row_joins_its_case_once_and_has_it_audited_anew(
        self, bench: Bench, org: Org, batch: UUID, prefix: str
    ) -> None:
        before = case_of(org, f"{prefix}00000")
        assert "repayments" not in before.facts
        assert before.facts["unread"] == ["repayments"]
        made = mend(org, batch, LEDGER, 3, B="2024-03-01")
        assert (made.joined, made.side_rejected) == (1, 0)
        assert side(org, batch)[LEDGER, 3] == "mended"
        bench.run_jobs(org, until=lambda: side(org, batch)[LEDGER, 3] == "joined")
        bench.run_jobs(org, until=lambda: case_of(org, f"{prefix}00000").state == "in_review")
        after = case_of(org, f"{prefix}00000")
        assert [(one["paid_on"], one["amount"]) for one in after.facts["repayments"]] == [
            ("2024-03-01", 10000),
            ("2024-05-01", 20050),
        ]
        assert "unread" not in after.facts
        assert after.facts_version == before.facts_version + 1
        assert after.run_id != before.run_id
        assert after.edited_by == org.uploader.person_id
        event = bench.events(org, "review:case:join_rows")[0]
        assert (event.old, event.new) == ({"repayments": None}, {"repayments": 2})
        assert (told(org, batch, LEDGER)["mended"], told(org, batch, LEDGER)["read"]) == (1, 4)
        assert mend(org, batch, LEDGER, 3, B="2024-03-02").passed == 1

    def test_a_row_may_be_mended_into_a_reversal(self, bench: Bench, org: Org, batch: UUID, prefix: str) -> None:
        made = mend(org, batch, LEDGER, 3, B="2024-05-03", C="-200.50")
        assert (made.joined, made.side_rejected) == (1, 0)
        bench.run_jobs(org, until=lambda: side(org, batch)[LEDGER, 3] == "joined")
        after = case_of(org, f"{prefix}00000")
        assert [(one["paid_on"], one["amount"]) for one in after.facts["repayments"]] == [
            ("2024-05-01", 20050),
            ("2024-05-03", -20050),
        ]

    def test_a_row_that_is_still_wrong_says_so_afresh(self, org: Org, client: FlaskClient, batch: UUID) -> None:
        page = client.get(f"/batches/{batch}/rejected?sheet={LEDGER}").text
        sent = {
            "csrf_token": csrf(page),
            "sheet": LEDGER,
            "was-B": "不知道",
            "cell-B": "2024-02-30",
        }
        answer = client.post(f"/batches/{batch}/rejected/3", data=sent, headers={"HX-Request": "true"})
        assert "2024 年 2 月没有 30 日" in answer.text
        assert side(org, batch)[LEDGER, 3] == "rejected"
        sent |= {"was-B": "2024-02-30", "cell-B": "2024-03-01"}
        answer = client.post(f"/batches/{batch}/rejected/3", data=sent, headers={"HX-Request": "true"})
        assert "正在并入案件" in answer.text
        event = bench_events(org)[-1]
        assert "13800001234" not in str(event)

    def test_a_stray_row_is_given_to_its_account(self, bench: Bench, org: Org, batch: UUID, prefix: str) -> None:
        assert mend(org, batch, LEDGER, 5, A="还是没有").side_rejected == 1
        assert mend(org, batch, LEDGER, 5, A=f"{prefix}00001").joined == 1
        bench.run_jobs(org, until=lambda: side(org, batch)[LEDGER, 5] == "joined")
        found = case_of(org, f"{prefix}00001").facts["repayments"]
        assert [one["amount"] for one in found] == [5000, 100]
        assert told(org, batch, LEDGER)["stray"] == 0

    def test_a_row_whose_account_is_rejected_waits_for_it(
        self, bench: Bench, org: Org, batch: UUID, prefix: str
    ) -> None:
        third = f"{prefix}00002"
        assert mend(org, batch, LEDGER, 5, A=third).joined == 1
        bench.run_jobs(org, until=lambda: not pending(org))
        assert side(org, batch)[LEDGER, 5] == "mended"
        mend_row(org.uploader.actor, batch, 4, {5: "2024-02-29"})
        assert side(org, batch)[LEDGER, 5] == "joined"
        assert [one["amount"] for one in case_of(org, third).facts["repayments"]] == [100, 700]

    def test_a_decided_case_takes_nothing_in(self, bench: Bench, org: Org, batch: UUID, prefix: str) -> None:
        case = case_of(org, f"{prefix}00001")
        with unit_of_work(org.senior_reviewer.actor) as work:
            work.execute(
                "UPDATE cases SET state = 'withdrawn', version = version + 1 WHERE case_id = :c", c=case.case_id
            )
        mend(org, batch, LEDGER, 5, A=f"{prefix}00001")
        bench.run_jobs(org, until=lambda: not pending(org))
        assert side(org, batch)[LEDGER, 5] == "rejected"
        assert case_of(org, f"{prefix}00001").facts_version == case.facts_version
        page = bench.client(org.uploader).get(f"/batches/{batch}/rejected?sheet={LEDGER}").text
        assert "已有决定，没有并入" in page

    def test_only_an_uploader_mends(self, bench: Bench, org: Org, batch: UUID) -> None:
        with pytest.raises(NotAllowed):
            mend_row(org.reviewer.actor, batch, 3, {1: "2024-03-01"}, LEDGER)
        assert "重新核对" not in bench.client(org.reviewer).get(f"/batches/{batch}/rejected?sheet={LEDGER}").text


def pending(org: Org) -> list[Any]:
    return rows_of(org, "SELECT 1 FROM jobs WHERE state IN ('pending', 'running')")


def bench_events(org: Org) -> list[Any]:
    return rows_of(org, "SELECT old::text, new::text FROM events WHERE action = 'intake:batch:mend' ORDER BY event_id")


class TestErrorWorkbook:
    def test_side_sheets_come_back_and_only_mended_rows_are_taken_in_once(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, prefix: str
    ) -> None:
        book = error_book(client, batch)
        assert book.sheetnames == ["错误汇总", "明细", LEDGER, CALLS]
        ledger = book[LEDGER]
        assert ledger.protection.sheet
        assert (ledger["B2"].protection.locked, ledger["B3"].protection.locked) == (True, False)
        assert ledger["B3"].comment is not None
        ledger["B3"].value = "2024-03-01"
        ledger["C2"].value = 999_999  # locked, and passed over
        answer = send_back(client, batch, saved(book))
        assert answer.status_code == 302
        bench.run_jobs(org, until=lambda: side(org, batch)[LEDGER, 3] == "joined")
        assert side(org, batch) == {(LEDGER, 3): "joined", (LEDGER, 5): "rejected", (CALLS, 2): "rejected"}
        bench.run_jobs(org, until=lambda: not pending(org))
        version = case_of(org, f"{prefix}00000").facts_version
        assert [one["amount"] for one in case_of(org, f"{prefix}00000").facts["repayments"]] == [10000, 20050]
        send_back(client, batch, saved(book))
        bench.run_jobs(org, until=lambda: not pending(org))
        assert case_of(org, f"{prefix}00000").facts_version == version

    def test_accounts_and_their_side_rows_are_mended_together(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, prefix: str
    ) -> None:
        book = error_book(client, batch)
        book["明细"]["F4"].value = "2024-02-29"
        book[LEDGER]["A5"].value = f"{prefix}00002"
        send_back(client, batch, saved(book))
        bench.run_jobs(org, until=lambda: not pending(org))
        assert side(org, batch)[LEDGER, 5] == "joined"
        assert [one["amount"] for one in case_of(org, f"{prefix}00002").facts["repayments"]] == [100, 700]

    def test_a_moved_column_of_a_side_sheet_is_refused(self, client: FlaskClient, batch: UUID) -> None:
        book = error_book(client, batch)
        book[LEDGER].insert_cols(2)
        answer = send_back(client, batch, saved(book))
        assert (answer.status_code, "请不要移动、增删列" in answer.text) == (422, True)

    def test_what_was_changed_on_the_page_stands_in_it(self, org: Org, client: FlaskClient, batch: UUID) -> None:
        mend(org, batch, LEDGER, 3, C="120")
        book = openpyxl.load_workbook(io.BytesIO(client.get(f"/batches/{batch}/errors.xlsx").data))
        assert book[LEDGER]["C3"].value == "120"


def test_a_layout_survives_as_json_and_reads_a_row_alone() -> None:
    rows = [["借据号", "还款（万元）", ""], ["", "日期", "金额"], ["A1", "2024-04-01", 0.1], ["A1", "昨天", 0.1]]
    found = read_side_sheets([LEDGER], lambda _: Sheet(LEDGER, rows))  # type: ignore[arg-type]
    layouts = layouts_from_json(layouts_to_json(found.layouts))
    assert layouts[LEDGER].account == found.layouts[LEDGER].account
    rows = {4: ["A1", "昨天", 0.1], 7: ["A1", "2024-05-01", 0.1], 90: ["", "", ""]}
    read = read_rows(layouts, {LEDGER: rows})
    account, errors = read.pop((LEDGER, 4))
    assert (account, [error.cell for error in errors]) == ("A1", ["B4"])
    assert read == {(LEDGER, 7): ("A1", []), (LEDGER, 90): (None, [])}
