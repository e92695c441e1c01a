"""Invitations and password links: an address with a secret that an administrator hands over, shown once.

A link for an email that nobody has makes a person; a link for somebody of the organisation sets a new password.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy import func, select

from reviewdesk.accounts import passwords, service
from reviewdesk.accounts.events import not_allowed, record
from reviewdesk.accounts.models import Invitation, Organisation, Person
from reviewdesk.accounts.sign_in import Origin, hash_secret
from reviewdesk.actor import Actor, system
from reviewdesk.clock import now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Invalid, NotFound, Text

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Link:
    """A new link. The secret is nowhere kept, so this is the only time to show it."""

    invitation_id: UUID
    secret: str
    expires_at: datetime

    @property
    def path(self) -> str:
        """Where the person sets their password."""
        return f"/invitations/{self.secret}"


@dataclass(frozen=True, slots=True)
class Open:
    """A link that can still be used, and whom it is for."""

    org_id: UUID
    invitation_id: UUID
    org_name: str
    email: str
    name: str
    roles: tuple[str, ...]
    expires_at: datetime
    is_reset: bool


def invite(actor: Actor, *, email: str, name: str, roles: Iterable[str]) -> Link:
    """Invite somebody into the organisation. Earlier links for the same email end.

    Raises:
        Invalid: the email is no email or taken, the name is empty, or a role is not one of this organisation.
    """
    address = _checked_email(email)
    if not name.strip():
        raise Invalid("name_empty", Text("请填写姓名", "Give a name"))
    if _person_of(address) is not None:
        raise service.email_taken()
    with unit_of_work(actor) as work:
        return _add(work, address, name.strip(), service.checked_roles(work, roles), "accounts:invitation:add")


def invite_to_reset(actor: Actor, person_id: UUID) -> Link:
    """Make a link by which a person of the organisation sets a new password.

    Raises:
        NotAllowed: it is oneself; one's own password is changed with the current one.
    """
    if person_id == actor.person_id:
        raise not_allowed(
            "oneself",
            Text("请在账号页用当前密码更改自己的密码", "Change your own password on your account page"),
            "accounts:password:link",
            ("person", person_id),
        )
    with unit_of_work(actor) as work:
        person = work.session.get(Person, (work.org_id, person_id))
        if person is None:
            raise service.no_person()
        return _add(work, person.email, person.name, person.roles, "accounts:password:link")


def _add(work: Work, email: str, name: str, roles: list[str], action: str) -> Link:
    for earlier in _open_ones(work, email):
        earlier.withdrawn_at = now()
        record(work, "accounts:invitation:withdraw", ("invitation", earlier.invitation_id))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    days = current_app.extensions["reviewdesk.settings"].invitation_days
    invitation = Invitation(
        org_id=work.org_id,
        invitation_id=new_id(),
        email=email,
        name=name,
        roles=roles,
        secret_hash=hash_secret(secret),
        invited_by=work.actor.person_id,
        expires_at=now() + timedelta(days=days),
    )
    work.session.add(invitation)
    new = {"roles": roles, "expires_at": invitation.expires_at.isoformat()}
    record(work, action, ("invitation", invitation.invitation_id), new=new)
    return Link(invitation.invitation_id, secret, invitation.expires_at)


def _open_ones(work: Work, email: str) -> list[Invitation]:
    return list(
        work.session.execute(
            select(Invitation)
            .where(Invitation.org_id == work.org_id, func.lower(Invitation.email) == email.lower(), *_USABLE)
            .with_for_update()
        ).scalars()
    )


_USABLE = (Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))


def list_open(actor: Actor) -> list[Invitation]:
    """Links of the organisation that nobody has used yet, the latest first; expired ones too."""
    with unit_of_work(actor) as work:
        return list(
            work.session.execute(
                select(Invitation)
                .where(Invitation.org_id == work.org_id, *_USABLE)
                .order_by(Invitation.created_at.desc())
            ).scalars()
        )


def withdraw(actor: Actor, invitation_id: UUID) -> None:
    """End a link before it is used.

    Raises:
        NotFound: there is no such open link in the organisation.
    """
    with unit_of_work(actor) as work:
        invitation = work.session.execute(
            select(Invitation)
            .where(Invitation.org_id == work.org_id, Invitation.invitation_id == invitation_id, *_USABLE)
            .with_for_update()
        ).scalar_one_or_none()
        if invitation is None:
            raise _gone()
        invitation.withdrawn_at = now()
        record(work, "accounts:invitation:withdraw", ("invitation", invitation_id))


def look_at(secret: str) -> Open:
    """What a link is for; looking does not use it up.

    Raises:
        NotFound: the link is unknown, used, withdrawn or expired; the answer does not say which.
    """
    with unit_of_work(system(), duty="sign_in") as work:
        row = work.session.execute(
            select(Invitation, Organisation)
            .join(Organisation, Organisation.org_id == Invitation.org_id)
            .where(Invitation.secret_hash == hash_secret(secret), Invitation.expires_at > now(), *_USABLE)
        ).one_or_none()
        if row is None:
            raise _gone()
        invitation, organisation = row
        known = work.session.execute(
            select(Person.person_id).where(
                Person.org_id == invitation.org_id, func.lower(Person.email) == invitation.email.lower()
            )
        ).scalar_one_or_none()
    return Open(
        invitation.org_id,
        invitation.invitation_id,
        organisation.name,
        invitation.email,
        invitation.name,
        tuple(invitation.roles),
        invitation.expires_at,
        is_reset=known is not None,
    )


def accept(secret: str, password: str, origin: Origin) -> UUID:
    """Use a link up: make the person, or set their new password. Returns the person's id.

    Raises:
        NotFound: the link cannot be used any more.
        Invalid: the password is weak, or the email was taken meanwhile.
    """
    found = look_at(secret)
    passwords.insist_on_strength(password, found.email.partition("@")[0], found.name)
    newcomer = Actor(
        kind="person",
        org_id=found.org_id,
        name=found.name,
        ip=origin.ip,
        agent=origin.agent,
        request_id=origin.request_id,
    )
    with unit_of_work(newcomer) as work:
        invitation = work.session.execute(
            select(Invitation)
            .where(Invitation.org_id == found.org_id, Invitation.invitation_id == found.invitation_id, *_USABLE)
            .with_for_update()
        ).scalar_one_or_none()
        if invitation is None:
            raise _gone()
        invitation.accepted_at = now()
        return _reset(work, invitation, password) or _join(work, invitation, password)


def _reset(work: Work, invitation: Invitation, password: str) -> UUID | None:
    person_id = work.session.execute(
        select(Person.person_id).where(
            Person.org_id == work.org_id, func.lower(Person.email) == invitation.email.lower()
        )
    ).scalar_one_or_none()
    if person_id is not None:
        service.set_password(work, person_id, password)
        new = {"invitation": str(invitation.invitation_id)}
        record(work, "accounts:password:reset", ("person", person_id), new=new)
    return person_id


def _join(work: Work, invitation: Invitation, password: str) -> UUID:
    person = service.add_person(
        work, email=invitation.email, name=invitation.name, roles=invitation.roles, password=password
    )
    new = {"invitation": str(invitation.invitation_id), "roles": person.roles}
    record(work, "accounts:invitation:accept", ("person", person.person_id), new=new)
    return person.person_id


def _person_of(email: str) -> UUID | None:
    with unit_of_work(system(), duty="sign_in") as work:
        return work.session.execute(
            select(Person.person_id).where(func.lower(Person.email) == email.lower())
        ).scalar_one_or_none()


def _checked_email(email: str) -> str:
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise Invalid("email", Text("邮箱格式不正确", "This is not an email address")) from error


def _gone() -> NotFound:
    return NotFound(
        "invitation_gone",
        Text(
            "链接无效、已使用或已过期，请向管理员索取新链接", "This link is unknown, used or expired; ask for a new one"
        ),
    )
