"""Columns written as one JSON object a row."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from reviewdesk.intake.row_json import json_by_row
from reviewdesk.money import yuan

VALUES = st.none() | st.text(max_size=4) | st.integers(-5, 5) | st.booleans() | st.lists(st.integers(0, 9), max_size=2)


@given(st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=8))
def test_each_row_holds_what_its_columns_say(rows: list[tuple[Any, ...]]) -> None:
    columns = {name: [row[place] for row in rows] for place, name in enumerate(("account_no", "事由", "other"))}
    wanted = [{name: value for name, value in zip(columns, row, strict=True) if value is not None} for row in rows]
    written = [orjson.loads(one) for one in json_by_row(columns, len(rows))]
    assert list(map(repr, written)) == list(map(repr, wanted))


def test_rows_without_columns_are_empty_objects() -> None:
    assert json_by_row({}, 2) == [b"{}", b"{}"]


@given(st.lists(st.none() | st.integers(-(10**13), 10**13) | st.integers(-200, 200), max_size=8))
def test_amounts_are_written_in_yuan(fen: list[int | None]) -> None:
    written = [orjson.loads(one) for one in json_by_row({"principal": fen, "terms": fen}, len(fen), {"principal"})]
    wanted = [{} if value is None else {"principal": yuan(value), "terms": value} for value in fen]
    assert written == wanted
