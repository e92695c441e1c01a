"""What the API answers when it refuses."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from reviewdesk.api.shapes.base import Sentence, Shape


class FieldProblem(Shape):
    """What is wrong with one member of a request: `field` is its path, as `plan.count`."""

    field: str
    code: str
    message: Sentence


class Change(BaseModel):
    """A change that a late request had not seen."""

    model_config = ConfigDict(extra="allow")

    what: Literal["state", "run", "override", "decision"]
    zh: str
    en: str


class Problem(Shape):
    """An error (RFC 9457). `detail` is in the language of the request, `message` in both.

    `code` is stable. `changes` says what happened since the version that a stale request names. `details` holds
    numbers and names that belong to this kind of error.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: str
    message: Sentence
    errors: list[FieldProblem] = []
    changes: list[Change] = []
    details: dict[str, JsonValue] = {}
    request_id: str | None = None
