"""Entrustments, milestones and filing packs for programs of a platform and of a law firm."""

import io
from uuid import uuid4
from zipfile import ZipFile

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.handover import exports
from tests.api.helpers import api_of
from tests.builders import Bench
from tests.handover.test_pack import ID_NO, an_approved_case
from tests.handover.test_service import approved
from tests.handover.test_suit_pack import approve
from tests.review.helpers import read
from tests.review.test_suits import a_suit, loans


def test_a_case_travels_from_the_platform_to_the_court(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    case_id = an_approved_case(bench, org)
    platform, counsel = api_of(bench, org.senior_reviewer), api_of(bench, firm.counsel, may_reveal=True)
    assert str(firm.org_id) in [one["firm_id"] for one in platform.get("entrustments/firms")["items"]]
    given = {"firm_id": str(firm.org_id), "case_ids": [case_id], "note": "请尽快立案"}
    assert platform.post("entrustments", given, 201) == {"entrusted": 1}
    assert platform.problem("POST", "entrustments", 409, json=given)["code"] == "entrust.none"
    (line,) = counsel.get("entrustments?state=offered")["items"]
    assert (line["number"], line["platform"], line["case_state"]) == (read(org, case_id).number, org.name, "entrusted")
    one = f"entrustments/{line['entrustment_id']}"
    offered = counsel.get(one)
    assert (offered["revealed"], offered["note"]) == (False, "请尽快立案")
    assert ID_NO not in str(offered["facts"])
    filing = {"on": today().isoformat(), "court": "佛山市南海区人民法院", "docket": "（2026）粤0605民初1号"}
    assert counsel.problem("POST", f"{one}/filed", 409, json=filing)["code"] == "entrustment.not_accepted"
    assert counsel.post(f"{one}/accept", {}, 200)["items"][0]["state"] == "accepted"
    shown = counsel.get(one, headers={"Reveal-Reason": "filing"})
    assert (shown["revealed"], shown["facts"]["id_no"]) == (True, ID_NO)
    assert counsel.get(f"{one}?masked=true")["revealed"] is False
    (event,) = bench.events(org, "handover:case:reveal")
    assert (event.new["reason"], event.case_id) == ("filing", case_id)
    assert counsel.get(f"{one}/statement")["result"]["claimable"] == "8865.44"
    assert counsel.call("GET", f"{one}/statement", headers={"Accept": "application/pdf"}).data[:5] == b"%PDF-"
    assert counsel.post(f"{one}/filed", filing, 200)["items"][0]["case_state"] == "filed"
    counsel.post(f"{one}/closed", {"on": today().isoformat(), "note": "调解结案"}, 200)
    told = counsel.get(one)["milestones"]
    assert [(step["kind"], step["docket"]) for step in told] == [("filed", filing["docket"]), ("closed", None)]


def test_refused_and_recalled_cases_come_back(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    case_id = approved(bench, org)
    platform, counsel = api_of(bench, org.senior_reviewer), api_of(bench, firm.counsel)
    for path, who, again in (("refuse", counsel, 404), ("recall", platform, 409)):
        platform.post("entrustments", {"firm_id": str(firm.org_id), "case_ids": [case_id]}, 201)
        (line, *_rest) = platform.get("entrustments")["items"]
        one = f"entrustments/{line['entrustment_id']}/{path}"
        (told,) = who.post(one, {"reason": "利益冲突"}, 200)["items"]
        assert (told["state"], told["answer_reason"]) in {("refused", "利益冲突"), ("ended", None)}
        assert read(org, case_id).state == "approved"
        who.problem("POST", one, again, json={"reason": "利益冲突"})


def test_a_suit_is_answered_as_one_and_has_its_statement(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    cases = loans(bench, org)
    a_suit(org, cases)
    approve(org, cases)
    platform, counsel = api_of(bench, org.senior_reviewer), api_of(bench, firm.counsel)
    given = {"firm_id": str(firm.org_id), "case_ids": cases[:1]}
    assert platform.problem("POST", "entrustments", 422, json=given)["code"] == "entrust.joined"
    platform.post("entrustments", given | {"case_ids": cases}, 201)
    first, second = counsel.get("entrustments")["items"]
    one = f"entrustments/{first['entrustment_id']}"
    assert counsel.get(one)["suit"] == [second["number"]]
    assert {line["state"] for line in counsel.post(f"{one}/accept", {}, 200)["items"]} == {"accepted"}
    assert counsel.get(f"{one}/suit-statement")["sums"]["claimable"] == "17730.88"
    pack = {"selection": "received", "purpose": "准备立案材料", "entrustment_id": first["entrustment_id"]}
    counsel.post("packs", pack, 202)


def test_a_pack_is_asked_for_followed_and_fetched(bench: Bench) -> None:
    org = bench.organisation()
    case_id = an_approved_case(bench, org)
    api = api_of(bench, org.senior_reviewer)
    asked = api.call("POST", "packs", json={"selection": "approved", "purpose": "准备立案材料"})
    assert asked.status_code == 202
    export_id = asked.get_json()["export_id"]
    assert asked.headers["Location"].endswith(f"/exports/{export_id}")
    assert api.get(f"exports/{export_id}")["state"] == "waiting"
    assert api.problem("GET", f"exports/{export_id}/file", 409)["code"] == "export.not_ready"
    with unit_of_work(org.senior_reviewer.actor) as work:
        exports.run(work, {"export_id": export_id}, lambda **_: None)
    (listed,) = api.get("exports")["items"]
    assert (listed["kind"], listed["format"], listed["rows"]) == ("cases", "zip", 1)
    file = api.call("GET", f"exports/{export_id}/file")
    assert file.mimetype == "application/zip"
    with ZipFile(io.BytesIO(file.data)) as pack:
        assert f"{org.name}/{read(org, case_id).number}/民事起诉状.pdf" in pack.namelist()


def test_who_may_do_what(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    case_id = approved(bench, org)
    given = {"firm_id": str(firm.org_id), "case_ids": [case_id]}
    reviewer, counsel = api_of(bench, org.reviewer), api_of(bench, firm.counsel)
    reviewer.problem("POST", "entrustments", 403, json=given)
    counsel.problem("POST", "entrustments", 403, json=given)
    reviewer.problem("POST", "packs", 403, json={"selection": "approved", "purpose": "核对"})
    counsel.problem("POST", "packs", 403, json={"selection": "approved", "purpose": "核对"})
    api_of(bench, org.senior_reviewer).post("entrustments", given, 201)
    (line,) = reviewer.get("entrustments")["items"]
    one = f"entrustments/{line['entrustment_id']}"
    api_of(bench, org.senior_reviewer).problem("POST", f"{one}/accept", 403)
    api_of(bench, bench.firm().counsel).problem("GET", one, 404)
    api_of(bench, bench.firm().counsel).problem("POST", f"{one}/accept", 404)
    counsel.problem("GET", f"entrustments/{uuid4()}", 404)
    counsel.problem("GET", f"{one}/attachments/{uuid4()}/file", 403)
