"""A mapping: the value that says which column is which field, in which unit, and what the sheet lacks.

It is what a person confirms, what is saved for an organisation and header row, and what `--mapping FILE` gives.
"""

from collections.abc import Container, Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from typing import Any

from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import Header, Period, Suggestion, unit_for
from reviewdesk.intake.side_fields import SideKind
from reviewdesk.intake.splitting import Split, parts_of
from reviewdesk.intake.values import Reading, shown

FORMAT = 1

BY_ROW = "row"
"""Says in a mapping's `key` that rows are told apart by their place in the file, for want of anything better."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the fields that stand together in a column; None: this part is passed over."""

    field: str | None
    unit: str | None = None
    period: Period | None = None
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One column: the field it fills (None: kept as it is), and the unit and period that its bare numbers are in.

    `reason` is why a column about third persons is kept; without one it is left out. `reading` is what a person said
    of cells that may be read in two ways. `drop`: a column of no field is left out. A column for several fields has no
    `field` but `parts`, and is taken apart as `split` says; `part` is set only in what `Mapping.filled` gives.
    """

    column: int
    header: str
    field: str | None
    unit: str | None = None
    period: Period | None = None
    reason: str | None = None
    reading: Reading | None = None
    drop: bool = False
    split: Split | None = None
    parts: tuple[Part, ...] = ()
    part: int | None = None

    def filling(self) -> "tuple[Rule, ...]":
        """One rule for each field that the column fills."""
        if self.field is not None:
            return (self,)
        return tuple(
            replace(
                self, field=one.field, unit=one.unit, period=one.period, reading=one.reading, reason=None, part=place
            )
            for place, one in enumerate(self.parts)
            if one.field is not None
        )

    def text_in(self, cells: Sequence[Any]) -> str:
        """What a row says in this column, for people; of a column for several fields its part, else the whole cell."""
        cell = cells[self.column] if self.column < len(cells) else ""
        if cell in ("", None):
            return ""
        parts = parts_of(cell, self.split, len(self.parts)) if self.split and self.part is not None else None
        return shown(cell) if parts is None or self.part is None else parts[self.part]

    def to_json(self) -> dict[str, Any]:
        """What is stored and exchanged; `from_json` is the inverse."""
        told: dict[str, Any] = {
            "column": column_letters(self.column),
            "header": self.header,
            "field": self.field,
            "unit": self.unit,
            "period": self.period,
        }
        for name in ("reason", "reading", "drop", "split"):
            if value := getattr(self, name):
                told[name] = value
        if self.parts:
            told["parts"] = [
                {"field": one.field, "unit": one.unit, "period": one.period, "reading": one.reading}
                for one in self.parts
            ]
        return told

    @classmethod
    def from_json(cls, data: MappingType[str, Any]) -> "Rule":
        """Read what `to_json` wrote."""
        return cls(
            column_index(data["column"]),
            data["header"],
            data["field"],
            data["unit"],
            data["period"],
            data.get("reason"),
            data.get("reading"),
            data.get("drop", False),
            data.get("split"),
            tuple(Part(**one) for one in data.get("parts", ())),
        )


@dataclass(frozen=True, slots=True)
class SideRule:
    """A sheet beside the accounts: what it is (None: it is left out), and which of its headers is which field.

    A header that `columns` does not name means what it seems to; one that it gives None means nothing. `answers` says,
    by header, how columns are read whose cells leave it open: a unit of amounts, or the order of days.
    """

    sheet: str
    kind: SideKind | None
    columns: MappingType[str, str | None] = field(default_factory=dict)
    answers: MappingType[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What is stored and exchanged; `SideRule(**data)` is the inverse."""
        told = {"sheet": self.sheet, "kind": self.kind, "columns": dict(self.columns)}
        return told | ({"answers": dict(self.answers)} if self.answers else {})


@dataclass(frozen=True, slots=True)
class Mapping:
    """Rules for all columns, and constants for fields that the sheet does not have.

    `key` says what stands in for the account number where no column has one: the fields whose values together tell the
    accounts apart, or `BY_ROW`. `lacks` names required fields that a person said the sheet does not have.
    `sides` is what a person said of the sheets beside the accounts; others are what they seem to be.
    """

    rules: tuple[Rule, ...]
    constants: MappingType[str, str] = field(default_factory=dict)
    day_count: int = 365
    """Days by which a daily rate becomes an annual one: 365 unless the contract says 360."""
    key: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    sides: tuple[SideRule, ...] = ()
    since_1904: bool = False
    """Whether bare numbers of days count from 1904: the workbook says so, and nobody is asked."""

    def rule_of(self, field_name: str) -> Rule | None:
        """The first rule that fills a field."""
        return next((rule for rule in self.filled() if rule.field == field_name), None)

    def filled(self) -> tuple[Rule, ...]:
        """One rule for each field that a column fills, in the order of the columns."""
        return tuple(one for rule in self.rules for one in rule.filling())

    def revised(self, rule: Rule, **changes: Any) -> "Mapping":
        """The mapping with changes to one of the rules that `filled` gives: its unit, period or reading."""
        return replace(self, rules=tuple(_revised(one, rule, changes) for one in self.rules))

    def without(self, columns: Container[int]) -> "Mapping":
        """The mapping as if the sheet did not have these columns."""
        return replace(
            self, rules=tuple(Rule(rule.column, "", None) if rule.column in columns else rule for rule in self.rules)
        )

    def to_json(self) -> dict[str, Any]:
        """What is stored and exchanged; `from_json` is the inverse."""
        return {
            "format": FORMAT,
            "columns": [rule.to_json() for rule in self.rules],
            "constants": dict(self.constants),
            "day_count": self.day_count,
            **({"key": list(self.key)} if self.key else {}),
            **({"without": list(self.lacks)} if self.lacks else {}),
            **({"sheets": [one.to_json() for one in self.sides]} if self.sides else {}),
            **({"since_1904": True} if self.since_1904 else {}),
        }

    @classmethod
    def from_json(cls, data: MappingType[str, Any]) -> "Mapping":
        """Read what `to_json` wrote."""
        rules = tuple(Rule.from_json(one) for one in data["columns"])
        key, lacks = tuple(data.get("key", ())), tuple(data.get("without", ()))
        sides = tuple(SideRule(**one) for one in data.get("sheets", ()))
        since_1904 = data.get("since_1904", False)
        return cls(rules, dict(data["constants"]), data["day_count"], key, lacks, sides, since_1904)


def _revised(rule: Rule, wanted: Rule, changes: MappingType[str, Any]) -> Rule:
    if rule.column != wanted.column:
        return rule
    if wanted.part is None:
        return replace(rule, **changes)
    parts = (replace(one, **changes) if place == wanted.part else one for place, one in enumerate(rule.parts))
    return replace(rule, parts=tuple(parts))


def from_suggestions(suggestions: Iterable[Suggestion], header: Header) -> Mapping:
    """The mapping that holds without a person's word: exact and assumed columns, the rest left out."""
    rules = []
    for one in suggestions:
        name = one.field if one.applied else None
        unit = unit_for(field_named(name), one.unit, header.sheet_unit) if name else None
        rules.append(Rule(one.column, one.header, name, unit, one.period if name else None))
    return Mapping(tuple(rules))


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
