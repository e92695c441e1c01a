"""From the count of skipped rows to the case of each, in a browser."""

from pathlib import Path
from uuid import uuid4

import pytest

from reviewdesk.intake import uploading
from reviewdesk.intake.wishes import Wish
from tests.builders import Org
from tests.intake.sheets import accounts, person, write
from tests.intake.test_skipped import BELOW
from tests.journeys.conftest import Door


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_skipped_row_leads_to_its_case(org: Org, door: Door, tmp_path: Path, size: str) -> None:
    rows = accounts(6, f"HT{uuid4().hex[:10].upper()}", seed=73)
    rows[1]["借据号"] = person(730_001)[1]
    visitor = door.visitor(org.uploader, size=size)
    first = uploading.upload_from_path(org.uploader.actor, write(tmp_path / "10月拟诉.xlsx", rows[:5]), Wish(auto=True))
    visitor.open(f"/batches/{first.batch_id}").get_by_text("已就绪").wait_for()
    path = write(tmp_path / "11月拟诉清单.xlsx", rows, below=BELOW)
    second = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True, on_known="skip"))
    page = visitor.open(f"/batches/{second.batch_id}")
    page.get_by_role("link", name="已有，跳过").click()
    page.get_by_role("link", name="全部 8").click()
    visitor.look("skipped-rows")
    page.locator("tbody a[href^='/cases/']").first.click()
    page.get_by_text(rows[0]["借据号"]).first.wait_for()
