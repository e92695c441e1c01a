"""Reads of the journal: a page of events that filters find, one event, and the history of one case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from reviewdesk.accounts.models import Person
from reviewdesk.clock import SHANGHAI
from reviewdesk.db import Work
from reviewdesk.errors import NotFound, Refusal, Text, bad_cursor
from reviewdesk.filters import read_values
from reviewdesk.journal import words

OUTCOMES = ("done", "refused")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the journal. Days are Shanghai's and inclusive; None means no limit.

    `action` is a whole action (`intake:batch:upload`) or its beginning (`intake:`, `review:decision:`). `case` is a
    case's number or id; it finds the events about a set of cases too. `text` is looked for in what is told of an
    event: the words of its action, its subject, and its old and new values.
    """

    since: date | None = None
    until: date | None = None
    person: UUID | None = None
    action: str | None = None
    subject: str | None = None
    case: str | None = None
    batch: UUID | None = None
    outcome: str | None = None
    text: str | None = None

    def as_json(self) -> dict[str, str]:
        """The filters as plain strings, as a query string or an export's row holds them."""
        given = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}
        return {name: str(value) for name, value in given.items()}


def read_filters(args: Mapping[str, str]) -> Filters:
    """Filters from a query string, a form or an export's row.

    Raises:
        Invalid: a value cannot be read; `details["field"]` names it.
    """
    return Filters(**read_values(_READERS, args))


def _action(raw: str) -> str:
    if not words.actions_under(raw):
        raise ValueError(raw)
    return raw


def _matching(pattern: str) -> Any:
    def read(raw: str) -> str:
        if not re.fullmatch(pattern, raw):
            raise ValueError(raw)
        return raw

    return read


_READERS: Mapping[str, Any] = {
    "since": date.fromisoformat,
    "until": date.fromisoformat,
    "person": UUID,
    "action": _action,
    "subject": _matching(r"[a-z_]{1,40}(:\S{1,60})?"),
    "case": _matching(r"[0-9A-Za-z-]{1,40}"),
    "batch": UUID,
    "outcome": _matching("|".join(OUTCOMES)),
    "text": lambda raw: raw[:100],
}


def conditions(work: Work, filters: Filters) -> tuple[str, dict[str, Any]]:
    """The filters as an SQL condition on `events e`, and its values."""
    values = _values(work, filters)
    parts = [sql for name, sql in _CONDITIONS.items() if values.get(name) is not None]
    if filters.case is not None:
        parts.append(_OF_CASE if values["case_id"] is not None else "false")
    used = " AND ".join(parts) or "true"
    return used, {name: value for name, value in values.items() if f":{name}" in used}


def _values(work: Work, filters: Filters) -> dict[str, Any]:
    kind, _colon, number = (filters.subject or "").partition(":")
    values = {
        "since": _midnight(filters.since),
        "until": _midnight(filters.until + timedelta(days=1) if filters.until else None),
        "person": filters.person,
        "actions": words.actions_under(filters.action) if filters.action else None,
        "subject_kind": kind or None,
        "subject_id": number or None,
        "batch": filters.batch,
        "outcome": filters.outcome,
        "text": _like(filters.text) if filters.text else None,
        "told": words.actions_told_as(filters.text) if filters.text else None,
    }
    return values | (_find_case(work, filters.case) if filters.case is not None else {})


_CONDITIONS: Mapping[str, str] = {
    "since": "e.at >= :since",
    "until": "e.at < :until",
    "person": "e.actor_id = :person",
    "actions": "e.action = ANY(:actions)",
    "subject_kind": "e.subject_kind = :subject_kind",
    "subject_id": "e.subject_id = :subject_id",
    "batch": "e.batch_id = :batch",
    "outcome": "e.outcome = :outcome",
    "text": "(e.action = ANY(:told) OR e.subject_id ILIKE :text OR e.actor_name ILIKE :text "
    "OR CAST(e.new AS text) ILIKE :text OR CAST(e.old AS text) ILIKE :text)",
}

