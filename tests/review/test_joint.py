"""Cases of one borrower handled together: joined by whom, handed to one reviewer, one suit, and parted."""

from typing import Any
from uuid import uuid4

import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound
from reviewdesk.handover import service as handover
from reviewdesk.review import desk, service, together
from reviewdesk.review.together import Joint
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.handover.test_exports import made, rows
from tests.review.helpers import ask_for, read

SAME = {"lender_name": "甲消费金融有限公司", "agreed_court": "佛山市南海区人民法院"}
OTHER = {"borrower_name": "王五", "id_no": "440524188001010014"}


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def two(bench: Bench, org: Org, **facts: Any) -> list[int]:
    first = bench.audited_case(org, claimed=10_000_00, facts=SAME)
    return [first, bench.audited_case(org, claimed=20_000_00, facts=SAME | facts)]


def joint(org: Org, case_id: int) -> Joint | None:
    with unit_of_work(org.reviewer.actor) as work:
        return together.joint_of(work, read(org, case_id))


def test_joined_cases_go_to_one_reviewer_and_are_marked(bench: Bench, org: Org) -> None:
    cases = two(bench, org)
    together.join(org.reviewer.actor, cases, one_filing=True, reason="同一借款人两份合同")
    found = joint(org, cases[1])
    assert found is not None
    assert [member.case_id for member in found.members] == cases
    assert found.claimable == 30_000_00
    assert {read(org, case).assignee_id for case in cases} == {org.reviewer.person_id}
    with unit_of_work(org.reviewer.actor) as work:
        fees = together.fees_of(work, found)
    assert (fees.halved, fees.apart) == (275_00, 25_00 + 150_00)
    assert len(bench.events(org, "review:joint:make")) == 2
    page = bench.client(org.reviewer).get(f"/cases/{cases[0]}").get_data(as_text=True)
    assert "合并起诉 2 件" in page


def test_what_cannot_be_joined_says_why(bench: Bench, org: Org) -> None:
    cases, stranger = two(bench, org, agreed_court="北京市海淀区人民法院"), bench.audited_case(org, personal=OTHER)
    by = org.reviewer.actor
    for ids, one, code in ((cases[:1], False, "joint.cases"), ([cases[0], stranger], False, "joint.borrower")):
        with pytest.raises(Invalid) as refused:
            together.join(by, ids, one_filing=one, reason="合并")
        assert refused.value.code == code
    with pytest.raises(Invalid) as refused:
        together.join(by, cases, one_filing=True, reason="合并")
    assert refused.value.code == "joint.one_filing"
    with pytest.raises(Invalid):
        together.join(by, cases, one_filing=False, reason=" ")
    with pytest.raises(NotAllowed):
        together.join(org.uploader.actor, cases, one_filing=False, reason="合并")
    with pytest.raises(NotAllowed):
        together.join(by, cases, one_filing=False, reason="合并", assignee=org.senior_reviewer.person_id)
    with pytest.raises(NotFound):
        together.join(bench.organisation().reviewer.actor, cases, one_filing=False, reason="合并")
    desk.claim(org.senior_reviewer.actor, cases[1])
    with pytest.raises(Conflict):
        together.join(by, cases, one_filing=False, reason="合并")
    together.join(org.senior_reviewer.actor, cases, one_filing=False, reason="合并", assignee=org.reviewer.person_id)
    with pytest.raises(Conflict) as again:
        together.join(org.senior_reviewer.actor, cases, one_filing=False, reason="合并")
    assert again.value.code == "joint.exists"


def test_one_suit_is_entrusted_together_and_counsel_sees_it(bench: Bench, org: Org) -> None:
    firm, cases = bench.firm(), two(bench, org)
    together.join(org.reviewer.actor, cases, one_filing=True, reason="同一借款人两份合同")
    for case_id in cases:
        service.decide(org.reviewer.actor, ask_for(org, case_id))
    with pytest.raises(Invalid) as refused:
        handover.entrust(org.senior_reviewer.actor, firm.org_id, cases[:1])
    assert refused.value.details["cases"] == [read(org, cases[1]).number]
    assert handover.entrust(org.senior_reviewer.actor, firm.org_id, cases) == 2
    found = {row["案件号"]: row["合并起诉的案件"] for row in rows(made(firm.counsel, "received"))}
    first, second = (read(org, case_id).number for case_id in cases)
    assert found == {first: second, second: first}


def test_parted_cases_go_their_own_ways_and_may_be_joined_again(bench: Bench, org: Org) -> None:
    cases = two(bench, org)
    made_id = together.join(org.reviewer.actor, cases, one_filing=True, reason="合并")
    with pytest.raises(NotAllowed):
        together.part(org.compliance.actor, made_id, "分开")
    assert together.part(org.reviewer.actor, made_id, "分开处理") == tuple(cases)
    assert joint(org, cases[0]) is None
    with pytest.raises(NotFound):
        together.part(org.reviewer.actor, made_id, "再分")
    together.join(org.reviewer.actor, cases, one_filing=False, reason="再合并")


def test_the_page_joins_decides_together_and_parts(bench: Bench, org: Org) -> None:
    cases = two(bench, org)
    client = bench.client(org.reviewer)
    address = f"/cases/{cases[0]}/borrower"
    form = {"csrf_token": csrf(client.get(address).get_data(as_text=True)), "ids": cases, "reason": "两份合同"}
    assert client.post(f"/cases/{cases[0]}/joint", data=form).status_code == 302
    page = client.get(address).get_data(as_text=True)
    assert "一并决定 2 件" in page
    assert client.post("/review/bulk", data={"csrf_token": form["csrf_token"], "ids": cases}).status_code == 200
    found = joint(org, cases[0])
    assert found is not None
    end = f"/cases/{cases[0]}/joint/{found.joint_id}/end"
    assert client.post(end, data={"csrf_token": form["csrf_token"], "reason": "分开"}).status_code == 302
    assert joint(org, cases[0]) is None


def test_the_api_joins_and_parts(bench: Bench, org: Org) -> None:
    cases = two(bench, org)
    api = api_of(bench, org.reviewer)
    assert api.get(f"cases/{cases[0]}/joint") == {"joint": None}
    made_there = api.post("joints", {"case_ids": cases, "one_filing": True, "reason": "两份合同"}, 201)["joint"]
    assert (made_there["claimable"], len(made_there["cases"])) == ("30000.00", 2)
    assert api.get(f"cases/{cases[1]}/joint")["joint"] == made_there
    assert api.post(f"joints/{made_there['joint_id']}/end", {"reason": "分开"}, 200) == {"case_ids": cases}
    assert api.problem("POST", f"joints/{uuid4()}/end", 404, json={"reason": "分开"})["code"] == "joint.unknown"
