"""Payments that were taken back: a debit that bounced, a wrong booking, a refund. Amounts are worked by hand."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.claims import nothing_repaid
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.orders import orders_of
from reviewdesk.audit.reversals import last_paid_on, payments_made, repaid, repaid_of
from reviewdesk.audit.statement import ClaimStatement, Reversal, statement_of
from reviewdesk.money import Fen, fen
from reviewdesk.review.statement_tables import cell_text, method_of, tables_of
from tests.audit.cases import a_case, audited, said
from tests.audit.test_ledger_checks import DAY, FOUR, KIND, METHOD, PAYMENTS, RULES, START, _drawn, a_ledger_case, rows

BOUNCED = (("2024-06-10", "1134.72"), ("2024-06-12", "-1134.72"))
"""A fifth instalment that was debited and came back two days later."""


def days(case: CaseFacts) -> list[str]:
    return [row["paid_on"] for row in payments_made(case)]


def ledger(case: CaseFacts) -> Ledger:
    found = ledger_of(case, RULES)
    assert isinstance(found, Ledger)
    return found


def stands(case: CaseFacts) -> tuple[int, int, int]:
    balance = ledger(case).balance
    return balance.principal, balance.interest, balance.penalty


class TestMatching:
    def test_a_payment_and_its_reversal_leave_the_others(self) -> None:
        case = a_ledger_case(repayments=rows(*FOUR, *BOUNCED))
        assert days(case) == [day for day, _ in FOUR]

    def test_the_latest_payment_of_the_amount_is_taken_back(self) -> None:
        case = a_ledger_case(repayments=rows(*FOUR[:3], ("2024-04-12", "-1134.72"), FOUR[3]))
        assert days(case) == ["2024-02-10", "2024-03-10", "2024-05-10"]

    def test_each_reversal_takes_another(self) -> None:
        case = a_ledger_case(repayments=rows(*FOUR, ("2024-05-12", "-1134.72"), ("2024-05-13", "-1134.72")))
        assert days(case) == ["2024-02-10", "2024-03-10"]

    def test_a_reversal_on_the_day_of_its_payment(self) -> None:
        case = a_ledger_case(repayments=rows(("2024-06-10", "-50"), ("2024-06-10", "50")))
        assert days(case) == []

    @pytest.mark.parametrize(
        ("reversal", "why"),
        [
            (("2024-02-09", "-1134.72"), "before the first payment"),
            (("2024-06-12", "-1134.71"), "a fen less"),
            (("2024-06-12", "-2269.44"), "two payments at once"),
        ],
    )
    def test_what_matches_no_payment_takes_nothing_back(self, reversal: tuple[str, str], why: str) -> None:
        found = repaid(sorted(rows(*FOUR, reversal), key=lambda row: row["paid_on"]))
        assert len(found.made) == 4, why
        assert [row["amount"] for row in found.unmatched] == [fen(reversal[1])]

    def test_of_two_on_a_day_the_one_that_was_allocated_so(self) -> None:
        """A reversal of 60 of principal and 40 of interest takes back the payment that was booked so."""
        paid = [
            {"row": 2, "paid_on": "2024-02-10", "amount": 10000, "principal": 6000, "interest": 4000},
            {"row": 3, "paid_on": "2024-02-10", "amount": 10000, "principal": 10000},
        ]
        back = {"row": 4, "paid_on": "2024-02-11", "amount": -10000, "principal": -6000, "interest": -4000}
        for one, other in (paid, reversed(paid)):
            assert [row["row"] for row in repaid([one, other, back]).made] == [3]

    def test_of_two_alike_but_for_their_allocation_the_same_one_whatever_their_order(self) -> None:
        paid = [
            {"row": 2, "paid_on": "2024-02-10", "amount": 10000, "principal": 6000, "interest": 4000},
            {"row": 2, "paid_on": "2024-02-10", "amount": 10000, "principal": 10000},
        ]
        back = {"row": 4, "paid_on": "2024-02-11", "amount": -10000}
        left = [
            [row["principal"] for row in repaid([one | {"row": 2}, other | {"row": 3}, back]).made]
            for one, other in (paid, paid[::-1])
        ]
        assert left[0] == left[1]

    def test_a_ledger_without_reversals_is_left_as_it_is(self) -> None:
        made = rows(*FOUR)
        assert repaid(made).made is made


class TestReplay:
    def test_a_bounced_instalment_was_never_paid(self) -> None:
        """Vector B: 8,312.32, 475.42 and 78.47, as if nothing had come in June."""
        case = a_ledger_case(repayments=rows(*FOUR, *BOUNCED))
        assert stands(case) == (fen("8312.32"), fen("475.42"), fen("78.47"))
        found = said(case, "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("pass", "agrees")
        assert (found["computed"]["payments"], found["computed"]["ledger_paid"]) == (4, "4538.88")

    def test_a_bullet_loan_by_hand(self) -> None:
        """10,000 for a year at 12 %, then at 18 %: 1,200.00 and, 100 days later, 10,000 × 18 % × 100 ÷ 365 = 493.15.

        Had the 1,000 of day 400 stayed, 200.00 of interest would be left.
        """
        facts: dict[str, Any] = {
            "repayment_method": "bullet",
            "principal_yuan": "10000",
            "disbursed_amount_yuan": "10000",
            "annual_rate": "0.12",
            "penalty_rate": "0.18",
            "due_on": (START + timedelta(days=365)).isoformat(),
            "accelerated_on": None,
            "calculated_to": (START + timedelta(days=465)).isoformat(),
        }
        on = (START + timedelta(days=400)).isoformat()
        penalty = (Decimal(10000) * Decimal("0.18") * 100 / 365).quantize(Decimal("0.01"), ROUND_HALF_UP)
        back = (START + timedelta(days=402)).isoformat()
        taken_back = a_ledger_case(**facts, repayments=rows((on, "1000"), (back, "-1000")))
        assert stands(taken_back) == (fen("10000"), fen("1200"), fen(str(penalty)))
        kept = a_ledger_case(**facts, repayments=rows((on, "1000")))
        assert stands(kept) == (fen("10000"), fen("200"), fen(str(penalty)))

    def test_a_payment_taken_back_after_the_calculation_date_was_never_made_either(self) -> None:
        case = a_ledger_case(repayments=rows(*FOUR, BOUNCED[0], ("2024-09-02", "-1134.72")))
        assert stands(case) == (fen("8312.32"), fen("475.42"), fen("78.47"))
        assert said(case, "claim.ledger")["reason"] == "agrees"
        assert said(case, "claim.calculated_to")["reason"] == "sound"

    def test_a_payment_after_the_calculation_date_that_was_taken_back_is_none(self) -> None:
        case = a_ledger_case(repayments=rows(*FOUR, ("2024-09-01", "500"), ("2024-09-03", "-500")))
        assert said(case, "claim.ledger")["reason"] == "agrees"
        assert said(case, "claim.calculated_to")["reason"] == "sound"

    def test_of_a_recourse_what_came_in_before_it_is_not_touched(self) -> None:
        """The guarantor paid on 1 July; the reversal on 3 July is of a payment to the lender in May."""
        facts: dict[str, Any] = {
            "lender_kind": "guarantor",
            "claim_paid_yuan": "8000",
            "claim_paid_on": "2024-07-01",
            "penalty_rate": "0.12",
        }
        after = ("2024-07-31", "1000")
        case = a_ledger_case(**facts, repayments=rows(*FOUR, ("2024-07-03", "-1134.72"), after))
        assert ledger(case).balance == ledger(a_ledger_case(**facts, repayments=rows(*FOUR, after))).balance

    def test_orders_of_set_off_leave_it_out_too(self) -> None:
        parts = {"principal": fen("900"), "interest": fen("234.72")}
        paid = rows(*FOUR, **parts)
        pair = [{"row": 9, "paid_on": "2024-06-10", "amount": fen("700"), "principal": fen("700")}]
        pair.append({"row": 10, "paid_on": "2024-06-11", "amount": fen("-700"), "principal": fen("-700")})
        assert orders_of(a_ledger_case(repayments=[*paid, *pair]), RULES) == orders_of(
            a_ledger_case(repayments=paid), RULES
        )
        assert said(a_ledger_case(repayments=[*paid, *pair]), "claim.ledger")["reason"] == "booked_differently"


class TestUnmatched:
    CASE = staticmethod(lambda: a_ledger_case(repayments=rows(*FOUR, ("2024-06-12", "-500"))))

    def test_it_is_told_with_its_numbers_and_how_to_mend_it(self) -> None:
        found = said(self.CASE(), "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("fail", "reversal_unmatched")
        assert found["computed"] == {
            "unmatched": 1,
            "unmatched_total": "500.00",
            "unmatched_row": 6,
            "unmatched_on": "2024-06-12",
            "unmatched_amount": "500.00",
            "ledger_paid": "4538.88",
        }
        assert "第6行于2024-06-12冲正500.00元" in found["message"]["zh"]
        assert "Row 6 takes back CNY 500.00 on 2024-06-12" in found["message"]["en"]
        assert "拆成保留与被冲两行" in found["mend"]["zh"]
        assert "split the payment" in found["mend"]["en"]

    def test_it_does_not_raise_the_debt(self) -> None:
        without = a_ledger_case()
        assert stands(self.CASE()) == stands(without)
        assert audited(self.CASE()).claimable == audited(without).claimable

    def test_it_is_told_also_where_the_loan_cannot_be_replayed(self) -> None:
        case = a_ledger_case(annual_rate=None, repayments=rows(*FOUR, ("2024-06-12", "-500")))
        assert said(case, "claim.ledger")["reason"] == "reversal_unmatched"

    def test_a_payment_split_into_what_stands_and_what_went_back_mends_it(self) -> None:
        split = [*FOUR[:3], (FOUR[3][0], "634.72"), (FOUR[3][0], "500"), ("2024-06-12", "-500")]
        found = said(a_ledger_case(repayments=rows(*split), paid_total_yuan="4038.88"), "claim.ledger")
        assert found["reason"] == "principal_differs", "500 less was paid, and the sheet claims as if it had been"
        assert found["computed"]["ledger_paid"] == "4038.88"


class TestTotals:
    def test_the_total_repaid_is_what_stands(self) -> None:
        found = said(a_ledger_case(repayments=rows(*FOUR, *BOUNCED), paid_total_yuan="5673.60"), "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("fail", "reversed_counted")
        assert (found["computed"]["reversed_total"], found["computed"]["ledger_paid"]) == ("1134.72", "4538.88")
        assert "1,134.72元" in found["message"]["zh"]
        other = a_ledger_case(repayments=rows(*FOUR, *BOUNCED), paid_total_yuan="5000")
        assert said(other, "claim.ledger")["reason"] == "unapplied"

    def test_what_the_bank_received_is_what_stands(self) -> None:
        bounced = rows(*FOUR, *BOUNCED)
        net = a_ledger_case(repayments=bounced, bank_received_yuan="4538.88")
        assert said(net, "claim.receipts")["reason"] == "agrees"
        gross = said(a_ledger_case(repayments=bounced, bank_received_yuan="5673.60"), "claim.receipts")
        assert (gross["outcome"], gross["reason"]) == ("fail", "reversed_received")
        assert gross["computed"]["reversed_total"] == "1134.72"

    def test_the_last_repayment_is_the_last_that_stands(self) -> None:
        bounced = rows(*FOUR, *BOUNCED)
        for stated in ("2024-06-10", "2024-06-12"):
            assert last_paid_on(a_ledger_case(repayments=bounced, last_paid_on=stated)) == date(2024, 5, 10)
        assert last_paid_on(a_ledger_case(repayments=bounced, last_paid_on="2024-06-11")) == date(2024, 6, 11)
        unmatched = a_ledger_case(repayments=rows(*FOUR, ("2024-06-12", "-500")), last_paid_on="2024-06-12")
        assert last_paid_on(unmatched) == date(2024, 5, 10)
        again = rows(*FOUR, *BOUNCED, ("2024-06-12", "300"))
        assert last_paid_on(a_ledger_case(repayments=again, last_paid_on="2024-06-12")) == date(2024, 6, 12)

    def test_where_all_was_taken_back_nothing_was_repaid(self) -> None:
        facts: dict[str, Any] = {"terms_paid": 0, "last_paid_on": "2024-06-10", "repayments": rows(*BOUNCED)}
        assert nothing_repaid(a_ledger_case(**facts, paid_total_yuan="1134.72"))
        assert not nothing_repaid(a_ledger_case(**facts, paid_total_yuan="3000"))
        assert last_paid_on(a_ledger_case(**facts)) is None

    def test_what_was_paid_at_once_and_taken_back_was_no_deduction(self) -> None:
        pair = rows(("2024-01-10", "600"), ("2024-01-11", "-600"), *FOUR)
        assert said(a_ledger_case(repayments=pair), "claim.deducted_in_advance")["reason"] == "paid_in_full"


class TestLimitation:
    OLD: dict[str, Any] = {"due_on": "2022-03-15", "last_demand_on": None, "disbursed_on": "2021-03-15"}

    @pytest.mark.parametrize(
        ("back", "expiry"),
        [
            ((), "2025-06-20"),
            # 15 March 2025 is a Saturday: the period from the last due date ends on Monday the 17th.
            ((("2022-06-22", "-300"),), "2025-03-17"),
        ],
    )
    @pytest.mark.parametrize("stated", [None, "2022-06-20"])
    def test_a_bounced_debit_does_not_interrupt(
        self, back: tuple[tuple[str, str], ...], expiry: str, stated: str | None
    ) -> None:
        case = a_case(**self.OLD, last_paid_on=stated, repayments=rows(("2022-06-20", "300"), *back))
        assert said(case, "limitation.expired")["computed"]["expiry"] == expiry

    def test_a_bounced_debit_after_the_end_revives_nothing(self) -> None:
        pair = rows(("2025-06-20", "300"), ("2025-06-22", "-300"))
        found = said(a_case(**self.OLD, last_paid_on=None, repayments=pair), "limitation.expired")
        assert (found["outcome"], found["computed"]["expiry"]) == ("fail", "2025-03-17")
        assert "revived" not in found["computed"]


class TestStatement:
    def made(self, *payments: tuple[str, str], **changes: Any) -> ClaimStatement:
        statement = statement_of(a_ledger_case(repayments=rows(*payments), **changes), RULES)
        assert isinstance(statement, ClaimStatement)
        return statement

    def test_both_rows_stand_in_it_and_cancel(self) -> None:
        made = self.made(*FOUR, *BOUNCED)
        assert made.reversals == (Reversal(date(2024, 6, 10), date(2024, 6, 12), Fen(113472)),)
        table = next(one for one in tables_of(made) if one.title.zh == "还款逐笔抵充")
        assert {len(row) for row in table.rows} == {len(table.columns)}
        told = [
            [cell_text(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)]
            for row in table.rows
        ]
        paid, back = (row for row in told if row[2])
        assert tuple(paid[:3]) == ("2024-06-10", "1,134.72", "2024-06-12冲正，视为未付")
        assert tuple(back[:3]) == ("2024-06-12", "-1,134.72", "冲正2024-06-10的还款")
        assert [row[0] for row in told] == sorted(row[0] for row in told)
        assert sum(row[1] for row in table.rows) == fen("4538.88")
        assert any("视为从未支付" in text.zh and "never made" in text.en for text in method_of(made))

    def test_but_for_them_it_is_the_statement_without(self) -> None:
        assert self.made(*FOUR, *BOUNCED)._replace(reversals=()) == self.made(*FOUR)

    def test_one_that_matches_nothing_is_shown_and_does_not_count(self) -> None:
        made = self.made(*FOUR, ("2024-06-12", "-500"))
        assert made.reversals == (Reversal(None, date(2024, 6, 12), Fen(50000)),)
        assert made._replace(reversals=()) == self.made(*FOUR)
        assert any("不计入" in text.zh for text in method_of(made))

    def test_what_lies_after_the_calculation_date_is_left_out(self) -> None:
        assert self.made(*FOUR, ("2024-09-01", "500"), ("2024-09-02", "-500")).reversals == ()

    def test_without_reversals_there_is_no_column_of_notes(self) -> None:
        table = next(one for one in tables_of(self.made(*FOUR)) if one.title.zh == "还款逐笔抵充")
        assert table.columns[-1].heading.en == "Principal left"


REVERSALS = st.lists(st.tuples(DAY, st.sampled_from([100, 200, 300])), max_size=4)
SMALL = st.lists(st.tuples(DAY, st.sampled_from([100, 200, 300])), max_size=8)
ALIKE = st.tuples(KIND, METHOD, st.just((800_000, 40_000, 5_000)), st.just("2024-01-10"))


def drawn(
    about: tuple[str, str, tuple[int, int, int], str], payments: list[tuple[str, int]], seed: int | None = None
) -> CaseFacts:
    """A case with these rows, those of a day shuffled."""
    listed = list(payments)
    if seed is not None:
        Random(seed).shuffle(listed)
        listed.sort(key=lambda one: one[0])
    kind, method, claimed, formed = about
    case = _drawn(kind, method, [], claimed, formed)
    repayments = [{"row": n, "paid_on": day, "amount": amount} for n, (day, amount) in enumerate(listed, 2)]
    return CaseFacts.of({**case.facts, "repayments": repayments}, None, case.related)


def told(case: CaseFacts) -> Any:
    """All that the ledger says, and what the checks say of it."""
    found = repaid_of(case)
    assert found is not None
    audit = audited(case)
    return (
        ledger(case),
        (found.total, found.reversed_total, len(found.unmatched)),
        (audit.claimable, audit.excess, audit.limitation_expiry, audit.verdict),
    )


class TestProperties:
    @given(ALIKE, PAYMENTS, DAY, st.integers(0, 40))
    @settings(max_examples=150)
    def test_a_payment_and_its_reversal_change_no_total(
        self, about: Any, payments: list[tuple[str, int]], day: str, later: int
    ) -> None:
        amount = 300_001
        back = (date.fromisoformat(day) + timedelta(days=later)).isoformat()
        plain = drawn(about, sorted(payments))
        pair = drawn(about, sorted([*payments, (day, amount), (back, -amount)], key=lambda one: one[0]))
        assert ledger(pair) == ledger(plain)
        assert audited(pair).claimable == audited(plain).claimable
        assert audited(pair).limitation_expiry == audited(plain).limitation_expiry

    @given(ALIKE, SMALL, REVERSALS, DAY, st.sampled_from([100, 200, 300]))
    @settings(max_examples=150)
    def test_nor_do_those_of_one_day_whatever_else_was_paid_and_taken_back(
        self, about: Any, payments: list[tuple[str, int]], back: list[tuple[str, int]], day: str, amount: int
    ) -> None:
        others = [*payments, *((on, -sum_) for on, sum_ in back)]
        plain = drawn(about, sorted(others))
        pair = drawn(about, sorted([*others, (day, amount), (day, -amount)]))
        assert ledger(pair) == ledger(plain)
        assert audited(pair).claimable == audited(plain).claimable

    @given(ALIKE, SMALL, REVERSALS, st.integers(0, 1000))
    @settings(max_examples=150)
    def test_the_order_of_rows_of_a_day_changes_nothing(
        self, about: Any, payments: list[tuple[str, int]], back: list[tuple[str, int]], seed: int
    ) -> None:
        others = [*payments, *((on, -amount) for on, amount in back)]
        assert told(drawn(about, sorted(others))) == told(drawn(about, others, seed))

    @given(ALIKE, SMALL, REVERSALS)
    @settings(max_examples=150)
    def test_a_reversal_that_matches_nothing_never_raises_the_debt(
        self, about: Any, payments: list[tuple[str, int]], back: list[tuple[str, int]]
    ) -> None:
        case = drawn(about, sorted([*payments, *((on, -amount) for on, amount in back)]))
        found = repaid_of(case)
        assert found is not None
        odd = {id(row) for row in found.unmatched}
        without = [row for row in case.facts["repayments"] if id(row) not in odd]
        plain = CaseFacts.of({**case.facts, "repayments": without}, None, case.related)
        assert ledger(plain) == ledger(case)
        assert found.total + found.reversed_total == sum(amount for _day, amount in payments)


class TestUnread:
    @pytest.mark.parametrize("changes", [{}, {"paid_total": 0, "terms_paid": 0, "last_paid_on": None}])
    def test_a_row_that_cannot_be_read_is_not_to_say_that_nothing_was_repaid(self, changes: dict[str, Any]) -> None:
        found = said(a_case(**changes, evidence_ledger=None, unread=["repayments"]), "claim.ledger")
        assert (found["outcome"], found["reason"]) == ("missing", "unread")
        assert "不能识别" in found["message"]["zh"]
        assert "cannot be read" in found["message"]["en"]

    def test_another_sheet_that_cannot_be_read_says_nothing_of_the_ledger(self) -> None:
        facts: dict[str, Any] = {"paid_total": 0, "terms_paid": 0, "last_paid_on": None, "evidence_ledger": None}
        case = a_case(**facts, unread=["schedule"])
        assert said(case, "claim.ledger")["reason"] == "nothing_repaid"
        found = said(case, "claim.schedule_rows")
        assert (found["outcome"], found["reason"]) == ("missing", "unread")

    def test_a_list_that_came_later_counts(self) -> None:
        assert said(a_ledger_case(unread=["repayments"]), "claim.ledger")["reason"] == "agrees"
