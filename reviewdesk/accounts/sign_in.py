"""Signing in and out: by password for people, by bearer token for programs.

Somebody who signs in belongs to no organisation yet, so the look-up runs under the `sign_in` duty, which reads and
changes nothing; what follows runs in the scope of the person's organisation.
"""

import hashlib
import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select, update

from reviewdesk.accounts import passwords
from reviewdesk.accounts.events import record
from reviewdesk.accounts.models import ApiToken, Organisation, Person
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.actor import Actor, system
from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from reviewdesk.errors import ReviewDeskError, Text
from reviewdesk.settings import Settings

log = logging.getLogger(__name__)

REFUSED_SECONDS = 0.4
"""A refused sign-in answers after this long, whatever the reason, so that the time tells nothing."""

TOKEN_USE_STEP = timedelta(minutes=1)
"""The last use of a token is written down at most this often."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, for the journal."""

    ip: str | None = None
    agent: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as a session or a token knows them."""

    org_id: UUID
    person_id: UUID
    epoch: int
    email: str
    name: str
    roles: tuple[str, ...]
    locale: str | None
    org_name: str
    org_kind: str

    def actor(self, origin: Origin, *, may_reveal: bool | None = None) -> Actor:
        """This person as the author of a request. `may_reveal` narrows what their roles permit."""
        reveals = may(self.roles, Ability.REVEAL) and may_reveal is not False
        return Actor(
            kind="person",
            org_id=self.org_id,
            person_id=self.person_id,
            name=self.name,
            roles=frozenset(self.roles),
            may_reveal=reveals,
            ip=origin.ip,
            agent=origin.agent,
            request_id=origin.request_id,
        )


class SignInRefused(ReviewDeskError):
    """Wrong email, wrong password, locked or disabled: the answer does not say which."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "sign_in_refused",
            Text(
                "邮箱或密码不正确。多次失败后登录会暂时锁定",
                "Wrong email or password. Sign-in locks for a while after repeated failures",
            ),
        )


def sign_in(email: str, password: str, origin: Origin) -> Identity:
    """Check a password and write down the sign-in, or the failure and the lock that it may bring.

    Raises:
        SignInRefused: no such person, wrong password, locked, or disabled.
    """
    started = time.monotonic()
    found = _find(email)
    good = passwords.matches(found.password_hash if found else None, password)
    if found is None:
        log.info("request %s from %s: sign-in refused, nobody has the address", origin.request_id, origin.ip)
    identity = _admit(found, good, password, origin) if found else None
    if identity is None:
        time.sleep(max(0.0, REFUSED_SECONDS - (time.monotonic() - started)))
        raise SignInRefused
    return identity


def _find(email: str) -> Person | None:
    with unit_of_work(system(), duty="sign_in") as work:
        return work.session.execute(
            select(Person).where(func.lower(Person.email) == email.strip().lower())
        ).scalar_one_or_none()


def _admit(person: Person, good: bool, password: str, origin: Origin) -> Identity | None:
    actor = _as_actor(person, origin)
    with unit_of_work(actor) as work:
        row = work.session.execute(
            select(Person).where(Person.org_id == person.org_id, Person.person_id == person.person_id).with_for_update()
        ).scalar_one()
        subject = ("person", row.person_id)
        reason = _why_not(row, good)
        if reason is not None:
            if reason == "password":
                _count_failure(row)
            locked = row.locked_until is not None and row.locked_until > now()
            new = {"reason": reason, "locked": locked}
            record(work, "accounts:person:sign_in", subject, new=new, outcome="refused")
            return None
        row.failed_sign_ins = 0
        row.locked_until = None
        row.last_sign_in_at = now()
        if passwords.outdated(row.password_hash):
            row.password_hash = passwords.hash_password(password)
        record(work, "accounts:person:sign_in", subject)
        organisation = work.session.get_one(Organisation, row.org_id)
        return _identity(row, organisation)


