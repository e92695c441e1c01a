"""Taking cases, giving them back, assigning, commenting, revealing, and the plain moves, on the real database."""

import threading
from datetime import timedelta

import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from reviewdesk.review import desk, service
from reviewdesk.review.states import Verb
from tests.builders import Bench, Org
from tests.review.helpers import ask_for, read


def expiring(bench: Bench, org: Org, *days: int | None) -> list[int]:
    """Cases whose limitation expires in so many days."""
    ids = []
    for number in days:
        case_id = bench.audited_case(org, facts={"total_claimed": 100_000})
        with unit_of_work(org.reviewer.actor) as work:
            work.execute(
                "UPDATE cases SET limitation_expiry = :day WHERE org_id = :org AND case_id = :case",
                org=org.org_id,
                case=case_id,
                day=None if number is None else today() + timedelta(days=number),
            )
        ids.append(case_id)
    return ids


def lapse(org: Org, case_id: int) -> None:
    """Let a claim lie idle until its lease is over."""
    with unit_of_work(org.reviewer.actor) as work:
        work.execute(
            "UPDATE cases SET lease_until = now() - interval '1 second' WHERE org_id = :org AND case_id = :case",
            org=org.org_id,
            case=case_id,
        )


def test_the_next_case_is_the_one_whose_limitation_expires_first(bench: Bench) -> None:
    org = bench.organisation()
    never, late, soon = expiring(bench, org, None, 60, 30)
    assert [desk.claim_next(org.reviewer.actor) for _ in range(4)] == [soon, late, never, None]
    assert len(bench.events(org, "review:case:claim")) == 3


