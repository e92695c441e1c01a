"""An audit run's findings as pages group them: what stands in the way first, what passed last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviewdesk.audit.findings import in_full
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.policy import Policy
from reviewdesk.audit.registry import CHECKS
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.audit.vocabulary import KINDS, LABELS, spoken
from reviewdesk.errors import Text

ORDER = ("fail", "missing", "warn", "info", "pass", "not_applicable")

_SAID_ALREADY = frozenset({"rule", "notes", "missing", "absent", "unknown", "error"})
"""Computed values that the finding's sentence spells out."""


@dataclass(frozen=True, slots=True)
class Told:
    """One finding in words; `numbers` are the values that it used and computed, each with its name."""

    check: str
    outcome: str
    title: Text
    message: Text
    mend: Text | None
    cites: Text
    computed: Mapping[str, Any]
    numbers: list[tuple[Text, Text]]


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a run, and how many there are of each outcome."""

    all: list[Told]
    counts: Mapping[str, int]

    def of(self, *outcomes: str) -> list[Told]:
        """The findings with one of these outcomes, in the order in which the page shows them."""
        return [one for one in self.all if one.outcome in outcomes]

    def computed(self, check: str, name: str) -> Any:
        """A number that a check computed, in its JSON form, or None."""
        return next((one.computed.get(name) for one in self.all if one.check == check), None)


def told(run: AuditRun | None, facts: Mapping[str, Any]) -> Findings:
    """The run's findings in words, by `ORDER`; empty without a run."""
    if run is None:
        return Findings([], {})
    policy = policy_of(run.org_id, run.policy)
    given = [_told(in_full(packed, facts, policy), policy) for packed in run.findings]
    given.sort(key=lambda one: ORDER.index(one.outcome))
    counts: dict[str, int] = {}
    for one in given:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    return Findings(given, counts)


def _told(finding: Mapping[str, Any], policy: Policy) -> Told:
    mend = finding["mend"]
    return Told(
        check=finding["check"],
        outcome=_shown_as(finding),
        title=Text(**finding["title"]),
        message=Text(**finding["message"]),
        mend=Text(**mend) if mend else None,
        cites=Text(**finding["cites"]),
        computed=finding["computed"],
        numbers=_numbers({**finding["used"], **finding["computed"]}, policy),
    )


def _shown_as(finding: Mapping[str, Any]) -> str:
    """A warning of a check that only informs is shown as information."""
    return "info" if finding["outcome"] == "warn" and finding["severity"] == "info" else str(finding["outcome"])


def _numbers(values: Mapping[str, Any], policy: Policy) -> list[tuple[Text, Text]]:
    names = {item: Text(rule.zh, rule.en) for item, rule in policy.evidence.items()}
    return [
        (LABELS[name], Text(spoken(name, value, "zh", names), spoken(name, value, "en", names)))
        for name, value in values.items()
        if name in LABELS and name in KINDS and name not in _SAID_ALREADY
    ]


def title_of(check: str) -> Text:
    """What a check is called; one that is no longer registered, by its id."""
    known = CHECKS.get(check)
    return known.title if known else Text(check, check)
