"""The queue: filters, search, order and paging, counts."""

from datetime import date, timedelta

import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.review import desk, queries, service
from reviewdesk.review.queries import Filters
from tests.builders import Bench, Org
from tests.review.helpers import ask_for


def found(org: Org, **filters) -> list[int]:
    with unit_of_work(org.reviewer.actor) as work:
        return [row.case_id for row in queries.queue(work, Filters(**filters))]


def expire(org: Org, case_id: int, day: date) -> None:
    with unit_of_work(org.reviewer.actor) as work:
        work.execute(
            "UPDATE cases SET limitation_expiry = :day WHERE org_id = :org AND case_id = :case",
            org=org.org_id,
            case=case_id,
            day=day,
        )


def test_the_queue_holds_what_is_in_review_of_this_organisation(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    mine = bench.audited_case(org)
    bench.case(org)
    bench.audited_case(other)
    assert found(org) == [mine]


def test_filters_narrow_the_queue(bench: Bench) -> None:
    org = bench.organisation()
    batch = bench.batch(org)
    one = bench.audited_case(
        org, batch, verdict="blocked", failed=("claim.sum",), facts={"total_claimed": 500_000, "days_overdue": 400}
    )
    other = bench.audited_case(org, facts={"outstanding_principal": 90_000, "days_overdue": 100})
    soon = today() + timedelta(days=10)
    expire(org, one, soon)
    assert found(org, batch=batch) == [one]
    assert found(org, verdict="blocked") == [one]
    assert found(org, check="claim.sum") == found(org, check="claim.sum", outcome="fail") == [one]
    assert found(org, outcome="fail") == [one]
    assert found(org, check="claim.sum", outcome="missing") == found(org, outcome="warn") == []
    assert found(org, amount_from=500_000) == [one]
    assert found(org, amount_to=90_000) == [other]
    assert found(org, overdue_from=101) == [one]
    assert found(org, overdue_to=100) == [other]
    assert found(org, expiry_from=soon, expiry_to=soon) == [one]
    assert found(org, view="near") == [one]
    assert found(org, view="blocked", state="in_review") == [one]
    assert found(org, state="approved") == []
    assert set(found(org, state="any")) == {one, other}


def test_assignee_filters_follow_live_claims(bench: Bench) -> None:
    org = bench.organisation()
    one, other = bench.audited_case(org), bench.audited_case(org)
    desk.claim(org.reviewer.actor, one)
    assert found(org, assignee="me") == found(org, view="mine") == [one]
    assert found(org, assignee="none") == [other]
    assert found(org, assignee=str(org.reviewer.person_id)) == [one]


@pytest.mark.parametrize(
    "text",
    [
        "张无忌",
        " 张无忌 ",
        "440524188001010014",
        "44052418800101001４",
        "13912345678",
        "139 1234 5678",
        "+8613912345678",
    ],
)
def test_search_finds_exact_personal_values_through_the_blind_index(bench: Bench, text: str) -> None:
    org, other = bench.organisation(), bench.organisation()
    who = {"borrower_name": "张无忌", "id_no": "440524188001010014", "mobile": "13912345678"}
    case_id = bench.audited_case(org, personal=who)
    bench.audited_case(org)
    bench.audited_case(other, personal=who)
    assert found(org, text=text) == [case_id]


def test_search_finds_case_and_account_numbers(bench: Bench) -> None:
    org = bench.organisation()
    case_id = bench.audited_case(org)
    bench.audited_case(org)
    for text in (f"C-2026-{case_id:06d}", f"c2026{case_id:06d}", f"{case_id:06d}", str(case_id), f"HT{case_id:08d}"):
        assert found(org, text=text) == [case_id], text
    assert found(org, text="张") == []


def test_paging_shows_every_case_once_in_a_stable_order(bench: Bench) -> None:
    org = bench.organisation()
    ids = [bench.audited_case(org) for _ in range(7)]
    for case_id, days in zip(ids, [30, 10, None, 10, 20, None, 10], strict=True):
        if days:
            expire(org, case_id, today() + timedelta(days=days))
    expected = [ids[1], ids[3], ids[6], ids[4], ids[0], ids[2], ids[5]]
    seen: list[int] = []
    after = None
    with unit_of_work(org.reviewer.actor) as work:
        while rows := queries.queue(work, Filters(), after=after, size=2):
            seen += [row.case_id for row in rows[:2]]
            after = rows[:2][-1].cursor
    assert seen == expected


def test_the_queue_is_read_by_sum_and_by_days_overdue_too(bench: Bench) -> None:
    org = bench.organisation()
    facts = [(500, 100), (900, None), (None, 300), (900, 200)]
    ids = [bench.audited_case(org, facts={"total_claimed": sum_, "days_overdue": days}) for sum_, days in facts]
    expected = {"amount": [ids[3], ids[1], ids[0], ids[2]], "overdue": [ids[2], ids[3], ids[0], ids[1]]}
    for order, wanted in expected.items():
        seen: list[int] = []
        after = None
        with unit_of_work(org.reviewer.actor) as work:
            while rows := queries.queue(work, Filters(order=order), after=after, size=1):
                seen.append(rows[0].case_id)
                after = rows[0].cursor
        assert seen == wanted
    page = bench.client(org.reviewer).get("/review?order=amount").text
    assert "金额从大到小" in page
    assert bench.client(org.reviewer).get("/review?order=case_id").status_code == 422


@pytest.mark.parametrize("typed", ["10000", "10,000.00", "￥10，000", "1 万", "1.0万元"])
def test_an_amount_is_read_as_people_type_it(typed: str) -> None:
    assert queries.read_filters({"amount_from": typed}).amount_from == 1_000_000


@pytest.mark.parametrize("typed", ["一万", "万", "1.001", "1e9x"])
def test_an_amount_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        queries.read_filters({"amount_from": typed})


@pytest.mark.parametrize(
    ("order", "cursor"),
    [
        *((None, cursor) for cursor in ("x", "2026-13-01_5", "_", "2026-01-01_", f"_{2**63}")),
        *(("amount", cursor) for cursor in ("2026-01-01_5", f"{2**63}_5")),
        ("overdue", f"{2**31}_5"),
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(bench: Bench, order: str | None, cursor: str) -> None:
    org = bench.organisation()
    with unit_of_work(org.reviewer.actor) as work, pytest.raises(Invalid):
        queries.queue(work, Filters(order=order), after=cursor)


def test_view_counts_and_sums(bench: Bench) -> None:
    org = bench.organisation()
    blocked = bench.audited_case(org, verdict="blocked", failed=("claim.sum",), facts={"total_claimed": 500})
    bench.audited_case(org, facts={"outstanding_principal": 70})
    service.decide(org.reviewer.actor, ask_for(org, blocked))
    with unit_of_work(org.reviewer.actor) as work:
        counts = queries.view_counts(work)
        assert queries.count(work, Filters(view="blocked")) == counts["blocked"]
    assert (counts["all"].cases, counts["all"].amount) == (2, 570)
    assert (counts["blocked"].cases, counts["waiting"].cases, counts["near"].cases) == (1, 1, 0)


def test_filters_are_read_from_a_query_string_and_written_back() -> None:
    given = {"view": "near", "amount_from": "1000.00", "overdue_to": "30", "expiry_to": "2026-12-31", "empty": ""}
    read = queries.read_filters(given)
    assert read == Filters(view="near", amount_from=100_000, overdue_to=30, expiry_to=date(2026, 12, 31))
    assert queries.read_filters(read.as_json()) == read


@pytest.mark.parametrize(
    "args",
    [
        {"view": "x"},
        {"batch": "1"},
        {"state": "gone"},
        {"amount_from": "1.234"},
        {"overdue_to": "-1"},
        {"check": "a'b"},
    ],
)
def test_a_filter_that_cannot_be_read_is_named(args: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        queries.read_filters(args)
    assert caught.value.details["field"] == next(iter(args))
