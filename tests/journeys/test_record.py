"""The record of a case in a browser: a finding set aside and counted again, and what changed between two audits."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from reviewdesk.actor import system
from reviewdesk.audit import service as audit
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.review import overriding
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from tests.audit.test_service import a_batch
from tests.builders import Bench, Org
from tests.journeys.conftest import Door
from tests.review.helpers import read
from tests.review.test_overrides import WHY, again, wish

TWO_YEARS_ON = today() + timedelta(days=2 * 365)


@pytest.fixture
def case_id(bench: Bench, org: Org) -> int:
    """A really audited case that is blocked because its borrower is said to be deceased."""
    _batch, (made,) = a_batch(bench, org, {"facts": {"deceased": True}})
    with unit_of_work(system(org.org_id)) as work:
        move_cases(work, Verb.FINISH_AUDIT, audit.audit_again(work, [made]).case_ids)
    return made


def test_a_finding_is_silenced_and_counts_again(door: Door, org: Org, case_id: int) -> None:
    visitor = door.visitor(org.senior_reviewer)
    page = visitor.open(f"/cases/{case_id}")
    row = page.locator("#findings > .finding-row").filter(has_text="借款人已死亡")
    row.locator("> summary").click()
    row.get_by_text("推翻或静默此结论").click()
    visitor.look("setting-aside")
    row.get_by_label("静默：截止日前不计入结论").check()
    row.get_by_label("静默截止日").fill((today() + timedelta(days=30)).isoformat())
    row.get_by_label("理由").fill(WHY)
    row.get_by_role("button", name="记录").click()
    expect(page.get_by_text("已记录，此项不再计入结论")).to_be_visible()
    expect(page.locator("#set-aside")).to_contain_text(WHY)
    assert "capacity.deceased" not in read(org, case_id).failed
    visitor.look("set-aside")
    row.locator("> summary").click()
    row.get_by_text("撤销，重新计入结论").click()
    row.get_by_label("理由").fill("查明借款人确已死亡")
    row.get_by_role("button", name="撤销").click()
    expect(page.locator("#set-aside")).to_contain_text("查明借款人确已死亡")
    assert "capacity.deceased" in read(org, case_id).failed


def test_what_changed_is_split_and_looks_right(door: Door, org: Org, case_id: int) -> None:
    overriding.set_aside(org.senior_reviewer.actor, wish(org, case_id, "capacity.deceased"))
    paid = [{"row": 2, "paid_on": "2025-10-12", "amount": 110016}]
    again(org, case_id, {"deceased": False, "repayments": paid, "total_claimed": 900_000}, TWO_YEARS_ON)
    for size, dark, locale in (("desk", False, "zh-CN"), ("phone", False, "zh-CN"), ("desk", True, "en-GB")):
        visitor = door.visitor(org.senior_reviewer, size=size, dark=dark, locale=locale)
        page = visitor.open(f"/cases/{case_id}")
        visitor.look(f"ended-{locale}")
        page.locator("#runs a").first.click()
        expect(page.locator("#facts")).to_contain_text("2025-10-12")
        visitor.look(f"what-changed-{locale}")


def test_one_borrowers_cases_are_joined_and_decided_together(door: Door, bench: Bench, org: Org) -> None:
    facts = {"lender_name": "甲消费金融有限公司", "total_claimed": 1_000_000}
    cases = [bench.audited_case(org, facts=facts) for _ in range(2)]
    visitor = door.visitor(org.senior_reviewer)
    page = visitor.open(f"/cases/{cases[0]}/borrower")
    visitor.look("joining")
    page.get_by_label("合并为一案起诉").check()
    page.locator("#join-reason").fill("同一借款人两份合同")
    page.get_by_role("button", name="合并").click()
    expect(page.get_by_text("已合并处理")).to_be_visible()
    visitor.look("joined")
    phone = door.visitor(org.senior_reviewer, size="phone", dark=True, locale="en-GB")
    phone.open(f"/cases/{cases[0]}/borrower")
    phone.look("joined-english")
    page.get_by_role("button", name="一并决定 2 件").click()
    expect(page.get_by_text("2 件").first).to_be_visible()
