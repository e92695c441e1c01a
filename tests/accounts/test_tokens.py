"""API tokens: shown once, no more than their person, ended at once."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from reviewdesk.accounts import service, tokens
from reviewdesk.accounts.models import ApiToken
from reviewdesk.accounts.sign_in import Origin, actor_of_token
from reviewdesk.actor import command
from reviewdesk.clock import now
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotAllowed, NotFound
from tests.builders import Bench, csrf

HERE = Origin(ip="10.0.0.9")


def test_a_token_acts_as_its_person_and_reveals_only_if_made_so(bench: Bench) -> None:
    org = bench.organisation()
    plain = tokens.create_token(org.reviewer.actor, "夜间导入")
    revealing = tokens.create_token(org.reviewer.actor, "取证", may_reveal=True)
    actor = actor_of_token(plain.secret, HERE)
    assert actor is not None
    assert (actor.person_id, actor.roles, actor.may_reveal) == (org.reviewer.person_id, {"reviewer"}, False)
    other = actor_of_token(revealing.secret, HERE)
    assert other is not None
    assert other.may_reveal
    assert all(plain.secret not in str(event) for event in bench.events(org))


def test_a_role_that_may_not_reveal_gets_no_revealing_token(bench: Bench) -> None:
    org = bench.organisation()
    client = bench.client(org.administrator)
    token = csrf(client.get("/tokens").get_data(as_text=True))
    data = {"csrf_token": token, "name": "偷看", "days": "30", "may_reveal": "y"}
    assert client.post("/tokens", data=data).status_code == 403
    (event,) = bench.events(org, "accounts:token:add")
    assert event.outcome == "refused"


def test_a_token_loses_what_its_person_loses(bench: Bench) -> None:
    org = bench.organisation()
    made = tokens.create_token(org.reviewer.actor, "取证", may_reveal=True)
    service.change_roles(org.administrator.actor, org.reviewer.person_id, ["compliance"])
    actor = actor_of_token(made.secret, HERE)
    assert actor is not None
    assert not actor.may_reveal
    service.disable(org.administrator.actor, org.reviewer.person_id)
    assert actor_of_token(made.secret, HERE) is None


def test_revoked_expired_and_unknown_tokens_are_nobody(bench: Bench) -> None:
    org = bench.organisation()
    made = tokens.create_token(org.reviewer.actor, "一次性", days=30)
    with unit_of_work(org.reviewer.actor) as work:
        work.session.execute(
            update(ApiToken)
            .where(ApiToken.org_id == org.org_id, ApiToken.token_id == made.token_id)
            .values(expires_at=now() - timedelta(seconds=1))
        )
    assert actor_of_token(made.secret, HERE) is None
    second = tokens.create_token(org.reviewer.actor, "再来")
    tokens.revoke(org.reviewer.actor, second.token_id)
    assert actor_of_token(second.secret, HERE) is None
    assert actor_of_token("rd_unknown", HERE) is None


def test_only_the_owner_and_an_administrator_revoke(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    made = tokens.create_token(org.reviewer.actor, "我的")
    with pytest.raises(NotAllowed):
        tokens.revoke(org.uploader.actor, made.token_id)
    with pytest.raises(NotFound):
        tokens.revoke(other.administrator.actor, made.token_id)
    tokens.revoke(org.administrator.actor, made.token_id)
    assert [one.token.token_id for one in tokens.list_tokens(org.administrator.actor)] == []


def test_lists_show_ones_own_and_an_administrator_all(bench: Bench) -> None:
    org = bench.organisation()
    tokens.create_token(org.reviewer.actor, "甲")
    tokens.create_token(org.uploader.actor, "乙")
    assert [one.token.name for one in tokens.list_tokens(org.reviewer.actor)] == ["甲"]
    assert {one.token.name for one in tokens.list_tokens(org.administrator.actor)} == {"甲", "乙"}


def test_the_command_line_makes_a_token_for_a_person(bench: Bench) -> None:
    org = bench.organisation()
    made = tokens.create_token(command(org.org_id), "命令行", person_id=org.uploader.person_id)
    actor = actor_of_token(made.secret, HERE)
    assert actor is not None
    assert actor.person_id == org.uploader.person_id
    with pytest.raises(Invalid):
        tokens.create_token(org.reviewer.actor, "永远", days=9999)


def test_the_page_shows_the_secret_once_and_revokes(bench: Bench) -> None:
    org = bench.organisation()
    client = bench.client(org.reviewer)
    token = csrf(client.get("/tokens").get_data(as_text=True))
    made = client.post("/tokens", data={"csrf_token": token, "name": "页面", "days": "90"})
    assert made.status_code == 201
    assert "rd_" in made.get_data(as_text=True)
    assert "rd_" not in client.get("/tokens").get_data(as_text=True)
    (shown,) = tokens.list_tokens(org.reviewer.actor)
    client.post(f"/tokens/{shown.token.token_id}/revoke", data={"csrf_token": token})
    assert tokens.list_tokens(org.reviewer.actor) == []
