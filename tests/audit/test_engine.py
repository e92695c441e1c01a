"""The engine: what is missing or broken never passes, every answer has a sentence, numbers hold for any case."""

import ast
import inspect
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewdesk.audit import checks
from reviewdesk.audit.engine import audit_case
from reviewdesk.audit.facts import CaseFacts, Related
from reviewdesk.audit.findings import in_full
from reviewdesk.audit.policy import Policy, load_policy, policy_names, read_policy
from reviewdesk.audit.registry import CHECKS, ERROR, LACKING, Check
from reviewdesk.audit.related import within_file
from reviewdesk.audit.vocabulary import KINDS, LABELS
from reviewdesk.errors import Invalid
from tests.audit.cases import AS_OF, a_case, audited, said, sound_facts, sound_ledger, sound_person

ANSWERS = {"passed", "broken", "warned", "not_applicable"}


def changed_policy(**changes: Any) -> Policy:
    return load_policy().model_copy(update=changes)


def with_rule(check: str, **rule: Any) -> Policy:
    rules = dict(load_policy().checks)
    rules[check] = rules[check].model_copy(update=rule)
    return changed_policy(name="CN-test", checks=rules)


class TestOutcomes:
    def test_a_check_that_raises_is_missing_and_names_only_the_type(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(case: CaseFacts, rules: Any) -> Any:
            raise ZeroDivisionError(case.id_no)

        known = CHECKS["cost.fee"]
        broken = Check(known.id, 1, known.title, known.cites, known.uses, known.says, fails, "")
        monkeypatch.setitem(CHECKS, "cost.fee", broken)
        case = a_case()
        audit = audit_case(case, changed_policy(), AS_OF)
        found = next(found for found in audit.findings_json(case) if found["check"] == "cost.fee")
        assert (found["outcome"], found["reason"]) == ("missing", ERROR)
        assert found["computed"] == {"error": "ZeroDivisionError"}
        assert "440106199003072349" not in str(found)
        assert audit.verdict == "attention"

    def test_the_policy_decides_how_much_a_check_counts(self) -> None:
        case = a_case(**sound_ledger(), deceased=True)
        assert audited(case).verdict == "blocked"
        assert audit_case(case, with_rule("capacity.deceased", severity="warn"), AS_OF).verdict == "attention"
        assert audit_case(case, with_rule("capacity.deceased", severity="info"), AS_OF).verdict == "clear"
        switched_off = audit_case(case, with_rule("capacity.deceased", enabled=False), AS_OF)
        assert switched_off.verdict == "clear"
        with pytest.raises(KeyError):
            switched_off.finding("capacity.deceased")

    def test_a_policy_must_know_every_check(self) -> None:
        rules = {name: rule for name, rule in load_policy().checks.items() if name != "cost.fee"}
        with pytest.raises(Invalid, match=r"cost\.fee"):
            audit_case(a_case(), changed_policy(checks=rules), AS_OF)

    @pytest.mark.parametrize("name", sorted(sound_facts()))
    def test_a_fact_that_is_taken_away_never_makes_a_failed_check_pass(self, name: str) -> None:
        bad: dict[str, Any] = {"total_claimed": 99_999_999, "deceased": True, "annual_rate": "0.5"}
        with_it = {finding.check: finding.outcome for finding in audited(a_case(**bad)).findings}
        without = {finding.check: finding.outcome for finding in audited(a_case(**bad, without=(name,))).findings}
        for check, outcome in with_it.items():
            if (
                outcome == "fail"
                and name in CHECKS[check].uses
                and name in ("total_claimed", "deceased", "annual_rate")
            ):
                assert without[check] != "pass", check


class TestSentences:
    @pytest.mark.parametrize("name", sorted(CHECKS))
    def test_every_answer_of_a_check_has_a_sentence(self, name: str) -> None:
        check = CHECKS[name]
        module = inspect.getmodule(check.run)
        assert module is not None
        reasons = {
            str(node.args[0].value)
            for node in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ANSWERS
            and node.args
            and isinstance(node.args[0], ast.Constant)
        }
        known = {reason for other in CHECKS.values() if inspect.getmodule(other.run) is module for reason in other.says}
        assert reasons <= known
        assert LACKING not in check.says

    @pytest.mark.parametrize("name", sorted(CHECKS))
    def test_what_does_not_pass_says_how_to_mend_it(self, name: str) -> None:
        for sentence in CHECKS[name].says.values():
            assert sentence.zh
            assert sentence.en
            assert bool(sentence.mend_zh) == bool(sentence.mend_en)

    def test_a_finding_has_the_published_form(self) -> None:
        found = said(a_case(), "rate.claim_cap")
        assert list(found) == [
            "check",
            "version",
            "outcome",
            "severity",
            "reason",
            "used",
            "computed",
            "title",
            "message",
            "mend",
            "cites",
        ]
        assert found["used"]["outstanding_principal"] == "8235.72"
        assert found["used"]["calculated_to"] == "2026-11-23"
        assert found["message"].keys() == {"zh", "en"}

    def test_every_name_used_has_a_label_and_a_kind(self) -> None:
        for check in CHECKS.values():
            for name in check.uses:
                assert name in LABELS, name
        for name in KINDS:
            assert name in LABELS, name

    def test_the_checks_of_the_domain_are_all_there(self) -> None:
        assert len(CHECKS) == len(load_policy().checks)
        assert {name.split(".")[0] for name in CHECKS} - {"service"} == set(checks.__all__) - {
            "charges",
            "cost_line",
            "ledger",
            "purpose",
            "renewal",
            "schedule",
        }


money = st.one_of(st.none(), st.integers(0, 50_000_000))
rate = st.one_of(st.none(), st.sampled_from(["0.05", "0.12", "0.154", "0.18", "0.24", "0.36", "0"]))
day = st.one_of(st.none(), st.dates(date(2015, 1, 1), date(2028, 12, 31)).map(date.isoformat))
flag = st.one_of(st.none(), st.booleans())
count = st.one_of(st.none(), st.integers(0, 60))
KIND_OF = {
    "lender_kind": st.sampled_from(["bank", "micro_loan", "assisted", "guarantor", "insurer", "private", None]),
    "repayment_method": st.sampled_from(
        ["equal_instalments", "equal_principal", "interest_first", "bullet", "on_demand", None]
    ),
    "contract_signed_by": st.sampled_from(["electronic", "paper", None]),
    "agreed_court": st.sampled_from(["北京市海淀区人民法院", "北京互联网法院", "法院", None]),
    "bucket": st.sampled_from(["M1", "M6+", "??", None]),
    "days_overdue": st.one_of(st.none(), st.integers(0, 4000)),
    "terms": count,
    "terms_paid": count,
    "annual_rate": rate,
    "penalty_rate": rate,
    "assigned_from": st.sampled_from(["甲公司", None]),
    **dict.fromkeys(
        (
            "contract_date",
            "disbursed_on",
            "due_on",
            "last_paid_on",
            "claim_paid_on",
            "first_overdue_on",
            "calculated_to",
            "accelerated_on",
            "last_demand_on",
            "assignment_notice_on",
        ),
        day,
    ),
    **dict.fromkeys(
        (
            "principal",
            "disbursed_amount",
            "outstanding_principal",
            "interest_due",
            "penalty_due",
            "compound_due",
            "damages_due",
            "fees_due",
            "total_claimed",
            "claim_paid",
            "premium_due",
            "paid_total",
            "monthly_fee",
        ),
        money,
    ),
    **dict.fromkeys(("student", "deceased", "litigated", "arbitrated", "paid_off", "demand_proof", "insolvent"), flag),
}
a_day = st.dates(date(2015, 1, 1), date(2028, 12, 31)).map(date.isoformat)
KIND_OF |= {
    "guaranteed": flag,
    "guarantee_until": day,
    "guarantee_claimed_on": day,
    "evidence_disclosure": flag,
    "demands": st.lists(
        st.fixed_dictionaries(
            {"row": st.just(2), "on": a_day, "channel": st.sampled_from(["sms", "call", "letter", "media"])},
            optional={
                "at": st.sampled_from(["22:15", "09:00"]),
                "outcome": st.sampled_from(["delivered", "promised", "refused", "no_answer"]),
                "proof": st.just("签收单"),
                "delivered": flag,
            },
        ),
        max_size=4,
    ),
    "evidence": st.lists(
        st.fixed_dictionaries(
            {
                "row": st.just(2),
                "kind": st.sampled_from(["contract", "esign_certificate", "disbursement", "assignment_notice"]),
                "state": st.sampled_from(["present", "absent", "not_needed"]),
            },
            optional={"sha256": st.sampled_from(["ab", "cd"]), "issued_on": a_day},
        ),
        max_size=4,
    ),
}
any_facts = st.fixed_dictionaries({"account_no": st.just("A")}, optional=KIND_OF)


class TestAnyCase:
    @settings(max_examples=400, deadline=None)
    @given(any_facts)
    def test_no_check_raises_and_every_sentence_can_be_made(self, facts: dict[str, Any]) -> None:
        given_facts = {name: value for name, value in facts.items() if value is not None}
        case = CaseFacts.of(given_facts, sound_person(), Related((), (), (), (), 1, 10, 3, 1))
        audit = audited(case)
        for found in audit.findings_json(case):
            assert found["reason"] != ERROR, found
            assert "{" not in found["message"]["zh"] + found["message"]["en"]
        stored = orjson.loads(audit.packed())
        assert [in_full(one, case.facts, load_policy()) for one in stored] == audit.findings_json(case)
        outcomes = {finding.outcome for finding in audit.findings}
        assert (audit.verdict == "blocked") == ("fail" in outcomes)
        if audit.verdict == "clear":
            assert "missing" not in outcomes

    @settings(max_examples=200, deadline=None)
    @given(any_facts)
    def test_claimable_stays_within_cap_and_claim(self, facts: dict[str, Any]) -> None:
        given_facts = {name: value for name, value in facts.items() if value is not None}
        audit = audited(CaseFacts.of(given_facts, sound_person()))
        if audit.claimable is None or audit.excess is None:
            return
        numbers = audit.finding("rate.claim_cap").computed
        assert 0 <= audit.claimable <= numbers["base"] + numbers["cap_amount"]
        assert audit.excess >= 0
        if "total_claimed" in given_facts:
            assert audit.claimable + audit.excess <= given_facts["total_claimed"]

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, 12), st.integers(1, 1_000_000))
    def test_more_repaid_never_means_more_owed(self, days_later: int, repaid: int) -> None:
        before = audited(a_case())
        later = (date(2025, 10, 10) + timedelta(days=30 * days_later)).isoformat()
        after = audited(
            a_case(
                outstanding_principal=max(0, 823_572 - repaid),
                total_claimed=max(0, 823_572 - repaid) + 56_559 + 40_000,
                last_paid_on=later,
            )
        )
        assert before.claimable is not None
        assert after.claimable is not None
        assert after.claimable <= before.claimable


