"""Values of a policy as people and programs enter them: read by their types, put in place, the whole checked again."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from reviewdesk.audit.policy_errors import Problem, problem, refused
from reviewdesk.audit.versions import words
from reviewdesk.audit.versions.outline import (
    IDENTITY,
    Body,
    Cell,
    Grid,
    Kind,
    Row,
    body_of,
    every_cell,
    grids,
    policy_from,
    value_at,
)
from reviewdesk.errors import Invalid, Text
from reviewdesk.money import fen


class Entered(Protocol):
    """What a form sent."""

    def get(self, key: str, /) -> str | None: ...

    def getlist(self, key: str, /) -> list[str]: ...

    def __contains__(self, key: object, /) -> bool: ...


class Unreadable(ValueError):
    """A value is not of its type; `text` says what is expected."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


# --- whole policies --------------------------------------------------------------------------------------------------


def changed(body: Body, section: str, form: Entered) -> Body:
    """The policy with what a form of one section sent; every rule of the whole is checked.

    Raises:
        Invalid: values cannot be read, or the policy would not hold together; `details["errors"]` has them all.
    """
    new, problems = copy.deepcopy(body), list[Problem]()
    for grid in grids(body, section):
        kept = [row for row in grid.rows if not (grid.growing and f"{row.path}/drop" in form)]
        for row in kept:
            read = _read_row(grid, row, form, problems)
            for cell in row.cells:
                _put(new, cell.path, read.get(cell.field))
        if grid.growing:
            added = [_read_row(grid, row, form, problems) for row in grid.blank if _is_filled(row, form)]
            replace_rows(new, grid.path, [value_at(new, row.path) for row in kept] + added)
    return checked(new, problems)


def patched(body: Body, changes: Mapping[str, Any]) -> Body:
    """The policy with other values at some paths, given as plain JSON; every rule of the whole is checked.

    Raises:
        Invalid: as for `changed`, or there is no value at a path.
    """
    new, problems = copy.deepcopy(body), list[Problem]()
    known = {cell.path: (grid, row, cell) for _section, grid, row, cell in every_cell(body)}
    for path, value in changes.items():
        if path not in known:
            text = Text(f"没有“{path}”这一项。", f"There is no value at “{path}”.")
            problems.append(problem(path, "policy.path", text))
            continue
        grid, row, cell = known[path]
        try:
            _put(new, path, from_json(cell.kind, value))
        except Unreadable as error:
            problems.append(problem(path, "policy.value", placed(grid.place_of(row, cell), expected(cell, error))))
    return checked(new, problems)


def checked(body: Body, problems: Iterable[Problem] = ()) -> Body:
    """A body that holds together, as it is stored.

    Raises:
        Invalid: it does not, or something could not be read into it.
    """
    if found := list(problems):
        raise refused("policy.value", found)
    try:
        return body_of(policy_from(body))
    except Invalid as error:
        places = {cell.path: (grid.place_of(row, cell), cell) for _section, grid, row, cell in every_cell(body)}
        raise refused(error.code, (_with_place(one, places) for one in error.details["errors"])) from error


def placed(where: Text, said: Text) -> Text:
    """What is wrong, after the name of its place."""
    return Text(f"{where.zh}：{said.zh}。", f"{where.en}: {said.en}.")


def expected(cell: Cell, error: Unreadable) -> Text:
    """What was expected of a value; of a share, how it may be written."""
    return _SHARE if error.text is _NUMBER and cell.unit == "rate" else error.text


def _with_place(one: Problem, places: Mapping[str, tuple[Text, Cell]]) -> Problem:
    """What is wrong with a value, with the name of its place; rules of a whole row or table name theirs."""
    if one["field"] not in places:
        return one
    (where, cell), said = places[one["field"]], Text(**one["message"])
    if cell.unit == "rate":
        said = Text(said.zh + _PERCENT.zh, said.en + _PERCENT.en)
    return one | {"message": placed(where, said).as_json()}


def replace_rows(body: Body, path: str, rows: list[dict[str, Any]]) -> None:
    """Put the rows of a growing table in the order of what names them."""
    names = IDENTITY[path]
    _put(body, path, sorted(rows, key=lambda row: [str(row[name]) for name in names]))


def _put(body: Body, path: str, value: Any) -> None:
    *steps, last = path.split("/")
    value_at(body, "/".join(steps))[last] = value


# --- forms -----------------------------------------------------------------------------------------------------------


def filled(shown: list[Grid], form: Entered) -> list[Grid]:
    """The tables with what a form sent in place of the stored values, for a form that has to be mended."""
    for grid in shown:
        for row in (*grid.rows, *grid.blank):
            for cell in row.cells:
                if cell.kind.name == "bool":
                    cell.value = cell.path in form
                elif cell.kind.name == "choices":
                    cell.value = form.getlist(cell.path)
                else:
                    cell.value = form.get(cell.path) or ""
    return shown


def _is_filled(row: Row, form: Entered) -> bool:
    return any((form.get(cell.path) or "").strip() for cell in row.cells if cell.kind.name != "bool")