_OF_CASE = "(e.case_id = :case_id OR (e.batch_id = :batch_of_case AND e.cases @> CAST(:case_id AS bigint)))"


def _find_case(work: Work, case: str) -> dict[str, Any]:
    row = work.execute(
        "SELECT case_id, batch_id FROM cases WHERE org_id = :org AND (number = :number OR case_id = :id)",
        org=work.org_id,
        number=case.upper(),
        id=int(case) if case.isdecimal() and len(case) < 19 else None,
    ).first()
    return {"case_id": row.case_id if row else None, "batch_of_case": row.batch_id if row else None}


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), SHANGHAI) if day else None


def _like(text: str) -> str:
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    return f"%{escaped}%"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as people read it.

    `cases` is how many cases it is about, None where it is about no set of them. `other` is a person whom its values
    name: whom a case was assigned to, whose token it is.
    """

    event_id: int
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    actor_roles: list[str]
    actor_org_id: UUID | None
    ip: str | None
    agent: str | None
    action: str
    outcome: str
    subject_kind: str
    subject_id: str
    case_id: int | None
    case_number: str | None
    batch_id: UUID | None
    batch_name: str | None
    cases: int | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    request_id: str | None
    job_id: UUID | None
    subject_name: str | None
    other_id: str | None
    other_name: str | None

    @property
    def told(self) -> Text:
        """What was done, as a sentence without its author."""
        themselves = self.subject_id == str(self.actor_id)
        about = self.case_number or self.batch_name or (None if themselves else self.subject_name)
        return words.tell(
            self.action, self.outcome, old=self.old, new=self.new, about=about, cases=self.cases, names=self._names
        )

    @property
    def changes(self) -> list[words.Change]:
        """Every value that the event speaks of, as it was and as it is now."""
        return words.changes(self.old, self.new, self._names)

    @property
    def _names(self) -> dict[str, str]:
        return {self.other_id: self.other_name} if self.other_id and self.other_name else {}

    @property
    def cursor(self) -> str:
        """The event's place in the order of the journal."""
        return str(self.event_id)

    def as_json(self) -> dict[str, Any]:
        """The event as plain JSON, as exports and the API give it: moments in UTC, the sentence in both languages."""
        return {
            "event_id": self.event_id,
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "actor": {
                "kind": self.actor_kind,
                "person_id": _text(self.actor_id),
                "name": self.actor_name,
                "roles": self.actor_roles,
                "org_id": _text(self.actor_org_id),
                "ip": self.ip,
                "agent": self.agent,
            },
            "action": self.action,
            "outcome": self.outcome,
            "subject": {"kind": self.subject_kind, "id": self.subject_id},
            "case_id": self.case_id,
            "case_number": self.case_number,
            "batch_id": _text(self.batch_id),
            "cases": self.cases,
            "told": self.told.as_json(),
            "old": words.in_yuan(self.old),
            "new": words.in_yuan(self.new),
            "request_id": self.request_id,
            "job_id": _text(self.job_id),
        }


def _text(number: UUID | None) -> str | None:
    return str(number) if number else None


COLUMNS = """
    e.event_id, e.at, e.actor_kind, e.actor_id, e.actor_name, e.actor_roles, e.actor_org_id, e.ip, e.agent, e.action,
    e.outcome, e.subject_kind, e.subject_id, e.case_id, c.number AS case_number, e.batch_id, b.name AS batch_name,
    (SELECT CAST(sum(upper(r) - lower(r)) AS bigint) FROM unnest(e.cases) AS r) AS cases,
    e.old, e.new, e.request_id, e.job_id, s.name AS subject_name, CAST(o.person_id AS text) AS other_id,
    o.name AS other_name
"""

