"""A doubtful cell below the first rows is never guessed: its row waits, and one answer for its column takes it in."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from reviewdesk.check import check
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed
from reviewdesk.intake import answering, mending, queries, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.known import OnKnown
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.questions import SAMPLE_ROWS
from reviewdesk.intake.waiting import Asked, asked_of
from reviewdesk.intake.wishes import Wish
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.intake.sheets import HEADERS, accounts, write
from tests.intake.test_archives import zipped
from tests.intake.test_known import adds_up, case_of
from tests.intake.test_mending import of, outcome, rows_of

RATED = (*HEADERS, "年利率")
FIRST = SAMPLE_ROWS + 2
"""Excel's number of the first row that nobody looked at before the load."""


def sheet(path: Path, prefix: str, *, seed: int = 31) -> Path:
    """200 plain accounts, then four: a rate of 1, one of 1 beside a day that is none, a day in doubt, a plain one."""
    rows = [{**row, "年利率": 24} for row in accounts(SAMPLE_ROWS + 4, prefix, seed=seed)]
    first, second, third, _ = rows[SAMPLE_ROWS:]
    first["年利率"] = 1
    second |= {"年利率": 1.0, "放款日期": "2024-02-30"}
    third["放款日期"] = "03/04/2024"
    return write(path, rows, headers=RATED)


def take_in(bench: Bench, org: Org, path: Path) -> UUID:
    made = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True))
    bench.run_jobs(org, until=lambda: of(org, made.batch_id).state not in ("uploaded", "loading"))
    return made.batch_id


