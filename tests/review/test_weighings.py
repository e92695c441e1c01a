"""The risks of suing a case as people and programs get them."""

import io
from datetime import timedelta

import openpyxl
import pytest

from reviewdesk.audit import service as audit
from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.review import together
from reviewdesk.review.moves import move_cases
from reviewdesk.review.states import Verb
from tests.api.helpers import api_of
from tests.builders import Bench, Org
from tests.review.helpers import read
from tests.review.test_overrides import set_aside
from tests.review.test_statements import FACTS


def an_audited_case(bench: Bench, org: Org) -> int:
    """A case with the findings of a real audit."""
    facts = {**FACTS, "days_overdue": 400, "agreed_court": "北京市海淀区人民法院"}
    case_id = bench.case(org, facts=facts, personal={"id_address": "广东省佛山市南海区桂城街道1号"})
    with unit_of_work(org.uploader.actor) as work:
        audited = audit.audit_again(work, [case_id])
        move_cases(work, Verb.FINISH_AUDIT, audited.case_ids, follows=True)
    return case_id


def test_the_page_shows_each_number_with_its_formula(bench: Bench) -> None:
    org = bench.organisation()
    case_id = an_audited_case(bench, org)
    page = bench.client(org.reviewer).get(f"/cases/{case_id}").get_data(as_text=True)
    for shown in ("起诉风险测算", "预计回收", "÷ 2 =", "max(300.00, ", "是否起诉由审核人决定", "含本机构假设"):
        assert shown in page
    english = bench.client(org.compliance).get(f"/cases/{case_id}", headers={"Accept-Language": "en"})
    for shown in ("Risks of suing", "Expected recovery", "Likely defences", "reviewer&#39;s decision"):
        assert shown in english.get_data(as_text=True)


