"""What holds of any case with any ledger, and on both sides of every day on which a rule changed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reviewdesk.audit.case_ledger import Ledger, capped_spans, ledger_of
from reviewdesk.audit.checks.limitation import limitation_of
from reviewdesk.audit.claims import Claim, claim_of, claimed_total, principal_claimed
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.rules import Rules, rules_on
from tests.audit.cases import AS_OF, a_case, audited, said, sound_facts, sound_person

RULES: Rules = rules_on(load_policy(), AS_OF)
KINDS = ("bank", "consumer_finance", "micro_loan", "assisted", "private", "guarantor")
METHODS = ("equal_instalments", "equal_principal", "interest_first", "bullet", "on_demand")
FEN = st.integers(0, 3_000_000)


def case_with(facts: dict[str, Any], payments: list[tuple[int, int]]) -> CaseFacts:
    """A case with these facts and a ledger of payments (days since the disbursement, fen)."""
    start = date.fromisoformat(facts["disbursed_on"])
    rows = [
        {"row": row, "paid_on": (start + timedelta(days=days)).isoformat(), "amount": amount}
        for row, (days, amount) in enumerate(sorted(payments), 4)
    ]
    return CaseFacts.of({**facts, "repayments": rows}, sound_person())


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    """The facts of a loan from either side of 20 August 2020, with a claim that may be anything."""
    start = date(2019, 9, 1) + timedelta(days=draw(st.integers(0, 2200)))
    terms = draw(st.sampled_from((1, 3, 6, 12, 24)))
    loan = {
        "lender_kind": draw(st.sampled_from(KINDS)),
        "contract_date": start.isoformat(),
        "disbursed_on": start.isoformat(),
        "due_on": draw(st.none() | st.integers(20, 900).map(lambda days: (start + timedelta(days=days)).isoformat())),
        "principal": draw(st.integers(1, 3_000_000)),
        "annual_rate": str(Decimal(draw(st.integers(0, 3600))) / 10000),
        "penalty_rate": draw(st.none() | st.integers(0, 5400).map(lambda rate: str(Decimal(rate) / 10000))),
        "repayment_method": draw(st.sampled_from(METHODS)),
        "terms": terms,
        "monthly_fee": draw(st.sampled_from((None, 0, 5_000))),
        "accelerated_on": draw(
            st.none() | st.integers(0, 900).map(lambda days: (start + timedelta(days=days)).isoformat())
        ),
        "calculated_to": (start + timedelta(days=draw(st.integers(0, 1500)))).isoformat(),
        "claim_paid": draw(FEN),
        "claim_paid_on": (start + timedelta(days=draw(st.integers(0, 600)))).isoformat(),
        "outstanding_principal": draw(FEN),
        "interest_due": draw(FEN),
        "penalty_due": draw(FEN),
        "damages_due": draw(FEN),
        "total_claimed": draw(st.none() | FEN),
    }
    return {**sound_facts(), **dict.fromkeys(("disbursed_amount", "compound_due", "fees_due")), **loan}


PAYMENTS = st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 400_000)), max_size=10)


def most(claim: Claim) -> int:
    """The most that could be claimed, were all of it claimed: the principal, and what stands and the cap leaves."""
    assert claim.owed is not None
    return claim.base + max(0, min(claim.owed, claim.result.cap_amount))


class TestAnyClaim:
    @given(facts(), st.none() | PAYMENTS)
    @settings(max_examples=300)
    def test_claimable_is_never_negative_nor_above_claim_or_cap(
        self, given_facts: dict[str, Any], payments: list[tuple[int, int]] | None
    ) -> None:
        case = CaseFacts.of(given_facts) if payments is None else case_with(given_facts, payments)
        claim = claim_of(case, RULES)
        assume(isinstance(claim, Claim))
        assert isinstance(claim, Claim)
        stated, asked = principal_claimed(case) or 0, claimed_total(case) or 0
        assert 0 <= claim.result.claimable <= max(0, asked)
        assert claim.result.excess >= 0
        assert claim.result.claimable <= max(0, min(stated, claim.base)) + claim.result.cap_amount
        if claim.owed is not None:
            assert claim.result.claimable <= max(0, min(stated, claim.base)) + max(0, claim.owed)

    @given(facts(), PAYMENTS, st.tuples(st.integers(0, 1500), st.integers(1, 400_000)))
    @settings(max_examples=300)
    def test_one_payment_more_never_lets_more_be_claimed(
        self, given_facts: dict[str, Any], payments: list[tuple[int, int]], more: tuple[int, int]
    ) -> None:
        before, after = (claim_of(case_with(given_facts, made), RULES) for made in (payments, [*payments, more]))
        assume(isinstance(before, Claim) and isinstance(after, Claim))
        assert isinstance(before, Claim)
        assert isinstance(after, Claim)
        assert after.base <= before.base
        assume(before.owed is not None)
        assert most(after) <= most(before)
        assert after.result.claimable <= most(after)
        if (principal_claimed(case_with(given_facts, payments)) or 0) >= before.base:
            # Else the sheet gives up principal, and the room that the payment leaves for charges may be more.
            assert after.result.claimable <= before.result.claimable

    @given(facts(), PAYMENTS, st.randoms(use_true_random=False))
    def test_the_order_of_payments_of_one_day_changes_no_finding(
        self, given_facts: dict[str, Any], payments: list[tuple[int, int]], random: Any
    ) -> None:
        made = [(days // 30 * 30, amount) for days, amount in payments]
        case = case_with(given_facts, made)
        rows = list(case.facts["repayments"])
        random.shuffle(rows)
        rows.sort(key=lambda row: row["paid_on"])
        other = CaseFacts.of({**case.facts, "repayments": rows}, sound_person())
        assert audited(case).packed() == audited(other).packed()

    @given(facts(), PAYMENTS)
    @settings(max_examples=60)
    def test_the_cap_by_decimal_day_by_day(self, given_facts: dict[str, Any], payments: list[tuple[int, int]]) -> None:
        case = case_with(given_facts, payments)
        ledger = ledger_of(case, RULES)
        assume(isinstance(ledger, Ledger))
        assert isinstance(ledger, Ledger)
        cap, allowed = ledger.cap, Decimal(0)
        for span in capped_spans(case, ledger):
            for ordinal in range(span.start, span.until):
                early = cap.rate_from is not None and date.fromordinal(ordinal) < cap.rate_from
                rate = cap.rate_before if early and cap.rate_before is not None else cap.rate
                allowed += Decimal(span.undue + span.overdue) * rate / 365
        assert abs(allowed - ledger.cap_amount) <= len(ledger.periods)

    @given(st.integers(0, 1100), st.integers(0, 1100))
    def test_a_later_demand_with_proof_never_ends_limitation_sooner(self, first: int, second: int) -> None:
        start = date(2018, 3, 1)
        days = sorted(start + timedelta(days=offset) for offset in (first, second))
        assume(days[-1] <= date(2021, 3, 1))
        ends = [
            limitation_of(a_case(due_on="2018-03-01", last_paid_on=None, last_demand_on=day.isoformat()), RULES)
            for day in days
        ]
        assert ends[0] is not None
        assert ends[1] is not None
        assert ends[0].limitation.expiry <= ends[1].limitation.expiry


# --- on both sides of the days on which a rule changed ---------------------------------------------------------------

OLD_LIMIT = Decimal("0.24")

CAPS: list[tuple[str, str, str, Decimal, Decimal | None]] = [
    ("private", "2015-08-31", "private-transition", Decimal("0.12"), OLD_LIMIT),
    ("private", "2015-09-01", "private-transition", Decimal("0.12"), OLD_LIMIT),
    ("private", "2019-08-19", "private-transition", Decimal("0.12"), OLD_LIMIT),
    ("private", "2020-08-19", "private-transition", Decimal("0.12"), OLD_LIMIT),
    ("private", "2020-08-20", "private-lpr", Decimal("0.154"), None),
    ("private", "2020-12-31", "private-lpr", Decimal("0.154"), None),
    ("private", "2021-01-01", "private-lpr", Decimal("0.154"), None),
    ("private", "2021-12-19", "private-lpr", Decimal("0.154"), None),
    ("private", "2021-12-20", "private-lpr", Decimal("0.152"), None),
    ("private", "2022-01-19", "private-lpr", Decimal("0.152"), None),
    ("private", "2022-01-20", "private-lpr", Decimal("0.148"), None),
    ("private", "2022-08-21", "private-lpr", Decimal("0.148"), None),
    ("private", "2022-08-22", "private-lpr", Decimal("0.146"), None),
    ("private", "2023-06-19", "private-lpr", Decimal("0.146"), None),
    ("private", "2023-06-20", "private-lpr", Decimal("0.142"), None),
    ("private", "2023-08-20", "private-lpr", Decimal("0.142"), None),
    ("private", "2023-08-21", "private-lpr", Decimal("0.138"), None),
    ("private", "2024-07-21", "private-lpr", Decimal("0.138"), None),
    ("private", "2024-07-22", "private-lpr", Decimal("0.134"), None),
    ("private", "2024-10-20", "private-lpr", Decimal("0.134"), None),
    ("private", "2024-10-21", "private-lpr", Decimal("0.124"), None),
    ("private", "2025-05-19", "private-lpr", Decimal("0.124"), None),
    ("private", "2025-05-20", "private-lpr", Decimal("0.12"), None),
    ("bank", "2015-09-01", "licensed-24", OLD_LIMIT, None),
    ("consumer_finance", "2026-08-01", "licensed-24", OLD_LIMIT, None),
    ("micro_loan", "2027-12-31", "micro-24", OLD_LIMIT, None),
]


@pytest.mark.parametrize(("kind", "formed_on", "rule", "rate", "before"), CAPS)
def test_the_cap_of_the_day(kind: str, formed_on: str, rule: str, rate: Decimal, before: Decimal | None) -> None:
    cap = RULES.cap_on(kind, date.fromisoformat(formed_on))
    assert cap is not None
    assert (cap.rule, cap.rate, cap.rate_before) == (rule, rate, before)


@pytest.mark.parametrize(
    ("kind", "formed_on", "limit"),
    [
        ("micro_loan", "2025-12-18", "cost-micro-before"),
        ("micro_loan", "2025-12-19", "cost-micro-24"),
        ("micro_loan", "2027-12-31", "cost-micro-24"),
        ("micro_loan", "2028-01-01", "cost-micro-lpr"),
        ("assisted", "2025-09-30", "cost-assisted-before"),
        ("assisted", "2025-10-01", "cost-assisted-24"),
        ("private", "2020-08-19", "cost-private-transition"),
        ("private", "2020-08-20", "cost-private-lpr"),
    ],
)
def test_the_limit_of_the_cost_on_the_day(kind: str, formed_on: str, limit: str) -> None:
    cap = RULES.all_in_cap_on(kind, date.fromisoformat(formed_on))
    assert cap is not None
    assert cap.rule == limit


@pytest.mark.parametrize(
    ("check", "changes", "as_of", "outcome"),
    [
        ("jurisdiction.internet_court", {"agreed_court": "杭州互联网法院"}, "2025-10-31", "pass"),
        ("jurisdiction.internet_court", {"agreed_court": "杭州互联网法院"}, "2025-11-01", "fail"),
        ("capacity.student", {"student": True, "lender_kind": "micro_loan", "contract_date": "2021-03-16"}, "", "warn"),
        ("capacity.student", {"student": True, "lender_kind": "micro_loan", "contract_date": "2021-03-17"}, "", "fail"),
        ("evidence.disclosure", {"contract_date": "2026-07-31", "evidence_disclosure": False}, "", "not_applicable"),
        ("evidence.disclosure", {"contract_date": "2026-08-01", "evidence_disclosure": False}, "", "fail"),
        ("rate.contract_cap", {"lender_kind": "private", "annual_rate": "0.154"}, "", "warn"),
    ],
)
def test_a_rule_holds_from_its_day_on(check: str, changes: dict[str, Any], as_of: str, outcome: str) -> None:
    day = date.fromisoformat(as_of) if as_of else AS_OF
    assert said(a_case(**changes), check, day)["outcome"] == outcome


def test_a_loan_across_20_august_2020_is_split_on_that_very_day() -> None:
    loan = {
        "lender_kind": "private",
        "contract_date": "2019-11-01",
        "disbursed_on": "2019-11-01",
        "due_on": None,
        "principal": 5_000_000,
        "disbursed_amount": 5_000_000,
        "annual_rate": "0.30",
        "penalty_rate": None,
        "repayment_method": "on_demand",
        "outstanding_principal": 5_000_000,
        "accelerated_on": None,
        "calculated_to": "2026-11-23",
    }
    ledger = ledger_of(case_with({**sound_facts(), **loan}, []), RULES)
    assert isinstance(ledger, Ledger)
    first, second = ledger.periods
    assert (first.until, second.start) == (date(2020, 8, 20), date(2020, 8, 20))
    assert (first.days, first.amount, second.days, second.amount) == (293, 963_288, 2286, 3_757_808)
