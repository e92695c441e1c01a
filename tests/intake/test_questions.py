"""What a column leaves open is asked once for the column; without an answer its cells are errors and never guesses."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.normalise import Chunk
from reviewdesk.intake.questions import UNSURE, Question, answered, questions_of, reopened, settled
from reviewdesk.intake.table import Table, open_table

PERSON = ("借据号", "姓名", "身份证号", "借款金额")


def table(path: Path, header: str, *cells: Any, above: str = "", amount: Any = 12000) -> Table:
    with xlsxwriter.Workbook(path / "list.xlsx") as book:
        page = book.add_worksheet("明细")
        page.write(0, 0, above)
        page.write_row(1, 0, (*PERSON, header))
        for row, cell in enumerate(cells):
            page.write_row(2 + row, 0, (f"A{row}", "张三", "11010519491231002X", amount, cell))
    return open_table(path / "list.xlsx")


def asked(found: Table, mapping: Mapping | None = None) -> list[Question]:
    return questions_of(mapping or found.suggested_mapping(), found.data, found.header.sheet_unit)


def read(found: Table, mapping: Mapping) -> Chunk:
    return next(found.chunks(mapping))


def codes(chunk: Chunk) -> list[str]:
    return sorted({error.code for errors in chunk.errors.values() for error in errors})


@pytest.mark.parametrize(
    ("header", "cells", "field", "options", "code", "values"),
    [
        ("年利率", (1, 1.0), "annual_rate",
         {"year:percent": ["0.01"] * 2, "year:share": ["1"] * 2}, "rate.ambiguous", 2),
        ("利率", (1.5, 2), "annual_rate",
         {"year:percent": ["0.015", "0.02"], "month:percent": ["0.18", "0.24"]}, "rate.period", 2),
        ("利率(‰)", (5, 6), "annual_rate", {"month:": ["0.06", "0.072"]}, "rate.period", 2),
        ("放款日期", ("01/02/2023", "03/04/2023"), "disbursed_on",
         {"day_first": ["2023-02-01", "2023-04-03"], "month_first": ["2023-01-02", "2023-03-04"]}, "date.ambiguous", 2),
        ("放款日期", ("23-05-01", "99.6.30"), "disbursed_on",
         {"year_first": ["2023-05-01", "1999-06-30"]}, "date.two_digit_year", 2),
        ("借款期限", (3, 5), "terms", {"月": [3, 5], "年": [36, 60]}, "terms.ambiguous", 2),
        ("借款期限", (180, 360), "terms", {"月": [180, 360]}, "terms.ambiguous", 2),
    ],
)  # fmt: skip
def test_each_answer_reads_the_whole_column_and_none_reads_nothing(
    tmp_path: Path, header: str, cells: tuple[Any, ...], field: str, options: dict[str, Any], code: str, values: int
) -> None:
    found = table(tmp_path, header, *cells)
    mapping = found.suggested_mapping()
    (question,) = asked(found)
    assert (question.open, question.told) == (True, None)
    assert options.keys() <= {one.value for one in question.options}
    for unanswered in (mapping, answered(mapping, question, UNSURE)):
        chunk = read(found, unanswered)
        assert codes(chunk) == [code]
        assert len(chunk.errors) == values
    for value, expected in options.items():
        one = answered(mapping, question, value)
        chunk = read(found, Mapping.from_json(one.to_json()))
        assert (codes(chunk), chunk.columns[field]) == ([], expected)
        assert not any(again.open for again in asked(found, one))


@pytest.mark.parametrize(
    ("header", "cells", "told", "field", "first"),
    [
        ("年利率", (1, 24, 18), "year:percent", "annual_rate", "0.01"),
        ("年利率", (1, 0.24, 0.18), "year:share", "annual_rate", "1"),
        ("放款日期", ("01/02/2023", "25/12/2023"), "day_first", "disbursed_on", "2023-02-01"),
        ("放款日期", ("01/02/2023", "12/25/2023"), "month_first", "disbursed_on", "2023-01-02"),
    ],
)
def test_a_cell_that_can_be_read_in_one_way_only_answers_for_its_column(
    tmp_path: Path, header: str, cells: tuple[Any, ...], told: str, field: str, first: Any
) -> None:
    found = table(tmp_path, header, *cells)
    (question,) = asked(found)
    assert (question.told, question.answer, question.open) == (told, told, False)
    assert question.why is not None
    chunk = read(found, found.suggested_mapping())
    assert (codes(chunk), chunk.columns[field][0]) == ([], first)


def test_cells_that_contradict_one_another_prove_nothing(tmp_path: Path) -> None:
    (question,) = asked(table(tmp_path, "放款日期", "01/02/2023", "25/12/2023", "12/25/2023"))
    assert (question.told, question.open) == (None, True)


def test_a_reading_that_does_not_fit_a_cell_is_an_error_and_never_turned_round(tmp_path: Path) -> None:
    found = table(tmp_path, "放款日期", "01/02/2023", "03/25/2023")
    mapping = answered(found.suggested_mapping(), asked(found)[0], "day_first")
    assert codes(read(found, mapping)) == ["date.impossible"]


@pytest.mark.parametrize(("amount", "unit", "fen"), [(1.2, "万元", 1_200_000), (1_200_000, "分", 1_200_000)])
def test_amounts_without_a_unit_that_no_loan_has_are_asked_about_together(
    tmp_path: Path, amount: float, unit: str, fen: int
) -> None:
    found = table(tmp_path, "未还利息", 3, 2, amount=amount)
    (question,) = asked(found)
    assert [rule.field for rule in question.rules] == ["principal", "interest_due"]
    assert codes(read(found, found.suggested_mapping())) == ["amount.ambiguous"]
    chunk = read(found, answered(found.suggested_mapping(), question, unit))
    assert (codes(chunk), chunk.columns["principal"][0]) == ([], fen)
    plain = read(found, answered(found.suggested_mapping(), question, "元"))
    assert plain.columns["principal"][0] == amount * 100


@pytest.mark.parametrize(("header", "above"), [("未还利息", "单位：万元"), ("未还利息", "单位：元")])
def test_a_unit_above_the_table_leaves_nothing_to_ask(tmp_path: Path, header: str, above: str) -> None:
    assert asked(table(tmp_path, header, 0.3, above=above, amount=1.2)) == []


def test_small_amounts_beside_a_loan_of_thousands_are_yuan(tmp_path: Path) -> None:
    assert asked(table(tmp_path, "未还利息", 0.3, 12.345)) == []


def test_what_nobody_could_say_is_asked_again_next_time(tmp_path: Path) -> None:
    found = table(tmp_path, "年利率", 1)
    mapping = answered(found.suggested_mapping(), asked(found)[0], UNSURE)
    assert not asked(found, mapping)[0].open
    assert asked(found, settled(reopened(mapping), found.data))[0].open


def test_an_answer_that_later_cells_contradict_is_asked_again(tmp_path: Path) -> None:
    found = table(tmp_path, "放款日期", "01/02/2023")
    mapping = answered(found.suggested_mapping(), asked(found)[0], "month_first")
    later = table(tmp_path, "放款日期", "01/02/2023", "25/12/2023")
    (question,) = asked(later, settled(mapping, later.data))
    assert (question.answer, question.told, question.open) == ("month_first", "day_first", True)
