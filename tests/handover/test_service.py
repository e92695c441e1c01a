"""Entrusting cases, and what the firm may see and do, on the real database."""

from datetime import timedelta
from uuid import UUID

import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from reviewdesk.handover import queries
from reviewdesk.handover import service as handover
from reviewdesk.journal.service import record_refusal
from reviewdesk.review import service as review
from tests.builders import Bench, Org
from tests.review.helpers import ask_for, read


def approved(bench: Bench, org: Org, **values) -> int:
    case_id = bench.audited_case(org, facts={"total_claimed": 100_000}, **values)
    review.decide(org.reviewer.actor, ask_for(org, case_id))
    return case_id


def entrusted(bench: Bench) -> tuple[Org, Org, int, UUID]:
    """A case in the hands of a firm, not yet accepted."""
    org, firm = bench.organisation(), bench.firm()
    case_id = approved(bench, org)
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])
    return org, firm, case_id, entrustment_of(org, case_id)


def entrustment_of(org: Org, case_id: int) -> UUID:
    with unit_of_work(org.reviewer.actor) as work:
        return work.execute(
            "SELECT entrustment_id FROM entrustments WHERE case_id = :case ORDER BY created_at DESC LIMIT 1",
            case=case_id,
        ).scalar_one()


def seen_by(firm: Org) -> list[int]:
    with unit_of_work(firm.counsel.actor) as work:
        return [row.case_id for row in queries.entrustments(work) if row.number]


