"""What a check said of a case, in the form that is stored and in the form that people and machines read.

Stored are numbers only; severity, citation, title and sentences are made again from the policy and the registry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import orjson

from reviewdesk.audit import checks
from reviewdesk.audit.citations import told
from reviewdesk.audit.policy import Policy
from reviewdesk.audit.registry import CHECKS, ERROR, LACKING, Check, Sentence
from reviewdesk.audit.vocabulary import NOTES, WRITER, spoken, stored_value, used_json
from reviewdesk.errors import Text

assert checks.__all__  # noqa: S101  importing the checks registers them

_LACKING = Sentence(
    "缺少资料：{missing}。无法核对本项；缺资料不等于通过。",
    "Cannot be answered without: {missing}. What is absent is not a pass.",
    "补充以下资料后重新审核：{missing}。",
    "Add these and audit again: {missing}.",
)
_ERROR = Sentence(
    "本项审核时出错（{error}），没有结论。出错不等于通过，须人工核对。",
    "This check failed to run ({error}) and gives no answer. That is not a pass; a person must look.",
    "重新审核；仍然出错的，请联系技术支持并说明错误类型。",
    "Audit again; if it fails again, report the type of error.",
)
_GENERAL: Final = {LACKING: _LACKING, ERROR: _ERROR}


StoredAnswer = tuple[str, str, str, dict[str, Any]]
"""What is stored of a finding: check, outcome, reason, and the computed values (money in fen)."""


class Finding:
    """One check's answer on one case, as the engine leaves it: computed values in their own types."""

    __slots__ = ("check", "computed", "outcome", "reason", "severity")

    def __init__(self, severity: str, check: str, outcome: str, reason: str, computed: dict[str, Any]) -> None:
        self.check = check
        self.severity = severity
        self.outcome = outcome
        self.reason = reason
        self.computed = computed

    def __repr__(self) -> str:
        return f"Finding({self.check!r}, {self.outcome!r}, {self.reason!r}, {self.computed!r})"


def packed(answers: list[StoredAnswer]) -> bytes:
    """Answers as the JSON that is stored."""
    return orjson.dumps(answers, default=stored_value)


def in_full(stored: Sequence[Any], facts: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """A finding, stored or fresh, with all that is made again: numbers used, severity, sentences, citation, title."""
    name, outcome, reason = stored[:3]
    computed = {key: WRITER[key](value) for key, value in stored[3].items()} if len(stored) > 3 else {}
    known = CHECKS[name]
    used = {fact: used_json(fact, facts[fact]) for fact in known.uses if facts.get(fact) is not None}
    message, mend = _sentences(known, reason, used, computed, policy)
    return {
        "check": name,
        "version": known.version,
        "outcome": outcome,
        "severity": policy.checks[name].severity,
        "reason": reason,
        "used": used,
        "computed": computed,
        "title": known.title.as_json(),
        "message": message.as_json(),
        "mend": mend.as_json() if mend else None,
        "cites": told(_cites(known, computed, policy)).as_json(),
    }


class _Spoken(dict[str, str]):
    """Values as a sentence in one language says them, each put into words when it is first asked for."""

    def __init__(self, values: Mapping[str, Any], language: Literal["zh", "en"], names: Mapping[str, Text]) -> None:
        super().__init__()
        self._values = values
        self._language = language
        self._names = names

    def __missing__(self, name: str) -> str:
        said = self[name] = spoken(name, self._values[name], self._language, self._names)
        return said


def _sentences(
    known: Check, reason: str, used: dict[str, Any], computed: dict[str, Any], policy: Policy
) -> tuple[Text, Text | None]:
    said = known.says.get(reason) or _GENERAL[reason]
    values = used | computed
    zh, en = _Spoken(values, "zh", policy.evidence_names), _Spoken(values, "en", policy.evidence_names)
    notes = [NOTES[note] for note in computed.get("notes", ())]
    message = Text(
        "".join([said.zh, *(note.zh for note in notes)]).format_map(zh),
        " ".join([said.en, *(note.en for note in notes)]).format_map(en),
    )
    mend = Text(said.mend_zh.format_map(zh), said.mend_en.format_map(en)) if said.mend_zh else None
    return message, mend


def _cites(known: Check, computed: Mapping[str, Any], policy: Policy) -> str:
    """The citation: of the cap's own rule where one was applied, else the check's."""
    rule = computed.get("rule")
    if rule is None:
        return known.cites
    return policy.cap_cites.get(rule, known.cites)
