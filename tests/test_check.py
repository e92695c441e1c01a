"""`reviewdesk check`: the whole road of a workbook in memory, and its exit codes."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from click.testing import CliRunner, Result

from reviewdesk.check import check

HEADER = ["借据号", "借款人姓名", "身份证号码", "手机号", "机构类型", "放款日期", "借款金额", "剩余本金", "年利率"]
GOOD = ["A1", "张三", "11010519491231002X", "13812345678", "消费金融", date(2024, 3, 1), "12,000.00", 8000, "24%"]


def row_with(**cells: Any) -> list[Any]:
    row = list(GOOD)
    for name, cell in cells.items():
        row[HEADER.index(name)] = cell
    return row


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "逾期明细"
    sheet.append(["某平台拟诉清单"])
    sheet.append(["单位：元"])
    for row in (
        HEADER,
        GOOD,
        row_with(借据号="A2", 身份证号码=4.40305199003075e17),
        [],
        row_with(借据号="A3", 放款日期="2024-02-30", 剩余本金="两万"),
        row_with(),
        ["合计", "", "", "", "", "", 36000, 24000],
        ["注：均为虚构"],
    ):
        sheet.append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    return path


def run(path: Path, *options: str) -> tuple[Result, list[dict[str, Any]]]:
    out = path.with_suffix(".jsonl")
    result = CliRunner().invoke(check, [str(path), "--as-of", "2026-11-23", "--out", str(out), *options])
    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()] if out.exists() else []
    return result, lines


def test_one_line_for_each_data_row(workbook: Path) -> None:
    result, lines = run(workbook)
    assert result.exit_code == 1
    assert [(line["row"], line["account_no"], line["verdict"] == "rejected") for line in lines] == [
        (4, "A1", False),
        (5, "A2", True),
        (7, "A3", True),
        (8, "A1", True),
    ]
    assert all(set(line) == {"row", "account_no", "verdict", "facts", "errors", "findings"} for line in lines)
    assert result.stdout == ""
    assert "7 rows: 1 read, 3 rejected, 3 set aside (1 blank, 1 note, 1 total)" in result.stderr


def test_a_row_that_was_read_has_facts_and_findings(workbook: Path) -> None:
    line = run(workbook)[1][0]
    assert line["facts"] == {
        "account_no": "A1",
        "borrower_name": "张*",
        "id_no": "1101**********002X",
        "mobile": "138****5678",
        "lender_kind": "consumer_finance",
        "disbursed_on": "2024-03-01",
        "principal": "12000.00",
        "annual_rate": "0.24",
        "outstanding_principal": "8000.00",
    }
    assert line["verdict"] in {"blocked", "attention", "clear"}
    assert line["errors"] == []
    finding = next(one for one in line["findings"] if one["check"] == "rate.contract_cap")
    assert finding["outcome"] == "pass"
    assert {"severity", "used", "computed", "message", "cites"} <= finding.keys()
    assert set(finding["message"]) == {"zh", "en"}


def test_rejected_rows_carry_what_could_be_read_and_every_error(workbook: Path) -> None:
    lines = {line["row"]: line for line in run(workbook)[1]}
    assert [(one["column"], one["field"], one["code"]) for one in lines[5]["errors"]] == [
        ("身份证号码", "id_no", "id_no.precision_lost")
    ]
    assert {one["code"] for one in lines[7]["errors"]} == {"date.impossible", "amount.unreadable"}
    assert lines[7]["facts"]["principal"] == "12000.00"
    assert lines[8]["errors"][0]["code"] == "account.duplicate"
    assert lines[8]["findings"] == []
    for error in lines[7]["errors"]:
        assert all(error[part][language] for part in ("message", "mend") for language in ("zh", "en"))


@pytest.mark.parametrize("options", [(), ("--reveal",)])
def test_without_checks_the_rows_are_the_same_but_for_the_audit(workbook: Path, options: tuple[str, ...]) -> None:
    audited = run(workbook, *options)[1]
    result, lines = run(workbook, "--no-checks", *options)
    assert result.exit_code == 1
    assert [line["verdict"] for line in lines] == ["unchecked", "rejected", "rejected", "rejected"]
    assert not any(line["findings"] for line in lines)
    told = ("row", "account_no", "facts", "errors")
    assert [[line[name] for name in told] for line in lines] == [[line[name] for name in told] for line in audited]


def test_personal_data_shows_only_when_revealed(workbook: Path) -> None:
    run(workbook)
    masked = workbook.with_suffix(".jsonl").read_text()
    assert not any(word in masked for word in ("张三", "11010519491231002X", "13812345678"))
    assert run(workbook, "--reveal")[1][0]["facts"]["id_no"] == "11010519491231002X"


def test_every_row_read_is_exit_code_0(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("借据号,姓名,身份证号,未还本金\nA1,张三,11010519491231002X,100\n", encoding="gb18030")
    result, lines = run(path)
    assert result.exit_code == 0
    assert len(lines) == 1


def test_the_kind_of_lender_may_be_given_for_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "借据号,姓名,身份证号,未还本金,机构类型\nA1,张三,11010519491231002X,100,\nA2,李四,440106199003072349,5,银行\n"
    )
    kinds = [line["facts"]["lender_kind"] for line in run(path, "--lender-kind", "micro_loan")[1]]
    assert kinds == ["micro_loan", "bank"]
    result, _ = run(path, "--lender-kind", "pawnshop")
    assert result.exit_code == 2
    assert "pawnshop" in result.stderr


def test_a_mapping_says_what_the_headers_do_not(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("编号,姓名,身份证号,欠款\nA1,张三,11010519491231002X,1.2\n")
    mapping = tmp_path / "mapping.json"
    mapping.write_bytes(
        orjson.dumps({"columns": {"编号": "account_no", "欠款": {"field": "outstanding_principal", "unit": "万元"}}})
    )
    result, lines = run(path, "--mapping", str(mapping))
    assert result.exit_code == 0
    assert lines[0]["facts"]["outstanding_principal"] == "12000.00"
    mapping.write_text("{")
    result, _ = run(path, "--mapping", str(mapping))
    assert result.exit_code == 2


def test_a_mapping_finds_a_header_that_nobody_else_would_know(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("导出结果,,,\nc1,c2,c3,c4\nA1,张三,11010519491231002X,1.2\n")
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"c1": "account_no", "c2": "borrower_name", "c3": "id_no", "c4": "total_claimed"}')
    result, lines = run(path, "--mapping", str(mapping))
    assert result.exit_code == 0
    assert (lines[0]["row"], lines[0]["facts"]["total_claimed"]) == (3, "1.20")


def test_a_sheet_by_name(workbook: Path) -> None:
    assert run(workbook, "--sheet", "逾期明细")[0].exit_code == 1
    result, _ = run(workbook, "--sheet", "别的")
    assert result.exit_code == 2
    assert "逾期明细" in result.stderr


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04", b"1,2\n3,4\n", b"<html></html>"])
def test_a_file_that_cannot_be_read_is_one_line_and_exit_code_2(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(data)
    result, lines = run(path)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert lines == []
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_unknown_policy_or_output_folder_is_exit_code_2(workbook: Path) -> None:
    assert run(workbook, "--policy", "XX-1")[0].exit_code == 2
    result = CliRunner().invoke(check, [str(workbook), "--out", str(workbook.parent / "none" / "out.jsonl")])
    assert result.exit_code == 2


def test_the_output_may_go_to_standard_output(workbook: Path) -> None:
    result = CliRunner().invoke(check, [str(workbook), "--out", "-"])
    assert len(result.stdout.splitlines()) == 4


def test_it_needs_no_server_and_loads_none() -> None:
    code = "import sys, reviewdesk.check; print(sorted({'flask', 'sqlalchemy', 'redis', 'rq'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_ambiguous_is_told_of_and_answered_by_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "odd.xlsx"
    book = openpyxl.Workbook()
    book.active.append([name for name in HEADER if name != "借据号"])
    book.active.append(row_with(年利率=1)[1:])
    book.save(path)
    result, lines = run(path)
    assert [error["code"] for error in lines[0]["errors"]] == ["rate.ambiguous"]
    assert "year:percent (1 -> 1% a year)" in result.stderr
    assert "account numbers; they are made from id_no, disbursed_on, principal" in result.stderr
    mapping = tmp_path / "mapping.json"
    mapping.write_bytes(orjson.dumps({"columns": {"年利率": {"field": "annual_rate", "reading": "percent"}}}))
    result, lines = run(path, "--mapping", str(mapping))
    assert (result.exit_code, lines[0]["facts"]["annual_rate"]) == (0, "0.01")
    assert lines[0]["account_no"].startswith("K-")


def test_rows_are_weighed_when_asked(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    header = [*HEADER, "欠息", "计算截止日", "最后还款日", "逾期天数", "约定管辖"]
    more = [500, date(2026, 11, 23), date(2026, 3, 15), 253, "佛山市南海区人民法院"]
    for row in (header, [*GOOD, *more], [*row_with(借据号="A2"), 500, date(2026, 11, 23), date(2026, 3, 15), None, ""]):
        book.active.append(row)
    path = tmp_path / "list.xlsx"
    book.save(path)
    assert all("weighing" not in line for line in run(path)[1])
    result, (first, second) = run(path, "--weigh")
    figures = {one["name"]: one for one in first["weighing"]["figures"]}
    assert figures["claim"]["value"] == "8500.00"
    assert figures["expected"]["sum"].startswith("8,500.00 × ")
    assert (figures["fee"]["value"], first["weighing"]["advice"]) == ("25.00", "gains")
    assert {"defence", "weight", "loss", "law"} <= first["weighing"]["defences"][0].keys()
    assert second["weighing"] is None
    assert "weighed 1 rows, each as a suit of its own; 1 without claim or days overdue" in result.stderr
    assert "courts: 佛山市南海区人民法院 1 (100.0%)" in result.stderr
    assert run(path, "--weigh", "--no-checks")[0].exit_code == 2
