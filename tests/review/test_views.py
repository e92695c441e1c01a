"""The review desk's pages as a browser without JavaScript meets them."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.journal.service import record
from reviewdesk.review import desk, service
from reviewdesk.review.models import BulkDecision, Decision
from tests.builders import Bench, Org, csrf
from tests.review.helpers import ask_for, read


def small(bench: Bench, org: Org, **values) -> int:
    return bench.audited_case(org, facts={"total_claimed": 1_000_000, "outstanding_principal": 900_000}, **values)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def form_of(page: str, **over) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("csrf_token", "version", "run", "key")} | over


@pytest.mark.parametrize("role", ["reviewer", "senior_reviewer", "uploader", "compliance"])
def test_those_who_see_cases_see_the_queue_and_a_case(bench: Bench, role: str) -> None:
    org = bench.organisation()
    case_id = small(bench, org, verdict="blocked", failed=("claim.sum",), missing=("claim.schedule",))
    client = bench.client(org.people[role])
    page = client.get("/review?view=all").get_data(as_text=True)
    assert f"C-2026-{case_id:06d}" in page
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "1101**********002X" in page
    assert "11010519491231002X" not in page
    assert "张三" not in page


def test_an_administrator_sees_no_borrowers_data(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.administrator)
    assert client.get("/review").status_code == 403
    assert client.get(f"/cases/{case_id}").status_code == 403


def test_a_foreign_case_is_not_found(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    case_id = small(bench, org)
    assert bench.client(other.reviewer).get(f"/cases/{case_id}").status_code == 404


def test_an_empty_queue_says_so(bench: Bench) -> None:
    page = bench.client(bench.organisation().reviewer).get("/review").get_data(as_text=True)
    assert "这里没有案件" in page


def test_one_case_is_counted_as_one_in_english(bench: Bench) -> None:
    org = bench.organisation()
    client, english = bench.client(org.reviewer), {"Accept-Language": "en"}
    small(bench, org)
    assert ">1 case ·" in client.get("/review", headers=english).text
    small(bench, org)
    assert ">2 cases ·" in client.get("/review", headers=english).text
    assert ">2 件 ·" in client.get("/review").text


def test_taking_the_next_case_and_deciding(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.reviewer)
    token = csrf(client.get("/review").get_data(as_text=True))
    answer = client.post("/review/next", data={"csrf_token": token})
    assert answer.headers["Location"].endswith(f"/cases/{case_id}")
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "由您领取" in page
    answer = client.post(f"/cases/{case_id}/decide", data=form_of(page, choice="approve", reason="资料齐全"))
    assert answer.status_code == 302
    assert read(org, case_id).state == "approved"


def test_the_next_case_follows_the_filters_but_not_the_view_of_what_is_taken(bench: Bench) -> None:
    org = bench.organisation()
    small(bench, org)
    blocked = small(bench, org, verdict="blocked", failed=("claim.sum",))
    client = bench.client(org.reviewer)
    token = csrf(client.get("/review").get_data(as_text=True))
    answer = client.post("/review/next?verdict=blocked&view=mine", data={"csrf_token": token})
    assert f"/cases/{blocked}?" in answer.headers["Location"]
    answer = client.post("/review/next?verdict=blocked&view=mine", data={"csrf_token": token})
    assert "/review?" in answer.headers["Location"]


def test_sending_the_form_twice_decides_once(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.reviewer)
    data = form_of(client.get(f"/cases/{case_id}").get_data(as_text=True), choice="escalate", reason="存疑")
    for _ in range(2):
        assert client.post(f"/cases/{case_id}/decide", data=data).status_code == 302
    assert len(bench.events(org, "review:case:escalate")) == 1


def test_a_stale_page_shows_what_changed_and_keeps_what_was_typed(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.senior_reviewer)
    data = form_of(client.get(f"/cases/{case_id}").get_data(as_text=True), choice="return", reason="缺放款凭证")
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate", reason="金额存疑"))
    answer = client.post(f"/cases/{case_id}/decide", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "已上报" in page
    assert "金额存疑" in page
    assert 'value="缺放款凭证"' in page
    answer = client.post(f"/cases/{case_id}/decide", data=form_of(page, choice="return", reason="缺放款凭证"))
    assert answer.status_code == 302
    assert read(org, case_id).state == "returned"


def test_a_form_without_a_reason_comes_back_with_the_error(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.reviewer)
    data = form_of(client.get(f"/cases/{case_id}").get_data(as_text=True), choice="approve", reason=" ")
    answer = client.post(f"/cases/{case_id}/decide", data=data)
    assert answer.status_code == 422
    assert "请写明理由" in answer.get_data(as_text=True)


def test_missing_facts_must_be_acknowledged_on_the_page(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org, verdict="attention", missing=("claim.schedule",))
    client = bench.client(org.reviewer)
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    answer = client.post(f"/cases/{case_id}/decide", data=form_of(page, choice="approve", reason="可以"))
    assert answer.status_code == 422
    seen = hidden(page, "seen")
    answer = client.post(f"/cases/{case_id}/decide", data=form_of(page, choice="approve", reason="可以", seen=seen))
    assert answer.status_code == 302
    assert read(org, case_id).state == "approved"


TERMS = {"choice": "settle", "kind": "instalments", "count": "3", "reason": "愿意分期"}


def test_the_plan_is_computed_while_it_is_typed(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.reviewer)
    token = csrf(client.get(f"/cases/{case_id}").get_data(as_text=True))
    first = (today() + timedelta(days=30)).isoformat()
    htmx = {"HX-Request": "true"}
    page = client.post(
        f"/cases/{case_id}/plan", data={**TERMS, "first_due_on": first, "csrf_token": token}, headers=htmx
    ).get_data(as_text=True)
    assert page.count("3,000.00") == 3
    assert read(org, case_id).state == "in_review"
    wrong = {**TERMS, "first_due_on": today().isoformat(), "csrf_token": token}
    assert "首期应在约定日" in client.post(f"/cases/{case_id}/plan", data=wrong, headers=htmx).get_data(as_text=True)
    many = {**TERMS, "count": "12", "first_due_on": first, "csrf_token": token}
    assert "须高级审核员复核" in client.post(f"/cases/{case_id}/plan", data=many, headers=htmx).get_data(as_text=True)
    half = {"kind": "instalments", "csrf_token": token}
    assert client.post(f"/cases/{case_id}/plan", data=half, headers=htmx).status_code == 200


def test_settling_on_the_page(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.reviewer)
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    first = (today() + timedelta(days=30)).isoformat()
    answer = client.post(f"/cases/{case_id}/decide", data=form_of(page, **TERMS, first_due_on=first))
    assert answer.status_code == 302
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "和解方案" in page
    assert page.count('<td class="num">3,000.00</td>') == 3


def test_revealing_a_field_on_the_page(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.reviewer)
    token = csrf(client.get(f"/cases/{case_id}").get_data(as_text=True))
    data = {"csrf_token": token, "reason": "核对身份"}
    page = client.post(f"/cases/{case_id}/reveal/id_no", data=data, headers={"HX-Request": "true"})
    assert "11010519491231002X" in page.get_data(as_text=True)
    assert len(bench.events(org, "review:case:reveal")) == 1
    refused = client.post(f"/cases/{case_id}/reveal/id_no", data={"csrf_token": token}, headers={"HX-Request": "true"})
    assert refused.status_code == 422


def test_comments_and_files_on_the_page(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.uploader)
    token = csrf(client.get(f"/cases/{case_id}").get_data(as_text=True))
    client.post(f"/cases/{case_id}/comments", data={"csrf_token": token, "text": "<b>已核实</b>"})
    file = (io.BytesIO(b"%PDF-1.7 proof"), "../放款凭证.pdf")
    client.post(f"/cases/{case_id}/files", data={"csrf_token": token, "file": file})
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "&lt;b&gt;已核实" in page
    link = re.search(rf'href="(/cases/{case_id}/files/[^"]+)">放款凭证.pdf', page)
    assert link
    got = client.get(link.group(1))
    assert got.data == b"%PDF-1.7 proof"
    assert "attachment" in got.headers["Content-Disposition"]
    other = bench.client(bench.organisation().reviewer)
    assert other.get(link.group(1)).status_code == 404
    empty = client.post(f"/cases/{case_id}/files", data={"csrf_token": token, "file": (io.BytesIO(b""), "a.pdf")})
    assert empty.status_code == 422


def test_second_approval_on_the_pages(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org, verdict="blocked", failed=("claim.sum",))
    reviewer = bench.client(org.reviewer)
    page = reviewer.get(f"/cases/{case_id}").get_data(as_text=True)
    reviewer.post(f"/cases/{case_id}/decide", data=form_of(page, choice="approve", reason="已核实"))
    with unit_of_work(org.reviewer.actor) as work:
        decision = work.session.query(Decision).filter_by(case_id=case_id).one()
    address = f"/approvals/{decision.decision_id}"
    page = reviewer.get("/approvals").get_data(as_text=True)
    assert "须高级审核员复核" in page
    token = csrf(page)
    assert reviewer.post(address, data={"csrf_token": token, "agree": "yes"}).status_code == 403
    assert [e.outcome for e in bench.events(org, "review:decision:confirm")] == ["refused"]
    senior = bench.client(org.senior_reviewer)
    token = csrf(senior.get("/approvals").get_data(as_text=True))
    given = {"csrf_token": token, "decisions": str(decision.decision_id), "reason": ""}
    unexplained = senior.post("/approvals", data=given | {"agree": "no"})
    assert unexplained.status_code == 422
    assert "请写明不同意的理由" in unexplained.text
    assert f'value="{decision.decision_id}" checked' in unexplained.text
    assert senior.post("/approvals", data=given | {"agree": "yes"}).status_code == 302
    assert read(org, case_id).state == "approved"
    page = reviewer.get(f"/cases/{case_id}").get_data(as_text=True)
    assert f"{org.senior_reviewer.name} ·" in page


def test_bulk_on_the_pages(bench: Bench) -> None:
    org = bench.organisation()
    ids = [small(bench, org) for _ in range(3)]
    client = bench.client(org.reviewer)
    token = csrf(client.get("/review").get_data(as_text=True))
    page = client.post("/review/bulk", data={"csrf_token": token, "scope": "selected", "ids": ids[:2]}).get_data(
        as_text=True
    )
    assert "批量处理 2 件" in page
    data = {"csrf_token": token, "scope": "selected", "ids": ids[:2], "choice": "escalate", "reason": "存疑"}
    address = client.post("/review/bulk", data=data).headers["Location"]
    assert "以下为预览" in client.get(address).get_data(as_text=True)
    assert client.post(f"{address}/run", data={"csrf_token": token}).status_code == 302
    bench.run_jobs(org)
    assert not bench.failed_jobs(org)
    page = client.get(address).get_data(as_text=True)
    assert "已完成" in page
    assert [read(org, case_id).state for case_id in ids] == ["escalated", "escalated", "in_review"]
    whole = client.post("/review/bulk?view=all", data={"csrf_token": token, "scope": "all"}).get_data(as_text=True)
    assert "批量处理 3 件" in whole
    with unit_of_work(org.reviewer.actor) as work:
        assert work.session.query(BulkDecision).count() == 1


def test_plain_moves_assignment_and_release_on_the_page(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
    client = bench.client(org.senior_reviewer)
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "交回审核员" in page
    data = {
        "csrf_token": csrf(page),
        "verb": "hand_back",
        "version": read(org, case_id).version,
        "reason": "可自行决定",
    }
    client.post(f"/cases/{case_id}/moves", data=data)
    assert read(org, case_id).state == "in_review"
    client.post(f"/cases/{case_id}/assign", data={"csrf_token": csrf(page), "assignee": str(org.reviewer.person_id)})
    assert read(org, case_id).assignee_id == org.reviewer.person_id
    client.post(f"/cases/{case_id}/release", data={"csrf_token": csrf(page)})
    assert read(org, case_id).assignee_id is None
    stale = client.post(f"/cases/{case_id}/moves", data=data)
    assert stale.status_code == 409


def test_anothers_claim_is_shown_and_bars_the_form(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    other = bench.person(org, "reviewer")
    desk.claim(other.actor, case_id)
    page = bench.client(org.reviewer).get(f"/cases/{case_id}").get_data(as_text=True)
    assert f"{other.name} 正在处理本案" in page
    assert 'name="choice"' not in page


def test_filters_page_through_the_address(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    client = bench.client(org.reviewer)
    page = client.get("/review?verdict=blocked").get_data(as_text=True)
    assert "这里没有案件" in page
    assert client.get("/review?verdict=gone").status_code == 422
    refused = client.get("/review?amount_from=很多&overdue_from=90")
    assert refused.status_code == 422
    assert "筛选条件无法识别" in refused.text
    assert 'value="很多"' in refused.text
    assert 'value="90"' in refused.text
    assert f"/cases/{case_id}" in refused.text


@pytest.mark.parametrize("text", ["张三", "11010519491231002X", "13800138000"])
def test_personal_data_is_not_searched_for_in_an_address(bench: Bench, text: str) -> None:
    client = bench.client(bench.organisation().reviewer)
    assert client.get("/review", query_string={"text": text}).status_code == 422
    assert client.get("/review", query_string={"text": "HT00000001"}).status_code == 200


def test_the_verdicts_of_a_batch_lead_to_the_queue(bench: Bench) -> None:
    org = bench.organisation()
    batch = bench.batch(org)
    small(bench, org, batch_id=batch, verdict="blocked", failed=("claim.sum",))
    small(bench, org, batch_id=batch, verdict="attention", missing=("rate.claim_cap",))
    small(bench, org, batch_id=batch)
    page = bench.client(org.uploader).get(f"/batches/{batch}/verdicts").get_data(as_text=True)
    assert f"batch={batch}&amp;verdict=blocked" in page
    assert "check=claim.sum&amp;outcome=fail" in page
    assert "check=rate.claim_cap&amp;outcome=missing" in page
    narrowed = bench.client(org.reviewer).get(f"/review?batch={batch}&check=rate.claim_cap&outcome=missing").text
    assert f'href="/review?batch={batch}&amp;check=rate.claim_cap"' in narrowed
    assert bench.client(bench.organisation().uploader).get(f"/batches/{batch}/verdicts").status_code == 404
    empty = bench.client(org.uploader).get(f"/batches/{bench.batch(org)}/verdicts").get_data(as_text=True)
    assert "尚无结论" in empty


def test_what_cannot_be_computed_is_no_claim_of_nothing(bench: Bench) -> None:
    org = bench.organisation()
    client, batch = bench.client(org.uploader), bench.batch(org)
    bench.audited_case(org, batch, facts={"outstanding_principal": 900_000}, missing=("claim.calculated_to",))
    page = client.get(f"/batches/{batch}/verdicts").text
    tile = page[page.index("可主张合计") :]
    assert tile.index("—") < tile.index("1 件缺资料，算不出")
    small(bench, org, batch_id=batch)
    assert "¥10,000.00" in client.get(f"/batches/{batch}/verdicts").text


def test_facts_stand_under_their_headings(bench: Bench) -> None:
    org = bench.organisation()
    page = bench.client(org.reviewer).get(f"/cases/{small(bench, org)}").text
    facts = page[page.index('id="facts"') : page.index('id="files"')]
    headings = re.findall(r"<h3>(.*?)</h3>", facts)
    assert headings == ["当事人与合同", "欠款与还款"]
    assert facts.index("借款人姓名") < facts.index("<h3>欠款与还款</h3>") < facts.index("未还本金")


def test_history_tells_what_happened(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    desk.claim(org.reviewer.actor, case_id)
    desk.reveal(org.reviewer.actor, case_id, "mobile", "联系借款人")
    page = bench.client(org.reviewer).get(f"/cases/{case_id}").get_data(as_text=True)
    assert "领取案件" in page
    assert "联系借款人" in page


def test_history_tells_of_a_batch_what_is_true_of_each_of_its_cases(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    with unit_of_work(org.uploader.actor.as_job(uuid4())) as work:
        batch = work.execute("SELECT batch_id FROM cases WHERE case_id = :id", id=case_id).scalar_one()
        sums = {"state": "loading", "counts": {"loaded": 381_762_943}, "sums": {"principal": 1_230_030_000}}
        record(work, "intake:batch:load", ("batch", str(batch)), new=sums, batch_id=batch)
        record(work, "intake:batch:make_errors", ("batch", str(batch)), batch_id=batch)
        audited = {"policy": "CN-2026.1", "verdicts": {"clear": 118, "blocked": 5}}
        record(work, "audit:case:run", ("batch", str(batch)), new=audited, batch_id=batch, cases=[case_id])
    page = bench.client(org.reviewer).get(f"/cases/{case_id}").get_data(as_text=True)
    assert "导入案件</li>" in page
    assert "审核案件：审核策略 CN-2026.1</li>" in page
    assert "381762943" not in page.replace(",", "")
    assert "错误工作簿" not in page
    assert "（后台作业）" in page
