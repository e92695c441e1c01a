"""The pages of batches, as a browser without JavaScript sees them."""

import io
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.intake import uploading
from reviewdesk.intake.messages import SAID
from reviewdesk.intake.wishes import Wish
from reviewdesk.intake.words import label_of_code
from tests.builders import Bench, Org, csrf
from tests.intake.sheets import HEADERS, accounts, person, write

PAGES = ("", "/mapping", "/progress", "/rejected.xlsx", "/original")
READERS = ("uploader", "reviewer", "senior_reviewer", "compliance")


def post(client: FlaskClient, page: str, path: str | None = None, **data: Any) -> TestResponse:
    """Send the form of a page as a browser does."""
    token = csrf(client.get(page).text)
    return client.post(path or page, data={"csrf_token": token, **data})


def upload(client: FlaskClient, path: Path, **data: Any) -> TestResponse:
    return post(client, "/batches/new", file=(io.BytesIO(path.read_bytes()), path.name), **data)


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the mapping form as it stands."""
    form = page[page.index('id="map"') :]
    given = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    for name, inside in re.findall(r'<select name="([^"]+)"(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected>|<option selected>([^<]*)<', inside)
        given[name] = (chosen[1] or chosen[2] or "") if chosen else ""
    return given


def batch_of(answer: TestResponse) -> str:
    return answer.location.split("/")[2]


class TestRoad:
    def test_from_a_file_to_its_rows(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        rows = accounts(12, prefix, seed=5)
        rows[3]["身份证号"] = 3.30106198803071e17
        rows[6]["放款日期"] = "2024-02-30"
        headers = tuple(header for header in HEADERS if header != "机构类型")
        answer = upload(client, write(tmp_path / "拟诉清单.xlsx", rows, headers=headers))
        assert (answer.status_code, answer.location.endswith("/mapping")) == (302, True)

        page = client.get(answer.location).text
        assert "工作表「明细」" in page
        assert "同义词" in page
        assert "金额，单位元 → 1,000.50" in page
        for name, id_no, mobile in (person(50_000 + n) for n in range(12)):
            assert not {one for one in (name, id_no, mobile) if one in page}
        assert "必填缺 1" in page

        sent = fields_of(page) | {"action": "confirm"}
        refused = client.post(answer.location, data=sent)
        assert refused.status_code == 422
        assert "请填写机构类型" in refused.text
        confirmed = client.post(answer.location, data=sent | {"constant-lender_kind": "consumer_finance"})
        assert confirmed.status_code == 302

        waiting = client.get(confirmed.location).text
        assert "hx-get" in waiting
        assert "排队中" in waiting
        bench.run_jobs(org, most=1)
        outcome = client.get(confirmed.location).text
        assert re.search(r">12</span>.*行.*>10</span>.*已导入.*>2</span>.*未导入", outcome, re.DOTALL)
        assert "日期不存在" in outcome
        assert "修正这 1 行" in outcome
        assert "¥10,005.00" in outcome
        assert person(50_003)[0] not in outcome

        only = client.get(f"{confirmed.location}/rejected?code=date.impossible").text
        assert 'class="cell bad"' in only
        assert "2024 年 2 月没有 30 日" in only
        assert "末 3 位已丢失" not in only
        twice = client.post(answer.location, data=sent | {"constant-lender_kind": "consumer_finance"})
        assert twice.location == confirmed.location
        assert "拟诉清单.xlsx" in client.get("/batches").text

    def test_the_page_changes_itself_when_the_state_does(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        batch = batch_of(upload(client, write(tmp_path / "a.xlsx", accounts(2, prefix))))
        post(client, f"/batches/{batch}/mapping", **fields_of(client.get(f"/batches/{batch}/mapping").text))
        same = client.get(f"/batches/{batch}/progress?seen=loading")
        assert "HX-Retarget" not in same.headers
        bench.run_jobs(org, most=1)
        changed = client.get(f"/batches/{batch}/progress?seen=loading")
        assert changed.headers["HX-Retarget"] == "#batch"
        assert "已导入" in changed.text

    def test_an_empty_list_says_what_to_do(self, bench: Bench, org: Org, client: FlaskClient) -> None:
        assert "/batches/new" in client.get("/batches").text
        assert "/batches/new" not in bench.client(org.reviewer).get("/batches").text

    def test_a_choice_can_be_tried_before_it_is_confirmed(
        self, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        place = upload(client, write(tmp_path / "a.xlsx", accounts(2, prefix))).location
        sent = fields_of(client.get(place).text) | {"action": "preview", "unit-6": "万元", "field-8": ""}
        page = client.post(place, data=sent).text
        assert "金额，单位万元 → 10,005,000.00" in page
        assert fields_of(page)["field-8"] == ""
        assert fields_of(client.get(place).text)["unit-6"] == ""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"field-8": "outstanding_principal"}, "都对应到未还本金，请只留一列"),
            ({"field-2": ""}, "还缺必填项：身份证号"),
            ({"rows": "许多"}, "声明的行数应是数字"),
        ],
    )
    def test_what_is_wrong_is_said_on_the_page(
        self, client: FlaskClient, prefix: str, tmp_path: Path, change: dict[str, str], said: str
    ) -> None:
        place = upload(client, write(tmp_path / "a.xlsx", accounts(2, prefix))).location
        answer = client.post(place, data=fields_of(client.get(place).text) | change)
        assert answer.status_code == 422
        assert said in answer.text

    def test_an_unknown_lender_kind_is_said_and_not_assumed(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        headers = tuple(header for header in HEADERS if header != "机构类型")
        place = upload(client, write(tmp_path / "a.xlsx", accounts(1, prefix), headers=headers)).location
        sent = fields_of(client.get(place).text) | {"constant-lender_kind": "unsure"}
        assert client.post(place, data=sent).status_code == 302
        bench.run_jobs(org, most=1)
        with unit_of_work(system(org.org_id)) as work:
            assert work.execute("SELECT lender_kind FROM cases").scalar_one() is None

    def test_the_kind_given_at_upload_holds_for_all_rows(
        self, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        headers = tuple(header for header in HEADERS if header != "机构类型")
        path = write(tmp_path / "a.xlsx", accounts(1, prefix), headers=headers)
        place = upload(client, path, lender_kind="micro_loan").location
        assert fields_of(client.get(place).text)["constant-lender_kind"] == "micro_loan"


class TestTrouble:
    def test_no_file(self, client: FlaskClient) -> None:
        answer = post(client, "/batches/new")
        assert answer.status_code == 422
        assert "请选择要上传的文件" in answer.text

    def test_a_file_that_is_no_workbook(self, client: FlaskClient, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(b"%PDF-1.7 " + uuid4().bytes)
        answer = upload(client, path, rows="3")
        assert answer.status_code == 422
        assert "这不是工作簿" in answer.text
        assert 'value="3"' in answer.text

    def test_the_same_file_links_to_its_batch(self, client: FlaskClient, org: Org, prefix: str, tmp_path: Path) -> None:
        path = write(tmp_path / "a.xlsx", accounts(2, prefix))
        batch = batch_of(upload(client, path))
        answer = upload(client, path)
        assert answer.status_code == 409
        assert f"/batches/{batch}" in answer.text
        assert org.uploader.name in answer.text
        assert "重新导入" not in answer.text

    def test_a_stopped_batch_says_both_numbers_and_how_to_go_on(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "a.xlsx", accounts(2, prefix))
        place = upload(client, path, rows="3").location
        shown = client.post(place, data=fields_of(client.get(place).text)).location
        bench.run_jobs(org, most=1)
        page = client.get(shown).text
        assert "声明 3 行，表中有 2 行" in page
        assert f"{shown}/again" in page
        again = post(client, "/batches/new", f"{shown}/again")
        assert again.location.endswith("/mapping")
        assert fields_of(client.get(again.location).text)["rows"] == "3"


class TestFiles:
    @pytest.fixture
    def batch(self, bench: Bench, org: Org, prefix: str, tmp_path: Path) -> UUID:
        rows = accounts(4, prefix, seed=8)
        rows[1]["放款日期"] = "2024-02-30"
        rows[1]["备注"] = "=HYPERLINK(1)"
        rows[2]["身份证号"] = ""
        path = write(tmp_path / "清单.xlsx", rows, headers=(*HEADERS, "备注"), above=["标题"])
        batch = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True))
        bench.run_jobs(org, most=1)
        return batch.batch_id

    def test_the_rejected_rows_come_back_as_a_workbook(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, prefix: str
    ) -> None:
        answer = client.get(f"/batches/{batch}/rejected.xlsx")
        assert answer.status_code == 200
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        lines = list(sheet.iter_rows(values_only=True))
        assert lines[0] == ("原行号", "需修正", *HEADERS, "备注")
        assert [line[0] for line in lines[1:]] == [4, 5]
        name, id_no, mobile = person(80_001)
        assert lines[1][2:7] == (f"{prefix}00001", name, id_no, mobile, "消费金融公司")
        assert lines[1][8:11] == (1000.5, 1200.75, 120)
        assert "放款日期：2024 年 2 月没有 30 日" in lines[1][1]
        note = sheet.cell(2, 12)
        assert (note.value, note.data_type) == ("=HYPERLINK(1)", "s")
        event = bench.events(org, "intake:batch:download_rejected")[0]
        assert (event.actor_id, event.new) == (org.uploader.person_id, {"rows": 2})

    def test_a_text_table_comes_back_as_a_workbook(
        self, bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
    ) -> None:
        row = {**accounts(1, prefix)[0], "放款日期": "2024-02-30"}
        path = tmp_path / "[1] 清单.csv"
        path.write_text("\n".join([",".join(HEADERS), ",".join(map(str, row.values()))]))
        batch = uploading.upload_from_path(org.uploader.actor, path, Wish(auto=True))
        bench.run_jobs(org, most=1)
        answer = client.get(f"/batches/{batch.batch_id}/rejected.xlsx")
        assert openpyxl.load_workbook(io.BytesIO(answer.data)).active.title == "1  清单"

    def test_the_mended_workbook_loads_under_the_same_mapping(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, tmp_path: Path
    ) -> None:
        book = openpyxl.load_workbook(io.BytesIO(client.get(f"/batches/{batch}/rejected.xlsx").data))
        sheet = book.active
        sheet.cell(2, 8).value = "2024-02-29"
        sheet.cell(3, 5).value = person(80_002)[1]
        book.save(tmp_path / "改好.xlsx")
        mended = uploading.upload_from_path(org.uploader.actor, tmp_path / "改好.xlsx")
        assert mended.state == "loading"
        bench.run_jobs(org, until=lambda: self._loaded(org) == 4)
        assert self._loaded(org) == 4

    @staticmethod
    def _loaded(org: Org) -> int:
        with unit_of_work(system(org.org_id)) as work:
            number: int = work.execute("SELECT count(*) FROM cases").scalar_one()
        return number

    def test_the_original_comes_back_unchanged(
        self, bench: Bench, org: Org, client: FlaskClient, batch: UUID, tmp_path: Path
    ) -> None:
        answer = client.get(f"/batches/{batch}/original")
        assert answer.data == (tmp_path / "清单.xlsx").read_bytes()
        assert len(bench.events(org, "intake:batch:download_original")) == 1

    def test_who_may_see_what(self, bench: Bench, org: Org, batch: UUID) -> None:
        for role, who in org.people.items():
            client = bench.client(who)
            allowed = {page for page in PAGES if client.get(f"/batches/{batch}{page}").status_code in (200, 302)}
            expected = {"", "/progress"} if role in READERS else set()
            expected |= {"/mapping", "/rejected.xlsx", "/original"} if role == "uploader" else set()
            expected |= {"/original"} if role == "compliance" else set()
            assert allowed == expected, role

    def test_a_foreign_batch_is_not_there(self, bench: Bench, batch: UUID) -> None:
        stranger = bench.organisation()
        client = bench.client(stranger.uploader)
        for page in PAGES:
            assert client.get(f"/batches/{batch}{page}").status_code == 404
        assert post(client, "/batches/new", f"/batches/{batch}/again").status_code == 404
        refused = bench.events(stranger, "intake:batch:open")
        assert {event.outcome for event in refused} == {"refused"}
        assert client.get(f"/batches/{uuid4()}").status_code == 404


def test_every_code_has_a_name_that_fits_a_chip() -> None:
    for code in (*SAID, "account.known", "account.decided"):
        name = label_of_code(code)
        assert len(name.zh) <= 12
        assert "{" not in name.zh + name.en


def test_a_third_persons_column_is_kept_only_with_a_reason_that_the_journal_records(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    rows = [row | {"紧急联系人电话": "13900001111", "五级分类": "可疑"} for row in accounts(2, prefix)]
    path = write(tmp_path / "list.xlsx", rows, headers=(*HEADERS, "紧急联系人电话", "五级分类"))
    place = upload(client, path).location
    page = client.get(place).text
    assert "100%" in page
    assert "涉及第三人，默认不导入" in page
    assert "13900001111" not in page
    column = len(HEADERS)
    given = fields_of(page) | {f"field-{column}": "bank_card"}
    refused = client.post(place, data=given | {"action": "confirm"})
    assert refused.status_code == 422
    assert "保留须写明理由" in refused.text
    given |= {f"field-{column}": "", f"reason-{column}": "借款人书面同意，用于送达"}
    assert client.post(place, data=given | {"action": "confirm"}).status_code == 302
    with unit_of_work(system(org.org_id)) as work:
        new = work.execute("SELECT new FROM events WHERE action = 'intake:batch:map' AND org_id = :org", org=org.org_id)
        assert new.scalar_one()["third_persons"] == {"紧急联系人电话": "借款人书面同意，用于送达"}


def test_a_header_that_changed_a_little_is_shown_as_a_difference(
    bench: Bench, org: Org, client: FlaskClient, prefix: str, tmp_path: Path
) -> None:
    first = write(tmp_path / "first.xlsx", accounts(1, prefix))
    uploading.upload_from_path(org.uploader.actor, first, Wish(auto=True))
    renamed = tuple("拖欠天数" if name == "逾期天数" else name for name in HEADERS)
    rows = [
        {"拖欠天数" if name == "逾期天数" else name: cell for name, cell in row.items()}
        for row in accounts(1, f"{prefix}B")
    ]
    page = client.get(upload(client, write(tmp_path / "second.xlsx", rows, headers=renamed)).location).text
    assert "表头与上次不同" in page
    assert "新增 拖欠天数；少了 逾期天数" in page
