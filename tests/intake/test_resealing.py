"""Changing the vault key while data sealed under the old one exists."""

from collections.abc import Iterator

import pytest
from flask import Flask

from reviewdesk.db import unit_of_work
from reviewdesk.intake import resealing
from reviewdesk.vault import Vault
from tests.builders import Bench, Org

OLD, NEW, BLIND = b"o" * 32, b"n" * 32, b"b" * 32


@pytest.fixture
def use_keys(app: Flask) -> Iterator[object]:
    before = app.extensions["reviewdesk.vault"]

    def use(current: str, **keys: bytes) -> None:
        app.extensions["reviewdesk.vault"] = Vault(keys, current, BLIND)

    yield use
    app.extensions["reviewdesk.vault"] = before


def sealed(org: Org) -> dict[int, bytes]:
    with unit_of_work(org.uploader.actor) as work:
        return {row.case_id: row.sealed for row in work.execute("SELECT case_id, sealed FROM case_files")}


def test_cases_are_sealed_anew_under_the_current_key(bench: Bench, use_keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    use_keys("old", old=OLD)
    org = bench.organisation()
    batch = bench.batch(org)
    cases = [bench.case(org, batch, personal={"borrower_name": name}) for name in ("张三", "李四", "王五")]

    use_keys("new", new=NEW, old=OLD)
    assert resealing.sealed_under(org.org_id) == {"old": 3}
    assert list(resealing.reseal(org.org_id)) == [2, 1]
    assert resealing.sealed_under(org.org_id) == {"new": 3}
    assert list(resealing.reseal(org.org_id)) == []

    only_new = Vault({"new": NEW}, "new", BLIND)
    names = {only_new.unseal(envelope, org.org_id, case)["borrower_name"] for case, envelope in sealed(org).items()}
    assert names == {"张三", "李四", "王五"}
    events = bench.events(org, "vault:cases:reseal")
    assert sum(event.new["cases"] for event in events) == len(cases)


def test_new_cases_and_other_organisations_are_left_alone(bench: Bench, use_keys) -> None:
    use_keys("old", old=OLD)
    other = bench.organisation()
    bench.case(other)
    use_keys("new", new=NEW, old=OLD)
    org = bench.organisation()
    bench.case(org)
    before = sealed(org)
    assert list(resealing.reseal(org.org_id)) == []
    assert sealed(org) == before
    assert resealing.sealed_under(other.org_id) == {"old": 1}
