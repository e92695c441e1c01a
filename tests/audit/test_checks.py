"""What each check says of cases that break it, that lack its facts, and of the vectors of the domain."""

from datetime import date
from typing import Any

import pytest

from reviewdesk.audit.facts import UNKNOWN, Related
from reviewdesk.audit.registry import CHECKS
from tests.audit.cases import AS_OF, a_case, audited, said, sound_ledger


def outcome(check: str, as_of: date = AS_OF, **changes: Any) -> str:
    result: str = said(a_case(**changes), check, as_of)["outcome"]
    return result


def computed(check: str, as_of: date = AS_OF, **changes: Any) -> dict[str, Any]:
    result: dict[str, Any] = said(a_case(**changes), check, as_of)["computed"]
    return result


def test_a_sound_case_is_clear() -> None:
    audit = audited(a_case(**sound_ledger()))
    assert (audit.verdict, audit.failed, audit.warned, audit.missing) == ("clear", [], [], [])


def test_without_its_ledger_that_is_all_it_lacks() -> None:
    audit = audited(a_case())
    assert (audit.verdict, audit.failed, audit.warned, audit.missing) == ("attention", [], [], ["claim.ledger"])


def test_a_case_of_which_nothing_is_known_passes_nothing_that_it_cannot() -> None:
    case = a_case(related=UNKNOWN, without=tuple(CHECKS["evidence.required"].uses), person={})
    empty = type(case).of({"account_no": "JJ001"})
    audit = audited(empty)
    assert audit.verdict == "attention"
    assert not audit.failed
    outcomes = {finding.check: finding.outcome for finding in audit.findings}
    assert set(outcomes.values()) <= {"missing", "not_applicable"}
    assert outcomes["rate.claim_cap"] == outcomes["limitation.expired"] == "missing"


