"""From the queue to the court: a reviewer at the keyboard, a second person, a bulk decision, and the law firm."""

from playwright.sync_api import expect

from reviewdesk.accounts.sign_in import sign_out_everywhere
from reviewdesk.handover import service as handover
from reviewdesk.review import service
from tests.audit.test_ledger_checks import FOUR, rows
from tests.builders import PASSWORD, Bench, Org
from tests.handover.test_service import entrustment_of
from tests.journeys.conftest import Door
from tests.review.helpers import ask_for, read
from tests.review.test_statements import FACTS
from tests.review.test_suits import a_suit, loans

REASON = "form.decide [name=reason]"


def small(bench: Bench, org: Org, **values) -> int:
    return bench.audited_case(org, facts={"total_claimed": 900_000, "outstanding_principal": 900_000}, **values)


def test_a_reviewer_works_the_queue_from_the_keyboard(door: Door, bench: Bench, org: Org) -> None:
    settled, approved = small(bench, org), small(bench, org)
    visitor = door.visitor(org.reviewer)
    page = visitor.open("/review")
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{settled}*")
    expect(page.get_by_text("由您领取")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("#plan")).to_contain_text("3,000.00")
    page.get_by_label("期数").fill("4")
    expect(page.locator("#plan")).to_contain_text("2,250.00")
    visitor.look("settling")
    page.locator(REASON).fill("借款人主动协商还款")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已决定：和解")).to_be_visible()
    assert read(org, settled).state == "settled"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{approved}*")
    page.keyboard.press("a")
    page.locator(REASON).fill("事实清楚，证据齐全")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已决定：同意起诉")).to_be_visible()
    assert read(org, approved).state == "approved"


def test_revealing_asks_why_and_shows_one_field(door: Door, bench: Bench, org: Org) -> None:
    case_id = small(bench, org)
    page = door.visitor(org.reviewer).open(f"/cases/{case_id}")
    page.keyboard.press("r")
    expect(page.locator(":focus")).to_have_attribute("name", "reason")
    page.keyboard.type("核对身份")
    page.keyboard.press("Enter")
    expect(page.get_by_text("11010519491231002X")).to_be_visible()
    assert len(bench.events(org, "review:case:reveal")) == 1


def test_a_late_decision_shows_what_changed_and_loses_nothing(door: Door, bench: Bench, org: Org) -> None:
    case_id = small(bench, org)
    visitor = door.visitor(org.senior_reviewer)
    visitor.expected.add(409)
    page = visitor.open(f"/cases/{case_id}")
    page.keyboard.press("b")
    page.locator(REASON).fill("缺放款凭证")
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate", reason="金额存疑"))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("金额存疑")
    expect(page.locator(REASON)).to_have_value("缺放款凭证")
    visitor.look("late-decision")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已决定：退回补充")).to_be_visible()
    assert read(org, case_id).state == "returned"


def test_what_was_typed_survives_a_sign_in_that_ended(door: Door, bench: Bench, org: Org) -> None:
    case_id = small(bench, org)
    visitor = door.visitor(org.reviewer)
    page = visitor.open(f"/cases/{case_id}")
    page.keyboard.press("b")
    page.locator(REASON).fill("缺放款凭证")
    sign_out_everywhere(org.reviewer.actor)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("刚才的操作没有执行")).to_be_visible()
    page.locator("#email").fill(org.reviewer.email)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(REASON)).to_have_value("缺放款凭证")
    expect(page.get_by_label("退回补充")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已决定：退回补充")).to_be_visible()
    visitor.open(f"/cases/{case_id}")
    assert page.evaluate("sessionStorage.getItem('draft')") is None


def test_an_answer_that_cannot_be_read_begins_at_its_fault(door: Door, bench: Bench, org: Org) -> None:
    case_id = small(bench, org)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "return", reason="缺放款凭证"))
    visitor = door.visitor(org.uploader)
    visitor.expected.add(422)
    page = visitor.open(f"/cases/{case_id}")
    page.get_by_role("link", name="补充资料并送审").click()
    page.get_by_text("其他字段").click()
    page.locator("#fact-outstanding_principal").fill("三万左右")
    page.get_by_role("button", name="提交并重新审核").click()
    expect(page.locator("#fact-outstanding_principal")).to_be_focused()


def test_a_second_person_confirms_what_one_may_not_decide(door: Door, bench: Bench, org: Org) -> None:
    case_id = small(bench, org, verdict="blocked", failed=("claim.sum",))
    page = door.visitor(org.reviewer).open(f"/cases/{case_id}")
    page.keyboard.press("a")
    page.locator(REASON).fill("已与平台核对")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("等待高级审核员复核").first).to_be_visible()
    assert read(org, case_id).state == "in_review"
    visitor = door.visitor(org.senior_reviewer)
    page = visitor.open("/approvals")
    visitor.look("second-approvals")
    page.get_by_label("选择").check()
    page.get_by_role("button", name="同意所选", exact=True).click()
    expect(page.get_by_text("没有待复核的决定")).to_be_visible()
    assert read(org, case_id).state == "approved"


