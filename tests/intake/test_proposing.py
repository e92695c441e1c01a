"""What headers and first rows make of a sheet together: columns taken apart and joined, numbers for accounts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from reviewdesk.intake.keys import Keys
from reviewdesk.intake.looking import is_in_doubt, suggestions_of, sure_mapping, take_look
from reviewdesk.intake.mapping import BY_ROW, Mapping
from reviewdesk.intake.normalise import Chunk
from reviewdesk.intake.splitting import parts_of
from reviewdesk.intake.stating import stated
from reviewdesk.intake.table import Table, open_table

ID = "11010519491231002X"


def table(path: Path, columns: dict[str, Any], rows: int = 2) -> Table:
    with xlsxwriter.Workbook(path / "list.xlsx") as book:
        page = book.add_worksheet("明细")
        page.write_row(0, 0, list(columns))
        for row in range(1, rows + 1):
            page.write_row(row, 0, [cell(row) if callable(cell) else cell for cell in columns.values()])
    return open_table(path / "list.xlsx")


def number(row: int) -> str:
    return f"A{row}"


BASE: dict[str, Any] = {"借据号": number, "姓名": "张三", "身份证号": ID, "借款金额": 12000}


def read(found: Table, mapping: Mapping | None = None, keys: Keys | None = None) -> Chunk:
    mapping = Mapping.from_json((mapping or found.suggested_mapping()).to_json())
    return next(found.chunks(mapping, keys=keys) if keys else found.chunks(mapping))


@pytest.mark.parametrize(
    ("header", "cell", "facts"),
    [
        ("借款日期/到期日", "2023-01-01至2024-01-01", {"contract_date": "2023-01-01", "due_on": "2024-01-01"}),
        ("借款起止日期", "2023/1/1-2024/1/1", {"disbursed_on": "2023-01-01", "due_on": "2024-01-01"}),
        ("借款期限", "2023年1月1日起至2024年1月1日止", {"disbursed_on": "2023-01-01", "due_on": "2024-01-01"}),
        ("合同期间", "20230101 - 20240101", {"contract_date": "2023-01-01", "due_on": "2024-01-01"}),
        ("未还利息/罚息", "100.5/20", {"interest_due": 10050, "penalty_due": 2000}),
        ("性别、民族", "男、汉族", {"gender": "男", "ethnicity": "汉族"}),
        ("逾期天数+逾期等级", "120+M4", {"days_overdue": 120, "bucket": "M4"}),
    ],
)
def test_a_column_for_two_fields_is_taken_apart_where_it_is_plain(
    tmp_path: Path, header: str, cell: str, facts: dict[str, Any]
) -> None:
    chunk = read(table(tmp_path, BASE | {header: cell}))
    assert chunk.errors == {}
    assert {name: chunk.columns[name][0] for name in facts} == facts


@pytest.mark.parametrize("cell", [f"张三/{ID}", f"张三 {ID}", f"张三（{ID}）", f"张三，身份证号：{ID}", f"张三\n{ID}"])
def test_a_name_beside_an_id_number(tmp_path: Path, cell: str) -> None:
    columns = {"借据号": number, "姓名/身份证": cell, "借款金额": 12000}
    chunk = read(table(tmp_path, columns))
    assert (chunk.errors, chunk.columns["borrower_name"][0], chunk.columns["id_no"][0]) == ({}, "张三", ID)


def test_a_cell_that_does_not_come_apart_is_an_error_that_shows_nothing_personal(tmp_path: Path) -> None:
    cells = [*(f"张{one}/{ID}" for one in "一二三四五六七八九"), "张三"]
    columns = {"借据号": number, "姓名/身份证": lambda row: cells[row - 1], "借款金额": 12000}
    chunk = read(table(tmp_path, columns, 10))
    assert {(error.code, error.cell, error.value) for error in chunk.errors[9]} == {("cell.parts", "B11", "***")}
    assert "姓名、身份证号" in chunk.errors[9][0].message.zh.replace("借款人", "")


@pytest.mark.parametrize("header", ["订单号/合同号", "期数/总期数", "放款日期（开户日期）"])
def test_headers_that_say_one_thing_twice_stay_whole(tmp_path: Path, header: str) -> None:
    columns = {name: cell for name, cell in BASE.items() if name != "借据号"} | {header: "A/1"}
    assert not any(rule.parts for rule in table(tmp_path, columns).suggested_mapping().rules)


def test_a_person_splits_a_column_and_passes_over_a_part(tmp_path: Path) -> None:
    found = table(tmp_path, BASE | {"备用栏": "消费贷;24%;内部"})
    rule = {"split": ";", "parts": ["product", {"field": "annual_rate", "period": "year"}, None]}
    chunk = read(found, stated(found.suggested_mapping(), {"columns": {"备用栏": rule}}))
    assert chunk.errors == {}
    assert (chunk.columns["product"][0], chunk.columns["annual_rate"][0]) == ("消费贷", "0.24")
    assert "extra" not in chunk.columns


@pytest.mark.parametrize(
    ("cell", "split", "count", "parts"),
    [
        ("", "/", 2, ("", "")),
        ("甲", "/", 2, None),
        ("甲/乙/丙", "/", 2, None),
        (12.5, "-", 2, None),
        ("2023-01-01", "dates", 2, None),
        (f"{ID} 张三", "id", 2, (ID, "张三")),
        ("张三13812345678李四", "mobile", 2, None),
        ("甲 乙", "space", 2, ("甲", "乙")),
        ("甲～乙", "~", 2, ("甲", "乙")),
    ],
)
def test_how_cells_come_apart(cell: Any, split: Any, count: int, parts: tuple[str, ...] | None) -> None:
    found = parts_of(cell, split, count)
    assert (None if found is None else tuple(found)) == parts


@pytest.mark.parametrize("detail", ["西湖区文三路1号", "杭州市西湖区文三路1号", "浙江省杭州市西湖区文三路1号"])
def test_parts_of_an_address_are_joined_without_saying_anything_twice(tmp_path: Path, detail: str) -> None:
    columns = BASE | {"户籍省": "浙江省", "户籍市": "杭州市", "户籍详细地址": detail}
    chunk = read(table(tmp_path, columns))
    assert chunk.columns["id_address"][0] == "浙江省杭州市西湖区文三路1号"


def test_fees_of_two_columns_are_added_up_and_texts_set_side_by_side(tmp_path: Path) -> None:
    found = table(tmp_path, BASE | {"服务费": 100, "担保费": 20.5, "备注": "甲", "另注": "乙"})
    said = {"columns": {"服务费": "fees_due", "担保费": "fees_due", "备注": "note", "另注": "note"}}
    chunk = read(found, stated(found.suggested_mapping(), said))
    assert (chunk.columns["fees_due"][0], chunk.columns["note"][0]) == (12050, "甲；乙")


def test_a_dropped_column_leaves_no_trace(tmp_path: Path) -> None:
    found = table(tmp_path, BASE | {"内部代号": "X1", "渠道码": "Y1"})
    chunk = read(found, stated(found.suggested_mapping(), {"columns": {"内部代号": {"drop": True}}}))
    assert chunk.columns["extra"][0] == {"渠道码": "Y1"}


class TestNumbers:
    """Accounts without a number."""

    COLUMNS: dict[str, Any] = {
        "姓名": "张三",
        "身份证号": ID,
        "放款日期": "2024-03-01",
        "借款金额": lambda row: 1000 * row,
    }

    def test_they_are_made_of_person_day_and_amount_and_show_none_of_them(self, tmp_path: Path) -> None:
        found = table(tmp_path, self.COLUMNS)
        assert found.suggested_mapping().key == ("id_no", "disbursed_on", "principal")
        first = read(found, keys=Keys.of_file("a" * 64))
        assert first.errors == {}
        one, other = first.columns["account_no"]
        assert one != other
        assert str(one).startswith("K-")
        assert ID not in str(one)
        assert read(found, keys=Keys.of_file("a" * 64)).columns["account_no"] == [one, other]
        assert read(found, keys=Keys.of_file("b" * 64)).columns["account_no"] != [one, other]

    def test_the_same_person_day_and_amount_is_the_same_account(self, tmp_path: Path) -> None:
        chunk = read(table(tmp_path, self.COLUMNS | {"借款金额": 1000}))
        assert [error.code for error in chunk.errors[1]] == ["account.duplicate"]

    def test_a_row_that_lacks_one_of_them_gets_none(self, tmp_path: Path) -> None:
        chunk = read(table(tmp_path, self.COLUMNS | {"放款日期": lambda row: "2024-03-01" if row > 1 else ""}))
        assert [error.code for error in chunk.errors[0]] == ["account.underivable"]
        assert "放款日期" in chunk.errors[0][0].message.zh

    def test_for_want_of_anything_better_rows_are_counted(self, tmp_path: Path) -> None:
        found = table(tmp_path, {"姓名": "张三", "性别": "男", "未还本金": lambda row: 1000 * row})
        assert found.suggested_mapping().key == (BY_ROW,)
        chunk = read(found, keys=Keys.of_file("9f2c61ab" * 8))
        assert chunk.columns["account_no"] == ["R-9F2C61AB-2", "R-9F2C61AB-3"]

    def test_a_column_that_a_person_names_is_better(self, tmp_path: Path) -> None:
        found = table(tmp_path, self.COLUMNS | {"内部代号": number})
        mapping = stated(found.suggested_mapping(), {"内部代号": "account_no"})
        assert (mapping.key, read(found, mapping).columns["account_no"]) == ((), ["A1", "A2"])


PERSON = ("借据号", "姓名", "身份证号")
ONE = ("A1", "张三", "11010519491231002X")


def found_in(folder: Path, *rows: Sequence[Any]) -> Table:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(folder / "list.xlsx")
    return open_table(folder / "list.xlsx")


def test_a_line_of_units_below_the_header_is_part_of_it(tmp_path: Path) -> None:
    head, units = (*PERSON, "借款本金", "未还利息(元)", "年利率"), ("", "", "", "万元", "(元)", "%")
    found = found_in(tmp_path, head, units, (*ONE, 120, 300, 24))
    assert found.header.names == (*PERSON, "借款本金(万元)", "未还利息(元)", "年利率(%)")
    (chunk,) = found.chunks(found.suggested_mapping())
    assert (chunk.rows, chunk.errors) == ([3], {})
    assert (chunk.columns["principal"], chunk.columns["interest_due"]) == ([120_000_000], [30_000])


@pytest.mark.parametrize("unit", ["10k CNY", "10,000 yuan", "in RMB 10k", "万元"])
def test_units_are_understood_in_english(tmp_path: Path, unit: str) -> None:
    found = found_in(tmp_path, ("Loan ID", "Name", "ID Number", f"Principal ({unit})"), (*ONE, 5))
    (chunk,) = found.chunks(found.suggested_mapping())
    assert chunk.columns["principal"] == [5_000_000]


@pytest.mark.parametrize(("second", "asks"), [(4000, True), (5000, False), ("", False)])
def test_two_columns_for_one_amount_that_contradict_each_other_wait_for_a_person(
    tmp_path: Path, second: Any, asks: bool
) -> None:
    found_in(tmp_path, (*PERSON, "剩余本金", "未还本金"), (*ONE, 5000, second))
    look = take_look(tmp_path / "list.xlsx")
    suggestions = suggestions_of(look, {})
    assert is_in_doubt(look, suggestions, sure_mapping(look, suggestions, {}, {})) is asks
