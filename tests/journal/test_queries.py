"""Finding events, on the real database."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid, NotFound
from reviewdesk.intake.models import Case
from reviewdesk.journal import queries
from reviewdesk.journal.queries import Entry, Filters, read_filters
from reviewdesk.journal.service import record
from tests.builders import Bench, Org, Someone


def note(by: Someone, action: str = "review:comment:add", subject: tuple[str, Any] = ("thing", 1), **more: Any) -> int:
    """Record one event and return its id."""
    with unit_of_work(by.actor) as work:
        return record(work, action, subject, **more).event_id


def found(org: Org, size: int = 50, before: str | None = None, **filters: str) -> list[Entry]:
    with unit_of_work(org.compliance.actor) as work:
        return queries.page(work, read_filters(filters), size=size, before=before)


def ids(entries: list[Entry]) -> list[int]:
    return [entry.event_id for entry in entries]


def test_the_journal_reads_newest_first_and_page_by_page(bench: Bench) -> None:
    org = bench.organisation()
    written = [note(org.reviewer) for _ in range(5)]
    first = found(org, size=2)
    assert ids(first) == written[:1:-1]
    second = found(org, size=2, before=first[1].cursor)
    assert ids(second) == written[2::-1]


def test_an_organisation_reads_its_own_journal_only(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    event = note(org.reviewer)
    assert found(other) == []
    with pytest.raises(NotFound) as refused, unit_of_work(other.compliance.actor) as work:
        queries.find(work, event)
    assert refused.value.refusal is not None


def test_filters_narrow_by_person_action_subject_batch_outcome_and_days(bench: Bench) -> None:
    org = bench.organisation()
    batch = bench.batch(org)
    one = note(org.reviewer, "review:bulk:start", ("bulk", "b1"))
    two = note(org.uploader, "intake:batch:upload", ("batch", batch), batch_id=batch)
    three = note(org.reviewer, "review:decision:confirm", ("decision", "d1"), outcome="refused")
    day = today()
    expected: list[tuple[dict[str, str], list[int]]] = [
        ({"person": str(org.reviewer.person_id)}, [three, one]),
        ({"action": "review:"}, [three, one]),
        ({"action": "review:bulk:"}, [one]),
        ({"action": "intake:batch:upload"}, [two]),
        ({"subject": "bulk"}, [one]),
        ({"subject": "decision:d1"}, [three]),
        ({"batch": str(batch)}, [two]),
        ({"outcome": "refused"}, [three]),
        ({"since": day.isoformat(), "until": day.isoformat()}, [three, two, one]),
        ({"since": (day + timedelta(days=1)).isoformat()}, []),
        ({"until": (day - timedelta(days=1)).isoformat()}, []),
        ({"action": "review:", "outcome": "done"}, [one]),
    ]
    for filters, events in expected:
        assert ids(found(org, **filters)) == events, filters


def test_text_finds_words_values_and_people(bench: Bench) -> None:
    org = bench.organisation()
    upload = note(org.uploader, "intake:batch:upload", ("batch", "b"), new={"name": "十月_100%"})
    other = note(org.reviewer, "review:bulk:discard", ("bulk", "b"))
    for text, events in [
        ("上传", [upload]),
        ("uploaded a WORKBOOK", [upload]),
        ("_100%", [upload]),
        ("%", [upload]),
        (org.reviewer.name, [other]),
        ("nothing of the kind", []),
    ]:
        assert ids(found(org, text=text)) == events, text


def test_a_case_is_found_by_number_and_id_also_within_sets(bench: Bench) -> None:
    org = bench.organisation()
    batch = bench.batch(org)
    case, neighbour = bench.case(org, batch), bench.case(org, batch)
    alone = note(org.reviewer, "review:case:claim", ("case", case), case_id=case, batch_id=batch)
    note(org.reviewer, "review:case:claim", ("case", neighbour), case_id=neighbour, batch_id=batch)
    both = note(org.uploader, "intake:batch:load", ("batch", batch), batch_id=batch, cases=[case, neighbour])
    note(org.uploader, "intake:batch:load", ("batch", batch), batch_id=batch, cases=[neighbour])
    with unit_of_work(org.compliance.actor) as work:
        number = work.session.get_one(Case, (org.org_id, case)).number
        history = queries.history(work, case, batch)
    assert ids(history) == [both, alone]
    assert ids(found(org, case=str(case))) == ids(found(org, case=number.lower())) == [both, alone]
    assert found(org, case="C-2026-999999") == []
    assert (history[0].cases, history[0].batch_name) == (2, "测试批次")
    assert history[1].case_number == number
    assert number in history[1].told.zh


def test_a_history_reads_page_by_page(bench: Bench) -> None:
    org = bench.organisation()
    batch = bench.batch(org)
    case = bench.case(org, batch)
    written = [note(org.reviewer, case_id=case, batch_id=batch) for _ in range(3)]
    written += [note(org.reviewer, cases=[case], batch_id=batch) for _ in range(3)]
    with unit_of_work(org.compliance.actor) as work:
        first = queries.history(work, case, batch, size=4)[:4]
        rest = queries.history(work, case, batch, size=4, before=first[3].cursor)
    assert ids(first) + ids(rest) == written[::-1]


def test_people_are_told_by_name(bench: Bench) -> None:
    org = bench.organisation()
    note(org.senior_reviewer, "review:case:assign", ("case", 1), new={"assignee": str(org.reviewer.person_id)})
    note(org.administrator, "accounts:person:disable", ("person", org.uploader.person_id))
    disabled, assigned = found(org)
    assert disabled.told.zh == f"停用人员 {org.uploader.name}"
    assert assigned.told.en.endswith(f"assignee {org.reviewer.name}")


def test_facts_are_told_by_their_labels_and_money_in_yuan(bench: Bench) -> None:
    org = bench.organisation()
    note(org.uploader, "review:facts:edit", old={"principal": 1_200_000}, new={"principal": 1_150_050})
    note(org.uploader, "intake:batch:load", new={"totals": {"principal": 300}, "counts": {"loaded": 2}})
    loaded, edited = found(org)
    assert edited.told.zh == "修改案件的事实：借款本金 12,000.00 → 11,500.50"
    assert edited.as_json()["new"] == {"principal": "11500.50"}
    assert loaded.as_json()["new"] == {"totals": {"principal": "3.00"}, "counts": {"loaded": 2}}


@pytest.mark.parametrize(
    "filters",
    [
        {"since": "yesterday"},
        {"person": "me"},
        {"action": "drop table"},
        {"subject": "A B"},
        {"case": "张三"},
        {"batch": "1"},
        {"outcome": "maybe"},
    ],
)
def test_a_filter_that_cannot_be_read_is_named(filters: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_filters(filters)
    assert refused.value.details["field"] == next(iter(filters))


def test_a_foreign_cursor_is_refused(bench: Bench) -> None:
    org = bench.organisation()
    with pytest.raises(Invalid):
        found(org, before="x")


def test_filters_come_back_from_plain_strings() -> None:
    filters = Filters(since=today(), person=uuid4(), action="review:", batch=UUID(int=5), text="理由")
    assert read_filters(filters.as_json()) == filters