@pytest.fixture
def batch(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> UUID:
    return take_in(bench, org, sheet(tmp_path / "清单.xlsx", prefix))


def asked(org: Org, batch_id: UUID) -> list[Asked]:
    with unit_of_work(org.uploader.actor) as work:
        return asked_of(work, find_batch(work, batch_id))


def codes(org: Org, batch_id: UUID) -> dict[int, list[str]]:
    found = "SELECT row, codes FROM sheet_rows WHERE batch_id = :batch AND outcome = 'rejected'"
    return {row: sorted(codes) for row, codes in rows_of(org, found, batch=batch_id)}


def rates(org: Org, batch_id: UUID) -> dict[str, int]:
    found = (
        "SELECT f.facts ->> 'annual_rate', count(*) FROM cases c JOIN case_files f USING (org_id, case_id) "
        "WHERE c.batch_id = :batch GROUP BY 1"
    )
    return dict(rows_of(org, found, batch=batch_id))


def test_a_doubtful_cell_below_the_first_rows_waits_and_its_error_says_so(org: Org, batch: UUID) -> None:
    assert outcome(org, batch) == (201, 201, 3)
    assert codes(org, batch) == {
        FIRST: ["rate.ambiguous"],
        FIRST + 1: ["date.impossible", "rate.ambiguous"],
        FIRST + 2: ["date.ambiguous"],
    }
    (error,) = rows_of(org, "SELECT errors -> 0 FROM sheet_rows WHERE batch_id = :b AND row = :r", b=batch, r=FIRST)
    assert "「年利率」有两种读法" in error[0]["message"]["zh"]
    date, rate = asked(org, batch)
    assert [(one.rows, one.question.headers) for one in (date, rate)] == [(1, ("放款日期",)), (2, ("年利率",))]
    assert {one.value for one in rate.question.options} == {"year:percent", "year:share"}


def test_one_answer_takes_in_just_the_rows_that_wait_for_it(bench: Bench, org: Org, batch: UUID) -> None:
    date, rate = asked(org, batch)
    assert answering.answer(org.uploader.actor, batch, {rate.name: "year:percent", date.name: "unsure"}) == 2
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    assert outcome(org, batch) == (202, 202, 2)
    assert codes(org, batch) == {FIRST + 1: ["date.impossible"], FIRST + 2: ["date.ambiguous"]}
    assert rates(org, batch) == {"0.24": 201, "0.01": 1}
    assert of(org, batch).state == "ready"
    assert [one.name for one in asked(org, batch)] == [date.name]

    event = bench.events(org, "intake:batch:answer")[0]
    assert (event.actor_id, event.new["answers"], event.new["rows"]) == (
        org.uploader.person_id,
        {"年利率": "year:percent"},
        2,
    )
    assert bench.events(org, "intake:batch:mend")[0].new["loaded"] == 1

    given = mending.GivenRow(FIRST + 1, {5: "2024-02-29"})
    mending.mend_rows(org.uploader.actor, batch, [given], {"by": "page"})
    assert rates(org, batch) == {"0.24": 201, "0.01": 2}


def test_the_next_file_with_the_same_headers_is_not_asked(bench: Bench, org: Org, batch: UUID, tmp_path: Path) -> None:
    date, rate = asked(org, batch)
    answering.answer(org.uploader.actor, batch, {rate.name: "year:share", date.name: "day_first"})
    later = take_in(bench, org, sheet(tmp_path / "下月.xlsx", f"X{uuid4().hex[:8].upper()}", seed=32))
    assert codes(org, later) == {FIRST + 1: ["date.impossible"]}
    assert rates(org, later) == {"0.24": 202, "1": 1}
    assert asked(org, later) == []


def test_nothing_is_answered_twice_or_otherwise_than_asked(bench: Bench, org: Org, batch: UUID) -> None:
    _date, rate = asked(org, batch)
    actor = org.uploader.actor
    for given, code in (
        ({}, "answer.none"),
        ({rate.name: "unsure"}, "answer.none"),
        ({rate.name: "三"}, "answer.option"),
    ):
        with pytest.raises(Invalid) as refused:
            answering.answer(actor, batch, given)
        assert refused.value.code == code
    with pytest.raises(NotAllowed):
        answering.answer(org.reviewer.actor, batch, {rate.name: "year:share"})
    answering.answer(actor, batch, {rate.name: "year:share"})
    with pytest.raises(Conflict):
        answering.answer(actor, batch, {rate.name: "year:percent"})
    bench.run_jobs(org)
    assert rates(org, batch) == {"0.24": 201, "1": 1}


def test_on_the_page(bench: Bench, org: Org, batch: UUID) -> None:
    client = bench.client(org.uploader)
    page = client.get(f"/batches/{batch}").text
    assert "2 行在等" in page
    name = re.search(r'name="([^"]*)" id="[^"]*" value="year:percent"', page)
    assert name
    data = {"csrf_token": csrf(page), name[1]: "year:percent"}
    assert "正在后台重读 2 行" in client.post(f"/batches/{batch}/answers", data=data, follow_redirects=True).text
    bench.run_jobs(org)
    assert "year:percent" not in client.get(f"/batches/{batch}").text
    assert "waiting" not in bench.client(org.reviewer).get(f"/batches/{batch}").text


def test_the_page_of_rejected_rows_says_that_one_answer_is_enough(bench: Bench, org: Org, batch: UUID) -> None:
    page = bench.client(org.uploader).get(f"/batches/{batch}/rejected").text
    assert "3 行只等一个回答" in page
    assert f'href="/batches/{batch}#waiting"' in page
    assert "只等一个回答" not in bench.client(org.reviewer).get(f"/batches/{batch}/rejected").text


def test_by_the_api(bench: Bench, org: Org, batch: UUID) -> None:
    api = api_of(bench, org.uploader)
    date, rate = api.get(f"batches/{batch}/questions")["items"]
    assert (rate["kind"], rate["headers"], rate["rows"], rate["file"]) == ("rate", ["年利率"], 2, None)
    answers = {"answers": {rate["name"]: "year:percent", date["name"]: "month_first"}}
    api.post(f"batches/{batch}/answers", answers, status=202)
    bench.run_jobs(org)
    assert api.get(f"batches/{batch}")["counts"]["loaded"] == 203
    assert api.get(f"batches/{batch}/questions")["items"] == []
    assert api.call("POST", f"batches/{batch}/answers", json=answers).status_code == 409


def test_rows_are_read_again_some_at_a_time(
    bench: Bench, org: Org, batch: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "AT_A_TIME", 1)
    _date, rate = asked(org, batch)
    answering.answer(org.uploader.actor, batch, {rate.name: "year:percent"})
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    assert codes(org, batch) == {FIRST + 1: ["date.impossible"], FIRST + 2: ["date.ambiguous"]}


def test_a_mapping_confirmed_since_is_not_overridden(bench: Bench, org: Org, batch: UUID, tmp_path: Path) -> None:
    """Another batch's mapping of the same headers is later: the answer holds for the batch alone."""
    other = sheet(tmp_path / "下月.xlsx", f"X{uuid4().hex[:8].upper()}", seed=33)
    made = uploading.upload_from_path(org.uploader.actor, other, Wish(mapping={"columns": {"手机号": None}}))
    latest = of(org, made.batch_id).mapping_id
    _date, rate = asked(org, batch)
    before = of(org, batch).mapping_id
    answering.answer(org.uploader.actor, batch, {rate.name: "year:percent"})
    (last,) = rows_of(
        org, "SELECT mapping_id FROM mappings WHERE org_id = :o ORDER BY version DESC LIMIT 1", o=org.org_id
    )
    assert (last[0], of(org, batch).mapping_id) == (latest, before)
    rule = Mapping.from_json(of(org, batch).mapping or {}).rule_of("annual_rate")
    assert rule is not None
    assert rule.reading == "percent"


def test_columns_alike_in_several_files_are_asked_about_once(bench: Bench, org: Org, tmp_path: Path) -> None:
    first = sheet(tmp_path / "一.xlsx", f"A{uuid4().hex[:8].upper()}", seed=34)
    second = sheet(tmp_path / "二.xlsx", f"B{uuid4().hex[:8].upper()}", seed=35)
    batch = take_in(
        bench, org, zipped(tmp_path / "两份.zip", **{"一.xlsx": first.read_bytes(), "二.xlsx": second.read_bytes()})
    )
    date, rate = asked(org, batch)
    assert (date.rows, rate.rows, rate.parts) == (2, 4, (0, 1))
    answering.answer(org.uploader.actor, batch, {rate.name: "year:percent"})
    bench.run_jobs(org)
    assert rates(org, batch) == {"0.24": 402, "0.01": 2}
    assert {one["version"] for one in of(org, batch).parts or ()} == {2}


class TestKnown:
    """A row that waited may be of an account that is a case already: it follows the batch's choice for such."""

    def answered(self, bench: Bench, org: Org, prefix: str, folder: Path, on_known: OnKnown) -> Batch:
        """A batch whose one row in doubt is of a case and says that less is owed, answered as percent."""
        rows = [{**row, "年利率": 24} for row in accounts(SAMPLE_ROWS + 1, prefix, seed=36)]
        take_in(bench, org, write(folder / "上月.xlsx", rows[-1:], headers=RATED))
        rows[-1] |= {"年利率": 1, "未还本金": 700}
        path = write(folder / "本月.xlsx", rows, headers=RATED)
        made = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True, on_known=on_known))
        bench.run_jobs(org)
        assert codes(org, made.batch_id) == {FIRST: ["rate.ambiguous"]}
        (rate,) = asked(org, made.batch_id)
        answering.answer(org.uploader.actor, made.batch_id, {rate.name: "year:percent"})
        bench.run_jobs(org)
        assert bench.failed_jobs(org) == []
        batch = of(org, made.batch_id)
        assert adds_up(batch.counts)
        return batch

    def test_an_update_shows_what_changed(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = self.answered(bench, org, prefix, tmp_path, "update")
        assert (batch.counts["updated"], batch.counts["rejected"], batch.counts["known"]) == (1, 0, 1)
        case = case_of(org, f"{prefix}{SAMPLE_ROWS:05d}")
        assert (case.facts["annual_rate"], case.facts_version, case.state) == ("0.01", 2, "in_review")
        with unit_of_work(org.uploader.actor) as work:
            (renewal,) = queries.renewals(work, batch.batch_id)
        assert {change.key for change in renewal.changes} == {"outstanding_principal", "annual_rate"}
        assert (renewal.old["outstanding_principal"], renewal.new["outstanding_principal"]) == (100_050, 70_000)
        assert "1,000.50 → 700.00" in bench.client(org.uploader).get(f"/batches/{batch.batch_id}").text

    def test_a_skipped_one_is_no_error(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = self.answered(bench, org, prefix, tmp_path, "skip")
        assert (batch.counts["skipped"], batch.counts["rejected"], batch.counts["known"]) == (1, 0, 1)
        assert case_of(org, f"{prefix}{SAMPLE_ROWS:05d}").facts_version == 1

    def test_a_rejected_one_names_its_case(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = self.answered(bench, org, prefix, tmp_path, "reject")
        assert (batch.counts["rejected"], batch.counts["known"]) == (1, 1)
        assert codes(org, batch.batch_id) == {FIRST: ["account.known"]}
        assert case_of(org, f"{prefix}{SAMPLE_ROWS:05d}").facts_version == 1


class TestCheck:
    def run(self, path: Path, *options: str) -> Any:
        return CliRunner().invoke(check, [str(path), "--out", str(path.with_suffix(".jsonl")), "--no-checks", *options])

    def test_columns_in_doubt_are_named_with_what_answers_them(self, tmp_path: Path, prefix: str) -> None:
        path = sheet(tmp_path / "清单.xlsx", prefix)
        told = self.run(path)
        assert told.exit_code == 1
        assert "column J '年利率': 2 cells wait for an answer" in told.output
        assert "year:share (1 -> 100% a year)" in told.output
        assert "column F '放款日期': 1 cells wait" in told.output

        answered = self.run(path, "--answer", "年利率=percent", "--answer", "F=day_first")
        assert "204 rows: 203 read, 1 rejected" in answered.output
        assert "wait for an answer" not in answered.output

    @pytest.mark.parametrize(
        "answer", ["年利率", "没有的列=percent", "年利率=day_first", "放款日期=percent", "手机号=percent"]
    )
    def test_an_answer_that_fits_nothing_is_refused(self, tmp_path: Path, prefix: str, answer: str) -> None:
        path = write(tmp_path / "清单.xlsx", [{**accounts(1, prefix)[0], "年利率": 1}], headers=RATED)
        assert self.run(path, "--answer", answer).exit_code == 2
