"""Many cases weighed together: the sums are those of the cases, and each formula gives the number shown."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.weighing.batch import batch_figures, indicators, per_thousand
from reviewdesk.audit.weighing.case import Weighing, weigh
from reviewdesk.audit.weighing.sums import NET_STEPS, About, Sums, step_of
from reviewdesk.money import fen
from tests.audit.test_weighing import (
    CLAIM,
    DAYS,
    FOUND,
    ITEMS,
    POLICY,
    REASON,
    SCALES,
    answers_of,
    made,
    rounded,
    small,
)

SMALL = POLICY.parameters.small_suit.fen


def about(**changes: Any) -> About:
    given: dict[str, Any] = {"verdict": "clear", "state": "in_review", "lender": "甲", "court": "乙法院", "far": False}
    return About(**{**given, "small_suit": SMALL, **changes})


def test_two_cases_by_hand() -> None:
    """20,000 brings 3,600 for 780; 1,000 brings 180 for 355: together 3,780 for 1,135, net 2,645."""
    sums = Sums()
    sums.add(made([small("open")], "20000", 378), about())
    sums.add(made([small("open")], "1000", 378), about(verdict="blocked", court=None, far=False))
    figures = {one.name: one for one in batch_figures(sums.as_json())}
    assert [figures[name].value for name in ("expected", "cost", "net")] == [fen("3780"), fen("1135"), fen("2645")]
    assert figures["expected"].sum == "3,600.00 + 180.00"
    assert figures["cost"].sum == "175.00 + 0.00 + 60.00 + 900.00"
    assert figures["share"].value == Decimal("0.1800")
    assert figures["months_judgment"].value == 3
    shown = {one.figure.name: one for one in indicators(sums.as_json(), [], POLICY.parameters)}
    assert (shown["small_suits"].figure.value, shown["small_suits"].reached) == (Decimal("0.5"), True)
    assert (shown["one_court"].figure.sum, shown["one_court"].reached) == ("1 ÷ 2", False)


def test_suits_among_a_thousand_accounts() -> None:
    """(12 + 30) ÷ 400 × 1,000 = 105, above the line of 100."""
    suits = {"lender": "甲", "filed": 12, "batch": 30, "accounts": 400}
    assert per_thousand(suits).value == 105
    sums = Sums()
    sums.add(made([], "1000", 100), about())
    (last,) = [one for one in indicators(sums.as_json(), [suits], POLICY.parameters) if one.figure.unit == "count"]
    assert last.reached


def test_net_expectations_fall_between_the_steps() -> None:
    assert [step_of(net) for net in (NET_STEPS[0] - 1, NET_STEPS[0], -1, 0, NET_STEPS[-1])] == [
        0,
        1,
        1,
        2,
        len(NET_STEPS),
    ]


def test_an_empty_batch_has_no_figures() -> None:
    assert batch_figures(Sums().as_json()) == []
    assert indicators(Sums().as_json(), [], POLICY.parameters) == []


CASE = st.tuples(
    st.tuples(FOUND, ITEMS, REASON, CLAIM, DAYS),
    st.sampled_from(["clear", "attention", "blocked"]),
    st.sampled_from(["甲", "乙", None]),
    st.sampled_from([f"{n}法院" for n in range(40)] + [None]),
)


@given(st.lists(CASE, min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_totals_are_the_sums_of_the_cases(cases: list[Any]) -> None:
    sums, all_made = Sums(), list[Weighing]()
    for (found, items, reason, claim, days), verdict, lender, court in cases:
        one = weigh(SCALES, answers_of(found, items, reason), claim, days)
        assert one is not None
        all_made.append(one)
        sums.add(one, about(verdict=verdict, lender=lender, court=court))
    stored = sums.as_json()
    for name in ("claim", "expected", "fee", "preservation", "lawyer", "cost", "net"):
        assert stored["amounts"][name] == sum(getattr(one, name) for one in all_made)
    for name in ("verdicts", "states", "procedures", "advice", "lenders"):
        assert sum(group["net"] for group in stored[name].values()) == stored["amounts"]["net"]
        assert sum(group["cases"] for group in stored[name].values()) == len(cases)
    courts = [*stored["courts"], stored["other_courts"]]
    assert sum(one["cost"] for one in courts) == stored["amounts"]["cost"]
    assert sum(group["expected"] for group in stored["net"]) == stored["amounts"]["expected"]
    for figure in batch_figures(stored):
        assert rounded(figure) == figure.value, figure
