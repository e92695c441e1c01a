"""Dated tables of a policy (LPR, wages, holidays): rows from a CSV or Excel file or from JSON, and back."""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from reviewdesk.audit.policy_errors import Problem, problem, refused
from reviewdesk.audit.versions.entering import Unreadable, absent, checked, expected, from_cell, from_json, replace_rows
from reviewdesk.audit.versions.outline import GROWING, IDENTITY, Body, Cell, Grid, every_grid, value_at
from reviewdesk.cells import safe_cell
from reviewdesk.errors import Invalid, NotFound, Text
from reviewdesk.intake.reading import Source, open_source
from reviewdesk.intake.reading.formats import TABLES as FILES

TABLES: Final = {path.replace("/", "-"): path for path in sorted(GROWING)}
"""The tables that can be imported, by their names in addresses."""

MOST_ROWS: Final = 5000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """A policy with a table's rows taken in: how many were new, replaced one that was there, or went."""

    body: Body
    added: int
    replaced: int
    removed: int


def path_of(table: str) -> str:
    """The path within a policy of a table's name.

    Raises:
        NotFound: there is no such table.
    """
    if table not in TABLES:
        raise NotFound("policy.table", Text("没有这张表。", "There is no such table."))
    return TABLES[table]


def as_csv(body: Body, table: str) -> str:
    """A table with its Chinese headers, as an import reads it."""
    grid = _grid(body, path_of(table))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([cell.label.zh for cell in grid.blank[0].cells])
    for row in grid.rows:
        writer.writerow([safe_cell(_plain(cell)) for cell in row.cells])
    return "\ufeff" + text.getvalue()


def _plain(cell: Cell) -> str:
    return cell.shown.zh if cell.kind.name == "bool" else str(cell.value)


def rows_of(body: Body, table: str) -> list[Row]:
    """The rows of a table by the names of their fields, as `from_rows` takes them."""
    grid = _grid(body, path_of(table))
    return [{cell.field: cell.value for cell in row.cells} for row in grid.rows]


def from_file(body: Body, table: str, file: Path, cites: str, *, replace: bool = False) -> Imported:
    """The policy with the rows of a file: each replaces the row of the same day (or province and year), or is new.

    The first sheet's first row holds the column names, in Chinese or English. `cites` is the source of rows that name
    none. With `replace` the rows that the file does not have go.

    Raises:
        Invalid: the file, a column or values cannot be read; `details["errors"]` names every row.
        NotFound: there is no such table.
    """
    grid = _grid(body, path_of(table))
    source = _opened(file)
    sheet = list(source.sheet(source.visible_names[0]).rows)
    columns = _columns(grid, sheet[0] if sheet else ())
    texts = [(number, [_text(value) for value in row]) for number, row in enumerate(sheet[1:], 2)]
    given = [
        (number, {field: row[place] if place < len(row) else "" for field, place in columns.items()})
        for number, row in texts
        if any(row)
    ]
    return _taken(body, grid, given, cites, replace, from_cell)


_SAID: Final = {
    "file.encrypted": Text(
        "文件设有打开密码。请在 Excel 或 WPS 中取消密码后再导入。",
        "The file is protected by a password. Remove it in Excel or WPS and import it again.",
    ),
    **dict.fromkeys(
        ("file.not_a_workbook", "file.archive"),
        Text(f"这不是表格文件。请导入 {'、'.join(FILES)}。", f"This is no table. Import a file of {', '.join(FILES)}."),
    ),
}
"""Errors of files that are read here in another way than uploads are: without password, and no archive."""


def _opened(file: Path) -> Source:
    try:
        return open_source(file)
    except Invalid as error:
        if error.code not in _SAID:
            raise
        raise Invalid(error.code, _SAID[error.code], field="file") from error


def from_rows(body: Body, table: str, rows: Sequence[Mapping[str, Any]], cites: str, *, replace: bool) -> Imported:
    """The same of rows that are plain JSON, by the names of their fields.

    Raises:
        Invalid: values cannot be read, or have a field that the table does not; `details["errors"]` names every row.
        NotFound: there is no such table.
    """
    grid = _grid(body, path_of(table))
    known = {cell.field for cell in grid.blank[0].cells}
    strange = [
        problem(f"rows/{number}/{name}", "policy.import", Text(f"没有“{name}”这一列。", f"There is no column {name}."))
        for number, row in enumerate(rows, 1)
        for name in row
        if name not in known
    ]
    if strange:
        raise refused("policy.import", strange)
    return _taken(body, grid, list(enumerate(rows, 1)), cites, replace, from_json)


