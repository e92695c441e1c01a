"""The complaint that counsel gets as a draft: its parties, requests and sums."""

from datetime import date
from typing import Any
from uuid import UUID

from reviewdesk.audit.policy import BUILT_IN
from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.handover.complaint import BLANK, Complaint, complaint_of
from reviewdesk.handover.complaint_files import complaint_document
from reviewdesk.handover.packed import PackedCase
from reviewdesk.handover.workbook import CaseRow
from reviewdesk.money import fen
from reviewdesk.review.statements import made_under
from tests.pdf import fonts_of, text_of
from tests.review.test_statements import FACTS

PERSONAL = {"borrower_name": "张三", "id_no": "11010519491231002X", "mobile": "13800138000"}
LENDER = {"lender_name": "甲消费金融有限公司", "lender_code": "91350100M000100Y43", "account_no": "HT1"}


def complaint(*loans: dict[str, Any], personal: dict[str, str] | None = None) -> Complaint:
    filing = []
    for number, facts in enumerate(loans, 1):
        made = made_under(facts, UUID(int=1), BUILT_IN, date(2026, 11, 23))
        assert isinstance(made, ClaimStatement)
        row = CaseRow(
            number=f"C-2026-{number:06d}",
            platform="平台",
            state="",
            batch_row=1,
            facts=facts,
            personal=PERSONAL if personal is None else personal,
            verdict="",
            failed=(),
            set_aside=(),
            joined_with="",
            claimable=made.claimable,
            excess=None,
            court_fee=None,
            court_fee_halved=None,
            limitation_expiry=None,
            reason="",
            entrusted_on=None,
        )
        filing.append((PackedCase(UUID(int=1), number, row, facts, BUILT_IN, date(2026, 11, 23)), made))
    return complaint_of(filing)


def test_the_requests_make_up_what_may_be_claimed() -> None:
    made = complaint({**FACTS, **LENDER, "agreed_court": "佛山市南海区人民法院"})
    principal, overdue, costs = made.requests
    assert "借款本金8312.32元" in principal
    assert "553.12元" in principal
    assert made.amount == fen("8312.32") + fen("553.12") == fen("8865.44")
    assert "自2024年8月20日起" in overdue
    assert "按年利率24%" in overdue
    assert "诉讼费用" in costs
    assert (made.cause, made.court) == ("金融借款合同纠纷", "佛山市南海区人民法院")


def test_a_suit_that_accelerates_says_so_and_asks_no_penalty_on_the_rest_before_service() -> None:
    by_suit = complaint({**FACTS, **LENDER, "accelerated_by": "by_suit"})
    assert "出借人以本诉状宣布借款提前到期" in by_suit.reasons[0]
    assert "以已到期未付本金（其余本金自起诉状副本送达之日起计入）为基数" in by_suit.requests[1]
    noticed = complaint({**FACTS, **LENDER, "accelerated_on": "2024-08-20", "acceleration_arrived_on": "2024-08-22"})
    assert "2024年8月20日，出借人宣布借款提前到期，通知于2024年8月22日送达被告。" in noticed.reasons[0]
    assert "以尚欠本金为基数" in noticed.requests[1]


def test_the_defendant_is_told_by_the_id_number_and_blanks_stay_blank() -> None:
    plaintiff, _agent, defendant = complaint({**FACTS, **LENDER}).parties
    assert "91350100M000100Y43" in plaintiff
    assert BLANK in plaintiff
    assert "张三，女，1949年12月31日出生" in defendant
    masked = complaint({**FACTS, **LENDER}, personal={"borrower_name": "张*", "id_no": "1101**********002X"})
    assert f"张*，{BLANK}，{BLANK}出生" in masked.parties[2]


def test_a_suit_asks_for_each_loan_and_adds_up() -> None:
    made = complaint({**FACTS, **LENDER}, {**FACTS, **LENDER, "account_no": "HT2"})
    assert [request.split("，")[0] for request in made.requests[::2]] == [
        "判令被告就借据HT1",
        "判令被告就借据HT2",
        "判令被告承担本案诉讼费用。",
    ]
    assert made.amount == 2 * fen("8865.44")
    assert len(made.reasons) == 3
    printed = complaint_document(made)
    assert all(held for _name, held in fonts_of(printed))
    assert "即诉讼标的额：17730.88元" in text_of(printed)


def test_a_recourse_asks_for_what_was_paid_and_names_its_ground() -> None:
    facts = {
        **LENDER,
        "lender_kind": "guarantor",
        "claim_paid": fen("9000"),
        "claim_paid_on": "2026-01-10",
        "outstanding_principal": fen("9000"),
        "interest_due": 0,
        "calculated_to": "2026-11-23",
    }
    made = complaint(facts)
    assert made.cause == "追偿权纠纷"
    assert "代偿（理赔）款9000.00元" in made.requests[0]
    assert "2026年1月10日代为偿付（理赔）9000.00元" in made.reasons[0]
    assert "第700条" in made.reasons[-1]
