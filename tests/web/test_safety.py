"""What surrounds every answer: headers, CSRF, cookies, rate limits, languages and error pages."""

import re
from typing import Any

import pytest
from flask import Flask

from reviewdesk import create_app
from reviewdesk.errors import NotAllowed, Refusal, Stale, Text
from reviewdesk.pages import public, requires
from reviewdesk.settings import Settings
from tests.builders import PASSWORD, Bench, OwnContextClient, csrf

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


def test_every_answer_has_the_security_headers(bench: Bench) -> None:
    for path in ("/sign-in", "/nowhere", "/", "/healthz", "/static/css/desk.css"):
        headers = bench.client().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Request-ID"]
        assert "Strict-Transport-Security" not in headers


def test_a_number_that_no_case_can_have_leads_to_no_page(bench: Bench) -> None:
    client = bench.client(bench.organisation().reviewer)
    assert [client.get(f"/cases/{number}").status_code for number in (2**63 - 1, 2**63)] == [404, 404]


def test_over_https_the_browser_is_told_to_stay_there(bench: Bench) -> None:
    answer = bench.client().get("/sign-in", base_url="https://desk.example")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_pages_are_not_kept_by_caches_and_assets_are(bench: Bench) -> None:
    assert bench.client().get("/sign-in").headers["Cache-Control"] == "no-store"
    page = bench.client().get("/sign-in").get_data(as_text=True)
    found = re.search(r"/static/js/desk\.js\?v=[0-9a-f]{10}", page)
    assert found
    assert "max-age=31536000" in bench.client().get(found.group()).headers["Cache-Control"]


def test_a_plausible_request_id_is_taken_over_and_another_is_not(bench: Bench) -> None:
    client = bench.client()
    assert client.get("/sign-in", headers={"X-Request-ID": "abc-12345"}).headers["X-Request-ID"] == "abc-12345"
    assert client.get("/sign-in", headers={"X-Request-ID": "a b"}).headers["X-Request-ID"] != "a b"


