"""An administrator's day, and everybody's way in."""

import re

from playwright.sync_api import expect

from tests.builders import Bench, Org
from tests.journeys.conftest import Door


def test_an_administrator_invites_and_the_newcomer_joins(door: Door, org: Org, bench: Bench) -> None:
    admin = door.visitor(org.administrator)
    page = admin.open("/people")
    admin.look("people")
    page.locator("#name").fill("周明")
    page.locator("#email").fill("zhouming@example.cn")
    page.get_by_role("checkbox", name=re.compile("^审核员")).check()
    page.get_by_role("button", name="生成邀请链接").click()
    link = page.locator("#secret").inner_text()
    admin.look("people-link")

    newcomer = door.visitor(size="phone")
    newcomer.page.goto(link)
    newcomer.look("invitation")
    newcomer.page.locator("#password").fill("白日依山尽，黄河入海流。")
    newcomer.page.locator("#again").fill("白日依山尽，黄河入海流。")
    newcomer.page.get_by_role("button", name="设置密码").click()
    expect(newcomer.page.get_by_role("heading", name="登录")).to_be_visible()
    newcomer.page.locator("#email").fill("zhouming@example.cn")
    newcomer.page.locator("#password").fill("白日依山尽，黄河入海流。")
    newcomer.page.keyboard.press("Control+Enter")
    expect(newcomer.page.get_by_role("heading", name="周明，您好")).to_be_visible()


def test_disabling_asks_first_and_ends_the_other_session(door: Door, org: Org) -> None:
    reviewer = door.visitor(org.reviewer)
    admin = door.visitor(org.administrator)
    page = admin.open("/people")
    row = page.get_by_role("row", name=org.reviewer.name)
    row.get_by_role("button", name="停用").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("停用")
    admin.look("confirm")
    dialog.get_by_role("button", name="返回").click()
    expect(row).to_contain_text("在用")
    row.get_by_role("button", name="停用").click()
    dialog.get_by_role("button", name="停用").click()
    expect(page.get_by_role("row", name=org.reviewer.name)).to_contain_text("已停用")
    reviewer.open("/account")
    expect(reviewer.page.get_by_role("heading", name="登录")).to_be_visible()


def test_a_token_is_shown_once_and_revoked(door: Door, org: Org) -> None:
    visitor = door.visitor(org.reviewer)
    page = visitor.open("/tokens")
    page.locator("#name").fill("每日批量导入")
    page.get_by_role("button", name="生成令牌").click()
    expect(page.locator("#secret")).to_contain_text("rd_")
    visitor.look("tokens")
    visitor.open("/tokens")
    expect(page.locator("#secret")).to_have_count(0)
    page.get_by_role("button", name="吊销").click()
    page.evaluate("document.querySelector('form[action$=revoke]').remove()")  # as a swap does that tells progress
    page.get_by_role("dialog").get_by_role("button", name="吊销").click()
    expect(page.get_by_text("还没有令牌")).to_be_visible()


def test_an_impatient_click_submits_once(door: Door, org: Org) -> None:
    visitor = door.visitor(org.reviewer)
    page = visitor.open("/tokens")
    page.locator("#name").fill("双击")
    page.get_by_role("button", name="生成令牌").dblclick()
    expect(page.locator("#secret")).to_be_visible()
    visitor.open("/tokens")
    expect(page.get_by_role("button", name="吊销")).to_have_count(1)


def test_the_wrong_password_is_explained_and_the_language_can_change_first(door: Door, org: Org) -> None:
    visitor = door.visitor(size="phone")
    visitor.expected.add(401)
    page = visitor.open("/sign-in")
    visitor.look("sign-in")
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.locator("#email").fill(org.reviewer.email)
    page.locator("#password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Wrong email or password")
    visitor.look("sign-in-refused")


def test_keys_find_search_and_shortcuts(door: Door, org: Org) -> None:
    visitor = door.visitor(org.reviewer)
    page = visitor.open("/account")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("查找案件")
    visitor.look("keys")
    page.get_by_label("使用单键快捷键").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()


def test_the_phone_menu_opens_and_closes(door: Door, org: Org) -> None:
    visitor = door.visitor(org.administrator, size="phone")
    page = visitor.open("/account")
    link = page.get_by_role("link", name="人员")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="导航菜单").click()
    expect(link).to_be_visible()
    visitor.look("menu")
    link.click()
    expect(page.get_by_role("heading", name="人员", exact=True)).to_be_visible()
