"""The risks of suing: amounts worked by hand, and what holds for every case.

The built-in policy: recovery 0.45 to 180 days overdue, 0.18 to 720, then 0.1; lawyer 300.00 or 3 %; service 30.00 and
announcement 300.00; a warning counts half, an overridden finding a quarter; each absent item of evidence costs 0.08.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.engine import audit_case
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.rules import Rules
from reviewdesk.audit.weighing.case import Weighing, weigh
from reviewdesk.audit.weighing.figure import Figure
from reviewdesk.audit.weighing.figures import factor_sum, figures
from reviewdesk.audit.weighing.scales import Scales
from reviewdesk.money import fen
from tests.audit.cases import AS_OF, a_case

POLICY = load_policy()
SCALES = Scales(Rules(POLICY, AS_OF))
MAPPED = sorted(POLICY.check_defences)


def small(reason: str) -> list[Any]:
    return ["procedure.small_claims", "pass", reason, {}]


def made(answers: list[list[Any]], claim: str, days: int, overridden: tuple[str, ...] = ()) -> Weighing:
    found = weigh(SCALES, answers, fen(claim), days, overridden)
    assert found is not None
    return found


def test_a_small_claim_without_defences() -> None:
    """20,000 × 0.18 = 3,600; fee 300 halved; lawyer 3 % = 600; 150 + 30 + 600 = 780; 1 + 2 months, 6 to enforce."""
    one = made([small("open")], "20000", 378)
    assert (one.expected, one.filing.fee_full, one.fee, one.lawyer) == (fen("3600"), fen("300"), fen("150"), fen("600"))
    assert (one.cost, one.net) == (fen("780"), fen("2820"))
    assert (one.filing.months_judgment, one.filing.months_money) == (3, 9)
    assert one.advice == "gains"
    assert not one.raised


def test_a_borrower_who_cannot_be_reached() -> None:
    """150,000 × 0.1 × (1 - 0.5 × 0.05) × (1 - 1 × 2 × 0.08) = 12,285; full fee 3,300; 3,300 + 330 + 4,500 = 8,130."""
    answers = [
        small("unreachable"),
        ["jurisdiction.agreed", "warn", "no_link", {}],
        ["evidence.required", "fail", "absent", {"absent": ["contract", "ledger"], "unknown": ["mandate"]}],
    ]
    one = made(answers, "150000", 800)
    assert one.expected == fen("12285")
    assert (one.filing.procedure, one.fee, one.service) == ("ordinary", fen("3300"), fen("330"))
    assert (one.cost, one.net) == (fen("8130"), fen("4155"))
    assert one.filing.months_judgment == 1 + 6 + 1 + 1
    assert [(raised.defence, raised.weight) for raised in one.raised] == [("jurisdiction", Decimal("0.5"))]


def test_a_time_barred_claim_costs_more_than_it_brings() -> None:
    """1,000 × 0.45 × (1 - 0.8) = 90, against 25 + 30 + 300 = 355; overridden: 1,000 × 0.45 × (1 - 0.25 × 0.8) = 360."""
    expired = ["limitation.expired", "fail", "expired", {}]
    one = made([small("open"), expired], "1000", 100)
    assert (one.expected, one.cost, one.net, one.advice) == (fen("90"), fen("355"), -fen("265"), "loses")
    other = made([small("open"), expired], "1000", 100, ("limitation.expired",))
    assert other.expected == fen("360")
    assert other.advice == "defended"


def test_several_findings_behind_one_defence_count_once_by_the_heaviest() -> None:
    answers = [
        ["rate.claim_cap", "fail", "above", {}],
        ["claim.penalty", "warn", "above", {}],
        ["rate.all_in_cost", "missing", "lacking", {"missing": ["terms"]}],
    ]
    (raised,) = made(answers, "1000", 100).raised
    assert (raised.defence, raised.outcome, raised.factor) == ("rate", "fail", Decimal("0.9"))
    assert set(raised.checks) == {"rate.claim_cap", "claim.penalty", "rate.all_in_cost"}
    assert worked_out(factor_sum(raised)) == raised.factor


def test_evidence_of_unknown_presence_counts_as_missing() -> None:
    """Two of three names are items; 1 - 0.1 × 2 × 0.08 = 0.984."""
    answer = [
        "evidence.required",
        "missing",
        "lacking",
        {"missing": ["evidence.contract", "evidence.ledger", "lender_kind"]},
    ]
    assert made([answer], "1000", 100).evidence == Decimal("0.984")


def test_what_cannot_be_weighed_is_not() -> None:
    assert weigh(SCALES, [], None, 100) is None
    assert weigh(SCALES, [], 100, None) is None
    assert weigh(SCALES, [], 0, 100) is None


def test_an_audited_case_is_weighed_by_its_findings() -> None:
    case = a_case(agreed_court="北京市海淀区人民法院", demand_proof=False)
    audit = audit_case(case, POLICY, AS_OF)
    one = weigh(SCALES, audit.answers, audit.claimable, case.days_overdue)
    assert one is not None
    assert one.claim == audit.claimable
    assert {"jurisdiction"} <= {raised.defence for raised in one.raised}
    assert one.fee == audit.finding("cost.worth").computed["fee_halved"]
    assert one.lawyer == audit.finding("cost.worth").computed["lawyer_fee"]


def test_every_mapped_check_exists_and_every_defence_is_mapped() -> None:
    assert set(MAPPED) <= set(CHECKS)
    assert {one.defence for one in POLICY.check_defences.values()} == set(POLICY.defences)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("3000", "50.00"),
        ("20000", "50.00 + (20,000.00 − 10,000.00) × 0.025"),
        ("150000", "50.00 + (100,000.00 − 10,000.00) × 0.025 + (150,000.00 − 100,000.00) × 0.02"),
    ],
)
def test_the_court_fee_is_written_bracket_by_bracket(claim: str, said: str) -> None:
    (fee,) = [one for one in figures(made([], claim, 100), SCALES) if one.name == "fee_full"]
    assert fee.sum == said


# --- what holds for every case ---------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def worked_out(sum_: str) -> Decimal:
    """A sum as it is shown, worked out exactly: an independent reading of the formula."""
    code = re.sub(r", (?=[\d(])", "; ", sum_)
    code = _NUMBER.sub(lambda number: f"D('{number[0].replace(',', '')}')", code)
    code = code.replace("; ", ", ").replace("×", "*").replace("÷", "/").replace("−", "-")
    with localcontext() as context:
        context.prec = 200
        found: Decimal = eval(code, {"__builtins__": {}}, {"D": Decimal, "max": max, "min": min})  # noqa: S307
    return found


def rounded(figure: Figure) -> Decimal:
    """What a figure's sum gives, rounded as the figure says, in the unit of its value."""
    exact = worked_out(figure.sum)
    places = {"yuan": Decimal("0.01"), "rate": Decimal("0.0001")}.get(figure.unit, Decimal("0.1"))
    if figure.rounding != "exact":
        with localcontext() as context:
            context.prec = 200
            exact = exact.quantize(places, ROUND_DOWN if figure.rounding == "down" else ROUND_HALF_UP)
    return exact * 100 if figure.unit == "yuan" else exact


