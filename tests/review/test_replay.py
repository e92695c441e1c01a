"""What changed between two audits of a case: by new rules, by new facts, and by which of the two where both did."""

from typing import Any

import orjson
import pytest
from sqlalchemy.exc import IntegrityError

from reviewdesk.actor import system
from reviewdesk.audit import queries, service
from reviewdesk.audit.replaying import Replay, Seen
from reviewdesk.db import unit_of_work
from reviewdesk.errors import NotFound, Text
from reviewdesk.intake.models import Case
from reviewdesk.intake.superseding import Facts, facts_at, keep, versions_of
from reviewdesk.review import replay
from reviewdesk.review.fact_changes import differing
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from reviewdesk.vault import vault
from tests.audit.cases import sound_facts, sound_person
from tests.audit.test_service import a_batch, current, run
from tests.audit.test_versions import approved
from tests.builders import Bench, Org

STUDENTS_INFORM = {"checks/capacity.student/enabled": None, "checks/capacity.student/reason": "由人工核对"}

SAME_BORROWER = (
    "UPDATE case_files SET id_index = (SELECT id_index FROM case_files WHERE case_id = :case) WHERE case_id = :twin"
)


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def again(org: Org, case_id: int, facts: dict[str, Any] | None = None) -> None:
    with unit_of_work(system(org.org_id)) as work:
        work.execute(
            "UPDATE cases SET state = 'auditing', version = version + 1 WHERE org_id = :org AND case_id = :case",
            org=org.org_id,
            case=case_id,
        )
        if facts is not None:
            keep(work, [case_id], "answer")
            work.execute(
                "UPDATE case_files SET facts = CAST(:facts AS json), facts_version = facts_version + 1 "
                "WHERE org_id = :org AND case_id = :case",
                org=org.org_id,
                case=case_id,
                facts=orjson.dumps({**sound_facts(), **facts}).decode(),
            )
        move_cases(work, Verb.FINISH_AUDIT, service.audit_again(work, [case_id]).case_ids)


def causes(org: Org, case_id: int) -> dict[str, str]:
    with unit_of_work(system(org.org_id)) as work:
        case = work.session.get_one(Case, (org.org_id, case_id))
        later, earlier = queries.runs_of(work, case_id)[:2]
        assert replay.run_before(work, later) is not None
        return {one.change.check: one.cause for one in replay.explained(work, case, earlier, later)}


