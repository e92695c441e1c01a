"""How a view speaks: it declares the shapes that it takes and gives; they are enforced, and documented.

`@speaks` parses the query and the body into the declared shapes, hands them to the view, and serialises the shape that
the view returns. The OpenAPI document is made from the same declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import orjson
from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError

from reviewdesk.api import limits
from reviewdesk.api.problems import misfit
from reviewdesk.errors import Invalid, ReviewDeskError, Text
from reviewdesk.limits import limiter

api = Blueprint("api", __name__, url_prefix="/api/v1")
limiter.shared_limit(limits.rate, scope=limits.SCOPE, key_func=limits.caller)(api)

JSON = "application/json"
SPEECH = "reviewdesk_speech"

KEY = "Idempotency-Key"
LONGEST_KEY = 200
SAME_KEY = "A string of your own for this request: sent again, it changes nothing and gives the same answer"

Shape = TypeVar("Shape", bound=BaseModel)
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view may answer with one status: a shape, or files of the named media types; and headers of its own."""

    says: str
    shape: type[BaseModel] | None = None
    media: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Speech:
    """What a view declares. `problems` are the statuses of the errors that it raises itself."""

    tag: str
    answers: Mapping[int, Answer]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status other than 200, or with headers."""

    shape: BaseModel
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class WrongContentType(ReviewDeskError):
    """The request's body is of a type that the route does not take."""

    status = 415


class Malformed(ReviewDeskError):
    """The request's body cannot be read at all."""

    status = 400


def speaks(
    tag: str,
    answers: Mapping[int, Answer],
    *,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    form: type[BaseModel] | None = None,
    headers: Mapping[str, str] | None = None,
    problems: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Declare what a view takes and gives.

    The view gets `query`, `body` or `form` as arguments of these names, and returns a shape, a `Reply`, or a response
    that sends a file. `headers` are those of the request that the view reads.
    """
    speech = Speech(tag, answers, query, body, form, headers or {}, problems)

    def wrap(view: View) -> View:
        @wraps(view)
        def speaking(**path: Any) -> Response:
            return _write(view(**path, **_read(speech)))

        setattr(speaking, SPEECH, speech)
        return speaking

    return wrap


def speech_of(view: View) -> Speech | None:
    """What a view declares, or None where it declares nothing."""
    found: Speech | None = getattr(view, SPEECH, None)
    return found


def _read(speech: Speech) -> dict[str, Any]:
    read: dict[str, Any] = {}
    if speech.query is not None:
        read["query"] = fit(speech.query, {name: value for name, value in request.args.items() if value != ""})
    if speech.body is not None:
        read["body"] = fit(speech.body, _json())
    if speech.form is not None:
        if request.mimetype != "multipart/form-data":
            raise _wrong_type("multipart/form-data")
        read["form"] = fit(speech.form, {name: value for name, value in request.form.items() if value != ""})
    return read


def fit(shape: type[Shape], given: Any) -> Shape:
    """The given values as a shape.

    Raises:
        Invalid: they do not fit; `details["errors"]` names every member that is wrong.
    """
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise misfit(error) from error


def _json() -> Any:
    if request.mimetype != JSON:
        raise _wrong_type(JSON)
    return read_json(request.get_data())


def read_json(given: bytes | str) -> Any:
    """The JSON of a body or of a part of a form.

    Raises:
        Malformed: it is none.
    """
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise Malformed(
            "request.json",
            Text(
                f"第 {error.lineno} 行第 {error.colno} 列起不是有效的 JSON。",
                f"No valid JSON from line {error.lineno}, column {error.colno}.",
            ),
        ) from error


def _wrong_type(wanted: str) -> WrongContentType:
    return WrongContentType(
        "request.content_type", Text(f"内容类型须为 {wanted}。", f"The content type must be {wanted}."), wanted=wanted
    )


def _write(said: Any) -> Response:
    if isinstance(said, Response):
        return said
    reply = said if isinstance(said, Reply) else Reply(said)
    answer = Response(reply.shape.model_dump_json(), reply.status, mimetype=JSON)
    answer.headers.extend(reply.headers)
    return answer


def header(name: str, most: int) -> str | None:
    """A header of the request, blank as absent.

    Raises:
        Invalid: it is longer than `most` characters.
    """
    value = request.headers.get(name, "").strip()
    if len(value) > most:
        raise Invalid(
            "request.header", Text(f"{name} 最多 {most} 个字符。", f"{name} has at most {most} characters."), field=name
        )
    return value or None
