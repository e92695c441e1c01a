"""Every page of the product, found in the URL map: at a desk, on a phone, in the dark, in English; axe on each."""

from collections.abc import Iterator

import pytest
from flask import Flask

from reviewdesk.pages import rule_of
from tests.journeys.conftest import Door, Town
from tests.web.test_matrix import path_of, routes

READERS = ("senior_reviewer", "uploader", "counsel", "compliance", "administrator", "reviewer")
"""Who looks at a page: the first of these whom its rule admits."""

NOT_PAGES = {
    "accounts.sign_in": "looked at in test_accounts",
    "accounts.invitation": "looked at in test_accounts",
    "web.health": "for machines",
    "handover.batch_weighing_workbook": "made when somebody asks for it",
    "handover.suit": "the demo's case is in none; looked at in test_review",
    "handover.suit_workbook": "as handover.suit",
    "handover.suit_document": "as handover.suit",
}


def pages(app: Flask, town: Town) -> Iterator[tuple[str, str, str]]:
    """Role, name and address of every page that the demo can show."""
    for route, method in routes(app):
        if method != "GET" or route.endpoint in NOT_PAGES or route.rule.startswith("/api/"):
            continue
        rule = rule_of(route.endpoint, app)
        assert rule is not None
        if route.arguments <= town.ids.keys():
            role = next(role for role in READERS if rule.admits(frozenset({role})))
            yield (
                role,
                route.endpoint.replace(".", "-"),
                path_of(app, route, {name: town.ids[name] for name in route.arguments}),
            )


@pytest.mark.parametrize("look", ["desk", "phone", "dark", "english"])
def test_every_page_looks_right(door: Door, town: Town, app: Flask, look: str) -> None:
    visitors = {}
    for role, name, path in pages(app, town):
        if role not in visitors:
            visitors[role] = door.visitor(
                town.people[role],
                size="phone" if look == "phone" else "desk",
                dark=look == "dark",
                locale="en-GB" if look == "english" else "zh-CN",
            )
        visitor = visitors[role]
        if visitor.shows(path):
            visitor.look(name if look in {"desk", "phone"} else f"{name}-{look}", axe=look != "english")
