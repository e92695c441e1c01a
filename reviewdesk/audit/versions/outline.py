"""A policy as tables of typed cells, made from the types of its parts: what its pages show, edit and compare."""

from __future__ import annotations

import copy
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Protocol, Union, get_args, get_origin

import orjson
from pydantic import BaseModel, BeforeValidator

from reviewdesk.audit import checks
from reviewdesk.audit.policy import Policy, read_policy
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.versions import words
from reviewdesk.errors import Invalid, Text
from reviewdesk.money import fen, yuan

assert checks.__all__  # noqa: S101  importing the checks registers them

Body = dict[str, Any]
"""A whole policy as plain JSON: money in fen, rates and days as text."""

BLANK_ROWS: Final = 2
"""Empty rows offered at the end of a table that may grow."""

GROWING: Final = frozenset({"lpr/values", "wages", "holidays"})
"""Dated tables: rows may be added, removed and imported."""

IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "caps": ("id",),
    "all_in_caps": ("id",),
    "cost_lines": ("id",),
    "lpr/values": ("from",),
    "wages": ("province", "year"),
    "holidays": ("day",),
    "buckets": ("name",),
}
"""What names a row of a table; rows of others are named by their place."""

_FIXED: Final = frozenset({"id", "rule", "unit", "min", "max", "name"})
_LAST: Final = frozenset({"cites", "verified"})
_NAMED: Final = frozenset({"parameters", "evidence", "defences"})
"""Tables whose rows have a name in both languages, which is shown as their title."""

_HIDDEN: Final = frozenset((grid, language) for grid in _NAMED for language in ("zh", "en"))


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a cell: text, decimal, yuan, int, date, bool, choice (one of), choices (some of) or order (all of
    them, in an order)."""

    name: str
    options: tuple[str, ...] = ()
    optional: bool = False


@dataclass(slots=True)
class Cell:
    """One value: its path within the policy (`lpr/values/3/rate`), type, and text as a form shows it."""

    path: str
    field: str
    kind: Kind
    value: Any

    @property
    def label(self) -> Text:
        """What the value is called."""
        return words.FIELDS[self.field]

    @property
    def shown(self) -> Text:
        """The value for readers."""
        if self.kind.name == "bool":
            return words.YES if self.value else words.NO
        if self.kind.name in {"choice", "choices", "order"}:
            chosen = [self.value] if isinstance(self.value, str) else self.value
            said = [words.OPTIONS[one] for one in chosen if one]
            return Text("、".join(o.zh for o in said), ", ".join(o.en for o in said)) if said else words.NOTHING
        return Text(self.value, self.value) if self.value else words.NOTHING


@dataclass(slots=True)
class Row:
    """One row: what names it, its title and a hint of unit and bounds, where it has them."""

    key: str
    path: str
    title: Text | None
    hint: Text | None
    cells: list[Cell]


@dataclass(slots=True)
class Grid:
    """One part of a policy as a table."""

    path: str
    title: Text
    columns: list[Text]
    rows: list[Row]
    blank: list[Row] = field(default_factory=list)

    @property
    def growing(self) -> bool:
        """Whether rows may be added and removed."""
        return self.path in GROWING

    @property
    def table(self) -> str:
        """Its name in addresses and file names."""
        return self.path.replace("/", "-")


class Entered(Protocol):
    """What a form sent."""

    def get(self, key: str, /) -> str | None: ...

    def getlist(self, key: str, /) -> list[str]: ...

    def __contains__(self, key: object, /) -> bool: ...


def body_of(policy: Policy) -> Body:
    """A policy as plain JSON."""
    found: Body = policy.model_dump(mode="json", by_alias=True)
    return found


def policy_from(body: Body) -> Policy:
    """The inverse of `body_of`.

    Raises:
        Invalid: it does not hold together.
    """
    return read_policy(orjson.dumps(body))


def grids(body: Body, section: str) -> list[Grid]:
    """The tables of one section of a policy."""
    return [_grid(body, path) for path in words.SECTIONS[section][1]]


def every_grid(body: Body) -> Iterator[tuple[str, Grid]]:
    """Every table of a policy with the section that it is in."""
    for section in words.SECTIONS:
        for one in grids(body, section):
            yield section, one


def _grid(body: Body, path: str) -> Grid:
    annotation, value = _type_at(path), _value_at(body, path)
    found = Grid(path, words.GRIDS[path], [], [])
    model = _row_model(annotation)
    if model is None:
        found.rows = [_row(path, "", path, annotation, value)]
    elif isinstance(value, list):
        found.rows = [
            _row(path, _key(path, place, one), f"{path}/{place}", model, one) for place, one in enumerate(value)
        ]
    else:
        found.rows = [_row(path, key, f"{path}/{key}", model, one) for key, one in value.items()]
    if found.growing and model is not None:
        found.blank = [_row(path, "", f"{path}/new{n}", model, {}) for n in range(BLANK_ROWS)]
    shown = found.rows or found.blank
    found.columns = [cell.label for cell in shown[0].cells] if shown else []
    return found


def _key(path: str, place: int, value: Mapping[str, Any]) -> str:
    named = IDENTITY.get(path)
    return "-".join(str(value[name]) for name in named) if named else str(place + 1)


def _row(grid: str, key: str, path: str, model: Any, value: Mapping[str, Any]) -> Row:
    cells = [
        Cell(f"{path}/{name}".lstrip("/"), name, kind, _entered(kind, value.get(name)))
        for name, kind in sorted(_leaves(model), key=lambda leaf: leaf[0] in _LAST)
        if name not in _FIXED and (grid, name) not in _HIDDEN
    ]
    return Row(key, path, _title(grid, key, value), _hint(value), cells)


def _title(grid: str, key: str, value: Mapping[str, Any]) -> Text | None:
    if grid in {"checks", "check_defences"}:
        return check_title(key)
    if grid in _NAMED:
        return Text(value["zh"], value["en"])
    rule = words.OPTIONS.get(value.get("rule", ""))
    if rule is not None:
        return Text(f"{key}（{rule.zh}）", f"{key} ({rule.en})")
    return Text(key, key) if key and grid not in GROWING else None


def check_title(name: str) -> Text:
    """What a check is called."""
    return CHECKS[name].title if name in CHECKS else Text(name, name)


def _hint(value: Mapping[str, Any]) -> Text | None:
    if "unit" not in value:
        return None
    unit = words.UNITS[value["unit"]]
    bounds = f"{value['min']}–{value['max']}"
    return Text(f"{bounds} {unit.zh}", f"{bounds} {unit.en}")


# --- types -----------------------------------------------------------------------------------------------------------


def _type_at(path: str) -> Any:
    found: Any = Policy
    for step in path.split("/") if path else ():
        found = _members(found)[step]
    return found


def _members(model: Any) -> dict[str, Any]:
    """The types of a model's members by their names in JSON; metadata that says how money is read stays with them."""
    return {
        info.alias or name: Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
        for name, info in model.model_fields.items()
    }


