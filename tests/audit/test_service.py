"""Auditing in the real database: exactly one current run a case, however often it runs, and what others say of it."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from reviewdesk import outbox
from reviewdesk.actor import system
from reviewdesk.audit import queries, service
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.packing import unpack
from reviewdesk.audit.relations import BatchFigures, Relations, figures_kept, figures_of, keep_figures, related_of
from reviewdesk.db import unit_of_work
from reviewdesk.intake.superseding import keep
from reviewdesk.money import fen
from tests.audit.cases import sound_facts, sound_ledger, sound_person
from tests.builders import Bench, Org


def a_batch(bench: Bench, org: Org, *cases: dict[str, Any]) -> tuple[UUID, list[int]]:
    """A batch that waits for its audit, with one case for each dictionary of changes to a sound one."""
    batch_id = bench.batch(org, state="auditing")
    ids = []
    for place, change in enumerate(cases):
        facts = {**sound_facts(), **sound_ledger(), **change.get("facts", {})}
        facts.setdefault("contract_no", f"{batch_id}-{place}")
        facts["account_no"] = f"{batch_id}-{place}"
        ids.append(bench.case(org, batch_id, facts=facts, personal={**sound_person(), **change.get("person", {})}))
    return batch_id, ids


def ask_for_audit(org: Org, batch_id: UUID) -> None:
    with unit_of_work(org.uploader.actor) as work:
        outbox.add(work, service.BATCH_JOB, {"batch_id": str(batch_id)}, key=str(batch_id))


def run(bench: Bench, org: Org, batch_id: UUID) -> None:
    ask_for_audit(org, batch_id)
    bench.run_jobs(org)
    assert bench.failed_jobs(org) == []


def ask(org: Org, sql: str, **values: Any) -> list[dict[str, Any]]:
    with unit_of_work(system(org.org_id)) as work:
        return [dict(row._mapping) for row in work.execute(sql, org=org.org_id, **values)]


def current(org: Org, case_id: int) -> AuditRun:
    with unit_of_work(system(org.org_id)) as work:
        found = queries.current_run(work, case_id)
    assert found is not None
    return found


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def test_a_batch_is_audited_and_in_review(bench: Bench, org: Org) -> None:
    batch_id, ids = a_batch(bench, org, {}, {"facts": {"deceased": True}}, {"facts": {"student": True}})
    run(bench, org, batch_id)
    rows = ask(org, "SELECT * FROM cases WHERE org_id = :org ORDER BY case_id")
    assert [row["verdict"] for row in rows] == ["clear", "blocked", "attention"]
    assert {row["state"] for row in rows} == {"in_review"}
    assert rows[1]["failed"] == ["capacity.deceased"]
    assert rows[0]["claimable"] == 1_026_216
    assert rows[0]["limitation_expiry"].isoformat() == "2029-06-11"
    assert [row["run_id"] for row in rows] == [current(org, case_id).run_id for case_id in ids]
    (batch,) = ask(org, "SELECT state, policy, audited_at FROM batches WHERE org_id = :org")
    assert (batch["state"], batch["policy"]) == ("ready", "CN-2026.1")
    assert batch["audited_at"] is not None


def test_auditing_twice_leaves_one_current_run(bench: Bench, org: Org) -> None:
    batch_id, ids = a_batch(bench, org, {}, {})
    run(bench, org, batch_id)
    with unit_of_work(system(org.org_id)) as work:
        again = service.audit_chunk(work, batch_id, min(ids), max(ids))
    assert again.case_ids == (), "cases that left the audit are left alone"
    counts = ask(org, "SELECT case_id, count(*) FROM audit_runs WHERE org_id = :org AND is_current GROUP BY case_id")
    assert [row["count"] for row in counts] == [1, 1]


def test_chunks_cover_every_case_once(bench: Bench, org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SMALLEST_CHUNK", 2)
    batch_id, ids = a_batch(bench, org, {}, {}, {}, {}, {})
    run(bench, org, batch_id)
    jobs = ask(org, "SELECT args, state FROM jobs WHERE org_id = :org AND kind = 'audit.chunk' ORDER BY number")
    assert [(job["args"]["first"], job["args"]["last"]) for job in jobs] == [
        (ids[0], ids[1]),
        (ids[2], ids[3]),
        (ids[4], ids[4]),
    ]
    runs = ask(org, "SELECT case_id FROM audit_runs WHERE org_id = :org AND is_current ORDER BY case_id")
    assert [row["case_id"] for row in runs] == ids
    finished = ask(org, "SELECT 1 FROM events WHERE org_id = :org AND action = 'audit:batch:finish'")
    assert len(finished) == 1


@pytest.mark.parametrize("count", [0, 1, 249, 250, 251, 5000, 50_000, 200_000])
def test_chunks_of(count: int) -> None:
    ids = [3 * number for number in range(count)]
    chunks = list(service.chunks_of(ids))
    inside = [number for first, last in chunks for number in ids if first <= number <= last] if count < 6000 else ids
    assert inside == ids
    assert all(first <= last for first, last in chunks)
    assert len(chunks) <= max(service.CHUNKS, -(-count // service.LARGEST_CHUNK))


def test_the_runs_before_stay_readable_and_differ(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    with unit_of_work(system(org.org_id)) as work:
        facts = orjson.dumps({**sound_facts(), **sound_ledger(), "deceased": True}).decode()
        keep(work, [case_id], "answer")
        work.execute(
            "UPDATE case_files SET facts = CAST(:facts AS json), facts_version = 2 "
            "WHERE org_id = :org AND case_id = :case",
            facts=facts,
            org=org.org_id,
            case=case_id,
        )
        work.execute(
            "UPDATE cases SET state = 'auditing', version = version + 1 WHERE org_id = :org AND case_id = :case",
            org=org.org_id,
            case=case_id,
        )
        audited = service.audit_again(work, [case_id])
    assert audited.verdicts == {"blocked": 1}
    with unit_of_work(system(org.org_id)) as work:
        later, earlier = queries.runs_of(work, case_id)
        changes = queries.difference(earlier, later)
    assert (later.is_current, earlier.is_current) == (True, False)
    assert (later.facts_version, earlier.facts_version) == (2, 1)
    assert [(change.check, change.earlier, change.later) for change in changes] == [
        ("capacity.deceased", "pass", "fail")
    ]


def test_events_name_the_cases_and_nothing_personal(bench: Bench, org: Org) -> None:
    batch_id, ids = a_batch(bench, org, {}, {})
    run(bench, org, batch_id)
    (event,) = ask(org, "SELECT * FROM events WHERE org_id = :org AND action = 'audit:case:run'")
    assert event["batch_id"] == batch_id
    assert event["new"]["verdicts"] == {"clear": 2}
    covered = {number for part in event["cases"] for number in range(part.lower, part.upper)}
    assert covered == set(ids)
    stored = [unpack(row["findings"]) for row in ask(org, "SELECT findings FROM audit_runs WHERE org_id = :org")]
    for value in sound_person().values():
        if value not in {"女", "无"}:
            assert value not in str(stored)


def test_verdicts_and_frequent_findings_of_a_batch(bench: Bench, org: Org) -> None:
    batch_id, _ = a_batch(
        bench, org, {}, {"facts": {"deceased": True}}, {"facts": {"deceased": True, "complaint": True}}
    )
    run(bench, org, batch_id)
    with unit_of_work(system(org.org_id)) as work:
        assert queries.verdict_counts(work, batch_id) == {"blocked": 2, "attention": 0, "clear": 1}
        first, second = queries.frequent_findings(work, batch_id)
    assert (first.check, first.failed, first.title.zh) == ("capacity.deceased", 2, "借款人是否死亡")
    assert (second.check, second.warned, second.cases) == ("conduct.complaint", 1, 1)


def test_a_runs_findings_read_as_they_were_made(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    found = queries.findings_of(current(org, case_id), sound_facts())
    cap = next(finding for finding in found if finding["check"] == "rate.claim_cap")
    assert cap["computed"]["claimable"] == "10262.16"
    assert cap["used"]["outstanding_principal"] == "8235.72"
    assert "10,262.16元" in cap["message"]["zh"]


def test_what_other_cases_of_the_organisation_say(bench: Bench, org: Org) -> None:
    other = {"borrower_name": "李四", "id_no": "51010720040229001X"}
    one_loan = {"contract_no": "HT-1"}
    _, (earlier,) = a_batch(bench, org, {"facts": one_loan})
    batch_id, ids = a_batch(
        bench, org, {"facts": one_loan}, {"person": other}, {"person": {**other, "mobile": "13900139000"}}
    )
    stranger = bench.organisation()
    a_batch(bench, stranger, {"facts": one_loan})
    with unit_of_work(system(org.org_id)) as work:
        figures, relations = figures_of(work, batch_id), Relations(work, ids)
        same, shared, own = (
            related_of(relations.others(case), sound_facts(), has_phone=True, has_address=True, batch=figures)
            for case in ids
        )
    number = ask(org, "SELECT number FROM cases WHERE org_id = :org AND case_id = :case", case=earlier)[0]["number"]
    assert same.same_account == same.same_borrower == (number,)
    assert (same.litigated, same.settled) == ((), ())
    assert shared.phone_borrowers == 2
    assert own.phone_borrowers == 1
    assert len(shared.same_borrower or ()) == 1
    assert (same.batch_cases, same.court_cases, same.median_principal) == (3, 3, sound_facts()["principal"])
    run(bench, org, batch_id)
    assert "duplicate.account" in current(org, ids[0]).failed
    kept = current(org, ids[0]).others
    assert kept is not None
    assert (kept["same_account"], kept["same_borrower"]) == ([number], [number])


def test_runs_keep_how_their_batch_was_spread_once(bench: Bench, org: Org) -> None:
    batch_id, ids = a_batch(bench, org, {}, {"person": {"id_no": "51010720040229001X", "mobile": "13900139000"}})
    run(bench, org, batch_id)
    seen = {current(org, case_id).figures_id for case_id in ids}
    assert len(seen) == 1
    with unit_of_work(system(org.org_id)) as work:
        assert figures_kept(work, seen.pop() or 0) == figures_of(work, batch_id)
        assert keep_figures(work, batch_id, figures_of(work, batch_id)) == current(org, ids[0]).figures_id


def _neighbours(count: int) -> list[dict[str, Any]]:
    """Borrowers of their own who gave one address, written in different ways."""
    return [
        {
            "person": {
                "id_no": f"44010619900307{n:04}",
                "contact_address": f"广东省佛山市 南海区桂城街道{'，' * (n % 2)}9号",
            }
        }
        for n in range(count)
    ]


def test_one_address_of_many_borrowers_is_found_across_batches(bench: Bench, org: Org) -> None:
    first, (one,) = a_batch(bench, org, *_neighbours(1))
    run(bench, org, first)
    second, others = a_batch(bench, org, *_neighbours(4)[1:], {"person": {"contact_address": "广东省佛山市南海区"}})
    run(bench, org, second)
    assert "duplicate.address" not in current(org, one).warned
    found = {
        case: next(answer for answer in current(org, case).findings if answer[0] == "duplicate.address")
        for case in others
    }
    assert [found[case][1:3] for case in others] == [["warn", "shared"]] * 3 + [["not_applicable", "not_compared"]]
    assert found[others[0]][3]["borrowers"] == 4


def test_a_lenders_average_over_a_batch_counts_what_fees_add(bench: Bench, org: Org) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"principal": fen("36000"), "disbursed_amount": fen("36000"), "annual_rate": "0.10"},
        {"annual_rate": "0.24", "monthly_fee": fen("100")},
        {"lender_kind": "bank", "annual_rate": "0.06"},
    ]
    batch_id, _ids = a_batch(bench, org, *({"facts": one} for one in changes))
    # (12,000 × 18 % + 36,000 × 10 % + 12,000 × 40.83 %) ÷ 60,000
    assert _figures(org, batch_id).averages == {"广州南海消费金融有限公司": "0.1777"}


def test_concentration_in_one_court_is_seen_over_all_batches(bench: Bench, org: Org) -> None:
    far = {"facts": {"agreed_court": "北京市海淀区人民法院"}}
    for _ in range(3):
        batch_id, ids = a_batch(bench, org, *[far] * 15)
        run(bench, org, batch_id)
    figures = _figures(org, batch_id)
    assert (figures.cases, figures.org_cases) == (15, 45)
    assert (figures.courts, figures.org_courts) == ({"北京市海淀区人民法院": 15}, {"北京市海淀区人民法院": 45})
    name, outcome, reason, numbers = next(
        answer for answer in current(org, ids[0]).findings if answer[0] == "jurisdiction.concentration"
    )
    assert (name, outcome, reason) == ("jurisdiction.concentration", "warn", "concentrated_overall")
    assert (numbers["org_cases"], numbers["org_court_cases"], numbers["share"]) == (45, 45, "1")
    ask(
        org,
        "UPDATE batches SET state = 'taken_back' WHERE org_id = :org AND batch_id <> :batch RETURNING 1",
        batch=batch_id,
    )
    assert _figures(org, batch_id).org_cases == 15


def _figures(org: Org, batch_id: UUID) -> BatchFigures:
    with unit_of_work(system(org.org_id)) as work:
        return figures_of(work, batch_id)


def test_a_broken_check_hides_no_other(bench: Bench, org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("张三丰")

    monkeypatch.setattr("reviewdesk.audit.checks.cost.court_fee", fails)
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    found = current(org, case_id)
    assert found.verdict == "attention"
    assert found.missing == ["cost.fee"]
    assert ["cost.fee", "missing", "error", {"error": "RuntimeError"}] in found.findings


def test_another_organisation_sees_no_run(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    run(bench, org, batch_id)
    stranger = bench.organisation()
    with unit_of_work(system(stranger.org_id)) as work:
        assert queries.current_run(work, case_id) is None
        assert queries.runs_of(work, case_id) == []
        assert queries.verdict_counts(work, batch_id) == {"blocked": 0, "attention": 0, "clear": 0}


def test_a_check_that_much_of_a_batch_fails_speaks_against_the_batch(bench: Bench, org: Org) -> None:
    dead = {"facts": {"deceased": True}}
    batch_id, _ = a_batch(bench, org, dead, dead, *[{}] * 19)
    few, _ = a_batch(bench, org, *[dead] * 3)
    for one in (batch_id, few):
        run(bench, org, one)
    with unit_of_work(system(org.org_id)) as work:
        found = {row.check: row.failed for row in queries.systematic_defects(work, batch_id, "CN-2026.1")}
        assert queries.systematic_defects(work, few, "CN-2026.1") == []
    assert found["capacity.deceased"] == 2