def test_new_facts(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    again(org, case_id, {"deceased": True})
    assert causes(org, case_id)["capacity.deceased"] == "facts"


def test_new_rules(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    approved(bench, org, STUDENTS_INFORM)
    again(org, case_id)
    assert causes(org, case_id) == {"capacity.student": "rules"}


def test_both_are_told_apart_by_a_replay(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    approved(bench, org, STUDENTS_INFORM)
    again(org, case_id, {"deceased": True})
    found = causes(org, case_id)
    assert (found["capacity.student"], found["capacity.deceased"]) == ("rules", "facts")


def test_facts_that_changed_again_since_are_still_told_apart(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    approved(bench, org, STUDENTS_INFORM)
    again(org, case_id, {"deceased": True})
    again(org, case_id, {"deceased": False, "student": True})
    with unit_of_work(system(org.org_id)) as work:
        case = work.session.get_one(Case, (org.org_id, case_id))
        _last, later, first = queries.runs_of(work, case_id)
        found = {one.change.check: one.cause for one in replay.explained(work, case, first, later)}
        assert (found["capacity.student"], found["capacity.deceased"]) == ("rules", "facts")
        assert facts_at(work, case, later.facts_version).facts["deceased"] is True
        assert [(one.version, one.why) for one in versions_of(work, case)] == [
            (1, "import"),
            (2, "answer"),
            (3, "answer"),
        ]


def test_what_other_cases_say_is_neither_rules_nor_facts_of_the_case(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    with unit_of_work(system(org.org_id)) as work:
        twin = bench.case(org, batch_id, facts={**sound_facts(), "account_no": "HT-TWIN"})
        work.execute(SAME_BORROWER, case=case_id, twin=twin)
    again(org, case_id)
    assert set(causes(org, case_id).values()) == {"others"}
    page = bench.client(org.reviewer).get(f"/cases/{case_id}/runs/{current(org, case_id).run_id}")
    assert "其他案件" in page.get_data(as_text=True)
    with unit_of_work(system(org.org_id)) as work:  # the twin is gone again: both runs stay as they were
        work.execute("UPDATE case_files SET id_index = NULL WHERE case_id = :twin", twin=twin)
        case, run_before = work.session.get_one(Case, (org.org_id, case_id)), queries.runs_of(work, case_id)[1]
        for one in queries.runs_of(work, case_id):
            audit = Replay(work, case).audit(one.facts_version, one.policy, one.as_of, Seen.by(one))
            assert (audit.verdict, audit.failed) == (one.verdict, one.failed)
            assert [answer[:3] for answer in audit.answers] == [tuple(answer[:3]) for answer in one.findings]
    assert set(causes(org, case_id).values()) == {"others"}
    with unit_of_work(system(org.org_id)) as work:  # a run that did not keep it has the present to compare with only
        work.execute("UPDATE audit_runs SET figures_id = NULL WHERE run_id = :run", run=run_before.run_id)
        work.execute(SAME_BORROWER, case=case_id, twin=twin)
    assert set(causes(org, case_id).values()) == {"unknown"}


def test_an_identity_that_was_corrected_brings_its_other_cases_as_a_fact(bench: Bench, org: Org) -> None:
    batch_id, (case_id, twin) = a_batch(bench, org, {}, {"person": {"id_no": "51010720040229001X"}})
    run(bench, org, batch_id)
    with unit_of_work(system(org.org_id)) as work:
        keep(work, [case_id], "answer")
        sealed = vault().seal({**sound_person(), "id_no": "51010720040229001X"}, org.org_id, case_id)
        work.execute(
            "UPDATE case_files SET sealed = :sealed, facts_version = facts_version + 1, "
            "id_index = (SELECT id_index FROM case_files WHERE case_id = :twin) WHERE case_id = :case",
            sealed=sealed,
            case=case_id,
            twin=twin,
        )
    again(org, case_id)
    found = causes(org, case_id)
    assert found["duplicate.borrower"] == "facts"


def test_facts_are_kept_before_others_take_their_place(bench: Bench, org: Org) -> None:
    case_id = bench.case(org)
    for change in ("facts_version = facts_version + 1", "facts = '{}'"):
        with pytest.raises(IntegrityError), unit_of_work(system(org.org_id)) as work:
            work.execute(f"UPDATE case_files SET {change} WHERE case_id = :case", case=case_id)  # noqa: S608


def test_facts_that_were_not_kept_cannot_be_told_apart(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    approved(bench, org, STUDENTS_INFORM)
    again(org, case_id)
    with unit_of_work(system(org.org_id)) as work:
        work.execute("UPDATE audit_runs SET facts_version = 7 WHERE NOT is_current")
    assert causes(org, case_id) == {"capacity.student": "unknown"}


def test_facts_that_differ_are_told_field_by_field_and_personal_ones_masked() -> None:
    paid = {"row": 3, "paid_on": "2024-03-01", "amount": 113472}
    before = Facts(1, {"total_claimed": 100, "repayments": [paid], "extra": {"网点": "甲"}}, {"mobile": "13800138000"})
    after = Facts(
        2,
        {"total_claimed": 200, "repayments": [{**paid, "row": 9}, {**paid, "paid_on": "2024-04-01"}], "student": True},
        {"mobile": "13900139000"},
    )
    told = {one.label.zh: one for one in differing(before, after)}
    assert (told["手机号"].before, told["手机号"].after) == (
        Text("138****8000", "138****8000"),
        Text("139****9000", "139****9000"),
    )
    assert told["还款明细"].before == Text("1 条", "1 row")
    assert [row.zh for row in told["还款明细"].come] == ["2024-04-01 · 还款金额 1,134.72"]
    assert told["还款明细"].gone == ()
    assert told["网点"].after is None
    assert told["是否学生"].after == Text("是", "yes")


def test_the_page_of_an_earlier_audit(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    again(org, case_id, {"deceased": True})
    with unit_of_work(system(org.org_id)) as work:
        later, earlier = queries.runs_of(work, case_id)
        other = work.session.get_one(Case, (org.org_id, case_id))
        with pytest.raises(NotFound):
            replay.run_of(work, other, 10**9)
    client = bench.client(org.reviewer)
    page = client.get(f"/cases/{case_id}/runs/{later.run_id}").get_data(as_text=True)
    assert "新事实" in page
    page = client.get(f"/cases/{case_id}/runs/{earlier.run_id}").get_data(as_text=True)
    assert "此后事实有变" not in page
    assert f"/cases/{case_id}/runs/{earlier.run_id}" in client.get(f"/cases/{case_id}").get_data(as_text=True)
