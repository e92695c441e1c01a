"""Rows become facts, and every row is accounted for."""

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.errors import Invalid
from reviewdesk.intake.fact_forms import facts_for_people, sort_out
from reviewdesk.intake.fields import by_name
from reviewdesk.intake.headers import find_header, suggest
from reviewdesk.intake.mapping import Mapping, from_suggestions
from reviewdesk.intake.messages import SAID, said
from reviewdesk.intake.normalise import Chunk, Normaliser
from reviewdesk.intake.table import open_table
from reviewdesk.intake.values import Bad, reader_of

HEADER = ["借据号", "姓名", "身份证号", "未还本金", "年利率", "放款日期", "是否投诉"]
GOOD = ["A1", "张三", "11010519491231002X", "12,345.67", "24%", date(2024, 3, 1), "否"]


def mapping_of(header: list[str] = HEADER, **constants: str) -> Mapping:
    found = find_header([header])
    assert found is not None
    base = from_suggestions(suggest(found.names), found)
    return Mapping(base.rules, constants)


def read(rows: list[list[Any]], header: list[str] = HEADER, **constants: str) -> Chunk:
    return Normaliser(mapping_of(header, **constants)).chunk(rows, 2)


def row_with(**cells: Any) -> list[Any]:
    names = {"account": 0, "name": 1, "id_no": 2, "principal": 3, "rate": 4, "day": 5, "complaint": 6}
    row = list(GOOD)
    for name, cell in cells.items():
        row[names[name]] = cell
    return row


def codes(chunk: Chunk) -> dict[int, list[tuple[str, str]]]:
    return {chunk.rows[place]: [(one.field, one.code) for one in errors] for place, errors in chunk.errors.items()}


def test_a_good_row_becomes_facts() -> None:
    chunk = read([GOOD])
    ((row, facts, errors),) = chunk.records()
    assert row == 2
    assert errors == []
    assert facts == {
        "account_no": "A1",
        "borrower_name": "张三",
        "id_no": "11010519491231002X",
        "outstanding_principal": 1234567,
        "annual_rate": "0.24",
        "disbursed_on": "2024-03-01",
        "complaint": False,
    }


def test_a_bad_cell_rejects_its_row_and_says_where_what_and_how_to_mend() -> None:
    chunk = read([row_with(day="2024-02-30", id_no=4.40305199003075e17)])
    day, number = sorted(chunk.errors[0], key=lambda error: error.field)
    assert (day.row, day.column, day.cell, day.code, day.value) == (
        2,
        "放款日期",
        "F2",
        "date.impossible",
        "2024-02-30",
    )
    assert day.message.zh == "2024 年 2 月没有 30 日"
    assert day.mend.zh.startswith("核对")
    assert number.code == "id_no.precision_lost"
    assert number.value == "4.40***E+17"
    ((_, facts, _),) = chunk.records()
    assert facts["outstanding_principal"] == 1234567
    assert "disbursed_on" not in facts


def test_personal_values_in_errors_are_masked() -> None:
    chunk = read([row_with(id_no="44010619900307234")])
    error = chunk.errors[0][0]
    assert error.value == "4401*********7234"
    assert "44010619900307234" not in orjson.dumps(error.as_json()).decode()


def test_required_facts() -> None:
    rows = [row_with(id_no=""), row_with(account="A2", name="-"), row_with(account="")]
    assert codes(read(rows)) == {
        2: [("id_no", "required.missing")],
        3: [("borrower_name", "required.missing")],
        4: [("account_no", "required.missing")],
    }


def test_a_sheet_without_a_column_for_a_name_is_read_all_the_same() -> None:
    assert codes(read([["A1", 100]], ["借据号", "未还本金"])) == {}


def test_an_unreadable_required_cell_is_not_missing_as_well() -> None:
    assert codes(read([row_with(principal="两万"), row_with(account="A2", id_no="1.1E+17")])) == {
        2: [("outstanding_principal", "amount.unreadable")],
        3: [("id_no", "id_no.scientific")],
    }


def test_a_required_column_that_the_sheet_lacks() -> None:
    chunk = read([["张三", "11010519491231002X", 100]], ["姓名", "身份证号", "未还本金"])
    (error,) = chunk.errors[0]
    assert (error.field, error.code, error.column, error.cell) == ("account_no", "required.missing", None, None)


