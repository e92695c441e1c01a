"""Who gets in, and in which form the API refuses."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from reviewdesk.accounts import tokens
from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from tests.api.helpers import Api, api_of
from tests.builders import Bench, Someone

NOBODYS = UUID(int=7)  # a decision that nobody made, the same in every test process


def test_a_token_says_whose_it_is(bench: Bench) -> None:
    org = bench.organisation()
    me = api_of(bench, org.reviewer).get("me")
    assert (me["person_id"], me["roles"], me["may_reveal"]) == (str(org.reviewer.person_id), ["reviewer"], False)
    assert me["organisation"] == {"org_id": str(org.org_id), "name": org.name, "kind": "platform"}


def test_without_a_token_nothing_is_said(bench: Bench) -> None:
    answer = Api(bench.app, None).call("GET", "cases")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ReviewDesk"'
    assert answer.get_json()["code"] == "token.absent"


@pytest.mark.parametrize("given", ["Bearer nonsense", "Basic dTpw", "Bearer "])
def test_a_token_that_is_none_is_refused(bench: Bench, given: str) -> None:
    problem = Api(bench.app, None).problem("GET", "me", 401, headers={"Authorization": given})
    assert problem["code"] == "token.invalid"


def _expire(someone: Someone, token_id: Any) -> None:
    with unit_of_work(someone.actor) as work:
        work.execute("UPDATE api_tokens SET expires_at = :at", at=now() - timedelta(seconds=1))


def _revoke(someone: Someone, token_id: Any) -> None:
    tokens.revoke(someone.actor, token_id)


def _disable(someone: Someone, token_id: Any) -> None:
    with unit_of_work(someone.actor) as work:
        work.execute("UPDATE people SET state = 'disabled' WHERE person_id = :me", me=someone.person_id)


@pytest.mark.parametrize("end", [_expire, _revoke, _disable])
def test_a_token_ends(bench: Bench, end: Any) -> None:
    someone = bench.organisation().reviewer
    token = tokens.create_token(someone.actor, "test")
    api = Api(bench.app, token.secret)
    api.get("me")
    end(someone, token.token_id)
    api.problem("GET", "me", 401)


def test_a_session_cookie_opens_nothing_and_none_is_set(bench: Bench) -> None:
    org = bench.organisation()
    browser = bench.client(org.reviewer)
    assert browser.get("/api/v1/me").status_code == 401
    answer = api_of(bench, org.reviewer).call("GET", "me")
    assert "Set-Cookie" not in answer.headers


ROUTES = [
    ("uploader", "GET", "journal"),
    ("reviewer", "POST", "batches"),
    ("reviewer", "POST", f"cases/1/decisions/{NOBODYS}/confirm"),
    ("compliance", "POST", "cases/1/decisions"),
    ("administrator", "GET", "cases"),
    ("administrator", "POST", "exports"),
    ("senior_reviewer", "GET", "journal"),
]


@pytest.mark.parametrize(("role", "method", "path"), ROUTES)
def test_a_role_gets_what_it_may_and_a_refused_attempt_is_an_event(
    bench: Bench, role: str, method: str, path: str
) -> None:
    org = bench.organisation()
    problem = api_of(bench, org.people[role]).problem(method, path, 403)
    assert problem["code"] == "role_needed"
    (attempt,) = bench.events(org, "web:route:open")
    assert (attempt.outcome, attempt.actor_id) == ("refused", org.people[role].person_id)
    assert attempt.subject_id.startswith("api.")


def test_what_belongs_to_another_organisation_is_not_found_and_the_attempt_is_an_event(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    batch = bench.batch(org)
    case = bench.audited_case(org, batch)
    reader = api_of(bench, other.senior_reviewer)
    body = {"choice": "approve", "reason": "资料齐全", "case_version": 1}
    attempts: list[tuple[str, str, dict[str, Any], str]] = [
        ("GET", f"batches/{batch}", {}, "intake:batch:open"),
        ("GET", f"batches/{batch}/errors", {}, "intake:batch:open"),
        ("GET", f"cases/{case}", {}, "review:case:open"),
        ("GET", f"cases/{case}/comments", {}, "review:comment:open"),
        ("POST", f"cases/{case}/comments", {"json": {"text": "x"}}, "review:comment:add"),
        ("POST", f"cases/{case}/decisions", {"json": body}, "review:case:approve"),
        ("POST", f"cases/{case}/decisions/{uuid4()}/confirm", {"json": {}}, "review:decision:open"),
    ]
    for method, path, given, action in attempts:
        before = len(bench.events(other, action))
        reader.problem(method, path, 404, **given)
        events = bench.events(other, action)
        assert len(events) == before + 1, path
        assert events[-1].outcome == "refused"
    assert reader.get("cases?state=any")["items"] == []
    assert reader.get("batches")["items"] == []


def test_errors_of_http_are_problems_too(bench: Bench) -> None:
    api = api_of(bench, bench.organisation().uploader)
    assert api.problem("GET", "nowhere", 404)["code"] == "route.unknown"
    answer = api.call("DELETE", "nowhere")
    assert answer.status_code == 404
    problem = api.problem("POST", "cases/1/comments", 415, data="text", content_type="text/plain")
    assert problem["code"] == "request.content_type"
    problem = api.problem("POST", "cases/1/comments", 400, data="{", content_type="application/json")
    assert problem["code"] == "request.json"
    problem = api.problem("POST", "batches", 415, json={})
    assert problem["details"] == {"wanted": "multipart/form-data"}


def test_a_method_that_a_route_does_not_take_names_those_that_it_takes(bench: Bench) -> None:
    org = bench.organisation()
    token = tokens.create_token(org.reviewer.actor, "test").secret
    answer = bench.app.test_client().delete("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    assert "GET" in answer.headers["Allow"]


def test_every_member_that_does_not_fit_is_named_in_both_languages(bench: Bench) -> None:
    api = api_of(bench, bench.organisation().reviewer)
    body = {"choice": "hang", "case_version": "x", "plan": {"kind": "reduction", "waived": 3.5}, "more": 1}
    problem = api.problem("POST", "cases/1/decisions", 422, json=body)
    wrong = {one["field"]: one for one in problem["errors"]}
    assert set(wrong) == {
        "choice",
        "reason",
        "case_version",
        "plan.first_due_on",
        "plan.waived",
        "more",
    }
    assert wrong["plan.waived"]["message"]["zh"].startswith("金额")
    assert wrong["reason"]["message"] == {"zh": "缺少这一项", "en": "Field required"}


def test_unknown_filters_are_refused(bench: Bench) -> None:
    api = api_of(bench, bench.organisation().reviewer)
    assert api.problem("GET", "cases?stat=closed", 422)["errors"][0]["field"] == "stat"
    assert api.problem("GET", "cases?cursor=x", 422)["errors"][0]["field"] == "cursor"
    assert api.problem("GET", "cases?cursor=eHg", 422)["errors"][0]["field"] == "cursor"
    assert api.problem("GET", "cases?amount_from=x", 422)["errors"][0]["field"] == "amount_from"
    assert api.problem("GET", "cases?limit=0", 422)["errors"][0]["field"] == "limit"


@pytest.mark.parametrize(
    ("asked", "title"), [("zh-CN,zh;q=0.9", "没有找到"), ("en-GB", "Not found"), ("fr", "没有找到")]
)
def test_title_and_detail_are_in_the_language_of_the_request(bench: Bench, asked: str, title: str) -> None:
    api = api_of(bench, bench.organisation().reviewer)
    answer = api.call("GET", "cases/1", headers={"Accept-Language": asked})
    problem = answer.get_json()
    assert problem["title"] == title
    assert problem["message"]["zh"] == "没有这一案件，或您无权查看。"
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_token_has_a_rate_of_its_own(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    org = bench.organisation()
    settings = bench.app.extensions["reviewdesk.settings"]
    monkeypatch.setitem(
        bench.app.extensions, "reviewdesk.settings", settings.model_copy(update={"api_rate": "3 per minute"})
    )
    api = api_of(bench, org.reviewer)
    for path in ("me", "cases", "batches"):
        api.get(path)
    answer = api.call("GET", "me")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.get_json()["code"] == "rate.exceeded"
    api_of(bench, org.reviewer).get("me")


def test_a_fault_of_the_program_says_nothing_of_its_data(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("张三 11010519491231002X")

    org = bench.organisation()
    monkeypatch.setattr("reviewdesk.review.queries.queue", broken)
    monkeypatch.setattr(bench.app, "testing", False)
    answer = api_of(bench, org.reviewer).call("GET", "cases")
    assert answer.status_code == 500
    assert answer.get_json()["code"] == "server.error"
    assert "张三" not in answer.get_data(as_text=True)


def test_too_large_a_body_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    api = api_of(bench, bench.organisation().reviewer)
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 100)
    problem = api.problem("POST", "cases/1/comments", 413, json={"text": "x" * 200})
    assert problem["code"] == "request.too_large"