OUTCOMES = st.sampled_from(["pass", "warn", "fail", "missing", "not_applicable"])
FOUND = st.dictionaries(st.sampled_from(MAPPED), OUTCOMES, max_size=20)
ITEMS = st.lists(st.sampled_from(sorted(POLICY.evidence)), max_size=8, unique=True)
CLAIM = st.integers(1, 3_000_000_000)
DAYS = st.integers(0, 3000)
REASON = st.sampled_from(["open", "by_agreement", "too_large", "unreachable", ""])


def answers_of(found: dict[str, str], items: list[str], reason: str) -> list[list[Any]]:
    listed = [[check, outcome, "", {}] for check, outcome in found.items()]
    return [*listed, ["evidence.required", "fail", "absent", {"absent": items}], small(reason)]


@given(FOUND, ITEMS, REASON, CLAIM, DAYS)
@settings(max_examples=200, deadline=None)
def test_each_formula_gives_the_number_shown(
    found: dict[str, str], items: list[str], reason: str, claim: int, days: int
) -> None:
    one = weigh(SCALES, answers_of(found, items, reason), claim, days)
    assert one is not None
    for figure in figures(one, SCALES):
        assert rounded(figure) == figure.value, figure


@given(FOUND, FOUND, ITEMS, REASON, CLAIM, DAYS)
@settings(max_examples=200, deadline=None)
def test_more_defences_never_raise_the_recovery_and_costs_are_never_negative(
    found: dict[str, str], more: dict[str, str], items: list[str], reason: str, claim: int, days: int
) -> None:
    one = weigh(SCALES, answers_of(found, items, reason), claim, days)
    harder = {"pass": 0, "not_applicable": 0, "missing": 1, "warn": 2, "fail": 3}
    worse = {
        **more,
        **{check: max(outcome, more.get(check, "pass"), key=harder.__getitem__) for check, outcome in found.items()},
    }
    other = weigh(SCALES, answers_of(worse, items, reason), claim, days)
    assert one is not None
    assert other is not None
    assert 0 <= other.expected <= one.expected <= one.claim
    assert other.filing.months_judgment >= one.filing.months_judgment
    assert other.cost == one.cost
    assert min(one.fee, one.preservation, one.service, one.lawyer, one.cost) >= 0
    assert one.net == one.expected - one.cost


@given(FOUND, ITEMS, CLAIM, DAYS, st.sets(st.sampled_from(MAPPED)))
@settings(deadline=None)
def test_an_overridden_finding_never_weighs_more(
    found: dict[str, str], items: list[str], claim: int, days: int, overridden: set[str]
) -> None:
    answers = answers_of(found, items, "open")
    one, other = weigh(SCALES, answers, claim, days), weigh(SCALES, answers, claim, days, overridden)
    assert one is not None
    assert other is not None
    assert other.expected >= one.expected
    assert other.filing.months_judgment <= one.filing.months_judgment
