"""An audit run's findings as the case page groups them: what stands in the way first, what passed last."""

from dataclasses import dataclass
from typing import Any

from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.registry import CHECKS
from reviewdesk.errors import Text

ORDER = ("fail", "missing", "warn", "info", "pass", "not_applicable")


@dataclass(frozen=True, slots=True)
class Told:
    """One finding in words."""

    check: str
    outcome: str
    title: Text
    message: Text
    mend: Text | None
    cites: str
    used: dict[str, Any]
    computed: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a run, and how many there are of each outcome."""

    all: list[Told]
    counts: dict[str, int]

    def of(self, *outcomes: str) -> list[Told]:
        """The findings with one of these outcomes, in the order in which the page shows them."""
        return [one for one in self.all if one.outcome in outcomes]

    def computed(self, check: str, name: str) -> Any:
        """A number that a check computed, or None."""
        return next((one.computed.get(name) for one in self.all if one.check == check), None)


def told(run: AuditRun | None) -> Findings:
    """The run's findings in words, by `ORDER`; empty without a run."""
    given = [_told(finding) for finding in run.findings] if run else []
    given.sort(key=lambda one: ORDER.index(one.outcome))
    counts: dict[str, int] = {}
    for one in given:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    return Findings(given, counts)


def _told(finding: dict[str, Any]) -> Told:
    known = CHECKS.get(finding["check"])
    title = known.title if known else Text(finding["check"], finding["check"])
    return Told(
        check=finding["check"],
        outcome=finding["outcome"],
        title=title,
        message=title,
        mend=None,
        cites=known.cites if known else "",
        used=finding.get("used", {}),
        computed=finding.get("computed", {}),
    )
