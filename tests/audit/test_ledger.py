"""The replay of a loan against the vectors of the domain and against independent oracles."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy_financial  # type: ignore[import-untyped]
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.calendar import add_months
from reviewdesk.audit.ledger import replay, replay_recorded
from reviewdesk.audit.loan import LEGAL_ORDER, Balance, Due, Loan, SetOff, charge, charges_by_line
from reviewdesk.audit.schedule import BY_INSTALMENTS
from reviewdesk.money import fen

START = date(2024, 1, 10)


def a_loan(**changes: Any) -> Loan:
    """Vector A of the domain facts: 12,000 at 24 % in twelve equal instalments, disbursed on 10 January 2024."""
    loan = Loan(
        "equal_instalments",
        fen("12000"),
        Decimal("0.24"),
        12,
        START,
        None,
        date(2024, 8, 20),
        Decimal("0.36"),
    )
    return loan._replace(**changes)


def paid(*rows: tuple[date, str]) -> list[tuple[int, int]]:
    return [(day.toordinal(), fen(amount)) for day, amount in rows]


FOUR = paid(*((date(2024, month, 10), "1134.72") for month in (2, 3, 4, 5)))


def balance_of(loan: Loan, payments: Sequence[tuple[int, int]]) -> Balance:
    return replay(loan, payments)


def set_offs(loan: Loan, payments: Sequence[tuple[int, int]]) -> list[SetOff]:
    return replay_recorded(loan, payments)[1].set_offs or []


class TestVectors:
    def test_a_principal_after_four_instalments(self) -> None:
        assert balance_of(a_loan(calculated_to=date(2024, 5, 10)), FOUR).principal == fen("8312.32")

    def test_b_what_is_overdue_before_acceleration(self) -> None:
        balance = balance_of(a_loan(penalty_rate=Decimal(0)), FOUR)
        assert (balance.overdue, balance.interest) == (fen("2963.91"), fen("440.25"))
        assert balance.unpaid_since == date(2024, 6, 10)
        assert (date(2024, 8, 20) - balance.unpaid_since).days == 71

    def test_b_a_payment_goes_to_costs_then_interest_then_principal(self) -> None:
        loan = a_loan(penalty_rate=Decimal(0), costs=((date(2024, 8, 1), fen("50")),))
        last = set_offs(loan, [*FOUR, *paid((date(2024, 8, 20), "500"))])[-1]
        assert (last.fees, last.interest, last.principal) == (fen("50"), fen("440.25"), fen("9.75"))

    def test_b_only_interest_up_to_the_acceleration(self) -> None:
        loan = a_loan(penalty_rate=Decimal(0), accelerated_on=date(2024, 8, 20))
        balance = balance_of(loan, FOUR)
        assert balance.principal == fen("8312.32")
        assert balance.interest == fen("440.25") + fen("35.17")

    @pytest.mark.parametrize(
        ("rate", "basis", "expected"),
        [("0.27", 365, "4147.64"), ("0.27", 360, "4205.25"), ("0.24", 365, "3686.79"), ("0.12", 365, "1843.40")],
    )
    def test_c_penalty_over_623_days(self, rate: str, basis: int, expected: str) -> None:
        loan = Loan(
            "bullet",
            fen("9000"),
            Decimal(0),
            0,
            date(2024, 3, 10),
            date(2025, 3, 10),
            date(2026, 11, 23),
            Decimal(rate),
            basis=basis,
        )
        assert balance_of(loan, []).penalty == fen(expected)

    def test_d_days_before_and_after_the_turn(self) -> None:
        loan = Loan(
            "on_demand",
            fen("50000"),
            Decimal("0.30"),
            0,
            date(2019, 6, 1),
            None,
            date(2026, 11, 23),
            Decimal("0.30"),
            turn=date(2020, 8, 20),
        )
        balance = balance_of(loan, [])
        assert charge(balance.product_before, Decimal("0.24")) == fen("14663.01")
        assert charge(balance.product, Decimal("0.12")) == fen("37578.08")

    def test_e_penalty_of_300_days(self) -> None:
        loan = Loan("bullet", fen("8000"), Decimal(0), 0, START, START, START + timedelta(days=300), Decimal("0.27"))
        assert balance_of(loan, []).penalty == fen("1775.34")

    @pytest.mark.parametrize(("rate", "basis", "expected"), [("0.36", 360, "360.00"), ("0.24", 365, "236.71")])
    def test_penalty_of_45_days(self, rate: str, basis: int, expected: str) -> None:
        loan = Loan(
            "bullet",
            fen("8000"),
            Decimal(0),
            0,
            START,
            START,
            START + timedelta(days=45),
            Decimal(rate),
            basis=basis,
        )
        assert balance_of(loan, []).penalty == fen(expected)

    def test_deducted_in_advance(self) -> None:
        loan = Loan("interest_first", fen("9500"), Decimal(0), 12, START, None, add_months(START, 3), Decimal(0))
        prepaid = paid((date(2024, 2, 1), "2000"))
        assert balance_of(loan, prepaid).principal == fen("7500")


class TestPayments:
    def test_a_loan_paid_on_time_owes_nothing(self) -> None:
        on_time = [*((add_months(START, k), "1134.72") for k in range(1, 12)), (add_months(START, 12), "1134.67")]
        balance = balance_of(a_loan(calculated_to=date(2025, 6, 1)), paid(*on_time))
        assert (balance.total, balance.overpaid, balance.unpaid_since) == (0, 0, None)
        assert balance.charges_paid == fen("1616.59")

    def test_money_that_comes_early_waits_for_its_instalment(self) -> None:
        early = [(day - 3, amount) for day, amount in FOUR]
        loan = a_loan(calculated_to=date(2024, 5, 10))
        assert balance_of(loan, early).total == balance_of(loan, FOUR).total
        assert set_offs(loan, early)[0].kept == fen("1134.72")

    def test_more_than_an_instalment_goes_to_principal_not_yet_due(self) -> None:
        last = set_offs(a_loan(), paid((START, "5000")))[0]
        assert (last.kept, last.ahead) == (fen("1134.72"), fen("3865.28"))

    def test_a_late_payment_bears_penalty_from_the_due_date(self) -> None:
        loan = a_loan(calculated_to=date(2024, 2, 15))
        late = set_offs(loan, paid((date(2024, 2, 15), "1134.72")))[0]
        by_hand = (Decimal("894.72") * Decimal("0.36") * 5 / 365).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert late.penalty == fen(str(by_hand))
        assert late.interest == fen("240")
        assert late.principal == fen("1134.72") - late.penalty - late.interest

    def test_a_contract_may_put_principal_first(self) -> None:
        order = ("principal", "fees", "interest", "compound", "penalty")
        last = set_offs(a_loan(order=order), paid((date(2024, 2, 15), "500")))[0]
        assert (last.principal, last.interest) == (fen("500"), 0)

    def test_an_order_names_each_part_once(self) -> None:
        with pytest.raises(ValueError, match="order of set-off"):
            replay(a_loan(order=LEGAL_ORDER[:-1]), [])

    def test_a_reversal_is_no_payment(self) -> None:
        with pytest.raises(ValueError, match="reversal"):
            replay(a_loan(), [*FOUR, *paid((date(2024, 5, 12), "-1134.72"))])

    def test_what_comes_after_the_calculation_date_does_not_count(self) -> None:
        later = [*FOUR, *paid((date(2024, 8, 21), "100"))]
        assert balance_of(a_loan(), later) == balance_of(a_loan(), FOUR)

    def test_more_than_all_is_overpaid(self) -> None:
        balance = balance_of(a_loan(), paid((START, "13000")))
        assert (balance.total, balance.overpaid) == (0, fen("1000"))

    def test_compound_interest_on_interest_overdue(self) -> None:
        loan = Loan(
            "bullet",
            fen("10000"),
            Decimal("0.12"),
            0,
            START,
            START + timedelta(days=365),
            START + timedelta(days=465),
            Decimal("0.18"),
            compounds=True,
        )
        balance = balance_of(loan, [])
        assert balance.interest == fen("1200")
        assert balance.compound == fen("59.18")  # 1,200 × 18 % × 100 ÷ 365 = 59.178
        assert balance.penalty == fen("493.15")


class TestOracles:
    def test_equal_instalments_against_numpy_financial(self) -> None:
        loan = a_loan(calculated_to=date(2025, 1, 10), penalty_rate=Decimal(0))
        _balance, book = replay_recorded(loan, [])
        payment = numpy_financial.pmt(0.02, 12, -12000)
        for due in map(Due._make, book.dues[:-1]):
            assert due.principal + due.interest == pytest.approx(payment * 100, abs=1)
            paid_by_unpaid = numpy_financial.ppmt(0.02, due.number, 12, -12000)
            assert due.principal == pytest.approx(paid_by_unpaid * 100, abs=2)

    @pytest.mark.parametrize("method", sorted(BY_INSTALMENTS))
    def test_the_instalments_return_the_rate_by_pyxirr(self, method: str) -> None:
        loan = a_loan(method=method, calculated_to=date(2025, 1, 10))
        _balance, book = replay_recorded(loan, [])
        flows = [-loan.principal, *(due[4] + due[5] for due in book.dues)]
        rate = pyxirr.irr(flows)
        assert rate is not None
        assert rate * 12 == pytest.approx(0.24, abs=1e-5)

    @pytest.mark.parametrize("method", ["bullet", "on_demand"])
    def test_by_the_day_against_decimal_by_hand(self, method: str) -> None:
        due = date(2024, 12, 10)
        loan = a_loan(method=method, terms=0, due_on=due, calculated_to=date(2025, 3, 1), penalty_rate=Decimal("0.30"))
        payments = paid((date(2024, 4, 1), "1000"), (date(2024, 9, 1), "3000"), (date(2025, 1, 5), "2000"))
        assert balance_of(loan, payments).total == _by_hand(loan, payments, due)


def _by_hand(loan: Loan, payments: Sequence[tuple[int, int]], due: date) -> int:
    """Day by day in Decimal: each day adds its interest or penalty to a sum that is rounded when something is paid."""
    principal = Decimal(loan.principal)
    interest = penalty = interest_paid = penalty_paid = Decimal(0)
    by_day = dict(payments)
    day = loan.disbursed_on
    while True:
        amount = Decimal(by_day.get(day.toordinal(), 0))
        to_interest = min(amount, _whole(interest) - interest_paid)
        to_penalty = min(amount - to_interest, _whole(penalty) - penalty_paid)
        interest_paid += to_interest
        penalty_paid += to_penalty
        principal -= amount - to_interest - to_penalty
        if day == loan.calculated_to:
            return int(principal + _whole(interest) - interest_paid + _whole(penalty) - penalty_paid)
        if day < due:
            interest += principal * loan.rate / 365
        else:
            penalty += principal * loan.penalty_rate / 365
        day += timedelta(days=1)


def _whole(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


LOANS = st.builds(
    lambda method, principal, rate, terms, penalty, days, accelerated, fee, compounds: Loan(
        method,
        principal,
        Decimal(rate) / 10000,
        terms,
        START,
        add_months(START, terms),
        START + timedelta(days=days),
        Decimal(penalty) / 10000,
        accelerated_on=None if accelerated is None else START + timedelta(days=accelerated),
        monthly_fee=fee,
        compounds=compounds,
    ),
    st.sampled_from([*sorted(BY_INSTALMENTS), "bullet", "on_demand"]),
    st.integers(1, 5_000_000),
    st.integers(0, 3600),
    st.integers(1, 36),
    st.integers(0, 5400),
    st.integers(0, 1500),
    st.none() | st.integers(0, 1500),
    st.integers(0, 20_000),
    st.booleans(),
)
PAYMENTS = st.lists(
    st.tuples(st.integers(0, 1500).map(lambda days: START.toordinal() + days), st.integers(1, 600_000)), max_size=12
)


ANY_MONEY = st.lists(
    st.tuples(st.integers(-5, 1500).map(lambda days: START.toordinal() + days), st.integers(0, 600_000)),
    max_size=12,
)
"""Payments of something or nothing, some booked before the disbursement."""


class TestProperties:
    @given(LOANS, PAYMENTS)
    def test_nothing_is_negative_and_the_books_balance(self, loan: Loan, payments: list[tuple[int, int]]) -> None:
        balance, book = replay_recorded(loan, payments)
        assert min(balance[:8]) >= 0
        counted = sum(amount for day, amount in payments if day <= loan.calculated_to.toordinal())
        assert loan.principal - balance.principal == counted - balance.charges_paid - balance.overpaid
        assert sum(one.amount for one in book.set_offs or []) == counted

    @given(LOANS, PAYMENTS, st.tuples(st.integers(0, 1500), st.integers(1, 600_000)))
    @settings(max_examples=400)
    def test_more_repaid_never_means_more_owed(
        self, loan: Loan, payments: list[tuple[int, int]], more: tuple[int, int]
    ) -> None:
        extra = (START.toordinal() + more[0], more[1])
        assert balance_of(loan, [*payments, extra]).total <= balance_of(loan, payments).total

    @given(LOANS, PAYMENTS, st.randoms(use_true_random=False))
    def test_the_order_of_payments_in_the_sheet_changes_nothing(
        self, loan: Loan, payments: list[tuple[int, int]], random: Any
    ) -> None:
        shuffled = list(payments)
        random.shuffle(shuffled)
        assert balance_of(loan, shuffled) == balance_of(loan, payments)

    @given(LOANS, ANY_MONEY, st.none() | st.integers(-400, 900), st.integers(-30, 1500))
    @settings(max_examples=500)
    def test_recording_changes_nothing(
        self, loan: Loan, payments: list[tuple[int, int]], due: int | None, until: int
    ) -> None:
        due_on = None if due is None or loan.method == "bullet" else START + timedelta(days=due)
        odd = loan._replace(due_on=due_on or loan.due_on, calculated_to=START + timedelta(days=until))
        for one in (loan, odd):
            assert replay_recorded(one, payments)[0] == balance_of(one, payments)

    @given(st.lists(st.integers(0, 10**9), max_size=30), st.integers(0, 5400))
    def test_lines_add_up_to_the_charge_on_all(self, products: list[int], rate: int) -> None:
        share = Decimal(rate) / 10000
        assert sum(charges_by_line(products, share)) == charge(sum(products), share)