class TestClaim:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, "pass"),
            ({"total_claimed_yuan": "9201.32"}, "pass"),
            ({"total_claimed_yuan": "9201.33"}, "fail"),
            ({"total_claimed": None}, "missing"),
            ({"without": ("interest_due", "penalty_due", "compound_due", "damages_due", "fees_due")}, "missing"),
        ],
    )
    def test_sum(self, changes: dict[str, Any], expected: str) -> None:
        assert outcome("claim.sum", **changes) == expected

    def test_the_difference_is_named(self) -> None:
        found = said(
            a_case(
                outstanding_principal_yuan="8312.32",
                interest_due_yuan="440.25",
                penalty_due_yuan="120.00",
                total_claimed_yuan="8900.00",
            ),
            "claim.sum",
        )
        assert found["computed"]["difference"] == "27.43"
        assert "27.43" in found["message"]["zh"]
        assert "27.43" in found["message"]["en"]

    def test_principal_above_what_was_lent(self) -> None:
        assert outcome("claim.principal_ceiling", outstanding_principal_yuan="12000.01") == "fail"
        assert outcome("claim.principal_ceiling", outstanding_principal_yuan="12000.00") == "pass"

    def test_principal_received_less_principal_repaid(self) -> None:
        found = said(
            a_case(principal_yuan="10000", disbursed_amount_yuan="9500", outstanding_principal_yuan="8000"),
            "claim.principal_ceiling",
        )
        assert (found["outcome"], found["computed"]["ceiling"]) == ("fail", "7500.00")

    def test_interest_deducted_in_advance(self) -> None:
        found = said(
            a_case(
                disbursed_amount_yuan="11040",
                outstanding_principal_yuan="12000",
                terms_paid=0,
                paid_total=None,
                last_paid_on=None,
            ),
            "claim.deducted_in_advance",
        )
        assert found["outcome"] == "fail"
        assert found["computed"] == {"held_back": "960.00", "claimable_principal": "11040.00"}
        assert outcome("claim.deducted_in_advance", disbursed_amount=None) == "missing"
        assert outcome("claim.deducted_in_advance", disbursed_amount_yuan="12500") == "pass"

    def test_schedule(self) -> None:
        found = said(
            a_case(
                annual_rate="0.24",
                contract_date="2024-01-10",
                disbursed_on="2024-01-10",
                due_on="2025-01-10",
                outstanding_principal_yuan="8500",
                interest_due_yuan="440.25",
                calculated_to="2024-08-20",
            ),
            "claim.schedule",
        )
        assert (found["outcome"], found["severity"]) == ("warn", "warn")
        assert found["computed"]["schedule_principal"] == "8312.32"
        assert found["computed"]["schedule_interest"] == "440.25"
        assert found["computed"]["difference"] == "187.68"

    def test_schedule_within_its_tolerance(self) -> None:
        assert outcome("claim.schedule", outstanding_principal_yuan="8300.00") == "pass"
        assert outcome("claim.schedule", outstanding_principal_yuan="8400.00") == "warn"
        assert outcome("claim.schedule", terms_paid=None) == "missing"
        assert outcome("claim.schedule", repayment_method="on_demand") == "not_applicable"

    def test_a_recourse_is_not_compared_with_the_loans_schedule(self) -> None:
        assert outcome("claim.schedule", lender_kind="insurer") == "not_applicable"

    def test_bullet_schedule(self) -> None:
        numbers = computed(
            "claim.schedule",
            repayment_method="bullet",
            outstanding_principal_yuan="12000",
            interest_due_yuan="2160",
            terms_paid=None,
        )
        assert (numbers["schedule_principal"], numbers["schedule_interest"]) == ("12000.00", "2160.00")

    def test_interest(self) -> None:
        assert outcome("claim.interest", interest_due_yuan="1700") == "fail"
        assert outcome("claim.interest", annual_rate=None) == "missing"
        assert outcome("claim.interest", interest_due_yuan="0") == "not_applicable"

    def test_interest_that_fits_a_year_of_360_days_only(self) -> None:
        # 8,235.72 at 18 % for 409 days: 1,661.11 with 365 days, 1,684.18 with 360.
        found = said(a_case(interest_due_yuan="1684.00"), "claim.interest")
        assert (found["outcome"], found["reason"]) == ("warn", "bankers_year")

    def test_penalty(self) -> None:
        assert computed("claim.penalty")["allowed_rate"] == "0.24"
        assert computed("claim.penalty", penalty_rate="0.28")["allowed_rate"] == "0.27"
        assert said(a_case(penalty_rate="0.28"), "claim.penalty")["reason"] == "rate_too_high"
        assert said(a_case(penalty_rate="0.27"), "claim.penalty")["outcome"] == "pass"
        assert outcome("claim.penalty", penalty_due_yuan="9000") == "fail"

    def test_a_penalty_with_a_year_of_360_days(self) -> None:
        changes: dict[str, Any] = {
            "annual_rate": "0.24",
            "penalty_rate": "0.36",
            "outstanding_principal_yuan": "8000",
            "first_overdue_on": "2026-10-09",
            "days_overdue": 45,
        }
        assert computed("claim.penalty", penalty_due_yuan="360.00", **changes)["allowed"] == "355.07"
        assert outcome("claim.penalty", penalty_due_yuan="360.00", **changes) == "pass"

    def test_compound_interest_is_for_financial_lenders(self) -> None:
        assert outcome("claim.compound", compound_due_yuan="10", lender_kind="private") == "fail"
        assert outcome("claim.compound", compound_due_yuan="10", lender_kind="micro_loan") == "fail"
        assert outcome("claim.compound", compound_due_yuan="10", lender_kind="bank") == "pass"
        assert outcome("claim.compound") == "not_applicable"
        assert outcome("claim.compound", compound_due=None) == "not_applicable", "the other parts make up the total"
        assert outcome("claim.compound", compound_due=None, total_claimed_yuan="9999") == "missing"

    def test_calculation_date(self) -> None:
        assert outcome("claim.calculated_to", calculated_to=None) == "missing"
        assert outcome("claim.calculated_to", calculated_to="2026-11-24") == "fail"
        assert outcome("claim.calculated_to", calculated_to="2025-10-09") == "fail"
        assert outcome("claim.calculated_to") == "pass"

    def test_paid_off(self) -> None:
        assert outcome("claim.paid_off", paid_off=True) == "fail"
        assert outcome("claim.paid_off", total_claimed=0) == "fail"
        assert outcome("claim.paid_off", paid_off=None) == "pass"


