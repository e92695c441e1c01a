"""A doubtful cell of a sheet beside the accounts waits as one of the accounts does, and one answer joins its row."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from reviewdesk.check import check
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid
from reviewdesk.intake import answering, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.side_sheets.questions import SEEN_ROWS
from reviewdesk.intake.wishes import Wish
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.intake.mends import mend_row
from tests.intake.sheets import accounts, add_sheets, write
from tests.intake.test_archives import zipped
from tests.intake.test_mending import of, rows_of
from tests.intake.test_side_mending import LEDGER, case_of, mend, side, told

FIRST = SEEN_ROWS + 2
"""Excel's number of the first row of the ledger that nobody looked at before the load."""

LATER = FIRST + 4
"""That of the row whose account is rejected."""


def ledger(path: Path, prefix: str, *, seed: int = 41) -> Path:
    """Three accounts, the last of them rejected, and their ledger.

    Below the first 60 rows it has, of the second account, a day in doubt, one that proves the other order, and one in
    doubt beside an amount that is none; a day in doubt of no account; and one of the third account.
    """
    rows = accounts(3, prefix, seed=seed)
    rows[2]["放款日期"] = "2024-02-30"
    first, second, third = (f"{prefix}0000{n}" for n in range(3))
    paid = [[first, f"2024-05-{1 + n % 28:02d}", 10] for n in range(SEEN_ROWS)]
    paid += [[second, "03/04/2024", 20], [second, "25/04/2024", 30], [second, "05/06/2024", "很多"]]
    paid += [["别处的借据9", "01/02/2024", 1], [third, "02/03/2024", 7]]
    write(path, rows)
    add_sheets(path, **{LEDGER: [["借据号", "还款日期", "还款金额"], *paid]})
    return path


def take_in(bench: Bench, org: Org, path: Path) -> UUID:
    made = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True))
    bench.run_jobs(org, until=lambda: of(org, made.batch_id).state == "ready")
    return made.batch_id


