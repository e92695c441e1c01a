"""Whose token this is, and the document of the API itself."""

import re
from typing import Any

from flask import Response, render_template
from markupsafe import Markup, escape

from reviewdesk.accounts.models import Organisation, Person
from reviewdesk.api import openapi, shapes
from reviewdesk.api.speaking import JSON, Answer, api, speaks
from reviewdesk.db import to_json, unit_of_work
from reviewdesk.pages import current_actor, public, signed_in


@api.get("/me")
@signed_in
@speaks("token", {200: Answer("The person of the token", shapes.Me)})
def me() -> shapes.Me:
    """Say whose token this is."""
    actor = current_actor()
    with unit_of_work(actor) as work:
        person = work.session.get_one(Person, (work.org_id, actor.person_id))
        organisation = work.session.get_one(Organisation, work.org_id)
    return shapes.Me(
        person_id=person.person_id,
        name=person.name,
        email=person.email,
        roles=sorted(actor.roles),
        organisation=shapes.Organisation.model_validate(
            {"org_id": organisation.org_id, "name": organisation.name, "kind": organisation.kind}
        ),
        may_reveal=actor.may_reveal,
    )


@api.get("/openapi.json")
@public
@speaks("document", {200: Answer("This document", media=(JSON,))})
def openapi_json() -> Response:
    """Give the OpenAPI document."""
    return Response(to_json(openapi.document()), mimetype=JSON)


_CODE = re.compile(r"`([^`]+)`")


@api.app_template_filter("code")
def write_code(text: str | None) -> Markup:
    """A sentence of the document with what stands between backticks set as code."""
    return Markup(_CODE.sub(r'<span class="code small">\1</span>', str(escape(text or ""))))  # noqa: S704 (escaped)


@api.get("/docs")
@public
@speaks("document", {200: Answer("A page", media=("text/html",))})
def docs() -> Any:
    """Show the document as a page."""
    return Response(render_template("api/docs.html", document=openapi.document(), say_type=openapi.say_type))
