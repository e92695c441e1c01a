"""Repayments that were taken back: read as less than nothing where that is beyond doubt, and else told of."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from reviewdesk.check import check
from reviewdesk.intake.side_fields import UNREAD
from reviewdesk.intake.side_sheets import SideSheets
from tests.intake.test_side_sheets import ACCOUNTS, run, workbook
from tests.intake.test_side_sheets import read as read_sheet


def read(*rows: list[Any], name: str = "还款明细") -> SideSheets:
    return read_sheet(name, *rows)


def amounts(found: SideSheets, account: str = "A1") -> list[int]:
    return [row["amount"] for row in found.of("repayments", account) or ()]


HEADER = ["借据号", "还款日期", "还款金额"]


@pytest.mark.parametrize("cell", [-1000, "-1,000.00", "(1,000.00)", "－1000元", "负1000"])
def test_an_amount_below_zero_takes_back(cell: Any) -> None:
    found = read(HEADER, ["A1", "2024-05-03", 1000], ["A1", "2024-05-05", cell])
    assert found.errors == []
    assert amounts(found) == [100000, -100000]


def test_the_parts_are_below_zero_with_it() -> None:
    found = read(
        ["借据号", "还款日期", "还款本金", "还款利息", "违约金", "罚息"],
        ["A1", "2024-05-05", -800, -150, -20, -30],
    )
    assert found.of("repayments", "A1") == [
        {
            "row": 2,
            "paid_on": "2024-05-05",
            "amount": -100000,
            "principal": -80000,
            "interest": -15000,
            "penalty": -5000,
        }
    ]


@pytest.mark.parametrize(
    "kind",
    [
        "冲正",
        "红冲",
        "退款",
        "撤销",
        "代扣失败冲正",
        "还款冲正（5月3日）",
        "冲正-20240503还款",
        "多扣退款",
        "沖正",
        "Payment reversal",
        "REFUND",
    ],
)
@pytest.mark.parametrize("header", ["交易类型", "摘要"])
def test_a_row_that_is_called_a_reversal_takes_back(header: str, kind: str) -> None:
    found = read(
        [*HEADER, "还款本金", header], ["A1", "2024-05-03", 1000, 900, "还款"], ["A1", "2024-05-05", 1000, 900, kind]
    )
    assert found.errors == []
    assert found.of("repayments", "A1") == [
        {"row": 2, "paid_on": "2024-05-03", "amount": 100000, "principal": 90000},
        {"row": 3, "paid_on": "2024-05-05", "amount": -100000, "principal": -90000},
    ]


def test_its_name_does_not_turn_an_amount_below_zero_around() -> None:
    found = read([*HEADER, "交易类型"], ["A1", "2024-05-05", -1000, "冲正"], ["A1", "2024-05-06", -500, "冲正失败"])
    assert amounts(found) == [-100000, -50000]


@pytest.mark.parametrize("kind", ["还款", "正常还款", "提前结清", "代扣", "冲抵本金", "1", "", None, 2])
def test_other_kinds_of_entries_are_payments(kind: Any) -> None:
    found = read([*HEADER, "交易类型"], ["A1", "2024-05-05", 1000, kind])
    assert (found.errors, amounts(found)) == ([], [100000])


@pytest.mark.parametrize(
    "kind", ["已冲正", "冲正失败", "未冲正", "撤销冲正", "退款退回", "冲正后重扣", "退款申请", "reversed", "退还利息"]
)
def test_what_may_be_the_payment_itself_is_not_guessed(kind: str) -> None:
    found = read([*HEADER, "交易类型"], ["A1", "2024-05-05", 1000, kind])
    assert [(one.row, one.column, one.cell, one.code, one.value) for one in found.errors] == [
        (2, "交易类型", "D2", "entry.unclear", kind)
    ]
    error = found.errors[0].as_json()
    assert "写成负数" in error["mend"]["zh"]
    assert "below zero" in error["mend"]["en"]
    assert found.of("repayments", "A1") is None
    assert found.facts_of("A1") == {UNREAD: ["repayments"]}


@pytest.mark.parametrize(
    ("mark", "code"), [("是", "entry.unclear"), (1, "entry.unclear"), ("否", None), (0, None), ("", None)]
)
def test_a_mark_may_stand_at_the_payment_or_at_its_reversal(mark: Any, code: str | None) -> None:
    found = read([*HEADER, "是否冲正"], ["A1", "2024-05-05", 1000, mark])
    assert [one.code for one in found.errors] == ([code] if code else [])
    called = read(
        [*HEADER, "摘要", "是否冲正"], ["A1", "2024-05-05", 1000, "冲正", mark], ["A1", "2024-05-06", -7, "", mark]
    )
    assert (called.errors, amounts(called)) == ([], [-100000, -700])


def test_amounts_of_both_signs_are_told_of() -> None:
    found = read(
        [*HEADER, "还款本金", "还款利息"], ["A1", "2024-05-05", -1000, -900, 100], ["A1", "2024-05-06", 9, -1, 0]
    )
    assert [(one.column, one.cell, one.code) for one in found.errors] == [
        ("还款利息", "E2", "amount.signs"),
        ("还款金额", "C3", "amount.signs"),
    ]
    assert "都写负数" in found.errors[0].as_json()["mend"]["zh"]


def test_a_schedule_has_no_amounts_below_zero() -> None:
    found = read(["借据号", "应还日期", "应还本金", "应还利息"], ["A1", "2024-05-05", -5, 1], name="还款计划")
    assert [one.code for one in found.errors] == ["amount.negative"]


LOAN = ["期数", "还款方式", "签约日期", "到期日", "罚息利率", "计算截止日", "已还期数", "已还总额"]
ABOUT = [12, "等额本息", date(2024, 3, 1), date(2025, 3, 1), "24%", date(2026, 11, 20)]


def test_check_replays_without_what_bounced_and_says_what_cannot_be_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "book.xlsx",
        账户=[
            [*ACCOUNTS[0], *LOAN],
            [*ACCOUNTS[1], *ABOUT, 1, 1134.72],
            [*ACCOUNTS[2], *ABOUT, 0, 0],
        ],
        还款明细=[
            [*HEADER, "交易类型"],
            ["A1", date(2024, 4, 1), 1134.72, "还款"],
            ["A1", date(2024, 5, 3), 1000, "还款"],
            ["A1", date(2024, 5, 5), 1000, "冲正"],
            ["A2", date(2024, 5, 3), 1000, "已冲正"],
        ],
    )
    _result, lines = run(path)
    first, second = lines
    assert [row["amount"] for row in first["facts"]["repayments"]] == ["1134.72", "1000.00", "-1000.00"]
    ledger = {
        line["account_no"]: next(one for one in line["findings"] if one["check"] == "claim.ledger") for line in lines
    }
    assert ledger["A1"]["computed"]["ledger_paid"] == "1134.72"
    assert [error["code"] for error in second["side_errors"]] == ["entry.unclear"]
    assert (ledger["A2"]["outcome"], ledger["A2"]["reason"]) == ("missing", "unread")
    out = tmp_path / "read.jsonl"
    CliRunner().invoke(check, [str(path), "--no-checks", "--out", str(out)])
    plain = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [line["facts"] for line in plain] == [line["facts"] for line in lines]
