"""Uploading, settling the columns and loading, on the real database."""

import io
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from reviewdesk.intake import confirming, kept_looks, loading, queries, staging, storage, table, uploading
from reviewdesk.intake.batches import find_batch
from reviewdesk.intake.declaring import Declared, read_declared
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.models import Batch
from reviewdesk.intake.wishes import Wish
from reviewdesk.review.casefile import open_case
from reviewdesk.review.desk import visible_case
from reviewdesk.review.renewing import renew
from reviewdesk.vault import vault
from tests.builders import Bench, Org
from tests.intake.sheets import HEADERS, accounts, add_sheets, person, write

AUTO = Wish(auto=True)


@pytest.fixture
def prefix() -> str:
    """Account numbers that no other test uses."""
    return f"HT{uuid4().hex[:10].upper()}"


def upload(org: Org, path: Path, wish: Wish = AUTO) -> Batch:
    return uploading.upload_from_path(org.uploader.actor, path, wish)


def load(bench: Bench, org: Org, batch: Batch) -> Batch:
    """Run the batch's own jobs and read it again."""
    bench.run_jobs(org, until=lambda: again(org, batch.batch_id).state not in ("uploaded", "loading"))
    return again(org, batch.batch_id)


def again(org: Org, batch_id: UUID) -> Batch:
    with unit_of_work(org.uploader.actor) as work:
        return find_batch(work, batch_id)


def rows_of(org: Org, sql: str, **values: Any) -> list[Any]:
    with unit_of_work(system(org.org_id)) as work:
        return list(work.execute(sql, **values).all())


def cases_of(org: Org) -> int:
    number: int = rows_of(org, "SELECT count(*) FROM cases")[0][0]
    return number


