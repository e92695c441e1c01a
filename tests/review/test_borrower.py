"""One borrower's cases, joined over the organisation's batches."""

from reviewdesk.db import unit_of_work
from reviewdesk.review.borrower import borrower_of, other_cases
from tests.builders import Bench
from tests.review.helpers import read

ONE = {"borrower_name": "李四", "id_no": "11010519491231002X"}
OTHER = {"borrower_name": "王五", "id_no": "440524188001010014"}


def test_cases_of_one_borrower_are_joined(bench: Bench) -> None:
    org = bench.organisation()
    first = bench.audited_case(org, personal=ONE, claimed=100_00, facts={"lender_name": "甲"})
    second = bench.audited_case(org, personal=ONE, claimed=250_50, facts={"lender_name": "乙"})
    bench.audited_case(org, personal=OTHER, claimed=999_00)
    bench.audited_case(bench.organisation(), personal=ONE, claimed=777_00)
    ended = bench.case(org, personal=ONE, claimed=5_00)
    with unit_of_work(org.uploader.actor) as work:
        work.execute(
            "UPDATE cases SET state = 'withdrawn', version = version + 1 WHERE org_id = :org AND case_id = :case",
            org=org.org_id,
            case=ended,
        )
        case = read(org, first)
        found = borrower_of(work, case)
        assert other_cases(work, case) == 2
    assert {one.case_id for one in found.cases} == {first, second, ended}
    assert (found.number, found.open, found.lenders) == (3, 2, 2)
    assert (found.claimed, found.claimable) == (350_50, 350_50)


def test_the_page_is_reached_from_the_case(bench: Bench) -> None:
    org = bench.organisation()
    first = bench.audited_case(org, personal=ONE, claimed=100_00)
    client = bench.client(org.reviewer)
    assert f"/cases/{first}/borrower" not in client.get(f"/cases/{first}").get_data(as_text=True)
    second = bench.audited_case(org, personal=ONE, claimed=250_50)
    assert f"/cases/{first}/borrower" in client.get(f"/cases/{first}").get_data(as_text=True)
    page = client.get(f"/cases/{first}/borrower").get_data(as_text=True)
    assert read(org, second).number in page
    assert "350.50" in page
    assert ONE["id_no"] not in page
    assert ONE["borrower_name"] not in page
    stranger = bench.client(bench.organisation().reviewer)
    assert stranger.get(f"/cases/{first}/borrower").status_code == 404
