"""The risks of suing many cases: sums of their weighings, and how they are spread.

Sums are added case by case in whole fen, so that those of a batch equal those of its cases to the fen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from reviewdesk.audit.registry import FAIL, WARN
from reviewdesk.audit.weighing import SMALL_CLAIMS, Raised, Weighing
from reviewdesk.money import plain

AMOUNTS: Final = ("claim", "expected", "fee", "preservation", "service", "lawyer", "cost", "net")
"""What is summed; `service` with the announcement."""

NET_STEPS: Final = (-100_000, 0, 100_000, 500_000, 1_000_000, 5_000_000)
"""Bounds, in fen, between which net expectations are counted: below the first, from each to the next, from the last."""

MOST_COURTS: Final = 30
"""Courts that are kept by name, those with most cases; the others are one sum."""

NOBODY: Final = ""
"""The name of a court or lender that the facts do not give."""

_HARDSHIP: Final = frozenset({"conduct", "hardship"})


@dataclass(slots=True)
class Group:
    """Some of the cases: how many, and their sums in fen."""

    cases: int = 0
    claim: int = 0
    expected: int = 0
    cost: int = 0
    net: int = 0

    def add(self, one: Weighing) -> None:
        """Count one more."""
        self.cases += 1
        self.claim += one.claim
        self.expected += one.expected
        self.cost += one.cost
        self.net += one.net

    def join(self, other: Group) -> None:
        """Count all of another group."""
        for name in ("cases", "claim", "expected", "cost", "net"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self) -> dict[str, int]:
        """The group as it is stored."""
        return {name: getattr(self, name) for name in ("cases", "claim", "expected", "cost", "net")}


@dataclass(frozen=True, slots=True)
class About:
    """What is counted of a case beside its weighing.

    `far`: the agreed court fails its check. `small_suit`: the claim, in fen, below which its policy calls a suit small.
    """

    verdict: str
    state: str
    lender: str | None
    court: str | None
    far: bool
    small_suit: int


def _groups() -> dict[str, Group]:
    return {}


@dataclass(slots=True)
class Sums:
    """The sums of many cases. Amounts are fen, months decimals.

    `small` are claims below the policy's line, `small_claims` those in the small-claims procedure, `troubled` cases in
    which hardship, an offer, a complaint or bad conduct of collection was found; `far` cases whose agreed court fails
    its check.
    """

    cases: int = 0
    unweighed: int = 0
    amounts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, 0))
    months_judgment: Decimal = Decimal(0)
    months_money: Decimal = Decimal(0)
    small: int = 0
    small_claims: int = 0
    troubled: int = 0
    verdicts: dict[str, Group] = field(default_factory=_groups)
    states: dict[str, Group] = field(default_factory=_groups)
    procedures: dict[str, Group] = field(default_factory=_groups)
    advice: dict[str, Group] = field(default_factory=_groups)
    lenders: dict[str, Group] = field(default_factory=_groups)
    courts: dict[str, Group] = field(default_factory=_groups)
    net: list[Group] = field(default_factory=lambda: [Group() for _ in range(len(NET_STEPS) + 1)])
    far: Counter[str] = field(default_factory=Counter)
    defences: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, one: Weighing, about: About) -> None:
        """Add one case."""
        self.cases += 1
        self._add_amounts(one)
        self.months_judgment += one.months_judgment
        self.months_money += one.months_money
        self.small += one.claim < about.small_suit
        self.small_claims += one.procedure == SMALL_CLAIMS
        court = about.court or NOBODY
        self.far[court] += about.far
        for groups, key in (
            (self.verdicts, about.verdict),
            (self.states, about.state),
            (self.procedures, one.procedure),
            (self.advice, one.advice),
            (self.lenders, about.lender or NOBODY),
            (self.courts, court),
        ):
            group = groups.get(key)
            if group is None:
                group = groups[key] = Group()
            group.add(one)
        self.net[step_of(one.net)].add(one)
        self._add_defences(one.raised)

    def _add_amounts(self, one: Weighing) -> None:
        amounts = self.amounts
        for name in ("claim", "expected", "fee", "preservation", "lawyer", "cost", "net"):
            amounts[name] += getattr(one, name)
        amounts["service"] += one.service + one.announcement

    def _add_defences(self, raised: tuple[Raised, ...]) -> None:
        troubled = False
        for one in raised:
            self.defences.setdefault(one.defence, Counter())[one.outcome] += 1
            troubled = troubled or (one.outcome in (FAIL, WARN) and one.defence in _HARDSHIP)
        self.troubled += troubled

    def as_json(self) -> dict[str, Any]:
        """The sums as they are stored; of the courts those with most cases by name."""
        named = sorted(self.courts.items(), key=lambda item: (-item[1].cases, item[0]))
        others = Group()
        for _court, group in named[MOST_COURTS:]:
            others.join(group)
        return {
            "cases": self.cases,
            "unweighed": self.unweighed,
            "amounts": self.amounts,
            "months_judgment": plain(self.months_judgment),
            "months_money": plain(self.months_money),
            "small": self.small,
            "small_claims": self.small_claims,
            "troubled": self.troubled,
            **{
                name: {key: group.as_json() for key, group in getattr(self, name).items()}
                for name in ("verdicts", "states", "procedures", "advice", "lenders")
            },
            "net": [group.as_json() for group in self.net],
            "courts": [{"court": court, **g.as_json(), "far": self.far[court]} for court, g in named[:MOST_COURTS]],
            "other_courts": {"courts": len(named[MOST_COURTS:]), **others.as_json()},
            "defences": {name: dict(counted) for name, counted in self.defences.items()},
        }


def step_of(net: int) -> int:
    """The place of a net expectation among the steps."""
    return sum(net >= bound for bound in NET_STEPS)
