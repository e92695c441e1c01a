"""Row-level security: one organisation a unit of work, law firms by entrustment, and nothing without a scope."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from reviewdesk.actor import Actor, system
from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from reviewdesk.handover.models import Entrustment
from reviewdesk.journal.models import Event
from reviewdesk.journal.service import record
from reviewdesk.review import states
from reviewdesk.settings import Settings
from tests.builders import Bench, Org


def _count(actor: Actor, table: str) -> int:
    with unit_of_work(actor) as work:
        number: int = work.execute(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
    return number


def test_a_query_outside_a_tenant_scope_sees_nothing(bench: Bench) -> None:
    bench.case(bench.organisation())
    for table in ("cases", "batches", "people", "organisations", "events", "jobs", "files"):
        assert _count(Actor("system", None), table) == 0, table


def test_an_organisation_sees_its_own_cases_only(bench: Bench) -> None:
    one, other = bench.organisation(), bench.organisation()
    bench.case(one)
    bench.case(one)
    assert _count(one.reviewer.actor, "cases") == 2
    assert _count(other.reviewer.actor, "cases") == 0


def test_a_row_cannot_be_written_for_another_organisation(bench: Bench) -> None:
    one, other = bench.organisation(), bench.organisation()
    with pytest.raises(ProgrammingError, match="row-level security"), unit_of_work(one.uploader.actor) as work:
        work.execute("INSERT INTO counters (org_id, name) VALUES (:org, 'case')", org=other.org_id)


def _entrusted(bench: Bench) -> tuple[Org, Org, int]:
    platform, firm = bench.organisation(), bench.firm()
    case_id = bench.case(platform)
    bench.case(platform)
    with unit_of_work(platform.senior_reviewer.actor) as work:
        work.session.add(
            Entrustment(org_id=platform.org_id, case_id=case_id, firm_id=firm.org_id, state="offered", by_name="x")
        )
    return platform, firm, case_id


def test_a_law_firm_sees_just_the_entrusted_case_and_only_while_entrusted(bench: Bench) -> None:
    platform, firm, case_id = _entrusted(bench)
    with unit_of_work(firm.counsel.actor) as work:
        assert work.execute("SELECT case_id FROM cases").scalars().all() == [case_id]
        assert work.execute("SELECT count(*) FROM batches").scalar_one() == 0
    with unit_of_work(platform.senior_reviewer.actor) as work:
        work.execute("UPDATE entrustments SET ended_at = :at WHERE org_id = :org", at=now(), org=platform.org_id)
    assert _count(firm.counsel.actor, "cases") == 0


def test_a_law_firm_changes_nothing_of_an_entrusted_case_but_its_state(bench: Bench) -> None:
    _, firm, case_id = _entrusted(bench)
    with pytest.raises(DBAPIError, match="change nothing else"), unit_of_work(firm.counsel.actor) as work:
        work.execute("UPDATE cases SET claimed = 1 WHERE case_id = :case", case=case_id)


@pytest.mark.parametrize("statement", ["UPDATE events SET action = 'x'", "DELETE FROM events", "TRUNCATE events"])
def test_the_journal_cannot_be_altered_even_by_its_owner(bench: Bench, settings: Settings, statement: str) -> None:
    org = bench.organisation()
    with unit_of_work(system(org.org_id)) as work:
        record(work, "test:thing:add", ("thing", 1))
    with pytest.raises(ProgrammingError, match="permission denied"), unit_of_work(system(org.org_id)) as work:
        work.execute(statement)
    engine = create_engine(str(settings.owner_database_url))
    with pytest.raises(ProgrammingError, match="written once"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_the_database_holds_the_same_moves_as_the_state_table(bench: Bench) -> None:
    with unit_of_work(system(bench.organisation().org_id)) as work:
        held = {(row.source, row.target) for row in work.execute("SELECT source, target FROM case_moves")}
    assert held == states.moves()


@pytest.mark.parametrize(
    "target", sorted({s.value for s in states.State} - {"received", "in_review", "withdrawn", "reversed"})
)
def test_the_database_refuses_a_move_that_the_table_does_not_hold(bench: Bench, target: str) -> None:
    org = bench.organisation()
    case_id = bench.case(org)
    with pytest.raises(IntegrityError, match="does not move"), unit_of_work(org.uploader.actor) as work:
        work.execute(
            "UPDATE cases SET state = :to, version = version + 1 WHERE case_id = :case", to=target, case=case_id
        )


def test_an_event_keeps_who_what_and_the_set_of_cases(bench: Bench) -> None:
    org = bench.organisation()
    with unit_of_work(org.uploader.actor) as work:
        record(work, "intake:batch:load", ("batch", "b"), old={"state": "a"}, new={"state": "b"}, cases=[3, 1, 2, 9])
    with unit_of_work(org.compliance.actor) as work:
        event = work.session.query(Event).one()
        inside = work.execute("SELECT cases @> CAST(2 AS bigint), cases @> CAST(4 AS bigint) FROM events").one()
    assert event.actor_id == org.uploader.person_id
    assert event.actor_roles == ["uploader"]
    assert event.request_id == "test"
    assert event.cases is not None
    assert [(r.lower, r.upper) for r in event.cases] == [(1, 4), (9, 10)]
    assert tuple(inside) == (True, False)
