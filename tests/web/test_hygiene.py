"""What holds for the HTML of every page: CSRF in every form, nothing inline, labels, one heading, no dead links."""

from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from reviewdesk.accounts.roles import Role
from tests.builders import Bench, Org
from tests.web.test_matrix import must_rule, path_of, routes
from tests.web.world import World, build


class Page(HTMLParser):
    """What the rules below look at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.headings = 0
        self.lang = ""
        self.ids: list[str] = []
        self.links: set[str] = set()
        self._form: dict[str, Any] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look_for_inline(tag, given)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "html":
            self.lang = given.get("lang", "")
        if tag == "h1":
            self.headings += 1
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.add(given["href"])
        if tag == "form":
            self._form = {"post": given.get("method", "").lower() == "post", "csrf": False, "to": given.get("action")}
        if tag == "input" and given.get("name") == "csrf_token" and self._form is not None:
            self._form["csrf"] = bool(given.get("value"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            if self._form["post"] and not self._form["csrf"]:
                self.problems.append(f"the form to {self._form['to']} has no CSRF token")
            self._form = None

    def _look_for_inline(self, tag: str, given: dict[str, str]) -> None:
        if tag == "style" or "style" in given:
            self.problems.append(f"inline style in <{tag}>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.problems.append("inline script")
        self.problems += [f"inline handler {name} in <{tag}>" for name in given if name.startswith("on")]
        for name in ("src", "href"):
            if given.get(name, "").startswith(("http:", "https:", "//")):
                self.problems.append(f"<{tag} {name}> leaves the house: {given[name]}")


@pytest.fixture
def firm(bench: Bench) -> Org:
    return bench.firm()


@pytest.fixture
def world(bench: Bench, firm: Org) -> World:
    return build(bench, firm)


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_every_page_is_clean(bench: Bench, app: Flask, world: World, firm: Org, role: str) -> None:
    client = bench.client((firm if role == "counsel" else world.org).people[role])
    wrong, links = [], set()
    for route, method in routes(app):
        if method != "GET" or not must_rule(app, route).admits(frozenset({role})):
            continue
        path = path_of(app, route, world.arguments(route))
        answer = client.get(path)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        html = answer.get_data(as_text=True)
        page = Page(html)
        wrong += [(path, problem) for problem in page.problems]
        is_fragment = not html.lstrip().startswith("<!doctype html>")
        if not page.headings and not is_fragment:
            wrong.append((path, "no first-level heading"))
        if page.lang not in {"zh-Hans", "en"} and not is_fragment:
            wrong.append((path, "no language"))
        doubled = {name for name in page.ids if page.ids.count(name) > 1}
        if doubled:
            wrong.append((path, f"ids used twice: {doubled}"))
        links |= page.links
    dead = [link for link in sorted(links) if client.get(link).status_code in {403, 404, 405, 500}]
    assert not wrong
    assert not dead, "links that lead nowhere for this role"
