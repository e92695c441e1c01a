"""What the mapping page shows of a table: each column with masked samples, what it seems to be and is read as."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from typing import Any, Literal

from reviewdesk.errors import Text
from reviewdesk.intake.fields import Field, Kind, field_named
from reviewdesk.intake.headers import Level, Suggestion, is_third_person
from reviewdesk.intake.looking import NAME_LIKE, SURNAMES, Look, discreet
from reviewdesk.intake.mapping import Mapping, Rule, column_letters
from reviewdesk.intake.messages import unit_label
from reviewdesk.intake.normalise import Chunk, Normaliser
from reviewdesk.intake.questions import Question, questions_of
from reviewdesk.intake.row_errors import RowError
from reviewdesk.intake.shared_fields import may_share
from reviewdesk.intake.splitting import parts_of
from reviewdesk.intake.values import Value, shown
from reviewdesk.masking import COMPOUND_SURNAMES, HIDDEN, mask, mask_name
from reviewdesk.money import grouped

SHOWN_SAMPLES = 3
Tone = Literal["pass", "warn", "fail", "info", "mute"]

KINDS: dict[Kind, Text] = {
    "account": Text("号码", "number"),
    "text": Text("文本", "text"),
    "name": Text("姓名", "name"),
    "address": Text("地址", "address"),
    "id_number": Text("身份证号", "ID number"),
    "mobile": Text("手机号", "mobile number"),
    "card": Text("银行卡号", "bank card"),
    "code": Text("信用代码", "credit code"),
    "money": Text("金额", "amount"),
    "rate": Text("利率", "rate"),
    "date": Text("日期", "date"),
    "terms": Text("期数", "instalments"),
    "count": Text("整数", "whole number"),
    "yes_no": Text("是否", "yes or no"),
    "proof": Text("有无", "present or not"),
    "choice": Text("选项", "choice"),
    "bucket": Text("等级", "bucket"),
}


@dataclass(frozen=True, slots=True)
class PartView:
    """One of the fields of a column for several: masked samples, and what they are read as."""

    place: int
    known: Field | None
    samples: tuple[str, ...]
    found: Text | None
    wrong: Text | None


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column as the mapping page shows it.

    `found` is what it was read as, `wrong` what is amiss with the sample, `sure` how sure it is, in percent. `question`
    is what its cells leave open.
    """

    rule: Rule
    known: Field | None
    samples: tuple[str, ...]
    badge: Text
    tone: Tone
    reason: Text | None
    found: Text | None
    wrong: Text | None
    sure: int | None
    parts: tuple[PartView, ...]
    question: Question | None

    @property
    def letters(self) -> str:
        """The column as Excel calls it."""
        return column_letters(self.rule.column)

    @property
    def third(self) -> bool:
        """Whether it is about third persons, and is left out unless there is a reason to keep it."""
        return is_third_person(self.rule.header)

    @property
    def filled(self) -> bool:
        """Whether it fills a field, or several."""
        return self.known is not None or any(one.known for one in self.parts)

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it, apart from the question that it raises."""
        return self.tone == "warn" or self.wrong is not None or any(one.wrong for one in self.parts)


def columns_of(look: Look, mapping: Mapping, suggestions: Sequence[Suggestion]) -> list[ColumnView]:
    """Every column that has a header, with masked samples and what its sample is read as under the mapping."""
    single = replace(_single(mapping), since_1904=look.since_1904)
    chunk = Normaliser(single).chunk(look.sample, look.header.first_data + 1)
    errors: dict[str, list[RowError]] = {}
    for found in chunk.errors.values():
        for error in found:
            errors.setdefault(error.field, []).append(error)
    fields = [rule.field for rule in single.filled()]
    shared = frozenset(name for name in fields if fields.count(name) > 1)
    reader = _Reader(look, chunk, errors, questions_of(mapping, look.sample, look.header.sheet_unit), shared)
    return [reader.view(rule, one) for rule, one in zip(mapping.rules, suggestions, strict=True) if rule.header]


def _single(mapping: Mapping) -> Mapping:
    """The mapping without constants and what nobody could load, so that a half-finished form can be shown."""
    seen: set[str | None] = set()
    rules = []
    for rule in mapping.rules:
        twice = any(one.field in seen and not may_share(field_named(one.field or "")) for one in rule.filling())
        rules.append(Rule(rule.column, rule.header, None) if twice else rule)
        seen.update(one.field for one in rule.filling())
    return Mapping(tuple(rules), {}, mapping.day_count)


_TOGETHER: tuple[Text, Tone] = (Text("几列合一", "columns joined"), "pass")


@dataclass(frozen=True, slots=True)
class _Reader:
    look: Look
    chunk: Chunk
    errors: MappingType[str, list[RowError]]
    questions: Sequence[Question]
    shared: frozenset[str | None]

    def view(self, rule: Rule, one: Suggestion) -> ColumnView:
        known = field_named(rule.field) if rule.field else None
        together = rule.field in self.shared
        suggested = rule.field == one.field and not rule.parts and not together
        badge, tone = _TOGETHER if together else _badge(one, rule)
        reason = one.reason if suggested and one.reason != badge else None
        sure = round(one.score * 100) if suggested and one.field else None
        found, wrong = self._read(rule) if known else (None, None)
        samples = self._samples(rule, one)
        question = next((asked for asked in self.questions if any(r.column == rule.column for r in asked.rules)), None)
        if question is not None and question.open:
            found = wrong = None
        return ColumnView(
            rule, known, samples, badge, tone, reason, found, wrong, sure, tuple(self._parts(rule)), question
        )

    def _parts(self, rule: Rule) -> Iterable[PartView]:
        filling = {one.part: one for one in rule.filling()}
        for place, part in enumerate(rule.parts):
            one = filling.get(place, replace(rule, part=place))
            known = field_named(part.field) if part.field else None
            found, wrong = self._read(one) if known else (None, None)
            yield PartView(place, known, self._samples(one, None), found, wrong)

    def _read(self, rule: Rule) -> tuple[Text, Text | None]:
        known = field_named(rule.field or "")
        values = [value for value in self.chunk.columns.get(known.name, ()) if value is not None]
        errors = [one for one in self.errors.get(known.name, ()) if one.column in (None, rule.header)]
        return _read_as(known, rule, values, self._first_cell(rule)), _amiss(errors)

    def _first_cell(self, rule: Rule) -> str:
        start = self.look.header.first_data + 1
        return next((text for row in self.chunk.rows if (text := rule.text_in(self.look.sample[row - start]))), "")

    def _samples(self, rule: Rule, one: Suggestion | None) -> tuple[str, ...]:
        """The first different cells of a column, masked by what the column is or may be."""
        seen: dict[str, None] = {}
        for row in self.look.sample:
            if text := rule.text_in(row):
                whole = rule.parts and rule.part is None
                seen[_masked_parts(rule, row[rule.column]) if whole else _sample(text, rule, one)] = None
            if len(seen) == SHOWN_SAMPLES:
                break
        return tuple(seen)


def _masked_parts(rule: Rule, cell: Any) -> str:
    """A cell that holds several fields, each masked as its field asks; nothing of it where it does not come apart."""
    parts = parts_of(cell, rule.split, len(rule.parts)) if rule.split else None
    if parts is None:
        personal = any(one.field and field_named(one.field).personal for one in rule.parts)
        return HIDDEN if personal else discreet(shown(cell), None)
    masked = (discreet(part, one.field) for part, one in zip(parts, rule.parts, strict=True))
    return " · ".join(masked)


def _sample(text: str, rule: Rule, one: Suggestion | None) -> str:
    field = rule.field
    if one is not None and one.level == "third_person" and field is None:
        return HIDDEN
    if field is None and one is not None and one.field is not None and field_named(one.field).personal:
        return mask(one.field, text)
    return discreet(text, field) if field is not None else discreet_sample(text)


def discreet_sample(text: str) -> str:
    """A cell of a column that is no field, with what looks like a person's number or name masked."""
    masked = discreet(text, None)
    if NAME_LIKE.match(masked) and (masked[0] in SURNAMES or masked[:2] in COMPOUND_SURNAMES):
        return mask_name(masked)
    return masked


