"""One check's finding counts again in many cases: previewed with its reasons, one event a batch, run once."""

from functools import partial
from typing import Any

import pytest

from reviewdesk.actor import Actor
from reviewdesk.audit.models import FindingOverride
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotAllowed
from reviewdesk.review import bulk_items, bulk_targets, bulk_withdrawing, desk, overriding, service
from reviewdesk.review.models import BulkDecision
from reviewdesk.review.overrides import Kind
from reviewdesk.review.overriding import Wish
from reviewdesk.review.queries import Filters
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.review.helpers import answers, ask_for, read, run_bulk

CAP, SCHEDULE = "rate.claim_cap", "claim.schedule"
WHY, AGAIN = "借款人已另行书面确认该笔费用", "确认书系伪造"


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def aside(bench: Bench, org: Org, batch: Any = None, *others: str, kind: str = "override", **values: Any) -> int:
    """A case that fails for nothing but what is set aside, and for `others`."""
    found = {"verdict": "blocked", "failed": (CAP, *others), "claimed": 100_00} | values
    case_id = bench.audited_case(org, batch, **found)
    case = read(org, case_id)
    wish = Wish(case_id, CAP, Kind(kind), WHY, case.version, case.run_id)
    overriding.set_aside(org.senior_reviewer.actor, wish)
    return case_id


def preview(org: Org, who: Actor | None = None, **given: Any) -> BulkDecision:
    reason, check = given.pop("reason", AGAIN), given.pop("check", CAP)
    return bulk_withdrawing.preview(who or org.senior_reviewer.actor, check, reason, **given)


run = partial(run_bulk, bulk_withdrawing.DEED)


def overrides(org: Org) -> dict[int, FindingOverride]:
    with unit_of_work(org.reviewer.actor) as work:
        return {one.case_id: one for one in work.session.query(FindingOverride)}


def test_each_case_gets_its_answer_and_one_event_names_those_that_changed(bench: Bench, org: Org) -> None:
    senior, batch_id = org.senior_reviewer.actor, bench.batch(org)
    plain, both = aside(bench, org, batch_id), aside(bench, org, batch_id, "claim.sum")
    never = bench.audited_case(org, batch_id, verdict="blocked", failed=(CAP,))
    moved, proposed = aside(bench, org, batch_id), aside(bench, org, batch_id)
    service.decide(senior, ask_for(org, proposed))
    assert (read(org, plain).verdict, read(org, plain).failed) == ("clear", [])
    made = preview(org, filters=Filters(batch=batch_id))
    assert made.counts == {"cases": 5, "done": 3, "refused": 1, "stale": 1}
    service.decide(org.reviewer.actor, ask_for(org, moved, "escalate"))
    before = read(org, plain).version
    run(senior, made)
    assert answers(org, made.bulk_id) == {
        plain: ("done", None),
        both: ("done", None),
        never: ("refused", "override.none"),
        moved: ("stale", "case.stale"),
        proposed: ("stale", "case.proposed"),
    }
    now = read(org, plain)
    assert (now.verdict, now.failed, now.version) == ("blocked", [CAP], before + 1)
    assert (read(org, both).verdict, read(org, both).failed) == ("blocked", [CAP, "claim.sum"])
    assert read(org, moved).verdict == "clear"
    kept = overrides(org)[plain]
    assert (kept.ended_why, kept.ended_reason, kept.ended_by_id, kept.ended_version) == (
        "withdrawn",
        AGAIN,
        senior.person_id,
        now.version,
    )
    assert overrides(org)[moved].ended_at is None
    event = bench.events(org, "review:finding:withdraw")[-1]
    assert [number for span in event.cases for number in range(span.lower, span.upper)] == [plain, both]
    assert (event.batch_id, event.new["check"], event.new["reason"], event.new["cases"]) == (batch_id, CAP, AGAIN, 2)
    assert "撤销对" in bench.client(org.reviewer).get(f"/cases/{both}").get_data(as_text=True)


def test_it_ends_as_one_that_is_withdrawn_alone(bench: Bench, org: Org) -> None:
    """The same columns and the same standing, whichever way it ended."""
    lacking = {"verdict": "attention", "failed": (), "missing": (CAP, SCHEDULE)}
    alone, many = (aside(bench, org, kind="acknowledge", **lacking) for _ in range(2))
    service_version = read(org, many).version
    run(org.senior_reviewer.actor, preview(org, ids=[many]))
    bench_client = bench.client(org.senior_reviewer)
    page = bench_client.get(f"/cases/{alone}").get_data(as_text=True)
    where = f"/cases/{alone}/overrides/{overrides(org)[alone].override_id}/withdraw"
    bench_client.post(where, data={"csrf_token": csrf(page), "reason": AGAIN})
    assert read(org, many).version == service_version + 1
    one, other = read(org, alone), read(org, many)
    assert (one.verdict, one.failed, one.version) == (other.verdict, other.failed, other.version)
    ended = [overrides(org)[case_id] for case_id in (alone, many)]
    assert len({(row.ended_why, row.ended_reason, row.ended_by_id, row.ended_version) for row in ended}) == 1
    with unit_of_work(org.reviewer.actor) as work:
        assert bulk_items.findings_in(work, ids=[many])["missing"] == {CAP: 1, SCHEDULE: 1}
        assert bulk_items.aside_in(work, ids=[alone, many]) == {}


