"""Saved mappings: what each says, its versions and their differences, how often it was used, and retiring it."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound, Stale, Text
from reviewdesk.intake import layouts, retiring, uploading
from reviewdesk.intake.mapping import BY_ROW, Mapping, Part, Rule, SideRule
from reviewdesk.intake.mapping_words import columns_said, differences, sheets_said, whole_said
from reviewdesk.intake.models import Batch, SavedMapping
from reviewdesk.intake.saved_mappings import latest_for, remembered_rules, save
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench, Org, csrf
from tests.intake.sheets import HEADERS, accounts, write
from tests.intake.test_archives import zipped
from tests.intake.test_mapping_page import confirm, sent
from tests.intake.test_views import upload

AUTO = Wish(auto=True)
REASON = "利率一列读错了"


def sheet(path: Path, *, odd: str = "") -> Path:
    """Two accounts under plain headers; `odd` is one more header, whose column is nothing."""
    rows = accounts(2, f"HT{uuid4().hex[:10].upper()}")
    return write(path, [row | ({odd: "x"} if odd else {}) for row in rows], headers=(*HEADERS, *filter(None, [odd])))


def taken_in(bench: Bench, org: Org, path: Path, wish: Wish = AUTO) -> Batch:
    batch = uploading.upload_from_path(org.uploader.actor, path, wish)
    bench.run_jobs(org)
    return batch


def latest(org: Org) -> SavedMapping:
    (layout,) = listed(org)
    return layout.latest


def listed(org: Org, **wanted: Any) -> list[layouts.Layout]:
    with unit_of_work(org.uploader.actor) as work:
        return layouts.list_layouts(work, **wanted)


def versions(org: Org, mapping_id: UUID) -> list[layouts.Version]:
    with unit_of_work(org.uploader.actor) as work:
        return layouts.versions(work, layouts.find_mapping(work, mapping_id))


class TestWords:
    MAPPING = Mapping(
        (
            Rule(0, "编号", "account_no"),
            Rule(1, "本金", "principal", "万元"),
            Rule(2, "利率", "annual_rate", None, "month", reading="percent"),
            Rule(3, "姓名/证件", None, split="id", parts=(Part("borrower_name"), Part("id_no"), Part(None))),
            Rule(4, "联系人电话", None, reason="担保人，需通知"),
            Rule(5, "紧急联系人", None),
            Rule(6, "内部代号", None, drop=True),
            Rule(7, "备用", None),
            Rule(8, "", None),
            Rule(9, "期限", "terms", reading="likely"),
        ),
        {"lender_kind": "consumer_finance", "lender_name": "海川消费金融"},
        360,
        (BY_ROW,),
        ("id_no",),
        (
            SideRule("流水", "repayments", {"实收": "amount", "经办": None}, {"还款日": "day_first"}),
            SideRule("说明", None),
        ),
    )

    def test_each_column(self) -> None:
        said = {one.header: (one.letters, one.group, one.means.zh, one.reason) for one in columns_said(self.MAPPING)}
        assert said == {
            "编号": ("A", "filled", "借据号", None),
            "本金": ("B", "filled", "借款本金 · 万元", None),
            "利率": ("C", "filled", "年利率 · 按月 · 数字是百分数", None),
            "姓名/证件": ("D", "filled", "按姓名与证件号拆成 借款人姓名 ＋ 身份证号 ＋ 不导入", None),
            "联系人电话": ("E", "kept", "原样保留", "担保人，需通知"),
            "紧急联系人": ("F", "third", "不导入", None),
            "内部代号": ("G", "left", "不导入", None),
            "备用": ("H", "kept", "原样保留", None),
            "期限": ("J", "filled", "期数", None),
        }

    def test_what_holds_for_the_sheet_and_those_beside_it(self) -> None:
        assert [(one.of.zh, one.means.zh) for one in whole_said(self.MAPPING)] == [
            ("机构类型", "消费金融公司"),
            ("出借人", "海川消费金融"),
            ("日利率按一年", "360 天"),
            ("借据号（表中没有）", "按所在行编号"),
            ("表中没有的必填项", "身份证号"),
        ]
        first, second = sheets_said(self.MAPPING)
        assert (first.sheet, first.means.zh, second.means.zh) == ("流水", "还款明细", "不读取")
        assert [(one.of.zh, one.means.zh) for one in first.columns] == [
            ("实收", "还款金额"),
            ("经办", "不读取"),
            ("还款日", "日/月/年"),
        ]

    def test_what_differs_and_nothing_else(self) -> None:
        rules = list(self.MAPPING.rules)
        rules[1] = replace(rules[1], unit="元", column=20)
        rules[4] = replace(rules[4], reason=None)
        rules[9] = replace(rules[9], reading="open")
        after = replace(
            self.MAPPING,
            rules=tuple(rules),
            constants={"lender_kind": "bank"},
            key=("id_no",),
            sides=self.MAPPING.sides[:1],
        )
        found = [
            (one.of.zh, one.was and one.was.zh, one.now and one.now.zh) for one in differences(self.MAPPING, after)
        ]
        assert found == [
            ("本金", "借款本金 · 万元", "借款本金 · 元"),
            ("联系人电话", "原样保留：担保人，需通知", "不导入"),
            ("机构类型", "消费金融公司", "银行"),
            ("借据号（表中没有）", "按所在行编号", "由身份证号合成"),
            ("出借人", "海川消费金融", None),
            ("说明", "不读取", None),
        ]
        assert differences(after, after) == ()


class TestList:
    def test_a_layout_tells_of_its_batches_and_whose_it_is(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        first = taken_in(bench, org, sheet(tmp_path / "十月.xlsx"))
        second = taken_in(bench, org, sheet(tmp_path / "十一月.xlsx"))
        other = taken_in(bench, org, sheet(tmp_path / "另一种.xlsx", odd="内部代号"))
        two, one = listed(org)
        assert (one.batches, one.latest.version, one.last and one.last.batch_id) == (2, 1, second.batch_id)
        assert (two.batches, two.last and two.last.name) == (1, other.name)
        assert (one.headers, one.filled, two.filled) == (list(HEADERS), 9, 9)
        assert one.latest.by_name == org.uploader.name
        assert first.mapping_id == second.mapping_id == one.latest.mapping_id

    def test_each_file_of_an_archive_has_its_own(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        files = {
            f"{name}.xlsx": sheet(tmp_path / f"{name}.xlsx", odd=name[:1]).read_bytes() for name in ("甲", "乙1", "乙2")
        }
        batch = taken_in(bench, org, zipped(tmp_path / "all.zip", **files))
        assert [(one.headers[-1], one.batches, one.last and one.last.batch_id) for one in listed(org)] in (
            [("甲", 1, batch.batch_id), ("乙", 1, batch.batch_id)],
            [("乙", 1, batch.batch_id), ("甲", 1, batch.batch_id)],
        )

    def test_it_comes_in_pages_and_by_state(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        for odd in ("", "甲", "乙"):
            taken_in(bench, org, sheet(tmp_path / f"a{odd}.xlsx", odd=odd))
        whole = listed(org)
        shown = listed(org, size=1)
        assert [one.latest.mapping_id for one in shown] == [one.latest.mapping_id for one in whole[:2]]
        rest = listed(org, after=shown[0].cursor)
        assert [one.latest.mapping_id for one in rest] == [one.latest.mapping_id for one in whole[1:]]
        retiring.retire(org.uploader.actor, whole[1].latest.mapping_id, REASON)
        assert [one.latest.mapping_id for one in listed(org, in_use=False)] == [whole[1].latest.mapping_id]
        assert len(listed(org, in_use=True)) == 2
        with unit_of_work(org.uploader.actor) as work:
            assert layouts.counts(work) == (2, 1)
        with pytest.raises(Invalid):
            listed(org, after="nonsense")

    def test_an_import_that_came_to_nothing_is_no_use(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        client = bench.client(org.uploader)
        place = upload(client, sheet(tmp_path / "a.xlsx"), rows="99").location
        assert confirm(client, place).status_code == 302
        bench.run_jobs(org)
        (one,) = listed(org)
        assert (one.batches, one.last) == (0, None)

    def test_versions_tell_what_each_changed(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        named = {"columns": {"欠款总额": {"field": "total_claimed", "unit": "万元"}}}
        taken_in(bench, org, sheet(tmp_path / "b.xlsx"), Wish(mapping=named))
        second, first = versions(org, latest(org).mapping_id)
        assert (first.batches, first.changes, second.batches) == (1, None, 1)
        (change,) = second.changes or ()
        assert (change.of.zh, change.was, change.now) == (
            "欠款总额",
            Text("欠款总额", "Total claimed"),
            Text("欠款总额 · 万元", "Total claimed · 10,000 yuan"),
        )


class TestRetiring:
    def test_the_next_file_is_asked_about_again(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        known = latest(org)
        retiring.retire(org.uploader.actor, known.mapping_id, f"{REASON} 13800138000")
        waiting = taken_in(bench, org, sheet(tmp_path / "b.xlsx"))
        assert waiting.state == "mapping"
        with unit_of_work(org.uploader.actor) as work:
            assert remembered_rules(work) == {}
        (event,) = bench.events(org, retiring.RETIRE)
        assert (event.subject_kind, event.subject_id) == ("mapping", str(known.mapping_id))
        assert event.old == {"state": "active"}
        assert event.new == {
            "state": "retired",
            "reason": f"{REASON} 138****8000",
            "version": 1,
            "headers": list(HEADERS[:5]),
        }

    def test_it_is_taken_up_again(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        known = latest(org)
        for _twice in range(2):
            retiring.retire(org.uploader.actor, known.mapping_id, REASON)
        for _twice in range(2):
            retiring.use_again(org.uploader.actor, known.mapping_id)
        assert latest(org).retired is None
        assert taken_in(bench, org, sheet(tmp_path / "b.xlsx")).state == "loading"
        assert [len(bench.events(org, action)) for action in (retiring.RETIRE, retiring.USE)] == [1, 1]
        (event,) = bench.events(org, retiring.USE)
        assert event.old == {"state": "retired", "reason": REASON}

    def test_who_confirms_anew_has_the_next_version_in_use(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        client = bench.client(org.uploader)
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        known = latest(org)
        retiring.retire(org.uploader.actor, known.mapping_id, REASON)
        place = upload(client, sheet(tmp_path / "b.xlsx")).location
        assert place.endswith("/mapping")
        assert f"决定不再使用这套表头的列对应，请重新确认：{REASON}" in client.get(place).text
        assert confirm(client, place).status_code == 302
        again = latest(org)
        assert (again.version, again.retired, again.body) == (2, None, known.body)
        second, first = versions(org, again.mapping_id)
        assert (second.changes, first.saved.retired is None) == ((), False)

    def test_what_nobody_looked_at_anew_stays_retired(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        known = latest(org)
        retiring.retire(org.uploader.actor, known.mapping_id, REASON)
        answered = replace(Mapping.from_json(known.body), day_count=360)
        with unit_of_work(org.uploader.actor) as work:
            saved = save(work, answered, by="answer")
            stays = latest_for(work, known.header_hash)
        assert saved is stays
        assert (saved.version, saved.retired and saved.retired["reason"]) == (2, REASON)

    def test_it_needs_a_reason_and_the_latest_version(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        known = latest(org)
        for words in ("  ", "x" * (retiring.MOST_REASON + 1)):
            with pytest.raises(Invalid):
                retiring.retire(org.uploader.actor, known.mapping_id, words)
        with unit_of_work(org.uploader.actor) as work:
            save(work, replace(Mapping.from_json(known.body), day_count=360), by="person")
        with pytest.raises(Stale):
            retiring.retire(org.uploader.actor, known.mapping_id, REASON)
        assert latest(org).retired is None
        assert bench.events(org, retiring.RETIRE) == []

    def test_only_an_uploader_of_its_organisation_may(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        mapping_id = latest(org).mapping_id
        with pytest.raises(NotAllowed):
            retiring.retire(org.senior_reviewer.actor, mapping_id, REASON)
        with pytest.raises(NotFound):
            retiring.retire(bench.organisation().uploader.actor, mapping_id, REASON)
        assert latest(org).retired is None


class TestPages:
    def test_nothing_is_saved_yet(self, client: FlaskClient) -> None:
        page = client.get("/batches/mappings").text
        assert "还没有已存的列对应" in page
        assert "/batches/mappings" in client.get("/batches").text

    def test_from_the_list_to_retiring_and_back(
        self, bench: Bench, org: Org, client: FlaskClient, tmp_path: Path
    ) -> None:
        path = sheet(tmp_path / "清单.xlsx", odd="联系人电话")
        place = upload(client, path).location
        last = len(HEADERS)
        kept = {f"field-{last}": "", f"reason-{last}": "担保人，需通知"}
        assert client.post(place, data=sent(client.get(place).text) | kept | {"action": "confirm"}).status_code == 302
        bench.run_jobs(org)
        at = f"/batches/mappings/{latest(org).mapping_id}"
        assert at in client.get("/batches/mappings").text
        assert at in client.get(f"/batches/{place.split('/')[2]}").text
        page = client.get(at).text
        assert "保留的理由：担保人，需通知" in page
        assert "第一版" in page
        refused = client.post(f"{at}/retire", data={"csrf_token": csrf(page), "reason": " "})
        assert (refused.status_code, "请写明不再使用的理由" in refused.text) == (422, True)
        assert client.post(f"{at}/retire", data={"csrf_token": csrf(page), "reason": REASON}).location == at
        page = client.get(at).text
        assert f"决定不再使用：{REASON}" in page
        assert at in client.get("/batches/mappings?show=retired").text
        assert "没有符合条件的列对应" in client.get("/batches/mappings?show=used").text
        assert "不再使用已存的列对应" in bench.client(org.compliance).get("/journal").text
        assert client.post(f"{at}/use", data={"csrf_token": csrf(page)}).location == at
        assert "使用中" in client.get(at).text

    def test_an_earlier_version_leads_to_the_latest_and_is_not_retired(
        self, bench: Bench, org: Org, client: FlaskClient, tmp_path: Path
    ) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        first = latest(org)
        with unit_of_work(org.uploader.actor) as work:
            second = save(work, replace(Mapping.from_json(first.body), day_count=360), by="person")
        page = client.get(f"/batches/mappings/{first.mapping_id}").text
        assert "这是旧版本" in page
        assert f"/batches/mappings/{second.mapping_id}" in page
        token = csrf(page)
        answer = client.post(
            f"/batches/mappings/{first.mapping_id}/retire", data={"csrf_token": token, "reason": REASON}
        )
        assert "已有新版本" in client.get(answer.location).text
        assert latest(org).retired is None

    def test_reviewers_read_and_do_not_retire(self, bench: Bench, org: Org, tmp_path: Path) -> None:
        taken_in(bench, org, sheet(tmp_path / "a.xlsx"))
        at = f"/batches/mappings/{latest(org).mapping_id}"
        reviewer = bench.client(org.reviewer)
        page = reviewer.get(at)
        assert (page.status_code, f"{at}/retire" in page.text) == (200, False)
        refused = reviewer.post(f"{at}/retire", data={"csrf_token": csrf(page.text), "reason": REASON})
        assert refused.status_code == 403
        stranger = bench.organisation()
        assert bench.client(stranger.uploader).get(at).status_code == 404
        (attempt,) = bench.events(stranger, "intake:mapping:open")
        assert attempt.outcome == "refused"
