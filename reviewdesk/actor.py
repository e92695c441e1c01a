"""Who acts: a person at a page or with a token, a job that a person caused, a command, or the system's own clock."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

ActorKind = Literal["person", "job", "command", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a unit of work: from the session, the token or the job row, never from a request's body."""

    kind: ActorKind
    org_id: UUID | None
    person_id: UUID | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    may_reveal: bool = False
    ip: str | None = None
    agent: str | None = None
    request_id: str | None = None
    job_id: UUID | None = None

    def has(self, *roles: str) -> bool:
        """Whether the actor holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    def as_job(self, job_id: UUID) -> "Actor":
        """The same person, acting through a job."""
        return replace(self, kind="job", job_id=job_id)

    def to_json(self) -> dict[str, Any]:
        """What a job row keeps, so that its events name the person who caused it."""
        return {
            "kind": self.kind,
            "org_id": str(self.org_id) if self.org_id else None,
            "person_id": str(self.person_id) if self.person_id else None,
            "name": self.name,
            "roles": sorted(self.roles),
            "may_reveal": self.may_reveal,
            "ip": self.ip,
            "agent": self.agent,
            "request_id": self.request_id,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Actor":
        """The inverse of `to_json`."""
        return cls(
            kind=data["kind"],
            org_id=UUID(data["org_id"]) if data["org_id"] else None,
            person_id=UUID(data["person_id"]) if data["person_id"] else None,
            name=data["name"],
            roles=frozenset(data["roles"]),
            may_reveal=data["may_reveal"],
            ip=data["ip"],
            agent=data["agent"],
            request_id=data["request_id"],
        )


def command(org_id: UUID | None = None) -> Actor:
    """The person at the command line of the server."""
    return Actor(kind="command", org_id=org_id, name="command line")


def system(org_id: UUID | None = None) -> Actor:
    """The system's own clock."""
    return Actor(kind="system", org_id=org_id, name="system")
