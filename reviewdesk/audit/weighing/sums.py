"""The risks of suing many cases: sums of their weighings, and how they are spread.

Sums are added case by case in whole fen, so that those of a batch equal those of its cases to the fen. Filings are what
goes to court: a case alone, or the cases of a joined suit, which count once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from reviewdesk.audit.registry import FAIL, WARN
from reviewdesk.audit.weighing.case import Weighing
from reviewdesk.audit.weighing.filing import Filing
from reviewdesk.audit.weighing.scales import Raised
from reviewdesk.money import plain

AMOUNTS: Final = ("claim", "expected", "fee", "preservation", "service", "lawyer", "cost", "net")
"""What is summed; `service` with the announcement."""

NET_STEPS: Final = (-100_000, 0, 100_000, 500_000, 1_000_000, 5_000_000)
"""Bounds, in fen, between which net expectations are counted: below the first, from each to the next, from the last."""

MOST_COURTS: Final = 30
"""Courts that are kept by name, those with most filings; the others are one sum."""

NOBODY: Final = ""
"""The name of a court or lender that the facts do not give."""

MOST_NAMED: Final = 30
"""Cases left out of the costs that are kept by number."""

_HARDSHIP: Final = frozenset({"conduct", "hardship"})


class Filings:
    """Counts filings: a case that goes alone each time, a joined suit once, however many of its cases are counted."""

    __slots__ = ("_alone", "_joined")

    def __init__(self) -> None:
        self._alone, self._joined = 0, set[UUID]()

    def add(self, filing: Filing) -> None:
        """Count what a case goes to court in."""
        if filing.joined is None:
            self._alone += 1
        else:
            self._joined.add(filing.joined.joint_id)

    def join(self, other: Filings) -> None:
        """Count those of another counter."""
        self._alone += other._alone
        self._joined |= other._joined

    def __len__(self) -> int:
        return self._alone + len(self._joined)


class Unborne:
    """The part of their suits' costs that cases which cannot be weighed bear, in fen; it is in no total."""

    __slots__ = ("_cases", "_cost", "_numbers")

    def __init__(self) -> None:
        self._cases, self._cost, self._numbers = 0, 0, list[str]()

    def add(self, filing: Filing, number: str) -> None:
        """Count a case; one that the suit does not hold bears nothing of it."""
        place = filing.place_of(number)
        if place is None:
            return
        self._cases += 1
        self._cost += sum(filing.costs_of(place))
        if len(self._numbers) < MOST_NAMED:
            self._numbers.append(number)

    def as_json(self) -> dict[str, Any]:
        """How many, what they bear, and the numbers of the first."""
        return {"cases": self._cases, "cost": self._cost, "numbers": self._numbers}


_SUMMED: Final = ("cases", "claim", "expected", "cost", "net")


@dataclass(slots=True)
class Group:
    """Some of the cases: how many, in how many filings, and their sums in fen."""

    cases: int = 0
    filings: Filings = field(default_factory=Filings)
    claim: int = 0
    expected: int = 0
    cost: int = 0
    net: int = 0

    def add(self, one: Weighing) -> None:
        """Count one more."""
        self.cases += 1
        self.filings.add(one.filing)
        self.claim += one.claim
        self.expected += one.expected
        self.cost += one.cost
        self.net += one.net

    def join(self, other: Group) -> None:
        """Count all of another group."""
        self.filings.join(other.filings)
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self) -> dict[str, int]:
        """The group as it is stored."""
        return {name: getattr(self, name) for name in _SUMMED} | {"filings": len(self.filings)}


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

    `small` are filings whose claim is below the policy's line, `troubled` cases in which hardship, an offer, a
    complaint or bad conduct of collection was found; `far` filings whose agreed court fails its check in one of its
    cases.
    """

    cases: int = 0
    filings: Filings = field(default_factory=Filings)
    unweighed: int = 0
    unborne: Unborne = field(default_factory=Unborne)
    amounts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, 0))
    months_judgment: Decimal = Decimal(0)
    months_money: Decimal = Decimal(0)
    small: Filings = field(default_factory=Filings)
    troubled: int = 0
    verdicts: dict[str, Group] = field(default_factory=_groups)
    states: dict[str, Group] = field(default_factory=_groups)
    procedures: dict[str, Group] = field(default_factory=_groups)
    advice: dict[str, Group] = field(default_factory=_groups)
    lenders: dict[str, Group] = field(default_factory=_groups)
    courts: dict[str, Group] = field(default_factory=_groups)
    net: list[Group] = field(default_factory=lambda: [Group() for _ in range(len(NET_STEPS) + 1)])
    far: dict[str, Filings] = field(default_factory=dict)
    defences: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, one: Weighing, about: About) -> None:
        """Add one case."""
        filing, court = one.filing, about.court or NOBODY
        self.cases += 1
        self.filings.add(filing)
        self._add_amounts(one)
        self.months_judgment += filing.months_judgment
        self.months_money += filing.months_money
        if filing.claim < about.small_suit:
            self.small.add(filing)
        if about.far:
            self.far.setdefault(court, Filings()).add(filing)
        for groups, key in (
            (self.verdicts, about.verdict),
            (self.states, about.state),
            (self.procedures, filing.procedure),
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

    def leave_out(self, number: str = "", suit: Filing | None = None) -> None:
        """Count a case that cannot be weighed; `suit` is the joined suit that it goes to court in, if any."""
        self.unweighed += 1
        if suit is not None:
            self.unborne.add(suit, number)

    def _add_amounts(self, one: Weighing) -> None:
        amounts = self.amounts
        for name in AMOUNTS:
            amounts[name] += getattr(one, name)

    def _add_defences(self, raised: tuple[Raised, ...]) -> None:
        troubled = False
        for one in raised:
            self.defences.setdefault(one.defence, Counter())[one.outcome] += 1
            troubled = troubled or (one.outcome in (FAIL, WARN) and one.defence in _HARDSHIP)
        self.troubled += troubled

    def as_json(self) -> dict[str, Any]:
        """The sums as they are stored; of the courts those with most filings by name."""
        named = sorted(self.courts.items(), key=lambda item: (-len(item[1].filings), item[0]))
        others = Group()
        for _court, group in named[MOST_COURTS:]:
            others.join(group)
        return {
            "cases": self.cases,
            "filings": len(self.filings),
            "unweighed": self.unweighed,
            "unborne": self.unborne.as_json(),
            "amounts": self.amounts,
            "months_judgment": plain(self.months_judgment),
            "months_money": plain(self.months_money),
            "small": len(self.small),
            "troubled": self.troubled,
            **{
                name: {key: group.as_json() for key, group in getattr(self, name).items()}
                for name in ("verdicts", "states", "procedures", "advice", "lenders")
            },
            "net": [group.as_json() for group in self.net],
            "courts": [
                {"court": court, **g.as_json(), "far": len(self.far.get(court, ()))} for court, g in named[:MOST_COURTS]
            ],
            "other_courts": {"courts": len(named[MOST_COURTS:]), **others.as_json()},
            "defences": {name: dict(counted) for name, counted in self.defences.items()},
        }


def step_of(net: int) -> int:
    """The place of a net expectation among the steps."""
    return sum(net >= bound for bound in NET_STEPS)