class TestRate:
    @pytest.mark.parametrize(
        ("changes", "expected", "cap"),
        [
            ({"lender_kind": "private", "contract_date": "2021-06-01", "annual_rate": "0.154"}, "pass", "0.154"),
            ({"lender_kind": "private", "contract_date": "2023-06-19", "annual_rate": "0.15"}, "warn", "0.146"),
            ({"lender_kind": "private", "contract_date": "2023-06-20", "annual_rate": "0.142"}, "pass", "0.142"),
            ({"lender_kind": "consumer_finance", "annual_rate": "0.2398"}, "pass", "0.24"),
            ({"lender_kind": "consumer_finance", "annual_rate": "0.2433"}, "warn", "0.24"),
        ],
    )
    def test_contract_cap(self, changes: dict[str, Any], expected: str, cap: str) -> None:
        found = said(a_case(**changes), "rate.contract_cap")
        assert (found["outcome"], found["computed"]["cap"]) == (expected, cap)

    def test_an_old_private_contract_has_two_caps(self) -> None:
        found = said(a_case(lender_kind="private", contract_date="2019-06-01", annual_rate="0.30"), "rate.contract_cap")
        assert (found["outcome"], found["reason"]) == ("warn", "above_before")
        assert (found["computed"]["cap_before"], found["computed"]["cap"]) == ("0.24", "0.12")
        found = said(a_case(lender_kind="private", contract_date="2019-06-01", annual_rate="0.18"), "rate.contract_cap")
        assert found["reason"] == "above_after"

    def test_a_contract_after_the_last_known_lpr_says_so(self) -> None:
        found = said(a_case(lender_kind="private", contract_date="2026-11-05", annual_rate="0.12"), "rate.contract_cap")
        assert found["outcome"] == "pass"
        assert found["computed"]["notes"] == ["lpr_beyond"]
        assert "LPR" in found["message"]["zh"]

    def test_without_an_lpr_the_finding_is_missing(self) -> None:
        found = said(a_case(lender_kind="private", contract_date="2018-01-01"), "rate.contract_cap", date(2019, 1, 1))
        assert (found["outcome"], found["computed"]["missing"]) == ("missing", ["lpr"])

    def test_claim_cap_counts_from_the_last_repayment(self) -> None:
        found = said(
            a_case(
                outstanding_principal_yuan="30000",
                principal_yuan="60000",
                disbursed_amount_yuan="60000",
                last_paid_on="2026-03-15",
                interest_due_yuan="4000",
                penalty_due_yuan="2500",
                total_claimed_yuan="36500",
            ),
            "rate.claim_cap",
        )
        assert found["outcome"] == "fail"
        numbers = found["computed"]
        assert (numbers["cap_amount"], numbers["claimable"], numbers["excess"]) == ("4990.68", "34990.68", "1509.32")
        assert (numbers["days"], numbers["cap"]) == (253, "0.24")
        assert "34,990.68" in found["mend"]["zh"]
        audit = audited(a_case(total_claimed_yuan="36500"))
        assert audit.claimable is not None

    @pytest.mark.parametrize(
        ("changes", "excess"),
        [
            # 27 % for 623 days on 9,000, in one sum with nothing else.
            (
                {
                    "outstanding_principal_yuan": "9000",
                    "last_paid_on": "2025-03-10",
                    "interest_due": 0,
                    "penalty_due_yuan": "4147.64",
                    "total_claimed_yuan": "13147.64",
                },
                "460.85",
            ),
            # 27 % for 300 days on 8,000 and 5 % damages.
            (
                {
                    "outstanding_principal_yuan": "8000",
                    "last_paid_on": "2026-01-27",
                    "interest_due": 0,
                    "penalty_due_yuan": "1775.34",
                    "damages_due_yuan": "400",
                    "total_claimed_yuan": "10175.34",
                },
                "597.26",
            ),
        ],
    )
    def test_all_charges_together(self, changes: dict[str, Any], excess: str) -> None:
        assert computed("rate.claim_cap", **changes)["excess"] == excess

    def test_a_private_lender_has_half_of_it(self) -> None:
        numbers = computed(
            "rate.claim_cap",
            lender_kind="private",
            contract_date="2025-06-10",
            outstanding_principal_yuan="9000",
            last_paid_on="2025-03-10",
            interest_due=0,
            penalty_due_yuan="4147.64",
            total_claimed_yuan="13147.64",
        )
        assert (numbers["cap_amount"], numbers["excess"]) == ("1843.40", "2304.24")

    def test_an_old_private_loan_is_counted_in_periods(self) -> None:
        found = said(
            a_case(
                lender_kind="private",
                contract_date="2019-11-01",
                disbursed_on="2019-11-01",
                last_paid_on=None,
                terms_paid=0,
                paid_total=None,
                principal_yuan="50000",
                disbursed_amount_yuan="50000",
                outstanding_principal_yuan="50000",
                annual_rate="0.24",
                interest_due_yuan="84789.04",
                penalty_due=0,
                total_claimed_yuan="134789.04",
            ),
            "rate.claim_cap",
        )
        amounts = [(period["days"], period["amount"]) for period in found["computed"]["periods"]]
        assert amounts == [(293, "9632.88"), (2286, "37578.08")]
        assert found["computed"]["periods"][0]["to"] == "2020-08-19"
        assert found["computed"]["claimable"] == "97210.96"

    def test_never_more_than_was_claimed(self) -> None:
        numbers = computed("rate.claim_cap", total_claimed_yuan="5000")
        assert (numbers["claimable"], numbers["excess"]) == ("5000.00", "0.00")

    def test_recourse_counts_from_the_payment(self) -> None:
        paid: dict[str, Any] = {
            "lender_kind": "guarantor",
            "claim_paid_yuan": "7880.42",
            "claim_paid_on": "2024-02-03",
            "outstanding_principal": None,
            "interest_due": 0,
            "penalty_due": 0,
            "damages_due_yuan": "100",
            "total_claimed_yuan": "7980.42",
        }
        assert outcome("rate.claim_cap", **paid) == "pass"
        assert outcome("claim.principal_ceiling", **paid) == "pass"
        assert outcome("claim.principal_ceiling", **{**paid, "outstanding_principal": 1300000}) == "fail"
        assert outcome("rate.claim_cap", **{**paid, "claim_paid_on": None}) == "missing"
        found = said(a_case(**{**paid, "penalty_rate": "0.138"}), "rate.contract_cap")
        assert (found["outcome"], found["computed"]["lpr"]) == ("warn", "0.0345")

    @pytest.mark.parametrize(
        ("changes", "cost", "expected"),
        [
            ({"annual_rate": "0.24", "disbursed_amount_yuan": "11040"}, "0.4062", "warn"),
            ({"annual_rate": "0.24", "monthly_fee": 10000}, "0.4083", "warn"),
            ({"annual_rate": "0.24", "fees_due_yuan": "1200"}, "0.4083", "warn"),
            ({"annual_rate": "0.24"}, "0.24", "pass"),
            (
                {"principal_yuan": "10000", "disbursed_amount": None, "annual_rate": "0.058", "monthly_fee": 4756},
                "0.16",
                "pass",
            ),
            ({"lender_kind": "private", "annual_rate": "0.13"}, "0.13", "warn"),
            ({"repayment_method": "bullet", "annual_rate": "0.2"}, "0.2", "pass"),
        ],
    )
    def test_all_in_cost(self, changes: dict[str, Any], cost: str, expected: str) -> None:
        found = said(a_case(**changes), "rate.all_in_cost")
        assert abs(float(found["computed"]["all_in_cost"]) - float(cost)) < 1.1e-4
        assert found["outcome"] == expected

    def test_all_in_cost_cites_the_rule_of_the_loans_day(self) -> None:
        after = said(a_case(lender_kind="assisted", contract_date="2025-10-01"), "rate.all_in_cost")
        before = said(a_case(lender_kind="assisted", contract_date="2025-09-30"), "rate.all_in_cost")
        assert "金规〔2025〕9号" in after["cites"]["zh"]
        assert "金规〔2025〕9号" not in before["cites"]["zh"]


