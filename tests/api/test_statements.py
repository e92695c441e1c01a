"""The claim statement through the API."""

import io
from decimal import Decimal

import openpyxl

from tests.api.helpers import api_of
from tests.builders import Bench
from tests.review.test_statements import a_case

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_the_statement_as_json_adds_up(bench: Bench) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org)
    told = api_of(bench, org.reviewer).get(f"cases/{case_id}/statement")
    assert told["by_ledger"] is True
    assert (told["calculated_to"], told["policy"]) == ("2024-08-20", "CN-2026.1")
    result = {name: Decimal(value) for name, value in told["result"].items()}
    assert (
        result["total"] == result["principal"] + result["charges"] == sum(Decimal(p["stands"]) for p in told["parts"])
    )
    assert result["cap"] == sum(Decimal(line["amount"]) for line in told["cap_lines"])
    assert result["claimed"] == result["claimable"] + result["excess"]
    interest = [line for line in told["lines"] if line["charge"] == "interest"]
    assert interest[0]["amount"] == "240.00"
    assert interest[-1]["amount"] == "35.17"
    assert [one["amount"] for one in told["set_offs"][:1]] == ["1134.72"]
    assert "561" in " ".join(text["en"] for text in told["method"])


def test_accept_chooses_the_document_and_each_download_is_an_event(bench: Bench) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org)
    api = api_of(bench, org.compliance)
    by_accept = api.call("GET", f"cases/{case_id}/statement", headers={"Accept": XLSX})
    assert openpyxl.load_workbook(io.BytesIO(by_accept.data)).sheetnames[0] == "债权计算书"
    assert api.call("GET", f"cases/{case_id}/statement.xlsx").mimetype == XLSX
    assert api.call("GET", f"cases/{case_id}/statement.pdf").data.startswith(b"%PDF-")
    forms = [event.new["format"] for event in bench.events(org, "review:statement:download")]
    assert sorted(forms) == ["pdf", "xlsx", "xlsx"]


def test_without_the_facts_it_is_a_conflict_that_names_them(bench: Bench) -> None:
    org = bench.organisation()
    case_id = a_case(bench, org, repayments=None, calculated_to=None)
    told = api_of(bench, org.reviewer).problem("GET", f"cases/{case_id}/statement", 409)
    assert told["code"] == "statement.none"
    assert "计算截止日" in told["message"]["zh"]


def test_roles_and_other_organisations(bench: Bench) -> None:
    org, other = bench.organisation(), bench.organisation()
    case_id = a_case(bench, org)
    api_of(bench, org.uploader).problem("GET", f"cases/{case_id}/statement", 403)
    for path in ("statement", "statement.xlsx", "statement.pdf"):
        api_of(bench, other.reviewer).problem("GET", f"cases/{case_id}/{path}", 404)
