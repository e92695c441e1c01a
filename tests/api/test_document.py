"""The OpenAPI document: complete, valid, and made from what is enforced."""

import json
from typing import Any

from flask import Flask

from reviewdesk.api import openapi
from reviewdesk.api.speaking import speech_of
from reviewdesk.pages import rule_of
from tests.api.helpers import Api
from tests.builders import Bench


def routes(app: Flask) -> list[Any]:
    return [route for route in app.url_map.iter_rules() if route.rule.startswith("/api/")]


def test_every_route_of_the_api_is_in_the_document(app: Flask) -> None:
    paths = openapi.document(app)["paths"]
    for route in routes(app):
        methods = {method.lower() for method in route.methods - {"HEAD", "OPTIONS"}}
        assert methods <= set(paths[openapi.path_of(route)])


def test_every_route_declares_its_rule_and_its_shapes(app: Flask) -> None:
    for route in routes(app):
        assert rule_of(route.endpoint, app) is not None, route
        speech = speech_of(app.view_functions[route.endpoint])
        assert speech is not None, route
        assert speech.tag in openapi.TAGS
        assert app.view_functions[route.endpoint].__doc__


def test_the_routes_of_the_contract_are_there(app: Flask) -> None:
    paths = openapi.document(app)["paths"]
    contract = {
        "/batches": {"get", "post"},
        "/batches/{batch_id}": {"get"},
        "/batches/{batch_id}/errors": {"get"},
        "/batches/{batch_id}/mapping": {"post"},
        "/cases": {"get"},
        "/cases/{case_id}": {"get"},
        "/cases/{case_id}/comments": {"get", "post"},
        "/cases/{case_id}/decisions": {"post"},
        "/cases/{case_id}/decisions/{decision_id}/confirm": {"post"},
        "/cases/{case_id}/decisions/{decision_id}/refuse": {"post"},
        "/journal": {"get"},
        "/exports": {"post"},
        "/exports/{export_id}": {"get"},
        "/exports/{export_id}/file": {"get"},
        "/me": {"get"},
    }
    for path, methods in contract.items():
        assert methods <= set(paths[f"/api/v1{path}"]), path


def test_references_lead_somewhere_and_ids_are_unique(app: Flask) -> None:
    document = openapi.document(app)
    text = json.dumps(document)
    for part in text.split('"$ref": "#/components/schemas/')[1:]:
        assert part.partition('"')[0] in document["components"]["schemas"]
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert document["openapi"].startswith("3.1")


def test_objects_have_just_the_members_that_are_described(app: Flask) -> None:
    for name, schema in openapi.document(app)["components"]["schemas"].items():
        if schema.get("type") == "object" and name != "Change":
            assert schema["additionalProperties"] is False, name


def test_the_document_is_served_without_a_token(bench: Bench) -> None:
    served = Api(bench.app, None).get("openapi.json")
    assert served == json.loads(json.dumps(openapi.document(bench.app)))


def test_the_page_shows_every_operation(bench: Bench) -> None:
    answer = Api(bench.app, None).call("GET", "docs")
    page = answer.get_data(as_text=True)
    for path in openapi.document(bench.app)["paths"]:
        assert path in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://localhost", "")
