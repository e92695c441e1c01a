"""The OpenAPI 3.1 document: made from the URL map, the rules of the routes and the shapes that the views declare."""

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, current_app
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule as Route

from reviewdesk.api import shapes
from reviewdesk.api.problems import MIME, TITLES
from reviewdesk.api.speaking import JSON, SPEECH, Answer, Speech, api
from reviewdesk.pages import Rule, rule_of

DIALECT = "https://spec.openapis.org/oas/3.1/dialect/base"
REF = "#/components/schemas/{model}"

INFO = {
    "title": "ReviewDesk API",
    "version": "1",
    "description": (
        "Send workbooks in, follow them, read cases with their findings, decide, and read the journal. "
        "Money is a decimal string in yuan, a rate a decimal string (0.154 is 15.4 %), a day an ISO date, a moment "
        "RFC 3339 in UTC. Errors are problem documents (RFC 9457) with a stable `code` and a message in Simplified "
        "Chinese and in English; `Accept-Language` chooses the language of `title` and `detail`."
    ),
}

TAGS: Mapping[str, str] = {
    "token": "Whose token this is",
    "batches": "Workbooks and what came of them",
    "cases": "Cases, their findings and their history",
    "attachments": "Evidence files of batches and cases",
    "decisions": "Deciding, and the second person's answer",
    "entrustments": "Cases handed to law firms, filing packs, and what counsel reports",
    "overrides": "Findings set aside: overridden, acknowledged, silenced",
    "audits": "Earlier audits of a case, what changed between two, and its facts by version",
    "policies": "Which policy holds, what each states, and dry runs",
    "journal": "The audit log and its exports",
    "document": "This document",
}

_EVERYWHERE = (429, 500)
_CONVERTERS: Mapping[str, dict[str, Any]] = {
    "int": {"type": "integer", "minimum": 0},
    "uuid": {"type": "string", "format": "uuid"},
}
_PART = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


def document(app: Flask | None = None) -> dict[str, Any]:
    """The document of the running application."""
    return _document(app or current_app._get_current_object())  # type: ignore[attr-defined]


@cache
def _document(app: Flask) -> dict[str, Any]:
    routes = [route for route in app.url_map.iter_rules() if route.endpoint.startswith(f"{api.name}.")]
    schemas, refs = _schemas(app, routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes, key=lambda route: route.rule):
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            operation = _operation(app, route, refs)
            paths.setdefault(path_of(route), {})[method.lower()] = operation
    return {
        "openapi": "3.1.1",
        "jsonSchemaDialect": DIALECT,
        "info": INFO,
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": says} for name, says in TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made on the page /tokens or by `reviewdesk token create`.",
                }
            },
        },
    }


Refs = Mapping[Any, dict[str, Any]]
"""The schema reference of each (model, mode)."""


def _schemas(app: Flask, routes: list[Route]) -> tuple[dict[str, Any], Refs]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(shapes.Problem, "serialization")]
    for route in routes:
        speech = _speech(app, route)
        wanted += [(shape, "validation") for shape in (speech.body, speech.form) if shape]
        wanted += [(answer.shape, "serialization") for answer in speech.answers.values() if answer.shape]
    refs, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    return definitions.get("$defs", {}), refs


def _speech(app: Flask, route: Route) -> Speech:
    speech: Speech = getattr(app.view_functions[route.endpoint], SPEECH)
    return speech


def path_of(route: Route) -> str:
    return _PART.sub(lambda part: f"{{{part['name']}}}", route.rule)


def _operation(app: Flask, route: Route, refs: Refs) -> dict[str, Any]:
    view = app.view_functions[route.endpoint]
    speech, rule = _speech(app, route), rule_of(route.endpoint, app) or Rule()
    summary, _blank, more = (inspect.getdoc(view) or "").partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": route.endpoint.partition(".")[2],
        "tags": [speech.tag],
        "summary": " ".join(summary.split()),
        "description": "\n\n".join(part for part in (more, _who(rule)) if part),
        "parameters": [*_path_parameters(route), *_query_parameters(speech), *_header_parameters(speech)],
        "responses": {
            **{str(status): _response(answer, refs) for status, answer in speech.answers.items()},
            **{str(status): _problem(status, refs) for status in _problem_statuses(route, speech, rule)},
        },
    }
    if rule.public:
        operation["security"] = []
    if speech.body:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": refs[speech.body, "validation"]}}}
    if speech.form:
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": _form(speech.form, refs)}}
    return operation


def _who(rule: Rule) -> str:
    if rule.public:
        return "For everybody, without a token."
    return f"For: {', '.join(sorted(rule.roles))}." if rule.roles else "For every token."


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for part in _PART.finditer(route.rule):
        schema = _CONVERTERS.get(part["kind"] or "", {"type": "string"})
        yield {"name": part["name"], "in": "path", "required": True, "schema": schema}


def _query_parameters(speech: Speech) -> Iterator[dict[str, Any]]:
    if speech.query is None:
        return
    schema = speech.query.model_json_schema(mode="validation", ref_template=REF)
    for name, value in schema["properties"].items():
        required = name in schema.get("required", [])
        shown = {key: part for key, part in value.items() if key not in ("title", "default") or part is not None}
        yield {"name": name, "in": "query", "required": required, "schema": _without_null(shown)}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is given or not; it is never null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "title")}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})


def _header_parameters(speech: Speech) -> Iterator[dict[str, Any]]:
    for name, says in speech.headers.items():
        yield {"name": name, "in": "header", "required": False, "description": says, "schema": {"type": "string"}}


def _form(shape: type[BaseModel], refs: Refs) -> dict[str, Any]:
    file = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary", "description": "the workbook, .xlsx or .csv"}},
    }
    schema = shape.model_json_schema(mode="validation", ref_template=REF)
    return {"schema": {**file, "properties": {**file["properties"], **schema["properties"]}}}  # type: ignore[dict-item]


def _response(answer: Answer, refs: Refs) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.says}
    if answer.headers:
        response["headers"] = {
            name: {"description": says, "schema": {"type": "string"}} for name, says in answer.headers.items()
        }
    shaped = {JSON: {"schema": refs[answer.shape, "serialization"]}} if answer.shape else {}
    if shaped or answer.media:
        response["content"] = {**shaped, **{media: {} for media in answer.media}}
    return response


def _problem_statuses(route: Route, speech: Speech, rule: Rule) -> list[int]:
    found = {*speech.problems, *_EVERYWHERE}
    if not rule.public:
        found |= {401}
    if rule.roles:
        found |= {403}
    if _PART.search(route.rule):
        found |= {404}
    if speech.query or speech.body or speech.form:
        found |= {422}
    if speech.body or speech.form:
        found |= {400, 413, 415}
    return sorted(found)


def _problem(status: int, refs: Refs) -> dict[str, Any]:
    title = TITLES[status].en if status in TITLES else HTTPStatus(status).phrase
    return {"description": title, "content": {MIME: {"schema": refs[shapes.Problem, "serialization"]}}}


def say_type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words, for the page: `integer`, `list of Event`, `string (date-time) or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(say_type(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " | ".join(str(word) for word in schema.get("enum", [schema.get("const")]))
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {say_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {say_type(schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind
