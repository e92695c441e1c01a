"""One suit over several loans in the hands of a firm: answered, packed, filed and counted as one."""

import io
from zipfile import ZipFile

import openpyxl
import pytest

from reviewdesk.clock import today
from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotFound, Stale
from reviewdesk.handover import exports
from reviewdesk.handover import service as handover
from reviewdesk.handover.suits import suits_of
from reviewdesk.intake import superseding
from reviewdesk.intake.models import Case
from reviewdesk.review import evidence, together
from reviewdesk.review import service as review
from tests.builders import Bench, Org, csrf
from tests.handover.test_exports import made, rows
from tests.handover.test_pack import ID_NO, pack_of
from tests.handover.test_service import entrustment_of
from tests.review.helpers import ask_for, read
from tests.review.test_suits import a_suit, loans


def approve(org: Org, cases: list[int]) -> None:
    for case_id in cases:
        review.decide(org.reviewer.actor, ask_for(org, case_id))


def states(org: Org, cases: list[int]) -> set[str]:
    return {read(org, case_id).state for case_id in cases}


def entrusted_suit(bench: Bench, number: int = 2) -> tuple[Org, Org, list[int]]:
    """A suit over some loans, in the hands of a firm that has not answered yet."""
    org, firm = bench.organisation(), bench.firm()
    cases = loans(bench, org, number)
    a_suit(org, cases)
    approve(org, cases)
    assert handover.entrust(org.senior_reviewer.actor, firm.org_id, cases) == number
    return org, firm, cases


def test_a_suit_is_accepted_filed_and_closed_as_one_and_counts_once(bench: Bench) -> None:
    org, firm, cases = entrusted_suit(bench, 3)
    first, by = entrustment_of(org, cases[0]), firm.counsel.actor
    assert len(handover.accept(by, first)) == 3
    with pytest.raises(Stale):
        handover.accept(by, entrustment_of(org, cases[1]))
    assert len(handover.report_filed(by, first, today(), "佛山市南海区人民法院", "（2026）粤0605民初1号")) == 3
    assert states(org, cases) == {"filed"}
    with pytest.raises(Conflict) as refused:
        together.leave(org.reviewer.actor, cases[0], "移出")
    assert refused.value.code == "joint.filed"
    with unit_of_work(org.reviewer.actor) as work:
        (lender,) = suits_of(work, read(org, cases[0]).batch_id)
    assert (lender["filed"], lender["accounts"]) == (1, 3)
    assert len(handover.report_closed(by, entrustment_of(org, cases[2]), today(), "调解结案")) == 3
    assert states(org, cases) == {"closed"}


def test_counsel_sees_the_court_fee_of_the_suit(bench: Bench) -> None:
    """By hand: 2 × 8,866.21 = 17,732.42; 50 + 7,732.42 × 2.5 % = 243.31, halved 121.66."""
    org, firm, cases = entrusted_suit(bench)
    page = bench.client(firm.counsel).get(f"/entrustments/{entrustment_of(org, cases[0])}").get_data(as_text=True)
    assert "合并起诉，全案预计诉讼费 ¥121.66" in page


def test_counsel_refuses_a_suit_as_one_and_ticks_it_as_one(bench: Bench) -> None:
    org, firm, cases = entrusted_suit(bench)
    assert len(handover.refuse(firm.counsel.actor, entrustment_of(org, cases[1]), "利益冲突")) == 2
    assert states(org, cases) == {"approved"}
    handover.entrust(org.senior_reviewer.actor, firm.org_id, cases)
    client = bench.client(firm.counsel)
    form = {"csrf_token": csrf(client.get("/entrustments").get_data(as_text=True))}
    ids = [str(entrustment_of(org, case_id)) for case_id in cases]
    answered = client.post("/entrustments/accept", data={**form, "entrustments": ids}, follow_redirects=True)
    answer = answered.get_data(as_text=True)
    assert "已处理 2 件" in answer
    assert "未处理" not in answer