_LEVEL_BADGES: dict[Level, tuple[Text, Tone]] = {
    "exact": (Text("同义词", "synonym"), "pass"),
    "assumed": (Text("通常如此", "as usual"), "pass"),
    "stated": (Text("沿用上次", "as last time"), "pass"),
    "ask": (Text("请确认", "please confirm"), "warn"),
    "similar": (Text("相似", "similar"), "warn"),
    "duplicate": (Text("已有一列", "another column has it"), "mute"),
    "third_person": (Text("第三人信息", "third person"), "mute"),
    "unknown": (Text("原样保留", "kept as it is"), "mute"),
}


def _badge(one: Suggestion, rule: Rule) -> tuple[Text, Tone]:
    if rule.parts:
        return Text("一列多项", "several fields"), "pass" if all(part.field for part in rule.parts) else "info"
    if rule.drop:
        return Text("不导入", "left out"), "mute"
    if rule.field != one.field and not (rule.field is None and one.level in ("duplicate", "third_person", "unknown")):
        return (Text("您选定", "your choice"), "info") if rule.field else _LEVEL_BADGES["unknown"]
    text, tone = _LEVEL_BADGES[one.level]
    if one.level == "exact" and "|" in one.header:
        text = Text("两行表头", "two lines")
    if one.level == "similar":
        text = Text(f"相似 {one.score:.2f}", f"similar {one.score:.2f}")
    return text, tone


def _read_as(known: Field, rule: Rule, values: Sequence[Value], first: str) -> Text:
    kind = KINDS[known.kind]
    if not values:
        return Text(f"{kind.zh}，样例为空", f"{kind.en}, no value in the sample")
    zh, en = kind.zh, kind.en
    if known.kind == "money" and isinstance(values[0], int):
        unit = unit_label(rule.unit or "元")
        amount = grouped(values[0])
        return Text(f"金额，单位{unit.zh} → {amount}", f"amount in {unit.en} → {amount}")
    if known.kind == "rate":
        percent = f"{float(str(values[0])) * 100:g}%"
        return Text(f"利率 → 年利率 {percent}", f"rate → {percent} a year")
    if known.kind == "account":
        twice = len(values) - len(set(values))
        note = Text("无重复", "no duplicates") if not twice else Text(f"{twice} 个重复", f"{twice} duplicates")
        return Text(f"{zh}，{note.zh}", f"{en}, {note.en}")
    if known.kind == "date" and str(values[0]) != first:
        return Text(f"日期 → {values[0]}", f"date → {values[0]}")
    return Text(f"{zh}，样例 {len(values)} 个有效", f"{en}, {len(values)} readable in the sample")


def _amiss(errors: Sequence[RowError]) -> Text | None:
    told = [error for error in errors if error.code != "required.missing"]
    if not told:
        return None
    first, number = told[0], len(told)
    value = Text(f"「{first.value}」", f", “{first.value}”") if first.value else Text("", "")
    rows = "1 row of the sample is wrong" if number == 1 else f"{number} rows of the sample are wrong"
    return Text(
        f"样例中 {number} 行有误：第 {first.row} 行{value.zh}{first.message.zh}",
        f"{rows}: row {first.row}{value.en}: {first.message.en}",
    )
