"""Sheets beside the accounts: recognised by name and header, read row by row, joined by the account number."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from click.testing import CliRunner

from reviewdesk.check import check
from reviewdesk.intake.reading import Sheet
from reviewdesk.intake.side_fields import PAPERS
from reviewdesk.intake.side_sheets import SideSheets, named_kind, read_clock, read_side_sheets
from reviewdesk.intake.table import open_table
from reviewdesk.intake.values import Bad

ACCOUNTS = [
    ["借据号", "借款人姓名", "身份证号", "机构类型", "放款日期", "借款金额", "剩余本金", "年利率"],
    ["A1", "张三", "11010519491231002X", "消费金融", date(2024, 3, 1), 12000, 8000, "24%"],
    ["A2", "李四", "440524188001010014", "消费金融", date(2024, 3, 1), 12000, 8000, "24%"],
]


def read(name: str, *rows: list[Any], merges: Any = ()) -> SideSheets:
    sheet = Sheet(name, [list(row) for row in rows], lambda: {"merges": merges})
    return read_side_sheets([name], lambda _: sheet)


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


def run(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    out = path.with_suffix(".jsonl")
    result = CliRunner().invoke(check, [str(path), "--as-of", "2026-11-23", "--out", str(out)])
    return result, [orjson.loads(line) for line in out.read_bytes().splitlines()]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("还款明细", "repayments"),
        ("還款流水", "repayments"),
        ("还款记录", "repayments"),
        ("还款计划表", "schedule"),
        ("催收记录", "demands"),
        ("催收明细", "demands"),
        ("证据清单", "evidence"),
        ("證據目錄", "evidence"),
        ("Repayments", "repayments"),
        ("逾期明细", None),
        ("Sheet2", None),
    ],
)
def test_a_sheets_name_says_what_it_is(name: str, kind: str | None) -> None:
    found = named_kind(name)
    assert (found.kind if found else None) == kind


def test_repayments_with_their_parts_in_the_order_of_their_dates() -> None:
    found = read(
        "还款明细",
        ["某公司还款明细"],
        ["单位：元"],
        ["序号", "借據號", "姓名", "还款日期", "还款金额", "其中本金", "利息", "罚息", "违约金", "还款渠道"],
        [1, "A1", "张三", datetime.fromisoformat("2024-05-01"), "1,134.72", 900, 200, 30, 4.72, "银行代扣"],
        [2, "A1", "张三", "2024.4.1", 1134.72, "", "", "", "", ""],
        [3, "A2", "李四", 20240401, "¥500", "", "", "", "", "微信"],
        ["合计", "", "", "", 2769.44],
        ["注：以上均为系统导出"],
    )
    assert found.errors == []
    assert found.of("repayments", "A1") == [
        {"row": 5, "paid_on": "2024-04-01", "amount": 113472},
        {
            "row": 4,
            "paid_on": "2024-05-01",
            "amount": 113472,
            "principal": 90000,
            "interest": 20000,
            "penalty": 3472,
            "channel": "银行代扣",
        },
    ]
    assert found.of("repayments", "A3") == []
    assert found.of("demands", "A1") is None
    assert [(one.read, one.refused, one.set_aside) for one in found.sheets] == [(3, 0, 2)]


def test_units_of_headers_and_two_lines_and_merged_accounts() -> None:
    found = read(
        "还款流水",
        ["借据号", "还款日期", "应还（万元）", "", "实还（万元）", "", ""],
        ["", "", "本金", "利息", "本金", "利息", "合计"],
        ["A1", "2024-04-01", 9, 9, 0.1, 0.02, 0.12],
        ["", "2024-05-01", 9, 9, 0.2, 0.01, 0.21],
        merges=[((2, 0), (3, 0))],
    )
    assert found.errors == []
    assert found.of("repayments", "A1") == [
        {"row": 3, "paid_on": "2024-04-01", "amount": 120000, "principal": 100000, "interest": 20000},
        {"row": 4, "paid_on": "2024-05-01", "amount": 210000, "principal": 200000, "interest": 10000},
    ]


def test_an_amount_that_is_not_stated_is_the_sum_of_its_parts() -> None:
    found = read("还款明细", ["借据号", "还款日", "还款本金", "还款利息"], ["A1", "2024-04-01", 100, 20])
    assert found.of("repayments", "A1") == [
        {"row": 2, "paid_on": "2024-04-01", "amount": 12000, "principal": 10000, "interest": 2000}
    ]


def test_a_bad_cell_is_told_with_its_place_and_how_to_mend_it() -> None:
    found = read(
        "还款明细",
        ["借据号", "还款日期", "还款金额"],
        ["A1", "2024-02-30", 100],
        ["A1", "2024-03-01", 100],
        ["A2", "2024-03-01", "约100"],
        ["A3", "2024-03-01", ""],
        ["", "2024-03-01", 100],
        ["A4", "2024-03-01", "5,00"],
        ["A5", "2024-03-01", 5],
    )
    assert [(one.row, one.column, one.cell, one.code, one.account) for one in found.errors] == [
        (2, "还款日期", "B2", "date.impossible", "A1"),
        (4, "还款金额", "C4", "amount.unreadable", "A2"),
        (5, "还款金额", "C5", "required.missing", "A3"),
        (6, "借据号", "A6", "required.missing", None),
        (7, "还款金额", "C7", "amount.unreadable", "A4"),
    ]
    first = found.errors[0].as_json()
    assert first["sheet"] == "还款明细"
    assert all(first[part][language] for part in ("message", "mend") for language in ("zh", "en"))
    assert found.of("repayments", "A1") is None, "an account whose list would lack a payment has no list"
    assert found.of("repayments", "A5") == [{"row": 8, "paid_on": "2024-03-01", "amount": 500}]


def test_demands_with_time_channel_and_outcome() -> None:
    found = read(
        "催收记录",
        ["借据号", "催收日期", "催收时间", "催收方式", "催收结果", "录音编号"],
        ["A1", "2025-05-11", "下午3:05", "电话外呼", "未接通", "REC-1"],
        ["A1", "2025-05-10", time(22, 15), "短信", "已送达", ""],
        ["A1", "2025-06-01", "", "律师函", "承诺月底还款", ""],
        ["A2", "2025-06-01 08:30", "", "上门外访", "拒绝还款", ""],
        ["A2", "2025-06-02", "", "QQ", "", ""],
    )
    assert found.errors == []
    assert found.of("demands", "A1") == [
        {"row": 3, "on": "2025-05-10", "at": "22:15", "channel": "sms", "outcome": "delivered", "delivered": True},
        {
            "row": 2,
            "on": "2025-05-11",
            "at": "15:05",
            "channel": "call",
            "outcome": "no_answer",
            "proof": "REC-1",
            "delivered": False,
        },
        {"row": 4, "on": "2025-06-01", "channel": "lawyer_letter", "outcome": "promised", "delivered": True},
    ]
    assert found.of("demands", "A2") == [
        {"row": 5, "on": "2025-06-01", "at": "08:30", "channel": "visit", "outcome": "refused", "delivered": True},
        {"row": 6, "on": "2025-06-02", "channel": "other", "outcome": "unknown", "delivered": None},
    ]


def test_a_single_column_may_hold_day_and_time() -> None:
    found = read(
        "催收明细", ["借据号", "催收时间", "是否送达"], ["A1", datetime.fromisoformat("2025-05-10T22:15"), "否"]
    )
    assert found.of("demands", "A1") == [
        {"row": 2, "on": "2025-05-10", "at": "22:15", "channel": "other", "outcome": "unknown", "delivered": False}
    ]


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("9点", "09:00"),
        ("21:05:30", "21:05"),
        (0.5, "12:00"),
        ("上午8点30分", "08:30"),
        ("9:15 PM", "21:15"),
        ("", None),
    ],
)
def test_times_of_day(cell: Any, clock: str | None) -> None:
    assert read_clock(cell) == clock


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(Bad):
        read_clock("25:00")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("借款人身份证复印件", "identity_borrower"),
        ("原告营业执照", "identity_lender"),
        ("个人消费借款合同", "contract"),
        ("电子签名证书", "esign_certificate"),
        ("放款凭证", "disbursement"),
        ("还款计划表", "schedule"),
        ("还款明细", "ledger"),
        ("催收短信", "demand"),
        ("送达回执", "delivery"),
        ("宣布提前到期通知书", "acceleration"),
        ("债权转让协议", "assignment"),
        ("债权转让通知书", "assignment_notice"),
        ("代偿证明", "compensation"),
        ("保证保险合同", "guarantee"),
        ("授权委托书", "power_of_attorney"),
        ("送达地址确认书", "service_address"),
        ("综合融资成本明示表", "disclosure_form"),
    ],
)
def test_papers_by_their_names(words: str, kind: str) -> None:
    found = read("证据清单", ["借据号", "证据名称"], ["A1", words])
    assert found.of("evidence", "A1") == [{"row": 2, "kind": kind, "state": "present"}]
    assert kind in dict(PAPERS)


def test_a_list_of_evidence_with_states_and_digests() -> None:
    digest = "ab" * 32
    found = read(
        "证据目录",
        ["借据号", "证据名称", "是否齐全", "文件名", "SHA-256", "出具日期"],
        ["A1", "借款合同", "有", "A1-合同.pdf", digest.upper(), "2024-03-01"],
        ["A1", "放款凭证", "缺", "", "", ""],
        ["A1", "债权转让协议", "不适用", "", "", ""],
        ["A2", "奇怪的东西", "有", "", "", ""],
        ["A2", "借款合同", "也许", "", "xyz", ""],
    )
    assert found.of("evidence", "A1") == [
        {"row": 3, "kind": "disbursement", "state": "absent"},
        {"row": 4, "kind": "assignment", "state": "not_needed"},
        {
            "row": 2,
            "kind": "contract",
            "state": "present",
            "reference": "A1-合同.pdf",
            "sha256": digest,
            "issued_on": "2024-03-01",
        },
    ]
    assert [(one.cell, one.code) for one in found.errors] == [
        ("B5", "choice.unknown"),
        ("C6", "choice.unknown"),
        ("E6", "digest.unreadable"),
    ]


def test_a_wide_list_of_evidence_has_a_column_for_each_paper() -> None:
    found = read(
        "证据清单",
        ["借据号", "身份证", "借款合同", "放款凭证", "授权委托书"],
        ["A1", "有", "√", "无", ""],
        ["A2", "1份", "有", "有", "不适用"],
    )
    assert found.of("evidence", "A1") == [
        {"row": 2, "kind": "identity_borrower", "state": "present"},
        {"row": 2, "kind": "contract", "state": "present"},
        {"row": 2, "kind": "disbursement", "state": "absent"},
    ]
    assert [one["state"] for one in found.of("evidence", "A2") or ()] == ["present"] * 3 + ["not_needed"]


def test_a_schedule_is_numbered_by_date_where_the_sheet_does_not_number_it() -> None:
    rows = [["A1", "2024-05-01", 100, 5, 1, 2], ["A1", "2024-04-01", 90, 6, 1, 2]]
    found = read("还款计划表", ["借据号", "应还日期", "应还本金", "应还利息", "服务费", "担保费"], *rows)
    assert found.of("schedule", "A1") == [
        {"row": 3, "due_on": "2024-04-01", "principal": 9000, "interest": 600, "fees": 300, "term": 1},
        {"row": 2, "due_on": "2024-05-01", "principal": 10000, "interest": 500, "fees": 300, "term": 2},
    ]
    numbered = read(
        "还款计划", ["借据号", "期次", "应还日期", "应还本金", "应还利息"], ["A1", "第2期", "2024-05-01", 100, 5]
    )
    assert (numbered.of("schedule", "A1") or [{}])[0]["term"] == 2


def test_a_sheet_that_lacks_its_columns_is_told_of_and_not_read() -> None:
    found = read("还款明细", ["姓名", "手机号", "还款金额"], ["张三", "13812345678", 100])
    assert [(one.code, one.row) for one in found.errors] == [("side.columns_missing", 1)]
    assert "借据号、还款日期" in found.errors[0].message.zh
    assert found.rows == {}


def test_a_sheet_whose_name_says_nothing_is_known_by_its_header_and_its_accounts_standing_twice() -> None:
    rows = [["借据号", "还款日期", "还款金额"], ["A1", "2024-04-01", 1], ["A1", "2024-05-01", 1]]
    assert len(read("Sheet2", *rows).of("repayments", "A1") or ()) == 2
    assert read("Sheet2", *rows[:2]).rows == {}
    assert read("另一批账户", *ACCOUNTS).rows == {}


def test_the_accounts_are_found_though_side_sheets_stand_before_them(tmp_path: Path) -> None:
    wide = [["借据号", "姓名", "身份证号", "还款日期", "还款金额", "本金", "利息", "罚息"]]
    path = workbook(tmp_path / "a.xlsx", 还款明细=[*wide, ["A1", "张三", "", "2024-04-01", 1, 1, 0, 0]], 账户=ACCOUNTS)
    assert open_table(path).sheet.name == "账户"


def test_check_joins_side_sheets_and_tells_of_their_errors(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "list.xlsx",
        账户=ACCOUNTS,
        还款明细=[
            ["借据号", "还款日期", "还款金额"],
            ["A1", date(2024, 4, 1), 1134.72],
            ["A9", date(2024, 4, 1), 100],
            ["A2", "不知道哪天", 100],
        ],
        催收记录=[["借据号", "催收日期", "催收方式"], ["A1", date(2025, 5, 10), "短信"]],
    )
    result, lines = run(path)
    by_account = {line["account_no"]: line for line in lines}
    facts = by_account["A1"]["facts"]
    assert facts["repayments"] == [{"row": 2, "paid_on": "2024-04-01", "amount": "1134.72"}]
    assert [one["on"] for one in facts["demands"]] == ["2025-05-10"]
    assert "evidence" not in facts
    assert "side_errors" not in by_account["A1"]
    assert "repayments" not in by_account["A2"]["facts"]
    assert by_account["A2"]["facts"]["demands"] == []
    assert [one["code"] for one in by_account["A2"]["side_errors"]] == ["date.unreadable"]
    assert result.exit_code == 1
    assert "'还款明细' (repayments): 2 rows read, 1 rejected, 0 set aside" in result.stderr
    assert "side.account_absent" in result.stderr
