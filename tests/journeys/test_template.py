"""A firm's Word template of the complaint in a browser: sent, looked at, taken into use, and given up again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.builders import Bench
from tests.handover.word import a_template, text_of
from tests.journeys.conftest import Door


@pytest.mark.parametrize("look", ["desk", "phone"])
def test_a_template_is_sent_tried_and_used(bench: Bench, door: Door, tmp_path: Path, look: str) -> None:
    firm = bench.firm()
    counsel = door.visitor(firm.counsel, size=look, dark=look == "phone")
    page = counsel.open("/entrustments")
    page.get_by_role("link", name="起诉状的 Word 模板").click()
    file = tmp_path / "本所模板.docx"
    file.write_bytes(a_template("本所：{{ 原告名称 }}"))
    page.locator("[name=file]").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("已保存为第 1 版")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("row", name="第 1 版").get_by_role("link", name="样例").click()
    assert text_of(download.value.path().read_bytes()) == "本所：示例消费金融有限公司"
    page.get_by_role("row", name="第 1 版").get_by_role("button", name="启用").click()
    page.locator("#confirm [data-yes]").click()
    expect(page.get_by_text("已启用第 1 版")).to_be_visible()
    page.get_by_text("全案的占位符").click()
    page.evaluate("scrollTo(0, 0)")
    page.locator(".toast [data-dismiss]").click()
    counsel.look("complaint-template")
    page.get_by_role("button", name="改回内置").click()
    page.locator("#confirm [data-yes]").click()
    expect(page.get_by_text("已改用内置模板")).to_be_visible()
    counsel.expected.add(422)
    file.write_bytes(b"no document")
    page.locator("[name=file]").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("这不是 Word 文档")).to_be_visible()
