"""Importing accounts that the organisation has already: rejected, skipped, or their cases updated."""

import io
from pathlib import Path
from typing import Any

import pytest

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.intake import queries
from reviewdesk.intake.known import OnKnown, read_on_known
from reviewdesk.intake.models import Batch
from reviewdesk.intake.quality import quality_of
from reviewdesk.intake.row_results import result_of
from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.proof import prove
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from reviewdesk.vault import vault
from tests.builders import Bench, Org, csrf
from tests.intake.mends import mend_row
from tests.intake.sheets import accounts, write


def bring(bench: Bench, org: Org, path: Path, on_known: OnKnown = "reject") -> Batch:
    """Import a workbook and run everything that follows."""
    batch = upload_from_path(org.uploader.actor, path, Wish(auto=True, on_known=on_known))
    bench.run_jobs(org)
    with unit_of_work(org.uploader.actor) as work:
        return work.session.get_one(Batch, (org.org_id, batch.batch_id))


def case_of(org: Org, account_no: str) -> Any:
    with unit_of_work(system(org.org_id)) as work:
        return work.execute(
            "SELECT c.*, f.facts, f.facts_version, f.sealed, f.mobile_index FROM cases c "
            "JOIN case_files f USING (org_id, case_id) WHERE account_no = :no",
            no=account_no,
        ).one()


def move(org: Org, case_id: int, verb: Verb) -> None:
    with unit_of_work(org.senior_reviewer.actor) as work:
        assert move_cases(work, verb, [case_id], reason="试")


def adds_up(counts: dict[str, Any]) -> bool:
    parts = ("loaded", "updated", "unchanged", "skipped", "rejected", "dismissed", "set_aside")
    return bool(counts["rows"] == sum(counts[part] for part in parts))


