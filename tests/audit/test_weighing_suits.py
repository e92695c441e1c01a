"""A joined suit costs once, and its cases share that to the fen: amounts worked by hand, and what holds for every suit.

The built-in policy: fee 50 up to 10,000, then 2.5 %, above 100,000 2 %, halved; service 30.00 and announcement 300.00;
lawyer 300.00 or 3 %; recovery 0.45 to 180 days overdue.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.weighing.batch import batch_figures, indicators
from reviewdesk.audit.weighing.case import Weighing, loan_of, weigh
from reviewdesk.audit.weighing.figures import advice_of, figures
from reviewdesk.audit.weighing.filing import Filing, Joined, filing_of
from reviewdesk.audit.weighing.sums import Sums
from reviewdesk.money import fen
from tests.audit.test_weighing import (
    CLAIM,
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
from tests.audit.test_weighing_batch import about

LIMIT = fen("50000")
Answers = list[list[Any]]


def within(reason: str, limit: int | None = LIMIT) -> list[Any]:
    return [*small(reason)[:3], {"small_claims_limit": limit} if limit is not None else {}]


def suit(*cases: tuple[Answers, int], joint_id: UUID | None = None) -> tuple[Filing, list[Weighing]]:
    """A suit over some cases, each its answers and its claim in fen, with the weighing of each, 100 days overdue."""
    numbers = tuple(f"C-{number}" for number in range(1, len(cases) + 1))
    each = [(number, *case) for number, case in zip(numbers, cases, strict=True)]
    loans = [loan_of(SCALES, answers, claim, (), number) for number, answers, claim in each]
    whole = filing_of(SCALES, [loan for loan in loans if loan], Joined(joint_id or uuid4(), numbers, ()))
    found = [weigh(SCALES, answers, claim, 100, (), whole, number) for number, answers, claim in each]
    return whole, [one for one in found if one is not None]


def claims(*amounts: str, reason: str = "open") -> list[tuple[Answers, int]]:
    return [([within(reason)], fen(one)) for one in amounts]


def test_a_suit_over_three_small_loans_costs_less_than_three_suits() -> None:
    """4,000 + 3,000 + 2,000 = 9,000: fee 50, halved 25, against 3 × 25 = 75. Parts: 25 × 4/9 = 11.11, 25 × 3/9 = 8.33,
    the last bears 25 - 11.11 - 8.33 = 5.56. Lawyer 300 once: 133.33, 100.00, 66.67; service 30: 13.33, 10.00, 6.67."""
    whole, parts = suit(*claims("4000", "3000", "2000"))
    assert (whole.claim, whole.fee, whole.lawyer, whole.cost) == (fen("9000"), fen("25"), fen("300"), fen("355"))
    assert [one.fee for one in parts] == [fen("11.11"), fen("8.33"), fen("5.56")]
    assert [one.lawyer for one in parts] == [fen("133.33"), fen("100"), fen("66.67")]
    assert [one.service for one in parts] == [fen("13.33"), fen("10"), fen("6.67")]
    assert parts[0].net == fen("1800") - fen("157.77")
    assert sum(made([small("open")], str(one), 100).fee for one in (4000, 3000, 2000)) == fen("75")


def test_a_suit_over_the_first_bracket_costs_more_than_two_suits() -> None:
    """10,000 + 20,000 = 30,000: 50 + 20,000 × 2.5 % = 550, halved 275 (apart 25 + 150): parts 91.66 and 183.34."""
    whole, parts = suit(*claims("10000", "20000"))
    assert (whole.fee_full, whole.fee) == (fen("550"), fen("275"))
    assert [one.fee for one in parts] == [fen("91.66"), fen("183.34")]
    assert whole.lawyer == fen("900")


@pytest.mark.parametrize(
    ("reasons", "amounts", "procedure"),
    [
        (("open", "open"), ("20000", "20000"), "small_claims"),
        (("open", "open"), ("30000", "30000"), "simplified"),
        (("unreachable", "open"), ("20000", "20000"), "small_claims"),
        (("unreachable", "unreachable"), ("20000", "20000"), "ordinary"),
    ],
)
def test_the_procedure_is_that_of_the_whole_sum(
    reasons: tuple[str, ...], amounts: tuple[str, ...], procedure: str
) -> None:
    """Small claims end at 50,000 here; a borrower whom one of the cases can reach is reached."""
    cases = [
        ([within(reason, None if reason == "unreachable" else LIMIT)], fen(claim))
        for reason, claim in zip(reasons, amounts, strict=True)
    ]
    whole, _parts = suit(*cases)
    assert whole.procedure == procedure


def test_an_announcement_is_paid_once_and_the_full_fee_on_the_sum() -> None:
    """2 × 20,000, nobody reachable: 50 + 30,000 × 2.5 % = 800 in full, 30 + 300 of service, lawyer 1,200; half each."""
    whole, parts = suit(*claims("20000", "20000", reason="unreachable"))
    assert (whole.fee, whole.serving, whole.cost) == (fen("800"), fen("330"), fen("2330"))
    assert [one.cost for one in parts] == [fen("1165"), fen("1165")]


def test_a_suit_takes_as_long_as_its_heaviest_defences() -> None:
    """To file 1, small claims 2; jurisdiction warns in one case (0.5 × 2 months) and fails in the other (2 months)."""
    warned = [within("open"), ["jurisdiction.agreed", "warn", "no_link", {}]]
    failed = [within("open"), ["jurisdiction.agreed", "fail", "no_link", {}]]
    whole, parts = suit((warned, fen("4000")), (failed, fen("4000")))
    assert whole.months_judgment == 1 + 2 + 2
    assert [one.raised[0].weight for one in parts] == [Decimal("0.5"), 1]


def test_the_formula_of_a_part_says_how_it_is_shared() -> None:
    _whole, parts = suit(*claims("4000", "3000", "2000"))
    first, last = ({one.name: one for one in figures(part, SCALES)} for part in (parts[0], parts[2]))
    assert first["suit_claim"].sum == "4,000.00 + 3,000.00 + 2,000.00"
    assert first["suit_fee"].sum == "50.00 ÷ 2"
    assert first["fee"].sum == "25.00 × 4,000.00 ÷ 9,000.00"
    assert last["fee"].sum == "25.00 − 11.11 − 8.33"
    assert first["cost"].sum == "11.11 + 0.00 + 13.33 + 133.33"


def test_a_joined_case_that_loses_is_not_told_to_join() -> None:
    barred = [within("open"), ["limitation.expired", "fail", "expired", {}]]
    _whole, (one, _other) = suit((barred, fen("400")), (barred, fen("400")))
    assert one.advice == "loses"
    assert "与同一借款人的案件合并" not in advice_of(one).zh
    assert "与同一借款人的案件合并" in advice_of(made(barred, "400", 100)).zh


def test_a_case_that_the_suit_does_not_hold_goes_alone() -> None:
    whole, _parts = suit(*claims("4000", "3000"))
    other = weigh(SCALES, [small("open")], fen("1000"), 100, (), whole, "C-9")
    assert other is not None
    assert (other.filing.joined, other.fee) == (None, fen("25"))


def test_a_batch_counts_a_suit_once() -> None:
    """Three loans of one suit and one alone: two suits of 9,000 and 1,000; fees 25 + 25; the court has 1 of 2."""
    sums = Sums()
    for one in suit(*claims("4000", "3000", "2000"))[1]:
        sums.add(one, about(court="甲法院", far=True, small_suit=fen("5000")))
    sums.add(made([small("open")], "1000", 100), about(court="丙法院", small_suit=fen("5000")))
    stored = sums.as_json()
    assert (stored["cases"], stored["filings"], stored["small"]) == (4, 2, 1)
    assert [(one["court"], one["cases"], one["filings"], one["far"]) for one in stored["courts"]] == [
        ("丙法院", 1, 1, 0),
        ("甲法院", 3, 1, 1),
    ]
    assert stored["lenders"]["甲"]["filings"] == 2
    assert {one.name: one for one in batch_figures(stored)}["fee"].value == fen("50")
    shown = {one.figure.name: one.figure for one in indicators(stored, [], POLICY.parameters)}
    assert (shown["small_suits"].sum, shown["one_court"].sum, shown["troubled"].sum) == ("1 ÷ 2", "1 ÷ 2", "0 ÷ 4")


def test_a_case_of_a_suit_that_cannot_be_weighed_is_told_with_what_it_bears() -> None:
    """4,000 + 3,000 + 2,000 cost 355; the first two bear 157.77 + 118.33, and the third, of unknown age, 78.90."""
    sums, (whole, parts) = Sums(), suit(*claims("4000", "3000", "2000"))
    for one in parts[:2]:
        sums.add(one, about())
    sums.leave_out("C-3", whole)
    sums.leave_out("C-9", whole)
    sums.leave_out()
    stored = sums.as_json()
    shown = {one.name: one for one in batch_figures(stored)}
    assert stored["unweighed"] == 3
    assert (shown["cost"].value, shown["unborne"].value) == (fen("276.10"), fen("78.90"))
    assert shown["cost"].value + shown["unborne"].value == whole.cost
    assert (shown["unborne"].formula.zh[-3:], shown["unborne"].formula.en[-3:]) == ("C-3", "C-3")


def test_of_many_cases_left_out_the_first_are_named() -> None:
    sums, (whole, _parts) = Sums(), suit(*claims(*["1000"] * 33))
    sums.add(made([small("open")], "1000", 100), about())
    for loan in whole.loans:
        sums.leave_out(loan.number, whole)
    formula = next(one.formula for one in batch_figures(sums.as_json()) if one.name == "unborne")
    assert formula.zh.endswith("C-29、C-30等33件")
    assert formula.en.endswith("C-29, C-30 and 3 more")


def test_courts_beyond_those_named_count_a_suit_once_too() -> None:
    sums, joint_id = Sums(), uuid4()
    for number in range(31):
        sums.add(made([small("open")], "1000", 100), about(court=f"{number:02d}法院"))
    for court in ("zz法院", "zzz法院"):
        for one in suit(*claims("4000", "3000"), joint_id=joint_id)[1]:
            sums.add(one, about(court=court))
    stored = sums.as_json()["other_courts"]
    assert (stored["courts"], stored["cases"], stored["filings"]) == (3, 5, 2)


CASE = st.tuples(FOUND, ITEMS, REASON, CLAIM)


@given(st.lists(CASE, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_the_parts_come_to_the_suit_and_each_formula_gives_the_number_shown(cases: list[Any]) -> None:
    whole, parts = suit(*((answers_of(found, items, reason), claim) for found, items, reason, claim in cases))
    for name in ("fee", "preservation", "lawyer", "cost"):
        assert sum(getattr(one, name) for one in parts) == getattr(whole, name)
    assert sum(one.service for one in parts) == whole.serving
    assert min(min(one.fee, one.preservation, one.service, one.lawyer) for one in parts) >= 0
    for one in parts:
        for figure in figures(one, SCALES):
            assert rounded(figure) == figure.value, figure
