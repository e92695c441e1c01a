"""API tokens: bearer secrets of a person, shown once, that may do what the person may, or less."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from reviewdesk.accounts.events import not_allowed, record
from reviewdesk.accounts.models import ApiToken, Person
from reviewdesk.accounts.roles import Ability, may
from reviewdesk.accounts.service import LONGEST_NAME, no_person
from reviewdesk.accounts.sign_in import hash_secret
from reviewdesk.actor import Actor
from reviewdesk.clock import now
from reviewdesk.db import new_id, unit_of_work
from reviewdesk.errors import Invalid, NotFound, Text

PREFIX = "rd_"
SECRET_BYTES = 32
HINT_CHARACTERS = 4
DAYS = (30, 90, 365)
DEFAULT_DAYS = 90


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made. The secret is nowhere kept, so this is the only time to show it."""

    token_id: UUID
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A token as its page lists it."""

    token: ApiToken
    owner: str
    is_mine: bool


def create_token(
    actor: Actor, name: str, *, may_reveal: bool = False, days: int = DEFAULT_DAYS, person_id: UUID | None = None
) -> NewToken:
    """Make a token for oneself or, from the command line, for `person_id`. It expires after `days`.

    Raises:
        NotAllowed: the token would reveal personal data and its person may not.
        Invalid: the name is empty or the term is not one of `DAYS`.
    """
    if not name.strip():
        raise Invalid("name_empty", Text("请填写用途", "Say what it is for"))
    if days not in DAYS:
        raise Invalid("token_days", Text("有效期须为 30、90 或 365 天", "The term is 30, 90 or 365 days"))
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    with unit_of_work(actor) as work:
        owner = work.session.get(Person, (work.org_id, _owner_id(actor, person_id)))
        if owner is None:
            raise no_person()
        if may_reveal and not may(owner.roles, Ability.REVEAL):
            raise not_allowed(
                "token_reveal",
                Text("您的角色不能查看个人信息原文", "These roles may not reveal personal data"),
                "accounts:token:add",
                ("person", owner.person_id),
            )
        token = ApiToken(
            org_id=work.org_id,
            token_id=new_id(),
            person_id=owner.person_id,
            name=name.strip()[:LONGEST_NAME],
            hint=secret[-HINT_CHARACTERS:],
            secret_hash=hash_secret(secret),
            may_reveal=may_reveal,
            expires_at=now() + timedelta(days=days),
        )
        work.session.add(token)
        new = {"person": str(owner.person_id), "may_reveal": may_reveal, "days": days}
        record(work, "accounts:token:add", ("token", token.token_id), new=new)
    return NewToken(token.token_id, secret, now() + timedelta(days=days))


def _owner_id(actor: Actor, person_id: UUID | None) -> UUID | None:
    """Whose token it is: only the command line makes one for somebody else."""
    return person_id if actor.kind == "command" else actor.person_id


def list_tokens(actor: Actor) -> list[Shown]:
    """One's own tokens that are not revoked; an administrator's list has everybody's."""
    wanted = (
        select(ApiToken, Person.name)
        .join(Person, (Person.org_id == ApiToken.org_id) & (Person.person_id == ApiToken.person_id))
        .where(ApiToken.org_id == actor.org_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc())
    )
    if not may(actor.roles, Ability.MANAGE_TOKENS):
        wanted = wanted.where(ApiToken.person_id == actor.person_id)
    with unit_of_work(actor) as work:
        rows = work.session.execute(wanted).all()
    return [Shown(token, owner, token.person_id == actor.person_id) for token, owner in rows]


def revoke(actor: Actor, token_id: UUID) -> None:
    """End a token at once: one's own, or as an administrator anybody's of the organisation.

    Raises:
        NotFound: there is no such token.
        NotAllowed: it is somebody else's.
    """
    with unit_of_work(actor) as work:
        token = work.session.execute(
            select(ApiToken)
            .where(ApiToken.org_id == work.org_id, ApiToken.token_id == token_id, ApiToken.revoked_at.is_(None))
            .with_for_update()
        ).scalar_one_or_none()
        if token is None:
            raise NotFound("no_token", Text("没有这个令牌，或已吊销", "There is no such token, or it is revoked"))
        if token.person_id != actor.person_id and not may(actor.roles, Ability.MANAGE_TOKENS):
            raise not_allowed(
                "token_of_another",
                Text("只能吊销自己的令牌", "You may revoke your own tokens only"),
                "accounts:token:revoke",
                ("token", token_id),
            )
        token.revoked_at = now()
        record(work, "accounts:token:revoke", ("token", token_id), old={"person": str(token.person_id)})
