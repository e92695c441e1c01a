"""A batch's weighing in words: its likely defences, and the steps by which net expectations are counted."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from reviewdesk.audit.citations import told
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.weighing.figure import amount
from reviewdesk.audit.weighing.sums import NET_STEPS
from reviewdesk.errors import Text


class DefenceLine(NamedTuple):
    """In how many cases a defence is likely, by the outcome of the heaviest check behind it."""

    defence: str
    label: Text
    law: Text
    fail: int
    warn: int
    missing: int


def defence_lines(sums: Mapping[str, Any]) -> list[DefenceLine]:
    """The likely defences of a batch, those behind most failed and warning checks first."""
    names = load_policy().defences
    lines = []
    for name, known in names.items():
        counted = sums["defences"].get(name)
        if counted:
            fail, warn, missing = (counted.get(outcome, 0) for outcome in ("fail", "warn", "missing"))
            lines.append(DefenceLine(name, Text(known.zh, known.en), told(known.cites), fail, warn, missing))
    return sorted(lines, key=lambda line: (-line.fail - line.warn, -line.missing))


def net_steps() -> list[Text]:
    """The names of the steps between which net expectations are counted, in yuan."""
    first, last = amount(NET_STEPS[0]), amount(NET_STEPS[-1])
    between = [
        Text(f"{amount(low)} 至 {amount(high)}", f"{amount(low)} to {amount(high)}")
        for low, high in pairwise(NET_STEPS)
    ]
    return [Text(f"低于 {first}", f"below {first}"), *between, Text(f"{last} 及以上", f"{last} and more")]
