"""A mapping says which column is which field, and survives being written down."""

from typing import Any

import pytest

from reviewdesk.errors import Invalid
from reviewdesk.intake.headers import find_header, suggest
from reviewdesk.intake.mapping import Mapping, column_index, column_letters, from_suggestions
from reviewdesk.intake.stating import stated

HEADER = ["编号", "姓名", "身份证号", "贷款余额", "逾期本金", "利率"]


def suggested() -> Mapping:
    header = find_header([HEADER])
    assert header is not None
    return from_suggestions(suggest(header.names), header)


def fields(mapping: Mapping) -> dict[str, str | None]:
    return {rule.header: rule.field for rule in mapping.rules}


def test_only_what_is_sure_holds_without_a_word() -> None:
    assert fields(suggested()) == {
        "编号": None,
        "姓名": "borrower_name",
        "身份证号": "id_no",
        "贷款余额": "outstanding_principal",
        "逾期本金": None,
        "利率": "annual_rate",
    }


@pytest.mark.parametrize(
    "data",
    [
        {"columns": {"编号": "account_no"}},
        {"编号": "account_no"},
        {"account_no": "编号"},
        {"columns": {"编号": {"field": "account_no"}}},
        {"columns": {"A": "account_no"}},
        {"columns": [{"header": "编号", "field": "account_no"}]},
        {"columns": [{"column": "A", "field": "account_no"}]},
        {"fields": {"account_no": "编号"}},
    ],
)
def test_a_written_mapping_is_laid_over_the_suggested_one(data: dict[str, Any]) -> None:
    mapping = stated(suggested(), data)
    assert fields(mapping)["编号"] == "account_no"
    assert fields(mapping)["姓名"] == "borrower_name"


def test_a_field_moves_to_the_column_that_a_person_names() -> None:
    mapping = stated(
        suggested(), {"columns": {"逾期本金": {"field": "outstanding_principal", "unit": "万元"}, "姓名": None}}
    )
    assert fields(mapping)["贷款余额"] is None
    assert fields(mapping)["姓名"] is None
    rule = mapping.rule_of("outstanding_principal")
    assert rule is not None
    assert (rule.header, rule.unit) == ("逾期本金", "万元")


def test_constants_and_the_day_count() -> None:
    mapping = stated(suggested(), {"constants": {"lender_kind": "小贷"}, "day_count": 360})
    assert mapping.constants == {"lender_kind": "小贷"}
    assert mapping.day_count == 360


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([], "mapping.format"),
        ({"columns": 3}, "mapping.format"),
        ({"columns": {"没有的列": "account_no"}}, "mapping.column"),
        ({"columns": {"编号": "account"}}, "mapping.field"),
        ({"columns": {"编号": 7}}, "mapping.format"),
        ({"columns": {"贷款余额": {"field": "outstanding_principal", "unit": "%"}}}, "mapping.unit"),
        ({"columns": {"利率": {"field": "annual_rate", "period": "week"}}}, "mapping.period"),
        ({"constants": {"id_no": "1"}}, "mapping.field"),
        ({"constants": []}, "mapping.format"),
        ({"day_count": 366}, "mapping.day_count"),
    ],
)
def test_a_wrong_mapping_is_refused_by_name(data: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        stated(suggested(), data)
    assert caught.value.code == code


def test_a_mapping_survives_being_written_down() -> None:
    data = {"columns": {"利率": {"field": "annual_rate", "period": "month"}}, "constants": {"product": "随心贷"}}
    mapping = stated(suggested(), data)
    assert Mapping.from_json(mapping.to_json()) == mapping
    assert stated(suggested(), mapping.to_json()) == mapping


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_columns_have_letters(index: int, letters: str) -> None:
    assert column_letters(index) == letters
    assert column_index(letters) == index


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"columns": {"编号": {"split": "/", "parts": ["account_no"]}}}, "mapping.parts"),
        ({"columns": {"编号": {"split": "?", "parts": ["account_no", None]}}}, "mapping.split"),
        ({"columns": {"编号": {"split": "/", "parts": ["account", None]}}}, "mapping.field"),
        ({"columns": {"利率": {"field": "annual_rate", "reading": "day_first"}}}, "mapping.reading"),
        ({"columns": {"姓名": {"field": "borrower_name", "reading": "percent"}}}, "mapping.reading"),
        ({"key": 7}, "mapping.format"),
        ({"key": ["principal"]}, "mapping.key"),
        ({"without": ["borrower_name"]}, "mapping.without"),
    ],
)
def test_what_a_statement_cannot_say(data: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        stated(suggested(), data)
    assert refused.value.code == code


def test_everything_that_can_be_said_survives_being_written_down() -> None:
    said = {
        "columns": {
            "编号": {"drop": True},
            "姓名": {"split": "id", "parts": ["borrower_name", "id_no"]},
            "利率": {"field": "annual_rate", "period": "month", "reading": "percent"},
        },
        "key": ["id_no", "outstanding_principal"],
        "without": ["id_no"],
    }
    mapping = stated(suggested(), said)
    assert Mapping.from_json(mapping.to_json()) == mapping
    assert fields(mapping)["身份证号"] is None
    assert [(rule.field, rule.part) for rule in mapping.filled()[:2]] == [("borrower_name", 0), ("id_no", 1)]
    assert stated(suggested(), mapping.to_json()) == mapping
