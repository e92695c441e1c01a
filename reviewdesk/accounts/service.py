"""Organisations and people: founding, roles, disabling, passwords and languages. Each change is an event."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from reviewdesk.accounts import passwords
from reviewdesk.accounts.events import not_allowed, record
from reviewdesk.accounts.models import Organisation, Person
from reviewdesk.accounts.roles import OrganisationKind, Role, roles_of
from reviewdesk.actor import Actor, command
from reviewdesk.clock import now
from reviewdesk.db import Work, new_id, unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotFound, Text

LONGEST_NAME = 80  # characters


# -------------------------------------------------------------------------------- founding


def create_organisation(name: str, kind: str, *, org_id: UUID | None = None) -> UUID:
    """Found an organisation, from the command line. Returns its id.

    Raises:
        Invalid: the kind is unknown or the name is empty.
    """
    if kind not in set(OrganisationKind):
        raise Invalid("organisation_kind", Text("机构类型须为平台或律师事务所", "The kind is platform or law_firm"))
    if not name.strip():
        raise Invalid("name_empty", Text("请填写名称", "Give a name"))
    founded = org_id or new_id()
    with unit_of_work(command(founded)) as work:
        work.session.add(Organisation(org_id=founded, kind=kind, name=name.strip()[:LONGEST_NAME]))
        work.session.flush()
        record(work, "accounts:organisation:add", ("organisation", founded), new={"kind": kind, "name": name.strip()})
    return founded


def create_administrator(org_id: UUID, email: str, name: str, password: str) -> UUID:
    """Make the first administrator of an organisation, from the command line. Returns the person's id."""
    return create_person(command(org_id), email=email, name=name, roles=[Role.ADMINISTRATOR], password=password)


def create_person(actor: Actor, *, email: str, name: str, roles: Iterable[str], password: str) -> UUID:
    """Make a person with a password, without invitation: for the command line and the demo. Returns the person's id.

    Raises:
        Invalid: the password is weak, a role is not one of this kind of organisation, or the email is taken.
    """
    passwords.insist_on_strength(password, email.partition("@")[0], name)
    with unit_of_work(actor) as work:
        person = add_person(work, email=email, name=name, roles=roles, password=password)
        record(work, "accounts:person:add", ("person", person.person_id), new={"roles": person.roles})
    return person.person_id


def add_person(work: Work, *, email: str, name: str, roles: Iterable[str], password: str) -> Person:
    """Insert a person in a unit of work.

    Raises:
        Invalid: a role is not one of this kind of organisation, or the email is taken.
    """
    person = Person(
        org_id=work.org_id,
        person_id=new_id(),
        email=email.strip(),
        name=name.strip()[:LONGEST_NAME],
        roles=checked_roles(work, roles),
        password_hash=passwords.hash_password(password),
    )
    try:
        with work.session.begin_nested():
            work.session.add(person)
    except IntegrityError as error:
        raise email_taken() from error
    return person


def email_taken() -> Invalid:
    """The error for an email that somebody has, here or in another organisation."""
    return Invalid("email_taken", Text("此邮箱不能使用，请换一个", "This email cannot be used; take another"))


def checked_roles(work: Work, roles: Iterable[str]) -> list[str]:
    """The roles in their stored order.

    Raises:
        Invalid: none is given, or one is not a role of this kind of organisation.
    """
    wanted = set(roles)
    kind = work.session.execute(
        select(Organisation.kind).where(Organisation.org_id == work.org_id)
    ).scalar_one_or_none()
    if kind is None:
        raise NotFound("no_organisation", Text("没有这个机构", "There is no such organisation"))
    possible = roles_of(kind)
    if not wanted or not wanted <= set(possible):
        raise Invalid("roles", Text("请选择本机构可用的角色", "Choose roles that this organisation has"))
    return [role.value for role in possible if role in wanted]


def find_organisation(name: str) -> UUID:
    """The id of the organisation of this exact name, for the command line.

    Raises:
        NotFound: none, or more than one, has the name.
    """
    with unit_of_work(command(), duty="setup") as work:
        ids = work.session.execute(select(Organisation.org_id).where(Organisation.name == name)).scalars().all()
    if len(ids) != 1:
        raise NotFound(
            "no_organisation", Text("没有这个名称的机构，或不止一个", "No organisation, or several, have it")
        )
    return ids[0]


def every_organisation() -> list[tuple[UUID, str]]:
    """Id and name of every organisation, for the command line."""
    with unit_of_work(command(), duty="setup") as work:
        rows = work.session.execute(select(Organisation.org_id, Organisation.name).order_by(Organisation.created_at))
        return [(row.org_id, row.name) for row in rows]


def person_at_command_line(email: str) -> Actor:
    """The person of an email as the author of what the command line does in their name.

    Raises:
        NotFound: nobody has the email, or they may not sign in any more.
    """
    org_id, person_id = find_person(email)
    with unit_of_work(command(org_id)) as work:
        person = work.session.get_one(Person, (org_id, person_id))
    if person.state != "active":
        raise no_person()
    return Actor("person", org_id, person_id, person.name, frozenset(person.roles), agent="command line")


def find_person(email: str) -> tuple[UUID, UUID]:
    """Organisation and person of an email, for the command line.

    Raises:
        NotFound: nobody has the email.
    """
    with unit_of_work(command(), duty="setup") as work:
        row = work.session.execute(
            select(Person.org_id, Person.person_id).where(func.lower(Person.email) == email.strip().lower())
        ).one_or_none()
    if row is None:
        raise no_person()
    return row.org_id, row.person_id


# -------------------------------------------------------------------------------- people of the organisation