def test_the_later_row_of_an_account_is_rejected_and_names_the_first() -> None:
    normaliser = Normaliser(mapping_of())
    assert codes(normaliser.chunk([GOOD, row_with(account="A2")], 2)) == {}
    later = normaliser.chunk([row_with(account="A1")], 4)
    assert codes(later) == {4: [("account_no", "account.duplicate")]}
    assert "第 2 行" in later.errors[0][0].message.zh


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["", "", "", "", "", "", ""], "blank"),
        ([" ", "", "\t", "", "", "", ""], "blank"),
        (["合计", "", "", 100.0, "", "", ""], "total"),
        (["合  计：", "", "", 100.0, "", "", ""], "total"),
        (["", "总计", "", 100.0, "", "", ""], "total"),
        (["小计（12笔）", "", "", 100.0, "", "", ""], "total"),
        (["共计12户", "", "", 100.0, "", "", ""], "total"),
        (["Total", "", "", 100.0, "", "", ""], "total"),
        (["", "", "", 100.0, "", "", ""], "total"),
        (["注：数据截至11月23日", "", "", "", "", "", ""], "note"),
        (["备注：均为虚构", "", "", "", "", "", ""], "note"),
        (["制表人：张三", "", "", "复核：李四", "", "", ""], "note"),
        (["※ 单位为元", "", "", "", "", "", ""], "note"),
        (["以上合计见附表", "", "", "", "", "", ""], "note"),
        (HEADER, "header"),
    ],
)
def test_rows_that_are_no_accounts_are_set_aside(row: list[Any], reason: str) -> None:
    chunk = read([GOOD, row])
    assert [(one.row, one.reason) for one in chunk.set_aside] == [(3, reason)]
    assert chunk.rows == [2]


@pytest.mark.parametrize(
    "row",
    [
        ["A9", "", "", "", "", "", ""],
        ["", "张三", "", 100.0, "", "", ""],
        ["", "", "", 100.0, 0.24, date(2024, 3, 1), ""],
        ["", "", "11010519491231002X", "", "", "", ""],
    ],
)
def test_a_broken_account_is_rejected_and_not_set_aside(row: list[Any]) -> None:
    chunk = read([row])
    assert chunk.rows == [2]
    assert chunk.errors[0]


def test_numbers_before_empty_rows_do_not_make_accounts() -> None:
    chunk = read([[1.0, *GOOD], [2.0, "", "", "", "", "", "", ""]], ["序号", *HEADER])
    assert [(one.row, one.reason) for one in chunk.set_aside] == [(3, "blank")]


def test_the_unit_of_a_column_applies_to_bare_numbers() -> None:
    rows = [["A1", "张三", "11010519491231002X", 1.2], ["A2", "李四", "440106199003072349", "8000元"]]
    chunk = read(rows, ["借据号", "姓名", "身份证号", "未还本金(万元)"])
    assert chunk.columns["outstanding_principal"] == [1200000, 800000]


def test_constants_fill_what_a_row_does_not_say() -> None:
    header = [*HEADER, "机构类型"]
    chunk = read([[*GOOD, ""], [*row_with(account="A2"), "银行"]], header, lender_kind="consumer_finance")
    assert chunk.columns["lender_kind"] == ["consumer_finance", "bank"]
    chunk = read([GOOD], lender_kind="小贷")
    assert chunk.columns["lender_kind"] == ["micro_loan"]
    with pytest.raises(Invalid) as caught:
        read([GOOD], calculated_to="哪天")
    assert caught.value.code == "mapping.constant"


def test_a_rate_of_a_day_has_the_year_of_its_own_contract() -> None:
    """0.05 % a day is 18.25 % on a year of 365 days and 18 % on one of 360; what is stated by the year stays."""
    header = ["借据号", "姓名", "身份证号", "未还本金", "日利率", "罚息利率", "计息基准天数"]
    stated = ["", "365天", "360", 360.0, "实际/360", "act/act", "平年365闰年366", "Actual/365", "360天/年"]
    rows = [[f"A{k}", *GOOD[1:4], "0.05%", "年27%", year] for k, year in enumerate(stated)]
    chunk = read(rows, header)
    assert chunk.columns["day_count"] == [None, "365", "360", "360", "360", "actual", "actual", "365", "360"]
    assert chunk.columns["annual_rate"] == [
        "0.1825",
        "0.1825",
        "0.18",
        "0.18",
        "0.18",
        "0.1825",
        "0.1825",
        "0.1825",
        "0.18",
    ]
    assert chunk.columns["penalty_rate"] == ["0.27"] * len(rows)
    bankers = Mapping(mapping_of(header).rules, {}, 360)
    assert Normaliser(bankers).chunk(rows, 2).columns["annual_rate"][:3] == ["0.18", "0.1825", "0.18"]
    assert read(rows[:1], header, day_count="360").columns["annual_rate"] == ["0.18"]


def test_a_year_that_nobody_counts_by_is_an_error_of_its_cell() -> None:
    chunk = read([[*GOOD, "按实际天数"]], [*HEADER, "计息基准天数"])
    assert codes(chunk) == {2: [("day_count", "choice.unknown")]}


