"""Bulk decisions: bound to their preview, one answer a case, the same second-person rule, safe to run twice."""

import pytest

from reviewdesk.actor import Actor
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound, Stale
from reviewdesk.review import bulk, bulk_deciding, bulk_items, bulk_targets, desk, service
from reviewdesk.review.models import Decision
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import Verb
from tests.builders import Bench, Org
from tests.review.helpers import answers, ask_for, read


def small(bench: Bench, org: Org, **values) -> int:
    return bench.audited_case(org, facts={"total_claimed": 1_000_000}, **values)


def run(bench: Bench, actor: Actor, bulk_id) -> None:
    """Run the job as a worker does."""
    with unit_of_work(actor.as_job(bulk_id)) as work:
        bulk.run(bulk_deciding.DEED, work, {"bulk_id": str(bulk_id)}, lambda **_: None)


def test_each_case_gets_its_answer(bench: Bench) -> None:
    org = bench.organisation()
    clean = small(bench, org)
    failing = small(bench, org, verdict="blocked", failed=("claim.sum",))
    unknown = small(bench, org, verdict="attention", missing=("claim.schedule",))
    held = small(bench, org)
    moved = small(bench, org)
    desk.claim(bench.person(org, "reviewer").actor, held)
    made = bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", filters=Filters())
    assert made.counts == {"cases": 5, "done": 2, "waiting": 1, "refused": 2}
    with unit_of_work(org.reviewer.actor) as work:
        assert bulk_items.tally(work, made) == {"done": 2, "waiting": 1, "refused": 2}
    service.decide(org.reviewer.actor, ask_for(org, moved, "escalate"))
    bulk.start(org.reviewer.actor, made.bulk_id)
    run(bench, org.reviewer.actor, made.bulk_id)
    assert answers(org, made.bulk_id) == {
        clean: ("done", None),
        failing: ("waiting", "failed_check"),
        unknown: ("refused", "decision.unseen"),
        held: ("refused", "case.held"),
        moved: ("stale", "case.stale"),
    }
    assert {c: read(org, c).state for c in (clean, failing, unknown, held, moved)} == {
        clean: "approved",
        failing: "in_review",
        unknown: "in_review",
        held: "in_review",
        moved: "escalated",
    }


def test_missing_facts_may_be_acknowledged_for_the_selection(bench: Bench) -> None:
    org = bench.organisation()
    known = small(bench, org, verdict="attention", missing=("claim.schedule",))
    other = small(bench, org, verdict="attention", missing=("claim.schedule", "service.address"))
    with unit_of_work(org.reviewer.actor) as work:
        assert bulk_items.findings_in(work, ids=[known, other])["missing"] == {
            "claim.schedule": 2,
            "service.address": 1,
        }
        assert bulk_items.findings_in(work, filters=Filters(verdict="attention"))["missing"]["claim.schedule"] == 2
    made = bulk_deciding.preview(
        org.reviewer.actor, Verb.APPROVE, "批量同意", ids=[known, other], seen=["claim.schedule"]
    )
    assert made.counts == {"cases": 2, "done": 1, "refused": 1}
    bulk.start(org.reviewer.actor, made.bulk_id)
    run(bench, org.reviewer.actor, made.bulk_id)
    assert answers(org, made.bulk_id) == {known: ("done", None), other: ("refused", "decision.unseen")}
    assert read(org, known).state == "approved"


def test_running_again_changes_nothing(bench: Bench) -> None:
    org = bench.organisation()
    ids = [small(bench, org) for _ in range(3)]
    made = bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", ids=ids)
    for _ in range(2):
        bulk.start(org.reviewer.actor, made.bulk_id)
        run(bench, org.reviewer.actor, made.bulk_id)
    with unit_of_work(org.reviewer.actor) as work:
        assert work.session.query(Decision).filter_by(bulk_id=made.bulk_id).count() == 3
        jobs = work.execute("SELECT count(*) FROM jobs WHERE org_id = :org", org=org.org_id).scalar_one()
    assert jobs == 1
    assert len(bench.events(org, "review:case:approve")) == 3
    assert len(bench.events(org, "review:bulk:finish")) == 1


def test_who_asks_while_it_runs_does_not_wait_for_its_end(bench: Bench) -> None:
    org = bench.organisation()
    made = bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", ids=[small(bench, org)])
    bulk.start(org.reviewer.actor, made.bulk_id)
    asked = []

    def meanwhile(**_) -> None:
        asked.append(bulk.start(org.reviewer.actor, made.bulk_id).state)
        with pytest.raises(Stale, match=r"bulk\.started"):
            bulk.discard(org.reviewer.actor, made.bulk_id)

    with unit_of_work(org.reviewer.actor.as_job(made.bulk_id)) as work:
        bulk.run(bulk_deciding.DEED, work, {"bulk_id": str(made.bulk_id)}, meanwhile)
    assert asked == ["running"]


