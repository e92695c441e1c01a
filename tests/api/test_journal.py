"""The journal and its exports through the API."""

import hashlib
import json

from reviewdesk.db import unit_of_work
from reviewdesk.journal.service import record
from tests.api.helpers import api_of
from tests.builders import Bench, Org


def with_events(bench: Bench, count: int = 3) -> Org:
    org = bench.organisation()
    with unit_of_work(org.reviewer.actor) as work:
        for number in range(count):
            record(work, "review:bulk:start", ("bulk", number), new={"state": "running"})
    return org


def test_the_journal_is_read_page_by_page(bench: Bench) -> None:
    org = with_events(bench)
    api = api_of(bench, org.compliance)
    first = api.get("journal?action=review:&limit=2")
    second = api.get(f"journal?action=review:&limit=2&cursor={first['next']}")
    assert [event["subject"]["id"] for event in [*first["items"], *second["items"]]] == ["2", "1", "0"]
    assert second["next"] is None
    assert first["items"][0]["told"] == {
        "zh": "执行批量处理：状态 执行中",
        "en": "started work in bulk: state running",
    }
    assert first["items"][0]["actor"]["person_id"] == str(org.reviewer.person_id)


def test_filters_of_the_journal_are_checked(bench: Bench) -> None:
    api = api_of(bench, with_events(bench).compliance)
    assert api.problem("GET", "journal?action=x", 422)["errors"][0]["field"] == "action"
    assert api.problem("GET", "journal?since=x", 422)["errors"][0]["field"] == "since"
    assert api.get("journal?outcome=refused")["items"] == []


def test_an_export_is_asked_for_made_and_fetched(bench: Bench) -> None:
    org = with_events(bench)
    api = api_of(bench, org.compliance)
    asked = api.call("POST", "exports", json={"format": "jsonl", "filters": {"action": "review:"}})
    assert asked.status_code == 202
    location = asked.headers["Location"]
    assert api.get(location)["state"] == "waiting"
    assert api.problem("GET", f"{location}/file", 409)["code"] == "export.not_ready"
    bench.run_jobs(org)
    made = api.get(location)
    assert (made["state"], made["rows"]) == ("ready", 3)
    file = api.call("GET", made["file"])
    assert hashlib.sha256(file.data).hexdigest() == made["sha256"]
    assert "Repr-Digest" in file.headers
    lines = [json.loads(line) for line in file.data.splitlines()]
    assert lines[::-1] == api.get("journal?action=review:")["items"]
    assert len(bench.events(org, "journal:export:download")) == 1
    assert api.get("exports")["items"] == [made]


def test_an_export_belongs_to_the_one_who_asked(bench: Bench) -> None:
    org = with_events(bench)
    asked = api_of(bench, org.compliance).post("exports", {"format": "csv"})
    bench.run_jobs(org)
    path = f"exports/{asked['export_id']}"
    api_of(bench, bench.person(org, "compliance")).problem("GET", f"{path}/file", 403)
    api_of(bench, bench.organisation().compliance).problem("GET", f"{path}/file", 404)
    assert [event.outcome for event in bench.events(org, "journal:export:download")] == ["refused"]
