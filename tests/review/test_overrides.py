"""Findings that people set aside: who may, what then counts, what is kept, and when it counts again."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, IntegrityError

from reviewdesk.actor import system
from reviewdesk.audit import service as audit
from reviewdesk.audit.models import AuditRun, FindingOverride
from reviewdesk.audit.queries import verdict_counts
from reviewdesk.audit.standing import counts_on, standing
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from reviewdesk.intake.models import Case
from reviewdesk.intake.superseding import keep
from reviewdesk.review import bulk_deciding, bulk_items, lapsing, overriding, queries, service, withdrawing
from reviewdesk.review.moves import move_cases
from reviewdesk.review.overrides import Kind
from reviewdesk.review.overriding import Wish
from reviewdesk.review.queries import Filters
from reviewdesk.review.states import Verb
from tests.audit.cases import sound_facts, sound_person
from tests.audit.test_service import a_batch, run
from tests.audit.test_versions import approved, drafted, tried
from tests.builders import Bench, Org, csrf
from tests.review.helpers import ask_for, read

CAP, LPR = "rate.claim_cap", "rate.contract_cap"
RELAXED = {"checks/capacity.student/severity": "warn", "checks/capacity.student/reason": "由人工核对"}
WHY = "借款人已另行书面确认该笔费用"


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


@pytest.fixture
def blocked(bench: Bench, org: Org) -> int:
    """A case that one check blocks."""
    return bench.audited_case(org, verdict="blocked", failed=(CAP,), claimed=100_00)


def wish(org: Org, case_id: int, check: str = CAP, kind: str = "override", **over: Any) -> Wish:
    case = read(org, case_id)
    given = {"reason": WHY, "case_version": case.version, "run_id": case.run_id} | over
    return Wish(case_id, check, Kind(kind), **given)


def set_aside(org: Org, case_id: int, check: str = CAP, kind: str = "override", **over: Any) -> FindingOverride:
    return overriding.set_aside(org.senior_reviewer.actor, wish(org, case_id, check, kind, **over))


def overrides(org: Org, case_id: int) -> list[FindingOverride]:
    with unit_of_work(org.reviewer.actor) as work:
        return list(work.session.query(FindingOverride).filter_by(case_id=case_id).order_by(FindingOverride.created_at))


def test_a_failure_that_is_overridden_no_longer_blocks_and_stays_readable(bench: Bench, org: Org, blocked: int) -> None:
    before = read(org, blocked)
    made = set_aside(org, blocked)
    case = read(org, blocked)
    assert (case.verdict, case.failed, case.version) == ("clear", [], before.version + 1)
    with unit_of_work(org.reviewer.actor) as work:
        kept = work.session.get_one(AuditRun, (org.org_id, case.run_id))
        assert (kept.verdict, kept.failed) == ("blocked", [CAP])
        assert verdict_counts(work, case.batch_id) == {"blocked": 0, "attention": 0, "clear": 1}
    (event,) = bench.events(org, "review:finding:override")
    assert event.old == {"verdict": "blocked"}
    assert event.new["check"] == CAP
    assert event.new["override"] == str(made.override_id)
    page = bench.client(org.reviewer).get(f"/cases/{blocked}").get_data(as_text=True)
    assert WHY in page
    assert "已推翻" in page
    assert "推翻 C-" in page or "推翻" in page


def test_only_a_senior_reviewer_without_a_hand_in_the_case_overrides_a_failure(bench: Bench, org: Org) -> None:
    both = bench.person(org, "uploader", "senior_reviewer")
    imported = bench.audited_case(org, failed=(CAP,), verdict="blocked", imported_by=both.person_id)
    edited = bench.audited_case(org, failed=(CAP,), verdict="blocked", edited_by=both.person_id)
    for case_id, code in ((imported, "override.imported"), (edited, "override.edited")):
        with pytest.raises(NotAllowed) as refused:
            overriding.set_aside(both.actor, wish(org, case_id))
        assert refused.value.code == code
        assert refused.value.refusal is not None
    for person in (org.reviewer, org.administrator, org.compliance, org.uploader):
        with pytest.raises(NotAllowed):
            overriding.set_aside(person.actor, wish(org, imported))
    assert set_aside(org, imported).by_id == org.senior_reviewer.person_id


def test_the_database_refuses_a_failure_set_aside_by_its_importer(bench: Bench, org: Org, blocked: int) -> None:
    by = {"by_id": org.uploader.person_id, "by_name": "x", "by_roles": []}
    of_run = {"run_id": read(org, blocked).run_id, "facts_version": 1, "policy": "CN-2026.1", "as_of": today()}
    said = {"check_id": CAP, "kind": "override", "outcome": "fail", "reason": WHY, "case_version": 2}
    made = FindingOverride(org_id=org.org_id, case_id=blocked, **said, **of_run, **by)
    with pytest.raises(IntegrityError), unit_of_work(org.uploader.actor) as work:
        work.session.add(made)


def test_a_proposer_does_not_clear_the_way_for_their_own_proposal(bench: Bench, org: Org, blocked: int) -> None:
    waits = service.decide(org.senior_reviewer.actor, ask_for(org, blocked))
    assert waits.state == "waiting"
    with pytest.raises(NotAllowed) as refused:
        set_aside(org, blocked)
    assert refused.value.code == "override.proposed"
    other = bench.person(org, "senior_reviewer")
    with pytest.raises(Stale):
        overriding.set_aside(other.actor, wish(org, blocked))


def test_whoever_overrides_a_failure_does_not_decide_alone_and_others_do(bench: Bench, org: Org, blocked: int) -> None:
    set_aside(org, blocked)
    waits = service.decide(org.senior_reviewer.actor, ask_for(org, blocked))
    assert (waits.state, waits.needs) == ("waiting", ["failed_check"])
    service.take_back(org.senior_reviewer.actor, waits.decision_id)
    assert service.decide(org.reviewer.actor, ask_for(org, blocked)).state == "effective"


def test_bulk_sees_the_same(bench: Bench, org: Org) -> None:
    cases = [bench.audited_case(org, verdict="blocked", failed=(CAP,), claimed=100_00) for _ in range(2)]
    set_aside(org, cases[0])
    made = bulk_deciding.preview(org.reviewer.actor, Verb.APPROVE, "同意", ids=cases)
    assert made.counts == {"cases": 2, "done": 1, "waiting": 1}


def test_what_is_missing_is_acknowledged_and_need_not_be_seen_again(bench: Bench, org: Org) -> None:
    case_id = bench.audited_case(org, verdict="attention", missing=(LPR,), claimed=100_00)
    with pytest.raises(Invalid):
        service.decide(org.reviewer.actor, ask_for(org, case_id))
    with pytest.raises(Invalid) as refused:
        overriding.set_aside(org.reviewer.actor, wish(org, case_id, LPR))
    assert refused.value.code == "override.kind"
    overriding.set_aside(org.reviewer.actor, wish(org, case_id, LPR, "acknowledge"))
    with unit_of_work(org.reviewer.actor) as work:
        assert bulk_items.findings_in(work, ids=[case_id]) == {}
        assert bulk_items.findings_in(work, filters=Filters(overrides="any")) == {}
        (row,) = queries.queue(work, Filters(overrides="acknowledge"))
        assert (row.missing, row.verdict) == ([], "clear")
        assert queries.queue(work, Filters(overrides="silence")) == []
    assert service.decide(org.reviewer.actor, ask_for(org, case_id)).state == "effective"


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"reason": "太短"}, "override.reason"),
        ({"reason": "长" * 2001}, "decision.reason_long"),
        ({"until": timedelta(0)}, "override.until"),
        ({"kind": "silence"}, "override.until"),
        ({"kind": "silence", "until": -timedelta(days=1)}, "override.until"),
        ({"kind": "silence", "until": timedelta(days=367)}, "override.until"),
        ({"kind": "acknowledge"}, "override.kind"),
        ({"check": "claim.sum"}, "override.nothing"),
        ({"attachment_id": uuid4()}, "override.attachment"),
    ],
)
def test_what_cannot_be_set_aside_says_why(org: Org, blocked: int, over: dict[str, Any], code: str) -> None:
    from_today = {name: today() + value if isinstance(value, timedelta) else value for name, value in over.items()}
    with pytest.raises(Invalid) as refused:
        set_aside(org, blocked, **from_today)
    assert refused.value.code == code


def test_a_finding_is_set_aside_once_and_the_same_key_gives_the_same_answer(org: Org, blocked: int) -> None:
    asked = wish(org, blocked)
    made = overriding.set_aside(org.senior_reviewer.actor, asked, key="k1")
    assert overriding.set_aside(org.senior_reviewer.actor, asked, key="k1").override_id == made.override_id
    with pytest.raises(Conflict) as refused:
        overriding.set_aside(org.senior_reviewer.actor, wish(org, blocked), key="k1")
    assert refused.value.code == "idempotency.reused"
    with pytest.raises(Conflict) as refused:
        set_aside(org, blocked)
    assert refused.value.code == "override.exists"


def test_a_stale_page_is_told_what_changed(org: Org, blocked: int) -> None:
    seen, decision = wish(org, blocked, LPR), ask_for(org, blocked)
    set_aside(org, blocked)
    with pytest.raises(Stale) as late:
        overriding.set_aside(org.senior_reviewer.actor, seen)
    assert [change["what"] for change in late.value.details["changes"]] == ["override"]
    with pytest.raises(Stale) as late:
        service.decide(org.reviewer.actor, decision)
    (told,) = late.value.details["changes"]
    assert "推翻" in told["zh"]


def test_what_people_write_holds_no_personal_data(bench: Bench, org: Org, blocked: int) -> None:
    made = set_aside(org, blocked, reason="张三 13800138000 已书面确认该笔费用")
    assert "13800138000" not in made.reason
    assert "张三" not in made.reason


def test_withdrawing_lets_it_count_again_and_it_ends_once(bench: Bench, org: Org, blocked: int) -> None:
    made = set_aside(org, blocked)
    with pytest.raises(NotAllowed):
        withdrawing.withdraw(org.reviewer.actor, blocked, made.override_id, "看错了")
    with pytest.raises(Invalid):
        withdrawing.withdraw(org.senior_reviewer.actor, blocked, made.override_id, " ")
    with pytest.raises(NotFound):
        withdrawing.withdraw(org.senior_reviewer.actor, blocked, uuid4(), "看错了")
    withdrawing.withdraw(org.senior_reviewer.actor, blocked, made.override_id, "看错了")
    case = read(org, blocked)
    assert (case.verdict, case.failed) == ("blocked", [CAP])
    with pytest.raises(Stale):
        withdrawing.withdraw(org.senior_reviewer.actor, blocked, made.override_id, "再撤")
    (kept,) = overrides(org, blocked)
    assert (kept.ended_why, kept.ended_reason) == ("withdrawn", "看错了")
    with pytest.raises(IntegrityError), unit_of_work(org.reviewer.actor) as work:
        work.execute("UPDATE finding_overrides SET ended_why = 'x' WHERE case_id = :case", case=blocked)
    for statement in ("UPDATE finding_overrides SET reason = 'x'", "DELETE FROM finding_overrides"):
        with pytest.raises(DBAPIError, match="permission denied"), unit_of_work(org.reviewer.actor) as work:
            work.execute(statement)
    assert set_aside(org, blocked).override_id != made.override_id


def _pass(org: Org, case_id: int) -> None:
    """Let the last day of a silence have been yesterday, as if a day had gone by without a sweep."""
    with unit_of_work(system(org.org_id)) as work:
        (made,) = [one for one in overrides(org, case_id) if one.ended_at is None]
        values = {column: getattr(made, column) for column in inspect(FindingOverride).columns.keys()}  # noqa: SIM118
        work.execute("UPDATE finding_overrides SET ended_at = now(), ended_why = 'facts' WHERE case_id = :c", c=case_id)
        later = made.created_at + timedelta(microseconds=1)
        values |= {"override_id": uuid4(), "until": today() - timedelta(days=1), "created_at": later}
        work.session.add(FindingOverride(**values))


def test_an_expired_silence_never_counts_even_before_it_is_swept(bench: Bench, org: Org, blocked: int) -> None:
    set_aside(org, blocked, kind="silence", until=today())
    assert read(org, blocked).verdict == "clear"
    _pass(org, blocked)
    waits = service.decide(org.reviewer.actor, ask_for(org, blocked))
    assert waits.needs == ["failed_check"]
    with pytest.raises(Stale):  # the proposer saw a verdict that had lapsed
        service.answer(org.senior_reviewer.actor, waits.decision_id, agree=True, reason="同意")


def test_an_expired_silence_is_told_before_it_is_swept(bench: Bench, org: Org, blocked: int) -> None:
    set_aside(org, blocked, kind="silence", until=today())
    client = bench.client(org.reviewer)
    assert "可以起诉" in client.get(f"/cases/{blocked}").get_data(as_text=True)
    _pass(org, blocked)
    assert read(org, blocked).verdict == "clear"
    page = client.get(f"/cases/{blocked}").get_data(as_text=True)
    assert "可以起诉" not in page
    assert "不宜直接起诉" in page
    assert "静默已到截止日，结论待更新" in page
    assert "不再搁置 · 已到截止日" in page
    english = client.get(f"/cases/{blocked}", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert "No longer set aside · Its last day has passed" in english
    lapsing.sweep()
    assert "静默已到截止日，结论待更新" not in client.get(f"/cases/{blocked}").get_data(as_text=True)


def test_the_sweep_brings_an_expired_silence_back(bench: Bench, org: Org, blocked: int) -> None:
    set_aside(org, blocked, kind="silence", until=today())
    lapsing.sweep()
    assert read(org, blocked).verdict == "clear"
    _pass(org, blocked)
    before = read(org, blocked).version
    lapsing.sweep()
    case = read(org, blocked)
    assert (case.verdict, case.failed, case.version) == ("blocked", [CAP], before + 1)
    assert overrides(org, blocked)[-1].ended_why == "date"
    assert [event.new["why"] for event in bench.events(org, "review:finding:expire")] == ["date"]
    lapsing.sweep()
    assert len(bench.events(org, "review:finding:expire")) == 1


# ------------------------------------------------------------------------------------------ audited anew


def again(org: Org, case_id: int, facts: dict[str, Any] | None = None, as_of: date | None = None) -> None:
    with unit_of_work(system(org.org_id)) as work:
        move_cases(work, Verb.AUDIT_ANEW, [case_id], reason="测试")
        if facts is not None:
            keep(work, [case_id], "answer")
            work.execute(
                "UPDATE case_files SET facts = CAST(CAST(facts AS jsonb) || CAST(:facts AS jsonb) AS json), "
                "facts_version = facts_version + 1 "
                "WHERE org_id = :org AND case_id = :case",
                org=org.org_id,
                case=case_id,
                facts=orjson.dumps(facts).decode(),
            )
        move_cases(work, Verb.FINISH_AUDIT, audit.audit_again(work, [case_id], as_of=as_of).case_ids)


@pytest.fixture
def dead(bench: Bench, org: Org) -> int:
    """A really audited case that is blocked because its borrower is said to be deceased."""
    batch_id, (case_id,) = a_batch(bench, org, {"facts": {"deceased": True}})
    run(bench, org, batch_id)
    assert "capacity.deceased" in read(org, case_id).failed
    set_aside(org, case_id, "capacity.deceased")
    assert "capacity.deceased" not in read(org, case_id).failed
    return case_id


def ended(org: Org, case_id: int) -> str | None:
    return overrides(org, case_id)[-1].ended_why


def test_an_override_outlasts_an_audit_that_finds_the_same(org: Org, dead: int) -> None:
    again(org, dead)
    again(org, dead, {"employer_note": "与本项无关"})
    again(org, dead, as_of=today() + timedelta(days=3))
    assert ended(org, dead) is None
    assert "capacity.deceased" not in read(org, dead).failed


def test_an_override_ends_when_a_fact_that_the_finding_used_changes(bench: Bench, org: Org, dead: int) -> None:
    again(org, dead, {"deceased": False})
    assert ended(org, dead) == "facts"
    again(org, dead, {"deceased": True})
    assert "capacity.deceased" in read(org, dead).failed
    assert [event.new["why"] for event in bench.events(org, "review:finding:expire")] == ["facts"]


def test_an_override_ends_when_a_policy_changes_the_finding(bench: Bench, org: Org, dead: int) -> None:
    approved(bench, org, {"checks/capacity.deceased/severity": "warn", "checks/capacity.deceased/reason": "由人工核对"})
    again(org, dead)
    assert ended(org, dead) == "policy"
    assert read(org, dead).verdict != "clear"


def test_an_override_outlasts_a_policy_that_says_the_same_of_it(bench: Bench, org: Org, dead: int) -> None:
    approved(bench, org, {"checks/capacity.student/severity": "warn", "checks/capacity.student/reason": "由人工核对"})
    again(org, dead)
    assert ended(org, dead) is None


def test_an_override_ends_when_other_cases_change_the_finding(bench: Bench, org: Org) -> None:
    batch_id, (case_id,) = a_batch(bench, org, {})
    phone = sound_person()["mobile"]
    twin = {"id_no": "440524188001010014", "mobile": phone}
    bench.case(org, batch_id, facts={**sound_facts(), "account_no": "HT-TWIN"}, personal=twin)
    run(bench, org, batch_id)
    assert _found(org, case_id, "duplicate.contact") == "warn"
    overriding.set_aside(org.reviewer.actor, wish(org, case_id, "duplicate.contact"))
    third = {"id_no": "440305199003074576", "mobile": phone}
    bench.case(org, batch_id, facts={**sound_facts(), "account_no": "HT-3"}, personal=third)
    again(org, case_id)
    assert ended(org, case_id) == "related"


def _found(org: Org, case_id: int, check: str) -> str:
    with unit_of_work(org.reviewer.actor) as work:
        case = work.session.get_one(Case, (org.org_id, case_id))
        found = work.session.get_one(AuditRun, (org.org_id, case.run_id))
        return next(str(answer[1]) for answer in found.findings if answer[0] == check)


def test_a_decided_case_keeps_what_it_was_decided_on_and_is_judged_anew_when_reopened(org: Org, blocked: int) -> None:
    set_aside(org, blocked, kind="silence", until=today())
    service.decide(org.reviewer.actor, ask_for(org, blocked))
    _pass(org, blocked)
    lapsing.sweep()
    assert read(org, blocked).verdict == "clear"
    assert overrides(org, blocked)[-1].ended_at is None
    with unit_of_work(org.senior_reviewer.actor) as work:
        move_cases(work, Verb.REOPEN, [blocked], reason="重新审核")
    assert read(org, blocked).verdict == "blocked"
    assert overrides(org, blocked)[-1].ended_why == "date"


def test_a_dry_run_goes_by_what_counts(bench: Bench, org: Org, dead: int) -> None:
    values = {"checks/capacity.deceased/severity": "warn", "checks/capacity.deceased/reason": "由人工核对"}
    unrelated = tried(bench, org, drafted(org, RELAXED), {"last": 10})
    assert unrelated.counts["verdict_changes"] == 0
    changing = tried(bench, org, drafted(org, values), {"last": 10})
    assert changing.counts["moves"] == [["clear", "attention", 1, changing.counts["moves"][0][3]]]


# ---------------------------------------------------------------------------------------------- the rule


CHECKS = ("a", "b", "c", "d")
SETS = st.lists(st.sampled_from(CHECKS), unique=True)


class Found:
    def __init__(self, failed: list[str], warned: list[str], missing: list[str]) -> None:
        self.failed, self.warned, self.missing = failed, warned, missing
        self.verdict = "blocked" if failed else "attention" if missing or set(warned) - {"a"} else "clear"


@given(SETS, SETS, SETS, st.sets(st.sampled_from(CHECKS)))
def test_setting_aside_never_makes_a_verdict_worse_and_hides_nothing_else(
    failed: list[str], warned: list[str], missing: list[str], aside: set[str]
) -> None:
    found = Found(failed, warned, missing)
    stands = standing(found, dict.fromkeys(CHECKS, "warn") | {"a": "info"}, aside)
    order = ("clear", "attention", "blocked")
    assert order.index(stands.verdict) <= order.index(found.verdict)
    assert set(stands.failed) == set(failed) - aside
    assert set(stands.missing) == set(missing) - aside
    assert (stands.verdict == "blocked") == bool(set(failed) - aside)


@given(st.dates(), st.none() | st.dates(), st.booleans())
def test_what_has_ended_or_passed_never_counts(day: date, until: date | None, over: bool) -> None:
    if over or (until is not None and until < day):
        assert not counts_on(day, until, ended=over)


# ---------------------------------------------------------------------------------------------- the page


def test_the_page_sets_aside_and_keeps_what_was_typed_when_refused(bench: Bench, org: Org, blocked: int) -> None:
    client = bench.client(org.senior_reviewer)
    page = client.get(f"/cases/{blocked}").get_data(as_text=True)
    case = read(org, blocked)
    form = {
        "csrf_token": csrf(page),
        "kind": "silence",
        "reason": "短理由",
        "version": case.version,
        "run": case.run_id,
        "until": (today() + timedelta(days=30)).isoformat(),
    }
    address = f"/cases/{blocked}/findings/{CAP}/override"
    refused = client.post(address, data=form)
    assert refused.status_code == 422
    assert "短理由" in refused.get_data(as_text=True)
    assert client.post(address, data=form | {"reason": WHY}).status_code == 302
    (made,) = overrides(org, blocked)
    page = client.get(f"/cases/{blocked}").get_data(as_text=True)
    assert "已静默" in page
    answer = client.post(
        f"/cases/{blocked}/overrides/{made.override_id}/withdraw", data={"csrf_token": csrf(page), "reason": "看错了"}
    )
    assert answer.status_code == 302
    assert "看错了" in client.get(f"/cases/{blocked}").get_data(as_text=True)
    assert "推翻或静默此结论" not in bench.client(org.reviewer).get(f"/cases/{blocked}").get_data(as_text=True)