def test_a_bulk_decision_is_previewed_run_and_answered(door: Door, bench: Bench, org: Org) -> None:
    ids = [small(bench, org) for _ in range(3)]
    visitor = door.visitor(org.reviewer)
    page = visitor.open("/review")
    page.get_by_label("选择").first.check()
    page.get_by_label("本页全选").check()
    page.get_by_role("button", name="批量处理所选").click()
    page.get_by_label("上报").check()
    page.locator(REASON).fill("金额存疑")
    page.get_by_role("button", name="预览").click()
    visitor.look("bulk-preview")
    page.get_by_role("button", name="确认执行 3 件").click()
    expect(page.get_by_text("已完成")).to_be_visible()
    assert {read(org, case_id).state for case_id in ids} == {"escalated"}


def test_a_case_goes_to_a_law_firm_and_to_court(door: Door, bench: Bench, org: Org) -> None:
    firm = bench.firm("静安律师事务所")
    case_id = small(bench, org)
    service.decide(org.reviewer.actor, ask_for(org, case_id))
    page = door.visitor(org.senior_reviewer).open("/entrustments?state=approved")
    page.get_by_label("选择").check()
    page.get_by_label("律师事务所").select_option(str(firm.org_id))
    page.get_by_role("button", name="委托所选").click()
    expect(page.get_by_text("已委托 1 件")).to_be_visible()
    visitor = door.visitor(firm.counsel)
    page = visitor.open("/entrustments")
    page.locator("tbody th a").click()
    page.wait_for_url("**/entrustments/*")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("a")
    page.get_by_label("受理法院").fill("杭州市西湖区人民法院")
    page.get_by_label("案号").fill("（2026）浙0106民初1号")
    visitor.look("filing")
    page.get_by_role("button", name="登记立案").click()
    expect(page.get_by_text("已登记立案")).to_be_visible()
    assert read(org, case_id).state == "filed"


def test_the_claim_statement_is_read_at_a_desk_and_on_a_phone(door: Door, bench: Bench, org: Org) -> None:
    case_id = bench.audited_case(org, facts=FACTS)
    for size in ("desk", "phone"):
        visitor = door.visitor(org.reviewer, size=size)
        page = visitor.open(f"/cases/{case_id}/statement")
        expect(page.get_by_role("heading", name="债权计算书")).to_be_visible()
        expect(page.get_by_text("8,312.32").first).to_be_visible()
        visitor.look("claim-statement")


def test_a_payment_that_bounced_stands_in_the_statement_with_its_reversal(door: Door, bench: Bench, org: Org) -> None:
    bounced = rows(*FOUR, ("2024-06-10", "1134.72"), ("2024-06-12", "-1134.72"), ("2024-07-01", "-500"))
    case_id = bench.audited_case(org, facts={**FACTS, "repayments": bounced})
    for size, dark in (("desk", False), ("phone", True)):
        visitor = door.visitor(org.reviewer, size=size, dark=dark)
        page = visitor.open(f"/cases/{case_id}/statement")
        expect(page.get_by_text("2024-06-12冲正，视为未付")).to_be_visible()
        expect(page.get_by_text("冲正，无对应还款，不计入")).to_be_visible()
        visitor.look("claim-statement-reversal")


def test_a_suit_over_three_loans_loses_one_and_reaches_counsel(door: Door, bench: Bench, org: Org) -> None:
    firm, cases = bench.firm(), loans(bench, org, 3)
    suit = a_suit(org, cases)
    reviewer = door.visitor(org.reviewer)
    page = reviewer.open(f"/cases/{cases[0]}/borrower")
    reviewer.look("borrower")
    page.locator("#joint summary", has_text="移出").last.click()
    page.get_by_label(f"移出 {read(org, cases[2]).number} 的理由").fill("另案处理")
    page.get_by_role("button", name="移出合并").last.click()
    expect(page.get_by_text("已移出：")).to_be_visible()
    page.get_by_role("link", name="合并起诉的债权计算书").click()
    expect(page.get_by_text("17,730.88").first).to_be_visible()
    reviewer.look("suit")
    door.visitor(org.compliance, size="phone").open(f"/joints/{suit}/statement")
    door.visitors[-1].look("suit")
    for case_id in cases[:2]:
        service.decide(org.reviewer.actor, ask_for(org, case_id))
    handover.entrust(org.senior_reviewer.actor, firm.org_id, cases[:2])
    counsel = door.visitor(firm.counsel, dark=True)
    counsel.open(f"/entrustments/{entrustment_of(org, cases[0])}").get_by_text("合并起诉的债权计算书").click()
    expect(counsel.page.get_by_text("17,730.88").first).to_be_visible()
    counsel.look("suit-dark")
