"""The pages of the journal and of exports, in a browser without JavaScript."""

import hashlib

import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.journal.service import record
from tests.builders import Bench, Org, csrf


def with_events(bench: Bench, count: int = 1) -> Org:
    org = bench.organisation()
    with unit_of_work(org.reviewer.actor) as work:
        for number in range(count):
            record(
                work,
                "review:bulk:start",
                ("bulk", number),
                old={"state": "preview"},
                new={"state": "running", "reason": f"<b>{number}</b>"},
            )
    return org


def test_the_journal_tells_what_was_done_and_quotes_nothing_as_markup(bench: Bench) -> None:
    org = with_events(bench)
    page = bench.client(org.compliance).get("/journal?action=review:").get_data(as_text=True)
    assert "执行批量处理：状态 预览 → 执行中；理由 &lt;b&gt;0&lt;/b&gt;" in page
    assert org.reviewer.name in page
    assert "审核员" in page


def test_the_journal_is_paged(bench: Bench) -> None:
    org = with_events(bench, 60)
    client = bench.client(org.compliance)
    first = client.get("/journal?action=review:bulk:start").get_data(as_text=True)
    assert first.count("执行批量处理：") == 50
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(following).get_data(as_text=True).count("执行批量处理：") == 10


@pytest.mark.parametrize("role", ["uploader", "reviewer", "senior_reviewer", "administrator"])
def test_the_journal_is_for_compliance_officers(bench: Bench, role: str) -> None:
    org = bench.organisation()
    assert bench.client(org.people[role]).get("/journal").status_code == 403


@pytest.mark.parametrize("query", ["since=x", "case=%3D1", "person=7", "action=nothing"])
def test_a_filter_that_cannot_be_read_is_said_beside_the_form(bench: Bench, query: str) -> None:
    answer = bench.client(with_events(bench).compliance).get(f"/journal?{query}")
    assert answer.status_code == 200
    assert "无法识别" in answer.get_data(as_text=True)


def test_an_event_shows_old_and_new_values_beside_each_other(bench: Bench) -> None:
    org = with_events(bench)
    (event,) = bench.events(org, "review:bulk:start")
    page = bench.client(org.compliance).get(f"/journal/{event.event_id}").get_data(as_text=True)
    assert "<del>预览</del>" in page
    assert "<ins>执行中</ins>" in page


def test_an_event_of_another_organisation_is_not_found_and_the_attempt_recorded(bench: Bench) -> None:
    org, other = with_events(bench), bench.organisation()
    (event,) = bench.events(org, "review:bulk:start")
    assert bench.client(other.compliance).get(f"/journal/{event.event_id}").status_code == 404
    (attempt,) = bench.events(other, "journal:event:open")
    assert attempt.outcome == "refused"


def test_an_export_goes_from_the_form_to_the_file(bench: Bench) -> None:
    org = with_events(bench)
    client = bench.client(org.compliance)
    page = client.get("/journal?action=review:").get_data(as_text=True)
    asked = client.post(
        "/journal/exports", data={"csrf_token": csrf(page), "action": "review:", "format": "csv"}, follow_redirects=True
    ).get_data(as_text=True)
    assert "排队中" in asked
    assert 'hx-trigger="every 2s"' in asked
    bench.run_jobs(org)
    ready = client.get("/exports").get_data(as_text=True)
    assert "可下载" in ready
    assert "hx-trigger" not in ready
    link = ready.split('class="btn small" href="')[1].split('"')[0]
    file = client.get(link)
    (export,) = bench.events(org, "journal:export:finish")
    assert hashlib.sha256(file.data).hexdigest() == export.new["sha256"]
    assert "attachment" in file.headers["Content-Disposition"]
    assert len(bench.events(org, "journal:export:download")) == 1
    for stranger in (bench.person(org, "compliance"), bench.organisation().compliance):
        assert bench.client(stranger).get(link).status_code in (403, 404)


def test_a_reader_in_english_gets_english_words(bench: Bench) -> None:
    org = with_events(bench)
    client = bench.client(org.compliance)
    with client.session_transaction() as session:
        session["locale"] = "en"
    page = client.get("/journal?action=review:").get_data(as_text=True)
    assert "Started work in bulk: state preview → running" in page
