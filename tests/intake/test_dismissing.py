"""Rejected rows that are no cases: dismissed with a reason, counted, shown, and taken back."""

from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotAllowed
from reviewdesk.intake import dismissing, quality
from reviewdesk.intake.dismissing import Place, dismiss, reinstate
from tests.builders import Bench, Org, csrf
from tests.intake.mends import mend_row
from tests.intake.test_mending import error_book, of, rows_of, saved, send_back
from tests.intake.test_side_mending import LEDGER, case_of, pending, side, told, with_side_sheets

THIRD_ROW = 4
"""The account whose day is none; of the ledger row 3 cannot be read and row 5 is of no account."""


@pytest.fixture
def batch(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> UUID:
    return with_side_sheets(bench, org, prefix, tmp_path / "清单.xlsx")


def counts_add_up(org: Org, batch: UUID) -> dict[str, int]:
    """The batch's counts, which are those of its rows."""
    counts = of(org, batch).counts
    parts = ("loaded", "updated", "unchanged", "skipped", "rejected", "dismissed", "set_aside")
    assert sum(counts[part] for part in parts) == counts["rows"]
    held = rows_of(org, "SELECT outcome, count(*) FROM sheet_rows WHERE batch_id = :b GROUP BY 1", b=batch)
    by_outcome = {row.outcome: row.count for row in held}
    assert counts["rejected"] == by_outcome.get("rejected", 0)
    assert counts["dismissed"] == by_outcome.get("dismissed", 0)
    return counts


def throw_out(org: Org, batch: UUID, *places: Place) -> dismissing.Dismissed:
    return dismiss(org.uploader.actor, batch, places, "not_account", "页脚 13800001234")


class TestAccounts:
    def test_a_dismissed_row_is_counted_apart_and_told_of(self, bench: Bench, org: Org, batch: UUID) -> None:
        assert throw_out(org, batch, (None, THIRD_ROW), (None, 2)).changed == [(None, THIRD_ROW)]
        counts = counts_add_up(org, batch)
        assert (counts["loaded"], counts["rejected"], counts["dismissed"]) == (2, 0, 1)
        event = bench.events(org, "intake:batch:dismiss")[0]
        assert event.new == {
            "dismissal": "not_account",
            "note": "页脚 138****1234",
            "rows": 1,
            "places": str(THIRD_ROW),
        }
        assert throw_out(org, batch, (None, THIRD_ROW)).passed == 1
        assert len(bench.events(org, "intake:batch:dismiss")) == 1

    def test_it_is_taken_back_as_it_was(self, bench: Bench, org: Org, batch: UUID) -> None:
        before = of(org, batch).counts
        throw_out(org, batch, (None, THIRD_ROW))
        assert reinstate(org.uploader.actor, batch, [(None, THIRD_ROW)]).changed == [(None, THIRD_ROW)]
        assert {**counts_add_up(org, batch)} == before
        assert bench.events(org, "intake:batch:reinstate")[0].new["rows"] == 1
        assert rows_of(org, "SELECT dismissed FROM sheet_rows WHERE batch_id = :b", b=batch)[0].dismissed is None

    def test_the_page_shows_it_among_the_dismissed_and_takes_it_back(
        self, client: FlaskClient, org: Org, batch: UUID
    ) -> None:
        page = client.get(f"/batches/{batch}/rejected").text
        token = csrf(page)
        none = client.post(f"/batches/{batch}/dismissed", data={"csrf_token": token}, follow_redirects=True)
        assert "请先勾选要剔除的行" in none.text
        sent = {"csrf_token": token, "rows": [str(THIRD_ROW)], "reason": "other", "note": " "}
        assert "说明原因" in client.post(f"/batches/{batch}/dismissed", data=sent, follow_redirects=True).text
        done = client.post(
            f"/batches/{batch}/dismissed", data=sent | {"note": "抄错的一行"}, follow_redirects=True
        ).text
        assert "已剔除 1 行" in done
        assert counts_add_up(org, batch)["dismissed"] == 1
        shown = client.get(f"/batches/{batch}/rejected?dismissed=1").text
        assert "抄错的一行" in shown
        assert org.uploader.name in shown
        assert "已剔除" in client.get(f"/batches/{batch}").text
        client.post(f"/batches/{batch}/reinstated", data={"csrf_token": token, "rows": [str(THIRD_ROW)]})
        assert counts_add_up(org, batch)["dismissed"] == 0

    def test_the_error_workbook_locks_it_and_says_why(self, client: FlaskClient, org: Org, batch: UUID) -> None:
        throw_out(org, batch, (None, THIRD_ROW))
        book = error_book(client, batch)
        sheet = book["明细"]
        assert sheet.cell(THIRD_ROW, 6).protection.locked
        assert str(sheet.cell(THIRD_ROW, 10).value).startswith("已剔除：不是账目")
        lines = {line[0]: line[1] for line in book["错误汇总"].iter_rows(values_only=True) if line[0]}
        assert (lines["未导入（待修正）"], lines["已剔除（已锁定）"]) == (0, 1)
        sheet["F4"].value = "2024-02-29"
        answer = send_back(client, batch, saved(book))
        assert counts_add_up(org, batch)["dismissed"] == 1
        assert "1 行已剔除，改动没有读取" in client.get(answer.location).text

    def test_the_suppliers_quality_counts_it_apart(self, org: Org, batch: UUID) -> None:
        with unit_of_work(org.compliance.actor) as work:
            before = quality.quality_of(work, days=90, lender=None)
        throw_out(org, batch, (None, THIRD_ROW))
        with unit_of_work(org.compliance.actor) as work:
            after = quality.quality_of(work, days=90, lender=None)
        assert (before.accounts, before.wrong, before.dismissed) == (3, 1, 0)
        assert (after.accounts, after.wrong, after.dismissed, after.by_lender[0].dismissed) == (2, 0, 1, 1)
        assert after.mends == ()

    def test_who_may_and_with_what_reason(self, org: Org, batch: UUID) -> None:
        with pytest.raises(NotAllowed):
            dismiss(org.reviewer.actor, batch, [(None, THIRD_ROW)], "test")
        for reason, note in (("weather", ""), ("other", "  "), ("test", "长" * 301)):
            with pytest.raises(Invalid):
                dismiss(org.uploader.actor, batch, [(None, THIRD_ROW)], reason, note)
        assert counts_add_up(org, batch)["dismissed"] == 0


class TestSideSheets:
    def test_a_list_is_whole_without_its_dismissed_row_and_lacking_again_with_it(
        self, bench: Bench, org: Org, batch: UUID, prefix: str
    ) -> None:
        account = f"{prefix}00000"
        assert "repayments" not in case_of(org, account).facts
        throw_out(org, batch, (LEDGER, 3), (LEDGER, 5))
        bench.run_jobs(org, until=lambda: not pending(org))
        assert [one["amount"] for one in case_of(org, account).facts["repayments"]] == [20050]
        assert side(org, batch)[LEDGER, 3] == side(org, batch)[LEDGER, 5] == "dismissed"
        ledger = told(org, batch, LEDGER)
        assert (ledger["read"], ledger["refused"], ledger["stray"], ledger["dismissed"]) == (3, 0, 0, 2)
        assert of(org, batch).counts["beside_wrong"] == 1

        version = case_of(org, account).facts_version
        reinstate(org.uploader.actor, batch, [(LEDGER, 3)])
        bench.run_jobs(org, until=lambda: not pending(org))
        assert "repayments" not in case_of(org, account).facts
        assert case_of(org, account).facts_version == version + 1
        assert (side(org, batch)[LEDGER, 3], told(org, batch, LEDGER)["refused"]) == ("rejected", 1)

    def test_a_decided_case_keeps_its_list_and_the_row_stays_dismissed(
        self, bench: Bench, org: Org, batch: UUID, prefix: str
    ) -> None:
        case = case_of(org, f"{prefix}00000")
        with unit_of_work(org.senior_reviewer.actor) as work:
            work.execute(
                "UPDATE cases SET state = 'withdrawn', version = version + 1 WHERE case_id = :c", c=case.case_id
            )
        throw_out(org, batch, (LEDGER, 3))
        bench.run_jobs(org, until=lambda: not pending(org))
        assert case_of(org, f"{prefix}00000").facts_version == case.facts_version
        assert side(org, batch)[LEDGER, 3] == "dismissed"

    def test_a_stray_row_comes_back_as_it_was(self, bench: Bench, org: Org, batch: UUID) -> None:
        throw_out(org, batch, (LEDGER, 5))
        bench.run_jobs(org, until=lambda: not pending(org))
        reinstate(org.uploader.actor, batch, [(LEDGER, 5)])
        bench.run_jobs(org, until=lambda: not pending(org))
        assert (side(org, batch)[LEDGER, 5], told(org, batch, LEDGER)["stray"]) == ("rejected", 1)

    def test_an_account_that_is_mended_later_gets_its_list_without_the_row(
        self, bench: Bench, org: Org, batch: UUID, prefix: str
    ) -> None:
        third = f"{prefix}00002"
        mend_row(org.uploader.actor, batch, 5, {0: third, 1: "没有日期"}, LEDGER)
        throw_out(org, batch, (LEDGER, 5))
        mend_row(org.uploader.actor, batch, THIRD_ROW, {5: "2024-02-29"})
        bench.run_jobs(org, until=lambda: not pending(org))
        assert [one["amount"] for one in case_of(org, third).facts["repayments"]] == [700]
        assert side(org, batch)[LEDGER, 5] == "dismissed"
