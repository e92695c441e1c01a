"""Header rows from real use, each as a workbook: plain columns map by themselves, others ask or are left out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from opencc import OpenCC

from reviewdesk.db import unit_of_work
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import Suggestion
from reviewdesk.intake.looking import missing_fields
from reviewdesk.intake.models import Batch
from reviewdesk.intake.questions import questions_of
from reviewdesk.intake.table import Table, open_table
from reviewdesk.intake.uploading import upload_from_path
from reviewdesk.intake.wishes import Wish
from tests.builders import Bench
from tests.intake.header_rows import HEADER_ROWS, MANDATE, HeaderRow

CELLS: dict[str, Any] = {
    "account": "HT20240001",
    "text": "某某消费金融有限公司",
    "name": "张三丰",
    "address": "浙江省杭州市某路1号",
    "id_number": "11010519491231002X",
    "mobile": "13812345678",
    "card": "6222020200112233445",
    "code": "91110000100003962T",
    "money": 12345.67,
    "rate": "24%",
    "date": "2024-03-01",
    "terms": 12,
    "count": 3,
    "choice": "等额本息",
    "bucket": "M3",
}
"""What stands in a cell, by the kind of its field."""

FACTS: dict[str, Any] = {"money": 1_234_567, "rate": "0.24"}

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}

Writing = Callable[[str], str]

WRITINGS: dict[str, Writing] = {
    "as it is": lambda header: header,
    "traditional": OpenCC("s2t").convert,
    "full width": lambda header: header.translate(_WIDE),
    "spaced": lambda header: header if header.isascii() else " ".join(header),
    "broken over lines": lambda header: header[:2] + "\n" + header[2:],
    "starred": lambda header: f"*{header}：",
    "bracketed": lambda header: f"【{header}】" if "（" not in header and "(" not in header else header,
    "upper case": str.upper,
}


def workbook(path: Path, headers: list[str], row: list[Any]) -> Table:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("明细")
        page.write(0, 0, "某某公司拟诉清单")
        page.write_row(2, 0, headers)
        page.write_row(3, 0, row)
    return open_table(path)


def cell_of(known: HeaderRow, column: str) -> Any:
    name = known.plain.get(column)
    if name == "lender_kind":
        return "银行"
    return CELLS[field_named(name).kind] if name else "其他"


def suggested(table: Table, known: HeaderRow) -> dict[str, Suggestion]:
    return dict(zip(known.columns, table.suggestions, strict=True))


@pytest.mark.parametrize("known", HEADER_ROWS, ids=lambda known: known.name)
def test_plain_columns_fill_their_fields_without_hand_work(known: HeaderRow, tmp_path: Path) -> None:
    table = workbook(tmp_path / "list.xlsx", list(known.columns), [cell_of(known, one) for one in known.columns])
    found = suggested(table, known)
    assert {header: one.field for header, one in found.items() if one.applied} == known.plain
    chunk = next(table.chunks(table.suggested_mapping()))
    assert not [error for errors in chunk.errors.values() for error in errors if error.code != "required.missing"]
    for header, name in known.plain.items():
        kind, unit = field_named(name).kind, known.units.get(header)
        expected = 12_345_670_000 if unit == "万元" else FACTS.get(kind, CELLS.get(kind))
        if kind != "choice":
            assert chunk.columns[name] == [expected], header
    assert found.keys() >= known.units.keys()
    assert {header: found[header].unit for header in known.units} == known.units


@pytest.mark.parametrize("known", HEADER_ROWS, ids=lambda known: known.name)
def test_what_is_not_plain_is_asked_or_left_out_and_never_guessed(known: HeaderRow, tmp_path: Path) -> None:
    table = workbook(tmp_path / "list.xlsx", list(known.columns), [cell_of(known, one) for one in known.columns])
    by_level: dict[str, set[str]] = {}
    for header, one in suggested(table, known).items():
        by_level.setdefault(one.level, set()).add(header)
    assert by_level.get("ask", set()) == set(known.asked)
    assert by_level.get("third_person", set()) == set(known.third_persons)
    assert by_level.get("duplicate", set()) == set(known.second)
    assert by_level.get("similar", set()) == set()
    assert tuple(one.name for one in missing_fields(table.suggested_mapping())) == known.lacks


@pytest.mark.parametrize("known", HEADER_ROWS, ids=lambda known: known.name)
def test_a_workbook_of_each_goes_through_without_hand_work(known: HeaderRow, tmp_path: Path) -> None:
    table = workbook(tmp_path / "list.xlsx", list(known.columns), [cell_of(known, one) for one in known.columns])
    mapping = table.suggested_mapping()
    assert mapping.key == known.key
    chunk = next(table.chunks(mapping))
    assert chunk.errors == {}
    (account,) = chunk.columns["account_no"]
    assert account == "HT20240001" if not known.key else str(account).startswith("K-")
    assert not any(one.open for one in questions_of(mapping, table.data, table.header.sheet_unit))


@pytest.mark.parametrize("known", HEADER_ROWS, ids=lambda known: known.name)
def test_each_is_imported_with_at_most_one_word_about_what_it_lacks(
    known: HeaderRow, bench: Bench, tmp_path: Path
) -> None:
    org = bench.organisation()
    path = tmp_path / "list.xlsx"
    workbook(path, list(known.columns), [cell_of(known, one) for one in known.columns])
    said = {name: list(value) for name, value in (("without", known.lacks), ("key", known.key)) if value}
    batch = upload_from_path(org.uploader.actor, path, Wish(mapping=said))
    assert batch.state == "loading"
    bench.run_jobs(org)
    with unit_of_work(org.uploader.actor) as work:
        assert work.session.get_one(Batch, (org.org_id, batch.batch_id)).counts["loaded"] == 1


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("known", HEADER_ROWS, ids=lambda known: known.name)
def test_the_way_of_writing_does_not_matter(known: HeaderRow, writing: str, tmp_path: Path) -> None:
    headers = [WRITINGS[writing](one) for one in known.columns]
    table = workbook(tmp_path / "list.xlsx", headers, [cell_of(known, one) for one in known.columns])
    found = suggested(table, known)
    assert {header: one.field for header, one in found.items() if one.applied} == known.plain


@pytest.mark.parametrize(
    "unit", ["(万元)", "（单位：万元）", "/万元", "_万元", " 万元", "万元", "(RMB万元)", "（人民币：万元）", "【万】"]
)
def test_a_unit_counts_wherever_the_header_states_it(unit: str, tmp_path: Path) -> None:
    money = {header for header, name in MANDATE.plain.items() if field_named(name).kind == "money"}
    headers = [one + unit if one in money else one for one in MANDATE.columns]
    table = workbook(tmp_path / "list.xlsx", headers, [cell_of(MANDATE, one) for one in MANDATE.columns])
    found = suggested(table, MANDATE)
    assert {header: one.field for header, one in found.items() if one.applied} == MANDATE.plain
    assert {found[header].unit for header in money} == {"万元"}
    chunk = next(table.chunks(table.suggested_mapping()))
    assert chunk.columns["outstanding_principal"] == [12_345_670_000]


def test_lines_of_a_merged_header_are_joined_and_the_upper_ones_unit_holds(tmp_path: Path) -> None:
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("明细")
        page.merge_range(0, 0, 0, 8, "某某公司拟诉清单")
        page.merge_range(1, 0, 2, 0, "借據號")
        page.merge_range(1, 1, 1, 2, "借款人信息")
        page.merge_range(1, 3, 1, 5, "应还（万元）")
        page.merge_range(1, 6, 1, 7, "已还")
        page.merge_range(1, 8, 2, 8, "日利率(‰)")
        page.write_row(2, 1, ["姓名", "身份证号", "本金", "利息", "罚息", "本金", "利息"])
        page.write_row(3, 0, ["HT1", "张三", "11010519491231002X", 1.2, 0.3, 0.1, 5, 6, 0.5])
    table = open_table(path)
    assert table.header.rows == (1, 2)
    assert table.header.names[3] == "应还（万元）|本金"
    chunk = next(table.chunks(table.suggested_mapping()))
    assert chunk.errors == {}
    got = {name: values[0] for name, values in chunk.columns.items() if values[0] is not None}
    assert got == {
        "account_no": "HT1",
        "borrower_name": "张三",
        "id_no": "11010519491231002X",
        "outstanding_principal": 1_200_000,
        "interest_due": 300_000,
        "penalty_due": 100_000,
        "annual_rate": "0.1825",
        "extra": {"已还｜本金": "5", "已还｜利息": "6"},
    }
