"""People: invitations, roles, disabling, passwords."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from reviewdesk.accounts import invitations, passwords, service
from reviewdesk.accounts.models import Invitation
from reviewdesk.accounts.sign_in import Origin, sign_in
from reviewdesk.actor import command
from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotFound
from tests.builders import PASSWORD, Bench, Org, csrf

HERE = Origin()
FRESH = "a sentence nobody guesses 7"


def roles_of(org: Org, person_id: UUID) -> list[str]:
    return next(p.roles for p in service.list_people(org.administrator.actor) if p.person_id == person_id)


def test_an_organisation_and_its_first_administrator_come_from_the_command_line(bench: Bench) -> None:
    org_id = service.create_organisation("甲金融科技有限公司", "platform")
    person_id = service.create_administrator(org_id, "Root@example.cn", "甲管理", FRESH)
    assert sign_in("root@EXAMPLE.cn", FRESH, HERE).person_id == person_id
    events = bench.events(Org(org_id, ""))
    assert [event.action for event in events][:2] == ["accounts:organisation:add", "accounts:person:add"]
    assert events[0].actor_kind == "command"


def test_an_unknown_kind_of_organisation_is_refused(app: object) -> None:
    with pytest.raises(Invalid):
        service.create_organisation("甲", "bank")


def test_an_invitation_is_accepted_once_and_its_secret_is_nowhere_kept(bench: Bench) -> None:
    org = bench.organisation()
    link = invitations.invite(org.administrator.actor, email="New@Example.cn", name="新人", roles=["reviewer"])
    found = invitations.look_at(link.secret)
    assert (found.email.lower(), found.roles, found.is_reset) == ("new@example.cn", ("reviewer",), False)
    person_id = invitations.accept(link.secret, FRESH, HERE)
    assert sign_in("new@example.cn", FRESH, HERE).person_id == person_id
    with pytest.raises(NotFound):
        invitations.accept(link.secret, FRESH, HERE)
    for event in bench.events(org):
        assert link.secret not in str(event)
        assert "new@example.cn" not in str(event.new).lower()


def test_an_invitation_expires_and_can_be_withdrawn(bench: Bench) -> None:
    org = bench.organisation()
    actor = org.administrator.actor
    late = invitations.invite(actor, email="late@example.cn", name="迟到", roles=["reviewer"])
    with unit_of_work(actor) as work:
        work.session.execute(
            update(Invitation)
            .where(Invitation.org_id == org.org_id, Invitation.invitation_id == late.invitation_id)
            .values(expires_at=now() - timedelta(seconds=1))
        )
    with pytest.raises(NotFound):
        invitations.look_at(late.secret)
    gone = invitations.invite(actor, email="gone@example.cn", name="撤回", roles=["reviewer"])
    invitations.withdraw(actor, gone.invitation_id)
    with pytest.raises(NotFound):
        invitations.look_at(gone.secret)


def test_a_second_invitation_ends_the_first(bench: Bench) -> None:
    org = bench.organisation()
    actor = org.administrator.actor
    first = invitations.invite(actor, email="twice@example.cn", name="两次", roles=["reviewer"])
    second = invitations.invite(actor, email="twice@example.cn", name="两次", roles=["uploader"])
    with pytest.raises(NotFound):
        invitations.look_at(first.secret)
    assert invitations.look_at(second.secret).roles == ("uploader",)


def test_an_email_of_another_organisation_or_a_role_of_another_kind_is_refused(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    with pytest.raises(Invalid):
        invitations.invite(org.administrator.actor, email=other.reviewer.email, name="甲", roles=["reviewer"])
    with pytest.raises(Invalid):
        invitations.invite(org.administrator.actor, email="x@example.cn", name="甲", roles=["counsel"])
    with pytest.raises(Invalid):
        invitations.invite(org.administrator.actor, email="no email", name="甲", roles=["reviewer"])


def test_a_reset_link_sets_a_new_password_and_ends_sessions(bench: Bench) -> None:
    org = bench.organisation()
    client = bench.client(org.reviewer)
    link = invitations.invite_to_reset(org.administrator.actor, org.reviewer.person_id)
    assert invitations.look_at(link.secret).is_reset
    assert client.get("/account").status_code == 200
    assert invitations.accept(link.secret, FRESH, HERE) == org.reviewer.person_id
    assert client.get("/account").status_code == 302
    assert sign_in(org.reviewer.email, FRESH, HERE).roles == ("reviewer",)
    assert [event.action for event in bench.events(org) if "password" in event.action] == [
        "accounts:password:link",
        "accounts:password:reset",
    ]


def test_roles_change_at_once_and_leave_old_and_new_in_the_journal(bench: Bench) -> None:
    org = bench.organisation()
    client = bench.client(org.reviewer)
    assert client.get("/people").status_code == 403
    service.change_roles(org.administrator.actor, org.reviewer.person_id, ["reviewer", "administrator"])
    assert client.get("/people").status_code == 200
    (event,) = bench.events(org, "accounts:person:roles")
    assert event.old == {"roles": ["reviewer"]}
    assert event.new == {"roles": ["reviewer", "administrator"]}


@pytest.mark.parametrize("attempt", ["roles", "disable", "reset"])
def test_nobody_changes_their_own_roles_or_state_and_the_attempt_is_recorded(bench: Bench, attempt: str) -> None:
    org = bench.organisation()
    client = bench.client(org.administrator)
    token = csrf(client.get("/people").get_data(as_text=True))
    data = {"csrf_token": token, "roles": ["administrator", "senior_reviewer"]}
    answer = client.post(f"/people/{org.administrator.person_id}/{attempt}", data=data)
    assert answer.status_code == 403
    assert roles_of(org, org.administrator.person_id) == ["administrator"]
    (event,) = [event for event in bench.events(org) if event.outcome == "refused"]
    assert event.new == {"code": "oneself"}


def test_the_last_administrator_stays(bench: Bench) -> None:
    org = bench.organisation()
    keeper = command(org.org_id)
    with pytest.raises(Conflict):
        service.change_roles(keeper, org.administrator.person_id, ["compliance"])
    with pytest.raises(Conflict):
        service.disable(keeper, org.administrator.person_id)
    assert roles_of(org, org.administrator.person_id) == ["administrator"]
    second = bench.person(org, "administrator")
    service.disable(second.actor, org.administrator.person_id)
    with pytest.raises(Conflict):
        service.disable(keeper, second.person_id)


def test_disabling_ends_sessions_and_enabling_admits_again(bench: Bench) -> None:
    org = bench.organisation()
    client = bench.client(org.reviewer)
    service.disable(org.administrator.actor, org.reviewer.person_id)
    assert client.get("/account").status_code == 302
    service.enable(org.administrator.actor, org.reviewer.person_id)
    assert sign_in(org.reviewer.email, PASSWORD, HERE).person_id == org.reviewer.person_id


def test_people_of_another_organisation_cannot_be_touched(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    actor = org.administrator.actor
    for attempt in (service.disable, service.enable, service.unlock, invitations.invite_to_reset):
        with pytest.raises(NotFound):
            attempt(actor, other.reviewer.person_id)


def test_changing_the_password_keeps_this_session_and_ends_the_others(bench: Bench) -> None:
    org = bench.organisation()
    here, there = bench.client(org.reviewer), bench.client(org.reviewer)
    token = csrf(here.get("/account").get_data(as_text=True))
    wrong = {"csrf_token": token, "current": "not my password", "password": FRESH, "again": FRESH}
    assert here.post("/account/password", data=wrong).status_code == 422
    assert here.post("/account/password", data={**wrong, "current": PASSWORD}).status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    outcomes = [event.outcome for event in bench.events(org, "accounts:password:change")]
    assert outcomes == ["refused", "done"]


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "my name is liming ok", "x" * 300])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        passwords.insist_on_strength(password, "liming", "李明")


def test_the_invitation_page_sets_the_password(bench: Bench) -> None:
    org = bench.organisation()
    admin = bench.client(org.administrator)
    token = csrf(admin.get("/people").get_data(as_text=True))
    data = {"csrf_token": token, "name": "页面新人", "email": "page@example.cn", "roles": ["uploader"]}
    answer = admin.post("/people/invitations", data=data)
    assert answer.status_code == 201
    path = answer.get_data(as_text=True).split("/invitations/", 1)[1]
    secret = path.split("<", 1)[0]
    client = bench.client()
    page = client.get(f"/invitations/{secret}").get_data(as_text=True)
    assert "页面新人" in page
    weak = {"csrf_token": csrf(page), "password": "short", "again": "short"}
    assert client.post(f"/invitations/{secret}", data=weak).status_code == 200
    good = {**weak, "password": FRESH, "again": FRESH}
    assert client.post(f"/invitations/{secret}", data=good).headers["Location"] == "/sign-in"
    assert sign_in("page@example.cn", FRESH, HERE).name == "页面新人"
    assert client.get("/invitations/unknown").status_code == 404