class TestDefault:
    def test_overdue_days(self) -> None:
        assert outcome("default.overdue_days", days_overdue=377) == "pass"
        found = said(a_case(first_overdue_on="2026-05-20", days_overdue=157), "default.overdue_days")
        assert (found["outcome"], found["computed"]["days"]) == ("warn", 187)

    @pytest.mark.parametrize(
        ("days", "bucket", "expected"),
        [
            (187, "M6+", "pass"),
            (30, "M1", "pass"),
            (31, "M2", "pass"),
            (31, "M1", "warn"),
            (0, "C", "pass"),
            (100, "M3+", "pass"),
            (200, "M7", "pass"),
            (100, "次级", "not_applicable"),
        ],
    )
    def test_bucket(self, days: int, bucket: str, expected: str) -> None:
        assert outcome("default.bucket", days_overdue=days, bucket=bucket) == expected

    def test_a_wrong_bucket_only_informs(self) -> None:
        audit = audited(a_case(**sound_ledger(), bucket="M1"))
        assert (audit.verdict, audit.warned) == ("clear", ["default.bucket"])

    def test_threshold(self) -> None:
        assert outcome("default.threshold", days_overdue=89) == "fail"
        assert outcome("default.threshold", days_overdue=90, first_overdue_on=None) == "pass"

    def test_acceleration(self) -> None:
        later: dict[str, Any] = {"due_on": "2027-03-10", "disbursed_on": "2024-03-10"}
        assert outcome("default.acceleration", **later) == "fail"
        assert outcome("default.acceleration", **later, accelerated_on="2026-03-01") == "pass"
        assert outcome("default.acceleration", **later, accelerated_on="2026-06-01") == "missing"
        assert (
            outcome("default.acceleration", **later, accelerated_on="2026-06-01", evidence_acceleration=False) == "fail"
        )
        assert outcome("default.acceleration", **later, accelerated_on="2027-01-01") == "fail"
        assert outcome("default.acceleration") == "not_applicable"