def test_reviewers_who_ask_at_once_get_different_cases(bench: Bench) -> None:
    org = bench.organisation()
    ids = expiring(bench, org, *range(10, 20))
    people = [bench.person(org, "reviewer") for _ in range(4)]
    got: list[int | None] = []
    barrier = threading.Barrier(len(people))

    def take(person) -> None:
        with bench.app.app_context():
            barrier.wait()
            got.extend(desk.claim_next(person.actor) for _ in range(3))

    threads = [threading.Thread(target=take, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handed = [case_id for case_id in got if case_id is not None]
    assert sorted(handed) == sorted(ids)
    assert got.count(None) == 2


def test_an_idle_claim_lapses(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    other = bench.person(org, "reviewer")
    assert desk.claim_next(org.reviewer.actor) == case_id
    assert desk.claim_next(other.actor) is None
    lapse(org, case_id)
    assert desk.claim_next(other.actor) == case_id
    assert read(org, case_id).assignee_id == other.person_id


def test_being_at_work_keeps_a_live_claim_only(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    desk.claim(org.reviewer.actor, case_id)
    before = read(org, case_id).lease_until
    desk.keep(org.reviewer.actor, case_id)
    assert read(org, case_id).lease_until > before
    lapse(org, case_id)
    lapsed = read(org, case_id).lease_until
    desk.keep(org.reviewer.actor, case_id)
    assert read(org, case_id).lease_until == lapsed


def test_an_escalated_case_goes_to_seniors_only(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
    assert desk.claim_next(org.reviewer.actor) is None
    assert desk.claim_next(org.senior_reviewer.actor) == case_id


def test_a_case_that_waits_for_a_second_person_is_not_handed_out(bench: Bench) -> None:
    org = bench.organisation()
    case_id = bench.audited_case(org, verdict="blocked", failed=("claim.sum",), facts={"total_claimed": 100})
    service.decide(org.reviewer.actor, ask_for(org, case_id))
    assert desk.claim_next(bench.person(org, "reviewer").actor) is None


@pytest.mark.parametrize("role", ["uploader", "compliance", "administrator"])
def test_nobody_else_takes_cases(bench: Bench, role: str) -> None:
    org = bench.organisation()
    expiring(bench, org, 5)
    with pytest.raises(NotAllowed):
        desk.claim_next(org.people[role].actor)


def test_another_reviewers_claim_stands_in_the_way_of_a_decision(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    other = bench.person(org, "reviewer")
    desk.claim(other.actor, case_id)
    with pytest.raises(Conflict, match=r"case\.held"):
        service.decide(org.reviewer.actor, ask_for(org, case_id))
    with pytest.raises(Conflict, match=r"case\.held"):
        desk.claim(org.reviewer.actor, case_id)
    service.decide(org.senior_reviewer.actor, ask_for(org, case_id))
    assert read(org, case_id).assignee_id is None


def test_giving_back_and_freeing(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    other = bench.person(org, "reviewer")
    desk.claim(org.reviewer.actor, case_id)
    with pytest.raises(NotAllowed):
        desk.release(other.actor, case_id)
    desk.release(org.senior_reviewer.actor, case_id)
    assert read(org, case_id).assignee_id is None
    desk.release(other.actor, case_id)
    assert len(bench.events(org, "review:case:release")) == 1


def test_a_senior_assigns_and_the_assignee_gets_it_next(bench: Bench) -> None:
    org = bench.organisation()
    soon, late = expiring(bench, org, 5, 50)
    other = bench.person(org, "reviewer")
    desk.claim(org.reviewer.actor, late)
    with pytest.raises(NotAllowed):
        desk.assign(org.reviewer.actor, late, other.person_id)
    with pytest.raises(Invalid):
        desk.assign(org.senior_reviewer.actor, late, org.uploader.person_id)
    desk.assign(org.senior_reviewer.actor, late, other.person_id)
    assert desk.claim_next(org.reviewer.actor) == soon
    assert desk.claim_next(org.reviewer.actor) is None
    assert desk.claim_next(other.actor) == late


def test_comments_never_conflict(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    ask = ask_for(org, case_id)
    desk.comment(org.uploader.actor, case_id, "已电话核实")
    service.decide(org.reviewer.actor, ask)
    (event,) = bench.events(org, "review:comment:add")
    assert "已电话核实" not in str(event.new)
    with pytest.raises(Invalid):
        desk.comment(org.uploader.actor, case_id, " ")
    with pytest.raises(NotAllowed):
        desk.comment(org.administrator.actor, case_id, "x")
    with pytest.raises(NotFound):
        desk.comment(bench.organisation().reviewer.actor, case_id, "x")


def test_revealing_is_an_event_without_the_value(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    assert desk.reveal(org.reviewer.actor, case_id, "id_no", "核对张三身份") == "11010519491231002X"
    (event,) = bench.events(org, "review:case:reveal")
    assert event.new["field"] == "id_no"
    assert "11010519491231002X" not in str(event.new)
    assert "张三" not in str(event.new)


@pytest.mark.parametrize("role", ["compliance", "administrator"])
def test_some_roles_reveal_nothing(bench: Bench, role: str) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    with pytest.raises(NotAllowed):
        desk.reveal(org.people[role].actor, case_id, "id_no", "x")


def test_revealing_needs_a_field_a_value_and_a_reason(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    with pytest.raises(Invalid):
        desk.reveal(org.reviewer.actor, case_id, "sealed", "x")
    with pytest.raises(Invalid):
        desk.reveal(org.reviewer.actor, case_id, "id_no", " ")
    with pytest.raises(NotFound):
        desk.reveal(org.reviewer.actor, case_id, "bank_card", "x")
    assert bench.events(org, "review:case:reveal") == []


def step(org: Org, actor, case_id: int, verb: Verb, **over) -> None:
    desk.move_by_hand(actor, case_id, verb, **({"version": read(org, case_id).version} | over))


def test_a_senior_hands_an_escalated_case_back(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
    with pytest.raises(NotAllowed):
        step(org, org.reviewer.actor, case_id, Verb.HAND_BACK, reason="x")
    step(org, org.senior_reviewer.actor, case_id, Verb.HAND_BACK, reason="可自行决定")
    assert read(org, case_id).state == "in_review"


def test_a_settlement_is_performed_breached_and_reviewed_again(bench: Bench) -> None:
    from reviewdesk.review.settlement import Kind, Terms

    org = bench.organisation()
    case_id = bench.audited_case(org, facts={"outstanding_principal": 100_000, "total_claimed": 100_000})
    terms = Terms(Kind.INSTALMENTS, today(), today() + timedelta(days=30), count=3)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "settle", terms=terms))
    tomorrow = {"on": (today() + timedelta(days=1)).isoformat()}
    for details in (None, tomorrow):
        with pytest.raises(Invalid, match="date"):
            step(org, org.reviewer.actor, case_id, Verb.PERFORM, details=details)
    step(org, org.uploader.actor, case_id, Verb.PERFORM, details={"on": today().isoformat()})
    step(org, org.reviewer.actor, case_id, Verb.BREACH, reason="两期未付")
    step(org, org.reviewer.actor, case_id, Verb.RESUME, reason="重新审核")
    assert read(org, case_id).state == "in_review"


def test_a_reviewer_has_a_case_audited_anew(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    before = read(org, case_id).run_id
    with pytest.raises(Invalid):
        step(org, org.reviewer.actor, case_id, Verb.AUDIT_ANEW)
    step(org, org.reviewer.actor, case_id, Verb.AUDIT_ANEW, reason="策略已更新")
    assert read(org, case_id).state == "auditing"
    assert bench.run_jobs(org) == 1
    assert not bench.failed_jobs(org)
    case = read(org, case_id)
    assert case.state == "in_review"
    assert case.run_id != before


def test_a_plain_move_never_stands_for_a_decision(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    for verb in (Verb.WITHDRAW, Verb.APPROVE, Verb.FINISH_AUDIT):
        with pytest.raises(Conflict):
            step(org, org.senior_reviewer.actor, case_id, verb, reason="x")


def test_a_plain_move_on_an_old_version_is_stale(bench: Bench) -> None:
    org = bench.organisation()
    (case_id,) = expiring(bench, org, 5)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
    with pytest.raises(Stale):
        step(org, org.senior_reviewer.actor, case_id, Verb.HAND_BACK, version=1, reason="x")
