"""A case that is clear only because findings are set aside is told apart from a clean one, wherever it is shown."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.handover import service as handover
from reviewdesk.review import bulk_deciding, overriding, queries, service, telling
from reviewdesk.review.overrides import Kind
from reviewdesk.review.overriding import Wish
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import Verb
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.handover.test_pack import pack_of
from tests.handover.test_service import entrustment_of
from tests.review.helpers import ask_for, read
from tests.review.test_statements import FACTS

CAP, SUM = "rate.claim_cap", "claim.sum"
WHY = "借款人已另行书面确认该笔费用"


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def aside(org: Org, case_id: int, *checks: str, kind: str = "override", days: int | None = None) -> int:
    """The same case with the findings of these checks set aside, silenced for `days`."""
    until = None if days is None else today() + timedelta(days=days)
    for check in checks:
        case = read(org, case_id)
        wish = Wish(case_id, check, Kind(kind), WHY, case.version, case.run_id, until=until)
        overriding.set_aside(org.senior_reviewer.actor, wish)
    return case_id


def failing(bench: Bench, org: Org, *checks: str, **values: object) -> int:
    facts = {**FACTS, "total_claimed": 886_621}
    found = {"verdict": "blocked", "failed": checks or (CAP,), "facts": facts, "claimed": 886_621}
    return bench.audited_case(org, **found | values)


def test_the_queue_tells_it_from_a_clean_case(bench: Bench, org: Org) -> None:
    clean = bench.audited_case(org)
    hidden = aside(org, failing(bench, org, CAP, SUM), CAP, SUM)
    partly = aside(org, failing(bench, org, CAP, SUM), SUM)
    with unit_of_work(org.reviewer.actor) as work, bench.app.test_request_context():
        rows = {row.case_id: row for row in queries.queue(work, Filters())}
        assert {number: row.set_aside for number, row in rows.items()} == {clean: [], hidden: [SUM, CAP], partly: [SUM]}
        assert (rows[clean].verdict, rows[hidden].verdict) == ("clear", "clear")
        assert telling.queue_line(rows[clean]) == "全部通过"
        assert telling.queue_line(rows[hidden]) == "2 项被搁置，其余通过"
        assert telling.queue_line(rows[partly]).endswith(" · 1 项被搁置")
        assert [telling.queue_tone(rows[one]) for one in (clean, hidden, partly)] == ["pass", "info", "fail"]
        found = {
            way: {row.case_id for row in queries.queue(work, Filters(overrides=way, verdict="clear"))}
            for way in ("any", "none")
        }
    assert found == {"any": {hidden}, "none": {clean}}


def test_the_pages_say_so(bench: Bench, org: Org) -> None:
    batch_id = bench.batch(org)
    hidden = aside(org, bench.audited_case(org, batch_id, verdict="blocked", failed=(CAP, SUM)), CAP, SUM)
    bench.audited_case(org, batch_id, limitation_expiry=today())
    client = bench.client(org.reviewer)
    assert '<span class="badge info">2 项被搁置</span>' in client.get(f"/cases/{hidden}").get_data(as_text=True)
    verdicts = client.get(f"/batches/{batch_id}/verdicts").get_data(as_text=True)
    assert "其中有结论被搁置的" in verdicts
    assert f"batch={batch_id}&amp;verdict=clear&amp;overrides=any&amp;state=any" in verdicts
    assert f"/review/bulk/withdrawals?batch={batch_id}&amp;check={CAP}&amp;overrides=any" in verdicts
    assert "通过，有结论被搁置 1" in " ".join(client.get("/").get_data(as_text=True).split())
    assert "2 项被搁置" in client.get("/review?overrides=any").get_data(as_text=True)


def test_second_approvals_and_search_say_so(bench: Bench, org: Org) -> None:
    hidden = aside(org, failing(bench, org, CAP, SUM), CAP)
    assert service.decide(org.reviewer.actor, ask_for(org, hidden)).state == "waiting"
    client = bench.client(org.senior_reviewer)
    assert "1 项被搁置" in client.get("/approvals").get_data(as_text=True)
    bench.audited_case(org)
    page = client.get("/").get_data(as_text=True)
    found = client.post("/search", data={"csrf_token": csrf(page), "q": "张三"}).get_data(as_text=True)
    assert "找到 2 件" in found
    assert found.count("1 项被搁置") == 1


def test_work_in_bulk_shows_it_for_each_case(bench: Bench, org: Org) -> None:
    hidden, clean = aside(org, failing(bench, org), CAP), bench.audited_case(org)
    made = bulk_deciding.preview(org.reviewer.actor, Verb.ESCALATE, "请高级审核确认", ids=[hidden, clean])
    page = bench.client(org.reviewer).get(f"/review/bulk/{made.bulk_id}").get_data(as_text=True)
    assert page.count("1 项被搁置") == 1
    items = api_of(bench, org.reviewer).get(f"bulk-decisions/{made.bulk_id}/cases")["items"]
    assert [(one["verdict"], one["set_aside"]) for one in items] == [("clear", 1), ("clear", 0)]


def test_the_api_names_the_checks_and_counts_the_cases(bench: Bench, org: Org) -> None:
    batch_id = bench.batch(org)
    hidden = aside(org, bench.audited_case(org, batch_id, verdict="blocked", failed=(CAP,)), CAP)
    clean = bench.audited_case(org, batch_id)
    api = api_of(bench, org.reviewer)
    assert api.get(f"cases/{hidden}")["set_aside"] == [CAP]
    listed = {one["case_id"]: one["set_aside"] for one in api.get("cases?verdict=clear")["items"]}
    assert listed == {hidden: [CAP], clean: []}
    assert [one["case_id"] for one in api.get("cases?overrides=none")["items"]] == [clean]
    batch = api_of(bench, org.uploader).get(f"batches/{batch_id}")
    assert batch["verdicts"] == {"blocked": 0, "attention": 0, "clear": 2}
    assert batch["overridden"] == {"blocked": 0, "attention": 0, "clear": 1}


def test_a_silence_that_is_over_is_told_only_where_a_decision_rests_on_it(
    bench: Bench, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, decided = (aside(org, failing(bench, org), CAP, kind="silence", days=1) for _ in range(2))
    service.decide(org.reviewer.actor, ask_for(org, decided))
    later = today() + timedelta(days=2)
    for module in ("reviewdesk.review.queries", "reviewdesk.review.overrides"):
        monkeypatch.setattr(f"{module}.today", lambda: later)
    with unit_of_work(org.reviewer.actor) as work:
        rows = {row.case_id: row.set_aside for row in queries.queue(work, Filters(state="any"))}
        assert rows == {waiting: [], decided: [CAP]}
        assert [row.case_id for row in queries.queue(work, Filters(state="any", overrides="any"))] == [decided]
    assert api_of(bench, org.reviewer).get(f"cases/{decided}")["set_aside"] == [CAP]


def test_the_statement_carries_reason_and_name(bench: Bench, org: Org) -> None:
    case_id = aside(org, failing(bench, org), CAP)
    line = f"推翻，{org.senior_reviewer.name} {today()}）：{WHY}"
    client = bench.client(org.reviewer)
    assert line in client.get(f"/cases/{case_id}/statement").get_data(as_text=True)
    book = openpyxl.load_workbook(BytesIO(client.get(f"/cases/{case_id}/statement.xlsx").get_data()))
    told = dict(book["债权计算书"].iter_rows(max_col=2, values_only=True))
    assert line in told["被搁置的审核项"]
    (said,) = api_of(bench, org.reviewer).get(f"cases/{case_id}/statement")["set_aside"]
    assert said["zh"].endswith(line)
    assert f"overridden, {org.senior_reviewer.name}" in said["en"]
    plain = failing(bench, org)
    pages = [client.get(f"/cases/{one}/statement.pdf").get_data().count(b"/Type /Page\n") for one in (plain, case_id)]
    assert pages[1] == pages[0] + 1


def test_pack_and_counsel_get_them_too(bench: Bench, org: Org) -> None:
    firm = bench.firm()
    case_id = aside(org, failing(bench, org, CAP, SUM), CAP, SUM)
    service.decide(org.reviewer.actor, ask_for(org, case_id))
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])
    with ZipFile(pack_of(firm.counsel, "received")) as pack:
        (name,) = (one for one in pack.namelist() if one.endswith("被搁置的审核项.txt"))
        lines = pack.read(name).decode().splitlines()
        (statement,) = (one for one in pack.namelist() if "债权计算书" in one and one.endswith(".xlsx"))
        told = list(openpyxl.load_workbook(BytesIO(pack.read(statement)))["债权计算书"].iter_rows(values_only=True))
        about = dict(openpyxl.load_workbook(BytesIO(pack.read("案件表.xlsx")))["说明"].iter_rows(values_only=True))
    assert len(lines) == 2
    assert all(WHY in line and org.senior_reviewer.name in line and f"C-2026-{case_id:06d}" in line for line in lines)
    assert [WHY in str(value) for what, value in told if what == "被搁置的审核项"] == [True, True]
    assert "1 件案件有" in str(about["被搁置的审核项"])
    given = entrustment_of(org, case_id)
    kept = api_of(bench, firm.counsel).get(f"entrustments/{given}")["overrides"]
    assert {(one["check"], one["reason"], one["by"]) for one in kept} == {
        (check, WHY, org.senior_reviewer.name) for check in (CAP, SUM)
    }
    assert "2 项被搁置" in bench.client(firm.counsel).get(f"/entrustments/{given}").get_data(as_text=True)


def test_a_pack_without_any_says_nothing_of_them(bench: Bench, org: Org) -> None:
    service.decide(org.reviewer.actor, ask_for(org, failing(bench, org, verdict="clear", failed=())))
    with ZipFile(pack_of(org.senior_reviewer, "approved")) as pack:
        assert not [name for name in pack.namelist() if "搁置" in name]
