"""Events of the journal and exports of it."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, JsonValue

from reviewdesk.api.shapes.base import Moment, Next, Paging, Sentence, Shape


class EventFilters(Shape):
    """What narrows the journal; days are Shanghai's and inclusive.

    `action` is a whole action or its beginning, as `review:`; `case` is a case's number or id; `text` is looked for in
    the words of the action and the values.
    """

    since: date | None = None
    until: date | None = None
    person: UUID | None = None
    action: str | None = Field(None, max_length=80)
    subject: str | None = Field(None, description="kind, or kind:id", max_length=110)
    case: str | None = Field(None, max_length=40)
    batch: UUID | None = None
    outcome: Literal["done", "refused"] | None = None
    text: str | None = Field(None, max_length=100)


class EventQuery(EventFilters, Paging):
    """Which events are wanted, newest first."""


class ActorOfEvent(Shape):
    """Who did it."""

    kind: Literal["person", "job", "command", "system"]
    person_id: UUID | None
    name: str
    roles: list[str]
    org_id: UUID | None
    ip: str | None
    agent: str | None


class Subject(Shape):
    """What it was done to."""

    kind: str
    id: str


class Event(Shape):
    """One entry of the journal; `told` says it in words, without its author."""

    event_id: int
    at: Moment
    actor: ActorOfEvent
    action: str
    outcome: Literal["done", "refused"]
    subject: Subject
    case_id: int | None
    case_number: str | None
    batch_id: UUID | None
    cases: int | None
    told: Sentence
    old: dict[str, JsonValue] | None
    new: dict[str, JsonValue] | None
    request_id: str | None
    job_id: UUID | None


class Events(Shape):
    """A page of the journal."""

    items: list[Event]
    next: Next | None


class GivenExport(Shape):
    """An export of the journal as it is asked for."""

    format: Literal["csv", "jsonl", "xlsx"]
    filters: EventFilters = EventFilters()
    language: Literal["zh", "en"] = "zh"


class Export(Shape):
    """An export; `file` is where to fetch it once it is ready."""

    export_id: UUID
    kind: Literal["journal", "cases"]
    format: Literal["csv", "jsonl", "xlsx", "zip"]
    state: Literal["waiting", "running", "ready", "failed"]
    name: str
    rows: int | None
    size: int | None
    sha256: str | None
    asked_at: Moment
    finished_at: Moment | None
    file: str | None


class Exports(Shape):
    """A page of one's own exports."""

    items: list[Export]
    next: Next | None


def plain(model: Shape) -> dict[str, Any]:
    """The members of a request that were given, as plain strings by name."""
    given = model.model_dump(exclude_none=True, exclude_unset=True)
    return {name: str(value) for name, value in given.items()}
