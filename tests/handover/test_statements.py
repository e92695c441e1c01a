"""The claim statement in the hands of counsel."""

import io

import openpyxl

from reviewdesk.handover import service as handover
from reviewdesk.review import service as review
from tests.builders import Bench, csrf
from tests.handover.test_service import entrusted, entrustment_of
from tests.review.helpers import ask_for
from tests.review.test_statements import FACTS


def _texts(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return " ".join(str(cell.value) for sheet in book for row in sheet for cell in row)


def test_counsel_reads_it_masked_and_gets_it_in_clear_once_accepted(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    case_id = bench.audited_case(org, facts={**FACTS, "total_claimed": 100_000})
    review.decide(org.reviewer.actor, ask_for(org, case_id))
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])
    entrustment = entrustment_of(org, case_id)
    client = bench.client(firm.counsel)
    address = f"/entrustments/{entrustment}"
    page = client.get(f"{address}/statement")
    assert page.status_code == 200
    assert "11010519491231002X" not in page.get_data(as_text=True)
    before = client.get(f"{address}/statement.xlsx")
    assert "11010519491231002X" not in _texts(before.data)
    token = csrf(client.get(address).get_data(as_text=True))
    client.post("/entrustments/accept", data={"csrf_token": token, "entrustments": str(entrustment)})
    assert "11010519491231002X" in _texts(client.get(f"{address}/statement.xlsx").data)
    assert len(bench.events(org, "handover:statement:download")) == 2


def test_another_firm_finds_nothing(bench: Bench) -> None:
    _org, _firm, _case_id, entrustment = entrusted(bench)
    other = bench.client(bench.firm().counsel)
    for form in ("", ".xlsx", ".pdf"):
        assert other.get(f"/entrustments/{entrustment}/statement{form}").status_code == 404