def test_a_killed_run_leaves_nothing_and_the_next_one_does_all(bench: Bench) -> None:
    org = bench.organisation()
    ids = [small(bench, org) for _ in range(3)]
    made = bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", ids=ids)
    bulk.start(org.reviewer.actor, made.bulk_id)

    def die(**_) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), unit_of_work(org.reviewer.actor) as work:
        bulk.run(bulk_deciding.DEED, work, {"bulk_id": str(made.bulk_id)}, die)
    assert {read(org, case_id).state for case_id in ids} == {"in_review"}
    run(bench, org.reviewer.actor, made.bulk_id)
    assert {read(org, case_id).state for case_id in ids} == {"approved"}


def test_a_preview_binds_to_the_cases_it_showed(bench: Bench) -> None:
    org = bench.organisation()
    shown = small(bench, org)
    made = bulk_deciding.preview(org.reviewer.actor, Verb.WITHDRAW, "批量撤回", filters=Filters())
    later = small(bench, org)
    bulk.start(org.reviewer.actor, made.bulk_id)
    run(bench, org.reviewer.actor, made.bulk_id)
    assert (read(org, shown).state, read(org, later).state) == ("withdrawn", "in_review")


def test_a_bulk_proposal_needs_another_person_too(bench: Bench) -> None:
    org = bench.organisation()
    case_id = small(bench, org, verdict="blocked", failed=("claim.sum",))
    made = bulk_deciding.preview(org.senior_reviewer.actor, Verb.APPROVE, "批量同意", ids=[case_id])
    bulk.start(org.senior_reviewer.actor, made.bulk_id)
    run(bench, org.senior_reviewer.actor, made.bulk_id)
    with unit_of_work(org.reviewer.actor) as work:
        decision = work.session.query(Decision).filter_by(bulk_id=made.bulk_id).one()
    with pytest.raises(NotAllowed, match="proposed"):
        service.answer(org.senior_reviewer.actor, decision.decision_id, agree=True, reason="x")
    service.answer(bench.person(org, "senior_reviewer").actor, decision.decision_id, agree=True, reason="x")
    assert read(org, case_id).state == "approved"


def test_foreign_cases_are_not_selected(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    foreign = small(bench, other)
    with pytest.raises(Invalid, match="empty"):
        bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", ids=[foreign])


def test_only_the_person_who_previewed_may_run_it(bench: Bench) -> None:
    org = bench.organisation()
    made = bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", ids=[small(bench, org)])
    with pytest.raises(NotAllowed):
        bulk.start(bench.person(org, "reviewer").actor, made.bulk_id)
    with pytest.raises(NotFound):
        bulk.start(bench.organisation().reviewer.actor, made.bulk_id)


def test_a_discarded_preview_does_not_run(bench: Bench) -> None:
    org = bench.organisation()
    made = bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", ids=[small(bench, org)])
    bulk.discard(org.reviewer.actor, made.bulk_id)
    with pytest.raises(Stale):
        bulk.start(org.reviewer.actor, made.bulk_id)


def test_more_cases_than_a_reviewer_may_are_a_seniors(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_targets, "REVIEWER_CASES", 1)
    org = bench.organisation()
    ids = [small(bench, org), small(bench, org)]
    with pytest.raises(NotAllowed, match="senior"):
        bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "批量同意", ids=ids)
    assert bulk_deciding.preview(org.senior_reviewer.actor, Verb.APPROVE, "批量同意", ids=ids).counts["done"] == 2


@pytest.mark.parametrize(("choice", "reason"), [(Verb.SETTLE, "x"), (Verb.ENTRUST, "x"), (Verb.APPROVE, " ")])
def test_what_is_not_decided_in_bulk_is_refused(bench: Bench, choice: Verb, reason: str) -> None:
    org = bench.organisation()
    with pytest.raises(Invalid):
        bulk_deciding.preview(org.senior_reviewer.actor, choice, reason, ids=[small(bench, org)])


@pytest.mark.parametrize("role", ["uploader", "compliance", "administrator"])
def test_other_roles_decide_nothing_in_bulk(bench: Bench, role: str) -> None:
    org = bench.organisation()
    with pytest.raises(NotAllowed):
        bulk_deciding.preview(org.people[role].actor, Verb.APPROVE, "x", ids=[small(bench, org)])
