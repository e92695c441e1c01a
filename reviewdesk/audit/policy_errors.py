"""What is wrong with a policy, place by place, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from reviewdesk.audit.policy_parts import NotSound
from reviewdesk.errors import Invalid, Text

_SAID: Final[Mapping[str, Text]] = {
    "greater_than": Text("须大于 {gt}", "it must be more than {gt}"),
    "greater_than_equal": Text("不得小于 {ge}", "it must be at least {ge}"),
    "less_than": Text("须小于 {lt}", "it must be less than {lt}"),
    "less_than_equal": Text("不得大于 {le}", "it must be at most {le}"),
    "string_too_short": Text("至少 {min_length} 个字", "it has at least {min_length} characters"),
    "string_too_long": Text("最多 {max_length} 个字", "it has at most {max_length} characters"),
    "string_pattern_mismatch": Text("格式不对，须符合 {pattern}", "it must be of the form {pattern}"),
    "literal_error": Text("须为 {expected} 之一", "it must be one of {expected}"),
    "too_short": Text("至少 {min_length} 行", "it has at least {min_length} rows"),
    "missing": Text("缺少这一项", "it is lacking"),
    "extra_forbidden": Text("没有这一项", "there is no such member"),
}
"""Pydantic's own errors in our words; their numbers come from its context."""

Problem = dict[str, Any]
"""What is wrong with one value: `field` is its path, `message` says it in both languages."""


def problem(field: str, code: str, text: Text) -> Problem:
    """What is wrong with the value at a path."""
    return {"field": field, "code": code, "message": text.as_json()}


def problems_of(error: ValidationError) -> list[Problem]:
    """Everything that validation objects to."""
    return [_of(one) for one in error.errors(include_url=False, include_input=False)]


def _of(one: Any) -> Problem:
    context = one.get("ctx", {})
    field = "/".join(str(part) for part in one["loc"])
    if isinstance(why := context.get("error"), NotSound):
        return problem(field, "policy.invalid", why.text)
    said = _SAID.get(one["type"])
    text = Text(said.zh.format(**context), said.en.format(**context)) if said else Text("无法识别", one["msg"])
    return problem(field, "policy.invalid", text)


def refused(code: str, problems: Iterable[Problem]) -> Invalid:
    """The error for values that cannot be stored; `details["errors"]` has each with its place."""
    found = list(problems)
    first = found[0]["message"]
    text = Text(first["zh"], first["en"])
    if len(found) > 1:
        text = Text(f"有 {len(found)} 处须更正：{text.zh}", f"{len(found)} values must be mended: {text.en}")
    return Invalid(code, text, field=found[0]["field"], errors=found)
