"""The filing pack for counsel, and that its sums are those of the page and of the API."""

import hashlib
import io
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Invalid
from reviewdesk.handover import exports
from reviewdesk.handover import service as handover
from reviewdesk.review import evidence
from reviewdesk.review import service as review
from reviewdesk.review.statement_tables import cell_text
from tests.api.helpers import api_of
from tests.builders import Bench, Org, Someone
from tests.handover.test_service import approved, entrustment_of
from tests.review.helpers import ask_for
from tests.review.test_statements import FACTS

ID_NO = "11010519491231002X"


def pack_of(person: Someone, selection: str) -> Path:
    """The pack that a worker makes for this person."""
    export = exports.ask(person.actor, selection, "准备立案材料", "zip")
    with unit_of_work(person.actor.as_job(export.export_id)) as work:
        exports.run(work, {"export_id": str(export.export_id)}, lambda **_: None)
    return exports.fetch(person.actor, export.export_id)[0]


def an_approved_case(bench: Bench, org: Org, **changes: Any) -> int:
    """A case with a ledger, worth less than what needs a second person."""
    case_id = bench.audited_case(org, facts={**FACTS, "total_claimed": 886_621, **changes}, claimed=886_621)
    review.decide(org.reviewer.actor, ask_for(org, case_id))
    return case_id


def result_of(content: bytes) -> dict[str, Decimal]:
    """The result sheet of a statement."""
    sheet = openpyxl.load_workbook(io.BytesIO(content))["计算结果"]
    return {str(name): Decimal(str(value)) for name, value in sheet.iter_rows(min_row=2, max_col=2, values_only=True)}


def test_the_sums_of_pack_page_and_api_are_the_same(bench: Bench) -> None:
    org = bench.organisation()
    case_id = an_approved_case(bench, org)
    told = api_of(bench, org.reviewer).get(f"cases/{case_id}/statement")["result"]
    page = bench.client(org.reviewer).get(f"/cases/{case_id}/statement").get_data(as_text=True)
    with ZipFile(pack_of(org.senior_reviewer, "approved")) as pack:
        (name,) = (one for one in pack.namelist() if one.endswith(f"债权计算书-C-2026-{case_id:06d}.xlsx"))
        packed = result_of(pack.read(name))
        assert pack.read(name.replace(".xlsx", ".pdf")).startswith(b"%PDF-")
    named = {
        "principal": "尚欠本金",
        "charges": "尚欠息费",
        "total": "依约合计",
        "cap": "法定上限（息费合计）",
        "charges_paid": "其中已付息费",
        "room": "上限余额",
        "claimed": "表列诉请总额",
        "claimable": "可主张总额",
        "excess": "应剔除",
    }
    assert told["principal"] == "8312.32"
    for name, title in named.items():
        assert Decimal(told[name]) == packed[title], name
        assert cell_text(round(packed[title] * 100), "money") in page


def test_a_pack_holds_the_table_and_a_folder_for_each_case(bench: Bench) -> None:
    org = bench.organisation()
    whole = an_approved_case(bench, org)
    lacking = approved(bench, org)
    with ZipFile(pack_of(org.senior_reviewer, "approved")) as pack:
        names = set(pack.namelist())
        first, second = (f"{org.name}/C-2026-{case_id:06d}" for case_id in (whole, lacking))
        assert names == {
            "案件表.xlsx",
            f"{first}/债权计算书-C-2026-{whole:06d}.xlsx",
            f"{first}/债权计算书-C-2026-{whole:06d}.pdf",
            f"{first}/民事起诉状.pdf",
            f"{first}/民事起诉状.docx",
            f"{second}/没有债权计算书.txt",
        }
        assert "缺少资料" in pack.read(f"{second}/没有债权计算书.txt").decode()
        table = openpyxl.load_workbook(io.BytesIO(pack.read("案件表.xlsx")))
    assert table["案件"].max_row == 3
    about = dict(table["说明"].iter_rows(values_only=True))
    assert about["未能计算"].startswith("1 件")


def test_a_firms_pack_is_in_clear_once_accepted_and_an_event_of_the_platform(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    case_id = an_approved_case(bench, org)
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])

    def shown() -> str:
        with ZipFile(pack_of(firm.counsel, "received")) as pack:
            (name,) = (one for one in pack.namelist() if "/" in one and one.endswith(".xlsx"))
            book = openpyxl.load_workbook(io.BytesIO(pack.read(name)))
            return " ".join(str(cell.value) for sheet in book for row in sheet for cell in row)

    assert ID_NO not in shown()
    handover.accept(firm.counsel.actor, entrustment_of(org, case_id))
    assert ID_NO in shown()
    assert [event.new["format"] for event in bench.events(org, "handover:case:export")] == ["zip", "zip"]


def test_the_pack_holds_the_attachments_of_accepted_cases(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    case_id = an_approved_case(bench, org)
    content = b"%PDF-1.7 the contract"
    evidence.attach(org.uploader.actor, case_id, "张三丰/借款合同.pdf", io.BytesIO(content), "contract")
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])

    def files() -> dict[str, bytes]:
        with ZipFile(pack_of(firm.counsel, "received")) as pack:
            return {name: pack.read(name) for name in pack.namelist() if "/证据/" in name}

    assert files() == {}
    handover.accept(firm.counsel.actor, entrustment_of(org, case_id))
    folder = f"{org.name}/C-2026-{case_id:06d}/证据"
    got = files()
    assert got[f"{folder}/01-借款合同-借款合同.pdf"] == content
    digest = hashlib.sha256(content).hexdigest()
    assert digest in got[f"{folder}/证据目录.tsv"].decode()
    event = bench.events(org, "handover:case:export")[-1]
    assert (event.new["files"], event.new["sha256"]) == (1, [digest])
    with ZipFile(pack_of(org.senior_reviewer, "entrusted")) as pack:
        table = openpyxl.load_workbook(io.BytesIO(pack.read("案件表.xlsx")))
        assert f"{folder}/01-借款合同-借款合同.pdf" in pack.namelist()
    assert dict(table["说明"].iter_rows(values_only=True))["证据附件"].startswith("1 个")


def test_the_page_asks_for_a_pack(bench: Bench) -> None:
    org = bench.organisation()
    page = bench.client(org.senior_reviewer).get("/entrustments").get_data(as_text=True)
    assert "立案材料包" in page
    with pytest.raises(Invalid):
        exports.ask(org.senior_reviewer.actor, "approved", "核对", "tar")