def _grid(body: Body, path: str) -> Grid:
    return next(grid for _section, grid in every_grid(body) if grid.path == path)


def _columns(grid: Grid, header: Sequence[Any]) -> dict[str, int]:
    """Which column holds which field."""
    places = {_text(name).casefold(): place for place, name in enumerate(header)}
    found: dict[str, int] = {}
    for cell in grid.blank[0].cells:
        for name in (cell.label.zh, cell.label.en, cell.field):
            if name.casefold() in places:
                found.setdefault(cell.field, places[name.casefold()])
    needed = [
        cell for cell in grid.blank[0].cells if cell.kind.name not in {"bool", "text"} or cell.field == "province"
    ]
    lacking = [cell.label for cell in needed if cell.field not in found]
    if lacking:
        zh, en = "、".join(one.zh for one in lacking), ", ".join(one.en for one in lacking)
        raise Invalid(
            "policy.import",
            Text(
                f"第 1 行缺少列：{zh}。请使用本页下载的表格格式。",
                f"Row 1 lacks these columns: {en}. Use the form of the table that this page offers for download.",
            ),
            field="file",
        )
    return found


def _taken(
    body: Body, grid: Grid, given: Sequence[tuple[int, Mapping[str, Any]]], cites: str, replace: bool, read: Any
) -> Imported:
    """The policy with rows that are known by their numbers."""
    if len(given) > MOST_ROWS:
        raise Invalid("policy.import", Text(f"一次最多导入 {MOST_ROWS} 行。", f"At most {MOST_ROWS} rows at a time."))
    problems: list[Problem] = []
    new = [(number, _row(grid, row, number, cites, read, problems)) for number, row in given]
    if not problems:
        problems += _twice(grid, new)
    if problems:
        raise refused("policy.import", problems)
    return _merged(body, grid.path, [row for _number, row in new], replace)


def _row(
    grid: Grid, given: Mapping[str, Any], number: int, cites: str, read: Any, problems: list[Problem]
) -> dict[str, Any]:
    found: Row = {}
    for cell in grid.blank[0].cells:
        try:
            found[cell.field] = read(cell.kind, given[cell.field]) if cell.field in given else absent(cell.kind)
        except Unreadable as error:
            zh, en = f"“{cell.label.zh}”：{expected(cell, error).zh}", f"“{cell.label.en}”: {expected(cell, error).en}"
            problems.append(_in_row(number, cell.field, Text(zh, en)))
    if "cites" in found:
        found["cites"] = found["cites"] or cites
    return found


def _in_row(number: int, field: str, said: Text) -> Problem:
    text = Text(f"第 {number} 行{said.zh}。", f"Row {number}, {said.en}.")
    return problem(f"rows/{number}/{field}", "policy.import", text)


def _twice(grid: Grid, new: list[tuple[int, Row]]) -> list[Problem]:
    """The rows that speak of the same day (or province and year) as an earlier one."""
    names, seen, found = IDENTITY[grid.path], dict[tuple[str, ...], int](), list[Problem]()
    for number, row in new:
        first = seen.setdefault(_key(row, names), number)
        if first != number:
            found.append(_in_row(number, names[0], Text(f"与第 {first} 行重复", f"the same as row {first}")))
    return found


def _text(value: Any) -> str:
    """A cell as text: days as ISO, whole numbers without a point."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str) and len(value) > 1 and value.startswith("'"):
        value = value[1:]
    text = str(value if value is not None else "").strip()
    return text.replace("/", "-") if text[:4].isdigit() and text.count("/") == 2 else text


def _key(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in names)


def _merged(body: Body, path: str, new: list[Row], replace: bool) -> Imported:
    names = IDENTITY[path]
    there = {_key(row, names): row for row in value_at(body, path)}
    fresh = {_key(row, names): row for row in new}
    kept = {} if replace else there
    merged = copy.deepcopy(body)
    replace_rows(merged, path, list((kept | fresh).values()))
    if path == "lpr/values" and fresh:
        # a value that was published on a day is known to hold on that day
        merged["lpr"]["confirmed_to"] = max(merged["lpr"]["confirmed_to"], *(row["from"] for row in fresh.values()))
    replaced = len(fresh.keys() & there.keys())
    removed = len(there.keys() - fresh.keys()) if replace else 0
    return Imported(checked(merged), len(fresh) - replaced, replaced, removed)