NAMES = """
    LEFT JOIN cases c ON c.org_id = e.org_id AND c.case_id = e.case_id
    LEFT JOIN batches b ON b.org_id = e.org_id AND b.batch_id = e.batch_id
    LEFT JOIN people s ON s.org_id = e.org_id AND e.subject_kind = 'person' AND CAST(s.person_id AS text) = e.subject_id
    LEFT JOIN people o ON o.org_id = e.org_id AND CAST(o.person_id AS text) = coalesce(
        e.new ->> 'assignee', e.old ->> 'assignee', e.new ->> 'person', e.old ->> 'person')
"""

# The page is cut before the joins, so that they touch only its rows.
_PAGE = """
SELECT {columns} FROM (
    SELECT * FROM events e WHERE e.org_id = :org AND {filters} AND e.event_id < :before
    ORDER BY e.event_id DESC LIMIT :limit
) e {names} ORDER BY e.event_id DESC
"""

_NEWEST = 2**63 - 1


def page(work: Work, filters: Filters, *, before: str | None = None, size: int = 50) -> list[Entry]:
    """A stretch of the organisation's journal, newest first, and one event more than `size` where there is one.

    `before` is the cursor of the last event seen.

    Raises:
        Invalid: the cursor is none of ours.
    """
    where, values = conditions(work, filters)
    sql = _PAGE.format(columns=COLUMNS, filters=where, names=NAMES)
    rows = work.execute(sql, org=work.org_id, before=read_cursor(before), limit=size + 1, **values)
    return [Entry(**row._mapping) for row in rows]


def read_cursor(cursor: str | None) -> int:
    """The event id before which a page ends.

    Raises:
        Invalid: the cursor is none of ours.
    """
    if not cursor:
        return _NEWEST
    if not cursor.isdecimal() or len(cursor) > 18:
        raise bad_cursor()
    return int(cursor)


_HISTORY = """
SELECT {columns} FROM (
    (SELECT * FROM events WHERE org_id = :org AND case_id = :case AND event_id < :before
     ORDER BY event_id DESC LIMIT :limit)
    UNION ALL
    (SELECT * FROM events
     WHERE org_id = :org AND batch_id = :batch AND cases @> CAST(:case AS bigint) AND event_id < :before
     ORDER BY event_id DESC LIMIT :limit)
    ORDER BY event_id DESC LIMIT :limit
) e {names} ORDER BY e.event_id DESC
"""


def history(
    work: Work, case_id: int, batch_id: UUID, *, org_id: UUID | None = None, before: str | None = None, size: int = 50
) -> list[Entry]:
    """What happened to one case, newest first, and one event more than `size` where there is one.

    It finds the events that name the case and those about a set of cases of its batch that holds it. `org_id` is the
    case's organisation where a law firm asks; it sees what its own people did.

    Raises:
        Invalid: the cursor is none of ours.
    """
    rows = work.execute(
        _HISTORY.format(columns=COLUMNS, names=NAMES),
        org=org_id or work.org_id,
        case=case_id,
        batch=batch_id,
        before=read_cursor(before),
        limit=size + 1,
    )
    return [Entry(**row._mapping) for row in rows]


_ONE = "SELECT {columns} FROM events e {names} WHERE e.org_id = :org AND e.event_id = :event"


def find(work: Work, event_id: int) -> Entry:
    """One event of the organisation's journal.

    Raises:
        NotFound: the organisation has no such event.
    """
    row = work.execute(_ONE.format(columns=COLUMNS, names=NAMES), org=work.org_id, event=event_id).first()
    if row is None:
        raise NotFound(
            "event.unknown",
            Text("没有这条日志。", "There is no such event."),
            refusal=Refusal("journal:event:open", ("event", str(event_id))),
        )
    return Entry(**row._mapping)


def people(work: Work) -> list[Person]:
    """Everybody of the organisation, by name, for the filter."""
    return list(work.session.scalars(select(Person).where(Person.org_id == work.org_id).order_by(Person.name)))
