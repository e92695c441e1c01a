"""The claim statement as people get it."""

import io
from datetime import date
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.money import fen
from reviewdesk.review.statement_tables import method_of
from reviewdesk.review.statements import made_under
from tests.audit.test_ledger_checks import FOUR, rows
from tests.builders import Bench, Org
from tests.pdf import text_of

FACTS: dict[str, Any] = {
    "lender_kind": "consumer_finance",
    "contract_date": "2024-01-10",
    "disbursed_on": "2024-01-10",
    "due_on": "2025-01-10",
    "principal": fen("12000"),
    "annual_rate": "0.24",
    "penalty_rate": "0.24",
    "repayment_method": "equal_instalments",
    "terms": 12,
    "outstanding_principal": fen("8312.32"),
    "interest_due": fen("475.42"),
    "penalty_due": fen("78.47"),
    "total_claimed": fen("8866.21"),
    "accelerated_on": "2024-08-20",
    "calculated_to": "2024-08-20",
    "repayments": rows(*FOUR),
}


def a_case(bench: Bench, org: Org, **changes: Any) -> int:
    return bench.audited_case(org, facts={**FACTS, **changes})


@pytest.mark.parametrize("role", ["reviewer", "senior_reviewer", "compliance"])
def test_the_page_shows_each_line_and_no_personal_data(bench: Bench, role: str) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org)
    client = bench.client(org.people[role])
    page = client.get(f"/cases/{case_id}/statement").get_data(as_text=True)
    for shown in ("债权计算书", "8,312.32", "35.17", "78.47", "1,134.72", "民法典第561条"):
        assert shown in page
    assert "11010519491231002X" not in page
    assert f"/cases/{case_id}/statement" in client.get(f"/cases/{case_id}").get_data(as_text=True)


def test_a_payment_and_its_reversal_stand_in_every_form_of_it(bench: Bench) -> None:
    org = bench.organisation()
    bounced = rows(*FOUR, ("2024-06-10", "1134.72"), ("2024-06-12", "-1134.72"))
    case_id = a_case(bench, org, repayments=bounced)
    client = bench.client(org.reviewer)
    page = client.get(f"/cases/{case_id}/statement").get_data(as_text=True)
    for shown in ("2024-06-12冲正，视为未付", "-1,134.72", "冲正2024-06-10的还款", "8,312.32", "视为从未支付"):
        assert shown in page
    assert "None" not in page
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/cases/{case_id}/statement.xlsx").get_data()))
    paid = [row for sheet in book for row in sheet.iter_rows(values_only=True) if 1134.72 in row or -1134.72 in row]
    assert [row[1] for row in paid] == [1134.72] * 5 + [-1134.72]
    assert client.get(f"/cases/{case_id}/statement.pdf").get_data().startswith(b"%PDF")


def test_the_page_in_english(bench: Bench) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org)
    answer = bench.client(org.reviewer).get(f"/cases/{case_id}/statement", headers={"Accept-Language": "en"})
    assert "Payments and their set-off" in answer.get_data(as_text=True)


def test_the_workbook_holds_every_table_and_its_download_is_an_event(bench: Bench) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org)
    answer = bench.client(org.reviewer).get(f"/cases/{case_id}/statement.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == [
        "债权计算书",
        "计算结果",
        "重算与表列数额对照",
        "利息与费用逐期计算",
        "还款逐笔抵充",
        "抵充顺序对照",
        "息费上限逐期计算",
    ]
    text = [str(cell.value) for sheet in book for row in sheet for cell in row]
    assert "8312.32" in text
    assert not any("11010519491231002X" in one for one in text)
    assert [event.new for event in bench.events(org, "review:statement:download")] == [{"format": "xlsx"}]


def test_the_document_is_a_pdf(bench: Bench) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org)
    answer = bench.client(org.compliance).get(f"/cases/{case_id}/statement.pdf")
    assert answer.data.startswith(b"%PDF-")
    assert "可主张总额8,865.44" in text_of(answer.data)


def test_what_is_absent_is_named(bench: Bench) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org, repayments=None, calculated_to=None)
    client = bench.client(org.reviewer)
    assert "计算截止日" in client.get(f"/cases/{case_id}/statement").get_data(as_text=True)
    assert client.get(f"/cases/{case_id}/statement.pdf").status_code == 409


def test_without_a_ledger_the_page_says_so(bench: Bench) -> None:
    org = bench.organisation()
    page = bench.client(org.reviewer).get(f"/cases/{a_case(bench, org, repayments=None)}/statement")
    assert "没有还款明细" in page.get_data(as_text=True)


def test_a_foreign_case_is_not_found(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    case_id = a_case(bench, org)
    for form in ("", ".xlsx", ".pdf"):
        assert bench.client(other.reviewer).get(f"/cases/{case_id}/statement{form}").status_code == 404


@pytest.mark.parametrize(
    ("stated", "told"),
    [(None, "一年365天"), ("365", "一年365天"), ("360", "一年360天"), ("actual", "平年365天、闰年366天")],
)
def test_the_method_tells_by_which_year_days_are_counted(stated: str | None, told: str) -> None:
    made = made_under({**FACTS, "day_count": stated}, UUID(int=1), BUILT_IN, date(2026, 11, 23))
    assert isinstance(made, ClaimStatement)
    assert told in method_of(made)[0].zh
    assert "上限按实际天数、一年365天计算" in "".join(sentence.zh for sentence in method_of(made))
