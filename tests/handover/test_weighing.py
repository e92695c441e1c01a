"""The risks of suing the cases of a batch: made by a worker when its audit is done, and whenever asked for."""

import io
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from reviewdesk import outbox
from reviewdesk.actor import system
from reviewdesk.audit import service as audit
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, NotFound
from reviewdesk.handover import service as handover
from reviewdesk.handover import weighing
from reviewdesk.money import fen
from reviewdesk.review import service as review
from reviewdesk.review import together
from tests.api.helpers import api_of
from tests.builders import Bench, Org
from tests.handover.test_service import entrustment_of
from tests.review.helpers import ask_for, read
from tests.review.test_statements import FACTS

HOME = {"id_address": "广东省佛山市南海区桂城街道1号"}


def an_audited_batch(bench: Bench, org: Org, *cases: dict[str, Any], id_no: str | None = None) -> UUID:
    """A batch whose cases the workers have audited and weighed; of borrowers of their own, or of one."""
    batch_id = bench.batch(org, state="auditing")
    for number, changes in enumerate(cases, 1):
        facts = {**FACTS, "days_overdue": 400, "lender_name": "甲消费金融", **changes}
        bench.case(org, batch_id, facts=facts, personal={**HOME, "id_no": id_no or f"1101051949123100{number:02d}"})
    with unit_of_work(org.uploader.actor) as work:
        outbox.add(work, audit.BATCH_JOB, {"batch_id": str(batch_id)}, key=str(batch_id))
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    return batch_id


THREE = (
    {"agreed_court": "佛山市南海区人民法院"},
    {"agreed_court": "北京市海淀区人民法院", "lender_name": "乙小贷"},
    {"agreed_court": "佛山市南海区人民法院", "days_overdue": None, "total_claimed": fen("900.00")},
)


