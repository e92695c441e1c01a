"""Signing in: who gets in, who is kept out, and what the journal says of it."""

import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from reviewdesk.accounts import passwords
from reviewdesk.accounts import sign_in as signing
from reviewdesk.accounts.models import Person
from reviewdesk.accounts.sign_in import Origin, SignInRefused, identify, sign_in
from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from tests.builders import PASSWORD, Bench, Someone, csrf

HERE = Origin(ip="10.0.0.1", agent="test", request_id="r")


def set_person(who: Someone, **values: object) -> None:
    with unit_of_work(who.actor) as work:
        work.session.execute(
            update(Person).where(Person.org_id == who.org_id, Person.person_id == who.person_id).values(**values)
        )


def test_the_right_password_signs_in_and_is_recorded(bench: Bench) -> None:
    org = bench.organisation()
    identity = sign_in(org.reviewer.email.upper(), PASSWORD, HERE)
    assert identity.person_id == org.reviewer.person_id
    assert identity.roles == ("reviewer",)
    (event,) = bench.events(org, "accounts:person:sign_in")
    assert (event.outcome, event.ip, event.actor_id) == ("done", "10.0.0.1", org.reviewer.person_id)


@pytest.mark.parametrize("email", ["nobody@example.cn", None])
def test_a_wrong_email_and_a_wrong_password_get_the_same_answer_in_the_same_time(
    bench: Bench, email: str | None
) -> None:
    org = bench.organisation()
    started = time.monotonic()
    with pytest.raises(SignInRefused) as refused:
        sign_in(email or org.reviewer.email, "wrong password here", HERE)
    assert time.monotonic() - started >= signing.REFUSED_SECONDS
    assert refused.value.code == "sign_in_refused"


def test_repeated_failures_lock_and_the_right_password_no_longer_helps(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "REFUSED_SECONDS", 0)
    org = bench.organisation()
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in(org.reviewer.email, "wrong password here", HERE)
    with pytest.raises(SignInRefused):
        sign_in(org.reviewer.email, PASSWORD, HERE)
    refusals = bench.events(org, "accounts:person:sign_in")
    assert [event.new["reason"] for event in refusals] == ["password"] * 5 + ["locked"]
    assert [event.new["locked"] for event in refusals] == [False] * 4 + [True, True]
    assert {event.outcome for event in refusals} == {"refused"}

    set_person(org.reviewer, locked_until=now() - timedelta(seconds=1))
    assert sign_in(org.reviewer.email, PASSWORD, HERE).person_id == org.reviewer.person_id


def test_a_password_that_was_hashed_too_weakly_is_hashed_anew(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    org = bench.organisation()
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    for _ in range(2):
        assert sign_in(org.reviewer.email, PASSWORD, HERE).person_id == org.reviewer.person_id
        with unit_of_work(org.reviewer.actor) as work:
            kept = work.session.get_one(Person, (org.org_id, org.reviewer.person_id)).password_hash
        assert kept is not None
        assert "t=2" in kept


def test_a_disabled_person_stays_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "REFUSED_SECONDS", 0)
    org = bench.organisation()
    set_person(org.reviewer, state="disabled")
    with pytest.raises(SignInRefused):
        sign_in(org.reviewer.email, PASSWORD, HERE)
    assert bench.events(org, "accounts:person:sign_in")[-1].new["reason"] == "disabled"


def test_the_page_says_no_and_asks_again(bench: Bench) -> None:
    client = bench.client()
    page = client.get("/sign-in").get_data(as_text=True)
    data = {"email": "nobody@example.cn", "password": "wrong password here", "csrf_token": csrf(page)}
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 401
    assert "邮箱或密码不正确" in answer.get_data(as_text=True)


def test_signing_in_leads_back_and_never_to_another_site(bench: Bench) -> None:
    org = bench.organisation()
    for wanted, target in (
        ("/people?x=1", "/people?x=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
    ):
        client = bench.client()
        page = client.get("/sign-in").get_data(as_text=True)
        answer = client.post(
            "/sign-in",
            query_string={"next": wanted},
            data={"email": org.administrator.email, "password": PASSWORD, "csrf_token": csrf(page)},
        )
        assert answer.headers["Location"] == target


def test_signing_out_ends_this_session_and_everywhere_ends_all(bench: Bench) -> None:
    org = bench.organisation()
    here, there = bench.client(org.reviewer), bench.client(org.reviewer)
    token = csrf(here.get("/account").get_data(as_text=True))
    assert here.post("/sign-out", data={"csrf_token": token}).status_code == 302
    assert here.get("/account").status_code == 302
    assert there.get("/account").status_code == 200

    again = bench.client(org.reviewer)
    token = csrf(again.get("/account").get_data(as_text=True))
    again.post("/sign-out/everywhere", data={"csrf_token": token})
    assert there.get("/account").status_code == 302
    assert len(bench.events(org, "accounts:person:sign_out_everywhere")) == 1


def test_a_session_ends_when_idle_and_when_old(bench: Bench) -> None:
    org = bench.organisation()
    for key, seconds in (("seen", 61 * 60), ("started", 13 * 3600)):
        client = bench.client(org.reviewer)
        assert client.get("/account").status_code == 200
        with client.session_transaction() as session:
            session[key] = int(time.time()) - seconds
        assert client.get("/account").status_code == 302


def test_an_identity_of_an_earlier_epoch_is_none(bench: Bench) -> None:
    org = bench.organisation()
    assert identify(org.org_id, org.reviewer.person_id, 0) is not None
    assert identify(org.org_id, org.reviewer.person_id, 1) is None
    other = bench.organisation()
    assert identify(other.org_id, org.reviewer.person_id, 0) is None


def test_the_session_cookie_is_hardened(bench: Bench) -> None:
    cookie = bench.client().get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
