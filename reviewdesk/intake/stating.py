"""A mapping that a person or a client wrote, laid over the suggested one: read, and refused where it is wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.fields import field_named, is_field
from reviewdesk.intake.headers import MONEY_UNITS, RATE_UNITS, Period, fold, fold_lines, unit_for
from reviewdesk.intake.keys import proposed_key
from reviewdesk.intake.mapping import BY_ROW, Mapping, Part, Rule, SideRule, column_index
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS, SideField
from reviewdesk.intake.splitting import SPLITS, Split
from reviewdesk.intake.values import Reading

TERM_UNITS = ("月", "期", "年", "天")
PERIODS: tuple[Period, ...] = ("year", "month", "day")
LEAST_PARTS, MOST_PARTS = 2, 4
SPARED = ("id_no",)
"""Required fields without which a sheet is loaded all the same, if a person says that it has none."""


def stated(base: Mapping, data: Any, *, where_it_fits: bool = False) -> Mapping:
    """Lay a mapping that a person wrote over the suggested one; columns it does not name keep their suggestion.

    `where_it_fits` passes over columns that the sheet does not have, for one of several files.

    Understood: what `Mapping.to_json` writes; `{"columns": {HEADER: FIELD | null | {"field", "unit", "period",
    "reading", "drop", "reason", "split", "parts"}}}`, also without the outer key; columns named by header or letter;
    `constants`; `day_count`; `key`; `without`; `sheets`, the sheets beside the accounts.

    Raises:
        Invalid: `mapping.*`, naming the column, field or unit that is wrong.
    """
    if not isinstance(data, dict):
        raise _wrong("mapping.format", "对应关系应是一个 JSON 对象。", "A mapping is a JSON object.")
    rules = {rule.column: rule for rule in base.rules}
    named: set[int] = set()
    for key, value in _stated_columns(data, base.rules):
        try:
            column = _find_column(key, base.rules)
        except Invalid:
            if where_it_fits:
                continue
            raise
        rules[column] = _stated_rule(rules[column], value)
        named.add(column)
        for other, rule in rules.items():
            if other not in named and _taken_from(rule, rules[column]):
                rules[other] = Rule(rule.column, rule.header, None)
    constants = {**base.constants, **_constants(data.get("constants"))}
    day_count = data.get("day_count", base.day_count)
    if day_count not in (360, 365):
        raise _wrong("mapping.day_count", "day_count 应为 360 或 365。", "day_count is 360 or 365.")
    whole = Mapping(tuple(rules[column] for column in sorted(rules)), constants, day_count)
    lacks = data.get("without") or base.lacks
    if not set(lacks) <= set(SPARED):
        raise _wrong("mapping.without", "without 只能是 id_no。", "without can only be id_no.")
    whole = replace(whole, sides=_stated_sheets(data.get("sheets"), base.sides))
    return replace(whole, key=_stated_key(data.get("key"), whole, base), lacks=tuple(lacks))


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


_OUTER = ("columns", "constants", "format", "day_count", "sheet", "header_row", "version", "key", "without", "sheets")


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


def _taken_from(rule: Rule, stated: Rule) -> bool:
    """Whether a column that nobody named was only suggested for a field that a person gave to another."""
    fields = {one.field for one in stated.filling()}
    return any(one.field in fields for one in rule.filling())


# --- one column ------------------------------------------------------------------------------------------------------


def _stated_rule(rule: Rule, value: Any) -> Rule:
    if value is None or value == "":
        return Rule(rule.column, rule.header, None)
    if isinstance(value, str):
        value = {"field": value}
    if not isinstance(value, dict):
        raise _wrong(
            "mapping.format", f"「{rule.header}」的对应写法不对。", f"The rule of {rule.header!r} is not understood."
        )
    if value.get("parts"):
        return _stated_parts(rule, value["parts"], value.get("split"))
    name = value.get("field")
    reason = str(value.get("reason") or "").strip() or None
    if name in (None, ""):
        return Rule(rule.column, rule.header, None, reason=reason, drop=value.get("drop") is True)
    known = _checked_field(name)
    folded = fold_lines(rule.header)
    unit = value.get("unit") or (
        unit_for(field_named(known), folded.unit, rule.unit) if known == rule.field else folded.unit
    )
    period = value.get("period") or folded.period or rule.period
    reading = value.get("reading") or (rule.reading if known == rule.field and not value.get("unit") else None)
    return Rule(
        rule.column,
        rule.header,
        known,
        checked_unit(known, unit, explicit=bool(value.get("unit"))),
        checked_period(period),
        reason,
        checked_reading(known, reading),
    )


def _checked_field(name: Any) -> str:
    if not isinstance(name, str) or not is_field(name):
        raise _wrong("mapping.field", f"没有「{name}」这个字段。", f"There is no field {name!r}.")
    return name


def _stated_parts(rule: Rule, parts: Any, split: Any) -> Rule:
    if not isinstance(parts, list) or not LEAST_PARTS <= len(parts) <= MOST_PARTS:
        raise _wrong(
            "mapping.parts",
            f"「{rule.header}」的 parts 应列出 {LEAST_PARTS} 至 {MOST_PARTS} 个字段。",
            f"parts of {rule.header!r} lists {LEAST_PARTS} to {MOST_PARTS} fields.",
        )
    taken = tuple(_stated_part(one) for one in parts)
    return Rule(rule.column, rule.header, None, split=checked_split(split), parts=taken)


def _stated_part(data: Any) -> Part:
    value = data if isinstance(data, dict) else {"field": data}
    if not value.get("field"):
        return Part(None)
    name = _checked_field(value["field"])
    return Part(
        name,
        checked_unit(name, value.get("unit")),
        checked_period(value.get("period")),
        checked_reading(name, value.get("reading")),
    )


def checked_split(split: Any) -> Split:
    """A way of splitting a column.

    Raises:
        Invalid: `mapping.split`, listing the ways there are.
    """
    for known in SPLITS:
        if split == known:
            return known
    ways = " ".join(SPLITS)
    raise _wrong("mapping.split", f"split 应为其中之一：{ways}", f"split is one of {ways}.")


_READINGS: dict[str, tuple[Reading, ...]] = {
    "rate": ("percent", "share", "unsure"),
    "date": ("day_first", "month_first", "year_first", "unsure"),
    "money": ("unsure", "open"),
    "terms": ("unsure", "open", "months", "likely"),
}


def checked_reading(name: str, reading: Any) -> Reading | None:
    """How a column is to be read where its cells may be read in two ways.

    Raises:
        Invalid: `mapping.reading`, when it does not fit the field.
    """
    if reading in (None, ""):
        return None
    known = _READINGS.get(field_named(name).kind, ())
    for one in known:
        if reading == one:
            return one
    label = field_named(name).label
    raise _wrong(
        "mapping.reading",
        f"{label.zh}没有「{reading}」这种读法。",
        f"{reading!r} is no way to read {label.en.lower()}; known: {', '.join(known) or 'none'}.",
    )


def checked_side_answer(known: SideField, answer: str) -> str:
    """How a column of a side sheet is to be read whose cells may be read in two ways.

    Raises:
        Invalid: `mapping.reading`, when it does not fit the field.
    """
    fitting = MONEY_UNITS if known.reads == "money" else _READINGS["date"]
    if answer in fitting:
        return answer
    raise _wrong(
        "mapping.reading",
        f"{known.label.zh}没有「{answer}」这种读法。",
        f"{answer!r} is no way to read {known.label.en.lower()}; known: {', '.join(fitting)}.",
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


# --- the whole sheet -------------------------------------------------------------------------------------------------


def _constants(data: Any) -> dict[str, str]:
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise _wrong("mapping.format", "constants 应是对象。", "constants is an object.")
    for name in data:
        if not is_field(name) or field_named(name).personal or name == "account_no":
            raise _wrong("mapping.field", f"「{name}」不能整批填写。", f"{name!r} cannot be given for a whole batch.")
    return {name: str(value) for name, value in data.items() if value not in (None, "")}


def _stated_sheets(data: Any, suggested: tuple[SideRule, ...]) -> tuple[SideRule, ...]:
    """What is said of the sheets beside the accounts: a list as `to_json` writes it, or kinds or null by sheet."""
    if data is None:
        return suggested
    if isinstance(data, dict):
        data = [{"sheet": name, **(one if isinstance(one, dict) else {"kind": one})} for name, one in data.items()]
    if not isinstance(data, list) or not all(isinstance(one, dict) and one.get("sheet") for one in data):
        raise _wrong("mapping.format", "sheets 应是对象或列表。", "sheets is an object or a list.")
    return tuple(_stated_sheet(one) for one in data)


def _stated_sheet(data: dict[str, Any]) -> SideRule:
    name, code, columns = str(data["sheet"]), data.get("kind"), data.get("columns") or {}
    answers = data.get("answers") or {}
    kind = next((known for known in SIDE_SHEET_KINDS if known.kind == code), None)
    if kind is None and code is not None:
        kinds = "、".join(known.kind for known in SIDE_SHEET_KINDS)
        raise _wrong(
            "mapping.sheet", f"「{name}」的 kind 应为 {kinds} 或 null。", f"kind of {name!r}: {kinds} or null."
        )
    known = {"account_no", *(one.name for one in kind.fields)} if kind else set()
    for meant in columns.values() if isinstance(columns, dict) else ("",):
        if meant is not None and meant not in known:
            raise _wrong("mapping.sheet", f"「{name}」没有「{meant}」这个字段。", f"{name!r} has no field {meant!r}.")
    known_answers = {*MONEY_UNITS, *_READINGS["date"]}
    for answer in answers.values() if isinstance(answers, dict) else ("",):
        if answer not in known_answers:
            raise _wrong(
                "mapping.reading", f"「{name}」没有「{answer}」这种读法。", f"{name!r} has no reading {answer!r}."
            )
    return SideRule(name, kind.kind if kind else None, columns, answers)


def _stated_key(data: Any, mapping: Mapping, base: Mapping) -> tuple[str, ...]:
    """What stands in for the account number: as stated, else as suggested while no column has one."""
    if mapping.rule_of("account_no") is not None:
        return ()
    if data is None:
        return base.key if all(name == BY_ROW or mapping.rule_of(name) for name in base.key) else proposed_key(mapping)
    key = (data,) if isinstance(data, str) else tuple(data) if isinstance(data, list) else None
    if key is None or not all(isinstance(one, str) for one in key):
        raise _wrong("mapping.format", "key 应是字段名的列表或 row。", "key is a list of fields, or row.")
    return checked_key(key, mapping)


def checked_key(key: tuple[str, ...], mapping: Mapping) -> tuple[str, ...]:
    """A key that the mapping's columns can make.

    Raises:
        Invalid: `mapping.key`, naming the field that no column fills.
    """
    if key == (BY_ROW,):
        return key
    for name in key:
        if not is_field(name) or name == "account_no" or mapping.rule_of(name) is None:
            raise _wrong(
                "mapping.key",
                f"不能用「{name}」推算编号：没有列对应这个字段。",
                f"{name!r} cannot make account numbers: no column fills it.",
            )
    return key


def _wrong(code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, Text(zh, en))