class TestLimitation:
    def test_a_proved_demand_and_one_without_proof(self) -> None:
        facts: dict[str, Any] = {"due_on": "2022-03-15", "last_paid_on": "2022-06-20", "last_demand_on": "2023-05-10"}
        found = said(a_case(**facts, demand_proof=True), "limitation.expired")
        assert (found["outcome"], found["computed"]["expiry"]) == ("fail", "2026-05-11")
        found = said(a_case(**facts, demand_proof=False), "limitation.expired")
        assert (found["outcome"], found["computed"]["expiry"]) == ("fail", "2025-06-20")
        assert found["computed"]["expiry_if_proved"] == "2026-05-11"
        assert "2026-05-11" in found["mend"]["zh"]

    @pytest.mark.parametrize(
        ("due", "expiry", "left", "near"),
        [
            ("2024-02-29", "2027-03-01", 98, "pass"),
            ("2024-01-31", "2027-02-01", 70, "warn"),
            ("2023-11-23", "2026-11-23", 0, "warn"),
            ("2023-03-15", "2026-03-16", -252, "not_applicable"),
        ],
    )
    def test_near(self, due: str, expiry: str, left: int, near: str) -> None:
        found = said(a_case(due_on=due, last_paid_on=None, last_demand_on=None), "limitation.near")
        assert (found["outcome"], found["computed"]["expiry"], found["computed"]["days_left"]) == (near, expiry, left)
        assert outcome("limitation.expired", due_on=due, last_paid_on=None, last_demand_on=None) == (
            "fail" if left < 0 else "pass"
        )

    def test_a_delivered_message_makes_it_run_anew(self) -> None:
        changes: dict[str, Any] = {"due_on": "2023-11-23", "last_paid_on": None, "last_demand_on": "2025-01-10"}
        assert computed("limitation.expired", **changes)["expiry"] == "2028-01-10"

    def test_acceleration_and_recourse_begin_it(self) -> None:
        alone: dict[str, Any] = {"last_paid_on": None, "last_demand_on": None}
        found = computed("limitation.expired", accelerated_on="2025-12-01", due_on="2027-06-10", **alone)
        assert (found["expiry"], found["base_kind"]) == ("2028-12-01", "acceleration")
        found = computed(
            "limitation.expired", lender_kind="insurer", claim_paid_on="2025-02-03", claim_paid_yuan="100", **alone
        )
        assert (found["expiry"], found["base_kind"]) == ("2028-02-03", "recourse")


