"""What a person says on the upload and mapping pages, read from their forms."""

from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.declaring import SUMS, Declared, read_declared
from reviewdesk.intake.fields import MONEY_BASIS, REQUIRED, field_named, is_field
from reviewdesk.intake.headers import MONEY_UNITS, RATE_UNITS, Header, fold_lines, suggest, unit_for
from reviewdesk.intake.keys import proposed_key
from reviewdesk.intake.known import OnKnown, read_on_known
from reviewdesk.intake.looking import Look, missing_fields
from reviewdesk.intake.mapping import BY_ROW, Mapping, Part, Rule, SideRule
from reviewdesk.intake.proposing import fields_in
from reviewdesk.intake.questions import answered, cells_of, questions_of, settled
from reviewdesk.intake.side_fields import SIDE_SHEET_KINDS
from reviewdesk.intake.side_looking import open_side_questions, sides_of, stated_side
from reviewdesk.intake.splitting import likely_split
from reviewdesk.intake.stating import MOST_PARTS, SPARED, TERM_UNITS, checked_period, checked_split, checked_unit
from reviewdesk.intake.unlocking import Passwords

UNITS: dict[str, tuple[str, ...]] = {"money": tuple(MONEY_UNITS), "rate": tuple(RATE_UNITS), "terms": TERM_UNITS}
"""The units to choose from, by a field's kind."""

UNSURE = "unsure"
"""Said of the lender's kind where it differs from row to row or is not known."""

CONSTANTS = ("lender_kind", "lender_name", "calculated_to", "agreed_court")
"""What may be given for all rows on the page, where no column says it."""


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A workbook, and what the uploader declares of it."""

    file = FileField(_("工作簿"), validators=[FileRequired(_("请选择要上传的文件"))])
    password = StringField()
    lender_kind = StringField()
    again = StringField()
    rows = StringField()
    total_claimed = StringField()
    outstanding_principal = StringField()
    principal = StringField()

    def declared(self) -> Declared:
        """The declared count and sums.

        Raises:
            Invalid: one of them is no number; `details["field"]` names it.
        """
        return read_declared({name: self[name].data for name in ("rows", *SUMS)})

    def on_known(self) -> OnKnown:
        """What becomes of accounts that are cases already.

        Raises:
            Invalid: it is none of the three choices.
        """
        return read_on_known(self.again.data)

    def passwords(self, form: MappingType[str, str]) -> Passwords:
        """The password of the workbook, and those of an archive's workbooks, each beside its name."""
        named = {form[name]: form.get(f"password-{name[7:]}", "") for name in form if name.startswith("locked-")}
        return Passwords(self.password.data or None, {name: word for name, word in named.items() if word})

    def constants(self) -> dict[str, str]:
        """What holds for all rows."""
        kind = (self.lender_kind.data or "").strip()
        return {"lender_kind": kind} if kind in field_named("lender_kind").choices else {}


DROPPED, TAKEN_APART = "-", "+"
"""Said in a column's choice of field: leave it out; it holds several fields."""


def read_mapping(form: "MultiDict[str, str]", look: Look, base: Mapping) -> Mapping:
    """The mapping that the form states; a unit that does not fit a newly chosen field is dropped.

    Raises:
        Invalid: a field, unit or period that does not exist.
    """
    found = _found(form)
    rules = tuple(_column(form, look, rule, found.get(rule.column)) for rule in base.rules)
    constants = {
        name: value
        for name in CONSTANTS
        if (value := form.get(f"constant-{name}", "").strip()) and value != UNSURE and not _filled(rules, name)
    }
    kept = {name: value for name, value in base.constants.items() if name not in CONSTANTS}
    day_count = 360 if form.get("day_count") == "360" else 365
    lacks = tuple(name for name in SPARED if form.get(f"without-{name}") and not _filled(rules, name))
    sides = _sides(form, look, base)
    whole = replace(base, sides=sides, rules=rules, constants={**kept, **constants}, day_count=day_count, lacks=lacks)
    return _with_answers(form, look, replace(whole, key=_key(form, whole)))


def _found(form: "MultiDict[str, str]") -> dict[int | None, str]:
    """The columns that a person named for fields which no column filled."""
    return {form.get(f"fill-{name}", type=int): name for name in (*REQUIRED, *MONEY_BASIS, "lender_kind")}


def _column(form: "MultiDict[str, str]", look: Look, rule: Rule, found: str | None) -> Rule:
    name = found or form.get(f"field-{rule.column}", "")
    reason = form.get(f"reason-{rule.column}", "").strip()[:200] or None
    if name == DROPPED:
        return Rule(rule.column, rule.header, None, drop=True)
    if name == TAKEN_APART:
        return _parts(form, look, rule)
    if not name:
        return Rule(rule.column, rule.header, None, reason=reason)
    _check_field(name)
    return replace(_rule(form, look.header, rule, name), reason=reason)


def _check_field(name: str) -> None:
    if not is_field(name):
        raise Invalid("mapping.field", Text("没有这个字段。", "There is no such field."), field=name)


