"""Saved mappings in a browser: confirmed twice, compared, retired with a reason, asked about again, and used again."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from reviewdesk.intake import uploading
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org
from tests.intake.sheets import HEADERS, accounts, add_sheets, write
from tests.journeys.conftest import Door

MORE = ("年利率", "联系人电话", "内部代号")


def sheet(path: Path, prefix: str) -> Path:
    """Accounts with a rate that may be read in two ways, a third person, and repayments under a name of their own."""
    more = dict(zip(MORE, (1, "13900139000", "X1"), strict=True))
    made = write(path, [one | more for one in accounts(3, prefix)], headers=(*HEADERS, *MORE))
    add_sheets(made, 台账A=[("借据号", "还款日期", "还款金额"), (f"{prefix}00000", "2024-04-01", 100)])
    return made


def stated(period: str) -> Wish:
    columns = {
        "年利率": {"field": "annual_rate", "period": period, "reading": "percent"},
        "联系人电话": {"field": None, "reason": "担保人，立案需通知"},
        "内部代号": {"drop": True},
    }
    sheets = {"台账A": {"kind": "repayments", "columns": {"还款金额": "amount"}}}
    return Wish(mapping={"columns": columns, "sheets": sheets, "constants": {"lender_name": "海川消费金融"}})


@pytest.mark.parametrize(
    ("size", "locale", "dark"), [("desk", "zh-CN", False), ("phone", "zh-CN", True), ("desk", "en", True)]
)
def test_a_mapping_is_looked_at_retired_and_used_again(
    bench: Bench, org: Org, door: Door, tmp_path: Path, size: str, locale: str, dark: bool
) -> None:
    zh = locale == "zh-CN"
    for number, period in enumerate(("year", "month", "month")):
        path = sheet(tmp_path / f"海川消费金融 {number + 9}月拟诉清单.xlsx", f"HT{size}{locale[:2]}{number}")
        uploading.upload_from_path(org.uploader.actor, path, stated(period))
        bench.run_jobs(org)
    newcomer = door.visitor(bench.organisation().uploader, size=size, locale=locale, dark=dark)
    newcomer.open("/batches/mappings")
    newcomer.look(f"saved-mappings-none-{size}-{locale[:2]}")
    visitor = door.visitor(org.uploader, size=size, locale=locale, dark=dark)
    look = f"{size}-{locale[:2]}"
    page = visitor.open("/batches")
    page.get_by_role("link", name="已存的列对应" if zh else "Saved mappings").click()
    page.get_by_role("row").nth(1).wait_for()
    visitor.look(f"saved-mappings-{look}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/mappings/.+"))
    version = page.locator("#versions tbody tr").first
    expect(version).to_contain_text("按年" if zh else "a year")
    visitor.look(f"saved-mapping-{look}")
    address = page.url.removeprefix(visitor.live.url)
    visitor.open(address)
    page.locator("#reason").fill("年利率应按年")
    page.keyboard.press("Enter")
    expect(page.locator(".note.warn")).to_contain_text("年利率应按年")
    visitor.look(f"saved-mapping-retired-{look}")
    visitor.open("/batches/new")
    page.locator("input[type=file]").set_input_files(sheet(tmp_path / "12月.xlsx", f"HT{size}{locale[:2]}9"))
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/mapping$"))
    expect(page.locator("#needs")).to_contain_text("年利率应按年")
    visitor.look(f"saved-mapping-asked-{look}")
    visitor.open("/batches/mappings?show=retired")
    visitor.look(f"saved-mappings-retired-{look}")
    visitor.open(address)
    page.get_by_role("button", name="重新使用" if zh else "Use again").click()
    page.locator("#confirm [data-yes]").click()
    expect(page.get_by_text("使用中" if zh else "in use", exact=True)).to_be_visible()