def test_sign_in_attempts_are_limited(bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = app.extensions["reviewdesk.settings"]
    strict = settings.model_copy(update={"sign_in_rate": "2 per hour"})
    monkeypatch.setitem(app.extensions, "reviewdesk.settings", strict)
    client = bench.client()
    data = {"csrf_token": csrf(client.get("/sign-in").get_data(as_text=True)), "email": "", "password": ""}
    answers = [client.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": "10.9.9.9"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "操作过于频繁" in answers[-1].get_data(as_text=True)
    assert answers[-1].headers["Retry-After"]


def test_the_language_is_the_persons_then_the_browsers_then_chinese(bench: Bench) -> None:
    org = bench.organisation()
    assert '<html lang="zh-Hans">' in bench.client().get("/sign-in").get_data(as_text=True)
    assert '<html lang="en">' in bench.client().get("/sign-in", headers=ENGLISH).get_data(as_text=True)
    french = {"Accept-Language": "fr"}
    assert '<html lang="zh-Hans">' in bench.client().get("/sign-in", headers=french).get_data(as_text=True)
    client = bench.client(org.reviewer)
    token = csrf(client.get("/account").get_data(as_text=True))
    answer = client.post("/language", data={"csrf_token": token, "locale": "en", "next": "/account"})
    assert answer.headers["Location"] == "/account"
    again = bench.client(org.reviewer)
    assert '<html lang="en">' in again.get("/account").get_data(as_text=True)
    assert len(bench.events(org, "accounts:person:locale")) == 1


def test_a_language_chosen_before_signing_in_stays(bench: Bench) -> None:
    org = bench.organisation()
    client = bench.client()
    token = csrf(client.get("/sign-in").get_data(as_text=True))
    client.post("/language", data={"csrf_token": token, "locale": "en", "next": "/sign-in"})
    page = client.get("/sign-in").get_data(as_text=True)
    assert '<html lang="en">' in page
    client.post("/sign-in", data={"email": org.reviewer.email, "password": PASSWORD, "csrf_token": csrf(page)})
    assert '<html lang="en">' in client.get("/account").get_data(as_text=True)


def test_a_language_nobody_has_is_refused(bench: Bench) -> None:
    client = bench.client()
    token = csrf(client.get("/sign-in").get_data(as_text=True))
    assert client.post("/language", data={"csrf_token": token, "locale": "fr"}).status_code == 400


@pytest.mark.parametrize(
    ("language", "missing", "forbidden"),
    [("zh", "没有找到", "没有权限"), ("en", "Not found", "Not permitted")],
)
def test_error_pages_speak_the_readers_language(bench: Bench, language: str, missing: str, forbidden: str) -> None:
    org = bench.organisation()
    client = bench.client(org.reviewer)
    headers = {"Accept-Language": language}
    nowhere = client.get("/nowhere", headers=headers)
    assert nowhere.status_code == 404
    assert missing in nowhere.get_data(as_text=True)
    refused = client.get("/people", headers=headers)
    assert refused.status_code == 403
    assert forbidden in refused.get_data(as_text=True)
    (event,) = [event for event in bench.events(org, "web:route:open") if event.outcome == "refused"]
    assert event.subject_id == "people.list_people"


def test_wrong_methods_and_oversized_bodies_get_pages(
    bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = bench.client()
    wrong = client.get("/sign-out")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    large = client.post("/sign-in", data={"email": "x" * 2000})
    assert large.status_code == 413
    assert "文件太大" in large.get_data(as_text=True)


def failing_with(app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Make the search page raise, as production would show it."""

    def view() -> Any:
        raise error

    monkeypatch.setitem(app.view_functions, "web.search", public(view))
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


def test_an_unforeseen_error_shows_its_number_and_logs_no_data(
    bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing_with(app, monkeypatch, ValueError("张三 11010519491231002X"))
    answer = bench.client().get("/search")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in page
    assert "11010519491231002X" not in page + caplog.text
    assert answer.headers["X-Request-ID"] in caplog.text


def test_an_error_page_needs_no_database(bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_args: object) -> None:
        raise OSError("the database is down")

    client = bench.client(bench.organisation().reviewer)
    monkeypatch.setattr("reviewdesk.accounts.sessions.identify", down)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client.get("/account")
    assert answer.status_code == 500
    assert "服务器出错了" in answer.get_data(as_text=True)


def test_a_stale_page_shows_what_changed(bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Text("案件已变化", "The case has changed")
    failing_with(app, monkeypatch, Stale("stale", text, changes=[{"zh": "金额已更改", "en": "amount changed"}]))
    answer = bench.client().get("/search")
    assert answer.status_code == 409
    assert "金额已更改" in answer.get_data(as_text=True)


def test_an_error_page_leads_back_to_where_the_form_stood(bench: Bench) -> None:
    client = bench.client(bench.organisation().uploader)
    lost = client.get("/batches/00000000-0000-0000-0000-000000000000", headers={"Referer": "http://localhost/batches"})
    assert 'href="/batches">回到刚才的页面' in lost.text
    stranger = client.get("/nowhere", headers={"Referer": "http://elsewhere.example/batches"})
    assert "回到刚才的页面" not in stranger.text


@pytest.mark.parametrize("csrf_holds", [True, False])
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(bench: Bench, csrf_holds: bool) -> None:
    client = bench.client()
    token = csrf(client.get("/sign-in").get_data(as_text=True))
    page = "http://localhost/cases/7?view=all"
    form = {"csrf_token": token if csrf_holds else "gone", "reason": "缺放款凭证"}
    answer = client.post("/cases/7/decide", data=form, headers={"Referer": page})
    assert answer.headers["Location"] == "/sign-in?next=/cases/7?view%3Dall"
    assert "刚才的操作没有执行" in client.get("/sign-in").get_data(as_text=True)


@pytest.mark.parametrize("before", ["https://elsewhere.example/cases/7", "http://localhost/cases/7/decide", ""])
def test_no_form_leads_elsewhere_after_sign_in(bench: Bench, before: str) -> None:
    client = bench.client()
    form = {"csrf_token": csrf(client.get("/sign-in").get_data(as_text=True))}
    assert client.post("/cases/7/decide", data=form, headers={"Referer": before}).headers["Location"] == "/sign-in"


def test_htmx_gets_a_toast_and_a_way_to_sign_in(bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://localhost/cases/7?x=1"}
    lost = bench.client().get("/search", headers=htmx)
    assert lost.status_code == 401
    assert lost.headers["HX-Redirect"] == "/sign-in?next=/cases/7"
    refusal = Refusal(action="case:decision:add", subject=("case", "7"))
    failing_with(app, monkeypatch, NotAllowed("own_work", Text("不能复核自己的决定", "Not your own"), refusal=refusal))
    org = bench.organisation()
    toast = bench.client(org.reviewer).get("/search", headers=htmx)
    assert toast.status_code == 403
    assert toast.headers["HX-Retarget"] == "#toasts"
    assert toast.get_data(as_text=True).strip().startswith('<div class="toast fail"')
    assert [event.outcome for event in bench.events(org, "case:decision:add")] == ["refused"]


def test_a_route_without_a_rule_is_closed(bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.view_functions, "web.health", lambda: "open")
    with pytest.raises(RuntimeError, match="declares no rule"):
        bench.client().get("/healthz")


def test_a_rule_names_at_least_one_role() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        requires()


def test_someone_signed_in_is_sent_on_from_the_sign_in_page(bench: Bench) -> None:
    org = bench.organisation()
    assert bench.client(org.reviewer).get("/sign-in").headers["Location"] == "/"


def test_a_session_planted_before_sign_in_is_dropped(bench: Bench) -> None:
    org = bench.organisation()
    client = bench.client()
    page = client.get("/sign-in").get_data(as_text=True)
    with client.session_transaction() as session:
        session["planted"] = "yes"
    client.post("/sign-in", data={"email": org.reviewer.email, "password": PASSWORD, "csrf_token": csrf(page)})
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"].startswith(str(org.org_id))


def test_health_names_the_server_that_does_not_answer(
    bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis import Redis

    assert bench.client().get("/healthz").get_data(as_text=True) == "ok\n"
    monkeypatch.setitem(app.extensions, "reviewdesk.redis", Redis(unix_socket_path="/nowhere.sock"))
    answer = bench.client().get("/healthz")
    assert (answer.status_code, answer.get_data(as_text=True)) == (503, "redis\n")


def test_limits_go_on_in_memory_while_redis_does_not_answer(
    settings: Settings,
) -> None:
    nowhere = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0", "sign_in_rate": "2 per hour"})
    other = create_app(nowhere)
    client = OwnContextClient(other, other.response_class)
    data = {"csrf_token": csrf(client.get("/sign-in").get_data(as_text=True)), "email": "", "password": ""}
    answers = [client.post("/sign-in", data=data).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_in_production_cookies_are_bound_to_https_and_http_is_sent_on(settings: Settings) -> None:
    secure = create_app(settings.model_copy(update={"https": True}))
    client = OwnContextClient(secure, secure.response_class)
    sent_on = client.get("/sign-in", base_url="http://localhost")
    assert (sent_on.status_code, sent_on.headers["Location"]) == (308, "https://localhost/sign-in")
    assert client.get("/healthz", base_url="http://localhost").status_code == 200
    cookie = client.get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-reviewdesk=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_behind_a_proxy_the_readers_address_is_the_forwarded_one(settings: Settings, bench: Bench) -> None:
    proxied = create_app(settings.model_copy(update={"trusted_proxies": 1}))
    org = bench.organisation()
    client = OwnContextClient(proxied, proxied.response_class)
    page = client.get("/sign-in").get_data(as_text=True)
    data = {"email": org.reviewer.email, "password": PASSWORD, "csrf_token": csrf(page)}
    client.post("/sign-in", data=data, headers={"X-Forwarded-For": "198.51.100.7"})
    assert bench.events(org, "accounts:person:sign_in")[-1].ip == "198.51.100.7"
