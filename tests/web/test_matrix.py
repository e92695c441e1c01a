"""Role × route × organisation, generated from the URL map: a new route is tested without a word here."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule as Route

from reviewdesk.accounts import tokens
from reviewdesk.accounts.roles import Role
from reviewdesk.pages import Rule, rule_of
from tests.builders import Bench, Org, OwnContextClient, csrf
from tests.web.world import World, build

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = ("您的角色不能使用此功能", "role_needed")


class Asker:
    """Somebody who makes requests: by session on pages, by token on the API."""

    def __init__(self, bench: Bench, org: Org, role: str) -> None:
        self.bench, self.org, self.role = bench, org, role
        self.token = tokens.create_token(org.people[role].actor, "矩阵").secret
        self.sign_in()

    def sign_in(self) -> None:
        """Begin a session and keep its CSRF token."""
        self.client = self.bench.client(self.org.people[self.role])
        self.csrf = csrf(self.client.get("/account").get_data(as_text=True))

    def ask(self, path: str, method: str) -> Any:
        """Make the request; a session that an earlier request ended begins anew."""
        if path.startswith("/api/"):
            client: FlaskClient = OwnContextClient(self.bench.app, self.bench.app.response_class)
            return client.open(path, method=method, headers={"Authorization": f"Bearer {self.token}"})
        with self.client.session_transaction() as session:
            over = "_user_id" not in session
        if over:
            self.sign_in()
        return self.client.open(path, method=method, headers={"X-CSRFToken": self.csrf})


@pytest.fixture(autouse=True)
def as_in_production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a view is an answer with status 500 here, so that the matrix can name its route."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


@pytest.fixture
def firm(bench: Bench) -> Org:
    return bench.firm()


@pytest.fixture
def world(bench: Bench, firm: Org) -> World:
    return build(bench, firm)


def routes(app: Flask) -> Iterator[tuple[Route, str]]:
    """Every route with each of its methods, assets left out."""
    for route in app.url_map.iter_rules():
        if route.endpoint.rpartition(".")[2] != "static":
            for method in sorted((route.methods or set()) & set(METHODS)):
                yield route, method


def path_of(app: Flask, route: Route, values: dict[str, Any]) -> str:
    """The address of a route with values in it."""
    adapter = app.url_map.bind("localhost")
    return adapter.build(route.endpoint, values).removeprefix("http://localhost")


def was_refused(answer: Any) -> bool:
    """Whether the guard refused the role, rather than the service the deed."""
    return answer.status_code == 403 and any(sign in answer.get_data(as_text=True) for sign in REFUSED)


def must_rule(app: Flask, route: Route) -> Rule:
    rule = rule_of(route.endpoint, app)
    assert rule is not None, f"{route.endpoint} declares no rule: add @requires(...), @signed_in or @public"
    return rule


def test_every_route_declares_a_rule_with_roles_that_exist(app: Flask) -> None:
    for route, _method in routes(app):
        assert must_rule(app, route).roles <= {role.value for role in Role}, route.endpoint


def test_only_these_routes_are_public(app: Flask) -> None:
    """Opening a page to everybody is a decision, and this is where it is made."""
    public = {route.endpoint for route, _method in routes(app) if must_rule(app, route).public}
    assert public == {
        "accounts.sign_in",
        "accounts.invitation",
        "web.language",
        "web.health",
        "api.openapi_json",
        "api.docs",
    }


def test_an_administrator_opens_no_page_with_a_borrowers_data(app: Flask) -> None:
    """People, tokens and jobs are theirs; cases, workbooks and the journal are not."""
    admitted = {
        route.endpoint
        for route, _method in routes(app)
        if not must_rule(app, route).public and must_rule(app, route).admits(frozenset({"administrator"}))
    }
    allowed = ("accounts.", "people.", "web.dashboard", "web.jobs", "web.retry_job", "api.me")
    assert [endpoint for endpoint in sorted(admitted) if not endpoint.startswith(allowed)] == []


def test_reading_changes_nothing(app: Flask) -> None:
    """A GET never has a name that changes something; changes come by POST with a CSRF token."""
    changing = ("create", "delete", "disable", "retry", "revoke", "withdraw", "decide", "sign_out")
    for route, method in routes(app):
        if method == "GET":
            assert not route.endpoint.rpartition(".")[2].startswith(changing), route.endpoint


def test_nobody_passes_without_signing_in(bench: Bench, app: Flask, world: World) -> None:
    client = bench.client()
    token = csrf(client.get("/sign-in").get_data(as_text=True))
    wrong = []
    for route, method in routes(app):
        answer = client.open(path_of(app, route, world.arguments(route)), method=method, headers={"X-CSRFToken": token})
        closed = answer.status_code == 401 or "/sign-in" in answer.headers.get("Location", "")
        if not must_rule(app, route).public and not closed:
            wrong.append((route.rule, method, answer.status_code))
    assert not wrong


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_each_role_is_admitted_where_its_rule_says_and_nowhere_else(
    bench: Bench, app: Flask, world: World, firm: Org, role: str
) -> None:
    asker = Asker(bench, firm if role == "counsel" else world.org, role)
    wrong = []
    for route, method in routes(app):
        answer = asker.ask(path_of(app, route, world.arguments(route)), method)
        admitted = must_rule(app, route).admits(frozenset({role}))
        if was_refused(answer) is admitted or answer.status_code >= 500:
            wrong.append((route.rule, method, answer.status_code, admitted))
    assert not wrong


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_another_organisation_reaches_nothing(bench: Bench, app: Flask, world: World, role: str) -> None:
    """With real ids of another organisation every address answers as if there were nothing, and changes nothing."""
    stranger = bench.firm() if role == "counsel" else bench.organisation()
    asker = Asker(bench, stranger, role)
    before = len([event for event in bench.events(world.org) if event.outcome == "done"])
    reached = []
    for route, method in routes(app):
        rule = must_rule(app, route)
        if not route.arguments & _OWNED or rule.public or not rule.admits(frozenset({role})):
            continue
        answer = asker.ask(path_of(app, route, world.arguments(route)), method)
        if answer.status_code < 400:
            reached.append((route.rule, method, answer.status_code))
    assert not reached
    assert len([event for event in bench.events(world.org) if event.outcome == "done"]) == before


_OWNED = {
    "batch_id",
    "policy",
    "dry_run_id",
    "case_id",
    "person_id",
    "token_id",
    "invitation_id",
    "job_id",
    "export_id",
    "decision_id",
    "bulk_id",
    "entrustment_id",
    "attachment_id",
    "upload_id",
    "mapping_id",
}


def test_the_addresses_of_the_matrix_are_real(bench: Bench, app: Flask, world: World, firm: Org) -> None:
    """The same ids open every readable page to those of the organisation, so "nothing there" above means something."""
    askers = {role: Asker(bench, firm if role == "counsel" else world.org, role) for role in Role}
    lost = []
    for route, method in routes(app):
        rule = must_rule(app, route)
        if method != "GET" or rule.public or not route.arguments & _OWNED or route.endpoint in _OTHER_KIND:
            continue
        answers = [
            askers[role].ask(path_of(app, route, world.arguments(route)), method).status_code
            for role in Role
            if rule.admits(frozenset({role.value}))
        ]
        if not {status for status in answers if status < 500} - {403, 404}:
            lost.append((route.rule, answers))
    assert not lost


_OTHER_KIND = {
    "handover.fetch_export",  # the export of the world is of the journal
    "handover.evidence_file",  # and its file of a case that is not entrusted
    "api.get_entrusted_file",
    "mending.side_row",  # the query names its sheet
}


def test_every_page_route_refuses_a_change_without_a_csrf_token(bench: Bench, app: Flask, world: World) -> None:
    askers = {role: bench.client(someone) for role, someone in world.org.people.items()}
    open_ = []
    for route, method in routes(app):
        path = path_of(app, route, world.arguments(route))
        if method == "GET" or path.startswith("/api/"):
            continue
        role = next((role for role in askers if must_rule(app, route).admits(frozenset({role}))), "reviewer")
        answer = askers[role].open(path, method=method)
        if answer.status_code != 400:
            open_.append((route.rule, method, answer.status_code))
    assert not open_


def test_the_api_knows_no_session(bench: Bench, app: Flask, world: World) -> None:
    client = bench.client(world.org.reviewer)
    for route, method in routes(app):
        path = path_of(app, route, world.arguments(route))
        if path.startswith("/api/") and not must_rule(app, route).public:
            answer = client.open(path, method=method)
            assert answer.status_code == 401, route.rule
            assert json.loads(answer.get_data())["status"] == 401
