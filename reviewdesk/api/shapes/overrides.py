"""Findings that people set aside, as cases and entrustments show them."""

from datetime import date
from typing import Literal
from uuid import UUID

from reviewdesk.api.shapes.base import Moment, Sentence, Shape
from reviewdesk.review.overrides import Kind

Outcome = Literal["pass", "warn", "fail", "missing", "not_applicable"]


class Override(Shape):
    """A finding that somebody set aside. It counts while `counts` is true; `ended_why` says why it does no more."""

    override_id: UUID
    case_id: int
    check: str
    title: Sentence
    kind: Kind
    outcome: Outcome
    reason: str
    until: date | None
    attachment_id: UUID | None
    run_id: int
    policy: str
    facts_version: int
    counts: bool
    by_id: UUID
    by: str
    at: Moment
    ended_at: Moment | None
    ended_why: Literal["withdrawn", "date", "facts", "related", "policy", "time"] | None
    ended_reason: str | None
    ended_by: str | None