def test_short_rows_of_a_text_table() -> None:
    chunk = read([["A1", "张三", "11010519491231002X", "100"], ["A2", "李四"]])
    assert chunk.columns["annual_rate"] == [None, None]
    assert codes(chunk) == {3: [("id_no", "required.missing")]}


def test_truth_values_and_ones_are_told_apart() -> None:
    chunk = read([row_with(principal=1.0), row_with(account="A2", principal=True), row_with(account="A3", rate=True)])
    assert codes(chunk) == {
        3: [("outstanding_principal", "amount.unreadable")],
        4: [("annual_rate", "rate.unreadable")],
    }


def test_a_bad_day_in_one_column_is_bad_in_every_other() -> None:
    header = [*HEADER, "到期日"]
    chunk = read([[*row_with(day="2024-02-30"), "2024-02-30"], [*row_with(account="A2"), "2024-02-30"]], header)
    assert codes(chunk) == {
        2: [("disbursed_on", "date.impossible"), ("due_on", "date.impossible")],
        3: [("due_on", "date.impossible")],
    }
    assert chunk.columns["due_on"] == [None, None]


AMOUNTS = st.one_of(
    st.floats(-1e9, 1e12, allow_nan=False),
    st.floats(),
    st.integers(0, 10**9),
    st.decimals(0, 10**9, places=2).map(str),
    st.decimals(0, 10**9, places=3).map(str),
    st.sampled_from(["", "-", "1,234.5", "12,34", "¥8", "8元", "1.2万", "(5)", " 7 ", "0.005", "1.005", "abc"]),
)


@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.sampled_from(["元", "万元"]))
def test_the_fast_way_reads_money_as_the_exact_reader_does(cells: list[Any], unit: str) -> None:
    header = ["借据号", "姓名", "身份证号", "欠款总额", f"欠息({unit})"]
    rows = [[f"A{place}", "张三", "11010519491231002X", 1.0, cell] for place, cell in enumerate(cells)]
    chunk = read(rows, header)
    exact = reader_of(by_name()["interest_due"], unit)
    assert [outcome(chunk, place) for place in range(len(cells))] == [read_exactly(exact, cell) for cell in cells]


def outcome(chunk: Chunk, place: int) -> Any:
    errors = chunk.errors.get(place)
    return errors[0].code if errors else chunk.columns["interest_due"][place]


def read_exactly(read_cell: Any, cell: Any) -> Any:
    try:
        return read_cell(cell)
    except Bad as bad:
        return bad.code


CELLS = st.one_of(st.text(max_size=8), st.floats(), st.booleans(), st.dates())


@given(st.lists(st.lists(CELLS, min_size=7, max_size=7), max_size=12))
def test_every_row_is_accounted_for(rows: list[list[Any]]) -> None:
    chunk = read(rows)
    numbers = chunk.rows + [one.row for one in chunk.set_aside]
    assert sorted(numbers) == list(range(2, 2 + len(rows)))
    assert all(len(values) == len(chunk.rows) for values in chunk.columns.values())
    assert len(list(chunk.records())) == len(chunk.rows)


def test_facts_for_people_are_masked_in_order_and_in_yuan() -> None:
    facts = {"mobile": "13812345678", "outstanding_principal": 101914, "account_no": "A1", "complaint": False}
    assert facts_for_people(facts) == {
        "account_no": "A1",
        "mobile": "138****5678",
        "outstanding_principal": "1019.14",
        "complaint": False,
    }
    assert facts_for_people(facts, reveal=True)["mobile"] == "13812345678"
    assert sort_out(facts) == (
        {"outstanding_principal": 101914, "account_no": "A1", "complaint": False},
        {"mobile": "13812345678"},
    )


def test_every_message_fills_in() -> None:
    details = {
        "first_row": 2, "where": "", "where_en": "",
        "error": "#N/A", "length": 3, "most": 2, "year": 2024, "month": 2, "day": 30, "number": "1",
        "percent": "1", "options": "是、否",
        "names": "姓名", "names_en": "name", "count": 2, "columns": "借据号", "columns_en": "Account number",
    }  # fmt: skip
    label = by_name()["principal"].label
    for code in SAID:
        words = said(code, details, label, "万元")
        assert all("{" not in text for text in (words.message.zh, words.message.en, words.mend.zh, words.mend.en))


def test_chunks_of_a_table_report_their_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewdesk.intake.table.SLICE_ROWS", 2)
    path = tmp_path / "list.csv"
    lines = ["借据号,姓名,身份证号,未还本金", *(f"A{place},张三,11010519491231002X,100" for place in range(5))]
    path.write_text("\n".join(lines))
    done: list[int] = []
    table = open_table(path)
    chunks = list(table.chunks(table.suggested_mapping(), done.append))
    assert done == [2, 4, 5]
    assert [chunk.rows for chunk in chunks] == [[2, 3], [4, 5], [6]]