class TestWithinFile:
    def rows(self, *changes: dict[str, Any]) -> list[tuple[int, dict[str, Any], dict[str, Any]]]:
        return [
            (number, {**sound_facts(), **change.get("facts", {})}, {**sound_person(), **change.get("person", {})})
            for number, change in enumerate(changes, start=3)
        ]

    def test_the_later_row_of_one_account_is_the_duplicate(self) -> None:
        first, second = within_file(self.rows({}, {}))
        assert (first.same_account, second.same_account) == ((), ("#3",))

    def test_rows_that_contradict_each_other_are_both_in_doubt(self) -> None:
        first, second = within_file(self.rows({}, {"facts": {"total_claimed": 1}}))
        assert (first.same_account, second.same_account) == (("#4",), ("#3",))

    def test_one_loan_under_two_account_numbers(self) -> None:
        loan = {"contract_no": "HT1"}
        _, second = within_file(self.rows({"facts": loan}, {"facts": {**loan, "account_no": "JJ002"}}))
        assert second.same_account == ("#3",)

    def test_borrowers_phones_courts_and_lenders(self) -> None:
        other = {"id_no": "51010720040229001X", "borrower_name": "李四"}
        found = within_file(
            self.rows({}, {"facts": {"account_no": "JJ002"}}, {"facts": {"account_no": "JJ003"}, "person": other})
        )
        assert found[0].same_borrower == ("#4",)
        assert found[2].same_borrower == ()
        assert found[0].phone_borrowers == 2
        assert (found[0].batch_cases, found[0].court_cases, found[0].lender_borrowers) == (3, 3, 2)

    def test_one_address_is_told_by_its_letters_and_digits(self) -> None:
        other = {"id_no": "51010720040229001X", "contact_address": "广东省佛山市 南海区桂城街道1号"}
        vague = {"id_no": "440305199003074576", "contact_address": "广东省佛山市南海区"}
        found = within_file(self.rows({}, {"person": other}, {"person": vague}))
        assert [one.address_borrowers for one in found] == [2, 2, None]

    def test_the_median_of_the_principals(self) -> None:
        principals = [1_200_000, None, 5, 1_000_000, 900_000]
        rows = self.rows(*({"facts": {"principal": principal}} for principal in principals))
        assert {one.median_principal for one in within_file(rows)} == {900_000}


