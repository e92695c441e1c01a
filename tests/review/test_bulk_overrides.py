"""One check's finding set aside in many cases: a preview with its reasons, then one event that names the cases."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from reviewdesk.actor import Actor
from reviewdesk.audit.models import FindingOverride
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, Stale
from reviewdesk.review import bulk, bulk_items, bulk_overriding, bulk_targets, desk, overriding, service
from reviewdesk.review.models import BulkDecision
from reviewdesk.review.overrides import Kind
from reviewdesk.review.overriding import Wish
from reviewdesk.review.queries import Filters
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.review.helpers import answers, ask_for, read, run_bulk

CAP, SCHEDULE = "rate.claim_cap", "claim.schedule"
WHY = "借款人已另行书面确认该笔费用"


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def blocked(bench: Bench, org: Org, batch: Any = None, **values: Any) -> int:
    return bench.audited_case(org, batch, **{"verdict": "blocked", "failed": (CAP,), "claimed": 100_00} | values)


def preview(org: Org, who: Actor | None = None, check: str = CAP, kind: str = "override", **given: Any) -> BulkDecision:
    reason = given.pop("reason", WHY)
    return bulk_overriding.preview(who or org.senior_reviewer.actor, check, Kind(kind), reason, **given)


run = partial(run_bulk, bulk_overriding.DEED)


def overrides(org: Org) -> list[FindingOverride]:
    with unit_of_work(org.reviewer.actor) as work:
        return list(work.session.query(FindingOverride).order_by(FindingOverride.case_id))


def test_each_case_gets_its_answer_and_one_event_names_those_that_changed(bench: Bench, org: Org) -> None:
    senior, batch_id = org.senior_reviewer.actor, bench.batch(org)
    plain, both = blocked(bench, org, batch_id), blocked(bench, org, batch_id, failed=(CAP, "claim.sum"))
    sound = bench.audited_case(org, batch_id)
    mine = blocked(bench, org, batch_id, imported_by=senior.person_id)
    done, moved = blocked(bench, org, batch_id), blocked(bench, org, batch_id)
    case = read(org, done)
    overriding.set_aside(senior, Wish(done, CAP, Kind.OVERRIDE, WHY, case.version, case.run_id))
    made = preview(org, filters=Filters(batch=batch_id))
    assert made.counts == {"cases": 6, "done": 3, "refused": 3}
    assert read(org, plain).verdict == "blocked"
    assert len(overrides(org)) == 1
    service.decide(org.reviewer.actor, ask_for(org, moved, "escalate"))
    before = read(org, plain).version
    run(senior, made)
    assert answers(org, made.bulk_id) == {
        plain: ("done", None),
        both: ("done", None),
        sound: ("refused", "override.nothing"),
        mine: ("refused", "override.imported"),
        done: ("refused", "override.exists"),
        moved: ("stale", "case.stale"),
    }
    now = read(org, plain)
    assert (now.verdict, now.failed, now.version) == ("clear", [], before + 1)
    assert (read(org, both).verdict, read(org, both).failed) == ("blocked", ["claim.sum"])
    assert read(org, moved).verdict == "blocked"
    kept = {one.case_id: one for one in overrides(org)}
    assert kept.keys() == {plain, both, done}
    assert (kept[plain].bulk_id, kept[plain].reason, kept[plain].by_id) == (made.bulk_id, WHY, senior.person_id)
    event = bench.events(org, "review:finding:override")[-1]
    assert [number for span in event.cases for number in range(span.lower, span.upper)] == [plain, both]
    assert (event.batch_id, event.new["check"], event.new["cases"]) == (batch_id, CAP, 2)
    with unit_of_work(org.reviewer.actor) as work:
        told = {one.code: one.cases for one in bulk_items.reasons(work, made)}
    assert told == {"override.nothing": 1, "override.imported": 1, "override.exists": 1, "case.stale": 1}
    page = bench.client(org.reviewer).get(f"/cases/{both}").get_data(as_text=True)
    assert "已推翻" in page
    assert "推翻案件的审核结论" in page
    assert "推翻 2 件案件" in bench.client(org.compliance).get("/journal").get_data(as_text=True)


def test_running_again_changes_nothing(bench: Bench, org: Org) -> None:
    ids = [blocked(bench, org) for _ in range(3)]
    made = preview(org, ids=ids)
    for _ in range(2):
        run(org.senior_reviewer.actor, made)
    assert [one.case_id for one in overrides(org)] == ids
    assert len(bench.events(org, "review:bulk:finish")) == 1


def test_a_killed_run_leaves_nothing(bench: Bench, org: Org) -> None:
    made = preview(org, ids=[blocked(bench, org)])
    bulk.start(org.senior_reviewer.actor, made.bulk_id)

    def die(**_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), unit_of_work(org.senior_reviewer.actor) as work:
        bulk.run(bulk_overriding.DEED, work, {"bulk_id": str(made.bulk_id)}, die)
    assert overrides(org) == []
    run(org.senior_reviewer.actor, made)
    assert len(overrides(org)) == 1


def test_what_a_reviewer_may_not_is_told_for_each_case(bench: Bench, org: Org) -> None:
    reviewer, other = org.reviewer.actor, bench.person(org, "reviewer")
    failing = blocked(bench, org)
    warning = bench.audited_case(org, verdict="attention", warned=(CAP,))
    held = bench.audited_case(org, verdict="attention", warned=(CAP,))
    desk.claim(other.actor, held)
    waiting = blocked(bench, org)
    service.decide(org.senior_reviewer.actor, ask_for(org, waiting))
    made = preview(org, reviewer, ids=[failing, warning, held, waiting])
    run(reviewer, made)
    assert answers(org, made.bulk_id) == {
        failing: ("refused", "override.role"),
        warning: ("done", None),
        held: ("refused", "case.held"),
        waiting: ("refused", "override.role"),
    }
    again = preview(org, bench.person(org, "senior_reviewer").actor, ids=[waiting])
    assert again.counts == {"cases": 1, "stale": 1}


def test_facts_that_are_absent_are_acknowledged_or_silenced(bench: Bench, org: Org) -> None:
    lacking = [bench.audited_case(org, verdict="attention", missing=(SCHEDULE,)) for _ in range(2)]
    wrong = preview(org, org.reviewer.actor, SCHEDULE, "override", ids=lacking)
    assert wrong.counts == {"cases": 2, "refused": 2}
    run(org.reviewer.actor, preview(org, org.reviewer.actor, SCHEDULE, "acknowledge", ids=lacking[:1]))
    until = today() + timedelta(days=30)
    run(org.reviewer.actor, preview(org, org.reviewer.actor, SCHEDULE, "silence", ids=lacking[1:], until=until))
    assert [(one.kind, one.until) for one in overrides(org)] == [("acknowledge", None), ("silence", until)]
    assert {read(org, case_id).verdict for case_id in lacking} == {"clear"}


def test_limits_are_those_of_bulk_decisions(bench: Bench, org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [bench.audited_case(org, verdict="attention", warned=(CAP,)) for _ in range(2)]
    monkeypatch.setattr(bulk_targets, "REVIEWER_CASES", 1)
    with pytest.raises(NotAllowed, match="senior"):
        preview(org, org.reviewer.actor, ids=ids)
    made = preview(org, ids=ids)
    with pytest.raises(NotAllowed):
        bulk.start(org.reviewer.actor, made.bulk_id)
    bulk.discard(org.senior_reviewer.actor, made.bulk_id)
    with pytest.raises(Stale):
        bulk.start(org.senior_reviewer.actor, made.bulk_id)
    monkeypatch.setattr(bulk_targets, "MOST_CASES", 1)
    with pytest.raises(Invalid, match="too_many"):
        preview(org, ids=ids)


@pytest.mark.parametrize("role", ["uploader", "compliance", "administrator"])
def test_other_roles_set_nothing_aside(bench: Bench, org: Org, role: str) -> None:
    with pytest.raises(NotAllowed):
        preview(org, org.people[role].actor, ids=[blocked(bench, org)])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": "太短"}, "override.reason"),
        ({"check": "no.such"}, "override.check"),
        ({"kind": "silence"}, "override.until"),
        ({"kind": "override", "until": today()}, "override.until"),
        ({"kind": "silence", "until": today() - timedelta(days=1)}, "override.until"),
        ({"filters": Filters(verdict="clear")}, "bulk.empty"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(bench: Bench, org: Org, given: dict[str, Any], code: str) -> None:
    case_id = blocked(bench, org)
    with pytest.raises(Invalid, match=code):
        preview(org, **({} if "filters" in given else {"ids": [case_id]}) | given)


def test_the_page_from_the_batch_to_the_result(bench: Bench, org: Org) -> None:
    batch_id = bench.batch(org)
    blocked(bench, org, batch_id)
    mine = blocked(bench, org, batch_id, edited_by=org.senior_reviewer.person_id)
    client = bench.client(org.senior_reviewer)
    address = f"/review/bulk/findings?batch={batch_id}&amp;check={CAP}"
    assert address in client.get(f"/batches/{batch_id}/verdicts").get_data(as_text=True)
    page = client.get(address.replace("&amp;", "&")).get_data(as_text=True)
    assert "不通过 2 件" in page
    form = {"csrf_token": csrf(page), "scope": "all", "check": CAP, "kind": "override", "reason": "短"}
    refused = client.post(address.replace("&amp;", "&"), data=form)
    assert refused.status_code == 422
    assert "至少 10 个字" in refused.get_data(as_text=True)
    made = client.post(address.replace("&amp;", "&"), data=form | {"reason": WHY})
    assert made.status_code == 302
    page = client.get(made.location).get_data(as_text=True)
    assert "确认执行 1 件" in page
    assert "您最后修改了本案" in page
    assert client.post(f"{made.location}/run", data={"csrf_token": csrf(page)}).status_code == 302
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    page = client.get(made.location).get_data(as_text=True)
    assert "已完成" in page
    assert [one.case_id for one in overrides(org)] == [mine - 1]


def test_the_api_previews_runs_and_answers(bench: Bench, org: Org) -> None:
    batch_id = bench.batch(org)
    case_id = blocked(bench, org, batch_id)
    sound = bench.audited_case(org, batch_id)
    senior, reader = api_of(bench, org.senior_reviewer), api_of(bench, org.compliance)
    given = {"check": CAP, "kind": "override", "reason": WHY, "filters": {"batch": str(batch_id)}}
    made = senior.post("bulk-overrides", given, 201)
    where = f"bulk-overrides/{made['bulk_id']}"
    assert made["counts"] == {"cases": 2, "done": 1, "refused": 1, "stale": 0}
    assert [(one["code"], one["cases"]) for one in made["reasons"]] == [("override.nothing", 1)]
    assert reader.get(where) == made
    assert senior.post(f"{where}/run", status=202)["state"] == "running"
    bench.run_jobs(org)
    done = reader.get(where)
    assert (done["state"], done["counts"]["done"]) == ("done", 1)
    listed = {one["case_id"]: one["outcome"] for one in reader.get(f"{where}/cases")["items"]}
    assert listed == {case_id: "done", sound: "refused"}
    page = reader.get(f"{where}/cases?limit=1")
    assert [one["case_id"] for one in page["items"]] == [case_id]
    rest = reader.get(f"{where}/cases?limit=1&cursor={page['next']}")
    assert ([one["case_id"] for one in rest["items"]], rest["next"]) == ([sound], None)
    assert reader.get(f"cases/{case_id}")["verdict"] == "clear"
    assert senior.problem("POST", f"{where}/discard", 409)["code"] == "bulk.started"
    both = {**given, "case_ids": [case_id]}
    assert senior.problem("POST", "bulk-overrides", 422, json=both)["code"] == "bulk.selection"
    assert reader.problem("POST", "bulk-overrides", 403, json=given)["code"] == "role_needed"
    stranger = api_of(bench, bench.organisation().senior_reviewer)
    assert stranger.problem("GET", where, 404)["code"] == "bulk.unknown"
    gone = senior.post("bulk-overrides", {**given, "kind": "silence", "until": today().isoformat()}, 201)
    assert senior.post(f"bulk-overrides/{gone['bulk_id']}/discard", status=200)["state"] == "discarded"
