"""Taking a batch back: what is reversed, what stays and why, and that the accounts import as new afterwards."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from reviewdesk.actor import system
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound
from reviewdesk.intake.models import Batch
from reviewdesk.intake.uploading import import_again, upload_from_path
from reviewdesk.intake.wishes import Wish
from reviewdesk.journal.proof import prove
from reviewdesk.review import desk, taking_back
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from tests.builders import Bench, Org, csrf
from tests.intake.sheets import accounts, write


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


@pytest.fixture
def prefix() -> str:
    return f"HT{uuid4().hex[:10].upper()}"


def batch_of(org: Org, batch_id: UUID) -> Batch:
    with unit_of_work(org.uploader.actor) as work:
        return work.session.get_one(Batch, (org.org_id, batch_id))


def load(bench: Bench, org: Org, path: Path, *, most: int = 200) -> UUID:
    batch_id = upload_from_path(org.uploader.actor, path, Wish(auto=True)).batch_id
    bench.run_jobs(org, most=most)
    return batch_id


def states_of(org: Org, batch_id: UUID) -> dict[str, int]:
    with unit_of_work(system(org.org_id)) as work:
        rows = work.execute("SELECT state, count(*) AS number FROM cases WHERE batch_id = :b GROUP BY 1", b=batch_id)
        return {row.state: row.number for row in rows}


def ids_of(org: Org, batch_id: UUID) -> list[int]:
    with unit_of_work(system(org.org_id)) as work:
        rows = work.execute("SELECT case_id FROM cases WHERE batch_id = :b ORDER BY case_id", b=batch_id)
        return list(rows.scalars())


def test_cases_are_reversed_kept_or_blocked_and_the_file_imports_as_new(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.xlsx", accounts(7, prefix))
    batch_id = load(bench, org, path)
    ids = ids_of(org, batch_id)
    with unit_of_work(org.senior_reviewer.actor) as work:
        move_cases(work, Verb.APPROVE, ids[:1], reason="试")
        move_cases(work, Verb.RETURN, ids[1:2], reason="试")
        work.execute("UPDATE cases SET edited_by = :by WHERE case_id = :c", by=org.uploader.person_id, c=ids[3])
        work.execute(
            "UPDATE cases SET assignee_id = :by, lease_until = now() + interval '1 hour' WHERE case_id = :c",
            by=org.reviewer.person_id,
            c=ids[4],
        )
    desk.comment(org.reviewer.actor, ids[2], "看过")

    with unit_of_work(org.uploader.actor) as work:
        found = taking_back.prospect(work, batch_id)
    assert found == taking_back.Prospect(2, {"decided": 1, "commented": 1, "edited": 1, "claimed": 1}, {"approved": 1})
    asked = taking_back.take_back(org.uploader.actor, batch_id, "表格列错位 13812345678")
    assert asked.state == "taking_back"
    assert taking_back.take_back(org.uploader.actor, batch_id, "再点一次").version == asked.version
    bench.run_jobs(org)

    batch = batch_of(org, batch_id)
    assert batch.state == "taken_back"
    assert (batch.taken_back or {})["reversed"] == 2
    assert "13812345678" not in (batch.taken_back or {})["reason"]
    assert states_of(org, batch_id) == {"reversed": 2, "approved": 1, "returned": 1, "in_review": 3}
    with unit_of_work(org.uploader.actor) as work:
        kept = taking_back.kept_cases(work, batch_id)
    assert [(one.case_id, one.outcome, one.reason) for one in kept] == [
        (ids[0], "blocked", "approved"),
        (ids[1], "kept", "decided"),
        (ids[2], "kept", "commented"),
        (ids[3], "kept", "edited"),
        (ids[4], "kept", "claimed"),
    ]
    (event,) = bench.events(org, "review:batch:take_back")
    assert [n for part in event.cases for n in range(part.lower, part.upper)] == ids[5:]
    assert (event.actor_kind, event.actor_id) == ("job", org.uploader.person_id)

    again = import_again(org.uploader.actor, batch_id)
    assert again.state == "mapping"
    mended = [*accounts(7, prefix), accounts(8, prefix)[7]]
    new_id = load(bench, org, write(tmp_path / "b.xlsx", mended))
    counts = batch_of(org, new_id).counts
    assert (counts["loaded"], counts["known"]) == (3, 5)
    proof = prove(org.compliance.actor)
    assert proof.holds, proof.failures


def test_a_case_that_was_reversed_is_no_relation_of_its_successor(
    bench: Bench, org: Org, prefix: str, tmp_path: Path
) -> None:
    batch_id = load(bench, org, write(tmp_path / "a.xlsx", accounts(1, prefix)))
    taking_back.take_back(org.senior_reviewer.actor, batch_id, "重来")
    bench.run_jobs(org)
    new_id = load(bench, org, write(tmp_path / "b.xlsx", [accounts(1, prefix)[0] | {"未还本金": 9}]))
    with unit_of_work(system(org.org_id)) as work:
        run = work.execute("SELECT failed, warned FROM audit_runs WHERE batch_id = :b AND is_current", b=new_id).one()
    assert not [check for check in (*run.failed, *run.warned) if check.startswith("duplicate.")]


def test_its_audit_stops(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch_id = load(bench, org, write(tmp_path / "a.xlsx", accounts(3, prefix)), most=1)
    assert batch_of(org, batch_id).state == "auditing"
    desk.comment(org.reviewer.actor, ids_of(org, batch_id)[0], "已在看")
    bench.run_jobs(org, most=1)
    taking_back.take_back(org.uploader.actor, batch_id, "传错了")
    bench.run_jobs(org)
    assert batch_of(org, batch_id).state == "taken_back"
    assert states_of(org, batch_id) == {"reversed": 2, "in_review": 1}
    assert len(bench.events(org, "audit:case:run")) == 1
    assert bench.failed_jobs(org) == []
    assert prove(org.compliance.actor).holds


def test_who_may_and_when(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch_id = load(bench, org, write(tmp_path / "a.xlsx", accounts(1, prefix)))
    for stranger in (bench.person(org, "uploader"), org.reviewer, org.compliance):
        with pytest.raises(NotAllowed) as refused:
            taking_back.take_back(stranger.actor, batch_id, "试")
        assert refused.value.refusal is not None
    with pytest.raises(NotFound):
        taking_back.take_back(bench.organisation().senior_reviewer.actor, batch_id, "试")
    with pytest.raises(Invalid):
        taking_back.take_back(org.uploader.actor, batch_id, "  ")
    waiting = upload_from_path(
        org.uploader.actor, write(tmp_path / "b.xlsx", accounts(1, prefix + "B")), Wish(ask=True)
    )
    with pytest.raises(Conflict):
        taking_back.take_back(org.senior_reviewer.actor, waiting.batch_id, "试")


def test_the_page_says_what_it_would_do_and_what_it_did(bench: Bench, org: Org, prefix: str, tmp_path: Path) -> None:
    batch_id = load(bench, org, write(tmp_path / "a.xlsx", accounts(3, prefix)))
    desk.comment(org.reviewer.actor, ids_of(org, batch_id)[0], "看过")
    client = bench.client(org.uploader)
    place = f"/batches/{batch_id}/take-back"
    assert place in client.get(f"/batches/{batch_id}").text
    assert place not in bench.client(org.reviewer).get(f"/batches/{batch_id}").text
    form = client.get(place).text
    assert "有人写过备注 1" in form
    data: dict[str, Any] = {"csrf_token": csrf(form), "reason": ""}
    assert client.post(place, data=data).status_code == 422
    assert client.post(place, data=data | {"reason": "列错位"}).location.endswith(f"/batches/{batch_id}")
    assert "正在撤回批次" in client.get(f"/batches/{batch_id}").text
    bench.run_jobs(org)
    assert "批次已撤回" in client.get(f"/batches/{batch_id}").text
    part = client.get(f"/batches/{batch_id}/taken-back").text
    assert "有人写过备注" in part
    assert "列错位" in part
    assert client.post(place, data=data | {"reason": "再来"}).status_code == 409