def test_page_api_and_workbook_tell_the_same(bench: Bench) -> None:
    org = bench.organisation()
    case_id = an_audited_case(bench, org)
    told = api_of(bench, org.reviewer).get(f"cases/{case_id}/weighing")
    by_name = {one["name"]: one for one in told["figures"]}
    page = bench.client(org.reviewer).get(f"/cases/{case_id}").get_data(as_text=True)
    for name in ("expected", "cost", "fee", "lawyer"):
        assert f"{by_name[name]['sum']} = {float(by_name[name]['value']):,.2f}" in page
    answer = bench.client(org.compliance).get(f"/cases/{case_id}/weighing.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data))["测算"]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["预计净额"][2] == pytest.approx(float(by_name["net"]["value"]))
    assert rows["至判决"][4] == pytest.approx(float(by_name["months_judgment"]["value"]))
    assert rows["预计回收"][8] == by_name["expected"]["sum"]
    assert [one.new for one in bench.events(org, "review:weighing:download")] == [{"format": "xlsx"}]


def test_defences_name_the_checks_behind_them(bench: Bench) -> None:
    org = bench.organisation()
    case_id = an_audited_case(bench, org)
    told = api_of(bench, org.reviewer).get(f"cases/{case_id}/weighing")
    found = {one["defence"]: one for one in told["defences"]}
    assert set(found["standing"]["checks"]) <= {"standing.plaintiff", "standing.assignment", "standing.assignee"}
    failed = set(read(org, case_id).failed)
    for one in told["defences"]:
        assert (one["outcome"] == "fail") == bool(failed & set(one["checks"]))


def test_an_overridden_finding_counts_for_less_and_a_silenced_one_does_not(bench: Bench) -> None:
    org = bench.organisation()
    case_id = an_audited_case(bench, org)
    api = api_of(bench, org.reviewer)

    def jurisdiction() -> tuple[str, str]:
        told = api.get(f"cases/{case_id}/weighing")
        (one,) = [one for one in told["defences"] if one["defence"] == "jurisdiction"]
        return one["weight"], one["factor"]

    assert jurisdiction() == ("0.5", "0.975")
    set_aside(org, case_id, "jurisdiction.agreed", "silence", until=today() + timedelta(days=9))
    assert jurisdiction() == ("0.5", "0.975")
    other = an_audited_case(bench, org)
    set_aside(org, other, "jurisdiction.agreed")
    case_id = other
    assert jurisdiction() == ("0.25", "0.9875")


def test_what_cannot_be_weighed_is_a_conflict(bench: Bench) -> None:
    org = bench.organisation()
    bare = bench.case(org)
    told = api_of(bench, org.reviewer).problem("GET", f"cases/{bare}/weighing", 409)
    assert told["code"] == "weighing.none"
    assert bench.client(org.reviewer).get(f"/cases/{bare}/weighing.xlsx").status_code == 409
    assert "起诉风险测算" not in bench.client(org.reviewer).get(f"/cases/{bare}").get_data(as_text=True)


def test_other_organisations_and_roles(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    case_id = an_audited_case(bench, org)
    assert bench.client(other.reviewer).get(f"/cases/{case_id}/weighing.xlsx").status_code == 404
    api_of(bench, org.uploader).problem("GET", f"cases/{case_id}/weighing", 403)
    api_of(bench, other.compliance).problem("GET", f"cases/{case_id}/weighing", 404)


def two_joined(bench: Bench, org: Org) -> list[int]:
    """Two loans of one borrower of 8,865.44 each that may be claimed, joined in one suit."""
    cases = [an_audited_case(bench, org) for _ in range(2)]
    together.join(org.reviewer.actor, cases, one_filing=True, reason="同一借款人，同一出借人")
    return cases


def test_a_joined_case_bears_its_part_of_the_suits_costs(bench: Bench) -> None:
    """By hand: 50 + 7,730.88 × 2.5 % = 243.27, halved 121.64, half of it 60.82.

    3 % of 17,730.88 for the lawyer is 531.92, half 265.96; service 30, half 15.
    """
    org = bench.organisation()
    cases = two_joined(bench, org)
    api = api_of(bench, org.reviewer)
    told = [api.get(f"cases/{case_id}/weighing") for case_id in cases]
    first, last = ({one["name"]: one for one in of["figures"]} for of in told)
    numbers = [read(org, case_id).number for case_id in cases]
    assert (told[0]["suit"]["cases"], told[0]["suit"]["not_counted"]) == (numbers, [])
    assert (told[0]["suit"]["claim"], told[0]["suit"]["court_fee"]) == ("17730.88", "121.64")
    assert (first["suit_fee"]["value"], first["fee"]["value"], last["fee"]["value"]) == ("121.64", "60.82", "60.82")
    assert first["fee"]["sum"] == "121.64 × 8,865.44 ÷ 17,730.88"
    assert last["fee"]["sum"] == "121.64 − 60.82"
    assert (first["lawyer"]["value"], first["service"]["value"]) == ("265.96", "15.00")
    page = bench.client(org.reviewer).get(f"/cases/{cases[0]}").get_data(as_text=True)
    for shown in (
        f"与 {numbers[1]} 合并起诉",
        "全案受理费 ¥121.64",
        "案件受理费（本案分担）",
        "121.64 × 8,865.44 ÷ 17,730.88",
    ):
        assert shown in page
    assert "合并起诉，全案预计诉讼费 ¥121.64" in page
    english = bench.client(org.reviewer).get(f"/cases/{cases[0]}", headers={"Accept-Language": "en"})
    assert f"One suit with {numbers[1]}" in english.get_data(as_text=True)
    answer = bench.client(org.compliance).get(f"/cases/{cases[0]}/weighing.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert "、".join(numbers) in {cell.value for sheet in book for row in sheet for cell in row}


def test_parted_or_only_handled_together_each_case_is_a_suit_of_its_own(bench: Bench) -> None:
    """By hand: of 8,865.44 the fee is 50, halved 25."""
    org = bench.organisation()
    cases = two_joined(bench, org)
    api = api_of(bench, org.reviewer)

    def fee() -> str:
        told = api.get(f"cases/{cases[0]}/weighing")
        assert told["suit"] is None
        return str(next(one["value"] for one in told["figures"] if one["name"] == "fee"))

    together.leave(org.reviewer.actor, cases[1], "单独处理")
    assert fee() == "25.00"
    together.join(org.reviewer.actor, cases, one_filing=False, reason="一并处理，分别起诉")
    assert fee() == "25.00"


def test_a_case_of_the_suit_whose_claim_is_unknown_is_named(bench: Bench) -> None:
    org = bench.organisation()
    known = an_audited_case(bench, org)
    facts = read(org, known).facts
    bare = bench.audited_case(org, facts={name: facts[name] for name in ("agreed_court",)}, claimed=None)
    together.join(org.reviewer.actor, [known, bare], one_filing=True, reason="同一借款人")
    told = api_of(bench, org.reviewer).get(f"cases/{known}/weighing")
    assert told["suit"]["not_counted"] == [read(org, bare).number]
    (claim,) = [one for one in told["figures"] if one["name"] == "suit_claim"]
    assert (claim["value"], f"{read(org, bare).number}金额不明" in claim["formula"]["zh"]) == ("8865.44", True)
