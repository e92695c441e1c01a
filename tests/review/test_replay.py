"""What changed between two audits of a case: by new rules, by new facts, and by which of the two where both did."""

from typing import Any

import orjson
import pytest

from reviewdesk.actor import system
from reviewdesk.audit import queries, service
from reviewdesk.db import unit_of_work
from reviewdesk.errors import NotFound
from reviewdesk.intake.models import Case
from reviewdesk.review import replay
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from tests.audit.cases import sound_facts
from tests.audit.test_service import a_batch, run
from tests.audit.test_versions import approved
from tests.builders import Bench, Org

STUDENTS_INFORM = {"checks/capacity.student/enabled": None, "checks/capacity.student/reason": "由人工核对"}


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
            work.execute(
                "UPDATE case_files SET facts = CAST(:facts AS jsonb), facts_version = facts_version + 1 "
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
    assert "此后事实有变" in page
    assert f"/cases/{case_id}/runs/{earlier.run_id}" in client.get(f"/cases/{case_id}").get_data(as_text=True)
