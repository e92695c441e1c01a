"""Changing the vault key while data sealed under the old one exists."""

from collections.abc import Iterator

import pytest
from flask import Flask

from reviewdesk.db import unit_of_work
from reviewdesk.intake import resealing
from reviewdesk.intake.models import SheetRow
from reviewdesk.intake.rejects import seal_cells
from reviewdesk.intake.superseding import keep
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


def test_superseded_facts_are_sealed_anew(bench: Bench, use_keys) -> None:
    use_keys("old", old=OLD)
    org = bench.organisation()
    case_id = bench.case(org)
    with unit_of_work(org.uploader.actor) as work:
        keep(work, [case_id], "answer")
    use_keys("new", new=NEW, old=OLD)
    assert list(resealing.reseal(org.org_id)) == [1, 1]
    assert resealing.sealed_under(org.org_id) == {"new": 2}
    with unit_of_work(org.uploader.actor) as work:
        kept = work.execute("SELECT sealed FROM superseded_facts").scalar_one()
    assert Vault({"new": NEW}, "new", BLIND).unseal(kept, org.org_id, case_id)["borrower_name"] == "张三"


def test_the_cells_of_rejected_rows_are_sealed_anew(bench: Bench, use_keys) -> None:
    use_keys("old", old=OLD)
    org = bench.organisation()
    batch = bench.batch(org)
    with unit_of_work(org.uploader.actor) as work:
        envelope = seal_cells(org.org_id, batch, 7, ["HT1", "张三"])
        work.session.add(SheetRow(org_id=org.org_id, batch_id=batch, row=7, outcome="rejected", sealed=envelope))
    use_keys("new", new=NEW, old=OLD)
    assert list(resealing.reseal(org.org_id)) == [1]
    assert resealing.sealed_under(org.org_id) == {"new": 1}
    with unit_of_work(org.uploader.actor) as work:
        kept = work.execute("SELECT sealed FROM sheet_rows").scalar_one()
    assert Vault({"new": NEW}, "new", BLIND).unseal(kept, org.org_id, 0)["cells"] == ["HT1", "张三"]
    assert [event.new["rows"] for event in bench.events(org, "vault:rows:reseal")] == [1]


def test_addresses_of_cases_loaded_before_are_indexed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "AT_ONCE", 2)
    org = bench.organisation()
    written = ("广东省佛山市南海区桂城街道1号", "广东省佛山市南海区桂城街道 1号", "广东省佛山市")
    ids = [bench.case(org, personal={"contact_address": address}) for address in written]
    with unit_of_work(org.uploader.actor) as work:
        work.execute("UPDATE case_files SET address_index = NULL")
    for _ in range(2):
        assert sum(resealing.index_addresses(org.org_id)) >= 1
    with unit_of_work(org.uploader.actor) as work:
        found = {
            row.case_id: row.address_index for row in work.execute("SELECT case_id, address_index FROM case_files")
        }
    assert found[ids[0]] == found[ids[1]] is not None
    assert found[ids[2]] is None
    assert sum(event.new["cases"] for event in bench.events(org, "vault:addresses:index")) == 2
