"""An organisation's own policy: drafted, tried, approved by somebody else, in force from its day, and in every run."""

import copy
import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import MultiDict

from reviewdesk.actor import system
from reviewdesk.audit import queries, service
from reviewdesk.audit.models import DryRun
from reviewdesk.audit.policy import BUILT_IN, load_policy
from reviewdesk.audit.policy_tables import DayOff
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.versions import drafts, dry_run, entering, outline, shelf, tables, words
from reviewdesk.audit.versions.differing import difference
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from reviewdesk.journal import words as journal_words
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from tests.audit.cases import sound_facts
from tests.audit.test_service import a_batch, ask, current, run
from tests.builders import Bench, Org, Someone


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def form_of(body: outline.Body, section: str, changes: dict[str, Any]) -> MultiDict[str, str]:
    """What the form of a section sends when only some of its values were changed; None unticks or drops a value."""
    form: MultiDict[str, str] = MultiDict()
    for grid in outline.grids(body, section):
        for row in grid.rows:
            for cell in row.cells:
                if cell.kind.name == "bool":
                    if cell.value:
                        form[cell.path] = "1"
                elif cell.kind.name == "choices":
                    form.setlist(cell.path, cell.value)
                elif cell.kind.name == "order":
                    form[cell.path] = cell.shown.zh
                else:
                    form[cell.path] = cell.typed
    for path, value in changes.items():
        form.poplist(path)
        if value is not None:
            form[path] = value
    return form


def version(org: Org, name: str) -> Any:
    with unit_of_work(system(org.org_id)) as work:
        return shelf.find(work, name)


def change(org: Org, who: Someone, name: str, section: str, **changes: Any) -> drafts.Edited:
    found = version(org, name)
    return drafts.edit(who.actor, name, section, form_of(found.body, section, changes["values"]), found.edit)


def drafted(org: Org, values: dict[str, Any], section: str = "checks") -> str:
    name = drafts.draft(org.senior_reviewer.actor, BUILT_IN, "本机构要求").name
    change(org, org.senior_reviewer, name, section, values=values)
    return name


def tried(bench: Bench, org: Org, name: str, scope: dict[str, Any]) -> DryRun:
    dry_run_id = dry_run.begin(org.senior_reviewer.actor, name, scope)
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    with unit_of_work(system(org.org_id)) as work:
        return work.session.get_one(DryRun, (org.org_id, dry_run_id))


def approved(bench: Bench, org: Org, values: dict[str, Any]) -> str:
    name = drafted(org, values)
    found = tried(bench, org, name, {"last": 10})
    drafts.propose(org.senior_reviewer.actor, name, found.dry_run_id, version(org, name).edit)
    drafts.approve(org.compliance.actor, name, found.dry_run_id)
    return name


DECEASED_ONLY_WARNS = {"checks/capacity.deceased/severity": "warn", "checks/capacity.deceased/reason": "由人工核对"}
STUDENT_INFORMS = {"checks/capacity.student/severity": "info", "checks/capacity.student/reason": "由人工核对"}


