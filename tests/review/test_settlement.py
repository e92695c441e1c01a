"""Settlement plans: vectors from practice, and what holds for every plan."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.review import settlement
from reviewdesk.review.settlement import WAIVER_ORDER, Authority, Component, Debt, Kind, Terms

TODAY = date(2026, 11, 23)
DEBT = Debt.of(
    {
        Component.PRINCIPAL: 600_000,
        Component.INTEREST: 120_000,
        Component.COMPOUND: 20_000,
        Component.PENALTY: 50_000,
        Component.DAMAGES: 10_000,
    }
)


def terms(kind=Kind.REDUCTION, **over):
    return Terms(**({"kind": kind, "agreed_on": TODAY, "first_due_on": date(2026, 12, 31)} | over))


def plan(debt=DEBT, **over):
    made, problems = settlement.compute(terms(**over), debt)
    assert not problems
    return made


def codes(debt=DEBT, **over):
    made, problems = settlement.compute(terms(**over), debt)
    assert (made is None) == bool(problems)
    return {problem.code for problem in problems}


def test_the_worked_example_of_a_reduction():
    """8,000.00 owed, 2,400.00 waived, the rest in six: 933.33 five times and 933.35."""
    made = plan(waived=240_000, count=6)
    assert [part.amount for part in made.instalments] == [93_333] * 5 + [93_335]
    assert made.payable == 560_000


def test_what_is_waived_follows_the_order():
    made = plan(waived=100_000, count=2)
    assert made.waived.parts == {
        Component.DAMAGES: 10_000,
        Component.PENALTY: 50_000,
        Component.FEES: 0,
        Component.COMPOUND: 20_000,
        Component.INTEREST: 20_000,
        Component.PRINCIPAL: 0,
    }


def test_due_dates_keep_the_day_of_the_month_where_the_month_has_it():
    made = plan(kind=Kind.INSTALMENTS, count=4)
    assert [part.due_on for part in made.instalments] == [
        date(2026, 12, 31),
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
    ]


def test_a_deferral_is_paid_at_once():
    made = plan(kind=Kind.DEFERRAL)
    assert [(part.due_on, part.amount) for part in made.instalments] == [(date(2026, 12, 31), 800_000)]


def test_a_down_payment_is_due_on_the_day_of_the_agreement():
    made = plan(kind=Kind.INSTALMENTS, count=3, down_payment=200_000)
    assert [part.amount for part in made.instalments] == [200_000, 200_000, 200_000, 200_000]
    assert (made.instalments[0].number, made.instalments[0].due_on) == (0, TODAY)


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"waived": 0}, "settlement.no_waiver"),
        ({"waived": -1}, "settlement.no_waiver"),
        ({"waived": 800_000}, "settlement.waives_all"),
        ({"waived": 900_000}, "settlement.waives_all"),
        ({"kind": Kind.DEFERRAL, "waived": 1}, "settlement.waiver_kind"),
        ({"kind": Kind.DEFERRAL, "count": 2}, "settlement.deferral_once"),
        ({"kind": Kind.INSTALMENTS, "count": 1}, "settlement.count_low"),
        ({"kind": Kind.INSTALMENTS, "count": 121}, "settlement.count"),
        ({"waived": 1, "count": 0}, "settlement.count"),
        ({"waived": 1, "first_due_on": TODAY}, "settlement.date_order"),
        ({"waived": 1, "down_payment": -1}, "settlement.down_payment"),
        ({"waived": 1, "down_payment": 800_000}, "settlement.down_payment"),
        ({"waived": 799_995, "count": 6}, "settlement.too_thin"),
    ],
)
def test_terms_that_cannot_stand_say_why(over, code):
    assert code in codes(**over)


def test_nothing_owed_cannot_be_settled():
    assert codes(debt=Debt.of({})) == {"settlement.nothing_owed"}


def test_every_problem_speaks_both_languages():
    _, problems = settlement.compute(terms(kind=Kind.DEFERRAL, waived=1, count=2, first_due_on=TODAY), DEBT)
    assert len(problems) == 3
    assert all(problem.zh and problem.en and problem.field for problem in problems)


def test_the_debt_never_passes_what_may_be_claimed():
    """30,000 + 4,000 + 2,500 with 34,990.68 claimable: the excess of 1,509.32 comes off the penalty interest."""
    facts = {"outstanding_principal": 3_000_000, "interest_due": 400_000, "penalty_due": 250_000}
    debt = settlement.confirmed_debt(facts, claimable=3_499_068)
    assert debt.total == 3_499_068
    assert debt.parts[Component.PENALTY] == 250_000 - 150_932


def test_the_debt_never_passes_what_the_sheet_claims():
    facts = {"outstanding_principal": 100_000, "interest_due": 10_000, "total_claimed": 105_000}
    assert settlement.confirmed_debt(facts, claimable=None).total == 105_000


def test_what_a_guarantor_paid_stands_for_the_principal():
    debt = settlement.confirmed_debt({"claim_paid": 90_000, "outstanding_principal": 80_000, "premium_due": 500}, None)
    assert debt.parts[Component.PRINCIPAL] == 90_000
    assert debt.parts[Component.FEES] == 500


def test_an_unexplained_total_counts_as_principal():
    assert (
        settlement.confirmed_debt({"total_claimed": 5_000, "interest_due": 1_000}, None).parts[Component.PRINCIPAL]
        == 4_000
    )


REVIEWER = Authority(
    waive={Component.PENALTY: Decimal(1), Component.DAMAGES: Decimal(1), Component.COMPOUND: Decimal("0.5")},
    instalments=6,
    first_within_days=180,
    waived=500_000,
)


def beyond(authority=REVIEWER, **over):
    return {problem.code for problem in settlement.beyond(plan(**over), authority)}


def test_within_the_authority_nothing_is_beyond():
    assert not beyond(waived=70_000, count=6)


def test_every_limit_is_named():
    assert beyond(waived=70_000, count=2) == set()
    assert beyond(waived=70_000, count=7) == {"settlement.count_limit"}
    assert beyond(kind=Kind.DEFERRAL, first_due_on=date(2027, 5, 23)) == {"settlement.days_limit"}
    assert not beyond(kind=Kind.DEFERRAL, first_due_on=date(2027, 5, 22))
    assert beyond(waived=80_000, count=2) == {"settlement.waiver_limit.compound"}
    assert beyond(waived=600_000, count=2) >= {"settlement.waiver_amount", "settlement.waiver_limit.principal"}


debts = st.builds(Debt.of, st.fixed_dictionaries({c: st.integers(0, 5_000_000) for c in WAIVER_ORDER}))
any_terms = st.builds(
    Terms,
    kind=st.sampled_from(Kind),
    agreed_on=st.just(TODAY),
    first_due_on=st.dates(date(2026, 11, 1), date(2028, 12, 31)),
    count=st.integers(-1, 130),
    waived=st.integers(-10, 6_000_000),
    down_payment=st.integers(-10, 6_000_000),
)


@given(any_terms, debts)
def test_a_plan_adds_up_or_says_why_not(wanted, debt):
    made, problems = settlement.compute(wanted, debt)
    if made is None:
        assert problems
        return
    assert made.confirmed.total == made.waived.total + made.payable
    assert made.waived.total == wanted.waived
    assert made.count == wanted.count
    assert all(part.amount > 0 for part in made.instalments)
    assert [p.due_on for p in made.instalments] == sorted({p.due_on for p in made.instalments})
    tail = [part.amount for part in made.instalments if part.number]
    assert max(tail) - min(tail) < len(tail)


@given(debts, st.integers(0, 100))
def test_taking_goes_through_the_order_without_gaps(debt, percent):
    taken, left = debt.take(debt.total * percent // 100)
    for component in WAIVER_ORDER:
        assert taken.parts[component] + left.parts[component] == debt.parts[component]
    touched = [left.parts[c] == 0 for c in WAIVER_ORDER if debt.parts[c]]
    assert touched == sorted(touched, reverse=True)


@given(debts, st.one_of(st.none(), st.integers(-5, 40_000_000)))
def test_within_never_passes_the_limit(debt, claimable):
    assert debt.within(claimable).total == (debt.total if claimable is None else min(debt.total, max(claimable, 0)))
