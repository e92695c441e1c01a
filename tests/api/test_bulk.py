"""Doing the same to many cases by API: previewed under a key, run once, answered for each case, as on the pages."""

from typing import Any

import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.review import service
from reviewdesk.review.models import Decision
from tests.api.helpers import Api, api_of
from tests.builders import Bench, Org
from tests.review.helpers import ask_for, read

CAP, SCHEDULE = "rate.claim_cap", "claim.schedule"
APPROVE = {"choice": "approve", "reason": "资料齐全，同意起诉"}


@pytest.fixture
def reviewer(bench: Bench, org: Org) -> Api:
    return api_of(bench, org.reviewer)


def small(bench: Bench, org: Org, batch_id: Any = None, **values: Any) -> int:
    return bench.audited_case(org, batch_id, claimed=100_00, **values)


def decisions(org: Org) -> list[tuple[int, str]]:
    with unit_of_work(org.reviewer.actor) as work:
        return [(one.case_id, one.state) for one in work.session.query(Decision).order_by(Decision.case_id)]


def test_a_decision_is_previewed_run_and_answered_for_each_case(bench: Bench, org: Org, reviewer: Api) -> None:
    batch_id = bench.batch(org)
    clean, moved = small(bench, org, batch_id), small(bench, org, batch_id)
    failing = small(bench, org, batch_id, verdict="blocked", failed=(CAP,))
    lacking = small(bench, org, batch_id, verdict="attention", missing=(SCHEDULE,))
    known = small(bench, org, batch_id, verdict="attention", missing=("service.address",))
    given = {**APPROVE, "note": "随案附凭证", "seen": ["service.address"], "filters": {"batch": str(batch_id)}}
    made = reviewer.post("bulk-decisions", given, 201)
    where = f"bulk-decisions/{made['bulk_id']}"
    assert made["counts"] == {"cases": 5, "done": 3, "waiting": 1, "refused": 1, "stale": 0}
    assert [(one["code"], one["cases"]) for one in made["reasons"]] == [("decision.unseen", 1)]
    assert (made["state"], made["progress"], made["note"], made["seen"]) == (
        "preview",
        None,
        "随案附凭证",
        ["service.address"],
    )
    assert decisions(org) == []
    service.decide(org.reviewer.actor, ask_for(org, moved, "escalate"))
    ran = reviewer.post(f"{where}/run", status=202)
    assert (ran["state"], ran["progress"]) == ("running", {"state": "pending", "done": 0, "total": 0})
    bench.run_jobs(org)
    done = api_of(bench, org.compliance).get(where)
    assert (done["state"], done["progress"]) == ("done", {"state": "done", "done": 5, "total": 5})
    assert done["counts"] == {"cases": 5, "done": 2, "waiting": 1, "refused": 1, "stale": 1}
    listed = {one["case_id"]: (one["outcome"], one["code"]) for one in reviewer.get(f"{where}/cases")["items"]}
    assert listed == {
        clean: ("done", None),
        moved: ("stale", "case.stale"),
        failing: ("waiting", "failed_check"),
        lacking: ("refused", "decision.unseen"),
        known: ("done", None),
    }
    waiting = reviewer.get(f"{where}/cases?outcome=waiting")["items"]
    assert [one["case_id"] for one in waiting] == [failing]
    assert [read(org, one).state for one in (clean, known, lacking)] == ["approved", "approved", "in_review"]


def test_what_is_sent_twice_is_done_once(bench: Bench, org: Org, reviewer: Api) -> None:
    case_id = small(bench, org)
    given, key = {**APPROVE, "case_ids": [case_id]}, {"Idempotency-Key": "night-run"}
    made = reviewer.post("bulk-decisions", given, 201, headers=key)
    assert reviewer.post("bulk-decisions", given, 201, headers=key) == made
    other = {**given, "reason": "另一理由"}
    refused = reviewer.problem("POST", "bulk-decisions", 409, json=other, headers=key)
    assert refused["code"] == "idempotency.reused"
    for _ in range(2):
        reviewer.post(f"bulk-decisions/{made['bulk_id']}/run", status=202)
        bench.run_jobs(org)
    assert decisions(org) == [(case_id, "effective")]
    assert len(bench.events(org, "review:bulk:preview")) == len(bench.events(org, "review:bulk:start")) == 1
    again = reviewer.post("bulk-decisions", given, 201, headers=key)
    assert (again["bulk_id"], again["state"]) == (made["bulk_id"], "done")


