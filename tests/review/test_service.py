"""Deciding on the real database: moves, stale pages, second persons, idempotency."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from reviewdesk.audit.packing import pack
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, ReviewDeskError, Stale
from reviewdesk.journal.service import record_refusal
from reviewdesk.review import service
from reviewdesk.review.models import Decision
from reviewdesk.review.moves import move_cases
from reviewdesk.review.settlement import Kind, Terms
from reviewdesk.review.states import Verb
from tests.builders import Bench, Org
from tests.review.helpers import ask_for, read

ABOVE = 20_000_001


def small(bench: Bench, org: Org, **values) -> int:
    return bench.audited_case(org, facts={"total_claimed": 1_000_000, "outstanding_principal": 800_000}, **values)


def test_approving_moves_the_case_and_records_one_event(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    decision = service.decide(org.reviewer.actor, ask_for(org, case_id))
    assert decision.state == "effective"
    assert read(org, case_id).state == "approved"
    (event,) = bench.events(org, "review:case:approve")
    assert event.case_id == case_id
    assert event.actor_id == org.reviewer.person_id
    assert event.old == {"state": "in_review"}
    assert event.new["state"] == "approved"
    assert event.new["decision"] == str(decision.decision_id)


@pytest.mark.parametrize(
    ("choice", "state"), [("escalate", "escalated"), ("return", "returned"), ("withdraw", "withdrawn")]
)
def test_other_decisions_lead_to_their_states(bench: Bench, choice: str, state: str) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    service.decide(org.reviewer.actor, ask_for(org, case_id, choice))
    assert read(org, case_id).state == state


def test_settling_keeps_the_computed_plan(bench: Bench) -> None:
    org = bench.organisation()
    case_id = bench.audited_case(
        org, facts={"outstanding_principal": 600_000, "penalty_due": 240_000, "total_claimed": 840_000}
    )
    terms = Terms(Kind.REDUCTION, today(), today() + timedelta(days=20), count=6, waived=240_000)
    decision = service.decide(org.reviewer.actor, ask_for(org, case_id, "settle", terms=terms))
    assert read(org, case_id).state == "settled"
    assert decision.plan["payable"] == "6000.00"
    assert decision.plan["waived"] == {"penalty": "2400.00", "total": "2400.00"}
    assert [part["amount"] for part in decision.plan["instalments"]] == ["1000.00"] * 6


def test_a_settlement_without_a_valid_plan_is_refused(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    terms = Terms(Kind.INSTALMENTS, today(), today(), count=1)
    with pytest.raises(Invalid) as caught:
        service.decide(org.reviewer.actor, ask_for(org, case_id, "settle", terms=terms))
    assert {problem["field"] for problem in caught.value.details["problems"]} == {"first_due_on", "count"}
    assert read(org, case_id).state == "in_review"


def test_waiving_principal_waits_for_a_senior_and_beyond_a_senior_is_refused(bench: Bench) -> None:
    org = bench.organisation()
    case_id = bench.audited_case(org, facts={"outstanding_principal": 600_000})
    tenth = Terms(Kind.REDUCTION, today(), today() + timedelta(days=20), count=2, waived=60_000)
    too_much = Terms(Kind.REDUCTION, today(), today() + timedelta(days=20), count=2, waived=60_001)
    with pytest.raises(Invalid, match="waiver_limit"):
        service.decide(org.senior_reviewer.actor, ask_for(org, case_id, "settle", terms=too_much))
    decision = service.decide(org.reviewer.actor, ask_for(org, case_id, "settle", terms=tenth))
    assert (decision.state, decision.needs) == ("waiting", ["reduction"])
    service.answer(org.senior_reviewer.actor, decision.decision_id, agree=True, reason="")
    assert read(org, case_id).state == "settled"


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_decision_needs_a_reason(bench: Bench, reason: str) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    with pytest.raises(Invalid, match=r"decision\.reason"):
        service.decide(org.reviewer.actor, ask_for(org, case_id, reason=reason))


def test_a_reason_does_not_carry_personal_data_into_the_journal(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    reason = "张三（11010519491231002X，13800138000）资料齐全"
    service.decide(org.reviewer.actor, ask_for(org, case_id, reason=reason))
    (event,) = bench.events(org, "review:case:approve")
    assert "资料齐全" in event.new["reason"]
    for value in ("张三", "11010519491231002X", "13800138000"):
        assert value not in str(event.new)


def test_missing_facts_must_have_been_seen(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org, verdict="attention", missing=("claim.schedule", "service.address"))
    with pytest.raises(Invalid, match=r"decision\.unseen") as caught:
        service.decide(org.reviewer.actor, ask_for(org, case_id, seen=("claim.schedule",)))
    assert caught.value.details["missing"] == ["service.address"]
    seen = ("claim.schedule", "service.address")
    assert service.decide(org.reviewer.actor, ask_for(org, case_id, seen=seen)).seen == list(seen)


def test_a_page_that_is_out_of_date_is_refused_and_shows_what_changed(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    old = ask_for(org, case_id)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate", reason="存疑"))
    with pytest.raises(Stale) as caught:
        service.decide(org.senior_reviewer.actor, old)
    (change,) = caught.value.details["changes"]
    assert (change["what"], change["was"], change["now"]) == ("state", "in_review", "escalated")
    assert change["by"] == org.reviewer.name
    assert change["reason"] == "存疑"


def test_a_new_audit_run_makes_the_page_stale(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    old = ask_for(org, case_id)
    audit_anew(org, case_id, "blocked", ["claim.sum"])
    with pytest.raises(Stale) as caught:
        service.decide(org.reviewer.actor, old)
    change = next(c for c in caught.value.details["changes"] if c["what"] == "run")
    assert (change["was"], change["now"], change["failed_new"]) == ("clear", "blocked", ["claim.sum"])
    assert read(org, case_id).state == "in_review"


def audit_anew(org: Org, case_id: int, verdict: str, failed: list[str]) -> None:
    """Another run of the audit, in place."""
    with unit_of_work(org.uploader.actor) as work:
        values = {"org": org.org_id, "case": case_id, "verdict": verdict, "failed": failed}
        work.execute("UPDATE audit_runs SET is_current = false WHERE org_id = :org AND case_id = :case", **values)
        run_id = work.execute(
            "INSERT INTO audit_runs (org_id, case_id, batch_id, is_current, policy, as_of, facts_version, verdict,"
            " failed, warned, missing, findings) SELECT org_id, case_id, batch_id, true, 'CN-2026.1', current_date, 1,"
            " :verdict, :failed, '{}', '{}', :findings"
            " FROM cases WHERE org_id = :org AND case_id = :case RETURNING run_id",
            findings=pack(b"[]"),
            **values,
        ).scalar_one()
        work.execute(
            "UPDATE cases SET run_id = :run, verdict = :verdict, failed = :failed"
            " WHERE org_id = :org AND case_id = :case",
            run=run_id,
            **values,
        )


def test_two_people_deciding_at_once_one_wins_and_the_other_is_told(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    asks = [(org.reviewer, "approve"), (org.senior_reviewer, "return")]
    outcomes: dict[str, object] = {}
    barrier = threading.Barrier(2)

    def act(person, choice, ask) -> None:
        with bench.app.app_context():
            barrier.wait()
            try:
                outcomes[choice] = service.decide(person.actor, ask)
            except ReviewDeskError as error:
                outcomes[choice] = error

    prepared = [(person, choice, ask_for(org, case_id, choice)) for person, choice in asks]
    threads = [threading.Thread(target=act, args=one) for one in prepared]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [choice for choice, outcome in outcomes.items() if isinstance(outcome, Decision)]
    told = [outcome for outcome in outcomes.values() if isinstance(outcome, Stale)]
    assert len(won) == len(told) == 1
    assert told[0].details["changes"][0]["now"] == {"approve": "approved", "return": "returned"}[won[0]]
    assert read(org, case_id).state == {"approve": "approved", "return": "returned"}[won[0]]


def test_the_same_key_returns_the_same_decision(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    ask = ask_for(org, case_id)
    first = service.decide(org.reviewer.actor, ask, key="k1")
    again = service.decide(org.reviewer.actor, ask, key="k1")
    assert first.decision_id == again.decision_id
    assert len(bench.events(org, "review:case:approve")) == 1


def test_the_same_key_with_another_body_is_refused(bench: Bench) -> None:
    org = bench.organisation()
    one, other = small(bench, org), small(bench, org)
    service.decide(org.reviewer.actor, ask_for(org, one), key="k1")
    with pytest.raises(Conflict, match=r"idempotency\.reused"):
        service.decide(org.reviewer.actor, ask_for(org, other), key="k1")
    assert read(org, other).state == "in_review"


def test_a_foreign_case_is_not_found_and_the_attempt_is_recorded(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    case_id = small(bench, org)
    ask = ask_for(org, case_id)
    with pytest.raises(NotFound) as caught:
        service.decide(other.reviewer.actor, ask)
    record_refusal(other.reviewer.actor, caught.value)
    (event,) = bench.events(other, "review:case:approve")
    assert event.outcome == "refused"
    assert read(org, case_id).state == "in_review"


@pytest.mark.parametrize("role", ["uploader", "compliance", "administrator"])
def test_other_roles_decide_nothing(bench: Bench, role: str) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    with pytest.raises(NotAllowed):
        service.decide(org.people[role].actor, ask_for(org, case_id))
    assert read(org, case_id).state == "in_review"


def test_an_escalated_case_is_the_seniors(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
    with pytest.raises(NotAllowed):
        service.decide(org.reviewer.actor, ask_for(org, case_id))
    service.decide(org.senior_reviewer.actor, ask_for(org, case_id))
    assert read(org, case_id).state == "approved"


# ------------------------------------------------------------------------------------- second persons


def proposed(bench: Bench, org: Org, **values) -> tuple[int, Decision]:
    case_id = small(bench, org, verdict="blocked", failed=("claim.sum",), **values)
    return case_id, service.decide(org.reviewer.actor, ask_for(org, case_id))


def test_a_decision_against_a_failed_check_waits_and_moves_nothing(bench: Bench) -> None:
    org = bench.organisation()
    case_id, decision = proposed(bench, org)
    assert (decision.state, decision.needs) == ("waiting", ["failed_check"])
    assert read(org, case_id).state == "in_review"
    assert len(bench.events(org, "review:decision:propose")) == 1


def test_an_amount_above_the_limit_waits(bench: Bench) -> None:
    org = bench.organisation()
    case_id = bench.audited_case(org, facts={"total_claimed": ABOVE})
    assert service.decide(org.senior_reviewer.actor, ask_for(org, case_id)).needs == ["amount"]


def test_a_second_person_confirms(bench: Bench) -> None:
    org = bench.organisation()
    case_id, decision = proposed(bench, org)
    answered = service.answer(org.senior_reviewer.actor, decision.decision_id, agree=True, reason="已核实")
    assert (answered.state, answered.second_id) == ("effective", org.senior_reviewer.person_id)
    assert read(org, case_id).state == "approved"
    assert [e.action for e in bench.events(org)][-2:] == ["review:decision:confirm", "review:case:approve"]


def test_a_second_person_refuses_with_a_reason(bench: Bench) -> None:
    org = bench.organisation()
    case_id, decision = proposed(bench, org)
    with pytest.raises(Invalid):
        service.answer(org.senior_reviewer.actor, decision.decision_id, agree=False, reason="")
    service.answer(org.senior_reviewer.actor, decision.decision_id, agree=False, reason="金额不符")
    assert read(org, case_id).state == "in_review"
    service.decide(org.reviewer.actor, ask_for(org, case_id, "return"))
    assert read(org, case_id).state == "returned"


def test_overriding_expired_limitation_needs_the_seniors_reason(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org, verdict="blocked", failed=("limitation.expired",))
    decision = service.decide(org.reviewer.actor, ask_for(org, case_id))
    with pytest.raises(Invalid, match="second_reason"):
        service.answer(org.senior_reviewer.actor, decision.decision_id, agree=True, reason="")
    service.answer(org.senior_reviewer.actor, decision.decision_id, agree=True, reason="债务人已书面承诺还款")
    assert read(org, case_id).state == "approved"


@pytest.mark.parametrize("involved", ["proposed", "imported", "edited"])
@pytest.mark.parametrize("also", [(), ("administrator",)])
def test_whoever_had_a_hand_in_the_case_is_refused_and_it_is_recorded(
    bench: Bench, involved: str, also: tuple[str, ...]
) -> None:
    org = bench.organisation()
    person = bench.person(org, "senior_reviewer", *also)
    case_id = small(
        bench,
        org,
        verdict="blocked",
        failed=("claim.sum",),
        imported_by=person.person_id if involved == "imported" else None,
        edited_by=person.person_id if involved == "edited" else None,
    )
    proposer = person if involved == "proposed" else org.reviewer
    decision = service.decide(proposer.actor, ask_for(org, case_id))
    with pytest.raises(NotAllowed, match=involved) as caught:
        service.answer(person.actor, decision.decision_id, agree=True, reason="可以")
    record_refusal(person.actor, caught.value)
    (event,) = bench.events(org, "review:decision:confirm")
    assert (event.outcome, event.case_id, event.actor_id) == ("refused", case_id, person.person_id)
    assert read(org, case_id).state == "in_review"


@pytest.mark.parametrize("role", ["reviewer", "administrator", "uploader", "compliance"])
def test_a_second_person_has_the_right_role(bench: Bench, role: str) -> None:
    org = bench.organisation()
    _, decision = proposed(bench, org)
    with pytest.raises(NotAllowed):
        service.answer(bench.person(org, role).actor, decision.decision_id, agree=True, reason="可以")


def test_nobody_else_decides_while_a_decision_waits(bench: Bench) -> None:
    org = bench.organisation()
    case_id, _ = proposed(bench, org)
    with pytest.raises(Stale) as caught:
        service.decide(org.senior_reviewer.actor, ask_for(org, case_id, "return"))
    assert [change["what"] for change in caught.value.details["changes"]] == ["decision"]


def test_a_proposal_on_a_case_that_was_audited_anew_is_overtaken(bench: Bench) -> None:
    org = bench.organisation()
    case_id, decision = proposed(bench, org)
    audit_anew(org, case_id, "blocked", ["claim.sum", "claim.paid_off"])
    with pytest.raises(Stale, match="overtaken"):
        service.answer(org.senior_reviewer.actor, decision.decision_id, agree=True, reason="可以")
    with pytest.raises(Stale, match="answered"):
        service.answer(org.senior_reviewer.actor, decision.decision_id, agree=True, reason="可以")
    assert read(org, case_id).state == "in_review"


def test_the_proposer_may_take_a_waiting_decision_back(bench: Bench) -> None:
    org = bench.organisation()
    case_id, decision = proposed(bench, org)
    with pytest.raises(NotAllowed):
        service.take_back(org.senior_reviewer.actor, decision.decision_id)
    service.take_back(org.reviewer.actor, decision.decision_id)
    service.decide(org.reviewer.actor, ask_for(org, case_id, "escalate"))
    assert read(org, case_id).state == "escalated"


# ---------------------------------------------------------------------------------------------- moves


def test_moving_again_moves_nothing_and_records_nothing(bench: Bench) -> None:
    org = bench.organisation()
    ids = [small(bench, org) for _ in range(3)]
    with unit_of_work(org.reviewer.actor) as work:
        assert {row.case_id for row in move_cases(work, Verb.ESCALATE, ids, reason="x")} == set(ids)
        assert move_cases(work, Verb.ESCALATE, ids, reason="x") == []
    assert len(bench.events(org, "review:case:escalate")) == 3


def test_cases_of_one_batch_that_move_together_have_one_event(bench: Bench) -> None:
    org = bench.organisation()
    batch = bench.batch(org)
    ids = [small(bench, org, batch_id=batch) for _ in range(3)]
    with unit_of_work(org.reviewer.actor) as work:
        move_cases(work, Verb.ESCALATE, ids, reason="x")
    (event,) = bench.events(org, "review:case:escalate")
    assert event.batch_id == batch
    assert event.new["cases"] == 3
    assert [(r.lower, r.upper) for r in event.cases] == [(ids[0], ids[-1] + 1)]


def test_a_move_is_guarded_by_the_version(bench: Bench) -> None:
    org = bench.organisation()
    one, other = small(bench, org), small(bench, org)
    versions = {one: read(org, one).version, other: 99}
    with unit_of_work(org.reviewer.actor) as work:
        moved = move_cases(work, Verb.ESCALATE, [one, other], versions=versions, reason="x")
    assert [row.case_id for row in moved] == [one]


@pytest.mark.parametrize("state", ["entrusted", "closed", "filed", "received", "nowhere"])
def test_the_database_refuses_a_move_that_the_table_does_not_hold(bench: Bench, state: str) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    with pytest.raises(IntegrityError, match="does not move"), unit_of_work(org.senior_reviewer.actor) as work:
        work.execute(
            "UPDATE cases SET state = :state, version = version + 1 WHERE org_id = :org AND case_id = :case",
            state=state,
            org=org.org_id,
            case=case_id,
        )
    assert read(org, case_id).state == "in_review"


def test_a_verb_that_the_roles_do_not_hold_is_refused(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org)
    with unit_of_work(org.reviewer.actor) as work, pytest.raises(NotAllowed):
        move_cases(work, Verb.ENTRUST, [case_id])
