"""Reading cases and deciding on them through the API."""

from typing import Any
from urllib.parse import quote

import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from tests.api.helpers import Api, api_of
from tests.builders import Bench, Org

FACTS = {
    "principal": 1_200_000,
    "interest_due": 300_000,
    "total_claimed": 1_500_000,
    "annual_rate": "0.24",
    "disbursed_on": "2024-03-01",
}
WHO = {"borrower_name": "欧阳娜娜", "id_no": "11010519491231002X", "mobile": "13800138000"}


def case_in_review(bench: Bench, org: Org, **more: Any) -> int:
    return bench.audited_case(org, facts=FACTS, personal=WHO, **more)


def approve(case: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An approval based on the case as the client saw it."""
    return {
        "choice": "approve",
        "reason": "资料齐全",
        "case_version": case["version"],
        "run_id": case["run_id"],
        **more,
    }


# ------------------------------------------------------------------------------------------------ reading


def test_a_case_comes_with_facts_findings_and_history(bench: Bench) -> None:
    org = bench.organisation()
    number = case_in_review(bench, org, verdict="blocked", failed=("rate.claim_cap",))
    case = api_of(bench, org.reviewer).get(f"cases/{number}")
    assert case["claimed"] == "15000.00"
    assert case["facts"]["principal"] == "12000.00"
    assert (case["facts"]["annual_rate"], case["facts"]["disbursed_on"]) == ("0.24", "2024-03-01")
    assert case["facts"]["borrower_name"] == case["borrower"] == "欧阳*"
    assert case["facts"]["id_no"] == "1101**********002X"
    assert case["revealed"] is False
    (finding,) = case["findings"]
    assert (finding["check"], finding["outcome"], finding["severity"]) == ("rate.claim_cap", "fail", "fail")
    assert finding["message"]["zh"] != finding["message"]["en"]
    assert finding["cites"]
    assert [run["is_current"] for run in case["runs"]] == [True]
    assert bench.events(org, "review:case:reveal") == []


def test_a_token_that_may_reveal_gets_clear_facts_and_each_time_is_an_event(bench: Bench) -> None:
    org = bench.organisation()
    number = case_in_review(bench, org)
    api = api_of(bench, org.reviewer, may_reveal=True)
    case = api.get(f"cases/{number}", headers={"Reveal-Reason": quote("送达 13800138000")})
    assert case["revealed"] is True
    assert case["facts"]["id_no"] == WHO["id_no"]
    assert case["borrower"] == "欧阳*"
    (event,) = bench.events(org, "review:case:reveal")
    assert event.case_id == number
    assert event.new == {"fields": sorted(WHO), "reason": "送达 138****8000"}
    assert case["history"][0]["action"] == "review:case:reveal"
    masked = api.get(f"cases/{number}?masked=true")
    assert masked["facts"]["id_no"] == "1101**********002X"
    assert len(bench.events(org, "review:case:reveal")) == 1


def test_cases_are_listed_by_urgency_page_by_page(bench: Bench) -> None:
    org = bench.organisation()
    numbers = [case_in_review(bench, org) for _ in range(5)]
    api = api_of(bench, org.compliance)
    got: list[int] = []
    cursor = ""
    while True:
        page = api.get(f"cases?limit=2{cursor}")
        got += [case["case_id"] for case in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert got == numbers


def test_filters_narrow_the_list(bench: Bench) -> None:
    org = bench.organisation()
    good = case_in_review(bench, org)
    bad = case_in_review(bench, org, verdict="blocked", failed=("rate.claim_cap",))
    received = bench.case(org)
    api = api_of(bench, org.reviewer)

    def ids(query: str) -> list[int]:
        return [case["case_id"] for case in api.get(f"cases?{query}")["items"]]

    assert ids("") == [good, bad]
    assert ids("verdict=blocked") == [bad]
    assert ids("check=rate.claim_cap") == [bad]
    assert ids("state=received") == [received]
    assert ids("state=any") == [good, bad, received]
    assert ids("amount_from=15000.01") == []
    assert ids("amount_to=15000.00") == [good, bad]


def test_names_are_searched_in_a_body(bench: Bench) -> None:
    org = bench.organisation()
    number = case_in_review(bench, org)
    case_in_review(bench, org)
    api = api_of(bench, org.reviewer)
    with_name = bench.audited_case(org, facts=FACTS, personal=WHO | {"borrower_name": "诸葛亮"})
    assert [one["case_id"] for one in api.post("cases/search", {"text": "诸葛亮"})["items"]] == [with_name]
    found = api.post("cases/search", {"text": "11010519491231002X", "limit": 1})
    assert found["items"][0]["case_id"] == number
    assert found["next"] is not None
    assert api.problem("GET", "cases?text=x", 422)["errors"][0]["code"] == "extra_forbidden"


def test_comments_never_conflict(bench: Bench) -> None:
    org = bench.organisation()
    number = case_in_review(bench, org)
    api = api_of(bench, org.reviewer)
    before = api.get(f"cases/{number}")["version"]
    made = api.post(f"cases/{number}/comments", {"text": "已电话核实"}, status=201)
    assert api.get(f"cases/{number}/comments")["items"] == [made]
    assert api.get(f"cases/{number}")["version"] == before
    assert api.problem("POST", f"cases/{number}/comments", 422, json={"text": " "})["code"] == "comment.length"


# ----------------------------------------------------------------------------------------------- deciding


def decisions(org: Org) -> int:
    with unit_of_work(org.reviewer.actor) as work:
        count: int = work.execute("SELECT count(*) FROM decisions WHERE org_id = :org", org=org.org_id).scalar_one()
    return count


def test_a_decision_moves_the_case_and_shows_in_its_history(bench: Bench) -> None:
    org = bench.organisation()
    api = api_of(bench, org.reviewer)
    number = case_in_review(bench, org)
    made = api.post(f"cases/{number}/decisions", approve(api.get(f"cases/{number}")), status=201)
    assert (made["state"], made["choice"], made["by"]) == ("effective", "approve", org.reviewer.name)
    case = api.get(f"cases/{number}")
    assert case["state"] == "approved"
    assert case["decisions"] == [made]
    assert case["history"][0]["told"]["zh"].startswith("同意起诉 C-")
    assert case["history"][0]["actor"]["name"] == org.reviewer.name


def test_the_same_key_decides_once(bench: Bench) -> None:
    org = bench.organisation()
    api = api_of(bench, org.reviewer)
    number = case_in_review(bench, org)
    body, key = approve(api.get(f"cases/{number}")), {"Idempotency-Key": "night-run-1"}
    first = api.post(f"cases/{number}/decisions", body, status=201, headers=key)
    again = api.post(f"cases/{number}/decisions", body, status=201, headers=key)
    assert again == first
    assert decisions(org) == 1
    assert len(bench.events(org, "review:case:approve")) == 1
    other = body | {"reason": "另一理由"}
    problem = api.problem("POST", f"cases/{number}/decisions", 409, json=other, headers=key)
    assert problem["code"] == "idempotency.reused"


def test_a_key_has_its_limit(bench: Bench) -> None:
    org = bench.organisation()
    api = api_of(bench, org.reviewer)
    body = {"choice": "approve", "reason": "x", "case_version": 1}
    problem = api.problem("POST", "cases/1/decisions", 422, json=body, headers={"Idempotency-Key": "k" * 201})
    assert problem["errors"][0]["field"] == "Idempotency-Key"


def test_a_late_decision_is_refused_and_told_what_changed(bench: Bench) -> None:
    org = bench.organisation()
    number = case_in_review(bench, org)
    slow, fast = api_of(bench, org.reviewer), api_of(bench, bench.person(org, "reviewer"))
    body = approve(slow.get(f"cases/{number}"))
    fast.post(f"cases/{number}/decisions", body | {"choice": "escalate", "reason": "金额存疑"}, status=201)
    problem = slow.problem("POST", f"cases/{number}/decisions", 409, json=body)
    assert problem["code"] == "case.stale"
    (change,) = problem["changes"]
    assert (change["what"], change["was"], change["now"]) == ("state", "in_review", "escalated")
    assert "已上报" in change["zh"]


def test_an_approval_over_missing_facts_names_what_must_be_seen(bench: Bench) -> None:
    org = bench.organisation()
    api = api_of(bench, org.reviewer)
    number = case_in_review(bench, org, verdict="attention", missing=("rate.claim_cap",))
    body = approve(api.get(f"cases/{number}"))
    problem = api.problem("POST", f"cases/{number}/decisions", 422, json=body)
    assert problem["code"] == "decision.unseen"
    assert problem["details"]["missing"] == ["rate.claim_cap"]
    made = api.post(f"cases/{number}/decisions", body | {"seen": ["rate.claim_cap"]}, status=201)
    assert made["seen"] == ["rate.claim_cap"]


@pytest.fixture
def waiting(bench: Bench) -> tuple[Org, int, dict[str, Any]]:
    """A case with an approval against a failed check, which waits for a second person."""
    org = bench.organisation()
    api = api_of(bench, org.senior_reviewer)
    number = case_in_review(bench, org, verdict="blocked", failed=("rate.claim_cap",))
    made = api.post(f"cases/{number}/decisions", approve(api.get(f"cases/{number}")), status=202)
    assert (made["state"], made["needs"]) == ("waiting", ["failed_check"])
    return org, number, made


def test_a_second_person_confirms(bench: Bench, waiting: tuple[Org, int, dict[str, Any]]) -> None:
    org, number, made = waiting
    second = api_of(bench, bench.person(org, "senior_reviewer"))
    done = second.post(f"cases/{number}/decisions/{made['decision_id']}/confirm", {"reason": "同意"}, status=200)
    assert (done["state"], done["second_reason"]) == ("effective", "同意")
    assert second.get(f"cases/{number}")["state"] == "approved"
    problem = second.problem(
        "POST", f"cases/{number}/decisions/{made['decision_id']}/refuse", 409, json={"reason": "x"}
    )
    assert problem["code"] == "decision.answered"


def test_nobody_confirms_their_own_proposal(bench: Bench, waiting: tuple[Org, int, dict[str, Any]]) -> None:
    org, number, made = waiting
    own = api_of(bench, org.senior_reviewer)
    problem = own.problem("POST", f"cases/{number}/decisions/{made['decision_id']}/confirm", 403, json={})
    assert problem["code"] == "decision.second_person.proposed"
    (attempt,) = bench.events(org, "review:decision:confirm")
    assert (attempt.outcome, attempt.case_id) == ("refused", number)


def test_a_second_person_refuses_with_a_reason(bench: Bench, waiting: tuple[Org, int, dict[str, Any]]) -> None:
    org, number, made = waiting
    second = api_of(bench, bench.person(org, "senior_reviewer"))
    path = f"cases/{number}/decisions/{made['decision_id']}/refuse"
    assert second.problem("POST", path, 422, json={})["code"] == "decision.second_reason"
    assert second.post(path, {"reason": "利率超限"}, status=200)["state"] == "refused"
    assert second.get(f"cases/{number}")["state"] == "in_review"


def test_a_decision_is_found_under_its_own_case_only(bench: Bench, waiting: tuple[Org, int, dict[str, Any]]) -> None:
    org, _number, made = waiting
    other = case_in_review(bench, org)
    second = api_of(bench, bench.person(org, "senior_reviewer"))
    second.problem("POST", f"cases/{other}/decisions/{made['decision_id']}/confirm", 404, json={})


def test_a_settlement_comes_with_its_plan(bench: Bench) -> None:
    org = bench.organisation()
    api = api_of(bench, org.reviewer)
    number = case_in_review(bench, org)
    first_due = today().replace(day=1).isoformat()
    body = approve(api.get(f"cases/{number}")) | {"choice": "settle", "reason": "借款人主动协商"}
    plan = {"kind": "instalments", "first_due_on": first_due, "count": 3, "down_payment": "1000.00"}
    problem = api.problem("POST", f"cases/{number}/decisions", 422, json=body | {"plan": plan})
    assert problem["errors"][0]["field"] == "first_due_on"
    problem = api.problem("POST", f"cases/{number}/decisions", 422, json=body)
    assert problem["code"] == "settlement.terms"


def test_a_settlement_is_computed_and_kept(bench: Bench) -> None:
    org = bench.organisation()
    api = api_of(bench, org.reviewer)
    number = case_in_review(bench, org)
    body = approve(api.get(f"cases/{number}")) | {"choice": "settle", "reason": "借款人主动协商"}
    due = today().fromordinal(today().toordinal() + 20).isoformat()
    made = api.post(
        f"cases/{number}/decisions",
        body | {"plan": {"kind": "instalments", "first_due_on": due, "count": 3, "down_payment": "0.00"}},
        status=201,
    )
    assert made["plan"]["payable"] == made["plan"]["confirmed"]["total"] == "15000.00"
    assert [part["amount"] for part in made["plan"]["instalments"]] == ["5000.00"] * 3
    assert api.get(f"cases/{number}")["state"] == "settled"


def test_the_law_firm_and_the_administrator_read_no_cases(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    number = case_in_review(bench, org)
    for someone in (org.administrator, firm.counsel):
        api: Api = api_of(bench, someone)
        api.problem("GET", f"cases/{number}", 403)
