"""How things end: a joined suit is parted, a case closes at court and at the desk, a silence passes its last day."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from reviewdesk.clock import today
from reviewdesk.handover import service as handover
from reviewdesk.review import lapsing, service
from reviewdesk.settings import Settings
from tests.builders import Bench, Org
from tests.handover.test_service import entrustment_of
from tests.journeys.conftest import SIZES, Door, Visitor
from tests.review.helpers import ask_for, read
from tests.review.test_suits import a_suit, joint, loans

EVERY_SIZE = pytest.mark.parametrize("size", SIZES)
SMALL = {"total_claimed": 900_000, "outstanding_principal": 900_000}


@EVERY_SIZE
def test_a_joined_suit_is_parted_once(door: Door, bench: Bench, org: Org, size: str) -> None:
    cases = loans(bench, org, 3)
    a_suit(org, cases)
    early, late = door.visitor(org.reviewer, size=size), door.visitor(org.senior_reviewer, size=size)
    page = early.open(f"/cases/{cases[0]}")
    page.get_by_role("link", name="合并起诉 3 件").click()
    late.expected.add(404)
    late.open(f"/cases/{cases[0]}/borrower")
    _open_parting(early)
    expect(page.get_by_text("全部 3 件恢复为各自处理、分别起诉")).to_be_visible()
    early.look("parting")
    _part(early, "")
    expect(page.locator("#part-reason")).to_be_focused()
    _part(early, "借款人分别清偿，改为分别起诉")
    expect(page.get_by_text("已解除合并")).to_be_visible()
    expect(page.get_by_role("heading", name="合并处理同一借款人的案件")).to_be_visible()
    early.look("parted")
    assert joint(org, cases[0]) is None
    assert len(bench.events(org, "review:joint:end")) == 3
    _open_parting(late)
    _part(late, "晚了一步")
    expect(late.page.get_by_text("没有这一合并处理，或已解除")).to_be_visible()
    late.page.get_by_role("link", name="回到刚才的页面").click()
    late.page.wait_for_url(f"**/cases/{cases[0]}/borrower")


def _open_parting(visitor: Visitor) -> None:
    visitor.page.locator("#joint summary", has_text="解除合并").click()


def _part(visitor: Visitor, reason: str) -> None:
    visitor.page.locator("#part-reason").fill(reason)
    visitor.page.get_by_role("button", name="解除合并", exact=True).click()


@EVERY_SIZE
def test_counsel_closes_a_case_and_the_platform_reads_how(door: Door, bench: Bench, org: Org, size: str) -> None:
    firm, case_id = bench.firm("静安律师事务所"), bench.audited_case(org, facts=SMALL)
    service.decide(org.reviewer.actor, ask_for(org, case_id))
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])
    given = entrustment_of(org, case_id)
    handover.accept(firm.counsel.actor, given)
    handover.report_filed(firm.counsel.actor, given, today(), "佛山市南海区人民法院", "（2026）粤0605民初1号")
    counsel = door.visitor(firm.counsel, size=size)
    page = counsel.open(f"/entrustments/{given}")
    page.get_by_role("button", name="登记结案").click()
    expect(page.get_by_label("结果")).to_be_focused()
    counsel.look("closing")
    page.get_by_label("结果").fill("判决张三偿还本金9,000.00元及利息，案件受理费由被告负担。")
    page.get_by_role("button", name="登记结案").click()
    expect(page.get_by_text("已登记结案")).to_be_visible()
    expect(page.get_by_role("button", name="登记结案")).to_have_count(0)
    counsel.look("closed")
    counsel.open("/entrustments")
    expect(page.get_by_role("checkbox")).to_have_count(0)
    counsel.look("closed-entrustments")
    assert read(org, case_id).state == "closed"
    reviewer = door.visitor(org.reviewer, size=size)
    page = reviewer.open(f"/cases/{case_id}")
    expect(page.get_by_text("判决张*偿还本金9,000.00元及利息")).to_be_visible()
    expect(page.get_by_text("可以起诉")).to_have_count(0)
    reviewer.look("closed-at-desk")


@EVERY_SIZE
def test_a_settlement_is_performed_and_closed(door: Door, bench: Bench, org: Org, size: str) -> None:
    case_id = bench.audited_case(org, facts=SMALL)
    visitor = door.visitor(org.reviewer, size=size)
    page = visitor.open(f"/cases/{case_id}")
    page.get_by_label("和解").check()
    expect(page.locator("#plan")).to_contain_text("3,000.00")
    page.locator("form.decide [name=reason]").fill("借款人主动协商还款")
    page.locator("form.decide button.main").click()
    expect(page.get_by_text("已决定：和解")).to_be_visible()
    for verb, done in (("perform", "登记开始履行"), ("close", "登记履行完毕")):
        visitor.open(f"/cases/{case_id}")
        page.locator(f"details:has(input[value={verb}]) > summary").click()
        visitor.look(f"settlement-{verb}")
        page.locator(f"form:has(input[value={verb}]) button").click()
        expect(page.get_by_text(f"已完成：{done}")).to_be_visible()
    expect(page.get_by_text("应还 9,000.00")).to_be_visible()
    visitor.look("settlement-closed")
    assert read(org, case_id).state == "closed"


def a_day_passes(settings: Settings, org: Org) -> None:
    """The last day of what is silenced becomes yesterday; only the owner of the tables may say so."""
    engine = create_engine(settings.owner_database_url or "")
    with engine.begin() as owner:
        owner.execute(
            text("UPDATE finding_overrides SET until = :day WHERE org_id = :org AND until IS NOT NULL"),
            {"day": today() - timedelta(days=1), "org": org.org_id},
        )
    engine.dispose()


@EVERY_SIZE
def test_a_silence_passes_its_last_day(door: Door, bench: Bench, org: Org, settings: Settings, size: str) -> None:
    case_id = bench.audited_case(org, verdict="blocked", failed=("capacity.deceased",), facts=SMALL)
    visitor = door.visitor(org.senior_reviewer, size=size)
    page = visitor.open(f"/cases/{case_id}")
    row = page.locator("#findings > .finding-row").first
    row.locator("> summary").click()
    row.get_by_text("推翻或静默此结论").click()
    row.get_by_label("静默：截止日前不计入结论").check()
    row.get_by_label("理由").fill("户籍信息正在向公安机关核实，暂不计入。")
    row.get_by_role("button", name="记录").click()
    expect(row.get_by_label("静默截止日")).to_be_focused()
    visitor.look("silencing")
    row.get_by_label("静默截止日").fill((today() + timedelta(days=30)).isoformat())
    row.get_by_role("button", name="记录").click()
    expect(page.get_by_text("已记录，此项不再计入结论")).to_be_visible()
    expect(page.locator("header.head")).to_contain_text("可以起诉")
    a_day_passes(settings, org)
    visitor.open(f"/cases/{case_id}")
    expect(page.locator("header.head")).to_contain_text("不宜直接起诉")
    expect(page.locator("#set-aside")).to_contain_text("不再搁置 · 已到截止日")
    expect(page.get_by_text("静默已到截止日，结论待更新")).to_have_count(1)
    visitor.look("silence-passed")
    assert lapsing.sweep() >= 1
    assert read(org, case_id).failed == ["capacity.deceased"]
    visitor.open(f"/cases/{case_id}")
    expect(page.locator("#set-aside")).to_contain_text("已到截止日 · 系统")
    expect(page.get_by_text("静默已到截止日，结论待更新")).to_have_count(0)
    visitor.look("silence-ended")
