"""The arithmetic against the vectors of the domain and against oracles that share no code with it."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy_financial as npf
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviewdesk.audit.calendar import add_months, add_years, working_day_from
from reviewdesk.audit.caps import Cap, cap_periods, claimable_of
from reviewdesk.audit.fees import halved, third
from reviewdesk.audit.interest import penalty_interest, simple_interest
from reviewdesk.audit.limitation import (
    DEMAND,
    DUE,
    REPAYMENT,
    Interruption,
    limitation,
)
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.rules import rules_on
from reviewdesk.audit.schedule import (
    level_instalment,
    monthly_cost,
    schedule,
    single_cost,
    standing_of,
)
from reviewdesk.money import fen, yuan

AS_OF = date(2026, 11, 23)
RULES = rules_on(load_policy(), AS_OF)
ONE_YEAR = schedule("equal_instalments", fen("12000"), Decimal("0.24"), 12)

principals = st.integers(10_000, 100_000_000)
rates = st.integers(1, 3600).map(lambda basis_points: Decimal(basis_points) / 10000)
terms = st.integers(1, 60)
days = st.dates(date(2019, 8, 20), date(2030, 12, 31))


class TestSchedule:
    def test_equal_instalments(self) -> None:
        assert yuan(ONE_YEAR.payments[0]) == "1134.72"
        assert yuan(ONE_YEAR.payments[-1]) == "1134.67"
        assert yuan(ONE_YEAR.interests[0]) == "240.00"
        assert yuan(ONE_YEAR.principals[5]) == "987.84"
        assert yuan(sum(ONE_YEAR.interests)) == "1616.59"
        assert yuan(ONE_YEAR.balances[4]) == "8312.32"
        assert [yuan(part) for part in ONE_YEAR.principals[4:7]] == ["968.47", "987.84", "1007.60"]
        assert [yuan(part) for part in ONE_YEAR.interests[4:7]] == ["166.25", "146.88", "127.12"]

    def test_equal_principal(self) -> None:
        plan = schedule("equal_principal", fen("12000"), Decimal("0.24"), 12)
        assert [yuan(plan.payments[term]) for term in (0, 1, 11)] == ["1240.00", "1220.00", "1020.00"]
        assert yuan(sum(plan.interests)) == "1560.00"

    def test_interest_first(self) -> None:
        plan = schedule("interest_first", fen("12000"), Decimal("0.24"), 12)
        assert (plan.payments[0], plan.payments[-1]) == (fen("240"), fen("12240"))

    def test_what_is_owed_after_four_instalments(self) -> None:
        standing = standing_of(
            ONE_YEAR,
            Decimal("0.24"),
            disbursed_on=date(2024, 1, 10),
            due_on=None,
            terms_paid=4,
            accelerated_on=None,
            calculated_to=date(2024, 8, 20),
        )
        assert (yuan(standing.principal), yuan(standing.interest)) == ("8312.32", "440.25")

    def test_acceleration_stops_the_schedules_interest(self) -> None:
        standing = standing_of(
            ONE_YEAR,
            Decimal("0.24"),
            disbursed_on=date(2024, 1, 10),
            due_on=None,
            terms_paid=4,
            accelerated_on=date(2024, 8, 20),
            calculated_to=date(2024, 8, 20),
        )
        assert yuan(standing.interest) == yuan(fen("440.25") + fen("35.17"))
        not_yet_due = sum(ONE_YEAR.interests[7:])
        assert yuan(not_yet_due) == "325.14"

    @given(principals, rates, terms)
    def test_instalment_is_the_annuity_of_an_independent_library(
        self, principal: int, rate: Decimal, term: int
    ) -> None:
        expected = -npf.pmt(float(rate) / 12, term, principal)
        assert abs(level_instalment(principal, rate, term) - expected) <= max(1.0, expected * 1e-9)

    @given(st.sampled_from(["equal_instalments", "equal_principal", "interest_first"]), principals, rates, terms)
    def test_a_schedule_repays_exactly_the_principal(
        self, method: str, principal: int, rate: Decimal, term: int
    ) -> None:
        plan = schedule(method, principal, rate, term)
        assert sum(plan.principals) == principal
        assert plan.balances[0] == principal
        assert plan.balances[-1] == 0
        for place, interest in enumerate(plan.interests):
            exact = Decimal(plan.balances[place]) * rate / 12
            assert interest == int(exact.to_integral_value(rounding=ROUND_HALF_UP))

    def test_there_is_no_monthly_schedule_of_a_bullet_loan(self) -> None:
        with pytest.raises(ValueError, match="bullet"):
            schedule("bullet", 100, Decimal("0.1"), 12)


class TestCost:
    @pytest.mark.parametrize(
        ("received", "payments", "cost"),
        [
            (fen("11040"), ONE_YEAR.payments, "0.4062"),
            (fen("12000"), [payment + fen("100") for payment in ONE_YEAR.payments], "0.4083"),
            (fen("12000"), ONE_YEAR.payments, "0.2400"),
            (fen("9500"), [fen("940")] * 12, "0.3296"),
            (fen("10000"), [fen("940")] * 12, "0.2284"),
        ],
    )
    def test_twelve_times_the_monthly_rate_of_return(self, received: int, payments: list[int], cost: str) -> None:
        assert monthly_cost(received, payments) == Decimal(cost)

    @pytest.mark.parametrize(
        ("principal", "rate", "fee", "cost"),
        [
            ("10000", "0.058", "47.56", "0.16"),  # a guarantee fee each month
            ("12000", "0.12", "100.00", "0.2938"),  # 10 % of the original principal a year
        ],
    )
    def test_fees_of_every_instalment(self, principal: str, rate: str, fee: str, cost: str) -> None:
        plan = schedule("equal_instalments", fen(principal), Decimal(rate), 12)
        found = monthly_cost(fen(principal), [payment + fen(fee) for payment in plan.payments])
        assert found is not None
        assert abs(found - Decimal(cost)) <= Decimal("0.0001")

    @pytest.mark.parametrize(("fee", "cost"), [("75", "0.1622"), ("100", "0.2146")])
    def test_flat_fees_on_the_original_principal(self, fee: str, cost: str) -> None:
        parts = [fen("833.33")] * 11 + [fen("833.37")]
        found = monthly_cost(fen("10000"), [part + fen(fee) for part in parts])
        assert found is not None
        assert abs(found - Decimal(cost)) <= Decimal("0.0001")

    def test_one_payment_is_simple_interest(self) -> None:
        assert single_cost(fen("900"), fen("1000"), 7) == Decimal("5.7937")

    @given(principals, rates, st.integers(2, 36))
    def test_the_rate_of_return_of_an_independent_library(self, principal: int, rate: Decimal, term: int) -> None:
        plan = schedule("equal_instalments", principal, rate, term)
        received = principal - principal // 20
        expected = 12 * npf.irr([-received, *plan.payments])
        found = monthly_cost(received, plan.payments)
        assert found is not None
        assert abs(float(found) - expected) < 1e-4


class TestCaps:
    def test_a_contract_from_before_the_new_rule_is_cut_in_two(self) -> None:
        cap = RULES.cap_on("private", date(2019, 11, 1))
        assert cap is not None
        before, after = cap_periods(cap, fen("50000"), date(2019, 11, 1), AS_OF)
        assert (before.days, yuan(before.amount)) == (293, "9632.88")
        assert (after.days, yuan(after.amount)) == (2286, "37578.08")

    def test_a_contract_from_before_the_first_lpr(self) -> None:
        cap = RULES.cap_on("private", date(2019, 6, 1))
        assert cap is not None
        before, after = cap_periods(cap, fen("50000"), date(2019, 6, 1), AS_OF)
        assert (before.days, yuan(before.amount)) == (446, "14663.01")
        assert yuan(after.amount) == "37578.08"

    @pytest.mark.parametrize(
        ("formed_on", "cap"),
        [
            (date(2021, 6, 1), "0.154"),
            (date(2022, 8, 21), "0.148"),
            (date(2022, 8, 22), "0.146"),
            (date(2024, 10, 21), "0.124"),
            (date(2023, 6, 19), "0.146"),
            (date(2023, 6, 20), "0.142"),
            (date(2020, 8, 20), "0.154"),
        ],
    )
    def test_four_times_the_lpr_of_the_day(self, formed_on: date, cap: str) -> None:
        found = RULES.cap_on("private", formed_on)
        assert found is not None
        assert found.rate == Decimal(cap)
        assert not found.beyond

    @pytest.mark.parametrize(
        ("kind", "formed_on", "cap", "rule"),
        [
            ("bank", date(2018, 1, 1), "0.24", "licensed-24"),
            ("micro_loan", date(2027, 12, 31), "0.24", "micro-24"),
            ("micro_loan", date(2028, 1, 1), "0.12", "micro-lpr"),
            ("assisted", date(2025, 9, 30), "0.24", "assisted-24"),
            ("insurer", date(2022, 1, 1), "0.24", "recourse-24"),
        ],
    )
    def test_caps_of_licensed_lenders(self, kind: str, formed_on: date, cap: str, rule: str) -> None:
        found = RULES.cap_on(kind, formed_on)
        assert found is not None
        assert (found.rate, found.rule) == (Decimal(cap), rule)

    def test_a_day_after_the_last_known_lpr_says_so(self) -> None:
        found = RULES.cap_on("private", date(2026, 11, 5))
        assert found is not None
        assert found.beyond

    def test_no_lpr_before_the_first(self) -> None:
        assert RULES.lpr_on(date(2019, 8, 19)) is None
        assert rules_on(load_policy(), date(2019, 1, 1)).cap_on("private", date(2018, 1, 1)) is None

    @pytest.mark.parametrize(
        ("base", "rate", "count", "basis", "interest"),
        [
            ("9000", "0.27", 623, 365, "4147.64"),
            ("9000", "0.27", 623, 360, "4205.25"),
            ("9000", "0.24", 623, 365, "3686.79"),
            ("9000", "0.12", 623, 365, "1843.40"),
            ("8000", "0.27", 300, 365, "1775.34"),
            ("8000", "0.24", 300, 365, "1578.08"),
            ("30000", "0.24", 253, 365, "4990.68"),
            ("8000", "0.24", 45, 365, "236.71"),
        ],
    )
    def test_interest_by_the_day(self, base: str, rate: str, count: int, basis: int, interest: str) -> None:
        assert yuan(simple_interest(fen(base), Decimal(rate), count, basis)) == interest

    def test_penalty_interest_with_an_uplift(self) -> None:
        assert yuan(penalty_interest(fen("8000"), Decimal("0.24"), Decimal("0.5"), 45, 360)) == "360.00"

    @given(principals, rates, st.integers(0, 4000))
    def test_interest_is_rounded_once(self, base: int, rate: Decimal, count: int) -> None:
        exact = Fraction(base) * Fraction(rate) * count / 365
        assert abs(simple_interest(base, rate, count) - exact) <= Fraction(1, 2)

    @given(principals, days, days, st.integers(0, 3000))
    def test_periods_are_all_the_days_between(self, base: int, start: date, until: date, shift: int) -> None:
        cap = Cap("r", Decimal("0.12"), Decimal("0.24"), date(2020, 8, 20) + timedelta(days=shift))
        periods = cap_periods(cap, base, start, until)
        assert sum(period.days for period in periods) == max(0, (until - start).days)

    @given(
        principals,
        st.integers(0, 50_000_000),
        st.integers(0, 200_000_000),
        st.integers(0, 3000),
        rates,
        st.integers(0, 100_000),
    )
    def test_what_may_be_claimed_is_never_too_much(
        self, principal: int, charges: int, claimed: int, count: int, rate: Decimal, held_back: int
    ) -> None:
        start = date(2022, 1, 1)
        base = max(0, principal - held_back)
        periods = cap_periods(Cap("r", rate), base, start, start + timedelta(days=count))
        found = claimable_of(base, charges, claimed, periods, principal)
        assert 0 <= found.claimable <= base + found.cap_amount
        assert found.claimable <= claimed
        assert found.claimable + found.excess == min(claimed, principal + charges)

    @given(principals, st.integers(0, 50_000_000), st.integers(1, 3000), rates, st.integers(0, 1_000_000))
    def test_more_repaid_never_means_more_owed(
        self, principal: int, charges: int, count: int, rate: Decimal, repaid: int
    ) -> None:
        assume(repaid < principal)
        start, until = date(2022, 1, 1), date(2022, 1, 1) + timedelta(days=count)

        def owed(base: int) -> int:
            periods = cap_periods(Cap("r", rate), base, start, until)
            return claimable_of(base, charges, base + charges, periods).claimable

        assert owed(principal - repaid) <= owed(principal)


class TestFees:
    @pytest.mark.parametrize(
        ("claim", "fee", "half", "order", "preservation", "execution"),
        [
            ("3000", "50.00", "25.00", "16.67", "50.00", "50.00"),
            ("10000", "50.00", "25.00", "16.67", "120.00", "50.00"),
            ("12345.67", "108.64", "54.32", "36.21", "143.46", "85.19"),
            ("20000", "300.00", "150.00", "100.00", "220.00", "200.00"),
            ("50000", "1050.00", "525.00", "350.00", "520.00", "650.00"),
            ("59223.22", "1280.58", "640.29", "426.86", "612.23", "788.35"),
            ("100000", "2300.00", "1150.00", "766.67", "1020.00", "1400.00"),
            ("150000", "3300.00", "1650.00", "1100.00", "1270.00", "2150.00"),
            ("200000", "4300.00", "2150.00", "1433.33", "1520.00", "2900.00"),
            ("300000", "5800.00", "2900.00", "1933.33", "2020.00", "4400.00"),
            ("500000", "8800.00", "4400.00", "2933.33", "3020.00", "7400.00"),
            ("1000000", "13800.00", "6900.00", "4600.00", "5000.00", "12400.00"),
            ("5000000", "46800.00", "23400.00", "15600.00", "5000.00", "52400.00"),
            ("20000000", "141800.00", "70900.00", "47266.67", "5000.00", "87400.00"),
            ("25000000", "166800.00", "83400.00", "55600.00", "5000.00", "92400.00"),
        ],
    )
    def test_the_table(self, claim: str, fee: str, half: str, order: str, preservation: str, execution: str) -> None:
        charged = RULES.court_fees.fee(fen(claim))
        assert (yuan(charged), yuan(halved(charged)), yuan(third(charged))) == (fee, half, order)
        assert yuan(RULES.preservation_fees.fee(fen(claim))) == preservation
        assert yuan(RULES.execution_fees.fee(fen(claim))) == execution

    @pytest.mark.parametrize(
        ("claim", "fee"),
        [("500", "30.00"), ("1000", "30.00"), ("5000", "70.00"), ("896000", "5000.00"), ("9e9", "5000.00")],
    )
    def test_preservation(self, claim: str, fee: str) -> None:
        assert yuan(RULES.preservation_fees.fee(fen(claim))) == fee

    @given(st.integers(0, 5_000_000_000), st.integers(0, 1_000_000_000))
    def test_a_larger_claim_never_costs_less(self, claim: int, more: int) -> None:
        for table in (RULES.court_fees, RULES.preservation_fees, RULES.execution_fees):
            assert table.fee(claim) <= table.fee(claim + more)


class TestCalendar:
    def test_corresponding_days(self) -> None:
        assert add_years(date(2024, 2, 29), 3) == date(2027, 2, 28)
        assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
        assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)

    def test_a_holiday_moves_to_the_next_working_day(self) -> None:
        assert working_day_from(date(2026, 10, 1)).day == date(2026, 10, 8)
        assert working_day_from(date(2026, 9, 20)) == (date(2026, 9, 20), True), "a Sunday on which people work"
        assert working_day_from(date(2027, 1, 31)) == (date(2027, 2, 1), False), "not announced: weekends only"


class TestLimitation:
    def test_a_proved_demand_is_last(self) -> None:
        found = limitation(
            date(2022, 3, 15),
            DUE,
            [
                Interruption(REPAYMENT, date(2022, 6, 20), revives=True),
                Interruption(DEMAND, date(2023, 5, 10), revives=False),
            ],
            3,
        )
        assert (found.expiry, found.base_kind) == (date(2026, 5, 11), DEMAND)

    @pytest.mark.parametrize(
        ("due", "expiry"),
        [
            (date(2024, 2, 29), date(2027, 3, 1)),
            (date(2024, 1, 31), date(2027, 2, 1)),
            (date(2023, 3, 15), date(2026, 3, 16)),
            (date(2023, 11, 23), date(2026, 11, 23)),
        ],
    )
    def test_from_the_last_instalment(self, due: date, expiry: date) -> None:
        assert limitation(due, DUE, [], 3).expiry == expiry

    def test_a_demand_after_the_end_moves_nothing(self) -> None:
        late = Interruption(DEMAND, date(2024, 6, 3), revives=False)
        found = limitation(date(2020, 1, 1), DUE, [late], 3)
        assert found.expiry == date(2023, 1, 3)
        assert found.late_demand == date(2024, 6, 3)

    def test_a_part_payment_after_the_end_revives_the_claim(self) -> None:
        paid = Interruption(REPAYMENT, date(2024, 6, 3), revives=True)
        assert limitation(date(2020, 1, 1), DUE, [paid], 3).expiry == date(2027, 6, 3)

    @given(days, st.lists(st.tuples(days, st.booleans()), max_size=6))
    def test_the_end_is_never_before_what_it_runs_from(self, start: date, events: list[tuple[date, bool]]) -> None:
        found = limitation(start, DUE, [Interruption(DEMAND, day, revives=ok) for day, ok in events], 3)
        assert found.base >= start
        assert found.expiry > found.base
        assert found.expiry.weekday() < 5 or found.announced
