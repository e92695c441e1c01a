"""The mapping page in a browser: a sheet with all that has to be asked, settled from the keyboard."""

import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests.builders import Bench, Org
from tests.intake.sheets import person
from tests.journeys.conftest import Door, Visitor

MINUTE = 60_000  # milliseconds

HEADERS = (
    "借据编号", "姓名/身份证", "联系方式", "借款起止日期", "借款本金", "未还本金", "利率", "首次逾期日",
    "户籍省", "户籍市", "户籍详细地址", "授信额度", "紧急联系人", "内部代号",
)  # fmt: skip


def odd_workbook(path: Path) -> Path:
    """Accounts of which much may be read in two ways, and their repayments on a sheet beside them."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("逾期明细")
        page.write(0, 0, "某某消费金融拟诉清单")
        page.write_row(1, 0, HEADERS)
        for row in range(8):
            page.write_row(row + 2, 0, _account(row))
        beside = book.add_worksheet("还款明细")
        beside.write_row(0, 0, ("借据编号", "还款日期", "还款金额", "经办"))
        for row in range(6):
            beside.write_row(row + 1, 0, (f"HT2024{row:04d}", f"2024-0{row + 2}-01", 0.1, "柜台"))
        beside.write_row(7, 0, ("HT999", "2024-09-01", 0.1, "柜台"))
        notes = book.add_worksheet("说明")
        notes.write_row(0, 0, ("本表由系统导出",))
    return path


def _account(row: int) -> tuple[Any, ...]:
    name, id_no, mobile = person(row)
    return (
        f"HT2024{row:04d}", f"{name}/{id_no}", mobile, "2024-01-05至2025-01-05", 1.2 + row / 10, 0.8, 1.5 + row % 2,
        f"0{row % 7 + 2}/03/2024", "浙江省", "杭州市", "西湖区文三路1号", 3, "王某", f"X{row}",
    )  # fmt: skip


def at_mapping(visitor: Visitor, path: Path) -> Page:
    page = visitor.open("/batches/new")
    page.locator("input[type=file]").set_input_files(odd_workbook(path))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/mapping$"), timeout=MINUTE)
    return page


@pytest.mark.parametrize("look", ["desk", "phone", "dark", "english"])
def test_the_page_looks_right(door: Door, org: Org, tmp_path: Path, look: str) -> None:
    uploader = door.visitor(
        org.uploader,
        size="phone" if look == "phone" else "desk",
        dark=look == "dark",
        locale="en-GB" if look == "english" else "zh-CN",
    )
    at_mapping(uploader, tmp_path / f"{look}.xlsx")
    uploader.look(f"mapping-{look}")


def test_everything_is_settled_from_the_keyboard(bench: Bench, door: Door, org: Org, tmp_path: Path) -> None:
    uploader = door.visitor(org.uploader)
    page = at_mapping(uploader, tmp_path / "odd.xlsx")
    expect(page.get_by_text(re.compile("待回答 4"))).to_be_visible()
    for label, place in (("单位是万元", 0), ("月利率，数字是百分数", 0), ("日/月/年", 0), ("单位是元", -1)):
        answer = page.get_by_role("radio", name=label).nth(place)
        answer.focus()
        page.keyboard.press("Space")
        expect(answer).to_be_checked()
        page.wait_for_load_state("networkidle")
    expect(page.get_by_text("都已说明")).to_be_visible()
    state = page.locator(".actionbar [role=status]")
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator(":focus")).to_have_id("lack-lender_kind")
    page.keyboard.press("Enter")
    page.locator(":focus").select_option("consumer_finance")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("必填缺")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(":focus")).to_have_id("lack-lender_kind")
    while "处需要您" in state.inner_text():
        page.keyboard.press("n")
        before = state.inner_text()
        page.keyboard.press("y")
        expect(state).not_to_have_text(before)
    expect(state).to_contain_text("都清楚了")
    page.locator("#find").fill("内部")
    expect(page.locator("#settled [data-row]:visible")).to_have_count(1)
    page.locator("#field-13").select_option("-")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/batches/[0-9a-f-]+$"), timeout=MINUTE)
    expect(page.get_by_text("已就绪")).to_be_visible(timeout=2 * MINUTE)
