"""The proof that every change of state has its event, also against someone who owns the tables."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, text

from reviewdesk.db import unit_of_work
from reviewdesk.journal.proof import Proof, prove, prove_all
from reviewdesk.journal.service import record
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from reviewdesk.settings import Settings
from tests.builders import Bench, Org


@pytest.fixture
def owner(settings: Settings) -> Iterator[Engine]:
    """The database as the owner of its tables, who can switch triggers off."""
    engine = create_engine(str(settings.owner_database_url))
    yield engine
    engine.dispose()


def tamper(owner: Engine, statement: str, **values: Any) -> None:
    with owner.begin() as connection:
        for table in ("cases", "events"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(text(statement), values)
        for table in ("cases", "events"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def imported(bench: Bench, org: Org, count: int = 3) -> tuple[UUID, list[int]]:
    """Cases that came and were moved as the product does it: in sets, then one by one."""
    batch = bench.batch(org)
    cases = [bench.case(org, batch) for _ in range(count)]
    with unit_of_work(org.uploader.actor.as_job(UUID(int=1))) as work:
        record(work, "intake:case:receive", ("batch", batch), new={"loaded": count}, batch_id=batch, cases=cases)
        move_cases(work, Verb.FINISH_AUDIT, cases)
    with unit_of_work(org.senior_reviewer.actor) as work:
        move_cases(work, Verb.ESCALATE, cases[:1], reason="金额较大")
        move_cases(work, Verb.WITHDRAW, cases[:2], reason="撤回")
    return batch, cases


def failures(org: Org) -> dict[int, str]:
    return {failure.case_id: failure.why for failure in prove(org.compliance.actor).failures}


def test_the_events_of_untouched_cases_lead_to_their_states(bench: Bench) -> None:
    org = bench.organisation()
    imported(bench, org)
    proof = prove(org.compliance.actor)
    assert proof.holds
    assert (proof.cases, proof.moves) == (3, 6)


def test_a_state_that_was_changed_without_an_event_is_found(bench: Bench, owner: Engine) -> None:
    org = bench.organisation()
    _batch, (_, _, third) = imported(bench, org)
    tamper(owner, "UPDATE cases SET state = 'approved' WHERE case_id = :case", case=third)
    proof = prove(org.compliance.actor)
    (failure,) = proof.failures
    assert not proof.holds
    assert (failure.case_id, failure.state, failure.journal_state) == (third, "approved", "in_review")
    assert failure.number in failure.sentence.zh
    assert "approved" in failure.sentence.en


def test_an_event_that_was_taken_out_is_found(bench: Bench, owner: Engine) -> None:
    org = bench.organisation()
    _batch, (first, _, _) = imported(bench, org)
    tamper(owner, "DELETE FROM events WHERE action = 'review:case:escalate' AND case_id = :case", case=first)
    assert failures(org) == {first: "broken"}


def test_a_set_event_that_was_taken_out_fails_all_its_cases(bench: Bench, owner: Engine) -> None:
    org = bench.organisation()
    batch, cases = imported(bench, org)
    tamper(owner, "DELETE FROM events WHERE action = 'review:case:finish_audit' AND batch_id = :batch", batch=batch)
    assert failures(org) == {cases[0]: "broken", cases[1]: "broken", cases[2]: "differs"}


def test_a_case_that_no_event_brought_is_found(bench: Bench) -> None:
    org = bench.organisation()
    imported(bench, org)
    slipped_in = bench.case(org)
    assert failures(org) == {slipped_in: "no_birth"}


def test_a_refused_attempt_is_no_move(bench: Bench) -> None:
    org = bench.organisation()
    batch, (_, _, third) = imported(bench, org)
    with unit_of_work(org.reviewer.actor) as work:
        record(
            work,
            "review:case:approve",
            ("case", third),
            old={"state": "in_review"},
            new={"state": "approved"},
            case_id=third,
            batch_id=batch,
            outcome="refused",
        )
    assert failures(org) == {}


def test_the_whole_house_is_proved_platform_by_platform(bench: Bench) -> None:
    one, other, firm = bench.organisation(), bench.organisation(), bench.firm()
    bench.case(other)
    proofs: dict[UUID, Proof] = {proof.org_id: proof for proof in prove_all()}
    assert proofs[one.org_id].holds
    assert not proofs[other.org_id].holds
    assert firm.org_id not in proofs
