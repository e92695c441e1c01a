"""Saved mappings through the API: listed, read with their versions, retired and taken up again."""

import pytest

from tests.api.helpers import Api, api_of
from tests.api.test_batches import HEADERS, load, row, upload, workbook
from tests.builders import Bench, Org

REASON = {"reason": "利率一列读错了"}


@pytest.fixture
def mapping_id(bench: Bench, org: Org, api: Api) -> str:
    """The mapping that an import by itself saved."""
    upload(api, workbook(row("A-1")))
    load(bench, org)
    (line,) = api.get("mappings")["items"]
    found: str = line["mapping_id"]
    return found


def test_a_mapping_is_listed_and_read(org: Org, api: Api, mapping_id: str) -> None:
    (line,) = api.get("mappings?in_use=true")["items"]
    assert (line["headers"], line["filled"], line["version"]) == (list(HEADERS), 7, 1)
    assert (line["batches"], line["last"]["name"], line["retired"]) == (1, "十一月.xlsx", None)
    assert line["saved_by"] == org.uploader.name
    saved = api.get(f"mappings/{mapping_id}")
    assert [one["field"] for one in saved["mapping"]["columns"]][:2] == ["account_no", "borrower_name"]
    assert saved["latest"] == line
    assert api.get("mappings?in_use=false")["items"] == []


def test_versions_come_in_pages_with_what_each_changed(bench: Bench, org: Org, api: Api, mapping_id: str) -> None:
    upload(api, workbook(row("A-2")), mapping='{"columns": {"借款本金": {"field": "principal", "unit": "万元"}}}')
    load(bench, org)
    page = api.get(f"mappings/{mapping_id}/versions?limit=1")
    (second,) = page["items"]
    assert second["changes"] == [
        {
            "of": {"zh": "借款本金", "en": "借款本金"},
            "was": {"zh": "借款本金", "en": "Contract principal"},
            "now": {"zh": "借款本金 · 万元", "en": "Contract principal · 10,000 yuan"},
        }
    ]
    (first,) = api.get(f"mappings/{mapping_id}/versions?cursor={page['next']}")["items"]
    assert (first["mapping_id"], first["version"], first["changes"]) == (mapping_id, 1, None)
    assert api.get(f"mappings/{mapping_id}")["latest"]["mapping_id"] == second["mapping_id"]
    api.problem("GET", f"mappings/{mapping_id}/versions?cursor=eA", 422)
    stale = api.problem("POST", f"mappings/{mapping_id}/retire", 409, json=REASON)
    assert stale["code"] == "mapping.stale"


def test_a_retired_mapping_makes_the_next_batch_wait(bench: Bench, org: Org, api: Api, mapping_id: str) -> None:
    api.problem("POST", f"mappings/{mapping_id}/retire", 422, json={"reason": " "})
    for _twice in range(2):
        saved = api.post(f"mappings/{mapping_id}/retire", REASON, 200)
    retired = saved["latest"]["retired"]
    assert (retired["by"], retired["reason"]) == (org.uploader.name, REASON["reason"])
    batch = upload(api, workbook(row("A-2"))).get_json()
    assert batch["state"] == "mapping"
    assert api.post(f"mappings/{mapping_id}/use", status=200)["latest"]["retired"] is None
    assert upload(api, workbook(row("A-3"))).get_json()["state"] == "loading"
    assert [len(bench.events(org, f"intake:mapping:{deed}")) for deed in ("retire", "use")] == [1, 1]


def test_others_read_or_see_nothing(bench: Bench, org: Org, api: Api, mapping_id: str) -> None:
    reviewer = api_of(bench, org.reviewer)
    assert reviewer.get(f"mappings/{mapping_id}")["version"] == 1
    reviewer.problem("POST", f"mappings/{mapping_id}/retire", 403, json=REASON)
    other = bench.organisation()
    stranger = api_of(bench, other.uploader)
    assert stranger.get("mappings")["items"] == []
    for method, path, given in (
        ("GET", "", {}),
        ("GET", "/versions", {}),
        ("POST", "/retire", {"json": REASON}),
        ("POST", "/use", {}),
    ):
        assert stranger.problem(method, f"mappings/{mapping_id}{path}", 404, **given)["code"] == "mapping.unknown"
    assert {event.outcome for event in bench.events(other) if event.action.startswith("intake:mapping")} == {"refused"}
