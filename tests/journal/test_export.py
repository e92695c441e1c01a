"""Exports of the journal: asked for, made by a worker, and downloaded by the one who asked."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from flask import Flask

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound
from reviewdesk.handover import exports as cases_export
from reviewdesk.journal import export as exports
from reviewdesk.journal import queries
from reviewdesk.journal.files import MIME, WRITERS, XLSX_ROWS, write_xlsx
from reviewdesk.journal.models import Export
from reviewdesk.journal.queries import Filters
from reviewdesk.journal.service import record
from tests.builders import Bench, Org

NASTY = "=HYPERLINK(\"http://x\"), 'quoted'\n第二行"


def filled(bench: Bench, count: int = 3) -> Org:
    """An organisation whose journal holds so many events with a name that would be a formula."""
    org = bench.organisation()
    person = bench.person(org, "reviewer")
    person.name = NASTY
    with unit_of_work(person.actor) as work:
        for number in range(count):
            record(work, "review:bulk:start", ("bulk", number), new={"reason": "+1", "number": number})
    return org


def made(bench: Bench, org: Org, file_format: str, filters: Filters | None = None) -> tuple[Export, Path]:
    """An export that a worker has made, and its file."""
    asked = exports.request_export(org.compliance.actor, filters or Filters(action="review:"), file_format)
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    found = exports.download(org.compliance.actor, asked.export_id)
    return exports.look_at(org.compliance.actor, asked.export_id).export, found.path


@pytest.mark.parametrize("file_format", MIME)
def test_count_size_and_digest_are_those_of_the_file(bench: Bench, file_format: str) -> None:
    org = filled(bench)
    export, path = made(bench, org, file_format)
    content = path.read_bytes()
    assert (export.state, export.rows, export.size) == ("ready", 3, len(content))
    assert export.sha256 == hashlib.sha256(content).hexdigest()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert export.name.endswith(f".{file_format}")


def test_csv_opens_in_excel_and_starts_no_formula(bench: Bench) -> None:
    _export, path = made(bench, filled(bench), "csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:3] == ["编号", "时间（北京时间）", "人员"]
    assert [row[2] for row in rows] == [f"'{NASTY}"] * 3
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_json_lines_hold_the_whole_event(bench: Bench) -> None:
    org = filled(bench)
    _export, path = made(bench, org, "jsonl")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["new"]["number"] for line in lines] == [0, 1, 2]
    assert lines[0]["actor"]["name"] == NASTY
    assert lines[0]["told"]["zh"].startswith("执行批量处理")
    assert lines[0]["at"].endswith("Z")
    with unit_of_work(org.compliance.actor) as work:
        assert queries.page(work, Filters(action="review:"))[-1].as_json() == lines[0]


def test_a_workbook_holds_text_as_text(bench: Bench) -> None:
    _export, path = made(bench, filled(bench), "xlsx")
    sheet = openpyxl.load_workbook(path)["审计日志 1"]
    cell = sheet["C2"]
    assert (cell.value, cell.data_type) == (NASTY, "s")
    assert sheet.max_row == 4


def test_a_full_sheet_is_followed_by_another(bench: Bench, tmp_path: Path) -> None:
    org = filled(bench, 23)
    with unit_of_work(org.compliance.actor) as work:
        entries = queries.page(work, Filters(action="review:"))
    path = tmp_path / "split.xlsx"
    write_xlsx(path, entries, "en", rows_a_sheet=10)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Journal 1", "Journal 2", "Journal 3"]
    assert [sheet.max_row for sheet in book] == [10, 10, 6]
    assert {sheet["A1"].value for sheet in book} == {"event"}
    written = [row[0] for sheet in book for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert written == [entry.event_id for entry in entries]
    assert XLSX_ROWS == 1_048_576


def test_the_filters_of_the_page_are_those_of_the_file(bench: Bench) -> None:
    org = filled(bench)
    export, _path = made(bench, org, "jsonl", Filters(person=org.compliance.person_id))
    assert export.rows == 1  # the request itself
    (asked,) = bench.events(org, "journal:export:request")
    assert asked.new == {"kind": "journal", "format": "jsonl", "filters": {"person": str(org.compliance.person_id)}}


def test_made_twice_it_is_one_file_and_one_event(bench: Bench, app: Flask) -> None:
    org = filled(bench)
    export, path = made(bench, org, "csv")
    before = path.stat().st_mtime_ns

    def again(state: str) -> None:
        with unit_of_work(org.compliance.actor) as work:
            work.session.get_one(Export, (org.org_id, export.export_id)).state = state
            work.session.flush()
            exports.run(work, {"export_id": str(export.export_id)}, lambda **_: None)

    again("ready")
    assert path.stat().st_mtime_ns == before
    assert len(bench.events(org, "journal:export:finish")) == 1
    again("waiting")  # as after a worker that died between the file and its commit
    assert len(list(path.parent.iterdir())) == 1
    assert exports.look_at(org.compliance.actor, export.export_id).export.rows == 3


def test_a_worker_that_dies_leaves_no_half_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    org = filled(bench)

    def broken(path: Path, lines: Any, language: str) -> None:
        path.write_text("half")
        raise OSError("the disk is full")

    monkeypatch.setitem(WRITERS, "csv", broken)  # type: ignore[arg-type]
    asked = exports.request_export(org.compliance.actor, Filters(), "csv")
    bench.run_jobs(org)
    folder = bench.app.extensions["reviewdesk.settings"].files
    assert not (folder / exports.file_path(asked)).exists()
    assert list(folder.glob(".incoming-*")) == []
    assert exports.look_at(org.compliance.actor, asked.export_id).state == "waiting"


def test_the_download_is_an_event(bench: Bench) -> None:
    org = filled(bench)
    export, _path = made(bench, org, "csv")
    (event,) = bench.events(org, "journal:export:download")
    assert event.new == {"kind": "journal", "name": export.name, "sha256": export.sha256}


def test_only_the_one_who_asked_may_download(bench: Bench) -> None:
    org = filled(bench)
    export, _path = made(bench, org, "csv")
    colleague, stranger = bench.person(org, "compliance"), bench.organisation().compliance
    with pytest.raises(NotAllowed) as refused:
        exports.download(colleague.actor, export.export_id)
    assert refused.value.refusal is not None
    with pytest.raises(NotFound) as unknown:
        exports.download(stranger.actor, export.export_id)
    assert unknown.value.refusal is not None
    with pytest.raises(NotFound):
        exports.download(org.compliance.actor, uuid4())


def test_who_lost_the_role_no_longer_downloads(bench: Bench) -> None:
    org = filled(bench)
    export, _path = made(bench, org, "csv")
    demoted = org.compliance
    demoted.roles = frozenset({"uploader"})
    with pytest.raises(NotAllowed):
        exports.download(demoted.actor, export.export_id)


def test_who_may_not_export_is_refused(bench: Bench) -> None:
    org = bench.organisation()
    with pytest.raises(NotAllowed):
        exports.request_export(org.administrator.actor, Filters(), "csv")
    with pytest.raises(Invalid):
        exports.request_export(org.compliance.actor, Filters(), "pdf")
    assert bench.run_jobs(org) == 0


def test_what_is_not_ready_is_not_handed_out(bench: Bench) -> None:
    org = bench.organisation()
    asked = exports.request_export(org.compliance.actor, Filters(), "csv")
    assert exports.look_at(org.compliance.actor, asked.export_id).state == "waiting"
    with pytest.raises(Conflict):
        exports.download(org.compliance.actor, asked.export_id)


def test_exports_are_listed_newest_first_and_page_by_page(bench: Bench) -> None:
    org = bench.organisation()
    asked = [exports.request_export(org.compliance.actor, Filters(), "csv").export_id for _ in range(3)]
    other = bench.person(org, "compliance")
    exports.request_export(other.actor, Filters(), "csv")
    first = exports.exports_of(org.compliance.actor, size=2)
    second = exports.exports_of(org.compliance.actor, size=2, after=first.next)
    assert [one.export.export_id for one in [*first.items, *second.items]] == asked[::-1]
    assert second.next is None
    with pytest.raises(Invalid):
        exports.exports_of(org.compliance.actor, after="x")


def test_an_export_of_cases_is_listed_with_the_state_of_its_own_job(bench: Bench) -> None:
    org = bench.organisation()
    asked = cases_export.ask(org.senior_reviewer.actor, "approved", "移交律师")
    with unit_of_work(org.administrator.actor) as work:
        work.execute("UPDATE jobs SET state = 'failed' WHERE key = :key", key=str(asked.export_id))
    (listed,) = exports.exports_of(org.senior_reviewer.actor).items
    assert listed.state == "failed"
