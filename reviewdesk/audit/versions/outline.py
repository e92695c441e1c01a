"""A policy as tables of typed cells, made from the types of its parts: what its pages show, edit and compare."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import orjson
from pydantic import BaseModel, BeforeValidator

from reviewdesk.audit import checks
from reviewdesk.audit.citations import told
from reviewdesk.audit.policy import Policy, read_policy
from reviewdesk.audit.policy_parts import WHOLE_COUNTRY
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.versions import words
from reviewdesk.errors import Text
from reviewdesk.money import plain, yuan

assert checks.__all__  # noqa: S101  importing the checks registers them

Body = dict[str, Any]
"""A whole policy as plain JSON: money in fen, rates and days as text."""

BLANK_ROWS: Final = 2
"""Empty rows offered at the end of a table that may grow."""

MOST_COLUMNS: Final = 6
"""Values that fit beside each other as fields of a form."""

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

_RULES: Final = frozenset({"caps", "all_in_caps", "cost_lines"})
"""Tables whose rows are told apart by lenders, rule and days."""

_RATES: Final = frozenset({"rate", "rate_before", "share", "loss"})
"""Members that are shares, shown in per cent."""

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
    unit: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it is a number, which is set to the right."""
        return self.kind.name in {"decimal", "yuan", "int"}

    @property
    def typed(self) -> str:
        """The value as a form offers it: rates in per cent, which are read as well."""
        return _percent(self.value) if self.unit == "rate" else str(self.value)

    def same_as(self, stored: Cell) -> bool:
        """Whether it is what a form would send of a stored cell that nobody touched."""
        if self.kind.name == "order" and isinstance(self.value, str):
            return self.value in (stored.shown.zh, stored.shown.en)
        return self.value == stored.value or self.typed == stored.typed

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
        if not self.value:
            return words.NOTHING
        if self.field == "cites":
            return told(self.value)
        if self.field == "province" and self.value == WHOLE_COUNTRY:
            return words.WHOLE_COUNTRY
        return _with_unit(self.value, self.unit)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The unit of a number, and the least and the most that it may be."""

    unit: str
    least: Decimal
    most: Decimal

    @property
    def shown(self) -> Text:
        """Both for readers."""
        of = words.UNITS.get(self.unit, words.NO_UNIT)
        least, most = (_number(str(bound), self.unit) for bound in (self.least, self.most))
        return Text(f"{least}–{most} {of.zh}".strip(), f"{least}–{most} {of.en}".strip())


@dataclass(slots=True)
class Row:
    """One row: what names it, its title, and the unit and bounds of its number, where it has them."""

    key: str
    path: str
    title: Text | None
    cells: list[Cell]
    bounds: Bounds | None

    @property
    def anchor(self) -> str:
        """Its place on the page of its section."""
        return self.path.replace("/", ".") or "effect"


@dataclass(slots=True)
class Grid:
    """One part of a policy as a table."""

    path: str
    title: Text
    columns: list[Cell]
    rows: list[Row]
    blank: list[Row] = field(default_factory=list)

    @property
    def growing(self) -> bool:
        """Whether rows may be added and removed."""
        return self.path in GROWING

    @property
    def wide(self) -> bool:
        """Whether a row has so many values that a form shows it as a card."""
        return len(self.columns) > MOST_COLUMNS

    @property
    def table(self) -> str:
        """Its name in addresses and file names."""
        return self.path.replace("/", "-")

    def name_of(self, row: Row) -> Text:
        """What a row is called: table and row by their names."""
        return _chain(self.title, row.title or Text(row.key, row.key))

    def place_of(self, row: Row, cell: Cell) -> Text:
        """Where a value stands: table, row and column by their names."""
        return _chain(self.name_of(row), cell.label)


def _chain(*parts: Text) -> Text:
    named = [part for part in parts if part.zh]
    return Text(" › ".join(part.zh for part in named), " › ".join(part.en for part in named))


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


def every_cell(body: Body) -> Iterator[tuple[str, Grid, Row, Cell]]:
    """Every value of a policy with its section, table and row."""
    for section, grid in every_grid(body):
        for row in grid.rows:
            for cell in row.cells:
                yield section, grid, row, cell


def unverified(body: Body) -> list[Text]:
    """What a policy states without a checked source, by the names of its places, for whoever approves it."""
    return [
        grid.name_of(row)
        for _section, grid, row, cell in every_cell(body)
        if cell.field == "verified" and not cell.value
    ]


def _grid(body: Body, path: str) -> Grid:
    annotation, value = _type_at(path), value_at(body, path)
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
    found.columns = shown[0].cells if shown else []
    return found


def _key(path: str, place: int, value: Mapping[str, Any]) -> str:
    named = IDENTITY.get(path)
    return "-".join(str(value[name]) for name in named) if named else str(place + 1)


def _row(grid: str, key: str, path: str, model: Any, value: Mapping[str, Any]) -> Row:
    cells = [
        Cell(f"{path}/{name}".lstrip("/"), name, kind, _entered(kind, value.get(name)), _unit(name, kind, value))
        for name, kind in sorted(_leaves(model), key=lambda leaf: leaf[0] in _LAST)
        if name not in _FIXED and (grid, name) not in _HIDDEN
    ]
    return Row(key, path, _title(grid, key, value), cells, _bounds(value))


def _unit(field: str, kind: Kind, value: Mapping[str, Any]) -> str:
    """The unit of a value: that of its parameter, or what its name and type say."""
    if field == "value":
        return str(value.get("unit", ""))
    if kind.name == "yuan":
        return "yuan"
    return "rate" if field in _RATES and kind.name == "decimal" else ""


def _title(grid: str, key: str, value: Mapping[str, Any]) -> Text | None:
    if grid in {"checks", "check_defences"}:
        return check_title(key)
    if grid in _NAMED:
        return Text(value["zh"], value["en"])
    if grid in _RULES and value:
        return _rule_title(value)
    return Text(key, key) if key and grid not in GROWING else None


def _rule_title(value: Mapping[str, Any]) -> Text:
    """A rule by the lenders that it is for, what it is, and the contracts that it covers."""
    kinds = [words.OPTIONS[one] for one in value["lender_kinds"]]
    what = words.OPTIONS[value.get("rule") or value["of"]]
    since, until = value.get("formed_from") or value.get("from"), value.get("formed_to")
    zh = [what.zh, f"{since} 起" if since else "", f"至 {until}" if until else ""]
    en = [what.en, f"from {since}" if since else "", f"to {until}" if until else ""]
    return Text(
        f"{'、'.join(one.zh for one in kinds)}（{'，'.join(filter(None, zh))}）",
        f"{', '.join(one.en for one in kinds)} ({', '.join(filter(None, en))})",
    )


def check_title(name: str) -> Text:
    """What a check is called."""
    return CHECKS[name].title if name in CHECKS else Text(name, name)


def _bounds(value: Mapping[str, Any]) -> Bounds | None:
    return Bounds(value["unit"], Decimal(value["min"]), Decimal(value["max"])) if "unit" in value else None


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


def value_at(body: Body, path: str) -> Any:
    """The stored value at a path within a policy."""
    found: Any = body
    for step in path.split("/") if path else ():
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def _with_unit(value: str, unit: str) -> Text:
    """A number for readers: `24%`, `200,000 元`, `90 天`; other text as it is."""
    if not unit or not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return Text(value, value)
    number, of = _number(value, unit), words.UNITS.get(unit, words.NO_UNIT)
    singular = number == "1" and unit in {"days", "months", "years"}
    return Text(f"{number} {of.zh}".strip(), f"{number} {of.en.removesuffix('s') if singular else of.en}".strip())


def _number(value: str, unit: str) -> str:
    return _percent(value) if unit == "rate" else f"{Decimal(plain(Decimal(value))):,}"


def _percent(value: Any) -> str:
    """A share in per cent, `0.154` as `15.4%`; what is no number stays as it is."""
    text = str(value)
    return f"{plain(Decimal(text) * 100)}%" if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _entered(kind: Kind, value: Any) -> Any:
    """A stored value as a form shows it."""
    if kind.name == "bool":
        return bool(value)
    if kind.name in {"choices", "order"}:
        return list(value or ())
    if value is None:
        return ""
    return yuan(value) if kind.name == "yuan" and isinstance(value, int) else str(value)
