"""The pages of policies, as people go through them: draft, change, import, try, put forward, approve."""

import io
import re

import pytest
from flask.testing import FlaskClient

from reviewdesk.actor import system
from reviewdesk.audit.policy import BUILT_IN, load_policy
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.versions import folding, outline, shelf
from reviewdesk.audit.versions.differing import difference
from reviewdesk.db import unit_of_work
from tests.audit.test_service import a_batch, run
from tests.audit.test_versions import DECEASED_ONLY_WARNS, STUDENT_INFORMS, drafted, form_of, version
from tests.builders import Bench, Org, Someone, csrf


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


class Reader:
    """Somebody at a browser."""

    def __init__(self, bench: Bench, who: Someone) -> None:
        self.client: FlaskClient = bench.client(who)
        self.csrf = csrf(self.client.get("/account").get_data(as_text=True))

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def post(self, path: str, **form: object) -> tuple[int, str]:
        answer = self.client.post(path, data={**form, "csrf_token": self.csrf}, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)


def test_from_draft_to_approval(bench: Bench, org: Org) -> None:
    batch_id, _ids = a_batch(bench, org, {}, {"facts": {"deceased": True}})
    run(bench, org, batch_id)
    senior, compliance = Reader(bench, org.senior_reviewer), Reader(bench, org.compliance)
    status, page = senior.post("/policies", base=BUILT_IN, reason="按新公布的LPR更新")
    assert status == 200
    assert "CN-2026.1-v1" in page
    name = "CN-2026.1-v1"
    found = version(org, name)
    form = form_of(found.body, "checks", DECEASED_ONLY_WARNS)
    status, page = senior.post(f"/policies/{name}/parts/checks", edit=found.edit, **form.to_dict())
    assert "已保存，改动 2 处" in page
    page = senior.get(f"/policies/{name}")
    assert "借款人是否死亡" in page
    assert "先对当前草案完成一次试运行" in page
    senior.post(f"/policies/{name}/dry-runs", batch=str(batch_id))
    bench.run_jobs(org)
    page = senior.get(f"/policies/{name}")
    dry_run_id = re.search(r'name="dry_run".*?<option value="([0-9a-f-]{36})"', page, re.DOTALL)
    assert dry_run_id is not None
    result = senior.get(f"/policies/{name}/dry-runs/{dry_run_id[1]}")
    assert "结论会改变的案件" in result
    assert "不通过 → 注意" in result
    status, page = senior.post(f"/policies/{name}/propose", edit=version(org, name).edit, dry_run=dry_run_id[1])
    assert "须由未参与起草的合规专员批准" in page
    status, _page = senior.post(f"/policies/{name}/approve", dry_run=dry_run_id[1])
    assert status == 403
    status, page = compliance.post(f"/policies/{name}/approve", dry_run=dry_run_id[1])
    assert (status, version(org, name).state) == (200, "approved")


def test_the_attempt_to_approve_ones_own_draft_is_an_event(bench: Bench, org: Org) -> None:
    compliance = Reader(bench, org.compliance)
    compliance.post("/policies", base=BUILT_IN, reason="试")
    status, page = compliance.post("/policies/CN-2026.1-v1/approve", dry_run="00000000-0000-0000-0000-000000000001")
    assert status == 403
    assert "须由另一位合规专员批准" in page
    refused = [event for event in bench.events(org) if event.outcome == "refused"]
    assert [event.action for event in refused] == ["audit:policy:approve"]


def test_what_cannot_be_stored_is_shown_again_as_it_was_typed(bench: Bench, org: Org) -> None:
    name = drafted(org, STUDENT_INFORMS)
    senior, found = Reader(bench, org.senior_reviewer), version(org, name)
    form = form_of(found.body, "parameters", {"parameters/elderly_age/value": "六十五"})
    status, page = senior.post(f"/policies/{name}/parts/parameters", edit=found.edit, **form.to_dict())
    assert status == 422
    assert "没有保存" in page
    assert re.search(r'value="六十五"[^>]*aria-describedby="wrong-parameters/elderly_age/value" autofocus', page)
    assert re.search(r'id="wrong-parameters/elderly_age/value">[^<]*提示为高龄的年龄', page)
    assert page.count('aria-invalid="true"') == 1
    assert version(org, name).edit == found.edit


def test_a_share_out_of_bounds_says_how_a_percentage_is_written(bench: Bench, org: Org) -> None:
    name = drafted(org, STUDENT_INFORMS)
    senior, found = Reader(bench, org.senior_reviewer), version(org, name)
    form = form_of(found.body, "lpr", {"lpr/values/12/rate": "2.9"})
    status, page = senior.post(f"/policies/{name}/parts/lpr", edit=found.edit, **form.to_dict())
    assert status == 422
    assert "须小于 1；百分数请带 % 号，如 2.9%" in page


