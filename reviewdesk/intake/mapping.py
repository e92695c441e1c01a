"""A mapping: the value that says which column is which field, in which unit, and what the sheet lacks.

It is what a person confirms, what is saved for an organisation and header row, and what `--mapping FILE` gives.
"""

from collections.abc import Container, Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fields import field_named, is_field
from reviewdesk.intake.headers import MONEY_UNITS, RATE_UNITS, Header, Period, Suggestion, fold, fold_lines, unit_for

FORMAT = 1
TERM_UNITS = ("月", "期", "年", "天")
PERIODS: tuple[Period, ...] = ("year", "month", "day")


@dataclass(frozen=True, slots=True)
class Rule:
    """One column: the field it fills (None: kept as it is), and the unit and period that its bare numbers are in.

    `reason` is why a column about third persons is kept; without one it is left out.
    """

    column: int
    header: str
    field: str | None
    unit: str | None = None
    period: Period | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Rules for all columns, and constants for fields that the sheet does not have."""

    rules: tuple[Rule, ...]
    constants: MappingType[str, str] = field(default_factory=dict)
    day_count: int = 365
    """Days by which a daily rate becomes an annual one: 365 unless the contract says 360."""

    def rule_of(self, field_name: str) -> Rule | None:
        """The rule that fills a field."""
        return next((rule for rule in self.rules if rule.field == field_name), None)

    def filled(self) -> tuple[Rule, ...]:
        """The rules that fill a field, in the order of their columns."""
        return tuple(rule for rule in self.rules if rule.field is not None)

    def without(self, columns: Container[int]) -> "Mapping":
        """The mapping as if the sheet did not have these columns."""
        return replace(
            self, rules=tuple(Rule(rule.column, "", None) if rule.column in columns else rule for rule in self.rules)
        )

    def to_json(self) -> dict[str, Any]:
        """What is stored and exchanged; `from_json` is the inverse."""
        return {
            "format": FORMAT,
            "columns": [
                {
                    "column": column_letters(rule.column),
                    "header": rule.header,
                    "field": rule.field,
                    "unit": rule.unit,
                    "period": rule.period,
                    **({"reason": rule.reason} if rule.reason else {}),
                }
                for rule in self.rules
            ],
            "constants": dict(self.constants),
            "day_count": self.day_count,
        }

    @classmethod
    def from_json(cls, data: MappingType[str, Any]) -> "Mapping":
        """Read what `to_json` wrote."""
        rules = tuple(
            Rule(
                column_index(one["column"]), one["header"], one["field"], one["unit"], one["period"], one.get("reason")
            )
            for one in data["columns"]
        )
        return cls(rules, dict(data["constants"]), data["day_count"])


def from_suggestions(suggestions: Iterable[Suggestion], header: Header) -> Mapping:
    """The mapping that holds without a person's word: exact and assumed columns, the rest left out."""
    rules = []
    for one in suggestions:
        name = one.field if one.applied else None
        unit = unit_for(field_named(name), one.unit, header.sheet_unit) if name else None
        rules.append(Rule(one.column, one.header, name, unit, one.period if name else None))
    return Mapping(tuple(rules))


def stated(base: Mapping, data: Any, *, where_it_fits: bool = False) -> Mapping:
    """Lay a mapping that a person wrote over the suggested one; columns it does not name keep their suggestion.

    `where_it_fits` passes over columns that the sheet does not have, for one of several files.

    Understood: what `Mapping.to_json` writes; `{"columns": {HEADER: FIELD | null | {"field", "unit", "period"}}}`, also
    without the outer key; columns named by header or letter; `constants`; `day_count`.

    Raises:
        Invalid: `mapping.*`, naming the column, field or unit that is wrong.
    """
    if not isinstance(data, dict):
        raise _wrong("mapping.format", "对应关系应是一个 JSON 对象。", "A mapping is a JSON object.")
    rules = {rule.column: rule for rule in base.rules}
    for key, value in _stated_columns(data, base.rules):
        try:
            column = _find_column(key, base.rules)
        except Invalid:
            if where_it_fits:
                continue
            raise
        rules[column] = _stated_rule(rules[column], value)
        name = rules[column].field
        if name is not None:
            for other, rule in rules.items():
                if other != column and rule.field == name:
                    rules[other] = replace(rule, field=None, unit=None, period=None)
    constants = {**base.constants, **_constants(data.get("constants"))}
    day_count = data.get("day_count", base.day_count)
    if day_count not in (360, 365):
        raise _wrong("mapping.day_count", "day_count 应为 360 或 365。", "day_count is 360 or 365.")
    return Mapping(tuple(rules[column] for column in sorted(rules)), constants, day_count)


