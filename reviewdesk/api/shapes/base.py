"""Values, paging and sentences: what all shapes are made of."""

import base64
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from reviewdesk.errors import Text
from reviewdesk.money import fen, yuan
from reviewdesk.review.states import Verb


def _read_yuan(given: object) -> int:
    if not isinstance(given, str):
        raise PydanticCustomError("money", "money is a decimal string in yuan")
    try:
        return fen(given)
    except ValueError as error:
        raise PydanticCustomError("money", "money is a decimal string in yuan with at most two decimals") from error


def write_moment(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC: `2026-11-25T02:44:14.123456Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Money = Annotated[
    int,
    PlainSerializer(yuan, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d{2}$", "examples": ["1019.14"]}),
]
"""Fen inside, a decimal string in yuan outside."""

GivenMoney = Annotated[
    int,
    BeforeValidator(_read_yuan),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d{1,2})?$", "examples": ["1019.14"]}),
]
"""Money as a request gives it."""

Moment = Annotated[
    datetime,
    PlainSerializer(write_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": "Z$"}),
]


def _read_cursor(given: object) -> str:
    try:
        return base64.urlsafe_b64decode(str(given).encode() + b"==").decode()
    except ValueError as error:
        raise PydanticCustomError("cursor", "not a cursor of this list") from error


def _write_cursor(cursor: str) -> str:
    return base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


Cursor = Annotated[str, BeforeValidator(_read_cursor), WithJsonSchema({"type": "string", "maxLength": 300})]
"""A place in a list, as a request gives it: opaque, and safe in an address."""

Next = Annotated[str, PlainSerializer(_write_cursor, return_type=str), WithJsonSchema({"type": "string"})]
"""A place in a list, as an answer gives it."""

Choice = Literal[Verb.APPROVE, Verb.SETTLE, Verb.ESCALATE, Verb.RETURN, Verb.WITHDRAW]
Verdict = Literal["blocked", "attention", "clear"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Shape(BaseModel):
    """A JSON object with just these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Shape):
    """A sentence in Simplified Chinese and in English."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "Sentence":
        """The sentence of a text in both languages."""
        return cls(zh=text.zh, en=text.en)


class Paging(Shape):
    """Which stretch of a list is wanted: pass `next` of one page as `cursor` of the following."""

    cursor: Cursor | None = None
    limit: int = Field(50, ge=1, le=200)
