"""The claim statement adds up, and says what the findings say."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit.case_ledger import Ledger, ledger_of
from reviewdesk.audit.claims import Claim, claim_of
from reviewdesk.audit.statement import CAP, ClaimStatement, statement_of
from reviewdesk.money import Fen, fen
from tests.audit.cases import a_case, audited
from tests.audit.test_ledger_checks import AMOUNT, FOUR, KIND, METHOD, PAYMENTS, RULES, _drawn, a_ledger_case, rows


def made(case: object) -> ClaimStatement:
    statement = statement_of(case, RULES)  # type: ignore[arg-type]
    assert isinstance(statement, ClaimStatement)
    return statement


def test_vector_b_line_by_line() -> None:
    statement = made(a_ledger_case())
    interest = [line for line in statement.lines if line.kind == "interest"]
    assert [line.amount for line in interest[4:]] == [fen("166.25"), fen("146.88"), fen("127.12"), fen("35.17")]
    assert interest[-1].days == 10
    assert interest[-1].base == fen("5348.41")
    penalty = [line for line in statement.lines if line.kind == "penalty"]
    assert [(line.days, line.base) for line in penalty] == [
        (30, fen("968.47")),
        (31, fen("1956.31")),
        (10, fen("2963.91")),
    ]
    assert penalty[-1].running == fen("78.47")
    assert next(one.principal for one in statement.set_offs) == fen("894.72")
    assert [part.stands for part in statement.parts] == [fen("8312.32"), fen("475.42"), fen("78.47"), 0, 0]


def test_a_court_clerk_can_check_each_line() -> None:
    for line in made(a_ledger_case()).lines:
        if line.kind == "penalty":
            exact = Decimal(line.base) * line.rate * line.days / 365
            assert abs(exact - line.amount) <= 1


def test_without_a_ledger_the_cap_of_the_finding_is_shown() -> None:
    case = a_case()
    statement = made(case)
    assert not statement.by_ledger
    assert statement.claimable == audited(case).claimable
    assert sum(line.amount for line in statement.cap_lines) == statement.cap_total


def test_what_is_missing_is_named() -> None:
    assert statement_of(a_case(without=("lender_kind",)), RULES) == ("lender_kind",)


def test_the_same_facts_make_the_same_statement() -> None:
    assert made(a_ledger_case()) == made(a_ledger_case(repayments=rows(*FOUR)))


@given(KIND, METHOD, PAYMENTS, st.tuples(AMOUNT, AMOUNT, AMOUNT), st.sampled_from(["2019-05-01", "2024-01-10"]))
@settings(max_examples=200)
def test_lines_payments_and_totals_agree(
    kind: str, method: str, payments: list[tuple[str, int]], claimed: tuple[int, int, int], formed: str
) -> None:
    case = _drawn(kind, method, payments, claimed, formed)
    statement = made(case)
    charged: dict[str, int] = defaultdict(int)
    for line in statement.lines:
        charged[line.kind] += line.amount
        assert line.running == charged[line.kind]
    paid: dict[str, int] = defaultdict(int)
    for one in statement.set_offs:
        for name in ("interest", "penalty", "compound", "fees"):
            paid[name] += getattr(one, name)
    for part in statement.parts[1:]:
        unmatured = method == "bullet" and part.kind == "interest" and part.stands == 0
        assert unmatured or charged[part.kind] - paid[part.kind] == part.stands
    assert sum(line.amount for line in statement.cap_lines) == statement.cap_total
    assert all(line.kind == CAP for line in statement.cap_lines)
    ledger = ledger_of(case, RULES)
    if isinstance(ledger, Ledger) and ledger.capped_before is not None:
        # What was paid between the two old limits stays paid, and counts against nothing.
        assert sum(paid.values()) >= statement.charges_paid
    else:
        assert sum(paid.values()) == statement.charges_paid + statement.credited
    claim = claim_of(case, RULES)
    assert isinstance(claim, Claim)
    assert statement.claimable == claim.result.claimable
    assert statement.claimable + statement.excess == Fen(sum(claimed))