def _rule(form: "MultiDict[str, str]", header: Header, rule: Rule, name: str) -> Rule:
    known = field_named(name)
    chosen = form.get(f"unit-{rule.column}") or None
    if name != rule.field and chosen not in UNITS.get(known.kind, ()):
        chosen = unit_for(known, fold_lines(rule.header).unit, header.sheet_unit)
    period = form.get(f"period-{rule.column}")
    if known.kind == "rate" and (period is None or (name != rule.field and not period)):
        period = suggest([rule.header])[0].period
    return Rule(
        rule.column,
        rule.header,
        name,
        checked_unit(name, chosen),
        checked_period(period) if known.kind == "rate" else None,
    )


def _parts(form: "MultiDict[str, str]", look: Look, rule: Rule) -> Rule:
    """A column that is taken apart: as its form says, or when it was just chosen, as header and cells suggest."""
    fields = [one.name for one in fields_in(rule.header)]
    count = form.get(f"parts-{rule.column}", type=int) or len(rule.parts) or len(fields) or 2
    given = [form.get(f"part-{rule.column}_{place}") for place in range(min(max(count, 2), MOST_PARTS))]
    if all(one is None for one in given):
        given = [*(part.field for part in rule.parts), *fields][: len(given)]
    names = [name or None for name in (*given, *[None] * count)][:count]
    for name in filter(None, names):
        _check_field(name)
    folded = fold_lines(rule.header)
    parts = tuple(
        Part(name, unit_for(field_named(name), folded.unit, look.header.sheet_unit)) if name else Part(None)
        for name in names
    )
    said = form.get(f"split-{rule.column}")
    whole = replace(rule, field=None, unit=None, period=None, reading=None, reason=None, drop=False)
    split = checked_split(said) if said else likely_split(cells_of(whole, look.sample), len(parts))
    return replace(whole, split=split, parts=parts)


def _key(form: "MultiDict[str, str]", mapping: Mapping) -> tuple[str, ...]:
    """What account numbers are made of: as the form says while the columns for it are there, else as they suggest."""
    if _filled(mapping.rules, "account_no"):
        return ()
    said = tuple(filter(None, form.get("key", "").split(",")))
    there = said == (BY_ROW,) or all(_filled(mapping.rules, name) for name in said)
    return said if said and there else proposed_key(mapping)


def _with_answers(form: "MultiDict[str, str]", look: Look, mapping: Mapping) -> Mapping:
    """The mapping with what the form answers to the questions that its columns raise."""
    mapping = settled(mapping, look.sample, look.header.sheet_unit)
    for question in questions_of(mapping, look.sample, look.header.sheet_unit):
        if value := form.get(question.name):
            mapping = answered(mapping, question, value)
    return mapping


def _sides(form: "MultiDict[str, str]", look: Look, base: Mapping) -> tuple[SideRule, ...]:
    """What the form says of the sheets beside the accounts; of a sheet that it does not show, what was said before."""
    names = {one.name for one in look.beside}
    said = [rule for rule in base.sides if rule.sheet not in names]
    for view in sides_of(look.beside, base, str):
        code = form.get(f"side-{view.place}")
        if code is None:
            said += [rule for rule in base.sides if rule.sheet == view.look.name]
            continue
        if code and all(code != known.kind for known in SIDE_SHEET_KINDS):
            raise Invalid("mapping.sheet", Text("没有这种附表。", "There is no such kind of sheet."))
        chosen = {
            one.column: value
            for one in view.columns
            if (value := form.get(f"side-{view.place}-{one.column}")) is not None
        }
        rule = stated_side(view, code, chosen, form)
        said += [rule] if rule else []
    return tuple(said)


def _filled(rules: Sequence[Rule], name: str) -> bool:
    return any(one.field == name for rule in rules for one in rule.filling())


def unanswered(look: Look, mapping: Mapping) -> list[Text]:
    """What the page asks a person to say of columns that may be read in two ways."""
    open_of_sides = open_side_questions(look.beside, mapping)
    return [
        Text(
            f"请说明「{'、'.join(one.headers)}」怎样读；说不准的，选“说不准”。".replace("|", "｜"),
            f"Say how {', '.join(map(repr, one.headers))} is to be read; if nobody knows, choose so.",
        )
        for one in [*questions_of(mapping, look.sample, look.header.sheet_unit), *open_of_sides]
        if one.answer is None
    ]


def complaints(mapping: Mapping, form: MappingType[str, Any]) -> list[Text]:
    """What the page asks for beyond what an import needs: the lender's kind, on which half of the checks rest."""
    if missing_fields(mapping) or mapping.rule_of("lender_kind") or "lender_kind" in mapping.constants:
        return []
    if form.get("constant-lender_kind") == UNSURE:
        return []
    return [
        Text(
            "请填写机构类型：利率上限等审核项要靠它判断。确实不清楚的，选“暂不确定”。",
            "Say what kind of lender this is: the rate caps and other checks rest on it. If unknown, choose so.",
        )
    ]