def test_a_table_is_downloaded_and_imported(bench: Bench, org: Org) -> None:
    name = drafted(org, STUDENT_INFORMS)
    senior = Reader(bench, org.senior_reviewer)
    text = senior.get(f"/policies/{name}/tables/lpr-values")
    assert text.splitlines()[0].removeprefix("\ufeff") == "自,利率,已核对"
    file = (io.BytesIO("日期,上班,依据\n2027-01-01,否,国务院办公厅\n".encode()), "放假.csv")
    status, page = senior.post(f"/policies/{name}/tables/holidays", edit=version(org, name).edit, cites="", file=file)
    assert status == 200
    assert "已导入：新增 1 行，替换 0 行，移除 0 行" in page
    assert version(org, name).body["holidays"][0]["day"] == "2027-01-01"
    status, page = senior.post(f"/policies/{name}/tables/holidays", edit=version(org, name).edit, cites="")
    assert status == 422
    assert "请选择文件" in page


def test_a_reviewer_reads_and_changes_nothing(bench: Bench, org: Org) -> None:
    name = drafted(org, STUDENT_INFORMS)
    reviewer = Reader(bench, org.reviewer)
    assert "起草新版本" not in reviewer.get("/policies")
    assert 'name="checks/' not in reviewer.get(f"/policies/{name}/parts/checks")
    assert reviewer.post(f"/policies/{name}/retire", reason="试")[0] == 403


def test_every_part_of_the_built_in_policy_is_readable_and_no_form(bench: Bench, org: Org) -> None:
    senior = Reader(bench, org.senior_reviewer)
    for section in outline.words.SECTIONS:
        assert 'name="edit"' not in senior.get(f"/policies/{BUILT_IN}/parts/{section}")
    assert senior.client.get(f"/policies/{BUILT_IN}/parts/nothing").status_code == 404
    assert senior.client.get("/policies/CN-1999.1/parts/checks").status_code == 404
    with unit_of_work(system(org.org_id)) as work:
        assert shelf.body_named(work, BUILT_IN)["name"] == BUILT_IN


def test_every_parameter_and_check_is_in_one_group() -> None:
    body = outline.body_of(load_policy())
    names = [name for _title, members in folding.PARAMETERS.values() for name in members]
    assert sorted(names) == sorted(body["parameters"])
    assert {name.partition(".")[0] for name in CHECKS} == set(folding.FAMILIES)
    for section in outline.words.SECTIONS:
        grids = outline.grids(body, section)
        groups = folding.folded(grids, []).groups
        assert sum(len(group.rows) for group in groups) == sum(len(grid.rows) for grid in grids)


def test_groups_count_what_differs_and_open_for_it() -> None:
    before = outline.body_of(load_policy())
    after = outline.body_of(load_policy())
    after["parameters"]["elderly_age"]["value"] = "65"
    after["parameters"]["elderly_age"]["cites"] = "内部规则2026"
    shown = folding.folded(
        outline.grids(after, "parameters"), difference(before, after), {"parameters/lawyer_fee/value"}
    )
    assert [(group.id, group.changed) for group in shown.groups if group.open] == [
        ("parameters-people", 2),
        ("parameters-cost", 0),
    ]
    people = shown.groups[2]
    row = next(row for row in people.rows if row.key == "elderly_age")
    assert [getattr(shown.was(people, row, cell), "zh", None) for cell in row.cells] == ["70 年", "内部规则", None]
    assert (shown.changed, shown.differs(people, row), row.anchor) == (2, True, "parameters.elderly_age")


def test_a_row_that_is_gone_counts_in_its_table() -> None:
    before = outline.body_of(load_policy())
    after = outline.body_of(load_policy())
    del after["lpr"]["values"][0]
    after_grids = outline.grids(after, "lpr")
    changes = [one for one in difference(before, after) if one.section == "lpr"]
    (gone,) = {(one.row, one.anchor, one.after) for one in changes}
    assert gone[1:] == ("", None)
    assert {group.id: group.changed for group in folding.folded(after_grids, changes).groups} == {
        "lpr": 0,
        "lpr-values": len(changes),
    }


def test_a_draft_shows_what_it_changed_and_what_is_not_saved(bench: Bench, org: Org) -> None:
    name = drafted(org, STUDENT_INFORMS)
    senior, found = Reader(bench, org.senior_reviewer), version(org, name)
    page = senior.get(f"/policies/{name}/parts/checks")
    assert "只看改动 2" in page
    assert "原为 阻断" in page
    assert "data-edited data-typed" not in page
    link = f'href="/policies/{name}/parts/checks#checks.capacity.student"'
    assert link in senior.get(f"/policies/{name}")
    form = form_of(found.body, "parameters", {"parameters/elderly_age/value": "六十五"})
    _status, page = senior.post(f"/policies/{name}/parts/parameters", edit=found.edit, **form.to_dict())
    assert "未保存 1 项" in page
    assert page.count("data-edited data-typed") == 1
