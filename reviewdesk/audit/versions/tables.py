"""Dated tables of a policy (LPR, wages, holidays) from a CSV or Excel file, and back as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from reviewdesk.audit.versions.outline import (
    GROWING,
    IDENTITY,
    Body,
    Cell,
    Grid,
    body_of,
    every_grid,
    policy_from,
    read_value,
    replace_rows,
)
from reviewdesk.cells import safe_cell
from reviewdesk.errors import Invalid, NotFound, Text
from reviewdesk.intake.reading import open_source

TABLES: Final = {path.replace("/", "-"): path for path in sorted(GROWING)}
"""The tables that can be imported, by their names in addresses."""

MOST_ROWS: Final = 5000

_YES: Final = frozenset({"1", "是", "yes", "true", "y", "√", "已核对", "上班"})
_NO: Final = frozenset({"", "0", "否", "no", "false", "n", "×"})


@dataclass(frozen=True, slots=True)
class Imported:
    """A policy with a table's rows taken in: how many were new, and how many replaced one that was there."""

    body: Body
    added: int
    replaced: int


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


def imported(body: Body, table: str, file: Path, cites: str) -> Imported:
    """The policy with the rows of a file: each replaces the row of the same day (or province and year), or is new.

    The first sheet's first row holds the column names, in Chinese or English. `cites` is the source of rows that name
    none.

    Raises:
        Invalid: the file, a column or a value cannot be read; the sentence names the row.
        NotFound: there is no such table.
    """
    path = path_of(table)
    source = open_source(file)
    rows = list(source.sheet(source.visible_names[0]).rows)
    grid = _grid(body, path)
    columns = _columns(grid, rows[0] if rows else ())
    if len(rows) > MOST_ROWS:
        raise Invalid("policy.import", Text(f"一次最多导入 {MOST_ROWS} 行。", f"At most {MOST_ROWS} rows at a time."))
    new = [
        _row(grid, columns, row, number, cites)
        for number, row in enumerate(rows[1:], 2)
        if any(_text(value) for value in row)
    ]
    return _merged(body, path, new)


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


def _row(grid: Grid, columns: dict[str, int], row: Sequence[Any], number: int, cites: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cell in grid.blank[0].cells:
        place = columns.get(cell.field)
        text = _text(row[place]) if place is not None and place < len(row) else ""
        try:
            found[cell.field] = _value(cell, text)
        except Invalid as error:
            raise Invalid(
                "policy.import",
                Text(f"第 {number} 行：{error.text.zh}", f"Row {number}: {error.text.en}"),
                field="file",
            ) from error
    if "cites" in found:
        found["cites"] = found["cites"] or cites
    return found


def _value(cell: Cell, text: str) -> Any:
    if cell.kind.name != "bool":
        return read_value(cell.kind, text, cell.label, cell.path)
    if text.casefold() not in _YES | _NO:
        label = cell.label
        raise Invalid(
            "policy.value", Text(f"“{label.zh}”：请填是或否。", f"“{label.en}”: say yes or no."), field=cell.path
        )
    return text.casefold() in _YES


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


def _merged(body: Body, path: str, new: list[dict[str, Any]]) -> Imported:
    names = IDENTITY[path]
    grid_rows: Any = body
    for step in path.split("/"):
        grid_rows = grid_rows[step]
    by_name = {tuple(str(row[name]) for name in names): row for row in grid_rows}
    before = len(by_name)
    fresh = {tuple(str(row[name]) for name in names): row for row in new}
    by_name |= fresh
    merged = policy_from(_with_rows(body, path, list(by_name.values())))
    added = len(by_name) - before
    return Imported(body_of(merged), added, len(fresh) - added)


def _with_rows(body: Body, path: str, rows: list[dict[str, Any]]) -> Body:
    top = path.split("/")[0]
    part = body[top]
    copied: Body = {**body, top: dict(part) if isinstance(part, dict) else list(part)}
    replace_rows(copied, path, rows)
    return copied