def list_people(actor: Actor) -> list[Person]:
    """Everybody of the organisation, those in use first, by name."""
    with unit_of_work(actor) as work:
        return list(
            work.session.execute(
                select(Person).where(Person.org_id == work.org_id).order_by(Person.state, Person.name)
            ).scalars()
        )


def change_roles(actor: Actor, person_id: UUID, roles: Iterable[str]) -> None:
    """Give a person these roles and no others; it holds from their next request on.

    Raises:
        NotAllowed: it is oneself. Nobody grants themselves anything: another administrator does it.
        Conflict: nobody would be left as administrator.
        Invalid: a role is not one of this kind of organisation.
    """
    _not_oneself(actor, person_id, "accounts:person:roles")
    with unit_of_work(actor) as work:
        person = _lock(work, person_id)
        old, person.roles = person.roles, checked_roles(work, roles)
        if set(old) == set(person.roles):
            return
        _insist_on_administrator(work)
        record(work, "accounts:person:roles", ("person", person_id), old={"roles": old}, new={"roles": person.roles})


def disable(actor: Actor, person_id: UUID) -> None:
    """Keep a person from signing in; their sessions and tokens end at once.

    Raises:
        NotAllowed: it is oneself.
        Conflict: nobody would be left as administrator.
    """
    _not_oneself(actor, person_id, "accounts:person:disable")
    with unit_of_work(actor) as work:
        person = _lock(work, person_id)
        if person.state == "disabled":
            return
        person.state = "disabled"
        person.session_epoch += 1
        _insist_on_administrator(work)
        record(work, "accounts:person:disable", ("person", person_id))


def enable(actor: Actor, person_id: UUID) -> None:
    """Let a disabled person sign in again."""
    _not_oneself(actor, person_id, "accounts:person:enable")
    with unit_of_work(actor) as work:
        person = _lock(work, person_id)
        if person.state == "active":
            return
        person.state = "active"
        record(work, "accounts:person:enable", ("person", person_id))


def unlock(actor: Actor, person_id: UUID) -> None:
    """Lift the lock that wrong passwords brought."""
    _not_oneself(actor, person_id, "accounts:person:unlock")
    with unit_of_work(actor) as work:
        person = _lock(work, person_id)
        person.failed_sign_ins = 0
        person.locked_until = None
        record(work, "accounts:person:unlock", ("person", person_id))


def _not_oneself(actor: Actor, person_id: UUID, action: str) -> None:
    if person_id == actor.person_id:
        raise not_allowed(
            "oneself",
            Text(
                "不能更改自己的角色或状态，请由另一名管理员操作", "Another administrator changes your roles and state"
            ),
            action,
            ("person", person_id),
        )


def _lock(work: Work, person_id: UUID) -> Person:
    """Lock the organisation, so that two changes cannot each leave the other's administrator, then the person."""
    work.session.execute(
        select(Organisation.org_id).where(Organisation.org_id == work.org_id).with_for_update()
    ).scalar_one()
    person = work.session.execute(
        select(Person).where(Person.org_id == work.org_id, Person.person_id == person_id).with_for_update()
    ).scalar_one_or_none()
    if person is None:
        raise no_person()
    return person


def _insist_on_administrator(work: Work) -> None:
    work.session.flush()
    left = work.session.execute(
        select(func.count()).where(
            Person.org_id == work.org_id,
            Person.state == "active",
            Person.roles.contains([Role.ADMINISTRATOR.value]),
        )
    ).scalar_one()
    if left == 0:
        raise Conflict(
            "last_administrator",
            Text("至少要保留一名在用的管理员", "At least one active administrator must remain"),
        )


def no_person() -> NotFound:
    """The error for a person who is not of this organisation."""
    return NotFound("no_person", Text("没有这个人", "There is no such person"))


# -------------------------------------------------------------------------------- oneself


def change_password(actor: Actor, current: str, new: str) -> int:
    """Change one's own password and end every session. Returns the new session epoch, for the session that goes on.

    Raises:
        Invalid: the current password is wrong, which is recorded, or the new one is weak or the same.
    """
    person = see_oneself(actor)
    if not passwords.matches(person.password_hash, current):
        with unit_of_work(actor) as work:
            record(work, "accounts:password:change", ("person", person.person_id), outcome="refused")
        raise Invalid("password_wrong", Text("当前密码不正确", "The current password is wrong"))
    passwords.insist_on_strength(new, person.email.partition("@")[0], person.name)
    if current == new:
        raise Invalid("password_same", Text("新密码不能与当前密码相同", "The new password is the current one"))
    with unit_of_work(actor) as work:
        epoch = set_password(work, person.person_id, new)
        record(work, "accounts:password:change", ("person", person.person_id))
    return epoch


def set_password(work: Work, person_id: UUID, password: str) -> int:
    """Store a new password, end every session and lift a lock. Returns the new session epoch."""
    return work.session.execute(
        update(Person)
        .where(Person.org_id == work.org_id, Person.person_id == person_id)
        .values(
            password_hash=passwords.hash_password(password),
            password_changed_at=now(),
            session_epoch=Person.session_epoch + 1,
            failed_sign_ins=0,
            locked_until=None,
        )
        .returning(Person.session_epoch)
    ).scalar_one()


def choose_locale(actor: Actor, locale: str) -> None:
    """Keep the language that a person chose."""
    with unit_of_work(actor) as work:
        person = work.session.get_one(Person, (work.org_id, actor.person_id))
        old, person.locale = person.locale, locale
        if old != locale:
            subject = ("person", person.person_id)
            record(work, "accounts:person:locale", subject, old={"locale": old}, new={"locale": locale})


def see_oneself(actor: Actor) -> Person:
    """One's own row."""
    with unit_of_work(actor) as work:
        return work.session.get_one(Person, (work.org_id, actor.person_id))
