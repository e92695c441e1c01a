"""What still stands of an audit once people have set some of its findings aside: the one rule for every way in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Found(Protocol):
    """What an audit found: its verdict, and the ids of the checks behind it."""

    @property
    def verdict(self) -> str:
        """The verdict of all findings."""

    @property
    def failed(self) -> Sequence[str]:
        """Checks that failed."""

    @property
    def warned(self) -> Sequence[str]:
        """Checks that warned."""

    @property
    def missing(self) -> Sequence[str]:
        """Checks that lacked facts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The findings that count, and the verdict that they come to."""

    verdict: str
    failed: tuple[str, ...]
    warned: tuple[str, ...]
    missing: tuple[str, ...]


def counts_on(day: date, until: date | None, *, ended: bool) -> bool:
    """Whether something that sets a finding aside counts on a day: it has no end yet, and its last day is not over."""
    return not ended and (until is None or day <= until)


def standing(found: Found, severities: Mapping[str, str], aside: Collection[str]) -> Standing:
    """What stands of an audit without the findings of the checks in `aside`.

    `severities` are the policy's, by check: the warning of one that only informs changes no verdict.
    """
    failed, warned, missing = (
        tuple(check for check in checks if check not in aside) for checks in (found.failed, found.warned, found.missing)
    )
    untouched = len(failed) + len(warned) + len(missing) == len(found.failed) + len(found.warned) + len(found.missing)
    verdict = found.verdict if untouched else verdict_of(failed, warned, missing, severities)
    return Standing(verdict, failed, warned, missing)


def verdict_of(
    failed: Collection[str], warned: Collection[str], missing: Collection[str], severities: Mapping[str, str]
) -> str:
    """The worst of what the checks found."""
    if failed:
        return "blocked"
    if missing or any(severities.get(check) != "info" for check in warned):
        return "attention"
    return "clear"
