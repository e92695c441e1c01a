"""A long part of a policy in a browser: found, changed, saved and gone through without leaving the keyboard."""

import pytest
from playwright.sync_api import expect

from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.versions import drafts
from tests.audit.test_versions import version
from tests.builders import Org
from tests.journeys.conftest import Door


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_parameter_is_found_changed_and_named(door: Door, org: Org, size: str) -> None:
    made = drafts.draft(org.senior_reviewer.actor, BUILT_IN, "调整高龄提示")
    visitor = door.visitor(org.senior_reviewer, size=size)
    page = visitor.open(f"/policies/{made.name}/parts/parameters")
    rows, folds = page.locator("#parts [data-row]:visible"), page.locator("#parts .fold[open]")
    expect(rows).to_have_count(0)
    find = page.locator("#find")
    find.fill("elderly_age")
    expect(rows).to_have_count(1)
    page.locator("[name='parameters/elderly_age/value']").fill("65")
    expect(page.locator("#unsaved")).to_have_text("未保存 1 项")
    find.fill("没有这样的参数")
    expect(page.locator(".nothing")).to_be_visible()
    find.fill("")
    expect(folds).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("[name='parameters/elderly_age/value']").press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("已保存，改动 1 处")
    assert version(org, made.name).body["parameters"]["elderly_age"]["value"] == "65"
    expect(page.locator("#parts .fold[open] > summary")).to_contain_text("已改 1")
    expect(page.locator("tr.changed .was")).to_have_text("原为 70 年")
    page.get_by_text("只看改动 1").click()
    expect(rows).to_have_count(1)
    page.get_by_text("全部", exact=True).click()
    expect(rows).to_have_count(5)
    page.locator("h1").click()
    page.keyboard.press("o")
    expect(folds).to_have_count(9)
    page.keyboard.press("n")
    expect(page.locator("[id='parameters.elderly_age']")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-row][data-current] th")).to_contain_text("phone_borrowers")
    page.keyboard.press("Enter")
    expect(page.locator("[name='parameters/phone_borrowers/value']")).to_be_focused()
    page.evaluate("scrollTo(0, 0)")
    visitor.look("policy-parameters")


def test_the_differences_lead_to_their_rows(door: Door, org: Org) -> None:
    made = drafts.draft(org.senior_reviewer.actor, BUILT_IN, "调整高龄提示")
    changes = {"parameters/worth_factor/value": "1.5"}
    drafts.change(org.senior_reviewer.actor, made.name, changes, made.edit)
    page = door.visitor(org.compliance).open(f"/policies/{made.name}")
    page.get_by_role("link", name="预期回收与成本之比的下限").click()
    row = page.locator("[id='parameters.worth_factor']")
    expect(row).to_be_visible()
    expect(row).to_contain_text("原为 1 倍")
    expect(row).to_have_attribute("data-current", "")
