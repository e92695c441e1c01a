"""A client of the API whose every answer is checked against the OpenAPI document."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema
from flask import Flask, request
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

from reviewdesk.accounts.tokens import create_token
from reviewdesk.api import openapi
from tests.builders import Bench, Someone

ROOT = "/api/v1"
DOCUMENT = "urn:openapi"


@dataclass
class Api:
    """Calls with a bearer token, or without one."""

    app: Flask
    token: str | None

    def call(self, method: str, path: str, **given: Any) -> TestResponse:
        """Call, and check the answer against the document."""
        headers = {"Accept-Language": "en", **given.pop("headers", {})}
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        address = path if path.startswith("/") else f"{ROOT}/{path}"
        with self.app.app_context():  # a fresh one, as every request has outside of tests
            answer = self.app.test_client(use_cookies=False).open(address, method=method, headers=headers, **given)
        check(self.app, method, answer)
        return answer

    def get(self, path: str, **given: Any) -> Any:
        """The JSON of a successful GET."""
        answer = self.call("GET", path, **given)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    def post(self, path: str, json: Any = None, status: int | None = None, **given: Any) -> Any:
        """The JSON of a POST, which answers with `status`, or with any success."""
        answer = self.call("POST", path, json=json, **given) if json is not None else self.call("POST", path, **given)
        expected = {status} if status else {200, 201, 202}
        assert answer.status_code in expected, answer.get_data(as_text=True)
        return answer.get_json()

    def problem(self, method: str, path: str, status: int, **given: Any) -> Any:
        """The problem document of a refused call."""
        answer = self.call(method, path, **given)
        assert answer.status_code == status, answer.get_data(as_text=True)
        assert answer.mimetype == "application/problem+json"
        shown: Mapping[str, Any] = answer.get_json()
        assert shown["status"] == status
        assert shown["type"] == f"urn:reviewdesk:problem:{shown['code']}"
        return shown


def api_of(bench: Bench, someone: Someone, *, may_reveal: bool = False) -> Api:
    """The API as someone's token opens it."""
    return Api(bench.app, create_token(someone.actor, "test", may_reveal=may_reveal).secret)


def check(app: Flask, method: str, answer: TestResponse) -> None:
    """Check an answer against what the document says of its operation and status."""
    document = openapi.document(app)
    with app.test_request_context(answer.request.path, method=method):
        route = request.url_rule
    if route is None:
        assert answer.mimetype == "application/problem+json"
        validate(app, {"$ref": f"{DOCUMENT}#/components/schemas/Problem"}, answer.get_json())
        return
    path = openapi.path_of(route)
    operation = document["paths"][path][method.lower()]
    described = operation["responses"].get(str(answer.status_code))
    assert described, f"{method} {path} answers {answer.status_code}, which the document does not know"
    content = described.get("content", {})
    assert answer.mimetype in content, (answer.mimetype, list(content))
    schema = content[answer.mimetype].get("schema")
    if schema is not None:
        validate(app, _absolute(schema), answer.get_json())
    for name in described.get("headers", {}):
        assert name in answer.headers


def _absolute(schema: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(schema).replace('"#/', f'"{DOCUMENT}#/'))  # type: ignore[no-any-return]


@cache
def _registry(app: Flask) -> Registry[Any]:
    contents = openapi.document(app)
    resource = Resource(contents=contents, specification=DRAFT202012)
    return Registry().with_resource(DOCUMENT, resource)


def validate(app: Flask, schema: dict[str, Any], value: Any) -> None:
    """Validate a value against a schema of the document, formats included."""
    jsonschema.Draft202012Validator(
        schema, registry=_registry(app), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(value)