@pytest.fixture
def batch(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> UUID:
    return take_in(bench, org, ledger(tmp_path / "清单.xlsx", prefix))


def asked(org: Org, batch_id: UUID) -> list[answering.Open]:
    with unit_of_work(org.uploader.actor) as work:
        return answering.open_questions(work, find_batch(work, batch_id))


def wrong(org: Org, batch_id: UUID) -> dict[int, list[str]]:
    found = "SELECT row, codes FROM side_rows WHERE batch_id = :b AND outcome = 'rejected'"
    return {row: sorted(codes) for row, codes in rows_of(org, found, b=batch_id)}


def paid(org: Org, account: str) -> list[tuple[str, int]] | None:
    facts: dict[str, Any] = case_of(org, account).facts or {}
    return [(one["paid_on"], one["amount"]) for one in facts["repayments"]] if "repayments" in facts else None


def answer(bench: Bench, org: Org, batch_id: UUID, value: str) -> int:
    (question,) = asked(org, batch_id)
    rows = answering.answer(org.uploader.actor, batch_id, {question.name: value})
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    return rows


def test_the_column_is_asked_about_once_with_how_many_rows_wait(org: Org, batch: UUID) -> None:
    assert wrong(org, batch) == {
        FIRST: ["date.ambiguous"],
        FIRST + 2: ["amount.unreadable", "date.ambiguous"],
        FIRST + 3: ["date.ambiguous"],
        LATER: ["date.ambiguous"],
    }
    (question,) = asked(org, batch)
    assert (question.where, question.question.headers, question.rows) == (LEDGER, ("还款日期",), 4)
    assert [one.value for one in question.question.options] == ["day_first", "month_first"]
    assert "批次页" in rows_of(org, "SELECT errors FROM side_rows WHERE row = :r", r=FIRST)[0][0][0]["mend"]["zh"]


def test_one_answer_joins_the_rows_that_wait_and_has_their_cases_audited_anew(
    bench: Bench, org: Org, batch: UUID, prefix: str
) -> None:
    account = f"{prefix}00001"
    first, before = case_of(org, f"{prefix}00000"), case_of(org, account)
    assert answer(bench, org, batch, "month_first") == 4
    assert wrong(org, batch) == {FIRST + 2: ["amount.unreadable"], FIRST + 3: ["side.row_stray"]}
    assert side(org, batch) == {
        (LEDGER, FIRST): "joined",
        (LEDGER, FIRST + 2): "rejected",
        (LEDGER, FIRST + 3): "rejected",
        (LEDGER, LATER): "mended",
    }
    assert paid(org, account) is None  # one of its rows is lacking
    assert asked(org, batch) == []

    mend(org, batch, LEDGER, FIRST + 2, C="40")
    bench.run_jobs(org)
    after = case_of(org, account)
    assert paid(org, account) == [("2024-03-04", 2000), ("2024-04-25", 3000), ("2024-05-06", 4000)]
    assert (after.state, after.facts_version) == ("in_review", before.facts_version + 1)
    assert after.run_id != before.run_id
    assert after.edited_by == org.uploader.person_id
    assert case_of(org, f"{prefix}00000").run_id == first.run_id
    assert (told(org, batch, LEDGER)["mended"], told(org, batch, LEDGER)["refused"]) == (3, 0)

    event = bench.events(org, "intake:batch:answer")[0]
    assert (event.new["answers"], event.new["rows"]) == ({f"{LEDGER} 还款日期": "month_first"}, 4)
    reread = [one.new for one in bench.events(org, "intake:batch:mend") if one.new["by"] == "answer"]
    assert [(one["side_mended"], one["side_rejected"], one["changed"]) for one in reread] == [(2, 2, 0)]


def test_a_row_that_was_read_stays_as_it_was_under_a_contrary_answer(
    bench: Bench, org: Org, batch: UUID, prefix: str
) -> None:
    mend(org, batch, LEDGER, FIRST + 2, B="26/06/2024", C="40")
    answer(bench, org, batch, "month_first")
    assert paid(org, f"{prefix}00001") == [("2024-03-04", 2000), ("2024-04-25", 3000), ("2024-06-26", 4000)]


def test_a_row_of_a_rejected_account_joins_when_that_is_mended(
    bench: Bench, org: Org, batch: UUID, prefix: str
) -> None:
    answer(bench, org, batch, "day_first")
    assert side(org, batch)[LEDGER, LATER] == "mended"
    assert mend_row(org.uploader.actor, batch, 4, {5: "2024-02-29"}).loaded == 1
    bench.run_jobs(org)
    assert paid(org, f"{prefix}00002") == [("2024-03-02", 700)]
    assert side(org, batch)[LEDGER, LATER] == "joined"


def test_the_next_workbook_is_not_asked(bench: Bench, org: Org, batch: UUID, tmp_path: Path) -> None:
    answer(bench, org, batch, "day_first")
    rules = Mapping.from_json(of(org, batch).mapping or {}).sides
    assert [(one.sheet, one.kind, dict(one.answers)) for one in rules] == [
        (LEDGER, "repayments", {"还款日期": "day_first"})
    ]
    later = f"X{uuid4().hex[:8].upper()}"
    path = ledger(tmp_path / "下月.xlsx", later, seed=42)
    made = take_in(bench, org, path)
    assert asked(org, made) == []
    assert wrong(org, made) == {FIRST + 2: ["amount.unreadable"], FIRST + 3: ["side.row_stray"]}


def test_amounts_whose_unit_nobody_knew_are_asked_about_again(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "清单.xlsx", accounts(2, prefix))
    rows = [[f"{prefix}00000", "2024-05-01", 0.12], [f"{prefix}00001", "2024-05-02", "1.5万元"]]
    add_sheets(path, **{LEDGER: [["借据号", "还款日期", "还款金额"], *rows]})
    stated = {"sheets": {LEDGER: {"kind": "repayments", "answers": {"还款金额": "unsure"}}}}
    made = uploading.upload_from_path(org.uploader.actor, path, Wish(mapping=stated))
    bench.run_jobs(org)
    assert wrong(org, made.batch_id) == {2: ["amount.ambiguous"]}
    assert answer(bench, org, made.batch_id, "万元") == 1
    assert paid(org, f"{prefix}00000") == [("2024-05-01", 120_000)]
    assert paid(org, f"{prefix}00001") == [("2024-05-02", 1_500_000)]


def test_sheets_alike_in_several_files_are_asked_about_once(bench: Bench, org: Org, tmp_path: Path) -> None:
    first, second = f"A{uuid4().hex[:8].upper()}", f"B{uuid4().hex[:8].upper()}"
    files = {
        "一.xlsx": ledger(tmp_path / "一.xlsx", first, seed=43).read_bytes(),
        "二.xlsx": ledger(tmp_path / "二.xlsx", second, seed=44).read_bytes(),
    }
    batch = take_in(bench, org, zipped(tmp_path / "两份.zip", **files))
    (question,) = asked(org, batch)
    assert (question.where, question.rows) == (f"一.xlsx › {LEDGER}、二.xlsx › {LEDGER}", 8)
    answer(bench, org, batch, "day_first")
    sides = [Mapping.from_json(part["mapping"]).sides for part in of(org, batch).parts or ()]
    assert [[dict(one.answers) for one in some] for some in sides] == [[{"还款日期": "day_first"}]] * 2
    for prefix, file in ((first, "一.xlsx"), (second, "二.xlsx")):
        mend(org, batch, f"{file} › {LEDGER}", FIRST + 2, C="40")
        bench.run_jobs(org)
        assert (paid(org, f"{prefix}00001") or [None])[0] == ("2024-04-03", 2000)


def test_nothing_is_answered_twice_or_otherwise_than_asked(bench: Bench, org: Org, batch: UUID) -> None:
    (question,) = asked(org, batch)
    with pytest.raises(Invalid, match="no such way"):
        answering.answer(org.uploader.actor, batch, {question.name: "year_first"})
    answer(bench, org, batch, "day_first")
    with pytest.raises(Conflict):
        answering.answer(org.uploader.actor, batch, {question.name: "month_first"})


def test_on_the_page(bench: Bench, org: Org, batch: UUID) -> None:
    client = bench.client(org.uploader)
    page = client.get(f"/batches/{batch}").text
    assert f"{LEDGER} · 4 行在等" in page
    name = re.search(r'name="([^"]*)" id="[^"]*" value="day_first"', page)
    assert name
    data = {"csrf_token": csrf(page), name[1]: "day_first"}
    assert "正在后台重读 4 行" in client.post(f"/batches/{batch}/answers", data=data, follow_redirects=True).text
    bench.run_jobs(org)
    assert "day_first" not in client.get(f"/batches/{batch}").text


def test_by_the_api(bench: Bench, org: Org, batch: UUID) -> None:
    api = api_of(bench, org.uploader)
    (question,) = api.get(f"batches/{batch}/questions")["items"]
    assert (question["kind"], question["sheets"], question["headers"]) == ("date", [LEDGER], ["还款日期"])
    assert (question["file"], question["rows"]) == (None, 4)
    api.post(f"batches/{batch}/answers", {"answers": {question["name"]: "day_first"}}, status=202)
    bench.run_jobs(org)
    assert api.get(f"batches/{batch}/questions")["items"] == []
    assert api.get(f"batches/{batch}")["counts"]["side_wrong"] == 2


class TestCheck:
    def run(self, path: Path, *options: str) -> Any:
        return CliRunner().invoke(check, [str(path), "--out", str(path.with_suffix(".jsonl")), "--no-checks", *options])

    def test_columns_in_doubt_are_named_with_what_answers_them(self, tmp_path: Path, prefix: str) -> None:
        path = ledger(tmp_path / "清单.xlsx", prefix)
        out = self.run(path).output
        assert "sheet '还款明细', column B '还款日期': 4 cells wait for an answer, given as --answer" in out
        assert "'还款明细!COLUMN=...': day_first (03/04/2024 -> 2024-04-03" in out
        for name in ("还款日期", "B"):
            out = self.run(path, "--answer", f"{LEDGER}!{name}=day_first").output
            assert "wait for an answer" not in out
            assert "amount.unreadable" in out

    @pytest.mark.parametrize("answer", ["还款日期=day_first", "催收记录!还款日期=day_first", "还款明细!D=day_first"])
    def test_an_answer_about_no_column_of_the_sheet_is_refused(self, tmp_path: Path, prefix: str, answer: str) -> None:
        assert self.run(ledger(tmp_path / "清单.xlsx", prefix), "--answer", answer).exit_code == 2

    @pytest.mark.parametrize("answer", ["还款明细!还款日期=万元", "还款明细!还款金额=day_first", "还款明细!借据号=元"])
    def test_an_answer_that_does_not_fit_is_refused(self, tmp_path: Path, prefix: str, answer: str) -> None:
        assert self.run(ledger(tmp_path / "清单.xlsx", prefix), "--answer", answer).exit_code == 2
