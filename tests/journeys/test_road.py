"""The road from the workbook to the court, each role at its own browser."""

import re
from pathlib import Path

from playwright.sync_api import expect

from reviewdesk.clock import today
from reviewdesk.sampling.writing import write_sample
from tests.builders import Bench, Org
from tests.journeys.conftest import Door, Town

MINUTE = 60_000  # milliseconds


def test_an_uploader_maps_a_messy_workbook_and_sees_where_every_row_went(door: Door, org: Org, tmp_path: Path) -> None:
    book = tmp_path / "11月拟诉清单.xlsx"
    write_sample(book, rows=300, seed=11, as_of=today(), share=0.3)
    uploader = door.visitor(org.uploader)
    page = uploader.open("/batches/new")
    page.locator("input[type=file]").set_input_files(book)
    expect(page.locator(".chosen")).to_contain_text("11月拟诉清单.xlsx")
    page.keyboard.press("Control+Enter")
    confirm = page.get_by_role("button", name=re.compile("^确认并导入"))
    expect(confirm).to_be_visible(timeout=MINUTE)
    uploader.look("road-mapping")
    for unsure in page.get_by_role("radio", name=re.compile("^说不准")).all():
        unsure.check()
    confirm.click()
    expect(page.get_by_text("已就绪")).to_be_visible(timeout=2 * MINUTE)
    expect(page.get_by_role("heading", name="审核结论")).to_be_visible()
    uploader.look("road-batch")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载未导入的行").first.click()
    assert download.value.suggested_filename.endswith(".xlsx")

    page = uploader.open("/batches/new")
    uploader.expected |= {409, 422}
    page.locator("input[type=file]").set_input_files(book)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("这个文件已经上传过")).to_be_visible()
    uploader.look("road-same-file")


def test_a_reviewer_takes_the_next_case_and_returns_it_from_the_keyboard(door: Door, town: Town) -> None:
    reviewer = door.visitor(town.people["reviewer"])
    page = reviewer.open("/review")
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/cases/\d+"))
    number = page.locator("main").get_by_text(re.compile(r"C-\d{4}-\d{6}")).first.inner_text()
    page.keyboard.press("b")
    expect(page.get_by_role("radio", name=re.compile("退回补充"))).to_be_checked()
    reviewer.look("road-return")
    page.locator("#reason").fill("缺放款凭证，请补充")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("退回补充")
    assert number


def test_revealing_needs_a_reason_and_shows_one_field(door: Door, town: Town) -> None:
    reviewer = door.visitor(town.people["reviewer"])
    page = reviewer.open(f"/cases/{town.ids['case_id']}")
    fact = page.locator("dl.facts > div").filter(has_text="身份证号").first
    expect(fact).to_contain_text("**********")
    page.keyboard.press("r")
    fact.locator("input[name=reason]").fill("核对身份")
    fact.get_by_role("button").click()
    expect(fact).to_contain_text(re.compile(r"\d{17}[\dX]"))


def test_a_senior_reviewer_confirms_what_a_reviewer_proposed(door: Door, town: Town) -> None:
    senior = door.visitor(town.people["senior_reviewer"])
    page = senior.open("/approvals")
    boxes = page.locator("input[name=decisions]")
    before = boxes.count()
    assert before >= 1
    boxes.first.check()
    page.locator("#reason").fill("证据已补齐，同意")
    page.get_by_role("button", name="同意所选", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("已复核 1 件")
    expect(page.locator("input[name=decisions]")).to_have_count(before - 1)


def test_counsel_accepts_and_reports_the_filing(door: Door, town: Town) -> None:
    counsel = door.visitor(town.people["counsel"])
    page = counsel.open("/entrustments?state=offered")
    page.get_by_role("link", name=re.compile(r"C-\d{4}-\d{6}")).first.click()
    counsel.look("road-entrusted")
    page.get_by_role("button", name="接受委托").click()
    expect(page.locator("#toasts")).to_contain_text("已接受委托")
    page.locator("#court").fill("杭州互联网法院")
    page.locator("#docket").fill("（2026）浙0192民初1号")
    page.get_by_role("button", name="登记立案").click()
    expect(page.locator("#toasts")).to_contain_text("已登记立案")
    counsel.look("road-filed")


def test_compliance_finds_refused_attempts_and_exports_the_journal(door: Door, town: Town) -> None:
    nosy = door.visitor(town.people["reviewer"])
    nosy.expected.add(403)
    nosy.open("/people")
    expect(nosy.page.get_by_role("heading", name="没有权限")).to_be_visible()

    compliance = door.visitor(town.people["compliance"])
    page = compliance.open("/journal?outcome=refused")
    expect(page.get_by_role("table")).to_contain_text("林若彤")
    page.get_by_label("格式").select_option("csv")
    page.get_by_role("button", name=re.compile("导出")).click()
    link = page.get_by_role("link", name="下载").first
    expect(link).to_be_visible(timeout=MINUTE)
    compliance.look("road-exports")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.endswith(".csv")


def test_nobody_confirms_their_own_proposal(door: Door, org: Org, bench: Bench) -> None:
    both = bench.person(org, "senior_reviewer", "reviewer")
    case_id = bench.audited_case(org, claimed=900_000, verdict="blocked", failed=("rate.claim_cap",))
    visitor = door.visitor(both)
    page = visitor.open(f"/cases/{case_id}")
    page.keyboard.press("a")
    page.locator("#reason").fill("与平台核对后同意")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("等待")
    visitor.open("/approvals")
    expect(page.get_by_text("您提出的决定，须由他人复核")).to_be_visible()
    expect(page.locator("input[name=decisions]")).to_have_count(0)


def test_search_finds_by_name_without_putting_it_in_an_address(door: Door, org: Org, bench: Bench) -> None:
    bench.audited_case(org, personal={"borrower_name": "司马相如"})
    bench.audited_case(org, personal={"borrower_name": "司马相如"})
    reviewer = door.visitor(org.reviewer)
    page = reviewer.open("/account")
    page.keyboard.press("/")
    page.keyboard.type("司马相如")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="找到 2 件")).to_be_visible()
    assert page.url.endswith("/search")
    reviewer.look("search-found")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cases/\d+"))