class TestIdentity:
    @pytest.mark.parametrize(
        ("person", "check", "expected"),
        [
            ({"id_no": "110105194912310021"}, "identity.id_number", "fail"),
            ({"id_no": "440106199003072000"}, "identity.id_number", "fail"),
            ({"id_no": "44010619900307234"}, "identity.id_number", "fail"),
            ({"id_no": "110105491231002"}, "identity.id_number", "warn"),
            ({"gender": "男"}, "identity.id_number", "warn"),
            ({"id_no": None}, "identity.id_number", "missing"),
            ({"id_no": "11010519900230001X"}, "identity.birth_date", "fail"),
            ({"id_no": "440524188001010014"}, "identity.birth_date", "warn"),
            ({"mobile": "12800138000"}, "identity.mobile", "warn"),
            ({"mobile": "1380013800"}, "identity.mobile", "warn"),
            ({"borrower_name": "张*"}, "identity.name", "warn"),
            ({"borrower_name": "张"}, "identity.name", "warn"),
            ({"borrower_name": "深圳某某贸易有限公司"}, "identity.name", "warn"),
            ({"borrower_name": "买买提·吐尔逊"}, "identity.name", "pass"),
            ({"id_no": "911840198407160011"}, "identity.region", "not_applicable"),
        ],
    )
    def test_identity(self, person: dict[str, Any], check: str, expected: str) -> None:
        assert outcome(check, person=person) == expected

    def test_nothing_personal_stays_in_a_finding(self) -> None:
        case = a_case(person={"note": "失业在家", "gender": "男"})
        text = str(audited(case).findings_json(case))
        for value in ("张三丰", "440106199003072349", "13800138000", "桂城街道", "失业在家"):
            assert value not in text


class TestCapacity:
    def test_age(self) -> None:
        assert outcome("capacity.age", person={"id_no": "510107200612311237"}, contract_date="2024-12-30") == "fail"
        assert outcome("capacity.age", person={"id_no": "510107200612311237"}, contract_date="2024-12-31") == "pass"
        assert (
            said(a_case(person={"id_no": "11010519491231002X", "gender": "女"}), "capacity.age")["reason"] == "elderly"
        )

    def test_student(self) -> None:
        assert outcome("capacity.student", student=True, lender_kind="micro_loan") == "fail"
        assert outcome("capacity.student", student=True) == "warn"
        old: dict[str, Any] = {"contract_date": "2021-03-16", "disbursed_on": "2021-03-16"}
        assert outcome("capacity.student", student=True, lender_kind="micro_loan", **old) == "warn"
        assert outcome("capacity.student", student=None) == "missing"

    def test_deceased(self) -> None:
        found = said(a_case(deceased=True), "capacity.deceased")
        assert found["outcome"] == "fail"
        assert "继承人" in found["mend"]["zh"]

    def test_insolvent(self) -> None:
        assert outcome("capacity.insolvent", insolvent=True) == "fail"
        assert outcome("capacity.insolvent", person={"note": "已申请个人破产"}) == "fail"
        assert outcome("capacity.insolvent", person={"contact_address": "广东省深圳市南山区科技路1号"}) == "missing"
        assert outcome("capacity.insolvent") == "not_applicable"


