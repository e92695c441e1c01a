"""Mending rejected rows in a browser, and the page of the suppliers' quality."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from reviewdesk.intake import uploading
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org
from tests.intake.sheets import HEADERS, accounts, add_sheets, person, write
from tests.journeys.conftest import Door


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_row_is_mended_where_it_stands(bench: Bench, org: Org, door: Door, tmp_path: Path, size: str) -> None:
    rows = accounts(12, f"HT{uuid4().hex[:10].upper()}", seed=71)
    for place, row in enumerate(rows):
        row["放款机构"] = "海川消费金融" if place < 8 else "另一家公司"
    rows[1]["放款日期"] = rows[4]["放款日期"] = "2024-02-30"
    rows[2]["身份证号"] = 3.30106198803071e17
    rows[9]["未还本金"] = "若干"
    path = write(tmp_path / "拟诉清单.xlsx", rows, headers=(*HEADERS, "放款机构"), above=["11月拟诉清单"])
    batch = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True)).batch_id

    visitor = door.visitor(org.uploader, size=size)
    page = visitor.open(f"/batches/{batch}")
    page.locator("#rejected").wait_for()
    visitor.open(f"/batches/{batch}/rejected")
    visitor.look("mending")
    visitor.open(f"/batches/{batch}/rejected")  # axe leaves empty style attributes, which htmx would copy
    page.get_by_label("放款日期 F4").fill("2024-02-31")
    page.locator("#row-4").get_by_role("button", name="重新核对").click()
    page.locator("#row-4").get_by_text("没有 31 日").wait_for()
    page.get_by_label("放款日期 F4").fill("2024-02-29")
    page.keyboard.press("Enter")
    page.locator("#row-4").get_by_text("已导入").wait_for()
    page.locator("#mend-head").get_by_text("已修正导入 1 行").wait_for()
    page.wait_for_function("document.activeElement.id === 'row-5-C'")
    page.keyboard.type(person(710_002)[1])
    page.keyboard.press("Enter")
    page.locator("#row-5").get_by_text("已导入").wait_for()
    page.evaluate("scrollTo(0, 0)")
    visitor.look("mending-done")
    visitor.open(f"/batches/{batch}/rejected")
    page.locator("#row-7").get_by_role("button", name="整行").click()
    page.get_by_label("机构类型 E7").wait_for()
    page.get_by_label("选中第 7 行").check()
    page.get_by_role("button", name="剔除所选").click()
    page.locator("#reason").select_option("not_account")
    page.get_by_role("button", name="剔除", exact=True).click()
    page.get_by_text("已剔除 1 行，").wait_for()
    visitor.open(f"/batches/{batch}/rejected?dismissed=1")
    visitor.look("mending-dismissed")
    visitor.open("/quality")
    visitor.look("quality")


@pytest.mark.parametrize(
    ("size", "locale", "dark"), [("desk", "zh-CN", False), ("phone", "zh-CN", True), ("desk", "en", True)]
)
def test_a_row_of_a_side_sheet_is_mended_and_joins_its_case(
    bench: Bench, org: Org, door: Door, tmp_path: Path, size: str, locale: str, dark: bool
) -> None:
    prefix = f"HT{uuid4().hex[:10].upper()}"
    rows = accounts(6, prefix, seed=72)
    rows[1]["放款日期"] = rows[4]["放款日期"] = "2024-02-30"
    rows[5]["未还本金"] = "若干"
    path = write(tmp_path / "拟诉清单.xlsx", rows)
    first = f"{prefix}00000"
    ledger: list[list[Any]] = [["借据号", "还款日期", "还款金额", "其中本金", "利息", "还款渠道"]]
    ledger += [[first, f"2024-0{month}-15", 300, 250, 50, "银行代扣"] for month in range(4, 9)]
    ledger += [[first, "九月", 300, "三百元整", 50, "微信"], ["ZZ-404", "2024-09-01", 1, 1, 0, "支付宝"]]
    add_sheets(path, 还款明细=ledger, 催收记录=[["催收方式"], ["短信"], ["电话"]])
    batch = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True)).batch_id

    visitor = door.visitor(org.uploader, size=size, locale=locale, dark=dark)
    name = f"{locale[:2]}{'-dark' if dark else ''}"
    page = visitor.open(f"/batches/{batch}")
    page.locator("#beside").wait_for()
    visitor.open(f"/batches/{batch}")
    visitor.look(f"causes-{name}")
    visitor.open(f"/batches/{batch}/rejected?sheet=还款明细")
    visitor.look(f"side-rows-{name}")
    visitor.open(f"/batches/{batch}/rejected?sheet=还款明细")
    row = page.locator("#side-7")
    row.locator("#side-7-B").fill("2024-09-15")
    row.locator("#side-7-B").press("Enter")
    row.get_by_role("alert").wait_for()
    row.locator("#side-7-D").fill("250")
    row.locator("#side-7-D").press("Enter")
    row.locator(".t-pass").wait_for()
    visitor.look(f"side-rows-joined-{name}")


def test_a_dropped_folder_keeps_its_paths(bench: Bench, org: Org, door: Door, tmp_path: Path) -> None:
    prefix = f"HT{uuid4().hex[:10].upper()}"
    path = write(tmp_path / "拟诉清单.xlsx", accounts(2, prefix, seed=73), headers=HEADERS)
    batch = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True)).batch_id
    for name in ("借款合同.pdf", "放款凭证.pdf"):
        file = tmp_path / "证据" / f"{prefix}00001" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"%PDF-1.7\n" + name.encode())

    visitor = door.visitor(org.uploader)
    page = visitor.open(f"/batches/{batch}")
    page.locator("#verdicts .tiles").wait_for()
    visitor.open(f"/batches/{batch}/attachments")
    drop(visitor.page, tmp_path / "证据")
    expect(page.locator(".chosen")).to_contain_text(f"证据/{prefix}00001/借款合同.pdf")
    page.get_by_role("button", name="上传附件").click()
    page.get_by_text("2 个归入 1 件案件").wait_for()

    visitor.open("/batches/new")
    drop(visitor.page, tmp_path / "证据")
    page.get_by_text("这里一次只放一个文件").wait_for()


def drop(page: Page, path: Path) -> None:
    """Drop a file or folder of this machine on the page's drop zone, as a person does."""
    box = page.locator("[data-drop]").bounding_box()
    assert box
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 40, "y": box["y"] + 20, "data": data})
