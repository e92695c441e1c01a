"""Who asks, and for which organisation."""

from typing import Literal
from uuid import UUID

from reviewdesk.api.shapes.base import Shape


class Me(Shape):
    """Whose token this is, and what it may."""

    person_id: UUID
    name: str
    email: str
    roles: list[str]
    organisation: "Organisation"
    may_reveal: bool


class Organisation(Shape):
    """A lending platform or a law firm."""

    org_id: UUID
    name: str
    kind: Literal["platform", "law_firm"]
