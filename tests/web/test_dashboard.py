"""The first page, the search box and the operations page show what is there, and only to those whom it concerns."""

from datetime import timedelta

from sqlalchemy import update

from reviewdesk.actor import system
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.intake.models import Case
from reviewdesk.outbox import Job
from reviewdesk.web import queries
from reviewdesk.web.dashboard import sections_for
from tests.builders import Bench, Org, csrf
from tests.web.world import build


def expire(org: Org, case_id: int, days: int) -> None:
    """Let a case's limitation end so many days from today."""
    with unit_of_work(org.uploader.actor) as work:
        work.session.execute(
            update(Case)
            .where(Case.org_id == org.org_id, Case.case_id == case_id)
            .values(limitation_expiry=today() + timedelta(days=days))
        )


def numbers(org: Org, role: str) -> dict[str, int]:
    """The tiles of a role's first page by their address."""
    return {tile.href: tile.number for section in sections_for(org.people[role].actor) for tile in section.tiles}


def test_a_reviewer_sees_what_is_urgent_first(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    batch = bench.batch(org)
    late = bench.audited_case(org, batch, verdict="blocked", failed=("limitation.expired",))
    near = bench.audited_case(org, batch, verdict="attention")
    bench.audited_case(org, batch)
    bench.audited_case(other)
    expire(org, late, -3)
    expire(org, near, 90)
    (section,) = sections_for(org.reviewer.actor)
    found = numbers(org, "reviewer")
    assert found["/review?state=in_review"] == 3
    assert found["/review?view=blocked"] == 1
    assert found[f"/review?expiry_to={today() - timedelta(days=1)}"] == 1
    assert found[f"/review?expiry_from={today()}&expiry_to={today() + timedelta(days=90)}"] == 1
    assert [case.case_id for case in section.urgent] == [late, near]
    assert section.shares == [("fail", 1), ("warn", 1), ("pass", 1)]


def test_second_approvals_leave_out_ones_own_proposals(bench: Bench) -> None:
    org = bench.organisation()
    build_for = build(bench, bench.firm())
    assert queries.count_second_approvals(build_for.org.senior_reviewer.actor) == 1
    assert queries.count_second_approvals(build_for.org.reviewer.actor) == 0
    assert queries.count_second_approvals(org.senior_reviewer.actor) == 0


def test_each_role_sees_its_own_sections(bench: Bench) -> None:
    org = bench.organisation()
    assert "/batches?state=mapping" in numbers(org, "uploader")
    assert "/journal?outcome=refused" in numbers(org, "compliance")
    assert "/operations?state=failed" in numbers(org, "administrator")
    assert "/review?view=mine" not in numbers(org, "administrator")


def test_counsel_sees_entrustments_and_finds_their_cases_by_number(bench: Bench) -> None:
    firm = bench.firm()
    world = build(bench, firm)
    assert numbers(firm, "counsel")["/entrustments?state=offered"] == 1
    entrusted = f"C-2026-{world.ids['entrusted_case_id']:06d}"
    other = f"C-2026-{world.ids['case_id']:06d}"
    assert [case.number for case in queries.find_cases(firm.counsel.actor, entrusted)] == [entrusted]
    assert queries.find_cases(firm.counsel.actor, other) == []
    assert queries.find_cases(firm.counsel.actor, "张三") == []


def test_search_finds_by_each_of_its_fields_within_the_organisation(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    who = {"borrower_name": "欧阳若兰", "id_no": "440524188001010014", "mobile": "13912345678"}
    case_id = bench.audited_case(org, personal=who, facts={"account_no": "JJ-77"})
    for words in (f"c-2026-{case_id:06d}", "JJ-77", "欧阳若兰", "440524188001010014", " 13912345678 "):
        assert [case.case_id for case in queries.find_cases(org.reviewer.actor, words)] == [case_id], words
        assert queries.find_cases(other.reviewer.actor, words) == []
    assert queries.find_cases(org.reviewer.actor, "欧阳") == []


def test_an_administrator_retries_a_failed_job_once(bench: Bench) -> None:
    world = build(bench, bench.firm())
    client = bench.client(world.org.administrator)
    page = client.get("/operations?state=failed").get_data(as_text=True)
    assert "重试" in page
    path = f"/operations/{world.ids['job_id']}/retry"
    assert client.post(path, data={"csrf_token": csrf(page)}).status_code == 302
    assert client.post(path, data={"csrf_token": csrf(page)}).status_code == 409
    (event,) = bench.events(world.org, "web:job:retry")
    assert event.subject_id == str(world.ids["job_id"])
    with unit_of_work(system(world.org.org_id)) as work:
        job = work.session.get_one(Job, (world.org.org_id, world.ids["job_id"]))
    assert job.state == "pending"


def test_operations_can_be_read_in_pages(bench: Bench) -> None:
    org = bench.organisation()
    with unit_of_work(org.uploader.actor) as work:
        work.session.add_all(
            Job(org_id=org.org_id, kind="audit.chunk", args={}, actor=system().to_json(), state="done")
            for _ in range(queries.JOBS_PER_PAGE + 5)
        )
    first = queries.list_jobs(org.administrator.actor, None, None)
    assert first.next is not None
    second = queries.list_jobs(org.administrator.actor, None, int(first.next))
    assert (len(first.items), len(second.items), second.next) == (queries.JOBS_PER_PAGE, 5, None)
    assert {job.job_id for job in first.items}.isdisjoint({job.job_id for job in second.items})
