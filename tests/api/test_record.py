"""A case's record through the API: findings set aside, earlier audits, what changed, facts by version; and policies."""

from typing import Any

from reviewdesk.audit.policy import BUILT_IN
from tests.api.helpers import Api, api_of
from tests.audit.test_service import a_batch, run
from tests.audit.test_versions import approved, drafted
from tests.builders import Bench, Org
from tests.review.test_overrides import CAP, WHY, again

STUDENTS = {"checks/capacity.student/enabled": None, "checks/capacity.student/reason": "由人工核对"}


def asked(case: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"reason": WHY, "case_version": case["version"], "run_id": case["run_id"], **over}


def test_a_finding_is_set_aside_listed_filtered_and_withdrawn(bench: Bench, org: Org) -> None:
    number = bench.audited_case(org, verdict="blocked", failed=(CAP,), claimed=100_00)
    senior, reader = api_of(bench, org.senior_reviewer), api_of(bench, org.compliance)
    case = senior.get(f"cases/{number}")
    where, key = f"cases/{number}/findings/{CAP}/override", {"Idempotency-Key": "k"}
    made = senior.post(where, asked(case), 201, headers=key)
    assert (made["kind"], made["counts"], made["ended_why"]) == ("override", True, None)
    assert senior.post(where, asked(case), 201, headers=key) == made
    assert senior.problem("POST", where, 409, json=asked(case))["code"] == "case.stale"
    assert reader.get(f"cases/{number}/overrides")["items"] == [made]
    assert [one["case_id"] for one in reader.get("cases?overrides=override")["items"]] == [number]
    assert reader.get("cases?overrides=silence")["items"] == []
    now = reader.get(f"cases/{number}")
    assert (now["verdict"], now["failed"], now["findings"][0]["outcome"]) == ("clear", [], "fail")
    ended = senior.post(f"cases/{number}/overrides/{made['override_id']}/withdraw", {"reason": "看错了"}, 200)
    assert (ended["counts"], ended["ended_why"], ended["ended_reason"]) == (False, "withdrawn", "看错了")
    assert reader.get(f"cases/{number}")["verdict"] == "blocked"


def test_who_may_not_set_a_finding_aside_is_told_and_recorded(bench: Bench, org: Org) -> None:
    number = bench.audited_case(org, verdict="blocked", failed=(CAP,))
    api = api_of(bench, org.reviewer)
    where = f"cases/{number}/findings/{CAP}/override"
    assert api.problem("POST", where, 403, json=asked(api.get(f"cases/{number}")))["code"] == "override.role"
    assert [event.outcome for event in bench.events(org, "review:finding:override")] == ["refused"]
    senior = api_of(bench, org.senior_reviewer)
    given = asked(senior.get(f"cases/{number}"))
    assert senior.problem("POST", where, 422, json=given | {"kind": "silence"})["code"] == "override.until"
    assert senior.problem("POST", where, 422, json=given | {"reason": "短"})["code"] == "override.reason"


def test_earlier_audits_and_what_changed(bench: Bench, org: Org) -> None:
    batch_id, (number,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    approved(bench, org, STUDENTS)
    again(org, number, {"deceased": True})
    api = api_of(bench, org.compliance)
    later, earlier = api.get(f"cases/{number}/runs")["items"]
    assert (later["is_current"], earlier["is_current"]) == (True, False)
    full = api.get(f"cases/{number}/runs/{earlier['run_id']}")
    assert full["facts_version"] == 1
    assert {one["outcome"] for one in full["findings"] if one["check"] == "capacity.deceased"} == {"pass"}
    changed = api.get(f"cases/{number}/runs/{later['run_id']}/changes")
    causes = {one["check"]: one["cause"] for one in changed["changes"]}
    assert (causes["capacity.student"], causes["capacity.deceased"]) == ("rules", "facts")
    (fact,) = changed["facts"]
    assert (fact["fact"], fact["before"]["en"], fact["after"]["en"]) == ("deceased", "no", "yes")
    same = api.get(f"cases/{number}/runs/{later['run_id']}/changes?earlier={earlier['run_id']}")
    assert same == changed
    first_of_all = api.get(f"cases/{number}/runs/{earlier['run_id']}/changes")
    assert (first_of_all["earlier"], first_of_all["changes"]) == (None, [])
    wrong = f"cases/{number}/runs/{earlier['run_id']}/changes?earlier={later['run_id']}"
    assert api.problem("GET", wrong, 422)["code"] == "run.order"
    assert [one["why"] for one in api.get(f"cases/{number}/facts")["items"]] == ["import", "answer"]
    first = api.get(f"cases/{number}/facts/1")
    assert first["facts"]["deceased"] is False
    assert "*" in first["facts"]["borrower_name"]
    assert api.problem("GET", f"cases/{number}/facts/9", 404)["code"] == "facts.unknown"


def test_policies_differences_and_dry_runs(bench: Bench, org: Org) -> None:
    batch_id, _cases = a_batch(bench, org, {"facts": {"student": True}}, {})
    run(bench, org, batch_id)
    name = drafted(org, STUDENTS)
    api: Api = api_of(bench, org.senior_reviewer)
    listed = {one["name"]: one for one in api.get("policies")["items"]}
    assert (listed[name]["state"], listed[name]["in_force"], listed[BUILT_IN]["in_force"]) == ("draft", False, True)
    full = api.get(f"policies/{name}")
    assert full["body"]["checks"]["capacity.student"]["enabled"] is False
    assert api.get(f"policies/{BUILT_IN}")["state"] == "built_in"
    assert api.get(f"policies/{BUILT_IN}/differences")["items"] == []
    differing = api.get(f"policies/{name}/differences")
    assert differing["against"] == BUILT_IN
    assert {one["section"] for one in differing["items"]} >= {"checks"}
    begun = api.post(f"policies/{name}/dry-runs", {"batch": str(batch_id)}, 202)
    assert (begun["state"], begun["counts"]) == ("waiting", None)
    bench.run_jobs(org)
    done = api.get(f"policies/{name}/dry-runs/{begun['dry_run_id']}")
    assert (done["state"], done["fits"], done["counts"]["cases"]) == ("done", True, 2)
    assert len(done["changed"]) == done["counts"]["verdict_changes"]
    assert [one["dry_run_id"] for one in api.get(f"policies/{name}/dry-runs")["items"]] == [begun["dry_run_id"]]
    assert full["digest"] == api.get(f"policies/{name}")["digest"]
    for wrong in ({}, {"last": 3, "batch": str(batch_id)}):
        assert api.problem("POST", f"policies/{name}/dry-runs", 422, json=wrong)["code"] == "policy.dry_run_cases"
    assert api.problem("GET", "policies/NONE", 404)["code"] == "policy.unknown"
    assert api_of(bench, org.reviewer).problem("POST", f"policies/{name}/dry-runs", 403, json={"last": 3})