def _why_not(person: Person, good: bool) -> str | None:
    if person.locked_until is not None and person.locked_until > now():
        return "locked"
    if not good:
        return "password"
    return None if person.state == "active" else "disabled"


def _count_failure(person: Person) -> None:
    settings = _settings()
    person.failed_sign_ins += 1
    if person.failed_sign_ins >= settings.lockout_attempts:
        person.failed_sign_ins = 0
        person.locked_until = now() + timedelta(minutes=settings.lockout_minutes)


def identify(org_id: UUID, person_id: UUID, epoch: int) -> Identity | None:
    """The person of a session, unless they were disabled or have signed out everywhere since."""
    with unit_of_work(system(org_id)) as work:
        row = work.session.execute(
            select(Person, Organisation)
            .join(Organisation, Organisation.org_id == Person.org_id)
            .where(
                Person.org_id == org_id,
                Person.person_id == person_id,
                Person.session_epoch == epoch,
                Person.state == "active",
            )
        ).one_or_none()
    return _identity(row[0], row[1]) if row else None


def sign_out(actor: Actor) -> None:
    """Write down that a person ended their session."""
    with unit_of_work(actor) as work:
        record(work, "accounts:person:sign_out", _me(actor))


def sign_out_everywhere(actor: Actor) -> None:
    """End every session of a person, this one too."""
    with unit_of_work(actor) as work:
        work.session.execute(
            update(Person)
            .where(Person.org_id == work.org_id, Person.person_id == actor.person_id)
            .values(session_epoch=Person.session_epoch + 1)
        )
        record(work, "accounts:person:sign_out_everywhere", _me(actor))


def actor_of_token(secret: str, origin: Origin) -> Actor | None:
    """The person behind a bearer token, narrowed to what the token may; None for a token that is not valid now."""
    digest = hash_secret(secret)
    with unit_of_work(system(), duty="sign_in") as work:
        row = work.session.execute(
            select(ApiToken, Person, Organisation)
            .join(Person, (Person.org_id == ApiToken.org_id) & (Person.person_id == ApiToken.person_id))
            .join(Organisation, Organisation.org_id == ApiToken.org_id)
            .where(ApiToken.secret_hash == digest, ApiToken.revoked_at.is_(None), Person.state == "active")
        ).one_or_none()
    if row is None or (row[0].expires_at is not None and row[0].expires_at <= now()):
        return None
    token, person, organisation = row
    _note_use(token)
    return _identity(person, organisation).actor(origin, may_reveal=token.may_reveal)


def _note_use(token: ApiToken) -> None:
    used: datetime | None = token.last_used_at
    if used is not None and now() - used < TOKEN_USE_STEP:
        return
    with unit_of_work(system(token.org_id)) as work:
        work.session.execute(
            update(ApiToken)
            .where(ApiToken.org_id == token.org_id, ApiToken.token_id == token.token_id)
            .values(last_used_at=now())
        )


def hash_secret(secret: str) -> bytes:
    """What is kept of a link's or token's secret: it has 256 bits of its own, so SHA-256 without salt will do."""
    return hashlib.sha256(secret.encode()).digest()


def _identity(person: Person, organisation: Organisation) -> Identity:
    return Identity(
        org_id=person.org_id,
        person_id=person.person_id,
        epoch=person.session_epoch,
        email=person.email,
        name=person.name,
        roles=tuple(person.roles),
        locale=person.locale,
        org_name=organisation.name,
        org_kind=organisation.kind,
    )


def _as_actor(person: Person, origin: Origin) -> Actor:
    return Actor(
        kind="person",
        org_id=person.org_id,
        person_id=person.person_id,
        name=person.name,
        roles=frozenset(person.roles),
        ip=origin.ip,
        agent=origin.agent,
        request_id=origin.request_id,
    )


def _me(actor: Actor) -> tuple[str, str]:
    return "person", str(actor.person_id)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["reviewdesk.settings"]
    return settings