def test_a_key_is_its_persons_own(bench: Bench, org: Org, reviewer: Api) -> None:
    given, key = {**APPROVE, "case_ids": [small(bench, org)]}, {"Idempotency-Key": "night-run"}
    made = reviewer.post("bulk-decisions", given, 201, headers=key)
    others = api_of(bench, org.senior_reviewer).post("bulk-decisions", given, 201, headers=key)
    assert others["bulk_id"] != made["bulk_id"]


def test_an_override_sent_twice_is_previewed_once(bench: Bench, org: Org) -> None:
    senior, case_id = api_of(bench, org.senior_reviewer), small(bench, org, verdict="blocked", failed=(CAP,))
    given = {"check": CAP, "kind": "override", "reason": "借款人已另行书面确认该笔费用", "case_ids": [case_id]}
    key = {"Idempotency-Key": "night-run"}
    made = senior.post("bulk-overrides", given, 201, headers=key)
    assert senior.post("bulk-overrides", given, 201, headers=key)["bulk_id"] == made["bulk_id"]


def test_only_the_previewer_runs_or_discards(bench: Bench, org: Org, reviewer: Api) -> None:
    made = reviewer.post("bulk-decisions", {**APPROVE, "case_ids": [small(bench, org)]}, 201)
    where = f"bulk-decisions/{made['bulk_id']}"
    senior = api_of(bench, org.senior_reviewer)
    for deed in ("run", "discard"):
        assert senior.problem("POST", f"{where}/{deed}", 403)["code"] == "bulk.not_yours"
        assert bench.events(org, f"review:bulk:{'start' if deed == 'run' else deed}")[-1].outcome == "refused"
    assert senior.get(where)["state"] == "preview"
    for _ in range(2):
        assert reviewer.post(f"{where}/discard", status=200)["state"] == "discarded"
    assert reviewer.problem("POST", f"{where}/run", 409)["code"] == "bulk.discarded"
    assert len([one for one in bench.events(org, "review:bulk:discard") if one.outcome == "done"]) == 1


def test_a_started_one_is_not_discarded(bench: Bench, org: Org, reviewer: Api) -> None:
    made = reviewer.post("bulk-decisions", {**APPROVE, "case_ids": [small(bench, org)]}, 201)
    reviewer.post(f"bulk-decisions/{made['bulk_id']}/run", status=202)
    assert reviewer.problem("POST", f"bulk-decisions/{made['bulk_id']}/discard", 409)["code"] == "bulk.started"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "bulk.selection"),
        ({"case_ids": [1], "filters": {}}, "bulk.selection"),
        ({"case_ids": [999_999_999]}, "bulk.empty"),
        ({"case_ids": []}, "request.invalid"),
        ({"case_ids": [1], "choice": "settle"}, "request.invalid"),
        ({"case_ids": [1], "reason": "  "}, "request.invalid"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused(org: Org, reviewer: Api, given: dict[str, Any], code: str) -> None:
    assert reviewer.problem("POST", "bulk-decisions", 422, json=APPROVE | given)["code"] == code


@pytest.mark.parametrize("role", ["uploader", "compliance", "administrator"])
def test_other_roles_decide_nothing(bench: Bench, org: Org, role: str) -> None:
    given = {**APPROVE, "case_ids": [small(bench, org)]}
    refused = api_of(bench, org.people[role]).problem("POST", "bulk-decisions", 403, json=given)
    assert refused["code"] == "role_needed"


def test_each_deed_is_found_at_its_own_address(bench: Bench, org: Org, reviewer: Api) -> None:
    made = reviewer.post("bulk-decisions", {**APPROVE, "case_ids": [small(bench, org)]}, 201)
    for method, tail in (("GET", ""), ("GET", "/cases"), ("POST", "/run"), ("POST", "/discard")):
        assert reviewer.problem(method, f"bulk-overrides/{made['bulk_id']}{tail}", 404)["code"] == "bulk.unknown"
    stranger = api_of(bench, bench.organisation().reviewer)
    assert stranger.problem("GET", f"bulk-decisions/{made['bulk_id']}", 404)["code"] == "bulk.unknown"