class TestLoading:
    def test_every_row_is_accounted_for(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        rows = accounts(10, prefix)
        rows[2]["身份证号"] = 3.30106198803071e17
        rows[4]["放款日期"] = "2024-02-30"
        rows[6]["借据号"] = rows[0]["借据号"]
        rows.insert(5, {})
        path = write(
            tmp_path / "a.xlsx",
            rows,
            above=["11月拟诉清单"],
            below=[["合计", "", "", "", "", "", 10005], ["备注：系统导出"]],
        )
        batch = load(bench, org, upload(org, path))

        assert batch.state == "auditing"
        counts = batch.counts
        assert (counts["rows"], counts["loaded"], counts["rejected"], counts["set_aside"]) == (13, 7, 3, 3)
        assert counts["rows"] == counts["loaded"] + counts["rejected"] + counts["set_aside"]
        assert counts["aside"] == {"blank": 1, "total": 1, "note": 1}
        assert batch.totals["outstanding_principal"] == 7 * 100_050
        assert batch.totals["total_claimed"] == 7 * 120_075
        with unit_of_work(org.uploader.actor) as work:
            rejected = queries.rejected_rows(work, batch.batch_id)
            assert queries.code_counts(work, batch.batch_id) == [
                ("account.duplicate", 1),
                ("date.impossible", 1),
                ("id_no.precision_lost", 1),
            ]
            assert queries.rows_set_aside(work, batch.batch_id) == {"blank": [8], "note": [15], "total": [14]}
        assert [row.row for row in rejected] == [5, 7, 10]
        assert rejected[1].errors[0]["cell"] == "F7"
        assert rejected[1].errors[0]["message"] == {"zh": "2024 年 2 月没有 30 日", "en": "2024-2 has no day 30"}

    def test_a_case_keeps_facts_apart_from_what_is_personal(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path
    ) -> None:
        load(bench, org, upload(org, write(tmp_path / "a.xlsx", accounts(1, prefix, seed=7))))
        name, id_no, mobile = person(70_000)
        case = rows_of(org, "SELECT * FROM cases JOIN case_files USING (org_id, case_id)")[0]
        assert case.facts == {
            "account_no": f"{prefix}00000",
            "lender_kind": "consumer_finance",
            "disbursed_on": "2024-03-01",
            "outstanding_principal": 100_050,
            "total_claimed": 120_075,
            "days_overdue": 120,
        }
        personal = vault().unseal(case.sealed, org.org_id, case.case_id)
        assert personal == {"borrower_name": name, "id_no": id_no, "mobile": mobile}
        assert case.borrower == f"{name[:2]}*"
        assert case.name_index == vault().blind("name", name, org.org_id)
        assert case.id_index == vault().blind("id_no", id_no, org.org_id)
        assert case.mobile_index == vault().blind("mobile", mobile, org.org_id)
        assert (case.claimed, case.outstanding, case.days_overdue) == (120_075, 100_050, 120)
        assert (case.state, case.row, case.imported_by) == ("received", 2, org.uploader.person_id)
        assert case.number.startswith("C-")

    def test_odd_text_survives_the_way_into_the_table(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path
    ) -> None:
        rows = accounts(1, prefix)
        rows[0]["借据号"] = f"{prefix}\\N\\x"
        rows[0]["产品名称"] = 'a"b\\c\\\\d'
        load(bench, org, upload(org, write(tmp_path / "a.xlsx", rows, headers=(*HEADERS, "产品名称"))))
        case = rows_of(org, "SELECT account_no, facts FROM cases JOIN case_files USING (org_id, case_id)")[0]
        assert case.account_no == f"{prefix}\\N\\x"
        assert case.facts["product"] == 'a"b\\c\\\\d'

    def test_more_rows_than_a_slice(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table, "SLICE_ROWS", 7)
        rows = accounts(40, prefix)
        rows[20]["借据号"] = rows[3]["借据号"]
        batch = load(bench, org, upload(org, write(tmp_path / "a.xlsx", rows)))
        assert batch.counts["loaded"] == cases_of(org) == 39
        numbers = [number for (number,) in rows_of(org, "SELECT number FROM cases ORDER BY row")]
        assert numbers == sorted(set(numbers))

    def test_empty_rows_that_only_formatting_left_are_no_rows(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.csv"
        lines = [",".join(HEADERS), *(",".join(map(str, row.values())) for row in accounts(3, prefix)), *[",,,"] * 50]
        path.write_text("\n".join(lines), encoding="gb18030")
        assert load(bench, org, upload(org, path)).counts["rows"] == 3

    def test_nothing_loaded_needs_no_audit(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        rows = [{**row, "身份证号": ""} for row in accounts(2, prefix)]
        batch = load(bench, org, upload(org, write(tmp_path / "a.xlsx", rows)))
        assert (batch.state, batch.counts["loaded"], batch.counts["rejected"]) == ("ready", 0, 2)
        assert rows_of(org, "SELECT 1 FROM jobs WHERE kind = 'audit.batch'") == []

    def test_the_events_tell_of_every_step(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = load(bench, org, upload(org, write(tmp_path / "a.xlsx", accounts(5, prefix))))
        events = bench.events(org)
        told = [event.action for event in events]
        assert told == ["intake:batch:upload", "intake:batch:map", "intake:case:receive", "intake:batch:load"]
        upload_event, map_event, receive, loaded = events
        assert upload_event.new["sha256"] == rows_of(org, "SELECT sha256 FROM files")[0][0]
        assert map_event.new["columns"]["未还本金"] == "outstanding_principal"
        assert loaded.new["counts"]["loaded"] == 5
        ids = [case_id for (case_id,) in rows_of(org, "SELECT case_id FROM cases ORDER BY case_id")]
        assert [n for part in receive.cases for n in range(part.lower, part.upper)] == ids
        assert (receive.actor_kind, receive.actor_id) == ("job", org.uploader.person_id)
        assert all(event.batch_id == batch.batch_id for event in events)
        assert [args["batch_id"] for (args,) in rows_of(org, "SELECT args FROM jobs WHERE kind = 'audit.batch'")] == [
            str(batch.batch_id)
        ]

    def test_each_fact_leads_back_to_its_cell(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        headers = tuple(header for header in HEADERS if header != "机构类型")
        path = write(tmp_path / "清单.xlsx", accounts(3, prefix), headers=headers, above=["标题"])
        batch = load(bench, org, upload(org, path, Wish(auto=True, constants={"lender_kind": "bank"})))
        case_id = rows_of(org, "SELECT case_id FROM cases WHERE account_no = :no", no=f"{prefix}00001")[0][0]
        with unit_of_work(org.uploader.actor) as work:
            opened = open_case(work, visible_case(work, case_id, "review:case:open"))
        sources = {fact.field.name: fact.source for fact in opened.facts}
        principal = sources["outstanding_principal"]
        assert (principal.sheet, principal.cell, principal.header) == ("明细", "F4", "未还本金")
        assert opened.mapping_version == 1
        assert sources["lender_kind"].cell is None
        assert batch.counts["loaded"] == 3


class TestTwice:
    def test_the_same_file_is_recognised(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        path = write(tmp_path / "清单.xlsx", accounts(2, prefix))
        batch = load(bench, org, upload(org, path))
        copy = tmp_path / "改了名.xlsx"
        copy.write_bytes(path.read_bytes())
        with pytest.raises(Conflict) as refused:
            upload(org, copy)
        assert refused.value.code == "batch.same_file"
        assert refused.value.details["batch_id"] == str(batch.batch_id)
        assert refused.value.details["may_repeat"] is False
        for language in ("zh", "en"):
            assert org.uploader.name in refused.value.text.in_language(language)
            assert "清单.xlsx" in refused.value.text.in_language(language)
        with pytest.raises(Conflict):
            upload(org, copy, replace(AUTO, again=True))
        with pytest.raises(Conflict):
            uploading.import_again(org.uploader.actor, batch.batch_id)
        assert rows_of(org, "SELECT count(*) FROM batches")[0][0] == 1

    def test_another_organisation_may_have_the_same_file(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "a.xlsx", accounts(2, prefix))
        load(bench, org, upload(org, path))
        other = bench.organisation()
        assert load(bench, other, upload(other, path)).counts["loaded"] == 2

    def test_an_account_that_is_a_case_is_reported_and_not_doubled(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path
    ) -> None:
        first = load(bench, org, upload(org, write(tmp_path / "一月.xlsx", accounts(3, prefix))))
        batch = load(bench, org, upload(org, write(tmp_path / "二月.xlsx", accounts(5, prefix))))
        assert cases_of(org) == 5
        assert (batch.counts["loaded"], batch.counts["rejected"], batch.counts["known"]) == (2, 3, 3)
        assert batch.totals["outstanding_principal"] == 2 * 100_050
        with unit_of_work(org.uploader.actor) as work:
            row = queries.rejected_rows(work, batch.batch_id, code="account.known")[0]
        number = rows_of(org, "SELECT number FROM cases WHERE account_no = :no", no=f"{prefix}00000")[0][0]
        error = row.errors[0]
        assert (error["number"], error["batch_id"]) == (number, str(first.batch_id))
        assert number in error["message"]["zh"]
        assert "一月.xlsx" in error["message"]["en"]
        receive = bench.events(org, "intake:case:receive")[-1]
        assert sum(part.upper - part.lower for part in receive.cases) == 2

    def test_confirming_twice_does_nothing_twice(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(2, prefix)), Wish())
        assert batch.state == "mapping"
        mapping = Mapping.from_json(batch.mapping or {})
        actor = org.uploader.actor
        confirming.confirm_mapping(actor, batch.batch_id, mapping, version=batch.version)
        confirming.confirm_mapping(actor, batch.batch_id, mapping, version=batch.version)
        with pytest.raises(Stale):
            confirming.confirm_mapping(actor, batch.batch_id, replace(mapping, day_count=360), version=batch.version)
        assert load(bench, org, batch).counts["loaded"] == 2
        confirming.confirm_mapping(actor, batch.batch_id, mapping, version=batch.version)
        assert rows_of(org, "SELECT count(*) FROM jobs WHERE kind = 'intake.load'")[0][0] == 1
        assert len(bench.events(org, "intake:batch:map")) == 1

    def test_a_job_that_dies_leaves_nothing_and_runs_again(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(20, prefix)))

        def die(*_args: Any) -> None:
            raise MemoryError("killed")

        with monkeypatch.context() as broken:
            broken.setattr(loading, "_finish", die)
            bench.run_jobs(org, most=1)
        assert cases_of(org) == 0
        assert again(org, batch.batch_id).state == "loading"
        assert bench.events(org, "intake:case:receive") == []
        assert [job["state"] for job in bench.failed_jobs(org)] == ["pending"]

        with unit_of_work(system(org.org_id)) as work:
            work.execute("UPDATE jobs SET run_after = now() - interval '1 second' WHERE state = 'pending'")
        assert load(bench, org, batch).counts["loaded"] == 20
        assert cases_of(org) == 20
        assert len(bench.events(org, "intake:case:receive")) == 1

    def test_a_slice_that_fails_fails_the_whole(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table, "SLICE_ROWS", 5)
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(20, prefix)))
        send, calls = staging.Stage._send, []

        def fail_at_third(self: Any, *args: Any) -> Any:
            calls.append(1)
            if len(calls) == 3:
                raise OSError("the connection broke")
            return send(self, *args)

        with monkeypatch.context() as broken:
            broken.setattr(staging.Stage, "_send", fail_at_third)
            bench.run_jobs(org, most=1)
        assert (cases_of(org), again(org, batch.batch_id).state) == (0, "loading")

    def test_a_loaded_batch_is_left_alone(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = load(bench, org, upload(org, write(tmp_path / "a.xlsx", accounts(2, prefix))))
        with unit_of_work(org.uploader.actor) as work:
            loading.run(work, {"batch_id": str(batch.batch_id)}, lambda **_: None, renew=renew)
        assert cases_of(org) == 2
        assert again(org, batch.batch_id).version == batch.version


class TestDeclaring:
    def test_a_difference_stops_before_anything_is_loaded(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path
    ) -> None:
        rows = accounts(4, prefix)
        rows[1]["身份证号"] = ""
        declared = read_declared({"rows": "5", "outstanding_principal": "4,002.00", "total_claimed": "1.00"})
        batch = load(bench, org, upload(org, write(tmp_path / "a.xlsx", rows), replace(AUTO, declared=declared)))
        assert batch.state == "stopped"
        assert cases_of(org) == 0
        problem = batch.problem or {}
        assert problem["code"] == "declared.difference"
        assert [(one["what"], one["declared"], one["found"]) for one in problem["differences"]] == [
            ("rows", 5, 4),
            ("total_claimed", "1.00", "4803.00"),
        ]
        for language in ("zh", "en"):
            assert "5" in problem["message"][language]
            assert "4,803.00" in problem["message"][language]
        assert (batch.counts["loaded"], batch.counts["readable"], batch.counts["rejected"]) == (0, 3, 1)
        stop = bench.events(org, "intake:batch:stop")[0]
        assert (stop.old, stop.new["state"]) == ({"state": "loading"}, "stopped")

    def test_what_is_as_declared_loads(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        declared = Declared(4, {"outstanding_principal": 400_200, "total_claimed": 480_300})
        path = write(tmp_path / "a.xlsx", accounts(4, prefix))
        assert load(bench, org, upload(org, path, replace(AUTO, declared=declared))).counts["loaded"] == 4

    def test_a_stopped_file_may_be_imported_again(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        path = write(tmp_path / "a.xlsx", accounts(4, prefix))
        stopped = load(bench, org, upload(org, path, replace(AUTO, declared=Declared(9))))
        with pytest.raises(Conflict) as refused:
            upload(org, path)
        assert refused.value.details["may_repeat"] is True
        batch = uploading.import_again(org.uploader.actor, stopped.batch_id)
        assert (batch.state, batch.declared) == ("mapping", {"rows": 9})
        mapping = Mapping.from_json(batch.mapping or {})
        actor = org.uploader.actor
        confirming.confirm_mapping(actor, batch.batch_id, mapping, version=batch.version, declared=Declared(4))
        assert load(bench, org, batch).counts["loaded"] == 4
        with pytest.raises(Conflict):
            uploading.import_again(org.uploader.actor, stopped.batch_id)

    @pytest.mark.parametrize("given", [{"rows": "五"}, {"principal": "1.234"}, {"total_claimed": "x"}])
    def test_what_is_no_number_is_refused(self, given: dict[str, str]) -> None:
        with pytest.raises(Invalid) as refused:
            read_declared(given)
        assert refused.value.details["field"] in given


class TestColumns:
    def test_a_known_header_row_loads_without_asking(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        first = upload(org, write(tmp_path / "a.xlsx", accounts(2, prefix)), Wish())
        mapping = replace(Mapping.from_json(first.mapping or {}), constants={"lender_name": "海川消金"})
        confirming.confirm_mapping(org.uploader.actor, first.batch_id, mapping, version=first.version)
        load(bench, org, first)
        second = upload(org, write(tmp_path / "b.xlsx", accounts(2, prefix + "B"), above=["另一个标题"]), Wish())
        assert second.state == "loading"
        load(bench, org, second)
        assert rows_of(org, "SELECT DISTINCT lender_name FROM cases")[0][0] == "海川消金"
        assert [row.version for row in rows_of(org, "SELECT version FROM mappings")] == [1]

    def test_a_changed_mapping_is_its_next_version(self, org: Org, prefix: str, tmp_path: Path) -> None:
        upload(org, write(tmp_path / "a.xlsx", accounts(1, prefix)))
        wish = Wish(mapping={"columns": {"逾期天数": None}})
        batch = upload(org, write(tmp_path / "b.xlsx", accounts(1, prefix + "B")), wish)
        assert batch.state == "loading"
        assert [row.version for row in rows_of(org, "SELECT version FROM mappings ORDER BY version")] == [1, 2]

    def test_a_choice_is_remembered_for_a_header(self, org: Org, prefix: str, tmp_path: Path) -> None:
        rows = [{**row, "内部代号": "X"} for row in accounts(1, prefix)]
        wish = Wish(mapping={"内部代号": "contract_no"})
        upload(org, write(tmp_path / "a.xlsx", rows, headers=(*HEADERS, "内部代号")), wish)
        more = [{**row, "内部代号": "X", "另一列": "Y"} for row in accounts(1, prefix + "B")]
        batch = upload(org, write(tmp_path / "b.xlsx", more, headers=("另一列", *HEADERS, "内部代号")), Wish())
        rule = Mapping.from_json(batch.mapping or {}).rule_of("contract_no")
        assert batch.state == "mapping"
        assert rule is not None
        assert rule.header == "内部代号"

    def test_what_is_in_doubt_waits_for_a_person(self, org: Org, prefix: str, tmp_path: Path) -> None:
        headers = tuple("金额甲" if header in ("未还本金", "欠款总额") else header for header in HEADERS)
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(1, prefix), headers=headers))
        assert batch.state == "mapping"

    def test_an_incomplete_statement_is_refused(self, org: Org, prefix: str, tmp_path: Path) -> None:
        path = write(tmp_path / "a.xlsx", accounts(1, prefix))
        with pytest.raises(Invalid) as refused:
            upload(org, path, Wish(mapping={"身份证号": None}))
        assert refused.value.code == "mapping.incomplete"
        assert refused.value.details["fields"] == ["id_no"]
        assert rows_of(org, "SELECT 1 FROM batches") == []

    def test_another_sheet_can_be_chosen(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(1, prefix), sheet="明细"), Wish())
        with pytest.raises(Invalid):
            confirming.choose_sheet(org.uploader.actor, batch.batch_id, "没有的表", batch.version)
        chosen = confirming.choose_sheet(org.uploader.actor, batch.batch_id, "明细", batch.version)
        assert chosen.version == batch.version + 1
        assert len(bench.events(org, "intake:batch:choose_sheet")) == 1

    def test_the_look_is_sealed_and_is_taken_anew_when_lost(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path
    ) -> None:
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(3, prefix)), Wish())
        kept = storage.locate(kept_looks._look_path(batch))
        assert person(0)[0].encode() not in kept.read_bytes()
        kept.unlink()
        with unit_of_work(org.uploader.actor) as work:
            assert kept_looks.look_of(work, batch).rows == 3
        assert kept.exists()


class TestFiles:
    def test_the_original_is_kept_unchanged(self, org: Org, prefix: str, tmp_path: Path) -> None:
        path = write(tmp_path / "a.xlsx", accounts(2, prefix))
        upload(org, path)
        stored = rows_of(org, "SELECT path, sha256, size FROM files")[0]
        kept = storage.locate(stored.path)
        assert kept.read_bytes() == path.read_bytes()
        assert (kept.name, stored.size) == (stored.sha256, path.stat().st_size)
        assert kept.stat().st_mode & 0o077 == 0

    def test_a_large_file_is_looked_at_by_a_worker(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploading, "AT_ONCE_BYTES", 0)
        monkeypatch.setattr(uploading, "BEGUN_AT_ONCE_BYTES", 0)
        wish = Wish(auto=True, constants={"lender_name": "海川"}, declared=Declared(2))
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(2, prefix)), wish)
        assert batch.state == "uploaded"
        batch = load(bench, org, batch)
        assert batch.counts["loaded"] == 2
        assert rows_of(org, "SELECT lender_name FROM cases")[0][0] == "海川"

    def test_a_large_file_that_cannot_be_read_stops_its_batch(
        self, bench: Bench, org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploading, "AT_ONCE_BYTES", 0)
        path = tmp_path / "a.csv"
        path.write_text("这里什么也没有\n")
        batch = load(bench, org, upload(org, path))
        assert (batch.state, (batch.problem or {})["code"]) == ("stopped", "header.not_found")

    @pytest.mark.parametrize("content", [b"", b"%PDF-1.7 ...", b"PK\x03\x04 broken", "没有表头\n1\n".encode()])
    def test_what_cannot_be_read_is_refused_and_leaves_no_batch(self, org: Org, content: bytes) -> None:
        with pytest.raises(Invalid):
            uploading.receive_upload(org.uploader.actor, io.BytesIO(content + uuid4().bytes * bool(content)), "a.xlsx")
        assert rows_of(org, "SELECT 1 FROM batches") == []
        assert [path for path in storage.locate(str(org.org_id)).rglob("*") if path.is_file()] == []

    def test_too_large_a_file_is_refused_while_it_comes_in(
        self, app: Flask, org: Org, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small = app.extensions["reviewdesk.settings"].model_copy(update={"max_upload_mb": 1})
        monkeypatch.setitem(app.extensions, "reviewdesk.settings", small)
        with pytest.raises(Invalid) as refused:
            uploading.receive_upload(org.uploader.actor, io.BytesIO(bytes(1_048_577)), "a.xlsx")
        assert refused.value.code == "file.too_large"
        assert "1 MB" in refused.value.text.zh
        assert not (small.files / str(org.org_id)).exists()
        assert list(small.files.glob(".incoming-*")) == []


class TestPeople:
    def test_only_an_uploader_uploads(self, org: Org, prefix: str, tmp_path: Path) -> None:
        path = write(tmp_path / "a.xlsx", accounts(1, prefix))
        for role in ("reviewer", "senior_reviewer", "compliance", "administrator"):
            with pytest.raises(NotAllowed):
                uploading.upload_from_path(org.people[role].actor, path)

    def test_a_foreign_batch_does_not_exist(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
        batch = upload(org, write(tmp_path / "a.xlsx", accounts(1, prefix)), Wish())
        stranger = bench.organisation().uploader.actor
        mapping = Mapping.from_json(batch.mapping or {})
        with pytest.raises(NotFound) as refused:
            confirming.confirm_mapping(stranger, batch.batch_id, mapping, version=1)
        assert refused.value.refusal is not None
        with pytest.raises(NotFound):
            uploading.import_again(stranger, batch.batch_id)

    def test_nothing_personal_leaves_the_envelope(
        self, bench: Bench, org: Org, prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        rows = accounts(6, prefix, seed=3)
        rows[1]["放款日期"] = "2024-02-30"
        rows[2]["产品名称"] = f"快贷 {rows[2]['身份证号']}"
        rows[2]["未还本金"] = "不详金额"
        rows[3]["身份证号"] = rows[3]["身份证号"][:17]
        rows[4]["放款日期"] = f"电话{rows[4]['手机号']}"
        rows = [{**row, "联系人姓名": "令狐小冲", "联系人电话": "13777777777"} for row in rows]
        headers = (*HEADERS, "产品名称", "联系人姓名", "联系人电话")
        load(bench, org, upload(org, write(tmp_path / "a.xlsx", rows, headers=headers)))
        load(bench, org, upload(org, write(tmp_path / "b.xlsx", rows[:1], headers=headers)))
        secret = {"令狐小冲", "13777777777"}
        for row in rows:
            secret |= {row["借款人姓名"], row["身份证号"], row["手机号"]}
        names = ("events", "sheet_rows", "batches", "files", "mappings", "jobs", "cases", "counters")
        for name in names:
            text = "\n".join(line for (line,) in rows_of(org, f"SELECT t::text FROM {name} t"))  # noqa: S608 -- our own names
            found = {one for one in secret if one in text}
            assert not found, f"{name} holds {found}"
        assert not {one for one in secret if one in caplog.text}


def test_sheets_beside_the_accounts_are_joined_and_their_errors_kept(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    first, second = f"{prefix}00000", f"{prefix}00001"
    path = write(tmp_path / "list.xlsx", accounts(2, prefix))
    add_sheets(
        path,
        还款明细=[
            ["借据号", "还款日期", "还款金额"],
            [first, "2024-05-01", 200.5],
            [first, "2024-04-01", 100],
            [second, "不知道", 100],
            ["别处的借据9", "2024-04-01", 1],
        ],
        催收记录=[["借据号", "催收日期", "催收方式"], [second, "2025-05-10", "短信"]],
    )
    batch = load(bench, org, upload(org, path))
    facts = {
        one.account_no: one.facts
        for one in rows_of(
            org,
            "SELECT account_no, facts FROM cases JOIN case_files USING (org_id, case_id) WHERE batch_id = :b",
            b=batch.batch_id,
        )
    }
    assert facts[first]["repayments"] == [
        {"row": 3, "paid_on": "2024-04-01", "amount": 10000},
        {"row": 2, "paid_on": "2024-05-01", "amount": 20050},
    ]
    assert facts[first]["demands"] == []
    assert "repayments" not in facts[second]
    assert facts[second]["demands"][0]["channel"] == "sms"
    assert "evidence" not in facts[first]
    assert batch.counts["beside"][0] == {
        "sheet": "还款明细",
        "kind": "repayments",
        "read": 2,
        "refused": 1,
        "stray": 1,
        "set_aside": 0,
        "mended": 0,
        "dismissed": 0,
    }
    assert [(one["row"], one["code"]) for one in batch.counts["beside_errors"]] == [
        (4, "date.unreadable"),
        (5, "side.row_stray"),
    ]
    assert batch.counts["beside_wrong"] == 2
    page = bench.client(org.uploader).get(f"/batches/{batch.batch_id}")
    assert "附表" in page.text
    assert "本批没有这个借据号" in page.text


def test_columns_that_are_no_field_are_kept_and_third_persons_are_not(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    rows = [row | {"五级分类": "可疑", "负责人": "王五", "联系人1姓名": "赵六"} for row in accounts(1, prefix)]
    path = write(tmp_path / "list.xlsx", rows, headers=(*HEADERS, "五级分类", "负责人", "联系人1姓名"))
    batch = load(bench, org, upload(org, path))
    (found,) = rows_of(
        org,
        "SELECT case_id, facts, sealed FROM cases JOIN case_files USING (org_id, case_id) WHERE batch_id = :b",
        b=batch.batch_id,
    )
    assert found.facts["extra"] == {"五级分类": "可疑"}
    personal = vault().unseal(found.sealed, org.org_id, found.case_id)
    assert personal["other_personal"] == "负责人：王五"
    page = bench.client(org.reviewer).get(f"/cases/{found.case_id}").text
    assert "五级分类" in page
    assert "可疑" in page
    assert "王五" not in page


def test_a_table_that_is_spoiled_further_down_stops_its_batch_and_nothing_of_it_is_kept(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    lines = ["借据号,借款人姓名,身份证号,未还本金,联系地址"]
    lines += [f"{prefix}{row:05d},张三,11010519491231002X,5000,{'长' * 1500}" for row in range(1500)]
    lines[1400] = lines[1400].replace("张三", '"张三')
    path = tmp_path / "list.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    batch = load(bench, org, upload(org, path))
    assert batch.state == "stopped"
    assert batch.problem is not None
    assert batch.problem["code"] == "file.damaged"
    assert "第 1401 行" in batch.problem["message"]["zh"]
    assert "line 1401" in batch.problem["message"]["en"]
    assert cases_of(org) == 0
