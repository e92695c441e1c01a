"""Answering a returned case: facts mended, the editor remembered, the audit asked for."""

import re

import pytest

from reviewdesk.audit.models import AuditRun
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, Stale
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.values import reader_of
from reviewdesk.review import queries, returned, service
from reviewdesk.review.queries import Filters
from reviewdesk.vault import vault
from tests.builders import Bench, Org
from tests.review.helpers import ask_for, read


def returned_case(bench: Bench, org: Org) -> int:
    case_id = bench.audited_case(org, facts={"total_claimed": 1_000_000, "days_overdue": 100, "annual_rate": "0.24"})
    service.decide(org.reviewer.actor, ask_for(org, case_id, "return", reason="金额不符"))
    return case_id


def answer(org: Org, case_id: int, given: dict[str, str], **over) -> None:
    over = {"version": read(org, case_id).version} | over
    returned.answer(over.pop("actor", org.uploader.actor), case_id, given=given, **over)


def test_mended_facts_are_read_as_a_sheet_is(bench: Bench) -> None:
    org = bench.organisation()
    case_id = returned_case(bench, org)
    answer(
        org, case_id, {"total_claimed": "1.2万", "last_paid_on": "2026年3月15日", "annual_rate": "18%", "bucket": ""}
    )
    case = read(org, case_id)
    assert (case.state, case.claimed, case.facts_version) == ("auditing", 1_200_000, 2)
    assert case.facts["last_paid_on"] == "2026-03-15"
    assert case.facts["annual_rate"] == "0.18"
    assert case.facts["days_overdue"] == 100
    assert case.edited_by == org.uploader.person_id
    (event,) = bench.events(org, "review:facts:edit")
    assert event.old["total_claimed"] == 1_000_000
    assert event.new["fields"] == ["total_claimed", "last_paid_on", "annual_rate"]


def test_mended_personal_data_is_sealed_found_and_masked_in_the_journal(bench: Bench) -> None:
    org = bench.organisation()
    case_id = returned_case(bench, org)
    answer(org, case_id, {"borrower_name": "欧阳锋", "id_no": "440524188001010014"})
    case = read(org, case_id)
    assert case.borrower == "欧阳*"
    assert vault().unseal(case.sealed, org.org_id, case_id)["id_no"] == "440524188001010014"
    with unit_of_work(org.reviewer.actor) as work:
        found = queries.queue(work, Filters(state="any", text="欧阳锋"))
    assert [row.case_id for row in found] == [case_id]
    told = str([(event.old, event.new) for event in bench.events(org)])
    for value in ("欧阳锋", "440524188001010014", "张三", "11010519491231002X"):
        assert value not in told


def test_an_answer_may_be_words_alone_but_not_nothing(bench: Bench) -> None:
    org = bench.organisation()
    case_id = returned_case(bench, org)
    with pytest.raises(Invalid, match=r"answer\.empty"):
        answer(org, case_id, {"days_overdue": "100"})
    answer(org, case_id, {}, note="已核对，金额无误")
    assert read(org, case_id).state == "auditing"


def test_every_unreadable_value_is_told_at_once(bench: Bench) -> None:
    org = bench.organisation()
    case_id = returned_case(bench, org)
    with pytest.raises(Invalid) as caught:
        answer(org, case_id, {"total_claimed": "很多", "due_on": "2026-13-40", "borrower_name": ""})
    assert [p["field"] for p in caught.value.details["problems"]] == ["total_claimed", "due_on", "borrower_name"]
    assert read(org, case_id).state == "returned"


def test_an_answered_case_is_audited_again_and_comes_back(bench: Bench) -> None:
    org = bench.organisation()
    case_id = returned_case(bench, org)
    before = read(org, case_id).run_id
    answer(org, case_id, {"days_overdue": "120"})
    assert bench.run_jobs(org) == 1
    assert not bench.failed_jobs(org)
    case = read(org, case_id)
    assert case.state == "in_review"
    assert case.run_id != before
    with unit_of_work(org.uploader.actor) as work:
        run = work.session.get_one(AuditRun, (org.org_id, case.run_id))
    assert run.facts_version == 2


def test_who_may_answer_and_what(bench: Bench) -> None:
    org = bench.organisation()
    case_id = returned_case(bench, org)
    with pytest.raises(NotAllowed):
        answer(org, case_id, {"days_overdue": "120"}, actor=org.reviewer.actor)
    with pytest.raises(Invalid):
        answer(org, case_id, {"account_no": "X1"})
    with pytest.raises(Invalid):
        answer(org, case_id, {"state": "approved"})
    with pytest.raises(Stale):
        answer(org, case_id, {"days_overdue": "120"}, version=1)
    other = bench.audited_case(org)
    with pytest.raises(Conflict):
        answer(org, other, {"days_overdue": "120"})


def test_the_last_editor_is_no_second_person(bench: Bench) -> None:
    org = bench.organisation()
    person = bench.person(org, "uploader", "senior_reviewer")
    case_id = returned_case(bench, org)
    answer(org, case_id, {"days_overdue": "120"}, actor=person.actor)
    assert read(org, case_id).edited_by == person.person_id


def test_the_form_writes_facts_as_they_are_read() -> None:
    values = {"total_claimed": 101_914, "annual_rate": "0.154", "disbursed_on": "2024-03-01", "lender_kind": "bank"}
    values |= {"student": True, "litigated": False, "repayment_method": "bullet", "terms": 12, "days_overdue": 90}
    for name, value in values.items():
        field = field_named(name)
        assert reader_of(field)(returned.as_typed(field, value)) == value, name


def test_an_uploader_answers_on_the_page(bench: Bench) -> None:
    org = bench.organisation()
    case_id = returned_case(bench, org)
    client = bench.client(org.uploader)
    page = client.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "金额不符" in page
    form = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', page[page.index('id="answer"') :]))
    assert form["total_claimed"] == "10000.00"
    wrong = client.post(f"/cases/{case_id}/answer", data=form | {"total_claimed": "很多"})
    assert wrong.status_code == 422
    assert 'value="很多"' in wrong.get_data(as_text=True)
    assert client.post(f"/cases/{case_id}/answer", data=form | {"total_claimed": "9,000"}).status_code == 302
    assert read(org, case_id).claimed == 900_000
    (event,) = bench.events(org, "review:facts:edit")
    assert event.new["fields"] == ["total_claimed"]