def _row_model(annotation: Any) -> Any:
    """The type of the rows of a table; None where the type is itself one row."""
    origin = get_origin(_bare(annotation))
    if origin is tuple:
        return get_args(_bare(annotation))[0]
    if origin is dict:
        return get_args(_bare(annotation))[1]
    members = list(_members(annotation).values())
    nested = all(isinstance(member, type) and issubclass(member, BaseModel) for member in members)
    return members[0] if nested and annotation is not Policy else None


def _bare(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _leaves(model: Any) -> Iterator[tuple[str, Kind]]:
    for name, annotation in _members(model).items():
        kind = _kind(annotation)
        if kind is not None:
            yield name, Kind("order", kind.options) if name == "order" else kind


_SIMPLE: Final[Mapping[Any, str]] = {Decimal: "decimal", date: "date", bool: "bool", int: "int", str: "text"}


def _kind(annotation: Any) -> Kind | None:
    """The type of a value; None for a part that holds others."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return Kind("yuan") if any(isinstance(one, BeforeValidator) for one in metadata) else _kind(inner)
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        (inner,) = (one for one in get_args(annotation) if one is not type(None))
        kind = _kind(inner)
        return Kind(kind.name, kind.options, optional=True) if kind else None
    if origin is Literal:
        return Kind("choice", get_args(annotation))
    if origin is tuple and get_origin(get_args(annotation)[0]) is Literal:
        return Kind("choices", get_args(get_args(annotation)[0]))
    return Kind(_SIMPLE[annotation]) if annotation in _SIMPLE else None


# --- values ----------------------------------------------------------------------------------------------------------


def _value_at(body: Body, path: str) -> Any:
    found: Any = body
    for step in path.split("/") if path else ():
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def _put(body: Body, path: str, value: Any) -> None:
    *steps, last = path.split("/")
    _value_at(body, "/".join(steps))[last] = value


def _entered(kind: Kind, value: Any) -> Any:
    """A stored value as a form shows it."""
    if kind.name == "bool":
        return bool(value)
    if kind.name in {"choices", "order"}:
        return list(value or ())
    if value is None:
        return ""
    return yuan(value) if kind.name == "yuan" and isinstance(value, int) else str(value)


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
    "choice": str,
}

_EXPECTED: Final[Mapping[str, Text]] = {
    "decimal": Text("须为数字，如 0.24 或 24%", "a number is expected, such as 0.24 or 24%"),
    "yuan": Text("须为金额（元），最多两位小数", "an amount in yuan with at most two decimals is expected"),
    "int": Text("须为整数", "a whole number is expected"),
    "date": Text("须为日期，如 2026-11-25", "a day such as 2026-11-25 is expected"),
}


def read_value(kind: Kind, text: str, label: Text, path: str) -> Any:
    """A typed text as the value that is stored.

    Raises:
        Invalid: it is no such value, or absent where one is needed.
    """
    text = text.strip()
    if not text:
        if kind.optional or kind.name == "text":
            return None if kind.optional else ""
        raise Invalid("policy.value", Text(f"请填写“{label.zh}”。", f"Fill in “{label.en}”."), field=path)
    try:
        return _READERS[kind.name](text)
    except (ValueError, ArithmeticError) as error:
        expected = _EXPECTED[kind.name]
        raise Invalid(
            "policy.value",
            Text(f"“{label.zh}”：{expected.zh}。", f"“{label.en}”: {expected.en}."),
            field=path,
        ) from error


def _read(cell: Cell, form: Entered) -> Any:
    if cell.kind.name == "bool":
        return cell.path in form
    if cell.kind.name == "choices":
        return [one for one in cell.kind.options if one in form.getlist(cell.path)]
    if cell.kind.name == "order":
        return _read_order(cell, form.get(cell.path) or "")
    return read_value(cell.kind, form.get(cell.path) or "", cell.label, cell.path)


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
        label = cell.label
        raise Invalid(
            "policy.value",
            Text(f"“{label.zh}”：不认识“{strange[0]}”。", f"“{label.en}”: “{strange[0]}” is not known."),
            field=cell.path,
        )
    return [known[part.casefold()] for part in given]


def filled(shown: list[Grid], form: Entered) -> list[Grid]:
    """The tables with what a form sent in place of the stored values, for a form that has to be mended."""
    for one in shown:
        for row in (*one.rows, *one.blank):
            for cell in row.cells:
                if cell.kind.name == "bool":
                    cell.value = cell.path in form
                elif cell.kind.name == "choices":
                    cell.value = form.getlist(cell.path)
                else:
                    cell.value = form.get(cell.path) or ""
    return shown


def changed(body: Body, section: str, form: Entered) -> Body:
    """The policy with what a form of one section sent; every rule of the whole is checked.

    Raises:
        Invalid: a value cannot be read, or the policy would not hold together.
    """
    new = copy.deepcopy(body)
    for one in grids(body, section):
        kept = [row for row in one.rows if not (one.growing and f"{row.path}/drop" in form)]
        for row in kept:
            for cell in row.cells:
                _put(new, cell.path, _read(cell, form))
        if one.growing:
            added = [_read_row(row, form) for row in one.blank if _is_filled(row, form)]
            replace_rows(new, one.path, [_value_at(new, row.path) for row in kept] + added)
    return body_of(policy_from(new))


def replace_rows(body: Body, path: str, rows: list[dict[str, Any]]) -> None:
    """Put the rows of a growing table in the order of what names them."""
    names = IDENTITY[path]
    *steps, last = path.split("/")
    _value_at(body, "/".join(steps))[last] = sorted(rows, key=lambda row: [str(row[name]) for name in names])


def _is_filled(row: Row, form: Entered) -> bool:
    return any((form.get(cell.path) or "").strip() for cell in row.cells if cell.kind.name != "bool")


def _read_row(row: Row, form: Entered) -> dict[str, Any]:
    return {cell.field: _read(cell, form) for cell in row.cells}


# --- differences -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs between two policies; None on the side that has no such row."""

    section: str
    where: Text
    before: Text | None
    after: Text | None


def difference(before: Body, after: Body) -> list[Difference]:
    """What differs between two policies, in the order of their pages."""
    old, new = dict(_named(before)), dict(_named(after))
    found = []
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if was is None or now is None or was[1].shown != now[1].shown:
            where, _cell = now or was or (Text("", ""), None)
            found.append(Difference(name[0], where, was and was[1].shown, now and now[1].shown))
    return found


def _named(body: Body) -> Iterator[tuple[tuple[str, str, str, str], tuple[Text, Cell]]]:
    for section, one in every_grid(body):
        for row in one.rows:
            title = row.title or Text(row.key, row.key)
            for cell in row.cells:
                parts = [part for part in (one.title, title, cell.label) if part.zh]
                where = Text(" › ".join(p.zh for p in parts), " › ".join(p.en for p in parts))
                yield (section, one.path, row.key, cell.field), (where, cell)