def _read_row(grid: Grid, row: Row, form: Entered, problems: list[Problem]) -> dict[str, Any]:
    """The values of a row by their fields; what cannot be read is added to `problems`, and stays empty."""
    found: dict[str, Any] = {cell.field: "" for cell in row.cells}
    for cell in row.cells:
        try:
            found[cell.field] = _read(cell, form)
        except Unreadable as error:
            problems.append(problem(cell.path, "policy.value", placed(grid.place_of(row, cell), expected(cell, error))))
    return found


def _read(cell: Cell, form: Entered) -> Any:
    if cell.kind.name == "bool":
        return cell.path in form
    if cell.kind.name == "choices":
        return [one for one in cell.kind.options if one in form.getlist(cell.path)]
    if cell.kind.name == "order":
        return _read_order(cell, form.get(cell.path) or "")
    return read_text(cell.kind, form.get(cell.path) or "")


def _read_order(cell: Cell, text: str) -> list[str]:
    """Words in an order, each in either language or as its code, with commas or 、 between them."""
    known = {
        name.casefold(): code
        for code in cell.kind.options
        for name in (code, words.OPTIONS[code].zh, words.OPTIONS[code].en)
    }
    given = [part.strip() for part in re.split("[、,，]", text) if part.strip()]
    strange = [part for part in given if part.casefold() not in known]
    if strange:
        raise Unreadable(Text(f"不认识“{strange[0]}”", f"“{strange[0]}” is not known"))
    return [known[part.casefold()] for part in given]


# --- single values ---------------------------------------------------------------------------------------------------


def _decimal(text: str) -> str:
    """A number in the form of JSON text; `15.4%` is 0.154."""
    number = Decimal(text.removesuffix("%"))
    if not number.is_finite():
        raise ValueError(text)
    return str(number / 100 if text.endswith("%") else number)


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": str,
    "decimal": _decimal,
    "yuan": lambda text: fen(text.replace(",", "")),
    "int": int,
    "date": lambda text: date.fromisoformat(text).isoformat(),
}

_NUMBER: Final = Text("须为数字", "a number is expected")
_PERCENT: Final = Text("；百分数请带 % 号，如 2.9%", "; write a percentage with its sign, such as 2.9%")
_SHARE: Final = Text("须为数字，如 0.24 或 24%", "a number is expected, such as 0.24 or 24%")

_EXPECTED: Final[Mapping[str, Text]] = {
    "decimal": _NUMBER,
    "yuan": Text("须为金额（元），最多两位小数", "an amount in yuan with at most two decimals is expected"),
    "int": Text("须为整数", "a whole number is expected"),
    "date": Text("须为日期，如 2026-11-25", "a day such as 2026-11-25 is expected"),
}

_NEEDED: Final = Text("请填写", "a value is needed")
_YES_OR_NO: Final = Text("须为是或否", "yes or no is expected")


def read_text(kind: Kind, text: str) -> Any:
    """A typed text as the value that is stored.

    Raises:
        Unreadable: it is no such value, or absent where one is needed.
    """
    text = text.strip()
    if not text and kind.optional:
        return None
    if not text and kind.name != "text":
        raise Unreadable(_NEEDED)
    if kind.name == "choice":
        return _one_of(kind, text)
    try:
        return _READERS[kind.name](text)
    except (ValueError, ArithmeticError) as error:
        raise Unreadable(_EXPECTED[kind.name]) from error


def from_json(kind: Kind, value: Any) -> Any:
    """A JSON value as the value that is stored: numbers as such or as text, days as text, lists of codes.

    Raises:
        Unreadable: it is no such value.
    """
    if kind.name == "bool":
        if not isinstance(value, bool):
            raise Unreadable(Text("须为 true 或 false", "true or false is expected"))
        return value
    if kind.name in {"choices", "order"}:
        if not isinstance(value, list):
            raise Unreadable(Text("须为列表", "a list is expected"))
        return [_one_of(kind, one) for one in value]
    if isinstance(value, bool | list | dict):
        raise Unreadable(_EXPECTED.get(kind.name, Text("须为文字", "text is expected")))
    return read_text(kind, "" if value is None else str(value))


def absent(kind: Kind) -> Any:
    """What is stored where nothing is said.

    Raises:
        Unreadable: something must be.
    """
    return False if kind.name == "bool" else read_text(kind, "")


def _one_of(kind: Kind, value: Any) -> str:
    if value not in kind.options:
        known = ", ".join(kind.options)
        raise Unreadable(Text(f"须为以下之一：{known}", f"one of {known} is expected"))
    return str(value)


_YES: Final = frozenset({"1", "是", "yes", "true", "y", "√", "已核对", "上班"})
_NO: Final = frozenset({"", "0", "否", "no", "false", "n", "×"})


def from_cell(kind: Kind, text: str) -> Any:
    """The text of a spreadsheet's cell as the value that is stored.

    Raises:
        Unreadable: it is no such value.
    """
    if kind.name != "bool":
        return read_text(kind, text)
    if text.casefold() not in _YES | _NO:
        raise Unreadable(_YES_OR_NO)
    return text.casefold() in _YES
