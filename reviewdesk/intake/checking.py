"""Whether a mapping is complete: under one that is refused here no row could be loaded; pure."""

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.bundle import in_file
from reviewdesk.intake.fields import field_named
from reviewdesk.intake.headers import is_third_person
from reviewdesk.intake.looking import (
    missing_fields,
)
from reviewdesk.intake.mapping import Mapping
from reviewdesk.intake.normalise import Normaliser
from reviewdesk.intake.shared_fields import may_share
from reviewdesk.intake.stating import checked_key


def kept_with_reason(mapping: Mapping) -> dict[str, str]:
    """The columns about third persons that are kept, with the reasons given for them."""
    return {rule.header: rule.reason for rule in mapping.rules if rule.reason and is_third_person(rule.header)}


def _check_third_persons(mapping: Mapping) -> None:
    for rule in mapping.filled():
        if is_third_person(rule.header) and not rule.reason:
            raise Invalid(
                "mapping.third_person",
                Text(
                    f"「{rule.header}」涉及第三人，保留须写明理由。",
                    f"{rule.header!r} is about a third person: give a reason for keeping it.",
                ),
                column=rule.header,
            )


def check_complete(mapping: Mapping) -> None:
    """Refuse a mapping under which no row could be loaded.

    Raises:
        Invalid: `mapping.incomplete` with the missing fields, `mapping.twice`, `mapping.constant`, `mapping.key`,
            `mapping.third_person` for a column that is kept without a reason.
    """
    _check_third_persons(mapping)
    for rule in mapping.filled():
        first = mapping.rule_of(rule.field or "")
        if first is not None and first != rule and not may_share(field_named(rule.field or "")):
            label = field_named(rule.field or "").label
            raise Invalid(
                "mapping.twice",
                Text(
                    f"「{first.header}」和「{rule.header}」都对应到{label.zh}，请只留一列。",
                    f"{first.header!r} and {rule.header!r} are both {label.en.lower()}: keep one.",
                ),
                field=rule.field,
            )
    missing = missing_fields(mapping)
    if missing:
        raise Invalid(
            "mapping.incomplete",
            Text(
                f"还缺必填项：{'、'.join(one.label.zh for one in missing)}。",
                f"Required and missing: {', '.join(one.label.en.lower() for one in missing)}.",
            ),
            fields=[one.name for one in missing],
        )
    checked_key(mapping.key, mapping)
    Normaliser(mapping)


def check_file(name: str, mapping: Mapping) -> None:
    """Refuse the mapping of one of several files, naming it."""
    try:
        check_complete(mapping)
    except Invalid as error:
        raise in_file(name, error) from error