class TestStanding:
    def test_plaintiff(self) -> None:
        assert outcome("standing.plaintiff", lender_name="乙信息技术有限公司", lender_kind="assisted") == "fail"
        assert outcome("standing.plaintiff", lender_code="91350100M000100Y44") == "fail"
        assert outcome("standing.plaintiff", lender_code="440301123456789") == "warn"
        assert outcome("standing.plaintiff", lender_name=None) == "missing"
        assert outcome("standing.plaintiff", lender_kind="insurer", claim_paid=0, claim_paid_on="2026-01-01") == "fail"

    def test_licence(self) -> None:
        assert outcome("standing.licence", licence_no=None) == "missing"
        assert outcome("standing.licence", lender_kind="private") == "not_applicable"
        many = Related((), (), (), (), 1, 100, 5, 37)
        assert outcome("standing.licence", lender_kind="private", related=many) == "warn"

    def test_assignment(self) -> None:
        assert outcome("standing.assignment", assigned_from="甲小额贷款有限公司") == "fail"
        assert outcome("standing.assignment", assigned_from="甲", assignment_notice_on="2026-01-01") == "pass"
        assert outcome("standing.assignment", assigned_from="甲", assignment_notice_on="2027-01-01") == "fail"


class TestDuplicates:
    def test_the_same_account(self) -> None:
        again = Related(("#7",), (), (), ("#7",), 1, 100, 5, 3)
        found = said(a_case(related=again), "duplicate.account")
        assert (found["outcome"], found["computed"]["cases"]) == ("fail", ["#7"])
        assert outcome("duplicate.account", related=UNKNOWN) == "missing"

    def test_sued_before(self) -> None:
        assert outcome("duplicate.litigated", litigated=True) == "fail"
        assert outcome("duplicate.litigated", arbitrated=True) == "fail"
        assert outcome("duplicate.litigated", arbitrated=None) == "missing"
        assert outcome("duplicate.litigated", related=Related((), ("C-1",), (), (), 1)) == "fail"

    def test_settled(self) -> None:
        assert outcome("duplicate.settled", related=Related((), (), ("C-1",), (), 1)) == "fail"

    def test_other_cases_of_the_borrower_only_inform(self) -> None:
        case = a_case(**sound_ledger(), related=Related((), (), (), ("C-1", "C-2"), 1, 100, 5, 3))
        assert audited(case).verdict == "clear"
        assert said(case, "duplicate.borrower")["computed"]["count"] == 2

    def test_a_shared_phone(self) -> None:
        assert outcome("duplicate.contact", related=Related((), (), (), (), 2)) == "warn"


class TestJurisdiction:
    def test_a_court_far_from_both_sides(self) -> None:
        far: dict[str, Any] = {
            "lender_name": "重庆北碚某某小额贷款有限公司",
            "lender_code": None,
            "agreed_court": "北京市海淀区人民法院",
        }
        assert outcome("jurisdiction.agreed", **far) == "warn"
        assert outcome("jurisdiction.agreed", **{**far, "agreed_court": "重庆市北碚区人民法院"}) == "pass"
        assert outcome("jurisdiction.agreed", **{**far, "agreed_court": "佛山市南海区人民法院"}) == "pass"
        assert outcome("jurisdiction.agreed", agreed_court=None) == "missing"

    def test_internet_courts_no_longer_take_loans(self) -> None:
        assert said(a_case(agreed_court="杭州互联网法院"), "jurisdiction.agreed")["reason"] == "internet_court"

    def test_domicile(self) -> None:
        home = {"id_address": "河南省郑州市金水区花园路1号", "contact_address": "广东省广州市天河区体育东路1号"}
        assert outcome("jurisdiction.domicile", person=home) == "warn"
        assert outcome("jurisdiction.domicile", person={"id_address": "广东省", "contact_address": None}) == "warn"
        assert outcome("jurisdiction.domicile", without=("id_address", "contact_address")) == "missing"

    def test_concentration(self) -> None:
        gathered = Related((), (), (), (), 1, 100, 81, 3)
        far: dict[str, Any] = {"agreed_court": "北京市海淀区人民法院"}
        found = said(a_case(related=gathered, **far), "jurisdiction.concentration")
        assert (found["outcome"], found["computed"]["share"]) == ("warn", "0.81")
        assert outcome("jurisdiction.concentration", related=gathered) == "pass"
        assert outcome("jurisdiction.concentration", related=Related((), (), (), (), 1, 100, 80, 3), **far) == "pass"


