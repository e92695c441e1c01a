"""Short ways for cells that are written plainly, as most are: they give what the exact readers give, and say of which
cells they know nothing. A column of one sheet is read some thousands of cells at a time.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reviewdesk.intake.headers import MONEY_UNITS
from reviewdesk.intake.reading.coded import IS_NUMBER, CodedColumn, Numbers
from reviewdesk.intake.values import Value

_CLEAN_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?").fullmatch
_YUAN_AMOUNT = re.compile(
    r"[¥￥]?([0-9]{1,3}(?:,[0-9]{3}){0,3}(?:\.[0-9]{1,2})?|[0-9]{1,12}(?:\.[0-9]{1,2})?)元?"
).fullmatch
_YUAN = MONEY_UNITS["元"]
_MOST_CLEAN = 10**13
"""Fen; a float still tells hundredths of a fen apart there."""

_UNCLEAN = -1.0


def clean_money(cells: Sequence[Any], unit: int) -> tuple[list[Value], list[int]] | None:
    """Amounts in fen and the places of the cells that need the exact reader; None where not all are texts and numbers.

    A number is clean when it is the nearest float to a whole number of fen.
    """
    numbers = _coded_numbers(cells, unit) if isinstance(cells, CodedColumn) else _numbers(cells, unit)
    if numbers is None:
        return None
    with np.errstate(over="ignore"):
        whole = np.rint(numbers * unit)
    clean = (whole >= 0) & (whole < _MOST_CLEAN) & (whole / unit == numbers)
    if clean.all():
        return whole.astype(np.int64).tolist(), []
    values: list[Value] = np.where(clean, whole, 0.0).astype(np.int64).tolist()
    listed, odd = list(cells), []  # to ask a coded column for cell after cell takes long
    for place in np.flatnonzero(~clean).tolist():
        values[place] = None
        if listed[place] != "":
            odd.append(place)
    return values, odd


def _coded_numbers(column: CodedColumn, unit: int) -> Numbers | None:
    """Cells as numbers, `_UNCLEAN` for all else."""
    if column.codes is None:
        return column.numbers
    if column.numbers is None:
        return _numbers(list(column), unit)
    others = np.flatnonzero(column.codes != IS_NUMBER)
    numbers = column.numbers.copy()
    told = _numbers(column.table[column.codes[others]].tolist(), unit)
    if told is None:
        return None
    numbers[others] = told
    return numbers


def _numbers(cells: Sequence[Any], unit: int) -> Numbers | None:
    types = set(map(type, cells))
    if not types <= {float, str, int}:
        return None
    if types == {float}:
        return np.array(cells, dtype=np.float64)
    try:
        return np.array([_clean_number(cell, unit) if type(cell) is str else cell for cell in cells], dtype=np.float64)
    except OverflowError:  # a whole number beyond all floats: the exact reader says which cell
        return np.full(len(cells), _UNCLEAN)


def _clean_number(text: str, unit: int) -> float:
    if not text:
        return _UNCLEAN
    if unit == _YUAN:
        found = _YUAN_AMOUNT(text)
        return float(found[1].replace(",", "")) if found else _UNCLEAN
    return float(text) if _CLEAN_AMOUNT(text) else _UNCLEAN


def plain_cells(
    cells: Sequence[Any], plain: Callable[[str], Any], *, texts_only: bool
) -> tuple[list[Value], list[int]]:
    """Cells that are their own value, and the places of those that need the exact reader."""
    if texts_only:
        values: list[Value] = [cell if plain(cell) else None for cell in cells]
    else:
        values = [cell if type(cell) is str and plain(cell) else None for cell in cells]
    if None not in values:
        return values, []
    return values, [place for place, value in enumerate(values) if value is None and cells[place] != ""]


_LEAST_MOBILE, _MOST_MOBILE = 13_000_000_000.0, 19_999_999_999.0


def clean_mobiles(cells: Sequence[Any], values: list[Value], odd: Sequence[int]) -> list[int]:
    """Give the places `odd` that hold a mobile number as a number its digits; returns those that are left."""
    left = []
    for place in odd:
        cell = cells[place]
        if type(cell) is float and _LEAST_MOBILE <= cell <= _MOST_MOBILE and cell.is_integer():
            values[place] = str(int(cell))
        else:
            left.append(place)
    return left