def headers_named(data: Any) -> frozenset[str]:
    """The folded headers that a mapping which a person wrote may speak of."""
    if not isinstance(data, dict):
        return frozenset()
    columns = data.get("columns", data.get("fields", data))
    if isinstance(columns, list):
        words = [one.get("header") for one in columns if isinstance(one, dict)]
    else:
        words = [word for pair in columns.items() for word in pair] if isinstance(columns, dict) else []
    return frozenset(fold(word).full for word in words if isinstance(word, str) and word)


_OUTER = ("columns", "constants", "format", "day_count", "sheet", "header_row", "version")


def _stated_columns(data: dict[str, Any], rules: Sequence[Rule]) -> list[tuple[str, Any]]:
    columns = data.get("columns", data.get("fields"))
    if columns is None:
        columns = {key: value for key, value in data.items() if key not in _OUTER}
    if isinstance(columns, dict):
        headers = {fold(rule.header).full for rule in rules}
        turned = [
            (value, key)
            for key, value in columns.items()
            if isinstance(value, str)
            and is_field(key)
            and fold(value).full in headers
            and fold(key).full not in headers
        ]
        return turned if len(turned) == len(columns) and turned else list(columns.items())
    if isinstance(columns, list) and all(isinstance(one, dict) for one in columns):
        return [(str(one.get("column") or one.get("header") or ""), one) for one in columns]
    raise _wrong("mapping.format", "columns 应是对象或列表。", "columns is an object or a list.")


def _find_column(key: str, rules: Sequence[Rule]) -> int:
    for rule in rules:
        if rule.header and rule.header == key:
            return rule.column
    for rule in rules:
        if rule.header and fold(rule.header).full == fold(key).full:
            return rule.column
    if key.isascii() and key.isalpha() and len(key) <= 3:
        index = column_index(key.upper())
        if any(rule.column == index for rule in rules):
            return index
    raise _wrong("mapping.column", f"表中没有「{key}」这一列。", f"The sheet has no column {key!r}.")


def _stated_rule(rule: Rule, value: Any) -> Rule:
    if value is None or value == "":
        return replace(rule, field=None, unit=None, period=None, reason=None)
    if isinstance(value, str):
        value = {"field": value}
    if not isinstance(value, dict):
        raise _wrong(
            "mapping.format", f"「{rule.header}」的对应写法不对。", f"The rule of {rule.header!r} is not understood."
        )
    name = value.get("field")
    reason = str(value.get("reason") or "").strip() or None
    if name in (None, ""):
        return replace(rule, field=None, unit=None, period=None, reason=reason)
    if not isinstance(name, str) or not is_field(name):
        raise _wrong("mapping.field", f"没有「{name}」这个字段。", f"There is no field {name!r}.")
    folded = fold_lines(rule.header)
    unit = value.get("unit") or (
        unit_for(field_named(name), folded.unit, rule.unit) if name == rule.field else folded.unit
    )
    period = value.get("period") or folded.period or rule.period
    return Rule(
        rule.column,
        rule.header,
        name,
        checked_unit(name, unit, explicit=bool(value.get("unit"))),
        checked_period(period),
        reason,
    )


def checked_unit(name: str, unit: str | None, *, explicit: bool = True) -> str | None:
    """A unit that fits the field.

    Raises:
        Invalid: `mapping.unit`, when a person stated one that does not.
    """
    fitting: dict[str, Iterable[str]] = {"money": MONEY_UNITS, "rate": RATE_UNITS, "terms": TERM_UNITS}
    known = tuple(fitting.get(field_named(name).kind, ()))
    if unit is None or unit in known:
        return unit
    if not explicit:
        return None
    raise _wrong(
        "mapping.unit", f"单位「{unit}」不适用于{field_named(name).label.zh}。", f"Unit {unit!r} does not fit {name}."
    )


def checked_period(period: str | None) -> Period | None:
    """A period of a rate.

    Raises:
        Invalid: `mapping.period`.
    """
    for known in PERIODS:
        if period == known:
            return known
    if not period:
        return None
    raise _wrong("mapping.period", "period 应为 year、month 或 day。", "period is year, month or day.")


def _constants(data: Any) -> dict[str, str]:
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise _wrong("mapping.format", "constants 应是对象。", "constants is an object.")
    for name in data:
        if not is_field(name) or field_named(name).personal or name == "account_no":
            raise _wrong("mapping.field", f"「{name}」不能整批填写。", f"{name!r} cannot be given for a whole batch.")
    return {name: str(value) for name, value in data.items() if value not in (None, "")}


def column_letters(index: int) -> str:
    """0 is `A`, 26 is `AA`."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """`A` is 0, `AA` is 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _wrong(code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, Text(zh, en))
