"""The claim statement of a suit, and the cases that leave it."""

import io
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, NotFound
from reviewdesk.review import service, suit_statements, together
from reviewdesk.review.together import Joint
from tests.api.helpers import api_of
from tests.builders import Bench, Org, csrf
from tests.review.helpers import ask_for, read
from tests.review.test_statements import FACTS

SAME = {**FACTS, "lender_name": "甲消费金融有限公司", "agreed_court": "佛山市南海区人民法院"}
PLAN: Any = {"choice": "withdraw", "reason": "借款人已还清"}


@pytest.fixture
def org(bench: Bench) -> Org:
    return bench.organisation()


def loans(bench: Bench, org: Org, number: int = 2, **changes: Any) -> list[int]:
    """Cases of one borrower and lender, each claiming 8,866.21, of which 8,865.44 may be claimed."""
    return [bench.audited_case(org, facts={**SAME, **changes}, claimed=886_621) for _ in range(number)]


def a_suit(org: Org, cases: list[int]) -> UUID:
    return together.join(org.reviewer.actor, cases, one_filing=True, reason="同一借款人，同一出借人")


def joint(org: Org, case_id: int) -> Joint | None:
    with unit_of_work(org.reviewer.actor) as work:
        return together.joint_of(work, read(org, case_id))


def test_page_workbook_document_and_api_tell_the_same_sums(bench: Bench, org: Org) -> None:
    cases = loans(bench, org)
    suit = a_suit(org, cases)
    client = bench.client(org.reviewer)
    page = client.get(f"/joints/{suit}/statement").get_data(as_text=True)
    told = api_of(bench, org.reviewer).get(f"joints/{suit}/statement")
    assert told["sums"]["claimable"] == "17730.88"
    assert (told["fees"]["full"], told["fees"]["halved"]) == ("243.27", "121.64")
    for shown in ("17,730.88", "243.27", "121.64", *(read(org, case).number for case in cases), "第201条"):
        assert shown in page
    assert "11010519491231002X" not in page
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/joints/{suit}/statement.xlsx").data))
    assert book.sheetnames == ["债权计算书", "合计", *(read(org, case).number for case in cases)]
    cells = [cell.value for sheet in book for row in sheet for cell in row]
    assert {17730.88, 243.27, 121.64, 8312.32} <= set(cells)
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)
    assert client.get(f"/joints/{suit}/statement.pdf").data.startswith(b"%PDF-")
    events = bench.events(org, "review:statement:download")
    assert [(event.case_id, event.new["format"]) for event in events] == [
        (case, form) for form in ("xlsx", "pdf") for case in cases
    ]


def test_the_api_gives_the_documents_by_accept_and_address(bench: Bench, org: Org) -> None:
    suit = a_suit(org, loans(bench, org))
    api = api_of(bench, org.compliance)
    assert api.call("GET", f"joints/{suit}/statement", headers={"Accept": "application/pdf"}).data[:5] == b"%PDF-"
    assert api.call("GET", f"joints/{suit}/statement.xlsx").data[:2] == b"PK"
    told = api.get(f"joints/{suit}/statement")
    assert [loan["result"]["claimable"] for loan in told["loans"]] == ["8865.44"] * 2
    assert api_of(bench, org.uploader).problem("GET", f"joints/{suit}/statement", 403)
    other = api_of(bench, bench.organisation().reviewer)
    assert other.problem("GET", f"joints/{suit}/statement", 404)["code"] == "joint.unknown"


def test_a_case_without_statement_is_named_and_there_is_no_total(bench: Bench, org: Org) -> None:
    whole, lacking = *loans(bench, org, 1), *loans(bench, org, 1, repayments=None, calculated_to=None)
    suit = a_suit(org, [whole, lacking])
    client = bench.client(org.reviewer)
    page = client.get(f"/joints/{suit}/statement").get_data(as_text=True)
    assert "有案件缺少债权计算书" in page
    assert "各笔借款合计" not in page
    answer = client.get(f"/joints/{suit}/statement.pdf")
    assert answer.status_code == 409
    assert read(org, lacking).number in answer.get_data(as_text=True)


def test_cases_that_are_only_handled_together_have_no_statement_of_a_suit(bench: Bench, org: Org) -> None:
    handled = together.join(org.reviewer.actor, loans(bench, org), one_filing=False, reason="一并处理")
    with pytest.raises(Conflict) as refused:
        suit_statements.open_suit(org.reviewer.actor, handled)
    assert refused.value.code == "joint.no_suit"


def test_a_withdrawn_case_leaves_the_suit_and_its_totals(bench: Bench, org: Org) -> None:
    cases = loans(bench, org, 3)
    suit = a_suit(org, cases)
    service.decide(org.reviewer.actor, ask_for(org, cases[0], **PLAN))
    found = suit_statements.open_suit(org.reviewer.actor, suit)
    assert [loan.case.case_id for loan in found.loans] == cases[1:]
    assert found.made is not None
    assert found.made.sums.claimable == 2 * 886_544
    (left,) = found.joint.left
    assert (left.case_id, left.why.zh) == (cases[0], "已撤回")
    (event,) = bench.events(org, "review:joint:leave")
    assert event.case_id == cases[0]
    page = bench.client(org.reviewer).get(f"/joints/{suit}/statement").get_data(as_text=True)
    assert "已移出的案件" in page


def test_a_suit_of_which_one_case_is_left_ends(bench: Bench, org: Org) -> None:
    cases = loans(bench, org)
    suit = a_suit(org, cases)
    service.decide(org.reviewer.actor, ask_for(org, cases[0], **PLAN))
    assert joint(org, cases[1]) is None
    assert {event.case_id: event.new["reason"] for event in bench.events(org, "review:joint:leave")} == {
        cases[0]: "withdraw",
        cases[1]: "last",
    }
    with pytest.raises(NotFound):
        suit_statements.open_suit(org.reviewer.actor, suit)


def test_cases_only_handled_together_stay_so_when_one_is_withdrawn(bench: Bench, org: Org) -> None:
    cases = loans(bench, org)
    together.join(org.reviewer.actor, cases, one_filing=False, reason="一并处理")
    service.decide(org.reviewer.actor, ask_for(org, cases[0], **PLAN))
    assert joint(org, cases[1]) is not None


def test_a_person_takes_a_case_out_on_the_page_and_by_the_api(bench: Bench, org: Org) -> None:
    cases = loans(bench, org, 4)
    a_suit(org, cases)
    client = bench.client(org.reviewer)
    page = client.get(f"/cases/{cases[0]}/borrower").get_data(as_text=True)
    assert "移出合并" in page
    form = {"csrf_token": csrf(page), "reason": "另案处理"}
    assert client.post(f"/cases/{cases[3]}/joint/leave", data=form).status_code == 302
    api = api_of(bench, org.reviewer)
    told = api.post(f"cases/{cases[2]}/joint/leave", {"reason": "另案处理"}, 200)["joint"]
    assert [one["case_id"] for one in told["cases"]] == cases[:2]
    assert [one["case_id"] for one in told["left"]] == [cases[3], cases[2]]
    assert api.post(f"cases/{cases[1]}/joint/leave", {"reason": "另案处理"}, 200) == {"joint": None}
    assert api.problem("POST", f"cases/{cases[1]}/joint/leave", 409, json={"reason": "再移"})["code"] == "joint.none"
    assert joint(org, cases[0]) is None