class TestProcedureAndCost:
    @pytest.mark.parametrize(
        ("claim", "reason"), [("50000", "open"), ("60000", "by_agreement"), ("300000", "too_large")]
    )
    def test_small_claims_in_zhejiang_2022(self, claim: str, reason: str) -> None:
        case = a_case(total_claimed_yuan=claim, agreed_court="浙江省杭州市西湖区人民法院")
        found = said(case, "procedure.small_claims", date(2022, 6, 1))
        assert found["reason"] == reason
        assert (found["computed"]["small_claims_limit"], found["computed"]["agreed_limit"]) == ("54322.50", "217290.00")

    def test_a_missing_defendant_has_no_small_claims_procedure(self) -> None:
        case = a_case(without=("mobile", "id_address", "contact_address"))
        assert said(case, "procedure.small_claims")["reason"] == "unreachable"

    def test_payment_order(self) -> None:
        assert computed("procedure.payment_order", total_claimed_yuan="50000")["fee_payment_order"] == "350.00"

    def test_fees(self) -> None:
        numbers = computed("cost.fee", total_claimed_yuan="20000")
        assert (numbers["fee"], numbers["fee_halved"], numbers["fee_payment_order"]) == ("300.00", "150.00", "100.00")
        assert numbers["preservation_fee"] == "220.00"

    def test_worth(self) -> None:
        small: dict[str, Any] = {
            "outstanding_principal_yuan": "800",
            "interest_due": 0,
            "penalty_due": 0,
            "total_claimed_yuan": "800",
        }
        found = said(a_case(**small), "cost.worth")
        assert (found["outcome"], found["computed"]["cost"]) == ("warn", "355.00")
        assert outcome("cost.worth") == "pass"


class TestEvidenceAndConduct:
    def test_required_evidence(self) -> None:
        found = said(a_case(evidence_disbursement=False), "evidence.required")
        assert (found["outcome"], found["computed"]["absent"]) == ("fail", ["disbursement"])
        assert "放款凭证" in found["message"]["zh"]
        found = said(a_case(evidence_disbursement=None), "evidence.required")
        assert (found["outcome"], found["computed"]["missing"]) == ("missing", ["evidence.disbursement"])

    def test_the_disclosure_of_cost_is_asked_of_new_loans(self) -> None:
        new: dict[str, Any] = {"contract_date": "2026-08-01"}
        assert outcome("evidence.required", **new) == "missing"
        assert outcome("evidence.required", contract_date="2026-07-31") == "pass"

    def test_electronic_signature(self) -> None:
        assert outcome("evidence.signature", esign_certificate=None) == "fail"
        assert outcome("evidence.signature", contract_signed_by="paper") == "not_applicable"
        assert outcome("evidence.signature", contract_signed_by=None) == "missing"

    def test_service_address(self) -> None:
        assert outcome("service.address", service_address_confirmed=False) == "warn"
        assert outcome("service.address", service_address_confirmed=None) == "missing"
        assert outcome("service.address", person={"contact_address": "广东省"}) == "warn"

    @pytest.mark.parametrize(
        ("check", "fact"),
        [("conduct.complaint", "complaint"), ("conduct.hardship", "hardship"), ("conduct.offer", "negotiating")],
    )
    def test_conduct(self, check: str, fact: str) -> None:
        for value, expected in ((True, "warn"), (False, "pass"), (None, "missing")):
            stated: dict[str, Any] = {fact: value}
            assert outcome(check, **stated, without=("note",)) == expected

    def test_hardship_in_the_note(self) -> None:
        assert outcome("conduct.hardship", hardship=None, person={"note": "客户失业，希望延期"}) == "warn"
        assert outcome("conduct.hardship", hardship=None, person={"note": "无困难"}) == "pass"
