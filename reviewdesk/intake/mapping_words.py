"""What a mapping says, in words: each column, what holds for the whole sheet, the sheets beside it; and how two differ.

Pure. What the first cells of one file showed (`MARKS`) and where a column stands are no part of what a mapping says.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from reviewdesk.errors import Text
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import fold, is_third_person
from reviewdesk.intake.looking import hashed_names
from reviewdesk.intake.mapping import BY_ROW, Mapping, Part, Rule, SideRule, column_letters
from reviewdesk.intake.messages import unit_label
from reviewdesk.intake.questions import MARKS, UNSURE
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS
from reviewdesk.intake.splitting import SPLIT_LABELS
from reviewdesk.journal.words import READ_AS

Group = Literal["filled", "third", "kept", "left"]
"""A column that fills fields; one about third persons that is left out; others, kept as they are or left out."""

KEPT, LEFT, UNREAD = Text("原样保留", "kept as it is"), Text("不导入", "left out"), Text("不读取", "not read")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColumnSaid:
    """A column in words; `reason` is why one about third persons is kept."""

    letters: str
    header: str
    group: Group
    means: Text
    reason: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a mapping says: of what, and what."""

    of: Text
    means: Text


@dataclass(frozen=True, slots=True)
class SheetSaid:
    """A sheet beside the accounts in words: what it is, and what was said of its columns."""

    sheet: str
    means: Text
    columns: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one mapping says otherwise than an earlier one; `was` or `now` is None where it says nothing of it."""

    of: Text
    was: Text | None
    now: Text | None


def differences(before: Mapping, after: Mapping) -> tuple[Difference, ...]:
    """What the later of two mappings of one header row says otherwise, in the order of the sheet."""
    was, now = dict(_everything(before)), dict(_everything(after))
    return tuple(
        Difference((now.get(key) or was[key]).of, _means(was.get(key)), _means(now.get(key)))
        for key in dict.fromkeys([*now, *was])
        if _means(was.get(key)) != _means(now.get(key))
    )


def _means(said: Said | None) -> Text | None:
    return said.means if said else None


def _everything(mapping: Mapping) -> Iterator[tuple[Key, Said]]:
    seen: Counter[str] = Counter()
    for one in columns_said(mapping):
        name = fold(one.header).full
        seen[name] += 1
        means = one.means if one.reason is None else _joined((one.means, Text(one.reason, one.reason)), "：", ": ")
        yield ("column", name, str(seen[name])), Said(called(one.header), means)
    for said in whole_said(mapping):
        yield ("whole", said.of.en), said
    for sheet in sheets_said(mapping):
        yield ("sheet", sheet.sheet), Said(called(sheet.sheet), sheet.means)
        for said in sheet.columns:
            of = Text(f"{sheet.sheet} {said.of.zh}", f"{sheet.sheet} {said.of.en}")
            yield ("sheet", sheet.sheet, said.of.zh), Said(of, said.means)


def called(header: str) -> Text:
    """A header as people see it, its two lines side by side."""
    name = header.replace("|", "｜")
    return Text(name, name)


# --- the columns -----------------------------------------------------------------------------------------------------


def headers_of(mapping: Mapping) -> list[str]:
    """The headers of the sheet, without columns that have none and those that a correction workbook adds."""
    return [name for name in hashed_names([rule.header for rule in mapping.rules]) if name]


def columns_said(mapping: Mapping) -> list[ColumnSaid]:
    """Every column that has a header, in the order of the sheet."""
    named = set(headers_of(mapping))
    return [
        ColumnSaid(column_letters(rule.column), rule.header, _group(rule), _column(rule), _reason(rule))
        for rule in mapping.rules
        if rule.header in named
    ]


def _reason(rule: Rule) -> str | None:
    return rule.reason if is_third_person(rule.header) else None


def _group(rule: Rule) -> Group:
    if rule.filling():
        return "filled"
    if is_third_person(rule.header):
        return "kept" if rule.reason else "third"
    return "left" if rule.drop else "kept"


def _column(rule: Rule) -> Text:
    if rule.parts and rule.split:
        way = SPLIT_LABELS[rule.split]
        parts = _joined([_part(one) for one in rule.parts], " ＋ ", " + ")
        return Text(f"按{way.zh}拆成 {parts.zh}", f"taken apart ({way.en}): {parts.en}")
    if rule.field is not None:
        return _part(Part(rule.field, rule.unit, rule.period, rule.reading))
    return LEFT if _group(rule) in ("left", "third") else KEPT


def _part(part: Part) -> Text:
    """A field with the unit, period and reading of its bare numbers; `open` and the like are of one file's cells."""
    if part.field is None:
        return LEFT
    more = [unit_label(part.unit)] if part.unit else []
    readings = (part.period, part.reading if part.reading not in MARKS or part.reading == UNSURE else None)
    more += [READ_AS[one] for one in readings if one]
    return _joined([field_named(part.field).label, *more], " · ", " · ")


# --- what holds for all rows -----------------------------------------------------------------------------------------


def whole_said(mapping: Mapping) -> list[Said]:
    """What holds for all rows of the sheet, whatever its columns say."""
    said = [Said(field_named(name).label, _constant(name, value)) for name, value in mapping.constants.items()]
    days = Text(f"{mapping.day_count} 天", f"{mapping.day_count} days")
    said.append(Said(Text("日利率按一年", "Year of a daily rate"), days))
    if mapping.key:
        said.append(Said(Text("借据号（表中没有）", "Account number, which the sheet lacks"), _key(mapping.key)))
    if mapping.lacks:
        labels = [field_named(name).label for name in mapping.lacks]
        said.append(Said(Text("表中没有的必填项", "Required, and not in the sheet"), _joined(labels, "、", ", ")))
    return said


def _constant(name: str, value: str) -> Text:
    known = field_named(name).choices.get(value)
    return Text(known[0], value.replace("_", " ")) if known else Text(value, value)


def _key(key: Sequence[str]) -> Text:
    if tuple(key) == (BY_ROW,):
        return Text("按所在行编号", "made of the row's place")
    names = _joined([field_named(name).label for name in key], "＋", " + ")
    return Text(f"由{names.zh}合成", f"made of {names.en}")


# --- the sheets beside the accounts ----------------------------------------------------------------------------------


def sheets_said(mapping: Mapping) -> list[SheetSaid]:
    """What a person said of the sheets beside the accounts; others are what they seem to be."""
    return [SheetSaid(side.sheet, _kind(side), tuple(_side_columns(side))) for side in mapping.sides]


def _kind(side: SideRule) -> Text:
    return next((one.label for one in SIDE_SHEET_KINDS if one.kind == side.kind), UNREAD)


def _side_columns(side: SideRule) -> Iterator[Said]:
    fields = [one for kind in SIDE_SHEET_KINDS if kind.kind == side.kind for one in kind.fields]
    labels = {"account_no": field_named("account_no").label} | {one.name: one.label for one in fields}
    for header in dict.fromkeys([*side.columns, *side.answers]):
        parts = []
        if header in side.columns:
            name = side.columns[header]
            parts.append(UNREAD if name is None else labels.get(name, Text(name, name)))
        answer = side.answers.get(header)
        if answer is not None:
            parts.append(READ_AS.get(answer) or unit_label(answer))
        yield Said(called(header), _joined(parts, " · ", " · "))


def _joined(texts: Sequence[Text], zh: str, en: str) -> Text:
    return Text(zh.join(one.zh for one in texts), en.join(one.en for one in texts))