class TestPolicy:
    def test_the_built_in_policy(self) -> None:
        policy = load_policy()
        assert policy_names() == ("CN-2026.1",)
        assert policy.parameters.second_approval_above.fen == 20_000_000
        assert {"penalty_uplift", "compound", "recourse-24", "cost-micro-24", "students"} <= set(policy.unverified)

    def test_an_unknown_name_lists_the_known_ones(self) -> None:
        with pytest.raises(Invalid, match="known: CN-2026"):
            load_policy("CN-1999.1")

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            (lambda data: data["parameters"]["limitation_years"].update(value="2.5"), "limitation_years"),
            (lambda data: data["parameters"]["lawyer_fee_share"].update(value="0.2"), "lawyer_fee_share"),
            (lambda data: data["parameters"].pop("adult_age"), "adult_age"),
            (lambda data: data["lpr"]["values"].reverse(), "lpr"),
            (lambda data: data["caps"].pop(0), "cap rules for private"),
            (lambda data: data["caps"][0].pop("multiple"), "private-transition"),
            (lambda data: data["fees"]["court"]["brackets"].pop(), "fees/court"),
            (lambda data: data.update(surprise=1), "surprise"),
            (lambda data: data["recovery"].pop(), "recovery"),
        ],
    )
    def test_a_policy_that_does_not_hold_together_is_refused(self, change: Any, where: str) -> None:
        data = orjson.loads(load_policy().model_dump_json(by_alias=True))
        for part in ("fees", "wages"):
            _in_yuan(data[part])
        assert read_policy(orjson.dumps(data)) == load_policy()
        change(data)
        with pytest.raises(Invalid) as error:
            read_policy(orjson.dumps(data))
        assert where in error.value.text.en


def _in_yuan(part: Any) -> None:
    """Amounts as the file has them; a dump holds fen."""
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            _in_yuan(value)
    if isinstance(part, dict):
        for name in ("up_to", "flat", "highest", "yuan"):
            if isinstance(part.get(name), int):
                part[name] = f"{part[name] // 100}.{part[name] % 100:02d}"
