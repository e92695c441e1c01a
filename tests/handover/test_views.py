"""The pages of both sides of an entrustment."""

import re
from uuid import UUID

import pytest

from reviewdesk.clock import today
from reviewdesk.handover import service as handover
from tests.builders import Bench, csrf
from tests.handover.test_service import approved, entrusted, entrustment_of
from tests.review.helpers import read


def test_a_senior_entrusts_on_the_page(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    ids = [approved(bench, org) for _ in range(2)]
    client = bench.client(org.senior_reviewer)
    page = client.get("/entrustments?state=approved").get_data(as_text=True)
    assert firm.name in page
    data = {"csrf_token": csrf(page), "firm": str(firm.org_id), "ids": ids[:1], "scope": "selected"}
    assert client.post("/entrustments", data=data).status_code == 302
    assert [read(org, case_id).state for case_id in ids] == ["entrusted", "approved"]
    client.post("/entrustments", data=data | {"scope": "all"})
    assert read(org, ids[1]).state == "entrusted"
    assert client.post("/entrustments", data=data | {"ids": []}).status_code == 422


def test_counsel_goes_from_acceptance_to_closing(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    client = bench.client(firm.counsel)
    assert str(entrustment) in client.get("/entrustments").get_data(as_text=True)
    address = f"/entrustments/{entrustment}"
    page = client.get(address).get_data(as_text=True)
    assert "接受委托" in page
    assert "11010519491231002X" not in page
    token = csrf(page)
    client.post("/entrustments/accept", data={"csrf_token": token, "entrustments": str(entrustment)})
    revealed = client.post(f"{address}/reveal/id_no", data={"csrf_token": token, "reason": "写起诉状"})
    assert "11010519491231002X" in revealed.get_data(as_text=True)
    filing = {
        "csrf_token": token,
        "on": today().isoformat(),
        "court": "杭州互联网法院",
        "docket": "（2026）浙0192民初1号",
    }
    assert client.post(f"{address}/filed", data=filing | {"docket": ""}).status_code == 422
    client.post(f"{address}/filed", data=filing)
    assert "登记结案" in client.get(address).get_data(as_text=True)
    client.post(f"{address}/closed", data={"csrf_token": token, "on": today().isoformat(), "note": "调解结案"})
    assert read(org, case_id).state == "closed"
    assert "调解结案" in client.get(address).get_data(as_text=True)


def test_counsel_refuses_on_the_page(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    client = bench.client(firm.counsel)
    token = csrf(client.get(f"/entrustments/{entrustment}").get_data(as_text=True))
    client.post(f"/entrustments/{entrustment}/refuse", data={"csrf_token": token, "reason": "利益冲突"})
    assert read(org, case_id).state == "approved"
    assert client.get(f"/entrustments/{entrustment}").status_code == 404
    assert "利益冲突" in bench.client(org.senior_reviewer).get("/entrustments").get_data(as_text=True)


def test_a_senior_recalls_on_the_page(bench: Bench) -> None:
    org, _, case_id, entrustment = entrusted(bench)
    client = bench.client(org.senior_reviewer)
    token = csrf(client.get("/entrustments").get_data(as_text=True))
    client.post(f"/entrustments/{entrustment}/recall", data={"csrf_token": token, "reason": "已还清"})
    assert read(org, case_id).state == "approved"


@pytest.mark.parametrize("role", ["uploader", "administrator"])
def test_others_see_no_entrustments(bench: Bench, role: str) -> None:
    org = bench.organisation()
    assert bench.client(org.people[role]).get("/entrustments").status_code == 403


def test_counsel_cannot_open_the_platforms_pages(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    client = bench.client(firm.counsel)
    for address in ("/review", f"/cases/{case_id}", "/approvals"):
        assert client.get(address).status_code == 403, address
    other = bench.client(bench.firm().counsel)
    assert other.get(f"/entrustments/{entrustment}").status_code == 404
    refused = [event for event in bench.events(firm) if event.outcome == "refused"]
    assert len(refused) == 3
    assert entrustment_of(org, case_id) == entrustment


def test_an_export_is_made_by_a_worker_and_fetched_by_the_one_who_asked(bench: Bench) -> None:
    org, firm, _, entrustment = entrusted(bench)
    handover.accept(firm.counsel.actor, UUID(str(entrustment)))
    client = bench.client(firm.counsel)
    token = csrf(client.get("/entrustments").get_data(as_text=True))
    asked = {"csrf_token": token, "selection": "received", "purpose": "准备立案"}
    assert client.post("/entrustments/exports", data=asked).status_code == 302
    assert "hx-trigger" in client.get("/entrustments/exports").get_data(as_text=True)
    bench.run_jobs(firm)
    assert not bench.failed_jobs(firm)
    page = client.get("/entrustments/exports").get_data(as_text=True)
    link = re.search(r'href="(/entrustments/exports/[^"]+)"', page)
    assert link
    got = client.get(link.group(1))
    assert got.data[:2] == b"PK"
    assert "attachment" in got.headers["Content-Disposition"]
    assert bench.client(bench.person(firm, "counsel")).get(link.group(1)).status_code == 404
    assert bench.client(org.senior_reviewer).get(link.group(1)).status_code == 404
    assert len(bench.events(firm, "handover:export:fetch")) == 2
