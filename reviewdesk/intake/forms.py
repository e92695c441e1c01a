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
from reviewdesk.intake.fields import field_named, is_field
from reviewdesk.intake.headers import MONEY_UNITS, RATE_UNITS, Header, unit_for
from reviewdesk.intake.known import OnKnown, read_on_known
from reviewdesk.intake.looking import missing_fields
from reviewdesk.intake.mapping import Mapping, Rule
from reviewdesk.intake.stating import TERM_UNITS, checked_period, checked_unit

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

    def constants(self) -> dict[str, str]:
        """What holds for all rows."""
        kind = (self.lender_kind.data or "").strip()
        return {"lender_kind": kind} if kind in field_named("lender_kind").choices else {}


def read_mapping(form: "MultiDict[str, str]", header: Header, base: Mapping) -> Mapping:
    """The mapping that the form states; a unit that does not fit a newly chosen field is dropped.

    Raises:
        Invalid: a field, unit or period that does not exist.
    """
    rules = []
    for rule in base.rules:
        name = form.get(f"field-{rule.column}", "") or None
        if name is not None and not is_field(name):
            raise Invalid("mapping.field", Text("没有这个字段。", "There is no such field."), field=name)
        mapped = _rule(form, header, rule, name) if name else Rule(rule.column, rule.header, None)
        rules.append(replace(mapped, reason=form.get(f"reason-{rule.column}", "").strip()[:200] or None))
    constants = {
        name: value
        for name in CONSTANTS
        if (value := form.get(f"constant-{name}", "").strip()) and value != UNSURE and not _filled(rules, name)
    }
    kept = {name: value for name, value in base.constants.items() if name not in CONSTANTS}
    day_count = 360 if form.get("day_count") == "360" else 365
    return Mapping(tuple(rules), {**kept, **constants}, day_count)


def _rule(form: "MultiDict[str, str]", header: Header, rule: Rule, name: str) -> Rule:
    known = field_named(name)
    chosen = form.get(f"unit-{rule.column}") or None
    if name != rule.field and chosen not in UNITS.get(known.kind, ()):
        chosen = unit_for(known, rule.unit, header.sheet_unit)
    period = form.get(f"period-{rule.column}") or None
    return Rule(
        rule.column,
        rule.header,
        name,
        checked_unit(name, chosen),
        checked_period(period or (rule.period if name != rule.field else None)) if known.kind == "rate" else None,
    )


def _filled(rules: Sequence[Rule], name: str) -> bool:
    return any(rule.field == name for rule in rules)


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