def test_entrusting_moves_approved_cases_with_one_event_for_the_set(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    batch = bench.batch(org)
    ids = [approved(bench, org, batch_id=batch) for _ in range(3)]
    undecided = bench.audited_case(org)
    number = handover.entrust(org.senior_reviewer.actor, firm.org_id, [*ids, undecided, ids[0]], "请尽快立案")
    assert number == 3
    assert {read(org, case_id).state for case_id in ids} == {"entrusted"}
    assert read(org, undecided).state == "in_review"
    (event,) = bench.events(org, "review:case:entrust")
    assert (event.new["cases"], event.new["firm"]) == (3, str(firm.org_id))
    with pytest.raises(Conflict):
        handover.entrust(org.senior_reviewer.actor, firm.org_id, ids)


def test_only_a_senior_reviewer_entrusts_and_only_to_a_law_firm(bench: Bench) -> None:
    org, firm, other = bench.organisation(), bench.firm(), bench.organisation()
    case_id = approved(bench, org)
    for role in ("reviewer", "uploader", "administrator", "compliance"):
        with pytest.raises(NotAllowed):
            handover.entrust(org.people[role].actor, firm.org_id, [case_id])
    with pytest.raises(Invalid):
        handover.entrust(org.senior_reviewer.actor, other.org_id, [case_id])
    with pytest.raises(Invalid):
        handover.entrust(org.senior_reviewer.actor, firm.org_id, [])


def test_a_firm_sees_only_what_was_entrusted_to_it(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    other_firm = bench.firm()
    approved(bench, org)
    assert seen_by(firm) == [case_id]
    assert seen_by(other_firm) == []
    with unit_of_work(other_firm.counsel.actor) as work, pytest.raises(NotFound):
        queries.case_for_counsel(work, entrustment)
    for act in (handover.accept, lambda a, e: handover.refuse(a, e, "x"), lambda a, e: handover.recall(a, e, "x")):
        with pytest.raises(NotFound):
            act(other_firm.counsel.actor, entrustment)


def test_a_firm_sees_the_cases_of_several_platforms(bench: Bench) -> None:
    firm = bench.firm()
    ids = []
    for _ in range(2):
        org = bench.organisation()
        ids.append(approved(bench, org))
        handover.entrust(org.senior_reviewer.actor, firm.org_id, ids[-1:])
    assert sorted(seen_by(firm)) == sorted(ids)


def test_the_road_of_a_lawsuit(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    counsel = firm.counsel.actor
    with pytest.raises(Stale):
        handover.report_filed(counsel, entrustment, today(), "杭州互联网法院", "（2026）浙0192民初1号")
    handover.accept(counsel, entrustment)
    handover.report_filed(counsel, entrustment, today(), "杭州互联网法院", "（2026）浙0192民初1号")
    assert read(org, case_id).state == "filed"
    with pytest.raises(Stale):
        handover.report_filed(counsel, entrustment, today(), "杭州互联网法院", "（2026）浙0192民初1号")
    handover.report_closed(counsel, entrustment, today(), "张三同意分期，调解结案")
    assert read(org, case_id).state == "closed"
    assert bench.events(org, "review:case:close")[0].new["result"] == "张*同意分期，调解结案"
    events = [event for event in bench.events(org) if event.actor_org_id == firm.org_id]
    assert [event.action for event in events] == [
        "handover:entrustment:accept",
        "review:case:file",
        "review:case:close",
    ]
    assert all(event.case_id == case_id for event in events)
    with unit_of_work(counsel) as work:
        found = queries.case_for_counsel(work, entrustment)
        assert [step.kind for step in found.milestones] == ["filed", "closed"]


def test_refusing_gives_the_case_back_and_hides_it(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    with pytest.raises(Invalid):
        handover.refuse(firm.counsel.actor, entrustment, " ")
    handover.refuse(firm.counsel.actor, entrustment, "与张三的另案有利益冲突")
    assert "张三" not in str(bench.events(org, "review:case:refuse")[0].new)
    assert read(org, case_id).state == "approved"
    assert seen_by(firm) == []
    with pytest.raises((Stale, NotFound)):
        handover.accept(firm.counsel.actor, entrustment)
    handover.entrust(org.senior_reviewer.actor, bench.firm().org_id, [case_id])
    assert read(org, case_id).state == "entrusted"


def test_the_platform_recalls_what_was_not_filed(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    with pytest.raises(NotAllowed):
        handover.recall(org.reviewer.actor, entrustment, "借款人已还清")
    handover.recall(org.senior_reviewer.actor, entrustment, "借款人已还清")
    assert read(org, case_id).state == "approved"
    assert seen_by(firm) == []


def test_a_filed_case_is_neither_refused_nor_recalled(bench: Bench) -> None:
    org, firm, _, entrustment = entrusted(bench)
    handover.accept(firm.counsel.actor, entrustment)
    handover.report_filed(firm.counsel.actor, entrustment, today(), "法院", "案号")
    with pytest.raises(Stale):
        handover.refuse(firm.counsel.actor, entrustment, "x")
    with pytest.raises(Stale):
        handover.recall(org.senior_reviewer.actor, entrustment, "x")


@pytest.mark.parametrize("role", ["compliance", "administrator"])
def test_only_counsel_acts_for_the_firm(bench: Bench, role: str) -> None:
    _, firm, _, entrustment = entrusted(bench)
    actor = firm.people[role].actor
    with pytest.raises(NotAllowed):
        handover.accept(actor, entrustment)
    with pytest.raises(NotAllowed):
        handover.reveal(actor, entrustment, "id_no", "x")


def test_counsel_reveals_after_accepting_and_the_platform_has_the_event(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    with pytest.raises(NotAllowed) as caught:
        handover.reveal(firm.counsel.actor, entrustment, "id_no", "写起诉状")
    record_refusal(firm.counsel.actor, caught.value)
    handover.accept(firm.counsel.actor, entrustment)
    assert handover.reveal(firm.counsel.actor, entrustment, "id_no", "写起诉状") == "11010519491231002X"
    (event,) = bench.events(org, "handover:case:reveal")
    assert (event.case_id, event.new["field"], event.actor_org_id) == (case_id, "id_no", firm.org_id)
    assert "11010519491231002X" not in str(event.new)


@pytest.mark.parametrize(
    ("on", "court", "docket"),
    [(None, "法院", "案号"), (today() + timedelta(days=1), "法院", "案号"), (today(), "", "x")],
)
def test_a_milestone_needs_its_facts(bench: Bench, on, court: str, docket: str) -> None:
    _, firm, _, entrustment = entrusted(bench)
    handover.accept(firm.counsel.actor, entrustment)
    with pytest.raises(Invalid):
        handover.report_filed(firm.counsel.actor, entrustment, on, court, docket)


def test_the_list_filters_counts_and_pages(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    ids = [approved(bench, org) for _ in range(5)]
    handover.entrust(org.senior_reviewer.actor, firm.org_id, ids)
    handover.accept(firm.counsel.actor, entrustment_of(org, ids[0]))
    for actor in (firm.counsel.actor, org.reviewer.actor):
        with unit_of_work(actor) as work:
            assert queries.counts(work)["offered"] == 4
            assert [row.case_id for row in queries.entrustments(work, "accepted")] == [ids[0]]
            seen, after = [], None
            while rows := queries.entrustments(work, after=after, size=2)[:2]:
                seen += [row.case_id for row in rows]
                after = rows[-1].cursor
            assert sorted(seen) == sorted(ids)
            with pytest.raises(Invalid):
                queries.entrustments(work, "gone")
            with pytest.raises(Invalid):
                queries.entrustments(work, after="x")
