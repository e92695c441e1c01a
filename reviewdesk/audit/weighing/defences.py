"""The likely defences of a weighing in words."""

from __future__ import annotations

from dataclasses import dataclass

from reviewdesk.audit.citations import told
from reviewdesk.audit.weighing.figures import check_names, factor_sum
from reviewdesk.audit.weighing.scales import Raised, Scales
from reviewdesk.errors import Text
from reviewdesk.money import plain


@dataclass(frozen=True, slots=True)
class LikelyDefence:
    """A likely defence in words: what opens the way to it, and what it costs."""

    raised: Raised
    label: Text
    checks: Text
    sum: str
    cites: Text
    verified: bool

    @property
    def factor(self) -> str:
        """The share of the recovery that it leaves: `0.975`."""
        return plain(self.raised.factor)

    @property
    def months(self) -> str:
        """By how many months it makes the suit longer, as far as it counts."""
        return plain(self.raised.weight * self.raised.months)


def likely(one: Raised, scales: Scales) -> LikelyDefence:
    """A likely defence in the words of its policy."""
    known = scales.defences[one.defence]  # type: ignore[index]
    return LikelyDefence(
        one, Text(known.zh, known.en), check_names(one), factor_sum(one), told(known.cites), known.verified
    )
