"""Side sheets as the checks read them."""

from datetime import date, time

from reviewdesk.audit.sheets import Demand, EvidenceItem, Repayment, ScheduleRow
from reviewdesk.money import Fen
from tests.audit.cases import a_case


def test_a_case_without_side_sheets_says_that_nobody_gave_them() -> None:
    case = a_case()
    assert (case.repayments, case.demands, case.evidence_items, case.schedule_rows) == (None, None, None, None)


def test_an_empty_sheet_is_not_an_absent_one() -> None:
    case = a_case(repayments=[], demands=[], evidence=[], schedule=[])
    assert (case.repayments, case.demands, case.evidence_items, case.schedule_rows) == ((), (), (), ())


def test_rows_are_read_with_their_parts() -> None:
    case = a_case(
        repayments=[{"row": 2, "paid_on": "2025-07-10", "amount": 110016, "principal": 92016, "channel": "代扣"}],
        demands=[{"row": 3, "on": "2026-05-10", "at": "22:15", "channel": "sms", "outcome": "no_answer"}],
        evidence=[{"row": 4, "kind": "contract", "state": "present", "issued_on": "2025-06-10"}],
        schedule=[{"row": 5, "term": 1, "due_on": "2025-07-10", "principal": 92016, "interest": 18000}],
    )
    assert case.repayments == (Repayment(2, date(2025, 7, 10), Fen(110016), Fen(92016), channel="代扣"),)
    assert case.demands == (Demand(3, date(2026, 5, 10), time(22, 15), "sms", "no_answer"),)
    assert case.evidence_items == (EvidenceItem(4, "contract", "present", issued_on=date(2025, 6, 10)),)
    assert case.schedule_rows == (ScheduleRow(5, 1, date(2025, 7, 10), Fen(92016), Fen(18000)),)
