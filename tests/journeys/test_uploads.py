"""Uploads that are not plain: with a password, as a zip of such, and of accounts that are cases already."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.builders import Org
from tests.intake.sheets import accounts, write
from tests.intake.test_archives import zipped
from tests.intake.test_passwords import PASSWORD, locked
from tests.journeys.conftest import SIZES, Door, Visitor

EVERY_SIZE = pytest.mark.parametrize("size", SIZES)
MINUTE = 60_000  # milliseconds


def send(visitor: Visitor, path: Path, **passwords: str) -> Page:
    """Choose a file on the page of uploads as it stands, give passwords by their labels, and send it."""
    page = visitor.page
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".chosen")).to_contain_text(path.name)
    for label, password in passwords.items():
        page.get_by_label(label).fill(password)
    page.get_by_role("button", name="上传").click()
    return page


@EVERY_SIZE
def test_a_workbook_asks_for_its_password_until_it_opens(door: Door, org: Org, tmp_path: Path, size: str) -> None:
    path = locked(tmp_path, account=size)
    uploader = door.visitor(org.uploader, size=size)
    uploader.expected.add(422)
    page = uploader.open("/batches/new")
    send(uploader, path)
    expect(page.get_by_text("请在此输入密码，并重新选择文件")).to_be_visible()
    expect(page.locator("#password")).to_be_focused()
    uploader.look("password-asked")
    send(uploader, path, 打开密码="不对的密码")
    expect(page.get_by_text("密码不对：请重新输入，并重新选择文件")).to_be_visible()
    expect(page.locator("#password")).to_be_focused()
    expect(page.locator("#password")).to_have_value("")
    uploader.look("password-wrong")
    send(uploader, path, 打开密码=PASSWORD)
    page.wait_for_url(re.compile("/mapping$"), timeout=MINUTE)
    expect(page.get_by_role("heading", name=path.name)).to_be_visible()


@EVERY_SIZE
def test_each_workbook_of_a_zip_asks_for_its_own_password(door: Door, org: Org, tmp_path: Path, size: str) -> None:
    path = zipped(tmp_path / "各区拟诉.zip", **{f"{name}.xlsx": _locked(tmp_path, name, size) for name in "东西"})
    uploader = door.visitor(org.uploader, size=size)
    uploader.expected.add(422)
    page = uploader.open("/batches/new")
    send(uploader, path)
    expect(page.get_by_label("东.xlsx")).to_be_focused()
    uploader.look("zip-passwords-asked")
    send(uploader, path, **{"东.xlsx": "密码东", "西.xlsx": "猜的"})
    expect(page.get_by_text("密码不对，打不开：西.xlsx")).to_be_visible()
    expect(page.get_by_label("西.xlsx")).to_be_focused()
    uploader.look("zip-passwords-wrong")
    send(uploader, path, **{"东.xlsx": "密码东", "西.xlsx": "密码西"})
    page.wait_for_url(re.compile("/mapping$"), timeout=MINUTE)
    expect(page.get_by_role("cell", name="正在确认")).to_be_visible()
    uploader.look("zip-unlocked")


def _locked(folder: Path, name: str, size: str) -> bytes:
    (folder / name).mkdir()
    return locked(folder / name, password=f"密码{name}", account=f"{size}{ord(name)}").read_bytes()


@EVERY_SIZE
@pytest.mark.parametrize(
    ("wish", "counted"),
    [
        ("reject", re.compile(r"5\s*行合计 =\s*2\s*已导入 \+\s*3\s*未导入")),
        ("skip", re.compile(r"5\s*行合计 =\s*2\s*已导入 \+\s*3\s*已有，跳过 \+\s*0\s*未导入")),
    ],
)
def test_accounts_that_are_cases_already(
    door: Door, org: Org, tmp_path: Path, size: str, wish: str, counted: re.Pattern[str]
) -> None:
    rows = accounts(6, f"HT{size}{wish}")
    uploader = door.visitor(org.uploader, size=size)
    page = uploader.page
    for name, some in (("十月.xlsx", rows[:4]), ("十一月.xlsx", rows[1:])):
        uploader.open("/batches/new")
        page.get_by_label("机构已有的借据").select_option(wish)
        send(uploader, write(tmp_path / name, some))
        page.wait_for_url(re.compile(r"/batches/[0-9a-f-]{36}"), timeout=MINUTE)
        if page.url.endswith("/mapping"):
            page.get_by_role("button", name=re.compile("^确认并导入")).click()
        expect(page.get_by_text("已就绪")).to_be_visible(timeout=2 * MINUTE)
    expect(page.get_by_text(counted)).to_be_visible()
    uploader.look(f"known-{wish}")
    if wish == "reject":
        page.get_by_role("link", name="借据已有案件").click()
        expect(page.get_by_role("link", name=re.compile(r"^查看 C-\d{4}-\d{6}$"))).to_have_count(3)
        uploader.look("known-rejected-rows")