def test_skipped_accounts_are_counted_apart_and_are_no_errors(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    bring(bench, org, write(tmp_path / "a.xlsx", accounts(3, prefix)))
    batch = bring(bench, org, write(tmp_path / "b.xlsx", accounts(5, prefix)), "skip")
    counts = batch.counts
    assert (counts["loaded"], counts["skipped"], counts["known"]) == (2, 3, 3)
    assert adds_up(counts)
    assert batch.totals["outstanding_principal"] == 2 * 100_050
    with unit_of_work(org.uploader.actor) as work:
        assert queries.code_counts(work, batch.batch_id) == []


def test_undecided_cases_are_updated_with_their_differences(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    bring(bench, org, write(tmp_path / "a.xlsx", accounts(4, prefix)))
    before = case_of(org, f"{prefix}00000")
    decided, returned = case_of(org, f"{prefix}00002"), case_of(org, f"{prefix}00003")
    move(org, decided.case_id, Verb.APPROVE)
    move(org, returned.case_id, Verb.RETURN)
    rows = accounts(5, prefix)
    rows[0] |= {"未还本金": 900.5, "手机号": "13900001111", "逾期天数": None}
    rows[2] |= {"未还本金": 1}
    rows[3] |= {"未还本金": 2}
    batch = bring(bench, org, write(tmp_path / "b.xlsx", rows), "update")

    counts = batch.counts
    assert (counts["loaded"], counts["updated"], counts["unchanged"], counts["rejected"]) == (1, 2, 1, 1)
    assert adds_up(counts)
    after = case_of(org, f"{prefix}00000")
    assert (after.facts["outstanding_principal"], after.facts["days_overdue"]) == (90_050, 120)
    assert (after.outstanding, after.facts_version) == (90_050, before.facts_version + 1)
    assert after.state == "in_review"
    assert after.run_id > before.run_id
    assert after.version > before.version
    assert after.edited_by == org.uploader.person_id
    assert after.batch_id == before.batch_id
    assert after.mobile_index == vault().blind("mobile", "13900001111", org.org_id)
    assert vault().unseal(after.sealed, org.org_id, after.case_id)["mobile"] == "13900001111"
    assert case_of(org, f"{prefix}00002").facts == decided.facts
    assert case_of(org, f"{prefix}00003").state == "in_review"
    assert case_of(org, f"{prefix}00001").facts_version == 1

    with unit_of_work(org.uploader.actor) as work:
        (error,) = queries.rejected_rows(work, batch.batch_id, code="account.decided")[0].errors
        first, second = queries.renewals(work, batch.batch_id)
    assert error["number"] == decided.number
    assert (first.case_id, second.case_id) == (after.case_id, returned.case_id)
    assert first.old["outstanding_principal"] == 100_050
    assert first.new["outstanding_principal"] == 90_050
    assert first.new["mobile"] == "139****1111"
    assert {change.key for change in first.changes} == {"outstanding_principal", "mobile"}
    event = bench.events(org, "intake:case:update")[0]
    assert (event.case_id, event.batch_id) == (after.case_id, batch.batch_id)
    proof = prove(org.compliance.actor)
    assert proof.holds, proof.failures


def test_a_case_with_a_waiting_decision_is_left_as_it_is(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    bring(bench, org, write(tmp_path / "a.xlsx", accounts(1, prefix)))
    case = case_of(org, f"{prefix}00000")
    with unit_of_work(org.reviewer.actor) as work:
        work.execute(
            "INSERT INTO decisions (org_id, decision_id, case_id, choice, state, reason, needs, seen, case_version, "
            "by_id, by_name, by_roles) VALUES (:org, gen_random_uuid(), :case, 'approve', 'waiting', 'x', '[]', '[]', "
            ":version, :by, 'x', '[]')",
            org=org.org_id,
            case=case.case_id,
            version=case.version,
            by=org.reviewer.person_id,
        )
    batch = bring(bench, org, write(tmp_path / "b.xlsx", [accounts(1, prefix)[0] | {"未还本金": 5}]), "update")
    assert (batch.counts["updated"], batch.counts["rejected"]) == (0, 1)
    assert case_of(org, f"{prefix}00000").facts == case.facts


def test_a_case_whose_audit_is_to_come_is_updated_before_it(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    first = upload_from_path(org.uploader.actor, write(tmp_path / "a.xlsx", accounts(1, prefix)), Wish(auto=True))
    bench.run_jobs(org, most=1)
    second = write(tmp_path / "b.xlsx", [accounts(1, prefix)[0] | {"未还本金": 5}])
    renewed = upload_from_path(org.uploader.actor, second, Wish(auto=True, on_known="update"))
    with unit_of_work(system(org.org_id)) as work:
        work.execute("UPDATE jobs SET number = -1 WHERE kind = 'intake.load' AND state = 'pending'")
    bench.run_jobs(org)
    case = case_of(org, f"{prefix}00000")
    assert (case.facts["outstanding_principal"], case.state, case.batch_id) == (500, "in_review", first.batch_id)
    with unit_of_work(org.uploader.actor) as work:
        assert work.session.get_one(Batch, (org.org_id, renewed.batch_id)).state == "ready"
    assert prove(org.compliance.actor).holds


def known_but_wrong(bench: Bench, org: Org, prefix: str, folder: Path, on_known: OnKnown) -> Batch:
    """A batch of three known accounts, the last of which owes less and cannot be read for its day."""
    rows = accounts(3, prefix)
    bring(bench, org, write(folder / "first.xlsx", rows))
    rows[2] |= {"放款日期": "2024-02-30", "未还本金": 700}
    return bring(bench, org, write(folder / "second.xlsx", rows), on_known)


def as_it_is(org: Org, batch: Batch) -> dict[str, Any]:
    with unit_of_work(org.uploader.actor) as work:
        counts: dict[str, Any] = work.session.get_one(Batch, (org.org_id, batch.batch_id)).counts
    assert adds_up(counts)
    return counts


def test_a_mended_row_of_a_known_account_renews_its_case_where_the_batch_updates(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    batch = known_but_wrong(bench, org, prefix, tmp_path, "update")
    assert (as_it_is(org, batch)["unchanged"], as_it_is(org, batch)["rejected"]) == (2, 1)
    made = mend_row(org.uploader.actor, batch.batch_id, 4, {5: "2024-03-01"})
    assert (made.known, made.rejected) == (1, 0)
    with unit_of_work(org.uploader.actor) as work:
        assert result_of(work, batch, None, 4).outcome == "joining"
    bench.run_jobs(org)
    case, counts = case_of(org, f"{prefix}00002"), as_it_is(org, batch)
    assert (case.facts["outstanding_principal"], case.facts_version, case.state) == (70_000, 2, "in_review")
    assert (counts["updated"], counts["rejected"], counts["known"]) == (1, 0, 3)
    with unit_of_work(org.uploader.actor) as work:
        result = result_of(work, batch, None, 4)
        assert (result.outcome, result.case and result.case.case_id) == ("taken_in", case.case_id)
        found = quality_of(work, days=30, lender=None)
    assert (found.accounts, found.share < 0.5) == (6, True)


def test_a_mended_row_of_a_decided_case_says_so(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch = known_but_wrong(bench, org, prefix, tmp_path, "update")
    move(org, case_of(org, f"{prefix}00002").case_id, Verb.APPROVE)
    mend_row(org.uploader.actor, batch.batch_id, 4, {5: "2024-03-01"})
    bench.run_jobs(org)
    with unit_of_work(org.uploader.actor) as work:
        assert [row.codes for row in queries.rejected_rows(work, batch.batch_id)] == [["account.decided"]]
    assert as_it_is(org, batch)["known"] == 3
    assert case_of(org, f"{prefix}00002").facts_version == 1


def test_a_mended_row_of_a_known_account_is_skipped_where_the_batch_skips(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    batch = known_but_wrong(bench, org, prefix, tmp_path, "skip")
    made = mend_row(org.uploader.actor, batch.batch_id, 4, {5: "2024-03-01"})
    assert (made.known, made.rejected) == (1, 0)
    counts = as_it_is(org, batch)
    assert (counts["skipped"], counts["rejected"], counts["known"]) == (3, 0, 3)
    assert case_of(org, f"{prefix}00002").facts_version == 1
    with unit_of_work(org.uploader.actor) as work:
        found = quality_of(work, days=30, lender=None)
    assert (found.accounts, found.wrong) == (6, 1)


def test_the_choice_is_made_on_the_page(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    bring(bench, org, write(tmp_path / "a.xlsx", accounts(3, prefix)))
    client = bench.client(org.uploader)
    form = client.get("/batches/new").text
    assert 'value="update"' in form
    rows = [row | {"未还本金": 7, "借款人姓名": "欧阳新名"} for row in accounts(3, prefix)]
    path = write(tmp_path / "b.xlsx", rows)
    answer = client.post(
        "/batches/new",
        data={"csrf_token": csrf(form), "again": "update", "file": (io.BytesIO(path.read_bytes()), "b.xlsx")},
    )
    bench.run_jobs(org)
    page = client.get(answer.location).text
    assert "更新的案件" in page
    assert "1,000.50 → 7.00" in page
    assert "7.00" in page
    assert "欧阳新名" not in page
    wrong = client.post(
        "/batches/new",
        data={"csrf_token": csrf(form), "again": "burn", "file": (io.BytesIO(b"x"), "c.xlsx")},
    )
    assert wrong.status_code == 422


def test_only_three_choices_exist() -> None:
    assert read_on_known(None) == "reject"
    with pytest.raises(Invalid):
        read_on_known("burn")