def test_a_suit_waits_for_its_undecided_cases(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    cases, alone = loans(bench, org), loans(bench, org, 1)
    a_suit(org, cases)
    approve(org, [cases[0], *alone])
    with pytest.raises(Invalid) as refused:
        handover.entrust(org.senior_reviewer.actor, firm.org_id, cases)
    assert refused.value.details["cases"] == [read(org, cases[1]).number]
    client = bench.client(org.senior_reviewer)
    form = {"csrf_token": csrf(client.get("/entrustments?state=approved").get_data(as_text=True)), "scope": "all"}
    answer = client.post("/entrustments", data={**form, "firm": str(firm.org_id)}, follow_redirects=True)
    assert "1 件因合并起诉的其他案件尚未同意起诉" in answer.get_data(as_text=True)
    assert (states(org, alone), states(org, cases)) == ({"entrusted"}, {"approved", "in_review"})
    review.decide(org.reviewer.actor, ask_for(org, cases[1], "withdraw"))
    assert handover.entrust(org.senior_reviewer.actor, firm.org_id, cases[:1]) == 1


def test_a_suit_whose_court_differs_by_now_is_not_entrusted(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    cases = loans(bench, org)
    a_suit(org, cases)
    approve(org, cases)
    with unit_of_work(org.uploader.actor) as work:
        superseding.keep(work, [cases[1]], "mend")
        case = work.session.get_one(Case, (org.org_id, cases[1]))
        case.facts, case.facts_version = {**case.facts, "agreed_court": "广州互联网法院"}, case.facts_version + 1
    with pytest.raises(Invalid) as refused:
        handover.entrust(org.senior_reviewer.actor, firm.org_id, cases)
    assert "不能一案起诉" in refused.value.text.zh


def test_the_pack_has_one_folder_for_the_suit_with_one_list_of_evidence(bench: Bench) -> None:
    org, firm, cases = entrusted_suit(bench)
    for number, case_id in enumerate(cases):
        content = io.BytesIO(f"%PDF-1.7 contract {number}".encode())
        evidence.attach(org.uploader.actor, case_id, "借款合同.pdf", content, "contract")
    handover.accept(firm.counsel.actor, entrustment_of(org, cases[0]))
    first, second = (read(org, case_id).number for case_id in cases)
    folder = f"{org.name}/合并起诉-{first}等2件"
    with ZipFile(pack_of(firm.counsel, "received")) as pack:
        assert set(pack.namelist()) == {
            "案件表.xlsx",
            f"{folder}/债权计算书-合并起诉-{first}等2件.xlsx",
            f"{folder}/债权计算书-合并起诉-{first}等2件.pdf",
            f"{folder}/民事起诉状.pdf",
            f"{folder}/民事起诉状.docx",
            f"{folder}/证据/01-借款合同-借款合同.pdf",
            f"{folder}/证据/02-借款合同-借款合同.pdf",
            f"{folder}/证据/证据目录.tsv",
        }
        listed = pack.read(f"{folder}/证据/证据目录.tsv").decode()
        book = openpyxl.load_workbook(io.BytesIO(pack.read(f"{folder}/债权计算书-合并起诉-{first}等2件.xlsx")))
        about = dict(openpyxl.load_workbook(io.BytesIO(pack.read("案件表.xlsx")))["说明"].iter_rows(values_only=True))
    assert [line.split("\t")[1] for line in listed.splitlines()[1:]] == [first, second]
    cells = [cell.value for sheet in book for row in sheet for cell in row]
    assert {17730.88, 243.27, ID_NO} <= set(cells)
    assert about["合并起诉"].startswith("1 组")


def test_counsel_asks_for_the_pack_of_one_case_and_of_its_suit(bench: Bench) -> None:
    org, firm, cases = entrusted_suit(bench)
    (alone,) = loans(bench, org, 1)
    approve(org, [alone])
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [alone])
    of_suit, single = entrustment_of(org, cases[1]), entrustment_of(org, alone)
    asked = {of_suit: set(cases), single: {alone}}
    for only, wanted in asked.items():
        export = exports.ask(firm.counsel.actor, "received", "准备立案材料", "xlsx", only)
        with unit_of_work(firm.counsel.actor) as work:
            exports.run(work, {"export_id": str(export.export_id)}, lambda **_: None)
        found = {row["案件号"] for row in rows(exports.fetch(firm.counsel.actor, export.export_id)[0])}
        assert found == {read(org, case_id).number for case_id in wanted}
        assert f"-{min(found)}-" in export.name
    with pytest.raises(NotFound):
        exports.ask(bench.firm().counsel.actor, "received", "核对", "zip", single)
    page = bench.client(firm.counsel).get(f"/entrustments/{single}")
    assert "生成本案立案材料" not in page.text
    handover.accept(firm.counsel.actor, single)
    client = bench.client(firm.counsel)
    page = client.get(f"/entrustments/{single}").text
    form = {
        "csrf_token": csrf(page),
        "selection": "received",
        "form": "zip",
        "only": str(single),
        "purpose": "准备立案材料",
    }
    assert client.post("/entrustments/exports", data=form).status_code == 302
    assert bench.events(firm, "handover:export:ask")[-1].new["entrustments"] == [str(single)]


def test_a_suit_that_is_not_all_there_falls_into_its_cases(bench: Bench) -> None:
    org = bench.organisation()
    cases = loans(bench, org)
    a_suit(org, cases)
    approve(org, cases[:1])
    number, other = (read(org, case_id).number for case_id in cases)
    with ZipFile(pack_of(org.senior_reviewer, "approved")) as pack:
        assert other in pack.read(f"{org.name}/{number}/合并起诉.txt").decode()
        assert f"{org.name}/{number}/债权计算书-{number}.pdf" in pack.namelist()


def test_the_workbook_states_the_fee_of_the_suit_beside_that_of_each_case(bench: Bench) -> None:
    org, _firm, cases = entrusted_suit(bench)
    (alone,) = loans(bench, org, 1)
    approve(org, [alone])
    handover.entrust(org.senior_reviewer.actor, bench.firm().org_id, [alone])
    found = {row["案件号"]: row for row in rows(made(org.senior_reviewer, "entrusted"))}
    told = [found[read(org, case_id).number] for case_id in cases]
    assert {(row["合并起诉标的额"], row["合并起诉受理费"]) for row in told} == {(17732.42, 243.31)}
    assert found[read(org, alone).number]["合并起诉受理费"] is None


def test_counsel_reads_the_statement_of_the_suit(bench: Bench) -> None:
    org, firm, cases = entrusted_suit(bench)
    client = bench.client(firm.counsel)
    entrustment = entrustment_of(org, cases[0])
    assert "合并起诉的债权计算书" in client.get(f"/entrustments/{entrustment}").get_data(as_text=True)
    page = client.get(f"/entrustments/{entrustment}/suit-statement").get_data(as_text=True)
    assert "17,730.88" in page
    assert ID_NO not in page

    def cells() -> list[object]:
        answer = client.get(f"/entrustments/{entrustment}/suit-statement.xlsx")
        return [cell.value for sheet in openpyxl.load_workbook(io.BytesIO(answer.data)) for r in sheet for cell in r]

    assert ID_NO not in cells()
    handover.accept(firm.counsel.actor, entrustment)
    assert ID_NO in cells()
    assert {event.case_id for event in bench.events(org, "handover:statement:download")} == set(cases)
    other = bench.client(bench.firm().counsel)
    assert other.get(f"/entrustments/{entrustment}/suit-statement").status_code == 404
