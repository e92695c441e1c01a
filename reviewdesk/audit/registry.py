"""What a check is, how it answers, and the list of all checks.

A check is a function of a case and the rules; it answers with `passed`, `broken`, `warned`, `missing` or
`not_applicable`. What it says in words stands beside it, by reason, in both languages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from reviewdesk.audit.facts import FACT_NAMES, CaseFacts
from reviewdesk.audit.rules import Rules
from reviewdesk.errors import Text
from reviewdesk.masking import is_personal

PASS: Final = "pass"  # noqa: S105  an outcome, no password
WARN: Final = "warn"
FAIL: Final = "fail"
MISSING: Final = "missing"
NOT_APPLICABLE: Final = "not_applicable"
BROKEN: Final = "broken"
"""The check does not hold; the policy's severity says whether that is a `fail` or a `warn`."""

LACKING: Final = "lacking"
ERROR: Final = "error"


Answer = tuple[str, str, dict[str, Any]]
"""What a check answers: an outcome, the reason by which the sentence is chosen, and the numbers it computed."""


class Sentence(NamedTuple):
    """What a finding says, and what would make it pass. Names in braces are numbers used or computed."""

    zh: str
    en: str
    mend_zh: str = ""
    mend_en: str = ""


Run = Callable[[CaseFacts, Rules], Answer]


@dataclass(frozen=True, slots=True)
class Check:
    """A check as it is registered. `uses`: the facts that it reads, none of them personal."""

    id: str
    version: int
    title: Text
    cites: str
    uses: tuple[str, ...]
    says: dict[str, Sentence]
    run: Run
    explanation: str


CHECKS: Final[dict[str, Check]] = {}
"""All checks by id. The policy says in which order they run and are shown."""


def check(
    name: str,
    *,
    title: tuple[str, str],
    cites: str,
    says: dict[str, Sentence],
    uses: tuple[str, ...] = (),
    version: int = 1,
) -> Callable[[Run], Run]:
    """Register a check.

    Raises:
        ValueError: the id is taken, or a fact that it uses is unknown or personal.
    """

    def register(run: Run) -> Run:
        strange = [fact for fact in uses if fact not in FACT_NAMES or is_personal(fact)]
        if name in CHECKS or strange:
            raise ValueError(f"check {name}: registered twice, or uses {strange}")
        CHECKS[name] = Check(name, version, Text(*title), cites, uses, says, run, (run.__doc__ or "").strip())
        return run

    return register


def passed(reason: str, **computed: Any) -> Answer:
    """The check holds."""
    return PASS, reason, computed


def broken(reason: str, **computed: Any) -> Answer:
    """The check does not hold: a fail or a warning, as the policy says."""
    return BROKEN, reason, computed


def warned(reason: str, **computed: Any) -> Answer:
    """Something that a person must weigh, even where the check's own severity is higher."""
    return WARN, reason, computed


def missing(*names: str, reason: str = LACKING, **computed: Any) -> Answer:
    """The facts of these names are absent, so the check cannot answer; a reason of its own says how to add them."""
    computed["missing"] = list(names)
    return MISSING, reason, computed


def not_applicable(reason: str, **computed: Any) -> Answer:
    """The question does not arise in this case."""
    return NOT_APPLICABLE, reason, computed


def lacking(**facts: Any) -> Answer:
    """As `missing`, for those of the named facts that are None."""
    return missing(*(name for name, value in facts.items() if value is None))