def test_running_again_changes_nothing(bench: Bench, org: Org) -> None:
    made = preview(org, ids=[aside(bench, org) for _ in range(3)])
    for _ in range(2):
        run(org.senior_reviewer.actor, made)
    assert len(bench.events(org, "review:finding:withdraw")) == 3  # one for each batch
    assert len(bench.events(org, "review:bulk:finish")) == 1


def test_what_a_reviewer_may_not_is_told_for_each_case(bench: Bench, org: Org) -> None:
    reviewer, other = org.reviewer.actor, bench.person(org, "reviewer")
    warned = {"verdict": "attention", "failed": (), "warned": (CAP,)}
    failing, warning, held = aside(bench, org), aside(bench, org, **warned), aside(bench, org, **warned)
    desk.claim(other.actor, held)
    made = preview(org, reviewer, ids=[failing, warning, held])
    run(reviewer, made)
    assert answers(org, made.bulk_id) == {
        failing: ("refused", "override.role"),
        warning: ("done", None),
        held: ("refused", "case.held"),
    }


@pytest.mark.parametrize("role", ["uploader", "compliance", "administrator"])
def test_other_roles_let_nothing_count_again(bench: Bench, org: Org, role: str) -> None:
    with pytest.raises(NotAllowed):
        preview(org, org.people[role].actor, ids=[aside(bench, org)])


def test_more_cases_than_a_reviewer_may_are_a_seniors(bench: Bench, org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_targets, "REVIEWER_CASES", 1)
    ids = [aside(bench, org), aside(bench, org)]
    with pytest.raises(NotAllowed, match="senior"):
        preview(org, org.reviewer.actor, ids=ids)
    assert preview(org, ids=ids).counts["done"] == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": " "}, "override.reason"),
        ({"reason": "长" * 2001}, "decision.reason_long"),
        ({"check": "no.such"}, "override.check"),
        ({"filters": Filters(verdict="attention")}, "bulk.empty"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(bench: Bench, org: Org, given: dict[str, Any], code: str) -> None:
    case_id = aside(bench, org)
    with pytest.raises(Invalid, match=code):
        preview(org, **({} if "filters" in given else {"ids": [case_id]}) | given)


def test_the_page_from_the_queue_to_the_result(bench: Bench, org: Org) -> None:
    case_id = aside(bench, org)
    client = bench.client(org.senior_reviewer)
    page = client.get("/review?overrides=any").get_data(as_text=True)
    asked = client.post("/review/bulk?overrides=any", data={"csrf_token": csrf(page), "scope": "all"})
    assert "已推翻 1 件" in asked.get_data(as_text=True)
    page = client.get("/review/bulk/withdrawals?overrides=any").get_data(as_text=True)
    form = {"csrf_token": csrf(page), "scope": "all", "check": CAP, "reason": ""}
    refused = client.post("/review/bulk/withdrawals?overrides=any", data=form)
    assert refused.status_code == 422
    assert "请写明理由" in refused.get_data(as_text=True)
    made = client.post("/review/bulk/withdrawals?overrides=any", data=form | {"reason": AGAIN})
    page = client.get(made.location).get_data(as_text=True)
    assert "批量撤销搁置" in page
    assert "确认执行 1 件" in page
    assert client.post(f"{made.location}/run", data={"csrf_token": csrf(page)}).status_code == 302
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []
    page = client.get(made.location).get_data(as_text=True)
    assert "已完成" in page
    assert "重新计入结论" in page
    assert read(org, case_id).verdict == "blocked"


def test_the_api_previews_runs_and_answers(bench: Bench, org: Org) -> None:
    case_id, never = aside(bench, org), bench.audited_case(org, verdict="blocked", failed=(CAP,))
    senior, reader = api_of(bench, org.senior_reviewer), api_of(bench, org.compliance)
    given, key = {"check": CAP, "reason": AGAIN, "case_ids": [case_id, never]}, {"Idempotency-Key": "again"}
    made = senior.post("bulk-withdrawals", given, 201, headers=key)
    assert senior.post("bulk-withdrawals", given, 201, headers=key)["bulk_id"] == made["bulk_id"]
    where = f"bulk-withdrawals/{made['bulk_id']}"
    assert made["counts"] == {"cases": 2, "done": 1, "refused": 1, "stale": 0}
    assert [(one["code"], one["cases"]) for one in made["reasons"]] == [("override.none", 1)]
    assert senior.post(f"{where}/run", status=202)["state"] == "running"
    bench.run_jobs(org)
    assert reader.get(where)["counts"]["done"] == 1
    listed = {one["case_id"]: one["outcome"] for one in reader.get(f"{where}/cases")["items"]}
    assert listed == {case_id: "done", never: "refused"}
    assert reader.get(f"cases/{case_id}")["verdict"] == "blocked"
    assert reader.problem("POST", "bulk-withdrawals", 403, json=given)["code"] == "role_needed"
    for other in ("bulk-overrides", "bulk-decisions"):
        assert senior.problem("GET", f"{other}/{made['bulk_id']}", 404)["code"] == "bulk.unknown"
    gone = senior.post("bulk-withdrawals", given, 201)
    assert senior.post(f"bulk-withdrawals/{gone['bulk_id']}/discard", status=200)["state"] == "discarded"
