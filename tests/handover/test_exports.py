"""The workbook of cases for counsel: who gets what in clear, cells that are no formulas, and its traces."""

from pathlib import Path

import openpyxl
import pytest

from reviewdesk.db import unit_of_work
from reviewdesk.errors import Conflict, Invalid, NotAllowed, NotFound
from reviewdesk.handover import exports
from reviewdesk.handover import service as handover
from reviewdesk.handover.workbook import safe
from reviewdesk.review import overriding
from reviewdesk.review import service as review
from tests.builders import Bench, Someone
from tests.handover.test_service import approved, entrusted, entrustment_of
from tests.review.helpers import ask_for
from tests.review.test_overrides import WHY, wish


def made(person: Someone, selection: str) -> Path:
    """The workbook that a worker makes for this person."""
    export = exports.ask(person.actor, selection, "准备立案材料")
    for _ in range(2):
        with unit_of_work(person.actor.as_job(export.export_id)) as work:
            exports.run(work, {"export_id": str(export.export_id)}, lambda **_: None)
    return exports.fetch(person.actor, export.export_id)[0]


def rows(path: Path) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(path)["案件"]
    header, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in body]


def test_counsel_gets_accepted_cases_in_clear_and_offered_ones_masked(bench: Bench) -> None:
    org, firm, accepted, entrustment = entrusted(bench)
    handover.accept(firm.counsel.actor, entrustment)
    offered = approved(bench, org)
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [offered])
    by_number = {row["案件号"]: row for row in rows(made(firm.counsel, "received"))}
    assert len(by_number) == 2
    assert by_number[f"C-2026-{accepted:06d}"]["身份证号"] == "11010519491231002X"
    assert by_number[f"C-2026-{accepted:06d}"]["委托方"] == org.name
    assert by_number[f"C-2026-{offered:06d}"]["身份证号"] == "1101**********002X"


def test_every_case_that_a_firm_exports_is_an_event_of_its_platform(bench: Bench) -> None:
    org, firm, case_id, entrustment = entrusted(bench)
    handover.accept(firm.counsel.actor, entrustment)
    made(firm.counsel, "received")
    (event,) = bench.events(org, "handover:case:export")
    assert (event.case_id, event.actor_org_id) == (case_id, firm.org_id)
    (own,) = bench.events(firm, "handover:export:make")
    assert own.new["rows"] == 1


def test_a_platform_exports_approved_cases_masked_and_entrusted_ones_in_clear(bench: Bench) -> None:
    org, _, _, _ = entrusted(bench)
    approved(bench, org)
    (masked,) = rows(made(org.senior_reviewer, "approved"))
    (clear,) = rows(made(org.senior_reviewer, "entrusted"))
    assert masked["身份证号"] == "1101**********002X"
    assert clear["身份证号"] == "11010519491231002X"
    assert masked["同意起诉理由"] == "资料齐全"
    assert len(bench.events(org, "handover:export:make")) == 2


def test_what_was_set_aside_stands_beside_the_case_for_platform_and_counsel(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    case_id = bench.audited_case(org, verdict="blocked", failed=("rate.claim_cap",), claimed=100_00)
    overriding.set_aside(org.senior_reviewer.actor, wish(org, case_id))
    review.decide(org.reviewer.actor, ask_for(org, case_id))
    handover.entrust(org.senior_reviewer.actor, firm.org_id, [case_id])
    for person, selection in ((org.senior_reviewer, "entrusted"), (firm.counsel, "received")):
        (row,) = rows(made(person, selection))
        assert row["审核结论"] == "通过（1 项被搁置）"
        assert WHY in str(row["推翻、知悉或静默的审核项"])
        assert org.senior_reviewer.name in str(row["推翻、知悉或静默的审核项"])
    page = bench.client(firm.counsel).get(f"/entrustments/{entrustment_of(org, case_id)}").get_data(as_text=True)
    assert WHY in page


def test_cells_never_start_a_formula(bench: Bench) -> None:
    org = bench.organisation()
    case_id = bench.audited_case(
        org,
        facts={"total_claimed": 100_000, "annual_rate": "0.24", "product": "=1+1", "days_overdue": 9},
        personal={"borrower_name": "@张三", "employer": "+1"},
    )
    review.decide(org.reviewer.actor, ask_for(org, case_id, reason="-1+1"))
    path = made(org.senior_reviewer, "approved")
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")))
    assert len(rows(path)) == 1


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1"])
def test_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert safe(text) == "'" + text
    assert safe("张三") == "张三"


def test_only_the_one_who_asked_fetches_it(bench: Bench) -> None:
    org = bench.organisation()
    export = exports.ask(org.senior_reviewer.actor, "approved", "核对")
    with pytest.raises(Conflict):
        exports.fetch(org.senior_reviewer.actor, export.export_id)
    other = bench.person(org, "senior_reviewer", "administrator")
    with pytest.raises(NotFound):
        exports.fetch(other.actor, export.export_id)


def test_who_may_ask_and_for_what(bench: Bench) -> None:
    org, firm = bench.organisation(), bench.firm()
    for role in ("reviewer", "uploader", "compliance", "administrator"):
        with pytest.raises(NotAllowed):
            exports.ask(org.people[role].actor, "approved", "核对")
    with pytest.raises(NotAllowed):
        exports.ask(firm.counsel.actor, "approved", "核对")
    with pytest.raises(Invalid):
        exports.ask(firm.counsel.actor, "received", " ")
    with pytest.raises(Invalid):
        exports.ask(org.senior_reviewer.actor, "everything", "核对")


def test_another_firm_exports_nothing_of_it(bench: Bench) -> None:
    org, _, case_id, _ = entrusted(bench)
    assert entrustment_of(org, case_id)
    assert rows(made(bench.firm().counsel, "received")) == []