def test_the_sums_of_page_api_and_workbook_are_those_of_the_cases(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = an_audited_batch(bench, org, *THREE)
    api = api_of(bench, org.reviewer)
    told = api.get(f"batches/{batch_id}/weighing")
    figures = {one["name"]: one for one in told["figures"]}
    numbers = [one["case_id"] for one in api.get(f"cases?batch={batch_id}&state=any")["items"]]
    single = [api.call("GET", f"cases/{case_id}/weighing") for case_id in numbers]
    weighed = [{one["name"]: one for one in got.get_json()["figures"]} for got in single if got.status_code == 200]
    assert told["cases"] == len(weighed)
    assert told["cases"] + told["unweighed"] == 3
    for name in ("claim", "expected", "fee", "lawyer", "cost", "net"):
        assert Decimal(figures[name]["value"]) == sum(Decimal(one[name]["value"]) for one in weighed), name

    page = bench.client(org.compliance).get(f"/batches/{batch_id}/weighing").get_data(as_text=True)
    assert f"¥{Decimal(figures['expected']['value']):,.2f}" in page
    for shown in ("佛山市南海区人民法院", "北京市海淀区人民法院", "乙小贷", "声誉影响", "各出借人每月起诉数"):
        assert shown in page

    assert api.problem("GET", f"batches/{batch_id}/weighing.xlsx", 409)["code"] == "weighing.no_book"
    api.post(f"batches/{batch_id}/weighing", status=202)
    bench.run_jobs(org)
    answer = api.call("GET", f"batches/{batch_id}/weighing.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    header, *rows = book["案件"].iter_rows(values_only=True)
    net = header.index("预计净额")
    assert round(sum(row[net] for row in rows), 2) == float(figures["net"]["value"])
    front = {row[0]: row for row in book["测算"].iter_rows(values_only=True)}
    assert front["预计净额合计"][2] == float(figures["net"]["value"])
    assert len(bench.events(org, "handover:weighing:download")) == 1
    assert "下载 XLSX" in bench.client(org.reviewer).get(f"/batches/{batch_id}/weighing").get_data(as_text=True)


def test_courts_lenders_and_links(bench: Bench) -> None:
    org = bench.organisation()
    told = api_of(bench, org.compliance).get(f"batches/{an_audited_batch(bench, org, *THREE[:2])}/weighing")
    courts = {one["name"]: one for one in told["courts"]}
    assert courts["北京市海淀区人民法院"]["far"] == 1
    assert courts["佛山市南海区人民法院"]["far"] == 0
    assert {one["name"] for one in told["lenders"]} == {"甲消费金融", "乙小贷"}


def test_suits_of_the_whole_organisation_are_counted_by_lender_and_month(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    other = bench.audited_case(org, facts={"total_claimed": 100_000, "lender_name": "甲消费金融"})
    review.decide(org.reviewer.actor, ask_for(org, other))
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [other])
    given = entrustment_of(org, other)
    handover.accept(firm.counsel.actor, given)
    handover.report_filed(firm.counsel.actor, given, today(), "佛山市南海区人民法院", "(2026)粤0605民初1号")
    told = api_of(bench, org.compliance).get(f"batches/{an_audited_batch(bench, org, *THREE[:1])}/weighing")
    (suits,) = told["suits"]
    assert suits == {
        "lender": "甲消费金融",
        "months": {f"{today():%Y-%m}": 1},
        "filed": 1,
        "batch": 1,
        "accounts": 2,
    }
    (indicator,) = [one for one in told["indicators"] if one["figure"]["name"] == "suits_per_thousand"]
    assert (indicator["figure"]["value"], indicator["reached"]) == ("1000", True)


def test_it_says_when_cases_were_changed_since(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = an_audited_batch(bench, org, *THREE[:1])
    api = api_of(bench, org.senior_reviewer)
    assert api.get(f"batches/{batch_id}/weighing")["changed_since"] == 0
    with unit_of_work(system(org.org_id)) as work:
        work.execute(
            "UPDATE batch_weighings SET made_at = made_at - interval '1 day' WHERE org_id = :org", org=org.org_id
        )
    assert api.get(f"batches/{batch_id}/weighing")["changed_since"] == 1
    page = bench.client(org.reviewer).get(f"/batches/{batch_id}/weighing").get_data(as_text=True)
    assert "测算之后有变化" in page
    answer = api.call("POST", f"batches/{batch_id}/weighing")
    assert answer.status_code == 202
    api.call("POST", f"batches/{batch_id}/weighing")
    assert "正在测算" in bench.client(org.reviewer).get(f"/batches/{batch_id}/weighing").get_data(as_text=True)
    assert bench.run_jobs(org) == 1
    assert api.get(f"batches/{batch_id}/weighing")["changed_since"] == 0
    assert len(bench.events(org, "handover:weighing:make")) == 2


def test_who_asks_while_the_first_weighing_waits_gets_the_workbook(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = an_audited_batch(bench, org, *THREE[:1])
    with unit_of_work(org.reviewer.actor) as work:
        weighing.begin(work, batch_id)
    for _ in range(2):
        weighing.ask(org.reviewer.actor, batch_id)
    assert bench.run_jobs(org) == 2
    assert api_of(bench, org.reviewer).call("GET", f"batches/{batch_id}/weighing.xlsx").status_code == 200


def test_the_job_may_run_twice(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = an_audited_batch(bench, org, *THREE[:1])
    for _ in range(2):
        with unit_of_work(system(org.org_id)) as work:
            weighing.run(work, {"batch_id": str(batch_id)}, lambda **_: None)
    assert api_of(bench, org.reviewer).get(f"batches/{batch_id}/weighing")["cases"] == 1


def test_before_the_audit_there_is_nothing_to_weigh(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = bench.batch(org)
    with pytest.raises(Conflict):
        weighing.ask(org.reviewer.actor, batch_id)
    api_of(bench, org.reviewer).problem("GET", f"batches/{batch_id}/weighing", 409)
    client = bench.client(org.reviewer)
    assert "尚未测算" in client.get(f"/batches/{batch_id}/weighing").get_data(as_text=True)
    assert client.get(f"/batches/{batch_id}/weighing.xlsx").status_code == 409


def test_roles_and_other_organisations(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    batch_id = an_audited_batch(bench, org, *THREE[:1])
    api_of(bench, org.uploader).problem("GET", f"batches/{batch_id}/weighing", 403)
    api_of(bench, other.compliance).problem("GET", f"batches/{batch_id}/weighing", 404)
    with pytest.raises(NotFound):
        weighing.ask(other.reviewer.actor, batch_id)


def test_withdrawn_cases_are_not_weighed(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = an_audited_batch(bench, org, *THREE[:2])
    case_id = api_of(bench, org.reviewer).get(f"cases?batch={batch_id}&state=any")["items"][0]["case_id"]
    review.decide(org.reviewer.actor, ask_for(org, case_id, "withdraw", reason="不再处理"))
    assert read(org, case_id).state == "withdrawn"
    weighing.ask(org.reviewer.actor, batch_id)
    bench.run_jobs(org)
    assert api_of(bench, org.reviewer).get(f"batches/{batch_id}/weighing")["cases"] == 1


LOAN = {"agreed_court": "佛山市南海区人民法院"}
SAME_PERSON = "440524188001010014"


def a_batch_with_a_suit(bench: Bench, org: Org) -> tuple[UUID, list[int]]:
    """A batch of four loans of one borrower, 8,865.44 each, of which the first two are joined."""
    batch_id = an_audited_batch(bench, org, LOAN, LOAN, LOAN, LOAN, id_no=SAME_PERSON)
    items = api_of(bench, org.reviewer).get(f"cases?batch={batch_id}&state=any")["items"]
    cases = sorted(one["case_id"] for one in items)
    together.join(org.reviewer.actor, cases[:2], one_filing=True, reason="同一借款人，同一出借人")
    return batch_id, cases


def weighed_anew(bench: Bench, org: Org, batch_id: UUID) -> dict[str, Any]:
    weighing.ask(org.reviewer.actor, batch_id)
    bench.run_jobs(org)
    told: dict[str, Any] = api_of(bench, org.compliance).get(f"batches/{batch_id}/weighing")
    return told


def test_a_joined_suit_costs_once_and_counts_once(bench: Bench) -> None:
    """By hand: 121.64 of the suit over 17,730.88, and 25.00 each of the two cases that go alone: 171.64."""
    org = bench.organisation()
    batch_id, cases = a_batch_with_a_suit(bench, org)
    api = api_of(bench, org.compliance)
    assert api.get(f"batches/{batch_id}/weighing")["changed_since"] == 2
    told = weighed_anew(bench, org, batch_id)
    figures = {one["name"]: one["value"] for one in told["figures"]}
    assert (told["cases"], told["filings"], told["changed_since"]) == (4, 3, 0)
    assert (figures["fee"], figures["service"]) == ("171.64", "90.00")
    assert sum(Decimal(fee_of(api, case_id)) for case_id in cases) == Decimal("171.64")
    (court,) = told["courts"]
    assert (court["cases"], court["filings"], court["far"]) == (4, 3, 0)
    (lender,) = told["suits"]
    assert (lender["batch"], lender["accounts"]) == (3, 4)
    shown = {one["figure"]["name"]: one["figure"]["sum"] for one in told["indicators"]}
    assert (shown["one_court"], shown["suits_per_thousand"]) == ("3 ÷ 3", "(0 + 3) ÷ 4 × 1000")
    page = bench.client(org.reviewer).get(f"/batches/{batch_id}/weighing").get_data(as_text=True)
    assert "4 件，合并起诉后 3 个诉讼" in page
    book = openpyxl.load_workbook(io.BytesIO(api.call("GET", f"batches/{batch_id}/weighing.xlsx").data))
    header, *rows = book["案件"].iter_rows(values_only=True)
    fees = {row[header.index("合并起诉")]: row[header.index("案件受理费")] for row in rows}
    assert fees == {"、".join(read(org, case_id).number for case_id in cases[:2]): 60.82, "": 25}


def fee_of(api: Any, case_id: int) -> str:
    told = api.get(f"cases/{case_id}/weighing")
    return str(next(one["value"] for one in told["figures"] if one["name"] == "fee"))


def test_of_a_suit_over_two_batches_each_counts_its_part(bench: Bench) -> None:
    org = bench.organisation()
    batch_id, other = (an_audited_batch(bench, org, LOAN, id_no=SAME_PERSON) for _ in range(2))
    items = api_of(bench, org.reviewer).get("cases?state=any")["items"]
    cases = sorted(one["case_id"] for one in items)
    together.join(org.reviewer.actor, cases, one_filing=True, reason="同一借款人，同一出借人")
    told = [weighed_anew(bench, org, one) for one in (batch_id, other)]
    fees = [next(one["value"] for one in of["figures"] if one["name"] == "fee") for of in told]
    assert (fees, [of["filings"] for of in told]) == (["60.82", "60.82"], [1, 1])
    with unit_of_work(system(org.org_id)) as work:
        work.execute(
            "UPDATE audit_runs SET created_at = now() + interval '1 hour' WHERE org_id = :org AND case_id = :case",
            org=org.org_id,
            case=cases[1],
        )
    assert api_of(bench, org.compliance).get(f"batches/{batch_id}/weighing")["changed_since"] == 1


def test_a_case_of_a_suit_without_days_overdue_is_named_with_the_costs_left_out(bench: Bench) -> None:
    """Two of 8,865.44 cost 121.64 + 30 + 531.92 as one suit; each bears half, and only the first is in the totals."""
    org = bench.organisation()
    unknown = {"days_overdue": None, "total_claimed": fen("8865.44")}
    batch_id = an_audited_batch(bench, org, LOAN, {**LOAN, **unknown}, id_no=SAME_PERSON)
    api = api_of(bench, org.compliance)
    cases = sorted(one["case_id"] for one in api.get(f"cases?batch={batch_id}&state=any")["items"])
    together.join(org.reviewer.actor, cases, one_filing=True, reason="同一借款人，同一出借人")
    told = weighed_anew(bench, org, batch_id)
    figures = {one["name"]: one for one in told["figures"]}
    assert (told["cases"], told["unweighed"]) == (1, 1)
    assert (figures["cost"]["value"], figures["unborne"]["value"]) == ("341.78", "341.78")
    assert read(org, cases[1]).number in figures["unborne"]["formula"]["zh"]
    page = bench.client(org.reviewer).get(f"/batches/{batch_id}/weighing").get_data(as_text=True)
    assert "有 1 件逾期天数不明，其应分担的诉讼费用 ¥341.78 未计入成本合计" in page


def test_the_workbook_tells_which_verdicts_rest_on_findings_that_are_set_aside(bench: Bench) -> None:
    org = bench.organisation()
    batch_id = an_audited_batch(bench, org, *THREE)
    api = api_of(bench, org.senior_reviewer)
    case = next(one for one in api.get(f"cases?batch={batch_id}")["items"] if one["missing"])
    given = {"kind": "acknowledge", "reason": "资料在另一系统，已核对无误", "case_version": case["version"]}
    asked = given | {"run_id": case["run_id"]}
    api.post(f"cases/{case['case_id']}/findings/{case['missing'][0]}/override", asked, 201)
    api.post(f"batches/{batch_id}/weighing", status=202)
    bench.run_jobs(org)
    book = openpyxl.load_workbook(io.BytesIO(api.call("GET", f"batches/{batch_id}/weighing.xlsx").data))
    header, *rows = book["案件"].iter_rows(values_only=True)
    told = {row[0]: str(row[header.index("审核结论")]) for row in rows}
    assert told[case["number"]].endswith("（1 项被搁置）")
    assert [number for number, verdict in told.items() if "被搁置" in verdict] == [case["number"]]