class TestOutline:
    def test_a_form_sent_back_unchanged_changes_nothing(self) -> None:
        body = outline.body_of(load_policy())
        for section in words.SECTIONS:
            after = entering.changed(body, section, form_of(body, section, {}))
            assert difference(body, after) == []

    def test_every_value_of_a_policy_is_on_a_page(self) -> None:
        """Only names, rules and bounds are fixed; all other values are in some cell."""
        shown = {cell.path for _s, grid in outline.every_grid(outline.body_of(load_policy())) for row in grid.rows
                 for cell in row.cells}  # fmt: skip

        def paths(value: Any, at: str = "") -> list[str]:
            if isinstance(value, dict):
                return [path for name, part in value.items() for path in paths(part, f"{at}/{name}")]
            if isinstance(value, list) and value and isinstance(value[0], dict):
                return [path for place, part in enumerate(value) for path in paths(part, f"{at}/{place}")]
            return [at[1:]]

        fixed = re.compile(
            r"^(name|holidays)$|/(id|rule|unit|min|max|name)$|^(parameters|evidence|defences)/\w+/(zh|en)$"
        )
        lost = [path for path in paths(outline.body_of(load_policy())) if path not in shown and not fixed.search(path)]
        assert lost == []

    @pytest.mark.parametrize(
        ("section", "path", "value", "said"),
        [
            ("parameters", "parameters/adult_age/value", "", "参数 › 完全民事行为能力年龄 › 值：请填写"),
            ("parameters", "parameters/adult_age/value", "十八", "须为数字"),
            ("parameters", "parameters/elderly_age/value", "65.5", "须为整数"),
            ("parameters", "parameters/adult_age/value", "900", "不在允许的 18 至 18 之间"),
            ("lpr", "lpr/confirmed_to", "明天", "须为日期"),
            ("lpr", "lpr/confirmed_to", "2019-01-01", "确认有效至"),
            ("wages", "wages/0/yuan", "1.005", "两位小数"),
            ("lenders", "set_off/order", "费用、罚金", "不认识“罚金”"),
            ("lenders", "set_off/order", "费用、利息", "各一次"),
            ("caps", "caps/2/rate", "", "固定上限须填利率"),
            ("caps", "caps/0/formed_to", "2020-08-18", "须恰好一条"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_place(self, section: str, path: str, value: str, said: str) -> None:
        body = outline.body_of(load_policy())
        with pytest.raises(Invalid) as refused:
            entering.changed(body, section, form_of(body, section, {path: value}))
        assert said in refused.value.text.zh
        assert "field" in refused.value.details

    def test_values_are_shown_with_their_units(self) -> None:
        cells = {cell.path: cell for _s, _g, _r, cell in outline.every_cell(outline.body_of(load_policy()))}
        shown = {
            "parameters/second_approval_above/value": ("200,000 元", "200,000 yuan"),
            "parameters/overdue_days_tolerance/value": ("1 天", "1 day"),
            "parameters/all_in_tolerance/value": ("0.05%", "0.05%"),
            "parameters/phone_borrowers/value": ("2", "2"),
            "caps/2/rate": ("24%", "24%"),
            "caps/2/formed_from": ("—", "—"),
            "parameters/limitation_years/cites": ("民法典第188条", "Civil Code Art. 188"),
        }
        assert {path: (cells[path].shown.zh, cells[path].shown.en) for path in shown} == shown

    def test_percent_and_plain_rates_are_the_same(self) -> None:
        body = outline.body_of(load_policy())
        as_percent = entering.changed(body, "caps", form_of(body, "caps", {"caps/2/rate": "20%"}))
        assert as_percent["caps"][2]["rate"] == "0.2"

    def test_an_order_is_kept_as_it_is_written(self) -> None:
        body = outline.body_of(load_policy())
        order = "principal, Interest, 复利、penalty interest，费用"
        after = entering.changed(body, "lenders", form_of(body, "lenders", {"set_off/order": order}))
        assert after["set_off"]["order"] == ["principal", "interest", "compound", "penalty", "fees"]

    def test_rows_of_dated_tables_come_and_go(self) -> None:
        body = outline.body_of(load_policy())
        new = {"lpr/values/new0/from": "2026-09-21", "lpr/values/new0/rate": "0.029", "lpr/values/0/drop": "1",
               "lpr/confirmed_to": "2026-11-20"}  # fmt: skip
        after = entering.changed(body, "lpr", form_of(body, "lpr", new))
        assert after["lpr"]["values"][-1] == {"from": "2026-09-21", "rate": "0.029", "verified": False}
        assert len(after["lpr"]["values"]) == len(body["lpr"]["values"])
        told = {one.where.zh: (one.before, one.after) for one in difference(body, after)}
        assert told["历次公布值 › 2026-09-21 › 利率"][0] is None
        assert told["历次公布值 › 2019-08-20 › 利率"][1] is None

    def test_holidays_of_the_policy_move_the_end_of_a_period(self) -> None:
        policy = load_policy()
        off = DayOff(day=date(2026, 11, 25), cites="国办发明电", verified=True)
        rules = rules_on(policy.model_copy(update={"holidays": (off,)}), date(2026, 11, 25))
        from reviewdesk.audit.calendar import working_day_from

        assert working_day_from(date(2026, 11, 25), rules.holidays).day == date(2026, 11, 26)


class TestTables:
    def test_a_table_comes_back_as_it_went(self, tmp_path: Path) -> None:
        body = outline.body_of(load_policy())
        for table in ("lpr-values", "wages"):
            file = tmp_path / f"{table}.csv"
            file.write_text(tables.as_csv(body, table), encoding="utf-8")
            taken = tables.from_file(body, table, file, "")
            assert (difference(body, taken.body), taken.added) == ([], 0)

    def test_holidays_from_a_workbook(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        book.active.append(["日期", "上班", "依据"])
        book.active.append([date(2027, 1, 1), "否", "国务院办公厅通知"])
        book.active.append(["2027-01-03", "是", ""])
        book.save(tmp_path / "x.xlsx")
        taken = tables.from_file(outline.body_of(load_policy()), "holidays", tmp_path / "x.xlsx", "国办〔2026〕1号")
        assert taken.added == 2
        assert taken.body["holidays"][1] == {
            "day": "2027-01-03", "works": True, "cites": "国办〔2026〕1号", "verified": False,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "said"),
        [("日期\n2026-01-01\n", "缺少列：自、利率"), ("自,利率\n2026-10-20,三\n", "第 2 行“利率”：须为数字")],
    )
    def test_a_bad_file_is_refused_with_its_place(self, tmp_path: Path, text: str, said: str) -> None:
        (tmp_path / "x.csv").write_text(text, encoding="utf-8")
        with pytest.raises(Invalid) as refused:
            tables.from_file(outline.body_of(load_policy()), "lpr-values", tmp_path / "x.csv", "")
        assert said in refused.value.text.zh

    def test_every_format_that_the_page_names_is_taken(self, tmp_path: Path) -> None:
        body = outline.body_of(load_policy())
        (tmp_path / "x.tsv").write_text("自\t利率\n2026-10-20\t0.03\n", encoding="utf-8")
        assert tables.from_file(body, "lpr-values", tmp_path / "x.tsv", "").added == 1

    def test_what_is_read_elsewhere_only_is_told_without_asking_for_it(self, tmp_path: Path) -> None:
        """An upload of accounts may be a zip and have a password; a table of a policy is neither."""
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
            packed.writestr("a.csv", "自,利率\n2026-10-20,0.03\n")
        (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
        (tmp_path / "x.xlsx").write_bytes(locked("secret"))
        for name, code in (("x.zip", "file.archive"), ("x.pdf", "file.not_a_workbook"), ("x.xlsx", "file.encrypted")):
            with pytest.raises(Invalid) as refused:
                tables.from_file(outline.body_of(load_policy()), "lpr-values", tmp_path / name, "")
            said = refused.value.text
            assert refused.value.code == code
            assert not any(word in said.zh + said.en for word in ("zip", "批次", "输入密码", "Give the password"))


def locked(password: str) -> bytes:
    """A workbook that opens with a password."""
    book, out = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(book)
    OOXMLFile(book).encrypt(password, out)
    return out.getvalue()


class TestDrafts:
    def test_the_steps_are_in_the_journal(self, bench: Bench, org: Org) -> None:
        name = approved(bench, org, STUDENT_INFORMS)
        actions = [event.action for event in bench.events(org) if event.action.startswith("audit:policy:")]
        assert actions == [
            "audit:policy:draft",
            "audit:policy:edit",
            "audit:policy:dry_run",
            "audit:policy:finish_dry_run",
            "audit:policy:propose",
            "audit:policy:approve",
        ]
        edited = next(event for event in bench.events(org) if event.action == "audit:policy:edit")
        told = journal_words.tell(edited.action, "done", old=edited.old, new=edited.new)
        assert "级别：阻断 → 仅提示" in told.zh
        assert "Severity: blocks → informs" in told.en
        assert version(org, name).state == "approved"

    def test_a_check_is_never_switched_off_silently(self, org: Org) -> None:
        name = drafts.draft(org.senior_reviewer.actor, BUILT_IN, "试").name
        with pytest.raises(Invalid) as refused:
            change(org, org.senior_reviewer, name, "checks", values={"checks/capacity.student/enabled": None})
        assert refused.value.code == "policy.check_reason"

    def test_who_saw_an_older_draft_changes_nothing(self, org: Org) -> None:
        name = drafted(org, STUDENT_INFORMS)
        found = version(org, name)
        with pytest.raises(Stale):
            drafts.edit(org.senior_reviewer.actor, name, "checks", form_of(found.body, "checks", {}), found.edit - 1)

    def test_another_organisation_sees_nothing(self, bench: Bench, org: Org) -> None:
        name = drafted(org, STUDENT_INFORMS)
        with pytest.raises(NotFound), unit_of_work(system(bench.organisation().org_id)) as work:
            shelf.find(work, name)

    def test_nobody_approves_what_they_drafted(self, bench: Bench, org: Org) -> None:
        name = drafted(org, STUDENT_INFORMS)
        change(org, org.compliance, name, "parameters", values={"parameters/elderly_age/value": "65"})
        found = tried(bench, org, name, {"last": 10})
        drafts.propose(org.senior_reviewer.actor, name, found.dry_run_id, version(org, name).edit)
        with pytest.raises(NotAllowed) as refused:
            drafts.approve(org.compliance.actor, name, found.dry_run_id)
        assert refused.value.refusal is not None
        assert refused.value.refusal.action == "audit:policy:approve"
        with pytest.raises(NotAllowed):
            drafts.approve(org.senior_reviewer.actor, name, found.dry_run_id)
        drafts.approve(bench.person(org, "compliance").actor, name, found.dry_run_id)

    def test_the_database_holds_the_rule_too(self, bench: Bench, org: Org) -> None:
        name = drafted(org, STUDENT_INFORMS)
        with pytest.raises(IntegrityError, match="second person"), unit_of_work(system(org.org_id)) as work:
            work.execute(
                "UPDATE policies SET state = 'approved', approved_at = now(), approved_by_id = by_id, "
                "dry_run_id = :run WHERE org_id = :org AND name = :name",
                org=org.org_id,
                name=name,
                run=uuid4(),
            )
        done = approved(bench, org, STUDENT_INFORMS)
        with pytest.raises(IntegrityError, match="does not change"), unit_of_work(system(org.org_id)) as work:
            work.execute(
                "UPDATE policies SET body = body || '{\"x\": 1}' WHERE org_id = :org AND name = :name",
                org=org.org_id,
                name=done,
            )

    def test_an_approval_names_a_dry_run_of_the_draft_as_it_stands(self, bench: Bench, org: Org) -> None:
        name = drafted(org, STUDENT_INFORMS)
        early = tried(bench, org, name, {"last": 10})
        change(org, org.senior_reviewer, name, "parameters", values={"parameters/elderly_age/value": "65"})
        with pytest.raises(Invalid) as refused:
            drafts.propose(org.senior_reviewer.actor, name, early.dry_run_id, version(org, name).edit)
        assert refused.value.code == "policy.dry_run_old"
        fresh = tried(bench, org, name, {"last": 10})
        drafts.propose(org.senior_reviewer.actor, name, fresh.dry_run_id, version(org, name).edit)
        with pytest.raises(Invalid):
            drafts.approve(org.compliance.actor, name, early.dry_run_id)
        with pytest.raises(Conflict):
            change(org, org.senior_reviewer, name, "parameters", values={"parameters/elderly_age/value": "66"})


class TestInForce:
    def test_runs_keep_the_policy_that_judged_them(self, bench: Bench, org: Org) -> None:
        first, (case_id,) = a_batch(bench, org, {"facts": {"deceased": True}})
        run(bench, org, first)
        name = approved(bench, org, DECEASED_ONLY_WARNS)
        second, (other_id,) = a_batch(bench, org, {"facts": {"deceased": True}})
        run(bench, org, second)
        assert (current(org, case_id).policy, current(org, case_id).verdict) == (BUILT_IN, "blocked")
        later = current(org, other_id)
        assert (later.policy, later.verdict) == (name, "attention")
        told = {f["check"]: f for f in queries.findings_of(later, {**sound_facts(), "deceased": True})}
        assert told["capacity.deceased"]["severity"] == "warn"

    def test_a_change_in_the_middle_of_a_batch_does_not_split_it(self, bench: Bench, org: Org) -> None:
        batch_id, ids = a_batch(bench, org, {"facts": {"deceased": True}}, {"facts": {"deceased": True}})
        with unit_of_work(system(org.org_id)) as work:
            service.begin_batch(work, batch_id)
            move_cases(work, Verb.FINISH_AUDIT, service.audit_chunk(work, batch_id, ids[0], ids[0]).case_ids)
        approved(bench, org, DECEASED_ONLY_WARNS)
        assert {current(org, case_id).policy for case_id in ids} == {BUILT_IN}

    def test_a_version_holds_from_its_day_and_until_it_is_retired(self, bench: Bench, org: Org) -> None:
        name = approved(bench, org, STUDENT_INFORMS)
        with unit_of_work(system(org.org_id)) as work:
            assert shelf.in_force(work, today() - timedelta(days=1)) == BUILT_IN
            assert shelf.in_force(work, today()) == name
        drafts.retire(org.compliance.actor, name, "有误")
        with unit_of_work(system(org.org_id)) as work:
            assert shelf.in_force(work, today()) == BUILT_IN
        assert shelf.policy_of(org.org_id, name).name == name

    def test_a_body_of_an_earlier_program_gains_what_is_new(self) -> None:
        body = copy.deepcopy(outline.body_of(load_policy()))
        del body["parameters"]["adult_age"], body["checks"]["capacity.student"], body["holidays"]
        del body["defences"], body["check_defences"]["capacity.age"]
        body["checks"]["gone.check"] = {"severity": "fail", "enabled": True, "reason": ""}
        assert shelf.completed(body) == outline.body_of(load_policy())


class TestDryRun:
    def test_it_names_the_cases_and_stores_no_run(self, bench: Bench, org: Org) -> None:
        batch_id, ids = a_batch(bench, org, {}, {"facts": {"deceased": True}}, {})
        run(bench, org, batch_id)
        name = drafted(org, DECEASED_ONLY_WARNS)
        found = tried(bench, org, name, {"batch": str(batch_id)})
        assert (found.against, found.counts["cases"], found.counts["verdict_changes"]) == (BUILT_IN, 3, 1)
        (one,) = found.changed
        assert (one["case"], one["verdicts"]) == (ids[1], ["blocked", "attention"])
        assert ["capacity.deceased", "fail", "warn"] in one["checks"]
        assert [move[:3] for move in found.counts["moves"]] == [["blocked", "attention", 1]]
        assert len(ask(org, "SELECT 1 FROM audit_runs WHERE org_id = :org")) == 3

    def test_the_latest_cases(self, bench: Bench, org: Org) -> None:
        batch_id, _ids = a_batch(bench, org, {}, {}, {})
        run(bench, org, batch_id)
        found = tried(bench, org, drafted(org, STUDENT_INFORMS), {"last": 2})
        assert (found.counts["cases"], found.counts["verdict_changes"], found.changed) == (2, 0, [])

    def test_of_cases_that_nothing_can_be_worked_out_for_there_is_no_sum(self, bench: Bench, org: Org) -> None:
        nothing = {"facts": {**sound_facts(), "principal": None, "outstanding_principal": None, "total_claimed": None}}
        none_known, _ids = a_batch(bench, org, nothing, nothing)
        one_known, _ids = a_batch(bench, org, nothing, {})
        for batch_id in (none_known, one_known):
            run(bench, org, batch_id)
        name = drafted(org, STUDENT_INFORMS)
        first, second = (tried(bench, org, name, {"batch": str(one)}) for one in (none_known, one_known))
        assert (first.counts["claimable"], first.counts["uncomputed"]) == ([None, None], [2, 2])
        assert second.counts["uncomputed"] == [1, 1]
        assert second.counts["claimable"][0] > 0
        client = bench.client(org.senior_reviewer)
        pages = [
            client.get(f"/policies/{name}/dry-runs/{one.dry_run_id}").get_data(as_text=True) for one in (first, second)
        ]
        assert "无法计算（2 件）" in pages[0]
        assert "¥0.00" not in pages[0]
        assert "（另有 1 件无法计算）" in pages[1]

    def test_a_check_that_is_switched_off_is_told(self, bench: Bench, org: Org) -> None:
        batch_id, _ids = a_batch(bench, org, {"facts": {"deceased": True}})
        run(bench, org, batch_id)
        off = {"checks/capacity.deceased/enabled": None, "checks/capacity.deceased/reason": "另行核对"}
        found = tried(bench, org, drafted(org, off), {"batch": str(batch_id)})
        assert ["capacity.deceased", "fail", "off", 1] in found.counts["checks"]

    @pytest.mark.parametrize("scope", [{"last": 0}, {"last": 10**9}, {"batch": str(UUID(int=7))}])
    def test_what_it_cannot_be_of(self, org: Org, scope: dict[str, Any]) -> None:
        with pytest.raises((Invalid, NotFound)):
            dry_run.begin(org.senior_reviewer.actor, drafted(org, STUDENT_INFORMS), scope)
